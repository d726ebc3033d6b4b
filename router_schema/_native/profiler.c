/* The type Profiler: blocks of lines to counts. It needs the GIL, and holds no Python object. */
#include "profiler.h"

#include "profile.h"

typedef struct {
    PyObject_HEAD
    Profile profile;
} Profiler;

/* The most entries of a table, so that facts fit into 32 bits. */
enum { MAX_MOST = 1 << 24 };

/* --- scanning --- */

/* Reports the combination of the line in [start, stop) of a block, unless that was done before. */
static bool report(Profile *profile, size_t index, PyObject *combinations, Py_ssize_t start, Py_ssize_t stop)
{
    Combination *found = table_record(&profile->combinations, index);
    if (found->reported) {
        return true;
    }
    PyObject *facts = combination_facts(profile, index);
    PyObject *item = facts ? Py_BuildValue("Nnn", facts, start, stop) : NULL;
    found->reported = item && PyList_Append(combinations, item) == 0;
    Py_XDECREF(item);
    return found->reported;
}

static PyObject *scan_block(PyObject *object, PyObject *args)
{
    Profile *profile = &((Profiler *)object)->profile;
    PyObject *block;
    Py_ssize_t start;
    long long line;
    if (!PyArg_ParseTuple(args, "SnL:scan", &block, &start, &line)) {
        return NULL;
    }
    if (start < 0 || start > PyBytes_GET_SIZE(block)) {
        PyErr_SetString(PyExc_ValueError, "start is outside of the block");
        return NULL;
    }
    PyObject *combinations = PyList_New(0);
    if (!combinations) {
        return NULL;
    }
    Place first = (Place)PyBytes_AS_STRING(block), end = first + PyBytes_GET_SIZE(block), p = first + start;
    while (p < end && !profile->full) {
        Place stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop ? stop : end;
        if (stop - p > profile->longest) {
            break;
        }
        if (skip_space(p, stop) != stop) {
            Py_ssize_t index = profile_line(profile, p, stop, line + 1);
            if (index < 0) {
                PyErr_Clear(); /* no memory, or a lone surrogate: scanning calls no code that may raise anything else */
                break;
            }
            if (!report(profile, (size_t)index, combinations, p - first, stop - first)) {
                Py_DECREF(combinations); /* the line was counted, so that stepping aside would count it twice */
                return NULL;
            }
        }
        line++;
        p = stop < end ? stop + 1 : end;
    }
    return Py_BuildValue("nLNO", (Py_ssize_t)(p - first), line, combinations, profile->full ? Py_True : Py_False);
}

static PyObject *take_counts(PyObject *object, PyObject *Py_UNUSED(nothing))
{
    Profile *profile = &((Profiler *)object)->profile;
    PyObject *counts = profile_counts(profile);
    if (counts) {
        profile_clear(profile);
    }
    return counts;
}

/* Calls *method* without the garbage collector, since a finalizer might use this profiler or let another thread do so. */
static PyObject *undisturbed(PyCFunction method, PyObject *object, PyObject *args)
{
    int enabled = PyGC_Disable();
    PyObject *result = method(object, args);
    if (enabled) {
        PyGC_Enable();
    }
    return result;
}

static PyObject *scan(PyObject *object, PyObject *args)
{
    return undisturbed(scan_block, object, args);
}

static PyObject *take(PyObject *object, PyObject *args)
{
    return undisturbed(take_counts, object, args);
}

/* --- the type --- */

static PyObject *new_profiler(PyTypeObject *type, PyObject *args, PyObject *names)
{
    static char *keywords[] = {"places", "forbid_extra_keys", "group_field", "seconds", "longest", "most", NULL};
    PyObject *places;
    int forbid_extra_keys;
    Py_ssize_t group_field, longest;
    long long seconds;
    unsigned int most;
    if (!PyArg_ParseTupleAndKeywords(args, names, "O!pnLnI", keywords, &PyTuple_Type, &places, &forbid_extra_keys,
                                     &group_field, &seconds, &longest, &most)) {
        return NULL;
    }
    if (seconds < 0 || most > MAX_MOST) {
        PyErr_SetString(PyExc_ValueError, "seconds must not be below 0, and most not too many");
        return NULL;
    }
    Profiler *self = (Profiler *)type->tp_alloc(type, 0);
    if (!self) {
        return NULL;
    }
    Profile *profile = &self->profile;
    profile->forbid_extra_keys = forbid_extra_keys;
    profile->grouping = group_field < 0 ? NO_GROUP : seconds ? BY_TIME : BY_TEXT;
    profile->group_field = group_field;
    profile->seconds = seconds;
    profile->longest = longest;
    if (!profile_init(profile, places, most)) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static void dealloc_profiler(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    profile_free(&((Profiler *)object)->profile);
    type->tp_free(object);
    Py_DECREF(type);
}

PyDoc_STRVAR(profiler_doc,
"Profiler(places, forbid_extra_keys, group_field, seconds, longest, most)\n"
"--\n"
"\n"
"Count the contents of a log's lines, without creating objects for them.");

PyDoc_STRVAR(scan_doc,
"scan($self, block, start, line, /)\n"
"--\n"
"\n"
"Count the lines of *block* from the offset *start* on, of which *line* come before.\n"
"\n"
"Stop before a line that Python must process, or when the counts must be taken. Skip blank lines.\n"
"\n"
"Returns:\n"
"    The offset and the number of lines up to there; the facts of each new combination, with the offsets of a line\n"
"    that has it; and whether the counts must be taken.");

PyDoc_STRVAR(take_doc,
"take($self, /)\n"
"--\n"
"\n"
"Return the counts (shapes, texts, unknown keys and combinations), and reset them.");

static PyMethodDef profiler_methods[] = {
    {"scan", scan, METH_VARARGS, scan_doc},
    {"take", take, METH_NOARGS, take_doc},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot profiler_slots[] = {
    {Py_tp_new, new_profiler},
    {Py_tp_methods, profiler_methods},
    {Py_tp_dealloc, dealloc_profiler},
    {Py_tp_doc, (void *)profiler_doc},
    {0, NULL},
};

PyType_Spec profiler_spec = {.name = "router_schema._native.Profiler",
                             .basicsize = sizeof(Profiler),
                             .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
                             .slots = profiler_slots};
