/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nibbles.c - rows as half bytes for one query at a time, which is as fast as memory is read: an
 * eighth of the rows' bytes, with three numbers of 16 bits a row.
 *
 * A row is u = s c + r with integers c in -8..7 and a residue r, the query x = t y + e as in
 * codes.c. Then
 *     x.u <= t s (y.c) + |t y| |r| + |e| |u|,    |u| <= |u|^2 / (2 a) + a / 2 for any a > 0,
 * so that the score x.u - |u|^2 / 2 is at most
 *     t s (y.c) + |t y| |r| - (1 - |e| / a) |u|^2 / 2 + |e| a / 2;
 * a is about |x|, as long as the words near a point are. Rows whose upper bound reaches the bar get
 * their float score and are gathered as ever, so answers do not change. s is itself a number of 16
 * bits, |r| is rounded up and |u|^2 / 2 down to such.
 */
#include "near/nibbles.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "near/codes.h"

#define DIM_MOST    16384 /* sums of products stay below 2^30 */
#define WORDS_LEAST 64
#define QUERIES     8      /* after which half bytes are made for them */
#define ROWS_A_LOOK 1024   /* encoded between two looks at whether they are still wanted */
#define SMALLEST    1e-30F /* largest components below this are left to the residue */
#define STEPS       8.5F   /* as far as the largest component reaches */
#define GROUP       8      /* coordinates */
#define TILE        128    /* rows sieved with the same bar */
#define WAITING     2048   /* rows */
#define LINE        16     /* floats that come from memory together */
#define AHEAD       8      /* rows between fetching and use */
#define NOTHING     0x7fc0 /* NaN */

struct wh_near_nibbles {
    struct wh_vec_nibbles rows; /* the next four */
    uint8_t *bytes;
    uint16_t *scale, *spread, *half;
};

struct wh_near_nibble_room {
    const struct wh_near *near;
    pthread_mutex_t lock;
    _Atomic(struct wh_near_nibbles *) made;
    atomic_uint asked;
    atomic_bool closing;
    bool failed; /* under the lock */
    bool behind; /* a thread of its own makes them */
    pthread_t maker;
};

enum wh_status wh_near_nibbles_open(struct wh_near *near) {
    if (WH_ALLOC(near->nibble_room, 1) != WH_OK)
        return WH_NOMEM;
    near->nibble_room->near = near;
    pthread_mutex_init(&near->nibble_room->lock, NULL);
    return WH_OK;
}

static void free_nibbles(struct wh_near_nibbles *nibbles) {
    if (!nibbles)
        return;
    free(nibbles->bytes);
    free(nibbles->scale);
    free(nibbles->spread);
    free(nibbles->half);
    free(nibbles);
}

void wh_near_nibbles_close(struct wh_near *near) {
    struct wh_near_nibble_room *room = near->nibble_room;
    if (!room)
        return;
    atomic_store(&room->closing, true);
    if (room->behind)
        pthread_join(room->maker, NULL);
    free_nibbles(atomic_load(&room->made));
    pthread_mutex_destroy(&room->lock);
    free(room);
}

