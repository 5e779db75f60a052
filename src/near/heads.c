/* SPDX-License-Identifier: GPL-3.0-or-later */
/* heads.c - words along the first principal axes, as bytes; see heads.h. */
#include "near/heads.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"

#define HEAD_SHARE  0.68        /* of the dimensions: views that need more do not pay */
#define DRAWS_FIRST 2048        /* that had to be left to the whole vocabulary before heads pay */
#define SKEW_MOST   1e-4        /* axes that are less orthogonal are no axes */
#define VIEWS_BYTES (256 << 20) /* memory for all views at a time */

struct wh_near_head_room {
    pthread_mutex_t lock;
    _Atomic(struct wh_near_heads *) made;
    atomic_size_t wanted, bytes;
    bool failed; /* under the lock */
};

enum wh_status wh_near_heads_open(struct wh_near *near) {
    if (WH_ALLOC(near->head_room, 1) != WH_OK)
        return WH_NOMEM;
    pthread_mutex_init(&near->head_room->lock, NULL);
    return WH_OK;
}

static void free_heads(struct wh_near_heads *heads) {
    if (!heads)
        return;
    wh_near_codes_free(heads->codes);
    free(heads->axes);
    free(heads);
}

void wh_near_heads_close(struct wh_near *near) {
    if (!near->head_room)
        return;
    free_heads(atomic_load(&near->head_room->made));
    pthread_mutex_destroy(&near->head_room->lock);
    free(near->head_room);
}

/* ---- one vector ---- */

double wh_near_head(const struct wh_near *near, const struct wh_near_heads *heads, uint32_t count,
                    const float *vector, double norm, float *out) {
    wh_vec()->dot_rows(heads->axes, near->stride, count, vector, out);
    return sqrt(count) * wh_vec_error(near->dim, 1 + heads->skew, norm) * (1 + 0x1p-20);
}

double wh_near_tail(const struct wh_near_heads *heads, double norm, double head) {
    double square = norm * norm * (1 + 0x1p-50) - head * head * (1 - heads->skew);
    return square > 0 ? sqrt(square) * (1 + 0x1p-40) : 0;
}

/* ---- all of them ---- */

/* The sum of all entries' squares of E, in double, is more than its norm. */
static double measure_skew(const struct wh_near *near, const struct wh_near_heads *heads) {
    double sum = 0;
    for (uint32_t i = 0; i < heads->count; i++) {
        for (uint32_t j = 0; j < heads->count; j++) {
            const float *a = heads->axes + i * near->stride, *b = heads->axes + j * near->stride;
            double product = i == j ? -1 : 0;
            for (uint32_t d = 0; d < near->dim; d++)
                product += (double)a[d] * (double)b[d];
            sum += product * product;
        }
    }
    return sqrt(sum) * (1 + 0x1p-20) + (double)near->dim * (double)heads->count * 0x1p-50;
}

static enum wh_status copy_axes(const struct wh_near *near, struct wh_near_heads *heads) {
    const double *axes = wh_embed_derived(near->embed)->axes;
    if (WH_ALLOC_ALIGNED(heads->axes, heads->count * near->stride) != WH_OK)
        return WH_NOMEM;
    for (uint32_t i = 0; i < heads->count; i++)
        for (uint32_t j = 0; j < near->dim; j++)
            heads->axes[i * near->stride + j] = (float)axes[(size_t)i * near->dim + j];
    heads->skew = measure_skew(near, heads);
    return WH_OK;
}

static void encode(const struct wh_near *near, struct wh_near_heads *heads, uint32_t id,
                   float *head) {
    struct wh_near_codes *codes = heads->codes;
    double norm = sqrt(wh_embed_norms2(near->embed)[id]) * (1 + 0x1p-40), square = 0;
    double error =
        wh_near_head(near, heads, heads->count, near->rows + id * near->stride, norm, head);
    wh_near_codes_set(codes, id, head, heads->count);
    codes->residue[id] = nextafterf((float)((double)codes->residue[id] + error), INFINITY);
    for (uint32_t j = 0; j < heads->count; j++)
        square += (double)head[j] * (double)head[j];
    codes->norm[id] = nextafterf((float)(sqrt(square) * (1 + 0x1p-40) + error), INFINITY);
}

static enum wh_status make_heads(const struct wh_near *near, struct wh_near_heads **made) {
    enum wh_status status = WH_OK;
    struct wh_near_heads *heads = NULL;
    float *head = NULL;
    *made = NULL;
    WH_TRY(WH_ALLOC(heads, 1));
    heads->count = (uint32_t)ceil(near->dim * HEAD_SHARE / 4) * 4;
    heads->count = heads->count < near->dim ? heads->count : near->dim;
    WH_TRY(copy_axes(near, heads));
    if (!(heads->skew < SKEW_MOST) || !isfinite(wh_near_bound(near, near->max_norm)))
        goto out;
    WH_TRY(wh_near_codes_alloc(near->words, heads->count, &heads->codes));
    WH_TRY(WH_ALLOC_ALIGNED(head, heads->count));
    for (uint32_t id = 0; id < near->words; id++)
        encode(near, heads, id, head);
    *made = heads;
    heads = NULL;
out:
    free(head);
    free_heads(heads);
    return status;
}

void wh_near_heads_want(const struct wh_near *near, size_t draws) {
    atomic_fetch_add_explicit(&near->head_room->wanted, draws, memory_order_relaxed);
}

const struct wh_near_heads *wh_near_heads(const struct wh_near *near) {
    struct wh_near_head_room *room = near->head_room;
    struct wh_near_heads *made = atomic_load_explicit(&room->made, memory_order_acquire);
    if (made || atomic_load_explicit(&room->wanted, memory_order_relaxed) < DRAWS_FIRST ||
        !wh_embed_derived(near->embed)->axes || !wh_near_codes_of_use(near))
        return made;
    if (pthread_mutex_trylock(&room->lock) != 0)
        return NULL; /* another thread is at it */
    made = atomic_load(&room->made);
    if (!made && !room->failed) {
        room->failed = make_heads(near, &made) != WH_OK || !made;
        atomic_store_explicit(&room->made, made, memory_order_release);
    }
    pthread_mutex_unlock(&room->lock);
    return made;
}

bool wh_near_heads_take(const struct wh_near *near, size_t bytes) {
    atomic_size_t *taken = &near->head_room->bytes;
    if (atomic_fetch_add(taken, bytes) + bytes <= VIEWS_BYTES)
        return true;
    atomic_fetch_sub(taken, bytes);
    return false;
}

void wh_near_heads_give(const struct wh_near *near, size_t bytes) {
    atomic_fetch_sub(&near->head_room->bytes, bytes);
}
