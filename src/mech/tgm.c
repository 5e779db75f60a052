/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tgm.c - the truncated Gumbel mechanism: constants, candidates, draws.
 *
 *     alpha = (epsilon - 2 (1 + ln|W|) / Delta_0) / 3
 *     b     = 2 Delta / min{ W_0(2 alpha Delta), ln(alpha Delta_0) }
 *
 * Xu, Feyisetan, Aggarwal, Xu, Teissier: Density-Aware Differentially Private Textual Perturbations
 * Using Truncated Gumbel Noise, FLAIRS 2021, as reprinted in Meisenbacher, Nandakumar, Klymenko,
 * Matthes, LREC-COLING 2024, appendix A. Departures: Delta and Delta_0 are those of the whole
 * vocabulary in use; where b is not finite and positive the mechanism is refused; distances are
 * never squared; the neighbours are exact.
 */
#include "mech/tgm.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_lambert.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "mech/site.h"

static enum wh_status duplicates(const struct wh_near *near, const struct wh_derived *derived) {
    const struct wh_embed *embed = wh_near_embed(near);
    struct wh_buf a = {0}, b = {0};
    const char *first = wh_embed_word(embed, derived->closest[0]);
    const char *second = wh_embed_word(embed, derived->closest[1]);
    wh_str_clean(&a, first, __builtin_strlen(first));
    wh_str_clean(&b, second, __builtin_strlen(second));
    enum wh_status status = wh_fail(
        WH_DATA,
        "tgm is undefined: '%s' and '%s' have equal vectors, so the smallest distance is 0; "
        "set noise-scale by hand or use an embedding without duplicates",
        a.failed ? "?" : a.data, b.failed ? "?" : b.data);
    wh_buf_free(&a);
    wh_buf_free(&b);
    return status;
}

static double next_round(double value) {
    double decade = pow(10, floor(log10(value)));
    for (;; decade *= 10) {
        const double steps[] = {1, 2, 5};
        for (int i = 0; i < 3; i++)
            if (steps[i] * decade > value)
                return steps[i] * decade;
    }
}

static enum wh_status scale_by_formula(struct wh_tgm *tgm, double *epsilon) {
    gsl_sf_result lambert;
    if (isnan(*epsilon))
        *epsilon = next_round(tgm->epsilon_min);
    tgm->epsilon = *epsilon;
    tgm->alpha = (*epsilon - 2 * (1 + log(tgm->words)) / tgm->delta_min) / 3;
    if (!(*epsilon > tgm->epsilon_min))
        return wh_fail(WH_DATA,
                       "tgm is undefined at epsilon = %g: this vocabulary needs epsilon > %.6g "
                       "(epsilon_min); or set noise-scale by hand, without a guarantee",
                       *epsilon, tgm->epsilon_min);
    if (gsl_sf_lambert_W0_e(2 * tgm->alpha * tgm->delta_max, &lambert) != GSL_SUCCESS)
        return wh_fail(WH_BUG, "Lambert W failed at %g", 2 * tgm->alpha * tgm->delta_max);
    double slope = fmin(lambert.val, log(tgm->alpha * tgm->delta_min));
    tgm->b = 2 * tgm->delta_max / slope;
    if (!(slope > 0) || !isfinite(tgm->b))
        return wh_fail(WH_DATA,
                       "tgm is undefined at epsilon = %.17g: too close to epsilon_min = %.17g",
                       *epsilon, tgm->epsilon_min);
    return WH_OK;
}

enum wh_status wh_tgm_open(const struct wh_near *near, double *epsilon, double noise_scale,
                           struct wh_tgm *tgm) {
    enum wh_status status = WH_OK;
    const struct wh_derived *derived = wh_embed_derived(wh_near_embed(near));
    uint32_t words = wh_embed_words(wh_near_embed(near));
    double log_words = log(words);
    *tgm = (struct wh_tgm){.near = near,
                           .words = words,
                           .delta_min = derived->delta_min,
                           .delta_max = derived->delta_max,
                           .epsilon = NAN,
                           .alpha = NAN,
                           .epsilon_min = (5 + 2 * log_words) / derived->delta_min,
                           .b = noise_scale};
    if (!(derived->delta_max > 0))
        return wh_fail(WH_DATA, "tgm is undefined: all vectors are equal");
    if (isnan(noise_scale)) {
        if (!(derived->delta_min > 0))
            return duplicates(near, derived);
        WH_TRY(scale_by_formula(tgm, epsilon));
    }
    WH_TRY(wh_gumbel_open(tgm->b, tgm->delta_max, &tgm->gumbel));
    wh_gumbel_cells_fill(&tgm->gumbel, &tgm->cells);
    WH_TRY(wh_poisson_open(log_words, words, &tgm->candidates));
    tgm->numbers = 1 + (size_t)(log_words + 2 * sqrt(log_words));
out:
    return status;
}

void wh_tgm_close(struct wh_tgm *tgm) {
    wh_poisson_close(&tgm->candidates);
}

size_t wh_tgm_figures(const struct wh_tgm *tgm, struct wh_figure *figures) {
    const struct wh_figure all[] = {
        {"alpha", "1/distance", tgm->alpha},
        {"b", "distance", tgm->b},
        {"lambda", "words", tgm->candidates.lambda},
        {"delta_min", "distance", tgm->delta_min},
        {"delta_max", "distance", tgm->delta_max},
        {"epsilon_min", "1/distance", tgm->epsilon_min},
    };
    size_t count = sizeof all / sizeof *all;
    for (size_t i = 0; i < count; i++)
        figures[i] = all[i];
    return count;
}

