/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * density_all.c - the Gaussian kernel density of every word: |W|^2 distances.
 *
 * Up to EXACT_WORDS in double, to the bits of the plain loop. Beyond that it would take an hour:
 * distances and bells are floats then, their sums double, in panels of queries against tiles of
 * rows. What a bell loses is a factor e^(c/h^2) with c the rounding of an inner product, at most
 * FLOAT_ERROR by the bound of vec/ and with vectors of GloVe below 2e-7 (tests/prop/test_kde.c);
 * where the vectors are too long for that, compared with h, all is done in double.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/checkpoint.h"
#include "base/mem.h"
#include "base/pool.h"
#include "space/density.h"
#include "vec/vec.h"

#define EXACT_WORDS 32768
#define FLOAT_ERROR 1e-3 /* of ln pi */
#define SHARE_EXACT 0.02 /* of the time of all facts, that of all pairs: measured */
#define SHARE       0.11
#define PART        2 /* of a checkpoint: ln pi of some words */

struct kde {
    const struct wh_embed *embed;
    struct wh_token *token;
    double bandwidth, *out;
    float *half;           /* |u|^2 / 2 of every word; floats only */
    struct wh_items items; /* the words */
};

static bool take_known(void *context, const struct wh_checkpoint_record *record) {
    const struct kde *kde = context;
    if (record->count != record->items)
        return false;
    memcpy(kde->out + record->first, record->values, record->count * sizeof *kde->out);
    return true;
}

static void keep(struct kde *kde, size_t begin, size_t end, int thread) {
    const uint32_t count = (uint32_t)(end - begin);
    const struct wh_checkpoint_record record = {PART, (uint32_t)begin, count, count,
                                                kde->out + begin};
    size_t done = wh_items_keep(&kde->items, &record, kde->token);
    if (thread == 0)
        wh_token_progress(kde->token, "densities", (double)done,
                          (double)wh_embed_words(kde->embed));
}

/* ---- exactly ---- */

#define QUERIES 32 /* words handled together, so that a tile of rows is turned once for all */
#define TILE    16 /* rows side by side: the lanes of the inner loop */

/* tile[j * TILE + l] = row first + l at dimension j. */
static void turn_tile(const struct wh_embed *embed, uint32_t first, uint32_t rows, double *tile) {
    uint32_t dim = wh_embed_dim(embed);
    for (uint32_t l = 0; l < TILE; l++) {
        const float *row = wh_embed_row(embed, first + (l < rows ? l : 0));
        for (uint32_t j = 0; j < dim; j++)
            tile[(size_t)j * TILE + l] = (double)row[j];
    }
}

/* Squared distances of one word to a tile: every lane adds its coordinates in index order, so the
 * result has the bits of the plain loop. */
static void squares(const float *word, const double *tile, uint32_t dim, double *out) {
    double sums[TILE] = {0};
    for (uint32_t j = 0; j < dim; j++) {
        double x = (double)word[j];
        for (uint32_t l = 0; l < TILE; l++) {
            double difference = x - tile[(size_t)j * TILE + l];
            sums[l] += difference * difference;
        }
    }
    memcpy(out, sums, sizeof sums);
}

static enum wh_status words_exactly(void *context, size_t begin, size_t end, int thread) {
    enum wh_status status = WH_OK;
    struct kde *kde = context;
    const struct wh_embed *embed = kde->embed;
    uint32_t words = wh_embed_words(embed), dim = wh_embed_dim(embed);
    double sums[QUERIES] = {0}, square[TILE], *tile = NULL;
    double scale = -1 / (2 * kde->bandwidth * kde->bandwidth);
    if (wh_items_done(&kde->items, begin, end))
        return WH_OK;
    WH_TRY(WH_ALLOC_ALIGNED(tile, (size_t)TILE * dim));
    for (uint32_t first = 0; first < words; first += TILE) {
        uint32_t rows = words - first < TILE ? words - first : TILE;
        turn_tile(embed, first, rows, tile);
        for (size_t word = begin; word < end; word++) {
            squares(wh_embed_row(embed, (uint32_t)word), tile, dim, square);
            for (uint32_t l = 0; l < rows; l++)
                sums[word - begin] += exp(scale * square[l]);
        }
        WH_TRY(wh_token_check(kde->token));
    }
    for (size_t word = begin; word < end; word++)
        kde->out[word] = log(sums[word - begin]) + wh_kde_constant(words, dim, kde->bandwidth);
    keep(kde, begin, end, thread);
out:
    free(tile);
    return status;
}

/* ---- in floats ---- */

#define PANELS 4  /* that a tile of rows is used for while it is at hand */
#define ROWS   64 /* in a tile */

/* One thread's memory for some panels of words. */
struct panels {
    float *panel, *half, *dots;
    double *sums;
};

static enum wh_status open_panels(struct panels *panels, uint32_t dim) {
    enum wh_status status = WH_OK;
    *panels = (struct panels){0};
    WH_TRY(WH_ALLOC_ALIGNED(panels->panel, (size_t)PANELS * WH_VEC_PANEL * dim));
    WH_TRY(WH_ALLOC_ALIGNED(panels->half, PANELS * WH_VEC_PANEL));
    WH_TRY(WH_ALLOC_ALIGNED(panels->dots, ROWS * WH_VEC_PANEL));
    WH_TRY(WH_ALLOC_ALIGNED(panels->sums, PANELS * WH_VEC_PANEL));
out:
    return status;
}

