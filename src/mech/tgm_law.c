/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tgm_law.c - the exact law of truncated Gumbel (mechanisms.md 3). With f, F density and cdf of the
 * noise and d_1 = 0 <= d_2 <= ... the distances of the candidates,
 *
 *     P(u_j) = Pr[K = 1] [j = 1]
 *            + int f(x - d_j) / S_j(x)  sum_{K >= max(j, 2)} Pr[K] prod_{i <= K} S_i(x)  dx,
 *     S_i(x) = 1 - F(x - d_i).
 *
 * The products are running sums of logarithms. The integrand is smooth between the points d_i -
 * Delta, where the noise of candidate i begins; pieces are cut to at most one noise scale b and
 * each gets a Gauss- Legendre rule of 16 points. Below -REACH_DOWN b the noise has no mass
 * (e^{-e^7}), above REACH_UP b the first candidate's survival is below e^-45: the integral ends
 * there.
 */
#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mech/tgm.h"

#define NODES      16
#define REACH_DOWN 7.0
#define REACH_UP   45.0

struct integral {
    const struct wh_tgm *tgm;
    const struct wh_tgm_site *site;
    gsl_integration_glfixed_table *table;
    double *log_survival; /* ln S_i at one x */
    double *suffix;       /* sum over K >= j of Pr[K] prod S */
    double *p;
};

/* Adds weight * integrand(x) to every p[j]. */
static void add_node(struct integral *work, double x, double weight) {
    const struct wh_tgm_site *site = work->site;
    const struct wh_gumbel *gumbel = &work->tgm->gumbel;
    const double *pr = work->tgm->candidates.p;
    double product = 0, sum = 0;
    for (uint32_t i = 0; i < site->count; i++) {
        work->log_survival[i] = wh_gumbel_log_sf(gumbel, x - site->distances[i]);
        product += work->log_survival[i];
        work->suffix[i] = i == 0 ? 0 : pr[i] * exp(product); /* K = 1 is not here */
    }
    for (uint32_t j = site->count; j-- > 0;) {
        work->suffix[j] = sum += work->suffix[j];
        double log_f = wh_gumbel_log_pdf(gumbel, x - site->distances[j]);
        if (log_f > -HUGE_VAL && sum > 0)
            work->p[j] += weight * exp(log_f - work->log_survival[j]) * sum;
    }
}

static void add_piece(struct integral *work, double from, double to) {
    double step = work->tgm->b;
    size_t parts = (size_t)fmax(1, ceil((to - from) / step));
    double width = (to - from) / (double)parts;
    for (size_t part = 0; part < parts; part++) {
        double low = from + (double)part * width;
        for (size_t node = 0; node < NODES; node++) {
            double x, weight;
            gsl_integration_glfixed_point(low, low + width, node, &x, &weight, work->table);
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

enum wh_status wh_tgm_law(const struct wh_tgm *tgm, const struct wh_tgm_site *site, double *p) {
    enum wh_status status = WH_OK;
    struct integral work = {.tgm = tgm, .site = site, .p = p};
    memset(p, 0, site->count * sizeof *p);
    p[0] = tgm->candidates.p[0];
    WH_TRY(WH_ALLOC(work.log_survival, site->count));
    WH_TRY(WH_ALLOC(work.suffix, site->count));
    work.table = gsl_integration_glfixed_table_alloc(NODES);
    if (!work.table) {
        status = wh_fail(WH_NOMEM, "out of memory");
        goto out;
    }
    if (site->count > 1)
        integrate(&work);
out:
    if (work.table)
        gsl_integration_glfixed_table_free(work.table);
    free(work.log_survival);
    free(work.suffix);
    return status;
}
