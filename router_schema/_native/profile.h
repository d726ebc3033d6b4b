/*
 * Profiling: counting the contents of a log's lines, without creating objects for them.
 *
 * An object at a place of the schema has a shape: the JSON types of its declared keys, and the texts of its choices.
 * Shapes, texts, unknown keys and combinations are entries of tables. A combination is the set of a body's shapes, and
 * its group. It determines the body's verdict, which this code does not know.
 *
 * Steps aside from a line that is not JSON, or that Python must process: a lone surrogate or a number that no double
 * holds in a declared key, a key with an escape, a repeated key, a long choice, a possible error body, a long line.
 * Such a line does not change the counts.
 */
#ifndef ROUTER_SCHEMA_PROFILE_H
#define ROUTER_SCHEMA_PROFILE_H

#include "table.h"
#include "text.h"

/* JSON's types, as forms spell them; 0 is a missing key. */
typedef enum { MISSING, STRING_TYPE, INTEGER_TYPE, NUMBER_TYPE, BOOLEAN_TYPE, NULL_TYPE, ARRAY_TYPE, OBJECT_TYPE } Type;

/* The form of a value that is not an object has this, and the value's type, in place of the types of fields. */
enum { NO_OBJECT = 0x80 };

/* A body with more facts steps aside. */
enum { TYPES = 8, TOKENS = 3, FIRST_LINES = 3, MAX_FACTS = 4096 };

/* What the key of a whole body may say about error bodies. */
typedef enum { NO_ROLE, ERROR_ROLE, OBJECT_ROLE, MESSAGE_ROLE, CODE_ROLE, CHOICES_ROLE } Role;

Role role_of(const void *key, size_t length);

typedef enum { NO_GROUP, BY_TEXT, BY_TIME } Grouping;

/* How often and at which line first, and the range of `created`, which is empty (first > last) if none is known. */
typedef struct {
    int64_t count, line;
    double first, last;
} Seen;

typedef struct {
    int64_t count;   /* in bodies that were counted */
    int64_t pending; /* in the body that is being read */
} Shape;

typedef struct {
    Seen types[TYPES];
    uint64_t object; /* the last object that had the key */
    Role role;
    unsigned pending; /* a bit for each type in the body that is being read */
} UnknownKey;

typedef struct {
    Seen bodies;
    int64_t lines[FIRST_LINES];
    uint64_t tokens[TOKENS];
    bool reported;
} Combination;

typedef struct {
    unsigned char *mark; /* "key": as JSON, of that length */
    size_t mark_length;
    bool is_text;      /* its texts are counted */
    bool has_created;  /* its numbers are times */
    int token;         /* the index of the sum that its numbers are added to; or -1 */
    int choice;        /* the index of its text in the form; or -1 */
    int child, items;  /* the places of the objects that it holds, and of those in an array; or -1 */
    int slot;          /* its number among all fields */
    Role role;
    Py_ssize_t follower; /* the field after this one in the last text */
    Py_ssize_t recent;   /* its last text, or -1 */
} ProfileField;

enum { RECENT_KEYS = 4 };

typedef struct {
    ProfileField *fields;
    Py_ssize_t count, choices;
    Py_ssize_t first;    /* the first field in the last text */
    unsigned char *form; /* of the object that is being read: the place, a type for each field, a text for each choice */
    size_t form_length;
    Py_ssize_t recent; /* the last shape, or -1 */
    Py_ssize_t recent_keys[RECENT_KEYS];
    int next_key;
} ProfilePlace;

/* A text, or an unknown key with its type, in the body that is being read. Counted when the body is complete. */
typedef struct {
    uint32_t index;
    uint32_t type; /* MISSING for a text */
} Touch;

typedef struct {
    Py_ssize_t count;
    ProfilePlace *places;
    bool forbid_extra_keys;
    Grouping grouping;
    int64_t seconds; /* of a group by time */
    Py_ssize_t group_field; /* of the first place; or -1 */
    Py_ssize_t longest;     /* line */
    Table shapes, texts, keys, combinations;
    Py_ssize_t recent; /* the last combination, or -1 */
    uint64_t objects;  /* read so far */
    bool full;         /* a table is full, or a sum is large: the counts must be taken */
    Touch *touches;
    size_t touch_count, touch_capacity;
    unsigned char *facts; /* the key of a combination: the group, then the facts */
    size_t fact_count;
    /* of the body that is being read: */
    int64_t group;
    double first, last;
    uint64_t tokens[TOKENS];
    unsigned roles; /* a bit for each */
} Profile;

/*
 * Makes a profile, which is all zeros, of the places that router_schema/_native.pyi describes, whose tables have
 * *most* entries each. On failure an exception is set, and profile_free must be called all the same.
 */
bool profile_init(Profile *profile, PyObject *places, uint32_t most);
void profile_free(Profile *profile);
void profile_clear(Profile *profile);

/*
 * Counts the body in [p, end), which is a line. Returns the number of its combination; -1 to step aside, or because
 * the tables are full: then *full* is set.
 */
Py_ssize_t profile_line(Profile *profile, Place p, Place end, int64_t line);

/* The facts of a combination, as a tuple: 8 times a shape, or 8 times an unknown key plus its type. */
PyObject *combination_facts(const Profile *profile, size_t index);

/* All that was counted: see `take` in _native.pyi. */
PyObject *profile_counts(const Profile *profile);

#endif
