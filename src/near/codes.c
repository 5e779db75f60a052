/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * codes.c - rows and queries as bytes, a filter that reads a quarter of the memory and multiplies
 * four numbers at a time.
 *
 * Distances do not change when all is moved and turned: with the mean m of all words and the axes A
 * (principal.h) a row is v = A (u - m), a query y = A (x - m), where axes are known. A row is
 * v = s c + r with integer codes c in -127..127, s = max|v_j| / 127 or a little more, and a residue
 * r; a query likewise y = t d + e. Then by Cauchy and Schwarz
 *
 *     y.v = t s (d.c) + t d.r + e.v,    |y.v - t s (d.c)| <= |t d| |r| + |e| |v|.
 *
 * The sum d.c is exact. So t s (d.c) - |u - m|^2 / 2 + |t d||r| + |e||v| is an upper bound of the
 * score that near_private.h speaks of, plus what x and m add to it alike for all words; a word
 * whose upper bound lies below the bar is out, the others get their float score and go the usual
 * way. Norms of r and e are computed in double from what the floats s and t really are, and rounded
 * up; what v and y are off by, and A from orthogonal, counts as residue.
 *
 * Along the axes the first dimensions have most of what words differ by. The others add no more to
 * t s (d.c) than the product of two norms, again by Cauchy and Schwarz: a head.
 */
#include "near/codes.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/crew.h"
#include "base/mem.h"

#define DIM_MOST     16384 /* sums of products stay below 2^30 */
#define WORDS_LEAST  64
#define ROWS_A_LOOK  1024   /* encoded between two looks at memory */
#define SMALLEST     1e-30  /* largest components below this are left to the residue */
#define HEAD_PARTS   8      /* of all dimensions: heads have all but one, or two */
#define TURNING_MOST 0x1p36 /* products that turning all rows may take: a second or so */

struct wh_near_code_room {
    struct wh_crew crew;
    _Atomic(struct wh_near_codes *) made;
    bool failed; /* for the leader of the crew */
};

enum wh_status wh_near_codes_open(struct wh_near *near) {
    if (WH_ALLOC(near->code_room, 1) != WH_OK)
        return WH_NOMEM;
    wh_crew_open(&near->code_room->crew);
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
    for (size_t h = 0; h < WH_NEAR_HEADS; h++) {
        free(codes->heads[h].start);
        free(codes->heads[h].tail);
    }
    wh_near_axes_close(codes->axes);
    free(codes);
}

void wh_near_codes_close(struct wh_near *near) {
    if (!near->code_room)
        return;
    wh_near_codes_free(atomic_load(&near->code_room->made));
    wh_crew_close(&near->code_room->crew);
    free(near->code_room);
}

/* The root of a sum of dim squares, not too small. */
static double up(uint32_t dim, double sum) {
    return sqrt(sum) * (1 + ((double)dim + 8) * 0x1p-52);
}

float wh_near_up_float(double value) {
    return nextafterf((float)value, INFINITY);
}

/* Rounded up, so that kernels meet few. */
static float scale_of(double largest) {
    return largest > SMALLEST ? wh_vec_scale((float)(largest / 127)) : 0;
}

int wh_near_code_of(double x, double inverse) {
    double code = x * inverse + 0x1.8p52 - 0x1.8p52;             /* to the nearest integer */
    return code >= -127 ? (code < 127 ? (int)code : 127) : -127; /* what is no number, too */
}

struct wh_vec_codes wh_near_codes_from(const struct wh_near_codes *codes, size_t first) {
    size_t stride = codes->rows.stride;
    return (struct wh_vec_codes){codes->codes + first * stride, stride, codes->scale + first,
                                 codes->start + first};
}

static size_t code_stride(uint32_t dim) {
    return ((size_t)dim + 3) / 4 * 4;
}

static enum wh_status alloc_heads(size_t count, uint32_t dim, struct wh_near_codes *codes) {
    enum wh_status status = WH_OK;
    for (uint32_t h = 0; h < WH_NEAR_HEADS; h++) {
        codes->heads[h].dims =
            (uint32_t)code_stride(dim) * (HEAD_PARTS - 1 - h) / HEAD_PARTS / 4 * 4;
        WH_TRY(WH_ALLOC_ALIGNED(codes->heads[h].start, count));
        WH_TRY(WH_ALLOC_ALIGNED(codes->heads[h].tail, count));
    }
out:
    return status;
}

