/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lines.h - the lines of a text that may be a file, a pipe or standard input, through buffers of
 * fixed size: a line without end costs no more memory than a short one.
 */
#ifndef WH_LINES_H
#define WH_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "embed/input.h"

#define WH_LINE_MAX     ((size_t)4 << 20) /* bytes; no row of an embedding is longer */
#define WH_LINE_AHEAD   16
#define WH_LINE_BUFFERS 3

struct wh_lines {
    struct wh_input *input;
    char *buffers[WH_LINE_BUFFERS]; /* WH_LINE_MAX bytes and WH_LINE_AHEAD NULs each; the second and
                         third are NULL while only single lines are asked for */
    char *buffer;                   /* the one in use */
    bool kept;                      /* its lines are in a batch that must stay as it is */
    size_t begin, end;
    bool ended;      /* nothing is left to read */
    uint64_t number; /* of the line handed out last, from 1 */
};

/* Without its line end: 0x0A, a 0x0D before it, and blanks before these. */
struct wh_line {
    const char *text; /* until the next call; WH_LINE_AHEAD bytes after it can be read, and the
                         first of them ends a number */
    size_t length;
    bool too_long; /* over WH_LINE_MAX: passed over, text is empty */
};

/* Reads until the buffer is full or the text ends. */
enum wh_status wh_lines_open(struct wh_input *input, struct wh_lines *lines);
void wh_lines_close(struct wh_lines *lines);

/* *end says that there was no line left. */
enum wh_status wh_lines_next(struct wh_lines *lines, struct wh_line *line, bool *end);
/* Up to max lines, as many as can be had without reading over them; the first of them is line
 * number - count + 1. *count = 0 says that there was none left. The lines of the two batches before
 * stay valid too. */
enum wh_status wh_lines_batch(struct wh_lines *lines, struct wh_line *batch, size_t max,
                              size_t *count);
/* The complete line at *at in the buffer, without handing it out; moves *at behind it. Begin with
 * *at = lines->begin. False when the buffer holds no further whole line. */
bool wh_lines_peek(const struct wh_lines *lines, size_t *at, struct wh_line *line);

/* text without the line end described above. */
size_t wh_line_trimmed(const char *text, size_t length);

#endif
