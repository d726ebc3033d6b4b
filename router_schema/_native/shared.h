/*
 * Values that texts have in common: floats for small counts, keys of dicts, short strings.
 *
 * Each module object has one Shared, so each interpreter has its own. Decoders own it too, since they may outlive their
 * module. It needs the GIL.
 */
#ifndef ROUTER_SCHEMA_SHARED_H
#define ROUTER_SCHEMA_SHARED_H

#include "text.h"

enum { SHARED_FLOATS = 1024, KEY_BITS = 10, SHARED_KEYS = 1 << KEY_BITS };

/* Strings are shared up to these lengths: keys, and values such as the tokens of log probabilities. */
enum { LONGEST_KEY = 64, LONGEST_TOKEN = 8 };

/* A str with its first and last 8 bytes; if it is shorter than 16, the missing ones are 0. */
typedef struct {
    uint64_t first, last;
    PyObject *str;
} Key;

/*
 * Calls may nest this deep; deeper ones step aside. Functions written in C can call a coder without a Python frame, and
 * then Python's recursion limit does not stop them.
 */
enum { MAX_CALLS = 100 };

typedef struct {
    Py_ssize_t owners;
    int calls; /* of coders that have not returned; user code may call further ones */
    PyObject *floats[SHARED_FLOATS];
    Key keys[SHARED_KEYS];
} Shared;

Shared *shared_new(void);
Shared *shared_own(Shared *shared);
void shared_disown(Shared *shared);

/* Whether the text at p is *str*, which is compact ASCII, and a closing quote. */
static inline bool starts_with_str(Place p, Place end, PyObject *str)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(str);
    return end - p > n && p[n] == '"' && same_bytes(ascii_data(str), p, (size_t)n);
}

/* Reads a string and shares it, unless it is longer than *longest*; p is after the opening quote. */
Place read_shared_string(Shared *shared, Place p, Place end, Py_ssize_t longest, PyObject **out);

static inline PyObject *float_from_integer(Shared *shared, int64_t value)
{
    return (uint64_t)value < SHARED_FLOATS ? Py_NewRef(shared->floats[value]) : PyFloat_FromDouble((double)value);
}

#endif
