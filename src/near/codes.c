/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * codes.c - rows and queries as bytes, a filter that reads a quarter of the memory and multiplies
 * four numbers at a time.
 *
 * A row is u = s c + r with integer codes c in -127..127, s = max|u_j| / 127 and a residue r; a
 * query likewise x = t y + e. Then
 *     x.u = t s (y.c) + t y.r + e.u,    |x.u - t s (y.c)| <= |t y| |r| + |e| |u|
 * by Cauchy and Schwarz. The sum y.c is exact. So t s (y.c) - |u|^2 / 2 + |t y||r| + |e||u| is an
 * upper bound of the score that near_private.h speaks of; a word whose upper bound lies below the
 * bar is out, the others get their float score and go the usual way. Norms of r and e are computed
 * in double from what the floats s and t really are, and rounded up.
 */
#include "near/codes.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"

#define DIM_MOST    16384 /* sums of products stay below 2^30 */
#define WORDS_LEAST 64
#define ROWS_A_LOOK 1024  /* encoded between two looks at memory */
#define SMALLEST    1e-30 /* largest components below this are left to the residue */

struct wh_near_code_room {
    pthread_mutex_t lock;
    _Atomic(struct wh_near_codes *) made;
    bool failed; /* under the lock */
};

enum wh_status wh_near_codes_open(struct wh_near *near) {
    if (WH_ALLOC(near->code_room, 1) != WH_OK)
        return WH_NOMEM;
    pthread_mutex_init(&near->code_room->lock, NULL);
    return WH_OK;
}

void wh_near_codes_free(struct wh_near_codes *codes) {
    if (!codes)
        return;
    free(codes->residue);
    free(codes->norm);
    free(codes->half);
    free(codes->codes);
    free(codes->scale);
    free(codes->start);
    free(codes);
}

void wh_near_codes_close(struct wh_near *near) {
    if (!near->code_room)
        return;
    wh_near_codes_free(atomic_load(&near->code_room->made));
    pthread_mutex_destroy(&near->code_room->lock);
    free(near->code_room);
}

/* The root of a sum of dim squares, not too small. */
static double up(uint32_t dim, double sum) {
    return sqrt(sum) * (1 + ((double)dim + 8) * 0x1p-52);
}

float wh_near_up_float(double value) {
    return nextafterf((float)value, INFINITY);
}

static float scale_of(double largest) {
    return largest > SMALLEST ? (float)(largest / 127) : 0;
}

int wh_near_code_of(double x, double inverse) {
    double code = x * inverse + 0x1.8p52 - 0x1.8p52;             /* to the nearest integer */
    return code >= -127 ? (code < 127 ? (int)code : 127) : -127; /* what is no number, too */
}

void wh_near_codes_set(struct wh_near_codes *codes, size_t at, const float *row, uint32_t dim) {
    int8_t *out = codes->codes + at * codes->rows.stride;
    float largest = 0;
    double sum = 0;
    int32_t total = 0;
    for (uint32_t j = 0; j < dim; j++)
        largest = fabsf(row[j]) > largest ? fabsf(row[j]) : largest;
    float scale = scale_of((double)largest);
    double inverse = scale > 0 ? 1 / (double)scale : 0;
    for (uint32_t j = 0; j < dim; j++) {
        int code = wh_near_code_of((double)row[j], inverse);
        double rest = (double)row[j] - (double)scale * code;
        out[j] = (int8_t)code;
        total += code;
        sum += rest * rest;
    }
    codes->scale[at] = scale;
    codes->start[at] = -128 * total;
    codes->residue[at] = wh_near_up_float(up(dim, sum));
}

struct wh_vec_codes wh_near_codes_from(const struct wh_near_codes *codes, size_t first) {
    size_t stride = codes->rows.stride;
    return (struct wh_vec_codes){codes->codes + first * stride, stride, codes->scale + first,
                                 codes->start + first};
}

static size_t code_stride(uint32_t dim) {
    return ((size_t)dim + 3) / 4 * 4;
}

