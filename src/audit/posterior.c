/* SPDX-License-Identifier: GPL-3.0-or-later */
/* posterior.c - see posterior.h. */
#include "audit/posterior.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

#define HALVINGS   60
#define ZIPF_SHIFT 2.7 /* of Zipf-Mandelbrot, the usual fit to English word frequencies */

const char *wh_prior_name(enum wh_prior prior) {
    static const char *const names[WH_PRIORS] = {"uniform", "unigram"};
    return names[prior];
}

static double log_weight(enum wh_prior prior, uint32_t word) {
    return prior == WH_PRIOR_UNIFORM ? 0 : -log((double)word + 1 + ZIPF_SHIFT);
}

static double log_sum(const double *values, size_t count) {
    double highest = -HUGE_VAL, sum = 0;
    for (size_t i = 0; i < count; i++)
        highest = fmax(highest, values[i]);
    if (highest == -HUGE_VAL)
        return highest;
    for (size_t i = 0; i < count; i++)
        sum += exp(values[i] - highest);
    return highest + log(sum);
}

void wh_prior_logs(enum wh_prior prior, const uint32_t *words, size_t count, double *log_prior) {
    for (size_t i = 0; i < count; i++)
        log_prior[i] = log_weight(prior, words[i]);
    double total = log_sum(log_prior, count);
    for (size_t i = 0; i < count; i++)
        log_prior[i] -= total;
}

double wh_posterior(const double *log_prior, const double *log_p, size_t count, double *out) {
    for (size_t i = 0; i < count; i++)
        out[i] = log_prior[i] + log_p[i];
    double evidence = log_sum(out, count);
    for (size_t i = 0; i < count && evidence > -HUGE_VAL; i++)
        out[i] -= evidence;
    return evidence;
}

enum wh_status wh_guesser_open(uint32_t outputs, struct wh_guesser *guesser) {
    *guesser = (struct wh_guesser){.outputs = outputs};
    if (WH_ALLOC(guesser->best, outputs) != WH_OK)
        return WH_NOMEM;
    for (uint32_t u = 0; u < outputs; u++)
        guesser->best[u] = -HUGE_VAL;
    return WH_OK;
}

void wh_guesser_close(struct wh_guesser *guesser) {
    free(guesser->best);
    *guesser = (struct wh_guesser){0};
}

void wh_guesser_add(struct wh_guesser *guesser, double log_prior, const double *log_p) {
    for (uint32_t u = 0; u < guesser->outputs; u++)
        if (log_prior + log_p[u] > guesser->best[u])
            guesser->best[u] = log_prior + log_p[u];
}

void wh_guesser_merge(struct wh_guesser *into, const struct wh_guesser *from) {
    wh_guesser_add(into, 0, from->best);
}

double wh_guesser_success(const struct wh_guesser *guesser) {
    double sum = 0;
    for (uint32_t u = 0; u < guesser->outputs; u++)
        sum += exp(guesser->best[u]);
    return fmin(1, sum);
}

void wh_weighted_add(struct wh_weighted_count *all, double weight, uint64_t count) {
    all->sum += weight * (double)count;
    all->squares += weight * weight * (double)count;
    all->heaviest = fmax(all->heaviest, weight);
}

/* What rounding leaves of nothing is nothing. */
static double without(double sum, double part) {
    return sum - part > 1e-12 * sum ? sum - part : 0;
}

void wh_weighted_remove(struct wh_weighted_count *all, double weight, uint64_t count) {
    all->sum = without(all->sum, weight * (double)count);
    all->squares = without(all->squares, weight * weight * (double)count);
}

/* The x with gamma cdf of that shape (and scale 1) = share, by bisection: GSL's inverse goes astray
 * for shapes above some thousand. */
static double gamma_quantile(double shape, double share) {
    double low = 0, high = shape + 40 * (1 + sqrt(shape));
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (gsl_cdf_gamma_P(middle, shape, 1) < share)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

struct wh_interval wh_weighted_interval(const struct wh_weighted_count *all, double alpha) {
    double mean = all->sum, variance = all->squares, low = 0;
    if (mean > 0)
        low = gamma_quantile(mean * mean / variance, alpha / 2) * variance / mean;
    mean += all->heaviest;
    variance += all->heaviest * all->heaviest;
    double high = gamma_quantile(mean * mean / variance, 1 - alpha / 2) * variance / mean;
    return (struct wh_interval){all->sum, low, high};
}
