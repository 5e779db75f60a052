/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vec_fill.h - entries of tables for sketches, written once and compiled with every kernel's own
 * instructions; all kernels fill alike.
 */
#ifndef WH_VEC_FILL_H
#define WH_VEC_FILL_H

#include "vec/vec.h"

static inline void fill_groups(const float *values, size_t groups, float scale, unsigned bits,
                               uint8_t *out) {
    const size_t entries = (size_t)1 << bits;
    for (size_t g = 0; g < groups; g++, values += entries, out += WH_VEC_FEW * entries) {
        for (size_t c = 0; c < entries; c++) {
            float entry = values[c] * scale + (1 - 0x1p-12f); /* cut off below: rounded up */
            entry = entry < 255 ? entry : 255;
            out[c] = (uint8_t)(int)(entry > 0 ? entry : 0);
        }
    }
}

#endif
