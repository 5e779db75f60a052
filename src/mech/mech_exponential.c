/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mech_exponential.c - the exponential mechanism over the whole vocabulary, P(u|w) proportional to
 * e^{-(epsilon/2) d(w,u)}.
 *
 * The law of SanText: Yue, Du, Wang, Li, Sun, Chow: Differential Privacy for Text Analytics via Natural
 * Text Sanitization, Findings of ACL 2021. Departure: all distances are exact and over all coordinates.
 *
 * Proof of L(d) = epsilon d: d(w',u) - d(w,u) <= d(w,w') bounds the ratio of the numerators by
 * e^{epsilon d / 2}; the normalising sums differ by the same factor at most.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/round.h"
#include "mech/law.h"
#include "rng/sample.h"

enum { EPSILON };

struct exponential {
    const struct wh_near *near;
    uint32_t words;
    double epsilon;
};

/* By id. The sums run in id order in double: with |W| terms in [0,1] their relative error is below
 * |W| 2^-53, far under what draws could show. */
struct site {
    double *cumulative;
};

static enum wh_status open_exponential(const struct wh_mech_env *env, double *values,
                                       void **state) {
    struct exponential *made;
    if (WH_ALLOC(made, 1) != WH_OK)
        return WH_NOMEM;
    *made = (struct exponential){env->near, wh_embed_words(wh_near_embed(env->near)),
                                 values[EPSILON]};
    *state = made;
    return WH_OK;
}

static void guarantee(const void *state, struct wh_guarantee *guarantee) {
    const struct exponential *exponential = state;
    *guarantee = (struct wh_guarantee){WH_LABEL_PROVEN, "euclidean", exponential->epsilon, NAN,
                                       "pure metric privacy: holds for every pair of words"};
}

static double loss(const void *state, double distance) {
    const struct exponential *exponential = state;
    return wh_round_up(exponential->epsilon * distance, 1);
}

static size_t figures(const void *state, struct wh_figure *figures) {
    const struct exponential *exponential = state;
    figures[0] = (struct wh_figure){"decay_length", "distance", 2 / exponential->epsilon};
    return 1;
}

static void site_close(void *state) {
    struct site *site = state;
    free(site->cumulative);
    free(site);
}

static enum wh_status site_open(const void *state, uint32_t word, void **out) {
    enum wh_status status = WH_OK;
    const struct exponential *exponential = state;
    struct site *site = NULL;
    double sum = 0;
    WH_TRY(WH_ALLOC(site, 1));
    WH_TRY(WH_ALLOC(site->cumulative, exponential->words));
    wh_near_distances(exponential->near, word, site->cumulative);
    for (uint32_t id = 0; id < exponential->words; id++)
        site->cumulative[id] = sum += exp(-exponential->epsilon / 2 * site->cumulative[id]);
    *out = site;
    site = NULL;
out:
    if (site)
        site_close(site);
    return status;
}

static size_t site_bytes(const void *state) {
    const struct exponential *exponential = state;
    return sizeof(struct site) + exponential->words * sizeof(double);
}

static uint32_t draw_one(const struct exponential *exponential, const struct site *site,
                         const struct wh_draws *draws, size_t t) {
    struct wh_rng rng;
    wh_rng_open(draws->lane, draws->first + t, &rng);
    return wh_sample_cumulative(&rng, site->cumulative, exponential->words);
}

static enum wh_status draw(const void *state, const void *site, uint32_t word,
                           const struct wh_draws *draws, uint32_t *out) {
    (void)word;
    for (size_t t = 0; t < draws->count; t++)
        out[t] = draw_one(state, site, draws, t);
    return WH_OK;
}

static enum wh_status trace(const void *state, const void *site, uint32_t word,
                            const struct wh_draws *draws, struct wh_trace *trace, double *point) {
    (void)word;
    (void)point;
    trace->output = draw_one(state, site, draws, 0);
    return WH_OK;
}

static enum wh_status law(const void *state, const void *site, uint32_t word,
                          struct wh_law *law) {
    const struct exponential *exponential = state;
    enum wh_status status = wh_law_ranked(exponential->near, word, law);
    (void)site;
    if (status != WH_OK)
        return status;
    for (uint32_t i = 0; i < law->count; i++)
        law->log_p[i] = -exponential->epsilon / 2 * law->distances[i];
    double total = wh_log_sum(law->log_p, law->count);
    for (uint32_t i = 0; i < law->count; i++)
        law->log_p[i] -= total;
    law->mass = wh_law_total(law);
    return WH_OK;
}

const struct wh_mech wh_mech_exponential = {
    .name = "exponential",
    .title = "exponential mechanism",
    .brief = "exponential",
    .paper = "Yue, Du, Wang, Li, Sun, Chow: Differential Privacy for Text Analytics via Natural Text "
             "Sanitization, Findings of ACL 2021 (SanText)",
    .departure = "distances are exact and over all coordinates",
    .method = "Output word u with probability proportional to e^(-(epsilon/2) d(w,u)), over the whole "
              "vocabulary.",
    .law_text = "P(u|w) = e^(-(epsilon/2) d(w,u)) / sum_v e^(-(epsilon/2) d(w,v)), computed in the log "
                "domain. Proof of the bound: numerator and sum each change by a factor of at most "
                "e^(epsilon d/2), by the triangle inequality.",
    .label = WH_LABEL_PROVEN,
    .loss_text = "epsilon * d",
    .params = {{"epsilon", "1/distance", 1e-6, 1e6, 10, false, "privacy parameter"}},
    .open = open_exponential,
    .close = free,
    .guarantee = guarantee,
    .loss = loss,
    .figures = figures,
    .site_open = site_open,
    .site_close = site_close,
    .site_bytes = site_bytes,
    .draw = draw,
    .trace = trace,
    .law = law,
};
