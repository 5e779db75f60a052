/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_sketches.c - kernels sieve sketches as a plain loop does, tables never promise less than
 * they should, and what a word's codes say of a product is never below the product.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "near/sketches.h"
#include "tests/lib/fixture.h"

enum { BLOCKS = 7, GROUPS_MOST = 40, ENTRIES_MOST = 64 };

struct data {
    _Alignas(64) uint8_t codes[BLOCKS * GROUPS_MOST * WH_VEC_ABREAST];
    _Alignas(64) uint8_t tables[GROUPS_MOST * WH_VEC_FEW * ENTRIES_MOST];
    _Alignas(64) float values[GROUPS_MOST * ENTRIES_MOST];
    uint8_t limits[BLOCKS * WH_VEC_FEW];
    uint64_t masks[BLOCKS * WH_VEC_FEW];
    size_t groups, entries;
};

/* The sum of a row's entries for a query, as far as bytes go. */
static unsigned plain_sum(const struct data *data, size_t block, size_t row, size_t query) {
    unsigned sum = 0;
    for (size_t g = 0; g < data->groups; g++) {
        uint8_t code = data->codes[(block * data->groups + g) * WH_VEC_ABREAST + row];
        sum += data->tables[(g * WH_VEC_FEW + query) * data->entries + code];
    }
    return sum < 255 ? sum : 255;
}

static void make_data(struct data *data, struct plain_rng *rng, double size) {
    for (size_t i = 0; i < BLOCKS * data->groups * WH_VEC_ABREAST; i++)
        data->codes[i] = (uint8_t)(plain_uniform(rng) * (double)data->entries);
    for (size_t i = 0; i < data->groups * WH_VEC_FEW * data->entries; i++)
        data->tables[i] = (uint8_t)(plain_uniform(rng) * size);
    double usual = size / 2 * (double)data->groups;
    for (size_t i = 0; i < BLOCKS * WH_VEC_FEW; i++) {
        double limit = i % 5 ? usual + 10 * plain_normal(rng) : i % 2 ? 255 : 0;
        data->limits[i] = (uint8_t)fmax(0, fmin(255, limit));
    }
}

static void check_sieve(const struct wh_vec_kernel *kernel, struct data *data) {
    size_t passed = 0;
    const struct wh_vec_sketches sketches = {data->codes, data->groups};
    kernel->sieve_sketches(&sketches, BLOCKS, data->tables, data->limits, data->masks);
    for (size_t b = 0; b < BLOCKS; b++) {
        for (size_t q = 0; q < WH_VEC_FEW; q++) {
            for (size_t i = 0; i < WH_VEC_ABREAST; i++) {
                bool passes = data->masks[b * WH_VEC_FEW + q] >> i & 1;
                assert_true(passes ==
                            (plain_sum(data, b, i, q) >= data->limits[b * WH_VEC_FEW + q]));
                passed += passes;
            }
        }
    }
    assert_true(passed > 0 && passed < BLOCKS * WH_VEC_FEW * WH_VEC_ABREAST);
}

/* Entries are rounded up, hardly more than needed, and stop at 255. */
static void check_fill(const struct wh_vec_kernel *kernel, struct data *data,
                       struct plain_rng *rng) {
    const float scale = 3.7F;
    for (size_t i = 0; i < data->groups * data->entries; i++)
        data->values[i] = (float)(i % 9 == 0 ? 0 : (i % 9 == 1 ? -999 : 80) * plain_uniform(rng));
    memset(data->tables, 1, sizeof data->tables);
    kernel->fill_tables(data->values, data->groups, scale, data->tables + 2 * data->entries);
    for (size_t g = 0; g < data->groups; g++) {
        const uint8_t *table = data->tables + g * WH_VEC_FEW * data->entries;
        for (size_t c = 0; c < data->entries; c++) {
            double exact = (double)data->values[g * data->entries + c] * (double)scale;
            double entry = table[2 * data->entries + c];
            assert_true(entry >= fmin(exact, 255) - WH_VEC_ENTRY_ERROR);
            assert_true(entry < fmax(exact, 0) + 1 && entry <= 255);
            assert_int_equal(table[data->entries + c], 1);
            assert_int_equal(table[3 * data->entries + c], 1);
        }
    }
}

static void kernels_sieve_alike(void **state) {
    (void)state;
    const size_t groups[] = {1, 2, 7, 28, GROUPS_MOST};
    static struct data data;
    struct plain_rng rng = {3};
    for (const struct wh_vec_kernel *const *kernel = wh_vec_all(); *kernel; kernel++) {
        if (!(*kernel)->usable(wh_cpu()) || !(*kernel)->sieve_sketches)
            continue;
        data.entries = (size_t)1 << (*kernel)->sketch_bits;
        for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
            data.groups = groups[g];
            make_data(&data, &rng, 300 / (double)groups[g]); /* some sums are beyond a byte */
            check_sieve(*kernel, &data);
            check_fill(*kernel, &data, &rng);
        }
    }
}

