/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode.c - many points at once, as matrix products are done: a panel of queries side by side
 * against tiles of rows; a sieve keeps the few rows that may win; they are decided in double.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "near/decode.h"

enum wh_status wh_near_scratch_open(struct wh_near_scratch **scratch) {
    enum wh_status status = WH_OK;
    struct wh_near_scratch *made = NULL;
    *scratch = NULL;
    WH_TRY(WH_ALLOC_ALIGNED(made, 1));
    WH_TRY(WH_ALLOC_ALIGNED(made->dots, WH_NEAR_TILE * WH_VEC_PANEL));
    WH_TRY(WH_ALLOC(made->hits, WH_NEAR_TILE * WH_VEC_PANEL));
    *scratch = made;
    made = NULL;
out:
    wh_near_scratch_close(made);
    return status;
}

void wh_near_scratch_close(struct wh_near_scratch *scratch) {
    if (!scratch)
        return;
    for (size_t q = 0; q < WH_VEC_PANEL; q++)
        wh_gather_close(&scratch->gathers[q]);
    free(scratch->panel);
    free(scratch->dots);
    free(scratch->hits);
    free(scratch);
}

enum wh_status wh_near_scratch_fit(struct wh_near_scratch *scratch, size_t dim) {
    if (scratch->dim >= dim)
        return WH_OK;
    free(scratch->panel);
    scratch->dim = 0;
    scratch->panel = wh_alloc_aligned(dim * WH_VEC_PANEL, sizeof(float));
    if (!scratch->panel)
        return WH_NOMEM;
    scratch->dim = dim;
    return WH_OK;
}

static double fill_lane(const struct wh_near *near, struct wh_near_scratch *scratch, size_t q,
                        const double *point) {
    double sum = 0;
    for (uint32_t j = 0; j < near->dim; j++) {
        scratch->panel[j * WH_VEC_PANEL + q] = (float)point[j];
        sum += point[j] * point[j];
    }
    return sqrt(sum) * (1 + ((double)near->dim + 4) * 0x1p-52);
}

/* A word known beforehand to be near sets the bar before the first tile. */
static float bar_of_hint(const struct wh_near *near, const double *point, uint32_t hint,
                         double slack) {
    const float *row = near->rows + hint * near->stride;
    double score = -wh_embed_norms2(near->embed)[hint] / 2;
    for (uint32_t j = 0; j < near->dim; j++)
        score += point[j] * (double)row[j];
    return nextafterf((float)(score - slack), -INFINITY);
}

static enum wh_status take_hits(struct wh_near_scratch *scratch, uint32_t first, size_t count) {
    for (size_t h = 0; h < count; h++) {
        const struct wh_vec_hit *hit = &scratch->hits[h];
        struct wh_gather *gather = &scratch->gathers[hit->query];
        enum wh_status status = wh_gather_offer(gather, first + hit->row, hit->score);
        if (status != WH_OK)
            return status;
        float bar = wh_gather_threshold(gather);
        if (bar > scratch->threshold[hit->query])
            scratch->threshold[hit->query] = bar;
    }
    return WH_OK;
}

/* One panel of at most WH_VEC_PANEL points, all with a finite bound. */
static enum wh_status decode_panel(const struct wh_near *near, struct wh_near_scratch *scratch) {
    const struct wh_vec_kernel *kernel = wh_vec();
    for (uint32_t first = 0; first < near->words; first += WH_NEAR_TILE) {
        uint32_t left = near->words - first, count = left < WH_NEAR_TILE ? left : WH_NEAR_TILE;
        kernel->dot_panel(near->rows + first * near->stride, near->stride, count, scratch->panel,
                          near->dim, scratch->dots);
        size_t hits = kernel->sieve(scratch->dots, near->half + first, count, scratch->threshold,
                                    scratch->hits);
        enum wh_status status = take_hits(scratch, first, hits);
        if (status != WH_OK)
            return status;
    }
    return WH_OK;
}

struct batch {
    const double *points;
    size_t count, k;
    uint32_t hint;
    struct wh_neighbour *out;
};

static enum wh_status prepare_panel(const struct wh_near *near, struct wh_near_scratch *scratch,
                                    const struct batch *batch, bool *plain) {
    for (size_t q = 0; q < WH_VEC_PANEL; q++) {
        scratch->threshold[q] = NAN; /* a closed lane: nothing passes, not even infinity */
        plain[q] = false;
        if (q >= batch->count)
            continue;
        const double *point = batch->points + q * near->dim;
        double bound = wh_near_bound(near, fill_lane(near, scratch, q, point));
        plain[q] = !isfinite(bound);
        if (plain[q])
            continue;
        enum wh_status status = wh_gather_start(&scratch->gathers[q], batch->k, bound);
        if (status != WH_OK)
            return status;
        scratch->threshold[q] = batch->hint != WH_NONE && batch->k == 1
                                    ? bar_of_hint(near, point, batch->hint, 2 * bound)
                                    : -INFINITY;
    }
    return WH_OK;
}

static enum wh_status run_batch(const struct wh_near *near, struct wh_near_scratch *scratch,
                                const struct batch *batch) {
    enum wh_status status = WH_OK;
    bool plain[WH_VEC_PANEL];
    WH_TRY(prepare_panel(near, scratch, batch, plain));
    WH_TRY(decode_panel(near, scratch));
    for (size_t q = 0; q < batch->count; q++) {
        const double *point = batch->points + q * near->dim;
        struct wh_neighbour *out = batch->out + q * batch->k;
        size_t found;
        if (plain[q])
            WH_TRY(wh_near_plain_point(near, point, batch->k, out, &found));
        else
            WH_TRY(wh_gather_finish(&scratch->gathers[q], near, point, out));
    }
out:
    return status;
}

enum wh_status wh_near_decode(const struct wh_near *near, struct wh_near_scratch *scratch,
                              const double *points, size_t count, size_t k, uint32_t hint,
                              struct wh_neighbour *out) {
    enum wh_status status = wh_near_scratch_fit(scratch, near->dim);
    for (size_t first = 0; first < count && status == WH_OK; first += WH_VEC_PANEL) {
        size_t left = count - first;
        const struct batch batch = {points + first * near->dim,
                                    left < WH_VEC_PANEL ? left : WH_VEC_PANEL, k, hint,
                                    out + first * k};
        if (left == 1) { /* one query is read faster row by row */
            size_t found;
            status = wh_near_point(near, batch.points, k, batch.out, &found);
        } else {
            status = run_batch(near, scratch, &batch);
        }
    }
    return status;
}
