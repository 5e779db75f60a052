/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mech_density_mh.c - noise on the vector with a public prior over the whole space:
 *
 *     p(z|w) proportional to S(z)^kappa e^{-(epsilon/2) |z - phi(w)|},
 *     S(z) = sum_u e^{-|z-u|^2/(2h^2)},
 *
 * drawn by Metropolis and Hastings; the nearest word comes out. Proposed in Feyisetan, Aggarwal,
 * Xu, Teissier: Research Challenges in Designing Differentially Private Text Generation Mechanisms,
 * FLAIRS 2021. Ours: every draw is the end of a chain of its own, so that draws are independent and
 * intervals hold; it starts at a draw of p with kappa = 0, which is Laplace noise of epsilon/2. The
 * first half of the steps is burn-in, in which alone the size of the Gaussian proposal is tuned
 * (Robbins and Monro, towards the acceptance of Gelman, Roberts, Gilks 1996).
 *
 * L(d) = epsilon d holds for p: the prior cancels from the ratio, then as for the exponential
 * mechanism; what a finite chain draws from is only near p. Hence the label.
 *
 * Chains run WH_VEC_PANEL side by side. S is computed from z rounded to floats by the kernel that
 * gives the same bits everywhere; over the built-in vectors ln S errs by less than 1e-6 as far as
 * noise of epsilon 10 leads, and by less than 5e-6 as far as floats reach (tests/prop/test_kde.c).
 * Beyond, where S is below 1e-30, ln S is computed in double and the log domain.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mech/site.h"
#include "base/round.h"
#include "mech/mech.h"
#include "rng/sample.h"
#include "vec/vec.h"

enum { EPSILON, KAPPA, STEPS };

#define SIDE   WH_VEC_PANEL /* chains side by side */
#define ROWS   64           /* words in a tile */
#define CHAINS 4            /* that diagnostics look at */
#define JUDGED (1ULL << 60) /* their first trial: chains of their own */

struct density_mh {
    const struct wh_near *near;
    uint32_t dim, words;
    double epsilon, kappa, bandwidth;
    uint32_t steps;
    float *half; /* |u|^2 / 2 of every word, 64-byte aligned */
};

/* ---- chains side by side ---- */

struct walk {
    const struct density_mh *mechanism;
    const float *center;
    size_t count;
    struct wh_rng rng[SIDE];
    double *at, *next; /* count x dim: where the chains are, and the proposals */
    double distance[SIDE], next_distance[SIDE]; /* from the word */
    double prior[SIDE], next_prior[SIDE];       /* ln S */
    double log_size[SIDE];
    uint64_t accepted, proposed; /* after burn-in */
    float *panel, *panel_half, *dots;
    double *sums;
};

static void walk_close(struct walk *walk) {
    free(walk->at);
    free(walk->next);
    free(walk->panel);
    free(walk->panel_half);
    free(walk->dots);
    free(walk->sums);
}

static enum wh_status walk_alloc(const struct density_mh *mechanism, size_t count,
                                 struct walk *walk) {
    enum wh_status status = WH_OK;
    size_t dim = mechanism->dim;
    WH_TRY(WH_ALLOC(walk->at, count * dim));
    WH_TRY(WH_ALLOC(walk->next, count * dim));
    WH_TRY(WH_ALLOC_ALIGNED(walk->panel, SIDE * dim));
    WH_TRY(WH_ALLOC_ALIGNED(walk->panel_half, SIDE));
    WH_TRY(WH_ALLOC_ALIGNED(walk->dots, ROWS * SIDE));
    WH_TRY(WH_ALLOC_ALIGNED(walk->sums, SIDE));
    memset(walk->panel, 0, SIDE * dim * sizeof *walk->panel);
    memset(walk->panel_half, 0, SIDE * sizeof *walk->panel_half);
out:
    return status;
}

static void fill_panel(struct walk *walk, const double *points) {
    size_t dim = walk->mechanism->dim;
    for (size_t q = 0; q < walk->count; q++) {
        double square = 0;
        for (size_t j = 0; j < dim; j++) {
            float x = (float)points[q * dim + j];
            walk->panel[j * SIDE + q] = x;
            square += (double)x * (double)x;
        }
        walk->panel_half[q] = (float)(square / 2);
    }
}