/* The word, then those that are near it. */
static enum wh_status fill(uint32_t word, const struct wh_neighbour *near, size_t found,
                           struct wh_tgm_site *site) {
    site->distances = wh_alloc(found + 1, sizeof *site->distances + sizeof *site->ids);
    if (!site->distances)
        return WH_NOMEM;
    site->ids = (uint32_t *)(void *)(site->distances + found + 1);
    site->count = (uint32_t)found + 1;
    site->ids[0] = word;
    for (size_t i = 0; i < found; i++) {
        site->ids[i + 1] = near[i].id;
        site->distances[i + 1] = near[i].distance;
    }
    return WH_OK;
}

enum wh_status wh_tgm_site_open(const struct wh_tgm *tgm, uint32_t word, struct wh_tgm_site *site) {
    enum wh_status status = WH_OK;
    struct wh_neighbour *near = NULL;
    size_t found = 0, wanted = tgm->candidates.count - 1;
    *site = (struct wh_tgm_site){0};
    WH_TRY(WH_ALLOC(near, wanted + 1));
    WH_TRY(wh_near_word(tgm->near, word, wanted, near, &found));
    status = fill(word, near, found, site);
out:
    free(near);
    return status;
}

enum wh_status wh_tgm_site_make(const struct wh_tgm *tgm, uint32_t word, void **out) {
    enum wh_status status = WH_OK;
    struct wh_tgm_site *site = NULL;
    WH_TRY(WH_ALLOC(site, 1));
    WH_TRY(wh_tgm_site_open(tgm, word, site));
    *out = site;
    site = NULL;
out:
    free(site);
    return status;
}

enum wh_status wh_tgm_sites_make(const struct wh_tgm *tgm, const uint32_t *words, size_t count,
                                 struct wh_scratch *scratch, void **sites) {
    enum wh_status status = WH_OK;
    struct wh_neighbour *near = NULL;
    size_t found, wanted = tgm->candidates.count - 1;
    WH_TRY(WH_ALLOC(near, count * wanted + 1));
    WH_TRY(wh_near_words(tgm->near, scratch->near, words, count, wanted, near, &found));
    for (size_t i = 0; i < count; i++) {
        struct wh_tgm_site *site;
        WH_TRY(WH_ALLOC(site, 1));
        sites[i] = site;
        WH_TRY(fill(words[i], near + i * found, found, site));
    }
out:
    free(near);
    return status;
}

void wh_tgm_site_close(struct wh_tgm_site *site) {
    free(site->distances); /* and the ids behind them */
    *site = (struct wh_tgm_site){0};
}

void wh_tgm_site_free(void *site) {
    wh_tgm_site_close(site);
    free(site);
}

size_t wh_tgm_site_bytes(const struct wh_tgm *tgm) {
    return sizeof(struct wh_tgm_site) + tgm->candidates.count * (sizeof(uint32_t) + sizeof(double));
}

#define AHEAD 4 /* draws between one step and the next */

void wh_tgm_fetch(const struct wh_draw_list *list, size_t t) {
    if (t + 3 * AHEAD >= list->count)
        return;
    const struct wh_tgm_site *site = list->sites[t + AHEAD]->state;
    __builtin_prefetch(list->sites[t + 3 * AHEAD]);
    __builtin_prefetch(list->sites[t + 2 * AHEAD]->state);
    __builtin_prefetch(site->distances);
    __builtin_prefetch(site->distances + 8);
    __builtin_prefetch(site->ids);
}

/* A candidate's score, known within bounds, or exactly. */
struct score {
    uint32_t j;
    double u, low, high;
};

static double exactly(const struct wh_tgm *tgm, const struct wh_tgm_site *site,
                      struct score *score) {
    if (score->low < score->high)
        score->low = score->high =
            site->distances[score->j] + wh_gumbel_quantile(&tgm->gumbel, score->u);
    return score->low;
}

/* The winner is that of the exact scores; bounds tell nearly always, so a draw costs hardly a
 * logarithm. */
uint32_t wh_tgm_draw(const struct wh_tgm *tgm, const struct wh_tgm_site *site, struct wh_rng *rng) {
    uint32_t k = wh_poisson_sample(rng, &tgm->candidates);
    struct score best = {.low = HUGE_VAL, .high = HUGE_VAL};
    for (uint32_t j = 0; j < k; j++) {
        struct score score = {.j = j, .u = wh_rng_uniform(rng)};
        const double *edges = tgm->cells.edges + (size_t)(score.u * WH_GUMBEL_CELLS);
        score.low = site->distances[j] + edges[0] - tgm->cells.slack;
        score.high = site->distances[j] + edges[1] + tgm->cells.slack;
        if (score.low >= best.high)
            continue;
        if (score.high < best.low || exactly(tgm, site, &score) < exactly(tgm, site, &best))
            best = score;
    }
    return site->ids[best.j];
}

void wh_tgm_trace(const struct wh_tgm *tgm, const struct wh_tgm_site *site, struct wh_rng *rng,
                  struct wh_trace *trace) {
    uint32_t k = wh_poisson_sample(rng, &tgm->candidates);
    double best = HUGE_VAL;
    trace->drawn_k = k;
    for (uint32_t j = 0; j < k; j++) {
        double noise = wh_gumbel_sample(rng, &tgm->gumbel);
        const struct wh_trace_candidate candidate = {site->ids[j], site->distances[j], noise,
                                                     site->distances[j] + noise};
        if (j < WH_TRACE_CANDIDATES)
            trace->candidates[trace->candidate_count++] = candidate;
        if (candidate.score < best) {
            best = candidate.score;
            trace->output = candidate.id;
        }
    }
}
