/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mech_laplace.c - multivariate Laplace: noise with density proportional to e^{-epsilon |eta|} is added to
 * the word's vector and the nearest word of the whole vocabulary, the word itself included, comes out.
 *
 * Feyisetan, Balle, Drake, Diethe: Privacy- and Utility-Preserving Textual Analysis via Calibrated
 * Multivariate Perturbations, WSDM 2020. No departure: the search is exact, ties go to the smaller id.
 *
 * Proof of L(d) = epsilon d: the density of phi(w) + eta at x is c e^{-epsilon |x - phi(w)|}, and
 * |x - phi(w')| - |x - phi(w)| <= |phi(w) - phi(w')| by the triangle inequality; the nearest word is a
 * function of x alone, so post-processing keeps the ratio. Ideal: real-valued noise is assumed.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/round.h"
#include "mech/mech.h"
#include "rng/sample.h"
#include "vec/vec.h"

enum { EPSILON };

#define BATCH (4 * WH_VEC_PANEL)

struct laplace {
    const struct wh_near *near;
    uint32_t dim;
    double epsilon;
};

static enum wh_status open_laplace(const struct wh_mech_env *env, double *values,
                                   void **state) {
    struct laplace *made;
    if (WH_ALLOC(made, 1) != WH_OK)
        return WH_NOMEM;
    *made = (struct laplace){env->near, wh_embed_dim(wh_near_embed(env->near)), values[EPSILON]};
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
    double n = laplace->dim;
    figures[0] = (struct wh_figure){"mean_radius", "distance", n / laplace->epsilon};
    figures[1] = (struct wh_figure){"sd_radius", "distance", sqrt(n) / laplace->epsilon};
    return 2;
}

/* The noisy vector of one trial; returns the radius of its noise. */
static double noisy_point(const struct laplace *laplace, uint32_t word, struct wh_rng *rng,
                          double *point) {
    const float *row = wh_embed_row(wh_near_embed(laplace->near), word);
    double radius = wh_sample_laplace(rng, laplace->dim, laplace->epsilon, point);
    for (uint32_t j = 0; j < laplace->dim; j++)
        point[j] += (double)row[j];
    return radius;
}

static enum wh_status draw_batch(const struct laplace *laplace, uint32_t word,
                                 const struct wh_draws *draws, uint32_t *out) {
    struct wh_scratch *scratch = draws->scratch;
    struct wh_rng rng;
    for (size_t t = 0; t < draws->count; t++) {
        wh_rng_open(draws->lane, draws->first + t, &rng);
        noisy_point(laplace, word, &rng, scratch->points + t * laplace->dim);
    }
    enum wh_status status = wh_near_decode(laplace->near, scratch->near, scratch->points,
                                           draws->count, 1, word, scratch->found);
    for (size_t t = 0; t < draws->count && status == WH_OK; t++)
        out[t] = scratch->found[t].id;
    return status;
}

static enum wh_status draw(const void *state, const void *site, uint32_t word,
                           const struct wh_draws *draws, uint32_t *out) {
    const struct laplace *laplace = state;
    enum wh_status status = wh_scratch_fit(draws->scratch, laplace->dim, BATCH, 1);
    (void)site;
    for (size_t done = 0; done < draws->count && status == WH_OK; done += BATCH) {
        struct wh_draws part = *draws;
        part.first += done;
        part.count = draws->count - done < BATCH ? draws->count - done : BATCH;
        status = draw_batch(laplace, word, &part, out + done);
    }
    return status;
}

static enum wh_status trace(const void *state, const void *site, uint32_t word,
                            const struct wh_draws *draws, struct wh_trace *trace, double *point) {
    enum wh_status status = WH_OK;
    const struct laplace *laplace = state;
    struct wh_neighbour nearest;
    struct wh_rng rng;
    size_t found;
    (void)site;
    WH_TRY(wh_scratch_fit(draws->scratch, laplace->dim, 1, 1));
    double *at = point ? point : draws->scratch->points;
    wh_rng_open(draws->lane, draws->first, &rng);
    trace->radius = trace->input_distance = noisy_point(laplace, word, &rng, at);
    WH_TRY(wh_near_point(laplace->near, at, 1, &nearest, &found));
    trace->output = nearest.id;
    trace->output_distance = nearest.distance;
out:
    return status;
}

const struct wh_mech wh_mech_laplace = {
    .name = "laplace",
    .title = "multivariate Laplace",
    .brief = "Laplace",
    .paper = "Feyisetan, Balle, Drake, Diethe: Privacy- and Utility-Preserving Textual Analysis via "
             "Calibrated Multivariate Perturbations, WSDM 2020",
    .departure = "",
    .method = "Draw a direction uniform on the sphere and a radius from Gamma(n, 1/epsilon); add the "
              "noise to the word's vector; output the nearest word of the whole vocabulary, the word "
              "itself included.",
    .law_text = "No closed law: probabilities are volumes of Voronoi cells under the noise, so they are "
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
    .draw = draw,
    .trace = trace,
};
