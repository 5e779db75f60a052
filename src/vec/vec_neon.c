/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vec_neon.c - four lanes. Batches: lanes run over queries; four rows by four registers of queries
 * are sixteen sums in flight, what four units with a latency of four need, and none leaves its
 * register.
 */
#include <arm_neon.h>

#include "vec/vec_bell.h"
#include "vec/vec_kernels.h"
#include "vec/vec_meet.h"

#define LANES   4
#define VECTORS (WH_VEC_PANEL / LANES)
#define HEIGHT  4
#define STRIP   4 /* registers of queries at a time; a divisor of VECTORS */

static bool usable(const struct wh_cpu *cpu) {
    return cpu->neon;
}

void wh_neon_dot_rows(const float *rows, size_t stride, size_t count, const float *query,
                      float *out) {
    for (size_t i = 0; i < count; i++) {
        const float *row = rows + i * stride;
        float32x4_t even = vdupq_n_f32(0), odd = vdupq_n_f32(0);
        for (size_t j = 0; j < stride; j += 2 * LANES) {
            even = vfmaq_f32(even, vld1q_f32(row + j), vld1q_f32(query + j));
            odd = vfmaq_f32(odd, vld1q_f32(row + j + LANES), vld1q_f32(query + j + LANES));
        }
        out[i] = vaddvq_f32(vaddq_f32(even, odd));
    }
}

/* Some rows against one strip of the panel. */
static inline __attribute__((always_inline)) void
tile(const float *rows, size_t stride, size_t height, const float *panel, size_t dim, float *out) {
    float32x4_t sums[HEIGHT][STRIP];
    for (size_t r = 0; r < height; r++)
        for (size_t v = 0; v < STRIP; v++)
            sums[r][v] = vdupq_n_f32(0);
    for (size_t j = 0; j < dim; j++) {
        float32x4_t element[HEIGHT];
        for (size_t r = 0; r < height; r++)
            element[r] = vld1q_dup_f32(rows + r * stride + j);
        for (size_t v = 0; v < STRIP; v++) {
            float32x4_t lane = vld1q_f32(panel + j * WH_VEC_PANEL + v * LANES);
            for (size_t r = 0; r < height; r++)
                sums[r][v] = vfmaq_f32(sums[r][v], element[r], lane);
        }
    }
    for (size_t r = 0; r < height; r++)
        for (size_t v = 0; v < STRIP; v++)
            vst1q_f32(out + r * WH_VEC_PANEL + v * LANES, sums[r][v]);
}

void wh_neon_dot_panel(const float *rows, size_t stride, size_t count, const float *panel,
                       size_t dim, float *out) {
    for (size_t i = 0; i < count;) {
        size_t height = count - i >= HEIGHT ? HEIGHT : 1;
        for (size_t q = 0; q < WH_VEC_PANEL; q += STRIP * LANES) {
            const float *row = rows + i * stride;
            float *sums = out + i * WH_VEC_PANEL + q;
            if (height == HEIGHT)
                tile(row, stride, HEIGHT, panel + q, dim, sums);
            else
                tile(row, stride, 1, panel + q, dim, sums);
        }
        i += height;
    }
}

size_t wh_neon_sieve(const float *dots, const float *half, size_t count, const float *threshold,
                     struct wh_vec_hit *hits) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const float *row = dots + i * WH_VEC_PANEL;
        for (size_t v = 0; v < VECTORS; v++) {
            float32x4_t score = vsubq_f32(vld1q_f32(row + v * LANES), vdupq_n_f32(half[i]));
            if (!vmaxvq_u32(vcgeq_f32(score, vld1q_f32(threshold + v * LANES))))
                continue;
            for (size_t q = v * LANES; q < (v + 1) * LANES; q++)
                if (row[q] - half[i] >= threshold[q])
                    hits[found++] = (struct wh_vec_hit){(uint32_t)i, (uint32_t)q, row[q] - half[i]};
        }
    }
    return found;
}

void wh_neon_bells(const float *rows, size_t stride, size_t count, const float *half,
                   const struct wh_vec_bells *bells) {
    wh_neon_dot_panel(rows, stride, count, bells->panel, bells->dim,
                      bells->dots); /* fused, in order */
    bell_add(bells, bells->dots, half, count);
}

static size_t meet(const struct wh_vec_meeting *meeting, struct wh_vec_pair *hits) {
    return meet_tiles(meeting, 1, meet_products, hits);
}

const struct wh_vec_kernel wh_vec_neon = {
    .name = "neon",
    .usable = usable,
    .dot_rows = wh_neon_dot_rows,
    .dot_panel = wh_neon_dot_panel,
    .sieve = wh_neon_sieve,
    .bells = wh_neon_bells,
    .meet = meet,
};
