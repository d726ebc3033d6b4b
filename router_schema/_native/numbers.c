/*
 * Numbers. A short one is one operation on doubles. Up to 19 digits (log probabilities have 17) are exact in 64 bits;
 * with a power of ten from 10**-27 to 10**27 the double is then one multiplication or division of integers, rounded once.
 * Everything else is CPython's own conversion. Steps aside from integers of more than MAX_DIGITS digits, and from
 * numbers that no double holds.
 */
#include "text.h"

#include <float.h>
#include <math.h>

/* A number as it is spelled. */
typedef struct {
    Place start;       /* its sign or first digit */
    size_t length;     /* its bytes */
    uint64_t mantissa; /* its digits, while *exact* */
    int64_t exponent;  /* the power of ten that they are multiplied by */
    bool negative;
    bool real;  /* has a fraction or an exponent */
    bool exact; /* its digits, without zeros in front, are at most 19 */
    size_t digits;
} Spelling;

enum { MANTISSA_DIGITS = 19 };
/* No text is as long as an exponent of this size, so no fraction makes up for it. */
#define HUGE_EXPONENT INT64_C(100000000000000000)

static Place scan_digits(Place p, Place end, Spelling *number)
{
    for (; p < end && is_digit(*p); p++) {
        number->mantissa = number->mantissa * 10 + (uint64_t)(*p - '0');
    }
    return p;
}

static Place scan_exponent(Place p, Place end, Spelling *number)
{
    int sign = byte_at(p, end);
    p += sign == '-' || sign == '+';
    Place digits = p;
    int64_t exponent = 0;
    for (; p < end && is_digit(*p); p++) {
        exponent = exponent < HUGE_EXPONENT ? exponent * 10 + (*p - '0') : exponent;
    }
    number->exponent += sign == '-' ? -exponent : exponent;
    return p == digits ? NULL : p;
}

/* The number of digits behind the zeros in front. */
static size_t significant_digits(Place p, Place end)
{
    size_t count = 0;
    for (; p < end; p++) {
        count += is_digit(*p) && (count || *p != '0');
    }
    return count;
}

static Place scan_number(Place p, Place end, Spelling *number)
{
    *number = (Spelling){.start = p, .negative = byte_at(p, end) == '-'};
    Place digits = p += number->negative;
    p = scan_digits(p, end, number);
    number->digits = (size_t)(p - digits);
    if (!number->digits || (*digits == '0' && number->digits > 1)) {
        return NULL;
    }
    if (byte_at(p, end) == '.') {
        Place fraction = ++p;
        p = scan_digits(p, end, number);
        if (p == fraction) {
            return NULL;
        }
        number->real = true;
        number->exponent = fraction - p;
    }
    number->exact = p - digits <= MANTISSA_DIGITS || significant_digits(digits, p) <= MANTISSA_DIGITS;
    if ((byte_at(p, end) | 32) == 'e') {
        number->real = true;
        p = scan_exponent(p + 1, end, number);
    }
    number->length = p ? (size_t)(p - number->start) : 0;
    return p;
}

Place skip_number(Place p, Place end)
{
    Spelling number;
    return scan_number(p, end, &number);
}

/* --- doubles --- */

