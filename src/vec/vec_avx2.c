/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vec_avx2.c - eight lanes. Batches: lanes run over queries, each row element is broadcast; two
 * rows by six registers of queries are twelve sums in flight, enough to hide the latency of FMA.
 */
#include <immintrin.h>

#include "vec/vec_bell.h"
#include "vec/vec_kernels.h"

#define LANES   8
#define VECTORS (WH_VEC_PANEL / LANES)

static bool usable(const struct wh_cpu *cpu) {
    return cpu->avx2_fma;
}

static float add_lanes(__m256 v) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

void wh_avx2_dot_rows(const float *rows, size_t stride, size_t count, const float *query,
                      float *out) {
    for (size_t i = 0; i < count; i++) {
        const float *row = rows + i * stride;
        __m256 a = _mm256_setzero_ps(), b = _mm256_setzero_ps();
        for (size_t j = 0; j < stride; j += 2 * LANES) {
            a = _mm256_fmadd_ps(_mm256_load_ps(row + j), _mm256_load_ps(query + j), a);
            b = _mm256_fmadd_ps(_mm256_load_ps(row + j + LANES), _mm256_load_ps(query + j + LANES),
                                b);
        }
        out[i] = add_lanes(_mm256_add_ps(a, b));
    }
}

static inline __attribute__((always_inline)) void
tile(const float *rows, size_t stride, size_t height, const float *panel, size_t dim, float *out) {
    __m256 sums[2][VECTORS];
    for (size_t r = 0; r < height; r++)
        for (size_t v = 0; v < VECTORS; v++)
            sums[r][v] = _mm256_setzero_ps();
    for (size_t j = 0; j < dim; j++) {
        const float *queries = panel + j * WH_VEC_PANEL;
        __m256 element[2];
        for (size_t r = 0; r < height; r++)
            element[r] = _mm256_broadcast_ss(rows + r * stride + j);
        for (size_t v = 0; v < VECTORS; v++) {
            __m256 lane = _mm256_load_ps(queries + v * LANES);
            __asm__("" : "+x"(lane)); /* loaded once: loads are what the loop waits for */
            for (size_t r = 0; r < height; r++)
                sums[r][v] = _mm256_fmadd_ps(element[r], lane, sums[r][v]);
        }
    }
    for (size_t r = 0; r < height; r++)
        for (size_t v = 0; v < VECTORS; v++)
            _mm256_store_ps(out + r * WH_VEC_PANEL + v * LANES, sums[r][v]);
}

void wh_avx2_dot_panel(const float *rows, size_t stride, size_t count, const float *panel,
                       size_t dim, float *out) {
    size_t i = 0;
    for (; i + 2 <= count; i += 2)
        tile(rows + i * stride, stride, 2, panel, dim, out + i * WH_VEC_PANEL);
    if (i < count)
        tile(rows + i * stride, stride, 1, panel, dim, out + i * WH_VEC_PANEL);
}

size_t wh_avx2_sieve(const float *dots, const float *half, size_t count, const float *threshold,
                     struct wh_vec_hit *hits) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const float *row = dots + i * WH_VEC_PANEL;
        __m256 shift = _mm256_set1_ps(half[i]);
        for (size_t v = 0; v < VECTORS; v++) {
            __m256 score = _mm256_sub_ps(_mm256_load_ps(row + v * LANES), shift);
            __m256 limit = _mm256_load_ps(threshold + v * LANES);
            unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(score, limit, _CMP_GE_OQ));
            for (; mask; mask &= mask - 1) {
                size_t q = v * LANES + (size_t)__builtin_ctz(mask);
                hits[found++] = (struct wh_vec_hit){(uint32_t)i, (uint32_t)q, row[q] - half[i]};
            }
        }
    }
    return found;
}

void wh_avx2_bells(const float *rows, size_t stride, size_t count, const float *half,
                   const struct wh_vec_bells *bells) {
    wh_avx2_dot_panel(rows, stride, count, bells->panel, bells->dim,
                      bells->dots); /* fused, in order */
    bell_add(bells, bells->dots, half, count);
}

const struct wh_vec_kernel wh_vec_avx2 = {
    .name = "avx2",
    .usable = usable,
    .dot_rows = wh_avx2_dot_rows,
    .dot_panel = wh_avx2_dot_panel,
    .sieve = wh_avx2_sieve,
    .bells = wh_avx2_bells,
};
