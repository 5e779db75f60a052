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

size_t wh_vnni_sieve_codes(const struct wh_vec_codes *codes, size_t count,
                           const struct wh_vec_code_panel *panel, struct wh_vec_hit *hits) {
    return wh_vec_sieve_tiles(&tiles, codes, count, panel, hits);
}

/* Without masks: a masked load that reaches into the next line waits for it all the same. */
void wh_vnni_dot_codes(const struct wh_vec_codes *codes, size_t count, const uint8_t *query,
                       int32_t *out) {
    size_t stride = codes->stride;
    for (size_t i = 0; i < count; i++) {
        const int8_t *row = codes->rows + i * stride;
        __m512i sum = _mm512_setzero_si512();
        __m256i half = _mm256_setzero_si256();
        __m128i few = _mm_cvtsi32_si128(codes->start[i]);
        size_t j = 0;
        for (; j + 64 <= stride; j += 64)
            sum = _mm512_dpbusd_epi32(sum, _mm512_loadu_si512(query + j),
                                      _mm512_loadu_si512(row + j));
        for (; j + 32 <= stride; j += 32)
            half = _mm256_dpbusd_epi32(half, _mm256_loadu_si256((const __m256i *)(query + j)),
                                       _mm256_loadu_si256((const __m256i *)(row + j)));
        for (; j < stride; j += 4)
            few = _mm_dpbusd_epi32(few, _mm_loadu_si32(query + j), _mm_loadu_si32(row + j));
        half = _mm256_add_epi32(half, _mm512_castsi512_si256(sum));
        half = _mm256_add_epi32(half, _mm512_extracti64x4_epi64(sum, 1));
        few = _mm_add_epi32(few, _mm256_castsi256_si128(half));
        few = _mm_add_epi32(few, _mm256_extracti128_si256(half, 1));
        few = _mm_add_epi32(few, _mm_shuffle_epi32(few, 0x4e));
        out[i] = _mm_cvtsi128_si32(_mm_add_epi32(few, _mm_shuffle_epi32(few, 0xb1)));
    }
}

const struct wh_vec_kernel wh_vec_vnni = {
    .name = "vnni",
    .usable = usable,
    .dot_rows = wh_avx512_dot_rows,
    .dot_panel = wh_avx512_dot_panel,
    .sieve = wh_avx512_sieve,
    .bells = wh_avx512_bells,
    .sieve_codes = wh_vnni_sieve_codes,
    .dot_codes = wh_vnni_dot_codes,
    .sketch_bits = WH_AVX2_SKETCH_BITS,
    .sieve_sketches = wh_avx2_sieve_sketches,
    .fill_tables = wh_avx2_fill_tables,
};
