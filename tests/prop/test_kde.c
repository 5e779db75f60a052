/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_kde.c - ln of the Gaussian kernel density as it is computed in floats, for large
 * vocabularies and for the prior of density-mh, against sums in long double over the built-in
 * vectors.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/mem.h"
#include "tests/lib/fixture.h"
#include "vec/vec.h"

#define TILE 64

static struct fixture words;
static float *half; /* |u|^2 / 2 of every word */

static int open_words(void **state) {
    (void)state;
    fixture_builtin(&words, 0);
    uint32_t count = wh_embed_words(words.embed);
    half = wh_alloc_aligned(count, sizeof *half);
    for (uint32_t u = 0; u < count; u++)
        half[u] = (float)(wh_embed_norms2(words.embed)[u] / 2);
    return half ? 0 : -1;
}

static int close_words(void **state) {
    (void)state;
    free(half);
    fixture_close(&words);
    return 0;
}

/* ln sum_u e^(-|z-u|^2/(2h^2)), nothing rounded to a float but the points themselves. */
static long double exact_log_sum(const float *point) {
    uint32_t count = wh_embed_words(words.embed), dim = wh_embed_dim(words.embed);
    long double h = wh_embed_derived(words.embed)->bandwidth, sum = 0;
    for (uint32_t u = 0; u < count; u++) {
        const float *row = wh_embed_row(words.embed, u);
        long double square = 0;
        for (uint32_t j = 0; j < dim; j++) {
            long double difference = (long double)point[j] - row[j];
            square += difference * difference;
        }
        sum += expl(-square / (2 * h * h));
    }
    return logl(sum);
}

/* The same for a panel of points as the program does it, with this kernel. */
static void float_log_sums(const struct wh_vec_kernel *kernel, const float *points,
                           double out[WH_VEC_PANEL]) {
    uint32_t count = wh_embed_words(words.embed), dim = wh_embed_dim(words.embed);
    size_t stride = wh_embed_stride(words.embed);
    double h = wh_embed_derived(words.embed)->bandwidth;
    _Alignas(64) float own[WH_VEC_PANEL], dots[TILE * WH_VEC_PANEL];
    _Alignas(64) double sums[WH_VEC_PANEL] = {0};
    float *panel = wh_alloc_aligned((size_t)WH_VEC_PANEL * dim, sizeof *panel);
    for (size_t q = 0; q < WH_VEC_PANEL; q++) {
        double square = 0;
        for (uint32_t j = 0; j < dim; j++) {
            float x = panel[j * WH_VEC_PANEL + q] = points[q * dim + j];
            square += (double)x * (double)x;
        }
        own[q] = (float)(square / 2);
    }
    const struct wh_vec_bells bells = {panel, dim, own, (float)(1 / (h * h)), dots, sums};
    for (uint32_t row = 0; row < count; row += TILE) {
        uint32_t rows = count - row < TILE ? count - row : TILE;
        kernel->bells(wh_embed_row(words.embed, row), stride, rows, half + row, &bells);
    }
    for (size_t q = 0; q < WH_VEC_PANEL; q++)
        out[q] = log(sums[q]);
    free(panel);
}

/* WH_VEC_PANEL words far apart in the vocabulary, moved by noise of this length. */
static float *points_at(double length, struct plain_rng *rng) {
    uint32_t count = wh_embed_words(words.embed), dim = wh_embed_dim(words.embed);
    float *points = wh_alloc((size_t)WH_VEC_PANEL * dim, sizeof *points);
    for (uint32_t q = 0; q < WH_VEC_PANEL; q++) {
        const float *row = wh_embed_row(words.embed, q * (count / WH_VEC_PANEL));
        double noise[512], square = 0;
        for (uint32_t j = 0; j < dim; j++) {
            noise[j] = plain_normal(rng);
            square += noise[j] * noise[j];
        }
        for (uint32_t j = 0; j < dim; j++)
            points[q * dim + j] = (float)((double)row[j] + length * noise[j] / sqrt(square));
    }
    return points;
}

static double worst_error(double length) {
    struct plain_rng rng = {99};
    double found[WH_VEC_PANEL], again[WH_VEC_PANEL], worst = 0;
    float *points = points_at(length, &rng);
    uint32_t dim = wh_embed_dim(words.embed);
    float_log_sums(wh_vec_all()[0], points, found);
    for (const struct wh_vec_kernel *const *kernel = wh_vec_all(); *kernel; kernel++) {
        if (!(*kernel)->usable(wh_cpu()))
            continue;
        float_log_sums(*kernel, points, again);
        assert_memory_equal(again, found, sizeof found);
    }
    for (size_t q = 0; q < WH_VEC_PANEL; q++) {
        long double error = fabsl(found[q] - exact_log_sum(points + q * dim));
        worst = fmax(worst, (double)error);
    }
    free(points);
    return worst;
}

/* At the words themselves, as a large vocabulary's densities are. */
static void test_at_words(void **state) {
    (void)state;
    assert_true(worst_error(0) < 2e-7);
}

/* Where chains of density-mh go: as far as noise of epsilon 10 leads, and as far as floats reach.
 */
static void test_at_noisy_points(void **state) {
    (void)state;
    assert_true(worst_error(20) < 1e-6);
    assert_true(worst_error(57) < 5e-6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_at_words),
        cmocka_unit_test(test_at_noisy_points),
    };
    return cmocka_run_group_tests_name("kde", tests, open_words, close_words);
}
