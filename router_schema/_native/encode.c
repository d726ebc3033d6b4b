/*
 * Encoding: a plan and an instance make a text, in one pass over the instance into a buffer of UTF-8. The spelling is that
 * of ujson without its escapes of slashes and of what is not ASCII; integral floats below 2**53 are written as integers.
 * Steps aside from whatever the plan does not accept, and from values of any type but the exact one; it never says why.
 */
#include "encode.h"

#include <math.h>

#include "text.h"

typedef struct {
    Buffer out;
    int depth;
} Writer;

static bool write_value(Writer *writer, PyObject *value, const Node *node);
static bool write_any(Writer *writer, PyObject *value);

#define PUT(buffer, text) buffer_put(buffer, text, sizeof text - 1)

/* --- strings --- */

/* Writes a character that must be escaped into room for 6 bytes; returns the end. */
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
 * Copies the plain characters at p, up to a block of them, to *out*, and returns how many. Of the string [start, end) all
 * before p is written; where its last block is plain, that is copied once more, with the characters that precede p.
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
        if (!buffer_reserve(buffer, BLOCK + 6)) {
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

/* Writes by way of a copy in UTF-8, which a str that is not ASCII would otherwise keep. */
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

static bool write_int(Buffer *buffer, PyObject *value)
{
    int overflow;
    int64_t integer = PyLong_AsLongLongAndOverflow(value, &overflow);
    return overflow ? write_long_int(buffer, value) : write_integer(buffer, integer);
}

static const double exact_integers = 9007199254740992.0; /* 2**53 */

/* Writes 0.000123 or 12.3: *digits* with *before* of them, or none and some zeros, in front of the point. */
static bool put_fixed(Buffer *buffer, const char *digits, size_t count, int before)
{
    static const char zeros[] = "0.000";
    if (before <= 0) {
        return buffer_put(buffer, zeros, (size_t)(2 - before)) && buffer_put(buffer, digits, count);
    }
    return buffer_put(buffer, digits, (size_t)before) && buffer_put_byte(buffer, '.') &&
           buffer_put(buffer, digits + before, count - (size_t)before);
}

/* Writes 1.23e-5: one digit in front of the point. */
static bool put_scientific(Buffer *buffer, const char *digits, size_t count, int before)
{
    return buffer_put_byte(buffer, (unsigned char)*digits) && (count == 1 || buffer_put_byte(buffer, '.')) &&
           buffer_put(buffer, digits + 1, count - 1) && PUT(buffer, "e-") && write_integer(buffer, 1 - before);
}

/* Writes digits / 10**power as repr does, but an exponent without a 0 in front. It is below 2**53 and no integer. */
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

/* Writes what CPython finds to be the shortest spelling. repr has a 0 more in its exponent: 1e-05. */
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

static bool write_double(Buffer *buffer, double value)
{
    if (value > -exact_integers && value < exact_integers && value == (double)(int64_t)value) {
        return write_integer(buffer, (int64_t)value);
    }
    return isfinite(value) && write_real(buffer, value);
}

/* Writes a float, or an int that is a double. */
static bool write_number(Buffer *buffer, PyObject *value)
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

/* --- choices --- */

static bool write_choice(Buffer *buffer, PyObject *value, const Node *node)
{
    const Choice *last = node->choices + node->count;
    for (const Choice *choice = node->choices; choice < last; choice++) {
        if (choice->member == value) {
            return buffer_put_padded(buffer, choice->json, choice->length);
        }
    }
    for (const Choice *choice = node->choices; choice < last && PyUnicode_CheckExact(value); choice++) {
        if (PyUnicode_CheckExact(choice->member) && PyUnicode_Compare(choice->member, value) == 0) {
            return buffer_put_padded(buffer, choice->json, choice->length);
        }
    }
    return false;
}

/* --- arrays and dicts --- */

static inline bool enter(Writer *writer)
{
    return writer->depth++ < MAX_DEPTH;
}

static bool leave(Writer *writer, unsigned char mark)
{
    writer->depth--;
    return buffer_put_byte(&writer->out, mark);
}

/* Writes a value, which calls of Python might otherwise drop. Without a node it must be a builtin. */
static bool write_held(Writer *writer, PyObject *value, const Node *node)
{
    Py_INCREF(value);
    bool written = node ? write_value(writer, value, node) : write_any(writer, value);
    Py_DECREF(value);
    return written;
}

static bool write_tuple(Writer *writer, PyObject *tuple, const Node *item)
{
    if (!PyTuple_CheckExact(tuple) || !enter(writer) || !buffer_put_byte(&writer->out, '[')) {
        return false;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); i++) {
        if ((i && !buffer_put_byte(&writer->out, ',')) || !write_value(writer, PyTuple_GET_ITEM(tuple, i), item)) {
            return false;
        }
    }
    return leave(writer, ']');
}

