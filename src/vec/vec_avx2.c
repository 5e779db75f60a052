/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vec_avx2.c - eight lanes. Batches: lanes run over queries, each row element is broadcast; two
 * rows by six registers of queries are twelve sums in flight, enough to hide the latency of FMA.
 *
 * Bytes: products of pairs of bytes would not fit the 16 bits that one instruction leaves them, so
 * a panel's bytes are split into even and odd ones, which 16 bits hold, and multiplied as such. For
 * one query both sides are signed and at most 127: then |row| times the query with the row's sign
 * does fit, two of them being 32258 at most.
 */
#include <immintrin.h>
#include <string.h>

#include "vec/vec_bell.h"
#include "vec/vec_fill.h"
#include "vec/vec_kernels.h"
#include "vec/vec_meet.h"

#define LANES   8
#define VECTORS (WH_VEC_PANEL / LANES)
#define HEIGHT  2

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

/* ---- bytes ---- */

static inline __m256i four(const int8_t *codes) {
    int bytes;
    memcpy(&bytes, codes, sizeof bytes);
    return _mm256_set1_epi32(bytes);
}

/* Products of some rows and the panel, height x WH_VEC_PANEL. */
static inline __attribute__((always_inline)) void code_tile(const struct wh_vec_code_rows *from,
                                                            size_t first, size_t height,
                                                            const uint8_t *panel, int32_t *out) {
    const __m256i low = _mm256_set1_epi16(0xff);
    const int8_t *rows = from->rows + first * from->row_step;
    __m256i sums[HEIGHT][VECTORS];
    for (size_t r = 0; r < height; r++)
        for (size_t v = 0; v < VECTORS; v++)
            sums[r][v] = _mm256_set1_epi32(from->start[first + r]);
    for (size_t g = 0; g < from->groups; g++, rows += from->group_step) {
        const __m256i *queries = (const __m256i *)(panel + g * 4 * WH_VEC_PANEL);
        __m256i even[HEIGHT], odd[HEIGHT];
        for (size_t r = 0; r < height; r++) {
            __m256i element = four(rows + r * from->row_step);
            even[r] = _mm256_srai_epi16(_mm256_slli_epi16(element, 8), 8);
            odd[r] = _mm256_srai_epi16(element, 8);
        }
        for (size_t v = 0; v < VECTORS; v++) {
            __m256i lane = _mm256_load_si256(queries + v);
            __m256i lane_even = _mm256_and_si256(lane, low), lane_odd = _mm256_srli_epi16(lane, 8);
            for (size_t r = 0; r < height; r++) {
                __m256i both = _mm256_add_epi32(_mm256_madd_epi16(lane_even, even[r]),
                                                _mm256_madd_epi16(lane_odd, odd[r]));
                sums[r][v] = _mm256_add_epi32(sums[r][v], both);
            }
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

static size_t take(unsigned mask, __m256 scores, size_t row, size_t first_query,
                   struct wh_vec_hit *hits) {
    _Alignas(32) float score[LANES];
    size_t found = 0;
    _mm256_store_ps(score, scores);
    for (; mask; mask &= mask - 1) {
        unsigned q = (unsigned)__builtin_ctz(mask);
        hits[found++] = (struct wh_vec_hit){(uint32_t)row, (uint32_t)(first_query + q), score[q]};
    }
    return found;
}

/* A row that nothing passes costs one branch. */
size_t wh_avx2_sift(const struct wh_vec_codes *codes, size_t first, size_t height,
                    const struct wh_vec_code_panel *panel, const int32_t *sums,
                    struct wh_vec_hit *hits) {
    size_t found = 0;
    for (size_t r = 0; r < height; r++) {
        __m256 scale = _mm256_set1_ps(codes->scale[first + r]);
        __m256 shift =
            _mm256_set1_ps(panel->half[first + r] - panel->norm[first + r] * panel->rest);
        __m256 spread = _mm256_set1_ps(panel->spread[first + r]), score[VECTORS];
        unsigned over[VECTORS], some = 0;
        for (size_t v = 0; v < VECTORS; v++) {
            size_t q = v * LANES;
            __m256i sum = _mm256_load_si256((const __m256i *)(sums + r * WH_VEC_PANEL + q));
            __m256 product = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), scale);
            __m256 rest = _mm256_fmsub_ps(spread, _mm256_load_ps(panel->width + q), shift);
            score[v] = _mm256_fmadd_ps(product, _mm256_set1_ps(panel->scale), rest);
            __m256 mask = _mm256_cmp_ps(score[v], _mm256_load_ps(panel->threshold + q), _CMP_GE_OQ);
            over[v] = (unsigned)_mm256_movemask_ps(mask);
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

static const struct wh_vec_tiles tiles = {HEIGHT, products, wh_avx2_sift};

static size_t sieve_codes(const struct wh_vec_codes *codes, size_t count,
                          const struct wh_vec_code_panel *panel, struct wh_vec_hit *hits) {
    return wh_vec_sieve_tiles(&tiles, codes, count, panel, hits);
}

size_t wh_avx2_meet(const struct wh_vec_meeting *meeting, struct wh_vec_pair *hits) {
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
    const __m256i ones = _mm256_set1_epi16(1), shift = _mm256_set1_epi8(-128);
    size_t stride = codes->stride;
    for (size_t i = 0; i < count; i++) {
        const int8_t *row = codes->rows + i * stride;
        __m256i sum = _mm256_setzero_si256();
        size_t j = 0;
        for (; j + 32 <= stride; j += 32) {
            __m256i codes_here = _mm256_loadu_si256((const __m256i *)(row + j));
            __m256i point = _mm256_loadu_si256((const __m256i *)(query + j));
            __m256i turned = _mm256_sign_epi8(_mm256_xor_si256(point, shift), codes_here);
            __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(codes_here), turned);
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
        }
        out[i] = add_ints(sum);
        for (; j < stride; j++)
            out[i] += (query[j] - 128) * row[j];
    }
}

/* ---- half bytes ---- */

/* Eight rows of one group: at most 4 * 2 * 15 * 127 in a lane. */
static inline __m256i group_sums(const uint8_t *nibbles, const int8_t *codes) {
    const __m256i low = _mm256_set1_epi8(15);
    __m256i here = _mm256_load_si256((const __m256i *)nibbles);
    __m256i even = _mm256_maddubs_epi16(_mm256_and_si256(here, low), four(codes));
    __m256i odd =
        _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(here, 4), low), four(codes + 4));
    return _mm256_madd_epi16(_mm256_add_epi16(even, odd), _mm256_set1_epi16(1));
}

static inline __m256 upper_halves(const uint16_t *halves) {
    __m256i wide = _mm256_cvtepu16_epi32(_mm_load_si128((const __m128i *)halves));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}

static size_t take_rows(unsigned mask, __m256 scores, size_t first, struct wh_vec_hit *hits) {
    _Alignas(32) float score[LANES];
    size_t found = 0;
    _mm256_store_ps(score, scores);
    for (; mask; mask &= mask - 1) {
        unsigned r = (unsigned)__builtin_ctz(mask);
        hits[found++] = (struct wh_vec_hit){(uint32_t)(first + r), 0, score[r]};
    }
    return found;
}

size_t wh_avx2_sieve_nibbles(const struct wh_vec_nibbles *rows, size_t blocks,
                             const struct wh_vec_nibble_query *query, struct wh_vec_hit *hits) {
    const __m256 keep = _mm256_set1_ps(query->keep), limit = _mm256_set1_ps(query->threshold);
    size_t found = 0;
    for (size_t i = 0; i < blocks * WH_VEC_BLOCK; i += LANES) {
        const uint8_t *nibbles =
            rows->nibbles + i / WH_VEC_BLOCK * rows->groups * 64 + i % WH_VEC_BLOCK * 4;
        __m256i sum = _mm256_set1_epi32(query->start);
        for (size_t g = 0; g < rows->groups; g++)
            sum = _mm256_add_epi32(sum, group_sums(nibbles + g * 64, query->codes + 8 * g));
        __m256 scale = _mm256_mul_ps(upper_halves(rows->scale + i), _mm256_set1_ps(query->scale));
        __m256 rest = _mm256_fmsub_ps(upper_halves(rows->spread + i), _mm256_set1_ps(query->width),
                                      _mm256_mul_ps(upper_halves(rows->half + i), keep));
        __m256 score = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), scale, rest);
        unsigned over = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(score, limit, _CMP_GE_OQ));
        if (over)
            found += take_rows(over, score, i, hits + found);
    }
    return found;
}

