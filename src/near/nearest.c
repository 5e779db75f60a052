/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nearest.c - short sorted lists, one lock for those of a block: they are seldom changed. */
#include "near/nearest.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"

#define LOCKS  64
#define WINDOW (5 * WH_VEC_PANEL) /* places on each side of a panel that give first limits */

struct wh_near_nearest {
    size_t k;
    double *squares;        /* of every place k, ascending */
    _Atomic double *limits; /* of every place; only ever lowered, under its lock */
    struct lock {
        _Alignas(64) pthread_mutex_t mutex; /* not in a line with another */
    } * locks;
};

static pthread_mutex_t *lock_of(struct wh_near_nearest *nearest, uint32_t place) {
    return &nearest->locks[place / WH_NEAR_BLOCK % LOCKS].mutex;
}

/* The limit is at least the k-th smallest square of all pairs. Hence what is above it can go, and
 * so can what is no smaller than the last of a full list. */
bool wh_near_nearest_offer(struct wh_near_nearest *nearest, uint32_t place, double square) {
    double *squares = nearest->squares + place * nearest->k;
    size_t at = nearest->k - 1;
    if (square > wh_near_nearest_limit(nearest, place))
        return false;
    pthread_mutex_lock(lock_of(nearest, place));
    bool better = square < squares[at];
    if (better) {
        for (; at > 0 && squares[at - 1] > square; at--)
            squares[at] = squares[at - 1];
        squares[at] = square;
        if (squares[nearest->k - 1] < wh_near_nearest_limit(nearest, place))
            atomic_store_explicit(&nearest->limits[place], squares[nearest->k - 1],
                                  memory_order_relaxed);
    }
    pthread_mutex_unlock(lock_of(nearest, place));
    return better;
}

double wh_near_nearest_limit(const struct wh_near_nearest *nearest, uint32_t place) {
    return atomic_load_explicit(&nearest->limits[place], memory_order_relaxed);
}

const double *wh_near_nearest_squares(const struct wh_near_nearest *nearest, uint32_t place) {
    return nearest->squares + place * nearest->k;
}

/* ---- first limits ---- */

/* One thread's memory. */
struct room {
    float *rows;  /* a block's, near->stride each */
    float *half;  /* of them, |u|^2 / 2 */
    float *panel; /* dim x WH_VEC_PANEL */
    float *dots;  /* WH_NEAR_TILE x WH_VEC_PANEL */
    struct wh_vec_hit *hits;
    float *largest;                             /* WH_VEC_PANEL x k scores, descending */
    _Alignas(64) float threshold[WH_VEC_PANEL]; /* the last of them */
};

struct limiting {
    const struct wh_near *near;
    const struct wh_near_blocks *blocks;
    const struct wh_token *token;
    struct wh_near_nearest *nearest;
    struct room *rooms;
};

static enum wh_status open_room(const struct limiting *limiting, struct room *room) {
    enum wh_status status = WH_OK;
    const struct wh_near *near = limiting->near;
    WH_TRY(WH_ALLOC_ALIGNED(room->rows, WH_NEAR_BLOCK * near->stride));
    WH_TRY(WH_ALLOC_ALIGNED(room->panel, WH_VEC_PANEL * (size_t)near->dim));
    WH_TRY(WH_ALLOC_ALIGNED(room->dots, (size_t)WH_NEAR_TILE * WH_VEC_PANEL));
    WH_TRY(WH_ALLOC(room->hits, (size_t)WH_NEAR_TILE * WH_VEC_PANEL));
    WH_TRY(WH_ALLOC(room->largest, WH_VEC_PANEL * limiting->nearest->k));
    WH_TRY(WH_ALLOC_ALIGNED(room->half, WH_NEAR_BLOCK));
out:
    return status;
}

static void close_room(struct room *room) {
    free(room->rows);
    free(room->panel);
    free(room->dots);
    free(room->hits);
    free(room->largest);
    free(room->half);
}

static void fetch_block(const struct limiting *limiting, struct room *room, uint32_t first,
                        uint32_t count) {
    const struct wh_near *near = limiting->near;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t word = limiting->blocks->order[first + i];
        float *to = room->rows + i * near->stride;
        const float *row = wh_embed_look(near->embed, word, to);
        if (row != to)
            memcpy(to, row, near->stride * sizeof *to);
        room->half[i] = near->half[word];
    }
}

static void keep_largest(struct room *room, size_t k, uint32_t query, float score) {
    float *largest = room->largest + query * k;
    size_t at = k - 1;
    if (!(score > largest[at]))
        return;
    for (; at > 0 && largest[at - 1] < score; at--)
        largest[at] = largest[at - 1];
    largest[at] = score;
    room->threshold[query] = largest[k - 1];
}