/* What a word's codes say of a product with some point, in double. */
static double bound_of(const struct wh_near_sketches *sketches, const float *values, double least,
                       uint32_t id) {
    for (uint32_t g = 0; g < sketches->groups; g++)
        least += (double)
            values[(g << sketches->bits) + sketches->codes[(size_t)id * sketches->groups + g]];
    return least;
}

/* What the codes of a word leave out, as a point: there Cauchy and Schwarz give nothing away. */
static void make_rest(const struct wh_near *near, const struct wh_near_sketches *sketches,
                      uint32_t id, float *point) {
    const float *row = wh_embed_row(wh_near_embed(near), id);
    const uint8_t *codes = sketches->codes + (size_t)id * sketches->groups;
    for (uint32_t j = 0; j < near->dim; j++)
        point[j] = row[j];
    for (uint32_t i = 0; i < near->dim; i++) {
        const struct wh_near_axis *axis = &sketches->axis[i];
        uint32_t level = codes[axis->group] >> axis->shift & ((1u << axis->bits) - 1);
        for (uint32_t j = 0; j < near->dim; j++)
            point[j] -= sketches->levels[(i << WH_NEAR_AXIS_BITS) + level] *
                        sketches->axes->rows[axis->index * near->stride + j];
    }
}

/* Points in any direction, and words. */
static void make_point(const struct wh_embed *embed, struct plain_rng *rng, int kind,
                       float *point) {
    uint32_t dim = wh_embed_dim(embed);
    const float *row = wh_embed_row(embed, (uint32_t)(plain_uniform(rng) * wh_embed_words(embed)));
    for (uint32_t j = 0; j < dim; j++)
        point[j] = kind % 2 ? row[j] : (float)plain_normal(rng);
}

struct tally {
    double excess, length; /* of bounds over products, of points times words */
};

static void check_point(const struct wh_near *near, const struct wh_near_sketches *sketches,
                        const float *point, float *values, struct tally *tally) {
    const struct wh_embed *embed = wh_near_embed(near);
    _Alignas(64) float along[512];
    double square = 0, rest = (double)sketches->rests[(1u << sketches->bits) - 1];
    for (uint32_t j = 0; j < wh_embed_dim(embed); j++)
        square += (double)point[j] * (double)point[j];
    double length = sqrt(square) * (1 + 0x1p-40);
    double error = wh_near_along(sketches->axes, point, length, along) * sketches->reach;
    double least = wh_near_sketch_values(sketches, along, length, values);
    error += 0x1p-19 * length * (sketches->reach + rest);
    for (uint32_t id = 0; id < wh_embed_words(embed); id++) {
        const float *row = wh_embed_row(embed, id);
        long double product = 0;
        for (uint32_t j = 0; j < wh_embed_dim(embed); j++)
            product += (long double)point[j] * (long double)row[j];
        double excess = bound_of(sketches, values, least, id) + error - (double)product;
        assert_true(excess >= 0);
        tally->excess += excess;
        tally->length += length * sqrt(wh_embed_norms2(embed)[id]);
    }
}

static void check_bounds(const struct wh_near *near, struct tally *tally) {
    struct plain_rng rng = {9};
    _Alignas(64) float point[512] = {0};
    wh_near_sketches_want(near, SIZE_MAX / 2);
    const struct wh_near_sketches *sketches = wh_near_sketches(near);
    if (!sketches)
        return; /* this kernel has none */
    float *values = calloc((size_t)sketches->groups << sketches->bits, sizeof *values);
    for (int kind = 0; kind < 60; kind++) {
        make_point(wh_near_embed(near), &rng, kind, point);
        if (kind % 3 == 2)
            make_rest(near, sketches, (uint32_t)(plain_uniform(&rng) * near->words), point);
        check_point(near, sketches, point, values, tally);
    }
    free(values);
}

static void bounds_hold(void **state) {
    (void)state;
    struct fixture fixture;
    struct tally tally = {0};
    fixture_builtin(&fixture, 3000);
    check_bounds(fixture.near, &tally);
    print_message("# bounds exceed products by %.3f of the lengths\n", tally.excess / tally.length);
    assert_true(tally.length == 0 || tally.excess < 0.5 * tally.length);
    fixture_close(&fixture);
}

/* All words are levels: what is given away is rounding, and the longest step of rests. */
static void bounds_are_tight(void **state) {
    (void)state;
    struct fixture fixture;
    struct tally tally = {0};
    float rows[256 * 4];
    for (int i = 0; i < 256 * 4; i++)
        rows[i] = (float)(i / 4 >> 2 * (i % 4) & 3);
    fixture_vectors(&fixture, rows, 256, 4);
    check_bounds(fixture.near, &tally);
    assert_true(tally.excess <= 0.5 * tally.length);
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_sieve_alike),
        cmocka_unit_test(bounds_hold),
        cmocka_unit_test(bounds_are_tight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
