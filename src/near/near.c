/* SPDX-License-Identifier: GPL-3.0-or-later */
/* near.c - one query at a time: neighbours of words and points, distances, ranks. */
#include "near/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/round.h"
#include "near/codes.h"
#include "near/nibbles.h"
#include "near/sketches.h"

#define SAFE_SQUARE 1e36 /* squared lengths up to here cannot overflow float sums */
#define SIDE        8    /* distances computed side by side */
#define DOTS        1024 /* rows scored at a time for a single query */

enum wh_status wh_near_open(const struct wh_embed *embed, struct wh_near **near) {
    enum wh_status status = WH_OK;
    struct wh_near *made = NULL;
    *near = NULL;
    WH_TRY(wh_vec_choose());
    WH_TRY(WH_ALLOC(made, 1));
    *made = (struct wh_near){.embed = embed,
                             .words = wh_embed_words(embed),
                             .dim = wh_embed_dim(embed),
                             .stride = wh_embed_stride(embed),
                             .rows = wh_embed_rows(embed)};
    const double *norms2 = wh_embed_norms2(embed);
    double largest = 0;
    WH_TRY(WH_ALLOC_ALIGNED(made->half, made->words));
    for (uint32_t id = 0; id < made->words; id++) {
        made->half[id] = (float)(norms2[id] / 2);
        largest = fmax(largest, norms2[id]);
    }
    made->max_norm = sqrt(largest) * (1 + ((double)made->dim + 4) * 0x1p-52);
    WH_TRY(wh_near_codes_open(made));
    WH_TRY(wh_near_sketches_open(made));
    WH_TRY(wh_near_nibbles_open(made));
    *near = made;
    made = NULL;
out:
    wh_near_close(made);
    return status;
}

void wh_near_close(struct wh_near *near) {
    if (!near)
        return;
    wh_near_codes_close(near);
    wh_near_sketches_close(near);
    wh_near_nibbles_close(near);
    free(near->half);
    free(near);
}

const struct wh_embed *wh_near_embed(const struct wh_near *near) {
    return near->embed;
}

double wh_near_bound(const struct wh_near *near, double point_norm) {
    const double unit = 0x1p-24, word = near->max_norm, n = (double)near->dim;
    double reach = (point_norm + word) * (point_norm + word);
    if (!(reach < SAFE_SQUARE))
        return INFINITY;
    double point_rounding = unit * point_norm * word + n * 0x1p-149 * word;
    double dot = wh_vec_error(near->dim, point_norm * (1 + unit), word);
    double half = unit * word * word / 2 + 0x1p-149;
    double difference = unit * (point_norm * word + word * word / 2) * (1 + 0x1p-16) + 0x1p-149;
    double plain = (n + 8) * 0x1p-52 * reach; /* the plain scan's own rounding, and its root's */
    return (point_rounding + dot + half + difference + plain) * (1 + 0x1p-20);
}

float wh_near_bar(const struct wh_near *near, const double *point, uint32_t word, double slack) {
    const float *row = near->rows + word * near->stride;
    double score = -wh_embed_norms2(near->embed)[word] / 2;
    for (uint32_t j = 0; j < near->dim; j++)
        score += point[j] * (double)row[j];
    return nextafterf((float)(score - slack), -INFINITY);
}

double wh_near_plain_distance(const struct wh_near *near, const double *point, uint32_t id) {
    const float *row = near->rows + id * near->stride;
    double sum = 0;
    for (uint32_t j = 0; j < near->dim; j++) {
        double difference = point[j] - (double)row[j];
        sum += difference * difference;
    }
    return sqrt(sum);
}

double wh_near_distance_to(const struct wh_near *near, const double *point, uint32_t word) {
    return wh_near_plain_distance(near, point, word);
}

