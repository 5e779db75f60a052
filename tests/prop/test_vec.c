/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_vec.c - every kernel against long double, within the bound it promises, on numbers of many
 * sizes: log-normal, Cauchy, tiny, huge, constant and zero.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/lib/fixture.h"
#include "vec/vec.h"

#define ROWS 19 /* no multiple of a kernel's tile */

enum kind { LOG_NORMAL, CAUCHY, TINY, HUGE_ONES, CONSTANT, ZERO, KINDS };

static float number(struct plain_rng *rng, enum kind kind) {
    switch (kind) {
    case LOG_NORMAL:
        return (float)(exp(2 * plain_normal(rng)) * (plain_uniform(rng) < 0.5 ? -1 : 1));
    case CAUCHY:
        return (float)tan(3.14159 * (plain_uniform(rng) - 0.5));
    case TINY:
        return (float)(plain_normal(rng) * 1e-30);
    case HUGE_ONES:
        return (float)(plain_normal(rng) * 1e15);
    case CONSTANT:
        return 0.1f;
    default:
        return 0;
    }
}

static double norm(const float *row, size_t n) {
    long double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += (long double)row[j] * row[j];
    return (double)sqrtl(sum) * (1 + 1e-15);
}

static long double dot(const float *a, const float *b, size_t n) {
    long double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += (long double)a[j] * b[j];
    return sum;
}

static void check(const struct wh_vec_kernel *kernel, size_t dim, enum kind kind) {
    struct plain_rng rng = {dim * 31 + (unsigned)kind + 1};
    size_t stride = wh_vec_stride(dim);
    float *rows = wh_alloc_aligned(ROWS * stride, sizeof *rows);
    float *queries = wh_alloc_aligned(WH_VEC_PANEL * stride, sizeof *queries);
    float *panel = wh_alloc_aligned(WH_VEC_PANEL * dim, sizeof *panel);
    float *out = wh_alloc_aligned(ROWS * WH_VEC_PANEL, sizeof *out);
    float single[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < dim; j++)
            rows[i * stride + j] = number(&rng, kind);
    for (size_t q = 0; q < WH_VEC_PANEL; q++)
        for (size_t j = 0; j < dim; j++)
            panel[j * WH_VEC_PANEL + q] = queries[q * stride + j] = number(&rng, kind);
    kernel->dot_panel(rows, stride, ROWS, panel, dim, out);
    kernel->dot_rows(rows, stride, ROWS, queries, single);
    for (size_t i = 0; i < ROWS; i++) {
        const float *row = rows + i * stride;
        for (size_t q = 0; q < WH_VEC_PANEL; q++) {
            const float *query = queries + q * stride;
            double bound = wh_vec_error(dim, norm(row, dim), norm(query, dim));
            double error = (double)fabsl(out[i * WH_VEC_PANEL + q] - dot(row, query, dim));
            if (!(error <= bound))
                fail_msg("%s, dim %zu, kind %d: error %g, bound %g", kernel->name, dim, (int)kind,
                         error, bound);
            if (q == 0)
                assert_true(fabsl(single[i] - dot(row, query, dim)) <= bound);
        }
    }
    free(rows);
    free(queries);
    free(panel);
    free(out);
}

static void kernels_keep_their_bound(void **state) {
    (void)state;
    const size_t dims[] = {1, 2, 15, 16, 17, 31, 32, 33, 100, 300};
    for (const struct wh_vec_kernel *const *kernel = wh_vec_all(); *kernel; kernel++)
        for (size_t d = 0; d < sizeof dims / sizeof *dims; d++)
            for (int kind = 0; kind < KINDS && (*kernel)->usable(wh_cpu()); kind++)
                check(*kernel, dims[d], (enum kind)kind);
}

/* The bound means something: a result that is off by a few of it is refused. */
static void the_bound_is_tight(void **state) {
    (void)state;
    double bound = wh_vec_error(100, 1, 1);
    assert_true(bound > 100 * 0x1p-24 && bound < 101 * 0x1p-24);
}

