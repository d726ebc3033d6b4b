/*
 * Strings and skipping. A string without escapes is scanned once and copied once; one with escapes is resolved into a
 * buffer of UTF-8 first. Steps aside from control characters, invalid UTF-8, unknown escapes and lone surrogates; only
 * in what is skipped may a surrogate stand alone, since RFC 8259 allows it and nobody reads it.
 */
#include "text.h"

#include "buffer.h"

bool buffer_grow(Buffer *buffer, size_t more)
{
    size_t capacity = (buffer->length + more) * 2;
    unsigned char *data = PyMem_Malloc(capacity);
    if (!data) {
        PyErr_NoMemory();
        return false;
    }
    memcpy(data, buffer->data, buffer->length);
    buffer_free(buffer);
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

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

/* Writes the characters in [p, end) to the data of a str of that kind, which is a constant wherever this is inlined. */
static inline bool write_characters(Place p, Place end, void *data, Py_ssize_t count, int kind)
{
    for (Py_ssize_t i = 0; p < end; i++) {
        if (*p < 0x80) {
            if (end - p >= 8 && count - i >= 8) {
                uint64_t high = non_ascii_of_word(load_word(p));
                for (int k = 0; k < 8; k++) {
                    PyUnicode_WRITE(kind, data, i + k, p[k]);
                }
                int ascii = high ? __builtin_ctzll(high) / 8 : 8;
                p += ascii;
                i += ascii - 1;
            }
            else {
                PyUnicode_WRITE(kind, data, i, *p++);
            }
            continue;
        }
        Py_UCS4 character;
        int n = read_utf8(p, end, &character);
        if (!n) {
            return false;
        }
        PyUnicode_WRITE(kind, data, i, character);
        p += n;
    }
    return true;
}

/* The characters in valid UTF-8 start with the bytes that continue none; the largest of these tells the widest. */
static Py_ssize_t count_characters(Place p, Place end, Py_UCS4 *widest)
{
    Py_ssize_t count = 0;
    unsigned char largest = 0;
    for (; p < end; p++) {
        count += !continues(*p);
        largest = *p > largest ? *p : largest;
    }
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

/* What the byte behind a backslash stands for; 0 where it stands for nothing, or starts \uXXXX. */
static unsigned char simple_escape(int byte)
{
    switch (byte) {
    case '"':
    case '\\':
    case '/':
        return (unsigned char)byte;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return 0;
    }
}

static inline int hex_digit(unsigned char byte)
{
    return is_digit(byte) ? byte - '0' : (byte | 32) >= 'a' && (byte | 32) <= 'f' ? (byte | 32) - 'a' + 10 : -1;
}

/* Reads \uXXXX. */
static Place read_unit(Place p, Place end, Py_UCS4 *out)
{
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u') {
        return NULL;
    }
    int a = hex_digit(p[2]), b = hex_digit(p[3]), c = hex_digit(p[4]), d = hex_digit(p[5]);
    if ((a | b | c | d) < 0) {
        return NULL;
    }
    *out = (Py_UCS4)(a << 12 | b << 8 | c << 4 | d);
    return p + 6;
}

/* Reads \uXXXX, or a pair of surrogates. */
static Place read_unicode_escape(Place p, Place end, Py_UCS4 *out)
{
    Py_UCS4 low;
    p = read_unit(p, end, out);
    if (!p || !Py_UNICODE_IS_SURROGATE(*out)) {
        return p;
    }
    p = read_unit(p, end, &low);
    if (!p || !Py_UNICODE_IS_HIGH_SURROGATE(*out) || !Py_UNICODE_IS_LOW_SURROGATE(low)) {
        return NULL;
    }
    *out = Py_UNICODE_JOIN_SURROGATES(*out, low);
    return p;
}

/* Appends a character to a buffer with room for 4 bytes. */
static void put_utf8(Buffer *buffer, Py_UCS4 c)
{
    unsigned char *out = buffer->data + buffer->length;
    if (c < 0x80) {
        *out++ = (unsigned char)c;
    }
    else if (c < 0x800) {
        *out++ = (unsigned char)(0xC0 | c >> 6);
        *out++ = (unsigned char)(0x80 | (c & 0x3F));
    }
    else if (c < 0x10000) {
        *out++ = (unsigned char)(0xE0 | c >> 12);
        *out++ = (unsigned char)(0x80 | (c >> 6 & 0x3F));
        *out++ = (unsigned char)(0x80 | (c & 0x3F));
    }
    else {
        *out++ = (unsigned char)(0xF0 | c >> 18);
        *out++ = (unsigned char)(0x80 | (c >> 12 & 0x3F));
        *out++ = (unsigned char)(0x80 | (c >> 6 & 0x3F));
        *out++ = (unsigned char)(0x80 | (c & 0x3F));
    }
    buffer->length = (size_t)(out - buffer->data);
}

/* Resolves the escape at p into a buffer with room for 4 bytes. */
static Place resolve_escape(Place p, Place end, Buffer *buffer, Mask *non_ascii)
{
    if (end - p < 2) {
        return NULL;
    }
    unsigned char simple = simple_escape(p[1]);
    if (simple) {
        buffer->data[buffer->length++] = simple;
        return p + 2;
    }
    Py_UCS4 character;
    p = read_unicode_escape(p, end, &character);
    if (p) {
        *non_ascii |= character >= 0x80;
        put_utf8(buffer, character);
    }
    return p;
}

/* Copies what stands before the next quote, backslash or control character, which it returns, or the end. */
static Place copy_run(Place p, Place end, Buffer *buffer, Mask *non_ascii)
{
    while (end - p >= BLOCK) {
        if (!buffer_reserve(buffer, BLOCK + 4)) {
            return NULL;
        }
        Mask high, stops = block_stops(p, &high);
        memcpy(buffer->data + buffer->length, p, BLOCK);
        if (stops) {
            *non_ascii |= before_first(high, stops);
            buffer->length += (size_t)first_in(stops);
            return p + first_in(stops);
        }
        *non_ascii |= high;
        buffer->length += BLOCK;
        p += BLOCK;
    }
    Place stop = scan_string(p, end, non_ascii);
    return buffer_put(buffer, p, (size_t)(stop - p)) && buffer_reserve(buffer, 4) ? stop : NULL;
}

static Place resolve_string(Place p, Place end, Buffer *buffer, Mask *non_ascii)
{
    for (;;) {
        p = copy_run(p, end, buffer, non_ascii);
        if (!p || byte_at(p, end) == '"') {
            return p;
        }
        if (byte_at(p, end) != '\\') {
            return NULL;
        }
        p = resolve_escape(p, end, buffer, non_ascii);
        if (!p) {
            return NULL;
        }
    }
}

Place read_escaped_string(Place start, Place stop, Place end, Mask non_ascii, PyObject **out)
{
    Buffer buffer;
    buffer_init(&buffer);
    bool copied = buffer_put(&buffer, start, (size_t)(stop - start));
    Place p = copied ? resolve_string(stop, end, &buffer, &non_ascii) : NULL;
    *out = NULL;
    if (p) {
        Place data = buffer.data;
        *out = non_ascii ? str_from_utf8(data, data + buffer.length) : str_from_ascii(data, (Py_ssize_t)buffer.length);
    }
    buffer_free(&buffer);
    return *out ? p + 1 : NULL;
}

/* --- skipping --- */

static Place skip_escape(Place p, Place end)
{
    Py_UCS4 unit;
    return end - p >= 2 && simple_escape(p[1]) ? p + 2 : read_unit(p, end, &unit);
}

Place skip_string(Place p, Place end)
{
    Place start = p;
    Mask non_ascii = 0;
    for (;;) {
        p = scan_string(p, end, &non_ascii);
        if (byte_at(p, end) == '"') {
            return non_ascii && !is_utf8(start, p) ? NULL : p + 1;
        }
        if (byte_at(p, end) != '\\') {
            return NULL;
        }
        p = skip_escape(p, end);
        if (!p) {
            return NULL;
        }
    }
}

/* Skips a key and its colon, and the white space around. */
static Place skip_key(Place p, Place end)
{
    p = byte_at(p, end) == '"' ? skip_string(p + 1, end) : NULL;
    return p ? skip_mark(p, end, ':') : NULL;
}

/* Skips what an array or object holds, and what closes it. */
static Place skip_items(Place p, Place end, int depth, int close)
{
    p = skip_space(p + 1, end);
    if (byte_at(p, end) == close) {
        return p + 1;
    }
    for (;;) {
        p = close == '}' ? skip_key(p, end) : p;
        p = p ? skip_value(p, end, depth + 1) : NULL;
        if (!p) {
            return NULL;
        }
        p = skip_space(p, end);
        if (byte_at(p, end) == close) {
            return p + 1;
        }
        if (byte_at(p, end) != ',') {
            return NULL;
        }
        p = skip_space(p + 1, end);
    }
}

Place skip_value(Place p, Place end, int depth)
{
    switch (byte_at(p, end)) {
    case '"':
        return skip_string(p + 1, end);
    case '{':
        return depth < MAX_DEPTH ? skip_items(p, end, depth, '}') : NULL;
    case '[':
        return depth < MAX_DEPTH ? skip_items(p, end, depth, ']') : NULL;
    case 't':
        return SKIP_WORD(p, end, "true");
    case 'f':
        return SKIP_WORD(p, end, "false");
    case 'n':
        return SKIP_WORD(p, end, "null");
    default:
        return skip_number(p, end);
    }
}
