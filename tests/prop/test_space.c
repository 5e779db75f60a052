/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_space.c - density, derived facts and pictures against plain computations. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "space/space.h"
#include "tests/lib/fixture.h"

/* Everything about one word from its sorted distances, in long double where it matters. */
static void check_density(const struct fixture *fixture, uint32_t word) {
    struct wh_density density;
    uint32_t words = wh_embed_words(fixture->embed), dim = wh_embed_dim(fixture->embed);
    struct wh_neighbour *all = calloc(words, sizeof *all);
    size_t found;
    double point[128];
    for (uint32_t j = 0; j < dim; j++)
        point[j] = (double)wh_embed_row(fixture->embed, word)[j];
    must(wh_near_plain_point(fixture->near, point, words, all, &found));
    must(wh_space_density(fixture->near, word, 0, 0, &density));
    uint32_t k = words - 1 < 10 ? words - 1 : 10;
    assert_int_equal(density.k, k);
    assert_true(density.radius == all[k].distance); /* all[0] is the word */
    assert_true(density.nn_distance == all[1].distance);
    long double sum = 0, h = density.bandwidth, pi = acosl(-1);
    for (uint32_t i = 0; i < words; i++)
        sum += expl(-(long double)all[i].distance * all[i].distance / (2 * h * h));
    long double kde = logl(sum) - logl(words) - dim * logl(h * sqrtl(2 * pi));
    assert_true(fabs(density.kde_log_density - (double)kde) < 1e-9 * fabs((double)kde));
    long double ball = dim / 2.0L * logl(pi) - lgammal(dim / 2.0L + 1);
    long double knn = logl(k) - logl(words) - ball - dim * logl(all[k].distance);
    assert_true(fabs(density.knn_log_density - (double)knn) < 1e-9 * fabs((double)knn));
    long double mean = 0;
    for (uint32_t i = 1; i < density.lid_k; i++)
        mean += logl(all[i].distance / (long double)all[density.lid_k].distance);
    mean /= density.lid_k - 1;
    assert_true(fabs(density.lid + (double)(1 / mean)) < 1e-9 * density.lid);
    free(all);
}

static void densities_are_their_formulas(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_random(&fixture, 300, 7, 1);
    for (uint32_t word = 0; word < 300; word += 50)
        check_density(&fixture, word);
    fixture_close(&fixture);
    fixture_builtin(&fixture, 0);
    check_density(&fixture, fixture_word(&fixture, "queen"));
    check_density(&fixture, fixture_word(&fixture, "monday"));
    fixture_close(&fixture);
}

/* In n dimensions uniform points have an intrinsic dimension of about n. */
static void dimension_is_found(void **state) {
    (void)state;
    struct fixture fixture;
    struct plain_rng rng = {77};
    float *rows = calloc(4000 * 3, sizeof *rows);
    struct wh_density density;
    for (int i = 3; i < 4000 * 3; i++)
        rows[i] = (float)(plain_uniform(&rng) - 0.5);
    fixture_vectors(&fixture, rows, 4000, 3);
    must(wh_space_density(fixture.near, 0, 0, 0, &density)); /* word 0 is in the middle */
    assert_true(density.lid > 2.2 && density.lid < 4);       /* sd about 3 / sqrt(99) */
    fixture_close(&fixture);
    free(rows);
}

static void stored_facts_are_recomputed(void **state) {
    (void)state;
    struct fixture fixture;
    struct wh_derived fresh;
    fixture_builtin(&fixture, 3000); /* limit drops the stored facts; fixture derives them */
    const struct wh_derived *one = wh_embed_derived(fixture.embed);
    must(wh_space_derive(fixture.near, 2, NULL, &fresh));
    size_t words = 3000, dim = wh_embed_dim(fixture.embed);
    assert_true(fresh.delta_min == one->delta_min && fresh.delta_max == one->delta_max);
    assert_memory_equal(fresh.radius, one->radius, words * sizeof(double));
    assert_memory_equal(fresh.kde_log_density, one->kde_log_density, words * sizeof(double));
    assert_memory_equal(fresh.axes, one->axes, dim * dim * sizeof(double));
    free(fresh.memory);
    fixture_close(&fixture);
}

/* Beyond 32,768 words bells are floats; their sum must still be that of the formula. */
static void large_vocabularies_have_densities(void **state) {
    (void)state;
    enum { WORDS = 33000, DIM = 3 };
    struct plain_rng rng = {21};
    struct fixture fixture;
    float *rows = calloc(WORDS * DIM, sizeof *rows);
    double *distances = calloc(WORDS, sizeof *distances);
    for (int i = 0; i < WORDS * DIM; i++)
        rows[i] = (float)(3 + plain_normal(&rng));
    fixture_vectors(&fixture, rows, WORDS, DIM);
    const struct wh_derived *derived = wh_embed_derived(fixture.embed);
    double h = derived->bandwidth, pi = acos(-1);
    for (uint32_t word = 0; word < WORDS; word += WORDS / 40) {
        double sum = 0;
        wh_near_distances(fixture.near, word, distances);
        for (uint32_t id = 0; id < WORDS; id++)
            sum += exp(-distances[id] * distances[id] / (2 * h * h));
        double expected = log(sum) - log(WORDS) - DIM * log(h * sqrt(2 * pi));
        assert_true(fabs(derived->kde_log_density[word] - expected) < 1e-4);
    }
    fixture_close(&fixture);
    free(rows);
    free(distances);
}

