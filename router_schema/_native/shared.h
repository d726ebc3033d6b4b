/*
 * Values that are shared between bodies: floats for small counts, and the keys of dicts.
 *
 * A module makes one Shared, and so does each interpreter; decoders count as its owners. Needs the GIL.
 */
#ifndef ROUTER_SCHEMA_SHARED_H
#define ROUTER_SCHEMA_SHARED_H

#include "text.h"

enum { SHARED_FLOATS = 1024, KEY_BITS = 10, SHARED_KEYS = 1 << KEY_BITS };

/* Strings are shared up to these lengths: keys, and values such as the tokens of log probabilities. */
enum { LONGEST_KEY = 64, LONGEST_TOKEN = 8 };

/* A str and its first and last bytes: of up to 16 all of them, with zeros behind. */
typedef struct {
    uint64_t first, last;
    PyObject *str;
} Key;

typedef struct {
    Py_ssize_t owners;
    PyObject *floats[SHARED_FLOATS];
    Key keys[SHARED_KEYS];
} Shared;

Shared *shared_new(void);
Shared *shared_own(Shared *shared);
void shared_disown(Shared *shared);

/* Whether *str*, which is compact ASCII, stands at p with a closing quote behind it. */
static inline bool str_stands_at(PyObject *str, Place p, Place end)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(str);
    return end - p > n && p[n] == '"' && same_bytes(ascii_data(str), p, (size_t)n);
}

/* Reads a string that is likely to come again, unless it is longer than *longest*; p is behind the opening quote. */
Place read_shared_string(Shared *shared, Place p, Place end, Py_ssize_t longest, PyObject **out);

static inline PyObject *float_from_integer(Shared *shared, int64_t value)
{
    return (uint64_t)value < SHARED_FLOATS ? Py_NewRef(shared->floats[value]) : PyFloat_FromDouble((double)value);
}

#endif
