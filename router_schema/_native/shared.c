/* Shared values: see shared.h. Keys are found by a hash of their length, first and last bytes; the newest one stays. */
#include "shared.h"

Shared *shared_new(void)
{
    Shared *shared = PyMem_Calloc(1, sizeof *shared);
    if (!shared) {
        PyErr_NoMemory();
        return NULL;
    }
    shared->owners = 1;
    for (int i = 0; i < SHARED_FLOATS; i++) {
        shared->floats[i] = PyFloat_FromDouble(i);
        if (!shared->floats[i]) {
            shared_disown(shared);
            return NULL;
        }
    }
    return shared;
}

Shared *shared_own(Shared *shared)
{
    shared->owners++;
    return shared;
}

void shared_disown(Shared *shared)
{
    if (--shared->owners) {
        return;
    }
    for (int i = 0; i < SHARED_FLOATS; i++) {
        Py_XDECREF(shared->floats[i]);
    }
    for (int i = 0; i < SHARED_KEYS; i++) {
        Py_XDECREF(shared->keys[i]);
    }
    PyMem_Free(shared);
}

static uint64_t bytes_of_short(Place p, Py_ssize_t n)
{
    uint64_t word = 0;
    memcpy(&word, p, (size_t)n);
    return word;
}

static size_t slot_of(Place p, Py_ssize_t n)
{
    uint64_t first = n < 8 ? bytes_of_short(p, n) : load_word(p), last = n < 8 ? 0 : load_word(p + n - 8);
    uint64_t hash = (first ^ (last << 7 | last >> 57) ^ (uint64_t)n) * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(hash >> 32) % SHARED_KEYS;
}

Place read_shared_string(Shared *shared, Place p, Place end, PyObject **out)
{
    Mask non_ascii = 0;
    Place stop = scan_string(p, end, &non_ascii);
    if (byte_at(stop, end) != '"' || non_ascii || stop - p > LONGEST_SHARED) {
        return read_string(p, end, out);
    }
    PyObject **slot = &shared->keys[slot_of(p, stop - p)];
    if (!*slot || !str_stands_at(*slot, p, end)) {
        PyObject *str = str_from_ascii(p, stop - p);
        if (!str) {
            return NULL;
        }
        Py_XSETREF(*slot, str);
    }
    *out = Py_NewRef(*slot);
    return stop + 1;
}
