/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vec_avx512.c - sixteen lanes. Batches: lanes run over queries, each row element is broadcast;
 * eight rows by three registers of queries are 24 sums in flight and leave room for the operands.
 */
#include <immintrin.h>

#include "vec/vec_bell.h"
#include "vec/vec_kernels.h"

#define LANES   16
#define VECTORS (WH_VEC_PANEL / LANES)
#define HEIGHT  8

static bool usable(const struct wh_cpu *cpu) {
    return cpu->avx512f && cpu->avx2_fma; /* half bytes are those of vec_avx2.c */
}

void wh_avx512_dot_rows(const float *rows, size_t stride, size_t count, const float *query,
                        float *out) {
    for (size_t i = 0; i < count; i++) {
        const float *row = rows + i * stride;
        __m512 even = _mm512_setzero_ps(), odd = _mm512_setzero_ps();
        size_t j = 0;
        for (; j + 2 * LANES <= stride; j += 2 * LANES) {
            even = _mm512_fmadd_ps(_mm512_load_ps(row + j), _mm512_load_ps(query + j), even);
            odd = _mm512_fmadd_ps(_mm512_load_ps(row + j + LANES),
                                  _mm512_load_ps(query + j + LANES), odd);
        }
        if (j < stride)
            even = _mm512_fmadd_ps(_mm512_load_ps(row + j), _mm512_load_ps(query + j), even);
        out[i] = _mm512_reduce_add_ps(_mm512_add_ps(even, odd));
    }
}

static inline __attribute__((always_inline)) void
tile(const float *rows, size_t stride, size_t height, const float *panel, size_t dim, float *out) {
    __m512 sums[HEIGHT][VECTORS];
    for (size_t r = 0; r < height; r++)
        for (size_t v = 0; v < VECTORS; v++)
            sums[r][v] = _mm512_setzero_ps();
    for (size_t j = 0; j < dim; j++) {
        const float *queries = panel + j * WH_VEC_PANEL;
        __m512 lane[VECTORS];
        for (size_t v = 0; v < VECTORS; v++)
            lane[v] = _mm512_load_ps(queries + v * LANES);
        for (size_t r = 0; r < height; r++) {
            __m512 element = _mm512_set1_ps(rows[r * stride + j]);
            for (size_t v = 0; v < VECTORS; v++)
                sums[r][v] = _mm512_fmadd_ps(element, lane[v], sums[r][v]);
        }
    }
    for (size_t r = 0; r < height; r++)
        for (size_t v = 0; v < VECTORS; v++)
            _mm512_store_ps(out + r * WH_VEC_PANEL + v * LANES, sums[r][v]);
}

void wh_avx512_dot_panel(const float *rows, size_t stride, size_t count, const float *panel,
                         size_t dim, float *out) {
    size_t i = 0;
    for (; i + HEIGHT <= count; i += HEIGHT)
        tile(rows + i * stride, stride, HEIGHT, panel, dim, out + i * WH_VEC_PANEL);
    for (; i < count; i++)
        tile(rows + i * stride, stride, 1, panel, dim, out + i * WH_VEC_PANEL);
}

size_t wh_avx512_sieve(const float *dots, const float *half, size_t count, const float *threshold,
                       struct wh_vec_hit *hits) {
    size_t found = 0;
    __m512 limit[VECTORS];
    for (size_t v = 0; v < VECTORS; v++)
        limit[v] = _mm512_load_ps(threshold + v * LANES);
    for (size_t i = 0; i < count; i++) {
        const float *row = dots + i * WH_VEC_PANEL;
        __m512 shift = _mm512_set1_ps(half[i]);
        for (size_t v = 0; v < VECTORS; v++) {
            __m512 score = _mm512_sub_ps(_mm512_load_ps(row + v * LANES), shift);
            unsigned mask = _mm512_cmp_ps_mask(score, limit[v], _CMP_GE_OQ);
            for (; mask; mask &= mask - 1) {
                size_t q = v * LANES + (size_t)__builtin_ctz(mask);
                hits[found++] = (struct wh_vec_hit){(uint32_t)i, (uint32_t)q, row[q] - half[i]};
            }
        }
    }
    return found;
}

void wh_avx512_bells(const float *rows, size_t stride, size_t count, const float *half,
                     const struct wh_vec_bells *bells) {
    wh_avx512_dot_panel(rows, stride, count, bells->panel, bells->dim,
                        bells->dots); /* fused, in order */
    bell_add(bells, bells->dots, half, count);
}

const struct wh_vec_kernel wh_vec_avx512 = {
    .name = "avx512",
    .usable = usable,
    .dot_rows = wh_avx512_dot_rows,
    .dot_panel = wh_avx512_dot_panel,
    .sieve = wh_avx512_sieve,
    .bells = wh_avx512_bells,
    .meet = wh_avx2_meet,
    .sieve_nibbles = wh_avx2_sieve_nibbles,
};
