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
#define AHEAD   4 /* tiles between fetching and use */

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
 * sum * row scale * scale + spread * width - half >= threshold, divided by both scales, says that a
 * sum reaches some bar: a number of the row, less one of the query and the row's scale. Of the
 * latter there are few, for scales are rounded: they stand in a table. Sums may as well begin at
 * minus that bar: then a tile without a hit, as most are, costs little more than its products and
 * one look at signs. Rounded so that no hit is missed; widths are taken for the largest of the
 * panel, and what is too large or too small for this, or not rounded, always passes. Lanes that
 * nobody needs cost nothing where they fill the last registers.
 */
#define KEYS    32       /* scales in the table */
#define SCALES  0x1p30F  /* scales are between this and its inverse */
#define SLACK   0x1p-19F /* more than all roundings of a term together */
#define MOST    0x1p28F  /* of a number; a larger one becomes: */
#define PASSING (3 << 28)

struct bars {
    _Alignas(
        64) int32_t queries[KEYS][WH_VEC_PANEL]; /* of the scale with key first, and the next */
    uint32_t first, keys;
    __mmask16 open[VECTORS]; /* thresholds that are numbers */
    size_t vectors;          /* with such lanes */
    float width;
    const uint8_t *codes;
    size_t dims; /* that decide */
    const int32_t *start;
};

/* Of every row what its sums begin with, and where the rest of it stands in the table. Made for
 * many tiles at a time: products need not wait for it. */
#define BATCH 256
struct row_bars {
    _Alignas(64) int32_t start[BATCH];
    _Alignas(64) uint32_t key[BATCH];
};

static inline __m512i rounded(__m512 numbers) {
    __m512 low = _mm512_max_ps(_mm512_set1_ps(-MOST), numbers); /* NaN stays */
    __mmask16 within = _mm512_cmp_ps_mask(low, _mm512_set1_ps(MOST), _CMP_LT_OQ);
    __m512i up = _mm512_cvt_roundps_epi32(low, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
    return _mm512_mask_mov_epi32(_mm512_set1_epi32(PASSING), within, up);
}

/* The scales of some rows, as far as the table has room for them. */
static void find_keys(struct bars *bars, const float *scales, size_t count) {
    __m512i low = _mm512_set1_epi32(INT32_MAX), high = _mm512_setzero_si512();
    for (size_t i = 0; i < count; i += LANES) {
        __mmask16 there = (__mmask16)(count - i < LANES ? (1u << (count - i)) - 1 : 0xffff);
        __m512 scale = _mm512_maskz_loadu_ps(there, scales + i);
        __mmask16 known = _mm512_cmp_ps_mask(scale, _mm512_set1_ps(SCALES), _CMP_LT_OQ) &
                          _mm512_cmp_ps_mask(scale, _mm512_set1_ps(1 / SCALES), _CMP_GT_OQ);
        __m512i key = _mm512_srli_epi32(_mm512_castps_si512(scale), WH_VEC_SCALE_SHIFT);
        low = _mm512_mask_min_epi32(low, known, low, key);
        high = _mm512_mask_max_epi32(high, known, high, key);
    }
    bars->first = (uint32_t)_mm512_reduce_min_epi32(low);
    uint32_t last = (uint32_t)_mm512_reduce_max_epi32(high);
    bars->keys = last < bars->first ? 0 : last - bars->first < KEYS ? last - bars->first + 1 : KEYS;
}

static void fill_table(struct bars *bars, const struct wh_vec_code_panel *panel) {
    for (uint32_t k = 0; k < bars->keys; k++) {
        uint32_t bits = (bars->first + k) << WH_VEC_SCALE_SHIFT;
        float scale;
        memcpy(&scale, &bits, sizeof scale);
        __m512 inverse = _mm512_set1_ps(-1 / (scale * panel->scale));
        for (size_t v = 0; v < bars->vectors; v++) {
            __m512 threshold = _mm512_load_ps(panel->threshold + v * LANES);
            __m512 lower =
                _mm512_fnmadd_ps(_mm512_abs_ps(threshold), _mm512_set1_ps(SLACK), threshold);
            _mm512_store_si512(bars->queries[k] + v * LANES,
                               rounded(_mm512_mul_ps(lower, inverse)));
        }
    }
}

static void set_bars(struct bars *bars, const struct wh_vec_codes *codes, size_t count,
                     const struct wh_vec_code_panel *panel) {
    bars->width = 0;
    bars->vectors = 0;
    bars->codes = panel->codes;
    bars->dims = panel->head.dims ? panel->head.dims : codes->stride;
    bars->start = panel->head.dims ? panel->head.start : codes->start;
    bars->first = bars->keys = 0;
    for (size_t v = 0; v < VECTORS; v++) {
        __m512 threshold = _mm512_load_ps(panel->threshold + v * LANES);
        __m512 width = _mm512_load_ps(panel->width + v * LANES);
        bars->open[v] = _mm512_cmp_ps_mask(threshold, threshold, _CMP_ORD_Q);
        bars->width = fmaxf(bars->width, _mm512_mask_reduce_max_ps(bars->open[v], width));
        bars->vectors = bars->open[v] ? v + 1 : bars->vectors;
    }
    if (panel->scale > 1 / SCALES && panel->scale < SCALES)
        find_keys(bars, codes->scale, count);
    memset(bars->queries[0], 0,
           sizeof bars->queries[0]); /* what is not in the table adds nothing */
    fill_table(bars, panel);
}

/* What queries' residues, and dimensions that do not decide, may add to the products of rows. */
static inline __m512 hidden(const struct bars *bars, const struct wh_vec_code_panel *panel,
                            __mmask16 there, size_t first) {
    const struct wh_vec_code_head *head = &panel->head;
    __m512 sum = _mm512_mul_ps(_mm512_maskz_loadu_ps(there, panel->spread + first),
                               _mm512_set1_ps(bars->width * (1 + SLACK)));
    sum = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(there, panel->norm + first),
                          _mm512_set1_ps(panel->rest * (1 + SLACK)), sum);
    if (!head->dims)
        return sum;
    return _mm512_fmadd_ps(_mm512_maskz_loadu_ps(there, head->tail + first),
                           _mm512_set1_ps(head->reach * (1 + SLACK)), sum);
}

