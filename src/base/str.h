/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * str.h - growing byte strings, and the cleaning of untrusted text for people's eyes.
 */
#ifndef WH_STR_H
#define WH_STR_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise. data is NUL-terminated once anything was added. After an allocation failure
 * "failed" is set and further adds do nothing: check once at the end. */
struct wh_buf {
    char *data;
    size_t length, capacity;
    bool failed;
};

void wh_buf_add(struct wh_buf *buf, const char *bytes, size_t length);
void wh_buf_adds(struct wh_buf *buf, const char *string);
void wh_buf_addf(struct wh_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void wh_buf_clear(struct wh_buf *buf);
void wh_buf_free(struct wh_buf *buf);

/* Appends text with everything that could act on a terminal made visible: C0/C1 controls, DEL,
 * bidi controls, zero-width and other format characters, line/paragraph separators as <U+202E>,
 * bytes that are not UTF-8 as <0xFF>. Never fails but for memory. */
void wh_str_clean(struct wh_buf *out, const char *text, size_t length);

/* Edits (insert, delete, replace, swap of neighbours) from a to b, in code points (bytes where
 * invalid), or limit + 1 when there are more than limit.
 * Text of more than 256 code points is 0 from itself and limit + 1 from anything else. */
int wh_str_distance(const char *a, const char *b, int limit);

/* A finite double / an integer in [min, max], the whole string and nothing else, in the C
 * locale whatever the program's. Otherwise false, and value stays as it was. */
bool wh_str_double(const char *text, double *value);
bool wh_str_long(const char *text, long long min, long long max, long long *value);

#endif
