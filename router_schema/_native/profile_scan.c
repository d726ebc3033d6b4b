/* Scanning a line: texts, numbers, keys and objects. */
#include "profile_scan.h"

#include <math.h>

enum { MAX_TEXT = 100, MAX_CHOICE = 400, MAX_UNKNOWN_KEY = 4096 };

#define MAX_TOKENS_OF_FIELD INT64_C(9007199254740992) /* 2**53 */
#define MAX_TIME 1e15

static Place scan_object(Profile *profile, Place p, Place end, Py_ssize_t index, int depth);

static inline bool is_group_field(const Profile *profile, const ProfileField *field)
{
    return field == &profile->places[0].fields[profile->group_field];
}

/* --- texts --- */

/* The bytes of the first characters of a text. */
static size_t clipped(Place text, size_t length)
{
    size_t characters = 0;
    for (size_t i = 0; i < length; i++) {
        characters += (text[i] & 0xC0) != 0x80;
        if (characters > MAX_TEXT) {
            return i;
        }
    }
    return length;
}

/* The entry of a text of a field, or -1. Its key is the field's slot and the text. */
static Py_ssize_t intern(Profile *profile, ProfileField *field, Place text, size_t length)
{
    unsigned char key[sizeof(uint32_t) + MAX_CHOICE];
    uint32_t slot = (uint32_t)field->slot;
    if (field->choice < 0 && length > MAX_TEXT) {
        length = clipped(text, length);
    }
    if (length > MAX_CHOICE) {
        return -1;
    }
    memcpy(key, &slot, sizeof slot);
    memcpy(key + sizeof slot, text, length);
    length += sizeof slot;
    if (field->recent < 0 || !table_has(&profile->texts, (size_t)field->recent, key, length)) {
        field->recent = find_entry(profile, &profile->texts, key, length);
    }
    return field->recent;
}

static bool add_text(Profile *profile, ProfilePlace *place, ProfileField *field, Place text, size_t length)
{
    Py_ssize_t index = intern(profile, field, text, length);
    if (index < 0) {
        return false;
    }
    if (profile->grouping == BY_TEXT && is_group_field(profile, field)) {
        profile->group = index;
    }
    if (field->choice >= 0) {
        uint32_t number = (uint32_t)index + 1;
        size_t offset = sizeof(uint32_t) + (size_t)place->count + (size_t)field->choice * sizeof number;
        memcpy(place->form + offset, &number, sizeof number);
        return true;
    }
    return touch(profile, (size_t)index, MISSING);
}

/* Reads a text that is counted or part of a shape, and may have escapes; p is after the opening quote. */
static Place scan_text(Profile *profile, Place p, Place end, ProfilePlace *place, ProfileField *field)
{
    Mask non_ascii = 0;
    Place stop = scan_string(p, end, &non_ascii);
    if (byte_at(stop, end) == '"') {
        bool added = (!non_ascii || is_utf8(p, stop)) && add_text(profile, place, field, p, (size_t)(stop - p));
        return added ? stop + 1 : NULL;
    }
    PyObject *str;
    p = finish_string(p, stop, end, non_ascii, &str);
    if (!p) {
        return NULL;
    }
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(str, &length);
    bool added = text && add_text(profile, place, field, (Place)text, (size_t)length);
    Py_DECREF(str);
    return added ? p : NULL;
}

/* --- numbers --- */

/* The type of the number in [p, end), by its spelling. */
static Type type_of_number(Place p, Place end)
{
    for (; p < end; p++) {
        if (*p == '.' || *p == 'e' || *p == 'E') {
            return NUMBER_TYPE;
        }
    }
    return INTEGER_TYPE;
}

static bool add_number(Profile *profile, const ProfileField *field, double value)
{
    if (field->has_created) {
        profile->first = value < profile->first ? value : profile->first;
        profile->last = value > profile->last ? value : profile->last;
        if (profile->grouping == BY_TIME && is_group_field(profile, field) && value > -MAX_TIME && value < MAX_TIME) {
            int64_t whole = (int64_t)floor(value), rest = whole % profile->seconds;
            profile->group = (whole - rest) / profile->seconds - (rest < 0);
        }
    }
    if (field->token >= 0) {
        if (value >= 0 && value < (double)MAX_TOKENS_OF_FIELD && value == floor(value)) {
            profile->tokens[field->token] += (uint64_t)value;
            return profile->tokens[field->token] < LARGE_SUM;
        }
    }
    return true;
}

