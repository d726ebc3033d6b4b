/*
 * Encoding: one pass over an instance, by a plan, into a buffer of UTF-8. Steps aside from whatever the plan does not
 * accept, and from instances of subclasses; it never says why.
 */
#include "encode.h"

#include "text.h"
#include "write.h"

typedef struct {
    Buffer out;
    int depth;
} Writer;

static bool write_value(Writer *writer, PyObject *value, const Node *node);
static bool write_any(Writer *writer, PyObject *value);

#define PUT(buffer, text) buffer_put(buffer, text, sizeof text - 1)

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

/* Writes a value that a call of Python might remove from its container. If *node* is NULL it must be a builtin. */
static bool write_held(Writer *writer, PyObject *value, const Node *node)
{
    Py_INCREF(value);
    bool written = node ? write_value(writer, value, node) : write_any(writer, value);
    Py_DECREF(value);
    return written;
}

/* Writes a tuple or a list. */
static bool write_array(Writer *writer, PyObject *array, const Node *item)
{
    if (!enter(writer) || !buffer_put_byte(&writer->out, '[')) {
        return false;
    }
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(array); i++) {
        if ((i && !buffer_put_byte(&writer->out, ',')) ||
            !write_held(writer, PySequence_Fast_GET_ITEM(array, i), item)) {
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
           : PyList_CheckExact(value)  ? write_array(writer, value, NULL)
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

/* Whether *value* equals the field's default: 1 or 0, or -1 if Python raised. Only None equals None. */
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

/* Writes a field. One that equals its default is checked by writing it, and then removed. */
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
        if (!field->mark) {
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
        return PyTuple_CheckExact(value) && write_array(writer, value, node->item);
    case LIST:
        return PyList_CheckExact(value) && write_array(writer, value, node->item);
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
