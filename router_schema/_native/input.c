/* Finding the text in an argument: see input.h. */
#include "input.h"

static bool set_text(Text *text, const void *start, Py_ssize_t length)
{
    text->start = start;
    text->end = text->start + length;
    return true;
}

bool open_text(Text *text, PyObject *data)
{
    text->copy = NULL;
    text->buffer.obj = NULL;
    if (PyBytes_Check(data)) {
        return set_text(text, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data));
    }
    if (PyUnicode_Check(data)) {
        if (PyUnicode_IS_COMPACT_ASCII(data)) {
            return set_text(text, PyUnicode_1BYTE_DATA(data), PyUnicode_GET_LENGTH(data));
        }
        text->copy = PyUnicode_AsUTF8String(data); /* PyUnicode_AsUTF8 would leave its copy on the str. */
        return text->copy && set_text(text, PyBytes_AS_STRING(text->copy), PyBytes_GET_SIZE(text->copy));
    }
    if (!PyByteArray_Check(data) && !PyMemoryView_Check(data)) {
        return false;
    }
    return PyObject_GetBuffer(data, &text->buffer, PyBUF_SIMPLE) == 0 &&
           set_text(text, text->buffer.buf, text->buffer.len);
}

void close_text(Text *text)
{
    Py_XDECREF(text->copy);
    if (text->buffer.obj) {
        PyBuffer_Release(&text->buffer);
    }
}
