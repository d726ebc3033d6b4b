/*
 * Scanning a block of bytes at once: which of them end a plain run of a string, and which are not ASCII.
 *
 * A block is 16 bytes with SSE2 and NEON, and 8 in plain C elsewhere; ROUTER_SCHEMA_PORTABLE selects plain C
 * everywhere, so that it is tested. A mask has MASK_STEP bits for each byte; the lowest belong to the first byte.
 */
#ifndef ROUTER_SCHEMA_BLOCK_H
#define ROUTER_SCHEMA_BLOCK_H

#include <stdbool.h>

#include "compiler.h"

#if defined(ROUTER_SCHEMA_PORTABLE)
#elif defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#define USE_SSE2
#elif defined(__aarch64__)
#include <arm_neon.h>
#define USE_NEON
#endif

/* A place in a text. */
typedef const unsigned char *Place;
typedef uint64_t Mask;

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* The high bit of each of 8 bytes that is not ASCII. */
static inline uint64_t non_ascii_of_word(uint64_t word)
{
    return word & EACH_BYTE(0x80);
}

/* The high bit of each byte below *limit* (at most 0x80). A borrow may also mark bytes above the first one. */
static inline uint64_t bytes_below(uint64_t word, unsigned limit)
{
    return (word - EACH_BYTE(limit)) & ~word & EACH_BYTE(0x80);
}

/* Marks what ends a plain run among 8 bytes. Only the first mark is exact. */
static inline uint64_t word_stops(uint64_t word)
{
    return bytes_below(word ^ EACH_BYTE('"'), 1) | bytes_below(word ^ EACH_BYTE('\\'), 1) | bytes_below(word, 0x20);
}

#if defined(USE_SSE2)

enum { BLOCK = 16, MASK_STEP = 1 };

static inline Mask block_stops(Place p, Mask *non_ascii)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)p);
    __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i escapes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    *non_ascii = (Mask)_mm_movemask_epi8(bytes);
    return (Mask)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, escapes), controls));
}

#elif defined(USE_NEON)

enum { BLOCK = 16, MASK_STEP = 4 };

static inline Mask mask_of(uint8x16_t lanes)
{
    return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(lanes), 4)), 0);
}

static inline Mask block_stops(Place p, Mask *non_ascii)
{
    uint8x16_t bytes = vld1q_u8(p);
    uint8x16_t quotes = vceqq_u8(bytes, vdupq_n_u8('"'));
    uint8x16_t escapes = vceqq_u8(bytes, vdupq_n_u8('\\'));
    uint8x16_t controls = vcltq_u8(bytes, vdupq_n_u8(0x20));
    *non_ascii = mask_of(vcgeq_u8(bytes, vdupq_n_u8(0x80)));
    return mask_of(vorrq_u8(vorrq_u8(quotes, escapes), controls));
}

#else

enum { BLOCK = 8, MASK_STEP = 8 };

static inline Mask block_stops(Place p, Mask *non_ascii)
{
    *non_ascii = non_ascii_of_word(load_word(p));
    return word_stops(load_word(p));
}

#endif

/* The index of the first byte of a mask that is not 0; in plain C only this byte is exact. */
static inline int first_in(Mask mask)
{
    return trailing_zeros(mask) / MASK_STEP;
}

/* The bits of *mask* before the first one of *stops*, which is not 0. */
static inline Mask before_first(Mask mask, Mask stops)
{
    return mask & ((stops & (~stops + 1)) - 1);
}

/* Compares n bytes without a call: for the few bytes of a key that would cost more than the comparison. */
static inline bool same_bytes(const void *p, const void *q, size_t n)
{
    const unsigned char *a = p, *b = q;
    if (n < 4) {
        return (n < 1 || a[0] == b[0]) && (n < 2 || a[1] == b[1]) && (n < 3 || a[2] == b[2]);
    }
    if (n < 8) {
        return load_half(a) == load_half(b) && load_half(a + n - 4) == load_half(b + n - 4);
    }
    for (size_t i = 0; i + 8 < n; i += 8) {
        if (load_word(a + i) != load_word(b + i)) {
            return false;
        }
    }
    return load_word(a + n - 8) == load_word(b + n - 8);
}

#endif