/* ---- rows ---- */

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float upper_half(uint16_t half) {
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Towards zero. */
static uint16_t shortened(float value) {
    return (uint16_t)(bits_of(value) >> 16);
}

static uint16_t rounded_up(float value) {
    return (uint16_t)((bits_of(value) + 0xffff) >> 16);
}

static int nibble_of(float x, float inverse) {
    float code = x * inverse;
    code = code > 7 ? 7 : code > -8 ? code : -8; /* what is no number, too */
    return (int)(code + 8.5F) - 8;               /* to the nearest */
}

/* The largest coordinate is cut off a little, to the good of the others; it is negative when
 * scaled, for there is one step more on that side. */
static uint16_t scale_of(const float *row, uint32_t dim) {
    float extreme = 0;
    for (uint32_t j = 0; j < dim; j++)
        extreme = fabsf(row[j]) > fabsf(extreme) ? row[j] : extreme;
    return fabsf(extreme) > SMALLEST ? shortened(-extreme / STEPS) : 0;
}

static void encode(const struct wh_near *near, struct wh_near_nibbles *nibbles, uint32_t id) {
    const float *row = near->rows + id * near->stride;
    size_t groups = nibbles->rows.groups;
    uint8_t *out = nibbles->bytes + id / WH_VEC_BLOCK * groups * 64 + (size_t)id % WH_VEC_BLOCK * 4;
    nibbles->scale[id] = scale_of(row, near->dim);
    float scale = upper_half(nibbles->scale[id]), inverse = nibbles->scale[id] ? 1 / scale : 0;
    double sum = 0;
    for (uint32_t j = 0; j < near->dim; j++) {
        int code = nibble_of(row[j], inverse);
        double rest = (double)row[j] - (double)scale * code;
        out[j / GROUP * 64 + j % 4] |= (uint8_t)((code + 8) << (j % GROUP < 4 ? 0 : 4));
        sum += rest * rest;
    }
    double residue = sqrt(sum) * (1 + ((double)near->dim + 8) * 0x1p-52);
    nibbles->spread[id] = rounded_up(nextafterf((float)residue, INFINITY));
    nibbles->half[id] = shortened(near->half[id]);
}

static enum wh_status alloc(const struct wh_near *near, struct wh_near_nibbles **made) {
    enum wh_status status = WH_OK;
    struct wh_near_nibbles *nibbles = NULL;
    size_t blocks = ((size_t)near->words + WH_VEC_BLOCK - 1) / WH_VEC_BLOCK;
    size_t groups = ((size_t)near->dim + GROUP - 1) / GROUP;
    *made = NULL;
    WH_TRY(WH_ALLOC(nibbles, 1));
    WH_TRY(WH_ALLOC_ALIGNED(nibbles->bytes, blocks * groups * 64));
    WH_TRY(WH_ALLOC_ALIGNED(nibbles->scale, blocks * WH_VEC_BLOCK));
    WH_TRY(WH_ALLOC_ALIGNED(nibbles->spread, blocks * WH_VEC_BLOCK));
    WH_TRY(WH_ALLOC_ALIGNED(nibbles->half, blocks * WH_VEC_BLOCK));
    for (size_t i = near->words; i < blocks * WH_VEC_BLOCK; i++)
        nibbles->half[i] = NOTHING;
    nibbles->rows = (struct wh_vec_nibbles){nibbles->bytes, groups, nibbles->scale, nibbles->spread,
                                            nibbles->half};
    *made = nibbles;
    nibbles = NULL;
out:
    free_nibbles(nibbles);
    return status;
}

static enum wh_status make(const struct wh_near *near, struct wh_near_nibbles **made) {
    enum wh_status status = alloc(near, made);
    for (uint32_t id = 0; status == WH_OK && id < near->words; id++) {
        if (id % ROWS_A_LOOK == 0 && atomic_load(&near->nibble_room->closing)) {
            free_nibbles(*made);
            *made = NULL;
            break;
        }
        encode(near, *made, id);
    }
    return status;
}

/* ---- when they are made ---- */

static bool of_use(const struct wh_near *near) {
    return wh_vec()->sieve_nibbles && near->words >= WORDS_LEAST && near->dim <= DIM_MOST;
}

const struct wh_near_nibbles *wh_near_nibbles(const struct wh_near *near) {
    struct wh_near_nibble_room *room = near->nibble_room;
    if (!of_use(near))
        return NULL;
    struct wh_near_nibbles *made = atomic_load_explicit(&room->made, memory_order_acquire);
    if (made)
        return made;
    pthread_mutex_lock(&room->lock);
    made = atomic_load(&room->made);
    if (!made && !room->failed) {
        room->failed = make(near, &made) != WH_OK;
        atomic_store_explicit(&room->made, made, memory_order_release);
    }
    pthread_mutex_unlock(&room->lock);
    return made;
}

static void *make_behind(void *context) {
    const struct wh_near_nibble_room *room = context;
    wh_near_nibbles(room->near);
    return NULL;
}

/* Signals are for the threads that expect them. */
static void start_maker(struct wh_near_nibble_room *room) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    room->behind = pthread_create(&room->maker, NULL, make_behind, room) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

const struct wh_near_nibbles *wh_near_nibbles_later(const struct wh_near *near) {
    struct wh_near_nibble_room *room = near->nibble_room;
    if (!of_use(near))
        return NULL;
    const struct wh_near_nibbles *made = atomic_load_explicit(&room->made, memory_order_acquire);
    if (made || atomic_load_explicit(&room->asked, memory_order_relaxed) > QUERIES)
        return made;
    if (atomic_fetch_add_explicit(&room->asked, 1, memory_order_relaxed) == QUERIES)
        start_maker(room);
    return NULL;
}

/* ---- one point ---- */

/* Rows that are likely to raise the bar get their float score at once, or rather after one more
 * tile, when it has come from memory; those that only may reach it wait until it is high. */
struct sifting {
    const struct wh_near *near;
    const struct wh_near_lone *lone;
    struct wh_gather *gather;
    const struct wh_vec_nibbles *rows;
    struct wh_vec_nibble_query query;
    double loss;                      /* a bar in float scores is this much lower here */
    struct wh_candidate urgent[TILE]; /* with upper bounds as scores, as are the others */
    struct wh_candidate waiting[WAITING];
    size_t urgent_count, waiting_count;
};

static void lower_bar(struct sifting *sifting) {
    double bar = (double)wh_gather_threshold(sifting->gather) - sifting->loss;
    sifting->query.threshold = nextafterf((float)bar, -INFINITY);
}

/* codes has room for the groups. */
static void start(struct sifting *sifting, int8_t *codes) {
    const struct wh_near *near = sifting->near;
    const struct wh_near_lone *lone = sifting->lone;
    float scale = wh_near_scale(lone->point, near->dim);
    struct wh_near_code_query code =
        wh_near_encode(lone->point, near->dim, scale, 4, (uint8_t *)codes);
    double about = code.length + code.rest, share = about > 0 ? code.rest / about : 0;
    sifting->query = (struct wh_vec_nibble_query){.codes = codes, .scale = scale};
    for (uint32_t j = 0; j < near->dim; j++) {
        codes[j] = (int8_t)((uint8_t)codes[j] - 128);
        sifting->query.start -= 8 * codes[j];
    }
    sifting->query.width = (float)(code.length * (1 + 0x1p-18));
    sifting->query.keep = (float)((1 - share) * (1 - 0x1p-18));
    sifting->loss = lone->bound + wh_near_code_loss(near->max_norm, code.length) +
                    code.rest * about / 2 * (1 + 0x1p-40);
    lower_bar(sifting);
}

static void fetch(const struct wh_near *near, uint32_t id) {
    for (size_t j = 0; j < near->stride; j += LINE)
        __builtin_prefetch(near->rows + id * near->stride + j);
}

static enum wh_status settle(struct sifting *sifting, const struct wh_candidate *items,
                             size_t count) {
    const struct wh_near *near = sifting->near;
    for (size_t i = 0; i < count; i++) {
        uint32_t id = items[i].id;
        float score;
        if (i + AHEAD < count && items[i + AHEAD].score >= sifting->query.threshold)
            fetch(near, items[i + AHEAD].id);
        if (items[i].score < sifting->query.threshold)
            continue;
        wh_vec()->dot_rows(near->rows + id * near->stride, near->stride, 1, sifting->lone->query,
                           &score);
        enum wh_status status = wh_gather_offer(sifting->gather, id, score - near->half[id]);
        if (status != WH_OK)
            return status;
        lower_bar(sifting);
    }
    return WH_OK;
}

static enum wh_status settle_waiting(struct sifting *sifting) {
    size_t count = sifting->waiting_count;
    sifting->waiting_count = 0;
    return settle(sifting, sifting->waiting, count);
}

static void sort_out(struct sifting *sifting, uint32_t first, const struct wh_vec_hit *hits,
                     size_t count) {
    float bar = sifting->query.threshold, width = sifting->query.width;
    sifting->urgent_count = 0;
    for (size_t h = 0; h < count; h++) {
        struct wh_candidate one = {hits[h].score, first + hits[h].row};
        if (one.score < bar)
            continue;
        if (one.score - width * upper_half(sifting->rows->spread[one.id]) < bar) {
            sifting->waiting[sifting->waiting_count++] = one;
            continue;
        }
        sifting->urgent[sifting->urgent_count++] = one;
        fetch(sifting->near, one.id);
    }
}

static size_t sieve_tile(const struct sifting *sifting, uint32_t first, struct wh_vec_hit *hits) {
    const struct wh_vec_nibbles *rows = sifting->rows;
    size_t left = ((size_t)sifting->near->words - first + WH_VEC_BLOCK - 1) / WH_VEC_BLOCK;
    const struct wh_vec_nibbles tile = {rows->nibbles + first / WH_VEC_BLOCK * rows->groups * 64,
                                        rows->groups, rows->scale + first, rows->spread + first,
                                        rows->half + first};
    return wh_vec()->sieve_nibbles(&tile, left < TILE / WH_VEC_BLOCK ? left : TILE / WH_VEC_BLOCK,
                                   &sifting->query, hits);
}

/* All tiles, beginning a little before the word: vocabularies are sorted by frequency, and words
 * are nearest to those about as frequent, so that the bar is high before long. */
static enum wh_status sieve_all(struct sifting *sifting) {
    enum wh_status status = WH_OK;
    struct wh_vec_hit hits[TILE];
    uint32_t tiles = (sifting->near->words - 1) / TILE + 1, from = sifting->lone->from;
    uint32_t at = (from - from / 8) / TILE;
    for (uint32_t i = 0; i < tiles; i++) {
        size_t count = sieve_tile(sifting, at * TILE, hits);
        WH_TRY(settle(sifting, sifting->urgent, sifting->urgent_count));
        if (sifting->waiting_count + count > WAITING)
            WH_TRY(settle_waiting(sifting));
        sort_out(sifting, at * TILE, hits, count);
        at = at + 1 < tiles ? at + 1 : 0;
    }
    WH_TRY(settle(sifting, sifting->urgent, sifting->urgent_count));
    WH_TRY(settle_waiting(sifting));
out:
    return status;
}

enum wh_status wh_near_nibbles_scan(const struct wh_near *near,
                                    const struct wh_near_nibbles *nibbles,
                                    const struct wh_near_lone *lone, struct wh_gather *gather) {
    enum wh_status status = WH_OK;
    struct sifting *sifting = NULL;
    int8_t *codes = NULL;
    WH_TRY(WH_ALLOC(sifting, 1));
    WH_TRY(WH_ALLOC_ALIGNED(codes, nibbles->rows.groups * GROUP));
    sifting->near = near;
    sifting->lone = lone;
    sifting->gather = gather;
    sifting->rows = &nibbles->rows;
    start(sifting, codes);
    WH_TRY(sieve_all(sifting));
out:
    free(codes);
    free(sifting);
    return status;
}