/* For the rows that are there of LANES from first on; they go to place at. */
static inline void set_rows(struct row_bars *rows, size_t at, const struct bars *bars,
                            const struct wh_vec_codes *codes, const struct wh_vec_code_panel *panel,
                            __mmask16 there, size_t first) {
    __m512 scale = _mm512_maskz_loadu_ps(there, codes->scale + first);
    __m512i bits = _mm512_castps_si512(scale);
    __m512i key = _mm512_sub_epi32(_mm512_srli_epi32(bits, WH_VEC_SCALE_SHIFT),
                                   _mm512_set1_epi32((int)bars->first));
    __mmask16 known =
        _mm512_testn_epi32_mask(bits, _mm512_set1_epi32((1 << WH_VEC_SCALE_SHIFT) - 1)) &
        _mm512_cmplt_epu32_mask(key, _mm512_set1_epi32((int)bars->keys));
    __m512 half = _mm512_maskz_loadu_ps(there, panel->half + first);
    __m512 rest = _mm512_sub_ps(hidden(bars, panel, there, first), half);
    rest = _mm512_fmadd_ps(_mm512_abs_ps(half), _mm512_set1_ps(SLACK), rest);
    __m512i up = rounded(_mm512_div_ps(rest, _mm512_mul_ps(scale, _mm512_set1_ps(panel->scale))));
    up = _mm512_mask_mov_epi32(_mm512_set1_epi32(PASSING), known, up);
    __m512i start = _mm512_maskz_loadu_epi32(there, bars->start + first);
    _mm512_store_si512(rows->start + at, _mm512_add_epi32(start, up));
    _mm512_store_si512(rows->key + at, _mm512_maskz_mov_epi32(known, key));
}

static void set_batch(struct row_bars *rows, const struct bars *bars,
                      const struct wh_vec_codes *codes, const struct wh_vec_code_panel *panel,
                      size_t first, size_t count) {
    for (size_t i = 0; i < count; i += LANES) {
        __mmask16 there = (__mmask16)(count - i < LANES ? (1u << (count - i)) - 1 : 0xffff);
        set_rows(rows, i, bars, codes, panel, there, first + i);
    }
}

static inline bool passing(const struct bars *bars, const __m512i sums[VECTORS], size_t vectors) {
    unsigned some = 0;
    for (size_t v = 0; v < vectors; v++)
        some |= _mm512_mask_cmpge_epi32_mask(bars->open[v], sums[v], _mm512_setzero_si512());
    return some != 0;
}

/* Whether some row of the tile may have a hit, and then the sums. Unrolled by order: otherwise the
 * compiler may keep the sums in memory. */
