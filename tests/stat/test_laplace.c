/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_laplace.c - the noise of multivariate Laplace, and its outputs against a second
 * implementation.
 *
 * All checks compare a mean with its known value in units of its standard error and allow 6:
 * two-sided 2e-9 each, below 1e-7 for the file. A twin with the radius of n - 1 dimensions must
 * fail.
 */
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "rng/sample.h"
#include "stat/stat.h"
#include "tests/lib/fixture.h"

#define SIGMAS  6.0
#define DIM     100
#define EPSILON 10.0

struct moments {
    double count, sum, squares;
};

static void add(struct moments *moments, double x) {
    moments->count++;
    moments->sum += x;
    moments->squares += x * x;
}

/* (sample mean - expected) in standard errors of the sample. */
static double score(const struct moments *moments, double expected) {
    double mean = moments->sum / moments->count;
    double variance = moments->squares / moments->count - mean * mean;
    return (mean - expected) / sqrt(variance / moments->count);
}

/* Moments of radius, of the first coordinate, and of its square. */
static void sample_noise(double shape, struct moments *radius, struct moments *along,
                         struct moments *square) {
    struct wh_source source;
    struct wh_lane lane;
    double noise[DIM];
    wh_source_seed(&source, 3);
    wh_lane_open(&source, "noise", 0, &lane);
    for (uint64_t t = 0; t < 200000; t++) {
        struct wh_rng rng;
        wh_rng_open(&lane, t, &rng);
        double r;
        if (shape == DIM) {
            r = wh_sample_laplace(&rng, DIM, EPSILON, noise);
        } else {
            wh_sample_sphere(&rng, DIM, noise);
            r = wh_sample_gamma(&rng, shape) / EPSILON;
            for (int j = 0; j < DIM; j++)
                noise[j] *= r;
        }
        add(radius, r);
        add(along, noise[0]);
        add(square, noise[0] * noise[0]);
    }
}

static void noise_has_the_right_moments(void **state) {
    (void)state;
    struct moments radius = {0}, along = {0}, square = {0};
    sample_noise(DIM, &radius, &along, &square);
    assert_true(fabs(score(&radius, DIM / EPSILON)) < SIGMAS);
    assert_true(fabs(score(&along, 0)) < SIGMAS);
    assert_true(fabs(score(&square, (DIM + 1) / (EPSILON * EPSILON))) < SIGMAS);
    double variance = radius.squares / radius.count - pow(radius.sum / radius.count, 2);
    assert_true(fabs(sqrt(variance) - sqrt(DIM) / EPSILON) < 0.01);
}

static void the_wrong_dimension_is_caught(void **state) {
    (void)state;
    struct moments radius = {0}, along = {0}, square = {0};
    sample_noise(DIM - 1, &radius, &along, &square);
    assert_true(fabs(score(&radius, DIM / EPSILON)) > SIGMAS);
}

/* Share unchanged by another road: GSL's generator and samplers, a plain scan in double. */
static double independent_share(const struct fixture *fixture, uint32_t word, double epsilon,
                                int trials) {
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    uint32_t dim = wh_embed_dim(fixture->embed);
    double *direction = calloc(dim, sizeof *direction);
    int unchanged = 0;
    gsl_rng_set(rng, 12345);
    for (int t = 0; t < trials; t++) {
        gsl_ran_dir_nd(rng, dim, direction);
        double radius = gsl_ran_gamma(rng, dim, 1 / epsilon);
        const float *row = wh_embed_row(fixture->embed, word);
        bool beaten = false;
        for (uint32_t id = 0; id < wh_embed_words(fixture->embed) && !beaten; id++) {
            const float *other = wh_embed_row(fixture->embed, id);
            double square = 0, along = 0;
            for (uint32_t j = 0; j < dim; j++) {
                double gap = (double)other[j] - (double)row[j];
                square += gap * gap;
                along += gap * direction[j];
            }
            beaten = radius * along >
                     square / 2; /* mechanisms.md: u beats w iff eta.(u-w) > .5|u-w|^2 */
        }
        unchanged += !beaten;
    }
    gsl_rng_free(rng);
    free(direction);
    return (double)unchanged / trials;
}

static void shares_agree_with_a_second_implementation(void **state) {
    (void)state;
    struct fixture fixture;
    const double epsilons[] = {6, 10, 15};
    enum { OURS = 20000, THEIRS = 4000 };
    static uint32_t outputs[OURS];
    fixture_builtin(&fixture, 3000);
    uint32_t word = fixture_word(&fixture, "queen");
    for (int e = 0; e < 3; e++) {
        char text[64];
        struct wh_site *site;
        struct wh_source source;
        struct wh_lane lane;
        struct wh_scratch *scratch;
        snprintf(text, sizeof text, "laplace:epsilon=%g", epsilons[e]);
        struct wh_mechanism *mechanism = fixture_mechanism(&fixture, text);
        must(wh_site_open(mechanism, word, &site));
        wh_source_seed(&source, 5);
        wh_site_lane(site, &source, &lane);
        must(wh_scratch_open(&scratch));
        const struct wh_draws draws = {&lane, 0, OURS, scratch};
        must(wh_site_draw(site, &draws, outputs));
        double ours = 0;
        for (int t = 0; t < OURS; t++)
            ours += outputs[t] == word;
        ours /= OURS;
        double theirs = independent_share(&fixture, word, epsilons[e], THEIRS);
        double pooled = fmin(0.999, fmax(0.001, (ours + theirs) / 2));
        double error = sqrt(pooled * (1 - pooled) * (1.0 / OURS + 1.0 / THEIRS));
        assert_true(fabs(ours - theirs) < SIGMAS * error);
        wh_scratch_close(scratch);
        wh_site_close(site);
        wh_mechanism_close(mechanism);
    }
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_has_the_right_moments),
        cmocka_unit_test(the_wrong_dimension_is_caught),
        cmocka_unit_test(shares_agree_with_a_second_implementation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
