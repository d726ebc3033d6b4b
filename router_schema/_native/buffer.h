/* A growing buffer: for the text that the encoder writes, and for a string with escapes. */
#ifndef ROUTER_SCHEMA_BUFFER_H
#define ROUTER_SCHEMA_BUFFER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <string.h>

enum { BUFFER_FIRST = 4096 };

typedef struct {
    unsigned char *data;
    size_t length, capacity;
    bool non_ascii; /* not all of it is ASCII */
    unsigned char first[BUFFER_FIRST];
} Buffer;

static inline void buffer_init(Buffer *buffer)
{
    buffer->data = buffer->first;
    buffer->length = 0;
    buffer->capacity = BUFFER_FIRST;
    buffer->non_ascii = false;
}

static inline void buffer_free(Buffer *buffer)
{
    if (buffer->data != buffer->first) {
        PyMem_Free(buffer->data);
    }
}

/* Makes room for *more* bytes. Returns false, with MemoryError set, when there is none. */
bool buffer_grow(Buffer *buffer, size_t more);

static inline bool buffer_reserve(Buffer *buffer, size_t more)
{
    return buffer->capacity - buffer->length >= more || buffer_grow(buffer, more);
}

static inline bool buffer_put(Buffer *buffer, const void *bytes, size_t n)
{
    if (!buffer_reserve(buffer, n)) {
        return false;
    }
    memcpy(buffer->data + buffer->length, bytes, n);
    buffer->length += n;
    return true;
}

/* Copies bytes in chunks, without a call. They are followed by CHUNK bytes that can be read. */
enum { CHUNK = 16 };

static inline bool buffer_put_padded(Buffer *buffer, const unsigned char *bytes, size_t n)
{
    if (!buffer_reserve(buffer, n + CHUNK)) {
        return false;
    }
    for (size_t i = 0; i < n; i += CHUNK) {
        memcpy(buffer->data + buffer->length + i, bytes + i, CHUNK);
    }
    buffer->length += n;
    return true;
}

static inline bool buffer_put_byte(Buffer *buffer, unsigned char byte)
{
    if (!buffer_reserve(buffer, 1)) {
        return false;
    }
    buffer->data[buffer->length++] = byte;
    return true;
}

#endif
