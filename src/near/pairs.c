/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pairs.c - facts over all pairs: every word's r_1 and r_k, the closest and the farthest pair,
 * pairs of equal vectors. Panels of words against all rows, as in decode.c, several panels for
 * every tile that has been read. The farthest pair uses the same sieve with signs turned:
 * -x.u + |u|^2 / 2 is largest where the distance is; tiles too near to the origin are passed over.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/checkpoint.h"
#include "base/mem.h"
#include "base/pool.h"
#include "near/decode.h"

#define PANELS 4 /* that meet a tile while it is at hand */
#define CHUNK  (PANELS * WH_VEC_PANEL)
#define PART   1 /* of a checkpoint: r_1 of some words, their r_k, a farthest pair */

struct far_pair {
    double distance;
    uint32_t a, b; /* a < b */
};

/* Some words against all. */
struct panel {
    struct wh_near_scratch *scratch;
    uint32_t first;
    size_t count;
    double longest;       /* upper bound of the words' norms */
    float *far_threshold; /* WH_VEC_PANEL */
};

/* One thread's memory. */
struct lane_set {
    struct panel panels[PANELS];
    double *point;
    struct wh_neighbour *found; /* k + 1 */
    struct far_pair farthest;
    double values[2 * CHUNK + 2]; /* of a finding */
};

struct work {
    const struct wh_near *near;
    struct wh_near_pairs *pairs;
    struct wh_token *token;
    size_t k;
    struct lane_set *lanes; /* one a thread */
    float *minus_half;
    const struct wh_near_codes *codes; /* NULL: floats */
    double *longest;                   /* of every tile: upper bound of its rows' norms */
    struct far_pair start;             /* a pair far apart to begin with */
    struct wh_items items;             /* the words */
};

static bool far_better(struct far_pair x, struct far_pair y) {
    if (x.distance != y.distance)
        return x.distance > y.distance;
    return x.a != y.a ? x.a < y.a : x.b < y.b;
}

static void consider_far(struct far_pair *farthest, const struct wh_near *near, uint32_t a,
                         uint32_t b) {
    if (a == b)
        return;
    struct far_pair pair = {wh_near_distance(near, a, b), a < b ? a : b, a < b ? b : a};
    if (far_better(pair, *farthest))
        *farthest = pair;
}

/* Pairs farther apart than the best so far score above this. */
static void set_far_bars(struct panel *panel, const struct wh_near *near, double best) {
    const double *norms2 = wh_embed_norms2(near->embed);
    for (size_t q = 0; q < WH_VEC_PANEL; q++) {
        panel->far_threshold[q] = NAN; /* nothing passes, not even infinity */
        if (q >= panel->count)
            continue;
        double norm2 = norms2[panel->first + q];
        double slack = 2 * wh_near_bound(near, sqrt(norm2) * (1 + 0x1p-20));
        panel->far_threshold[q] = nextafterf((float)((best * best - norm2) / 2 - slack), -INFINITY);
    }
}

/* Two words are no farther apart than their norms together; both are upper bounds with room for
 * the rounding of the distance. */
static bool too_near(const struct work *work, const struct lane_set *lane,
                     const struct panel *panel, uint32_t row) {
    return work->longest[row / WH_NEAR_TILE] + panel->longest < lane->farthest.distance;
}

static void sieve_far(const struct work *work, struct lane_set *lane, const struct panel *panel,
                      uint32_t row, uint32_t rows) {
    struct wh_near_scratch *scratch = panel->scratch;
    for (size_t i = 0; i < (size_t)rows * WH_VEC_PANEL; i++)
        scratch->dots[i] = -scratch->dots[i];
    size_t hits = wh_vec()->sieve(scratch->dots, work->minus_half + row, rows, panel->far_threshold,
                                  scratch->hits);
    for (size_t h = 0; h < hits; h++)
        consider_far(&lane->farthest, work->near, row + scratch->hits[h].row,
                     panel->first + scratch->hits[h].query);
}

