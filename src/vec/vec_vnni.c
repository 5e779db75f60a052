/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vec_vnni.c - AVX-512 with byte products: four of them, and their sum, in every lane of one
 * instruction. Unsigned bytes times signed ones are what it multiplies, so queries are shifted up
 * by 128 and a row starts from what that adds too much. Floats are those of vec_avx512.c.
 */
#include <immintrin.h>
#include <string.h>

#include "vec/vec_bell.h"
#include "vec/vec_kernels.h"

#define LANES   16
#define VECTORS (WH_VEC_PANEL / LANES)
#define HEIGHT  8

static bool usable(const struct wh_cpu *cpu) {
    return cpu->avx512_vnni;
}

static inline __m512i four(const int8_t *codes) {
    int bytes;
    memcpy(&bytes, codes, sizeof bytes);
    return _mm512_set1_epi32(bytes);
}

static size_t take(__mmask16 mask, __m512 scores, size_t row, size_t first_query,
                   struct wh_vec_hit *hits) {
    _Alignas(64) float score[LANES];
    size_t found = 0;
    _mm512_store_ps(score, scores);
    for (unsigned left = mask; left; left &= left - 1) {
        unsigned q = (unsigned)__builtin_ctz(left);
        hits[found++] = (struct wh_vec_hit){(uint32_t)row, (uint32_t)(first_query + q), score[q]};
    }
    return found;
}

/* Products of some rows and the panel, height x WH_VEC_PANEL. Unrolled by order: otherwise the
 * compiler may keep the sums in memory. */
static inline __attribute__((always_inline)) void code_tile(const struct wh_vec_codes *codes,
                                                            size_t first, size_t height,
                                                            const uint8_t *panel, int32_t *out) {
    __m512i sums[HEIGHT][VECTORS];
    const int8_t *rows = codes->rows + first * codes->stride;
#pragma GCC unroll 8
    for (size_t r = 0; r < height; r++)
        for (size_t v = 0; v < VECTORS; v++)
            sums[r][v] = _mm512_set1_epi32(codes->start[first + r]);
    for (size_t j = 0; j < codes->stride; j += 4) {
        const uint8_t *queries = panel + j * WH_VEC_PANEL;
        __m512i lane[VECTORS];
        for (size_t v = 0; v < VECTORS; v++)
            lane[v] = _mm512_load_si512(queries + v * 64);
#pragma GCC unroll 8
        for (size_t r = 0; r < height; r++) {
            __m512i element = four(rows + r * codes->stride + j);
            for (size_t v = 0; v < VECTORS; v++)
                sums[r][v] = _mm512_dpbusd_epi32(sums[r][v], lane[v], element);
        }
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < height; r++)
        for (size_t v = 0; v < VECTORS; v++)
            _mm512_store_si512(out + r * WH_VEC_PANEL + v * LANES, sums[r][v]);
}

static void products(const struct wh_vec_codes *codes, size_t first, size_t height,
                     const uint8_t *panel, int32_t *out) {
    if (height == HEIGHT)
        code_tile(codes, first, HEIGHT, panel, out);
    else
        code_tile(codes, first, 1, panel, out);
}

/* Rows first .. first + height - 1 of the tile; a row that nothing passes costs one branch. */
static size_t sift(const struct wh_vec_codes *codes, size_t first, size_t height,
                   const struct wh_vec_code_panel *panel, const int32_t *sums,
                   struct wh_vec_hit *hits) {
    size_t found = 0;
    for (size_t r = 0; r < height; r++) {
        __m512 scale = _mm512_set1_ps(codes->scale[first + r]);
        __m512 shift = _mm512_set1_ps(panel->half[first + r]);
        __m512 spread = _mm512_set1_ps(panel->spread[first + r]), score[VECTORS];
        __mmask16 over[VECTORS];
        unsigned some = 0;
        for (size_t v = 0; v < VECTORS; v++) {
            size_t q = v * LANES;
            __m512i sum = _mm512_load_si512(sums + r * WH_VEC_PANEL + q);
            __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale);
            __m512 rest = _mm512_fmsub_ps(spread, _mm512_load_ps(panel->width + q), shift);
            score[v] = _mm512_fmadd_ps(product, _mm512_load_ps(panel->scale + q), rest);
            over[v] =
                _mm512_cmp_ps_mask(score[v], _mm512_load_ps(panel->threshold + q), _CMP_GE_OQ);
            some |= over[v];
        }
        if (!some)
            continue;
#pragma GCC unroll 8
        for (size_t v = 0; v < VECTORS; v++) /* unrolled, or else scores go by way of memory */
            found += take(over[v], score[v], first + r, v * LANES, hits + found);
    }
    return found;
}

