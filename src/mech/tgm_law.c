/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tgm_law.c - the exact law of truncated Gumbel (mechanisms.md 3). With f, F density and cdf of the
 * noise and d_1 = 0 <= d_2 <= ... the distances of the candidates,
 *
 *     P(u_j) = Pr[K = 1] [j = 1]
 *            + int f(x - d_j) / S_j(x)  sum_{K >= max(j, 2)} Pr[K] prod_{i <= K} S_i(x)  dx,
 *     S_i(x) = 1 - F(x - d_i).
 *
 * The integrand is smooth between the points d_i - Delta, where the noise of candidate i begins;
 * pieces are cut to at most half the noise's width c, which is b, or 2 Delta where that is less. A
 * piece gets a Gauss-Legendre rule: of 16 points, or of 8 or 4 where it is short beside c/K, over
 * which a product of K survivals changes (the error of n points falls as (width K/c)^(2n)). Below
 * -REACH_DOWN b the noise has no mass (e^{-e^7}), above REACH_UP b the first candidate's survival
 * is below e^-45: the integral ends there.
 */
#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mech/tgm.h"

#define REACH_DOWN 7.0
#define REACH_UP   45.0

enum rule { FOUR, EIGHT, SIXTEEN, RULES };
static const size_t nodes[RULES] = {4, 8, 16};
static const double widest[RULES - 1] = {0.3, 2}; /* in units of c/K */

struct integral {
    const struct wh_tgm *tgm;
    const struct wh_tgm_site *site;
    gsl_integration_glfixed_table *tables[RULES];
    double *survival, *density; /* S_i and f_i at one x */
    double *suffix;             /* sum over K >= j of Pr[K] prod S */
    double *p;
};

/* Adds weight * integrand(x) to every p[j]. */
static void add_node(struct integral *work, double x, double weight) {
    const struct wh_tgm_site *site = work->site;
    const double *pr = work->tgm->candidates.p;
    double product = 1, sum = 0;
    for (uint32_t i = 0; i < site->count; i++) {
        wh_gumbel_at(&work->tgm->gumbel, x - site->distances[i], &work->survival[i],
                     &work->density[i]);
        product *= work->survival[i];
        work->suffix[i] = i == 0 ? 0 : pr[i] * product; /* K = 1 is not here */
    }
    for (uint32_t j = site->count; j-- > 0;) {
        sum += work->suffix[j];
        if (sum > 0) /* then S_j is not 0 */
            work->p[j] += weight * work->density[j] / work->survival[j] * sum;
    }
}

/* Over which the noise changes: its scale, or where that is wide the range that it is cut to. */
static double noise_width(const struct wh_tgm *tgm) {
    return fmin(tgm->b, 2 * tgm->delta_max);
}

static enum rule choose_rule(const struct integral *work, double width) {
    double relative = width * work->site->count / noise_width(work->tgm);
    enum rule rule = FOUR;
    while (rule < SIXTEEN && relative > widest[rule])
        rule++;
    return rule;
}

static void add_piece(struct integral *work, double from, double to) {
    double step = noise_width(work->tgm) / 2;
    size_t parts = (size_t)fmax(1, ceil((to - from) / step));
    double width = (to - from) / (double)parts;
    enum rule rule = choose_rule(work, width);
    for (size_t part = 0; part < parts; part++) {
        double low = from + (double)part * width;
        for (size_t node = 0; node < nodes[rule]; node++) {
            double x, weight;
            gsl_integration_glfixed_point(low, low + width, node, &x, &weight, work->tables[rule]);
            add_node(work, x, weight);
        }
    }
}

static void integrate(struct integral *work) {
    const struct wh_tgm *tgm = work->tgm;
    double low = fmax(-tgm->delta_max, -REACH_DOWN * tgm->b);
    double high = fmin(tgm->delta_max, REACH_UP * tgm->b);
    double from = low;
    for (uint32_t i = 1; i < work->site->count && from < high; i++) {
        double to = fmin(high, work->site->distances[i] - tgm->delta_max);
        if (to <= from)
            continue;
        add_piece(work, from, to);
        from = to;
    }
    if (from < high)
        add_piece(work, from, high);
}

static enum wh_status open_integral(struct integral *work) {
    enum wh_status status = WH_OK;
    WH_TRY(WH_ALLOC(work->survival, work->site->count));
    WH_TRY(WH_ALLOC(work->density, work->site->count));
    WH_TRY(WH_ALLOC(work->suffix, work->site->count));
    for (int rule = 0; rule < RULES; rule++) {
        work->tables[rule] = gsl_integration_glfixed_table_alloc(nodes[rule]);
        if (!work->tables[rule])
            return wh_fail(WH_NOMEM, "out of memory");
    }
out:
    return status;
}

static void close_integral(struct integral *work) {
    for (int rule = 0; rule < RULES; rule++)
        if (work->tables[rule])
            gsl_integration_glfixed_table_free(work->tables[rule]);
    free(work->survival);
    free(work->density);
    free(work->suffix);
}

enum wh_status wh_tgm_law(const struct wh_tgm *tgm, const struct wh_tgm_site *site, double *p) {
    struct integral work = {.tgm = tgm, .site = site, .p = p};
    enum wh_status status = open_integral(&work);
    memset(p, 0, site->count * sizeof *p);
    p[0] = tgm->candidates.p[0];
    if (status == WH_OK && site->count > 1)
        integrate(&work);
    close_integral(&work);
    return status;
}
