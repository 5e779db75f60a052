/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chains.c - do Markov chains agree? Gelman, Carlin, Stern, Dunson, Vehtari, Rubin: Bayesian Data
 * Analysis, 3rd edition, sections 11.4 and 11.5: every chain is split in two, the variance between
 * the means of the halves is compared with the variance within them.
 */
#include <math.h>

#include "stat/stat.h"

struct halves {
    const double *values;
    size_t count, length; /* of halves; a value in the middle of an odd chain is left out */
    size_t chain;         /* length of a chain */
    double within, total; /* W and var+ */
};

static const double *half_at(const struct halves *halves, size_t i) {
    const double *chain = halves->values + i / 2 * halves->chain;
    return i % 2 ? chain + halves->chain - halves->length : chain;
}

static double mean_of(const double *values, size_t length) {
    double sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += values[i];
    return sum / (double)length;
}

static void moments(const double *values, size_t length, double *mean, double *variance) {
    double squares = 0;
    *mean = mean_of(values, length);
    for (size_t i = 0; i < length; i++)
        squares += (values[i] - *mean) * (values[i] - *mean);
    *variance = squares / ((double)length - 1);
}

static struct halves split(const double *values, size_t chains, size_t length) {
    struct halves halves = {values, 2 * chains, length / 2, length, 0, 0};
    double count = (double)halves.count, n = (double)halves.length, sum = 0, squares = 0;
    for (size_t i = 0; i < halves.count; i++) {
        double mean, variance;
        moments(half_at(&halves, i), halves.length, &mean, &variance);
        halves.within += variance / count;
        sum += mean;
        squares += mean * mean;
    }
    double between = fmax(0, (squares - sum * sum / count) / (count - 1));
    halves.total = (n - 1) / n * halves.within + between;
    return halves;
}

double wh_stat_split_rhat(const double *values, size_t chains, size_t length) {
    struct halves halves = split(values, chains, length);
    return halves.within > 0 ? sqrt(halves.total / halves.within) : HUGE_VAL;
}

/* 1 - V_t / (2 var+), V_t the mean square of differences at lag t. */
static double correlation(const struct halves *halves, size_t lag) {
    double sum = 0;
    for (size_t i = 0; i < halves->count; i++) {
        const double *half = half_at(halves, i);
        for (size_t t = lag; t < halves->length; t++)
            sum += (half[t] - half[t - lag]) * (half[t] - half[t - lag]);
    }
    double pairs = (double)(halves->count * (halves->length - lag));
    return 1 - sum / pairs / (2 * halves->total);
}

/* Correlations are added up in pairs as long as a pair's sum is positive (Geyer 1992). */
double wh_stat_effective_size(const double *values, size_t chains, size_t length) {
    struct halves halves = split(values, chains, length);
    double sum = 0, draws = (double)(halves.count * halves.length);
    if (!(halves.within > 0))
        return 0;
    for (size_t lag = 1; lag + 1 < halves.length; lag += 2) {
        double pair = correlation(&halves, lag) + correlation(&halves, lag + 1);
        if (pair <= 0)
            break;
        sum += pair;
    }
    return fmin(draws, draws / (1 + 2 * sum));
}
