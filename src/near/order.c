/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * order.c - spherical k-means, a few steps on a sample, then every word to the mean whose direction
 * is most like its own. Nothing depends on how good the clusters are but the time that work on
 * blocks of words takes.
 */
#include "near/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"

#define WORDS_EACH    2048 /* of a cluster, on average */
#define CLUSTERS_MOST 1024
#define SAMPLE_EACH   64 /* words of a cluster that the means are made from */
#define STEPS         2
#define ROWS_A_LOOK   1024 /* gone over between two looks at memory and the token */

struct means {
    const struct wh_near *near;
    const struct wh_token *token;
    const float *centre;
    uint32_t count;
    size_t panels;
    float *unit;   /* count x stride: their directions */
    float *panel;  /* the same in panels of WH_VEC_PANEL, side by side */
    float *offset; /* of every mean: centre . direction; INFINITY behind the last */
};

/* A word's place among all. */
struct place {
    double norm;
    uint32_t cluster, word;
};

struct placing {
    const struct means *means;
    struct place *places;
};

static enum wh_status find_centre(const struct wh_near *near, const struct wh_token *token,
                                  float *centre) {
    enum wh_status status = WH_OK;
    double *sums = wh_alloc(near->dim, sizeof *sums);
    if (!sums)
        return WH_NOMEM;
    for (uint32_t id = 0; id < near->words; id++) {
        const float *row = near->rows + id * near->stride;
        for (uint32_t j = 0; j < near->dim; j++)
            sums[j] += (double)row[j];
        if (id % ROWS_A_LOOK == 0) {
            WH_TRY(wh_token_check(token));
            wh_embed_slim(near->embed, 0);
        }
    }
    for (uint32_t j = 0; j < near->dim; j++)
        centre[j] = (float)(sums[j] / near->words);
out:
    free(sums);
    return status;
}

/* The sums of some words about the centre become directions. */
static void set_directions(struct means *means) {
    const struct wh_near *near = means->near;
    for (uint32_t c = 0; c < means->count; c++) {
        float *unit = means->unit + c * near->stride;
        double norm2 = 0, offset = 0;
        for (uint32_t j = 0; j < near->dim; j++)
            norm2 += (double)unit[j] * (double)unit[j];
        double inverse = norm2 > 0 ? 1 / sqrt(norm2) : 0;
        float *lane = means->panel + c / WH_VEC_PANEL * near->dim * WH_VEC_PANEL + c % WH_VEC_PANEL;
        for (uint32_t j = 0; j < near->dim; j++) {
            unit[j] = (float)((double)unit[j] * inverse);
            lane[j * WH_VEC_PANEL] = unit[j];
            offset += (double)unit[j] * (double)means->centre[j];
        }
        means->offset[c] = (float)offset;
    }
}

/* The mean most like each of some rows, WH_NEAR_TILE at most. */
static void assign(const struct means *means, const float *rows, size_t count, uint32_t *cluster) {
    const struct wh_near *near = means->near;
    _Alignas(64) float dots[WH_NEAR_TILE * WH_VEC_PANEL];
    float best[WH_NEAR_TILE];
    for (size_t i = 0; i < count; i++) {
        best[i] = -INFINITY;
        cluster[i] = 0;
    }
    for (size_t p = 0; p < means->panels; p++) {
        const float *offset = means->offset + p * WH_VEC_PANEL;
        wh_vec()->dot_panel(rows, near->stride, count, means->panel + p * near->dim * WH_VEC_PANEL,
                            near->dim, dots);
        for (size_t i = 0; i < count; i++) {
            for (size_t c = 0; c < WH_VEC_PANEL; c++) {
                float score = dots[i * WH_VEC_PANEL + c] - offset[c];
                if (score > best[i]) {
                    best[i] = score;
                    cluster[i] = (uint32_t)(p * WH_VEC_PANEL + c);
                }
            }
        }
    }
}

static void add_about_centre(const struct means *means, const float *row, uint32_t cluster) {
    const struct wh_near *near = means->near;
    float *sum = means->unit + cluster * near->stride;
    for (uint32_t j = 0; j < near->dim; j++)
        sum[j] += row[j] - means->centre[j];
}

/* Words taken evenly out of the vocabulary. */
struct sample {
    uint32_t count;
    size_t step;
    uint32_t *cluster;
    float *rows; /* WH_NEAR_TILE */
};

/* Copies some of them: in memory they would bring all that stands between. */
static size_t fetch(const struct means *means, const struct sample *sample, uint32_t first) {
    const struct wh_near *near = means->near;
    uint32_t left = sample->count - first, count = left < WH_NEAR_TILE ? left : WH_NEAR_TILE;
    for (uint32_t i = 0; i < count; i++) {
        float *to = sample->rows + i * near->stride;
        const float *row = wh_embed_look(near->embed, (uint32_t)((first + i) * sample->step), to);
        if (row != to)
            memcpy(to, row, near->stride * sizeof *to);
    }
    return count;
}

