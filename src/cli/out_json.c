/* SPDX-License-Identifier: GPL-3.0-or-later */
/* out_json.c - results as JSON Lines, keys as in the manual. */
#include <math.h>

#include "cli/json_parts.h"
#include "cli/out.h"

static json_t *place(const struct wh_session *session, uint32_t id, uint32_t rank,
                     double distance) {
    json_t *object = json_object();
    wh_json_set(object, "rank", wh_json_integer(rank));
    wh_json_set(object, "word", wh_json_word(session, id));
    wh_json_set(object, "distance", wh_json_real(distance));
    return object;
}

enum wh_status wh_json_near(FILE *out, const struct wh_session *session,
                            const struct wh_near_result *result) {
    json_t *object = wh_json_begin(session, "wordhaze.near/1"), *list = json_array();
    wh_json_set(object, "word",
                result->composed ? wh_json_text(result->composed)
                                 : wh_json_word(session, result->word));
    wh_json_set(object, "from", json_string(result->composed ? "n-grams" : "vocabulary"));
    for (uint32_t i = 0; i < result->count; i++)
        json_array_append_new(
            list, place(session, result->items[i].id, i + 1, result->items[i].distance));
    wh_json_set(object, "neighbours", list);
    return wh_json_finish(out, object);
}

enum wh_status wh_json_law(FILE *out, const struct wh_session *session,
                           const struct wh_law_result *result) {
    json_t *object = wh_json_begin(session, "wordhaze.law/1"), *list = json_array();
    wh_json_set(object, "word", wh_json_word(session, result->word));
    wh_json_set_mech(object, &result->mech);
    for (uint32_t i = 0; i < result->count; i++) {
        const struct wh_law_item *item = &result->items[i];
        json_t *one = json_object();
        wh_json_set(one, "word", wh_json_word(session, item->id));
        wh_json_set(one, "rank", wh_json_integer(item->rank));
        wh_json_set(one, "distance", wh_json_real(item->distance));
        wh_json_set(one, "p", wh_json_real(item->p));
        json_array_append_new(list, one);
    }
    wh_json_set(object, "law", list);
    wh_json_set(object, "mass", wh_json_real(result->mass));
    wh_json_set(object, "unchanged", wh_json_real(result->unchanged));
    wh_json_set(object, "entropy_nats", wh_json_real(result->entropy));
    wh_json_set(object, "mean_distance", wh_json_real(result->mean_distance));
    return wh_json_finish(out, object);
}

static json_t *sim_item(const struct wh_session *session, const struct wh_sim_item *item) {
    json_t *one = json_object();
    wh_json_set(one, "word", wh_json_word(session, item->id));
    wh_json_set(one, "rank", wh_json_integer(item->rank));
    wh_json_set(one, "distance", wh_json_real(item->distance));
    wh_json_set(one, "count", wh_json_integer(item->count));
    wh_json_set(one, "p", wh_json_real(item->p.value));
    wh_json_set_interval(one, item->p);
    wh_json_set(one, "exact", wh_json_real(item->exact));
    return one;
}

static json_t *bands(const struct wh_sim_result *result) {
    json_t *object = json_object();
    for (int band = 0; band < WH_BAND_COUNT; band++) {
        json_t *one = json_object();
        wh_json_set(one, "p", wh_json_real(result->bands[band].value));
        wh_json_set_interval(one, result->bands[band]);
        wh_json_set(one, "exact", wh_json_real(result->bands_exact[band]));
        wh_json_set(object, wh_band_name((enum wh_band)band), one);
    }
    return object;
}

static json_t *chains(const struct wh_chain_facts *facts) {
    json_t *object = json_object();
    wh_json_set(object, "count", wh_json_integer(facts->count));
    wh_json_set(object, "steps", wh_json_integer(facts->length));
    wh_json_set(object, "acceptance", wh_json_real(facts->acceptance));
    wh_json_set(object, "effective_size", wh_json_real(facts->effective_size));
    wh_json_set(object, "rhat", wh_json_real(facts->rhat));
    wh_json_set(object, "converged", json_boolean(facts->converged));
    return object;
}

