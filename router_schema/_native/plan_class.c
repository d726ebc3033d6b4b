/* Building the nodes of classes: see plan.h. */
#include "plan_build.h"

#include <stddef.h>
#include <structmember.h>

/* object.__new__ must make the instances: then allocating them and storing their fields is enough. */
static bool check_class(PyTypeObject *cl)
{
    return (cl->tp_new == PyBaseObject_Type.tp_new && cl->tp_alloc == PyType_GenericAlloc && !cl->tp_itemsize &&
            !(cl->tp_flags & Py_TPFLAGS_IS_ABSTRACT)) ||
           refuse(PyExc_TypeError, "the class is abstract or makes its instances in a way of its own");
}

/* Whether *slot* is a descriptor that __slots__ made in the class or a base. */
static bool is_slot(PyObject *slot, PyTypeObject *cl)
{
    if (!Py_IS_TYPE(slot, &PyMemberDescr_Type) || !PyType_IsSubtype(cl, PyDescr_TYPE(slot))) {
        return false;
    }
    const PyMemberDef *member = ((PyMemberDescrObject *)slot)->d_member;
    return member->type == T_OBJECT_EX && !member->flags && member->offset > 0;
}

static bool set_slot(Field *field, PyTypeObject *cl, PyObject *slot)
{
    if (slot == Py_None) {
        return true;
    }
    if (!is_slot(slot, cl)) {
        return refuse(PyExc_TypeError, "a slot must be a member descriptor of the class, or None");
    }
    field->offset = ((PyMemberDescrObject *)slot)->d_member->offset;
    return true;
}

static bool set_default(Field *field, int kind, PyObject *fallback)
{
    if (kind < REQUIRED || kind > DEFAULT_FACTORY) {
        return refuse(PyExc_ValueError, "the kind of a default must be 0, 1 or 2");
    }
    if (kind == DEFAULT_FACTORY && !PyCallable_Check(fallback)) {
        return refuse(PyExc_TypeError, "a factory must be callable");
    }
    field->kind = (Default)kind;
    field->fallback = kind == REQUIRED ? NULL : Py_NewRef(fallback);
    return true;
}

static bool set_key(Plan *plan, Field *field, PyObject *key)
{
    if (key == Py_None) {
        return field->kind != REQUIRED || refuse(PyExc_ValueError, "a field without a key must have a default");
    }
    if (!PyUnicode_CheckExact(key)) {
        return refuse(PyExc_TypeError, "a key must be a str or None");
    }
    field->mark = quoted(",", key, ":", &field->mark_length, &plan->non_ascii);
    return field->mark;
}

static bool build_field(Plan *plan, Node *node, Field *field, PyObject *spec)
{
    PyObject *key, *name, *slot, *fallback;
    Py_ssize_t index;
    int kind, omit;
    if (!PyTuple_Check(spec)) {
        return refuse(PyExc_TypeError, "a field must be a tuple");
    }
    if (!PyArg_ParseTuple(spec, "OUnOiOp:field", &key, &name, &index, &slot, &kind, &fallback, &omit)) {
        return false;
    }
    field->name = Py_NewRef(name);
    field->node = node_at(plan, index);
    field->omit = omit && kind != REQUIRED;
    return field->node && set_slot(field, (PyTypeObject *)node->object, slot) && set_default(field, kind, fallback) &&
           set_key(plan, field, key);
}

bool build_class(Plan *plan, Node *node, PyObject *spec)
{
    PyObject *word, *cl, *fields;
    int forbid_extra_keys;
    if (!PyArg_ParseTuple(spec, "OO!O!p:class", &word, &PyType_Type, &cl, &PyTuple_Type, &fields, &forbid_extra_keys)) {
        return false;
    }
    if (!check_class((PyTypeObject *)cl)) {
        return false;
    }
    node->object = Py_NewRef(cl);
    node->forbid_extra_keys = forbid_extra_keys;
    node->has_dict = ((PyTypeObject *)cl)->tp_dictoffset != 0;
    node->fields = PyMem_Calloc((size_t)PyTuple_GET_SIZE(fields) + 1, sizeof *node->fields);
    if (!node->fields) {
        PyErr_NoMemory();
        return false;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(fields); i++) {
        Field *field = &node->fields[node->count++];
        if (!build_field(plan, node, field, PyTuple_GET_ITEM(fields, i))) {
            return false;
        }
        field->follower = (i + 1) % PyTuple_GET_SIZE(fields);
    }
    return true;
}
