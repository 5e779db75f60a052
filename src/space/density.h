/* SPDX-License-Identifier: GPL-3.0-or-later */
/* density.h - the formulas of local density, shared by density.c and derive.c. */
#ifndef WH_DENSITY_H
#define WH_DENSITY_H

#include "space/space.h"

double wh_knn_log_density(uint32_t k, uint32_t words, uint32_t dim, double radius);
/* ln of the Gaussian kernel's constant: -ln|W| - n ln(h sqrt(2 pi)). */
double wh_kde_constant(uint32_t words, uint32_t dim, double bandwidth);
/* ln sum_u e^{-d_u^2 / (2 h^2)}, distances by id. */
double wh_kde_log_sum(const double *distances, uint32_t words, double bandwidth);

/* ln pi of every word (|W|), the same for any number of threads and any kernel; see density_all.c
 * for how exact. */
enum wh_status wh_space_kde_all(const struct wh_embed *embed, double bandwidth, int threads,
                                struct wh_token *token, double *out);

/* Eigenvalues, descending, and axes (one a row, largest component positive) of a symmetric dim x
 * dim matrix, which is destroyed. */
enum wh_status wh_space_axes(double *covariance, uint32_t dim, double *values, double *axes);

#endif