static void sieves_agree(void **state) {
    (void)state;
    struct plain_rng rng = {4};
    _Alignas(64) float dots[ROWS * WH_VEC_PANEL], threshold[WH_VEC_PANEL];
    float half[ROWS];
    struct wh_vec_hit expected[ROWS * WH_VEC_PANEL], found[ROWS * WH_VEC_PANEL];
    for (size_t i = 0; i < ROWS * WH_VEC_PANEL; i++)
        dots[i] = (float)plain_normal(&rng);
    for (size_t i = 0; i < ROWS; i++)
        half[i] = (float)plain_uniform(&rng);
    for (size_t q = 0; q < WH_VEC_PANEL; q++)
        threshold[q] = q % 7 == 0 ? INFINITY : q % 7 == 1 ? -INFINITY : (float)plain_normal(&rng);
    const struct wh_vec_kernel *const *all = wh_vec_all();
    size_t count = all[0]->sieve(dots, half, ROWS, threshold, expected);
    assert_true(count > ROWS);
    for (; *all; all++) {
        if (!(*all)->usable(wh_cpu()))
            continue;
        assert_int_equal((*all)->sieve(dots, half, ROWS, threshold, found), count);
        for (size_t h = 0; h < count; h++) {
            assert_int_equal(found[h].row, expected[h].row);
            assert_int_equal(found[h].query, expected[h].query);
            assert_true(found[h].score == expected[h].score);
        }
    }
}

static void random_bells(const struct wh_vec_kernel *kernel, size_t dim, double *sums,
                         long double *exact) {
    struct plain_rng rng = {dim + 9};
    size_t stride = wh_vec_stride(dim);
    _Alignas(64) float own[WH_VEC_PANEL], dots[ROWS * WH_VEC_PANEL], half[ROWS];
    float *rows = wh_alloc_aligned(ROWS * stride, sizeof *rows);
    float *panel = wh_alloc_aligned(WH_VEC_PANEL * dim, sizeof *panel);
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < dim; j++)
            rows[i * stride + j] = (float)plain_normal(&rng);
        half[i] = (float)(dot(rows + i * stride, rows + i * stride, dim) / 2);
    }
    for (size_t q = 0; q < WH_VEC_PANEL; q++) {
        float query[128];
        for (size_t j = 0; j < dim; j++) /* some on a row, some near, some at e^-87 and beyond */
            query[j] = panel[j * WH_VEC_PANEL + q] =
                rows[q % ROWS * stride + j] + (float)((double)q * 0.3 * plain_normal(&rng));
        own[q] = (float)(dot(query, query, dim) / 2);
        sums[q] = 0;
        exact[q] = 0;
        for (size_t i = 0; i < ROWS; i++) {
            long double square = 0;
            for (size_t j = 0; j < dim; j++)
                square += powl((long double)query[j] - rows[i * stride + j], 2);
            exact[q] += expl(-square / 2);
        }
    }
    kernel->bells(rows, stride, ROWS, half, &(struct wh_vec_bells){panel, dim, own, 1, dots, sums});
    free(rows);
    free(panel);
}

/* The same bits from all kernels, and near the formula: arguments of e up to 87 are rounded to
 * some 1e-4. */
static void bells_agree(void **state) {
    (void)state;
    const size_t dims[] = {1, 3, 16, 50, 100};
    for (size_t d = 0; d < sizeof dims / sizeof *dims; d++) {
        _Alignas(64) double expected[WH_VEC_PANEL], sums[WH_VEC_PANEL];
        long double exact[WH_VEC_PANEL];
        random_bells(wh_vec_all()[0], dims[d], expected, exact);
        for (size_t q = 0; q < WH_VEC_PANEL; q++)
            assert_true(fabsl(expected[q] - exact[q]) <= 5e-4L * exact[q] + 1e-36L);
        assert_true(fabsl(expected[0] - exact[0]) <= 2e-5L * exact[0]);
        for (const struct wh_vec_kernel *const *kernel = wh_vec_all(); *kernel; kernel++) {
            if (!(*kernel)->usable(wh_cpu()))
                continue;
            random_bells(*kernel, dims[d], sums, exact);
            assert_memory_equal(sums, expected, sizeof sums);
        }
    }
}

struct byte_data {
    size_t dim, stride;
    int8_t *rows;
    uint8_t *queries, *panel; /* row by row, and side by side */
    float scale[ROWS], spread[ROWS], half[ROWS], norm[ROWS], rest;
    float query_scale;
    _Alignas(64) float threshold[WH_VEC_PANEL], width[WH_VEC_PANEL];
    int32_t start[ROWS];
};

