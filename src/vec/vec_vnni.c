/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vec_vnni.c - AVX-512 with byte products: four of them, and their sum, in every lane of one
 * instruction. Unsigned bytes times signed ones are what it multiplies, so queries are shifted up
 * by 128 and a row starts from what that adds too much. Floats are those of vec_avx512.c.
 */
#include <immintrin.h>
#include <math.h>
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

/* ---- a panel: which rows of a tile deserve a look ---- */

/*
 * sum * scale * query scale + spread * width - half >= threshold, divided by both scales, says that
 * a sum reaches some bar. Sums may as well begin at minus that bar: then a tile without a hit, as
 * most are, costs little more than its products and one look at signs. Rounded so that no hit is
 * missed; widths are taken for the largest of the panel, and what is too large or too small for
 * this always passes.
 */
#define MOST    0x1p60F  /* of thresholds and halves */
#define SCALES  0x1p30F  /* scales are between this and its inverse */
#define SLACK   0x1p-19F /* more than all roundings of a term together */
#define PASSING 0x1p30F

struct bars {
    __m512 threshold[VECTORS], inverse[VECTORS]; /* the former times the latter, 1 / scale */
    __mmask16 open[VECTORS];                     /* thresholds that are numbers */
    float width;
    const uint8_t *codes;
};

/* Of every row its start, 1 / scale, and half times that with the other sign. */
struct tile_bars {
    float start[HEIGHT], inverse[HEIGHT], half[HEIGHT];
};

static void set_bars(struct bars *bars, const struct wh_vec_code_panel *panel) {
    const __m512 one = _mm512_set1_ps(1), nan = _mm512_set1_ps(NAN);
    bars->width = 0;
    bars->codes = panel->codes;
    for (size_t v = 0; v < VECTORS; v++) {
        __m512 scale = _mm512_load_ps(panel->scale + v * LANES);
        __m512 threshold = _mm512_load_ps(panel->threshold + v * LANES);
        __m512 width = _mm512_load_ps(panel->width + v * LANES);
        __mmask16 usual = _mm512_cmp_ps_mask(threshold, _mm512_set1_ps(MOST), _CMP_LT_OQ) &
                          _mm512_cmp_ps_mask(scale, _mm512_set1_ps(SCALES), _CMP_LT_OQ) &
                          _mm512_cmp_ps_mask(scale, _mm512_set1_ps(1 / SCALES), _CMP_GT_OQ);
        __m512 lower = _mm512_fnmadd_ps(_mm512_abs_ps(threshold), _mm512_set1_ps(SLACK), threshold);
        bars->inverse[v] = _mm512_div_ps(one, scale);
        bars->threshold[v] = _mm512_mask_mul_ps(nan, usual, lower, bars->inverse[v]);
        bars->open[v] = _mm512_cmp_ps_mask(threshold, threshold, _CMP_ORD_Q);
        bars->width = fmaxf(bars->width, _mm512_mask_reduce_max_ps(bars->open[v], width));
    }
}

static void set_tile_bars(struct tile_bars *tile, const struct bars *bars,
                          const struct wh_vec_codes *codes, const struct wh_vec_code_panel *panel,
                          size_t first) {
    const __m256 nan = _mm256_set1_ps(NAN), most = _mm256_set1_ps(MOST);
    const __m256 slack = _mm256_set1_ps(SLACK), one = _mm256_set1_ps(1);
    __m256 scale = _mm256_loadu_ps(codes->scale + first);
    __m256 half = _mm256_loadu_ps(panel->half + first);
    __m256 spread = _mm256_mul_ps(_mm256_loadu_ps(panel->spread + first),
                                  _mm256_set1_ps(bars->width * (1 + SLACK)));
    spread = _mm256_add_ps(spread, _mm256_mul_ps(_mm256_loadu_ps(panel->norm + first),
                                                 _mm256_set1_ps(panel->rest * (1 + SLACK))));
    __m256 start = _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)(codes->start + first)));
    __m256 size = _mm256_andnot_ps(_mm256_set1_ps(-0.0F), half);
    __mmask8 usual = _mm256_cmp_ps_mask(scale, _mm256_set1_ps(SCALES), _CMP_LT_OQ) &
                     _mm256_cmp_ps_mask(scale, _mm256_set1_ps(1 / SCALES), _CMP_GT_OQ) &
                     _mm256_cmp_ps_mask(_mm256_add_ps(size, spread), most, _CMP_LT_OQ);
    __m256 inverse = _mm256_mask_div_ps(nan, usual, one, scale);
    __m256 rest = _mm256_add_ps(_mm256_sub_ps(spread, half), _mm256_mul_ps(size, slack));
    __m256 more = _mm256_mul_ps(_mm256_andnot_ps(_mm256_set1_ps(-0.0F), start), slack);
    start = _mm256_add_ps(start, _mm256_add_ps(more, one));
    _mm256_storeu_ps(tile->start, start);
    _mm256_storeu_ps(tile->inverse, inverse);
    _mm256_storeu_ps(tile->half, _mm256_mul_ps(inverse, rest));
}

