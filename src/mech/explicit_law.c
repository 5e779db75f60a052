/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explicit_law.c - see explicit_law.h. The cumulative weights are added in id order in double: with
 * |W| terms in [0,1] their relative error is below |W| 2^-53, far under what draws could show.
 */
#include "mech/explicit_law.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mech/law.h"
#include "mech/site.h"
#include "rng/sample.h"

/* Cumulative weights by id: at the ends of blocks of words, and inside of the block that weighs
 * most. Inside of others they are added up again when a draw falls there, from the block before on,
 * so the sums are the same. */
struct site {
    uint32_t word, block, kept; /* words of a block; which one is kept */
    double highest;             /* ln of the largest weight */
    double *ends, *inside;
};

void wh_explicit_site_close(void *state) {
    struct site *site = state;
    if (!site)
        return;
    free(site->ends);
    free(site->inside);
    free(site);
}

static uint32_t blocks(const struct wh_explicit *mechanism, uint32_t block) {
    return (mechanism->words - 1) / block + 1;
}

/* Where a draw that falls into any block costs little, and so does the site. Ranks are known for
 * all words or for none. */
static uint32_t small_block(const struct wh_explicit *mechanism) {
    uint32_t block = 64;
    while ((uint64_t)block * block * 8 < mechanism->words)
        block *= 2;
    return mechanism->ranked || block > mechanism->words ? mechanism->words : block;
}

static uint32_t block_begin(const struct site *site, uint32_t b) {
    return b * site->block;
}

static uint32_t block_size(const struct wh_explicit *mechanism, const struct site *site,
                           uint32_t b) {
    uint32_t left = mechanism->words - block_begin(site, b);
    return left < site->block ? left : site->block;
}

/* ln of the weight of every word by id. */
static enum wh_status log_weights(const struct wh_explicit *mechanism, uint32_t word,
                                  double *weights) {
    enum wh_status status = WH_OK;
    uint32_t *ranks = NULL;
    if (mechanism->ranked) {
        WH_TRY(WH_ALLOC(ranks, mechanism->words));
        WH_TRY(wh_near_ranks(mechanism->near, word, ranks));
    }
    wh_near_distances(mechanism->near, word, weights);
    for (uint32_t u = 0; u < mechanism->words; u++)
        weights[u] = mechanism->log_weight(mechanism, u, weights[u], ranks ? ranks[u] : 0);
out:
    free(ranks);
    return status;
}

/* The cumulative weights of all words, and ln of the largest weight. */
static enum wh_status accumulate(const struct wh_explicit *mechanism, uint32_t word,
                                 double *weights, double *highest) {
    double sum = 0;
    enum wh_status status = log_weights(mechanism, word, weights);
    if (status != WH_OK)
        return status;
    *highest = -HUGE_VAL;
    for (uint32_t u = 0; u < mechanism->words; u++)
        *highest = fmax(*highest, weights[u]);
    for (uint32_t u = 0; u < mechanism->words; u++)
        weights[u] = sum += exp(weights[u] - *highest);
    return WH_OK;
}

static void set_ends(const struct wh_explicit *mechanism, const double *cumulative,
                     struct site *site) {
    double most = -1, before = 0;
    for (uint32_t b = 0; b < blocks(mechanism, site->block); b++) {
        double end = cumulative[block_begin(site, b) + block_size(mechanism, site, b) - 1];
        site->ends[b] = end;
        if (end - before > most) {
            most = end - before;
            site->kept = b;
        }
        before = end;
    }
}

/* Room for all words is the caller's. */
static enum wh_status make(const struct wh_explicit *mechanism, uint32_t word, uint32_t block,
                           double *room, void **out) {
    enum wh_status status = WH_OK;
    struct site *site = NULL;
    WH_TRY(WH_ALLOC(site, 1));
    *site = (struct site){.word = word, .block = block};
    WH_TRY(WH_ALLOC(site->ends, blocks(mechanism, block)));
    WH_TRY(WH_ALLOC(site->inside, block));
    WH_TRY(accumulate(mechanism, word, room, &site->highest));
    set_ends(mechanism, room, site);
    memcpy(site->inside, room + block_begin(site, site->kept),
           block_size(mechanism, site, site->kept) * sizeof *site->inside);
    *out = site;
    site = NULL;
out:
    wh_explicit_site_close(site);
    return status;
}

