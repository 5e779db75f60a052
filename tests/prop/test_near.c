/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_near.c - every fast search returns what the plain scan in double returns, bit for bit, for
 * every kernel of this machine: real words, ties, duplicates, tiny and huge norms, constant rows.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embed/unload.h"
#include "near/nibbles.h"
#include "tests/lib/fixture.h"
#include "vec/vec.h"

#define DIM_MAX 128

/* Runs the check with every usable kernel. */
static void with_kernels(void (*check)(const struct fixture *), const struct fixture *fixture) {
    for (const struct wh_vec_kernel *const *kernel = wh_vec_all(); *kernel; kernel++) {
        if (!(*kernel)->usable(wh_cpu()))
            continue;
        must(wh_vec_force((*kernel)->name));
        check(fixture);
    }
}

static void same(const struct wh_neighbour *a, const struct wh_neighbour *b, size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(a[i].id, b[i].id);
        assert_true(a[i].distance == b[i].distance);
    }
}

/* Points near and far from words, and exactly on them and between them. */
static void make_point(const struct fixture *fixture, struct plain_rng *rng, double *point) {
    uint32_t words = wh_embed_words(fixture->embed), dim = wh_embed_dim(fixture->embed);
    const float *a = wh_embed_row(fixture->embed, (uint32_t)(plain_uniform(rng) * words));
    const float *b = wh_embed_row(fixture->embed, (uint32_t)(plain_uniform(rng) * words));
    double kind = plain_uniform(rng), scale = exp(3 * plain_normal(rng));
    for (uint32_t j = 0; j < dim; j++) {
        point[j] = (double)a[j];
        if (kind < 0.3)
            point[j] = ((double)a[j] + (double)b[j]) / 2; /* equally far from both */
        else if (kind < 0.8)
            point[j] += scale * plain_normal(rng);
    }
}

static void check_points(const struct fixture *fixture) {
    enum { POINTS = 130, K = 7 };
    struct plain_rng rng = {17};
    uint32_t words = wh_embed_words(fixture->embed), dim = wh_embed_dim(fixture->embed);
    size_t k = words < K ? words : K, found;
    double *points = calloc((size_t)POINTS * dim, sizeof *points);
    struct wh_neighbour *batch = calloc(POINTS * k, sizeof *batch), plain[K], one[K];
    struct wh_near_scratch *scratch;
    must(wh_near_scratch_open(&scratch));
    for (size_t p = 0; p < POINTS; p++)
        make_point(fixture, &rng, points + p * dim);
    for (size_t wanted = 1; wanted <= k; wanted += k > 1 ? k - 1 : 1) {
        must(wh_near_decode(fixture->near, scratch, points, POINTS, wanted, words / 2, batch));
        for (size_t p = 0; p < POINTS; p++) {
            must(wh_near_plain_point(fixture->near, points + p * dim, wanted, plain, &found));
            assert_int_equal(found, wanted);
            same(batch + p * wanted, plain, wanted);
            must(wh_near_point(fixture->near, points + p * dim, wanted, one, &found));
            same(one, plain, wanted);
        }
    }
    wh_near_scratch_close(scratch);
    free(points);
    free(batch);
}

/* In batches they are what they are one by one. */
static void check_batches(const struct fixture *fixture, size_t k) {
    enum { WORDS = 60 };
    uint32_t words = wh_embed_words(fixture->embed), some[WORDS];
    struct wh_neighbour *batch = calloc(WORDS * k, sizeof *batch), *one = calloc(k, sizeof *one);
    struct wh_near_scratch *scratch;
    size_t found, alone;
    for (uint32_t i = 0; i < WORDS; i++)
        some[i] = i * 31 % words;
    must(wh_near_scratch_open(&scratch));
    must(wh_near_words(fixture->near, scratch, some, WORDS, k, batch, &found));
    for (size_t i = 0; i < WORDS; i++) {
        must(wh_near_word(fixture->near, some[i], k, one, &alone));
        assert_int_equal(found, alone);
        same(batch + i * found, one, found);
    }
    wh_near_scratch_close(scratch);
    free(batch);
    free(one);
}