/* What a row's sum with some queries begins with; NaN becomes what passes. */
static inline __m512i beginning(const struct bars *bars, const struct tile_bars *tile, size_t r,
                                size_t v) {
    __m512 sum = _mm512_fnmadd_ps(bars->threshold[v], _mm512_set1_ps(tile->inverse[r]),
                                  _mm512_set1_ps(tile->start[r]));
    sum = _mm512_fmadd_ps(bars->inverse[v], _mm512_set1_ps(tile->half[r]), sum);
    return _mm512_cvtps_epi32(_mm512_min_ps(sum, _mm512_set1_ps(PASSING)));
}

static inline bool passing(const struct bars *bars, const __m512i sums[VECTORS]) {
    unsigned some = 0;
    for (size_t v = 0; v < VECTORS; v++)
        some |= _mm512_mask_cmpge_epi32_mask(bars->open[v], sums[v], _mm512_setzero_si512());
    return some != 0;
}

/* Whether some row of the tile may have a hit, and then the sums. Unrolled by order: otherwise the
 * compiler may keep the sums in memory. */
static inline bool tile_passes(const struct wh_vec_codes *codes, size_t first,
                               const struct bars *bars, const struct tile_bars *tile,
                               __m512i out[HEIGHT][VECTORS]) {
    __m512i sums[HEIGHT][VECTORS], all[VECTORS];
    const int8_t *rows = codes->rows + first * codes->stride;
    for (size_t v = 0; v < VECTORS; v++)
        all[v] = _mm512_set1_epi32(-1);
#pragma GCC unroll 8
    for (size_t r = 0; r < HEIGHT; r++)
        for (size_t v = 0; v < VECTORS; v++)
            sums[r][v] = beginning(bars, tile, r, v);
    for (size_t j = 0; j < codes->stride; j += 4) {
        const uint8_t *queries = bars->codes + j * WH_VEC_PANEL;
        __m512i lane[VECTORS];
        for (size_t v = 0; v < VECTORS; v++)
            lane[v] = _mm512_load_si512(queries + v * 64);
#pragma GCC unroll 8
        for (size_t r = 0; r < HEIGHT; r++) {
            __m512i element = four(rows + r * codes->stride + j);
            for (size_t v = 0; v < VECTORS; v++)
                sums[r][v] = _mm512_dpbusd_epi32(sums[r][v], lane[v], element);
        }
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < HEIGHT; r++)
        for (size_t v = 0; v < VECTORS; v++)
            all[v] = _mm512_and_si512(all[v], sums[r][v]);
    if (!passing(bars, all))
        return false;
#pragma GCC unroll 8
    for (size_t r = 0; r < HEIGHT; r++) {
        for (size_t v = 0; v < VECTORS; v++) {
            __asm__("" : "+v"(sums[r][v])); /* not stored before this is known to be needed */
            out[r][v] = sums[r][v];
        }
    }
    return true;
}

/* ---- a panel: the hits of a row ---- */

static inline void row_sums(const struct wh_vec_codes *codes, size_t row, const uint8_t *panel,
                            __m512i sums[VECTORS]) {
    for (size_t v = 0; v < VECTORS; v++)
        sums[v] = _mm512_set1_epi32(codes->start[row]);
    for (size_t j = 0; j < codes->stride; j += 4) {
        __m512i element = four(codes->rows + row * codes->stride + j);
        for (size_t v = 0; v < VECTORS; v++)
            sums[v] = _mm512_dpbusd_epi32(
                sums[v], _mm512_load_si512(panel + j * WH_VEC_PANEL + v * 64), element);
    }
}

static size_t row_hits(const struct wh_vec_codes *codes, size_t row,
                       const struct wh_vec_code_panel *panel, struct wh_vec_hit *hits) {
    __m512 scale = _mm512_set1_ps(codes->scale[row]);
    __m512 shift = _mm512_set1_ps(panel->half[row] - panel->norm[row] * panel->rest);
    __m512 spread = _mm512_set1_ps(panel->spread[row]);
    __m512i sums[VECTORS];
    size_t found = 0;
    row_sums(codes, row, panel->codes, sums);
    for (size_t v = 0; v < VECTORS; v++) {
        size_t q = v * LANES;
        __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[v]), scale);
        __m512 rest = _mm512_fmsub_ps(spread, _mm512_load_ps(panel->width + q), shift);
        __m512 score = _mm512_fmadd_ps(product, _mm512_load_ps(panel->scale + q), rest);
        __mmask16 over =
            _mm512_cmp_ps_mask(score, _mm512_load_ps(panel->threshold + q), _CMP_GE_OQ);
        if (over)
            found += take(over, score, row, q, hits + found);
    }
    return found;
}

