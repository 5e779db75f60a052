/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_prune.c - decoding with a word's list returns what the plain scan returns, for a million
 * noisy points: real words, ties, duplicates, constant rows, tiny and huge norms, points exactly
 * between words; and lists do settle points, so that something is tested.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near/sketches.h"
#include "near/prune.h"
#include "tests/lib/fixture.h"

enum { POINTS = 96, DIM_MAX = 128 };

struct tally {
    size_t points, settled, lists;
    size_t viewed, by_view, panels, cost;
};

/* Some kernels have no sketches, and so no views. */
static bool has_views(void) {
    return wh_vec()->sieve_sketches && wh_vec()->sieve_codes;
}

/* The definition: every word in double, coordinates in order, ties to the smaller id. */
static void plain_two(const struct wh_near *near, const double *point, struct wh_neighbour *best) {
    const struct wh_embed *embed = wh_near_embed(near);
    uint32_t words = wh_embed_words(embed), dim = wh_embed_dim(embed);
    best[0] = best[1] = (struct wh_neighbour){WH_NONE, (double)INFINITY};
    for (uint32_t id = 0; id < words; id++) {
        const float *row = wh_embed_row(embed, id);
        double sum = 0;
        for (uint32_t j = 0; j < dim; j++)
            sum += (point[j] - (double)row[j]) * (point[j] - (double)row[j]);
        struct wh_neighbour one = {id, sqrt(sum)};
        if (one.distance < best[0].distance) {
            best[1] = best[0];
            best[0] = one;
        } else if (one.distance < best[1].distance) {
            best[1] = one;
        }
    }
}

/* Noise of a given size; now and then exactly half way to another word, or none at all. */
static void make_point(const struct wh_embed *embed, uint32_t word, double size,
                       struct plain_rng *rng, double *point) {
    uint32_t dim = wh_embed_dim(embed);
    const float *row = wh_embed_row(embed, word);
    uint32_t other = (uint32_t)(plain_uniform(rng) * wh_embed_words(embed));
    double kind = plain_uniform(rng), scale = size * (0.6 + 0.8 * plain_uniform(rng)) / sqrt(dim);
    for (uint32_t j = 0; j < dim; j++) {
        double noise = scale * plain_normal(rng);
        point[j] = (double)row[j] + noise;
        if (kind < 0.1)
            point[j] = ((double)row[j] + (double)wh_embed_row(embed, other)[j]) / 2;
        else if (kind < 0.12)
            point[j] = (double)row[j];
    }
}

static void check_batch(const struct wh_near *near, const struct wh_near_list *list,
                        const double *points, struct tally *tally) {
    static struct wh_near_scratch *scratch;
    static _Alignas(64) float query[DIM_MAX];
    const struct wh_embed *embed = wh_near_embed(near);
    uint32_t dim = wh_embed_dim(embed);
    size_t most = wh_embed_words(embed) > 1 ? 2 : 1;
    struct wh_neighbour out[POINTS * 2], some[2];
    memset(query, 0, sizeof query);
    if (!scratch)
        must(wh_near_scratch_open(&scratch));
    for (size_t k = 1; k <= most; k++) {
        must(wh_near_decode_listed(near, list, scratch, points, POINTS, k, 0, out));
        for (size_t p = 0; p < POINTS; p++) {
            struct wh_neighbour plain[2];
            plain_two(near, points + p * dim, plain);
            for (size_t i = 0; i < k; i++) {
                assert_int_equal(out[p * k + i].id, plain[i].id);
                assert_true(out[p * k + i].distance == plain[i].distance);
            }
            tally->points++;
            struct wh_near_find find = {
                .point = points + p * dim, .query = query, .k = k, .best = some};
            tally->settled += list && wh_near_list_search(list, &find);
        }
    }
    if (most == 1) {
        wh_near_scratch_close(scratch);
        scratch = NULL;
    }
}

