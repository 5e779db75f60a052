/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sketches.h - every word in short, for near/ only: along each principal axis the nearest of a few
 * levels, and how much that leaves out.
 *
 * A is that of principal.h. What the levels make of a word u is A^T c, c being the levels of A u,
 * and r = u - A^T c is the rest. Then for any x, by Cauchy and Schwarz, x.u = (A x).c + x.r <= (A
 * x).c + |x||r|, whatever A is. Axes along which words differ much have more levels, as a product
 * quantiser's (Jegou, Douze, Schmid 2011) would; as many as fit share a code, whose products with A
 * x stand in a table; the last code of a word is an upper bound of |r|.
 */
#ifndef WH_SKETCHES_H
#define WH_SKETCHES_H

#include "near/principal.h"
#include "near/codes.h"

/* Where the level of an axis stands in a word's codes; bits 0: all words share one level. */
struct wh_near_axis {
    uint32_t index, group;
    uint8_t bits, shift;
};
#define WH_NEAR_AXIS_BITS 4 /* at most */

/* What codes.c keeps of a word beside its codes, in one place: words in doubt lie anywhere. */
struct wh_near_look {
    float scale, residue, norm, half;
    int32_t start;
};

/* Mean and variance of a number. */
struct wh_near_usual {
    float mean, variance;
};

struct wh_near_sketches {
    uint32_t bits, groups, dim; /* of a code; codes a word */
    struct wh_near_axes *axes;
    struct wh_near_axis *axis;   /* dim, in the order in which they fill the groups */
    uint8_t *filled;             /* groups: bits of the code that are in use */
    float *levels;               /* dim x 2^WH_NEAR_AXIS_BITS, ascending, in that order too */
    struct wh_near_usual *usual; /* dim: levels as words have them */
    double reach;                /* upper bound of |c| */
    float *rests;                /* 2^bits upper bounds of |r|, ascending */
    struct wh_near_usual usual_rest;
    uint8_t *codes;             /* words x groups */
    struct wh_near_look *looks; /* words */
};

/* So many draws would have been faster with sketches. */
void wh_near_sketches_want(const struct wh_near *near, size_t draws);
/* NULL as long as making them would not have paid, or where they cannot be had: a kernel without
 * them or without codes (codes.h), principal axes not known, too few words. */
const struct wh_near_sketches *wh_near_sketches(const struct wh_near *near);
enum wh_status wh_near_sketches_open(struct wh_near *near);
void wh_near_sketches_close(struct wh_near *near);

/* What every code of every group adds to the bound on x.u, less about the least that one of its
 * group adds: groups x 2^bits. along is A x, length at least |x|. Returns the sum of those least
 * ones; values and sum are off by at most 2^-19 |x| (reach + longest rest). */
double wh_near_sketch_values(const struct wh_near_sketches *sketches, const float *along,
                             double length, float *values);

/* Memory for views (rings.c): false when all of it is taken. */
bool wh_near_sketches_take(const struct wh_near *near, size_t bytes);
void wh_near_sketches_give(const struct wh_near *near, size_t bytes);

#endif
