/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * posterior.h - priors over input words, and what observing an output makes of them, in the log
 * domain: masses far below 1e-308 still have their ratios.
 */
#ifndef WH_POSTERIOR_H
#define WH_POSTERIOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "stat/stat.h"

enum wh_prior {
    WH_PRIOR_UNIFORM,
    WH_PRIOR_UNIGRAM, /* frequency rank r (the first word is 1): ~ 1/(r + 2.7), Zipf-Mandelbrot */
    WH_PRIORS
};
const char *wh_prior_name(enum wh_prior prior); /* "uniform", "unigram" */

/* ln prior of each of count words, which are the only ones possible: adds up to 1 over them. The
 * rank of a word is its id + 1. */
void wh_prior_logs(enum wh_prior prior, const uint32_t *words, size_t count, double *log_prior);

/* ln P(word i | output) from ln prior and ln P(output | word i); returns ln P(output), -HUGE_VAL if
 * no word can give it (all posteriors are then -HUGE_VAL). out may be log_p. */
double wh_posterior(const double *log_prior, const double *log_p, size_t count, double *out);

/*
 * The Bayes guesser over all outputs: for each output the largest ln prior + ln P(output | word)
 * met so far. Words may come in any order, from several of these that are merged.
 */
struct wh_guesser {
    uint32_t outputs;
    double *best; /* by output; -HUGE_VAL: nothing yet */
};
enum wh_status wh_guesser_open(uint32_t outputs, struct wh_guesser *guesser);
void wh_guesser_close(struct wh_guesser *guesser);
void wh_guesser_add(struct wh_guesser *guesser, double log_prior, const double *log_p);
void wh_guesser_merge(struct wh_guesser *into, const struct wh_guesser *from);
double wh_guesser_success(const struct wh_guesser *guesser);

/*
 * A rate that is a weighted sum of independent counts: sum of weight times count. The interval is
 * that of Fay and Feuer, Statistics in Medicine 16 (1997): a gamma distribution with the moments of
 * the sum, conservative for Poisson counts, and so for binomial ones.
 */
struct wh_weighted_count {
    double sum, squares; /* of weight and weight^2 times count */
    double heaviest;     /* largest weight */
};
void wh_weighted_add(struct wh_weighted_count *all, double weight, uint64_t count);
/* What was added; the heaviest weight stays, which only widens the interval. */
void wh_weighted_remove(struct wh_weighted_count *all, double weight, uint64_t count);
struct wh_interval wh_weighted_interval(const struct wh_weighted_count *all, double alpha);

#endif
