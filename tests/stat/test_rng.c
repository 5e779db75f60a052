/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_rng.c - the samplers against their distributions.
 *
 * Every check below is a Kolmogorov-Smirnov test on N draws with the bound sqrt(ln(2/alpha) / (2
 * N)) of Dvoretzky, Kiefer, Wolfowitz and Massart, alpha = 1e-8, so it holds for every N: with
 * fewer than 40 checks this file raises a false alarm with probability below 4e-7. Seeds are fixed,
 * so in fact it always or never does. Biased twins show that the checks can fail.
 */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "rng/sample.h"
#include "tests/lib/fixture.h"

#define N     200000
#define ALPHA 1e-8

static double sample[N];

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Whether the sample could come from the distribution. */
static bool fits(double (*cdf)(double, const void *), const void *context) {
    double worst = 0;
    qsort(sample, N, sizeof *sample, by_value);
    for (int i = 0; i < N; i++) {
        double f = cdf(sample[i], context);
        worst = fmax(worst, fmax(f - (double)i / N, (double)(i + 1) / N - f));
    }
    return worst <= sqrt(log(2 / ALPHA) / (2.0 * N));
}

static void open_rng(struct wh_rng *rng, uint64_t number) {
    struct wh_source source;
    struct wh_lane lane;
    wh_source_seed(&source, 42);
    wh_lane_open(&source, "test", number, &lane);
    wh_rng_open(&lane, 7, rng);
}

static double uniform_cdf(double x, const void *context) {
    (void)context;
    return fmin(1, fmax(0, x));
}

static double normal_cdf(double x, const void *context) {
    (void)context;
    return gsl_cdf_ugaussian_P(x);
}

static double gamma_cdf(double x, const void *shape) {
    return gsl_cdf_gamma_P(x, *(const double *)shape, 1);
}

static double gumbel_cdf(double x, const void *gumbel) {
    return wh_gumbel_cdf(gumbel, x);
}

static void uniform_is_uniform(void **state) {
    (void)state;
    struct wh_rng rng;
    open_rng(&rng, 1);
    for (int i = 0; i < N; i++) {
        sample[i] = wh_rng_uniform(&rng);
        assert_true(sample[i] > 0 && sample[i] < 1);
    }
    assert_true(fits(uniform_cdf, NULL));
    open_rng(&rng, 1);
    for (int i = 0; i < N; i++)
        sample[i] = pow(wh_rng_uniform(&rng), 1.03);
    assert_false(fits(uniform_cdf, NULL)); /* a sampler that is three percent off */
}

static void normal_is_normal(void **state) {
    (void)state;
    struct wh_rng rng;
    open_rng(&rng, 2);
    for (int i = 0; i < N; i++)
        sample[i] = wh_rng_normal(&rng);
    assert_true(fits(normal_cdf, NULL));
    for (int i = 0; i < N; i++)
        sample[i] *= 1.03;
    assert_false(fits(normal_cdf, NULL));
}

static void normal_tail_is_right(void **state) {
    (void)state;
    struct wh_rng rng;
    open_rng(&rng, 3);
    /* Beyond the last layer of the ziggurat (3.654...): 2 Q(3.7) of 20 million, within 6 sd. */
    const double trials = 2e7, p = 2 * gsl_cdf_ugaussian_Q(3.7);
    double seen = 0;
    for (int i = 0; i < 20000000; i++)
        seen += fabs(wh_rng_normal(&rng)) > 3.7;
    assert_true(fabs(seen - trials * p) < 6 * sqrt(trials * p));
}

static void gamma_is_gamma(void **state) {
    (void)state;
    const double shapes[] = {1, 2, 5, 100, 300};
    struct wh_rng rng;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        open_rng(&rng, 10 + s);
        for (int i = 0; i < N; i++)
            sample[i] = wh_sample_gamma(&rng, shapes[s]);
        assert_true(fits(gamma_cdf, &shapes[s]));
        double wrong = shapes[s] * 1.05;
        assert_false(fits(gamma_cdf, &wrong));
    }
}

static void sphere_is_uniform(void **state) {
    (void)state;
    struct wh_rng rng;
    double direction[3];
    open_rng(&rng, 20);
    for (int i = 0; i < N; i++) {
        wh_sample_sphere(&rng, 3, direction);
        double norm = sqrt(direction[0] * direction[0] + direction[1] * direction[1] +
                           direction[2] * direction[2]);
        assert_true(fabs(norm - 1) < 1e-12);
        sample[i] = (direction[1] + 1) / 2; /* Archimedes: uniform in three dimensions */
    }
    assert_true(fits(uniform_cdf, NULL));
}