static void axes_diagonalise_the_covariance(void **state) {
    (void)state;
    struct fixture fixture;
    enum { DIM = 6, WORDS = 500 };
    fixture_random(&fixture, WORDS, DIM, 5);
    const struct wh_derived *derived = wh_embed_derived(fixture.embed);
    for (int a = 0; a < DIM; a++) {
        double variance = 0, largest = 0;
        const double *axis = derived->axes + a * DIM;
        for (uint32_t id = 0; id < WORDS; id++) {
            double along = 0;
            for (int j = 0; j < DIM; j++)
                along += axis[j] * ((double)wh_embed_row(fixture.embed, id)[j] - derived->mean[j]);
            variance += along * along / WORDS;
        }
        assert_true(fabs(variance - derived->eigenvalues[a]) < 1e-9);
        assert_true(a == 0 || derived->eigenvalues[a] <= derived->eigenvalues[a - 1]);
        for (int j = 0; j < DIM; j++)
            largest = fabs(axis[j]) > fabs(largest) ? axis[j] : largest;
        assert_true(largest > 0);
    }
    fixture_close(&fixture);
}

/* ---- pictures ---- */

static void radial_keeps_distances(void **state) {
    (void)state;
    struct fixture fixture;
    struct wh_map_picture picture;
    fixture_builtin(&fixture, 0);
    must(wh_space_picture(fixture.near, fixture_word(&fixture, "queen"), 40, WH_MAP_RADIAL,
                          &picture));
    assert_int_equal(picture.count, 41);
    for (uint32_t i = 0; i < picture.count; i++)
        assert_true(fabs(hypot(picture.points[i].x, picture.points[i].y) -
                         picture.points[i].distance) < 1e-9);
    assert_int_equal(picture.neighbours_kept, picture.kept_of);
    assert_true(picture.variance_kept > 0 && picture.variance_kept < 1);
    wh_space_picture_close(&picture);
    fixture_close(&fixture);
}

/* Points in a plane lose nothing in two dimensions, whatever space the plane lies in. */
static void a_plane_loses_nothing(void **state) {
    (void)state;
    struct fixture fixture;
    struct wh_map_picture picture;
    struct plain_rng rng = {3};
    float rows[30 * 5];
    for (int i = 0; i < 30; i++) {
        float x = (float)plain_normal(&rng), y = (float)plain_normal(&rng);
        const float row[5] = {x, y, x + y, x - y, 2 * x};
        memcpy(rows + i * 5, row, sizeof row);
    }
    fixture_vectors(&fixture, rows, 30, 5);
    must(wh_space_picture(fixture.near, 4, 29, WH_MAP_PCA, &picture));
    assert_true(picture.variance_kept > 1 - 1e-9);
    assert_true(picture.stress < 1e-6);
    assert_int_equal(picture.neighbours_kept, picture.kept_of);
    wh_space_picture_close(&picture);
    fixture_close(&fixture);
}

static void small_worlds_have_pictures(void **state) {
    (void)state;
    const float twins[] = {1, 2, 1, 2, 1, 2};
    for (uint32_t words = 1; words <= 4; words++) {
        for (uint32_t dim = 1; dim <= 3; dim++) {
            struct fixture fixture;
            fixture_random(&fixture, words, dim, words * 10 + dim);
            for (int method = 0; method < WH_MAP_COUNT; method++) {
                struct wh_map_picture picture;
                must(wh_space_picture(fixture.near, 0, 50, (enum wh_map_method)method, &picture));
                assert_int_equal(picture.count, words);
                for (uint32_t i = 0; i < words; i++)
                    assert_true(isfinite(picture.points[i].x) && isfinite(picture.points[i].y));
                assert_true(isfinite(picture.stress) && isfinite(picture.variance_kept));
                wh_space_picture_close(&picture);
            }
            fixture_close(&fixture);
        }
    }
    struct fixture fixture;
    struct wh_map_picture picture;
    fixture_vectors(&fixture, twins, 3, 2);
    must(wh_space_picture(fixture.near, 1, 5, WH_MAP_PCA, &picture));
    assert_true(picture.points[1].x == 0 && picture.stress == 0);
    wh_space_picture_close(&picture);
    fixture_close(&fixture);
}

static void points_are_placed_like_words(void **state) {
    (void)state;
    struct fixture fixture;
    double point[128], x, y, z;
    fixture_builtin(&fixture, 0);
    for (int method = 0; method < WH_MAP_COUNT; method++) {
        struct wh_map_picture picture;
        must(wh_space_picture(fixture.near, fixture_word(&fixture, "paris"), 30,
                              (enum wh_map_method)method, &picture));
        uint32_t dim = wh_embed_dim(fixture.embed), id = picture.points[7].id;
        for (uint32_t j = 0; j < dim; j++)
            point[j] = (double)wh_embed_row(fixture.embed, id)[j];
        wh_space_place(&picture, dim, point, &x, &y, &z);
        assert_true(fabs(x - picture.points[7].x) < 1e-9 && fabs(y - picture.points[7].y) < 1e-9);
        wh_space_picture_close(&picture);
    }
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(densities_are_their_formulas),
        cmocka_unit_test(dimension_is_found),
        cmocka_unit_test(stored_facts_are_recomputed),
        cmocka_unit_test(large_vocabularies_have_densities),
        cmocka_unit_test(axes_diagonalise_the_covariance),
        cmocka_unit_test(radial_keeps_distances),
        cmocka_unit_test(a_plane_loses_nothing),
        cmocka_unit_test(small_worlds_have_pictures),
        cmocka_unit_test(points_are_placed_like_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