double wh_near_distance(const struct wh_near *near, uint32_t a, uint32_t b) {
    const float *from = near->rows + a * near->stride, *to = near->rows + b * near->stride;
    double sum = 0;
    for (uint32_t j = 0; j < near->dim; j++) {
        double difference = (double)from[j] - (double)to[j];
        sum += difference * difference;
    }
    return sqrt(sum);
}

int wh_neighbour_order(const void *a, const void *b) {
    const struct wh_neighbour *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static double norm_of(const double *point, uint32_t dim) {
    double sum = 0;
    for (uint32_t j = 0; j < dim; j++)
        sum += point[j] * point[j];
    return wh_round_up(sqrt(sum) * (1 + (double)dim * 0x1p-52), 2);
}

static enum wh_status scan(const struct wh_near *near, const float *query,
                           struct wh_gather *gather) {
    float dots[DOTS];
    float threshold = wh_gather_threshold(gather);
    for (uint32_t first = 0; first < near->words; first += DOTS) {
        uint32_t count = near->words - first < DOTS ? near->words - first : DOTS;
        wh_vec()->dot_rows(near->rows + first * near->stride, near->stride, count, query, dots);
        for (uint32_t i = 0; i < count; i++) {
            float score = dots[i] - near->half[first + i];
            if (score < threshold)
                continue;
            enum wh_status status = wh_gather_offer(gather, first + i, score);
            if (status != WH_OK)
                return status;
            threshold = wh_gather_threshold(gather);
        }
    }
    return WH_OK;
}

/* lone has no query yet. */
static enum wh_status offer_all(const struct wh_near *near, struct wh_near_lone *lone,
                                struct wh_gather *gather) {
    enum wh_status status = WH_OK;
    float *query = NULL;
    const struct wh_near_nibbles *nibbles = wh_near_nibbles_later(near);
    WH_TRY(WH_ALLOC_ALIGNED(query, near->stride));
    for (uint32_t j = 0; j < near->dim; j++)
        query[j] = (float)lone->point[j];
    lone->query = query;
    WH_TRY(nibbles ? wh_near_nibbles_scan(near, nibbles, lone, gather) : scan(near, query, gather));
out:
    free(query);
    return status;
}

enum wh_status wh_near_offer_all(const struct wh_near *near, const double *point, double bound,
                                 struct wh_gather *gather) {
    return offer_all(near, &(struct wh_near_lone){.point = point, .bound = bound}, gather);
}

/* The *found nearest, of which there are as many. */
static enum wh_status nearest(const struct wh_near *near, struct wh_near_lone *lone, size_t *found,
                              struct wh_neighbour *out) {
    enum wh_status status = WH_OK;
    struct wh_gather gather = {0};
    lone->bound = wh_near_bound(near, norm_of(lone->point, near->dim));
    if (!isfinite(lone->bound))
        return wh_near_plain_point(near, lone->point, *found, out, found);
    WH_TRY(wh_gather_start(&gather, *found, lone->bound));
    WH_TRY(offer_all(near, lone, &gather));
    WH_TRY(wh_gather_finish(&gather, near, lone->point, out));
out:
    wh_gather_close(&gather);
    return status;
}

enum wh_status wh_near_point_about(const struct wh_near *near, const double *point, size_t k,
                                   uint32_t from, struct wh_neighbour *out, size_t *found) {
    struct wh_near_lone lone = {.point = point, .from = from};
    *found = k < near->words ? k : near->words;
    return *found ? nearest(near, &lone, found, out) : WH_OK;
}

enum wh_status wh_near_point(const struct wh_near *near, const double *point, size_t k,
                             struct wh_neighbour *out, size_t *found) {
    return wh_near_point_about(near, point, k, 0, out, found);
}

static void widen(const struct wh_near *near, uint32_t word, double *point) {
    const float *row = near->rows + word * near->stride;
    for (uint32_t j = 0; j < near->dim; j++)
        point[j] = (double)row[j];
}

/* With duplicates of the word before it by id, the word may stand anywhere in the list, or past its
 * end; then the last one goes instead. */
size_t wh_near_others(uint32_t word, const struct wh_neighbour *all, size_t count,
                      struct wh_neighbour *out) {
    size_t kept = 0;
    for (size_t i = 0; i < count && kept + 1 < count; i++)
        if (all[i].id != word)
            out[kept++] = all[i];
    return kept;
}

enum wh_status wh_near_word(const struct wh_near *near, uint32_t word, size_t k,
                            struct wh_neighbour *out, size_t *found) {
    enum wh_status status = WH_OK;
    struct wh_neighbour *all = NULL;
    double *point = NULL;
    size_t wanted = k < near->words - 1 ? k : near->words - 1, got = wanted + 1;
    *found = 0;
    WH_TRY(WH_ALLOC(all, got));
    WH_TRY(WH_ALLOC(point, near->dim));
    widen(near, word, point);
    WH_TRY(nearest(near, &(struct wh_near_lone){.point = point, .from = word}, &got, all));
    *found = wh_near_others(word, all, got, out);
out:
    free(all);
    free(point);
    return status;
}

/* Of SIDE words in a row: a distance alone would wait for each of its sums. */
static void side_by_side(const struct wh_near *near, uint32_t word, uint32_t first, double *out) {
    const float *from = near->rows + word * near->stride, *to = near->rows + first * near->stride;
    double sums[SIDE] = {0};
    for (uint32_t j = 0; j < near->dim; j++) {
        double at = (double)from[j];
        for (size_t i = 0; i < SIDE; i++) {
            double difference = at - (double)to[i * near->stride + j];
            sums[i] += difference * difference;
        }
    }
    for (size_t i = 0; i < SIDE; i++)
        out[i] = sqrt(sums[i]);
}

void wh_near_distances(const struct wh_near *near, uint32_t word, double *out) {
    uint32_t id = 0;
    for (; id + SIDE <= near->words; id += SIDE)
        side_by_side(near, word, id, out + id);
    for (; id < near->words; id++)
        out[id] = wh_near_distance(near, word, id);
}

/* Before all others stands the word itself, whatever duplicates it has. */
static bool nearer(uint32_t word, struct wh_neighbour a, struct wh_neighbour b) {
    if (a.id == word || b.id == word)
        return a.id == word && b.id != word;
    return wh_neighbour_order(&a, &b) < 0;
}

uint32_t wh_near_rank(const struct wh_near *near, uint32_t word, uint32_t other) {
    struct wh_neighbour target = {other, wh_near_distance(near, word, other)};
    uint32_t rank = 0;
    for (uint32_t id = 0; id < near->words; id++)
        rank += nearer(word, (struct wh_neighbour){id, wh_near_distance(near, word, id)}, target);
    return rank;
}

enum wh_status wh_near_ranks(const struct wh_near *near, uint32_t word, uint32_t *ranks) {
    struct wh_neighbour *all = wh_alloc(near->words, sizeof *all);
    if (!all)
        return WH_NOMEM;
    for (uint32_t id = 0; id < near->words; id++)
        all[id] = (struct wh_neighbour){id, wh_near_distance(near, word, id)};
    all[word].distance = -1; /* itself first */
    qsort(all, near->words, sizeof *all, wh_neighbour_order);
    for (uint32_t i = 0; i < near->words; i++)
        ranks[all[i].id] = i;
    free(all);
    return WH_OK;
}

enum wh_status wh_near_plain_point(const struct wh_near *near, const double *point, size_t k,
                                   struct wh_neighbour *out, size_t *found) {
    struct wh_neighbour *all = wh_alloc(near->words, sizeof *all);
    if (!all)
        return WH_NOMEM;
    for (uint32_t id = 0; id < near->words; id++)
        all[id] = (struct wh_neighbour){id, wh_near_plain_distance(near, point, id)};
    qsort(all, near->words, sizeof *all, wh_neighbour_order);
    *found = k < near->words ? k : near->words;
    memcpy(out, all, *found * sizeof *out);
    free(all);
    return WH_OK;
}