static void gumbel_follows_its_cdf(void **state) {
    (void)state;
    const double scales[] = {0.05, 1, 32, 1e5};
    struct wh_rng rng;
    for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
        struct wh_gumbel gumbel, other;
        must(wh_gumbel_open(scales[s], 16.8, &gumbel));
        open_rng(&rng, 30 + s);
        for (int i = 0; i < N; i++) {
            sample[i] = wh_gumbel_sample(&rng, &gumbel);
            assert_true(fabs(sample[i]) <= 16.8);
        }
        assert_true(fits(gumbel_cdf, &gumbel));
        must(wh_gumbel_open(scales[s], 16.0, &other));
        if (scales[s] >= 32) /* there the bound matters */
            assert_false(fits(gumbel_cdf, &other));
    }
}

/* The closed cdf against the plain formula in long double, and density against its derivative. */
static void gumbel_formulas_agree(void **state) {
    (void)state;
    const double scales[] = {0.3, 2, 32, 1e4};
    for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
        struct wh_gumbel gumbel;
        const double bound = 5;
        long double b = scales[s], low = expl(-expl(bound / b)), high = expl(-expl(-bound / b));
        must(wh_gumbel_open(scales[s], bound, &gumbel));
        for (double x = -4.9; x < 4.95; x += 0.1) {
            long double plain = (expl(-expl(-(long double)x / b)) - low) / (high - low);
            assert_true(fabs(wh_gumbel_cdf(&gumbel, x) - (double)plain) < 1e-12);
            assert_true(fabs(exp(wh_gumbel_log_sf(&gumbel, x)) - (double)(1 - plain)) < 1e-12);
            double u = wh_gumbel_cdf(&gumbel, x), slope;
            slope = (wh_gumbel_cdf(&gumbel, x + 1e-5) - wh_gumbel_cdf(&gumbel, x - 1e-5)) / 2e-5;
            assert_true(fabs(exp(wh_gumbel_log_pdf(&gumbel, x)) - slope) < 1e-6 * (1 + slope));
            if (u > 1e-9 && u < 1 - 1e-9)
                assert_true(fabs(wh_gumbel_quantile(&gumbel, u) - x) < 1e-5);
        }
        assert_true(wh_gumbel_quantile(&gumbel, 1e-300) >= -bound);
        assert_true(wh_gumbel_quantile(&gumbel, 1 - 0x1p-53) <= bound);
    }
}

static void poisson_is_conditioned(void **state) {
    (void)state;
    struct wh_poisson poisson;
    struct wh_rng rng;
    static uint64_t counts[64];
    must(wh_poisson_open(log(20000), 20000, &poisson));
    open_rng(&rng, 40);
    double sum = 0;
    for (uint32_t k = 1; k <= poisson.count; k++) {
        double direct = exp(k * log(poisson.lambda) - lgamma(k + 1.0) - poisson.lambda) /
                        -expm1(-poisson.lambda);
        assert_true(fabs(poisson.p[k - 1] - direct) < 1e-14);
        sum += poisson.p[k - 1];
    }
    assert_true(fabs(sum - 1) < 1e-14);
    assert_true(poisson.count < 64);
    for (int i = 0; i < N; i++)
        counts[wh_poisson_sample(&rng, &poisson)]++;
    assert_int_equal(counts[0], 0);
    /* Each count within 6 standard deviations: 64 * 2e-9. */
    for (uint32_t k = 1; k <= poisson.count; k++) {
        double mean = N * poisson.p[k - 1];
        assert_true(fabs((double)counts[k] - mean) <= 6 * sqrt(mean + 1) + 6);
    }
    assert_true(fabs(wh_poisson_log_tail(&poisson, 5) - log(1 - poisson.cdf[3])) < 1e-9);
    assert_true(wh_poisson_log_tail(&poisson, 400) < -900); /* far, yet finite */
    assert_true(isfinite(wh_poisson_log_tail(&poisson, 400)));
    wh_poisson_close(&poisson);
    must(wh_poisson_open(0, 1, &poisson)); /* one word: K = 1 always */
    assert_int_equal(wh_poisson_sample(&rng, &poisson), 1);
    wh_poisson_close(&poisson);
}

static void streams_are_addressed(void **state) {
    (void)state;
    struct wh_source source, again, other;
    struct wh_lane lane, lane2;
    struct wh_rng a, b;
    wh_source_seed(&source, 1);
    wh_source_seed(&again, 1);
    wh_source_seed(&other, 2);
    wh_lane_open(&source, "laplace", 5, &lane);
    wh_lane_open(&again, "laplace", 5, &lane2);
    assert_memory_equal(lane.key, lane2.key, sizeof lane.key);
    wh_lane_open(&other, "laplace", 5, &lane2);
    assert_memory_not_equal(lane.key, lane2.key, sizeof lane.key);
    wh_lane_open(&source, "tgm", 5, &lane2);
    assert_memory_not_equal(lane.key, lane2.key, sizeof lane.key);
    wh_lane_open(&source, "laplace", 6, &lane2);
    assert_memory_not_equal(lane.key, lane2.key, sizeof lane.key);
    wh_rng_open(&lane, 9, &a);
    wh_rng_open(&lane, 10, &b);
    assert_true(wh_rng_bits(&a) != wh_rng_bits(&b));
    wh_rng_open(&lane, 9, &a);
    wh_rng_open(&lane, 9, &b);
    for (int i = 0; i < 1000; i++)
        assert_true(wh_rng_bits(&a) == wh_rng_bits(&b));
}

