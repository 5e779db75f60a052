/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * picture.c - a word and its neighbours in two or three dimensions, and what the picture loses.
 *
 * radial: true distance from the word; angle from the two leading axes of the neighbourhood across
 * its mean direction. A word seldom stands in the middle of its neighbours: along the leading axis
 * they are all on one side; across their mean they stand around it, and isotropic noise still has
 * no preferred side. No linear picture keeps distances in 100 dimensions. pca: the neighbourhood's
 * own axes. pca-global: the vocabulary's. Signs are fixed by wh_space_axes, so a word always has
 * the same picture.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "space/density.h"

#define DRAWN   3  /* axes kept */
#define KEPT_OF 20 /* neighbours compared for neighbours_kept */

const char *wh_map_name(enum wh_map_method method) {
    static const char *const names[WH_MAP_COUNT] = {"radial", "pca", "pca-global"};
    return names[method];
}

/* Differences of the points from the word, count x dim. */
static void differences(const struct wh_near *near, const struct wh_map_picture *picture,
                        double *out) {
    const struct wh_embed *embed = wh_near_embed(near);
    uint32_t dim = wh_embed_dim(embed);
    for (uint32_t i = 0; i < picture->count; i++) {
        const float *row = wh_embed_row(embed, picture->points[i].id);
        for (uint32_t j = 0; j < dim; j++)
            out[(size_t)i * dim + j] = (double)row[j] - picture->center[j];
    }
}

static double along(const double *axis, const double *difference, uint32_t dim) {
    double sum = 0;
    for (uint32_t j = 0; j < dim; j++)
        sum += axis[j] * difference[j];
    return sum;
}

/* Second moments about the word: the word stands at the picture's origin, so its axes go through
 * it. */
static void moments(const double *points, uint32_t count, uint32_t dim, double *matrix) {
    for (uint32_t a = 0; a < count; a++) {
        const double *x = points + (size_t)a * dim;
        for (uint32_t i = 0; i < dim; i++)
            for (uint32_t j = 0; j <= i; j++)
                matrix[(size_t)i * dim + j] += x[i] * x[j];
    }
    for (uint32_t i = 0; i < dim; i++)
        for (uint32_t j = i + 1; j < dim; j++)
            matrix[(size_t)i * dim + j] = matrix[(size_t)j * dim + i];
}

static enum wh_status local_axes(const double *points, uint32_t count, uint32_t dim, double *axes) {
    enum wh_status status = WH_OK;
    double *matrix = NULL, *values = NULL, *all = NULL;
    WH_TRY(WH_ALLOC(matrix, (size_t)dim * dim));
    WH_TRY(WH_ALLOC(all, (size_t)dim * dim));
    WH_TRY(WH_ALLOC(values, dim));
    moments(points, count, dim, matrix);
    WH_TRY(wh_space_axes(matrix, dim, values, all));
    memcpy(axes, all, (dim < DRAWN ? dim : DRAWN) * dim * sizeof *axes);
out:
    free(matrix);
    free(values);
    free(all);
    return status;
}

/* Takes the direction in which the mean of the points lies out of every one of them. */
static enum wh_status flatten(double *points, uint32_t count, uint32_t dim) {
    enum wh_status status;
    double *mean = NULL;
    WH_TRY(WH_ALLOC(mean, dim));
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < dim; j++)
            mean[j] += points[(size_t)i * dim + j];
    double square = along(mean, mean, dim);
    for (uint32_t i = 0; i < count && square > 0; i++) {
        double *point = points + (size_t)i * dim;
        double share = along(mean, point, dim) / square;
        for (uint32_t j = 0; j < dim; j++)
            point[j] -= share * mean[j];
    }
out:
    free(mean);
    return status;
}

static enum wh_status radial_axes(const double *points, uint32_t count, uint32_t dim,
                                  double *axes) {
    enum wh_status status;
    double *flat = NULL;
    WH_TRY(WH_ALLOC(flat, (size_t)count * dim));
    memcpy(flat, points, (size_t)count * dim * sizeof *flat);
    WH_TRY(flatten(flat, count, dim));
    WH_TRY(local_axes(flat, count, dim, axes));
out:
    free(flat);
    return status;
}

void wh_space_place(const struct wh_map_picture *picture, uint32_t dim, const double *point,
                    double *x, double *y, double *z) {
    double at[DRAWN] = {0}, square = 0;
    for (uint32_t j = 0; j < dim; j++) {
        double difference = point[j] - picture->center[j];
        square += difference * difference;
        for (uint32_t a = 0; a < DRAWN; a++)
            at[a] += picture->axes[(size_t)a * dim + j] * difference;
    }
    if (picture->method == WH_MAP_RADIAL) {
        double flat = hypot(at[0], at[1]), length = sqrt(square);
        /* A point on the axis of sight has no angle: it goes to the right. */
        at[0] = flat > 0 ? at[0] / flat * length : length;
        at[1] = flat > 0 ? at[1] / flat * length : 0;
        at[2] = 0;
    }
    *x = at[0];
    *y = at[1];
    *z = at[2];
}

/* ---- what is lost ---- */

static double drawn_distance(const struct wh_point *a, const struct wh_point *b) {
    return hypot(a->x - b->x, a->y - b->y);
}

