/*
 * Writing strings and numbers, in the spelling of ujson without escapes for slashes and non-ASCII characters; integral
 * floats below 2**53 are written as integers. Steps aside from lone surrogates, floats that are not finite, and
 * integers of more than MAX_DIGITS digits.
 */
#include "write.h"

#include <math.h>

#include "text.h"

/* --- strings --- */

/* Writes the escape of a character, with room for 6 bytes; returns its end. */
static unsigned char *put_escape(unsigned char *out, unsigned char byte)
{
    static const char letters[] = "btn?fr", digits[] = "0123456789abcdef";
    *out++ = '\\';
    if (byte >= 0x20) {
        *out++ = byte;
    }
    else if (byte >= '\b' && byte <= '\r' && byte != '\v') {
        *out++ = (unsigned char)letters[byte - '\b'];
    }
    else {
        *out++ = 'u';
        *out++ = '0';
        *out++ = '0';
        *out++ = (unsigned char)digits[byte >> 4];
        *out++ = (unsigned char)digits[byte & 15];
    }
    return out;
}

/*
 * Copies plain characters, at most a block, from p to *out*, and returns their number. The string [start, end) is
 * already written up to p. If its last block is plain, that block is copied as a whole, over what was written before.
 */
static inline int copy_plain(Place start, Place p, Place end, unsigned char *out)
{
    Mask stops, non_ascii;
    int rest = end - p < BLOCK ? (int)(end - p) : BLOCK, n = 0;
    if (rest == BLOCK) {
        stops = block_stops(p, &non_ascii);
        memcpy(out, p, BLOCK);
        return stops ? first_in(stops) : BLOCK;
    }
    if (end - start >= BLOCK && !block_stops(end - BLOCK, &non_ascii)) {
        memcpy(out - (BLOCK - rest), end - BLOCK, BLOCK);
        return rest;
    }
    if (rest >= 8 && !word_stops(load_word(p)) && !word_stops(load_word(end - 8))) {
        memcpy(out, p, 8);
        memcpy(out + rest - 8, end - 8, 8);
        return rest;
    }
    for (; n < rest && is_plain(p[n]); n++) {
        out[n] = p[n];
    }
    return n;
}

static bool write_utf8(Buffer *buffer, Place start, Place end)
{
    for (Place p = start; p < end;) {
        if (!buffer_reserve(buffer, (size_t)(end - p) + BLOCK + 6)) {
            return false;
        }
        unsigned char *out = buffer->data + buffer->length;
        int n = copy_plain(start, p, end, out);
        p += n;
        out += n;
        if (n < BLOCK && p < end) {
            out = put_escape(out, *p++);
        }
        buffer->length = (size_t)(out - buffer->data);
    }
    return true;
}

/* Encodes the str into a temporary; PyUnicode_AsUTF8 would leave its copy on the str. */
static bool write_non_ascii(Buffer *buffer, PyObject *str)
{
    PyObject *bytes = PyUnicode_AsUTF8String(str);
    if (!bytes) {
        return false;
    }
    Place p = (Place)PyBytes_AS_STRING(bytes);
    buffer->non_ascii = true;
    bool written = write_utf8(buffer, p, p + PyBytes_GET_SIZE(bytes));
    Py_DECREF(bytes);
    return written;
}

bool write_string(Buffer *buffer, PyObject *str)
{
    if (!buffer_put_byte(buffer, '"')) {
        return false;
    }
    if (!PyUnicode_IS_COMPACT_ASCII(str)) {
        return write_non_ascii(buffer, str) && buffer_put_byte(buffer, '"');
    }
    Place p = ascii_data(str);
    return write_utf8(buffer, p, p + PyUnicode_GET_LENGTH(str)) && buffer_put_byte(buffer, '"');
}

/* --- numbers --- */

enum { LONGEST_INT64 = 20 };

static bool write_integer(Buffer *buffer, int64_t value)
{
    unsigned char digits[2 * LONGEST_INT64] = {0}, *end = digits + LONGEST_INT64, *p = end;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        *--p = (unsigned char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0) {
        *--p = '-';
    }
    if (!buffer_reserve(buffer, LONGEST_INT64)) {
        return false;
    }
    memcpy(buffer->data + buffer->length, p, LONGEST_INT64);
    buffer->length += (size_t)(end - p);
    return true;
}

