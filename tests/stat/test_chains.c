/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_chains.c - density-mh against its law by a grid in the plane, and the judges of chains on
 * chains whose answer is known.
 *
 * Draws are independent, so a chi-square test applies; it fails a right program with probability
 * 1e-6 (the chains' own distance from their law, e^-15 or so after 400 steps here, is far below
 * what 20,000 draws can see). Twins with another prior or another epsilon must be refused.
 */
#include <math.h>
#include <stdlib.h>

#include "stat/stat.h"
#include "tests/lib/fixture.h"

#define WORDS 8
#define DRAWS 20000
#define SIDE  1200 /* of the grid */
#define REACH 15.0 /* of the grid, about the origin: beyond lies less than 1e-5 of the mass */
#define LEVEL 1e-6

static struct fixture plane;
static float rows[WORDS * 2];

static int open_plane(void **unused) {
    struct plain_rng rng = {7};
    (void)unused;
    for (int i = 0; i < WORDS * 2; i++)
        rows[i] = (float)(1.5 * plain_normal(&rng));
    fixture_vectors(&plane, rows, WORDS, 2);
    return 0;
}

static int close_plane(void **unused) {
    (void)unused;
    fixture_close(&plane);
    return 0;
}

static double square(double x, double y, uint32_t word) {
    double dx = x - (double)rows[2 * word], dy = y - (double)rows[2 * word + 1];
    return dx * dx + dy * dy;
}

/* The law of the nearest word under S^kappa e^{-(epsilon/2) r}, by the midpoints of a grid. */
static void grid_law(uint32_t word, double epsilon, double kappa, double *p) {
    double h = wh_embed_derived(plane.embed)->bandwidth, total = 0;
    for (uint32_t u = 0; u < WORDS; u++)
        p[u] = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        double x = REACH * (2 * (i % SIDE + 0.5) / SIDE - 1);
        double y = REACH * (2 * (i / SIDE + 0.5) / SIDE - 1), prior = 0;
        uint32_t nearest = 0;
        for (uint32_t u = 0; u < WORDS; u++) {
            prior += exp(-square(x, y, u) / (2 * h * h));
            if (square(x, y, u) < square(x, y, nearest))
                nearest = u;
        }
        double mass = pow(prior, kappa) * exp(-epsilon / 2 * sqrt(square(x, y, word)));
        p[nearest] += mass;
        total += mass;
    }
    for (uint32_t u = 0; u < WORDS; u++)
        p[u] /= total;
}

static void draw(const char *text, uint32_t word, uint64_t *counts) {
    static uint32_t outputs[DRAWS];
    struct wh_mechanism *mechanism = fixture_mechanism(&plane, text);
    struct wh_site *site;
    struct wh_source source;
    struct wh_lane lane;
    struct wh_scratch *scratch;
    wh_source_seed(&source, 5);
    must(wh_site_open(mechanism, word, &site));
    wh_site_lane(site, &source, &lane);
    must(wh_scratch_open(&scratch));
    const struct wh_draws draws = {&lane, 0, DRAWS, scratch};
    must(wh_site_draw(site, &draws, outputs));
    for (uint32_t u = 0; u < WORDS; u++)
        counts[u] = 0;
    for (int i = 0; i < DRAWS; i++)
        counts[outputs[i]]++;
    wh_scratch_close(scratch);
    wh_site_close(site);
    wh_mechanism_close(mechanism);
}

static double agreement(const uint64_t *counts, uint32_t word, double epsilon, double kappa) {
    double p[WORDS];
    grid_law(word, epsilon, kappa, p);
    return wh_stat_chi_square(counts, p, WORDS, DRAWS, NULL);
}

static void test_grid_law(void **unused) {
    uint64_t counts[WORDS];
    (void)unused;
    draw("density-mh:epsilon=2:kappa=2:steps=400", 0, counts);
    assert_true(agreement(counts, 0, 2, 2) > LEVEL);
    assert_true(agreement(counts, 0, 2, 1) < LEVEL);
    assert_true(agreement(counts, 0, 2.4, 2) < LEVEL);
    draw("density-mh:epsilon=3:kappa=-1:steps=400", 5, counts);
    assert_true(agreement(counts, 5, 3, -1) > LEVEL);
    assert_true(agreement(counts, 5, 3, 0) < LEVEL);
}

/* kappa = 0 is Laplace noise of half the epsilon, whatever the steps. */
static void test_without_prior(void **unused) {
    uint64_t counts[WORDS];
    (void)unused;
    draw("density-mh:epsilon=2:kappa=0:steps=20", 3, counts);
    assert_true(agreement(counts, 3, 2, 0) > LEVEL);
}

/* Far out S is no double any more; its logarithm still pulls inwards. */
static void test_far_out(void **unused) {
    uint64_t counts[WORDS];
    (void)unused;
    draw("density-mh:epsilon=0.001:kappa=1:steps=60", 0, counts);
    uint64_t all = 0;
    for (uint32_t u = 0; u < WORDS; u++)
        all += counts[u];
    assert_int_equal(all, DRAWS);
}

/* Twelve words about the origin, two hundred far away where nearly all of the mass is: chains that
 * begin at the word never get there, and must not be taken for those that would. */
