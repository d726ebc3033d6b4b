/* Building a plan: what plan.c and plan_class.c share. */
#ifndef ROUTER_SCHEMA_PLAN_BUILD_H
#define ROUTER_SCHEMA_PLAN_BUILD_H

#include "plan.h"

/* Raises an error, and returns false. */
bool refuse(PyObject *error, const char *message);

/*
 * Allocates padded bytes: *before*, the str as JSON, *after*. A lone surrogate raises. Sets *non_ascii* if they are not
 * ASCII.
 */
unsigned char *quoted(const char *before, PyObject *str, const char *after, size_t *length, bool *non_ascii);

/* The node of that index; NULL if there is none, and an exception is set. */
Node *node_at(Plan *plan, Py_ssize_t index);

/* Builds the node of a class from the tuple that describes it. On failure an exception is set. */
bool build_class(Plan *plan, Node *node, PyObject *spec);

#endif
