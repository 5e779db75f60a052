/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * density.c - how crowded the place of a word is (mechanisms.md section 11).
 *
 * Radius r_k and kNN log-density ln k - ln|W| - ln V_n - n ln r_k; Gaussian kernel density over all
 * words, the word itself included; local intrinsic dimension by maximum likelihood (Amsaleg,
 * Chelly, Furon, Girard, Houle, Kawarabayashi, Nett: Estimating Local Intrinsic Dimensionality, KDD
 * 2015).
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "space/density.h"

#define LID_K 100

double wh_space_log_ball(uint32_t n) {
    double half = n / 2.0;
    int sign; /* lgamma would write it to a global: threads meet here */
    return half * log(acos(-1)) - lgamma_r(half + 1, &sign);
}

double wh_knn_log_density(uint32_t k, uint32_t words, uint32_t dim, double radius) {
    return log(k) - log(words) - wh_space_log_ball(dim) - dim * log(radius);
}

double wh_kde_constant(uint32_t words, uint32_t dim, double bandwidth) {
    return -log(words) - dim * log(bandwidth * sqrt(2 * acos(-1)));
}

double wh_kde_log_sum(const double *distances, uint32_t words, double bandwidth) {
    double scale = -1 / (2 * bandwidth * bandwidth), highest = -HUGE_VAL, sum = 0;
    for (uint32_t id = 0; id < words; id++)
        highest = fmax(highest, scale * distances[id] * distances[id]);
    for (uint32_t id = 0; id < words; id++)
        sum += exp(scale * distances[id] * distances[id] - highest);
    return highest + log(sum);
}

/* Words at distance 0 say nothing about the dimension and are passed over. */
static double intrinsic_dimension(const struct wh_neighbour *near, size_t count) {
    double farthest = near[count - 1].distance, sum = 0;
    size_t used = 0;
    for (size_t i = 0; i + 1 < count; i++) {
        if (near[i].distance <= 0)
            continue;
        sum += log(near[i].distance / farthest);
        used++;
    }
    return sum < 0 ? -(double)used / sum : (double)NAN;
}

static double percentile(const double *values, uint32_t count, double value) {
    uint32_t below = 0, equal = 0;
    for (uint32_t i = 0; i < count; i++) {
        below += values[i] < value;
        equal += values[i] == value;
    }
    return 100 * (below + equal / 2.0) / count;
}

static void fill_percentiles(const struct wh_embed *embed, uint32_t word,
                             struct wh_density *density) {
    const struct wh_derived *derived = wh_embed_derived(embed);
    uint32_t words = wh_embed_words(embed);
    uint32_t standard = words - 1 < WH_RADIUS_K ? words - 1 : WH_RADIUS_K;
    density->radius_percentile = density->kde_percentile = NAN;
    if (derived->radius && density->k == standard)
        density->radius_percentile = percentile(derived->radius, words, derived->radius[word]);
    if (derived->kde_log_density && density->bandwidth == derived->bandwidth) {
        density->kde_log_density = derived->kde_log_density[word];
        density->kde_percentile =
            percentile(derived->kde_log_density, words, density->kde_log_density);
    }
}

static enum wh_status fill_kde(const struct wh_near *near, uint32_t word,
                               struct wh_density *density) {
    uint32_t words = wh_embed_words(wh_near_embed(near));
    double *distances = wh_alloc(words, sizeof *distances);
    if (!distances)
        return WH_NOMEM;
    wh_near_distances(near, word, distances);
    density->kde_log_density =
        wh_kde_log_sum(distances, words, density->bandwidth) +
        wh_kde_constant(words, wh_embed_dim(wh_near_embed(near)), density->bandwidth);
    free(distances);
    return WH_OK;
}

enum wh_status wh_space_density(const struct wh_near *near, uint32_t word, uint32_t k,
                                double bandwidth, struct wh_density *density) {
    enum wh_status status = WH_OK;
    struct wh_neighbour *list = NULL;
    const struct wh_embed *embed = wh_near_embed(near);
    uint32_t words = wh_embed_words(embed), dim = wh_embed_dim(embed);
    size_t found;
    if (words < 2)
        return wh_fail(WH_UNAVAILABLE, "an embedding of one word has no density");
    k = k ? k : WH_RADIUS_K;
    k = k < words - 1 ? k : words - 1;
    uint32_t lid_k = words - 1 < LID_K ? words - 1 : LID_K;
    uint32_t wanted = k > lid_k ? k : lid_k;
    WH_TRY(WH_ALLOC(list, wanted));
    WH_TRY(wh_near_word(near, word, wanted, list, &found));
    *density = (struct wh_density){.k = k,
                                   .lid_k = lid_k,
                                   .radius = list[k - 1].distance,
                                   .nn_distance = list[0].distance,
                                   .bandwidth = bandwidth > 0 ? bandwidth
                                                              : wh_embed_derived(embed)->bandwidth,
                                   .kde_log_density = NAN,
                                   .lid = intrinsic_dimension(list, lid_k)};
    density->knn_log_density = wh_knn_log_density(k, words, dim, density->radius);
    fill_percentiles(embed, word, density);
    if (isnan(density->kde_log_density) && density->bandwidth > 0)
        status = fill_kde(near, word, density);
out:
    free(list);
    return status;
}