static void test_far_mode(void **unused) {
    enum { NEAR = 12, FAR = 200, STEPS = 2000 };
    static float place[(NEAR + FAR) * 2];
    struct plain_rng rng = {3};
    struct fixture fixture;
    struct wh_source source;
    struct wh_lane lane;
    struct wh_site *site;
    struct wh_chains chains;
    (void)unused;
    for (int i = 0; i < (NEAR + FAR) * 2; i++)
        place[i] = (float)(plain_normal(&rng) + (i < NEAR * 2 || i % 2 ? 0 : 20));
    fixture_vectors(&fixture, place, NEAR + FAR, 2);
    struct wh_mechanism *mechanism =
        fixture_mechanism(&fixture, "density-mh:epsilon=2:kappa=10:steps=4000");
    wh_source_seed(&source, 1);
    must(wh_site_open(mechanism, 0, &site));
    wh_site_lane(site, &source, &lane);
    must(wh_site_chains(site, &lane, &chains));
    assert_int_equal(chains.length, STEPS);
    double rhat = wh_stat_split_rhat(chains.distance, chains.count, chains.length);
    double size = wh_stat_effective_size(chains.distance, chains.count, chains.length);
    assert_true(rhat > 1.01 && size < 400);
    wh_chains_close(&chains);
    wh_site_close(site);
    wh_mechanism_close(mechanism);
    fixture_close(&fixture);
}

/* A trial does not depend on what is drawn beside it. */
static void test_trials_alone(void **unused) {
    struct wh_mechanism *mechanism = fixture_mechanism(&plane, "density-mh:epsilon=2:steps=50");
    struct wh_site *site;
    struct wh_source source;
    struct wh_lane lane;
    struct wh_scratch *scratch;
    uint32_t together[100], alone;
    (void)unused;
    wh_source_seed(&source, 6);
    must(wh_site_open(mechanism, 2, &site));
    wh_site_lane(site, &source, &lane);
    must(wh_scratch_open(&scratch));
    const struct wh_draws draws = {&lane, 0, 100, scratch};
    must(wh_site_draw(site, &draws, together));
    for (uint64_t t = 0; t < 100; t++) {
        const struct wh_draws one = {&lane, t, 1, scratch};
        must(wh_site_draw(site, &one, &alone));
        assert_int_equal(alone, together[t]);
    }
    wh_scratch_close(scratch);
    wh_site_close(site);
    wh_mechanism_close(mechanism);
}

static void test_given_up(void **unused) {
    struct wh_mechanism *mechanism =
        fixture_mechanism(&plane, "density-mh:epsilon=2:steps=1000000");
    struct wh_site *site;
    struct wh_source source;
    struct wh_lane lane;
    struct wh_scratch *scratch;
    struct wh_token token = {0};
    static uint32_t outputs[DRAWS];
    (void)unused;
    wh_source_seed(&source, 6);
    must(wh_site_open(mechanism, 2, &site));
    wh_site_lane(site, &source, &lane);
    must(wh_scratch_open(&scratch));
    scratch->token = &token;
    token.cancelled = true;
    const struct wh_draws draws = {&lane, 0, DRAWS, scratch};
    assert_int_equal(wh_site_draw(site, &draws, outputs), WH_CANCELLED);
    wh_scratch_close(scratch);
    wh_site_close(site);
    wh_mechanism_close(mechanism);
}

/* ---- judges ---- */

#define CHAINS 4
#define LENGTH 5000

static double values[CHAINS * LENGTH];

/* x' = memory x + noise, of variance 1; chain c about c * apart. */
static void autoregressive(double memory, double apart) {
    struct plain_rng rng = {11};
    for (int c = 0; c < CHAINS; c++) {
        double x = plain_normal(&rng);
        for (int t = 0; t < LENGTH; t++) {
            x = memory * x + sqrt(1 - memory * memory) * plain_normal(&rng);
            values[c * LENGTH + t] = x + c * apart;
        }
    }
}

static void test_agreeing_chains(void **unused) {
    (void)unused;
    autoregressive(0, 0);
    assert_true(wh_stat_split_rhat(values, CHAINS, LENGTH) < 1.002);
    assert_true(wh_stat_effective_size(values, CHAINS, LENGTH) > 0.9 * CHAINS * LENGTH);
    autoregressive(0.9, 0);
    double size = wh_stat_effective_size(values, CHAINS, LENGTH);
    double expected = CHAINS * LENGTH * (1 - 0.9) / (1 + 0.9);
    assert_true(size > 0.8 * expected && size < 1.25 * expected);
}

static void test_disagreeing_chains(void **unused) {
    (void)unused;
    autoregressive(0, 1); /* everyone in a mode of its own */
    assert_true(wh_stat_split_rhat(values, CHAINS, LENGTH) > 1.3);
    assert_true(wh_stat_effective_size(values, CHAINS, LENGTH) < 20);
    autoregressive(0.9999, 0); /* slower than the chains are long */
    assert_true(wh_stat_split_rhat(values, CHAINS, LENGTH) > 1.1);
    for (int i = 0; i < CHAINS * LENGTH; i++)
        values[i] = i / LENGTH; /* stuck */
    assert_true(wh_stat_split_rhat(values, CHAINS, LENGTH) == HUGE_VAL);
    assert_true(wh_stat_effective_size(values, CHAINS, LENGTH) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grid_law),        cmocka_unit_test(test_without_prior),
        cmocka_unit_test(test_far_out),         cmocka_unit_test(test_far_mode),
        cmocka_unit_test(test_trials_alone),    cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_agreeing_chains), cmocka_unit_test(test_disagreeing_chains),
    };
    return cmocka_run_group_tests(tests, open_plane, close_plane);
}
