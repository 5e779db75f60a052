/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mech_density.c - the exponential mechanism with a public prior over words, their kernel density:
 * P(u|w) proportional to pi(u)^kappa e^{-(epsilon/2) d(w,u)}.
 *
 * Proposed in Feyisetan, Aggarwal, Xu, Teissier: Research Challenges in Designing Differentially
 * Private Text Generation Mechanisms, FLAIRS 2021. kappa = 0 gives the exponential mechanism;
 * negative kappa favours sparse regions.
 *
 * Proof of L(d) = epsilon d: pi does not depend on the input, so it cancels from the ratio of the
 * numerators; then as for the exponential mechanism. pi must come from public data.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/round.h"
#include "mech/explicit_law.h"

enum { EPSILON, KAPPA };

struct density {
    struct wh_explicit explicit; /* first: explicit_law.h works on it */
    double epsilon, kappa;
    const double *log_prior; /* by id */
};

static double log_weight(const void *state, uint32_t u, double d, uint32_t rank) {
    const struct density *density = state;
    (void)rank;
    return density->kappa * density->log_prior[u] - density->epsilon / 2 * d;
}

static enum wh_status open_density(const struct wh_mech_env *env, double *values, void **state) {
    struct density *made;
    const struct wh_derived *derived = wh_embed_derived(wh_near_embed(env->near));
    if (!derived->kde_log_density)
        return wh_fail(WH_UNAVAILABLE, "density needs the kernel density of the vocabulary, which "
                                       "is not computed");
    if (WH_ALLOC(made, 1) != WH_OK)
        return WH_NOMEM;
    *made =
        (struct density){{env->near, wh_embed_words(wh_near_embed(env->near)), log_weight, false},
                         values[EPSILON],
                         values[KAPPA],
                         derived->kde_log_density};
    *state = made;
    return WH_OK;
}

static void guarantee(const void *state, struct wh_guarantee *guarantee) {
    const struct density *density = state;
    *guarantee = (struct wh_guarantee){WH_LABEL_PROVEN, "euclidean", density->epsilon, NAN,
                                       "holds for every pair of words, if the vectors are public"};
}

static double loss(const void *state, double distance) {
    const struct density *density = state;
    return wh_round_up(density->epsilon * distance, 1);
}

static size_t figures(const void *state, struct wh_figure *figures) {
    const struct density *density = state;
    figures[0] = (struct wh_figure){"kappa", "", density->kappa};
    return 1;
}

const struct wh_mech wh_mech_density = {
    .name = "density",
    .title = "exponential with a density prior",
    .brief = "density",
    .paper = "proposed in Feyisetan, Aggarwal, Xu, Teissier: Research Challenges in Designing "
             "Differentially Private Text Generation Mechanisms, FLAIRS 2021",
    .departure = "",
    .method =
        "Output word u with probability proportional to pi(u)^kappa e^(-(epsilon/2) d(w,u)), where "
        "pi is the kernel density of the vocabulary at u.",
    .law_text =
        "pi(u) = sum_v e^(-d(u,v)^2/(2h^2)) / (|W| (h sqrt(2 pi))^n), h the median distance to the "
        "tenth neighbour. P(u|w) proportional to pi(u)^kappa e^(-(epsilon/2) d(w,u)). Proof of the "
        "bound: the prior does not depend on w and cancels; then as for the exponential mechanism.",
    .label = WH_LABEL_PROVEN,
    .loss_text = "epsilon * d",
    .needs_pairs = true,
    .needs_density = true,
    .params = {{"epsilon", "1/distance", 1e-6, 1e6, 10, false, "privacy parameter"},
               {"kappa", "", -10, 10, 1, false,
                "weight of the prior: 0 none, negative favours sparse places"}},
    .open = open_density,
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
