/* Building and freeing plans: see plan.h. Every part of a plan is checked, and what it refers to is kept alive. */
#include "plan_build.h"

#include "buffer.h"
#include "write.h"

bool refuse(PyObject *error, const char *message)
{
    PyErr_SetString(error, message);
    return false;
}

unsigned char *quoted(const char *before, PyObject *str, const char *after, size_t *length, bool *non_ascii)
{
    Buffer buffer;
    unsigned char *copy = NULL;
    buffer_init(&buffer);
    if (buffer_put(&buffer, before, strlen(before)) && write_string(&buffer, str) &&
        buffer_put(&buffer, after, strlen(after))) {
        copy = PyMem_Calloc(buffer.length + CHUNK, 1);
    }
    if (copy) {
        memcpy(copy, buffer.data, buffer.length);
        *length = buffer.length;
        *non_ascii |= buffer.non_ascii;
    }
    else if (!PyErr_Occurred()) {
        PyErr_NoMemory();
    }
    buffer_free(&buffer);
    return copy;
}

Node *node_at(Plan *plan, Py_ssize_t index)
{
    if (index < 0 || index >= plan->count) {
        refuse(PyExc_ValueError, "a plan refers to a node that it does not have");
        return NULL;
    }
    return &plan->nodes[index];
}

static bool build_choice(Plan *plan, Node *node, PyObject *spec)
{
    PyObject *word, *members, *text, *member;
    Py_ssize_t position = 0;
    if (!PyArg_ParseTuple(spec, "OO!:choice", &word, &PyDict_Type, &members)) {
        return false;
    }
    node->choices = PyMem_Calloc((size_t)PyDict_GET_SIZE(members) + 1, sizeof *node->choices);
    if (!node->choices) {
        PyErr_NoMemory();
        return false;
    }
    while (PyDict_Next(members, &position, &text, &member)) {
        if (!PyUnicode_CheckExact(text)) {
            return refuse(PyExc_TypeError, "a choice must be a str");
        }
        Choice *choice = &node->choices[node->count++];
        choice->member = Py_NewRef(member);
        choice->json = quoted("", text, "", &choice->length, &plan->non_ascii);
        if (!choice->json) {
            return false;
        }
    }
    return true;
}

/* Sets the member of a JSON type, or of a Python type. */
static bool set_member(Plan *plan, Node *node, PyObject *type, PyObject *index)
{
    static const char *const words[JSON_TYPES] = {"string", "integer", "number", "boolean", "array", "object"};
    Node *member = node_at(plan, PyLong_AsSsize_t(index));
    if (!member) {
        return false;
    }
    if (PyType_Check(type)) {
        node->choices[node->count++] = (Choice){.member = Py_NewRef(type), .node = member};
        return true;
    }
    for (int i = 0; PyUnicode_Check(type) && i < JSON_TYPES; i++) {
        if (PyUnicode_CompareWithASCIIString(type, words[i]) == 0) {
            node->members[i] = member;
            return true;
        }
    }
    return refuse(PyExc_TypeError, "a member of a union needs a JSON type or a Python type");
}

static bool build_union(Plan *plan, Node *node, PyObject *spec)
{
    PyObject *word, *members, *type, *index;
    Py_ssize_t position = 0;
    if (!PyArg_ParseTuple(spec, "OO!:union", &word, &PyDict_Type, &members)) {
        return false;
    }
    node->choices = PyMem_Calloc((size_t)PyDict_GET_SIZE(members) + 1, sizeof *node->choices);
    if (!node->choices) {
        PyErr_NoMemory();
        return false;
    }
    while (PyDict_Next(members, &position, &type, &index)) {
        if (!PyLong_CheckExact(index)) {
            return refuse(PyExc_TypeError, "a member of a union must be an index");
        }
        if (!set_member(plan, node, type, index)) {
            return false;
        }
    }
    return true;
}

static bool build_tagged(Plan *plan, Node *node, PyObject *spec)
{
    PyObject *word, *key, *classes, *text, *index;
    Py_ssize_t position = 0;
    if (!PyArg_ParseTuple(spec, "OUO!:tagged", &word, &key, &PyDict_Type, &classes)) {
        return false;
    }
    node->object = Py_NewRef(key);
    node->choices = PyMem_Calloc((size_t)PyDict_GET_SIZE(classes) + 1, sizeof *node->choices);
    if (!node->choices) {
        PyErr_NoMemory();
        return false;
    }
    while (PyDict_Next(classes, &position, &text, &index)) {
        if (!PyUnicode_CheckExact(text) || !PyLong_CheckExact(index)) {
            return refuse(PyExc_TypeError, "a tag must be a str, and its class an index");
        }
        Choice *choice = &node->choices[node->count++];
        choice->json = quoted("", text, "", &choice->length, &plan->non_ascii);
        choice->node = node_at(plan, PyLong_AsSsize_t(index));
        if (!choice->json || !choice->node) {
            return false;
        }
    }
    return true;
}

static bool build_item(Plan *plan, Node *node, PyObject *spec)
{
    PyObject *word;
    Py_ssize_t index;
    if (!PyArg_ParseTuple(spec, "On:node", &word, &index)) {
        return false;
    }
    node->item = node_at(plan, index);
    return node->item;
}

