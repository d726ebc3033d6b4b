/*
 * The plan: a graph of nodes that says which values are accepted and what becomes of them.
 *
 * Built once, from the tuples that router_schema/_native.pyi describes, for a decoder or an encoder. A plan that is
 * malformed, or that names a class whose instances cannot be made by storing their fields, raises TypeError or
 * ValueError.
 */
#ifndef ROUTER_SCHEMA_PLAN_H
#define ROUTER_SCHEMA_PLAN_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

typedef enum { STR, FLOAT, INT, BOOL, ANY, CHOICE, OPTIONAL, TUPLE, LIST, DICT, CLASS, UNION, TAGGED, CALL } Kind;

/* JSON's types, as a union tells its members apart. */
typedef enum { STRING, INTEGER, NUMBER, BOOLEAN, ARRAY, OBJECT, JSON_TYPES } JsonType;

typedef enum { REQUIRED, DEFAULT_VALUE, DEFAULT_FACTORY } Default;

typedef struct Node Node;

enum { RECENT = 2 };

typedef struct {
    PyObject *name;
    PyObject *fallback; /* the default or its factory; NULL if the field is required */
    Node *node;
    unsigned char *mark; /* ,"key": as JSON, of that length, padded; NULL if the field is never in JSON */
    size_t mark_length;
    Py_ssize_t offset;   /* of the slot in an instance; 0 if it has none */
    Default kind;
    bool omit;
    Py_ssize_t follower;       /* the field after this one in the last text */
    PyObject *recent[RECENT]; /* its last short strings that were ASCII, or NULL */
} Field;

/* Of a choice: a member and its text. Of a tagged: a text and its class. Of a union to be written: a type and its node. */
typedef struct {
    PyObject *member;
    unsigned char *json; /* quoted, padded */
    size_t length;
    Node *node;
} Choice;

struct Node {
    Kind kind;
    Node *item;       /* of an optional, a tuple, a list, a dict */
    PyObject *object; /* the class, the function, or the key of a tag */
    Py_ssize_t count;
    Field *fields;
    Choice *choices;
    Node *members[JSON_TYPES]; /* of a union to be read; NULL where no member has the JSON type */
    bool forbid_extra_keys;
    bool has_dict;    /* instances of the class have a __dict__ */
    Py_ssize_t first; /* the first field in the last text */
};

typedef struct {
    bool non_ascii; /* a key or a choice is not ASCII */
    Py_ssize_t count;
    Node nodes[];
} Plan;

Plan *plan_new(PyObject *nodes);
void plan_free(Plan *plan);
int plan_traverse(const Plan *plan, visitproc visit, void *arg);

/* What a repr calls the node: its class or its kind. */
const char *node_name(const Node *node);

#endif
