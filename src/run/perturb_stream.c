/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * perturb_stream.c - bytes in, records, bytes out. Plain text lines may be of any length: once
 * WH_RECORD_BYTES have gathered without a line end, everything up to the last blank goes through,
 * or up to the last whole character if there is no blank. Records of JSON and TSV must fit.
 */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "run/perturb_private.h"

#define READ_BYTES 65536

struct input {
    int fd;
    char *data;
    size_t begin, end; /* unread bytes */
    bool finished;
    bool inside; /* the record at begin has begun in an earlier part */
};

static enum wh_status write_out(struct wh_filter *filter) {
    struct wh_buf *out = &filter->out;
    if (out->length && fwrite(out->data, 1, out->length, filter->stream) != out->length)
        return wh_fail(WH_IO, "standard output: %s", strerror(errno));
    wh_buf_clear(out);
    return WH_OK;
}

static bool pauses(int fd) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, 0) == 0;
}

static enum wh_status fill(struct wh_filter *filter, struct input *input) {
    if (input->begin) {
        memmove(input->data, input->data + input->begin, input->end - input->begin);
        input->end -= input->begin;
        input->begin = 0;
    }
    if (pauses(input->fd) && fflush(filter->stream) != 0)
        return wh_fail(WH_IO, "standard output: %s", strerror(errno));
    ssize_t got;
    do
        got = read(input->fd, input->data + input->end, READ_BYTES);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return wh_fail(WH_IO, "%s: %s", filter->options->input_name, strerror(errno));
    input->finished = got == 0;
    input->end += (size_t)got;
    return WH_OK;
}

/* ---- one record ---- */

static enum wh_status bad_record(const struct wh_filter *filter, const char *expected) {
    return wh_fail(WH_DATA, "%s:%llu: expected %s", filter->options->input_name,
                   (unsigned long long)filter->report->records, expected);
}

static enum wh_status tsv_record(struct wh_filter *filter, const char *line, size_t length) {
    const char *end = line + length, *begin = line;
    for (unsigned column = 1; column < filter->options->tsv_column; column++) {
        begin = memchr(begin, '\t', (size_t)(end - begin));
        if (!begin) {
            char expected[64];
            snprintf(expected, sizeof expected, "at least %u columns", filter->options->tsv_column);
            return bad_record(filter, expected);
        }
        begin++;
    }
    const char *stop = memchr(begin, '\t', (size_t)(end - begin));
    stop = stop ? stop : end;
    wh_buf_add(&filter->out, line, (size_t)(begin - line));
    enum wh_status status = wh_filter_text(filter, begin, (size_t)(stop - begin));
    wh_buf_add(&filter->out, stop, (size_t)(end - stop));
    return status;
}

static enum wh_status json_record(struct wh_filter *filter, const char *line, size_t length) {
    enum wh_status status = WH_OK;
    char *dump = NULL;
    json_t *object = json_loadb(line, length, JSON_ALLOW_NUL, NULL);
    json_t *field = json_object_get(object, filter->options->json_field);
    if (!json_is_string(field)) {
        status = bad_record(filter, "a JSON object with the named string field");
        goto out;
    }
    WH_TRY(wh_filter_text(filter, json_string_value(field), json_string_length(field)));
    /* Words of the vocabulary need not be UTF-8; JSON must. */
    struct wh_buf *text = &filter->out;
    json_t *changed = json_stringn(text->data ? text->data : "", text->length);
    if (!changed) {
        struct wh_buf clean = {0};
        wh_str_clean(&clean, text->data, text->length);
        changed = json_stringn(clean.data, clean.length);
        wh_buf_free(&clean);
    }
    wh_buf_clear(text);
    if (json_object_set_new(object, filter->options->json_field, changed) != 0 ||
        !(dump = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER)))
        status = wh_fail(WH_NOMEM, "out of memory");
    else
        wh_buf_adds(text, dump);
out:
    free(dump);
    json_decref(object);
    return status;
}

static enum wh_status one_part(struct wh_filter *filter, struct input *input, size_t length,
                               bool whole) {
    enum wh_status status = WH_OK;
    const char *text = input->data + input->begin;
    size_t body = length;
    if (!input->inside)
        wh_filter_begin_record(filter);
    if (whole && body && text[body - 1] == '\n')
        body--;
    if (filter->options->json_field)
        WH_TRY(body || !whole ? json_record(filter, text, body) : WH_OK);
    else if (filter->options->tsv_column)
        WH_TRY(tsv_record(filter, text, body));
    else
        WH_TRY(wh_filter_text(filter, text, body));
    wh_buf_add(&filter->out, text + body, length - body);
    if (whole)
        wh_filter_end_record(filter);
    input->inside = !whole;
    input->begin += length;
    WH_TRY(write_out(filter));
out:
    return status;
}

/* ---- parts of a line that is too long ---- */

static size_t safe_length(const char *text, size_t length) {
    for (size_t i = length; i > 0; i--)
        if (text[i - 1] == ' ' || text[i - 1] == '\t')
            return i;
    size_t whole = length;
    while (whole > length - 4 && ((unsigned char)text[whole - 1] & 0xC0) == 0x80)
        whole--;
    return whole - 1; /* before the lead byte of the last character */
}

static enum wh_status drain(struct wh_filter *filter, struct input *input) {
    enum wh_status status = WH_OK;
    while (input->begin < input->end) {
        const char *text = input->data + input->begin;
        size_t length = input->end - input->begin;
        const char *newline = memchr(text, '\n', length);
        if (newline)
            status = one_part(filter, input, (size_t)(newline - text) + 1, true);
        else if (input->finished)
            status = one_part(filter, input, length, true);
        else if (length < WH_RECORD_BYTES)
            return WH_OK;
        else if (filter->options->json_field || filter->options->tsv_column)
            return wh_fail(WH_DATA, "%s:%llu: a record longer than %u bytes",
                           filter->options->input_name,
                           (unsigned long long)filter->report->records + 1, WH_RECORD_BYTES);
        else
            status = one_part(filter, input, safe_length(text, length), false);
        if (status != WH_OK)
            return status;
    }
    return WH_OK;
}

enum wh_status wh_filter_stream(struct wh_filter *filter, int in_fd) {
    enum wh_status status = WH_OK;
    struct input input = {.fd = in_fd};
    WH_TRY(WH_ALLOC(input.data, WH_RECORD_BYTES + READ_BYTES));
    while (!input.finished) {
        WH_TRY(fill(filter, &input));
        WH_TRY(drain(filter, &input));
    }
    if (input.inside)
        wh_filter_end_record(filter);
    if (fflush(filter->stream) != 0)
        status = wh_fail(WH_IO, "standard output: %s", strerror(errno));
out:
    free(input.data);
    return status;
}
