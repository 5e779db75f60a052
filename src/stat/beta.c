/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * beta.c - quantiles of the beta distribution by Newton's method on ln I_x(a, b) as a function of
 * ln x.
 *
 *     I_x(a, b) = x^a (1 - x)^b / (a B(a, b)) * F        F: continued fraction, DLMF 8.17.22
 *     d ln I / d ln x = a / ((1 - x) F)
 *
 * For b >= 1 the function is concave, so every step lands at or left of the root and the rest climb
 * towards it. The start is Abramowitz and Stegun 26.5.22. The factor before F is a binomial
 * probability in Loader's form (Fast and Accurate Computation of Binomial Probabilities, 2000):
 * gamma functions of large shapes would cancel. GSL's own inverse and continued fraction stop too
 * early for some shapes that occur here (a few successes, or more than some 1e7 trials).
 */
#include "stat/beta.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <math.h>

#define TERMS_MAX 1000000
#define STEPS_MAX 60

/* ln n! - ln(sqrt(2 pi n) (n/e)^n) for n >= 1. */
static double stirling_error(double n) {
    if (n <= 15) {
        int sign;
        return lgamma_r(n + 1, &sign) - (n + 0.5) * log(n) + n - (M_LN2 + M_LNPI) / 2;
    }
    double n2 = n * n;
    return (1. / 12 - (1. / 360 - (1. / 1260 - (1. / 1680 - 1. / 1188 / n2) / n2) / n2) / n2) / n;
}

/* x ln(x / mean) + mean - x, without cancellation where x is close to the mean. */
static double deviance(double x, double mean) {
    if (fabs(x - mean) >= 0.1 * (x + mean))
        return x * log(x / mean) + mean - x;
    double v = (x - mean) / (x + mean), sum = (x - mean) * v, power = 2 * x * v;
    for (int j = 1; j < 1000; j++) {
        power *= v * v;
        double next = sum + power / (2 * j + 1);
        if (next == sum)
            break;
        sum = next;
    }
    return sum;
}

/* ln of x^a y^b / (a B(a, b)), y = 1 - x. */
static double log_front(double a, double b, double x, double y) {
    double n = a + b;
    return stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) -
           deviance(b, n * y) + log(b / (2 * M_PI * a * n)) / 2;
}

/* Modified Lentz. All terms stay positive for x below (a + 1) / (a + b + 2), where quantiles are.
 */
static double fraction(double a, double b, double x) {
    double c = 1, d = 1 / (1 - (a + b) * x / (a + 1)), value = d;
    for (double m = 1; m < TERMS_MAX; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / (1 + even * d);
        c = 1 + even / c;
        value *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / (1 + odd * d);
        c = 1 + odd / c;
        value *= d * c;
        if (fabs(d * c - 1) <= 1e-15 || m == b) /* with a whole b the fraction ends */
            break;
    }
    return value;
}

/* ln x of the quantile, to a few digits. */
static double first_guess(double a, double b, double alpha) {
    double z = gsl_cdf_ugaussian_Qinv(alpha), lambda = (z * z - 3) / 6;
    double u = 1 / (2 * a - 1), v = 1 / (2 * b - 1), h = 2 / (u + v);
    double w = z * sqrt(fmax(0, h + lambda)) / h - (v - u) * (lambda + 5. / 6 - 2 / (3 * h));
    return -log1p(b / a * exp(2 * w)); /* x = a / (a + b e^{2w}) */
}

double wh_beta_log_quantile(double a, double b, double alpha) {
    double log_x = first_guess(a, b, alpha);
    for (int i = 0; i < STEPS_MAX; i++) {
        double x = exp(log_x), y = -expm1(log_x), f = fraction(a, b, x);
        double error = log_front(a, b, x, y) + log(f) - log(alpha);
        log_x -= error * y * f / a;
        /* The next error would be of the order of this one's square. */
        if (fabs(error) < 1e-8)
            break;
    }
    return log_x;
}
