/* Tables: see table.h. Slots are probed one after the other, and at most half of them are taken. */
#include "table.h"

#include <string.h>

enum { FIRST_ENTRIES = 64, FIRST_KEY_BYTES = 4096, KEY_ROOM = 256 };

/* --- memory --- */

void table_init(Table *table, size_t record_size, uint32_t most)
{
    *table = (Table){.record_size = record_size, .most = most};
}

void table_clear(Table *table)
{
    table->count = 0;
    table->key_bytes = 0;
    if (table->slots) {
        memset(table->slots, 0, table->slot_count * sizeof *table->slots);
    }
}

void table_free(Table *table)
{
    PyMem_Free(table->slots);
    PyMem_Free(table->entries);
    PyMem_Free(table->records);
    PyMem_Free(table->keys);
}

/* Gives *memory* another size. On failure it stays as it is. */
static bool resize(void *memory, size_t size)
{
    void *old, *larger;
    memcpy(&old, memory, sizeof old);
    larger = PyMem_Realloc(old, size);
    if (!larger) {
        PyErr_NoMemory();
        return false;
    }
    memcpy(memory, &larger, sizeof larger);
    return true;
}

static void take_slot(Table *table, uint32_t index)
{
    uint32_t mask = table->slot_count - 1, slot = (uint32_t)table->entries[index].hash & mask;
    while (table->slots[slot]) {
        slot = (slot + 1) & mask;
    }
    table->slots[slot] = index + 1;
}

static bool grow_entries(Table *table)
{
    uint32_t capacity = table->capacity ? 2 * table->capacity : FIRST_ENTRIES;
    if (!resize(&table->entries, capacity * sizeof *table->entries) ||
        !resize(&table->records, capacity * table->record_size) ||
        !resize(&table->slots, 2 * capacity * sizeof *table->slots)) {
        return false;
    }
    table->capacity = capacity;
    table->slot_count = 2 * capacity;
    memset(table->slots, 0, table->slot_count * sizeof *table->slots);
    for (uint32_t i = 0; i < table->count; i++) {
        take_slot(table, i);
    }
    return true;
}

static bool grow_keys(Table *table, size_t needed)
{
    size_t capacity = table->key_capacity ? table->key_capacity : FIRST_KEY_BYTES;
    while (capacity < needed) {
        capacity *= 2;
    }
    if (!resize(&table->keys, capacity)) {
        return false;
    }
    table->key_capacity = capacity;
    return true;
}

/* --- entries --- */

static Py_ssize_t add_entry(Table *table, uint64_t hash, const void *key, size_t length)
{
    size_t needed = table->key_bytes + length;
    if (table->count == table->most || needed > (size_t)table->most * KEY_ROOM) {
        return FULL;
    }
    if ((table->count == table->capacity && !grow_entries(table)) ||
        (needed > table->key_capacity && !grow_keys(table, needed))) {
        return FAILED;
    }
    memcpy(table->keys + table->key_bytes, key, length);
    memset(table_record(table, table->count), 0, table->record_size);
    table->entries[table->count] = (Entry){hash, table->key_bytes, length};
    table->key_bytes = needed;
    take_slot(table, table->count);
    return table->count++;
}

Py_ssize_t table_find(Table *table, const void *key, size_t length)
{
    uint64_t hash = (uint64_t)PyHash_GetFuncDef()->hash(key, (Py_ssize_t)length);
    if (table->slots) {
        uint32_t mask = table->slot_count - 1;
        for (uint32_t slot = (uint32_t)hash & mask; table->slots[slot]; slot = (slot + 1) & mask) {
            size_t index = table->slots[slot] - 1;
            if (table->entries[index].hash == hash && table_has(table, index, key, length)) {
                return (Py_ssize_t)index;
            }
        }
    }
    return add_entry(table, hash, key, length);
}