/* The same by a view. */
static void check_view(const struct wh_near *near, const struct wh_near_view *view,
                       const double *points, struct tally *tally) {
    struct wh_near_scratch *scratch;
    uint32_t dim = wh_embed_dim(wh_near_embed(near));
    struct wh_near_task tasks[WH_VEC_PANEL];
    struct wh_neighbour out[WH_VEC_PANEL], plain[2];
    bool settled[WH_VEC_PANEL];
    must(wh_near_scratch_open(&scratch));
    must(wh_near_scratch_fit(scratch, dim));
    for (size_t first = 0; first < POINTS; first += WH_VEC_PANEL) {
        for (size_t q = 0; q < WH_VEC_PANEL; q++)
            tasks[q] = (struct wh_near_task){points + (first + q) * dim, &out[q],
                                             q % 3 ? WH_NONE : (uint32_t)q, 0};
        tally->cost += wh_near_view_search(view, scratch, tasks, WH_VEC_PANEL - first / 9, settled);
        tally->panels++;
        for (size_t q = 0; q < WH_VEC_PANEL - first / 9; q++) {
            plain_two(near, tasks[q].point, plain);
            tally->viewed++;
            tally->by_view += settled[q];
            if (!settled[q])
                continue;
            assert_int_equal(out[q].id, plain[0].id);
            assert_true(out[q].distance == plain[0].distance);
        }
    }
    wh_near_scratch_close(scratch);
}

/* Lists of several lengths for some words, and noise that they hold, nearly hold and do not. */
static void check(const struct wh_near *near, double size, size_t batches, struct tally *tally) {
    struct plain_rng rng = {batches + 11};
    const struct wh_embed *embed = wh_near_embed(near);
    double *points = calloc((size_t)POINTS * wh_embed_dim(embed), sizeof *points);
    for (size_t b = 0; b < batches; b++) {
        struct wh_near_list *list;
        struct wh_near_view *view;
        uint32_t word = (uint32_t)(plain_uniform(&rng) * wh_embed_words(embed));
        double noise = size * exp(plain_normal(&rng));
        must(wh_near_list_open(near, word, noise, 2.5 * noise, &list));
        tally->lists += list != NULL;
        for (size_t p = 0; p < POINTS; p++)
            make_point(embed, word, noise, &rng, points + p * wh_embed_dim(embed));
        check_batch(near, list, points, tally);
        wh_near_list_close(list);
        wh_near_sketches_want(near, SIZE_MAX / 2);
        must(wh_near_view_open(near, word, 1.3 * noise, NULL, &view));
        if (view)
            check_view(near, view, points, tally);
        wh_near_view_close(view);
    }
    free(points);
}

static void check_rows(const float *rows, uint32_t words, uint32_t dim, double size,
                       size_t batches) {
    struct fixture fixture;
    struct tally tally = {0};
    fixture_vectors(&fixture, rows, words, dim);
    check(fixture.near, size, batches, &tally);
    assert_true(tally.settled > tally.points / 20);
    assert_true(tally.settled < tally.points);
    assert_true((tally.viewed > 0) == has_views());
    assert_true(!tally.viewed ||
                (tally.by_view > tally.viewed / 2 && tally.by_view < tally.viewed));
    fixture_close(&fixture);
}

static void real_words(void **state) {
    (void)state;
    struct fixture fixture;
    struct tally tally = {0};
    fixture_builtin(&fixture, 2000);
    check(fixture.near, 2.5, 60, &tally);
    assert_true(tally.settled > tally.points / 20 && tally.settled < tally.points);
    assert_true((tally.viewed > 0) == has_views());
    assert_true(tally.by_view >= tally.viewed / 2);
    fixture_close(&fixture);
}

/* For the noise it was made for a view costs less than the whole vocabulary, and much less where
 * that noise is short. */
