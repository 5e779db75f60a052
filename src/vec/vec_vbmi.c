/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vec_vbmi.c - AVX-512 that permutes bytes across a register: a table of 64 entries is a register,
 * 64 rows look theirs up in one instruction. Four blocks by four queries are sixteen sums in
 * flight. The rest is that of vec_vnni.c.
 */
#include <immintrin.h>

#include "vec/vec_fill.h"
#include "vec/vec_kernels.h"

#define BITS   6
#define BLOCKS 4

static bool usable(const struct wh_cpu *cpu) {
    return cpu->avx512_vbmi;
}

/* Some blocks with all queries. Unrolled by order: otherwise the compiler may keep the sums in
 * memory. */
static inline __attribute__((always_inline)) void sieve_blocks(const uint8_t *codes, size_t groups,
                                                               size_t blocks, const uint8_t *tables,
                                                               const uint8_t *limits,
                                                               uint64_t *masks) {
    __m512i sums[BLOCKS][WH_VEC_FEW];
#pragma GCC unroll 4
    for (size_t b = 0; b < blocks; b++)
        for (size_t q = 0; q < WH_VEC_FEW; q++)
            sums[b][q] = _mm512_setzero_si512();
    for (size_t g = 0; g < groups; g++) {
        __m512i code[BLOCKS];
#pragma GCC unroll 4
        for (size_t b = 0; b < blocks; b++)
            code[b] = _mm512_load_si512(codes + (b * groups + g) * WH_VEC_ABREAST);
#pragma GCC unroll 4
        for (size_t q = 0; q < WH_VEC_FEW; q++) {
            __m512i table = _mm512_load_si512(tables + ((g * WH_VEC_FEW + q) << BITS));
#pragma GCC unroll 4
            for (size_t b = 0; b < blocks; b++)
                sums[b][q] = _mm512_adds_epu8(sums[b][q], _mm512_permutexvar_epi8(code[b], table));
        }
    }
#pragma GCC unroll 4
    for (size_t b = 0; b < blocks; b++)
        for (size_t q = 0; q < WH_VEC_FEW; q++)
            masks[b * WH_VEC_FEW + q] = _mm512_cmpge_epu8_mask(
                sums[b][q], _mm512_set1_epi8((char)limits[b * WH_VEC_FEW + q]));
}

static void sieve_sketches(const struct wh_vec_sketches *sketches, size_t blocks,
                           const uint8_t *tables, const uint8_t *limits, uint64_t *masks) {
    size_t b = 0, groups = sketches->groups;
    for (; b + BLOCKS <= blocks; b += BLOCKS)
        sieve_blocks(sketches->codes + b * groups * WH_VEC_ABREAST, groups, BLOCKS, tables,
                     limits + b * WH_VEC_FEW, masks + b * WH_VEC_FEW);
    for (; b < blocks; b++)
        sieve_blocks(sketches->codes + b * groups * WH_VEC_ABREAST, groups, 1, tables,
                     limits + b * WH_VEC_FEW, masks + b * WH_VEC_FEW);
}

static void fill_tables(const float *values, size_t groups, float scale, uint8_t *out) {
    fill_groups(values, groups, scale, BITS, out);
}

const struct wh_vec_kernel wh_vec_vbmi = {
    .name = "vbmi",
    .usable = usable,
    .dot_rows = wh_avx512_dot_rows,
    .dot_panel = wh_avx512_dot_panel,
    .sieve = wh_avx512_sieve,
    .bells = wh_avx512_bells,
    .sieve_codes = wh_vnni_sieve_codes,
    .dot_codes = wh_vnni_dot_codes,
    .meet = wh_vnni_meet,
    .sieve_nibbles = wh_vnni_sieve_nibbles,
    .sketch_bits = BITS,
    .sieve_sketches = sieve_sketches,
    .fill_tables = fill_tables,
};
