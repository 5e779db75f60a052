/* SPDX-License-Identifier: GPL-3.0-or-later */
/* codes.h - rows and queries as bytes, for near/ only; see codes.c. */
#ifndef WH_CODES_H
#define WH_CODES_H

#include "near/principal.h"

/* The first dimensions of rows, as struct wh_vec_code_head has them. */
struct wh_near_head {
    uint32_t dims; /* 0: there is no such head */
    int32_t *start;
    float *tail;
};
#define WH_NEAR_HEADS 2

struct wh_near_codes {
    struct wh_vec_codes rows; /* the next three */
    int8_t *codes;
    float *scale;
    int32_t *start;
    /* of every row, and zeros for one tile more: upper bounds of |v - its codes| and |v|, a lower
     * one of |u - m|^2 / 2 */
    float *residue, *norm, *half;
    struct wh_near_head heads[WH_NEAR_HEADS]; /* the longest first */
    struct wh_near_axes *axes;                /* NULL: v = u and m = 0 */
};
/* Room for the codes of so many vectors; what is to be read of it is to be filled in. heads: with
 * room for them. */
enum wh_status wh_near_codes_alloc(size_t count, uint32_t dim, bool heads,
                                   struct wh_near_codes **codes);
void wh_near_codes_free(struct wh_near_codes *codes);
/* The rows from some row on, for kernels. */
struct wh_vec_codes wh_near_codes_from(const struct wh_near_codes *codes, size_t first);

/* The nearest code to x times inverse, within -127..127 even where the scale was rounded down, or
 * where x is no number. */
int wh_near_code_of(double x, double inverse);
/* A float no less than the value. */
float wh_near_up_float(double value);

/* Whether the kernel multiplies bytes, and the vocabulary is one that this pays for. */
bool wh_near_codes_of_use(const struct wh_near *near);
/* The rows' codes: made when first asked for, by all threads that ask; NULL where the kernel has no
 * use for them or there is no memory. */
const struct wh_near_codes *wh_near_codes(const struct wh_near *near);
/* What wh_near_codes() keeps in a struct wh_near. */
enum wh_status wh_near_codes_open(struct wh_near *near);
void wh_near_codes_close(struct wh_near *near);

/* One point as codes + 128, each by itself or in its lane of a panel (step bytes from four
 * dimensions to the next four): x = scale * codes + a rest. The scale is the largest of its
 * components by 127, or more. */
struct wh_near_code_query {
    double length, rest; /* upper bounds of |scale * codes| and of the rest's norm */
};
struct wh_near_code_query wh_near_encode(const double *point, uint32_t dim, float scale,
                                         size_t step, uint8_t *codes);
float wh_near_scale(const double *point, uint32_t dim);

/* Where a point x lies as rows of the codes do: y in room for dim doubles. A score of x is one of y
 * less shift; error bounds what y may be off by, rounding what the shift may. room is for twice
 * stride floats, 64-byte aligned, zero at first. */
struct wh_near_place {
    double error, shift, rounding;
};
struct wh_near_place wh_near_place(const struct wh_near *near, const struct wh_near_codes *codes,
                                   const double *x, float *room, double *y);

/* Rounding of the few float operations on products and halves of rows no longer than norm: upper
 * bounds may be too low by it. */
double wh_near_code_loss(double norm, double length);

#endif
