/*
 * A fuzzer of the native engine: libFuzzer with an embedded Python. Compiled with the engine's C sources, so that the
 * sanitizers and the coverage are theirs; CPython itself is as it was installed.
 *
 * ROUTER_SCHEMA_FUZZ_TARGET names a function of targets.py. It gets each input twice: as bytes, and as a view of memory
 * that ends exactly where the input ends, so that AddressSanitizer sees a look at the next byte. What it raises is a
 * finding.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

PyMODINIT_FUNC PyInit__native(void);

static PyObject *target;

static void stop(const char *message)
{
    if (PyErr_Occurred()) {
        PyErr_Print();
    }
    fprintf(stderr, "%s\n", message);
    abort();
}

static void start_python(void)
{
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    config.install_signal_handlers = 0;
    /* The executable of a virtual environment, whose packages are then found. */
    PyStatus status = PyConfig_SetBytesString(&config, &config.program_name, getenv("ROUTER_SCHEMA_FUZZ_PYTHON"));
    if (!PyStatus_Exception(status)) {
        status = Py_InitializeFromConfig(&config);
    }
    if (PyStatus_Exception(status)) {
        stop("Python does not start");
    }
    PyConfig_Clear(&config);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    PyImport_AppendInittab("_native", PyInit__native);
    start_python();
    PyObject *module = PyImport_ImportModule("targets");
    target = module ? PyObject_GetAttrString(module, getenv("ROUTER_SCHEMA_FUZZ_TARGET")) : NULL;
    if (!target) {
        stop("there is no such target");
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1);
    if (!copy) {
        return 0;
    }
    memcpy(copy, data, size);
    PyObject *bytes = PyBytes_FromStringAndSize(copy, (Py_ssize_t)size);
    PyObject *view = PyMemoryView_FromMemory(copy, (Py_ssize_t)size, PyBUF_READ);
    PyObject *result = bytes && view ? PyObject_CallFunctionObjArgs(target, bytes, view, NULL) : NULL;
    if (!result) {
        stop("a finding");
    }
    Py_DECREF(result);
    Py_DECREF(view);
    Py_DECREF(bytes);
    free(copy);
    return 0;
}
