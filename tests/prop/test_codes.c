/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_codes.c - what the codes of a word and a point say of the word's score is never below it,
 * along axes or as they come, with the first dimensions only, too; and not much above it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "near/decode.h"
#include "tests/lib/fixture.h"

enum { DIM_MOST = 256 };

/* A point as codes, and what searches know of it. */
struct query {
    _Alignas(64) uint8_t codes[DIM_MOST];
    double y[DIM_MOST];
    float scale;
    struct wh_near_code_query code;
    struct wh_near_place place;
};

struct tally {
    double excess, size; /* of bounds over scores, of points times words */
    size_t bounds, moved;
};

static void encode(const struct wh_near *near, const struct wh_near_codes *codes,
                   const double *point, struct query *query) {
    float *room = wh_alloc_aligned(near->stride * 2, sizeof *room);
    memset(query->codes, 128, sizeof query->codes);
    query->place = wh_near_place(near, codes, point, room, query->y);
    query->scale = wh_near_scale(query->y, near->dim);
    query->code = wh_near_encode(query->y, near->dim, query->scale, 4, query->codes);
    free(room);
}

/* x.u - |u|^2 / 2 as seen from the mean of all words, where codes are. */
static long double score_of(const struct wh_near *near, const struct query *query,
                            const double *point, uint32_t id) {
    const float *row = wh_embed_row(near->embed, id);
    long double score = (long double)query->place.shift + (long double)query->place.rounding;
    for (uint32_t j = 0; j < near->dim; j++)
        score += (long double)point[j] * row[j] - (long double)row[j] * row[j] / 2;
    return score;
}

/* The products of codes from one dimension to another, scales and all. */
static double product_of(const struct wh_near_codes *codes, const struct query *query, uint32_t id,
                         size_t from, size_t to) {
    const int8_t *row = codes->codes + id * codes->rows.stride;
    int64_t sum = 0;
    for (size_t j = from; j < to; j++)
        sum += row[j] * (query->codes[j] - 128);
    return (double)sum * (double)codes->scale[id] * (double)query->scale;
}

static void check_heads(const struct wh_near_codes *codes, const struct query *query, uint32_t id) {
    const int8_t *row = codes->codes + id * codes->rows.stride;
    for (size_t h = 0; h < WH_NEAR_HEADS && codes->heads[h].dims; h++) {
        const struct wh_near_head *head = &codes->heads[h];
        double square = 0;
        int32_t start = 0;
        for (size_t j = 0; j < head->dims; j++)
            start -= 128 * row[j];
        for (size_t j = head->dims; j < codes->rows.stride; j++)
            square += (query->codes[j] - 128) * (query->codes[j] - 128);
        double reach = sqrt(square) * (double)query->scale * (1 + 1e-12);
        assert_int_equal(head->start[id], start);
        assert_true((double)head->tail[id] * reach >=
                    product_of(codes, query, id, head->dims, codes->rows.stride));
    }
}

static void check_word(const struct wh_near *near, const struct wh_near_codes *codes,
                       const struct query *query, const double *point, uint32_t id,
                       struct tally *tally) {
    double hidden = query->code.length * (double)codes->residue[id] +
                    (query->code.rest + query->place.error) * (double)codes->norm[id];
    double bound =
        product_of(codes, query, id, 0, codes->rows.stride) + hidden - (double)codes->half[id];
    double loss = codes->axes ? 0 : wh_near_code_loss(near->max_norm, query->code.length);
    double excess = bound - (double)score_of(near, query, point, id);
    double size = query->code.length * (double)codes->norm[id];
    assert_true(excess + loss + size * 0x1p-46 >= 0);
    tally->excess += excess;
    tally->size += size;
    tally->bounds++;
    check_heads(codes, query, id);
}

/* What the codes of a word leave out of it, as a point as rows lie: Cauchy and Schwarz give nothing
 * away there. Turned back, for there are only points. */
static void make_residue(const struct wh_near *near, const struct wh_near_codes *codes, uint32_t id,
                         double *point) {
    const struct wh_near_axes *axes = codes->axes;
    const float *row = wh_embed_row(near->embed, id);
    double rest[DIM_MOST];
    for (uint32_t i = 0; i < near->dim; i++) {
        double v = axes ? 0 : (double)row[i];
        for (uint32_t j = 0; axes && j < near->dim; j++)
            v += (double)axes->rows[i * axes->stride + j] *
                 ((double)row[j] - (double)axes->centre[j]);
        rest[i] = v - (double)codes->scale[id] * codes->codes[id * codes->rows.stride + i];
    }
    for (uint32_t j = 0; j < near->dim; j++) {
        point[j] = axes ? (double)axes->centre[j] : rest[j];
        for (uint32_t i = 0; axes && i < near->dim; i++)
            point[j] += rest[i] * (double)axes->rows[i * axes->stride + j];
    }
}

