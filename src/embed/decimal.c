/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decimal.c - decimal text to the nearest float32.
 *
 * Fast path after Clinger, "How to read floating point numbers accurately" (1990): when the digits
 * make an integer w <= 2^53 and the power of ten e has |e| <= 22, both are exact doubles and one
 * multiplication or division gives the correctly rounded double q. Rounding q again to float is
 * right unless q lies exactly halfway between two floats, where the first rounding may have hidden
 * on which side the number was. (1e-22 <= |q| <= 2^53 1e22: always a normal float.) Everything else
 * goes to the C library in the C locale. Of a row's numbers nearly all have a float w <= 2^24 and
 * e >= -7: one division of floats gives the correctly rounded float itself.
 */
#include "embed/decimal.h"

#include <endian.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EXACT_DIGITS  (UINT64_C(1) << 53)
#define EXACT_POWER   22
#define EXACT_FLOAT   (1u << 24)
#define EXPONENT_STOP 100000 /* beyond that a written exponent no longer changes the result */

static const double powers[EXACT_POWER + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

struct decimal {
    uint64_t digits; /* not all of them if they exceed EXACT_DIGITS */
    long exponent;   /* of ten */
    bool negative, too_many;
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* ---- eight characters at once, in a word whose lowest byte is the first ---- */

#define EVERY_BYTE UINT64_C(0x0101010101010101)
#define TOP_BITS   (0x80 * EVERY_BYTE)

static uint64_t load(const char *text) {
    uint64_t bytes;
    memcpy(&bytes, text, sizeof bytes);
    return le64toh(bytes);
}

/* Of digits less '0'; bytes of 10 and more get their top bit, or have it. */
static bool all_digits(uint64_t bytes) {
    return (((bytes + 0x76 * EVERY_BYTE) | bytes) & TOP_BITS) == 0;
}

/* The number that eight digits make: pairs, fours and then all are added up at once. */
static uint32_t eight_digits(uint64_t bytes) {
    const uint64_t pair = UINT64_C(0x000000ff000000ff);
    bytes = bytes * 10 + (bytes >> 8);
    return (uint32_t)(((bytes & pair) * (100 + (UINT64_C(1000000) << 32)) +
                       (bytes >> 16 & pair) * (1 + (UINT64_C(10000) << 32))) >>
                      32);
}

/* ---- any number ---- */

static const char *scan_digits(const char *at, const char *end, struct decimal *number) {
    while (end - at >= 8 && number->digits < EXACT_DIGITS / 100000000 - 1) {
        uint64_t bytes = load(at) ^ '0' * EVERY_BYTE;
        if (!all_digits(bytes))
            break;
        number->digits = number->digits * 100000000 + eight_digits(bytes);
        at += 8;
    }
    for (; at < end && is_digit(*at); at++) {
        if (number->digits > (EXACT_DIGITS - 9) / 10)
            number->too_many = true;
        else
            number->digits = number->digits * 10 + (uint64_t)(*at - '0');
    }
    return at;
}

/* After the e; NULL if no digit follows. */
static const char *scan_exponent(const char *at, const char *end, struct decimal *number) {
    bool negative = at < end && *at == '-';
    long written = 0;
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (at == end || !is_digit(*at))
        return NULL;
    for (; at < end && is_digit(*at); at++)
        if (written < EXPONENT_STOP)
            written = written * 10 + (*at - '0');
    number->exponent += negative ? -written : written;
    return at;
}

/* Where the number ends, NULL if there is none. */
static const char *scan(const char *text, const char *end, struct decimal *number) {
    const char *at = text;
    if (at < end && (*at == '-' || *at == '+'))
        number->negative = *at++ == '-';
    const char *whole = at;
    at = scan_digits(at, end, number);
    long found = at - whole;
    if (at < end && *at == '.') {
        const char *part = at + 1;
        at = scan_digits(part, end, number);
        number->exponent = -(at - part);
        found += at - part;
    }
    if (found == 0)
        return NULL;
    return at < end && (*at == 'e' || *at == 'E') ? scan_exponent(at + 1, end, number) : at;
}

static bool fast(const struct decimal *number, float *value) {
    long power = labs(number->exponent);
    if (number->too_many || power > EXACT_POWER)
        return false;
    double digits = (double)number->digits;
    double nearest = number->exponent < 0 ? digits / powers[power] : digits * powers[power];
    uint64_t bits;
    memcpy(&bits, &nearest, sizeof bits);
    const uint64_t below = (UINT64_C(1) << 29) - 1; /* a double's bits that a float lacks */
    if ((bits & below) == UINT64_C(1) << 28)
        return false;
    *value = (float)(number->negative ? -nearest : nearest);
    return true;
}

static bool slow(const char *text, const char *end, float *value) {
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    char *stop = NULL;
    if (!plain)
        return false;
    *value = strtof_l(text, &stop, plain);
    freelocale(plain);
    return stop == end;
}

static bool not_finite(const char *text, const char *end, float *value) {
    bool negative = text < end && *text == '-';
    if (text < end && (*text == '-' || *text == '+'))
        text++;
    size_t length = (size_t)(end - text);
    if ((length == 3 && strncasecmp(text, "inf", 3) == 0) ||
        (length == 8 && strncasecmp(text, "infinity", 8) == 0))
        *value = negative ? -INFINITY : INFINITY;
    else if (length == 3 && strncasecmp(text, "nan", 3) == 0)
        *value = NAN;
    else
        return false;
    return true;
}

bool wh_decimal_float(const char *text, const char *end, float *value) {
    struct decimal number = {0};
    const char *stop = scan(text, end, &number);
    if (!stop)
        return not_finite(text, end, value);
    return stop == end && (fast(&number, value) || slow(text, end, value));
}

/* ---- the numbers of a row ---- */

/* Ten to the power of the digits behind the point, by how many of seven are not there; for a minus
 * negative, so that it makes -0 of 0. */
static const float places[2][8] = {
    {1e7f, 1e6f, 1e5f, 1e4f, 1e3f, 1e2f, 1e1f, 1e0f},
    {-1e7f, -1e6f, -1e5f, -1e4f, -1e3f, -1e2f, -1e1f, -1e0f},
};

/* Where the first blank is behind the first two characters, if it is among the next eight. Found
 * without looking at what stands before it: the next number need not wait until this one is
 * read. */
static const char *soon_blank(const char *text, const char *otherwise) {
    uint64_t bytes = load(text + 2) ^ ' ' * EVERY_BYTE;
    uint64_t blanks = (bytes - EVERY_BYTE) & ~bytes & TOP_BITS; /* the lowest one is right */
    return blanks ? text + 2 + (unsigned)__builtin_ctzll(blanks) / 8 : otherwise;
}

/* Nearly all numbers are a minus or none, a digit, a point and up to seven digits; NULL for others.
 * The point is put over by the digit before it, the last digit becomes the highest byte and zeros
 * come in before the first. The byte at end is no digit: a blank behind it is not believed. */
static inline const char *read_usual(const char *text, const char *end, float *value) {
    const char *stop = soon_blank(text, end);
    const size_t negative = *text == '-';
    const char *at = text + negative;
    uint64_t bytes = load(at + 1);
    const size_t missing = 7 - (size_t)(stop - at - 2);
    if ((bytes & 0xff) != '.' || missing > 7)
        return NULL;
    bytes = (bytes - '.' + (unsigned char)*at) ^ '0' * EVERY_BYTE;
    bytes <<= 8 * missing;
    uint32_t digits = eight_digits(bytes);
    if (!all_digits(bytes) || digits > EXACT_FLOAT)
        return NULL;
    *value = (float)(int32_t)digits / places[negative][missing];
    return stop;
}

static const char *read_other(const char *text, const char *end, float *value) {
    struct decimal number = {0};
    while (text < end && *text == ' ')
        text++;
    const char *stop = scan(text, end, &number);
    if (!stop || (stop < end && *stop != ' '))
        return NULL;
    if (!fast(&number, value) && !(slow(text, stop, value) && isfinite(*value)))
        return NULL;
    return stop;
}

bool wh_decimal_row(const char *text, const char *end, uint32_t count, float *values) {
    for (uint32_t j = 0; j < count; j++) {
        const char *stop = text < end ? read_usual(text, end, &values[j]) : NULL;
        if (!stop)
            stop = read_other(text, end, &values[j]);
        if (!stop)
            return false;
        if (stop == end)
            return j + 1 == count;
        text = stop + 1;
    }
    return false;
}