/* ln S where S itself is no double. */
static double log_prior_far(const struct density_mh *mechanism, const double *point) {
    double nearest = HUGE_VAL, sum = 0, width2 = 2 * mechanism->bandwidth * mechanism->bandwidth;
    for (uint32_t u = 0; u < mechanism->words; u++)
        nearest = fmin(nearest, wh_near_distance_to(mechanism->near, point, u));
    for (uint32_t u = 0; u < mechanism->words; u++) {
        double d = wh_near_distance_to(mechanism->near, point, u);
        sum += exp((nearest * nearest - d * d) / width2);
    }
    return log(sum) - nearest * nearest / width2;
}

static void log_priors(struct walk *walk, const double *points, double *out) {
    const struct density_mh *mechanism = walk->mechanism;
    const struct wh_embed *embed = wh_near_embed(mechanism->near);
    size_t stride = wh_embed_stride(embed);
    const struct wh_vec_bells bells = {
        walk->panel,      mechanism->dim,
        walk->panel_half, (float)(1 / (mechanism->bandwidth * mechanism->bandwidth)),
        walk->dots,       walk->sums};
    if (mechanism->kappa == 0) {
        memset(out, 0, walk->count * sizeof *out);
        return;
    }
    fill_panel(walk, points);
    memset(walk->sums, 0, SIDE * sizeof *walk->sums);
    for (uint32_t row = 0; row < mechanism->words; row += ROWS) {
        uint32_t rows = mechanism->words - row < ROWS ? mechanism->words - row : ROWS;
        wh_vec()->bells(wh_embed_row(embed, row), stride, rows, mechanism->half + row, &bells);
    }
    for (size_t q = 0; q < walk->count; q++)
        out[q] = walk->sums[q] > 1e-30 ? log(walk->sums[q])
                                       : log_prior_far(mechanism, points + q * mechanism->dim);
}

static double from_center(const struct walk *walk, const double *point) {
    double sum = 0;
    for (size_t j = 0; j < walk->mechanism->dim; j++) {
        double difference = point[j] - (double)walk->center[j];
        sum += difference * difference;
    }
    return sqrt(sum);
}

/* Of one word. */
struct draws {
    const struct wh_trial *trials;
    size_t count;
    struct wh_scratch *scratch;
};

/* At draws of Laplace noise of epsilon/2, where kappa = 0 would stay; the proposals' first size is
 * the best one for the spread of that noise. With scattered every second chain begins so about any
 * other word: it ends where the others do, or none can be trusted. */
static void start(struct walk *walk, const struct wh_trial *trials, bool scattered) {
    const struct density_mh *mechanism = walk->mechanism;
    const struct wh_embed *embed = wh_near_embed(mechanism->near);
    size_t dim = mechanism->dim;
    for (size_t q = 0; q < walk->count; q++) {
        double *at = walk->at + q * dim;
        const float *from = walk->center;
        wh_rng_open(trials[q].lane, trials[q].number, &walk->rng[q]);
        if (scattered && q % 2)
            from = wh_embed_row(embed, (uint32_t)wh_rng_below(&walk->rng[q], mechanism->words));
        wh_sample_laplace(&walk->rng[q], dim, mechanism->epsilon / 2, at);
        for (size_t j = 0; j < dim; j++)
            at[j] += (double)from[j];
        walk->distance[q] = from_center(walk, at);
        walk->log_size[q] = log(2.38 * 2 / mechanism->epsilon);
    }
    log_priors(walk, walk->at, walk->prior);
}

static void propose(struct walk *walk) {
    size_t dim = walk->mechanism->dim;
    for (size_t q = 0; q < walk->count; q++) {
        double size = exp(walk->log_size[q]), *next = walk->next + q * dim;
        for (size_t j = 0; j < dim; j++)
            next[j] = walk->at[q * dim + j] + size * wh_rng_normal(&walk->rng[q]);
        walk->next_distance[q] = from_center(walk, next);
    }
    log_priors(walk, walk->next, walk->next_prior);
}

static void decide(struct walk *walk, uint32_t step) {
    const struct density_mh *mechanism = walk->mechanism;
    size_t dim = mechanism->dim;
    bool burning = step < mechanism->steps / 2;
    double goal = dim == 1 ? 0.44 : 0.234, gain = pow(step + 1.0, -0.6);
    for (size_t q = 0; q < walk->count; q++) {
        double rise = mechanism->kappa * (walk->next_prior[q] - walk->prior[q]) -
                      mechanism->epsilon / 2 * (walk->next_distance[q] - walk->distance[q]);
        double chance = rise < 0 ? exp(rise) : 1;
        bool accepted = wh_rng_uniform(&walk->rng[q]) < chance;
        if (accepted) {
            memcpy(walk->at + q * dim, walk->next + q * dim, dim * sizeof *walk->at);
            walk->distance[q] = walk->next_distance[q];
            walk->prior[q] = walk->next_prior[q];
        }
        if (burning) {
            walk->log_size[q] += gain * (chance - goal);
        } else {
            walk->accepted += accepted;
            walk->proposed++;
        }
    }
}

