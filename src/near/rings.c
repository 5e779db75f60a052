/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rings.c - the vocabulary as one word sees it: the words that noise may reach in rings around it,
 * nearest first, their sketches in blocks as kernels want them, and the codes of the nearest.
 */
#include "near/rings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define CLOSE_SHARE 4    /* one word in so many may be close */
#define COST_SAMPLE 2048 /* words that tell what a view would cost */
#define PLACED      8192 /* words and blocks that a thread makes at a time */
#define FILLED      128
#define ROWS        256 /* of them, whose products are computed together */

/* ---- making one of all words ---- */

/* A view of all words that is being made. */
struct making {
    struct wh_near_view *view;
    float *halves;   /* lower bounds of |u - w|^2 / 2, by id */
    uint16_t *rings; /* by id */
};

double wh_near_view_noise(const struct wh_near_view *view, const double *point) {
    return wh_near_plain_distance(view->near, point, view->word);
}

uint32_t wh_near_ring_of(const struct wh_near_view *view, float half) {
    float ring = sqrtf(2 * half) * (float)(WH_NEAR_RINGS / (2 * view->longest));
    return ring < WH_NEAR_RINGS ? (uint32_t)ring : WH_NEAR_RINGS;
}

/* Halves and rings of some words, no more than ROWS. */
static void place_words(const struct making *making, uint32_t first, uint32_t rows) {
    const struct wh_near_view *view = making->view;
    const struct wh_near *near = view->near;
    float dots[ROWS];
    const float *query = near->rows + view->word * near->stride;
    double bound = WH_NEAR_SAFETY * wh_near_bound(near, view->norm);
    double own = wh_embed_norms2(near->embed)[view->word] / 2 - bound;
    wh_vec()->dot_rows(near->rows + first * near->stride, near->stride, rows, query, dots);
    for (uint32_t i = 0; i < rows; i++) {
        float half = (float)(own - (double)(dots[i] - near->half[first + i]));
        half = half > 0 ? nextafterf(half, -INFINITY) : 0;
        if (first + i == view->word)
            half = INFINITY; /* it is what the others are measured by */
        making->halves[first + i] = half;
        making->rings[first + i] = (uint16_t)wh_near_ring_of(view, half);
    }
}

static enum wh_status place_some(void *context, size_t begin, size_t end) {
    for (size_t first = begin; first < end; first += ROWS)
        place_words(context, (uint32_t)first, (uint32_t)(end - first < ROWS ? end - first : ROWS));
    return WH_OK;
}

/* Where rings begin. */
static void count_rings(const struct making *making) {
    struct wh_near_view *view = making->view;
    uint32_t counts[WH_NEAR_RINGS + 1] = {0};
    for (uint32_t id = 0; id < view->near->words; id++)
        counts[making->rings[id]]++;
    for (uint32_t r = 0; r < WH_NEAR_RINGS; r++)
        view->first[r + 1] = view->first[r] + counts[r];
}

static enum wh_status make_room(struct wh_near_view *view) {
    enum wh_status status = WH_OK;
    const uint32_t words = view->first[WH_NEAR_RINGS];
    const size_t blocks = wh_near_view_blocks(words);
    const size_t groups = view->sketches ? view->sketches->groups : 0;
    size_t bytes = blocks * (WH_VEC_ABREAST * (groups + sizeof *view->ids) + sizeof *view->half);
    view->close_count =
        view->sketches ? words / CLOSE_SHARE / WH_VEC_ABREAST * WH_VEC_ABREAST : words;
    bytes += view->close_count * (view->near->dim + 9 * sizeof(float));
    if (!wh_near_sketches_take(view->near, bytes))
        return WH_UNAVAILABLE;
    view->bytes = bytes;
    WH_TRY(WH_ALLOC(view->ids, (blocks + 1) * WH_VEC_ABREAST));
    WH_TRY(WH_ALLOC_ALIGNED(view->codes, blocks * WH_VEC_ABREAST * groups));
    WH_TRY(WH_ALLOC(view->half, blocks + 1));
    WH_TRY(wh_near_codes_alloc(view->close_count, view->near->dim, wh_near_codes(view->near)->axes,
                               &view->close));
out:
    return status;
}

/* Every word that is not out of reach to its ring. */
static void fill_rings(struct wh_near_view *view, const uint16_t *rings) {
    uint32_t next[WH_NEAR_RINGS + 1];
    memcpy(next, view->first, sizeof next);
    for (uint32_t id = 0; id < view->near->words; id++)
        if (rings[id] < WH_NEAR_RINGS)
            view->ids[next[rings[id]]++] = id;
}

