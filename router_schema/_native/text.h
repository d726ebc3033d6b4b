/*
 * JSON text, strictly RFC 8259 in UTF-8: white space, literals, strings (strings.c), numbers (numbers.c) and skipping
 * of values (skip.c).
 *
 * A reader takes the place where a value starts and the end of the text, and returns the place after the value. It
 * returns NULL to step aside: from text that is not JSON, a lone surrogate, a number that Python cannot hold, more
 * than MAX_DEPTH nested containers; or because a call of Python failed. No reader touches the byte at the end.
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

/* Skips *byte* and the white space around it. */
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

/*
 * The items of an array or object: the place of the first or the next one, or the place after the container, and then
 * *more* is false. first_item starts at the opening bracket, next_item after an item.
 */
static inline Place first_item(Place p, Place end, int close, bool *more)
{
    p = skip_space(p + 1, end);
    *more = byte_at(p, end) != close;
    return *more ? p : p + 1;
}

static inline Place next_item(Place p, Place end, int close, bool *more)
{
    p = skip_space(p, end);
    *more = byte_at(p, end) == ',';
    if (*more) {
        return skip_space(p + 1, end);
    }
    return byte_at(p, end) == close ? p + 1 : NULL;
}

/* --- strings; p is after the opening quote --- */

static inline bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte != '"' && byte != '\\';
}

/* Finds the first quote, backslash or control character, or the end. Sets bits in *non_ascii* for bytes before it. */
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

/* Returns NULL where the bytes are not UTF-8. */
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

/* Scans a key without escapes, whose opening quote is at p. Returns the place of its closing quote, or NULL. */
static inline Place scan_plain_key(Place p, Place end, Mask *non_ascii)
{
    if (byte_at(p, end) != '"') {
        return NULL;
    }
    Place stop = scan_string(p + 1, end, non_ascii);
    return byte_at(stop, end) == '"' ? stop : NULL;
}

/* Skips an escape, whose backslash is at p. */
Place skip_escape(Place p, Place end);

/* Skips an escape, or the two of a surrogate pair. Steps aside from a lone surrogate. */
Place skip_character(Place p, Place end);

/* Skips a string and, by *skip*, its escapes. Inlined, so that the call is direct. */
static inline Place skip_string(Place p, Place end, Place (*skip)(Place p, Place end))
{
    Place start = p;
    Mask non_ascii = 0;
    for (;;) {
        p = scan_string(p, end, &non_ascii);
        if (byte_at(p, end) == '"') {
            return non_ascii && !is_utf8(start, p) ? NULL : p + 1;
        }
        p = byte_at(p, end) == '\\' ? skip(p, end) : NULL;
        if (!p) {
            return NULL;
        }
    }
}

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

/* Reads a number as a double, correctly rounded; read_short_integer has returned NULL for it. */
Place read_double(Place p, Place end, double *out);

/* Reads an integer, spelled without a fraction and an exponent, as an int. */
Place read_int(Place p, Place end, PyObject **out);

/* Reads a number as an int or a float, as it is spelled. */
Place read_number(Place p, Place end, PyObject **out);

Place skip_number(Place p, Place end);

/*
 * Finds the decimal digits / 10**power with the fewest digits that is read as *value* (above 0), and of these the
 * nearest. Returns false if that would take long.
 */
bool shortest_decimal(double value, uint64_t *digits, int *power);

/* --- any value, inside of *depth* containers --- */

Place skip_value(Place p, Place end, int depth);

#endif
