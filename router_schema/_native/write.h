/* Strings and numbers as JSON. Each function returns false where it cannot write the value; Python may have raised. */
#ifndef ROUTER_SCHEMA_WRITE_H
#define ROUTER_SCHEMA_WRITE_H

#include "buffer.h"

/* Writes a str with its quotes. A lone surrogate raises UnicodeEncodeError. */
bool write_string(Buffer *buffer, PyObject *str);

/* Writes an int. */
bool write_int(Buffer *buffer, PyObject *value);

/* Writes a finite double. */
bool write_double(Buffer *buffer, double value);

/* Writes a float, or an int below 2**53 in size. */
bool write_number(Buffer *buffer, PyObject *value);

#endif
