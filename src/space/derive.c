/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * derive.c - facts over the whole vocabulary, computed once and kept in the store: all pairs, both
 * densities, principal axes. The same bits for any number of threads: every word is summed alone,
 * and the covariance is added up in id order, column by column.
 */
#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "space/density.h"

struct layout {
    double *nearest, *radius, *knn, *kde, *mean, *values, *axes;
};

static enum wh_status open_layout(uint32_t words, uint32_t dim, struct layout *layout,
                                  void **memory) {
    size_t w = words, n = dim;
    double *block = wh_alloc(4 * w + 2 * n + n * n, sizeof *block);
    if (!block)
        return WH_NOMEM;
    *memory = block;
    *layout = (struct layout){block,         block + w,         block + 2 * w,        block + 3 * w,
                              block + 4 * w, block + 4 * w + n, block + 4 * w + 2 * n};
    return WH_OK;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum wh_status median(const double *values, uint32_t count, double *result) {
    double *sorted = wh_alloc(count, sizeof *sorted);
    if (!sorted)
        return WH_NOMEM;
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_value);
    *result = count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
    free(sorted);
    return WH_OK;
}

/* ---- all pairs ---- */

static enum wh_status derive_pairs(const struct wh_near *near, int threads, struct wh_token *token,
                                   struct layout *layout, struct wh_derived *derived) {
    enum wh_status status = WH_OK;
    struct wh_near_pairs pairs = {0};
    size_t words = wh_embed_words(wh_near_embed(near));
    WH_TRY(wh_near_pairs(near, threads, token, &pairs));
    memcpy(layout->nearest, pairs.nn_distance, words * sizeof(double));
    memcpy(layout->radius, pairs.radius, words * sizeof(double));
    derived->delta_min = pairs.delta_min;
    derived->delta_max = pairs.delta_max;
    memcpy(derived->closest, pairs.closest, sizeof derived->closest);
    memcpy(derived->farthest, pairs.farthest, sizeof derived->farthest);
    derived->duplicate_pairs = pairs.duplicate_pairs;
    WH_TRY(median(layout->nearest, (uint32_t)words, &derived->median_nn));
    WH_TRY(median(layout->radius, (uint32_t)words, &derived->radius_median));
    derived->bandwidth = derived->radius_median;
out:
    free(pairs.nn_distance);
    free(pairs.radius);
    return status;
}

/* ---- densities ---- */

static enum wh_status derive_density(const struct wh_near *near, int threads,
                                     struct wh_token *token, struct layout *layout,
                                     struct wh_derived *derived) {
    const struct wh_embed *embed = wh_near_embed(near);
    uint32_t words = wh_embed_words(embed), dim = wh_embed_dim(embed);
    uint32_t k = words - 1 < WH_RADIUS_K ? words - 1 : WH_RADIUS_K;
    for (uint32_t id = 0; id < words; id++)
        layout->knn[id] = wh_knn_log_density(k, words, dim, layout->radius[id]);
    if (!(derived->bandwidth > 0)) {
        derived->bandwidth = 0; /* half of the words have k twins: no width to go by */
        return WH_OK;
    }
    return wh_space_kde_all(embed, derived->bandwidth, threads, token, layout->kde);
}

/* ---- principal axes ---- */

#define TILE    64 /* rows that are at hand at a time */
#define COLUMNS 32 /* of the covariance that meet them there */
#define SUMS    8  /* that grow side by side */

struct covariance {
    const struct wh_embed *embed;
    struct wh_token *token;
    const double *mean;
    double *out; /* dim x dim, lower triangle */
};

static void find_mean(const struct wh_embed *embed, double *mean) {
    uint32_t words = wh_embed_words(embed), dim = wh_embed_dim(embed);
    for (uint32_t id = 0; id < words; id++) {
        const float *row = wh_embed_row(embed, id);
        for (uint32_t j = 0; j < dim; j++)
            mean[j] += (double)row[j];
    }
    for (uint32_t j = 0; j < dim; j++)
        mean[j] /= words;
}

/* tile[r * dim + j] = coordinate j of row first + r, less the mean. */
static void center_tile(const struct covariance *work, uint32_t first, uint32_t rows,
                        double *tile) {
    uint32_t dim = wh_embed_dim(work->embed);
    for (uint32_t r = 0; r < rows; r++) {
        const float *row = wh_embed_row(work->embed, first + r);
        for (uint32_t j = 0; j < dim; j++)
            tile[(size_t)r * dim + j] = (double)row[j] - work->mean[j];
    }
}

/* Adds x_i x_j of every row to out[j], for so many j: every sum grows in id order, alone. */
static void add_products(const double *x_i, const double *x_j, uint32_t rows, size_t dim,
                         double *out) {
    double sums[SUMS];
    memcpy(sums, out, sizeof sums);
    for (uint32_t r = 0; r < rows; r++)
        for (int l = 0; l < SUMS; l++)
            sums[l] += x_i[r * dim] * x_j[r * dim + (size_t)l];
    memcpy(out, sums, sizeof sums);
}

