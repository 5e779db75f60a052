/* SPDX-License-Identifier: GPL-3.0-or-later */
/* str.c - growing byte strings, strict number parsing, edit distance. */
#include "base/str.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "base/mem.h"

static bool reserve(struct wh_buf *buf, size_t more) {
    size_t needed;
    if (buf->failed || __builtin_add_overflow(buf->length, more, &needed) ||
        __builtin_add_overflow(needed, 1, &needed)) {
        buf->failed = true;
        return false;
    }
    if (needed <= buf->capacity)
        return true;
    size_t capacity = buf->capacity ? buf->capacity : 64;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    char *data = wh_realloc(buf->data, capacity, 1);
    if (!data) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

void wh_buf_add(struct wh_buf *buf, const char *bytes, size_t length) {
    if (!reserve(buf, length))
        return;
    if (length)
        memcpy(buf->data + buf->length, bytes, length);
    buf->length += length;
    buf->data[buf->length] = '\0';
}

void wh_buf_adds(struct wh_buf *buf, const char *string) {
    wh_buf_add(buf, string, strlen(string));
}

void wh_buf_addf(struct wh_buf *buf, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0)
        buf->failed = true;
    else if (reserve(buf, (size_t)length)) {
        vsnprintf(buf->data + buf->length, (size_t)length + 1, format, again);
        buf->length += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

void wh_buf_clear(struct wh_buf *buf) {
    buf->length = 0;
    buf->failed = false;
    if (buf->data)
        buf->data[0] = '\0';
}

void wh_buf_free(struct wh_buf *buf) {
    free(buf->data);
    *buf = (struct wh_buf){0};
}

/* The code points of text, at most one more than DISTANCE_MAX; a byte that is not UTF-8 counts as
 * one, apart from all characters. */
#define DISTANCE_MAX 256
static int decode(const char *text, ucs4_t out[DISTANCE_MAX + 1]) {
    const uint8_t *at = (const uint8_t *)text;
    size_t left = strlen(text);
    int count = 0;
    while (left && count <= DISTANCE_MAX) {
        int used = u8_mbtoucr(&out[count], at, left);
        if (used <= 0) {
            out[count] = 0x110000u + *at;
            used = 1;
        }
        at += used;
        left -= (size_t)used;
        count++;
    }
    return count;
}

static int smallest(int a, int b, int c) {
    int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

int wh_str_distance(const char *a, const char *b, int limit) {
    ucs4_t from[DISTANCE_MAX + 1], to[DISTANCE_MAX + 1];
    int before[DISTANCE_MAX + 1], previous[DISTANCE_MAX + 1], current[DISTANCE_MAX + 1];
    int rows = decode(a, from), columns = decode(b, to);
    if (rows > DISTANCE_MAX || columns > DISTANCE_MAX)
        return strcmp(a, b) == 0 ? 0 : limit + 1;
    if (abs(rows - columns) > limit)
        return limit + 1;
    for (int j = 0; j <= columns; j++)
        previous[j] = j;
    for (int i = 1; i <= rows; i++) {
        int best = current[0] = i;
        for (int j = 1; j <= columns; j++) {
            current[j] = smallest(previous[j] + 1, current[j - 1] + 1,
                                  previous[j - 1] + (from[i - 1] != to[j - 1]));
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                current[j] = smallest(current[j], before[j - 2] + 1, current[j]);
            best = current[j] < best ? current[j] : best;
        }
        if (best > limit + 1) /* a swap looks two rows back and adds one */
            return limit + 1;
        memcpy(before, previous, (size_t)(columns + 1) * sizeof *before);
        memcpy(previous, current, (size_t)(columns + 1) * sizeof *previous);
    }
    return previous[columns] <= limit ? previous[columns] : limit + 1;
}

/* strtod() and strtoll() skip blanks and read words such as "inf": a number starts as one here. */
static bool starts_number(const char *text) {
    return *text && strchr("+-.0123456789", *text) != NULL;
}

static locale_t c_locale;
static void make_c_locale(void) {
    c_locale = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
}

/* Whatever the user's locale says, the decimal separator is a point. */
static double parse_in_c_locale(const char *text, char **end) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_c_locale);
    return c_locale ? strtod_l(text, end, c_locale) : strtod(text, end);
}

bool wh_str_double(const char *text, double *value) {
    char *end;
    if (!starts_number(text) || strpbrk(text, "xXnN")) /* no hexadecimal, inf or nan */
        return false;
    double parsed = parse_in_c_locale(text, &end);
    if (end == text || *end != '\0' || !isfinite(parsed))
        return false;
    *value = parsed;
    return true;
}

bool wh_str_long(const char *text, long long min, long long max, long long *value) {
    char *end;
    if (!starts_number(text))
        return false;
    errno = 0;
    long long parsed = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || parsed < min || parsed > max)
        return false;
    *value = parsed;
    return true;
}
