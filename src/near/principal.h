/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * principal.h - vectors along the principal axes of the vocabulary, in float, for near/ only.
 *
 * A has the axes as rows. They are orthogonal but for rounding, A A^T = 1 + E; so then is A^T A - 1
 * no larger, and |(A x).(A y) - x.y| <= |E| |x| |y|.
 */
#ifndef WH_PRINCIPAL_H
#define WH_PRINCIPAL_H

#include "near/near_private.h"

struct wh_near_axes {
    uint32_t dim;
    size_t stride;
    float *rows;   /* dim x stride: A */
    float *centre; /* stride: the mean of all words */
    double length; /* upper bound of |centre| */
    double skew;   /* upper bound of |E| */
};

/* *axes is NULL where they are not known, or are no axes. */
enum wh_status wh_near_axes_open(const struct wh_near *near, struct wh_near_axes **axes);
void wh_near_axes_close(struct wh_near_axes *axes);

/* out = A x for a vector of stride floats, 64-byte aligned, zero beyond dim, no longer than norm.
 * Returns an upper bound of the error's length. */
double wh_near_along(const struct wh_near_axes *axes, const float *vector, double norm, float *out);

#endif