static Place scan_number(Profile *profile, Place p, Place end, const ProfileField *field, Type *type)
{
    int64_t integer;
    double value;
    Place after = read_short_integer(p, end, &integer);
    *type = INTEGER_TYPE;
    if (after) {
        value = (double)integer;
    }
    else {
        after = read_double(p, end, &value);
        if (!after) {
            return NULL;
        }
        *type = type_of_number(p, after);
    }
    return add_number(profile, field, value) ? after : NULL;
}

/* --- values --- */

static Type type_at(Place p, Place end)
{
    switch (byte_at(p, end)) {
    case '"':
        return STRING_TYPE;
    case 't':
    case 'f':
        return BOOLEAN_TYPE;
    case 'n':
        return NULL_TYPE;
    case '[':
        return ARRAY_TYPE;
    case '{':
        return OBJECT_TYPE;
    default:
        return NUMBER_TYPE;
    }
}

/* Skips a value, of which only the type is needed. */
static Place scan_other(Place p, Place end, int depth, Type *type)
{
    *type = type_at(p, end);
    Place after = skip_value(p, end, depth);
    if (after && *type == NUMBER_TYPE) {
        *type = type_of_number(p, after);
    }
    return after;
}

/* Notes a value that is not an object. */
static bool add_other(Profile *profile, Py_ssize_t place, Type type)
{
    Py_ssize_t recent = -1;
    uint32_t number = (uint32_t)place;
    unsigned char form[sizeof number + 1];
    memcpy(form, &number, sizeof number);
    form[sizeof number] = (unsigned char)(NO_OBJECT | type);
    return add_shape(profile, form, sizeof form, &recent);
}

Place scan_item(Profile *profile, Place p, Place end, Py_ssize_t place, int depth)
{
    Type type;
    if (byte_at(p, end) == '{') {
        return scan_object(profile, p, end, place, depth);
    }
    p = scan_other(p, end, depth, &type);
    return p && add_other(profile, place, type) ? p : NULL;
}

static Place scan_items(Profile *profile, Place p, Place end, Py_ssize_t place, int depth)
{
    bool more;
    for (p = first_item(p, end, ']', &more); p && more; p = next_item(p, end, ']', &more)) {
        p = scan_item(profile, p, end, place, depth + 1);
        if (!p) {
            return NULL;
        }
    }
    return p;
}

static Place scan_field(Profile *profile, Place p, Place end, ProfilePlace *place, ProfileField *field, int depth,
                        Type *type)
{
    *type = type_at(p, end);
    switch (*type) {
    case STRING_TYPE:
        return field->is_text || field->choice >= 0 ? scan_text(profile, p + 1, end, place, field)
                                                    : skip_string(p + 1, end, skip_character);
    case NUMBER_TYPE:
        return scan_number(profile, p, end, field, type);
    case OBJECT_TYPE:
        return field->child >= 0 ? scan_object(profile, p, end, field->child, depth) : skip_value(p, end, depth);
    case ARRAY_TYPE:
        return field->items >= 0 ? scan_items(profile, p, end, field->items, depth) : skip_value(p, end, depth);
    default:
        return skip_value(p, end, depth);
    }
}

/* --- error bodies: what ErrorBody.recognise may recognise --- */

static bool may_be_error(Profile *profile, Role role, Type type, Place value, Place end)
{
    switch (role) {
    case ERROR_ROLE:
        return type == STRING_TYPE || type == OBJECT_TYPE;
    case OBJECT_ROLE:
        return type == STRING_TYPE &&
               (SKIP_WORD(value, end, "\"error\"") || memchr(value, '\\', (size_t)(end - value)));
    case MESSAGE_ROLE:
        profile->roles |= type == STRING_TYPE ? 1u << MESSAGE_ROLE : 0;
        return false;
    default:
        profile->roles |= 1u << role;
        return false;
    }
}

Role role_of(const void *key, size_t length)
{
    static const struct {
        const char *key;
        Role role;
    } roles[] = {{"error", ERROR_ROLE}, {"object", OBJECT_ROLE}, {"message", MESSAGE_ROLE},
                 {"code", CODE_ROLE},   {"details", CODE_ROLE},  {"choices", CHOICES_ROLE}};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (length == strlen(roles[i].key) && memcmp(key, roles[i].key, length) == 0) {
            return roles[i].role;
        }
    }
    return NO_ROLE;
}

/* --- keys --- */