/* What sums of pairs in 16 bits would not hold, in every order of signs; and nothing at all. */
enum { EXTREMES = 6 };
static int extreme_code(size_t which, size_t j) {
    const int patterns[EXTREMES][4] = {{127, 127, 127, 127},   {-127, -127, -127, -127},
                                       {127, -127, 127, -127}, {127, 127, -127, -127},
                                       {-127, 127, 127, -127}, {0, 0, 0, 0}};
    return which < EXTREMES ? patterns[which][j % 4] : 0;
}

/* Codes of all sizes, the largest among them. */
static void make_bytes(struct byte_data *data, size_t dim) {
    struct plain_rng rng = {dim};
    data->dim = dim;
    data->stride = (dim + 3) / 4 * 4;
    data->rows = wh_alloc_aligned(ROWS * data->stride, 1);
    data->queries = wh_alloc_aligned(WH_VEC_PANEL * data->stride, 1);
    data->panel = wh_alloc_aligned(WH_VEC_PANEL * data->stride, 1);
    for (size_t i = 0; i < ROWS; i++) {
        data->scale[i] = (float)exp(plain_normal(&rng));
        if (i % 5)
            data->scale[i] = wh_vec_scale(data->scale[i]);
        data->half[i] = (float)(1e4 * plain_uniform(&rng));
        data->spread[i] = (float)(1e2 * plain_uniform(&rng));
        data->norm[i] = (float)(1e2 * plain_uniform(&rng));
        data->start[i] = 0;
        for (size_t j = 0; j < dim; j++) {
            int code = extreme_code(i, j);
            if (i >= EXTREMES)
                code = (int)(255 * plain_uniform(&rng)) - 127;
            data->rows[i * data->stride + j] = (int8_t)code;
            data->start[i] -= 128 * code;
        }
    }
    data->rest = 7;
    data->query_scale = (float)exp(plain_normal(&rng));
    for (size_t q = 0; q < WH_VEC_PANEL; q++) {
        data->width[q] = (float)(1e2 * plain_uniform(&rng));
        data->threshold[q] = q % 7 == 0 ? NAN : q % 7 == 1 ? -INFINITY : 0;
        for (size_t j = 0; j < dim; j++) {
            int code = extreme_code(q, j);
            if (q >= EXTREMES)
                code = (int)(255 * plain_uniform(&rng)) - 127;
            data->queries[q * data->stride + j] = (uint8_t)(code + 128);
            data->panel[j / 4 * 4 * WH_VEC_PANEL + 4 * q + j % 4] = (uint8_t)(code + 128);
        }
    }
}

static struct wh_vec_code_panel panel_of(const struct byte_data *data) {
    return (struct wh_vec_code_panel){data->panel, data->query_scale, data->threshold,
                                      data->width, data->spread,      data->half,
                                      data->norm,  data->rest,        {0}};
}

static void free_bytes(struct byte_data *data) {
    free(data->rows);
    free(data->queries);
    free(data->panel);
}

static int32_t byte_product(const struct byte_data *data, size_t dim, size_t row, size_t query) {
    int32_t sum = 0;
    for (size_t j = 0; j < dim; j++)
        sum += data->rows[row * data->stride + j] *
               ((int)data->queries[query * data->stride + j] - 128);
    return sum;
}

/* Without scales and halves the scores of a panel are the integers themselves, rounded once. */
static void check_integers(const struct wh_vec_kernel *kernel, struct byte_data *data, size_t dim) {
    struct wh_vec_hit hits[ROWS * WH_VEC_PANEL];
    data->query_scale = 1;
    for (size_t i = 0; i < ROWS; i++) {
        data->scale[i] = 1;
        data->spread[i] = data->half[i] = data->norm[i] = 0;
    }
    for (size_t q = 0; q < WH_VEC_PANEL; q++)
        data->threshold[q] = -INFINITY;
    const struct wh_vec_codes rows = {data->rows, data->stride, data->scale, data->start};
    const struct wh_vec_code_panel panel = panel_of(data);
    assert_int_equal(kernel->sieve_codes(&rows, ROWS, &panel, hits), ROWS * WH_VEC_PANEL);
    for (size_t h = 0; h < ROWS * WH_VEC_PANEL; h++)
        assert_true(hits[h].score == (float)byte_product(data, dim, hits[h].row, hits[h].query));
}