static const struct wh_vec_tiles tiles = {HEIGHT, products, sift};

static size_t sieve_codes(const struct wh_vec_codes *codes, size_t count,
                          const struct wh_vec_code_panel *panel, struct wh_vec_hit *hits) {
    return wh_vec_sieve_tiles(&tiles, codes, count, panel, hits);
}

static void dot_codes(const struct wh_vec_codes *codes, size_t count, const uint8_t *query,
                      int32_t *out) {
    size_t stride = codes->stride;
    for (size_t i = 0; i < count; i++) {
        const int8_t *row = codes->rows + i * stride;
        __m512i sum = _mm512_setzero_si512();
        size_t j = 0;
        for (; j + 64 <= stride; j += 64)
            sum = _mm512_dpbusd_epi32(sum, _mm512_loadu_si512(query + j),
                                      _mm512_loadu_si512(row + j));
        if (j < stride) {
            __mmask64 mask = ~(__mmask64)0 >> (64 - (stride - j));
            sum = _mm512_dpbusd_epi32(sum, _mm512_maskz_loadu_epi8(mask, query + j),
                                      _mm512_maskz_loadu_epi8(mask, row + j));
        }
        out[i] = _mm512_reduce_add_epi32(sum) + codes->start[i];
    }
}

/* ---- half bytes ---- */

static inline __m512 upper_halves(const uint16_t *halves) {
    __m512i wide = _mm512_cvtepu16_epi32(_mm256_load_si256((const __m256i *)halves));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}

/* One block with a query: lanes run over rows, so no sums go across them. */
static inline __m512i block_sums(const uint8_t *nibbles, size_t groups, const int8_t *codes) {
    const __m512i low = _mm512_set1_epi8(15);
    __m512i even = _mm512_setzero_si512(), odd = even;
#pragma GCC unroll 4
    for (size_t g = 0; g < groups; g++) {
        __m512i here = _mm512_load_si512(nibbles + g * 64);
        __m512i high = _mm512_and_si512(_mm512_srli_epi16(here, 4), low);
        even = _mm512_dpbusd_epi32(even, _mm512_and_si512(here, low), four(codes + 8 * g));
        odd = _mm512_dpbusd_epi32(odd, high, four(codes + 8 * g + 4));
    }
    return _mm512_add_epi32(even, odd);
}

static size_t take_rows(__mmask16 mask, __m512 scores, size_t first, struct wh_vec_hit *hits) {
    _Alignas(64) float score[LANES];
    size_t found = 0;
    _mm512_store_ps(score, scores);
    for (unsigned left = mask; left; left &= left - 1) {
        unsigned r = (unsigned)__builtin_ctz(left);
        hits[found++] = (struct wh_vec_hit){(uint32_t)(first + r), 0, score[r]};
    }
    return found;
}

static size_t sieve_nibbles(const struct wh_vec_nibbles *rows, size_t blocks,
                            const struct wh_vec_nibble_query *query, struct wh_vec_hit *hits) {
    const __m512i start = _mm512_set1_epi32(query->start);
    const __m512 keep = _mm512_set1_ps(query->keep), limit = _mm512_set1_ps(query->threshold);
    const __m512 query_scale = _mm512_set1_ps(query->scale), width = _mm512_set1_ps(query->width);
    size_t found = 0;
    for (size_t b = 0; b < blocks; b++) {
        size_t i = b * WH_VEC_BLOCK;
        __m512i sum = block_sums(rows->nibbles + b * rows->groups * 64, rows->groups, query->codes);
        __m512 product = _mm512_cvtepi32_ps(_mm512_add_epi32(sum, start));
        __m512 scale = _mm512_mul_ps(upper_halves(rows->scale + i), query_scale);
        __m512 rest = _mm512_fmsub_ps(upper_halves(rows->spread + i), width,
                                      _mm512_mul_ps(upper_halves(rows->half + i), keep));
        __m512 score = _mm512_fmadd_ps(product, scale, rest);
        __mmask16 over = _mm512_cmp_ps_mask(score, limit, _CMP_GE_OQ);
        if (over)
            found += take_rows(over, score, i, hits + found);
    }
    return found;
}

const struct wh_vec_kernel wh_vec_vnni = {
    .name = "vnni",
    .usable = usable,
    .dot_rows = wh_avx512_dot_rows,
    .dot_panel = wh_avx512_dot_panel,
    .sieve = wh_avx512_sieve,
    .bells = wh_avx512_bells,
    .sieve_codes = sieve_codes,
    .dot_codes = dot_codes,
    .sieve_nibbles = sieve_nibbles,
};