static enum wh_status take_near(struct wh_near_scratch *scratch, const struct wh_near *near,
                                uint32_t first, uint32_t count) {
    size_t hits = wh_vec()->sieve(scratch->dots, near->half + first, count, scratch->threshold,
                                  scratch->hits);
    for (size_t h = 0; h < hits; h++) {
        const struct wh_vec_hit *hit = &scratch->hits[h];
        struct wh_gather *gather = &scratch->gathers[hit->query];
        enum wh_status status = wh_gather_offer(gather, first + hit->row, hit->score);
        if (status != WH_OK)
            return status;
        scratch->threshold[hit->query] = wh_gather_threshold(gather);
    }
    return WH_OK;
}

static void word_point(const struct wh_near *near, uint32_t word, double *point) {
    for (uint32_t j = 0; j < near->dim; j++)
        point[j] = (double)near->rows[word * near->stride + j];
}

static void record(const struct work *work, uint32_t word, const struct wh_neighbour *found,
                   size_t count) {
    size_t rank = 0;
    for (size_t i = 0; i < count && rank < work->k; i++) {
        if (found[i].id == word)
            continue;
        if (rank == 0)
            work->pairs->nn_distance[word] = found[i].distance;
        if (++rank == work->k)
            work->pairs->radius[word] = found[i].distance;
    }
}

static enum wh_status start_codes(const struct wh_near *near, const struct panel *panel,
                                  double *point) {
    enum wh_status status = wh_near_codes_start(near, panel->scratch);
    for (size_t q = 0; q < WH_VEC_PANEL && status == WH_OK; q++) {
        bool open = q < panel->count;
        double bound = 0;
        if (open) {
            word_point(near, panel->first + (uint32_t)q, point);
            bound = wh_near_bound(near, sqrt(wh_embed_norms2(near->embed)[panel->first + q]) *
                                            (1 + 0x1p-20));
        }
        wh_near_codes_lane(near, panel->scratch, q, open ? point : NULL, bound);
    }
    return status;
}

static enum wh_status start_panel(const struct work *work, struct panel *panel, double farthest,
                                  double *point) {
    const struct wh_near *near = work->near;
    struct wh_near_scratch *scratch = panel->scratch;
    panel->longest = 0;
    for (size_t q = 0; q < WH_VEC_PANEL; q++) {
        scratch->threshold[q] = q < panel->count ? -INFINITY : NAN;
        if (q >= panel->count)
            continue;
        const float *row = near->rows + (panel->first + q) * near->stride;
        double norm = sqrt(wh_embed_norms2(near->embed)[panel->first + q]) * (1 + 0x1p-20);
        panel->longest = fmax(panel->longest, norm);
        for (uint32_t j = 0; j < near->dim; j++)
            scratch->panel[j * WH_VEC_PANEL + q] = row[j];
        enum wh_status status =
            wh_gather_start(&scratch->gathers[q], work->k + 1, wh_near_bound(near, norm));
        if (status != WH_OK)
            return status;
    }
    set_far_bars(panel, near, farthest);
    return work->codes ? start_codes(near, panel, point) : WH_OK;
}

static enum wh_status meet_tile(const struct work *work, struct lane_set *lane,
                                const struct panel *panel, uint32_t row) {
    enum wh_status status;
    const struct wh_near *near = work->near;
    struct wh_near_scratch *scratch = panel->scratch;
    uint32_t left = near->words - row, rows = left < WH_NEAR_TILE ? left : WH_NEAR_TILE;
    bool far = !too_near(work, lane, panel, row);
    if (far || !work->codes)
        wh_vec()->dot_panel(near->rows + row * near->stride, near->stride, rows, scratch->panel,
                            near->dim, scratch->dots);
    status = work->codes ? wh_near_codes_tile(near, work->codes, scratch, row, rows)
                         : take_near(scratch, near, row, rows);
    if (far && status == WH_OK)
        sieve_far(work, lane, panel, row, rows);
    return status;
}

static enum wh_status finish_panel(const struct work *work, struct lane_set *lane,
                                   const struct panel *panel) {
    const struct wh_near *near = work->near;
    for (size_t q = 0; q < panel->count; q++) {
        uint32_t word = panel->first + (uint32_t)q;
        word_point(near, word, lane->point);
        enum wh_status status =
            wh_gather_finish(&panel->scratch->gathers[q], near, lane->point, lane->found);
        if (status != WH_OK)
            return status;
        record(work, word, lane->found, work->k + 1);
        wh_embed_slim(near->embed, 0);
    }
    return WH_OK;
}

