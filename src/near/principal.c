/* SPDX-License-Identifier: GPL-3.0-or-later */
/* principal.c - the principal axes in float, and how far they are from orthogonal. */
#include "near/principal.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

#define SKEW_MOST   1e-4   /* axes that are less orthogonal are no axes */
#define LENGTH_MOST 0x1p60 /* of a centre */

void wh_near_axes_close(struct wh_near_axes *axes) {
    if (!axes)
        return;
    free(axes->rows);
    free(axes->centre);
    free(axes);
}

/* The sum of all entries' squares, in double, is more than the square of the norm. */
static double measure_skew(const struct wh_near_axes *axes) {
    double sum = 0, dim = axes->dim;
    for (uint32_t i = 0; i < axes->dim; i++) {
        for (uint32_t j = 0; j < axes->dim; j++) {
            const float *a = axes->rows + i * axes->stride;
            const float *b = axes->rows + j * axes->stride;
            double product = i == j ? -1 : 0;
            for (uint32_t d = 0; d < axes->dim; d++)
                product += (double)a[d] * (double)b[d];
            sum += product * product;
        }
    }
    return sqrt(sum) * (1 + 0x1p-20) + dim * dim * 0x1p-50;
}

static void fill(struct wh_near_axes *axes, const struct wh_derived *derived) {
    double square = 0;
    for (uint32_t i = 0; i < axes->dim; i++) {
        axes->centre[i] = (float)derived->mean[i];
        square += (double)axes->centre[i] * (double)axes->centre[i];
        for (uint32_t j = 0; j < axes->dim; j++)
            axes->rows[i * axes->stride + j] = (float)derived->axes[(size_t)i * axes->dim + j];
    }
    axes->length = sqrt(square) * (1 + 0x1p-40);
    axes->skew = measure_skew(axes);
}

enum wh_status wh_near_axes_open(const struct wh_near *near, struct wh_near_axes **axes) {
    enum wh_status status = WH_OK;
    struct wh_near_axes *made = NULL;
    const struct wh_derived *derived = wh_embed_derived(near->embed);
    *axes = NULL;
    if (!derived->axes)
        return WH_OK;
    WH_TRY(WH_ALLOC(made, 1));
    made->dim = near->dim;
    made->stride = near->stride;
    WH_TRY(WH_ALLOC_ALIGNED(made->rows, near->dim * near->stride));
    WH_TRY(WH_ALLOC_ALIGNED(made->centre, near->stride));
    fill(made, derived);
    if (made->skew < SKEW_MOST && made->length < LENGTH_MOST) {
        *axes = made;
        made = NULL;
    }
out:
    wh_near_axes_close(made);
    return status;
}

double wh_near_along(const struct wh_near_axes *axes, const float *vector, double norm,
                     float *out) {
    wh_vec()->dot_rows(axes->rows, axes->stride, axes->dim, vector, out);
    return sqrt(axes->dim) * wh_vec_error(axes->dim, 1 + axes->skew, norm) * (1 + 0x1p-20);
}
