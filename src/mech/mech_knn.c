/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mech_knn.c - truncation by nearest neighbours with a fixed K: P(u|w) proportional to
 * e^{-(epsilon/2) d(w,u)} over the K nearest words, the word itself included.
 *
 * Proposed in Feyisetan, Aggarwal, Xu, Teissier: Research Challenges in Designing Differentially
 * Private Text Generation Mechanisms, FLAIRS 2021. It has no bound: a word among the K nearest of w
 * and not of w' has a positive probability under one and none under the other.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/round.h"
#include "mech/explicit_law.h"

enum { EPSILON, K };

struct knn {
    struct wh_explicit explicit; /* first: explicit_law.h works on it */
    double epsilon;
    uint32_t k;
};

static double log_weight(const void *state, uint32_t u, double d, uint32_t rank) {
    const struct knn *knn = state;
    (void)u;
    return rank < knn->k ? -knn->epsilon / 2 * d : -HUGE_VAL;
}

static enum wh_status open_knn(const struct wh_mech_env *env, double *values, void **state) {
    struct knn *made;
    if (WH_ALLOC(made, 1) != WH_OK)
        return WH_NOMEM;
    *made = (struct knn){{env->near, wh_embed_words(wh_near_embed(env->near)), log_weight, true},
                         values[EPSILON],
                         (uint32_t)values[K]};
    *state = made;
    return WH_OK;
}

static void guarantee(const void *state, struct wh_guarantee *guarantee) {
    (void)state;
    *guarantee = (struct wh_guarantee){
        WH_LABEL_NONE, "euclidean", NAN, NAN,
        "no bound: two words have different candidates, so some outputs tell them apart for sure"};
}

static double loss(const void *state, double distance) {
    (void)state;
    return distance > 0 ? HUGE_VAL : 0;
}

static size_t figures(const void *state, struct wh_figure *figures) {
    const struct knn *knn = state;
    figures[0] = (struct wh_figure){"k", "words", knn->k};
    return 1;
}

const struct wh_mech wh_mech_knn = {
    .name = "knn",
    .title = "exponential over K neighbours",
    .brief = "K neighbours",
    .paper = "proposed in Feyisetan, Aggarwal, Xu, Teissier: Research Challenges in Designing "
             "Differentially Private Text Generation Mechanisms, FLAIRS 2021",
    .departure = "",
    .method = "Output one of the K nearest words, the word itself included, with probability "
              "proportional "
              "to e^(-(epsilon/2) d(w,u)).",
    .law_text =
        "P(u|w) proportional to e^(-(epsilon/2) d(w,u)) for the K nearest words, 0 for all others. "
        "No bound exists: the K nearest of two words differ, and a word that only one of them can "
        "become tells them apart.",
    .label = WH_LABEL_NONE,
    .loss_text = "unbounded",
    .params = {{"epsilon", "1/distance", 1e-6, 1e6, 10, false, "decay with distance"},
               {"k", "words", 1, 100000, 10, true, "number of candidates, the word included"}},
    .open = open_knn,
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
