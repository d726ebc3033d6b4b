/* Text to instances, and text to builtins, by a plan. */
#ifndef ROUTER_SCHEMA_DECODE_H
#define ROUTER_SCHEMA_DECODE_H

#include "plan.h"
#include "shared.h"

/*
 * What *node* makes of the text, which is one value and white space. Returns NULL to step aside, or because Python
 * raised. A node of NULL makes builtins.
 */
PyObject *decode_text(Node *node, Shared *shared, Place start, Place end);

#endif
