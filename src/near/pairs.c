/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pairs.c - facts over all pairs: every word's r_1 and r_k, the closest and the farthest pair,
 * pairs of equal vectors. Every block of words meets every block once (meet.c), those of like
 * direction first: then limits are low soon, and little of what follows has to be looked at.
 *
 * What is done is kept, some meetings at a time, with the pairs that the lists took in them:
 * offered again in another run they leave the lists as they were, less what was under way.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/checkpoint.h"
#include "base/mem.h"
#include "base/pool.h"
#include "near/meet.h"

#define PART        3    /* of a checkpoint: fingerprint, a farthest pair, pairs that lists took */
#define BEFORE      3    /* what stands before these */
#define ITEMS       1024 /* at least, where there are so many meetings */
#define TOGETHER    32   /* meetings of an item at most */
#define LEVELS      128  /* of likeness, down to the cosine ALIKE; what is less alike has one */
#define ALIKE       0.3F
#define ROWS_A_LOOK 1024 /* gone over between two looks at memory */

struct meeting {
    uint32_t level, a, b; /* blocks */
};

struct work {
    const struct wh_near *near;
    struct wh_near_pairs *pairs;
    struct wh_token *token;
    size_t k;
    struct wh_near_blocks *blocks;
    struct wh_near_nearest *nearest;
    struct wh_near_meeting shared;
    struct wh_near_meeter *meeters; /* one a thread */
    struct meeting *meetings;
    size_t count, together;        /* meetings, and those of an item */
    struct wh_near_far_pair start; /* a pair far apart to begin with */
    struct wh_items items;
};

/* ---- who meets when ---- */