/* What diagnostics look at, after burn-in: chain by chain, count x length. */
static void record(const struct walk *walk, uint32_t index, struct wh_chains *chains) {
    for (size_t q = 0; chains && q < walk->count; q++) {
        chains->distance[q * chains->length + index] = walk->distance[q];
        chains->log_prior[q * chains->length + index] = walk->prior[q];
    }
}

/* Trials of a word, at most SIDE of them, to their ends; those that are recorded begin scattered.
 * The caller closes. */
static enum wh_status run_chains(const struct density_mh *mechanism, uint32_t word,
                                 const struct draws *draws, struct wh_chains *chains,
                                 struct walk *walk) {
    uint32_t burn_in = mechanism->steps / 2;
    const struct wh_token *token = draws->scratch ? draws->scratch->token : NULL;
    walk->mechanism = mechanism;
    walk->center = wh_embed_row(wh_near_embed(mechanism->near), word);
    walk->count = draws->count;
    enum wh_status status;
    WH_TRY(walk_alloc(mechanism, draws->count, walk));
    start(walk, draws->trials, chains != NULL);
    for (uint32_t step = 0; step < mechanism->steps; step++) {
        WH_TRY(wh_token_check(token));
        propose(walk);
        decide(walk, step);
        if (step >= burn_in)
            record(walk, step - burn_in, chains);
    }
out:
    return status;
}

/* ---- the descriptor's functions ---- */

static enum wh_status draw_some(const struct density_mh *mechanism, uint32_t word,
                                const struct draws *draws, uint32_t *out) {
    enum wh_status status;
    struct walk *walk = NULL;
    struct wh_neighbour found[SIDE];
    WH_TRY(WH_ALLOC(walk, 1));
    WH_TRY(run_chains(mechanism, word, draws, NULL, walk));
    WH_TRY(wh_near_decode(mechanism->near, draws->scratch->near, walk->at, draws->count, 1, word,
                          found));
    for (size_t q = 0; q < draws->count; q++)
        out[q] = found[q].id;
out:
    if (walk)
        walk_close(walk);
    free(walk);
    return status;
}

/* How many of the draws are of the first one's word, as far as they go side by side. */
static size_t same_word(const struct wh_draw_list *list, size_t first) {
    size_t count = 1;
    while (count < SIDE && first + count < list->count &&
           list->sites[first + count]->word == list->sites[first]->word)
        count++;
    return count;
}

static enum wh_status draw(const void *state, const struct wh_draw_list *list, uint32_t *out) {
    enum wh_status status = WH_OK;
    size_t count;
    for (size_t done = 0; done < list->count && status == WH_OK; done += count) {
        count = same_word(list, done);
        const struct draws part = {list->trials + done, count, list->scratch};
        status = draw_some(state, list->sites[done]->word, &part, out + done);
    }
    return status;
}

static enum wh_status trace(const void *state, const void *site, uint32_t word,
                            const struct wh_draws *draws, struct wh_trace *trace, double *point) {
    const struct wh_trial trial = {draws->lane, draws->first};
    (void)site;
    (void)point;
    return draw_some(state, word, &(struct draws){&trial, 1, draws->scratch}, &trace->output);
}

static enum wh_status chains(const void *state, uint32_t word, const struct wh_lane *lane,
                             struct wh_chains *chains) {
    enum wh_status status;
    const struct density_mh *mechanism = state;
    struct wh_trial trials[CHAINS];
    const struct draws draws = {trials, CHAINS, NULL};
    struct walk *walk = NULL;
    *chains =
        (struct wh_chains){.count = CHAINS, .length = mechanism->steps - mechanism->steps / 2};
    WH_TRY(WH_ALLOC(chains->distance, chains->count * chains->length));
    WH_TRY(WH_ALLOC(chains->log_prior, chains->count * chains->length));
    WH_TRY(WH_ALLOC(walk, 1));
    for (size_t i = 0; i < CHAINS; i++)
        trials[i] = (struct wh_trial){lane, JUDGED + i};
    WH_TRY(run_chains(mechanism, word, &draws, chains, walk));
    chains->acceptance = (double)walk->accepted / (double)walk->proposed;
out:
    if (walk)
        walk_close(walk);
    free(walk);
    if (status != WH_OK)
        wh_chains_close(chains);
    return status;
}

