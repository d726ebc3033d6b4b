/* Instances to text, by a plan. */
#ifndef ROUTER_SCHEMA_ENCODE_H
#define ROUTER_SCHEMA_ENCODE_H

#include "plan.h"

/* The text of *value*, a str. Returns NULL to step aside, or if Python raised. */
PyObject *encode_value(const Plan *plan, const Node *root, PyObject *value);

#endif