enum wh_status wh_json_sim(FILE *out, const struct wh_session *session,
                           const struct wh_sim_result *result) {
    json_t *object = wh_json_begin(session, "wordhaze.sim/1"), *list = json_array();
    json_t *unchanged = json_object(), *mean = json_object();
    wh_json_set(object, "word", wh_json_word(session, result->word));
    wh_json_set_mech(object, &result->mech);
    wh_json_set(object, "trials", wh_json_integer(result->trials));
    wh_json_set(object, "seeded", json_boolean(result->seeded));
    wh_json_set(
        unchanged, "count",
        wh_json_integer((uint64_t)llround(result->unchanged.value * (double)result->trials)));
    wh_json_set(unchanged, "p", wh_json_real(result->unchanged.value));
    wh_json_set_interval(unchanged, result->unchanged);
    wh_json_set(unchanged, "exact", wh_json_real(result->unchanged_exact));
    wh_json_set(object, "unchanged", unchanged);
    wh_json_set(object, "distinct", wh_json_integer(result->distinct));
    wh_json_set(object, "distinct_other", wh_json_integer(result->distinct_other));
    wh_json_set(mean, "value", wh_json_real(result->mean_distance.value));
    wh_json_set_interval(mean, result->mean_distance);
    wh_json_set(mean, "exact", wh_json_real(result->mean_distance_exact));
    wh_json_set(object, "mean_distance", mean);
    wh_json_set(object, "bands", bands(result));
    if (result->chains.count)
        wh_json_set(object, "chains", chains(&result->chains));
    for (uint32_t i = 0; i < result->count; i++)
        json_array_append_new(list, sim_item(session, &result->items[i]));
    wh_json_set(object, "outputs", list);
    return wh_json_finish(out, object);
}

enum wh_status wh_json_density(FILE *out, const struct wh_session *session, uint32_t id,
                               const struct wh_density *density) {
    json_t *object = wh_json_begin(session, "wordhaze.density/1");
    wh_json_set(object, "word", wh_json_word(session, id));
    wh_json_set(object, "k", wh_json_integer(density->k));
    wh_json_set(object, "radius", wh_json_real(density->radius));
    wh_json_set(object, "radius_percentile", wh_json_real(density->radius_percentile));
    wh_json_set(object, "knn_log_density", wh_json_real(density->knn_log_density));
    wh_json_set(object, "kde_log_density", wh_json_real(density->kde_log_density));
    wh_json_set(object, "kde_percentile", wh_json_real(density->kde_percentile));
    wh_json_set(object, "bandwidth", wh_json_real(density->bandwidth));
    wh_json_set(object, "lid", wh_json_real(density->lid));
    wh_json_set(object, "lid_k", wh_json_integer(density->lid_k));
    wh_json_set(object, "nearest", wh_json_real(density->nn_distance));
    return wh_json_finish(out, object);
}

enum wh_status wh_json_picture(FILE *out, const struct wh_session *session,
                               const struct wh_map_picture *picture) {
    json_t *object = wh_json_begin(session, "wordhaze.project/1"), *list = json_array();
    wh_json_set(object, "word", wh_json_word(session, picture->word));
    wh_json_set(object, "method", json_string(wh_map_name(picture->method)));
    for (uint32_t i = 0; i < picture->count; i++) {
        const struct wh_point *point = &picture->points[i];
        json_t *one = json_object();
        wh_json_set(one, "word", wh_json_word(session, point->id));
        wh_json_set(one, "rank", wh_json_integer(point->rank));
        wh_json_set(one, "distance", wh_json_real(point->distance));
        wh_json_set(one, "x", wh_json_real(point->x));
        wh_json_set(one, "y", wh_json_real(point->y));
        json_array_append_new(list, one);
    }
    wh_json_set(object, "points", list);
    wh_json_set(object, "variance_kept", wh_json_real(picture->variance_kept));
    wh_json_set(object, "neighbours_kept", wh_json_integer(picture->neighbours_kept));
    wh_json_set(object, "neighbours_kept_of", wh_json_integer(picture->kept_of));
    wh_json_set(object, "stress", wh_json_real(picture->stress));
    return wh_json_finish(out, object);
}

static json_t *pair(const struct wh_session *session, const uint32_t ids[2], bool known) {
    if (!known)
        return json_null();
    json_t *list = json_array();
    json_array_append_new(list, wh_json_word(session, ids[0]));
    json_array_append_new(list, wh_json_word(session, ids[1]));
    return list;
}

static json_t *summary(const struct wh_embed_summary *summary) {
    json_t *object = json_object();
    wh_json_set(object, "rows", wh_json_integer(summary->rows));
    wh_json_set(object, "duplicate_words", wh_json_integer(summary->duplicates));
    wh_json_set(object, "nonfinite", wh_json_integer(summary->nonfinite));
    wh_json_set(object, "zero", wh_json_integer(summary->zero));
    wh_json_set(object, "ragged", wh_json_integer(summary->ragged));
    wh_json_set(object, "not_utf8", wh_json_integer(summary->bad_utf8));
    return object;
}

