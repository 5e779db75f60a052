/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mech_laplace_rank.c - the rank fix: multivariate Laplace, then one of the neighbours of its
 * output, by rank.
 *
 * Asghar and others, PoPETs 2026(1): multivariate Laplace returns the word itself or something far
 * away; a rank r among the neighbours of its output, Pr proportional to e^{-c epsilon r}, brings
 * close words back.
 *
 * Proof of L(d) = epsilon d: the rank is drawn from the output of multivariate Laplace alone: post-
 * processing. The law of the rank is geometric, cut at |W|: drawn by inversion.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/round.h"
#include "mech/vector_noise.h"
#include "rng/sample.h"

enum { EPSILON, C };

struct laplace_rank {
    struct wh_vector_noise vector; /* first: vector_noise.h works on it */
    double epsilon, c;
    uint32_t words;
};

static double noise(const void *state, uint32_t word, struct wh_rng *rng, double *out) {
    const struct laplace_rank *laplace_rank = state;
    (void)word;
    return wh_sample_laplace(rng, laplace_rank->vector.dim, laplace_rank->epsilon, out);
}

/* r in 0..words-1 with Pr proportional to q^r, q = e^{-c epsilon}. */
static uint32_t rank_of(const struct laplace_rank *laplace_rank, double uniform) {
    double rate = laplace_rank->c * laplace_rank->epsilon, words = laplace_rank->words;
    /* F(r) = (1 - q^{r+1}) / (1 - q^{words}) */
    double rank =
        rate > 0 ? floor(log1p(uniform * expm1(-rate * words)) / -rate) : floor(uniform * words);
    return rank < words ? (uint32_t)rank : laplace_rank->words - 1;
}

static enum wh_status choose(const void *state, uint32_t word, double uniform,
                             const struct wh_neighbour *found, uint32_t *output) {
    enum wh_status status = WH_OK;
    const struct laplace_rank *laplace_rank = state;
    uint32_t rank = rank_of(laplace_rank, uniform);
    struct wh_neighbour *list = NULL;
    size_t count;
    (void)word;
    *output = found[0].id;
    if (rank == 0)
        return WH_OK;
    WH_TRY(WH_ALLOC(list, rank));
    WH_TRY(wh_near_word(laplace_rank->vector.near, found[0].id, rank, list, &count));
    *output = list[count - 1].id;
out:
    free(list);
    return status;
}

static enum wh_status open_laplace_rank(const struct wh_mech_env *env, double *values,
                                        void **state) {
    const struct wh_embed *embed = wh_near_embed(env->near);
    struct laplace_rank *made;
    if (WH_ALLOC(made, 1) != WH_OK)
        return WH_NOMEM;
    *made = (struct laplace_rank){{env->near, wh_embed_dim(embed), 1, noise, choose},
                                  values[EPSILON],
                                  values[C],
                                  wh_embed_words(embed)};
    *state = made;
    return WH_OK;
}

static void guarantee(const void *state, struct wh_guarantee *guarantee) {
    const struct laplace_rank *laplace_rank = state;
    *guarantee = (struct wh_guarantee){WH_LABEL_PROVEN_IDEAL, "euclidean", laplace_rank->epsilon,
                                       NAN, "post-processing of multivariate Laplace"};
}

static double loss(const void *state, double distance) {
    const struct laplace_rank *laplace_rank = state;
    return wh_round_up(laplace_rank->epsilon * distance, 1);
}

static size_t figures(const void *state, struct wh_figure *figures) {
    const struct laplace_rank *laplace_rank = state;
    figures[0] = (struct wh_figure){"mean_radius", "distance",
                                    laplace_rank->vector.dim / laplace_rank->epsilon};
    return 1;
}

const struct wh_mech wh_mech_laplace_rank = {
    .name = "laplace-rank",
    .title = "Laplace with the rank fix",
    .brief = "Laplace rank",
    .paper = "Asghar et al., PoPETs 2026(1)",
    .departure = "the rank is drawn by inversion of its geometric law, without a softmax",
    .method = "Draw a word by multivariate Laplace; then replace it by its neighbour of rank r (0 "
              "= itself), "
              "r with probability proportional to e^(-c epsilon r).",
    .law_text = "No closed law: sampled, with intervals. Proof of the bound: the rank depends on "
                "the output "
                "of multivariate Laplace alone, so it is post-processing.",
    .label = WH_LABEL_PROVEN_IDEAL,
    .loss_text = "epsilon * d",
    .params = {{"epsilon", "1/distance", 1e-6, 1e6, 10, false, "privacy parameter"},
               {"c", "", 0, 1000, 0.04, false, "decay of the rank: 0.04 suits GloVe"}},
    .vector_noise = true,
    .open = open_laplace_rank,
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