static inline void swap_bytes(uint64_t *low, uint64_t *high, unsigned bits, uint64_t mask) {
    uint64_t both = ((*low >> bits) ^ *high) & mask;
    *high ^= both;
    *low ^= both << bits;
}

/* Byte i of number j and byte j of number i change places. */
static inline void transpose(uint64_t x[8]) {
#pragma GCC unroll 4
    for (size_t i = 0; i < 8; i += 2)
        swap_bytes(&x[i], &x[i + 1], 8, 0x00ff00ff00ff00ff);
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++)
        swap_bytes(&x[i + (i & 2)], &x[i + (i & 2) + 2], 16, 0x0000ffff0000ffff);
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++)
        swap_bytes(&x[i], &x[i + 4], 32, 0x00000000ffffffff);
}

/* Eight groups of eight words, from a row a word to a row a group. */
static void fill_square(struct wh_near_view *view, const uint32_t *ids, size_t group, uint8_t *to) {
    const size_t groups = view->sketches->groups;
    const uint8_t *from = view->sketches->codes + group;
    uint64_t x[8];
#pragma GCC unroll 8
    for (size_t i = 0; i < 8; i++)
        memcpy(&x[i], from + ids[i] * groups, sizeof x[i]);
    transpose(x);
    for (size_t g = 0; g < 8 && group + g < groups; g++)
        memcpy(to + (group + g) * WH_VEC_ABREAST, &x[g], sizeof x[g]);
}

/* Sketches of a block; places without a word have that of word 0, and are looked at by nobody. */
static void fill_block(struct wh_near_view *view, size_t block) {
    const uint32_t *ids = view->ids + block * WH_VEC_ABREAST;
    uint8_t *to = view->codes + block * view->sketches->groups * WH_VEC_ABREAST;
    for (size_t first = 0; first < WH_VEC_ABREAST; first += 8) {
        for (size_t i = first; i < first + 8; i++) /* of the next block, if there is one */
            __builtin_prefetch(view->sketches->codes +
                               ids[i + WH_VEC_ABREAST] * view->sketches->groups);
        for (size_t group = 0; group < view->sketches->groups; group += 8)
            fill_square(view, ids + first, group, to + first);
    }
}

static void copy_code(struct wh_near_view *view, const struct wh_near_codes *from, uint32_t at) {
    struct wh_near_codes *to = view->close;
    const uint32_t id = view->ids[at];
    const size_t stride = from->rows.stride;
    memcpy(to->codes + at * stride, from->codes + id * stride, stride);
    to->scale[at] = from->scale[id];
    to->start[at] = from->start[id];
    to->residue[at] = from->residue[id];
    to->norm[at] = from->norm[id];
    to->half[at] = from->half[id];
    for (size_t h = 0; h < WH_NEAR_HEADS && to->heads[h].dims; h++) {
        to->heads[h].start[at] = from->heads[h].start[id];
        to->heads[h].tail[at] = from->heads[h].tail[id];
    }
}

static void copy_codes(struct wh_near_view *view, uint32_t first, uint32_t end) {
    const struct wh_near_codes *from = wh_near_codes(view->near);
    for (uint32_t at = first; at < end && at < view->close_count; at++)
        copy_code(view, from, at);
}

static enum wh_status fill_blocks(void *context, size_t begin, size_t end) {
    const struct making *making = context;
    struct wh_near_view *view = making->view;
    const uint32_t all = view->first[WH_NEAR_RINGS];
    for (size_t block = begin; block < end; block++) {
        uint32_t first = (uint32_t)block * WH_VEC_ABREAST;
        float least = INFINITY;
        for (uint32_t at = first; at < all && at < first + WH_VEC_ABREAST; at++) {
            float half = making->halves[view->ids[at]];
            least = half < least ? half : least;
        }
        view->half[block] = least;
        fill_block(view, block);
    }
    copy_codes(view, (uint32_t)begin * WH_VEC_ABREAST, (uint32_t)end * WH_VEC_ABREAST);
    return WH_OK;
}

static enum wh_status view_all(struct wh_near_view *view, struct wh_crew *crew) {
    enum wh_status status = WH_OK;
    const uint32_t words = view->near->words;
    struct making making = {.view = view};
    WH_TRY(WH_ALLOC(making.halves, words));
    WH_TRY(WH_ALLOC(making.rings, words));
    WH_TRY(wh_crew_share(crew, words, PLACED, place_some, &making));
    count_rings(&making);
    WH_TRY(make_room(view));
    fill_rings(view, making.rings);
    WH_TRY(wh_crew_share(crew, wh_near_view_blocks(view->first[WH_NEAR_RINGS]), FILLED, fill_blocks,
                         &making));
out:
    free(making.halves);
    free(making.rings);
    return status;
}