static void system_entropy_differs(void **state) {
    (void)state;
    struct wh_source a, b;
    wh_source_system(&a);
    wh_source_system(&b);
    assert_memory_not_equal(a.key, b.key, sizeof a.key);
    assert_false(a.seeded);
}

static void below_is_fair(void **state) {
    (void)state;
    struct wh_rng rng;
    uint64_t counts[7] = {0};
    open_rng(&rng, 50);
    for (int i = 0; i < 700000; i++)
        counts[wh_rng_below(&rng, 7)]++;
    for (int i = 0; i < 7; i++) /* within 6 standard deviations */
        assert_true(fabs((double)counts[i] - 1e5) < 6 * sqrt(1e5));
}

/* Trials of several lanes made together have the numbers of trials made one by one, by every kind
 * of vectors, past what was made ahead too. */
static void trials_made_ahead_are_the_same(void **state) {
    (void)state;
    const uint64_t firsts[] = {0, 5, 0xfffffff9, UINT64_MAX - 3};
    const unsigned sizes[] = {WH_RNG_FIRST, 896, WH_AHEAD_MOST};
    wh_ahead_maker makers[WH_AHEAD_MAKERS];
    size_t count = wh_ahead_makers(makers);
    struct wh_source source;
    struct wh_lane lanes[3];
    struct wh_trial trials[WH_AHEAD];
    struct wh_rng_ahead ahead;
    wh_source_seed(&source, 3);
    for (uint64_t i = 0; i < 3; i++)
        wh_lane_open(&source, "test", i, &lanes[i]);
    for (size_t i = 0; i < count * 4 * 3; i++) {
        for (size_t t = 0; t < WH_AHEAD; t++)
            trials[t] = (struct wh_trial){&lanes[(i + t) % 3], firsts[i % 4] + t};
        ahead.first = trials;
        ahead.count = WH_AHEAD;
        ahead.size = sizes[i / 4 % 3];
        makers[i / 12](trials, &ahead);
        for (size_t t = 0; t < WH_AHEAD; t++) {
            struct wh_rng one, other;
            wh_rng_open(trials[t].lane, trials[t].number, &one);
            wh_rng_open_ahead(&trials[t], WH_AHEAD - t, WH_AHEAD_FEW, &ahead, &other);
            assert_int_equal(other.filled, ahead.size);
            for (int number = 0; number < 200; number++)
                assert_int_equal(wh_rng_bits(&one), wh_rng_bits(&other));
        }
    }
}

/* However many are left, whichever is asked for first. */
static void any_trials_may_be_made_ahead(void **state) {
    (void)state;
    struct wh_source source;
    struct wh_lane lanes[2];
    struct wh_trial trials[3 * WH_AHEAD];
    struct wh_rng_ahead ahead;
    wh_source_seed(&source, 4);
    for (uint64_t i = 0; i < 2; i++)
        wh_lane_open(&source, "test", i, &lanes[i]);
    for (size_t t = 0; t < 3 * WH_AHEAD; t++)
        trials[t] = (struct wh_trial){&lanes[t % 5 % 2], t * t};
    for (size_t count = 1; count <= 3 * WH_AHEAD; count++) {
        ahead.count = 0;
        for (size_t t = count / 3; t < count; t++) {
            struct wh_rng one, other;
            wh_rng_open(trials[t].lane, trials[t].number, &one);
            wh_rng_open_ahead(&trials[t], count - t, 20, &ahead, &other);
            for (int number = 0; number < 40; number++)
                assert_int_equal(wh_rng_bits(&one), wh_rng_bits(&other));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniform_is_uniform),
        cmocka_unit_test(normal_is_normal),
        cmocka_unit_test(normal_tail_is_right),
        cmocka_unit_test(gamma_is_gamma),
        cmocka_unit_test(sphere_is_uniform),
        cmocka_unit_test(gumbel_follows_its_cdf),
        cmocka_unit_test(gumbel_formulas_agree),
        cmocka_unit_test(poisson_is_conditioned),
        cmocka_unit_test(streams_are_addressed),
        cmocka_unit_test(system_entropy_differs),
        cmocka_unit_test(below_is_fair),
        cmocka_unit_test(trials_made_ahead_are_the_same),
        cmocka_unit_test(any_trials_may_be_made_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