static int by_level(const void *a, const void *b) {
    const struct meeting *x = a, *y = b;
    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

static uint32_t level_of(uint32_t a, uint32_t b, float cosine) {
    float level = a == b ? 0 : (1 - cosine) * (LEVELS / (1 - ALIKE));
    return level < 0 ? 0 : level < LEVELS ? (uint32_t)level : LEVELS;
}

static enum wh_status plan(struct work *work) {
    enum wh_status status = WH_OK;
    const struct wh_near *near = work->near;
    uint32_t count = work->blocks->count;
    float *directions = NULL, *cosines = NULL;
    work->count = (size_t)count * (count + 1) / 2;
    WH_TRY(WH_ALLOC(work->meetings, work->count));
    WH_TRY(WH_ALLOC_ALIGNED(directions, count * near->stride));
    WH_TRY(WH_ALLOC(cosines, count));
    wh_near_block_directions(near, work->blocks, directions);
    struct meeting *next = work->meetings;
    for (uint32_t a = 0; a < count; a++) {
        const float *direction = directions + a * near->stride;
        wh_vec()->dot_rows(direction, near->stride, count - a, direction, cosines);
        for (uint32_t b = a; b < count; b++)
            *next++ = (struct meeting){level_of(a, b, cosines[b - a]), a, b};
    }
    qsort(work->meetings, work->count, sizeof *work->meetings, by_level);
out:
    free(directions);
    free(cosines);
    return status;
}

/* A pair far apart, found by walking to the farthest word a few times. */
static void find_start(struct work *work) {
    uint32_t from = 0;
    work->start = (struct wh_near_far_pair){-1, WH_NONE, WH_NONE};
    for (int step = 0; step < 3; step++) {
        for (uint32_t id = 0; id < work->near->words; id++) {
            if (id % ROWS_A_LOOK == 0)
                wh_embed_slim(work->near->embed, 0);
            wh_near_consider_far(&work->start, work->near, from, id);
        }
        from = work->start.a == from ? work->start.b : work->start.a;
    }
}

/* ---- what is kept for another run ---- */

static size_t keep(struct work *work, struct wh_near_meeter *meeter, size_t item) {
    double *values;
    size_t count = wh_near_meet_findings(meeter, BEFORE, &values);
    values[0] = work->blocks->fingerprint;
    values[1] = meeter->farthest.a;
    values[2] = meeter->farthest.b;
    const struct wh_checkpoint_record record = {PART, (uint32_t)item, 1, (uint32_t)count,
                                                count ? values : NULL};
    return wh_items_keep(&work->items, &record, work->token);
}

static bool take_known(void *context, const struct wh_checkpoint_record *record) {
    struct work *work = context;
    const double words = work->near->words, *values = record->values;
    if (record->count < BEFORE || values[0] != work->blocks->fingerprint)
        return false;
    if (values[1] >= 0 && values[1] < words && values[2] >= 0 && values[2] < words)
        wh_near_consider_far(&work->start, work->near, (uint32_t)values[1], (uint32_t)values[2]);
    for (uint32_t i = BEFORE; i < record->count; i++) {
        if (i % ROWS_A_LOOK == 0)
            wh_embed_slim(work->near->embed, 0);
        wh_near_meet_again(&work->shared, values[i]);
    }
    return true;
}

static enum wh_status resume(struct work *work) {
    const struct wh_resumption resumption = {PART, "all pairs", take_known, work};
    work->together = work->count / ITEMS < TOGETHER ? work->count / ITEMS : TOGETHER;
    work->together += work->together == 0;
    size_t items = (work->count - 1) / work->together + 1;
    return wh_items_open(&work->items, (uint32_t)items, &resumption, work->token);
}

/* ---- the work ---- */

static enum wh_status do_item(struct work *work, struct wh_near_meeter *meeter, size_t item) {
    enum wh_status status = WH_OK;
    size_t begin = item * work->together, left = work->count - begin;
    size_t end = begin + (left < work->together ? left : work->together);
    for (size_t i = begin; i < end; i++) {
        WH_TRY(wh_token_check(work->token));
        wh_near_meet(meeter, work->meetings[i].a, work->meetings[i].b);
    }
    wh_embed_slim(work->near->embed, 0);
out:
    return status;
}

static enum wh_status do_items(void *context, size_t begin, size_t end, int thread) {
    struct work *work = context;
    enum wh_status status = WH_OK;
    for (size_t item = begin; item < end; item++) {
        WH_TRY(wh_token_check(work->token));
        if (wh_items_done(&work->items, item, item + 1))
            continue;
        WH_TRY(do_item(work, &work->meeters[thread], item));
        size_t done = keep(work, &work->meeters[thread], item);
        if (thread == 0)
            wh_token_progress(work->token, "pairs", (double)done, (double)work->items.count);
    }
out:
    return status;
}

static enum wh_status meet_all(struct work *work, int threads) {
    enum wh_status status = WH_OK;
    WH_TRY(WH_ALLOC(work->meeters, (size_t)threads));
    for (int i = 0; i < threads; i++) {
        WH_TRY(wh_near_meeter_open(&work->shared, &work->meeters[i]));
        work->meeters[i].farthest = work->start;
    }
    WH_TRY(wh_pool_run(threads, work->items.count, 1, do_items, work));
    for (int i = 0; i < threads; i++)
        wh_near_consider_far(&work->start, work->near, work->meeters[i].farthest.a,
                             work->meeters[i].farthest.b);
out:
    for (int i = 0; work->meeters && i < threads; i++)
        wh_near_meeter_close(&work->meeters[i]);
    free(work->meeters);
    return status;
}

static void take_results(const struct work *work, struct wh_near_pairs *pairs) {
    for (uint32_t place = 0; place < work->near->words; place++) {
        const double *squares = wh_near_nearest_squares(work->nearest, place);
        uint32_t word = work->blocks->order[place];
        pairs->nn_distance[word] = sqrt(squares[0]);
        pairs->radius[word] = sqrt(squares[work->k - 1]);
    }
    pairs->delta_max = work->start.distance;
    pairs->farthest[0] = work->start.a;
    pairs->farthest[1] = work->start.b;
}

static enum wh_status run_work(struct work *work, int threads) {
    enum wh_status status = WH_OK;
    find_start(work);
    WH_TRY(wh_near_blocks_open(work->near, threads, work->token, &work->blocks));
    WH_TRY(wh_near_nearest_open(work->near, work->blocks, work->k, threads, work->token,
                                &work->nearest));
    WH_TRY(plan(work));
    work->shared = (struct wh_near_meeting){work->near, work->blocks, work->nearest,
                                            .farthest = work->start.distance};
    WH_TRY(resume(work));
    atomic_store(&work->shared.farthest, work->start.distance);
    WH_TRY(meet_all(work, threads));
    take_results(work, work->pairs);
out:
    wh_items_close(&work->items);
    free(work->meetings);
    wh_near_nearest_close(work->nearest);
    wh_near_blocks_close(work->blocks);
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

/* Those at distance 0 of each other, and only those, are equal: squares of differences of floats do
 * not underflow. */
static uint32_t collect_equal(const struct wh_near_pairs *pairs, uint32_t words, uint32_t *ids) {
    uint32_t count = 0;
    for (uint32_t id = 0; id < words; id++)
        if (pairs->nn_distance[id] == 0)
            ids[count++] = id;
    return count;
}

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
                                       struct wh_near_pairs *pairs) {
    uint32_t *ids = wh_alloc(near->words, sizeof *ids);
    if (!ids)
        return WH_NOMEM;
    uint32_t count = collect_equal(pairs, near->words, ids);
    struct sorting sorting = {near, token};
    qsort_r(ids, count, sizeof *ids, row_order, &sorting);
    uint64_t run = 0; /* equal rows before this one */
    for (uint32_t i = 1; i < count; i++) {
        run = row_order(&ids[i - 1], &ids[i], &sorting) == 0 ? run + 1 : 0;
        pairs->duplicate_pairs += run;
    }
    free(ids);
    return wh_token_check(token);
}

/* ---- all of it ---- */

static enum wh_status open_pairs(const struct wh_near *near, struct wh_near_pairs *pairs) {
    enum wh_status status = WH_OK;
    *pairs = (struct wh_near_pairs){0};
    WH_TRY(WH_ALLOC(pairs->nn_distance, near->words));
    WH_TRY(WH_ALLOC(pairs->radius, near->words));
out:
    return status;
}

static void drop_pairs(struct wh_near_pairs *pairs) {
    free(pairs->nn_distance);
    free(pairs->radius);
    *pairs = (struct wh_near_pairs){0};
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
    WH_TRY(open_pairs(near, pairs));
    WH_TRY(run_work(&work, threads > 0 ? threads : wh_cpu_count()));
    WH_TRY(count_duplicates(near, token, pairs));
    WH_TRY(find_closest(near, pairs));
out:
    if (status != WH_OK)
        drop_pairs(pairs);
    return status;
}

/* Of all words by distance: the first k that are not the word itself. */
static void record(struct wh_near_pairs *pairs, uint32_t word, size_t k,
                   const struct wh_neighbour *all) {
    size_t rank = 0;
    for (; rank < k; all++) {
        if (all->id == word)
            continue;
        if (rank++ == 0)
            pairs->nn_distance[word] = all->distance;
        pairs->radius[word] = all->distance;
    }
}

enum wh_status wh_near_plain_pairs(const struct wh_near *near, struct wh_near_pairs *pairs) {
    enum wh_status status = WH_OK;
    struct wh_near_far_pair farthest = {-1, WH_NONE, WH_NONE};
    struct wh_neighbour *all = NULL;
    size_t k = near->words - 1 < WH_RADIUS_K ? near->words - 1 : WH_RADIUS_K;
    WH_TRY(open_pairs(near, pairs));
    WH_TRY(WH_ALLOC(all, near->words));
    for (uint32_t word = 0; word < near->words; word++) {
        for (uint32_t id = 0; id < near->words; id++) {
            all[id] = (struct wh_neighbour){id, wh_near_distance(near, word, id)};
            wh_near_consider_far(&farthest, near, word, id);
        }
        qsort(all, near->words, sizeof *all, wh_neighbour_order);
        record(pairs, word, k, all);
    }
    pairs->delta_max = farthest.distance;
    pairs->farthest[0] = farthest.a;
    pairs->farthest[1] = farthest.b;
    WH_TRY(count_duplicates(near, NULL, pairs));
    WH_TRY(find_closest(near, pairs));
out:
    free(all);
    if (status != WH_OK)
        drop_pairs(pairs);
    return status;
}
