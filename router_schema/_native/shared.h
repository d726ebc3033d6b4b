/*
 * Values that are shared between bodies: floats for small counts, and the keys of dicts.
 *
 * A module makes one Shared, and so does each interpreter; decoders count as its owners. Needs the GIL.
 */
#ifndef ROUTER_SCHEMA_SHARED_H
#define ROUTER_SCHEMA_SHARED_H

#include "text.h"

enum { SHARED_FLOATS = 1024, SHARED_KEYS = 1024, LONGEST_SHARED = 64 };

typedef struct {
    Py_ssize_t owners;
    PyObject *floats[SHARED_FLOATS];
    PyObject *keys[SHARED_KEYS];
} Shared;

Shared *shared_new(void);
Shared *shared_own(Shared *shared);
void shared_disown(Shared *shared);

/* Whether *str*, which is compact ASCII, stands at p with a closing quote behind it. */
static inline bool str_stands_at(PyObject *str, Place p, Place end)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(str);
    return end - p > n && p[n] == '"' && same_bytes(PyUnicode_1BYTE_DATA(str), p, (size_t)n);
}

/* Reads a string that is likely to come again; p is behind the opening quote. */
Place read_shared_string(Shared *shared, Place p, Place end, PyObject **out);

static inline PyObject *float_from_integer(Shared *shared, int64_t value)
{
    return value >= 0 && value < SHARED_FLOATS ? Py_NewRef(shared->floats[value]) : PyFloat_FromDouble((double)value);
}

#endif