/* ---- sketches ---- */

#define HALVES 2 /* registers of a block */

/* Bytes of sums that reach the limit. */
static uint64_t reached(const __m256i *sums, uint8_t limit) {
    uint64_t mask = 0;
    __m256i least = _mm256_set1_epi8((char)limit);
    for (size_t h = HALVES; h-- > 0;) {
        __m256i equal = _mm256_cmpeq_epi8(_mm256_max_epu8(sums[h], least), sums[h]);
        mask = mask << 32 | (uint32_t)_mm256_movemask_epi8(equal);
    }
    return mask;
}

void wh_avx2_sieve_sketches(const struct wh_vec_sketches *sketches, size_t blocks,
                            const uint8_t *tables, const uint8_t *limits, uint64_t *masks) {
    for (size_t b = 0; b < blocks; b++) {
        const uint8_t *codes = sketches->codes + b * sketches->groups * WH_VEC_ABREAST;
        __m256i sums[WH_VEC_FEW][HALVES];
        for (size_t q = 0; q < WH_VEC_FEW; q++)
            for (size_t h = 0; h < HALVES; h++)
                sums[q][h] = _mm256_setzero_si256();
        for (size_t g = 0; g < sketches->groups; g++) {
            __m256i code[HALVES];
            for (size_t h = 0; h < HALVES; h++)
                code[h] = _mm256_load_si256((const __m256i *)(codes + g * WH_VEC_ABREAST) + h);
            for (size_t q = 0; q < WH_VEC_FEW; q++) {
                __m256i table = _mm256_broadcastsi128_si256(
                    _mm_load_si128((const __m128i *)tables + g * WH_VEC_FEW + q));
                for (size_t h = 0; h < HALVES; h++)
                    sums[q][h] = _mm256_adds_epu8(sums[q][h], _mm256_shuffle_epi8(table, code[h]));
            }
        }
        for (size_t q = 0; q < WH_VEC_FEW; q++)
            masks[b * WH_VEC_FEW + q] = reached(sums[q], limits[b * WH_VEC_FEW + q]);
    }
}

void wh_avx2_fill_tables(const float *values, size_t groups, float scale, uint8_t *out) {
    fill_groups(values, groups, scale, WH_AVX2_SKETCH_BITS, out);
}

const struct wh_vec_kernel wh_vec_avx2 = {
    .name = "avx2",
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
    .meet = wh_avx2_meet,
    .sieve_nibbles = wh_avx2_sieve_nibbles,
};