static void add_tile(const struct covariance *work, const double *tile, uint32_t rows, size_t i) {
    size_t dim = wh_embed_dim(work->embed), j = 0;
    double *out = work->out + i * dim;
    for (; j + SUMS <= i + 1; j += SUMS)
        add_products(tile + i, tile + j, rows, dim, out + j);
    for (; j <= i; j++)
        for (uint32_t r = 0; r < rows; r++)
            out[j] += tile[r * dim + i] * tile[r * dim + j];
}

static enum wh_status covariance_rows(void *context, size_t begin, size_t end, int thread) {
    enum wh_status status = WH_OK;
    const struct covariance *work = context;
    uint32_t words = wh_embed_words(work->embed), dim = wh_embed_dim(work->embed);
    double *tile = NULL;
    (void)thread;
    WH_TRY(WH_ALLOC_ALIGNED(tile, (size_t)TILE * dim));
    for (uint32_t first = 0; first < words; first += TILE) {
        uint32_t rows = words - first < TILE ? words - first : TILE;
        WH_TRY(wh_token_check(work->token));
        center_tile(work, first, rows, tile);
        for (size_t i = begin; i < end; i++)
            add_tile(work, tile, rows, i);
    }
    for (size_t i = begin; i < end; i++)
        for (size_t j = 0; j <= i; j++)
            work->out[i * dim + j] /= words;
out:
    free(tile);
    return status;
}

enum wh_status wh_space_axes(double *covariance, uint32_t dim, double *values, double *axes) {
    gsl_matrix_view matrix = gsl_matrix_view_array(covariance, dim, dim);
    gsl_vector_view found = gsl_vector_view_array(values, dim);
    gsl_matrix *vectors = gsl_matrix_alloc(dim, dim);
    gsl_eigen_symmv_workspace *space = gsl_eigen_symmv_alloc(dim);
    bool good = vectors && space;
    if (good) {
        gsl_eigen_symmv(&matrix.matrix, &found.vector, vectors, space);
        gsl_eigen_symmv_sort(&found.vector, vectors, GSL_EIGEN_SORT_VAL_DESC);
        for (uint32_t i = 0; i < dim; i++) {
            double largest = 0;
            for (uint32_t j = 0; j < dim; j++) {
                double x = axes[(size_t)i * dim + j] = gsl_matrix_get(vectors, j, i);
                largest = fabs(x) > fabs(largest) ? x : largest;
            }
            for (uint32_t j = 0; largest < 0 && j < dim; j++)
                axes[(size_t)i * dim + j] *= -1;
            values[i] = fmax(0, values[i]); /* rounding can leave -1e-17 */
        }
    }
    if (vectors)
        gsl_matrix_free(vectors);
    if (space)
        gsl_eigen_symmv_free(space);
    return good ? WH_OK : wh_fail(WH_NOMEM, "out of memory");
}

static enum wh_status derive_axes(const struct wh_near *near, int threads, struct wh_token *token,
                                  struct layout *layout) {
    enum wh_status status = WH_OK;
    const struct wh_embed *embed = wh_near_embed(near);
    uint32_t dim = wh_embed_dim(embed);
    double *matrix = NULL;
    WH_TRY(WH_ALLOC(matrix, (size_t)dim * dim));
    find_mean(embed, layout->mean);
    struct covariance work = {embed, token, layout->mean, matrix};
    WH_TRY(wh_pool_run(threads, dim, COLUMNS, covariance_rows, &work));
    for (uint32_t i = 0; i < dim; i++)
        for (uint32_t j = i + 1; j < dim; j++)
            matrix[(size_t)i * dim + j] = matrix[(size_t)j * dim + i];
    WH_TRY(wh_space_axes(matrix, dim, layout->values, layout->axes));
out:
    free(matrix);
    return status;
}

enum wh_status wh_space_derive(const struct wh_near *near, int threads, struct wh_token *token,
                               struct wh_derived *derived) {
    enum wh_status status = WH_OK;
    const struct wh_embed *embed = wh_near_embed(near);
    struct layout layout;
    *derived = (struct wh_derived){0};
    WH_TRY(open_layout(wh_embed_words(embed), wh_embed_dim(embed), &layout, &derived->memory));
    WH_TRY(derive_axes(near, threads, token, &layout));
    derived->mean = layout.mean;
    derived->eigenvalues = layout.values;
    derived->axes = layout.axes;
    if (wh_embed_words(embed) < 2)
        return WH_OK; /* one word has no neighbours: those groups stay unknown */
    WH_TRY(derive_pairs(near, threads, token, &layout, derived));
    WH_TRY(derive_density(near, threads, token, &layout, derived));
    derived->nn_distance = layout.nearest;
    derived->radius = layout.radius;
    derived->knn_log_density = layout.knn;
    derived->kde_log_density = derived->bandwidth > 0 ? layout.kde : NULL;
out:
    if (status != WH_OK) {
        free(derived->memory);
        *derived = (struct wh_derived){0};
    }
    return status;
}