enum wh_status wh_near_codes_alloc(size_t count, uint32_t dim, struct wh_near_codes **made) {
    enum wh_status status = WH_OK;
    struct wh_near_codes *codes = NULL;
    size_t stride = code_stride(dim);
    *made = NULL;
    WH_TRY(WH_ALLOC(codes, 1));
    WH_TRY(WH_ALLOC_ALIGNED(codes->codes, count * stride));
    WH_TRY(WH_ALLOC_ALIGNED(codes->scale, count));
    WH_TRY(WH_ALLOC_ALIGNED(codes->start, count));
    WH_TRY(WH_ALLOC_ALIGNED(codes->residue, count + WH_NEAR_TILE));
    WH_TRY(WH_ALLOC_ALIGNED(codes->norm, count + WH_NEAR_TILE));
    WH_TRY(WH_ALLOC_ALIGNED(codes->half, count + WH_NEAR_TILE));
    codes->rows = (struct wh_vec_codes){codes->codes, stride, codes->scale, codes->start};
    *made = codes;
    codes = NULL;
out:
    wh_near_codes_free(codes);
    return status;
}

static enum wh_status make_codes(const struct wh_near *near, struct wh_near_codes **made) {
    enum wh_status status = WH_OK;
    struct wh_near_codes *codes = NULL;
    const double *norms2 = wh_embed_norms2(near->embed);
    *made = NULL;
    wh_embed_slim(near->embed, near->words * (code_stride(near->dim) + 5 * sizeof(float)));
    WH_TRY(wh_near_codes_alloc(near->words, near->dim, &codes));
    for (uint32_t id = 0; id < near->words; id++) {
        if (id % ROWS_A_LOOK == 0)
            wh_embed_slim(near->embed, 0);
        wh_near_codes_set(codes, id, near->rows + id * near->stride, near->dim);
        codes->norm[id] = wh_near_up_float(up(near->dim, norms2[id]));
        codes->half[id] = near->half[id];
    }
    *made = codes;
    codes = NULL;
out:
    wh_near_codes_free(codes);
    return status;
}

bool wh_near_codes_of_use(const struct wh_near *near) {
    return wh_vec()->sieve_codes && near->words >= WORDS_LEAST && near->dim <= DIM_MOST;
}

const struct wh_near_codes *wh_near_codes(const struct wh_near *near) {
    struct wh_near_code_room *room = near->code_room;
    if (!wh_near_codes_of_use(near))
        return NULL;
    struct wh_near_codes *made = atomic_load_explicit(&room->made, memory_order_acquire);
    if (made)
        return made;
    pthread_mutex_lock(&room->lock);
    made = atomic_load(&room->made);
    if (!made && !room->failed) {
        room->failed = make_codes(near, &made) != WH_OK;
        atomic_store_explicit(&room->made, made, memory_order_release);
    }
    pthread_mutex_unlock(&room->lock);
    return made;
}

struct wh_near_code_query wh_near_encode(const double *point, uint32_t dim, size_t step,
                                         uint8_t *codes) {
    double largest = 0, rest2 = 0, length2 = 0;
    for (uint32_t j = 0; j < dim; j++)
        largest = fmax(largest, fabs(point[j]));
    float scale = scale_of(largest);
    double inverse = scale > 0 ? 1 / (double)scale : 0;
    for (uint32_t j = 0; j < dim; j++) {
        int code = wh_near_code_of(point[j], inverse);
        double part = (double)scale * code, rest = point[j] - part;
        codes[j / 4 * step + j % 4] = (uint8_t)(code + 128);
        rest2 += rest * rest;
        length2 += part * part;
    }
    return (struct wh_near_code_query){scale, up(dim, length2), up(dim, rest2)};
}

double wh_near_code_loss(const struct wh_near *near, double length) {
    return 0x1p-20 * near->max_norm * (2 * length + near->max_norm) + 0x1p-100;
}
