/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vec_bell.h - sums of Gaussian bells, for the files of vec/ only: each compiles this text for its
 * own processor. Every step is a rounded or fused float operation in a fixed order, so that all
 * kernels give the same bits.
 *
 * e^t for t <= 0: t = n ln 2 + r with |r| <= ln 2 / 2, a polynomial for e^r (Moshier, Cephes:
 * expf), relative error below 2e-7; below e^-87 it is taken for 0.
 */
#ifndef WH_VEC_BELL_H
#define WH_VEC_BELL_H

#include <string.h>

#include "vec/vec.h"

static inline float bell_exp(float t) {
    const float whole = 0x1.8p23f; /* adding and taking it away rounds to an integer */
    /* Rounding may leave a little above 0; what is no number counts as far. */
    float low = t >= -87 ? (t > 0 ? 0 : t) : -87;
    float n = __builtin_fmaf(low, 1.44269504088896341f, whole) - whole;
    float r = __builtin_fmaf(n, 2.12194440e-4f, __builtin_fmaf(n, -0.693359375f, low));
    float p = __builtin_fmaf(1.9875691500e-4f, r, 1.3981999507e-3f);
    p = __builtin_fmaf(p, r, 8.3334519073e-3f);
    p = __builtin_fmaf(p, r, 4.1665795894e-2f);
    p = __builtin_fmaf(p, r, 1.6666665459e-1f);
    p = __builtin_fmaf(p, r, 5.0000001201e-1f);
    p = __builtin_fmaf(p, r * r, r) + 1;
    int32_t bits = ((int32_t)n + 127) * (1 << 23);
    float power;
    memcpy(&power, &bits, sizeof power);
    return t >= -87 ? p * power : 0;
}

/* Adds the bells of some rows, whose inner products with the queries are in dots. */
static inline void bell_add(const struct wh_vec_bells *bells, const float *dots, const float *half,
                            size_t count) {
    const float *own = bells->half;
    double *sums = bells->sums;
    for (size_t i = 0; i < count; i++) {
        const float *row = dots + i * WH_VEC_PANEL;
        float shift = half[i], scale = bells->scale, heights[WH_VEC_PANEL];
        for (size_t q = 0; q < WH_VEC_PANEL; q++)
            heights[q] = bell_exp((row[q] - shift - own[q]) * scale);
        for (size_t q = 0; q < WH_VEC_PANEL; q++)
            sums[q] += (double)heights[q];
    }
}

#endif
