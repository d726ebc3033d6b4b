/* What a profile counted, as tuples: see `take` in router_schema/_native.pyi. */
#include "profile.h"

#include <string.h>

/* Appends and drops an item; false if it is NULL or there is no memory. */
static bool append(PyObject *list, PyObject *item)
{
    bool appended = item && PyList_Append(list, item) == 0;
    Py_XDECREF(item);
    return appended;
}

/* A list with what *make* makes of each entry of a table that was counted; *make* may return None to leave one out. */
typedef PyObject *(*Make)(const Profile *profile, const Table *table, size_t index);

static PyObject *list_of(const Profile *profile, const Table *table, Make make)
{
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && i < table->count; i++) {
        if (!append(list, make(profile, table, i))) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static uint32_t number_at(const unsigned char *p, size_t i)
{
    uint32_t number;
    memcpy(&number, p + i * sizeof number, sizeof number);
    return number;
}

/* A tuple of n numbers of 32 bits. */
static PyObject *numbers_from(const unsigned char *p, size_t n)
{
    PyObject *tuple = PyTuple_New((Py_ssize_t)n);
    for (size_t i = 0; tuple && i < n; i++) {
        PyObject *number = PyLong_FromUnsignedLong(number_at(p, i));
        if (!number) {
            Py_CLEAR(tuple);
            break;
        }
        PyTuple_SET_ITEM(tuple, (Py_ssize_t)i, number);
    }
    return tuple;
}

PyObject *combination_facts(const Profile *profile, size_t index)
{
    const Entry *entry = &profile->combinations.entries[index];
    size_t count = (entry->length - sizeof(int64_t)) / sizeof(uint32_t);
    return numbers_from(table_key(&profile->combinations, index) + sizeof(int64_t), count);
}

/* (place, types, texts, count) */
static PyObject *make_shape(const Profile *profile, const Table *table, size_t index)
{
    const unsigned char *form = table_key(table, index);
    const Shape *shape = table_record(table, index);
    uint32_t number = number_at(form, 0);
    const ProfilePlace *place = &profile->places[number];
    bool is_object = table->entries[index].length == place->form_length && place->count &&
                     !(form[sizeof number] & NO_OBJECT);
    size_t types = is_object ? (size_t)place->count : 0, choices = is_object ? (size_t)place->choices : 0;
    PyObject *texts = numbers_from(form + sizeof number + types, choices);
    return texts ? Py_BuildValue("Iy#NL", number, form + sizeof number, (Py_ssize_t)types, texts,
                                 (long long)shape->count)
                 : NULL;
}

/* (field, text, count, line, first, last) */
static PyObject *make_text(const Profile *profile, const Table *table, size_t index)
{
    const unsigned char *key = table_key(table, index);
    const Seen *seen = table_record(table, index);
    Py_ssize_t length = (Py_ssize_t)(table->entries[index].length - sizeof(uint32_t));
    (void)profile;
    return Py_BuildValue("Is#LLdd", number_at(key, 0), key + sizeof(uint32_t), length, (long long)seen->count,
                         (long long)seen->line, seen->first, seen->last);
}

/* (place, key, ((type, count, line, first, last), ...)) */
static PyObject *make_key(const Profile *profile, const Table *table, size_t index)
{
    const unsigned char *key = table_key(table, index);
    const UnknownKey *unknown = table_record(table, index);
    Py_ssize_t length = (Py_ssize_t)(table->entries[index].length - sizeof(uint32_t));
    PyObject *types = PyList_New(0);
    (void)profile;
    for (int type = 0; types && type < TYPES; type++) {
        const Seen *seen = &unknown->types[type];
        if (seen->count && !append(types, Py_BuildValue("iLLdd", type, (long long)seen->count, (long long)seen->line,
                                                        seen->first, seen->last))) {
            Py_CLEAR(types);
        }
    }
    return types ? Py_BuildValue("Is#N", number_at(key, 0), key + sizeof(uint32_t), length, types) : NULL;
}

/* (facts, group, count, lines, first, last, tokens) */
static PyObject *make_combination(const Profile *profile, const Table *table, size_t index)
{
    const Combination *found = table_record(table, index);
    const Seen *bodies = &found->bodies;
    int64_t group;
    memcpy(&group, table_key(table, index), sizeof group);
    PyObject *facts = combination_facts(profile, index), *lines = PyList_New(0);
    for (int64_t i = 0; lines && i < bodies->count && i < FIRST_LINES; i++) {
        if (!append(lines, PyLong_FromLongLong(found->lines[i]))) {
            Py_CLEAR(lines);
        }
    }
    if (!facts || !lines) {
        Py_XDECREF(facts);
        Py_XDECREF(lines);
        return NULL;
    }
    return Py_BuildValue("NLLNdd(KKK)", facts, (long long)group, (long long)bodies->count, lines, bodies->first,
                         bodies->last, (unsigned long long)found->tokens[0], (unsigned long long)found->tokens[1],
                         (unsigned long long)found->tokens[2]);
}

PyObject *profile_counts(const Profile *profile)
{
    PyObject *shapes = list_of(profile, &profile->shapes, make_shape);
    PyObject *texts = shapes ? list_of(profile, &profile->texts, make_text) : NULL;
    PyObject *keys = texts ? list_of(profile, &profile->keys, make_key) : NULL;
    PyObject *combinations = keys ? list_of(profile, &profile->combinations, make_combination) : NULL;
    PyObject *counts = combinations ? PyTuple_Pack(4, shapes, texts, keys, combinations) : NULL;
    Py_XDECREF(shapes);
    Py_XDECREF(texts);
    Py_XDECREF(keys);
    Py_XDECREF(combinations);
    return counts;
}
