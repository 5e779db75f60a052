/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mech_exponential.c - the exponential mechanism over the whole vocabulary, P(u|w) proportional to
 * e^{-(epsilon/2) d(w,u)}.
 *
 * The law of SanText: Yue, Du, Wang, Li, Sun, Chow: Differential Privacy for Text Analytics via
 * Natural Text Sanitization, Findings of ACL 2021. Departure: all distances are exact and over all
 * coordinates.
 *
 * Proof of L(d) = epsilon d: d(w',u) - d(w,u) <= d(w,w') bounds the ratio of the numerators by
 * e^{epsilon d / 2}; the normalising sums differ by the same factor at most.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/round.h"
#include "mech/explicit_law.h"

enum { EPSILON };

struct exponential {
    struct wh_explicit explicit; /* first: explicit_law.h works on it */
    double epsilon;
};

static double log_weight(const void *state, uint32_t u, double d, uint32_t rank) {
    const struct exponential *exponential = state;
    (void)u;
    (void)rank;
    return -exponential->epsilon / 2 * d;
}

static enum wh_status open_exponential(const struct wh_mech_env *env, double *values,
                                       void **state) {
    struct exponential *made;
    if (WH_ALLOC(made, 1) != WH_OK)
        return WH_NOMEM;
    *made = (struct exponential){
        {env->near, wh_embed_words(wh_near_embed(env->near)), log_weight, false}, values[EPSILON]};
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

const struct wh_mech wh_mech_exponential = {
    .name = "exponential",
    .title = "exponential mechanism",
    .brief = "exponential",
    .paper =
        "Yue, Du, Wang, Li, Sun, Chow: Differential Privacy for Text Analytics via Natural Text "
        "Sanitization, Findings of ACL 2021 (SanText)",
    .departure = "distances are exact and over all coordinates",
    .method =
        "Output word u with probability proportional to e^(-(epsilon/2) d(w,u)), over the whole "
        "vocabulary.",
    .law_text =
        "P(u|w) = e^(-(epsilon/2) d(w,u)) / sum_v e^(-(epsilon/2) d(w,v)), computed in the log "
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
    .site_open = wh_explicit_site_open,
    .sites_open = wh_explicit_sites_open,
    .site_close = wh_explicit_site_close,
    .site_bytes = wh_explicit_site_bytes,
    .draw = wh_explicit_draw,
    .trace = wh_explicit_trace,
    .law = wh_explicit_law,
    .log_law = wh_explicit_log_law,
};
