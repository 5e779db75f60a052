/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_parts.c - what JSON results are made of: values, the head of every object, mechanisms. */
#include "cli/json_parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cli/json_line.h"
#include "cli/out.h"

enum wh_status wh_out_check(FILE *out) {
    if (!ferror(out))
        return WH_OK;
    return wh_fail(WH_IO, "standard output: %s", errno ? strerror(errno) : "could not be written");
}

/* ---- values ---- */

json_t *wh_json_real(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *wh_json_text(const char *bytes) {
    json_t *string = json_string(bytes);
    if (string)
        return string;
    struct wh_buf clean = {0};
    wh_str_clean(&clean, bytes, strlen(bytes));
    string = json_string(clean.failed ? "" : clean.data);
    wh_buf_free(&clean);
    return string;
}

json_t *wh_json_word(const struct wh_session *session, uint32_t id) {
    return wh_json_text(wh_embed_word(wh_session_embed(session), id));
}

json_t *wh_json_integer(uint64_t value) {
    return json_integer((json_int_t)value);
}

void wh_json_set(json_t *object, const char *key, json_t *value) {
    json_object_set_new(object, key, value);
}

void wh_json_set_interval(json_t *object, struct wh_interval interval) {
    wh_json_set(object, "lo", wh_json_real(interval.lo));
    wh_json_set(object, "hi", wh_json_real(interval.hi));
}

/* What every object begins with. */
json_t *wh_json_begin(const struct wh_session *session, const char *schema) {
    json_t *object = json_object();
    wh_json_set(object, "schema", json_string(schema));
    if (session) {
        const struct wh_embed *embed = wh_session_embed(session);
        wh_json_set(object, "embedding", wh_json_text(wh_embed_name(embed)));
        wh_json_set(object, "words", wh_json_integer(wh_embed_words(embed)));
        wh_json_set(object, "dim", wh_json_integer(wh_embed_dim(embed)));
    }
    return object;
}

enum wh_status wh_json_finish(FILE *out, json_t *object) {
    char *line = object ? json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    json_decref(object);
    if (!line)
        return wh_fail(WH_NOMEM, "out of memory");
    wh_json_line(out, line);
    free(line);
    return wh_out_check(out);
}

/* ---- mechanisms ---- */

static json_t *parameters(const struct wh_mech_facts *facts) {
    json_t *object = json_object();
    const struct wh_mech *mech = facts->spec.mech;
    for (int i = 0; i < WH_PARAM_MAX && mech->params[i].name; i++)
        if (strcmp(mech->params[i].name, "epsilon") != 0)
            wh_json_set(object, mech->params[i].name, wh_json_real(facts->spec.values[i]));
    for (size_t i = 0; i < facts->figure_count; i++)
        wh_json_set(object, facts->figures[i].name, wh_json_real(facts->figures[i].value));
    return object;
}

static json_t *guarantee(const struct wh_guarantee *guarantee) {
    json_t *object = json_object();
    wh_json_set(object, "label", json_string(wh_label_name(guarantee->label)));
    if (!isnan(guarantee->loss_per_distance))
        wh_json_set(object, "loss_per_distance", wh_json_real(guarantee->loss_per_distance));
    if (!isnan(guarantee->loss_constant))
        wh_json_set(object, "loss_constant", wh_json_real(guarantee->loss_constant));
    wh_json_set(object, "metric", json_string(guarantee->metric));
    wh_json_set(object, "note", json_string(guarantee->note));
    return object;
}

void wh_json_set_mech(json_t *object, const struct wh_mech_facts *facts) {
    wh_json_set(object, "mech", json_string(facts->spec.mech->name));
    wh_json_set(object, "epsilon", wh_json_real(facts->epsilon));
    wh_json_set(object, "parameters", parameters(facts));
    wh_json_set(object, "guarantee", guarantee(&facts->guarantee));
}