/* A tile of the block's rows with the panel of its words from word first on. */
static void look_at_tile(const struct limiting *limiting, struct room *room, uint32_t first,
                         uint32_t row, uint32_t rows) {
    const struct wh_near *near = limiting->near;
    wh_vec()->dot_panel(room->rows + row * near->stride, near->stride, rows, room->panel, near->dim,
                        room->dots);
    size_t hits = wh_vec()->sieve(room->dots, room->half + row, rows, room->threshold, room->hits);
    for (size_t i = 0; i < hits; i++)
        if (row + room->hits[i].row != first + room->hits[i].query)
            keep_largest(room, limiting->nearest->k, room->hits[i].query, room->hits[i].score);
}

/* A square is |x|^2 less twice the score that the bound speaks of. */
static void set_limits(const struct limiting *limiting, const struct room *room, uint32_t place,
                       uint32_t queries) {
    const double *norms2 = wh_embed_norms2(limiting->near->embed);
    for (uint32_t q = 0; q < queries; q++) {
        double norm2 = norms2[limiting->blocks->order[place + q]];
        double error = wh_near_bound(limiting->near, sqrt(norm2) * (1 + 0x1p-20));
        double limit = fmax(norm2 - 2 * ((double)room->threshold[q] - error), 0);
        atomic_store_explicit(&limiting->nearest->limits[place + q], limit * (1 + 0x1p-40),
                              memory_order_relaxed);
    }
}

static void look_at_panel(const struct limiting *limiting, struct room *room, uint32_t place,
                          uint32_t first, uint32_t count) {
    const struct wh_near *near = limiting->near;
    uint32_t queries = count - first < WH_VEC_PANEL ? count - first : WH_VEC_PANEL;
    for (size_t i = 0; i < WH_VEC_PANEL * limiting->nearest->k; i++)
        room->largest[i] = -INFINITY;
    for (uint32_t q = 0; q < WH_VEC_PANEL; q++)
        room->threshold[q] = q < queries ? -INFINITY : NAN;
    for (uint32_t q = 0; q < queries; q++)
        for (uint32_t j = 0; j < near->dim; j++)
            room->panel[j * WH_VEC_PANEL + q] = room->rows[(first + q) * near->stride + j];
    uint32_t row = first > WINDOW ? first - WINDOW : 0, end = first + WH_VEC_PANEL + WINDOW;
    end = end < count ? end : count;
    for (; row < end; row += WH_NEAR_TILE)
        look_at_tile(limiting, room, first, row,
                     end - row < WH_NEAR_TILE ? end - row : WH_NEAR_TILE);
    set_limits(limiting, room, place + first, queries);
}

static enum wh_status limit_blocks(void *context, size_t begin, size_t end, int thread) {
    const struct limiting *limiting = context;
    struct room *room = &limiting->rooms[thread];
    for (uint32_t block = (uint32_t)begin; block < end; block++) {
        uint32_t place = wh_near_block_first(block);
        uint32_t count = wh_near_block_count(limiting->blocks, block);
        fetch_block(limiting, room, place, count);
        for (uint32_t first = 0; first < count; first += WH_VEC_PANEL)
            look_at_panel(limiting, room, place, first, count);
    }
    wh_embed_slim(limiting->near->embed, 0);
    return wh_token_check(limiting->token);
}

static enum wh_status find_limits(struct limiting *limiting, int threads) {
    enum wh_status status = WH_OK;
    int count = threads > 0 ? threads : wh_cpu_count();
    WH_TRY(WH_ALLOC_ALIGNED(limiting->rooms, (size_t)count));
    for (int i = 0; i < count; i++)
        WH_TRY(open_room(limiting, &limiting->rooms[i]));
    WH_TRY(wh_pool_run(count, limiting->blocks->count, 1, limit_blocks, limiting));
out:
    for (int i = 0; limiting->rooms && i < count; i++)
        close_room(&limiting->rooms[i]);
    free(limiting->rooms);
    return status;
}

enum wh_status wh_near_nearest_open(const struct wh_near *near, const struct wh_near_blocks *blocks,
                                    size_t k, int threads, const struct wh_token *token,
                                    struct wh_near_nearest **nearest) {
    enum wh_status status = WH_OK;
    struct wh_near_nearest *made = NULL;
    *nearest = NULL;
    wh_embed_slim(near->embed, near->words * (k + 1) * sizeof *made->squares);
    WH_TRY(WH_ALLOC(made, 1));
    WH_TRY(WH_ALLOC_ALIGNED(made->locks, LOCKS));
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_init(&made->locks[i].mutex, NULL);
    made->k = k;
    WH_TRY(WH_ALLOC(made->squares, near->words * k));
    WH_TRY(WH_ALLOC(made->limits, near->words));
    for (size_t i = 0; i < near->words * k; i++)
        made->squares[i] = INFINITY;
    struct limiting limiting = {near, blocks, token, made, NULL};
    WH_TRY(find_limits(&limiting, threads));
    *nearest = made;
    made = NULL;
out:
    wh_near_nearest_close(made);
    return status;
}

void wh_near_nearest_close(struct wh_near_nearest *nearest) {
    if (!nearest)
        return;
    for (int i = 0; nearest->locks && i < LOCKS; i++)
        pthread_mutex_destroy(&nearest->locks[i].mutex);
    free(nearest->locks);
    free(nearest->squares);
    free(nearest->limits);
    free(nearest);
}
