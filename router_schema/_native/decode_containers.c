/* Decoding arrays, dicts, and values without a plan, which become builtins. */
#include "reader.h"

/* Steals the reference, even when it fails. */
static inline bool push(Reader *reader, PyObject *value)
{
    if (!reserve(reader, 1)) {
        Py_DECREF(value);
        return false;
    }
    reader->values[reader->count++] = value;
    return true;
}

/* Moves the values on the stack from *base* on into a new tuple or list. */
static PyObject *array_of(Reader *reader, Py_ssize_t base, Kind kind)
{
    Py_ssize_t count = reader->count - base;
    PyObject *array = kind == TUPLE ? PyTuple_New(count) : PyList_New(count);
    if (array && count) {
        memcpy(PySequence_Fast_ITEMS(array), reader->values + base, (size_t)count * sizeof *reader->values);
        reader->count = base;
    }
    return array;
}

/* Reads the items of an array and pushes them. If *item* is NULL they become builtins. */
static Place read_items(Reader *reader, Place p, Node *item)
{
    bool more;
    for (p = first_item(p, reader->end, ']', &more); p && more; p = next_item(p, reader->end, ']', &more)) {
        PyObject *value;
        p = item ? read_value(reader, p, item, &value) : read_any(reader, p, &value);
        if (!p || !push(reader, value)) {
            return NULL;
        }
    }
    return p;
}

Place read_array(Reader *reader, Place p, Node *item, Kind kind, PyObject **out)
{
    Py_ssize_t base = reader->count;
    if (byte_at(p, reader->end) != '[' || !enter(reader)) {
        return NULL;
    }
    p = read_items(reader, p, item);
    if (!p) {
        return NULL;
    }
    reader->depth--;
    return give(array_of(reader, base, kind), out, p);
}

/* Reads a key and its value into the dict. */
static inline Place read_dict_item(Reader *reader, Place p, Node *item, PyObject *dict)
{
    PyObject *key, *value;
    if (byte_at(p, reader->end) != '"') {
        return NULL;
    }
    p = read_shared_string(reader->shared, p + 1, reader->end, LONGEST_KEY, &key);
    if (!p) {
        return NULL;
    }
    p = skip_mark(p, reader->end, ':');
    if (p) {
        p = item ? read_value(reader, p, item, &value) : read_any(reader, p, &value);
    }
    if (p) {
        p = PyDict_SetItem(dict, key, value) == 0 ? p : NULL;
        Py_DECREF(value);
    }
    Py_DECREF(key);
    return p;
}

static Place read_dict_items(Reader *reader, Place p, Node *item, PyObject *dict)
{
    bool more;
    for (p = first_item(p, reader->end, '}', &more); p && more; p = next_item(p, reader->end, '}', &more)) {
        p = read_dict_item(reader, p, item, dict);
        if (!p) {
            return NULL;
        }
    }
    return p;
}

Place read_dict(Reader *reader, Place p, Node *item, PyObject **out)
{
    if (byte_at(p, reader->end) != '{' || !enter(reader)) {
        return NULL;
    }
    *out = PyDict_New();
    p = *out ? read_dict_items(reader, p, item, *out) : NULL;
    if (!p) {
        Py_XDECREF(*out);
        return NULL;
    }
    reader->depth--;
    return p;
}

Place read_any(Reader *reader, Place p, PyObject **out)
{
    switch (byte_at(p, reader->end)) {
    case '"':
        return read_short_string(reader, p, out);
    case '{':
        return read_dict(reader, p, NULL, out);
    case '[':
        return read_array(reader, p, NULL, LIST, out);
    case 't':
        return READ_CONSTANT(p, reader->end, "true", Py_True, out);
    case 'f':
        return READ_CONSTANT(p, reader->end, "false", Py_False, out);
    case 'n':
        return READ_CONSTANT(p, reader->end, "null", Py_None, out);
    default:
        return read_number(p, reader->end, out);
    }
}
