/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mech_tgm.c - truncated Gumbel, the density-aware mechanism. Formulas, source and departures:
 * tgm.c; exact law: tgm_law.c.
 *
 * The bound epsilon d is claimed by the paper, not proven here: K candidates are those of the true
 * word, and Pr[K >= r] falls like 1/r!, so a word that is 10th from w and 400th from w' has a ratio
 * far beyond e^{epsilon d}.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/round.h"
#include "mech/law.h"
#include "mech/site.h"
#include "mech/tgm.h"

enum { EPSILON, NOISE_SCALE };

static void close_tgm(void *state) {
    wh_tgm_close(state);
    free(state);
}

static enum wh_status open_tgm(const struct wh_mech_env *env, double *values, void **state) {
    enum wh_status status = WH_OK;
    struct wh_tgm *made = NULL;
    WH_TRY(WH_ALLOC(made, 1));
    WH_TRY(wh_tgm_open(env->near, &values[EPSILON], values[NOISE_SCALE], made));
    *state = made;
    made = NULL;
out:
    free(made);
    return status;
}

static void guarantee(const void *state, struct wh_guarantee *guarantee) {
    const struct wh_tgm *tgm = state;
    if (isnan(tgm->epsilon))
        *guarantee = (struct wh_guarantee){WH_LABEL_NONE, "euclidean", NAN, NAN,
                                           "the noise scale was set by hand: nothing is claimed"};
    else
        *guarantee = (struct wh_guarantee){WH_LABEL_CLAIMED, "euclidean", tgm->epsilon, NAN,
                                           "the bound fails for pairs of words whose "
                                           "neighbourhoods differ; epsilon enters through "
                                           "ln epsilon only, so it hardly matters"};
}

static double loss(const void *state, double distance) {
    const struct wh_tgm *tgm = state;
    return isnan(tgm->epsilon) ? HUGE_VAL : wh_round_up(tgm->epsilon * distance, 1);
}

static size_t figures(const void *state, struct wh_figure *figures) {
    return wh_tgm_figures(state, figures);
}

static enum wh_status site_open(const void *state, uint32_t word, void **site) {
    return wh_tgm_site_make(state, word, site);
}

static enum wh_status sites_open(const void *state, const uint32_t *words, size_t count,
                                 struct wh_scratch *scratch, void **sites) {
    return wh_tgm_sites_make(state, words, count, scratch, sites);
}

static size_t site_bytes(const void *state) {
    return wh_tgm_site_bytes(state);
}

static enum wh_status draw(const void *state, const struct wh_draw_list *list, uint32_t *out) {
    const struct wh_tgm *tgm = state;
    struct wh_rng_ahead ahead;
    struct wh_rng rng;
    ahead.count = 0;
    for (size_t t = 0; t < list->count; t++) {
        wh_tgm_fetch(list, t);
        wh_rng_open_ahead(&list->trials[t], list->count - t, tgm->numbers, &ahead, &rng);
        out[t] = wh_tgm_draw(tgm, list->sites[t]->state, &rng);
    }
    return WH_OK;
}

static enum wh_status trace(const void *state, const void *site, uint32_t word,
                            const struct wh_draws *draws, struct wh_trace *trace, double *point) {
    struct wh_rng rng;
    (void)word;
    (void)point;
    wh_rng_open(draws->lane, draws->first, &rng);
    wh_tgm_trace(state, site, &rng, trace);
    return WH_OK;
}

static enum wh_status law(const void *state, const void *site_state, uint32_t word,
                          struct wh_law *law) {
    enum wh_status status = WH_OK;
    const struct wh_tgm *tgm = state;
    const struct wh_tgm_site *site = site_state;
    (void)word;
    WH_TRY(wh_law_open(site->count, law));
    WH_TRY(wh_tgm_law(tgm, site, law->log_p));
    for (uint32_t j = 0; j < site->count; j++) {
        law->ids[j] = site->ids[j];
        law->distances[j] = site->distances[j];
        law->log_p[j] = log(law->log_p[j]);
    }
    law->rest_count = tgm->words - site->count;
    law->mass = wh_law_total(law);
out:
    return status;
}

static enum wh_status log_law(const void *state, uint32_t word, enum wh_tails tails,
                              double *log_p) {
    return wh_tgm_log_law(state, word, tails, log_p);
}

const struct wh_mech wh_mech_tgm = {
    .name = "tgm",
    .title = "truncated Gumbel",
    .brief = "trunc. Gumbel",
    .paper =
        "Xu, Feyisetan, Aggarwal, Xu, Teissier: Density-Aware Differentially Private Textual "
        "Perturbations Using Truncated Gumbel Noise, FLAIRS 2021 (as reprinted in Meisenbacher et "
        "al., LREC-COLING 2024, appendix A)",
    .departure =
        "refused where the formula is undefined (epsilon <= epsilon_min); smallest and largest "
        "distance are those of the whole vocabulary; neighbours are exact and distances never "
        "squared",
    .method =
        "Draw K from Poisson(ln|W|) conditioned on 1..|W|. Take the word itself and its K-1 "
        "nearest "
        "others; add to each distance independent Gumbel(0, b) noise truncated to [-Delta, Delta]; "
        "output the word with the smallest sum.",
    .law_text =
        "With alpha = (epsilon - 2(1 + ln|W|)/Delta_0)/3 and b = 2 Delta / min{W_0(2 alpha Delta), "
        "ln(alpha Delta_0)}, where Delta and Delta_0 are the largest and smallest distance of two "
        "different words: P(u_j) = sum_K Pr[K] int f(x - d_j) prod_{i != j, i <= K} (1 - F(x - "
        "d_i)) dx, f and F density and cdf of the truncated noise; Gauss-Legendre between the "
        "points d_i - Delta, absolute error below 1e-9. Defined for epsilon > epsilon_min = (5 + 2 "
        "ln|W|)/Delta_0. No proof is known to us; pairs of words with different neighbourhoods "
        "contradict the bound.",
    .label = WH_LABEL_CLAIMED,
    .loss_text = "epsilon * d",
    .needs_pairs = true,
    .params = {{"epsilon", "1/distance", 1e-6, 1e9, NAN, false,
                "privacy parameter; default: the first of 1, 2, 5, 10 ... above epsilon_min"},
               {"noise-scale", "distance", 1e-6, 1e9, NAN, false,
                "sets b by hand, for teaching; then nothing is claimed"}},
    .open = open_tgm,
    .close = close_tgm,
    .guarantee = guarantee,
    .loss = loss,
    .figures = figures,
    .site_open = site_open,
    .sites_open = sites_open,
    .site_close = wh_tgm_site_free,
    .site_bytes = site_bytes,
    .draw = draw,
    .trace = trace,
    .law = law,
    .log_law = log_law,
};
