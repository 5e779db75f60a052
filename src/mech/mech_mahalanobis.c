/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mech_mahalanobis.c - elliptical Laplace noise: R = lambda Sigma + (1 - lambda) I, Sigma the
 * covariance of the vectors scaled to mean variance 1; noise l R^{1/2} v, v uniform on the sphere,
 * l from Gamma(n, 1/epsilon).
 *
 * Xu, Aggarwal, Feyisetan, Teissier: A Differentially Private Text Perturbation Method Using
 * Regularized Mahalanobis Metric, PrivateNLP 2020. Departure: none; the direction is not normalised
 * again after the root (programs that do lose the bound).
 *
 * Proof: R^{-1/2} eta is multivariate Laplace, so the bound is epsilon |phi(w) - phi(w')| in the
 * metric of R^{-1}. That metric is at most Euclidean distance / sqrt(smallest eigenvalue of R).
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/round.h"
#include "mech/vector_noise.h"
#include "rng/sample.h"

enum { EPSILON, LAMBDA };

struct mahalanobis {
    struct wh_vector_noise vector; /* first: vector_noise.h works on it */
    double epsilon, lambda;
    double smallest; /* eigenvalue of R */
    double *root;    /* dim x dim: axes times the roots of the eigenvalues, one axis a row */
};

static double noise(const void *state, uint32_t word, struct wh_rng *rng, double *out) {
    const struct mahalanobis *mahalanobis = state;
    uint32_t dim = mahalanobis->vector.dim;
    double square = 0;
    (void)word;
    for (uint32_t j = 0; j < dim; j++)
        out[j] = 0;
    /* In the basis of the axes a uniform direction is a uniform direction: normals, divided by
     * their norm. */
    for (uint32_t i = 0; i < dim; i++) {
        double normal = wh_rng_normal(rng);
        const double *axis = mahalanobis->root + (size_t)i * dim;
        square += normal * normal;
        for (uint32_t j = 0; j < dim; j++)
            out[j] += normal * axis[j];
    }
    double scale = wh_sample_gamma(rng, dim) / mahalanobis->epsilon / sqrt(square), norm = 0;
    for (uint32_t j = 0; j < dim; j++) {
        out[j] *= scale;
        norm += out[j] * out[j];
    }
    return sqrt(norm);
}

static void fill_root(struct mahalanobis *mahalanobis, const struct wh_derived *derived) {
    uint32_t dim = mahalanobis->vector.dim;
    double total = 0, lambda = mahalanobis->lambda;
    for (uint32_t i = 0; i < dim; i++)
        total += derived->eigenvalues[i];
    mahalanobis->smallest = HUGE_VAL;
    for (uint32_t i = 0; i < dim; i++) {
        double scaled = total > 0 ? derived->eigenvalues[i] * dim / total : 1;
        double value = lambda * scaled + 1 - lambda;
        mahalanobis->smallest = fmin(mahalanobis->smallest, value);
        for (uint32_t j = 0; j < dim; j++)
            mahalanobis->root[(size_t)i * dim + j] =
                sqrt(value) * derived->axes[(size_t)i * dim + j];
    }
}

static void close_mahalanobis(void *state) {
    struct mahalanobis *mahalanobis = state;
    free(mahalanobis->root);
    free(mahalanobis);
}

static enum wh_status open_mahalanobis(const struct wh_mech_env *env, double *values,
                                       void **state) {
    enum wh_status status = WH_OK;
    const struct wh_embed *embed = wh_near_embed(env->near);
    const struct wh_derived *derived = wh_embed_derived(embed);
    uint32_t dim = wh_embed_dim(embed);
    struct mahalanobis *made = NULL;
    if (!derived->axes)
        return wh_fail(WH_UNAVAILABLE,
                       "mahalanobis needs the covariance of the vocabulary, which is "
                       "not computed");
    WH_TRY(WH_ALLOC(made, 1));
    *made = (struct mahalanobis){.vector = {env->near, dim, 1, noise, NULL},
                                 .epsilon = values[EPSILON],
                                 .lambda = values[LAMBDA]};
    WH_TRY(WH_ALLOC(made->root, (size_t)dim * dim));
    fill_root(made, derived);
    *state = made;
    made = NULL;
out:
    if (made)
        close_mahalanobis(made);
    return status;
}

/* epsilon per unit of Euclidean distance, rounded up; infinite when an axis has no variance and
 * lambda is 1. */
static double slope(const struct mahalanobis *mahalanobis) {
    return wh_round_up(mahalanobis->epsilon / sqrt(mahalanobis->smallest), 4);
}

static void guarantee(const void *state, struct wh_guarantee *guarantee) {
    *guarantee = (struct wh_guarantee){
        WH_LABEL_PROVEN_IDEAL, "mahalanobis, given in euclidean terms", slope(state), NAN,
        "proven as epsilon times the distance in the metric of R^-1; here as its Euclidean bound"};
}

static double loss(const void *state, double distance) {
    return distance > 0 ? wh_round_up(slope(state) * distance, 1) : 0;
}

static size_t figures(const void *state, struct wh_figure *figures) {
    const struct mahalanobis *mahalanobis = state;
    figures[0] = (struct wh_figure){"mean_radius", "distance in its metric",
                                    mahalanobis->vector.dim / mahalanobis->epsilon};
    figures[1] = (struct wh_figure){"smallest_eigenvalue", "", mahalanobis->smallest};
    return 2;
}

const struct wh_mech wh_mech_mahalanobis = {
    .name = "mahalanobis",
    .title = "Mahalanobis (elliptical Laplace)",
    .brief = "Mahalanobis",
    .paper = "Xu, Aggarwal, Feyisetan, Teissier: A Differentially Private Text Perturbation Method "
             "Using "
             "Regularized Mahalanobis Metric, PrivateNLP 2020",
    .departure = "",
    .method = "As multivariate Laplace, with the noise stretched by R^(1/2), R = lambda Sigma + (1 "
              "- lambda) "
              "I, Sigma the covariance of the vectors scaled to mean variance 1.",
    .law_text =
        "No closed law: sampled, with intervals. Proof of the bound: R^(-1/2) times the noise is "
        "multivariate Laplace, so the loss is epsilon |phi(w) - phi(w')| in the metric of R^(-1), "
        "at most epsilon d / sqrt(smallest eigenvalue of R) in Euclidean terms.",
    .label = WH_LABEL_PROVEN_IDEAL,
    .loss_text = "epsilon * distance in the metric of R^-1",
    .needs_pairs = true,
    .params = {{"epsilon", "1/distance", 1e-6, 1e6, 10, false,
                "privacy parameter, in its own metric"},
               {"lambda", "", 0, 1, 0.2, false,
                "share of the covariance; 0 gives multivariate Laplace"}},
    .vector_noise = true,
    .open = open_mahalanobis,
    .close = close_mahalanobis,
    .guarantee = guarantee,
    .loss = loss,
    .figures = figures,
    .site_open = wh_vector_site_open,
    .site_close = wh_vector_site_close,
    .site_bytes = wh_vector_site_bytes,
    .draw = wh_vector_draw,
    .trace = wh_vector_trace,
};
