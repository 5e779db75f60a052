/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mech_laplace_local.c - noise fitted to the local density: epsilon_w = epsilon * median r_k /
 * r_k(w).
 *
 * The "noise calibrated to density" picture. It has no bound: the scale of the noise depends on the
 * secret word, so the size of a displacement tells dense words from sparse ones.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/round.h"
#include "mech/vector_noise.h"
#include "rng/sample.h"

enum { EPSILON };

struct laplace_local {
    struct wh_vector_noise vector; /* first: vector_noise.h works on it */
    double epsilon;
    const struct wh_derived *derived;
};

static double local_epsilon(const struct laplace_local *laplace_local, uint32_t word) {
    double radius = laplace_local->derived->radius[word];
    return laplace_local->epsilon * laplace_local->derived->radius_median / radius;
}

static double noise(const void *state, uint32_t word, struct wh_rng *rng, double *out) {
    const struct laplace_local *laplace_local = state;
    uint32_t dim = laplace_local->vector.dim;
    if (laplace_local->derived->radius[word] > 0)
        return wh_sample_laplace(rng, dim, local_epsilon(laplace_local, word), out);
    for (uint32_t j = 0; j < dim; j++) /* twins all around: the fitted noise is none */
        out[j] = 0;
    return 0;
}

static enum wh_status open_laplace_local(const struct wh_mech_env *env, double *values,
                                         void **state) {
    const struct wh_embed *embed = wh_near_embed(env->near);
    struct laplace_local *made;
    if (WH_ALLOC(made, 1) != WH_OK)
        return WH_NOMEM;
    *made = (struct laplace_local){
        {env->near, wh_embed_dim(embed), 1, noise, NULL}, values[EPSILON], wh_embed_derived(embed)};
    *state = made;
    return WH_OK;
}

static void guarantee(const void *state, struct wh_guarantee *guarantee) {
    (void)state;
    *guarantee = (struct wh_guarantee){
        WH_LABEL_NONE, "euclidean", NAN, NAN,
        "no bound: the noise scale depends on the secret word, so its size gives the word away"};
}

static double loss(const void *state, double distance) {
    (void)state;
    return distance > 0 ? HUGE_VAL : 0;
}

static size_t figures(const void *state, struct wh_figure *figures) {
    const struct laplace_local *laplace_local = state;
    figures[0] = (struct wh_figure){"median_mean_radius", "distance",
                                    laplace_local->vector.dim / laplace_local->epsilon};
    figures[1] =
        (struct wh_figure){"median_radius", "distance", laplace_local->derived->radius_median};
    return 2;
}

const struct wh_mech wh_mech_laplace_local = {
    .name = "laplace-local",
    .title = "Laplace fitted to local density",
    .brief = "Laplace local",
    .paper =
        "the density-calibrated noise discussed in Feyisetan, Aggarwal, Xu, Teissier: Research "
        "Challenges in Designing Differentially Private Text Generation Mechanisms, FLAIRS 2021",
    .departure = "",
    .method = "As multivariate Laplace, with epsilon times (median r_k / r_k(w)), r_k the distance "
              "of the "
              "tenth neighbour: less noise in dense places, more in sparse ones.",
    .law_text =
        "No closed law: sampled, with intervals. No bound exists: at w and w' the noise has "
        "different scales, and the ratio of the two densities grows without limit.",
    .label = WH_LABEL_NONE,
    .loss_text = "unbounded",
    .needs_pairs = true,
    .params = {{"epsilon", "1/distance", 1e-6, 1e6, 10, false,
                "of a word whose tenth neighbour is at the median distance"}},
    .vector_noise = true,
    .open = open_laplace_local,
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
