/* SPDX-License-Identifier: GPL-3.0-or-later */
/* perturb_record.c - where the text is in a record: all of a line, a column of TSV, a JSON field.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "run/perturb_private.h"

static enum wh_status bad_record(const struct wh_filter *filter, const char *expected) {
    return wh_fail(WH_DATA, "%s:%llu: expected %s", filter->job->options->input_name,
                   (unsigned long long)filter->record, expected);
}

static enum wh_status tsv_record(struct wh_filter *filter, const char *line, size_t length) {
    const char *end = line + length, *begin = line;
    for (unsigned column = 1; column < filter->job->options->tsv_column; column++) {
        begin = memchr(begin, '\t', (size_t)(end - begin));
        if (!begin) {
            char expected[64];
            snprintf(expected, sizeof expected, "at least %u columns",
                     filter->job->options->tsv_column);
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

/* Words of the vocabulary need not be UTF-8; JSON must. */
static json_t *json_of(const char *text, size_t length) {
    json_t *string = json_stringn(text, length);
    if (string)
        return string;
    struct wh_buf clean = {0};
    wh_str_clean(&clean, text, length);
    string = json_stringn(clean.data, clean.length);
    wh_buf_free(&clean);
    return string;
}

static enum wh_status json_record(struct wh_filter *filter, const char *line, size_t length) {
    enum wh_status status = WH_OK;
    struct wh_buf *out = &filter->out;
    size_t begin = out->length;
    char *dump = NULL;
    json_t *object = json_loadb(line, length, JSON_ALLOW_NUL, NULL);
    json_t *field = json_object_get(object, filter->job->options->json_field);
    if (!json_is_string(field)) {
        status = bad_record(filter, "a JSON object with the named string field");
        goto out;
    }
    WH_TRY(wh_filter_text(filter, json_string_value(field), json_string_length(field)));
    json_t *changed = json_of(out->length > begin ? out->data + begin : "", out->length - begin);
    out->length = begin;
    if (json_object_set_new(object, filter->job->options->json_field, changed) != 0 ||
        !(dump = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER)))
        status = wh_fail(WH_NOMEM, "out of memory");
    else
        wh_buf_adds(out, dump);
out:
    free(dump);
    json_decref(object);
    return status;
}

enum wh_status wh_filter_record(struct wh_filter *filter, const char *line, size_t length) {
    enum wh_status status;
    size_t body = length && line[length - 1] == '\n' ? length - 1 : length;
    if (filter->job->options->json_field)
        status = body ? json_record(filter, line, body) : WH_OK;
    else if (filter->job->options->tsv_column)
        status = tsv_record(filter, line, body);
    else
        status = wh_filter_text(filter, line, body);
    wh_buf_add(&filter->out, line + body, length - body);
    return status;
}