static void views_exclude_words(void **state) {
    (void)state;
    struct fixture fixture;
    struct plain_rng rng = {4};
    static double points[POINTS * DIM_MAX];
    if (!has_views())
        skip();
    fixture_builtin(&fixture, 5000);
    uint32_t word = fixture_word(&fixture, "queen"), dim = wh_embed_dim(fixture.embed);
    wh_near_sketches_want(fixture.near, SIZE_MAX / 2);
    for (int e = 0; e < 2; e++) {
        struct wh_near_view *view;
        struct tally tally = {0};
        double noise = e ? 5 : 2; /* epsilon 20 and 50 */
        must(wh_near_view_open(fixture.near, word, 1.5 * noise, NULL, &view));
        assert_non_null(view);
        for (int round = 0; round < 10; round++) {
            for (size_t p = 0; p < POINTS * dim; p++)
                points[p] = (double)wh_embed_row(fixture.embed, word)[p % dim] +
                            noise / sqrt(dim) * plain_normal(&rng);
            check_view(fixture.near, view, points, &tally);
        }
        double expected = wh_near_view_cost(fixture.near, word, noise);
        double cost = (double)tally.cost / (double)tally.panels / 5000;
        print_message("# noise %g: %zu panels, cost %.3f, expected %.3f\n", noise, tally.panels,
                      cost, expected);
        assert_true(expected < 2 * cost + 0.05 && cost < 2 * expected + 0.05);
        assert_true(tally.by_view == tally.viewed);
        assert_true(tally.cost < tally.panels * 5000 / (e ? 1 : 10));
        wh_near_view_close(view);
    }
    fixture_close(&fixture);
}

enum { GROUP = 8, GROUPS = 24, LONG_AXES = 12, AXES = 16 };

/* Words in groups that differ along the shortest axes alone, which no head has. */
static void make_groups(struct plain_rng *rng, float rows[GROUPS * GROUP * AXES]) {
    for (int g = 0; g < GROUPS; g++) {
        float *first = rows + g * GROUP * AXES;
        for (int j = 0; j < AXES; j++)
            first[j] = (float)(plain_normal(rng) * (j < LONG_AXES ? 1 : 0.02));
        for (int i = 1; i < GROUP; i++) {
            memcpy(first + i * AXES, first, AXES * sizeof *first);
            for (int j = LONG_AXES; j < AXES; j++)
                first[i * AXES + j] = (float)(0.02 * plain_normal(rng));
        }
    }
}

/* Noise straight from a word to another of its group, where Cauchy and Schwarz give nothing away:
 * half way, a little more or less than that, and farther. */
static void tails_decide(void **state) {
    (void)state;
    const double ways[] = {0.5, 0.5 - 1e-9, 0.5 + 1e-9, 0.5 + 1e-5, 0.55, 0.7, 1, 1.2};
    struct fixture fixture;
    struct plain_rng rng = {12};
    struct tally tally = {0};
    float rows[GROUPS * GROUP * AXES];
    double points[POINTS * AXES];
    make_groups(&rng, rows);
    fixture_vectors(&fixture, rows, GROUPS * GROUP, AXES);
    wh_near_sketches_want(fixture.near, SIZE_MAX / 2);
    for (uint32_t word = 0; word < GROUPS * GROUP; word += 5) {
        struct wh_near_view *view;
        for (size_t p = 0; p < POINTS; p++) {
            size_t other = word / GROUP * GROUP + p / 8 % GROUP;
            for (size_t j = 0; j < AXES; j++) {
                double from = (double)rows[word * AXES + j], to = (double)rows[other * AXES + j];
                points[p * AXES + j] = from + ways[p % 8] * (to - from);
            }
        }
        must(wh_near_view_open(fixture.near, word, 0.4, NULL, &view));
        if (view)
            check_view(fixture.near, view, points, &tally);
        wh_near_view_close(view);
    }
    assert_true(!tally.viewed || tally.by_view == tally.viewed);
    fixture_close(&fixture);
}