static enum wh_status do_panels(const struct work *work, struct lane_set *lane, uint32_t first,
                                size_t count) {
    enum wh_status status = WH_OK;
    size_t used = (count - 1) / WH_VEC_PANEL + 1;
    for (size_t p = 0; p < used; p++) {
        struct panel *panel = &lane->panels[p];
        size_t left = count - p * WH_VEC_PANEL;
        panel->first = first + (uint32_t)(p * WH_VEC_PANEL);
        panel->count = left < WH_VEC_PANEL ? left : WH_VEC_PANEL;
        WH_TRY(start_panel(work, panel, lane->farthest.distance, lane->point));
    }
    for (uint32_t row = 0; row < work->near->words; row += WH_NEAR_TILE) {
        for (size_t p = 0; p < used; p++)
            WH_TRY(meet_tile(work, lane, &lane->panels[p], row));
        if (row % (WH_NEAR_TILE * 256) == 0) {
            WH_TRY(wh_token_check(work->token));
            wh_embed_slim(work->near->embed, 0);
        }
    }
    for (size_t p = 0; p < used; p++)
        WH_TRY(finish_panel(work, lane, &lane->panels[p]));
out:
    return status;
}

/* ---- what is kept for another run ---- */

/* Every finding carries the thread's farthest pair, which no pair of these words exceeds. */
static size_t keep(struct work *work, struct lane_set *lane, size_t begin, size_t count) {
    memcpy(lane->values, work->pairs->nn_distance + begin, count * sizeof(double));
    memcpy(lane->values + count, work->pairs->radius + begin, count * sizeof(double));
    lane->values[2 * count] = lane->farthest.a;
    lane->values[2 * count + 1] = lane->farthest.b;
    const struct wh_checkpoint_record record = {PART, (uint32_t)begin, (uint32_t)count,
                                                (uint32_t)(2 * count + 2), lane->values};
    return wh_items_keep(&work->items, &record, work->token);
}

static void take_known(void *context, const struct wh_checkpoint_record *record) {
    struct work *work = context;
    const uint32_t words = work->near->words, first = record->first, items = record->items;
    const double *values = record->values, *pair = values + 2 * (size_t)items;
    if (pair[0] >= 0 && pair[0] < words && pair[1] >= 0 && pair[1] < words)
        consider_far(&work->start, work->near, (uint32_t)pair[0], (uint32_t)pair[1]);
    memcpy(work->pairs->nn_distance + first, values, items * sizeof *values);
    memcpy(work->pairs->radius + first, values + items, items * sizeof *values);
}

static enum wh_status resume(struct work *work) {
    const struct wh_resumption resumption = {PART, 2, 2, "all pairs", take_known, work};
    return wh_items_open(&work->items, work->near->words, &resumption, work->token);
}

static enum wh_status do_words(void *context, size_t begin, size_t end, int thread) {
    struct work *work = context;
    enum wh_status status = wh_token_check(work->token);
    if (status != WH_OK || wh_items_done(&work->items, begin, end))
        return status;
    status = do_panels(work, &work->lanes[thread], (uint32_t)begin, end - begin);
    if (status != WH_OK)
        return status;
    size_t done = keep(work, &work->lanes[thread], begin, end - begin);
    if (thread == 0)
        wh_token_progress(work->token, "pairs", (double)done, (double)work->near->words);
    return WH_OK;
}

static enum wh_status open_lane(const struct work *work, struct lane_set *lane) {
    enum wh_status status = WH_OK;
    const struct wh_near *near = work->near;
    for (size_t p = 0; p < PANELS; p++) {
        WH_TRY(wh_near_scratch_open(&lane->panels[p].scratch));
        WH_TRY(wh_near_scratch_fit(lane->panels[p].scratch, near->dim));
        WH_TRY(WH_ALLOC_ALIGNED(lane->panels[p].far_threshold, WH_VEC_PANEL));
    }
    WH_TRY(WH_ALLOC(lane->point, near->dim));
    WH_TRY(WH_ALLOC(lane->found, work->k + 1));
    lane->farthest = work->start;
out:
    return status;
}

