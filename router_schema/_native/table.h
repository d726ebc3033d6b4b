/*
 * A table from keys, which are bytes, to records of one size, which start as zeros. Entries are numbered in the order
 * in which they were added.
 *
 * Exact: keys are compared, not only their hashes. The hash is that of Python's str, which is keyed, so that nobody can
 * choose keys that collide. Bounded: a full table says so, and its owner clears it.
 */
#ifndef ROUTER_SCHEMA_TABLE_H
#define ROUTER_SCHEMA_TABLE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

typedef struct {
    uint64_t hash;
    size_t key, length;
} Entry;

typedef struct {
    size_t record_size;
    uint32_t most; /* entries, with 256 bytes of keys for each */
    uint32_t count, capacity;
    uint32_t slot_count; /* a power of two, twice the capacity */
    uint32_t *slots;     /* the number of an entry, from 1 */
    Entry *entries;
    unsigned char *records;
    unsigned char *keys;
    size_t key_bytes, key_capacity;
} Table;

/* What table_find returns where there is no entry: the table is full; there is no memory, and MemoryError is set. */
enum { FULL = -1, FAILED = -2 };

/* A table for at most so many entries. */
void table_init(Table *table, size_t record_size, uint32_t most);
void table_clear(Table *table);
void table_free(Table *table);

/* The number of the entry of a key, which is added if it is new. */
Py_ssize_t table_find(Table *table, const void *key, size_t length);

static inline const unsigned char *table_key(const Table *table, size_t index)
{
    return table->keys + table->entries[index].key;
}

static inline void *table_record(const Table *table, size_t index)
{
    return table->records + index * table->record_size;
}

/* Whether the entry has that key. */
static inline bool table_has(const Table *table, size_t index, const void *key, size_t length)
{
    return table->entries[index].length == length && memcmp(table_key(table, index), key, length) == 0;
}

#endif
