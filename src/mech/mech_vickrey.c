/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mech_vickrey.c - second price: Laplace noise, then the nearest or the second nearest word.
 *
 * Xu, Aggarwal, Feyisetan, Teissier: On a Utilitarian Approach to Privacy Preserving Text
 * Generation, PrivateNLP 2021. Departure: the two nearest words are taken from all of W, so that
 * the choice is post-processing; exclude-input=1 is the paper's print, which leaves the input word
 * out.
 *
 * Proof of L(d) = epsilon d: u_1, u_2 and their distances are functions of the noisy point alone,
 * so the coin is post-processing of multivariate Laplace. With exclude-input the choice looks at
 * the input: w comes out with probability 0 while a neighbour can become w, and no bound exists.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/round.h"
#include "mech/vector_noise.h"
#include "rng/sample.h"

enum { EPSILON, T, EXCLUDE_INPUT };

struct vickrey {
    struct wh_vector_noise vector; /* first: vector_noise.h works on it */
    double epsilon, t;
    bool exclude_input;
};

static double noise(const void *state, uint32_t word, struct wh_rng *rng, double *out) {
    const struct vickrey *vickrey = state;
    (void)word;
    return wh_sample_laplace(rng, vickrey->vector.dim, vickrey->epsilon, out);
}

/* (1-t) r_2 / (t r_1 + (1-t) r_2); two words at the noisy point itself are equally good. */
static double first_wins(double t, double r1, double r2) {
    double total = t * r1 + (1 - t) * r2;
    return total > 0 ? (1 - t) * r2 / total : 1 - t;
}

static enum wh_status choose(const void *state, uint32_t word, double uniform,
                             const struct wh_neighbour *found, uint32_t *output) {
    const struct vickrey *vickrey = state;
    struct wh_neighbour best[2];
    size_t count = 0;
    for (size_t i = 0; i < vickrey->vector.k && count < 2; i++)
        if (!vickrey->exclude_input || found[i].id != word)
            best[count++] = found[i];
    if (count == 0) { /* a vocabulary of one word, and that left out */
        *output = word;
        return WH_OK;
    }
    bool first = count == 1 || uniform < first_wins(vickrey->t, best[0].distance, best[1].distance);
    *output = best[first ? 0 : 1].id;
    return WH_OK;
}

static enum wh_status open_vickrey(const struct wh_mech_env *env, double *values, void **state) {
    const struct wh_embed *embed = wh_near_embed(env->near);
    bool exclude = values[EXCLUDE_INPUT] != 0;
    size_t wanted = exclude ? 3 : 2;
    struct vickrey *made;
    if (WH_ALLOC(made, 1) != WH_OK)
        return WH_NOMEM;
    if (wanted > wh_embed_words(embed))
        wanted = wh_embed_words(embed);
    *made = (struct vickrey){{env->near, wh_embed_dim(embed), wanted, noise, choose},
                             values[EPSILON],
                             values[T],
                             exclude};
    *state = made;
    return WH_OK;
}

static void guarantee(const void *state, struct wh_guarantee *guarantee) {
    const struct vickrey *vickrey = state;
    if (vickrey->exclude_input)
        *guarantee = (struct wh_guarantee){
            WH_LABEL_NONE, "euclidean", NAN, NAN,
            "the input word never comes out while its neighbours can become it: no bound exists"};
    else
        *guarantee = (struct wh_guarantee){WH_LABEL_PROVEN_IDEAL, "euclidean", vickrey->epsilon,
                                           NAN, "post-processing of multivariate Laplace"};
}

static double loss(const void *state, double distance) {
    const struct vickrey *vickrey = state;
    if (vickrey->exclude_input)
        return distance > 0 ? HUGE_VAL : 0;
    return wh_round_up(vickrey->epsilon * distance, 1);
}

static size_t figures(const void *state, struct wh_figure *figures) {
    const struct vickrey *vickrey = state;
    figures[0] =
        (struct wh_figure){"mean_radius", "distance", vickrey->vector.dim / vickrey->epsilon};
    return 1;
}

const struct wh_mech wh_mech_vickrey = {
    .name = "vickrey",
    .title = "Vickrey (second price)",
    .brief = "Vickrey",
    .paper =
        "Xu, Aggarwal, Feyisetan, Teissier: On a Utilitarian Approach to Privacy Preserving Text "
        "Generation, PrivateNLP 2021",
    .departure =
        "the two nearest words are taken from the whole vocabulary; exclude-input=1 leaves the "
        "input out, as printed",
    .method =
        "Add multivariate Laplace noise; of the two words nearest to the noisy point, at distances "
        "r1 and r2, output the first with probability (1-t) r2 / (t r1 + (1-t) r2), else the "
        "second.",
    .law_text =
        "No closed law: sampled, with intervals. Proof of the bound: both words and their "
        "distances "
        "are functions of the noisy point, so the choice is post-processing. With exclude-input=1 "
        "no bound exists: the input word itself has probability 0.",
    .label = WH_LABEL_PROVEN_IDEAL,
    .loss_text = "epsilon * d",
    .params = {{"epsilon", "1/distance", 1e-6, 1e6, 10, false, "privacy parameter"},
               {"t", "", 0, 1, 0.5, false, "weight of the second word: 0 always the first"},
               {"exclude-input", "", 0, 1, 0, true, "1: leave the input word out, as printed"}},
    .vector_noise = true,
    .open = open_vickrey,
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
