/* SPDX-License-Identifier: GPL-3.0-or-later */
/* out_json.c - results as JSON Lines, keys as in the manual. */
#include <errno.h>
#include <jansson.h>
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

static json_t *real(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *text(const char *bytes) {
    json_t *string = json_string(bytes);
    if (string)
        return string;
    struct wh_buf clean = {0};
    wh_str_clean(&clean, bytes, strlen(bytes));
    string = json_string(clean.failed ? "" : clean.data);
    wh_buf_free(&clean);
    return string;
}

static json_t *word(const struct wh_session *session, uint32_t id) {
    return text(wh_embed_word(wh_session_embed(session), id));
}

static json_t *integer(uint64_t value) {
    return json_integer((json_int_t)value);
}

static void set(json_t *object, const char *key, json_t *value) {
    json_object_set_new(object, key, value);
}

static void set_interval(json_t *object, struct wh_interval interval) {
    set(object, "lo", real(interval.lo));
    set(object, "hi", real(interval.hi));
}

/* What every object begins with. */
static json_t *begin(const struct wh_session *session, const char *schema) {
    json_t *object = json_object();
    set(object, "schema", json_string(schema));
    if (session) {
        const struct wh_embed *embed = wh_session_embed(session);
        set(object, "embedding", text(wh_embed_name(embed)));
        set(object, "words", integer(wh_embed_words(embed)));
        set(object, "dim", integer(wh_embed_dim(embed)));
    }
    return object;
}

static enum wh_status finish(FILE *out, json_t *object) {
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
            set(object, mech->params[i].name, real(facts->spec.values[i]));
    for (size_t i = 0; i < facts->figure_count; i++)
        set(object, facts->figures[i].name, real(facts->figures[i].value));
    return object;
}

static json_t *guarantee(const struct wh_guarantee *guarantee) {
    json_t *object = json_object();
    set(object, "label", json_string(wh_label_name(guarantee->label)));
    if (!isnan(guarantee->loss_per_distance))
        set(object, "loss_per_distance", real(guarantee->loss_per_distance));
    if (!isnan(guarantee->loss_constant))
        set(object, "loss_constant", real(guarantee->loss_constant));
    set(object, "metric", json_string(guarantee->metric));
    set(object, "note", json_string(guarantee->note));
    return object;
}

static void set_mech(json_t *object, const struct wh_mech_facts *facts) {
    set(object, "mech", json_string(facts->spec.mech->name));
    set(object, "epsilon", real(facts->epsilon));
    set(object, "parameters", parameters(facts));
    set(object, "guarantee", guarantee(&facts->guarantee));
}

/* ---- results ---- */

static json_t *place(const struct wh_session *session, uint32_t id, uint32_t rank,
                     double distance) {
    json_t *object = json_object();
    set(object, "rank", integer(rank));
    set(object, "word", word(session, id));
    set(object, "distance", real(distance));
    return object;
}

enum wh_status wh_json_near(FILE *out, const struct wh_session *session,
                            const struct wh_near_result *result) {
    json_t *object = begin(session, "wordhaze.near/1"), *list = json_array();
    set(object, "word", word(session, result->word));
    for (uint32_t i = 0; i < result->count; i++)
        json_array_append_new(
            list, place(session, result->items[i].id, i + 1, result->items[i].distance));
    set(object, "neighbours", list);
    return finish(out, object);
}

enum wh_status wh_json_law(FILE *out, const struct wh_session *session,
                           const struct wh_law_result *result) {
    json_t *object = begin(session, "wordhaze.law/1"), *list = json_array();
    set(object, "word", word(session, result->word));
    set_mech(object, &result->mech);
    for (uint32_t i = 0; i < result->count; i++) {
        const struct wh_law_item *item = &result->items[i];
        json_t *one = json_object();
        set(one, "word", word(session, item->id));
        set(one, "rank", integer(item->rank));
        set(one, "distance", real(item->distance));
        set(one, "p", real(item->p));
        json_array_append_new(list, one);
    }
    set(object, "law", list);
    set(object, "mass", real(result->mass));
    set(object, "unchanged", real(result->unchanged));
    set(object, "entropy_nats", real(result->entropy));
    set(object, "mean_distance", real(result->mean_distance));
    return finish(out, object);
}

static json_t *sim_item(const struct wh_session *session, const struct wh_sim_item *item) {
    json_t *one = json_object();
    set(one, "word", word(session, item->id));
    set(one, "rank", integer(item->rank));
    set(one, "distance", real(item->distance));
    set(one, "count", integer(item->count));
    set(one, "p", real(item->p.value));
    set_interval(one, item->p);
    set(one, "exact", real(item->exact));
    return one;
}

static json_t *bands(const struct wh_sim_result *result) {
    json_t *object = json_object();
    for (int band = 0; band < WH_BAND_COUNT; band++) {
        json_t *one = json_object();
        set(one, "p", real(result->bands[band].value));
        set_interval(one, result->bands[band]);
        set(one, "exact", real(result->bands_exact[band]));
        set(object, wh_band_name((enum wh_band)band), one);
    }
    return object;
}

enum wh_status wh_json_sim(FILE *out, const struct wh_session *session,
                           const struct wh_sim_result *result) {
    json_t *object = begin(session, "wordhaze.sim/1"), *list = json_array();
    json_t *unchanged = json_object(), *mean = json_object();
    set(object, "word", word(session, result->word));
    set_mech(object, &result->mech);
    set(object, "trials", integer(result->trials));
    set(object, "seeded", json_boolean(result->seeded));
    set(unchanged, "count",
        integer((uint64_t)llround(result->unchanged.value * (double)result->trials)));
    set(unchanged, "p", real(result->unchanged.value));
    set_interval(unchanged, result->unchanged);
    set(unchanged, "exact", real(result->unchanged_exact));
    set(object, "unchanged", unchanged);
    set(object, "distinct", integer(result->distinct));
    set(object, "distinct_other", integer(result->distinct_other));
    set(mean, "value", real(result->mean_distance.value));
    set_interval(mean, result->mean_distance);
    set(mean, "exact", real(result->mean_distance_exact));
    set(object, "mean_distance", mean);
    set(object, "bands", bands(result));
    for (uint32_t i = 0; i < result->count; i++)
        json_array_append_new(list, sim_item(session, &result->items[i]));
    set(object, "outputs", list);
    return finish(out, object);
}

enum wh_status wh_json_density(FILE *out, const struct wh_session *session, uint32_t id,
                               const struct wh_density *density) {
    json_t *object = begin(session, "wordhaze.density/1");
    set(object, "word", word(session, id));
    set(object, "k", integer(density->k));
    set(object, "radius", real(density->radius));
    set(object, "radius_percentile", real(density->radius_percentile));
    set(object, "knn_log_density", real(density->knn_log_density));
    set(object, "kde_log_density", real(density->kde_log_density));
    set(object, "kde_percentile", real(density->kde_percentile));
    set(object, "bandwidth", real(density->bandwidth));
    set(object, "lid", real(density->lid));
    set(object, "lid_k", integer(density->lid_k));
    set(object, "nearest", real(density->nn_distance));
    return finish(out, object);
}

enum wh_status wh_json_picture(FILE *out, const struct wh_session *session,
                               const struct wh_map_picture *picture) {
    json_t *object = begin(session, "wordhaze.project/1"), *list = json_array();
    set(object, "word", word(session, picture->word));
    set(object, "method", json_string(wh_map_name(picture->method)));
    for (uint32_t i = 0; i < picture->count; i++) {
        const struct wh_point *point = &picture->points[i];
        json_t *one = json_object();
        set(one, "word", word(session, point->id));
        set(one, "rank", integer(point->rank));
        set(one, "distance", real(point->distance));
        set(one, "x", real(point->x));
        set(one, "y", real(point->y));
        json_array_append_new(list, one);
    }
    set(object, "points", list);
    set(object, "variance_kept", real(picture->variance_kept));
    set(object, "neighbours_kept", integer(picture->neighbours_kept));
    set(object, "neighbours_kept_of", integer(picture->kept_of));
    set(object, "stress", real(picture->stress));
    return finish(out, object);
}

static json_t *pair(const struct wh_session *session, const uint32_t ids[2], bool known) {
    if (!known)
        return json_null();
    json_t *list = json_array();
    json_array_append_new(list, word(session, ids[0]));
    json_array_append_new(list, word(session, ids[1]));
    return list;
}

static json_t *summary(const struct wh_embed_summary *summary) {
    json_t *object = json_object();
    set(object, "rows", integer(summary->rows));
    set(object, "duplicate_words", integer(summary->duplicates));
    set(object, "nonfinite", integer(summary->nonfinite));
    set(object, "zero", integer(summary->zero));
    set(object, "ragged", integer(summary->ragged));
    set(object, "not_utf8", integer(summary->bad_utf8));
    return object;
}

enum wh_status wh_json_info(FILE *out, const struct wh_session *session) {
    json_t *object = begin(session, "wordhaze.info/1");
    const struct wh_embed *embed = wh_session_embed(session);
    const struct wh_derived *derived = wh_embed_derived(embed);
    bool known = derived->nn_distance != NULL;
    double words = wh_embed_words(embed);
    set(object, "format", json_string(wh_embed_format(embed)));
    set(object, "checksum", json_string(wh_embed_checksum(embed)));
    set(object, "delta_min", known ? real(derived->delta_min) : json_null());
    set(object, "delta_max", known ? real(derived->delta_max) : json_null());
    set(object, "delta_exact", json_boolean(known));
    set(object, "closest", pair(session, derived->closest, known));
    set(object, "farthest", pair(session, derived->farthest, known));
    set(object, "epsilon_min_tgm",
        known ? real((5 + 2 * log(words)) / derived->delta_min) : json_null());
    set(object, "duplicates", known ? integer(derived->duplicate_pairs) : json_null());
    set(object, "median_nn_distance", known ? real(derived->median_nn) : json_null());
    set(object, "source", text(wh_embed_source(embed)));
    set(object, "license", text(wh_embed_license(embed)));
    set(object, "loader", summary(wh_embed_summary(embed)));
    return finish(out, object);
}

enum wh_status wh_json_mech(FILE *out, const struct wh_mech *mech) {
    json_t *object = begin(NULL, "wordhaze.mechs/1"), *list = json_array();
    set(object, "name", json_string(mech->name));
    set(object, "title", json_string(mech->title));
    set(object, "label", json_string(wh_label_name(mech->label)));
    set(object, "loss", json_string(mech->loss_text));
    set(object, "exact_law", json_boolean(mech->law != NULL));
    set(object, "paper", json_string(mech->paper));
    set(object, "departure", json_string(mech->departure));
    for (int i = 0; i < WH_PARAM_MAX && mech->params[i].name; i++) {
        const struct wh_param *param = &mech->params[i];
        json_t *one = json_object();
        set(one, "name", json_string(param->name));
        set(one, "unit", json_string(param->unit));
        set(one, "min", real(param->min));
        set(one, "max", real(param->max));
        set(one, "default", real(param->fallback));
        set(one, "help", json_string(param->help));
        json_array_append_new(list, one);
    }
    set(object, "parameters", list);
    return finish(out, object);
}

enum wh_status wh_json_report(FILE *out, const struct wh_session *session,
                              const struct wh_perturb_report *report) {
    json_t *object = begin(session, "wordhaze.perturb/1");
    set_mech(object, &report->mech);
    set(object, "seeded", json_boolean(report->seeded));
    set(object, "records", integer(report->records));
    set(object, "words_replaced", integer(report->words));
    set(object, "out_of_vocabulary", integer(report->out_of_vocabulary));
    set(object, "unchanged", integer(report->unchanged));
    set(object, "stopwords_kept", integer(report->stopwords_kept));
    set(object, "longest_record_words", integer(report->longest_record));
    set(object, "longest_record_loss", real(report->longest_loss));
    return finish(out, object);
}
