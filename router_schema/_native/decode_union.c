/* Decoding unions: by the JSON type of a value, or by the tag in an object. */
#include "reader.h"

/* Whether the number at p is spelled without a fraction and an exponent. */
static bool is_integer(Place p, Place end)
{
    p += byte_at(p, end) == '-';
    while (is_digit(byte_at(p, end))) {
        p++;
    }
    int mark = byte_at(p, end);
    return mark != '.' && mark != 'e' && mark != 'E';
}

static JsonType type_at(Place p, Place end)
{
    switch (byte_at(p, end)) {
    case '"':
        return STRING;
    case '[':
        return ARRAY;
    case '{':
        return OBJECT;
    case 't':
    case 'f':
        return BOOLEAN;
    default:
        return is_integer(p, end) ? INTEGER : NUMBER;
    }
}

Place read_union(Reader *reader, Place p, const Node *node, PyObject **out)
{
    Node *member = node->members[type_at(p, reader->end)];
    return member ? read_value(reader, p, member, out) : NULL;
}

/* Searches the object at p for its tag, then reads it as what the tag says. */
Place read_tagged(Reader *reader, Place p, const Node *node, PyObject **out)
{
    Place end = reader->end, q = skip_space(p + 1, end);
    Py_ssize_t length;
    const char *tag = PyUnicode_AsUTF8AndSize(node->object, &length);
    if (!tag || byte_at(p, end) != '{') {
        return NULL;
    }
    for (;;) {
        Mask non_ascii = 0;
        Place key = q + 1, stop = scan_plain_key(q, end, &non_ascii);
        q = stop ? skip_mark(stop + 1, end, ':') : NULL;
        if (!q) {
            return NULL;
        }
        if (stop - key == length && same_bytes((const unsigned char *)tag, key, (size_t)length)) {
            const Choice *choice = find_choice(node, q, end);
            if (!choice || (size_t)(q - p) > reader->search) {
                return NULL;
            }
            reader->search -= (size_t)(q - p);
            return read_value(reader, p, choice->node, out);
        }
        q = skip_value(q, end, reader->depth + 1);
        q = q ? skip_mark(q, end, ',') : NULL;
        if (!q) {
            return NULL;
        }
    }
}