static void check_words(const struct fixture *fixture) {
    uint32_t words = wh_embed_words(fixture->embed), dim = wh_embed_dim(fixture->embed);
    struct wh_neighbour *plain = calloc(words, sizeof *plain), near[12];
    uint32_t *ranks = calloc(words, sizeof *ranks);
    double point[DIM_MAX];
    size_t all, found;
    wh_near_nibbles(fixture->near); /* from now on all kernels that can use them do */
    for (uint32_t word = 0; word < words; word += words / 5 + 1) {
        for (uint32_t j = 0; j < dim; j++)
            point[j] = (double)wh_embed_row(fixture->embed, word)[j];
        must(wh_near_plain_point(fixture->near, point, words, plain, &all));
        must(wh_near_word(fixture->near, word, 12, near, &found));
        assert_int_equal(found, words - 1 < 12 ? words - 1 : 12);
        must(wh_near_ranks(fixture->near, word, ranks));
        assert_int_equal(ranks[word], 0);
        for (size_t i = 0, rank = 0; i < words; i++) {
            if (plain[i].id == word)
                continue;
            if (rank < found)
                same(&near[rank], &plain[i], 1);
            rank++;
            assert_int_equal(ranks[plain[i].id], rank);
            if (rank < 3)
                assert_int_equal(wh_near_rank(fixture->near, word, plain[i].id), rank);
        }
    }
    free(plain);
    free(ranks);
    check_batches(fixture, 1);
    check_batches(fixture, 12);
}

static void check_pairs(const struct fixture *fixture) {
    struct wh_near_pairs plain, fast[2];
    uint32_t words = wh_embed_words(fixture->embed);
    if (words < 2)
        return;
    must(wh_near_plain_pairs(fixture->near, &plain));
    for (int threads = 1; threads <= 2; threads++) {
        struct wh_near_pairs *pairs = &fast[threads - 1];
        must(wh_near_pairs(fixture->near, threads, NULL, pairs));
        assert_true(pairs->delta_min == plain.delta_min && pairs->delta_max == plain.delta_max);
        assert_memory_equal(pairs->closest, plain.closest, sizeof plain.closest);
        assert_memory_equal(pairs->farthest, plain.farthest, sizeof plain.farthest);
        assert_int_equal(pairs->duplicate_pairs, plain.duplicate_pairs);
        assert_memory_equal(pairs->nn_distance, plain.nn_distance, words * sizeof(double));
        assert_memory_equal(pairs->radius, plain.radius, words * sizeof(double));
        free(pairs->nn_distance);
        free(pairs->radius);
    }
    free(plain.nn_distance);
    free(plain.radius);
}

static void check_all(const struct fixture *fixture) {
    check_points(fixture);
    check_words(fixture);
    check_pairs(fixture);
}

static void real_words(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_builtin(&fixture, 1500);
    with_kernels(check_all, &fixture);
    fixture_close(&fixture);
}

static void small_vocabularies(void **state) {
    (void)state;
    for (uint32_t words = 1; words <= 130; words = words * 2 + 1) {
        struct fixture fixture;
        fixture_random(&fixture, words, 1 + words % 40, words);
        with_kernels(check_all, &fixture);
        fixture_close(&fixture);
    }
}

/* Who asks for more neighbours than there are gets all. */
static void more_than_there_are(void **state) {
    enum { WORDS = 70, DIM = 5 };
    (void)state;
    struct fixture fixture;
    struct wh_neighbour out[WORDS + 3], plain[WORDS];
    const double point[DIM] = {0.5, -1};
    size_t found;
    fixture_random(&fixture, WORDS, DIM, 2);
    must(wh_near_plain_point(fixture.near, point, WORDS, plain, &found));
    must(wh_near_point(fixture.near, point, WORDS + 3, out, &found));
    assert_int_equal(found, WORDS);
    for (size_t i = 0; i < WORDS; i++)
        assert_int_equal(out[i].id, plain[i].id);
    must(wh_near_word(fixture.near, 7, WORDS + 3, out, &found));
    assert_int_equal(found, WORDS - 1);
    fixture_close(&fixture);
}

