/* Growing of buffers: see buffer.h. */
#include "buffer.h"

bool buffer_grow(Buffer *buffer, size_t more)
{
    size_t capacity = (buffer->length + more) * 2;
    unsigned char *data = PyMem_Malloc(capacity);
    if (!data) {
        PyErr_NoMemory();
        return false;
    }
    memcpy(data, buffer->data, buffer->length);
    buffer_free(buffer);
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}
