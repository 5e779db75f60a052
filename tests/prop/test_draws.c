/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_draws.c - Laplace draws are those of the plain scan, bit for bit, with every kernel of this
 * machine: real words, ties, duplicates, constant rows, tiny and huge norms; and threads that draw
 * and look for neighbours while codes, regions and views are being made. WORDHAZE_DRAWS says how
 * many draws a kernel are compared (a million takes some minutes).
 */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/fixture.h"
#include "vec/vec.h"

/* A panel of points and two more. */
enum { BATCH = 50, DIM_MAX = 128, THREADS = 4 };

/* How many draws of one kind, of the share of all that it has. */
static size_t draws_of(double share) {
    const char *text = getenv("WORDHAZE_DRAWS");
    double all = text ? strtod(text, NULL) : 2000;
    return (size_t)ceil(all * share / BATCH) * BATCH;
}

/* The definition: every word in double, coordinates in order, ties to the smaller id. */
static struct wh_neighbour plain_nearest(const struct wh_embed *embed, const double *point) {
    uint32_t words = wh_embed_words(embed), dim = wh_embed_dim(embed);
    struct wh_neighbour best = {WH_NONE, (double)INFINITY};
    for (uint32_t id = 0; id < words; id++) {
        const float *row = wh_embed_row(embed, id);
        double sum = 0;
        for (uint32_t j = 0; j < dim; j++)
            sum += (point[j] - (double)row[j]) * (point[j] - (double)row[j]);
        double distance = sqrt(sum);
        if (distance < best.distance)
            best = (struct wh_neighbour){id, distance};
    }
    return best;
}

static void compare(const struct fixture *fixture, const struct wh_site *site,
                    const struct wh_draws *draws) {
    uint32_t out[BATCH];
    double point[DIM_MAX];
    must(wh_site_draw(site, draws, out));
    for (size_t t = 0; t < draws->count; t++) {
        struct wh_trace trace;
        const struct wh_draws one = {draws->lane, draws->first + t, 1, draws->scratch};
        must(wh_site_trace(site, &one, &trace, point));
        struct wh_neighbour plain = plain_nearest(fixture->embed, point);
        assert_int_equal(out[t], plain.id);
        assert_int_equal(trace.output, plain.id);
        assert_true(trace.output_distance == plain.distance);
    }
}

/* So many draws, for a few words, epsilons and with every kernel. */
static void check(const struct fixture *fixture, const double *epsilons, size_t count,
                  size_t draws) {
    enum { SITES = 4 };
    struct wh_scratch *scratch;
    struct wh_source source;
    uint32_t words = wh_embed_words(fixture->embed);
    size_t each = draws / (count * SITES * BATCH) + 1;
    must(wh_scratch_open(&scratch));
    wh_source_seed(&source, 7);
    for (size_t i = 0; i < count * SITES; i++) {
        char text[64];
        struct wh_site *site;
        struct wh_lane lane;
        snprintf(text, sizeof text, "laplace:epsilon=%.17g", epsilons[i / SITES]);
        struct wh_mechanism *mechanism = fixture_mechanism(fixture, text);
        must(wh_site_open(mechanism, (uint32_t)(i % SITES * (words - 1) / (SITES - 1)), &site));
        wh_site_lane(site, &source, &lane);
        for (uint64_t b = 0; b < each; b++)
            compare(fixture, site, &(struct wh_draws){&lane, b * BATCH, BATCH, scratch});
        wh_site_close(site);
        wh_mechanism_close(mechanism);
    }
    wh_scratch_close(scratch);
}

/* Every kernel with neighbours of its own, so that its codes are made anew. */
static void check_kernels(const float *rows, uint32_t words, uint32_t dim, const double *epsilons,
                          double share) {
    const char *before = wh_vec()->name;
    for (const struct wh_vec_kernel *const *kernel = wh_vec_all(); *kernel; kernel++) {
        struct fixture fixture;
        if (!(*kernel)->usable(wh_cpu()))
            continue;
        must(wh_vec_force((*kernel)->name));
        if (rows)
            fixture_vectors(&fixture, rows, words, dim);
        else
            fixture_builtin(&fixture, words);
        check(&fixture, epsilons, 5, draws_of(share));
        fixture_close(&fixture);
    }
    must(wh_vec_force(before));
}

static void real_words(void **state) {
    (void)state;
    const double epsilons[] = {5, 10, 15, 25, 50};
    check_kernels(NULL, 1500, 0, epsilons, 0.4);
}