static void measure_variance(struct wh_map_picture *picture, const double *points, uint32_t dim) {
    double total = 0, kept = 0;
    for (uint32_t i = 1; i < picture->count; i++) {
        const double *x = points + (size_t)i * dim;
        total += along(x, x, dim);
        for (uint32_t a = 0; a < 2; a++) {
            double part = along(picture->axes + (size_t)a * dim, x, dim);
            kept += part * part;
        }
    }
    picture->variance_kept = total > 0 ? fmin(1, kept / total) : 1;
}

/* Of the K nearest words (ranks 1..K), how many are among the K drawn nearest to the word. */
static void measure_neighbours(struct wh_map_picture *picture) {
    const struct wh_point *points = picture->points;
    uint32_t others = picture->count - 1, k = others < KEPT_OF ? others : KEPT_OF, kept = 0;
    for (uint32_t i = 1; i <= k; i++) {
        uint32_t nearer = 0;
        double mine = drawn_distance(&points[0], &points[i]);
        for (uint32_t other = 1; other < picture->count; other++) {
            double theirs = drawn_distance(&points[0], &points[other]);
            nearer += theirs < mine || (theirs == mine && other < i);
        }
        kept += nearer < k;
    }
    picture->kept_of = k;
    picture->neighbours_kept = kept;
}

/* Kruskal's stress-1 over all pairs of points. */
static void measure_stress(struct wh_map_picture *picture, const double *points, uint32_t dim) {
    double misfit = 0, total = 0;
    for (uint32_t a = 0; a < picture->count; a++) {
        for (uint32_t b = a + 1; b < picture->count; b++) {
            double square = 0;
            for (uint32_t j = 0; j < dim; j++) {
                double gap = points[(size_t)a * dim + j] - points[(size_t)b * dim + j];
                square += gap * gap;
            }
            double drawn = drawn_distance(&picture->points[a], &picture->points[b]);
            double error = drawn - sqrt(square);
            misfit += error * error;
            total += square;
        }
    }
    picture->stress = total > 0 ? sqrt(misfit / total) : 0;
}

/* ---- making ---- */

static enum wh_status list_points(const struct wh_near *near, uint32_t k,
                                  struct wh_map_picture *picture) {
    enum wh_status status = WH_OK;
    struct wh_neighbour *list = NULL;
    size_t found = 0;
    WH_TRY(WH_ALLOC(list, k ? k : 1));
    WH_TRY(wh_near_word(near, picture->word, k, list, &found));
    WH_TRY(WH_ALLOC(picture->points, found + 1));
    picture->count = (uint32_t)found + 1;
    picture->points[0].id = picture->word;
    for (uint32_t i = 0; i < found; i++)
        picture->points[i + 1] =
            (struct wh_point){.id = list[i].id, .rank = i + 1, .distance = list[i].distance};
out:
    free(list);
    return status;
}

static enum wh_status choose_axes(const struct wh_near *near, struct wh_map_picture *picture,
                                  const double *points) {
    const struct wh_embed *embed = wh_near_embed(near);
    const struct wh_derived *derived = wh_embed_derived(embed);
    uint32_t dim = wh_embed_dim(embed);
    if (picture->method == WH_MAP_RADIAL)
        return radial_axes(points, picture->count, dim, picture->axes);
    if (picture->method == WH_MAP_PCA)
        return local_axes(points, picture->count, dim, picture->axes);
    if (!derived->axes)
        return wh_fail(WH_UNAVAILABLE, "the axes of the vocabulary are not computed");
    memcpy(picture->axes, derived->axes, (dim < DRAWN ? dim : DRAWN) * dim * sizeof(double));
    return WH_OK;
}

static enum wh_status make(const struct wh_near *near, uint32_t k, struct wh_map_picture *picture) {
    enum wh_status status = WH_OK;
    const struct wh_embed *embed = wh_near_embed(near);
    uint32_t dim = wh_embed_dim(embed);
    const float *row = wh_embed_row(embed, picture->word);
    double *points = NULL, *at = NULL;
    WH_TRY(list_points(near, k, picture));
    WH_TRY(WH_ALLOC(at, dim));
    WH_TRY(WH_ALLOC(picture->center, dim));
    WH_TRY(WH_ALLOC(picture->axes, (size_t)DRAWN * dim));
    WH_TRY(WH_ALLOC(points, (size_t)picture->count * dim));
    for (uint32_t j = 0; j < dim; j++)
        picture->center[j] = (double)row[j];
    differences(near, picture, points);
    WH_TRY(choose_axes(near, picture, points));
    for (uint32_t i = 0; i < picture->count; i++) {
        struct wh_point *point = &picture->points[i];
        for (uint32_t j = 0; j < dim; j++)
            at[j] = points[(size_t)i * dim + j] + picture->center[j];
        wh_space_place(picture, dim, at, &point->x, &point->y, &point->z);
    }
    measure_variance(picture, points, dim);
    measure_neighbours(picture);
    measure_stress(picture, points, dim);
out:
    free(points);
    free(at);
    return status;
}

enum wh_status wh_space_picture(const struct wh_near *near, uint32_t word, uint32_t k,
                                enum wh_map_method method, struct wh_map_picture *picture) {
    *picture = (struct wh_map_picture){.method = method, .word = word};
    enum wh_status status = make(near, k, picture);
    if (status != WH_OK)
        wh_space_picture_close(picture);
    return status;
}

void wh_space_picture_close(struct wh_map_picture *picture) {
    free(picture->points);
    free(picture->axes);
    free(picture->center);
    *picture = (struct wh_map_picture){0};
}
