/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wordhaze_broken.c - wordhaze with a fault made on purpose, for tests of what must notice it:
 *
 *     wordhaze_broken --test-break half-noise COMMAND...
 *
 * half-noise: the radius of every vector noise is half of what it should be, so that the noise is
 * that of 2 epsilon. The linker puts these functions before the right ones (ld --wrap); without the
 * option nothing is broken.
 */
#include <string.h>

#include "cli/cli.h"
#include "rng/sample.h"

static double factor = 1;

double __real_wh_sample_gamma(struct wh_rng *rng, double shape);
double __wrap_wh_sample_gamma(struct wh_rng *rng, double shape);
double __real_wh_sample_laplace(struct wh_rng *rng, size_t n, double epsilon, double *noise);
double __wrap_wh_sample_laplace(struct wh_rng *rng, size_t n, double epsilon, double *noise);

double __wrap_wh_sample_gamma(struct wh_rng *rng, double shape) {
    return factor * __real_wh_sample_gamma(rng, shape);
}

double __wrap_wh_sample_laplace(struct wh_rng *rng, size_t n, double epsilon, double *noise) {
    return __real_wh_sample_laplace(rng, n, epsilon / factor, noise);
}

int main(int argc, char **argv) {
    if (argc > 2 && strcmp(argv[1], "--test-break") == 0 && strcmp(argv[2], "half-noise") == 0) {
        factor = 0.5;
        argv[2] = argv[0];
        argc -= 2;
        argv += 2;
    }
    return wh_cli_main(argc, argv, NULL, NULL);
}