static inline __attribute__((always_inline)) bool
tile_passes(const struct wh_vec_codes *codes, size_t first, const struct bars *bars,
            const struct row_bars *begin, size_t at, size_t vectors, __m512i out[HEIGHT][VECTORS]) {
    __m512i sums[HEIGHT][VECTORS], all[VECTORS];
    const int8_t *rows = codes->rows + first * codes->stride;
    const size_t dims = bars->dims;
    for (size_t v = 0; v < vectors; v++)
        all[v] = _mm512_set1_epi32(-1);
#pragma GCC unroll 8
    for (size_t r = 0; r < HEIGHT; r++) {
        const __m512i start = _mm512_set1_epi32(begin->start[at + r]);
        const int32_t *number = bars->queries[begin->key[at + r]];
        for (size_t v = 0; v < vectors; v++) {
            sums[r][v] = _mm512_add_epi32(start, _mm512_load_si512(number + v * LANES));
            __asm__("" : "+v"(sums[r][v])); /* one register from here on */
        }
    }
    for (size_t j = 0; j < dims; j += 4) {
        const uint8_t *queries = bars->codes + j * WH_VEC_PANEL;
        __m512i lane[VECTORS];
        __builtin_prefetch(rows + (AHEAD * codes->stride + j) * HEIGHT);
        for (size_t v = 0; v < vectors; v++)
            lane[v] = _mm512_load_si512(queries + v * 64);
#pragma GCC unroll 8
        for (size_t r = 0; r < HEIGHT; r++) {
            __m512i element = four(rows + r * codes->stride + j);
            for (size_t v = 0; v < vectors; v++)
                sums[r][v] = _mm512_dpbusd_epi32(sums[r][v], lane[v], element);
        }
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < HEIGHT; r++)
        for (size_t v = 0; v < vectors; v++)
            all[v] = _mm512_and_si512(all[v], sums[r][v]);
    if (!passing(bars, all, vectors))
        return false;
#pragma GCC unroll 8
    for (size_t r = 0; r < HEIGHT; r++) {
        for (size_t v = 0; v < vectors; v++) {
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
        __m512 score = _mm512_fmadd_ps(product, _mm512_set1_ps(panel->scale), rest);
        __mmask16 over =
            _mm512_cmp_ps_mask(score, _mm512_load_ps(panel->threshold + q), _CMP_GE_OQ);
        if (over)
            found += take(over, score, row, q, hits + found);
    }
    return found;
}

static inline __attribute__((always_inline)) size_t
sieve_batch(const struct wh_vec_codes *codes, size_t first, size_t count,
            const struct wh_vec_code_panel *panel, const struct bars *bars, size_t vectors,
            struct wh_vec_hit *hits) {
    struct row_bars begin;
    __m512i sums[HEIGHT][VECTORS];
    size_t found = 0, doubts = 0, at = 0;
    set_batch(&begin, bars, codes, panel, first, count);
    for (; at + HEIGHT <= count; at += HEIGHT) {
        if (!tile_passes(codes, first + at, bars, &begin, at, vectors, sums))
            continue;
        for (size_t r = 0; r < HEIGHT; r++) {
            if (!passing(bars, sums[r], vectors))
                continue;
            found += row_hits(codes, first + at + r, panel, hits + found);
            doubts++;
        }
    }
    for (; at < count; at++)
        found += row_hits(codes, first + at, panel, hits + found);
    if (panel->head.dims)
        *panel->head.doubts += doubts;
    return found;
}

static inline size_t sieve_some(const struct wh_vec_codes *codes, size_t first, size_t count,
                                const struct wh_vec_code_panel *panel, const struct bars *bars,
                                struct wh_vec_hit *hits) {
    switch (bars->vectors) {
    case 0:
        return 0;
    case 1:
        return sieve_batch(codes, first, count, panel, bars, 1, hits);
    case 2:
        return sieve_batch(codes, first, count, panel, bars, 2, hits);
    default:
        return sieve_batch(codes, first, count, panel, bars, VECTORS, hits);
    }
}

size_t wh_vnni_sieve_codes(const struct wh_vec_codes *codes, size_t count,
                           const struct wh_vec_code_panel *panel, struct wh_vec_hit *hits) {
    struct bars bars;
    size_t found = 0;
    set_bars(&bars, codes, count, panel);
    for (size_t first = 0; first < count; first += BATCH) {
        size_t left = count - first, some = left < BATCH ? left : BATCH;
        found += sieve_some(codes, first, some, panel, &bars, hits + found);
    }
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