enum { MAX_EXACT_POWER = 22 };
static const double powers_of_ten[MAX_EXACT_POWER + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

/* Digits and power of ten that are doubles themselves make one operation, which rounds once. */
static bool short_double(const Spelling *number, double *out)
{
    int64_t power = number->exponent;
    if (FLT_EVAL_METHOD != 0 || !number->exact || number->mantissa > UINT64_C(1) << 53 || power < -MAX_EXACT_POWER ||
        power > MAX_EXACT_POWER) {
        return false;
    }
    *out = (double)number->mantissa;
    *out = power < 0 ? *out / powers_of_ten[-power] : *out * powers_of_ten[power];
    return true;
}

#ifdef __SIZEOF_INT128__

enum { MAX_POWER = 27 };

/* 5**27 is the last power of five below 2**63. */
static const uint64_t powers_of_five[MAX_POWER + 1] = {
    1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125, 244140625, 1220703125, 6103515625,
    30517578125, 152587890625, 762939453125, 3814697265625, 19073486328125, 95367431640625, 476837158203125,
    2384185791015625, 11920928955078125, 59604644775390625, 298023223876953125, 1490116119384765625,
    7450580596923828125,
};

/* An exponent that a normal double has. */
static double power_of_two(int exponent)
{
    uint64_t bits = (uint64_t)(1023 + exponent) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

/* The double nearest to *high* * 2**exponent, ties to even. The top bit of *high* is set; *rest* means a bit more. */
static double round_to_double(uint64_t high, bool rest, int exponent)
{
    uint64_t mantissa = high >> 11, below = high & 0x7FF, half = 0x400;
    mantissa += below > half || (below == half && (rest || (mantissa & 1)));
    return (double)mantissa * power_of_two(exponent + 11);
}

/* The double nearest to mantissa * 10**power, for a mantissa above 0 and a power from -27 to 27. */
static double scale(uint64_t mantissa, int power)
{
    int shift = __builtin_clzll(mantissa);
    if (power >= 0) {
        unsigned __int128 product = (unsigned __int128)(mantissa << shift) * powers_of_five[power];
        int spare = product >> 64 ? __builtin_clzll((uint64_t)(product >> 64)) : 64;
        product <<= spare;
        return round_to_double((uint64_t)(product >> 64), (uint64_t)product != 0, 64 - spare - shift + power);
    }
    uint64_t divisor = powers_of_five[-power];
    int divisor_shift = __builtin_clzll(divisor);
    divisor <<= divisor_shift;
    /* Halved, so that the quotient fits in 64 bits; it then has 63 or 64. */
    unsigned __int128 dividend = (unsigned __int128)(mantissa << shift) << 63;
    uint64_t quotient = (uint64_t)(dividend / divisor);
    bool rest = (uint64_t)dividend != quotient * divisor;
    int spare = __builtin_clzll(quotient);
    return round_to_double(quotient << spare, rest, power - shift + divisor_shift - 63 - spare);
}

static bool scaled_double(const Spelling *number, double *out)
{
    if (!number->exact || number->exponent < -MAX_POWER || number->exponent > MAX_POWER) {
        return false;
    }
    *out = number->mantissa ? scale(number->mantissa, (int)number->exponent) : 0.0;
    return true;
}

#else

static bool scaled_double(const Spelling *number, double *out)
{
    (void)number, (void)out;
    return false;
}

#endif

/* The bytes of a number, which are ASCII, with a NUL behind them. *copy* has room for short ones. */
static char *terminated(const Spelling *number, char *copy, size_t room)
{
    char *text = number->length < room ? copy : PyMem_Malloc(number->length + 1);
    if (!text) {
        PyErr_NoMemory();
        return NULL;
    }
    memcpy(text, number->start, number->length);
    text[number->length] = '\0';
    return text;
}

enum { SHORT_NUMBER = 64 };

static bool any_double(const Spelling *number, double *out)
{
    char copy[SHORT_NUMBER], *text = terminated(number, copy, sizeof copy);
    if (!text) {
        return false;
    }
    *out = PyOS_string_to_double(text, NULL, NULL);
    if (text != copy) {
        PyMem_Free(text);
    }
    return !(*out == -1.0 && PyErr_Occurred()) && isfinite(*out);
}

static bool to_double(const Spelling *number, double *out)
{
    if (!short_double(number, out) && !scaled_double(number, out)) {
        return any_double(number, out);
    }
    *out = number->negative ? -*out : *out;
    return true;
}

Place read_double(Place p, Place end, double *out)
{
    Spelling number;
    p = scan_number(p, end, &number);
    if (!p || !to_double(&number, out)) {
        return NULL;
    }
    if (!number.real && *out == 0.0) {
        *out = 0.0; /* The integer -0 has no sign. */
    }
    return p;
}

/* --- ints --- */

static PyObject *to_int(const Spelling *number)
{
    if (number->digits > MAX_DIGITS) {
        return NULL;
    }
    if (number->mantissa <= INT64_MAX && number->exact) {
        int64_t value = (int64_t)number->mantissa;
        return PyLong_FromLongLong(number->negative ? -value : value);
    }
    char copy[SHORT_NUMBER], *text = terminated(number, copy, sizeof copy);
    if (!text) {
        return NULL;
    }
    PyObject *value = PyLong_FromString(text, NULL, 10);
    if (text != copy) {
        PyMem_Free(text);
    }
    return value;
}

Place read_int(Place p, Place end, PyObject **out)
{
    Spelling number;
    p = scan_number(p, end, &number);
    *out = p && !number.real ? to_int(&number) : NULL;
    return *out ? p : NULL;
}

Place read_number(Place p, Place end, PyObject **out)
{
    Spelling number;
    double value;
    p = scan_number(p, end, &number);
    if (!p) {
        return NULL;
    }
    if (!number.real) {
        *out = to_int(&number);
    }
    else {
        *out = to_double(&number, &value) ? PyFloat_FromDouble(value) : NULL;
    }
    return *out ? p : NULL;
}
