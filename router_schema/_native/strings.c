/*
 * Strings that are not plain ASCII. Escapes are resolved into a buffer first, as UTF-8. Steps aside from control
 * characters, invalid UTF-8, unknown escapes and lone surrogates.
 */
#include "text.h"

#include "buffer.h"

/* --- UTF-8 --- */

static inline bool continues(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Reads the character at p, whose first byte is not ASCII. Returns the number of its bytes; 0 where it is not valid. */
static inline int read_utf8(Place p, Place end, Py_UCS4 *out)
{
    Py_ssize_t room = end - p;
    if ((p[0] & 0xF0) == 0xE0) {
        if (room < 3 || !continues(p[1]) || !continues(p[2])) {
            return 0;
        }
        *out = (Py_UCS4)(p[0] & 0x0F) << 12 | (Py_UCS4)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
        return *out >= 0x800 && !Py_UNICODE_IS_SURROGATE(*out) ? 3 : 0;
    }
    if (p[0] < 0xE0) {
        if (p[0] < 0xC2 || room < 2 || !continues(p[1])) {
            return 0;
        }
        *out = (Py_UCS4)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
        return 2;
    }
    if (p[0] > 0xF4 || room < 4 || !continues(p[1]) || !continues(p[2]) || !continues(p[3])) {
        return 0;
    }
    *out = (Py_UCS4)(p[0] & 0x07) << 18 | (Py_UCS4)(p[1] & 0x3F) << 12 | (Py_UCS4)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
    return *out >= 0x10000 && *out <= 0x10FFFF ? 4 : 0;
}

bool is_utf8(Place p, Place end)
{
    while (p < end) {
        Py_UCS4 character;
        int n = *p < 0x80 ? 1 : read_utf8(p, end, &character);
        if (!n) {
            return false;
        }
        p += n;
    }
    return true;
}

/* Whether a word has the bit pattern of a character of 3 bytes; overlong forms and surrogates are not excluded. */
static inline bool has_three_bytes(uint32_t word)
{
    return (word & 0xC0C0F0) == 0x8080E0;
}

static inline Py_UCS4 from_three_bytes(uint32_t word)
{
    return (word & 0x0F) << 12 | (word >> 2 & 0xFC0) | (word >> 16 & 0x3F);
}

/* Writes the ASCII at p, at most 8 characters, with room for 8; returns their number. */
static inline int write_ascii(Place p, void *data, Py_ssize_t i, int kind)
{
    uint64_t non_ascii = non_ascii_of_word(load_word(p));
    for (int k = 0; k < 8; k++) {
        PyUnicode_WRITE(kind, data, i + k, p[k]);
    }
    return non_ascii ? trailing_zeros(non_ascii) / 8 : 8;
}

/*
 * Writes the characters in [p, end), which are *count* if they are valid, to the data of a str of that kind, which is a
 * constant wherever this is inlined.
 */
static inline bool write_characters(Place p, Place end, void *data, Py_ssize_t count, int kind)
{
    Py_ssize_t i = 0;
    while (p < end && i < count) {
        if (*p < 0x80 && end - p >= 8 && count - i >= 8) {
            int n = write_ascii(p, data, i, kind);
            i += n;
            p += n;
            continue;
        }
        Py_UCS4 character = *p;
        if (kind != PyUnicode_1BYTE_KIND && end - p >= 4 && has_three_bytes(load_half(p))) {
            character = from_three_bytes(load_half(p));
            if (UNLIKELY(character < 0x800 || Py_UNICODE_IS_SURROGATE(character))) {
                return false;
            }
            p += 3;
        }
        else if (*p < 0x80) {
            p++;
        }
        else {
            int n = read_utf8(p, end, &character);
            if (!n) {
                return false;
            }
            p += n;
        }
        PyUnicode_WRITE(kind, data, i++, character);
    }
    return p == end && i == count;
}

/* Counts the bytes that start characters, in a byte so that the compiler uses vectors: *n* is at most 255. */
static inline unsigned char count_starts(Place p, int n, unsigned char *largest)
{
    unsigned char count = 0, top = *largest;
    for (int i = 0; i < n; i++) {
        count += !continues(p[i]);
        top = p[i] > top ? p[i] : top;
    }
    *largest = top;
    return count;
}

/* In valid UTF-8 the bytes that continue no character start one, and the largest of them starts the widest. */
static Py_ssize_t count_characters(Place p, Place end, Py_UCS4 *widest)
{
    Py_ssize_t count = 0;
    unsigned char largest = 0;
    for (; end - p >= 128; p += 128) {
        count += count_starts(p, 128, &largest);
    }
    count += count_starts(p, (int)(end - p), &largest);
    *widest = largest < 0x80 ? 0x7F : largest < 0xC4 ? 0xFF : largest < 0xF0 ? 0xFFFF : 0x10FFFF;
    return count;
}

PyObject *str_from_utf8(Place p, Place end)
{
    Py_UCS4 widest;
    Py_ssize_t count = count_characters(p, end, &widest);
    PyObject *str = PyUnicode_New(count, widest);
    if (!str) {
        return NULL;
    }
    void *data = PyUnicode_DATA(str);
    bool valid = widest <= 0xFF     ? write_characters(p, end, data, count, PyUnicode_1BYTE_KIND)
                 : widest <= 0xFFFF ? write_characters(p, end, data, count, PyUnicode_2BYTE_KIND)
                                    : write_characters(p, end, data, count, PyUnicode_4BYTE_KIND);
    if (!valid) {
        Py_DECREF(str);
        return NULL;
    }
    return str;
}

/* --- escapes --- */

/* What the byte after a backslash means; 0 if it is invalid, or starts \uXXXX. */
static const unsigned char simple_escapes[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

/* The values of hexadecimal digits; -1 for every other byte. */
#define NONE -1, -1, -1, -1, -1, -1, -1, -1
#define NONE_32 NONE, NONE, NONE, NONE
#define LETTERS -1, 10, 11, 12, 13, 14, 15, -1
static const signed char hex_digits[256] = {
    NONE_32, NONE, NONE, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -1, -1, -1, -1, -1,
    LETTERS, NONE, NONE, NONE, LETTERS, NONE, NONE, NONE, NONE_32, NONE_32, NONE_32, NONE_32,
};

/* Reads \uXXXX. */
static inline Place read_unit(Place p, Place end, int *out)
{
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u') {
        return NULL;
    }
    *out = hex_digits[p[2]] * 0x1000 | hex_digits[p[3]] * 0x100 | hex_digits[p[4]] * 0x10 | hex_digits[p[5]];
    return LIKELY(*out >= 0) ? p + 6 : NULL;
}

Place skip_escape(Place p, Place end)
{
    int unit;
    return simple_escapes[byte_at(p + 1, end)] ? p + 2 : read_unit(p, end, &unit);
}

/* Reads \uXXXX, or the two of a surrogate pair. Steps aside from a lone surrogate. */
static inline Place read_escape(Place p, Place end, Py_UCS4 *out)
{
    int unit, low;
    p = read_unit(p, end, &unit);
    if (LIKELY(p && !Py_UNICODE_IS_SURROGATE(unit))) {
        *out = (Py_UCS4)unit;
        return p;
    }
    p = p && Py_UNICODE_IS_HIGH_SURROGATE(unit) ? read_unit(p, end, &low) : NULL;
    if (!p || !Py_UNICODE_IS_LOW_SURROGATE(low)) {
        return NULL;
    }
    *out = Py_UNICODE_JOIN_SURROGATES(unit, low);
    return p;
}

Place skip_character(Place p, Place end)
{
    Py_UCS4 character;
    return simple_escapes[byte_at(p + 1, end)] ? p + 2 : read_escape(p, end, &character);
}

/* Writes a character as UTF-8, with room for 4 bytes; returns its end. */
static inline unsigned char *put_utf8(unsigned char *out, Py_UCS4 character)
{
    if (character >= 0x800 && character < 0x10000) {
        out[0] = (unsigned char)(0xE0 | character >> 12);
        out[1] = (unsigned char)(0x80 | (character >> 6 & 0x3F));
        out[2] = (unsigned char)(0x80 | (character & 0x3F));
        return out + 3;
    }
    if (character < 0x80) {
        *out = (unsigned char)character;
        return out + 1;
    }
    if (character < 0x800) {
        out[0] = (unsigned char)(0xC0 | character >> 6);
        out[1] = (unsigned char)(0x80 | (character & 0x3F));
        return out + 2;
    }
    out[0] = (unsigned char)(0xF0 | character >> 18);
    out[1] = (unsigned char)(0x80 | (character >> 12 & 0x3F));
    out[2] = (unsigned char)(0x80 | (character >> 6 & 0x3F));
    out[3] = (unsigned char)(0x80 | (character & 0x3F));
    return out + 4;
}

/* Copies plain characters, at most a block, to *out*, and returns the number of their bytes. */
static inline int copy_plain(Place p, Place end, unsigned char *out, Mask *non_ascii)
{
    int n = 0;
    if (end - p >= BLOCK) {
        Mask high, stops = block_stops(p, &high);
        memcpy(out, p, BLOCK);
        *non_ascii |= stops ? before_first(high, stops) : high;
        return stops ? first_in(stops) : BLOCK;
    }
    for (; n < end - p && is_plain(p[n]); n++) {
        out[n] = p[n];
        *non_ascii |= p[n] & 0x80;
    }
    return n;
}

/* Appends the string to the buffer, as UTF-8, and returns the quote that ends it. */
static Place resolve(Place p, Place end, Buffer *buffer, Mask *non_ascii)
{
    Mask high = *non_ascii;
    unsigned char *out = buffer->data + buffer->length, *limit = buffer->data + buffer->capacity - BLOCK;
    while (byte_at(p, end) != '"') {
        if (UNLIKELY(out > limit)) {
            buffer->length = (size_t)(out - buffer->data);
            if (!buffer_reserve(buffer, BLOCK)) {
                return NULL;
            }
            out = buffer->data + buffer->length;
            limit = buffer->data + buffer->capacity - BLOCK;
        }
        if (byte_at(p, end) == '\\') {
            unsigned char simple = simple_escapes[byte_at(p + 1, end)];
            if (simple) {
                *out++ = simple;
                p += 2;
                continue;
            }
            Py_UCS4 character;
            p = read_escape(p, end, &character);
            if (!p) {
                return NULL;
            }
            high |= character & ~(Py_UCS4)0x7F;
            out = put_utf8(out, character);
            continue;
        }
        int n = copy_plain(p, end, out, &high);
        if (!n) {
            return NULL;
        }
        p += n;
        out += n;
    }
    buffer->length = (size_t)(out - buffer->data);
    *non_ascii = high;
    return p;
}

Place read_escaped_string(Place start, Place stop, Place end, Mask non_ascii, PyObject **out)
{
    Buffer buffer;
    buffer_init(&buffer);
    Place p = buffer_put(&buffer, start, (size_t)(stop - start)) ? resolve(stop, end, &buffer, &non_ascii) : NULL;
    *out = NULL;
    if (p) {
        Place data = buffer.data;
        *out = non_ascii ? str_from_utf8(data, data + buffer.length) : str_from_ascii(data, (Py_ssize_t)buffer.length);
    }
    buffer_free(&buffer);
    return *out ? p + 1 : NULL;
}
