/*
 * Skipping values of unknown keys. They must be JSON in UTF-8, but no object is created, so they may contain what
 * Python cannot represent: lone surrogates and numbers of any size.
 */
#include "text.h"

/* Not inlined: skip_value would save registers for it that other values do not need, which costs them a tenth. */
NOINLINE static Place skip_any_string(Place p, Place end)
{
    return skip_string(p, end, skip_escape);
}

static Place skip_key(Place p, Place end)
{
    p = byte_at(p, end) == '"' ? skip_any_string(p + 1, end) : NULL;
    return p ? skip_mark(p, end, ':') : NULL;
}

static Place skip_items(Place p, Place end, int depth, int close)
{
    bool more;
    for (p = first_item(p, end, close, &more); p && more; p = next_item(p, end, close, &more)) {
        p = close == '}' ? skip_key(p, end) : p;
        p = p ? skip_value(p, end, depth + 1) : NULL;
        if (!p) {
            return NULL;
        }
    }
    return p;
}

Place skip_value(Place p, Place end, int depth)
{
    switch (byte_at(p, end)) {
    case '"':
        return skip_any_string(p + 1, end);
    case '{':
        return depth < MAX_DEPTH ? skip_items(p, end, depth, '}') : NULL;
    case '[':
        return depth < MAX_DEPTH ? skip_items(p, end, depth, ']') : NULL;
    case 't':
        return SKIP_WORD(p, end, "true");
    case 'f':
        return SKIP_WORD(p, end, "false");
    case 'n':
        return SKIP_WORD(p, end, "null");
    default:
        return skip_number(p, end);
    }
}
