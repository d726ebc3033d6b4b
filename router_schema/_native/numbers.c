/*
 * Numbers. Up to 19 digits (log probabilities have 17) are exact in 64 bits; with a power of ten from 10**-27 to 10**27
 * the double is one multiplication of integers, rounded once. Where there are no integers of 128 bits, it is one
 * multiplication of doubles, for up to 2**53 and 10**22. Everything else is CPython's own conversion. Steps aside
 * from integers of more than MAX_DIGITS digits, and from numbers that no double holds.
 */
#include "text.h"

#include <float.h>
#include <math.h>

/* A number as it is spelled. */
typedef struct {
    uint64_t mantissa; /* its digits, while *exact* */
    int64_t exponent;  /* the power of ten that they are multiplied by */
    size_t digits;     /* before the point */
    bool negative;
    bool real;  /* has a fraction or an exponent */
    bool exact; /* it has at most 19 digits, without leading zeros */
} Spelling;

enum { MANTISSA_DIGITS = 19 };
/* No text is so long that its digits could outweigh an exponent of this size. */
#define HUGE_EXPONENT INT64_C(100000000000000000)

static inline Place scan_digits(Place p, Place end, uint64_t *mantissa)
{
    for (; p < end && is_digit(*p); p++) {
        *mantissa = *mantissa * 10 + (uint64_t)(*p - '0');
    }
    return p;
}

/* The number that 8 digits make, each a byte from 0 to 9: joins them in pairs, then fours, then all. */
static inline uint64_t join_digits(uint64_t word)
{
    word = word * 10 + (word >> 8);
    return ((word & 0x000000FF000000FF) * (100 + (UINT64_C(1000000) << 32)) +
            (word >> 16 & 0x000000FF000000FF) * (1 + (UINT64_C(10000) << 32))) >> 32;
}

/* Scans digits 8 at a time: a fraction often has 16 or 17. */
static inline Place scan_many_digits(Place p, Place end, uint64_t *mantissa)
{
    static const uint32_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
    while (end - p >= 8) {
        uint64_t word = load_word(p) ^ EACH_BYTE('0'), others = ((word + EACH_BYTE(0x76)) | word) & EACH_BYTE(0x80);
        if (others) {
            int count = trailing_zeros(others) / 8;
            *mantissa = *mantissa * powers[count] + join_digits(word << 8 * (7 - count) << 8);
            return p + count;
        }
        *mantissa = *mantissa * 100000000 + join_digits(word);
        p += 8;
    }
    return scan_digits(p, end, mantissa);
}

static Place scan_exponent(Place p, Place end, int64_t *out)
{
    int sign = byte_at(p, end);
    p += sign == '-' || sign == '+';
    Place digits = p;
    int64_t exponent = 0;
    for (; p < end && is_digit(*p); p++) {
        exponent = exponent < HUGE_EXPONENT ? exponent * 10 + (*p - '0') : exponent;
    }
    *out += sign == '-' ? -exponent : exponent;
    return p == digits ? NULL : p;
}

/* The number of digits without leading zeros. */
static size_t significant_digits(Place p, Place end)
{
    size_t count = 0;
    for (; p < end; p++) {
        count += is_digit(*p) && (count || *p != '0');
    }
    return count;
}

static inline Place scan_number(Place p, Place end, Spelling *number)
{
    uint64_t mantissa = 0;
    int64_t exponent = 0;
    number->negative = byte_at(p, end) == '-';
    Place digits = p += number->negative;
    p = scan_digits(p, end, &mantissa);
    number->digits = (size_t)(p - digits);
    number->real = false;
    if (UNLIKELY(p == digits || (*digits == '0' && p - digits > 1))) {
        return NULL;
    }
    if (byte_at(p, end) == '.') {
        Place fraction = ++p;
        p = scan_many_digits(p, end, &mantissa);
        if (UNLIKELY(p == fraction)) {
            return NULL;
        }
        number->real = true;
        exponent = fraction - p;
    }
    number->exact = p - digits - number->real <= MANTISSA_DIGITS || significant_digits(digits, p) <= MANTISSA_DIGITS;
    if ((byte_at(p, end) | 32) == 'e') {
        number->real = true;
        p = scan_exponent(p + 1, end, &exponent);
    }
    number->mantissa = mantissa;
    number->exponent = exponent;
    return p;
}

Place skip_number(Place p, Place end)
{
    Spelling number;
    return scan_number(p, end, &number);
}

/* --- doubles --- */

#ifdef HAS_WIDE

