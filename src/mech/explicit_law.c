/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explicit_law.c - see explicit_law.h. The cumulative weights are added in id order in double: with
 * |W| terms in [0,1] their relative error is below |W| 2^-53, far under what draws could show.
 */
#include "mech/explicit_law.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "mech/law.h"
#include "rng/sample.h"

struct site {
    double *cumulative; /* by id */
};

void wh_explicit_site_close(void *state) {
    struct site *site = state;
    if (!site)
        return;
    free(site->cumulative);
    free(site);
}

/* ln of the weight of every word by id. */
static enum wh_status log_weights(const struct wh_explicit *mechanism, uint32_t word,
                                  double *weights) {
    enum wh_status status = WH_OK;
    uint32_t *ranks = NULL;
    if (mechanism->ranked) {
        WH_TRY(WH_ALLOC(ranks, mechanism->words));
        WH_TRY(wh_near_ranks(mechanism->near, word, ranks));
    }
    wh_near_distances(mechanism->near, word, weights);
    for (uint32_t u = 0; u < mechanism->words; u++)
        weights[u] = mechanism->log_weight(mechanism, u, weights[u], ranks ? ranks[u] : 0);
out:
    free(ranks);
    return status;
}

static enum wh_status fill(const struct wh_explicit *mechanism, uint32_t word, double *weights) {
    double highest = -HUGE_VAL, sum = 0;
    enum wh_status status = log_weights(mechanism, word, weights);
    if (status != WH_OK)
        return status;
    for (uint32_t u = 0; u < mechanism->words; u++)
        highest = fmax(highest, weights[u]);
    for (uint32_t u = 0; u < mechanism->words; u++)
        weights[u] = sum += exp(weights[u] - highest);
    return WH_OK;
}

enum wh_status wh_explicit_site_open(const void *state, uint32_t word, void **out) {
    enum wh_status status = WH_OK;
    const struct wh_explicit *mechanism = state;
    struct site *site = NULL;
    WH_TRY(WH_ALLOC(site, 1));
    WH_TRY(WH_ALLOC(site->cumulative, mechanism->words));
    WH_TRY(fill(mechanism, word, site->cumulative));
    *out = site;
    site = NULL;
out:
    wh_explicit_site_close(site);
    return status;
}

size_t wh_explicit_site_bytes(const void *state) {
    const struct wh_explicit *mechanism = state;
    return sizeof(struct site) + mechanism->words * sizeof(double);
}

enum wh_status wh_explicit_draw(const void *state, const void *site_state, uint32_t word,
                                const struct wh_draws *draws, uint32_t *out) {
    const struct wh_explicit *mechanism = state;
    const struct site *site = site_state;
    (void)word;
    for (size_t t = 0; t < draws->count; t++) {
        struct wh_rng rng;
        wh_rng_open(draws->lane, draws->first + t, &rng);
        out[t] = wh_sample_cumulative(&rng, site->cumulative, mechanism->words);
    }
    return WH_OK;
}

enum wh_status wh_explicit_trace(const void *state, const void *site, uint32_t word,
                                 const struct wh_draws *draws, struct wh_trace *trace,
                                 double *point) {
    (void)point;
    return wh_explicit_draw(state, site, word, draws, &trace->output);
}

enum wh_status wh_explicit_law(const void *state, const void *site, uint32_t word,
                               struct wh_law *law) {
    const struct wh_explicit *mechanism = state;
    enum wh_status status = wh_law_ranked(mechanism->near, word, law);
    (void)site;
    if (status != WH_OK)
        return status;
    for (uint32_t rank = 0; rank < law->count; rank++)
        law->log_p[rank] =
            mechanism->log_weight(mechanism, law->ids[rank], law->distances[rank], rank);
    double total = wh_log_sum(law->log_p, law->count);
    for (uint32_t i = 0; i < law->count; i++)
        law->log_p[i] -= total;
    law->mass = wh_law_total(law);
    return WH_OK;
}

enum wh_status wh_explicit_log_law(const void *state, uint32_t word, enum wh_tails tails,
                                   double *log_p) {
    const struct wh_explicit *mechanism = state;
    enum wh_status status = log_weights(mechanism, word, log_p);
    (void)tails; /* a closed form knows them all */
    if (status != WH_OK)
        return status;
    double total = wh_log_sum(log_p, mechanism->words);
    for (uint32_t u = 0; u < mechanism->words; u++)
        log_p[u] -= total;
    return WH_OK;
}
