/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vec_neondot.c - NEON with byte products: four of them, and their sum, in every lane of one
 * instruction. Both sides are signed, so queries, which come shifted up by 128, are shifted back.
 * Floats are those of vec_neon.c; four rows by four registers of queries, as there.
 */
#include <arm_neon.h>
#include <string.h>

#include "vec/vec_meet.h"

#define LANES  4
#define HEIGHT 4
#define STRIP  4 /* registers of queries at a time; a divisor of those of a panel */
#define BYTES  16

static bool usable(const struct wh_cpu *cpu) {
    return cpu->neon && cpu->neon_dot;
}

static inline int8x16_t four(const int8_t *codes) {
    int32_t bytes;
    memcpy(&bytes, codes, sizeof bytes);
    return vreinterpretq_s8_s32(vdupq_n_s32(bytes));
}

/* The codes themselves: what came shifted up by 128 differs from them in its top bit. */
static inline int8x16_t shifted_back(const uint8_t *codes) {
    return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(codes), vdupq_n_u8(0x80)));
}

/* Some rows against one strip of the panel. */
static inline __attribute__((always_inline)) void tile(const struct wh_vec_code_rows *from,
                                                       size_t first, size_t height,
                                                       const uint8_t *panel, int32_t *out) {
    const int8_t *rows = from->rows + first * from->row_step;
    int32x4_t sums[HEIGHT][STRIP];
    for (size_t r = 0; r < height; r++)
        for (size_t v = 0; v < STRIP; v++)
            sums[r][v] = vdupq_n_s32(0);
    for (size_t g = 0; g < from->groups; g++, rows += from->group_step) {
        int8x16_t element[HEIGHT];
        for (size_t r = 0; r < height; r++)
            element[r] = four(rows + r * from->row_step);
        for (size_t v = 0; v < STRIP; v++) {
            int8x16_t lane = shifted_back(panel + g * 4 * WH_VEC_PANEL + v * BYTES);
            for (size_t r = 0; r < height; r++)
                sums[r][v] = vdotq_s32(sums[r][v], lane, element[r]);
        }
    }
    for (size_t r = 0; r < height; r++)
        for (size_t v = 0; v < STRIP; v++)
            vst1q_s32(out + r * WH_VEC_PANEL + v * LANES, sums[r][v]);
}

/* Of codes that are shifted back, so that a row's sums begin with nothing. */
static void products(const struct wh_vec_code_rows *rows, size_t first, size_t height,
                     const uint8_t *panel, int32_t *out) {
    for (size_t q = 0; q < WH_VEC_PANEL; q += STRIP * LANES) {
        if (height == HEIGHT)
            tile(rows, first, HEIGHT, panel + 4 * q, out + q);
        else
            tile(rows, first, 1, panel + 4 * q, out + q);
    }
}

/* Rows first .. first + height - 1, whose products are sums. */
static size_t sift(const struct wh_vec_codes *codes, size_t first, size_t height,
                   const struct wh_vec_code_panel *panel, const int32_t *sums,
                   struct wh_vec_hit *hits) {
    size_t found = 0;
    for (size_t r = 0; r < height; r++) {
        float32x4_t scale = vdupq_n_f32(codes->scale[first + r]);
        float32x4_t shift =
            vdupq_n_f32(panel->half[first + r] - panel->norm[first + r] * panel->rest);
        float32x4_t spread = vdupq_n_f32(panel->spread[first + r]);
        for (size_t q = 0; q < WH_VEC_PANEL; q += LANES) {
            int32x4_t sum = vld1q_s32(sums + r * WH_VEC_PANEL + q);
            float32x4_t product = vmulq_f32(vcvtq_f32_s32(sum), scale);
            product = vmulq_n_f32(product, panel->scale);
            float32x4_t rest = vsubq_f32(vmulq_f32(spread, vld1q_f32(panel->width + q)), shift);
            float32x4_t score = vaddq_f32(product, rest);
            if (!vmaxvq_u32(vcgeq_f32(score, vld1q_f32(panel->threshold + q))))
                continue;
            float scores[LANES];
            vst1q_f32(scores, score);
            for (size_t lane = 0; lane < LANES; lane++)
                if (scores[lane] >= panel->threshold[q + lane])
                    hits[found++] = (struct wh_vec_hit){(uint32_t)(first + r), (uint32_t)(q + lane),
                                                        scores[lane]};
        }
    }
    return found;
}

static const struct wh_vec_tiles tiles = {HEIGHT, products, sift};