/* Points of a lattice: nearly everything is a tie, decided by the word's id. */
static void lattice_ties(void **state) {
    (void)state;
    struct fixture fixture;
    float rows[125 * 3];
    for (int i = 0; i < 125; i++) {
        rows[3 * i] = (float)(i % 5);
        rows[3 * i + 1] = (float)(i / 5 % 5);
        rows[3 * i + 2] = (float)(i / 25);
    }
    fixture_vectors(&fixture, rows, 125, 3);
    with_kernels(check_all, &fixture);
    fixture_close(&fixture);
}

/* Words that are all but whole numbers, and twelve copies of each that lie a little farther out in
 * some directions: bytes see no difference but in what they leave over. */
static void residues_decide(void **state) {
    enum { GROUPS = 60, COPIES = 12, AXES = 16 };
    (void)state;
    struct fixture fixture;
    struct plain_rng rng = {6};
    static float rows[2 * GROUPS * COPIES][AXES];
    for (size_t i = 0; i < GROUPS * COPIES; i++) {
        for (size_t j = 0; j < AXES; j++) {
            float whole = i % COPIES ? roundf(rows[i - i % COPIES][j])
                                     : roundf((float)(200 * plain_uniform(&rng) - 100));
            bool out = i % COPIES && plain_uniform(&rng) < 0.5;
            rows[i][j] = whole + (out ? copysignf(0.4F, whole) : 0);
        }
        rows[i][0] = i / COPIES % 2 ? 127 : -127; /* so that a code's step is 1 */
        for (size_t j = 0; j < AXES; j++)         /* and the centre is 0 */
            rows[GROUPS * COPIES + i][j] = -rows[i][j];
    }
    fixture_vectors(&fixture, rows[0], 2 * GROUPS * COPIES, AXES);
    with_kernels(check_pairs, &fixture);
    fixture_close(&fixture);
}

/* A few words of a block, so that nothing is known of their limits, and all others minute. */
static void long_words_among_short(void **state) {
    enum { SHORT = 1008, AXES = 8 };
    (void)state;
    for (uint32_t more = 2; more <= 12; more += 10) {
        struct fixture fixture;
        struct plain_rng rng = {more};
        static float rows[SHORT + 12][AXES];
        for (size_t i = 0; i < SHORT + more; i++)
            for (size_t j = 0; j < AXES; j++)
                rows[i][j] = i >= SHORT && i % 2 /* so that the centre is among the short ones */
                                 ? -rows[i - 1][j]
                                 : (float)(plain_normal(&rng) * (i < SHORT ? 1e-4 : 1e7));
        fixture_vectors(&fixture, rows[0], SHORT + more, AXES);
        with_kernels(check_pairs, &fixture);
        fixture_close(&fixture);
    }
}

/* Vectors that have left memory are read where they are looked at. */
static void rows_out_of_memory(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_random(&fixture, 3100, 30, 8);
    wh_near_close(fixture.near);
    wh_unload(fixture.embed, fixture_file("beside", "", 0), 0, SIZE_MAX / 2, NULL);
    must(wh_near_open(fixture.embed, &fixture.near));
    if (wh_embed_unloaded(fixture.embed)) /* not on file systems without nameless files */
        with_kernels(check_pairs, &fixture);
    fixture_close(&fixture);
}

static void duplicates(void **state) {
    (void)state;
    struct fixture fixture;
    float rows[60 * 4];
    for (int i = 0; i < 60 * 4; i++)
        rows[i] = (float)(i / 4 % 3); /* three vectors, twenty times each; one of them is zero */
    fixture_vectors(&fixture, rows, 60, 4);
    with_kernels(check_all, &fixture);
    struct wh_near_pairs pairs;
    must(wh_near_pairs(fixture.near, 1, NULL, &pairs));
    assert_int_equal(pairs.duplicate_pairs, 3 * 20 * 19 / 2);
    free(pairs.nn_distance);
    free(pairs.radius);
    fixture_close(&fixture);
}

