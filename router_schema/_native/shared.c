/*
 * Shared values: see shared.h. A string is found by its first and last 8 bytes. These are the whole of most keys, and
 * comparing them needs no branch on their length. When two strings have the same slot, the newer one replaces the
 * older.
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

/* The first n bytes of a word: none if n is negative, all from 8 on. */
static inline uint64_t first_bytes(uint64_t word, Py_ssize_t n)
{
    static const uint64_t masks[] = {
        0,           0xFF,          0xFFFF,          0xFFFFFF,           0xFFFFFFFF,
        0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF,
    };
    return word & masks[n < 0 ? 0 : n < 8 ? n : 8];
}

/*
 * Finds the slot of the n bytes at p, of which 16 can be read. Sets *wanted* to their words and to the str in the
 * slot, or to NULL if that is another one.
 */
static inline Key *find_slot(Shared *shared, Place p, Py_ssize_t n, Key *wanted)
{
    uint64_t first = first_bytes(load_word(p), n);
    uint64_t last = n <= TWO_WORDS ? first_bytes(load_word(p + 8), n - 8) : load_word(p + n - 8);
    Key *slot = &shared->keys[(first ^ (last << 29 | last >> 35)) * UINT64_C(0x9E3779B97F4A7C15) >> (64 - KEY_BITS)];
    bool found = slot->str && slot->first == first && slot->last == last && PyUnicode_GET_LENGTH(slot->str) == n &&
                 (n <= TWO_WORDS || memcmp(ascii_data(slot->str), p, (size_t)n) == 0);
    *wanted = (Key){first, last, found ? slot->str : NULL};
    return slot;
}

/* Puts a str into its slot; steals the reference. */
static inline void fill_slot(Key *slot, Key *wanted, PyObject *str)
{
    PyObject *old = slot->str;
    wanted->str = str;
    *slot = *wanted;
    Py_XDECREF(old);
}

/* Replaces *str* by the shared one that equals it, or shares it; steals the reference. */
static PyObject *share(Shared *shared, PyObject *str)
{
    Key wanted;
    unsigned char bytes[LONGEST_KEY + TWO_WORDS] = {0};
    memcpy(bytes, ascii_data(str), (size_t)PyUnicode_GET_LENGTH(str));
    Key *slot = find_slot(shared, bytes, PyUnicode_GET_LENGTH(str), &wanted);
    if (wanted.str) {
        Py_DECREF(str);
    }
    else {
        fill_slot(slot, &wanted, str);
    }
    return Py_NewRef(slot->str);
}

/* Reads a string that is long, has escapes, is not ASCII, or ends too near to the end of the text to load its words. */
static Place read_other_string(Shared *shared, Place start, Place stop, Place end, Mask non_ascii, Py_ssize_t longest,
                               PyObject **out)
{
    Place p = finish_string(start, stop, end, non_ascii, out);
    if (p && PyUnicode_IS_COMPACT_ASCII(*out) && PyUnicode_GET_LENGTH(*out) <= longest) {
        *out = share(shared, *out);
    }
    return p;
}

Place read_shared_string(Shared *shared, Place p, Place end, Py_ssize_t longest, PyObject **out)
{
    Mask non_ascii = 0;
    Place stop = scan_string(p, end, &non_ascii);
    Py_ssize_t n = stop - p;
    if (byte_at(stop, end) != '"' || non_ascii || n > longest || end - p < TWO_WORDS) {
        return read_other_string(shared, p, stop, end, non_ascii, longest, out);
    }
    Key wanted, *slot = find_slot(shared, p, n, &wanted);
    if (!wanted.str) {
        PyObject *str = str_from_ascii(p, n);
        if (!str) {
            return NULL;
        }
        fill_slot(slot, &wanted, str);
    }
    *out = Py_NewRef(slot->str);
    return stop + 1;
}
