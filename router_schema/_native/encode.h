/* Instances to text, by a plan. */
#ifndef ROUTER_SCHEMA_ENCODE_H
#define ROUTER_SCHEMA_ENCODE_H

#include "buffer.h"
#include "plan.h"

/* Writes a str with its quotes. Returns false, with an error, where it has a lone surrogate or there is no memory. */
bool write_string(Buffer *buffer, PyObject *str);

/* The text of *value*, a str. Returns NULL to step aside, or because Python raised. */
PyObject *encode_value(const Plan *plan, const Node *root, PyObject *value);

#endif
