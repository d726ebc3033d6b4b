/*
 * Decoding: text to an instance, by a plan. This file has scalars and classes; decode_containers.c and decode_union.c
 * have the rest. The decoder expects the keys of a class in the order of the last text, and searches only for a key that
 * is out of order. It steps aside from whatever the plan does not accept, and from keys of classes that are spelled
 * with escapes; it never says why.
 */
#include "decode.h"

#include "reader.h"

/* --- the stack --- */

bool grow_stack(Reader *reader, Py_ssize_t more)
{
    Py_ssize_t capacity = (reader->count + more) * 2;
    PyObject **values = PyMem_New(PyObject *, capacity);
    if (!values) {
        PyErr_NoMemory();
        return false;
    }
    memcpy(values, reader->values, (size_t)reader->count * sizeof *values);
    if (reader->values != reader->first) {
        PyMem_Free(reader->values);
    }
    reader->values = values;
    reader->capacity = capacity;
    return true;
}

static void drop_values(Reader *reader)
{
    while (reader->count) {
        Py_XDECREF(reader->values[--reader->count]);
    }
    if (reader->values != reader->first) {
        PyMem_Free(reader->values);
    }
}

/* --- scalars --- */

static inline Place read_float(Reader *reader, Place p, PyObject **out)
{
    int64_t integer;
    double value;
    Place after = read_short_integer(p, reader->end, &integer);
    if (after) {
        return give(float_from_integer(reader->shared, integer), out, after);
    }
    p = read_double(p, reader->end, &value);
    return p ? give(PyFloat_FromDouble(value), out, p) : NULL;
}

static inline Place read_whole(Reader *reader, Place p, PyObject **out)
{
    int64_t integer;
    Place after = read_short_integer(p, reader->end, &integer);
    return after ? give(PyLong_FromLongLong(integer), out, after) : read_int(p, reader->end, out);
}

static Place read_choice(Reader *reader, Place p, const Node *node, PyObject **out)
{
    const Choice *choice = find_choice(node, p, reader->end);
    return choice ? give(Py_NewRef(choice->member), out, p + choice->length) : NULL;
}

/* --- classes --- */

/* Reads a string, which may be one of those that this field had in recent texts; p is after the opening quote. */
static Place read_recent_string(Field *field, Place p, Place end, PyObject **out)
{
    for (int i = 0; i < RECENT && field->recent[i]; i++) {
        if (starts_with_str(p, end, field->recent[i])) {
            *out = Py_NewRef(field->recent[i]);
            return p + PyUnicode_GET_LENGTH(*out) + 1;
        }
    }
    Mask non_ascii = 0;
    Place stop = scan_string(p, end, &non_ascii);
    if (byte_at(stop, end) != '"' || non_ascii || stop - p > LONGEST_KEY) {
        return finish_string(p, stop, end, non_ascii, out);
    }
    *out = str_from_ascii(p, stop - p);
    if (!*out) {
        return NULL;
    }
    Py_XSETREF(field->recent[1], field->recent[0]);
    field->recent[0] = Py_NewRef(*out);
    return stop + 1;
}

/* The index of the field whose key is the n bytes at p, without escapes; -1 if there is none. */
static Py_ssize_t find_field(const Node *node, Place p, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < node->count; i++) {
        const Field *field = &node->fields[i];
        if (field->mark && field->mark_length == (size_t)n + 4 && same_bytes(field->mark + 2, p, (size_t)n)) {
            return i;
        }
    }
    return -1;
}

/* Reads a key and its colon. *index* is a guess on entry; on return the field's index, or -1 for an unknown key. */
static inline Place read_key(const Node *node, Place p, Place end, Py_ssize_t *index)
{
    const Field *guess = &node->fields[*index];
    size_t length = guess->mark_length - 1;
    if (guess->mark && (size_t)(end - p) >= length && same_bytes(guess->mark + 1, p, length)) {
        return skip_space(p + length, end);
    }
    Mask non_ascii = 0;
    Place stop = scan_plain_key(p++, end, &non_ascii);
    if (!stop) {
        return NULL;
    }
    *index = find_field(node, p, stop - p);
    if (*index < 0 && (node->forbid_extra_keys || (non_ascii && !is_utf8(p, stop)))) {
        return NULL;
    }
    return skip_mark(stop + 1, end, ':');
}

/* Reads the value of a field. The usual kinds skip read_value, which has to save many registers first. */
static inline Place read_field(Reader *reader, Place p, Field *field, PyObject **out)
{
    const Node *node = field->node->kind == OPTIONAL ? field->node->item : field->node;
    int byte = byte_at(p, reader->end);
    if (byte == '"' && node->kind == STR) {
        return read_recent_string(field, p + 1, reader->end, out);
    }
    if (byte == '"' && node->kind == CHOICE) {
        return read_choice(reader, p, node, out);
    }
    if (byte != 'n' && node->kind == FLOAT) {
        return read_float(reader, p, out);
    }
    return read_value(reader, p, field->node, out);
}