static void close_density_mh(void *state) {
    struct density_mh *mechanism = state;
    free(mechanism->half);
    free(mechanism);
}

static enum wh_status open_density_mh(const struct wh_mech_env *env, double *values, void **state) {
    const struct wh_embed *embed = wh_near_embed(env->near);
    const struct wh_derived *derived = wh_embed_derived(embed);
    const double *norms2 = wh_embed_norms2(embed);
    struct density_mh *made;
    if (!derived->kde_log_density)
        return wh_fail(WH_UNAVAILABLE, "density-mh needs the kernel density of the vocabulary, "
                                       "which is not computed");
    if (WH_ALLOC(made, 1) != WH_OK)
        return WH_NOMEM;
    *made = (struct density_mh){env->near,
                                wh_embed_dim(embed),
                                wh_embed_words(embed),
                                values[EPSILON],
                                values[KAPPA],
                                derived->bandwidth,
                                (uint32_t)values[STEPS],
                                wh_alloc_aligned(wh_embed_words(embed), sizeof *made->half)};
    if (!made->half) {
        free(made);
        return WH_NOMEM;
    }
    for (uint32_t u = 0; u < made->words; u++)
        made->half[u] = (float)(norms2[u] / 2);
    *state = made;
    return WH_OK;
}

static void guarantee(const void *state, struct wh_guarantee *guarantee) {
    const struct density_mh *mechanism = state;
    *guarantee = (struct wh_guarantee){
        WH_LABEL_ASYMPTOTIC, "euclidean", mechanism->epsilon, NAN,
        "holds for the law that endless chains draw from; how near these come, 'sim' estimates"};
}

static double loss(const void *state, double distance) {
    const struct density_mh *mechanism = state;
    return wh_round_up(mechanism->epsilon * distance, 1);
}

static size_t figures(const void *state, struct wh_figure *figures) {
    const struct density_mh *mechanism = state;
    figures[0] = (struct wh_figure){"bandwidth", "distance", mechanism->bandwidth};
    figures[1] = (struct wh_figure){"burn_in", "steps", mechanism->steps / 2};
    return 2;
}

const struct wh_mech wh_mech_density_mh = {
    .name = "density-mh",
    .title = "vector noise with a density prior, by Metropolis-Hastings",
    .brief = "density-mh",
    .paper = "proposed in Feyisetan, Aggarwal, Xu, Teissier: Research Challenges in Designing "
             "Differentially Private Text Generation Mechanisms, FLAIRS 2021",
    .departure = "every draw is the end of a chain of its own, so that draws are independent",
    .method =
        "Start a Markov chain at the word plus Laplace noise of epsilon/2; take so many "
        "Metropolis-Hastings steps with a Gaussian proposal, whose size is tuned in the first half "
        "only; output the word nearest to where the chain ends.",
    .law_text =
        "p(z|w) proportional to S(z)^kappa e^(-(epsilon/2) |z - w|) over the whole space, S(z) = "
        "sum_u e^(-|z-u|^2/(2h^2)), h the median distance to the tenth neighbour. The prior "
        "cancels from the ratio, and the normalising constants differ by at most e^(epsilon d/2): "
        "L(d) = epsilon d, for the law that endless chains draw from. A finite run is not covered. "
        "The command sim runs four more chains, two of which begin at any words of the vocabulary, "
        "and "
        "reports their share of accepted steps, and the effective sample size and split-Rhat of "
        "the distance and of ln S (the worse of both; "
        "Gelman et al., Bayesian Data Analysis, 3rd edition, 11.4 and 11.5); with Rhat above 1.01 "
        "or fewer than 400 effective draws it does not call them converged.",
    .label = WH_LABEL_ASYMPTOTIC,
    .loss_text = "epsilon * d, for the stationary law",
    .needs_pairs = true,
    .needs_density = true,
    .params = {{"epsilon", "1/distance", 1e-6, 1e6, 10, false, "privacy parameter"},
               {"kappa", "", -10, 10, 1, false,
                "weight of the prior: 0 none, negative favours sparse places"},
               {"steps", "steps", 10, 1e6, 500, true, "of a chain, burn-in included"}},
    .open = open_density_mh,
    .close = close_density_mh,
    .guarantee = guarantee,
    .loss = loss,
    .figures = figures,
    .draw = draw,
    .trace = trace,
    .chains = chains,
};
