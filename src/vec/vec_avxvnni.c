/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vec_avxvnni.c - the byte products of vec_vnni.c for processors that have them in registers of
 * eight lanes only. Floats are those of vec_avx2.c; two rows by six registers of queries, as there.
 */
#include <immintrin.h>
#include <string.h>

#include "vec/vec_meet.h"

#define LANES   8
#define VECTORS (WH_VEC_PANEL / LANES)
#define HEIGHT  2

static bool usable(const struct wh_cpu *cpu) {
    return cpu->avx2_fma && cpu->avx_vnni;
}

static inline __m256i four(const int8_t *codes) {
    int bytes;
    memcpy(&bytes, codes, sizeof bytes);
    return _mm256_set1_epi32(bytes);
}

/* Products of some rows and the panel, height x WH_VEC_PANEL. */
static inline __attribute__((always_inline)) void code_tile(const struct wh_vec_code_rows *from,
                                                            size_t first, size_t height,
                                                            const uint8_t *panel, int32_t *out) {
    __m256i sums[HEIGHT][VECTORS];
    const int8_t *rows = from->rows + first * from->row_step;
    for (size_t r = 0; r < height; r++)
        for (size_t v = 0; v < VECTORS; v++)
            sums[r][v] = _mm256_set1_epi32(from->start[first + r]);
    for (size_t g = 0; g < from->groups; g++, rows += from->group_step) {
        const uint8_t *queries = panel + g * 4 * WH_VEC_PANEL;
        __m256i element[HEIGHT];
        for (size_t r = 0; r < height; r++)
            element[r] = four(rows + r * from->row_step);
        for (size_t v = 0; v < VECTORS; v++) {
            __m256i lane = _mm256_load_si256((const __m256i *)(queries + v * 32));
            for (size_t r = 0; r < height; r++)
                sums[r][v] = _mm256_dpbusd_avx_epi32(sums[r][v], lane, element[r]);
        }
    }
    for (size_t r = 0; r < height; r++)
        for (size_t v = 0; v < VECTORS; v++)
            _mm256_store_si256((__m256i *)(out + r * WH_VEC_PANEL + v * LANES), sums[r][v]);
}

static void products(const struct wh_vec_code_rows *rows, size_t first, size_t height,
                     const uint8_t *panel, int32_t *out) {
    if (height == HEIGHT)
        code_tile(rows, first, HEIGHT, panel, out);
    else
        code_tile(rows, first, 1, panel, out);
}

static const struct wh_vec_tiles tiles = {HEIGHT, products, wh_avx2_sift};

static size_t sieve_codes(const struct wh_vec_codes *codes, size_t count,
                          const struct wh_vec_code_panel *panel, struct wh_vec_hit *hits) {
    return wh_vec_sieve_tiles(&tiles, codes, count, panel, hits);
}

static size_t meet(const struct wh_vec_meeting *meeting, struct wh_vec_pair *hits) {
    return meet_tiles(meeting, HEIGHT, products, hits);
}

static int32_t add_ints(__m256i v) {
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
    return _mm_cvtsi128_si32(half);
}

static void dot_codes(const struct wh_vec_codes *codes, size_t count, const uint8_t *query,
                      int32_t *out) {
    size_t stride = codes->stride;
    for (size_t i = 0; i < count; i++) {
        const int8_t *row = codes->rows + i * stride;
        __m256i sum = _mm256_setzero_si256();
        size_t j = 0;
        for (; j + 32 <= stride; j += 32)
            sum = _mm256_dpbusd_avx_epi32(sum, _mm256_loadu_si256((const __m256i *)(query + j)),
                                          _mm256_loadu_si256((const __m256i *)(row + j)));
        out[i] = add_ints(sum) + codes->start[i];
        for (; j < stride; j++)
            out[i] += query[j] * row[j];
    }
}

const struct wh_vec_kernel wh_vec_avxvnni = {
    .name = "avxvnni",
    .usable = usable,
    .dot_rows = wh_avx2_dot_rows,
    .dot_panel = wh_avx2_dot_panel,
    .sieve = wh_avx2_sieve,
    .bells = wh_avx2_bells,
    .sieve_codes = sieve_codes,
    .dot_codes = dot_codes,
    .sketch_bits = WH_AVX2_SKETCH_BITS,
    .sieve_sketches = wh_avx2_sieve_sketches,
    .fill_tables = wh_avx2_fill_tables,
    .meet = meet,
    .sieve_nibbles = wh_avx2_sieve_nibbles,
};
