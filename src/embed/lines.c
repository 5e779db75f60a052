/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lines.c - lines through one buffer of fixed size. */
#include "embed/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Moves what is left to the front and reads until the buffer is full or the text ends. */
static enum wh_status fill(struct wh_lines *lines) {
    enum wh_status status = WH_OK;
    size_t left = lines->end - lines->begin;
    memmove(lines->buffer, lines->buffer + lines->begin, left);
    lines->begin = 0;
    lines->end = left;
    while (!lines->ended && lines->end < WH_LINE_MAX) {
        WH_TRY(wh_token_check(lines->token));
        ssize_t got = read(lines->fd, lines->buffer + lines->end, WH_LINE_MAX - lines->end);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return wh_fail(WH_IO, "%s: %s", lines->name, strerror(errno));
        lines->ended = got == 0;
        lines->end += (size_t)got;
    }
out:
    lines->buffer[lines->end] = '\0';
    return status;
}

enum wh_status wh_lines_open(const char *path, struct wh_token *token, struct wh_lines *lines) {
    enum wh_status status = WH_OK;
    struct stat facts;
    bool standard = strcmp(path, "-") == 0;
    *lines = (struct wh_lines){.name = standard ? "standard input" : path, .token = token};
    lines->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (lines->fd < 0)
        return wh_fail(WH_NOINPUT, "%s: %s", path, strerror(errno));
    if (fstat(lines->fd, &facts) == 0 && S_ISREG(facts.st_mode))
        lines->total = (uint64_t)facts.st_size;
    WH_TRY(WH_ALLOC(lines->buffer, WH_LINE_MAX + 1));
    WH_TRY(fill(lines));
out:
    if (status != WH_OK)
        wh_lines_close(lines);
    return status;
}

void wh_lines_close(struct wh_lines *lines) {
    free(lines->buffer);
    if (lines->fd > STDIN_FILENO)
        close(lines->fd);
    *lines = (struct wh_lines){.fd = -1};
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
        lines->passed += lines->end;
        lines->begin = lines->end;
        WH_TRY(fill(lines));
        feed = memchr(lines->buffer, '\n', lines->end);
    }
    if (feed) {
        lines->begin = (size_t)(feed - lines->buffer) + 1;
        lines->passed += lines->begin;
    }
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
    lines->passed += at - lines->begin;
    lines->begin = at;
    lines->number++;
out:
    return status;
}