/* ---- making one of words that are known ---- */

/* A lower bound of half the square. */
static float half_of(double distance) {
    return fmaxf(nextafterf((float)(distance * distance / 2), -INFINITY), 0);
}

static enum wh_status view_known(struct wh_near_view *view, const struct wh_near_known *known) {
    enum wh_status status = WH_OK;
    uint32_t ring = 0, at = 0;
    while (at < known->count) {
        uint32_t of = wh_near_ring_of(view, half_of(known->distances[at]));
        if (of == WH_NEAR_RINGS)
            break;
        while (ring < of)
            view->first[++ring] = at;
        at++;
    }
    while (ring < WH_NEAR_RINGS)
        view->first[++ring] = at;
    WH_TRY(make_room(view));
    memcpy(view->ids, known->ids, at * sizeof *view->ids);
    for (uint32_t first = 0; first < at; first += WH_VEC_ABREAST)
        view->half[first / WH_VEC_ABREAST] = half_of(known->distances[first]);
    copy_codes(view, 0, at);
out:
    return status;
}

void wh_near_view_close(struct wh_near_view *view) {
    if (!view)
        return;
    wh_near_sketches_give(view->near, view->bytes);
    free(view->ids);
    free(view->codes);
    free(view->half);
    wh_near_codes_free(view->close);
    free(view);
}

/* Of what a view begins with; NULL where it cannot be had. */
static enum wh_status begin(const struct wh_near_view *begun, struct wh_near_view **view) {
    enum wh_status status = WH_OK;
    const struct wh_near *near = begun->near;
    double norm = sqrt(wh_embed_norms2(near->embed)[begun->word]) * (1 + 0x1p-20);
    *view = NULL;
    if (!wh_near_codes(near) || !(begun->longest > 0) ||
        !isfinite(wh_near_bound(near, 2 * (norm + begun->longest))))
        return WH_OK;
    WH_TRY(WH_ALLOC(*view, 1));
    **view = *begun;
    (*view)->norm = norm;
out:
    return status;
}

/* The view, if all went well. */
static enum wh_status finish(enum wh_status status, struct wh_near_view **view) {
    if (status == WH_OK)
        return status;
    wh_near_view_close(*view);
    *view = NULL;
    return status == WH_UNAVAILABLE ? WH_OK : status; /* later perhaps */
}

enum wh_status wh_near_view_open(const struct wh_near *near, uint32_t word, double longest,
                                 struct wh_crew *crew, struct wh_near_view **view) {
    const struct wh_near_view begun = {
        .near = near, .sketches = wh_near_sketches(near), .word = word, .longest = longest};
    *view = NULL;
    if (!begun.sketches)
        return WH_OK;
    enum wh_status status = begin(&begun, view);
    return *view ? finish(view_all(*view, crew), view) : status;
}

enum wh_status wh_near_view_of(const struct wh_near *near, uint32_t word,
                               const struct wh_near_known *known, struct wh_near_view **view) {
    const struct wh_near_view begun = {.near = near, .word = word, .longest = known->reach / 2};
    enum wh_status status = begin(&begun, view);
    return *view ? finish(view_known(*view, known), view) : status;
}

/* ---- whether one would pay ---- */

/* Noise has no direction, so its product with delta is about normal, with deviation |eta||delta| /
 * sqrt(dim); what the sketch leaves of a word adds |eta||r| at most. */
static double doubt_of(const struct wh_near *near, double noise, double distance, double rest) {
    double deviation = noise * distance / sqrt(near->dim);
    double short_of = distance * distance / 2 - noise * rest;
    return deviation > 0 ? erfc(short_of / deviation / sqrt(2)) / 2 : 1;
}

double wh_near_view_cost(const struct wh_near *near, uint32_t word, double noise) {
    const struct wh_near_sketches *sketches = wh_near_sketches(near);
    const uint32_t step = near->words / COST_SAMPLE + 1;
    double cost = 0;
    size_t count = 0;
    for (uint32_t id = 0; id < near->words && sketches; id += step, count++) {
        const uint8_t *codes = sketches->codes + (size_t)id * sketches->groups;
        double distance = wh_near_distance(near, word, id);
        double rest = (double)sketches->rests[codes[sketches->groups - 1]];
        double doubt = doubt_of(near, noise, distance, rest);
        if (distance < 2 * noise)
            cost += fmin(1, WH_NEAR_SIFT_COST + WH_NEAR_LOOK_COST * WH_VEC_PANEL * doubt);
    }
    return count ? cost / (double)count : 0;
}