static bool write_list(Writer *writer, PyObject *list, const Node *item)
{
    if (!PyList_CheckExact(list) || !enter(writer) || !buffer_put_byte(&writer->out, '[')) {
        return false;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        if ((i && !buffer_put_byte(&writer->out, ',')) || !write_held(writer, PyList_GET_ITEM(list, i), item)) {
            return false;
        }
    }
    return leave(writer, ']');
}

static bool write_dict_item(Writer *writer, PyObject *key, PyObject *value, const Node *item)
{
    return PyUnicode_CheckExact(key) && write_string(&writer->out, key) && buffer_put_byte(&writer->out, ':') &&
           write_held(writer, value, item);
}

static bool write_dict(Writer *writer, PyObject *dict, const Node *item)
{
    PyObject *key, *value;
    Py_ssize_t position = 0, count = PyDict_CheckExact(dict) ? PyDict_GET_SIZE(dict) : 0;
    if (!PyDict_CheckExact(dict) || !enter(writer) || !buffer_put_byte(&writer->out, '{')) {
        return false;
    }
    for (bool first = true; PyDict_Next(dict, &position, &key, &value); first = false) {
        if ((!first && !buffer_put_byte(&writer->out, ',')) || !write_dict_item(writer, key, value, item) ||
            PyDict_GET_SIZE(dict) != count) {
            return false;
        }
    }
    return leave(writer, '}');
}

static bool write_constant(Buffer *buffer, PyObject *value)
{
    return value == Py_True    ? PUT(buffer, "true")
           : value == Py_False ? PUT(buffer, "false")
           : value == Py_None  ? PUT(buffer, "null")
                               : false;
}

static bool write_any(Writer *writer, PyObject *value)
{
    Buffer *out = &writer->out;
    return PyUnicode_CheckExact(value) ? write_string(out, value)
           : PyLong_CheckExact(value)  ? write_int(out, value)
           : PyFloat_CheckExact(value) ? write_double(out, PyFloat_AS_DOUBLE(value))
           : PyDict_CheckExact(value)  ? write_dict(writer, value, NULL)
           : PyList_CheckExact(value)  ? write_list(writer, value, NULL)
                                       : write_constant(out, value);
}

/* --- classes --- */

static PyObject *attribute(PyObject *instance, const Field *field)
{
    if (field->offset) {
        return Py_XNewRef(*(PyObject **)((char *)instance + field->offset));
    }
    return PyObject_GetAttr(instance, field->name);
}

/* Whether *value* equals the field's default: 1 or 0, or -1 where Python raised. Only None itself is None. */
static int is_default(PyObject *value, const Field *field)
{
    if (field->fallback == Py_None) {
        return value == Py_None;
    }
    PyObject *fallback =
        field->kind == DEFAULT_FACTORY ? PyObject_CallNoArgs(field->fallback) : Py_NewRef(field->fallback);
    PyObject *equal = fallback ? PyObject_RichCompare(value, fallback, Py_EQ) : NULL;
    int result = equal ? PyObject_IsTrue(equal) : -1;
    Py_XDECREF(fallback);
    Py_XDECREF(equal);
    return result;
}

