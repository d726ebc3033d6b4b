/*
 * The module router_schema._native: Decoder, Encoder, Profiler and parse; see router_schema/_native.pyi.
 *
 * A coder is a callable. It steps aside by calling the function *slow* with its own argument, and never raises an
 * error of its own about what it decodes or encodes. If a callback raises an Exception, or memory runs out, the coder
 * drops that exception and steps aside; other exceptions, such as KeyboardInterrupt, propagate.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stddef.h>
#include <structmember.h>

#include "decode.h"
#include "encode.h"
#include "profiler.h"

typedef struct {
    Shared *shared;
} State;

/* A Decoder or an Encoder. */
typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    Plan *plan;
    Node *root;
    PyObject *slow;
    Shared *shared;
} Coder;

/*
 * The object with the text in *data*: *data* itself, or bytes. NULL if it is none of bytes, bytearray, memoryview and
 * str, or if Python raised. What may change is copied: other threads may write to it even while this one has the GIL.
 */
static PyObject *text_of(PyObject *data)
{
    if (PyBytes_Check(data) || (PyUnicode_Check(data) && PyUnicode_IS_COMPACT_ASCII(data))) {
        return Py_NewRef(data);
    }
    if (PyUnicode_Check(data)) {
        return PyUnicode_AsUTF8String(data); /* PyUnicode_AsUTF8 would leave its copy on the str. */
    }
    return PyByteArray_Check(data) || PyMemoryView_Check(data) ? PyBytes_FromObject(data) : NULL;
}

/* What *node* makes of *data*, or NULL. */
static PyObject *decode(Node *node, Shared *shared, PyObject *data)
{
    PyObject *text = text_of(data);
    if (!text) {
        return NULL;
    }
    bool is_bytes = PyBytes_Check(text);
    Place start = is_bytes ? (Place)PyBytes_AS_STRING(text) : ascii_data(text);
    Py_ssize_t length = is_bytes ? PyBytes_GET_SIZE(text) : PyUnicode_GET_LENGTH(text);
    PyObject *value = decode_text(node, shared, start, start + length);
    Py_DECREF(text);
    return value;
}

/* Whether to step aside after a failure; if not, the exception that is set must propagate. */
static bool steps_aside(void)
{
    if (PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_Exception)) {
            return false;
        }
        PyErr_Clear();
    }
    return true;
}

/* --- calls --- */

/* The only argument of a call, by position or by name. */
static PyObject *only_argument(const char *name, PyObject *const *args, size_t nargsf, PyObject *names)
{
    Py_ssize_t named = names ? PyTuple_GET_SIZE(names) : 0;
    if (PyVectorcall_NARGS(nargsf) + named != 1 ||
        (named && PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), name) != 0)) {
        PyErr_Format(PyExc_TypeError, "expected one argument: %s", name);
        return NULL;
    }
    return args[0];
}

static PyObject *call_decoder(PyObject *object, PyObject *const *args, size_t nargsf, PyObject *names)
{
    Coder *self = (Coder *)object;
    PyObject *data = only_argument("data", args, nargsf, names);
    if (!data) {
        return NULL;
    }
    PyObject *value = decode(self->root, self->shared, data);
    return value || !steps_aside() ? value : PyObject_CallOneArg(self->slow, data);
}

static PyObject *call_encoder(PyObject *object, PyObject *const *args, size_t nargsf, PyObject *names)
{
    Coder *self = (Coder *)object;
    PyObject *value = only_argument("obj", args, nargsf, names);
    if (!value) {
        return NULL;
    }
    PyObject *text = NULL;
    if (self->shared->calls < MAX_CALLS) {
        self->shared->calls++;
        text = encode_value(self->plan, self->root, value);
        self->shared->calls--;
    }
    return text || !steps_aside() ? text : PyObject_CallOneArg(self->slow, value);
}

/* The same as tp_call, with a signature for inspect. */
static PyObject *coder_call(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    return ((Coder *)self)->call(self, args, (size_t)count, names);
}

/* --- lines --- */

