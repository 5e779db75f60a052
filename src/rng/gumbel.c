/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gumbel.c - the truncated Gumbel distribution (mechanisms.md 3). With A = e^{-D/b}, B = e^{D/b},
 * D the bound, the untruncated cdf at x is e^{-y}, y = e^{-x/b}, so y runs from B (x = -D) to A (x = D)
 * and
 *     F(x) = (e^{A-y} - e^{A-B}) / (1 - e^{A-B}).
 * B may overflow for small b: then e^{A-B} is 0, as it should be.
 */
#include <math.h>

#include "rng/sample.h"

enum wh_status wh_gumbel_open(double b, double bound, struct wh_gumbel *gumbel) {
    if (!(b > 0) || !isfinite(b) || !(bound > 0) || !isfinite(bound))
        return wh_fail(WH_DATA, "truncated Gumbel needs a positive scale and bound");
    double a = exp(-bound / b);
    *gumbel = (struct wh_gumbel){b, bound, a, -expm1(a - exp(bound / b))};
    return WH_OK;
}

/* y - A without cancellation: A (e^{(D-x)/b} - 1). */
static double excess(const struct wh_gumbel *gumbel, double x) {
    double power = (gumbel->bound - x) / gumbel->b;
    /* For large power A e^power = e^{-x/b} avoids 0 * inf. */
    return power > 1 ? exp(-x / gumbel->b) - gumbel->a : gumbel->a * expm1(power);
}

double wh_gumbel_quantile(const struct wh_gumbel *gumbel, double u) {
    double x = -gumbel->b * log(gumbel->a - log1p(-(1 - u) * gumbel->spread));
    return fmin(gumbel->bound, fmax(-gumbel->bound, x));
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
