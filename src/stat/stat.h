/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stat.h - counts, intervals and what they summarise. Every sampled figure carries its number of
 * trials and an interval: proportions Clopper-Pearson, means normal with the sample's sd.
 */
#ifndef WH_STAT_H
#define WH_STAT_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct wh_interval {
    double value, lo, hi;
};

/* Clopper-Pearson, two-sided at confidence 1 - alpha; lo and hi rounded outward. trials > 0. */
struct wh_interval wh_stat_proportion(uint64_t count, uint64_t trials, double alpha);

/* One-sided bounds at level alpha, for audits. */
double wh_stat_lower(uint64_t count, uint64_t trials, double alpha);
double wh_stat_upper(uint64_t count, uint64_t trials, double alpha);

/* Mean with a normal interval from sum and sum of squares of trials values. */
struct wh_interval wh_stat_mean(double sum, double sum_squares, uint64_t trials, double alpha);

/* Outputs of one word under one set of parameters: they only ever accumulate. */
struct wh_hist {
    uint32_t words;
    uint64_t trials;
    uint64_t *counts; /* words of them */
    uint32_t *seen;   /* ids with a count, in order of first appearance */
    uint32_t seen_count;
};
enum wh_status wh_hist_open(uint32_t words, struct wh_hist *hist);
void wh_hist_close(struct wh_hist *hist);
void wh_hist_add(struct wh_hist *hist, const uint32_t *outputs, size_t count);
void wh_hist_merge(struct wh_hist *into, const struct wh_hist *from);
void wh_hist_clear(struct wh_hist *hist);
/* ids seen, by count descending, then id; out has seen_count entries. Deterministic. */
void wh_hist_sorted(const struct wh_hist *hist, uint32_t *out);

/* Rank bands of an output in the input word's neighbour list. */
enum wh_band { WH_BAND_SELF, WH_BAND_NEAR10, WH_BAND_NEAR100, WH_BAND_FAR, WH_BAND_COUNT };
enum wh_band wh_band_of(uint32_t rank);
const char *wh_band_name(enum wh_band band); /* "self", "near10", "near100", "far" */

/* Entropy in nats of probabilities p (0 log 0 = 0); effective support is its exponential. */
double wh_stat_entropy(const double *p, size_t count);

/* Chi-square goodness of fit: expected are probabilities of the cells; cells whose expectation is
 * below 5 are pooled. Returns the p-value; *cells (may be NULL) the cells after pooling. */
double wh_stat_chi_square(const uint64_t *observed, const double *expected, size_t cells_in,
                          uint64_t trials, size_t *cells);

/* Chains side by side, values[chain * length + step], two steps or more: split-Rhat (1: they agree;
 * HUGE_VAL: one or all of them never move) and how many independent draws they are worth. Costs
 * O(chains length lag), up to the lag where correlations end. */
double wh_stat_split_rhat(const double *values, size_t chains, size_t length);
double wh_stat_effective_size(const double *values, size_t chains, size_t length);

/* Percentile of value among count values: 100 * (share below + half the share equal). */
double wh_stat_percentile(const double *values, size_t count, double value);

#endif