/* The entry of an unknown key, or -1. Its key is the place and the text. */
static Py_ssize_t find_unknown(Profile *profile, Py_ssize_t index, Place text, size_t length)
{
    ProfilePlace *place = &profile->places[index];
    unsigned char key[sizeof(uint32_t) + MAX_UNKNOWN_KEY];
    uint32_t number = (uint32_t)index;
    if (length > MAX_UNKNOWN_KEY) {
        return -1;
    }
    memcpy(key, &number, sizeof number);
    memcpy(key + sizeof number, text, length);
    for (int i = 0; i < RECENT_KEYS; i++) {
        Py_ssize_t recent = place->recent_keys[i];
        if (recent >= 0 && table_has(&profile->keys, (size_t)recent, key, sizeof number + length)) {
            return recent;
        }
    }
    Py_ssize_t found = find_entry(profile, &profile->keys, key, sizeof number + length);
    if (found >= 0) {
        UnknownKey *unknown = table_record(&profile->keys, (size_t)found);
        unknown->role = index == 0 ? role_of(text, length) : NO_ROLE;
        place->recent_keys[place->next_key] = found;
        place->next_key = (place->next_key + 1) % RECENT_KEYS;
    }
    return found;
}

/* Reads the value of an unknown key of an object. */
static Place scan_unknown(Profile *profile, Place p, Place end, size_t index, uint64_t object, int depth)
{
    UnknownKey *unknown = table_record(&profile->keys, index);
    Type type;
    Place value = p;
    p = scan_other(p, end, depth, &type);
    if (!p || unknown->object == object) {
        return NULL;
    }
    unknown->object = object;
    if (unknown->role != NO_ROLE && may_be_error(profile, unknown->role, type, value, p)) {
        return NULL;
    }
    bool is_fact = profile->forbid_extra_keys && !(unknown->pending & 1u << type);
    if (!touch(profile, index, type) || (is_fact && !add_fact(profile, index, type))) {
        return NULL;
    }
    unknown->pending |= 1u << type;
    return p;
}

static Py_ssize_t find_field(const ProfilePlace *place, Place p, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < place->count; i++) {
        const ProfileField *field = &place->fields[i];
        if (field->mark_length == (size_t)n + 3 && same_bytes(field->mark + 1, p, (size_t)n)) {
            return i;
        }
    }
    return -1;
}

/* A key of an object: a field, or an unknown key. */
typedef struct {
    Py_ssize_t field, unknown; /* -1 */
} Key;

/* Reads a key and its colon; *guess* is the field that is expected. */
static Place scan_key(Profile *profile, Place p, Place end, Py_ssize_t index, Py_ssize_t guess, Key *key)
{
    ProfilePlace *place = &profile->places[index];
    key->field = guess;
    if (guess < place->count) {
        const ProfileField *field = &place->fields[guess];
        if ((size_t)(end - p) >= field->mark_length && same_bytes(field->mark, p, field->mark_length)) {
            return skip_space(p + field->mark_length, end);
        }
    }
    Mask non_ascii = 0;
    Place stop = scan_plain_key(p++, end, &non_ascii);
    if (!stop) {
        return NULL;
    }
    key->field = find_field(place, p, stop - p);
    if (key->field < 0) {
        key->unknown = non_ascii && !is_utf8(p, stop) ? -1 : find_unknown(profile, index, p, (size_t)(stop - p));
        if (key->unknown < 0) {
            return NULL;
        }
    }
    return skip_mark(stop + 1, end, ':');
}

/* --- objects --- */

static Place scan_known(Profile *profile, Place p, Place end, Py_ssize_t index, Py_ssize_t number, int depth)
{
    ProfilePlace *place = &profile->places[index];
    ProfileField *field = &place->fields[number];
    unsigned char *mark = place->form + sizeof(uint32_t) + number;
    Type type;
    Place value = p;
    p = scan_field(profile, p, end, place, field, depth, &type);
    if (!p || *mark) { /* twice in the object */
        return NULL;
    }
    *mark = (unsigned char)type;
    return index == 0 && field->role != NO_ROLE && may_be_error(profile, field->role, type, value, p) ? NULL : p;
}

static Place scan_object(Profile *profile, Place p, Place end, Py_ssize_t index, int depth)
{
    ProfilePlace *place = &profile->places[index];
    Py_ssize_t *guess = &place->first;
    uint64_t object = ++profile->objects;
    bool more;
    memset(place->form + sizeof(uint32_t), 0, place->form_length - sizeof(uint32_t));
    for (p = first_item(p, end, '}', &more); p && more; p = next_item(p, end, '}', &more)) {
        Key key = {-1, -1};
        p = scan_key(profile, p, end, index, *guess, &key);
        if (p && key.field < 0) {
            p = scan_unknown(profile, p, end, (size_t)key.unknown, object, depth + 1);
        }
        else if (p) {
            *guess = key.field;
            guess = &place->fields[key.field].follower;
            p = scan_known(profile, p, end, index, key.field, depth + 1);
        }
        if (!p) {
            return NULL;
        }
    }
    return p && add_shape(profile, place->form, place->form_length, &place->recent) ? p : NULL;
}