static void close_lane(struct lane_set *lane) {
    for (size_t p = 0; p < PANELS; p++) {
        wh_near_scratch_close(lane->panels[p].scratch);
        free(lane->panels[p].far_threshold);
    }
    free(lane->point);
    free(lane->found);
}

/* A pair far apart, found by walking to the farthest word a few times: the farther it is, the fewer
 * tiles have to be sieved for a farther one. */
static void find_start(struct work *work) {
    uint32_t from = 0;
    work->start = (struct far_pair){-1, WH_NONE, WH_NONE};
    for (int step = 0; step < 3; step++) {
        for (uint32_t id = 0; id < work->near->words; id++)
            consider_far(&work->start, work->near, from, id);
        if (work->start.a == WH_NONE) /* not finite: the search for it fails later */
            return;
        from = work->start.a == from ? work->start.b : work->start.a;
    }
}

static enum wh_status prepare_far(struct work *work) {
    enum wh_status status = WH_OK;
    const struct wh_near *near = work->near;
    const double *norms2 = wh_embed_norms2(near->embed);
    WH_TRY(WH_ALLOC_ALIGNED(work->minus_half, near->words));
    WH_TRY(WH_ALLOC(work->longest, (size_t)near->words / WH_NEAR_TILE + 1));
    for (uint32_t id = 0; id < near->words; id++) {
        double *longest = &work->longest[id / WH_NEAR_TILE];
        work->minus_half[id] = -near->half[id];
        *longest = fmax(*longest, sqrt(norms2[id]) * (1 + 0x1p-20));
    }
    find_start(work);
out:
    return status;
}

static enum wh_status find_closest(const struct wh_near *near, struct wh_near_pairs *pairs) {
    uint32_t word = 0, other = WH_NONE;
    for (uint32_t id = 1; id < near->words; id++)
        if (pairs->nn_distance[id] < pairs->nn_distance[word])
            word = id;
    /* The first word at the smallest distance has its partner after it. */
    pairs->delta_min = pairs->nn_distance[word];
    for (uint32_t id = word + 1; id < near->words && other == WH_NONE; id++)
        if (wh_near_distance(near, word, id) == pairs->delta_min)
            other = id;
    pairs->closest[0] = word;
    pairs->closest[1] = other;
    return other == WH_NONE || pairs->farthest[0] == WH_NONE ? wh_near_not_finite() : WH_OK;
}

/* ---- equal vectors ---- */

struct sorting {
    const struct wh_near *near;
    const struct wh_token *token;
};

/* Sorting cannot be left, but it ends soon if all rows are equal from now on. */
static int row_order(const void *a, const void *b, void *context) {
    const struct sorting *sorting = context;
    const struct wh_near *near = sorting->near;
    if (wh_token_cancelled(sorting->token))
        return 0;
    const float *x = near->rows + *(const uint32_t *)a * near->stride;
    const float *y = near->rows + *(const uint32_t *)b * near->stride;
    for (uint32_t j = 0; j < near->dim; j++)
        if (x[j] != y[j])
            return x[j] < y[j] ? -1 : 1;
    return 0;
}

static enum wh_status count_duplicates(const struct wh_near *near, const struct wh_token *token,
                                       uint64_t *duplicates) {
    uint32_t *ids = wh_alloc(near->words, sizeof *ids);
    *duplicates = 0;
    if (!ids)
        return WH_NOMEM;
    for (uint32_t id = 0; id < near->words; id++)
        ids[id] = id;
    struct sorting sorting = {near, token};
    qsort_r(ids, near->words, sizeof *ids, row_order, &sorting);
    uint64_t run = 0; /* equal rows before this one */
    for (uint32_t i = 1; i < near->words; i++) {
        run = row_order(&ids[i - 1], &ids[i], &sorting) == 0 ? run + 1 : 0;
        *duplicates += run;
    }
    free(ids);
    return wh_token_check(token);
}

