/* Scanning a line: what profile.c and profile_scan.c share. */
#ifndef ROUTER_SCHEMA_PROFILE_SCAN_H
#define ROUTER_SCHEMA_PROFILE_SCAN_H

#include "profile.h"

/* Larger sums are taken before they overflow. */
#define LARGE_SUM (UINT64_C(1) << 62)

/* Notes what is in the body that is being read: an entry of texts or keys, a fact, a shape. Returns false to step aside. */
bool touch(Profile *profile, size_t index, Type type);
bool add_fact(Profile *profile, size_t index, Type type);
bool add_shape(Profile *profile, const void *form, size_t length, Py_ssize_t *recent);

/* The entry of a key, or -1; notes whether the table is full. */
Py_ssize_t find_entry(Profile *profile, Table *table, const void *key, size_t length);

/* Reads an object of a place, or whatever is there instead. Returns the place after it; NULL to step aside. */
Place scan_item(Profile *profile, Place p, Place end, Py_ssize_t place, int depth);

#endif