enum wh_status wh_near_codes_alloc(size_t count, uint32_t dim, bool heads,
                                   struct wh_near_codes **made) {
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
    if (heads)
        WH_TRY(alloc_heads(count, dim, codes));
    codes->rows = (struct wh_vec_codes){codes->codes, stride, codes->scale, codes->start};
    *made = codes;
    codes = NULL;
out:
    wh_near_codes_free(codes);
    return status;
}

/* ---- rows ---- */

struct encoder {
    const struct wh_near *near;
    struct wh_near_codes *codes;
};

static void encode_heads(struct wh_near_codes *codes, size_t at) {
    const int8_t *row = codes->codes + at * codes->rows.stride;
    uint32_t j = (uint32_t)codes->rows.stride;
    int32_t square = 0, after = 0;
    for (size_t h = 0; h < WH_NEAR_HEADS && codes->heads[h].dims; h++) {
        struct wh_near_head *head = &codes->heads[h];
        while (j > head->dims) {
            int32_t code = row[--j];
            square += code * code;
            after += code;
        }
        head->start[at] = codes->start[at] + 128 * after;
        head->tail[at] = wh_near_up_float(up(1, square) * (double)codes->scale[at]);
    }
}

/* Of a row v that is off by error at most. */
static void encode_row(struct wh_near_codes *codes, size_t at, const float *v, uint32_t dim,
                       double error) {
    int8_t *out = codes->codes + at * codes->rows.stride;
    float largest = 0;
    double rest2 = 0, norm2 = 0;
    int32_t total = 0;
    for (uint32_t j = 0; j < dim; j++)
        largest = fabsf(v[j]) > largest ? fabsf(v[j]) : largest;
    float scale = scale_of((double)largest);
    double inverse = scale > 0 ? 1 / (double)scale : 0;
    for (uint32_t j = 0; j < dim; j++) {
        int code = wh_near_code_of((double)v[j], inverse);
        double rest = (double)v[j] - (double)scale * code;
        out[j] = (int8_t)code;
        total += code;
        rest2 += rest * rest;
        norm2 += (double)v[j] * (double)v[j];
    }
    codes->scale[at] = scale;
    codes->start[at] = -128 * total;
    codes->residue[at] = wh_near_up_float(up(dim, rest2) + error);
    codes->norm[at] = wh_near_up_float(up(dim, norm2) + error);
    encode_heads(codes, at);
}

/* A vector of floats less the centre; returns the norm. */
static double move(const struct wh_near_axes *axes, const float *row, float *vector) {
    double square = 0;
    for (uint32_t j = 0; j < axes->dim; j++) {
        vector[j] = row[j] - axes->centre[j];
        square += (double)vector[j] * (double)vector[j];
    }
    return up(axes->dim, square);
}

/* What a moved vector, turned as well, is off by; also when it is a factor of a product. */
static double error_of(const struct wh_near_axes *axes, double norm, double turning) {
    return (turning + (1 + axes->skew) * norm * 0x1p-23 + 1.01 * axes->skew * norm) * (1 + 0x1p-20);
}

/* vector has room for stride floats, zero beyond dim, and along for dim. */
static void encode_at(const struct encoder *encoder, uint32_t id, float *vector, float *along) {
    const struct wh_near *near = encoder->near;
    struct wh_near_codes *codes = encoder->codes;
    const struct wh_near_axes *axes = codes->axes;
    const float *row = near->rows + id * near->stride;
    if (!axes) {
        codes->half[id] = near->half[id];
        encode_row(codes, id, row, near->dim, 0);
        return;
    }
    double norm = move(axes, row, vector), turning = wh_near_along(axes, vector, norm, along);
    /* moving may have rounded the norm up */
    codes->half[id] = nextafterf((float)(norm * norm / 2 * (1 - 0x1p-21)), -INFINITY);
    encode_row(codes, id, along, near->dim, error_of(axes, norm, turning));
}

static enum wh_status encode_some(void *context, size_t begin, size_t end) {
    enum wh_status status = WH_OK;
    const struct encoder *encoder = context;
    float *vector = NULL, *along = NULL;
    WH_TRY(WH_ALLOC_ALIGNED(vector, encoder->near->stride));
    WH_TRY(WH_ALLOC_ALIGNED(along, encoder->near->stride));
    wh_embed_slim(encoder->near->embed, 0);
    for (size_t id = begin; id < end; id++)
        encode_at(encoder, (uint32_t)id, vector, along);
out:
    free(vector);
    free(along);
    return status;
}

