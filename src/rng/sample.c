/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sample.c - vector noise and discrete choice. */
#include "rng/sample.h"

#include <math.h>

void wh_sample_sphere(struct wh_rng *rng, size_t n, double *direction) {
    double sum;
    do {
        sum = 0;
        wh_rng_normals(rng, n, direction);
        for (size_t j = 0; j < n; j++)
            sum += direction[j] * direction[j];
    } while (sum == 0);
    double scale = 1 / sqrt(sum);
    for (size_t j = 0; j < n; j++)
        direction[j] *= scale;
}

double wh_sample_gamma(struct wh_rng *rng, double shape) {
    const double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = wh_rng_normal(rng), v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        double u = wh_rng_uniform(rng);
        if (log(u) < 0.5 * x * x + d - d * v + d * log(v))
            return d * v;
    }
}

double wh_sample_laplace(struct wh_rng *rng, size_t n, double epsilon, double *noise) {
    wh_sample_sphere(rng, n, noise);
    double radius = wh_sample_gamma(rng, (double)n) / epsilon;
    for (size_t j = 0; j < n; j++)
        noise[j] *= radius;
    return radius;
}

uint32_t wh_find_cumulative(const double *cumulative, uint32_t count, double target) {
    uint32_t low = 0, high = count - 1; /* the answer lies in low..high */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (cumulative[middle] > target)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}
