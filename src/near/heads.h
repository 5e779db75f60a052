/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * heads.h - what every word has along the first principal axes, as bytes: its head; for near/ only.
 *
 * A has the axes as rows: floats, so that A A^T = 1 + E with a small E. For any x let x' = x - A^T
 * A x be what the head leaves out. Then, E being what A x' is short of zero by, x.y <= (A x).(A y)
 * + |x'| |y'| + |E| |A x| |A y|,    |x'|^2 <= |x|^2 - (1 - |E|) |A x|^2, by Cauchy and Schwarz:
 * most of a product is known from a part of the dimensions.
 */
#ifndef WH_HEADS_H
#define WH_HEADS_H

#include "near/codes.h"

struct wh_near_heads {
    uint32_t count;              /* axes */
    float *axes;                 /* count x stride */
    double skew;                 /* upper bound of |E|, for the first few axes as well */
    struct wh_near_codes *codes; /* of A u; residue and norm are those of A u as well, no halves */
};

/* So many draws would have been faster with heads. */
void wh_near_heads_want(const struct wh_near *near, size_t draws);
/* NULL as long as making them would not have paid, or where they cannot be had: a kernel without
 * bytes, principal axes not known, too many dimensions. */
const struct wh_near_heads *wh_near_heads(const struct wh_near *near);
enum wh_status wh_near_heads_open(struct wh_near *near);
void wh_near_heads_close(struct wh_near *near);

/* out = A x for the first count axes, for a vector of stride floats, 64-byte aligned, zero beyond
 * dim, no longer than norm. Returns an upper bound of the error's length. */
double wh_near_head(const struct wh_near *near, const struct wh_near_heads *heads, uint32_t count,
                    const float *vector, double norm, float *out);
/* Upper bound of |x'|, for |x| at most norm and |A x| at least head. */
double wh_near_tail(const struct wh_near_heads *heads, double norm, double head);

/* Memory for views (rings.c): false when all of it is taken. */
bool wh_near_heads_take(const struct wh_near *near, size_t bytes);
void wh_near_heads_give(const struct wh_near *near, size_t bytes);

#endif