/* Decodes the complete lines of [*p, end) and moves *p after them. Returns false if an exception must propagate. */
static bool decode_lines(Coder *self, PyObject *instances, Place *p, Place end, Py_ssize_t *lines)
{
    for (Place stop; (stop = memchr(*p, '\n', (size_t)(end - *p))); *p = stop + 1, ++*lines) {
        if (skip_space(*p, stop) == stop) {
            continue;
        }
        PyObject *instance = decode_text(self->root, self->shared, *p, stop);
        int failed = instance ? PyList_Append(instances, instance) : -1;
        Py_XDECREF(instance);
        if (failed) {
            return steps_aside();
        }
    }
    return true;
}

static PyObject *decoder_lines(PyObject *object, PyObject *args)
{
    Coder *self = (Coder *)object;
    PyObject *block;
    Py_ssize_t start, lines = 0;
    if (!PyArg_ParseTuple(args, "Sn:lines", &block, &start)) {
        return NULL;
    }
    if (start < 0 || start > PyBytes_GET_SIZE(block)) {
        PyErr_SetString(PyExc_ValueError, "start is outside of the block");
        return NULL;
    }
    PyObject *instances = PyList_New(0);
    if (!instances) {
        return NULL;
    }
    Place first = (Place)PyBytes_AS_STRING(block), p = first + start;
    if (!decode_lines(self, instances, &p, first + PyBytes_GET_SIZE(block), &lines)) {
        Py_DECREF(instances);
        return NULL;
    }
    return Py_BuildValue("Nnn", instances, lines, (Py_ssize_t)(p - first));
}

/* --- the types --- */

static PyObject *new_coder(PyTypeObject *type, PyObject *args, PyObject *names, vectorcallfunc call)
{
    static char *keywords[] = {"plan", "root", "slow", NULL};
    State *state = PyType_GetModuleState(type);
    PyObject *nodes, *slow;
    Py_ssize_t root;
    if (!state || !PyArg_ParseTupleAndKeywords(args, names, "OnO", keywords, &nodes, &root, &slow)) {
        return NULL;
    }
    if (!PyCallable_Check(slow)) {
        PyErr_SetString(PyExc_TypeError, "slow must be callable");
        return NULL;
    }
    Plan *plan = plan_new(nodes);
    if (!plan) {
        return NULL;
    }
    Coder *self = 0 <= root && root < plan->count ? (Coder *)type->tp_alloc(type, 0) : NULL;
    if (!self) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_ValueError, "root is not the index of a node");
        }
        plan_free(plan);
        return NULL;
    }
    self->call = call;
    self->plan = plan;
    self->root = &plan->nodes[root];
    self->slow = Py_NewRef(slow);
    self->shared = shared_own(state->shared);
    return (PyObject *)self;
}

static PyObject *new_decoder(PyTypeObject *type, PyObject *args, PyObject *names)
{
    return new_coder(type, args, names, call_decoder);
}

static PyObject *new_encoder(PyTypeObject *type, PyObject *args, PyObject *names)
{
    return new_coder(type, args, names, call_encoder);
}

/* There is no tp_clear, as for tuples: a coder never changes, so every cycle has something else that can be cleared. */
static int traverse_coder(PyObject *object, visitproc visit, void *arg)
{
    Coder *self = (Coder *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->slow);
    return self->plan ? plan_traverse(self->plan, visit, arg) : 0;
}

