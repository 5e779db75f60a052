/* SPDX-License-Identifier: GPL-3.0-or-later */
/* codes.h - rows and queries as bytes, for near/ only; see codes.c. */
#ifndef WH_CODES_H
#define WH_CODES_H

#include "near/near_private.h"

struct wh_near_codes {
    struct wh_vec_codes rows; /* the next three */
    int8_t *codes;
    float *scale;
    int32_t *start;
    /* of every row, and zeros for one tile more: upper bounds of |u - its codes| and |u|, |u|^2 / 2
     */
    float *residue, *norm, *half;
};
/* Room for the codes of so many vectors; what is to be read of it is to be filled in. */
enum wh_status wh_near_codes_alloc(size_t count, uint32_t dim, struct wh_near_codes **codes);
void wh_near_codes_free(struct wh_near_codes *codes);
/* The rows from some row on, for kernels. */
struct wh_vec_codes wh_near_codes_from(const struct wh_near_codes *codes, size_t first);
/* Codes, scale, start and residue of one vector of dim floats. */
void wh_near_codes_set(struct wh_near_codes *codes, size_t at, const float *vector, uint32_t dim);

/* The nearest code to x times inverse, within -127..127 even where the scale was rounded down, or
 * where x is no number. */
int wh_near_code_of(double x, double inverse);
/* A float no less than the value. */
float wh_near_up_float(double value);

/* One point as codes + 128, each by itself or in its lane of a panel (step bytes from four
 * dimensions to the next four): x = scale * codes + a rest. */
struct wh_near_code_query {
    float scale;
    double length, rest; /* upper bounds of |scale * codes| and of the rest's norm */
};

/* Whether the kernel multiplies bytes, and the vocabulary is one that this pays for. */
bool wh_near_codes_of_use(const struct wh_near *near);
/* The rows' codes: made when first asked for, by whichever thread asks; NULL where the kernel has
 * no use for them or there is no memory. */
const struct wh_near_codes *wh_near_codes(const struct wh_near *near);
/* What wh_near_codes() keeps in a struct wh_near. */
enum wh_status wh_near_codes_open(struct wh_near *near);
void wh_near_codes_close(struct wh_near *near);

struct wh_near_code_query wh_near_encode(const double *point, uint32_t dim, size_t step,
                                         uint8_t *codes);
/* Rounding of the few float operations on products and halves: upper bounds may be too low by it.
 */
double wh_near_code_loss(const struct wh_near *near, double length);

#endif
