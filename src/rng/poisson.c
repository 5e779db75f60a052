/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * poisson.c - Poisson(lambda) conditioned on 1..max, as a table. For |W| = 1, lambda = ln 1 = 0:
 * the condition leaves K = 1 only, the limit of the formula.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "rng/sample.h"

#define TAIL 1e-18

/* ln of the unconditioned weight lambda^k / k!. */
static double log_weight(double lambda, uint32_t k) {
    int sign; /* lgamma would write it to a global: threads meet here */
    return (double)k * log(lambda) - lgamma_r((double)k + 1, &sign);
}

static double log_add(double a, double b) {
    double high = fmax(a, b), low = fmin(a, b);
    return low == -HUGE_VAL ? high : high + log1p(exp(low - high));
}

/* ln of the sum of weights over k..max: terms fall fast beyond lambda. */
static double log_tail_weight(double lambda, uint32_t k, uint32_t max) {
    double sum = -INFINITY;
    for (uint32_t i = k; i <= max; i++) {
        double term = log_weight(lambda, i);
        sum = log_add(sum, term);
        if ((double)i > lambda && term < sum - 45)
            break;
    }
    return sum;
}

static enum wh_status fill(struct wh_poisson *poisson) {
    enum wh_status status = WH_OK;
    uint32_t count = 1;
    while (count < poisson->max && wh_poisson_log_tail(poisson, count + 1) > log(TAIL))
        count++;
    poisson->count = count;
    WH_TRY(WH_ALLOC(poisson->p, count));
    WH_TRY(WH_ALLOC(poisson->cdf, count));
    double sum = 0;
    for (uint32_t k = 1; k <= count; k++) {
        poisson->p[k - 1] = exp(wh_poisson_log_p(poisson, k));
        poisson->cdf[k - 1] = sum += poisson->p[k - 1];
    }
out:
    return status;
}

enum wh_status wh_poisson_open(double lambda, uint32_t max, struct wh_poisson *poisson) {
    *poisson = (struct wh_poisson){.lambda = lambda, .max = max};
    if (!(lambda >= 0) || !isfinite(lambda) || max < 1)
        return wh_fail(WH_DATA, "Poisson needs lambda >= 0 and a bound of at least 1");
    poisson->log_total = lambda > 0 ? log_tail_weight(lambda, 1, max) : 0;
    enum wh_status status = fill(poisson);
    if (status != WH_OK)
        wh_poisson_close(poisson);
    return status;
}

void wh_poisson_close(struct wh_poisson *poisson) {
    free(poisson->p);
    free(poisson->cdf);
    *poisson = (struct wh_poisson){0};
}

uint32_t wh_poisson_sample(struct wh_rng *rng, const struct wh_poisson *poisson) {
    double target = wh_rng_uniform(rng) * poisson->cdf[poisson->count - 1];
    uint32_t k = 0; /* a short walk: the mean is ln|W| */
    while (k + 1 < poisson->count && poisson->cdf[k] <= target)
        k++;
    return k + 1;
}

double wh_poisson_log_p(const struct wh_poisson *poisson, uint32_t k) {
    if (k < 1 || k > poisson->max)
        return -INFINITY;
    if (poisson->lambda == 0)
        return k == 1 ? 0 : -INFINITY;
    return log_weight(poisson->lambda, k) - poisson->log_total;
}

double wh_poisson_log_tail(const struct wh_poisson *poisson, uint32_t k) {
    if (k <= 1)
        return 0;
    if (k > poisson->max || poisson->lambda == 0)
        return -INFINITY;
    return log_tail_weight(poisson->lambda, k, poisson->max) - poisson->log_total;
}
