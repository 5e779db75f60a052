/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lines.c - lines through two buffers of fixed size. */
#include "embed/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

size_t wh_line_trimmed(const char *text, size_t length) {
    if (length && text[length - 1] == '\n')
        length--;
    if (length && text[length - 1] == '\r')
        length--;
    while (length && text[length - 1] == ' ')
        length--;
    return length;
}

/* Moves what is left to the front, of the other buffer if this one's lines are still in use, and
 * reads until it is full or the text ends. */
static enum wh_status fill(struct wh_lines *lines) {
    enum wh_status status = WH_OK;
    size_t left = lines->end - lines->begin, got = 0;
    char *to = lines->kept ? lines->other : lines->buffer;
    memmove(to, lines->buffer + lines->begin, left);
    if (lines->kept) {
        lines->other = lines->buffer;
        lines->buffer = to;
        lines->kept = false;
    }
    lines->begin = 0;
    if (!lines->ended)
        status = wh_input_read(lines->input, lines->buffer + left, WH_LINE_MAX - left, &got);
    lines->ended = lines->ended || got < WH_LINE_MAX - left;
    lines->end = left + got;
    lines->buffer[lines->end] = '\0';
    return status;
}

enum wh_status wh_lines_open(struct wh_input *input, struct wh_lines *lines) {
    enum wh_status status = WH_OK;
    *lines = (struct wh_lines){.input = input};
    WH_TRY(WH_ALLOC(lines->buffer, WH_LINE_MAX + 1));
    WH_TRY(fill(lines));
out:
    if (status != WH_OK)
        wh_lines_close(lines);
    return status;
}

void wh_lines_close(struct wh_lines *lines) {
    free(lines->buffer);
    free(lines->other);
    *lines = (struct wh_lines){0};
}

bool wh_lines_peek(const struct wh_lines *lines, size_t *at, struct wh_line *line) {
    const char *text = lines->buffer + *at;
    size_t left = lines->end - *at;
    const char *feed = memchr(text, '\n', left);
    if (!feed && (!lines->ended || !left))
        return false;
    size_t size = feed ? (size_t)(feed - text) + 1 : left;
    *line = (struct wh_line){.text = text, .length = wh_line_trimmed(text, size)};
    *at += size;
    return true;
}

/* Passes over the rest of a line that does not fit into the buffer. */
static enum wh_status skip_line(struct wh_lines *lines) {
    enum wh_status status = WH_OK;
    const char *feed = NULL;
    while (!feed && lines->end) {
        lines->begin = lines->end;
        WH_TRY(fill(lines));
        feed = memchr(lines->buffer, '\n', lines->end);
    }
    if (feed)
        lines->begin = (size_t)(feed - lines->buffer) + 1;
out:
    return status;
}

enum wh_status wh_lines_next(struct wh_lines *lines, struct wh_line *line, bool *end) {
    enum wh_status status = WH_OK;
    size_t at = lines->begin;
    *end = false;
    if (!wh_lines_peek(lines, &at, line)) {
        WH_TRY(fill(lines));
        at = lines->begin;
        if (!wh_lines_peek(lines, &at, line)) {
            *end = lines->ended && lines->end == 0;
            *line = (struct wh_line){.text = "", .too_long = !*end};
            lines->number += !*end;
            return *end ? WH_OK : skip_line(lines);
        }
    }
    lines->begin = at;
    lines->number++;
out:
    return status;
}

enum wh_status wh_lines_batch(struct wh_lines *lines, struct wh_line *batch, size_t max,
                              size_t *count) {
    bool end;
    *count = 0;
    if (!lines->other && !(lines->other = wh_alloc(WH_LINE_MAX + 1, 1)))
        return WH_NOMEM;
    lines->kept = true;
    enum wh_status status = wh_lines_next(lines, &batch[0], &end);
    if (status != WH_OK || end)
        return status;
    size_t at = lines->begin;
    for (*count = 1; *count < max && wh_lines_peek(lines, &at, &batch[*count]); ++*count) {
        lines->begin = at;
        lines->number++;
    }
    return WH_OK;
}
