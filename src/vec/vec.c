/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vec.c - which kernel runs: chosen once, forceable by WORDHAZE_KERNEL. */
#include "vec/vec.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "vec/vec_kernels.h"

static const struct wh_vec_kernel *const kernels[] = {
    &wh_vec_scalar,
#if defined(__x86_64__)
    &wh_vec_avx2,   &wh_vec_avxvnni, &wh_vec_avx512, &wh_vec_vnni, &wh_vec_vbmi,
#elif defined(__aarch64__)
    &wh_vec_neon,
    &wh_vec_neondot,
#endif
    NULL,
};

static const struct wh_vec_kernel *chosen = &wh_vec_scalar;
static enum wh_status choice_status = WH_OK;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void choose_fastest(void) {
    for (size_t i = 0; kernels[i]; i++)
        if (kernels[i]->usable(wh_cpu()))
            chosen = kernels[i];
}

static void choose(void) {
    const char *wanted = getenv("WORDHAZE_KERNEL");
    choose_fastest();
    if (wanted && *wanted)
        choice_status = wh_vec_force(wanted);
}

enum wh_status wh_vec_choose(void) {
    pthread_once(&once, choose);
    if (choice_status != WH_OK)
        return wh_fail(choice_status, "WORDHAZE_KERNEL=%s: this machine has no such kernel",
                       getenv("WORDHAZE_KERNEL"));
    return WH_OK;
}

enum wh_status wh_vec_force(const char *name) {
    for (size_t i = 0; kernels[i]; i++) {
        if (strcmp(kernels[i]->name, name) == 0 && kernels[i]->usable(wh_cpu())) {
            chosen = kernels[i];
            return WH_OK;
        }
    }
    return wh_fail(WH_USAGE, "this machine has no kernel '%s'", name);
}

const struct wh_vec_kernel *wh_vec(void) {
    return chosen;
}

const struct wh_vec_kernel *const *wh_vec_all(void) {
    return kernels;
}

double wh_vec_error(size_t dim, double norm_a, double norm_b) {
    const double unit = 0x1p-24;
    double terms = (double)dim * unit;
    /* Each product may underflow by at most the smallest subnormal; sums do not underflow. */
    double underflow = (double)dim * 0x1p-149;
    return terms / (1 - terms) * norm_a * norm_b * (1 + 0x1p-40) + underflow;
}

float wh_vec_scale(float scale) {
    uint32_t bits;
    memcpy(&bits, &scale, sizeof bits);
    bits = (bits + (1u << WH_VEC_SCALE_SHIFT) - 1) >> WH_VEC_SCALE_SHIFT << WH_VEC_SCALE_SHIFT;
    memcpy(&scale, &bits, sizeof scale);
    return scale;
}

size_t wh_vec_stride(size_t dim) {
    return (dim + WH_VEC_LANES - 1) / WH_VEC_LANES * WH_VEC_LANES;
}

size_t wh_vec_sieve_tiles(const struct wh_vec_tiles *tiles, const struct wh_vec_codes *codes,
                          size_t count, const struct wh_vec_code_panel *panel,
                          struct wh_vec_hit *hits) {
    _Alignas(64) int32_t sums[WH_VEC_TILE * WH_VEC_PANEL];
    const struct wh_vec_code_rows rows = {codes->rows, codes->stride, 4, codes->stride / 4,
                                          codes->start};
    size_t found = 0, height;
    for (size_t i = 0; i < count; i += height) {
        height = count - i >= tiles->height ? tiles->height : 1;
        tiles->products(&rows, i, height, panel->codes, sums);
        found += tiles->sift(codes, i, height, panel, sums, hits + found);
    }
    return found;
}
