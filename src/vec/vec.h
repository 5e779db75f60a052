/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vec.h - the kernel contract: inner products of float32 rows, as fast as the processor allows.
 *
 * Kernels are FILTERS. They may add in any order and use fused operations, so they differ in the
 * last bits; callers take the bound wh_vec_error() and decide in double precision (near/). Hence no
 * result of the program depends on which kernel runs.
 *
 * Rows are padded with zeros to a stride that is a multiple of WH_VEC_LANES floats and 64-byte
 * aligned, so kernels have no tails over the dimension.
 */
#ifndef WH_VEC_H
#define WH_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"
#include "base/status.h"

#define WH_VEC_LANES   16 /* floats in the widest register; the stride is a multiple of it */
#define WH_VEC_PANEL   48 /* queries held side by side by the batch kernel */
#define WH_VEC_ABREAST 64 /* rows whose sketches stand side by side */
#define WH_VEC_FEW     4  /* queries that sketches are held against at a time */

struct wh_vec_hit {
    uint32_t row, query;
    float score;
};

/* A panel of queries for sums of Gaussian bells; all arrays 64-byte aligned. */
struct wh_vec_bells {
    const float *panel; /* as for dot_panel */
    size_t dim;
    const float *half; /* WH_VEC_PANEL: |query|^2 / 2 */
    float scale;       /* 1 / h^2 */
    float *dots;       /* scratch: a WH_VEC_PANEL for every row of a call */
    double *sums;      /* WH_VEC_PANEL, added to */
};

/* Rows as signed bytes: row i is about scale[i] * rows[i * stride ...]. The stride is the dimension
 * rounded up to a multiple of 4, zero padded. Sums of 255 times codes must stay below 2^30. Scales
 * are best rounded by wh_vec_scale(): kernels may be faster where they are few. */
struct wh_vec_codes {
    const int8_t *rows;
    size_t stride;
    const float *scale;
    const int32_t *start; /* -128 times the sum of the row's codes */
};

/* What the first dimensions of codes tell already: where product is what they add to a score, the
 * others add tail * reach at most. Kernels may leave rows out by it that are no hits anyway. */
struct wh_vec_code_head {
    size_t dims;          /* a multiple of 4; 0: no such thing, and nothing else counts */
    const int32_t *start; /* of every row: as in wh_vec_codes, for these dimensions */
    const float *tail;    /* of every row */
    float reach;
    size_t *doubts; /* rows that were not left out are added */
};

/* A panel of queries as bytes, each code + 128: codes[j * WH_VEC_PANEL + 4 * q + b] is query q at
 * dimension j + b, for j a multiple of 4; all arrays 64-byte aligned. */
struct wh_vec_code_panel {
    const uint8_t *codes;
    float scale;            /* of all queries */
    const float *threshold; /* WH_VEC_PANEL */
    const float *width;     /* WH_VEC_PANEL: times the row's spread, it is added to a product */
    const float *spread;    /* of every row */
    const float *half;      /* of every row: what is taken from its product */
    const float *norm;      /* of every row: times rest, it is added to its products */
    float rest;
    struct wh_vec_code_head head;
};

/* Blocks of WH_VEC_ABREAST rows, each with so many codes, one group of codes after the other. */
struct wh_vec_sketches {
    const uint8_t *codes;
    size_t groups;
};

/* Rows as half bytes, WH_VEC_BLOCK of them side by side: coordinate j of row i is about scale[i] *
 * (its nibble - 8). Row r of a block has in byte 4 * r + b of the block's group g, 64 bytes each,
 * coordinate 8 * g + b in the low half and 8 * g + 4 + b in the high one. The others are upper
 * halves of floats, one a row; a row whose half is NaN passes nothing. All 64-byte aligned. */
#define WH_VEC_BLOCK 16
struct wh_vec_nibbles {
    const uint8_t *nibbles;
    size_t groups; /* a block */
    const uint16_t *scale, *spread, *half;
};

/* One query for them: 8 codes a group, -127 to 127, zeros beyond the dimension. */
struct wh_vec_nibble_query {
    const int8_t *codes;
    int32_t start; /* -8 times the sum of the codes */
    float scale, width, keep, threshold;
};

/* A panel of queries and a panel of rows, both as bytes, that are to meet: byte 4 * i + b of a
 * group, 4 * WH_VEC_PANEL bytes each, is item i at dimension 4 * group + b. All arrays 64-byte
 * aligned. */
struct wh_vec_meeting {
    const uint8_t *queries; /* each code + 128 */
    const int8_t *rows;
    size_t groups;
    const int32_t *query_reach, *query_start, *row_reach, *row_start; /* WH_VEC_PANEL each */
};

struct wh_vec_pair {
    uint32_t row, query;
};

struct wh_vec_kernel {
    const char *name;                         /* "scalar", "avx2", "avxvnni", "avx512" ... */
    bool (*usable)(const struct wh_cpu *cpu); /* whether this processor has it */

    /* out[i] = row i . query, for count rows; query has stride floats, zero padded, 64-aligned. */
    void (*dot_rows)(const float *rows, size_t stride, size_t count, const float *query,
                     float *out);