static bool write_long_int(Buffer *buffer, PyObject *value)
{
    PyObject *text = PyLong_Type.tp_repr(value);
    if (!text) {
        return false;
    }
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    const char *digits = PyUnicode_DATA(text);
    bool written = length - (*digits == '-') <= MAX_DIGITS && buffer_put(buffer, digits, (size_t)length);
    Py_DECREF(text);
    return written;
}

bool write_int(Buffer *buffer, PyObject *value)
{
    int overflow;
    int64_t integer = PyLong_AsLongLongAndOverflow(value, &overflow);
    return overflow ? write_long_int(buffer, value) : write_integer(buffer, integer);
}

static const double exact_integers = 9007199254740992.0; /* 2**53 */

/* Writes 12.3 or 0.000123: the first *before* digits, or a 0, then the point. */
static bool put_fixed(Buffer *buffer, const char *digits, size_t count, int before)
{
    static const char zeros[] = "0.000";
    if (before <= 0) {
        return buffer_put(buffer, zeros, (size_t)(2 - before)) && buffer_put(buffer, digits, count);
    }
    return buffer_put(buffer, digits, (size_t)before) && buffer_put_byte(buffer, '.') &&
           buffer_put(buffer, digits + before, count - (size_t)before);
}

/* Writes 1.23e-5. */
static bool put_scientific(Buffer *buffer, const char *digits, size_t count, int before)
{
    return buffer_put_byte(buffer, (unsigned char)*digits) && (count == 1 || buffer_put_byte(buffer, '.')) &&
           buffer_put(buffer, digits + 1, count - 1) && buffer_put(buffer, "e-", 2) &&
           write_integer(buffer, 1 - before);
}

/* Writes digits / 10**power, which is below 2**53 and not an integer, as repr does, but 1e-5 instead of 1e-05. */
static bool write_decimal(Buffer *buffer, uint64_t digits, int power)
{
    char text[LONGEST_INT64], *start = text + sizeof text;
    for (; digits % 10 == 0; digits /= 10) {
        power--;
    }
    for (; digits; digits /= 10) {
        *--start = (char)('0' + digits % 10);
    }
    int count = (int)(text + sizeof text - start), before = count - power;
    return before > -4 ? put_fixed(buffer, start, (size_t)count, before)
                       : put_scientific(buffer, start, (size_t)count, before);
}

/* Writes the shortest spelling that CPython finds, but 1e-5 instead of 1e-05. */
static bool write_any_real(Buffer *buffer, double value)
{
    char *text = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (!text) {
        return false;
    }
    size_t length = strlen(text);
    if (length > 4 && memcmp(text + length - 4, "e-0", 3) == 0) {
        text[length - 2] = text[length - 1];
        length--;
    }
    bool written = buffer_put(buffer, text, length);
    PyMem_Free(text);
    return written;
}

static bool write_real(Buffer *buffer, double value)
{
    uint64_t digits;
    int power;
    if (!shortest_decimal(fabs(value), &digits, &power)) {
        return write_any_real(buffer, value);
    }
    return (value > 0 || buffer_put_byte(buffer, '-')) && write_decimal(buffer, digits, power);
}

bool write_double(Buffer *buffer, double value)
{
    if (value > -exact_integers && value < exact_integers && value == (double)(int64_t)value) {
        return write_integer(buffer, (int64_t)value);
    }
    return isfinite(value) && write_real(buffer, value);
}

bool write_number(Buffer *buffer, PyObject *value)
{
    if (PyFloat_CheckExact(value)) {
        return write_double(buffer, PyFloat_AS_DOUBLE(value));
    }
    if (!PyLong_CheckExact(value)) {
        return false;
    }
    int overflow;
    int64_t integer = PyLong_AsLongLongAndOverflow(value, &overflow);
    return !overflow && integer > -(INT64_C(1) << 53) && integer < INT64_C(1) << 53 && write_integer(buffer, integer);
}
