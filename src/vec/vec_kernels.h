/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vec_kernels.h - the kernels compiled in, for vec.c only. */
#ifndef WH_VEC_KERNELS_H
#define WH_VEC_KERNELS_H

#include "vec/vec.h"

extern const struct wh_vec_kernel wh_vec_scalar;
#if defined(__x86_64__)
extern const struct wh_vec_kernel wh_vec_avx2;
extern const struct wh_vec_kernel wh_vec_avx512;
#elif defined(__aarch64__)
extern const struct wh_vec_kernel wh_vec_neon;
#endif

#endif