static void lattice_ties(void **state) {
    (void)state;
    const double epsilons[] = {1, 3, 6, 12, 1e6}; /* noise that cannot be told from none, too */
    float rows[125 * 3];
    for (int i = 0; i < 125; i++) {
        rows[3 * i] = (float)(i % 5);
        rows[3 * i + 1] = (float)(i / 5 % 5);
        rows[3 * i + 2] = (float)(i / 25);
    }
    check_kernels(rows, 125, 3, epsilons, 0.2);
}

/* Thirty times each: zero, one constant row, another one. */
static void duplicates(void **state) {
    (void)state;
    const double epsilons[] = {0.5, 2, 4, 8, 1000};
    float rows[90 * 4];
    for (int i = 0; i < 90 * 4; i++)
        rows[i] = (float)(i / 4 % 3);
    check_kernels(rows, 90, 4, epsilons, 0.2);
}

/* Every fourth word a thousand times as long as the others; noise as long as either. */
static void wild_norms(void **state) {
    (void)state;
    const double scales[] = {1e-5, 1, 1e5};
    for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
        struct plain_rng rng = {s + 5};
        float rows[80 * 5];
        double epsilons[5];
        for (int i = 0; i < 80 * 5; i++)
            rows[i] = (float)(plain_normal(&rng) * scales[s] * (i / 5 % 4 == 0 ? 1e3 : 1));
        for (int e = 0; e < 5; e++)
            epsilons[e] = fmin(fmax(pow(10, 2 - e) / scales[s], 1e-6), 1e6);
        check_kernels(rows, 80, 5, epsilons, 0.2 / 3);
    }
}

/* ---- threads ---- */

enum { BATCHES = 40 };

struct racer {
    pthread_t thread;
    const struct fixture *fixture;
    const struct wh_site *site;
    const struct wh_lane *lane;
    uint32_t out[BATCHES * BATCH];
    enum wh_status status;
};

static void *race(void *context) {
    struct racer *racer = context;
    struct wh_scratch *scratch = NULL;
    struct wh_neighbour found[5];
    size_t got;
    racer->status = wh_scratch_open(&scratch);
    for (uint32_t b = 0; b < BATCHES && racer->status == WH_OK; b++) {
        const struct wh_draws draws = {racer->lane, (uint64_t)b * BATCH, BATCH, scratch};
        racer->status = wh_site_draw(racer->site, &draws, racer->out + b * BATCH);
        if (racer->status == WH_OK)
            racer->status = wh_near_word(racer->fixture->near, b, 5, found, &got);
    }
    wh_scratch_close(scratch);
    return NULL;
}

/* All draw the same trials at once, from nothing made yet; and close while some is being made. */
static void threads_agree(void **state) {
    (void)state;
    static struct racer racers[THREADS];
    for (int round = 0; round < 3; round++) {
        struct fixture fixture;
        struct wh_site *site;
        struct wh_source source;
        struct wh_lane lane;
        fixture_builtin(&fixture, 3000);
        struct wh_mechanism *mechanism =
            fixture_mechanism(&fixture, round ? "laplace:epsilon=35" : "laplace:epsilon=20");
        must(wh_site_open(mechanism, fixture_word(&fixture, "queen"), &site));
        wh_source_seed(&source, 3);
        wh_site_lane(site, &source, &lane);
        for (int t = 0; t < THREADS; t++) {
            racers[t] = (struct racer){.fixture = &fixture, .site = site, .lane = &lane};
            assert_int_equal(pthread_create(&racers[t].thread, NULL, race, &racers[t]), 0);
        }
        for (int t = 0; t < THREADS; t++) {
            assert_int_equal(pthread_join(racers[t].thread, NULL), 0);
            must(racers[t].status);
            assert_memory_equal(racers[t].out, racers[0].out, sizeof racers[0].out);
        }
        wh_site_close(site);
        wh_mechanism_close(mechanism);
        fixture_close(&fixture);
    }
}

/* Single queries are answered all the time, and alike, while their codes are made behind them. */
static void single_queries_agree(void **state) {
    (void)state;
    struct fixture fixture;
    struct wh_neighbour first[10], found[10];
    size_t got;
    for (size_t queries = 0; queries < 60; queries += 12) { /* closed early, too */
        fixture_builtin(&fixture, 5000);
        must(wh_near_word(fixture.near, 17, 10, first, &got));
        for (size_t i = 0; i < queries; i++) {
            must(wh_near_word(fixture.near, 17, 10, found, &got));
            assert_memory_equal(found, first, sizeof found);
        }
        fixture_close(&fixture);
    }
}

int main(void) {
    must(wh_vec_choose());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_agree), cmocka_unit_test(single_queries_agree),
        cmocka_unit_test(real_words),    cmocka_unit_test(lattice_ties),
        cmocka_unit_test(duplicates),    cmocka_unit_test(wild_norms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
