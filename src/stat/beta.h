/* SPDX-License-Identifier: GPL-3.0-or-later */
/* beta.h - quantiles of the beta distribution, for intervals of proportions. */
#ifndef WH_BETA_H
#define WH_BETA_H

/* ln x with Pr[Beta(a, b) <= x] = alpha, for a, b >= 1 and alpha < 1/2. As a logarithm both ends
 * keep their precision: x = e^result, 1 - x = -expm1(result). Relative error of both below 1e-12,
 * up to a + b = 1e10 at least; time grows with the square root of a + b. */
double wh_beta_log_quantile(double a, double b, double alpha);

#endif
