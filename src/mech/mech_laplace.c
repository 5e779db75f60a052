/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mech_laplace.c - multivariate Laplace: noise with density proportional to e^{-epsilon |eta|} is
 * added to the word's vector and the nearest word of the whole vocabulary, the word itself
 * included, comes out.
 *
 * Feyisetan, Balle, Drake, Diethe: Privacy- and Utility-Preserving Textual Analysis via Calibrated
 * Multivariate Perturbations, WSDM 2020. No departure: the search is exact, ties go to the smaller
 * id.
 *
 * Proof of L(d) = epsilon d: the density of phi(w) + eta at x is c e^{-epsilon |x - phi(w)|}, and
 * |x - phi(w')| - |x - phi(w)| <= |phi(w) - phi(w')| by the triangle inequality; the nearest word
 * is a function of x alone, so post-processing keeps the ratio. Ideal: real-valued noise is
 * assumed.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/round.h"
#include "mech/vector_noise.h"
#include "rng/sample.h"

enum { EPSILON };

struct laplace {
    struct wh_vector_noise vector; /* first: vector_noise.h works on it */
    double epsilon;
};

static double noise(const void *state, uint32_t word, struct wh_rng *rng, double *out) {
    const struct laplace *laplace = state;
    (void)word;
    return wh_sample_laplace(rng, laplace->vector.dim, laplace->epsilon, out);
}

static enum wh_status open_laplace(const struct wh_mech_env *env, double *values, void **state) {
    struct laplace *made;
    if (WH_ALLOC(made, 1) != WH_OK)
        return WH_NOMEM;
    *made = (struct laplace){{env->near, wh_embed_dim(wh_near_embed(env->near)), 1, noise, NULL},
                             values[EPSILON]};
    *state = made;
    return WH_OK;
}

static void guarantee(const void *state, struct wh_guarantee *guarantee) {
    const struct laplace *laplace = state;
    *guarantee = (struct wh_guarantee){
        WH_LABEL_PROVEN_IDEAL, "euclidean", laplace->epsilon, NAN,
        "epsilon multiplies a distance of this embedding: compare n/epsilon with the nearest "
        "neighbour's distance"};
}

static double loss(const void *state, double distance) {
    const struct laplace *laplace = state;
    return wh_round_up(laplace->epsilon * distance, 1);
}

static size_t figures(const void *state, struct wh_figure *figures) {
    const struct laplace *laplace = state;
    double n = laplace->vector.dim;
    figures[0] = (struct wh_figure){"mean_radius", "distance", n / laplace->epsilon};
    figures[1] = (struct wh_figure){"sd_radius", "distance", sqrt(n) / laplace->epsilon};
    return 2;
}

const struct wh_mech wh_mech_laplace = {
    .name = "laplace",
    .title = "multivariate Laplace",
    .brief = "Laplace",
    .paper =
        "Feyisetan, Balle, Drake, Diethe: Privacy- and Utility-Preserving Textual Analysis via "
        "Calibrated Multivariate Perturbations, WSDM 2020",
    .departure = "",
    .method =
        "Draw a direction uniform on the sphere and a radius from Gamma(n, 1/epsilon); add the "
        "noise to the word's vector; output the nearest word of the whole vocabulary, the word "
        "itself included.",
    .law_text =
        "No closed law: probabilities are volumes of Voronoi cells under the noise, so they are "
        "sampled, with intervals. The mean radius is n/epsilon, its standard deviation "
        "sqrt(n)/epsilon. Proof of the bound: densities at any point differ by at most "
        "e^(epsilon d) by the triangle inequality, and the nearest word is post-processing.",
    .label = WH_LABEL_PROVEN_IDEAL,
    .loss_text = "epsilon * d",
    .vector_noise = true,
    .params = {{"epsilon", "1/distance", 1e-6, 1e6, 10, false,
                "privacy parameter; mean noise is n/epsilon"}},
    .open = open_laplace,
    .close = free,
    .guarantee = guarantee,
    .loss = loss,
    .figures = figures,
    .site_open = wh_vector_site_open,
    .site_close = wh_vector_site_close,
    .site_bytes = wh_vector_site_bytes,
    .draw = wh_vector_draw,
    .trace = wh_vector_trace,
};
