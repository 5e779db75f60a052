/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_pairs.c - the facts of all pairs against the limit of the arithmetic: every pair's bytes
 * multiplied once, by all processors at the rate that chains of the kernel's own byte products
 * reach on all of them at the same time. Both are taken in turn, and the best of each counts:
 * whatever else the machine does can only slow it down.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/pool.h"
#include "near/near.h"
#include "run/peak.h"
#include "vec/vec.h"

#define ROUNDS 3

static void must_work(enum wh_status status) {
    if (status == WH_OK)
        return;
    fprintf(stderr, "bench_pairs: %s\n", wh_error());
    exit((int)status);
}

static enum wh_status one_peak(void *context, size_t begin, size_t end, int thread) {
    struct wh_peak *peaks = context;
    (void)end;
    (void)thread;
    wh_peak_multiply(wh_vec()->name, &peaks[begin]);
    return WH_OK;
}

/* Byte products a second of all processors together; NAN where the kernel has none. */
static double all_peaks(void) {
    struct wh_peak peaks[256];
    int count = wh_cpu_count() < 256 ? wh_cpu_count() : 256;
    double sum = 0;
    must_work(wh_pool_run(count, (size_t)count, 1, one_peak, peaks));
    for (int i = 0; i < count; i++)
        sum += peaks[i].bytes;
    return sum;
}

static double pairs_seconds(const struct wh_near *near, int threads) {
    struct wh_near_pairs pairs;
    double start = wh_peak_seconds();
    must_work(wh_near_pairs(near, threads, NULL, &pairs));
    double seconds = wh_peak_seconds() - start;
    free(pairs.nn_distance);
    free(pairs.radius);
    return seconds;
}

int main(int argc, char **argv) {
    const struct wh_embed_options options = {.path = argc > 1 ? argv[1] : NULL};
    struct wh_embed *embed;
    struct wh_near *near;
    double peak = 0, best = INFINITY;
    must_work(wh_embed_open(&options, &embed));
    must_work(wh_near_open(embed, &near));
    double words = wh_embed_words(embed), dim = wh_embed_dim(embed);
    for (int round = 0; round < ROUNDS; round++) {
        peak = fmax(peak, all_peaks());
        best = fmin(best, pairs_seconds(near, 0));
    }
    double limit = words * (words - 1) / 2 * dim / peak;
    printf("%s: %.0f x %.0f, facts of all pairs, kernel %s, %d processors\n", wh_embed_name(embed),
           words, dim, wh_vec()->name, wh_cpu_count());
    printf("  %.2f s; %.0f * 10^9 byte products a second at most: limit %.2f s, %.2f times that\n",
           best, 1e-9 * peak, limit, best / limit);
    wh_near_close(near);
    wh_embed_close(embed);
    return 0;
}
