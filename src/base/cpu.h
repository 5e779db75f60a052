/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu.h - what this processor can do, asked once. */
#ifndef WH_CPU_H
#define WH_CPU_H

#include <stdbool.h>

struct wh_cpu {
    bool avx2_fma; /* AVX2 and FMA, enabled by the operating system */
    bool avx512f;  /* AVX-512 F, BW, VL, enabled by the operating system */
    bool avx512_vnni;
    bool avx512_vbmi; /* bytes permuted across a whole register; VNNI too */
    bool avx_vnni;    /* the same byte products in 256-bit registers */
    bool neon, neon_dot;
};

const struct wh_cpu *wh_cpu(void);
int wh_cpu_count(void); /* processors this process may use, at least 1 */

#endif
