/*
 * Profiling a line: see profile.h. A line is read once, by profile_scan.c. What it holds is noted (pending counts,
 * touches, facts), and counted here when the line is complete.
 */
#include "profile_scan.h"

#include <math.h>

enum { GROUP_BYTES = sizeof(int64_t), FACT_BYTES = sizeof(uint32_t) };

/* --- what a body holds --- */

bool touch(Profile *profile, size_t index, Type type)
{
    if (profile->touch_count == profile->touch_capacity) {
        size_t capacity = profile->touch_capacity ? 2 * profile->touch_capacity : 64;
        Touch *touches = PyMem_Realloc(profile->touches, capacity * sizeof *touches);
        if (!touches) {
            PyErr_NoMemory();
            return false;
        }
        profile->touches = touches;
        profile->touch_capacity = capacity;
    }
    profile->touches[profile->touch_count++] = (Touch){(uint32_t)index, type};
    return true;
}

static inline unsigned char *fact_at(const Profile *profile, size_t i)
{
    return profile->facts + GROUP_BYTES + i * FACT_BYTES;
}

bool add_fact(Profile *profile, size_t index, Type type)
{
    uint32_t fact = (uint32_t)(index * TYPES + type);
    if (profile->fact_count == MAX_FACTS) {
        return false;
    }
    memcpy(fact_at(profile, profile->fact_count++), &fact, FACT_BYTES);
    return true;
}

Py_ssize_t find_entry(Profile *profile, Table *table, const void *key, size_t length)
{
    Py_ssize_t index = table_find(table, key, length);
    profile->full |= index == FULL;
    return index < 0 ? -1 : index;
}

bool add_shape(Profile *profile, const void *form, size_t length, Py_ssize_t *recent)
{
    Table *shapes = &profile->shapes;
    Py_ssize_t index = *recent;
    if (index < 0 || !table_has(shapes, (size_t)index, form, length)) {
        index = find_entry(profile, shapes, form, length);
        if (index < 0) {
            return false;
        }
        *recent = index;
    }
    Shape *shape = table_record(shapes, (size_t)index);
    if (!shape->pending && !add_fact(profile, (size_t)index, MISSING)) {
        return false;
    }
    shape->pending++;
    return true;
}

/* --- counting a body --- */

static void see(Seen *seen, int64_t count, const Profile *body, int64_t line)
{
    if (!seen->count) {
        *seen = (Seen){0, line, INFINITY, -INFINITY};
    }
    seen->count += count;
    seen->first = body->first < seen->first ? body->first : seen->first;
    seen->last = body->last > seen->last ? body->last : seen->last;
}

static int compare_facts(const void *a, const void *b)
{
    uint32_t one, other;
    memcpy(&one, a, FACT_BYTES);
    memcpy(&other, b, FACT_BYTES);
    return (one > other) - (one < other);
}

static Py_ssize_t find_combination(Profile *profile)
{
    size_t length = GROUP_BYTES + profile->fact_count * FACT_BYTES;
    qsort(fact_at(profile, 0), profile->fact_count, FACT_BYTES, compare_facts);
    memcpy(profile->facts, &profile->group, GROUP_BYTES);
    if (profile->recent < 0 || !table_has(&profile->combinations, (size_t)profile->recent, profile->facts, length)) {
        profile->recent = find_entry(profile, &profile->combinations, profile->facts, length);
    }
    return profile->recent;
}

static void count_combination(Profile *profile, size_t index, int64_t line)
{
    Combination *combination = table_record(&profile->combinations, index);
    if (combination->bodies.count < FIRST_LINES) {
        combination->lines[combination->bodies.count] = line;
    }
    see(&combination->bodies, 1, profile, line);
    for (int i = 0; i < TOKENS; i++) {
        combination->tokens[i] += profile->tokens[i];
        profile->full |= combination->tokens[i] >= LARGE_SUM;
    }
}

/* Ends the body that is being read, and counts what it holds if *counted*. */
static void end_body(Profile *profile, bool counted, int64_t line)
{
    for (size_t i = 0; i < profile->fact_count; i++) {
        uint32_t fact;
        memcpy(&fact, fact_at(profile, i), FACT_BYTES);
        if (fact % TYPES == 0) {
            Shape *shape = table_record(&profile->shapes, fact / TYPES);
            shape->count += counted ? shape->pending : 0;
            shape->pending = 0;
        }
    }
    for (size_t i = 0; i < profile->touch_count; i++) {
        Touch found = profile->touches[i];
        UnknownKey *unknown = found.type ? table_record(&profile->keys, found.index) : NULL;
        if (counted) {
            see(unknown ? &unknown->types[found.type] : table_record(&profile->texts, found.index), 1, profile, line);
        }
        if (unknown) {
            unknown->pending = 0;
        }
    }
    profile->fact_count = profile->touch_count = 0;
}

static bool is_bare_error(unsigned roles)
{
    unsigned message = 1u << MESSAGE_ROLE | 1u << CODE_ROLE;
    return (roles & message) == message && !(roles & 1u << CHOICES_ROLE);
}

Py_ssize_t profile_line(Profile *profile, Place p, Place end, int64_t line)
{
    Py_ssize_t index = -1;
    profile->group = INT64_MIN;
    profile->first = INFINITY;
    profile->last = -INFINITY;
    profile->roles = 0;
    memset(profile->tokens, 0, sizeof profile->tokens);
    p = scan_item(profile, skip_space(p, end), end, 0, 0);
    if (p && skip_space(p, end) == end && !is_bare_error(profile->roles)) {
        index = find_combination(profile);
    }
    if (index >= 0) {
        count_combination(profile, (size_t)index, line);
    }
    end_body(profile, index >= 0, line);
    return index;
}
