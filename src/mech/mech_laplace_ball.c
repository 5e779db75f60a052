/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mech_laplace_ball.c - truncation by distance: multivariate Laplace conditioned on |eta| <= rho.
 *
 * Proposed in Feyisetan, Aggarwal, Xu, Teissier: Research Challenges in Designing Differentially
 * Private Text Generation Mechanisms, FLAIRS 2021. In sparse places the ball holds no other word's
 * cell, and nothing changes.
 *
 * Proof of the pair (epsilon d, delta(d)), delta(d) = 1 - G(rho - d)/G(rho), G the cdf of Gamma(n,
 * 1/epsilon): at points in both balls the densities differ by e^{epsilon d} at most; the mass of
 * w's noise outside the ball of w' is at most the mass beyond radius rho - d, because such points
 * are within rho of w and not of w'.
 */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/round.h"
#include "mech/vector_noise.h"
#include "rng/sample.h"

enum { EPSILON, RHO };

struct laplace_ball {
    struct wh_vector_noise vector; /* first: vector_noise.h works on it */
    double epsilon, rho;
    double inside; /* G(rho) */
};

#define REJECTION_PAYS 0.2 /* share inside above which radii are drawn until one is */
#define HALVINGS       60

/* The radius with cdf u G(rho), by bisection: right for any share inside. */
static double inverted_radius(const struct laplace_ball *laplace_ball, double u) {
    double low = 0, high = laplace_ball->rho;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        double below = gsl_cdf_gamma_P(middle, laplace_ball->vector.dim, 1 / laplace_ball->epsilon);
        if (below < u * laplace_ball->inside)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

static double noise(const void *state, uint32_t word, struct wh_rng *rng, double *out) {
    const struct laplace_ball *laplace_ball = state;
    uint32_t dim = laplace_ball->vector.dim;
    double radius;
    (void)word;
    wh_sample_sphere(rng, dim, out);
    if (laplace_ball->inside > REJECTION_PAYS) {
        do
            radius = wh_sample_gamma(rng, dim) / laplace_ball->epsilon;
        while (radius > laplace_ball->rho);
    } else {
        radius = inverted_radius(laplace_ball, wh_rng_uniform(rng));
    }
    for (uint32_t j = 0; j < dim; j++)
        out[j] *= radius;
    return radius;
}

static enum wh_status open_laplace_ball(const struct wh_mech_env *env, double *values,
                                        void **state) {
    const struct wh_embed *embed = wh_near_embed(env->near);
    double dim = wh_embed_dim(embed), epsilon = values[EPSILON];
    struct laplace_ball *made;
    if (isnan(values[RHO]))
        values[RHO] = dim / epsilon;
    double inside = gsl_cdf_gamma_P(values[RHO], dim, 1 / epsilon);
    if (!(inside > 1e-280))
        return wh_fail(
            WH_DATA,
            "laplace-ball: at epsilon = %g practically no noise is as short as rho = %g; "
            "the mean radius is %g",
            epsilon, values[RHO], dim / epsilon);
    if (WH_ALLOC(made, 1) != WH_OK)
        return WH_NOMEM;
    *made = (struct laplace_ball){
        {env->near, wh_embed_dim(embed), 1, noise, NULL}, epsilon, values[RHO], inside};
    *state = made;
    return WH_OK;
}

static void guarantee(const void *state, struct wh_guarantee *guarantee) {
    const struct laplace_ball *laplace_ball = state;
    *guarantee = (struct wh_guarantee){
        WH_LABEL_PROVEN_IDEAL, "euclidean", laplace_ball->epsilon, NAN,
        "only together with delta(d) = 1 - G(rho - d)/G(rho): beyond d = rho delta is 1"};
}

static double loss(const void *state, double distance) {
    const struct laplace_ball *laplace_ball = state;
    return wh_round_up(laplace_ball->epsilon * distance, 1);
}

/* Computed as the share of the radii beyond rho - d, so that small ones keep their digits; rounded
 * up by more than the error of the gamma function. */
static double delta(const void *state, double distance) {
    const struct laplace_ball *laplace_ball = state;
    double dim = laplace_ball->vector.dim, scale = 1 / laplace_ball->epsilon;
    double reach = laplace_ball->rho - distance;
    if (!(reach > 0))
        return 1;
    double beyond =
        gsl_cdf_gamma_Q(reach, dim, scale) - gsl_cdf_gamma_Q(laplace_ball->rho, dim, scale);
    double below = laplace_ball->inside - gsl_cdf_gamma_P(reach, dim, scale);
    double shell = laplace_ball->inside < 0.5 ? below : beyond;
    return fmin(1, fmax(0, shell) / laplace_ball->inside * (1 + 1e-9) + 1e-15);
}

static size_t figures(const void *state, struct wh_figure *figures) {
    const struct laplace_ball *laplace_ball = state;
    figures[0] = (struct wh_figure){"rho", "distance", laplace_ball->rho};
    figures[1] = (struct wh_figure){"inside", "probability", laplace_ball->inside};
    return 2;
}

const struct wh_mech wh_mech_laplace_ball = {
    .name = "laplace-ball",
    .title = "Laplace within a ball",
    .brief = "Laplace ball",
    .paper = "proposed in Feyisetan, Aggarwal, Xu, Teissier: Research Challenges in Designing "
             "Differentially Private Text Generation Mechanisms, FLAIRS 2021",
    .departure = "",
    .method = "As multivariate Laplace, with the noise conditioned on a length of at most rho.",
    .law_text =
        "No closed law: sampled, with intervals. The guarantee is a pair: loss epsilon d except "
        "with "
        "probability delta(d) = 1 - G(rho - d)/G(rho), G the cdf of Gamma(n, 1/epsilon) and G(x) = "
        "0 "
        "for x < 0. Proof: inside both balls as for multivariate Laplace; outside the other's ball "
        "lies at most the mass beyond radius rho - d.",
    .label = WH_LABEL_PROVEN_IDEAL,
    .loss_text = "epsilon * d, except with probability delta(d)",
    .params = {{"epsilon", "1/distance", 1e-6, 1e6, 10, false, "privacy parameter"},
               {"rho", "distance", 1e-6, 1e9, NAN, false,
                "largest length of the noise; default: its mean n/epsilon"}},
    .vector_noise = true,
    .open = open_laplace_ball,
    .close = free,
    .guarantee = guarantee,
    .loss = loss,
    .delta = delta,
    .figures = figures,
    .site_open = wh_vector_site_open,
    .site_close = wh_vector_site_close,
    .site_bytes = wh_vector_site_bytes,
    .draw = wh_vector_draw,
    .trace = wh_vector_trace,
};