/* ---- when they are made ---- */

bool wh_near_codes_of_use(const struct wh_near *near) {
    return wh_vec()->sieve_codes && near->words >= WORDS_LEAST && near->dim <= DIM_MOST;
}

static bool turning_pays(const struct wh_near *near) {
    return (double)near->words * near->dim * near->dim < TURNING_MOST;
}

static enum wh_status make(const struct wh_near *near, struct wh_crew *crew,
                           struct wh_near_codes **made) {
    enum wh_status status = WH_OK;
    struct encoder encoder = {near, NULL};
    struct wh_near_axes *axes = NULL;
    *made = NULL;
    if (turning_pays(near))
        WH_TRY(wh_near_axes_open(near, &axes));
    wh_embed_slim(near->embed, near->words * (code_stride(near->dim) + 9 * sizeof(float)));
    WH_TRY(wh_near_codes_alloc(near->words, near->dim, axes, &encoder.codes));
    encoder.codes->axes = axes;
    axes = NULL;
    WH_TRY(wh_crew_share(crew, near->words, ROWS_A_LOOK, encode_some, &encoder));
    *made = encoder.codes;
    encoder.codes = NULL;
out:
    wh_near_codes_free(encoder.codes);
    wh_near_axes_close(axes);
    return status;
}

const struct wh_near_codes *wh_near_codes(const struct wh_near *near) {
    struct wh_near_code_room *room = near->code_room;
    if (!wh_near_codes_of_use(near))
        return NULL;
    struct wh_near_codes *made = atomic_load_explicit(&room->made, memory_order_acquire);
    if (made || !wh_crew_lead(&room->crew))
        return made ? made : atomic_load(&room->made);
    made = atomic_load(&room->made);
    if (!made && !room->failed) {
        room->failed = make(near, &room->crew, &made) != WH_OK;
        atomic_store_explicit(&room->made, made, memory_order_release);
    }
    wh_crew_end(&room->crew);
    return made;
}

/* ---- queries ---- */

float wh_near_scale(const double *point, uint32_t dim) {
    double largest = 0;
    for (uint32_t j = 0; j < dim; j++)
        largest = fmax(largest, fabs(point[j]));
    return scale_of(largest);
}

struct wh_near_code_query wh_near_encode(const double *point, uint32_t dim, float scale,
                                         size_t step, uint8_t *codes) {
    double rest2 = 0, length2 = 0, inverse = scale > 0 ? 1 / (double)scale : 0;
    for (uint32_t j = 0; j < dim; j++) {
        int code = wh_near_code_of(point[j], inverse);
        double part = (double)scale * code, rest = point[j] - part;
        codes[j / 4 * step + j % 4] = (uint8_t)(code + 128);
        rest2 += rest * rest;
        length2 += part * part;
    }
    return (struct wh_near_code_query){up(dim, length2), up(dim, rest2)};
}

/* With y = A (x - m) and v = A (u - m), y.v - |u - m|^2 / 2 is the score x.u - |u|^2 / 2 plus
 * m.m / 2 - x.m for all u. */
static struct wh_near_place turn(const struct wh_near_axes *axes, const double *x, float *vector,
                                 float *along, double *y) {
    double square = 0, shift = 0, size = 0;
    for (uint32_t j = 0; j < axes->dim; j++) {
        double m = (double)axes->centre[j];
        vector[j] = (float)(x[j] - m);
        square += (double)vector[j] * (double)vector[j];
        shift += (m / 2 - x[j]) * m;
        size += (fabs(m) + fabs(x[j])) * fabs(m);
    }
    double norm = up(axes->dim, square), turning = wh_near_along(axes, vector, norm, along);
    for (uint32_t j = 0; j < axes->dim; j++)
        y[j] = (double)along[j];
    return (struct wh_near_place){error_of(axes, norm, turning), shift,
                                  size * ((double)axes->dim + 8) * 0x1p-52};
}

struct wh_near_place wh_near_place(const struct wh_near *near, const struct wh_near_codes *codes,
                                   const double *x, float *room, double *y) {
    if (codes->axes)
        return turn(codes->axes, x, room, room + near->stride, y);
    memcpy(y, x, near->dim * sizeof *x);
    return (struct wh_near_place){0};
}

double wh_near_code_loss(double norm, double length) {
    return 0x1p-20 * norm * (2 * length + norm) + 0x1p-100;
}