static void find_scores(const struct wh_vec_kernel *kernel, struct byte_data *data,
                        float scores[ROWS][WH_VEC_PANEL]) {
    static struct wh_vec_hit hits[ROWS * WH_VEC_PANEL];
    const struct wh_vec_codes rows = {data->rows, data->stride, data->scale, data->start};
    const struct wh_vec_code_panel panel = panel_of(data);
    for (size_t q = 0; q < WH_VEC_PANEL; q++)
        data->threshold[q] = -INFINITY;
    size_t found = kernel->sieve_codes(&rows, ROWS, &panel, hits);
    assert_int_equal(found, ROWS * WH_VEC_PANEL);
    for (size_t h = 0; h < found; h++)
        scores[hits[h].row][hits[h].query] = hits[h].score;
}

/* A score reaches itself: where the threshold is that of some row, this row is among the hits. */
static void check_reached(const struct wh_vec_kernel *kernel, struct byte_data *data, float size) {
    struct wh_vec_hit hits[ROWS * WH_VEC_PANEL];
    float scores[ROWS][WH_VEC_PANEL];
    for (size_t i = 0; i < ROWS; i++)
        data->scale[i] *= size;
    const struct wh_vec_codes rows = {data->rows, data->stride, data->scale, data->start};
    const struct wh_vec_code_panel panel = panel_of(data);
    find_scores(kernel, data, scores);
    size_t found;
    for (size_t i = 0; i < ROWS; i++) {
        size_t reached = 0;
        for (size_t q = 0; q < WH_VEC_PANEL; q++)
            data->threshold[q] = scores[i][q];
        found = kernel->sieve_codes(&rows, ROWS, &panel, hits);
        for (size_t h = 0; h < found; h++) {
            reached += hits[h].row == i;
            assert_true(hits[h].score >= data->threshold[hits[h].query]);
        }
        assert_int_equal(reached, WH_VEC_PANEL);
    }
}

/* The norm of what a row, or a query, has beyond some dimensions. */
static double row_beyond(const struct byte_data *data, size_t row, size_t dims) {
    double square = 0;
    for (size_t j = dims; j < data->stride; j++)
        square += pow(data->rows[row * data->stride + j], 2);
    return sqrt(square);
}

static double query_beyond(const struct byte_data *data, size_t query, size_t dims) {
    double square = 0;
    for (size_t j = dims; j < data->dim; j++)
        square += pow(data->queries[query * data->stride + j] - 128, 2);
    return sqrt(square);
}

struct head {
    float tail[ROWS], reach;
    int32_t start[ROWS];
    size_t dims, doubts;
};

static void make_head(const struct byte_data *data, struct head *head) {
    *head = (struct head){.dims = data->stride / 2 / 4 * 4};
    for (size_t i = 0; i < ROWS; i++) {
        const int8_t *row = data->rows + i * data->stride;
        double norm = row_beyond(data, i, head->dims);
        for (size_t j = 0; j < head->dims; j++)
            head->start[i] -= 128 * row[j];
        head->tail[i] = (float)(norm * (double)data->scale[i] * (1 + 1e-6));
    }
    for (size_t q = 0; q < WH_VEC_PANEL; q++) {
        double norm = query_beyond(data, q, head->dims);
        head->reach = fmaxf(head->reach, (float)(norm * (double)data->query_scale * (1 + 1e-6)));
    }
}

/* What the first dimensions tell changes no hit. */
static void check_head(const struct wh_vec_kernel *kernel, const struct byte_data *data,
                       const struct wh_vec_hit *expected, size_t count) {
    static struct wh_vec_hit hits[ROWS * WH_VEC_PANEL];
    struct head head;
    make_head(data, &head);
    const struct wh_vec_codes rows = {data->rows, data->stride, data->scale, data->start};
    struct wh_vec_code_panel panel = panel_of(data);
    panel.head =
        (struct wh_vec_code_head){head.dims, head.start, head.tail, head.reach, &head.doubts};
    assert_int_equal(kernel->sieve_codes(&rows, ROWS, &panel, hits), count);
    assert_memory_equal(hits, expected, count * sizeof *hits);
    assert_true(head.doubts <= ROWS);
}

