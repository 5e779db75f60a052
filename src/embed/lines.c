/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lines.c - lines through buffers of fixed size. */
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

/* The buffer to read to: the next one if this one's lines are still in use. */
static char *free_buffer(struct wh_lines *lines) {
    size_t at = 0;
    while (lines->buffers[at] != lines->buffer)
        at++;
    return lines->kept ? lines->buffers[(at + 1) % WH_LINE_BUFFERS] : lines->buffer;
}

/* Moves what is left to the front and reads until the buffer is full or the text ends. */
static enum wh_status fill(struct wh_lines *lines) {
    enum wh_status status = WH_OK;
    size_t left = lines->end - lines->begin, got = 0;
    char *to = free_buffer(lines);
    memmove(to, lines->buffer + lines->begin, left);
    lines->buffer = to;
    lines->kept = false;
    lines->begin = 0;
    if (!lines->ended)
        status = wh_input_read(lines->input, to + left, WH_LINE_MAX - left, &got);
    lines->ended = lines->ended || got < WH_LINE_MAX - left;
    lines->end = left + got;
    memset(to + lines->end, '\0', WH_LINE_AHEAD);
    return status;
}

static enum wh_status add_buffer(struct wh_lines *lines, size_t at) {
    return lines->buffers[at] ? WH_OK : WH_ALLOC(lines->buffers[at], WH_LINE_MAX + WH_LINE_AHEAD);
}

enum wh_status wh_lines_open(struct wh_input *input, struct wh_lines *lines) {
    enum wh_status status = WH_OK;
    *lines = (struct wh_lines){.input = input};
    WH_TRY(add_buffer(lines, 0));
    lines->buffer = lines->buffers[0];
    WH_TRY(fill(lines));
out:
    if (status != WH_OK)
        wh_lines_close(lines);
    return status;
}

void wh_lines_close(struct wh_lines *lines) {
    for (size_t i = 0; i < WH_LINE_BUFFERS; i++)
        free(lines->buffers[i]);
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
    enum wh_status status = WH_OK;
    bool end;
    *count = 0;
    for (size_t i = 0; i < WH_LINE_BUFFERS; i++)
        WH_TRY(add_buffer(lines, i));
    lines->kept = true;
    WH_TRY(wh_lines_next(lines, &batch[0], &end));
    if (end)
        return WH_OK;
    size_t at = lines->begin;
    for (*count = 1; *count < max && wh_lines_peek(lines, &at, &batch[*count]); ++*count) {
        lines->begin = at;
        lines->number++;
    }
out:
    return status;
}