/* Each word goes to the mean most like it, then means are made anew. */
static void improve(struct means *means, const struct sample *sample) {
    const size_t stride = means->near->stride;
    for (uint32_t first = 0; first < sample->count; first += WH_NEAR_TILE) {
        size_t count = fetch(means, sample, first);
        assign(means, sample->rows, count, sample->cluster + first);
    }
    memset(means->unit, 0, means->count * stride * sizeof *means->unit);
    for (uint32_t first = 0; first < sample->count; first += WH_NEAR_TILE) {
        size_t count = fetch(means, sample, first);
        for (size_t i = 0; i < count; i++)
            add_about_centre(means, sample->rows + i * stride, sample->cluster[first + i]);
    }
    set_directions(means);
}

/* A mean that gets no word has no direction. */
static enum wh_status find_means(struct means *means) {
    enum wh_status status = WH_OK;
    const struct wh_near *near = means->near;
    uint32_t count = means->count * SAMPLE_EACH;
    struct sample sample = {.count = count < near->words ? count : near->words};
    sample.step = near->words / sample.count;
    WH_TRY(WH_ALLOC(sample.cluster, sample.count));
    WH_TRY(WH_ALLOC_ALIGNED(sample.rows, WH_NEAR_TILE * near->stride));
    for (uint32_t c = 0; c < means->count; c++) {
        uint32_t word = near->words / means->count * c;
        add_about_centre(means, wh_embed_look(near->embed, word, sample.rows), c);
    }
    set_directions(means);
    for (int round = 0; round < STEPS; round++)
        improve(means, &sample);
out:
    free(sample.cluster);
    free(sample.rows);
    return status;
}

static enum wh_status open_means(const struct wh_near *near, const float *centre,
                                 const struct wh_token *token, struct means *means) {
    enum wh_status status = WH_OK;
    uint32_t count = near->words / WORDS_EACH + 1;
    *means = (struct means){near, token, centre, .count = count};
    if (means->count > CLUSTERS_MOST)
        means->count = CLUSTERS_MOST;
    means->panels = (means->count - 1) / WH_VEC_PANEL + 1;
    WH_TRY(WH_ALLOC_ALIGNED(means->unit, means->count * near->stride));
    WH_TRY(WH_ALLOC_ALIGNED(means->panel, means->panels * near->dim * WH_VEC_PANEL));
    WH_TRY(WH_ALLOC(means->offset, means->panels * WH_VEC_PANEL));
    for (size_t c = means->count; c < means->panels * WH_VEC_PANEL; c++)
        means->offset[c] = INFINITY;
    WH_TRY(find_means(means));
out:
    return status;
}

static void close_means(struct means *means) {
    free(means->unit);
    free(means->panel);
    free(means->offset);
}

/* INFINITY for what is no number, so that it can be sorted. */
static double norm_about(const struct means *means, uint32_t word) {
    const float *row = means->near->rows + word * means->near->stride;
    double sum = 0;
    for (uint32_t j = 0; j < means->near->dim; j++) {
        double x = (double)row[j] - (double)means->centre[j];
        sum += x * x;
    }
    return isfinite(sum) ? sqrt(sum) : (double)INFINITY;
}

static enum wh_status place_words(void *context, size_t begin, size_t end, int thread) {
    const struct placing *placing = context;
    uint32_t cluster[WH_NEAR_TILE];
    const struct wh_near *near = placing->means->near;
    (void)thread;
    for (size_t first = begin; first < end; first += WH_NEAR_TILE) {
        size_t count = end - first < WH_NEAR_TILE ? end - first : WH_NEAR_TILE;
        assign(placing->means, near->rows + first * near->stride, count, cluster);
        for (size_t i = 0; i < count; i++) {
            uint32_t word = (uint32_t)(first + i);
            placing->places[word] =
                (struct place){norm_about(placing->means, word), cluster[i], word};
        }
    }
    wh_embed_slim(near->embed, 0);
    return wh_token_check(placing->means->token);
}

/* Every other cluster runs from long to short, so that neighbours across a border are alike. */
static int by_place(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    if (x->cluster != y->cluster)
        return x->cluster < y->cluster ? -1 : 1;
    if (x->norm != y->norm)
        return (x->norm < y->norm) == (x->cluster % 2 == 0) ? -1 : 1;
    return x->word < y->word ? -1 : x->word > y->word;
}

enum wh_status wh_near_order(const struct wh_near *near, int threads, const struct wh_token *token,
                             float *centre, uint32_t *order, double *norm) {
    enum wh_status status = WH_OK;
    struct means means = {0};
    struct placing placing = {&means, NULL};
    WH_TRY(find_centre(near, token, centre));
    WH_TRY(open_means(near, centre, token, &means));
    /* sorting takes as much again */
    wh_embed_slim(near->embed, near->words * sizeof *placing.places * 2);
    WH_TRY(WH_ALLOC(placing.places, near->words));
    WH_TRY(wh_pool_run(threads, near->words, ROWS_A_LOOK, place_words, &placing));
    qsort(placing.places, near->words, sizeof *placing.places, by_place);
    for (uint32_t at = 0; at < near->words; at++) {
        order[at] = placing.places[at].word;
        norm[at] = placing.places[at].norm;
    }
out:
    free(placing.places);
    close_means(&means);
    return status;
}
