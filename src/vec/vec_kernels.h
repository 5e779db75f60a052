/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vec_kernels.h - the kernels compiled in, for vec.c only. */
#ifndef WH_VEC_KERNELS_H
#define WH_VEC_KERNELS_H

#include "vec/vec.h"

/* Rows as bytes, wherever they stand: so many bytes from a row to the next, and from four of its
 * dimensions to the next four. */
struct wh_vec_code_rows {
    const int8_t *rows;
    size_t row_step, group_step, groups;
    const int32_t *start; /* what a row's sums begin with */
};

/* Byte products by tiles of rows: what is the kernel's own. */
struct wh_vec_tiles {
    size_t height; /* rows a tile; those left over come one by one */
    /* Rows first .. first + height - 1 with the panel: out has height x WH_VEC_PANEL. */
    void (*products)(const struct wh_vec_code_rows *rows, size_t first, size_t height,
                     const uint8_t *panel, int32_t *out);
    /* Hits among these rows, whose products are sums. */
    size_t (*sift)(const struct wh_vec_codes *codes, size_t first, size_t height,
                   const struct wh_vec_code_panel *panel, const int32_t *sums,
                   struct wh_vec_hit *hits);
};
#define WH_VEC_TILE 8 /* the most rows a tile */

/* sieve_codes of a kernel with tiles. */
size_t wh_vec_sieve_tiles(const struct wh_vec_tiles *tiles, const struct wh_vec_codes *codes,
                          size_t count, const struct wh_vec_code_panel *panel,
                          struct wh_vec_hit *hits);

extern const struct wh_vec_kernel wh_vec_scalar;
#if defined(__x86_64__)
extern const struct wh_vec_kernel wh_vec_avx2;
extern const struct wh_vec_kernel wh_vec_avxvnni;
extern const struct wh_vec_kernel wh_vec_avx512;
extern const struct wh_vec_kernel wh_vec_vnni;
extern const struct wh_vec_kernel wh_vec_vbmi;

/* vec_avx2.c, for vec_avxvnni.c and vec_vnni.c */
void wh_avx2_dot_rows(const float *rows, size_t stride, size_t count, const float *query,
                      float *out);
void wh_avx2_dot_panel(const float *rows, size_t stride, size_t count, const float *panel,
                       size_t dim, float *out);
size_t wh_avx2_sieve(const float *dots, const float *half, size_t count, const float *threshold,
                     struct wh_vec_hit *hits);
void wh_avx2_bells(const float *rows, size_t stride, size_t count, const float *half,
                   const struct wh_vec_bells *bells);
/* The sift of wh_vec_tiles. */
size_t wh_avx2_sift(const struct wh_vec_codes *codes, size_t first, size_t height,
                    const struct wh_vec_code_panel *panel, const int32_t *sums,
                    struct wh_vec_hit *hits);

size_t wh_avx2_meet(const struct wh_vec_meeting *meeting, struct wh_vec_pair *hits);
size_t wh_avx2_sieve_nibbles(const struct wh_vec_nibbles *rows, size_t blocks,
                             const struct wh_vec_nibble_query *query, struct wh_vec_hit *hits);

/* Sketches of four bits a code. */
#define WH_AVX2_SKETCH_BITS 4
void wh_avx2_sieve_sketches(const struct wh_vec_sketches *sketches, size_t blocks,
                            const uint8_t *tables, const uint8_t *limits, uint64_t *masks);
void wh_avx2_fill_tables(const float *values, size_t groups, float scale, uint8_t *out);

/* vec_vnni.c, for vec_vbmi.c */
size_t wh_vnni_sieve_codes(const struct wh_vec_codes *codes, size_t count,
                           const struct wh_vec_code_panel *panel, struct wh_vec_hit *hits);
void wh_vnni_dot_codes(const struct wh_vec_codes *codes, size_t count, const uint8_t *query,
                       int32_t *out);
size_t wh_vnni_meet(const struct wh_vec_meeting *meeting, struct wh_vec_pair *hits);
size_t wh_vnni_sieve_nibbles(const struct wh_vec_nibbles *rows, size_t blocks,
                             const struct wh_vec_nibble_query *query, struct wh_vec_hit *hits);

/* vec_avx512.c, for vec_vnni.c and vec_vbmi.c */
void wh_avx512_dot_rows(const float *rows, size_t stride, size_t count, const float *query,
                        float *out);
void wh_avx512_dot_panel(const float *rows, size_t stride, size_t count, const float *panel,
                         size_t dim, float *out);
size_t wh_avx512_sieve(const float *dots, const float *half, size_t count, const float *threshold,
                       struct wh_vec_hit *hits);
void wh_avx512_bells(const float *rows, size_t stride, size_t count, const float *half,
                     const struct wh_vec_bells *bells);
#elif defined(__aarch64__)
extern const struct wh_vec_kernel wh_vec_neon;
extern const struct wh_vec_kernel wh_vec_neondot;

/* vec_neon.c, for vec_neondot.c */
void wh_neon_dot_rows(const float *rows, size_t stride, size_t count, const float *query,
                      float *out);
void wh_neon_dot_panel(const float *rows, size_t stride, size_t count, const float *panel,
                       size_t dim, float *out);
size_t wh_neon_sieve(const float *dots, const float *half, size_t count, const float *threshold,
                     struct wh_vec_hit *hits);
void wh_neon_bells(const float *rows, size_t stride, size_t count, const float *half,
                   const struct wh_vec_bells *bells);
#endif

#endif