/* A score reaches itself where all other queries are closed, or out of reach. */
static void check_alone(const struct wh_vec_kernel *kernel, struct byte_data *data) {
    struct wh_vec_hit hits[ROWS * WH_VEC_PANEL];
    float scores[ROWS][WH_VEC_PANEL];
    const struct wh_vec_codes rows = {data->rows, data->stride, data->scale, data->start};
    const struct wh_vec_code_panel panel = panel_of(data);
    find_scores(kernel, data, scores);
    size_t found;
    for (size_t i = 0; i < ROWS * 4; i++) {
        size_t row = i / 4, query = i * 13 % WH_VEC_PANEL;
        bool reached = false;
        for (size_t q = 0; q < WH_VEC_PANEL; q++)
            data->threshold[q] = i % 2 ? NAN : INFINITY;
        data->threshold[query] = scores[row][query];
        found = kernel->sieve_codes(&rows, ROWS, &panel, hits);
        for (size_t h = 0; h < found; h++) {
            assert_int_equal(hits[h].query, query);
            reached |= hits[h].row == row;
        }
        assert_true(reached);
        check_head(kernel, data, hits, found);
    }
}

static void check_bytes(const struct wh_vec_kernel *kernel, size_t dim) {
    static struct byte_data data;
    static bool hit[ROWS][WH_VEC_PANEL];
    struct wh_vec_hit hits[ROWS * WH_VEC_PANEL];
    int32_t single[ROWS];
    make_bytes(&data, dim);
    const struct wh_vec_codes rows = {data.rows, data.stride, data.scale, data.start};
    const struct wh_vec_code_panel panel = panel_of(&data);
    size_t found = kernel->sieve_codes(&rows, ROWS, &panel, hits);
    check_head(kernel, &data, hits, found);
    memset(hit, 0, sizeof hit);
    for (size_t h = 0; h < found; h++) {
        double product = (double)byte_product(&data, dim, hits[h].row, hits[h].query) *
                         (double)data.scale[hits[h].row] * (double)data.query_scale;
        double half = (double)data.half[hits[h].row];
        double rest = (double)data.spread[hits[h].row] * (double)data.width[hits[h].query] +
                      (double)data.norm[hits[h].row] * (double)data.rest;
        assert_true(fabs((double)hits[h].score - (product + rest - half)) <=
                    0x1p-22 * (fabs(product) + rest + half));
        hit[hits[h].row][hits[h].query] = true;
    }
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t q = 0; q < WH_VEC_PANEL; q++) {
            float score =
                (float)byte_product(&data, dim, i, q) * data.scale[i] * data.query_scale +
                (data.spread[i] * data.width[q] - (data.half[i] - data.norm[i] * data.rest));
            bool open = score >= data.threshold[q];
            assert_true(hit[i][q] == open || fabsf(score) < 1);
        }
    }
    for (size_t q = 0; q < WH_VEC_PANEL; q++) {
        kernel->dot_codes(&rows, ROWS, data.queries + q * data.stride, single);
        for (size_t i = 0; i < ROWS; i++)
            assert_int_equal(single[i], byte_product(&data, dim, i, q));
    }
    const float sizes[] = {1, 1e-16F, 1e-20F, 1e38F}; /* each times the one before */
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        check_reached(kernel, &data, sizes[s]);
    check_integers(kernel, &data, dim);
    free_bytes(&data);
    make_bytes(&data, dim);
    check_alone(kernel, &data);
    free_bytes(&data);
}

static void bytes_are_exact(void **state) {
    (void)state;
    const size_t dims[] = {1, 4, 7, 63, 64, 65, 100, 300, 1024};
    for (const struct wh_vec_kernel *const *kernel = wh_vec_all(); *kernel; kernel++)
        for (size_t d = 0; d < sizeof dims / sizeof *dims; d++)
            if ((*kernel)->usable(wh_cpu()) && (*kernel)->sieve_codes)
                check_bytes(*kernel, dims[d]);
}

/* Two panels that meet, each with numbers of its own. */
struct meeting_data {
    size_t groups;
    uint8_t *queries;
    int8_t *rows;
    _Alignas(64) int32_t query_reach[WH_VEC_PANEL], query_start[WH_VEC_PANEL];
    int32_t row_reach[WH_VEC_PANEL], row_start[WH_VEC_PANEL];
};

static int32_t number_within(struct plain_rng *rng, int32_t most) {
    return (int32_t)((2 * plain_uniform(rng) - 1) * most);
}

