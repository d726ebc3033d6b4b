/*
 * Shared values: see shared.h. A string is found by its first and last bytes: two words, which are all of most keys and
 * are compared without a branch on their length. Of two strings with one place the newer one stays.
 */
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
        Py_XDECREF(shared->keys[i].str);
    }
    PyMem_Free(shared);
}

enum { TWO_WORDS = 16 };

/* The first n bytes of a word, at most all 8. */
static inline uint64_t first_bytes(uint64_t word, Py_ssize_t n)
{
    static const uint64_t masks[] = {
        0,           0xFF,          0xFFFF,          0xFFFFFF,           0xFFFFFFFF,
        0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF,
    };
    return word & masks[n < 0 ? 0 : n < 8 ? n : 8];
}

Place read_shared_string(Shared *shared, Place p, Place end, Py_ssize_t longest, PyObject **out)
{
    Mask non_ascii = 0;
    Place stop = scan_string(p, end, &non_ascii);
    Py_ssize_t n = stop - p;
    if (byte_at(stop, end) != '"' || non_ascii || n > longest || end - p < TWO_WORDS) {
        return finish_string(p, stop, end, non_ascii, out);
    }
    uint64_t first = first_bytes(load_word(p), n);
    uint64_t last = n <= TWO_WORDS ? first_bytes(load_word(p + 8), n - 8) : load_word(p + n - 8);
    Key *key = &shared->keys[(first ^ (last << 29 | last >> 35)) * UINT64_C(0x9E3779B97F4A7C15) >> (64 - KEY_BITS)];
    if (!key->str || key->first != first || key->last != last || PyUnicode_GET_LENGTH(key->str) != n ||
        (n > TWO_WORDS && memcmp(ascii_data(key->str), p, (size_t)n) != 0)) {
        PyObject *str = str_from_ascii(p, n);
        if (!str) {
            return NULL;
        }
        key->first = first;
        key->last = last;
        Py_XSETREF(key->str, str);
    }
    *out = Py_NewRef(key->str);
    return stop + 1;
}
