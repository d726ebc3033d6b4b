/*
 * JSON text, strictly RFC 8259 in UTF-8: white space, literals, strings, numbers, and skipping of values.
 *
 * A reader takes the place where a value starts and the end of the text, and returns the place behind the value. It
 * returns NULL to step aside: from text that is not JSON, a lone surrogate, a number that Python cannot hold, more than
 * MAX_DEPTH nested containers; or because Python raised (then, and only then, an error is set). No reader looks at the
 * byte at the end, or past it.
 */
#ifndef ROUTER_SCHEMA_TEXT_H
#define ROUTER_SCHEMA_TEXT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "block.h"

/* Containers may nest this deep, and integers may be this long (CPython's default limit for int and str). */
enum { MAX_DEPTH = 200, MAX_DIGITS = 4300 };

static inline int byte_at(Place p, Place end)
{
    return p < end ? *p : 0;
}

static inline Place skip_space(Place p, Place end)
{
    while (p < end && *p <= ' ' && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
        p++;
    }
    return p;
}

/* Skips white space, *byte*, and white space behind it. */
static inline Place skip_mark(Place p, Place end, int byte)
{
    p = skip_space(p, end);
    return byte_at(p, end) == byte ? skip_space(p + 1, end) : NULL;
}

static inline Place skip_word(Place p, Place end, const char *word, size_t n)
{
    return (size_t)(end - p) >= n && memcmp(p, word, n) == 0 ? p + n : NULL;
}

#define SKIP_WORD(p, end, word) skip_word(p, end, word, sizeof word - 1)

/* --- strings; p is behind the opening quote --- */

static inline bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte != '"' && byte != '\\';
}

/* The first quote, backslash or control character, or the end. *non_ascii* gathers whether other bytes precede it. */
static inline Place scan_string(Place p, Place end, Mask *non_ascii)
{
    for (; end - p >= BLOCK; p += BLOCK) {
        Mask high, stops = block_stops(p, &high);
        if (stops) {
            *non_ascii |= before_first(high, stops);
            return p + first_in(stops);
        }
        *non_ascii |= high;
    }
    for (; p < end && is_plain(*p); p++) {
        *non_ascii |= *p & 0x80;
    }
    return p;
}

/* The characters of a str that is compact ASCII. */
static inline unsigned char *ascii_data(PyObject *str)
{
    return (unsigned char *)((PyASCIIObject *)str + 1);
}

static inline PyObject *str_from_ascii(Place p, Py_ssize_t n)
{
    PyObject *str = PyUnicode_New(n, 127);
    if (str) {
        memcpy(ascii_data(str), p, (size_t)n);
    }
    return str;
}

/* Returns NULL, without an error, where the bytes are not UTF-8. */
PyObject *str_from_utf8(Place p, Place end);

bool is_utf8(Place p, Place end);

/* Reads a string with an escape, of which [start, stop) is plain; *non_ascii* is what scan_string found there. */
Place read_escaped_string(Place start, Place stop, Place end, Mask non_ascii, PyObject **out);

/* Reads a string that scan_string has scanned. */
static inline Place finish_string(Place start, Place stop, Place end, Mask non_ascii, PyObject **out)
{
    if (byte_at(stop, end) != '"') {
        return byte_at(stop, end) == '\\' ? read_escaped_string(start, stop, end, non_ascii, out) : NULL;
    }
    *out = non_ascii ? str_from_utf8(start, stop) : str_from_ascii(start, stop - start);
    return *out ? stop + 1 : NULL;
}

static inline Place read_string(Place p, Place end, PyObject **out)
{
    Mask non_ascii = 0;
    Place stop = scan_string(p, end, &non_ascii);
    return finish_string(p, stop, end, non_ascii, out);
}

Place skip_string(Place p, Place end);

/* --- numbers --- */

static inline bool is_digit(int byte)
{
    return byte >= '0' && byte <= '9';
}

/* Reads an integer of at most 18 digits. Returns NULL where the number is anything else, or no number. */
static inline Place read_short_integer(Place p, Place end, int64_t *out)
{
    bool negative = byte_at(p, end) == '-';
    Place digits = p += negative;
    int64_t value = 0;
    for (; p < end && is_digit(*p); p++) {
        value = (int64_t)((uint64_t)value * 10 + (*p - '0'));
    }
    int next = byte_at(p, end);
    if (p == digits || p - digits > 18 || (*digits == '0' && p - digits > 1) || next == '.' || (next | 32) == 'e') {
        return NULL;
    }
    *out = negative ? -value : value;
    return p;
}

/*
 * Reads a number that read_short_integer does not read as a double, correctly rounded. Steps aside from those that no
 * double holds.
 */
Place read_double(Place p, Place end, double *out);

/* Reads an integer, spelled without a fraction and an exponent, as an int. */
Place read_int(Place p, Place end, PyObject **out);

/* Reads a number as an int or a float, as it is spelled. */
Place read_number(Place p, Place end, PyObject **out);

Place skip_number(Place p, Place end);

/*
 * The fewest digits that are read as *value*, which is above 0; of these the nearest to it. It is then digits / 10**power.
 * Returns false where they are not found quickly.
 */
bool shortest_decimal(double value, uint64_t *digits, int *power);

/* --- any value; it stands in *depth* containers --- */

Place skip_value(Place p, Place end, int depth);

#endif
