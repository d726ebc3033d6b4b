/* The places of a profile: made of tuples once, and freed. See profile.h. */
#include "plan_build.h"
#include "profile.h"

#include <string.h>

/* Whether *index* is that of a place after *place*, so that no place contains itself; or -1. */
static bool is_place(const Profile *profile, const ProfilePlace *place, int index)
{
    return index == -1 || (index > place - profile->places && index < profile->count);
}

static bool set_field(Profile *profile, ProfilePlace *place, Py_ssize_t number, PyObject *description)
{
    ProfileField *field = &place->fields[number];
    PyObject *key;
    int is_text, is_choice, has_created;
    bool non_ascii = false;
    if (!PyTuple_Check(description)) {
        PyErr_SetString(PyExc_TypeError, "a field must be a tuple");
        return false;
    }
    if (!PyArg_ParseTuple(description, "Upppiii", &key, &is_text, &is_choice, &has_created, &field->token,
                          &field->child, &field->items)) {
        return false;
    }
    if (field->token < -1 || field->token >= TOKENS || !is_place(profile, place, field->child) ||
        !is_place(profile, place, field->items)) {
        PyErr_SetString(PyExc_ValueError, "a field refers to what does not exist");
        return false;
    }
    field->is_text = is_text;
    field->has_created = has_created;
    field->choice = is_choice ? (int)place->choices++ : -1;
    field->follower = number + 1;
    field->recent = -1;
    field->mark = quoted("", key, ":", &field->mark_length, &non_ascii);
    return field->mark;
}

static bool set_place(Profile *profile, Py_ssize_t index, PyObject *fields, int *slots)
{
    ProfilePlace *place = &profile->places[index];
    if (!PyTuple_Check(fields)) {
        PyErr_SetString(PyExc_TypeError, "a place must be a tuple of fields");
        return false;
    }
    place->fields = PyMem_Calloc((size_t)PyTuple_GET_SIZE(fields) + 1, sizeof *place->fields);
    if (!place->fields) {
        PyErr_NoMemory();
        return false;
    }
    for (; place->count < PyTuple_GET_SIZE(fields); place->count++) {
        place->fields[place->count].slot = (*slots)++;
        if (!set_field(profile, place, place->count, PyTuple_GET_ITEM(fields, place->count))) {
            place->count++;
            return false;
        }
    }
    uint32_t number = (uint32_t)index;
    place->form_length = sizeof number + (size_t)place->count + (size_t)place->choices * sizeof(uint32_t);
    place->form = PyMem_Calloc(1, place->form_length);
    if (!place->form) {
        PyErr_NoMemory();
        return false;
    }
    memcpy(place->form, &number, sizeof number);
    return true;
}

static void set_roles(ProfilePlace *place)
{
    for (Py_ssize_t i = 0; i < place->count; i++) {
        place->fields[i].role = role_of(place->fields[i].mark + 1, place->fields[i].mark_length - 3);
    }
}

bool profile_init(Profile *profile, PyObject *places, uint32_t most)
{
    int slots = 0;
    table_init(&profile->shapes, sizeof(Shape), most);
    table_init(&profile->texts, sizeof(Seen), most);
    table_init(&profile->keys, sizeof(UnknownKey), most);
    table_init(&profile->combinations, sizeof(Combination), most);
    if (PyTuple_GET_SIZE(places) == 0) {
        PyErr_SetString(PyExc_ValueError, "there must be a place");
        return false;
    }
    profile->places = PyMem_Calloc((size_t)PyTuple_GET_SIZE(places), sizeof *profile->places);
    profile->facts = PyMem_Malloc(sizeof(int64_t) + MAX_FACTS * sizeof(uint32_t));
    if (!profile->places || !profile->facts) {
        PyErr_NoMemory();
        return false;
    }
    profile->count = PyTuple_GET_SIZE(places);
    for (Py_ssize_t i = 0; i < profile->count; i++) {
        if (!set_place(profile, i, PyTuple_GET_ITEM(places, i), &slots)) {
            return false;
        }
    }
    if (profile->group_field >= profile->places[0].count) {
        PyErr_SetString(PyExc_ValueError, "there is no such field to group by");
        return false;
    }
    set_roles(&profile->places[0]);
    profile_clear(profile);
    return true;
}

void profile_clear(Profile *profile)
{
    table_clear(&profile->shapes);
    table_clear(&profile->texts);
    table_clear(&profile->keys);
    table_clear(&profile->combinations);
    profile->recent = -1;
    profile->full = false;
    for (Py_ssize_t i = 0; i < profile->count; i++) {
        ProfilePlace *place = &profile->places[i];
        place->recent = -1;
        for (int k = 0; k < RECENT_KEYS; k++) {
            place->recent_keys[k] = -1;
        }
        for (Py_ssize_t k = 0; k < place->count; k++) {
            place->fields[k].recent = -1;
        }
    }
}

static void free_place(ProfilePlace *place)
{
    for (Py_ssize_t i = 0; i < place->count; i++) {
        PyMem_Free(place->fields[i].mark);
    }
    PyMem_Free(place->fields);
    PyMem_Free(place->form);
}

void profile_free(Profile *profile)
{
    for (Py_ssize_t i = 0; i < profile->count; i++) {
        free_place(&profile->places[i]);
    }
    PyMem_Free(profile->places);
    PyMem_Free(profile->facts);
    PyMem_Free(profile->touches);
    table_free(&profile->shapes);
    table_free(&profile->texts);
    table_free(&profile->keys);
    table_free(&profile->combinations);
}