/* A list makes its view by itself, once enough draws have missed; threads share it. */
static void lists_make_views(void **state) {
    (void)state;
    struct fixture fixture;
    struct wh_near_list *list;
    struct wh_near_scratch *scratch;
    struct plain_rng rng = {4};
    static double points[POINTS * DIM_MAX];
    fixture_builtin(&fixture, 4000);
    uint32_t word = fixture_word(&fixture, "queen"), dim = wh_embed_dim(fixture.embed);
    must(wh_near_scratch_open(&scratch));
    must(wh_near_list_open(fixture.near, word, 5.6, 7, &list));
    assert_non_null(list);
    assert_null(wh_near_list_view(list, 0));
    wh_near_list_missed(list, 5000);
    assert_true((wh_near_list_view(list, 0) != NULL) == has_views());
    for (int round = 0; round < 20; round++) {
        struct wh_neighbour out[POINTS], plain[2];
        for (size_t p = 0; p < POINTS; p++)
            make_point(fixture.embed, word, 3, &rng, points + p * dim);
        must(wh_near_decode_listed(fixture.near, list, scratch, points, POINTS, 1, word, out));
        for (size_t p = 0; p < POINTS; p++) {
            plain_two(fixture.near, points + p * dim, plain);
            assert_int_equal(out[p].id, plain[0].id);
            assert_true(out[p].distance == plain[0].distance);
        }
    }
    wh_near_list_close(list);
    /* With noise that leaves too many words in doubt it does not try. */
    assert_true(wh_near_view_cost(fixture.near, word, 6.3) > 0.5 || !has_views());
    must(wh_near_list_open(fixture.near, word, 12.6, 14, &list));
    assert_non_null(list);
    wh_near_list_missed(list, 5000);
    assert_null(wh_near_list_view(list, 0));
    wh_near_list_close(list);
    wh_near_scratch_close(scratch);
    fixture_close(&fixture);
}

/* No word stands beyond the ring where its distance has it looked for. */
static void check_rings(const struct wh_near *near, const struct wh_near_view *view) {
    for (uint32_t at = 0; at < view->first[WH_NEAR_RINGS]; at++) {
        double distance = wh_near_distance(near, view->word, view->ids[at]);
        uint32_t ring = wh_near_ring_of(view, (float)(distance * distance / 2));
        assert_true(at < view->first[ring < WH_NEAR_RINGS ? ring + 1 : ring]);
        assert_true((double)view->half[at / WH_VEC_ABREAST] <= distance * distance / 2);
    }
}

/* Points with many words about them are met by panels of the list's words. */
static void lists_meet_many_words(void **state) {
    (void)state;
    struct fixture fixture;
    struct wh_near_list *list;
    struct wh_near_scratch *scratch;
    struct plain_rng rng = {6};
    static double points[POINTS * DIM_MAX];
    size_t by_panels = 0;
    fixture_builtin(&fixture, 8000);
    uint32_t word = fixture_word(&fixture, "queen"), dim = wh_embed_dim(fixture.embed);
    must(wh_near_scratch_open(&scratch));
    must(wh_near_list_open(fixture.near, word, 1, 14, &list));
    assert_non_null(list);
    assert_null(wh_near_list_inner(list));
    for (int round = 0; round < 20; round++) {
        struct wh_neighbour out[POINTS], plain[2];
        for (size_t p = 0; p < POINTS; p++)
            make_point(fixture.embed, word, 2.4, &rng, points + p * dim);
        must(wh_near_decode_listed(fixture.near, list, scratch, points, POINTS, 1, word, out));
        const struct wh_near_view *inner = wh_near_list_inner(list);
        for (size_t p = 0; p < POINTS; p++) {
            plain_two(fixture.near, points + p * dim, plain);
            assert_int_equal(out[p].id, plain[0].id);
            assert_true(out[p].distance == plain[0].distance);
            by_panels += inner && wh_near_view_noise(inner, points + p * dim) < inner->longest;
        }
    }
    if (wh_near_list_inner(list))
        check_rings(fixture.near, wh_near_list_inner(list));
    print_message("# %zu points within the list's reach\n", by_panels);
    assert_true(by_panels > 300 || !wh_vec()->sieve_codes);
    wh_near_list_close(list);
    wh_near_scratch_close(scratch);
    fixture_close(&fixture);
}

static void random_rows(void **state) {
    (void)state;
    struct plain_rng rng = {5};
    float rows[150 * 6];
    for (size_t i = 0; i < 150 * 6; i++)
        rows[i] = (float)plain_normal(&rng);
    check_rows(rows, 150, 6, 0.8, 1300);
}