static void dealloc_coder(PyObject *object)
{
    Coder *self = (Coder *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    plan_free(self->plan);
    Py_DECREF(self->slow);
    shared_disown(self->shared);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject *repr_coder(PyObject *object)
{
    return PyUnicode_FromFormat("<%s of %s>", Py_TYPE(object)->tp_name, node_name(((Coder *)object)->root));
}

static PyMemberDef coder_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Coder, call), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

#define CALL_FLAGS (METH_FASTCALL | METH_KEYWORDS | METH_COEXIST)

PyDoc_STRVAR(decoder_doc,
"Decoder(plan, root, slow)\n"
"--\n"
"\n"
"Decode JSON text: UTF-8 bytes, a bytearray, a memoryview or a str.\n"
"\n"
"Raises:\n"
"    DecodeError: The text is not JSON.\n"
"    ValidationError: The text is JSON but doesn't match the type; the error lists every problem.\n"
"    TypeError: The argument is neither bytes nor str.\n");

PyDoc_STRVAR(call_decoder_doc, "__call__($self, /, data)\n--\n\nDecode JSON text.");

PyDoc_STRVAR(lines_doc,
"lines($self, block, start, /)\n"
"--\n"
"\n"
"Decode the lines of *block* from the offset *start* on.\n"
"\n"
"Stop before a line that only the slow path can decode or refuse, and before a line that does not end in the block.\n"
"Skip blank lines.\n"
"\n"
"Returns:\n"
"    The instances, the number of lines, and the offset after them.");

static PyMethodDef decoder_methods[] = {
    {"__call__", (PyCFunction)(void (*)(void))coder_call, CALL_FLAGS, call_decoder_doc},
    {"lines", decoder_lines, METH_VARARGS, lines_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(encoder_doc,
"Encoder(plan, root, slow)\n"
"--\n"
"\n"
"Encode an instance as compact JSON text.\n"
"\n"
"Raises:\n"
"    EncodeError: The instance holds what its schema does not allow; the error lists every problem.\n");

PyDoc_STRVAR(call_encoder_doc, "__call__($self, /, obj)\n--\n\nEncode an instance as compact JSON text.");

static PyMethodDef encoder_methods[] = {
    {"__call__", (PyCFunction)(void (*)(void))coder_call, CALL_FLAGS, call_encoder_doc},
    {NULL, NULL, 0, NULL},
};

#define CODER_SLOTS                                                                                                   \
    {Py_tp_traverse, traverse_coder}, {Py_tp_dealloc, dealloc_coder}, {Py_tp_repr, repr_coder},                        \
        {Py_tp_call, PyVectorcall_Call}, {Py_tp_members, coder_members}

static PyType_Slot decoder_slots[] = {
    {Py_tp_new, new_decoder},
    {Py_tp_methods, decoder_methods},
    {Py_tp_doc, (void *)decoder_doc},
    CODER_SLOTS,
    {0, NULL},
};

static PyType_Slot encoder_slots[] = {
    {Py_tp_new, new_encoder},
    {Py_tp_methods, encoder_methods},
    {Py_tp_doc, (void *)encoder_doc},
    CODER_SLOTS,
    {0, NULL},
};

#define CODER_FLAGS \
    (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_IMMUTABLETYPE)

static PyType_Spec decoder_spec = {
    .name = "router_schema._native.Decoder", .basicsize = sizeof(Coder), .flags = CODER_FLAGS, .slots = decoder_slots};

static PyType_Spec encoder_spec = {
    .name = "router_schema._native.Encoder", .basicsize = sizeof(Coder), .flags = CODER_FLAGS, .slots = encoder_slots};

/* --- the module --- */

static PyObject *parse(PyObject *module, PyObject *data)
{
    State *state = PyModule_GetState(module);
    PyObject *value = decode(NULL, state->shared, data);
    if (!value && steps_aside()) {
        PyErr_SetNone(PyExc_ValueError);
    }
    return value;
}

PyDoc_STRVAR(parse_doc,
"parse($module, data, /)\n"
"--\n"
"\n"
"Parse JSON text into builtins.\n"
"\n"
"Raises:\n"
"    ValueError: The text is not JSON, or the slow path must look at it.");

static PyMethodDef methods[] = {
    {"parse", parse, METH_O, parse_doc},
    {NULL, NULL, 0, NULL},
};

static bool add_type(PyObject *module, PyType_Spec *spec)
{
    PyObject *type = PyType_FromModuleAndSpec(module, spec, NULL);
    bool added = type && PyModule_AddType(module, (PyTypeObject *)type) == 0;
    Py_XDECREF(type);
    return added;
}

static int exec(PyObject *module)
{
    State *state = PyModule_GetState(module);
    state->shared = shared_new();
    return state->shared && add_type(module, &decoder_spec) && add_type(module, &encoder_spec) &&
                   add_type(module, &profiler_spec)
               ? 0
               : -1;
}

static void free_module(void *module)
{
    State *state = PyModule_GetState(module);
    if (state && state->shared) {
        shared_disown(state->shared);
    }
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, exec},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "router_schema._native",
    .m_doc = "JSON text to instances and back; steps aside from whatever it does not accept.",
    .m_size = sizeof(State),
    .m_methods = methods,
    .m_slots = slots,
    .m_free = free_module,
};

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModuleDef_Init(&definition);
}