static void make_point(const struct wh_near *near, const struct wh_near_codes *codes,
                       struct plain_rng *rng, int kind, double *point) {
    uint32_t word = (uint32_t)(plain_uniform(rng) * near->words);
    const float *row = wh_embed_row(near->embed, word);
    double size = kind % 2 ? 0.1 : 3;
    for (uint32_t j = 0; j < near->dim; j++)
        point[j] = (double)row[j] + size * plain_normal(rng);
    if (kind % 3 == 0)
        make_residue(near, codes, word, point);
}

static void check_bounds(const struct wh_near *near, struct tally *tally) {
    struct plain_rng rng = {7};
    double point[DIM_MOST];
    const struct wh_near_codes *codes = wh_near_codes(near);
    if (!codes)
        return; /* this kernel has none */
    tally->moved += codes->axes != NULL;
    for (int kind = 0; kind < 40; kind++) {
        struct query query;
        make_point(near, codes, &rng, kind, point);
        encode(near, codes, point, &query);
        for (uint32_t id = 0; id < near->words; id++)
            check_word(near, codes, &query, point, id, tally);
    }
}

/* What the queries of a panel have beyond a head: that of the largest, and hardly more. */
static void check_reach(const struct wh_near *near) {
    struct plain_rng rng = {8};
    struct wh_near_scratch *scratch;
    double point[DIM_MOST];
    const struct wh_near_codes *codes = wh_near_codes(near);
    if (!codes)
        return; /* this kernel has none */
    must(wh_near_scratch_open(&scratch));
    must(wh_near_codes_start(near, scratch));
    for (size_t q = 0; q < WH_VEC_PANEL; q++) {
        make_point(near, codes, &rng, 1, point);
        scratch->threshold[q] = 0;
        wh_near_codes_lane(near, scratch, q, q % 5 ? point : NULL, 0);
    }
    wh_near_codes_encode(near, scratch);
    const struct wh_near_code_panel *panel = scratch->codes;
    for (size_t h = 0; h < WH_NEAR_HEADS; h++) {
        double most = 0;
        for (size_t q = 0; q < WH_VEC_PANEL; q++) {
            double square = 0;
            for (size_t j = codes->heads[h].dims; j < near->dim && panel->open[q]; j++)
                square += pow(panel->codes[j / 4 * 4 * WH_VEC_PANEL + 4 * q + j % 4] - 128, 2);
            most = fmax(most, sqrt(square) * (double)panel->scale);
        }
        assert_true((double)panel->reach[h] >= most && (double)panel->reach[h] < 1.001 * most);
    }
    wh_near_scratch_close(scratch);
}

static void reach_is_that_of_the_largest(void **state) {
    (void)state;
    for (uint32_t dim = 50; dim <= 53; dim++) {
        struct fixture fixture;
        fixture_random(&fixture, 300, dim, dim);
        check_reach(fixture.near);
        fixture_close(&fixture);
    }
}

static void bounds_hold_along_axes(void **state) {
    (void)state;
    struct fixture fixture;
    struct tally tally = {0};
    fixture_builtin(&fixture, 3000);
    check_bounds(fixture.near, &tally);
    print_message("# bounds exceed scores by %.4f of the lengths\n", tally.excess / tally.size);
    assert_true(tally.bounds == 0 || (tally.moved && tally.excess < 0.03 * tally.size));
    fixture_close(&fixture);
}

/* Vectors of very different length, far from their mean's direction, in few and odd dimensions. */
static void bounds_hold_for_any_rows(void **state) {
    (void)state;
    for (uint32_t dim = 1; dim <= 133; dim += 33) {
        struct fixture fixture;
        struct tally tally = {0};
        struct plain_rng rng = {dim};
        float *rows = calloc((size_t)200 * dim, sizeof *rows);
        for (size_t i = 0; i < (size_t)200 * dim; i++)
            rows[i] = (float)((plain_normal(&rng) + 2) * exp(4 * sin((double)(i / dim))));
        fixture_vectors(&fixture, rows, 200, dim);
        check_bounds(fixture.near, &tally);
        fixture_close(&fixture);
        free(rows);
    }
}

/* Without facts there are no axes. */
static void bounds_hold_without_axes(void **state) {
    (void)state;
    struct fixture fixture;
    struct tally tally = {0};
    const struct wh_derived none = {0};
    fixture_random(&fixture, 300, 50, 4);
    wh_embed_derive(fixture.embed, &none);
    check_bounds(fixture.near, &tally);
    assert_int_equal(tally.moved, 0);
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reach_is_that_of_the_largest),
        cmocka_unit_test(bounds_hold_along_axes),
        cmocka_unit_test(bounds_hold_for_any_rows),
        cmocka_unit_test(bounds_hold_without_axes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
