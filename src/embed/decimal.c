/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decimal.c - decimal text to the nearest float32.
 *
 * Fast path after Clinger, "How to read floating point numbers accurately" (1990): when the digits
 * make an integer w <= 2^53 and the power of ten e has |e| <= 22, both are exact doubles and one
 * multiplication or division gives the correctly rounded double q. Rounding q again to float is
 * right unless q lies exactly halfway between two floats, where the first rounding may have hidden
 * on which side the number was. (1e-22 <= |q| <= 2^53 1e22: always a normal float.) Everything else
 * goes to the C library in the C locale.
 */
#include "embed/decimal.h"

#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EXACT_DIGITS  (UINT64_C(1) << 53)
#define EXACT_POWER   22
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

static const char *scan_digits(const char *at, const char *end, struct decimal *number) {
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

/* ---- numbers in a row: nearly all are a sign, a few digits, a point and a few more ---- */

#define EVERY_BYTE UINT64_C(0x0101010101010101)

/* How many of the eight characters are digits before the first that is none, and their value
 * (little endian: the first character is the lowest byte). A byte less '0' is 10 or more where
 * adding 0x76 carries into its top bit; a carry beyond it reaches only characters behind. The
 * digits are then moved to the end, zeros stand before them, and pairs, fours and eights are added
 * up at once. */
static unsigned eight_digits(const char *text, uint64_t *value) {
    uint64_t bytes;
    memcpy(&bytes, text, sizeof bytes);
    bytes ^= '0' * EVERY_BYTE;
    uint64_t others = ((bytes + 0x76 * EVERY_BYTE) | bytes) & 0x80 * EVERY_BYTE;
    unsigned digits = others ? (unsigned)__builtin_ctzll(others) / 8 : 8;
    if (digits == 0)
        return 0;
    bytes <<= 8 * (8 - digits);
    bytes = bytes * 10 + (bytes >> 8);
    const uint64_t pair = UINT64_C(0x000000ff000000ff);
    *value = ((bytes & pair) * (100 + (UINT64_C(1000000) << 32)) +
              (bytes >> 16 & pair) * (1 + (UINT64_C(10000) << 32))) >>
             32;
    return digits;
}

static bool little_machine(void) {
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 1;
}

/* Up to eight digits after the point when as many bytes are left; NULL for anything unusual. */
static const char *scan_usual(const char *text, const char *end, struct decimal *number) {
    static const uint32_t tens[9] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    const char *at = text;
    uint64_t part = 0;
    number->negative = *at == '-';
    at += number->negative;
    const char *whole = at;
    for (; is_digit(*at) && at < whole + 8; at++)
        number->digits = number->digits * 10 + (uint64_t)(*at - '0');
    if (at == whole || *at != '.' || end - at < 9)
        return NULL;
    unsigned digits = eight_digits(at + 1, &part);
    number->digits = number->digits * tens[digits] + part;
    number->exponent = -(long)digits;
    number->too_many = number->digits > EXACT_DIGITS;
    at += 1 + digits;
    return at == end || *at == ' ' ? at : NULL;
}

const char *wh_decimal_next(const char *text, const char *end, float *value) {
    struct decimal number = {0};
    const char *stop = little_machine() ? scan_usual(text, end, &number) : NULL;
    if (stop && fast(&number, value))
        return stop;
    number = (struct decimal){0};
    stop = scan(text, end, &number);
    if (!stop || (stop < end && *stop != ' '))
        return NULL;
    if (!fast(&number, value) && !(slow(text, stop, value) && isfinite(*value)))
        return NULL;
    return stop;
}