/* Shares of sums that reach 0 differ: starts are around a multiple of what sums are like. */
static void make_meeting(struct meeting_data *data, size_t groups, double low) {
    struct plain_rng rng = {groups};
    size_t size = groups * 4 * WH_VEC_PANEL;
    int32_t spread = (int32_t)(sqrt((double)groups * 4) * 64 * 64);
    data->groups = groups;
    data->queries = wh_alloc_aligned(size, 1);
    data->rows = wh_alloc_aligned(size, 1);
    for (size_t i = 0; i < size; i++) {
        data->queries[i] = (uint8_t)(128 + (groups % 2 ? number_within(&rng, 128) : 127));
        data->rows[i] = (int8_t)(groups % 2 ? number_within(&rng, 128) : i % 2 ? 127 : -127);
    }
    for (size_t i = 0; i < WH_VEC_PANEL; i++) {
        data->query_reach[i] = number_within(&rng, spread);
        data->row_reach[i] = number_within(&rng, spread);
        data->query_start[i] = number_within(&rng, spread) - (int32_t)(low * spread);
        data->row_start[i] = number_within(&rng, spread);
        for (size_t j = 0; j < groups * 4; j++)
            data->row_start[i] -= 128 * data->rows[j / 4 * 4 * WH_VEC_PANEL + 4 * i + j % 4];
    }
}

static bool plainly_met(const struct meeting_data *data, size_t row, size_t query) {
    int32_t sum = data->query_start[query] + data->row_start[row];
    for (size_t j = 0; j < data->groups * 4; j++) {
        size_t at = j / 4 * 4 * WH_VEC_PANEL + j % 4;
        sum += data->queries[at + 4 * query] * data->rows[at + 4 * row];
    }
    int32_t query_reach = data->query_reach[query], row_reach = data->row_reach[row];
    return sum + (query_reach > row_reach ? query_reach : row_reach) >= 0;
}

static size_t check_meeting(const struct wh_vec_kernel *kernel, size_t groups, double low) {
    static struct meeting_data data;
    static struct wh_vec_pair pairs[WH_VEC_PANEL * WH_VEC_PANEL];
    bool met[WH_VEC_PANEL][WH_VEC_PANEL] = {{false}};
    make_meeting(&data, groups, low);
    const struct wh_vec_meeting meeting = {data.queries,     data.rows,        groups,
                                           data.query_reach, data.query_start, data.row_reach,
                                           data.row_start};
    size_t found = kernel->meet(&meeting, pairs);
    for (size_t i = 0; i < found; i++) {
        assert_false(met[pairs[i].row][pairs[i].query]);
        met[pairs[i].row][pairs[i].query] = true;
    }
    for (size_t r = 0; r < WH_VEC_PANEL; r++)
        for (size_t q = 0; q < WH_VEC_PANEL; q++)
            assert_true(met[r][q] == plainly_met(&data, r, q));
    free(data.queries);
    free(data.rows);
    return found;
}

static void meetings_are_exact(void **state) {
    (void)state;
    const size_t groups[] = {1, 2, 7, 25, 75, 256, 4096};
    for (const struct wh_vec_kernel *const *kernel = wh_vec_all(); *kernel; kernel++) {
        size_t some = 0;
        for (size_t g = 0; g < sizeof groups / sizeof *groups && (*kernel)->usable(wh_cpu()); g++) {
            some += check_meeting(*kernel, groups[g], 0);
            check_meeting(*kernel, groups[g], -4);
            some += check_meeting(*kernel, groups[g], 3);
        }
        assert_true(!(*kernel)->usable(wh_cpu()) || some > WH_VEC_PANEL);
    }
}

/* Half bytes of some blocks, and the same as plain numbers. */
enum { BLOCKS = 3, LONE_ROWS = BLOCKS * WH_VEC_BLOCK, WEIRD = 5 };

struct nibble_data {
    size_t dim, groups;
    uint8_t *nibbles;
    int8_t *codes;
    int *plain; /* LONE_ROWS x dim, the query after them */
    _Alignas(64) uint16_t scale[LONE_ROWS], spread[LONE_ROWS], half[LONE_ROWS];
};

