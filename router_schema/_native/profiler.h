/* The type Profiler of the module: see router_schema/_native.pyi. */
#ifndef ROUTER_SCHEMA_PROFILER_H
#define ROUTER_SCHEMA_PROFILER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

extern PyType_Spec profiler_spec;

#endif
