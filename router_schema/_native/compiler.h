/*
 * What C11 lacks: hints for the optimizer, counting of zero bits, 128-bit integers and the byte order.
 *
 * gcc and clang have these. The rest is plain C, for other compilers such as MSVC; ROUTER_SCHEMA_PORTABLE selects it
 * everywhere, so that it is tested.
 */
#ifndef ROUTER_SCHEMA_COMPILER_H
#define ROUTER_SCHEMA_COMPILER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <string.h>

#if defined(__GNUC__) && !defined(ROUTER_SCHEMA_PORTABLE)

/*
 * A branch lets the processor continue at the next place before a check is done; a conditional move would wait for it.
 */
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define NOINLINE __attribute__((noinline))

#ifdef __SIZEOF_INT128__
#define HAS_WIDE
typedef unsigned __int128 Wide;
#endif

/* The number of 0 bits below the lowest 1 bit. */
static inline int trailing_zeros(uint64_t word)
{
    return __builtin_ctzll(word);
}

#else

#define LIKELY(condition) (condition)
#define UNLIKELY(condition) (condition)
#define NOINLINE

static inline int trailing_zeros(uint64_t word)
{
    int count = 0;
    for (int width = 32; width; width /= 2) {
        if (!(word << (64 - width))) {
            count += width;
            word >>= width;
        }
    }
    return count;
}

#endif

/* The 8 bytes at p; the first is the lowest of the word. */
static inline uint64_t load_word(const void *p)
{
    uint64_t word = 0;
#if PY_LITTLE_ENDIAN
    memcpy(&word, p, sizeof word);
#else
    for (size_t i = 0; i < sizeof word; i++) {
        word |= (uint64_t)((const unsigned char *)p)[i] << 8 * i;
    }
#endif
    return word;
}

/* The 4 bytes at p, likewise. */
static inline uint32_t load_half(const void *p)
{
    uint32_t half = 0;
#if PY_LITTLE_ENDIAN
    memcpy(&half, p, sizeof half);
#else
    for (size_t i = 0; i < sizeof half; i++) {
        half |= (uint32_t)((const unsigned char *)p)[i] << 8 * i;
    }
#endif
    return half;
}

#endif
