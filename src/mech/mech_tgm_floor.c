/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mech_tgm_floor.c - truncated Gumbel with a uniform floor: with probability gamma a uniform word
 * of W, else truncated Gumbel (tgm.c). Ours; no paper.
 *
 * Proof of L(d) = ln(1 + (1 - gamma)|W| / gamma) for every d > 0: P(u|w) >= gamma/|W| and
 * P(u|w') <= (1 - gamma) + gamma/|W|, whatever w, w' and u. The quotient is the bound; it is free
 * of d, that is, pure local differential privacy.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/round.h"
#include "mech/law.h"
#include "mech/site.h"
#include "mech/tgm.h"

enum { EPSILON, NOISE_SCALE, GAMMA };

struct floored {
    struct wh_tgm tgm;
    double gamma;
};

static void close_floored(void *state) {
    struct floored *floored = state;
    wh_tgm_close(&floored->tgm);
    free(floored);
}

static enum wh_status open_floored(const struct wh_mech_env *env, double *values, void **state) {
    enum wh_status status = WH_OK;
    struct floored *made = NULL;
    WH_TRY(WH_ALLOC(made, 1));
    WH_TRY(wh_tgm_open(env->near, &values[EPSILON], values[NOISE_SCALE], &made->tgm));
    made->gamma = values[GAMMA];
    *state = made;
    made = NULL;
out:
    free(made);
    return status;
}

static double bound(const struct floored *floored) {
    double gamma = floored->gamma;
    return wh_round_up(log1p((1 - gamma) * floored->tgm.words / gamma), 4);
}

static void guarantee(const void *state, struct wh_guarantee *guarantee) {
    *guarantee = (struct wh_guarantee){WH_LABEL_PROVEN, "any", NAN, bound(state),
                                       "pure local differential privacy, the same for every pair"};
}

static double loss(const void *state, double distance) {
    return distance > 0 ? bound(state) : 0;
}

static size_t figures(const void *state, struct wh_figure *figures) {
    const struct floored *floored = state;
    size_t count = wh_tgm_figures(&floored->tgm, figures);
    figures[count] =
        (struct wh_figure){"floor", "probability", floored->gamma / (double)floored->tgm.words};
    return count + 1;
}

static enum wh_status site_open(const void *state, uint32_t word, void **site) {
    const struct floored *floored = state;
    return wh_tgm_site_make(&floored->tgm, word, site);
}

static enum wh_status sites_open(const void *state, const uint32_t *words, size_t count,
                                 struct wh_scratch *scratch, void **sites) {
    const struct floored *floored = state;
    return wh_tgm_sites_make(&floored->tgm, words, count, scratch, sites);
}

static size_t site_bytes(const void *state) {
    const struct floored *floored = state;
    return wh_tgm_site_bytes(&floored->tgm);
}

static enum wh_status draw(const void *state, const struct wh_draw_list *list, uint32_t *out) {
    const struct floored *floored = state;
    struct wh_rng_ahead ahead;
    struct wh_rng rng;
    ahead.count = 0;
    for (size_t t = 0; t < list->count; t++) {
        wh_tgm_fetch(list, t);
        wh_rng_open_ahead(&list->trials[t], list->count - t, floored->tgm.numbers + 1, &ahead,
                          &rng);
        if (wh_rng_uniform(&rng) < floored->gamma)
            out[t] = (uint32_t)wh_rng_below(&rng, floored->tgm.words);
        else
            out[t] = wh_tgm_draw(&floored->tgm, list->sites[t]->state, &rng);
    }
    return WH_OK;
}

static enum wh_status trace(const void *state, const void *site, uint32_t word,
                            const struct wh_draws *draws, struct wh_trace *trace, double *point) {
    const struct floored *floored = state;
    struct wh_rng rng;
    (void)word;
    (void)point;
    wh_rng_open(draws->lane, draws->first, &rng);
    trace->floored = wh_rng_uniform(&rng) < floored->gamma;
    if (trace->floored)
        trace->output = (uint32_t)wh_rng_below(&rng, floored->tgm.words);
    else
        wh_tgm_trace(&floored->tgm, site, &rng, trace);
    return WH_OK;
}

static enum wh_status law(const void *state, const void *site_state, uint32_t word,
                          struct wh_law *law) {
    enum wh_status status = WH_OK;
    const struct floored *floored = state;
    const struct wh_tgm_site *site = site_state;
    double *p = NULL, uniform = floored->gamma / (double)floored->tgm.words;
    WH_TRY(WH_ALLOC(p, site->count));
    WH_TRY(wh_tgm_law(&floored->tgm, site, p));
    WH_TRY(wh_law_ranked(floored->tgm.near, word, law));
    for (uint32_t i = 0; i < law->count; i++)
        law->log_p[i] = log(i < site->count ? (1 - floored->gamma) * p[i] + uniform : uniform);
    law->mass = wh_law_total(law);
out:
    free(p);
    return status;
}

/* The floor covers every tail of what lies on it. */
static enum wh_status log_law(const void *state, uint32_t word, enum wh_tails tails,
                              double *log_p) {
    const struct floored *floored = state;
    double uniform = floored->gamma / (double)floored->tgm.words;
    enum wh_status status = wh_tgm_log_law(&floored->tgm, word, WH_TAILS_CUT, log_p);
    (void)tails;
    if (status != WH_OK)
        return status;
    for (uint32_t u = 0; u < floored->tgm.words; u++)
        log_p[u] = log((1 - floored->gamma) * exp(log_p[u]) + uniform);
    return WH_OK;
}

const struct wh_mech wh_mech_tgm_floor = {
    .name = "tgm-floor",
    .title = "truncated Gumbel with a uniform floor",
    .brief = "Gumbel+floor",
    .paper = "wordhaze; built on truncated Gumbel",
    .departure = "",
    .method =
        "With probability gamma output a uniform word of the vocabulary, else draw from truncated "
        "Gumbel.",
    .law_text =
        "P(u|w) = gamma/|W| + (1 - gamma) P_tgm(u|w). Proof of the bound: every output has "
        "probability at least gamma/|W| and at most (1 - gamma) + gamma/|W|, so no two words "
        "differ by more than the factor 1 + (1 - gamma)|W|/gamma, whatever their distance.",
    .label = WH_LABEL_PROVEN,
    .loss_text = "ln(1 + (1 - gamma) |W| / gamma) for every d > 0",
    .needs_pairs = true,
    .params = {{"epsilon", "1/distance", 1e-6, 1e9, NAN, false,
                "of the truncated Gumbel inside; default as for tgm"},
               {"noise-scale", "distance", 1e-6, 1e9, NAN, false, "sets b by hand"},
               {"gamma", "probability", 1e-12, 1, 0.001, false,
                "probability of a uniform word; the bound depends on it alone"}},
    .open = open_floored,
    .close = close_floored,
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
