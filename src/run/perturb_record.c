/* SPDX-License-Identifier: GPL-3.0-or-later */
/* perturb_record.c - where the text is in a record: all of a line, a column of TSV, a JSON field.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
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
    enum wh_status status = wh_filter_keep(filter, line, (size_t)(begin - line));
    if (status == WH_OK)
        status = wh_filter_text(filter, begin, (size_t)(stop - begin));
    if (status == WH_OK)
        status = wh_filter_keep(filter, stop, (size_t)(end - stop));
    return status;
}

/* A record whose text is between two items; the object goes around it when it is written. */
struct wh_json_record {
    json_t *object;
    size_t begin, end;
};

static enum wh_status grow_json(struct wh_filter *filter) {
    size_t capacity = filter->json_capacity ? 2 * filter->json_capacity : 64;
    if (filter->json_count < filter->json_capacity)
        return WH_OK;
    struct wh_json_record *grown = wh_realloc(filter->json, capacity, sizeof *grown);
    if (!grown)
        return WH_NOMEM;
    filter->json = grown;
    filter->json_capacity = capacity;
    return WH_OK;
}

static enum wh_status json_record(struct wh_filter *filter, const char *line, size_t length) {
    enum wh_status status = grow_json(filter);
    if (status != WH_OK)
        return status;
    json_t *object = json_loadb(line, length, JSON_ALLOW_NUL, NULL);
    json_t *field = json_object_get(object, filter->job->options->json_field);
    struct wh_json_record *record = &filter->json[filter->json_count++];
    *record = (struct wh_json_record){.object = object, .begin = filter->item_count};
    status = json_is_string(field)
                 ? wh_filter_text(filter, json_string_value(field), json_string_length(field))
                 : bad_record(filter, "a JSON object with the named string field");
    record->end = filter->item_count;
    return status;
}

void wh_filter_drop_json(struct wh_filter *filter) {
    while (filter->json_count)
        json_decref(filter->json[--filter->json_count].object);
}

static enum wh_status take_record(struct wh_filter *filter, const char *line, size_t length) {
    enum wh_status status;
    size_t body = length && line[length - 1] == '\n' ? length - 1 : length;
    if (filter->job->options->json_field)
        status = body ? json_record(filter, line, body) : WH_OK;
    else if (filter->job->options->tsv_column)
        status = tsv_record(filter, line, body);
    else
        status = wh_filter_text(filter, line, body);
    return status == WH_OK ? wh_filter_keep(filter, line + body, length - body) : status;
}

enum wh_status wh_filter_record(struct wh_filter *filter, const char *line, size_t length) {
    size_t items = filter->item_count, words = filter->queue.count, json = filter->json_count;
    enum wh_status status = take_record(filter, line, length);
    if (status == WH_OK)
        return WH_OK;
    filter->item_count = items;
    filter->queue.count = words;
    if (filter->json_count > json)
        json_decref(filter->json[--filter->json_count].object);
    return status;
}

/* ---- and back ---- */

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

static enum wh_status write_json(struct wh_filter *filter, const struct wh_json_record *record) {
    enum wh_status status = WH_OK;
    struct wh_buf *out = &filter->out;
    size_t begin = out->length;
    char *dump = NULL;
    wh_filter_write_items(filter, record->begin, record->end);
    json_t *changed = json_of(out->length > begin ? out->data + begin : "", out->length - begin);
    out->length = begin;
    if (json_object_set_new(record->object, filter->job->options->json_field, changed) != 0 ||
        !(dump = json_dumps(record->object, JSON_COMPACT | JSON_PRESERVE_ORDER)))
        status = wh_fail(WH_NOMEM, "out of memory");
    else
        wh_buf_adds(out, dump);
    free(dump);
    return status;
}

enum wh_status wh_filter_write(struct wh_filter *filter) {
    enum wh_status status = WH_OK;
    size_t at = 0;
    for (size_t i = 0; i < filter->json_count; i++) {
        wh_filter_write_items(filter, at, filter->json[i].begin);
        WH_TRY(write_json(filter, &filter->json[i]));
        at = filter->json[i].end;
    }
    wh_filter_write_items(filter, at, filter->item_count);
out:
    return status;
}