    /* Batch: panel holds WH_VEC_PANEL queries transposed, panel[j * WH_VEC_PANEL + q] = query q at
     * dimension j, for dim dimensions, 64-aligned. out[i * WH_VEC_PANEL + q] = row i . query q. */
    void (*dot_panel)(const float *rows, size_t stride, size_t count, const float *panel,
                      size_t dim, float *out);

    /* Scores a tile and finds the rows worth a second look: s = out[i * P + q] - half[i], where out
     * is what dot_panel wrote. Appends to hits every (i, q) with s >= threshold[q], in order of i;
     * returns how many (at most count * P). */
    size_t (*sieve)(const float *dots, const float *half, size_t count, const float *threshold,
                    struct wh_vec_hit *hits);

    /* sums[q] += e^(-|row i - query q|^2 / (2 h^2)) for every row, by the squared distance
     * |row|^2 + |query|^2 - 2 row . query in float (half[i] = |row i|^2 / 2). The one that is no
     * filter: all kernels give the same bits. */
    void (*bells)(const float *rows, size_t stride, size_t count, const float *half,
                  const struct wh_vec_bells *bells);

    /* Both NULL where bytes are no faster than floats. s = (row codes . query codes) * row scale *
     * query scale + spread[i] * width[q] + norm[i] * rest - half[i], wrong by at most 2^-22 times
     * the sum of the four terms' magnitudes; hits as for sieve. */
    size_t (*sieve_codes)(const struct wh_vec_codes *codes, size_t count,
                          const struct wh_vec_code_panel *panel, struct wh_vec_hit *hits);
    /* out[i] = row codes . query codes, exactly, for one query: stride bytes, each code + 128. */
    void (*dot_codes)(const struct wh_vec_codes *codes, size_t count, const uint8_t *query,
                      int32_t *out);
    /* Never NULL. Finds the pairs for which the sum of products of their bytes + query_start +
     * row_start + the larger of query_reach and row_reach is not negative, exactly; no such sum,
     * nor a part of it, exceeds 31 bits. Returns how many, at most WH_VEC_PANEL^2, in no order. */
    size_t (*meet)(const struct wh_vec_meeting *meeting, struct wh_vec_pair *hits);

    /* NULL likewise. s = ((nibbles - 8) . codes) * row scale * query scale + spread[i] * width -
     * half[i] * keep, wrong by at most 2^-22 times the sum of the three terms' magnitudes; rows
     * with s >= threshold go to hits, in order, as those of query 0. */
    size_t (*sieve_nibbles)(const struct wh_vec_nibbles *rows, size_t blocks,
                            const struct wh_vec_nibble_query *query, struct wh_vec_hit *hits);

    /* Sketches: a row as some codes of so many bits each, looked up in tables; 0 and NULL where
     * that is no faster than bytes. */
    unsigned sketch_bits;
    /* Bit i of masks[b * WH_VEC_FEW + q] tells whether for row i of block b the sum over g of
     *     tables[((g * WH_VEC_FEW + q) << sketch_bits) + codes[(b * groups + g) * WH_VEC_ABREAST +
     * i]] reaches limits[b * WH_VEC_FEW + q]; sums stop at 255. All arrays 64-byte aligned. */
    void (*sieve_sketches)(const struct wh_vec_sketches *sketches, size_t blocks,
                           const uint8_t *tables, const uint8_t *limits, uint64_t *masks);
    /* Tables of one query out of WH_VEC_FEW: for every group g and code c, out[((g * WH_VEC_FEW) <<
     * sketch_bits) + c] is values[(g << sketch_bits) + c] * scale rounded up, give or take
     * WH_VEC_ENTRY_ERROR, at least 0 and at most 255. Values are finite. */
    void (*fill_tables)(const float *values, size_t groups, float scale, uint8_t *out);
};
#define WH_VEC_ENTRY_ERROR 0x1p-11 /* an entry may be too low by this, for entries up to 255 */

/* The chosen kernel: the fastest usable one, or the one named by WORDHAZE_KERNEL. Chosen once by
 * wh_vec_choose() (thread-safe, idempotent). An unknown or unusable name is WH_USAGE. */
enum wh_status wh_vec_choose(void);
/* Takes the named kernel from now on; not while other threads compute. For tests and benchmarks. */
enum wh_status wh_vec_force(const char *name);
const struct wh_vec_kernel *wh_vec(void);

/* All kernels compiled in, slowest first, NULL-terminated: for tests and the benchmark. */
const struct wh_vec_kernel *const *wh_vec_all(void);

/* Upper bound on |kernel result - exact inner product of the float inputs| for any summation order:
 * gamma_n |a| |b| with gamma_n = n u / (1 - n u), u = 2^-24 (Higham 2002, section 3.1), plus the
 * underflow term. norm_a, norm_b are upper bounds on the Euclidean norms. */
double wh_vec_error(size_t dim, double norm_a, double norm_b);

/* The scale, rounded up: eight are left between two powers of two. */
#define WH_VEC_SCALE_SHIFT 20
float wh_vec_scale(float scale);

size_t wh_vec_stride(size_t dim); /* dim rounded up to a multiple of WH_VEC_LANES */

#endif