static void close_panels(struct panels *panels) {
    free(panels->panel);
    free(panels->half);
    free(panels->dots);
    free(panels->sums);
}

/* Words begin.. side by side; what is left of the last panel stays zero. */
static void fill_panels(const struct kde *kde, size_t begin, size_t end, struct panels *panels) {
    uint32_t dim = wh_embed_dim(kde->embed);
    for (size_t word = begin; word < end; word++) {
        size_t at = word - begin, q = at % WH_VEC_PANEL;
        const float *row = wh_embed_row(kde->embed, (uint32_t)word);
        float *panel = panels->panel + at / WH_VEC_PANEL * WH_VEC_PANEL * dim;
        for (size_t j = 0; j < dim; j++)
            panel[j * WH_VEC_PANEL + q] = row[j];
        panels->half[at] = kde->half[word];
    }
}

static enum wh_status add_all_rows(const struct kde *kde, size_t count, struct panels *panels) {
    uint32_t words = wh_embed_words(kde->embed), dim = wh_embed_dim(kde->embed);
    size_t stride = wh_embed_stride(kde->embed), used = (count - 1) / WH_VEC_PANEL + 1;
    double width2 = kde->bandwidth * kde->bandwidth;
    for (uint32_t row = 0; row < words; row += ROWS) {
        uint32_t rows = words - row < ROWS ? words - row : ROWS;
        for (size_t p = 0; p < used; p++) {
            const struct wh_vec_bells bells = {panels->panel + p * WH_VEC_PANEL * dim,
                                               dim,
                                               panels->half + p * WH_VEC_PANEL,
                                               (float)(1 / width2),
                                               panels->dots,
                                               panels->sums + p * WH_VEC_PANEL};
            wh_vec()->bells(wh_embed_row(kde->embed, row), stride, rows, kde->half + row, &bells);
        }
        if (row % (ROWS * 256) == 0)
            wh_embed_slim(kde->embed, 0);
        enum wh_status status = wh_token_check(kde->token);
        if (status != WH_OK)
            return status;
    }
    return WH_OK;
}

static enum wh_status words_in_floats(void *context, size_t begin, size_t end, int thread) {
    enum wh_status status = WH_OK;
    struct kde *kde = context;
    uint32_t words = wh_embed_words(kde->embed), dim = wh_embed_dim(kde->embed);
    struct panels panels;
    if (wh_items_done(&kde->items, begin, end))
        return WH_OK;
    WH_TRY(open_panels(&panels, dim));
    fill_panels(kde, begin, end, &panels);
    WH_TRY(add_all_rows(kde, end - begin, &panels));
    for (size_t word = begin; word < end; word++)
        kde->out[word] =
            log(panels.sums[word - begin]) + wh_kde_constant(words, dim, kde->bandwidth);
    keep(kde, begin, end, thread);
out:
    close_panels(&panels);
    return status;
}

static enum wh_status run_in_floats(struct kde *kde, int threads) {
    uint32_t words = wh_embed_words(kde->embed);
    const double *norms2 = wh_embed_norms2(kde->embed);
    kde->half = wh_alloc_aligned(words, sizeof *kde->half);
    if (!kde->half)
        return WH_NOMEM;
    for (uint32_t id = 0; id < words; id++)
        kde->half[id] = (float)(norms2[id] / 2);
    enum wh_status status =
        wh_pool_run(threads, words, PANELS * WH_VEC_PANEL, words_in_floats, kde);
    free(kde->half);
    return status;
}

/* The inner product's rounding, and that of the three numbers that make half the square. */
static bool floats_will_do(const struct wh_embed *embed, double bandwidth) {
    uint32_t words = wh_embed_words(embed), dim = wh_embed_dim(embed);
    const double *norms2 = wh_embed_norms2(embed);
    double longest = 0;
    for (uint32_t id = 0; id < words; id++)
        longest = fmax(longest, norms2[id]);
    double error = wh_vec_error(dim, sqrt(longest), sqrt(longest)) + 0x1p-22 * longest;
    return words > EXACT_WORDS && longest < 1e36 && error < FLOAT_ERROR * bandwidth * bandwidth &&
           bandwidth > 1e-15;
}

double wh_space_pairs_share(const struct wh_embed *embed) {
    return wh_embed_words(embed) > EXACT_WORDS ? SHARE : SHARE_EXACT;
}

enum wh_status wh_space_kde_all(const struct wh_embed *embed, double bandwidth, int threads,
                                struct wh_token *token, double *out) {
    enum wh_status status;
    struct kde kde = {.embed = embed, .token = token, .bandwidth = bandwidth, .out = out};
    const struct wh_resumption resumption = {PART, "densities", take_known, &kde};
    WH_TRY(wh_items_open(&kde.items, wh_embed_words(embed), &resumption, token));
    if (floats_will_do(embed, bandwidth))
        WH_TRY(run_in_floats(&kde, threads));
    else
        WH_TRY(wh_pool_run(threads, wh_embed_words(embed), QUERIES, words_exactly, &kde));
out:
    wh_items_close(&kde.items);
    return status;
}
