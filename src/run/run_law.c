/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run_law.c - the exact law of a word under a mechanism, and what it amounts to. Sums run by rank
 * for the words a law lists and by id for the rest, so they are the same every time.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "run/run_private.h"

double wh_law_log_p_at(const struct wh_law *law, uint32_t rank) {
    return rank < law->count ? law->log_p[rank] : law->rest_log_p;
}

static void add_listed(const struct wh_law *law, struct wh_law_figures *figures) {
    for (uint32_t rank = 0; rank < law->count; rank++) {
        double log_p = law->log_p[rank], p = exp(log_p);
        figures->mean_distance += p * law->distances[rank];
        figures->bands[wh_band_of(rank)] += p;
        if (p > 0)
            figures->entropy -= p * log_p;
    }
}

static void add_rest(const struct wh_law *law, const struct wh_ranking *ranking,
                     struct wh_law_figures *figures) {
    double p = exp(law->rest_log_p), distances = 0;
    uint32_t in_band[WH_BAND_COUNT] = {0};
    if (!law->rest_count || !(p > 0))
        return;
    for (uint32_t id = 0; id < ranking->words; id++) {
        if (ranking->ranks[id] < law->count)
            continue;
        distances += ranking->distances[id];
        in_band[wh_band_of(ranking->ranks[id])]++;
    }
    figures->mean_distance += p * distances;
    figures->entropy -= law->rest_count * p * law->rest_log_p;
    for (int band = 0; band < WH_BAND_COUNT; band++)
        figures->bands[band] += p * in_band[band];
}

void wh_law_figures_take(const struct wh_law *law, const struct wh_ranking *ranking,
                         struct wh_law_figures *figures) {
    *figures = (struct wh_law_figures){.unchanged = exp(wh_law_log_p_at(law, 0))};
    add_listed(law, figures);
    add_rest(law, ranking, figures);
}

static int by_p(const void *a, const void *b) {
    const struct wh_law_item *x = a, *y = b;
    if (x->p != y->p)
        return x->p > y->p ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Words with p >= min_p, those with no probability at all never. */
static enum wh_status list_items(const struct wh_ranking *ranking, double min_p,
                                 struct wh_law_result *result) {
    uint32_t count = 0;
    for (int pass = 0; pass < 2; pass++) {
        if (pass && WH_ALLOC(result->items, (size_t)count + 1) != WH_OK)
            return WH_NOMEM;
        count = 0;
        for (uint32_t id = 0; id < ranking->words; id++) {
            double p = exp(wh_law_log_p_at(&result->law, ranking->ranks[id]));
            if (!(p > 0) || p < min_p)
                continue;
            if (pass)
                result->items[count] =
                    (struct wh_law_item){id, ranking->ranks[id], ranking->distances[id], p};
            count++;
        }
    }
    result->count = count;
    qsort(result->items, count, sizeof *result->items, by_p);
    return WH_OK;
}

enum wh_status wh_run_law(const struct wh_session *session, uint32_t word,
                          const struct wh_mech_spec *spec, double min_p,
                          struct wh_law_result *result) {
    enum wh_status status;
    struct wh_mechanism *mechanism = NULL;
    struct wh_site *site = NULL;
    struct wh_ranking ranking = {0};
    struct wh_law_figures figures;
    *result = (struct wh_law_result){.word = word};
    WH_TRY(wh_session_mechanism(session, spec, &mechanism));
    wh_mech_facts_of(mechanism, &result->mech);
    WH_TRY(wh_site_open(mechanism, word, &site));
    WH_TRY(wh_site_law(site, &result->law));
    WH_TRY(wh_ranking_open(wh_session_near(session), word, &ranking));
    wh_law_figures_take(&result->law, &ranking, &figures);
    result->mass = result->law.mass;
    result->unchanged = figures.unchanged;
    result->entropy = figures.entropy;
    result->mean_distance = figures.mean_distance;
    for (int band = 0; band < WH_BAND_COUNT; band++)
        result->bands[band] = figures.bands[band];
    WH_TRY(list_items(&ranking, min_p, result));
out:
    wh_ranking_close(&ranking);
    wh_site_close(site);
    wh_mechanism_close(mechanism);
    if (status != WH_OK)
        wh_law_result_close(result);
    return status;
}

void wh_law_result_close(struct wh_law_result *result) {
    wh_law_close(&result->law);
    free(result->items);
    *result = (struct wh_law_result){0};
}