static bool build_call(Plan *plan, Node *node, PyObject *spec)
{
    PyObject *word, *function;
    (void)plan;
    if (!PyArg_ParseTuple(spec, "OO:call", &word, &function)) {
        return false;
    }
    if (!PyCallable_Check(function)) {
        return refuse(PyExc_TypeError, "a call needs something callable");
    }
    node->object = Py_NewRef(function);
    return true;
}

static bool build_scalar(Plan *plan, Node *node, PyObject *spec)
{
    PyObject *word;
    (void)plan, (void)node;
    return PyArg_ParseTuple(spec, "O:node", &word);
}

static const struct {
    const char *word;
    Kind kind;
    bool (*build)(Plan *, Node *, PyObject *);
} kinds[] = {
    {"str", STR, build_scalar},      {"float", FLOAT, build_scalar},     {"int", INT, build_scalar},
    {"bool", BOOL, build_scalar},    {"any", ANY, build_scalar},         {"choice", CHOICE, build_choice},
    {"optional", OPTIONAL, build_item}, {"tuple", TUPLE, build_item},    {"list", LIST, build_item},
    {"dict", DICT, build_item},      {"class", CLASS, build_class},      {"union", UNION, build_union},
    {"tagged", TAGGED, build_tagged}, {"call", CALL, build_call},
};

static bool build_node(Plan *plan, Node *node, PyObject *spec)
{
    if (!PyTuple_Check(spec) || !PyTuple_GET_SIZE(spec) || !PyUnicode_Check(PyTuple_GET_ITEM(spec, 0))) {
        return refuse(PyExc_TypeError, "a node must be a tuple that starts with a word");
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(kinds); i++) {
        if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(spec, 0), kinds[i].word) == 0) {
            node->kind = kinds[i].kind;
            return kinds[i].build(plan, node, spec);
        }
    }
    return refuse(PyExc_ValueError, "a node of no known kind");
}

/* Whether the node reads or writes something itself, instead of only choosing a node that does. */
static bool is_solid(const Node *node)
{
    return !node || (node->kind != OPTIONAL && node->kind != UNION);
}

/* Nodes that only choose must not choose each other in a circle. */
static bool check_choosers(const Plan *plan)
{
    for (const Node *node = plan->nodes; node < plan->nodes + plan->count; node++) {
        if (node->kind == OPTIONAL && node->item->kind == OPTIONAL) {
            return refuse(PyExc_ValueError, "an optional of an optional");
        }
        for (int i = 0; i < JSON_TYPES; i++) {
            if (!is_solid(node->members[i])) {
                return refuse(PyExc_ValueError, "a member of a union must not be optional or a union");
            }
        }
        for (Py_ssize_t i = 0; node->choices && i < node->count; i++) {
            if (!is_solid(node->choices[i].node)) {
                return refuse(PyExc_ValueError, "a member of a union must not be optional or a union");
            }
            if (node->kind == TAGGED && node->choices[i].node->kind != CLASS) {
                return refuse(PyExc_ValueError, "a tag must name a class");
            }
        }
    }
    return true;
}

static bool build_nodes(Plan *plan, PyObject *specs)
{
    for (Py_ssize_t i = 0; i < plan->count; i++) {
        if (!build_node(plan, &plan->nodes[i], PyTuple_GET_ITEM(specs, i))) {
            return false;
        }
    }
    return check_choosers(plan);
}

Plan *plan_new(PyObject *nodes)
{
    PyObject *specs = PySequence_Tuple(nodes); /* a copy: building a node may run code that changes *nodes* */
    if (!specs) {
        return NULL;
    }
    size_t count = (size_t)PyTuple_GET_SIZE(specs);
    Plan *plan = PyMem_Calloc(1, sizeof *plan + count * sizeof *plan->nodes);
    if (!plan) {
        PyErr_NoMemory();
    }
    else {
        plan->count = (Py_ssize_t)count;
        if (!build_nodes(plan, specs)) {
            plan_free(plan);
            plan = NULL;
        }
    }
    Py_DECREF(specs);
    return plan;
}

static void free_field(Field *field)
{
    for (int i = 0; i < RECENT; i++) {
        Py_XDECREF(field->recent[i]);
    }
    Py_XDECREF(field->name);
    Py_XDECREF(field->fallback);
    PyMem_Free(field->mark);
}

void plan_free(Plan *plan)
{
    for (Node *node = plan->nodes; node < plan->nodes + plan->count; node++) {
        for (Py_ssize_t i = 0; i < node->count; i++) {
            if (node->fields) {
                free_field(&node->fields[i]);
            }
            else {
                Py_XDECREF(node->choices[i].member);
                PyMem_Free(node->choices[i].json);
            }
        }
        PyMem_Free(node->fields);
        PyMem_Free(node->choices);
        Py_XDECREF(node->object);
    }
    PyMem_Free(plan);
}

int plan_traverse(const Plan *plan, visitproc visit, void *arg)
{
    for (const Node *node = plan->nodes; node < plan->nodes + plan->count; node++) {
        Py_VISIT(node->object);
        for (Py_ssize_t i = 0; i < node->count; i++) {
            Py_VISIT(node->fields ? node->fields[i].fallback : node->choices[i].member);
        }
    }
    return 0;
}

const char *node_name(const Node *node)
{
    return node->kind == CLASS ? ((PyTypeObject *)node->object)->tp_name : kinds[node->kind].word;
}