/* Those below 2**63. */
#define EACH_POWER_OF_FIVE(X)                                                                                         \
    X(5) X(25) X(125) X(625) X(3125) X(15625) X(78125) X(390625) X(1953125) X(9765625) X(48828125) X(244140625)        \
    X(1220703125) X(6103515625) X(30517578125) X(152587890625) X(762939453125) X(3814697265625) X(19073486328125)      \
    X(95367431640625) X(476837158203125) X(2384185791015625) X(11920928955078125) X(59604644775390625)                 \
    X(298023223876953125) X(1490116119384765625) X(7450580596923828125)

#define POWER(power) UINT64_C(power),
static const uint64_t powers_of_five[] = {1, EACH_POWER_OF_FIVE(POWER)};

/* The first 64 significant bits, rounded down. */
#define RECIPROCAL(power) (uint64_t)(((Wide)1 << 127) / ((Wide)UINT64_C(power) << __builtin_clzll(UINT64_C(power)))),
static const uint64_t reciprocals[] = {0, EACH_POWER_OF_FIVE(RECIPROCAL)};

enum { MAX_POWER = sizeof powers_of_five / sizeof *powers_of_five - 1 };

/* 2**exponent, which must be a normal double. */
static inline double power_of_two(int exponent)
{
    uint64_t bits = (uint64_t)(1023 + exponent) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

/* A double keeps 53 of 64 bits. HALF is half of the last one that it keeps. */
enum { HALF = 0x400 };

/* The double nearest to bits * 2**exponent, or to a little more if *rest*; ties to even. The top bit must be set. */
static inline double round_to_double(uint64_t bits, bool rest, int exponent)
{
    uint64_t mantissa = bits >> 11, below = bits & (2 * HALF - 1);
    mantissa += below + (rest | (mantissa & 1)) > HALF;
    return (double)mantissa * power_of_two(exponent + 11);
}

/* The double nearest to mantissa * 10**power. */
static double multiply(uint64_t mantissa, int power)
{
    int shift = __builtin_clzll(mantissa);
    Wide product = (Wide)(mantissa << shift) * powers_of_five[power];
    int spare = product >> 64 ? __builtin_clzll((uint64_t)(product >> 64)) : 64;
    product <<= spare;
    return round_to_double((uint64_t)(product >> 64), (uint64_t)product != 0, 64 - spare - shift + power);
}

/*
 * The double nearest to mantissa / 10**power, for a power above 0. The product with the reciprocal is at most the true
 * quotient, and less than 2 below it. Where such a difference might matter to the rounding, the division is done.
 */
static inline double divide(uint64_t mantissa, int power)
{
    int shift = __builtin_clzll(mantissa), divisor_shift = __builtin_clzll(powers_of_five[power]);
    mantissa <<= shift;
    uint64_t quotient = (uint64_t)((Wide)mantissa * reciprocals[power] >> 64);
    int spare = __builtin_clzll(quotient); /* 0 or 1 */
    uint64_t below = quotient << spare & (2 * HALF - 1);
    bool rest = false;
    if (UNLIKELY(below <= HALF && below > HALF - 4)) {
        uint64_t divisor = powers_of_five[power] << divisor_shift;
        Wide dividend = (Wide)mantissa << 63;
        quotient = (uint64_t)(dividend / divisor);
        rest = (uint64_t)dividend != quotient * divisor;
        spare = __builtin_clzll(quotient);
    }
    return round_to_double(quotient << spare, rest, divisor_shift - 63 - shift - power - spare);
}

static inline bool quick_double(const Spelling *number, double *out)
{
    int64_t power = number->exponent;
    if (!number->exact || power < -MAX_POWER || power > MAX_POWER) {
        return false;
    }
    *out = number->mantissa == 0 ? 0.0
           : power < 0           ? divide(number->mantissa, (int)-power)
                                 : multiply(number->mantissa, (int)power);
    return true;
}

/* --- spelling doubles --- */

/* The integer nearest to fraction * 2**-shift * 10**power; 0 if two are equally near. */
static uint64_t nearest_integer(uint64_t fraction, int shift, int power)
{
    Wide product = (Wide)fraction * powers_of_five[power];
    Wide half = (Wide)1 << (shift - power - 1), rest = product & (2 * half - 1);
    return rest == half ? 0 : (uint64_t)(product >> (shift - power)) + (rest > half);
}

bool shortest_decimal(double value, uint64_t *digits, int *power)
{
    uint64_t bits, hidden = UINT64_C(1) << 52, limit = UINT64_C(1000000000000000);
    memcpy(&bits, &value, sizeof bits);
    uint64_t fraction = (bits & (hidden - 1)) | hidden;
    int exponent = (int)(bits >> 52) - 1023, shift = 52 - exponent;
    int magnitude = exponent * 1233 >> 12; /* the power of ten of the first digit, or 1 less */
    /* The neighbours of a power of two are not equally near, so the nearest decimal may be read as another double. */
    for (int count = 15; count <= 17 && fraction != hidden;) {
        *power = count - 1 - magnitude;
        if (*power > MAX_POWER || (*power > 0 && shift <= *power)) {
            return false;
        }
        *digits = *power > 0 ? nearest_integer(fraction, shift, *power) : limit - 1;
        if (*digits >= limit) {
            magnitude++;
            continue;
        }
        if (*power > 0 && (*digits == 0 || divide(*digits, *power) == value)) {
            return *digits;
        }
        count++;
        limit *= 10;
    }
    return false;
}

#else

bool shortest_decimal(double value, uint64_t *digits, int *power)
{
    (void)value, (void)digits, (void)power;
    return false;
}

/* Doubles that are exactly powers of ten. */
static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

enum { MAX_POWER = sizeof powers_of_ten / sizeof *powers_of_ten - 1 };

/* One multiplication or division of exact doubles is rounded once, unless the processor computes with wider ones. */
static inline bool quick_double(const Spelling *number, double *out)
{
    int64_t power = number->exponent;
    if (FLT_EVAL_METHOD != 0 || !number->exact || number->mantissa > UINT64_C(1) << 53 || power < -MAX_POWER ||
        power > MAX_POWER) {
        return false;
    }
    double mantissa = (double)number->mantissa;
    *out = power < 0 ? mantissa / powers_of_ten[-power] : mantissa * powers_of_ten[power];
    return true;
}

#endif

/* Copies a number and appends a NUL: into *copy* if it is short, else into memory that the caller frees. */
static char *terminated(Place start, size_t length, char *copy, size_t room)
{
    char *text = length < room ? copy : PyMem_Malloc(length + 1);
    if (!text) {
        PyErr_NoMemory();
        return NULL;
    }
    memcpy(text, start, length);
    text[length] = '\0';
    return text;
}

enum { SHORT_NUMBER = 64 };

/* Converts the number in [start, end) with CPython's function. */
static bool any_double(Place start, Place end, double *out)
{
    char copy[SHORT_NUMBER], *text = terminated(start, (size_t)(end - start), copy, sizeof copy);
    if (!text) {
        return false;
    }
    *out = PyOS_string_to_double(text, NULL, NULL);
    if (text != copy) {
        PyMem_Free(text);
    }
    return !(*out == -1.0 && PyErr_Occurred()) && isfinite(*out);
}

/* The double of the number in [start, end). */
static inline bool to_double(const Spelling *number, Place start, Place end, double *out)
{
    if (!quick_double(number, out)) {
        return any_double(start, end, out);
    }
    *out = number->negative ? -*out : *out;
    return true;
}

Place read_double(Place start, Place end, double *out)
{
    Spelling number;
    Place p = scan_number(start, end, &number);
    return p && to_double(&number, start, p, out) ? p : NULL;
}

/* --- ints --- */

static PyObject *to_int(const Spelling *number, Place start, Place end)
{
    if (number->digits > MAX_DIGITS) {
        return NULL;
    }
    if (number->digits <= 18) {
        int64_t value = (int64_t)number->mantissa;
        return PyLong_FromLongLong(number->negative ? -value : value);
    }
    char copy[SHORT_NUMBER], *text = terminated(start, (size_t)(end - start), copy, sizeof copy);
    if (!text) {
        return NULL;
    }
    PyObject *value = PyLong_FromString(text, NULL, 10);
    if (text != copy) {
        PyMem_Free(text);
    }
    return value;
}

Place read_int(Place start, Place end, PyObject **out)
{
    Spelling number;
    Place p = scan_number(start, end, &number);
    *out = p && !number.real ? to_int(&number, start, p) : NULL;
    return *out ? p : NULL;
}

Place read_number(Place start, Place end, PyObject **out)
{
    Spelling number;
    double value;
    Place p = scan_number(start, end, &number);
    if (!p) {
        return NULL;
    }
    if (!number.real) {
        *out = to_int(&number, start, p);
    }
    else {
        *out = to_double(&number, start, p, &value) ? PyFloat_FromDouble(value) : NULL;
    }
    return *out ? p : NULL;
}
