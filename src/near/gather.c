/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gather.c - candidates of one query: a heap of the best scores sets the bar for the others. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "near/near_private.h"

#define FIRST_ROOM 64 /* candidates */

enum wh_status wh_gather_start(struct wh_gather *gather, size_t k, double bound) {
    if (gather->best_capacity < k) {
        float *best = wh_realloc(gather->best, k, sizeof *best);
        if (!best)
            return WH_NOMEM;
        gather->best = best;
        gather->best_capacity = k;
    }
    gather->k = k;
    gather->slack = 2 * bound;
    gather->floor = -INFINITY;
    gather->best_count = 0;
    gather->count = 0;
    return WH_OK;
}

float wh_gather_threshold(const struct wh_gather *gather) {
    if (gather->best_count < gather->k)
        return gather->floor;
    double limit = (double)gather->best[0] - gather->slack;
    return fmaxf(nextafterf((float)limit, -INFINITY), gather->floor);
}

static void heap_push(struct wh_gather *gather, float score) {
    float *heap = gather->best;
    size_t at = gather->best_count++;
    for (; at > 0 && heap[(at - 1) / 2] > score; at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = score;
}

static void heap_replace_least(struct wh_gather *gather, float score) {
    float *heap = gather->best;
    size_t at = 0, child;
    while ((child = 2 * at + 1) < gather->best_count) {
        if (child + 1 < gather->best_count && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= score)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = score;
}

static void compact(struct wh_gather *gather) {
    float threshold = wh_gather_threshold(gather);
    size_t kept = 0;
    for (size_t i = 0; i < gather->count; i++)
        if (gather->items[i].score >= threshold)
            gather->items[kept++] = gather->items[i];
    gather->count = kept;
}

/* Drops what has become hopeless; where that frees less than half, the room doubles: either way the
 * next time is far off, and gathering n candidates costs O(n) however few of them are dropped. */
static enum wh_status make_room(struct wh_gather *gather) {
    compact(gather);
    if (gather->count < gather->capacity / 2)
        return WH_OK;
    size_t capacity = gather->capacity ? gather->capacity * 2 : FIRST_ROOM;
    struct wh_candidate *items = wh_realloc(gather->items, capacity, sizeof *items);
    if (!items)
        return WH_NOMEM;
    gather->items = items;
    gather->capacity = capacity;
    return WH_OK;
}

enum wh_status wh_gather_offer(struct wh_gather *gather, uint32_t id, float score) {
    if (score < wh_gather_threshold(gather))
        return WH_OK;
    if (gather->count == gather->capacity) {
        enum wh_status status = make_room(gather);
        if (status != WH_OK)
            return status;
    }
    gather->items[gather->count++] = (struct wh_candidate){score, id};
    if (gather->best_count < gather->k)
        heap_push(gather, score);
    else if (score > gather->best[0])
        heap_replace_least(gather, score);
    return WH_OK;
}

enum wh_status wh_near_not_finite(void) {
    return wh_fail(WH_DATA, "the embedding holds vectors that are not finite or not as long as "
                            "they claim; 'info --verify' finds them");
}

/* The common case needs no sorting. */
static enum wh_status finish_one(const struct wh_gather *gather, const struct wh_near *near,
                                 const double *point, struct wh_neighbour *out) {
    struct wh_neighbour best = {WH_NONE, (double)INFINITY};
    for (size_t i = 0; i < gather->count; i++) {
        struct wh_neighbour one = {gather->items[i].id,
                                   wh_near_plain_distance(near, point, gather->items[i].id)};
        if (wh_neighbour_order(&one, &best) < 0)
            best = one;
    }
    *out = best;
    return best.id == WH_NONE ? wh_near_not_finite() : WH_OK;
}

enum wh_status wh_gather_finish(struct wh_gather *gather, const struct wh_near *near,
                                const double *point, struct wh_neighbour *out) {
    compact(gather);
    if (gather->count < gather->k)
        return wh_near_not_finite();
    if (gather->k == 1)
        return finish_one(gather, near, point, out);
    struct wh_neighbour *all = wh_alloc(gather->count, sizeof *all);
    if (!all)
        return WH_NOMEM;
    for (size_t i = 0; i < gather->count; i++)
        all[i] = (struct wh_neighbour){gather->items[i].id,
                                       wh_near_plain_distance(near, point, gather->items[i].id)};
    qsort(all, gather->count, sizeof *all, wh_neighbour_order);
    for (size_t i = 0; i < gather->k; i++)
        out[i] = all[i];
    free(all);
    return WH_OK;
}

void wh_gather_close(struct wh_gather *gather) {
    free(gather->best);
    free(gather->items);
    *gather = (struct wh_gather){0};
}