enum wh_status wh_json_info(FILE *out, const struct wh_session *session) {
    json_t *object = wh_json_begin(session, "wordhaze.info/1");
    const struct wh_embed *embed = wh_session_embed(session);
    const struct wh_derived *derived = wh_embed_derived(embed);
    bool known = derived->nn_distance != NULL;
    double words = wh_embed_words(embed);
    wh_json_set(object, "format", json_string(wh_embed_format(embed)));
    wh_json_set(object, "checksum", json_string(wh_embed_checksum(embed)));
    wh_json_set(object, "delta_min", known ? wh_json_real(derived->delta_min) : json_null());
    wh_json_set(object, "delta_max", known ? wh_json_real(derived->delta_max) : json_null());
    wh_json_set(object, "delta_exact", json_boolean(known));
    wh_json_set(object, "closest", pair(session, derived->closest, known));
    wh_json_set(object, "farthest", pair(session, derived->farthest, known));
    wh_json_set(object, "epsilon_min_tgm",
                known ? wh_json_real((5 + 2 * log(words)) / derived->delta_min) : json_null());
    wh_json_set(object, "duplicates",
                known ? wh_json_integer(derived->duplicate_pairs) : json_null());
    wh_json_set(object, "median_nn_distance",
                known ? wh_json_real(derived->median_nn) : json_null());
    wh_json_set(object, "source", wh_json_text(wh_embed_source(embed)));
    wh_json_set(object, "license", wh_json_text(wh_embed_license(embed)));
    wh_json_set(object, "loader", summary(wh_embed_summary(embed)));
    return wh_json_finish(out, object);
}

enum wh_status wh_json_cache(FILE *out, const char *folder, const struct wh_cache_facts *facts,
                             uint64_t bound) {
    json_t *object = wh_json_begin(NULL, "wordhaze.cache/1");
    wh_json_set(object, "folder", *folder ? wh_json_text(folder) : json_null());
    wh_json_set(object, "entries", wh_json_integer(facts->entries));
    wh_json_set(object, "unfinished", wh_json_integer(facts->unfinished));
    wh_json_set(object, "bytes", wh_json_integer(facts->bytes));
    wh_json_set(object, "bound", wh_json_integer(bound));
    return wh_json_finish(out, object);
}

enum wh_status wh_json_mech(FILE *out, const struct wh_mech *mech) {
    json_t *object = wh_json_begin(NULL, "wordhaze.mechs/1"), *list = json_array();
    wh_json_set(object, "name", json_string(mech->name));
    wh_json_set(object, "title", json_string(mech->title));
    wh_json_set(object, "label", json_string(wh_label_name(mech->label)));
    wh_json_set(object, "loss", json_string(mech->loss_text));
    wh_json_set(object, "exact_law", json_boolean(mech->law != NULL));
    wh_json_set(object, "paper", json_string(mech->paper));
    wh_json_set(object, "departure", json_string(mech->departure));
    for (int i = 0; i < WH_PARAM_MAX && mech->params[i].name; i++) {
        const struct wh_param *param = &mech->params[i];
        json_t *one = json_object();
        wh_json_set(one, "name", json_string(param->name));
        wh_json_set(one, "unit", json_string(param->unit));
        wh_json_set(one, "min", wh_json_real(param->min));
        wh_json_set(one, "max", wh_json_real(param->max));
        wh_json_set(one, "default", wh_json_real(param->fallback));
        wh_json_set(one, "help", json_string(param->help));
        json_array_append_new(list, one);
    }
    wh_json_set(object, "parameters", list);
    return wh_json_finish(out, object);
}

enum wh_status wh_json_report(FILE *out, const struct wh_session *session,
                              const struct wh_perturb_report *report) {
    json_t *object = wh_json_begin(session, "wordhaze.perturb/1");
    wh_json_set_mech(object, &report->mech);
    wh_json_set(object, "seeded", json_boolean(report->seeded));
    wh_json_set(object, "records", wh_json_integer(report->records));
    wh_json_set(object, "words_replaced", wh_json_integer(report->words));
    wh_json_set(object, "out_of_vocabulary", wh_json_integer(report->out_of_vocabulary));
    wh_json_set(object, "unchanged", wh_json_integer(report->unchanged));
    wh_json_set(object, "stopwords_kept", wh_json_integer(report->stopwords_kept));
    wh_json_set(object, "longest_record_words", wh_json_integer(report->longest_record));
    wh_json_set(object, "longest_record_loss", wh_json_real(report->longest_loss));
    return wh_json_finish(out, object);
}