static float from_upper(uint16_t half) {
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint16_t upper_of(double number) {
    float value = (float)number;
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (uint16_t)(bits >> 16);
}

static void make_nibbles(struct nibble_data *data, size_t dim) {
    struct plain_rng rng = {dim + 7};
    data->dim = dim;
    data->groups = (dim + 7) / 8;
    data->nibbles = wh_alloc_aligned(BLOCKS * data->groups * 64, 1);
    data->codes = wh_alloc_aligned(data->groups * 8, 1);
    data->plain = wh_alloc((LONE_ROWS + 1) * dim, sizeof *data->plain);
    for (size_t i = 0; i < LONE_ROWS; i++) {
        data->scale[i] = upper_of(plain_normal(&rng));
        data->spread[i] = upper_of(1e2 * plain_uniform(&rng));
        data->half[i] =
            i % 11 == WEIRD ? upper_of((double)NAN) : upper_of(1e4 * plain_uniform(&rng));
        for (size_t j = 0; j < dim; j++) {
            int code = i < 2 ? (i ? 7 : -8) : (int)(16 * plain_uniform(&rng)) - 8;
            size_t at = (i / 16 * data->groups + j / 8) * 64 + i % 16 * 4 + j % 4;
            data->nibbles[at] |= (uint8_t)((code + 8) << (j % 8 < 4 ? 0 : 4));
            data->plain[i * dim + j] = code;
        }
    }
    for (size_t j = 0; j < dim; j++) {
        data->codes[j] = (int8_t)(dim % 2 ? 127 : (int)(255 * plain_uniform(&rng)) - 127);
        data->plain[LONE_ROWS * dim + j] = data->codes[j];
    }
}

/* The score, and the sum of its terms' magnitudes. */
static double nibble_score(const struct nibble_data *data, size_t row,
                           const struct wh_vec_nibble_query *query, double *size) {
    long sum = 0;
    for (size_t j = 0; j < data->dim; j++)
        sum += (long)data->plain[row * data->dim + j] * data->plain[LONE_ROWS * data->dim + j];
    double product = (double)sum * (double)from_upper(data->scale[row]) * (double)query->scale;
    double rest = (double)from_upper(data->spread[row]) * (double)query->width;
    double half = (double)from_upper(data->half[row]) * (double)query->keep;
    *size = fabs(product) + rest + half;
    return product + rest - half;
}

static void check_nibbles(const struct wh_vec_kernel *kernel, struct nibble_data *data,
                          float threshold) {
    struct wh_vec_hit hits[LONE_ROWS];
    struct wh_vec_nibble_query query = {data->codes, 0, 0.3F, 1.7F, 0.9F, threshold};
    for (size_t j = 0; j < data->dim; j++)
        query.start -= 8 * data->codes[j];
    const struct wh_vec_nibbles rows = {data->nibbles, data->groups, data->scale, data->spread,
                                        data->half};
    size_t found = kernel->sieve_nibbles(&rows, BLOCKS, &query, hits), h = 0;
    for (size_t i = 0; i < LONE_ROWS; i++) {
        double size, score = nibble_score(data, i, &query, &size), error = 0x1p-22 * size;
        bool hit = h < found && hits[h].row == i;
        if (hit) {
            assert_int_equal(hits[h].query, 0);
            assert_true(fabs((double)hits[h].score - score) <= error);
            assert_true(hits[h++].score >= threshold);
        }
        assert_true(isnan(score) ? !hit : hit || score < (double)threshold + error);
    }
    assert_int_equal(h, found);
}

static void half_bytes_are_exact(void **state) {
    (void)state;
    const size_t dims[] = {1, 3, 4, 8, 9, 31, 32, 100, 300, 1001};
    for (size_t d = 0; d < sizeof dims / sizeof *dims; d++) {
        struct nibble_data data;
        make_nibbles(&data, dims[d]);
        for (const struct wh_vec_kernel *const *kernel = wh_vec_all(); *kernel; kernel++) {
            if (!(*kernel)->usable(wh_cpu()) || !(*kernel)->sieve_nibbles)
                continue;
            check_nibbles(*kernel, &data, -INFINITY);
            check_nibbles(*kernel, &data, -4000);
            check_nibbles(*kernel, &data, INFINITY);
        }
        free(data.nibbles);
        free(data.codes);
        free(data.plain);
    }
}

static void kernels_can_be_forced(void **state) {
    (void)state;
    must(wh_vec_choose());
    must(wh_vec_force("scalar"));
    assert_string_equal(wh_vec()->name, "scalar");
    assert_int_equal(wh_vec_force("no-such"), WH_USAGE);
    assert_string_equal(wh_vec()->name, "scalar");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_keep_their_bound),
        cmocka_unit_test(the_bound_is_tight),
        cmocka_unit_test(sieves_agree),
        cmocka_unit_test(bells_agree),
        cmocka_unit_test(bytes_are_exact),
        cmocka_unit_test(meetings_are_exact),
        cmocka_unit_test(half_bytes_are_exact),
        cmocka_unit_test(kernels_can_be_forced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
