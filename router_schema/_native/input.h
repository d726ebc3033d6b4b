/* The text in what a caller passes: bytes, a bytearray, a memoryview or a str. */
#ifndef ROUTER_SCHEMA_INPUT_H
#define ROUTER_SCHEMA_INPUT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "block.h"

typedef struct {
    Place start, end;
    PyObject *copy;   /* of a str that is not ASCII, in UTF-8 */
    Py_buffer buffer; /* of a bytearray or a memoryview, which cannot be resized meanwhile */
} Text;

/*
 * Finds the text in *data*, without copying it where possible. Returns false if *data* is none of the above, or because
 * Python raised. close_text must be called in either case.
 */
bool open_text(Text *text, PyObject *data);
void close_text(Text *text);

#endif
