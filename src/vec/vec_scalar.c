/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vec_scalar.c - the reference kernel: plain loops, any processor. */
#include <math.h>
#include <string.h>

#include "vec/vec_bell.h"
#include "vec/vec_meet.h"

static bool usable(const struct wh_cpu *cpu) {
    (void)cpu;
    return true;
}

static void dot_rows(const float *rows, size_t stride, size_t count, const float *query,
                     float *out) {
    for (size_t i = 0; i < count; i++) {
        const float *row = rows + i * stride;
        float sum = 0;
        for (size_t j = 0; j < stride; j++)
            sum += row[j] * query[j];
        out[i] = sum;
    }
}

static void dot_panel(const float *rows, size_t stride, size_t count, const float *panel,
                      size_t dim, float *out) {
    for (size_t i = 0; i < count; i++) {
        const float *row = rows + i * stride;
        float *sums = out + i * WH_VEC_PANEL;
        for (size_t q = 0; q < WH_VEC_PANEL; q++)
            sums[q] = 0;
        for (size_t j = 0; j < dim; j++)
            for (size_t q = 0; q < WH_VEC_PANEL; q++)
                sums[q] += row[j] * panel[j * WH_VEC_PANEL + q];
    }
}

static size_t sieve(const float *dots, const float *half, size_t count, const float *threshold,
                    struct wh_vec_hit *hits) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t q = 0; q < WH_VEC_PANEL; q++) {
            float score = dots[i * WH_VEC_PANEL + q] - half[i];
            if (score >= threshold[q])
                hits[found++] = (struct wh_vec_hit){(uint32_t)i, (uint32_t)q, score};
        }
    }
    return found;
}

/* Fused as in the other kernels, whatever that costs where the processor cannot. */
static void bells(const float *rows, size_t stride, size_t count, const float *half,
                  const struct wh_vec_bells *bells) {
    for (size_t i = 0; i < count; i++) {
        for (size_t q = 0; q < WH_VEC_PANEL; q++) {
            float sum = 0;
            for (size_t j = 0; j < bells->dim; j++)
                sum = fmaf(rows[i * stride + j], bells->panel[j * WH_VEC_PANEL + q], sum);
            bells->dots[i * WH_VEC_PANEL + q] = sum;
        }
    }
    bell_add(bells, bells->dots, half, count);
}

static size_t sieve_codes(const struct wh_vec_codes *codes, size_t count,
                          const struct wh_vec_code_panel *panel, struct wh_vec_hit *hits) {
    const struct wh_vec_code_rows rows = {codes->rows, codes->stride, 4, codes->stride / 4,
                                          codes->start};
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t sums[WH_VEC_PANEL];
        meet_products(&rows, i, 1, panel->codes, sums);
        for (size_t q = 0; q < WH_VEC_PANEL; q++) {
            float score = (float)sums[q] * codes->scale[i] * panel->scale +
                          (panel->spread[i] * panel->width[q] -
                           (panel->half[i] - panel->norm[i] * panel->rest));
            if (score >= panel->threshold[q])
                hits[found++] = (struct wh_vec_hit){(uint32_t)i, (uint32_t)q, score};
        }
    }
    return found;
}

static size_t meet(const struct wh_vec_meeting *meeting, struct wh_vec_pair *hits) {
    return meet_tiles(meeting, 1, meet_products, hits);
}

static void dot_codes(const struct wh_vec_codes *codes, size_t count, const uint8_t *query,
                      int32_t *out) {
    for (size_t i = 0; i < count; i++) {
        const int8_t *row = codes->rows + i * codes->stride;
        int32_t sum = codes->start[i];
        for (size_t j = 0; j < codes->stride; j++)
            sum += row[j] * query[j];
        out[i] = sum;
    }
}

static float upper_half(uint16_t bits) {
    uint32_t whole = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &whole, sizeof value);
    return value;
}

static int32_t dot_nibbles(const uint8_t *row, size_t groups, const int8_t *codes) {
    int32_t sum = 0;
    for (size_t g = 0; g < groups; g++)
        for (size_t b = 0; b < 4; b++)
            sum += (row[g * 64 + b] & 15) * codes[8 * g + b] +
                   (row[g * 64 + b] >> 4) * codes[8 * g + 4 + b];
    return sum;
}

static size_t sieve_nibbles(const struct wh_vec_nibbles *rows, size_t blocks,
                            const struct wh_vec_nibble_query *query, struct wh_vec_hit *hits) {
    size_t found = 0;
    for (size_t i = 0; i < blocks * WH_VEC_BLOCK; i++) {
        const uint8_t *block = rows->nibbles + i / WH_VEC_BLOCK * rows->groups * 64;
        int32_t sum =
            query->start + dot_nibbles(block + i % WH_VEC_BLOCK * 4, rows->groups, query->codes);
        float score =
            (float)sum * (upper_half(rows->scale[i]) * query->scale) +
            (upper_half(rows->spread[i]) * query->width - upper_half(rows->half[i]) * query->keep);
        if (score >= query->threshold)
            hits[found++] = (struct wh_vec_hit){(uint32_t)i, 0, score};
    }
    return found;
}

const struct wh_vec_kernel wh_vec_scalar = {
    .name = "scalar",
    .usable = usable,
    .dot_rows = dot_rows,
    .dot_panel = dot_panel,
    .sieve = sieve,
    .bells = bells,
    .sieve_codes = sieve_codes,
    .dot_codes = dot_codes,
    .meet = meet,
    .sieve_nibbles = sieve_nibbles,
};