size_t wh_vnni_sieve_codes(const struct wh_vec_codes *codes, size_t count,
                           const struct wh_vec_code_panel *panel, struct wh_vec_hit *hits) {
    struct bars bars;
    struct tile_bars tile;
    __m512i sums[HEIGHT][VECTORS];
    size_t found = 0, first = 0;
    set_bars(&bars, panel);
    for (; first + HEIGHT <= count; first += HEIGHT) {
        set_tile_bars(&tile, &bars, codes, panel, first);
        if (!tile_passes(codes, first, &bars, &tile, sums))
            continue;
        for (size_t r = 0; r < HEIGHT; r++)
            if (passing(&bars, sums[r]))
                found += row_hits(codes, first + r, panel, hits + found);
    }
    for (; first < count; first++)
        found += row_hits(codes, first, panel, hits + found);
    return found;
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

/* ---- two panels ---- */

static inline bool meet_tile(const struct wh_vec_meeting *meeting, size_t first,
                             __mmask16 masks[HEIGHT][VECTORS]) {
    const int8_t *rows = meeting->rows + 4 * first;
    const uint8_t *queries = meeting->queries;
    __m512i sums[HEIGHT][VECTORS], all = _mm512_set1_epi32(-1);
    for (size_t v = 0; v < VECTORS; v++) {
        __m512i reach = _mm512_load_si512(meeting->query_reach + v * LANES);
        __m512i start = _mm512_load_si512(meeting->query_start + v * LANES);
#pragma GCC unroll 8
        for (size_t r = 0; r < HEIGHT; r++) {
            __m512i both =
                _mm512_max_epi32(reach, _mm512_set1_epi32(meeting->row_reach[first + r]));
            sums[r][v] = _mm512_add_epi32(start, _mm512_set1_epi32(meeting->row_start[first + r]));
            sums[r][v] = _mm512_add_epi32(sums[r][v], both);
        }
    }
    for (size_t g = 0; g < meeting->groups; g++) {
        __m512i lane[VECTORS];
        for (size_t v = 0; v < VECTORS; v++)
            lane[v] = _mm512_load_si512(queries + v * 64);
#pragma GCC unroll 8
        for (size_t r = 0; r < HEIGHT; r++) {
            __m512i element = four(rows + 4 * r);
            for (size_t v = 0; v < VECTORS; v++)
                sums[r][v] = _mm512_dpbusd_epi32(sums[r][v], lane[v], element);
        }
        rows += 4 * WH_VEC_PANEL;
        queries += 4 * WH_VEC_PANEL;
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < HEIGHT; r++)
        for (size_t v = 0; v < VECTORS; v++)
            all = _mm512_and_si512(all, sums[r][v]);
    if (!_mm512_cmpge_epi32_mask(all, _mm512_setzero_si512()))
        return false;
#pragma GCC unroll 8
    for (size_t r = 0; r < HEIGHT; r++)
        for (size_t v = 0; v < VECTORS; v++)
            masks[r][v] = _mm512_cmpge_epi32_mask(sums[r][v], _mm512_setzero_si512());
    return true;
}

/* The masks of a tile are one row of bits, from which hits are taken wherever they are. */
size_t wh_vnni_meet(const struct wh_vec_meeting *meeting, struct wh_vec_pair *hits) {
    __mmask16 masks[HEIGHT][VECTORS];
    uint64_t bits[sizeof masks / sizeof(uint64_t)];
    size_t found = 0;
    for (size_t first = 0; first < WH_VEC_PANEL; first += HEIGHT) {
        if (!meet_tile(meeting, first, masks))
            continue;
        memcpy(bits, masks, sizeof bits);
        for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
            for (uint64_t left = bits[i]; left; left &= left - 1) {
                uint32_t at = (uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(left);
                hits[found++] =
                    (struct wh_vec_pair){(uint32_t)first + at / WH_VEC_PANEL, at % WH_VEC_PANEL};
            }
        }
    }
    return found;
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

size_t wh_vnni_sieve_nibbles(const struct wh_vec_nibbles *rows, size_t blocks,
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
    .sieve_codes = wh_vnni_sieve_codes,
    .dot_codes = wh_vnni_dot_codes,
    .sketch_bits = WH_AVX2_SKETCH_BITS,
    .sieve_sketches = wh_avx2_sieve_sketches,
    .fill_tables = wh_avx2_fill_tables,
    .meet = wh_vnni_meet,
    .sieve_nibbles = wh_vnni_sieve_nibbles,
};
