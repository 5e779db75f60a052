/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sample.h - samplers. Each names its distribution, parameters and source; all take the stream as
 * their first argument and keep no state of their own.
 */
#ifndef WH_SAMPLE_H
#define WH_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "rng/rng.h"

/* A direction uniform on the unit sphere of R^n. */
void wh_sample_sphere(struct wh_rng *rng, size_t n, double *direction);

/* Gamma(shape, scale 1), shape >= 1 (Marsaglia and Tsang 2000). */
double wh_sample_gamma(struct wh_rng *rng, double shape);

/* Multivariate Laplace: density proportional to e^{-epsilon |x|} on R^n; returns the radius |x|. */
double wh_sample_laplace(struct wh_rng *rng, size_t n, double epsilon, double *noise);

/* Gumbel(0, b) truncated to [-bound, bound], by inversion without rejection (mechanisms.md 3). The
 * constants of (b, bound) are computed once. */
struct wh_gumbel {
    double b, bound;
    double a, inverse_a; /* A = e^{-bound/b}, B = 1/A (may be infinite) */
    double spread;       /* 1 - e^{-(e^{bound/b} - e^{-bound/b})}, in (0, 1] */
};
enum wh_status wh_gumbel_open(double b, double bound, struct wh_gumbel *gumbel);
double wh_gumbel_sample(struct wh_rng *rng, const struct wh_gumbel *gumbel);
double wh_gumbel_quantile(const struct wh_gumbel *gumbel, double u);
/* The quantile's bounds without its logarithms: for u in cell i = (int)(u * WH_GUMBEL_CELLS) what
 * wh_gumbel_quantile() computes is inside edges[i] - slack .. edges[i + 1] + slack. */
#define WH_GUMBEL_CELLS 1024
struct wh_gumbel_cells {
    double edges[WH_GUMBEL_CELLS + 1], slack;
};
void wh_gumbel_cells_fill(const struct wh_gumbel *gumbel, struct wh_gumbel_cells *cells);
double wh_gumbel_cdf(const struct wh_gumbel *gumbel, double x); /* F */
/* 1 - F and f together, at the cost of one; for quadrature. */
void wh_gumbel_at(const struct wh_gumbel *gumbel, double x, double *survival, double *density);
double wh_gumbel_log_sf(const struct wh_gumbel *gumbel, double x);  /* ln(1 - F) */
double wh_gumbel_log_pdf(const struct wh_gumbel *gumbel, double x); /* ln f; -inf outside */

/* Poisson(lambda) conditioned on 1..max, as a table of its probabilities up to where the tail is
 * below 1e-18 (or max). */
struct wh_poisson {
    double lambda;
    uint32_t max;     /* of the condition */
    uint32_t count;   /* table entries: K = 1..count */
    double log_total; /* ln of the sum of lambda^k / k! over 1..max */
    double *p;        /* p[k-1] = Pr[K = k] */
    double *cdf;
};
enum wh_status wh_poisson_open(double lambda, uint32_t max, struct wh_poisson *poisson);
void wh_poisson_close(struct wh_poisson *poisson);
uint32_t wh_poisson_sample(struct wh_rng *rng, const struct wh_poisson *poisson);
/* ln Pr[K = k] and ln Pr[K >= k] under the condition, from the formula: right far beyond the table.
 */
double wh_poisson_log_p(const struct wh_poisson *poisson, uint32_t k);
double wh_poisson_log_tail(const struct wh_poisson *poisson, uint32_t k);

/* Discrete choice: the first of count cumulative weights that is above target, which is uniform
 * below the last one; the last if none is. */
uint32_t wh_find_cumulative(const double *cumulative, uint32_t count, double target);

#endif