/* Writes a field, unless it is left out: then the text that it wrote is taken back. */
static bool write_field(Writer *writer, PyObject *value, const Field *field, bool first)
{
    Buffer *out = &writer->out;
    size_t start = out->length;
    if (field->omit && value == Py_None && field->fallback == Py_None) {
        return true;
    }
    if (!buffer_put_padded(out, field->mark + first, field->mark_length - first) ||
        !write_value(writer, value, field->node)) {
        return false;
    }
    int omitted = field->omit ? is_default(value, field) : 0;
    if (omitted > 0) {
        out->length = start;
    }
    return omitted >= 0;
}

static bool write_class(Writer *writer, PyObject *instance, const Node *node)
{
    Buffer *out = &writer->out;
    if (!Py_IS_TYPE(instance, (PyTypeObject *)node->object) || !enter(writer) || !buffer_put_byte(out, '{')) {
        return false;
    }
    size_t start = out->length;
    for (const Field *field = node->fields; field < node->fields + node->count; field++) {
        if (!field->key) {
            continue;
        }
        PyObject *value = attribute(instance, field);
        if (!value) {
            return false;
        }
        bool written = write_field(writer, value, field, out->length == start);
        Py_DECREF(value);
        if (!written) {
            return false;
        }
    }
    return leave(writer, '}');
}

/* --- unions --- */

static bool write_union(Writer *writer, PyObject *value, const Node *node)
{
    for (const Choice *choice = node->choices; choice < node->choices + node->count; choice++) {
        if (Py_IS_TYPE(value, (PyTypeObject *)choice->member)) {
            return write_value(writer, value, choice->node);
        }
    }
    return false;
}

/* --- any node --- */

static bool write_call(Writer *writer, PyObject *value, const Node *node)
{
    PyObject *plain = PyObject_CallOneArg(node->object, value);
    if (!plain) {
        return false;
    }
    bool written = plain != Py_None && write_any(writer, plain);
    Py_DECREF(plain);
    return written;
}

static bool write_value(Writer *writer, PyObject *value, const Node *node)
{
    Buffer *out = &writer->out;
    switch (node->kind) {
    case STR:
        return PyUnicode_CheckExact(value) && write_string(out, value);
    case FLOAT:
        return write_number(out, value);
    case INT:
        return PyLong_CheckExact(value) && write_int(out, value);
    case BOOL:
        return PyBool_Check(value) && write_constant(out, value);
    case ANY:
        return write_any(writer, value);
    case CHOICE:
        return write_choice(out, value, node);
    case OPTIONAL:
        return value == Py_None ? PUT(out, "null") : write_value(writer, value, node->item);
    case TUPLE:
        return write_tuple(writer, value, node->item);
    case LIST:
        return write_list(writer, value, node->item);
    case DICT:
        return write_dict(writer, value, node->item);
    case CLASS:
        return write_class(writer, value, node);
    case UNION:
        return write_union(writer, value, node);
    case TAGGED: /* only texts have tags; instances have types */
        return false;
    case CALL:
        return write_call(writer, value, node);
    }
    Py_UNREACHABLE();
}

PyObject *encode_value(const Plan *plan, const Node *root, PyObject *value)
{
    Writer writer;
    writer.depth = 0;
    buffer_init(&writer.out);
    writer.out.non_ascii = plan->non_ascii;
    PyObject *text = NULL;
    if (write_value(&writer, value, root)) {
        Place p = writer.out.data, end = p + writer.out.length;
        text = writer.out.non_ascii ? str_from_utf8(p, end) : str_from_ascii(p, end - p);
    }
    buffer_free(&writer.out);
    return text;
}