static enum wh_status open_pairs(const struct wh_near *near, const struct wh_token *token,
                                 struct wh_near_pairs *pairs) {
    enum wh_status status = WH_OK;
    *pairs = (struct wh_near_pairs){0};
    WH_TRY(WH_ALLOC(pairs->nn_distance, near->words));
    WH_TRY(WH_ALLOC(pairs->radius, near->words));
    WH_TRY(count_duplicates(near, token, &pairs->duplicate_pairs));
out:
    return status;
}

static void drop_pairs(struct wh_near_pairs *pairs) {
    free(pairs->nn_distance);
    free(pairs->radius);
    *pairs = (struct wh_near_pairs){0};
}

static enum wh_status run_work(struct work *work, int threads) {
    enum wh_status status = WH_OK;
    int count = threads > 0 ? threads : wh_cpu_count();
    WH_TRY(prepare_far(work));
    WH_TRY(resume(work));
    work->codes = wh_near_codes(work->near); /* what is above goes over all vectors, without them */
    WH_TRY(WH_ALLOC(work->lanes, (size_t)count));
    for (int i = 0; i < count; i++)
        WH_TRY(open_lane(work, &work->lanes[i]));
    WH_TRY(wh_pool_run(count, work->near->words, CHUNK, do_words, work));
    struct far_pair best = work->lanes[0].farthest;
    for (int i = 1; i < count; i++)
        if (far_better(work->lanes[i].farthest, best))
            best = work->lanes[i].farthest;
    work->pairs->delta_max = best.distance;
    work->pairs->farthest[0] = best.a;
    work->pairs->farthest[1] = best.b;
out:
    for (int i = 0; work->lanes && i < count; i++)
        close_lane(&work->lanes[i]);
    free(work->lanes);
    free(work->minus_half);
    free(work->longest);
    wh_items_close(&work->items);
    return status;
}

enum wh_status wh_near_pairs(const struct wh_near *near, int threads, struct wh_token *token,
                             struct wh_near_pairs *pairs) {
    enum wh_status status = WH_OK;
    if (near->words < 2) {
        *pairs = (struct wh_near_pairs){0};
        return wh_fail(WH_UNAVAILABLE, "an embedding of one word has no pairs");
    }
    if (!isfinite(wh_near_bound(near, near->max_norm)))
        return wh_near_plain_pairs(near, pairs);
    size_t k = near->words - 1 < WH_RADIUS_K ? near->words - 1 : WH_RADIUS_K;
    struct work work = {.near = near, .pairs = pairs, .token = token, .k = k};
    WH_TRY(open_pairs(near, token, pairs));
    WH_TRY(run_work(&work, threads));
    if (wh_embed_unloaded(near->embed)) /* memory is short, and the rest needs no codes */
        wh_near_codes_release(near);
    WH_TRY(find_closest(near, pairs));
out:
    if (status != WH_OK)
        drop_pairs(pairs);
    return status;
}

enum wh_status wh_near_plain_pairs(const struct wh_near *near, struct wh_near_pairs *pairs) {
    enum wh_status status = WH_OK;
    struct far_pair farthest = {-1, WH_NONE, WH_NONE};
    struct wh_neighbour *all = NULL;
    size_t k = near->words - 1 < WH_RADIUS_K ? near->words - 1 : WH_RADIUS_K;
    const struct work work = {.near = near, .pairs = pairs, .k = k};
    WH_TRY(open_pairs(near, NULL, pairs));
    WH_TRY(WH_ALLOC(all, near->words));
    for (uint32_t word = 0; word < near->words; word++) {
        for (uint32_t id = 0; id < near->words; id++) {
            all[id] = (struct wh_neighbour){id, wh_near_distance(near, word, id)};
            consider_far(&farthest, near, word, id);
        }
        qsort(all, near->words, sizeof *all, wh_neighbour_order);
        record(&work, word, all, near->words);
    }
    pairs->delta_max = farthest.distance;
    pairs->farthest[0] = farthest.a;
    pairs->farthest[1] = farthest.b;
    WH_TRY(find_closest(near, pairs));
out:
    free(all);
    if (status != WH_OK)
        drop_pairs(pairs);
    return status;
}
