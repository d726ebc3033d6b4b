/*
 * Reading one text: what the files of the decoder share.
 *
 * Values live on a stack until the container that they belong to is complete, and an instance is made when all its
 * fields are read. So readers need not clean up: when one returns NULL, its callers do too, and decode_text drops the
 * stack.
 */
#ifndef ROUTER_SCHEMA_READER_H
#define ROUTER_SCHEMA_READER_H

#include "plan.h"
#include "shared.h"

/*
 * The search for tags may read a text so many times over, where classes contain each other and have their tags last;
 * after that, the decoder steps aside.
 */
enum { FIRST_VALUES = 256, MOST_SEARCHES = 32 };

typedef struct {
    Place end;
    Shared *shared;
    int depth;
    size_t search; /* how many bytes may still be searched for tags */
    Py_ssize_t count, capacity;
    PyObject **values; /* the stack; NULL marks a field that was not read yet */
    PyObject *first[FIRST_VALUES];
} Reader;

bool grow_stack(Reader *reader, Py_ssize_t more);

static inline bool reserve(Reader *reader, Py_ssize_t more)
{
    return reader->capacity - reader->count >= more || grow_stack(reader, more);
}

static inline bool enter(Reader *reader)
{
    return reader->depth++ < MAX_DEPTH;
}

static inline Place give(PyObject *value, PyObject **out, Place p)
{
    *out = value;
    return value ? p : NULL;
}

static inline Place read_constant(Place p, Place end, const char *word, size_t n, PyObject *value, PyObject **out)
{
    p = skip_word(p, end, word, n);
    return p ? give(Py_NewRef(value), out, p) : NULL;
}

#define READ_CONSTANT(p, end, word, value, out) read_constant(p, end, word, sizeof word - 1, value, out)

/* The choice whose text, in quotes, is at p; NULL where there is none. */
static inline const Choice *find_choice(const Node *node, Place p, Place end)
{
    for (const Choice *choice = node->choices; choice < node->choices + node->count; choice++) {
        if ((size_t)(end - p) >= choice->length && same_bytes(choice->json, p, choice->length)) {
            return choice;
        }
    }
    return NULL;
}

static inline Place read_short_string(Reader *reader, Place p, PyObject **out)
{
    return read_shared_string(reader->shared, p + 1, reader->end, LONGEST_TOKEN, out);
}

/* Each reads the value at p into *out, and returns the place after it; NULL to step aside, or because Python raised. */
Place read_value(Reader *reader, Place p, Node *node, PyObject **out);
Place read_array(Reader *reader, Place p, Node *item, Kind kind, PyObject **out);
Place read_dict(Reader *reader, Place p, Node *item, PyObject **out);
Place read_any(Reader *reader, Place p, PyObject **out);
Place read_union(Reader *reader, Place p, const Node *node, PyObject **out);
Place read_tagged(Reader *reader, Place p, const Node *node, PyObject **out);

#endif
