/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mech_tem.c - the truncated exponential mechanism: distances beyond gamma all count as gamma.
 *
 * Carvalho, Vasiloudis, Feyisetan, Wang: TEM: High Utility Metric Differential Privacy on Text, SDM
 * 2023. There: words within gamma get score -d, one outcome for all others gets -gamma +
 * (2/epsilon) ln|W \ L_w|, Gumbel(0, 2/epsilon) is added and the largest wins; the common outcome
 * means a uniform word of W \ L_w. By the Gumbel maximum this is the law below; we draw from the
 * law, because noise made from 52-bit uniforms would cut its tails.
 *
 * Proof of L(d) = epsilon d: |min(d(w,u), gamma) - min(d(w',u), gamma)| <= d(w,w'), then as for the
 * exponential mechanism.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/round.h"
#include "mech/explicit_law.h"

enum { EPSILON, BETA };

struct tem {
    struct wh_explicit explicit; /* first: explicit_law.h works on it */
    double epsilon, gamma;
};

static double log_weight(const void *state, uint32_t u, double d, uint32_t rank) {
    const struct tem *tem = state;
    (void)u;
    (void)rank;
    return -tem->epsilon / 2 * fmin(d, tem->gamma);
}

static enum wh_status open_tem(const struct wh_mech_env *env, double *values, void **state) {
    struct tem *made;
    uint32_t words = wh_embed_words(wh_near_embed(env->near));
    double beta = values[BETA];
    if (WH_ALLOC(made, 1) != WH_OK)
        return WH_NOMEM;
    /* Few words and a large beta make the logarithm negative: then everything is equally likely. */
    double gamma = words > 1 ? 2 / values[EPSILON] * log((1 - beta) * (words - 1) / beta) : 0;
    *made = (struct tem){{env->near, words, log_weight, false}, values[EPSILON], fmax(0, gamma)};
    *state = made;
    return WH_OK;
}

static void guarantee(const void *state, struct wh_guarantee *guarantee) {
    const struct tem *tem = state;
    *guarantee = (struct wh_guarantee){WH_LABEL_PROVEN, "euclidean", tem->epsilon, NAN,
                                       "pure metric privacy: holds for every pair of words"};
}

static double loss(const void *state, double distance) {
    const struct tem *tem = state;
    return wh_round_up(tem->epsilon * distance, 1);
}

static size_t figures(const void *state, struct wh_figure *figures) {
    const struct tem *tem = state;
    figures[0] = (struct wh_figure){"gamma", "distance", tem->gamma};
    return 1;
}

const struct wh_mech wh_mech_tem = {
    .name = "tem",
    .title = "truncated exponential",
    .brief = "TEM",
    .paper =
        "Carvalho, Vasiloudis, Feyisetan, Wang: TEM: High Utility Metric Differential Privacy on "
        "Text, SDM 2023",
    .departure = "drawn from its closed law, not by adding Gumbel noise, so that tails are exact",
    .method = "Output word u with probability proportional to e^(-(epsilon/2) min(d(w,u), gamma)): "
              "beyond "
              "gamma all words are equally likely.",
    .law_text =
        "gamma = (2/epsilon) ln((1 - beta)(|W| - 1)/beta); P(u|w) proportional to "
        "e^(-(epsilon/2) min(d(w,u), gamma)). Proof of the bound: min(d, gamma) changes by at most "
        "d(w,w'), then as for the exponential mechanism.",
    .label = WH_LABEL_PROVEN,
    .loss_text = "epsilon * d",
    .params = {{"epsilon", "1/distance", 1e-6, 1e6, 10, false, "privacy parameter"},
               {"beta", "probability", 1e-12, 0.999, 0.001, false,
                "bound on the probability that a word beyond gamma comes out"}},
    .open = open_tem,
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