static void lattice_ties(void **state) {
    (void)state;
    float rows[125 * 3];
    for (int i = 0; i < 125; i++) {
        rows[3 * i] = (float)(i % 5);
        rows[3 * i + 1] = (float)(i / 5 % 5);
        rows[3 * i + 2] = (float)(i / 25);
    }
    check_rows(rows, 125, 3, 1, 1300);
}

/* Thirty times each: zero, one constant row, another one. */
static void duplicates(void **state) {
    (void)state;
    float rows[90 * 4];
    for (int i = 0; i < 90 * 4; i++)
        rows[i] = (float)(i / 4 % 3);
    check_rows(rows, 90, 4, 1, 1600);
}

static void wild_norms(void **state) {
    (void)state;
    const double scales[] = {1e-30, 1e-18, 1e9, 1e14};
    for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
        struct plain_rng rng = {s + 5};
        float rows[80 * 5];
        for (int i = 0; i < 80 * 5; i++)
            rows[i] = (float)(plain_normal(&rng) * scales[s] * (i / 5 % 4 == 0 ? 1e3 : 1));
        check_rows(rows, 80, 5, scales[s], 300);
    }
}

/* Far from the origin and close to each other: the float filter is blind. */
static void far_cluster(void **state) {
    (void)state;
    struct plain_rng rng = {8};
    float rows[100 * 6];
    for (int i = 0; i < 100 * 6; i++)
        rows[i] = (float)(1e4 + 1e-2 * plain_normal(&rng));
    check_rows(rows, 100, 6, 1e-2, 400);
}

/* Lengths whose squares floats or doubles do not hold: no list, or the plain scan; no harm. */
static void past_the_range(void **state) {
    (void)state;
    struct fixture fixture;
    struct tally tally = {0};
    const float rows[] = {1, 2, 3, 1e30f, -1e30f, 1e30f, 0, 0, 0, 1e-40f, 0, 0};
    fixture_vectors(&fixture, rows, 4, 3);
    for (double size = 1e-200; size < 1e160; size *= 1e20)
        check(fixture.near, size, 3, &tally);
    fixture_close(&fixture);
}

/* A site's list changes no draw: the trace looks at all words. */
static void draws_are_their_traces(void **state) {
    (void)state;
    const char *const texts[] = {"laplace:epsilon=45", "vickrey:epsilon=45",
                                 "laplace-ball:epsilon=60", "mahalanobis:epsilon=60",
                                 "laplace-rank:epsilon=50"};
    struct fixture fixture;
    struct wh_scratch *scratch;
    struct wh_source source;
    fixture_builtin(&fixture, 5000);
    must(wh_scratch_open(&scratch));
    wh_source_seed(&source, 3);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct wh_mechanism *mechanism = fixture_mechanism(&fixture, texts[i]);
        struct wh_site *site;
        struct wh_lane lane;
        struct wh_trace trace;
        uint32_t out[100];
        must(wh_site_open(mechanism, fixture_word(&fixture, "monday"), &site));
        wh_site_lane(site, &source, &lane);
        must(wh_site_draw(site, &(struct wh_draws){&lane, 0, 100, scratch}, out));
        for (uint64_t t = 0; t < 100; t++) {
            must(wh_site_trace(site, &(struct wh_draws){&lane, t, 1, scratch}, &trace, NULL));
            assert_int_equal(trace.output, out[t]);
        }
        wh_site_close(site);
        wh_mechanism_close(mechanism);
    }
    wh_scratch_close(scratch);
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_words),       cmocka_unit_test(random_rows),
        cmocka_unit_test(lattice_ties),     cmocka_unit_test(duplicates),
        cmocka_unit_test(wild_norms),       cmocka_unit_test(far_cluster),
        cmocka_unit_test(past_the_range),   cmocka_unit_test(draws_are_their_traces),
        cmocka_unit_test(lists_make_views), cmocka_unit_test(views_exclude_words),
        cmocka_unit_test(tails_decide),     cmocka_unit_test(lists_meet_many_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