/* Sizes from 1e-18 to 1e18, where floats lose what doubles see, and where they would overflow. */
static void wild_norms(void **state) {
    (void)state;
    const double scales[] = {1e-30, 1e-18, 1, 1e9, 1e17, 1e25};
    for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
        struct fixture fixture;
        struct plain_rng rng = {s + 5};
        float rows[80 * 9];
        for (int i = 0; i < 80 * 9; i++)
            rows[i] = (float)(plain_normal(&rng) * scales[s] * (i / 9 % 4 == 0 ? 1e3 : 1));
        fixture_vectors(&fixture, rows, 80, 9);
        with_kernels(check_all, &fixture);
        fixture_close(&fixture);
    }
}

/* Far from the origin and close to each other: the filter is blind, the answer is right. */
static void far_cluster(void **state) {
    (void)state;
    struct fixture fixture;
    struct plain_rng rng = {8};
    float rows[100 * 6];
    for (int i = 0; i < 100 * 6; i++)
        rows[i] = (float)(1e4 + 1e-2 * plain_normal(&rng));
    fixture_vectors(&fixture, rows, 100, 6);
    with_kernels(check_all, &fixture);
    fixture_close(&fixture);
}

static void check_blurred(const struct fixture *fixture) {
    enum { K = 60 };
    uint32_t words = wh_embed_words(fixture->embed), dim = wh_embed_dim(fixture->embed);
    struct plain_rng rng = {23};
    struct wh_neighbour plain[K + 1], near[K];
    double point[DIM_MAX];
    size_t found;
    wh_near_nibbles(fixture->near);
    for (uint32_t word = 0; word < words; word += words / 3) {
        for (uint32_t j = 0; j < dim; j++)
            point[j] = (double)wh_embed_row(fixture->embed, word)[j];
        must(wh_near_plain_point(fixture->near, point, K + 1, plain, &found));
        must(wh_near_word(fixture->near, word, K, near, &found));
        same(near, plain + 1, K);
        make_point(fixture, &rng, point);
        must(wh_near_plain_point(fixture->near, point, K, plain, &found));
        must(wh_near_point(fixture->near, point, K, near, &found));
        same(near, plain, K);
    }
}

/* One coordinate so large that half bytes know nothing of the others: they leave thousands open. */
static void blurred(void **state) {
    enum { WORDS = 5000, DIM = 21 };
    (void)state;
    struct fixture fixture;
    struct plain_rng rng = {3};
    float *rows = calloc((size_t)WORDS * DIM, sizeof *rows);
    for (int i = 0; i < WORDS * DIM; i++)
        rows[i] = (float)(plain_normal(&rng) + (i % DIM == i / DIM % 2 ? 40 : 0));
    fixture_vectors(&fixture, rows, WORDS, DIM);
    with_kernels(check_blurred, &fixture);
    fixture_close(&fixture);
    free(rows);
}

static void whole_vocabulary_facts(void **state) {
    (void)state;
    struct fixture fixture;
    struct wh_near_pairs pairs;
    fixture_builtin(&fixture, 0);
    must(wh_near_pairs(fixture.near, 2, NULL, &pairs));
    const struct wh_derived *stored = wh_embed_derived(fixture.embed);
    assert_true(pairs.delta_min == stored->delta_min && pairs.delta_max == stored->delta_max);
    assert_string_equal(wh_embed_word(fixture.embed, pairs.closest[0]), "october");
    assert_string_equal(wh_embed_word(fixture.embed, pairs.closest[1]), "february");
    assert_true(fabs(pairs.delta_min - 0.606210) < 1e-6);
    assert_true(fabs(pairs.delta_max - 16.78334) < 1e-5);
    free(pairs.nn_distance);
    free(pairs.radius);
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_words),
        cmocka_unit_test(small_vocabularies),
        cmocka_unit_test(more_than_there_are),
        cmocka_unit_test(lattice_ties),
        cmocka_unit_test(residues_decide),
        cmocka_unit_test(long_words_among_short),
        cmocka_unit_test(rows_out_of_memory),
        cmocka_unit_test(duplicates),
        cmocka_unit_test(wild_norms),
        cmocka_unit_test(far_cluster),
        cmocka_unit_test(blurred),
        cmocka_unit_test(whole_vocabulary_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