static size_t sieve_codes(const struct wh_vec_codes *codes, size_t count,
                          const struct wh_vec_code_panel *panel, struct wh_vec_hit *hits) {
    return wh_vec_sieve_tiles(&tiles, codes, count, panel, hits);
}

/* The queries' 128 goes to where rows start. */
static size_t meet(const struct wh_vec_meeting *meeting, struct wh_vec_pair *hits) {
    const int8x16_t most = vdupq_n_s8(64);
    _Alignas(64) int32_t start[WH_VEC_PANEL];
    struct wh_vec_meeting shifted = *meeting;
    for (size_t r = 0; r < WH_VEC_PANEL; r += LANES) {
        int32x4_t sum = vdupq_n_s32(0);
        for (size_t g = 0; g < meeting->groups; g++)
            sum = vdotq_s32(sum, vld1q_s8(meeting->rows + g * 4 * WH_VEC_PANEL + 4 * r), most);
        vst1q_s32(start + r, vaddq_s32(vld1q_s32(meeting->row_start + r), vaddq_s32(sum, sum)));
    }
    shifted.row_start = start;
    return meet_tiles(&shifted, HEIGHT, products, hits);
}

static void dot_codes(const struct wh_vec_codes *codes, size_t count, const uint8_t *query,
                      int32_t *out) {
    size_t stride = codes->stride;
    for (size_t i = 0; i < count; i++) {
        const int8_t *row = codes->rows + i * stride;
        int32x4_t sum = vdupq_n_s32(0);
        size_t j = 0;
        for (; j + BYTES <= stride; j += BYTES)
            sum = vdotq_s32(sum, shifted_back(query + j), vld1q_s8(row + j));
        out[i] = vaddvq_s32(sum);
        for (; j < stride; j++)
            out[i] += (query[j] - 128) * row[j];
    }
}

/* ---- half bytes ---- */

static inline float32x4_t upper_halves(const uint16_t *halves) {
    return vreinterpretq_f32_u32(vshlq_n_u32(vmovl_u16(vld1_u16(halves)), 16));
}

/* Four rows of a block with a query; half bytes are no less when signed. */
static int32x4_t block_sums(const uint8_t *nibbles, size_t groups, const int8_t *codes) {
    int32x4_t even = vdupq_n_s32(0), odd = even;
    for (size_t g = 0; g < groups; g++) {
        uint8x16_t here = vld1q_u8(nibbles + g * 64);
        int8x16_t low = vreinterpretq_s8_u8(vandq_u8(here, vdupq_n_u8(15)));
        int8x16_t high = vreinterpretq_s8_u8(vshrq_n_u8(here, 4));
        even = vdotq_s32(even, low, four(codes + 8 * g));
        odd = vdotq_s32(odd, high, four(codes + 8 * g + 4));
    }
    return vaddq_s32(even, odd);
}

static size_t sieve_nibbles(const struct wh_vec_nibbles *rows, size_t blocks,
                            const struct wh_vec_nibble_query *query, struct wh_vec_hit *hits) {
    size_t found = 0;
    for (size_t i = 0; i < blocks * WH_VEC_BLOCK; i += LANES) {
        const uint8_t *nibbles =
            rows->nibbles + i / WH_VEC_BLOCK * rows->groups * 64 + i % WH_VEC_BLOCK * 4;
        int32x4_t sum =
            vaddq_s32(block_sums(nibbles, rows->groups, query->codes), vdupq_n_s32(query->start));
        float32x4_t scale = vmulq_n_f32(upper_halves(rows->scale + i), query->scale);
        float32x4_t rest = vsubq_f32(vmulq_n_f32(upper_halves(rows->spread + i), query->width),
                                     vmulq_n_f32(upper_halves(rows->half + i), query->keep));
        float32x4_t score = vaddq_f32(vmulq_f32(vcvtq_f32_s32(sum), scale), rest);
        float scores[LANES];
        if (!vmaxvq_u32(vcgeq_f32(score, vdupq_n_f32(query->threshold))))
            continue;
        vst1q_f32(scores, score);
        for (size_t r = 0; r < LANES; r++)
            if (scores[r] >= query->threshold)
                hits[found++] = (struct wh_vec_hit){(uint32_t)(i + r), 0, scores[r]};
    }
    return found;
}

const struct wh_vec_kernel wh_vec_neondot = {
    .name = "neondot",
    .usable = usable,
    .dot_rows = wh_neon_dot_rows,
    .dot_panel = wh_neon_dot_panel,
    .sieve = wh_neon_sieve,
    .bells = wh_neon_bells,
    .sieve_codes = sieve_codes,
    .dot_codes = dot_codes,
    .meet = meet,
    .sieve_nibbles = sieve_nibbles,
};
