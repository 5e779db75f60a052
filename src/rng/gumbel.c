/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gumbel.c - the truncated Gumbel distribution (mechanisms.md 3). With A = e^{-D/b}, B = e^{D/b},
 * D the bound, the untruncated cdf at x is e^{-y}, y = e^{-x/b}, so y runs from B (x = -D) to A (x
 * = D) and F(x) = (e^{A-y} - e^{A-B}) / (1 - e^{A-B}). B may overflow for small b: then e^{A-B} is
 * 0, as it should be.
 */
#include <math.h>

#include "rng/sample.h"

#define FAR 1e200 /* B beyond which s B could overflow */

enum wh_status wh_gumbel_open(double b, double bound, struct wh_gumbel *gumbel) {
    if (!(b > 0) || !isfinite(b) || !(bound > 0) || !isfinite(bound))
        return wh_fail(WH_DATA, "truncated Gumbel needs a positive scale and bound");
    /* A - B = -2 sinh(D/b) keeps all digits when b is much larger than the bound. */
    *gumbel =
        (struct wh_gumbel){b, bound, exp(-bound / b), exp(bound / b), -expm1(-2 * sinh(bound / b))};
    return WH_OK;
}

/* y - A without cancellation: A (e^{(D-x)/b} - 1). */
static double excess(const struct wh_gumbel *gumbel, double x) {
    double power = (gumbel->bound - x) / gumbel->b;
    /* For large power A e^power = e^{-x/b} avoids 0 * inf. */
    return power > 1 ? exp(-x / gumbel->b) - gumbel->a : gumbel->a * expm1(power);
}

double wh_gumbel_quantile(const struct wh_gumbel *gumbel, double u) {
    double s = -log1p(-(1 - u) * gumbel->spread);
    /* -b ln(A + s), written as D - b ln(1 + s B) where B is finite: exact for wide noise too. */
    double x = gumbel->inverse_a < FAR ? gumbel->bound - gumbel->b * log1p(s * gumbel->inverse_a)
                                       : -gumbel->b * log(gumbel->a + s);
    return fmin(gumbel->bound, fmax(-gumbel->bound, x));
}

/* Every step of the quantile is monotone but for the last places of its logarithms. They move it by
 * a few roundings of the bound (b times the logarithm is at most twice that), the slack is 4,500.
 */
void wh_gumbel_cells_fill(const struct wh_gumbel *gumbel, struct wh_gumbel_cells *cells) {
    for (int i = 0; i <= WH_GUMBEL_CELLS; i++)
        cells->edges[i] = wh_gumbel_quantile(gumbel, (double)i / WH_GUMBEL_CELLS);
    cells->slack = 1e-12 * gumbel->bound;
}

double wh_gumbel_sample(struct wh_rng *rng, const struct wh_gumbel *gumbel) {
    return wh_gumbel_quantile(gumbel, wh_rng_uniform(rng));
}

double wh_gumbel_cdf(const struct wh_gumbel *gumbel, double x) {
    if (x <= -gumbel->bound)
        return 0;
    if (x >= gumbel->bound)
        return 1;
    return 1 + expm1(-excess(gumbel, x)) / gumbel->spread;
}

void wh_gumbel_at(const struct wh_gumbel *gumbel, double x, double *survival, double *density) {
    *survival = x <= -gumbel->bound;
    *density = 0;
    if (*survival > 0 || x >= gumbel->bound)
        return;
    double y = excess(gumbel, x), less_one = expm1(-y);
    *survival = fmin(1, -less_one / gumbel->spread);
    if (1 + less_one > 0) /* else y may be infinite */
        *density = (y + gumbel->a) * (1 + less_one) / (gumbel->b * gumbel->spread);
}

double wh_gumbel_log_sf(const struct wh_gumbel *gumbel, double x) {
    if (x <= -gumbel->bound)
        return 0;
    if (x >= gumbel->bound)
        return -INFINITY;
    double sf = -expm1(-excess(gumbel, x)) / gumbel->spread;
    return fmin(0, log(sf));
}

double wh_gumbel_log_pdf(const struct wh_gumbel *gumbel, double x) {
    if (x < -gumbel->bound || x > gumbel->bound)
        return -INFINITY;
    return -x / gumbel->b - excess(gumbel, x) - log(gumbel->b) - log(gumbel->spread);
}