static enum wh_status make_some(const struct wh_explicit *mechanism, const uint32_t *words,
                                size_t count, uint32_t block, void **sites) {
    enum wh_status status = WH_OK;
    double *room = NULL;
    WH_TRY(WH_ALLOC(room, mechanism->words));
    for (size_t i = 0; i < count; i++)
        WH_TRY(make(mechanism, words[i], block, room, &sites[i]));
out:
    free(room);
    return status;
}

/* All is kept: a word that is opened alone will be drawn for many times. */
enum wh_status wh_explicit_site_open(const void *state, uint32_t word, void **site) {
    const struct wh_explicit *mechanism = state;
    return make_some(mechanism, &word, 1, mechanism->words, site);
}

enum wh_status wh_explicit_sites_open(const void *state, const uint32_t *words, size_t count,
                                      struct wh_scratch *scratch, void **sites) {
    (void)scratch;
    return make_some(state, words, count, small_block(state), sites);
}

size_t wh_explicit_site_bytes(const void *state) {
    const struct wh_explicit *mechanism = state;
    uint32_t block = small_block(mechanism);
    return sizeof(struct site) + (blocks(mechanism, block) + block) * sizeof(double);
}

/* What is at target in a block: among cumulative weights that are kept, or that are added up now.
 */
static uint32_t find_inside(const struct wh_explicit *mechanism, const struct site *site,
                            uint32_t b, double target) {
    uint32_t begin = block_begin(site, b), count = block_size(mechanism, site, b);
    if (b == site->kept)
        return begin + wh_find_cumulative(site->inside, count, target);
    double sum = b ? site->ends[b - 1] : 0;
    for (uint32_t u = begin; u < begin + count - 1; u++) {
        double d = wh_near_distance(mechanism->near, site->word, u);
        sum += exp(mechanism->log_weight(mechanism, u, d, 0) - site->highest);
        if (sum > target)
            return u;
    }
    return begin + count - 1;
}

static uint32_t draw_one(const struct wh_explicit *mechanism, const struct site *site,
                         struct wh_trial trial) {
    struct wh_rng rng;
    uint32_t count = blocks(mechanism, site->block);
    wh_rng_open(trial.lane, trial.number, &rng);
    double target = wh_rng_uniform(&rng) * site->ends[count - 1];
    return find_inside(mechanism, site, wh_find_cumulative(site->ends, count, target), target);
}

enum wh_status wh_explicit_draw(const void *state, const struct wh_draw_list *list, uint32_t *out) {
    for (size_t t = 0; t < list->count; t++)
        out[t] = draw_one(state, list->sites[t]->state, list->trials[t]);
    return WH_OK;
}

enum wh_status wh_explicit_trace(const void *state, const void *site, uint32_t word,
                                 const struct wh_draws *draws, struct wh_trace *trace,
                                 double *point) {
    (void)word;
    (void)point;
    trace->output = draw_one(state, site, (struct wh_trial){draws->lane, draws->first});
    return WH_OK;
}

enum wh_status wh_explicit_law(const void *state, const void *site, uint32_t word,
                               struct wh_law *law) {
    const struct wh_explicit *mechanism = state;
    enum wh_status status = wh_law_ranked(mechanism->near, word, law);
    (void)site;
    if (status != WH_OK)
        return status;
    for (uint32_t rank = 0; rank < law->count; rank++)
        law->log_p[rank] =
            mechanism->log_weight(mechanism, law->ids[rank], law->distances[rank], rank);
    double total = wh_log_sum(law->log_p, law->count);
    for (uint32_t i = 0; i < law->count; i++)
        law->log_p[i] -= total;
    law->mass = wh_law_total(law);
    return WH_OK;
}

enum wh_status wh_explicit_log_law(const void *state, uint32_t word, enum wh_tails tails,
                                   double *log_p) {
    const struct wh_explicit *mechanism = state;
    enum wh_status status = log_weights(mechanism, word, log_p);
    (void)tails; /* a closed form knows them all */
    if (status != WH_OK)
        return status;
    double total = wh_log_sum(log_p, mechanism->words);
    for (uint32_t u = 0; u < mechanism->words; u++)
        log_p[u] -= total;
    return WH_OK;
}