/* Reads the fields of an object into their places on the stack, from *base* on. */
static Place read_fields(Reader *reader, Place p, Node *node, Py_ssize_t base)
{
    Py_ssize_t *guess = &node->first;
    bool more;
    for (p = first_item(p, reader->end, '}', &more); p && more; p = next_item(p, reader->end, '}', &more)) {
        Py_ssize_t index = *guess;
        p = read_key(node, p, reader->end, &index);
        if (p && index < 0) {
            p = skip_value(p, reader->end, reader->depth);
        }
        else if (p) {
            PyObject *value;
            *guess = index;
            guess = &node->fields[index].follower;
            p = read_field(reader, p, &node->fields[index], &value);
            if (p) {
                Py_XSETREF(reader->values[base + index], value); /* The last of equal keys counts. */
            }
        }
        if (!p) {
            return NULL;
        }
    }
    return p;
}

static bool fill_default(const Field *field, PyObject **value)
{
    switch (field->kind) {
    case DEFAULT_VALUE:
        *value = Py_NewRef(field->fallback);
        return true;
    case DEFAULT_FACTORY:
        *value = PyObject_CallNoArgs(field->fallback);
        return *value;
    default:
        return false;
    }
}

static PyObject *allocate(const Node *node)
{
    PyTypeObject *cl = (PyTypeObject *)node->object;
    if (!node->has_dict) {
        return cl->tp_alloc(cl, 0);
    }
    PyObject *nothing = PyTuple_New(0); /* a shared object: this allocates nothing */
    PyObject *instance = nothing ? cl->tp_new(cl, nothing, NULL) : NULL;
    Py_XDECREF(nothing);
    return instance;
}

/* Moves *value into an instance, whose slot is empty. On failure the value remains. */
static bool store(PyObject *instance, const Field *field, PyObject **value)
{
    if (field->offset) {
        *(PyObject **)((char *)instance + field->offset) = *value;
    }
    else if (PyObject_GenericSetAttr(instance, field->name, *value) == 0) {
        Py_DECREF(*value);
    }
    else {
        return false;
    }
    *value = NULL;
    return true;
}

/* Makes an instance of the values on the stack from *base* on, or of defaults where there is none. */
static PyObject *build(Reader *reader, const Node *node, Py_ssize_t base)
{
    PyObject *instance = allocate(node);
    for (Py_ssize_t i = 0; instance && i < node->count; i++) {
        PyObject **value = &reader->values[base + i];
        if ((!*value && !fill_default(&node->fields[i], value)) || !store(instance, &node->fields[i], value)) {
            Py_CLEAR(instance);
        }
    }
    reader->count = instance ? base : reader->count;
    return instance;
}

static Place read_class(Reader *reader, Place p, Node *node, PyObject **out)
{
    Py_ssize_t base = reader->count;
    if (byte_at(p, reader->end) != '{' || !enter(reader) || !reserve(reader, node->count)) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < node->count; i++) {
        reader->values[base + i] = NULL;
    }
    reader->count += node->count;
    p = read_fields(reader, p, node, base);
    if (!p) {
        return NULL;
    }
    reader->depth--;
    return give(build(reader, node, base), out, p);
}

/* --- any node --- */

static Place read_call(Reader *reader, Place p, const Node *node, PyObject **out)
{
    PyObject *value;
    p = read_any(reader, p, &value);
    if (!p) {
        return NULL;
    }
    *out = PyObject_CallOneArg(node->object, value);
    Py_DECREF(value);
    if (*out == Py_None) {
        Py_DECREF(Py_None);
        return NULL;
    }
    return *out ? p : NULL;
}

Place read_value(Reader *reader, Place p, Node *node, PyObject **out)
{
    switch (node->kind) {
    case STR:
        return byte_at(p, reader->end) == '"' ? read_short_string(reader, p, out) : NULL;
    case FLOAT:
        return read_float(reader, p, out);
    case INT:
        return read_whole(reader, p, out);
    case BOOL:
        return byte_at(p, reader->end) == 't' ? READ_CONSTANT(p, reader->end, "true", Py_True, out)
                                              : READ_CONSTANT(p, reader->end, "false", Py_False, out);
    case ANY:
        return read_any(reader, p, out);
    case CHOICE:
        return read_choice(reader, p, node, out);
    case OPTIONAL:
        return byte_at(p, reader->end) == 'n' ? READ_CONSTANT(p, reader->end, "null", Py_None, out)
                                              : read_value(reader, p, node->item, out);
    case TUPLE:
    case LIST:
        return read_array(reader, p, node->item, node->kind, out);
    case DICT:
        return read_dict(reader, p, node->item, out);
    case CLASS:
        return read_class(reader, p, node, out);
    case UNION:
        return read_union(reader, p, node, out);
    case TAGGED:
        return read_tagged(reader, p, node, out);
    case CALL:
        return read_call(reader, p, node, out);
    }
    Py_UNREACHABLE();
}

PyObject *decode_text(Node *node, Shared *shared, Place start, Place end)
{
    Reader reader; /* without an initializer, which would clear all of its first values */
    PyObject *value;
    if (shared->calls == MAX_CALLS) {
        return NULL;
    }
    shared->calls++;
    reader.end = end;
    reader.shared = shared;
    reader.depth = 0;
    reader.search = (size_t)(end - start) * MOST_SEARCHES;
    reader.count = 0;
    reader.capacity = FIRST_VALUES;
    reader.values = reader.first;
    Place p = skip_space(start, end);
    p = node ? read_value(&reader, p, node, &value) : read_any(&reader, p, &value);
    if (p && skip_space(p, end) != end) {
        Py_DECREF(value);
        p = NULL;
    }
    drop_values(&reader);
    shared->calls--;
    return p ? value : NULL;
}
