/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stat.c - intervals, entropy, chi-square, percentiles. */
#include "stat/stat.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

#include "stat/beta.h"

#define OUTWARD 1e-12 /* relative error of the beta quantiles */

/* The ends of the range have closed forms. */
double wh_stat_lower(uint64_t count, uint64_t trials, double alpha) {
    if (count == 0)
        return 0;
    double k = (double)count, n = (double)trials;
    double p = count == trials ? pow(alpha, 1 / n) : exp(wh_beta_log_quantile(k, n - k + 1, alpha));
    return p * (1 - OUTWARD);
}

double wh_stat_upper(uint64_t count, uint64_t trials, double alpha) {
    if (count == trials)
        return 1;
    double k = (double)count, n = (double)trials;
    /* 1 - X ~ Beta(n - k, k + 1) for X ~ Beta(k + 1, n - k). */
    double p =
        count == 0 ? -expm1(log(alpha) / n) : -expm1(wh_beta_log_quantile(n - k, k + 1, alpha));
    return fmin(1, p * (1 + OUTWARD));
}

struct wh_interval wh_stat_proportion(uint64_t count, uint64_t trials, double alpha) {
    return (struct wh_interval){(double)count / (double)trials,
                                wh_stat_lower(count, trials, alpha / 2),
                                wh_stat_upper(count, trials, alpha / 2)};
}

struct wh_interval wh_stat_mean(double sum, double sum_squares, uint64_t trials, double alpha) {
    double n = (double)trials, mean = sum / n;
    double variance = trials > 1 ? fmax(0, (sum_squares - sum * mean) / (n - 1)) : HUGE_VAL;
    double half = gsl_cdf_ugaussian_Qinv(alpha / 2) * sqrt(variance / n);
    return (struct wh_interval){mean, mean - half, mean + half};
}

double wh_stat_entropy(const double *p, size_t count) {
    double entropy = 0;
    for (size_t i = 0; i < count; i++)
        if (p[i] > 0)
            entropy -= p[i] * log(p[i]);
    return entropy;
}

double wh_stat_percentile(const double *values, size_t count, double value) {
    size_t below = 0, equal = 0;
    for (size_t i = 0; i < count; i++) {
        below += values[i] < value;
        equal += values[i] == value;
    }
    return 100 * ((double)below + (double)equal / 2) / (double)count;
}

#define CELL_MIN 5 /* expected counts below it are pooled (Cochran's rule) */

double wh_stat_chi_square(const uint64_t *observed, const double *expected, size_t cells_in,
                          uint64_t trials, size_t *cells) {
    double statistic = 0, pooled_expected = 0, pooled_observed = 0;
    size_t used = 0;
    for (size_t i = 0; i < cells_in; i++) {
        double mean = expected[i] * (double)trials, seen = (double)observed[i];
        if (mean < CELL_MIN) {
            pooled_expected += mean;
            pooled_observed += seen;
            continue;
        }
        statistic += (seen - mean) * (seen - mean) / mean;
        used++;
    }
    if (pooled_expected >= CELL_MIN) {
        double gap = pooled_observed - pooled_expected;
        statistic += gap * gap / pooled_expected;
        used++;
    } else if (pooled_observed > 0) {
        /* Too rare for the approximation: the Poisson tail Pr[X >= x] = P(x, mean) guards it. */
        double tail =
            pooled_expected > 0 ? gsl_sf_gamma_inc_P(pooled_observed, pooled_expected) : 0;
        if (tail < 1e-12)
            return tail;
    }
    if (cells)
        *cells = used;
    return used > 1 ? gsl_cdf_chisq_Q(statistic, (double)(used - 1)) : 1;
}
