/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * attack_sampled.c - an observer who knows the mechanism by draws alone. The first half of every
 * candidate's draws makes the guesser: for each output the candidate with the largest prior(w)
 * times count; an output that was not met gets the candidate with the largest prior. The second
 * half shows how often that guesser is right, so its success is estimated without bias, and no
 * guesser is better than the best.
 *
 * With m draws a candidate in the second half, success is a sum of independent terms, each between
 * 0 and prior(w)/m: by Hoeffding it lies within sqrt(ln(2/alpha) sum_w prior(w)^2 / (2 m)) of its
 * mean with probability 1 - alpha.
 *
 * A posterior is x/(x + y), x the candidate's share and y that of all others: bounds of both at
 * alpha/2 give one of the posterior. x is a proportion, y a weighted sum of counts (posterior.h).
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/pool.h"
#include "run/attack_private.h"

#define BATCH 960 /* draws made at a time: whole panels */

struct guess {      /* of one output under one prior */
    double score;   /* prior times count */
    uint32_t index; /* of the candidate */
};

struct lane { /* one thread's own */
    struct wh_scratch *scratch;
    struct wh_hist hist;
    struct guess *guesses[WH_PRIORS];
};

struct draws {
    const struct wh_attack_work *work;
    struct lane *lanes;
    uint64_t first, count;      /* trials of this half */
    bool making;                /* the guesser; else trying it */
    uint64_t *seen;             /* by candidate: draws of the observed word */
    uint64_t *right[WH_PRIORS]; /* by candidate: draws that were guessed */
};

static enum wh_status open_lane(uint32_t words, struct lane *lane) {
    enum wh_status status = WH_OK;
    WH_TRY(wh_scratch_open(&lane->scratch));
    WH_TRY(wh_hist_open(words, &lane->hist));
    for (int prior = 0; prior < WH_PRIORS; prior++)
        WH_TRY(WH_ALLOC(lane->guesses[prior], words));
out:
    return status;
}

static void close_lane(struct lane *lane) {
    wh_scratch_close(lane->scratch);
    wh_hist_close(&lane->hist);
    for (int prior = 0; prior < WH_PRIORS; prior++)
        free(lane->guesses[prior]);
}

static enum wh_status draw_one(const struct draws *draws, struct lane *lane, uint32_t word) {
    enum wh_status status = WH_OK;
    struct wh_site *site = NULL;
    struct wh_lane stream;
    uint32_t outputs[BATCH];
    uint64_t end = draws->first + draws->count;
    wh_hist_clear(&lane->hist);
    lane->scratch->token = draws->work->token;
    WH_TRY(wh_site_open(draws->work->mechanism, word, &site));
    const struct wh_source *source = draws->work->request->source;
    wh_site_lane(site, source ? source : wh_session_source(draws->work->session), &stream);
    for (uint64_t first = draws->first; first < end; first += BATCH) {
        size_t count = end - first < BATCH ? (size_t)(end - first) : BATCH;
        const struct wh_draws batch = {&stream, first, count, lane->scratch};
        WH_TRY(wh_token_check(draws->work->token));
        WH_TRY(wh_site_draw(site, &batch, outputs));
        wh_hist_add(&lane->hist, outputs, count);
    }
out:
    wh_site_close(site);
    return status;
}

/* Larger scores win, then earlier candidates: whoever met them first. */
static void propose(struct guess *guess, struct guess other) {
    if (other.score > guess->score ||
        (other.score > 0 && other.score == guess->score && other.index < guess->index))
        *guess = other;
}

static void take_counts(const struct draws *draws, struct lane *lane, uint32_t index) {
    const struct wh_hist *hist = &lane->hist;
    const struct lane *all = &draws->lanes[0]; /* where the guesser is when it is tried */
    draws->seen[index] += hist->counts[draws->work->request->observed];
    for (int prior = 0; prior < WH_PRIORS; prior++) {
        double weight = exp(draws->work->log_prior[prior][index]);
        for (uint32_t i = 0; i < hist->seen_count; i++) {
            uint32_t u = hist->seen[i];
            double score = weight * (double)hist->counts[u];
            if (draws->making)
                propose(&lane->guesses[prior][u], (struct guess){score, index});
            else if (all->guesses[prior][u].index == index)
                draws->right[prior][index] += hist->counts[u];
        }
    }
}

static enum wh_status draw_range(void *context, size_t begin, size_t end, int thread) {
    enum wh_status status = WH_OK;
    struct draws *draws = context;
    const struct wh_attack_request *request = draws->work->request;
    for (size_t i = begin; i < end; i++) {
        WH_TRY(draw_one(draws, &draws->lanes[thread], request->candidates[i]));
        take_counts(draws, &draws->lanes[thread], (uint32_t)i);
        if (thread == 0)
            wh_token_progress(draws->work->token, draws->making ? "making guesses" : "guessing",
                              (double)(i + 1), (double)request->count);
    }
out:
    return status;
}

/* The guesser of all threads, in the first; outputs without one get the likeliest candidate. */
static void merge_guesses(const struct draws *draws, int threads) {
    uint32_t words = draws->lanes[0].hist.words;
    for (int prior = 0; prior < WH_PRIORS; prior++) {
        const double *log_prior = draws->work->log_prior[prior];
        uint32_t blind = 0;
        for (uint32_t i = 1; i < draws->work->request->count; i++)
            if (log_prior[i] > log_prior[blind])
                blind = i;
        for (uint32_t u = 0; u < words; u++) {
            struct guess *guess = &draws->lanes[0].guesses[prior][u];
            for (int i = 1; i < threads; i++)
                propose(guess, draws->lanes[i].guesses[prior][u]);
            if (guess->score == 0)
                guess->index = blind;
        }
    }
}

static void take_success(const struct draws *draws) {
    struct wh_attack_result *result = draws->work->result;
    double trials = (double)draws->count;
    for (int prior = 0; prior < WH_PRIORS; prior++) {
        double success = 0, squares = 0;
        for (size_t i = 0; i < result->count; i++) {
            double weight = exp(draws->work->log_prior[prior][i]);
            success += weight * (double)draws->right[prior][i] / trials;
            squares += weight * weight;
        }
        double half = sqrt(log(2 / WH_ALPHA) * squares / (2 * trials));
        result->success[prior] =
            (struct wh_interval){success, fmax(0, success - half), fmin(1, success + half)};
    }
}

static struct wh_interval posterior(struct wh_interval x, struct wh_interval y) {
    return (struct wh_interval){x.value / (x.value + y.value), x.lo > 0 ? x.lo / (x.lo + y.hi) : 0,
                                x.hi / (x.hi + y.lo)};
}

static void take_posteriors(const struct draws *draws, enum wh_prior prior) {
    struct wh_attack_result *result = draws->work->result;
    uint64_t trials = draws->work->request->trials;
    struct wh_weighted_count all = {0};
    for (size_t i = 0; i < result->count; i++)
        wh_weighted_add(&all, exp(draws->work->log_prior[prior][i]) / (double)trials,
                        draws->seen[i]);
    result->possible[prior] = all.sum > 0;
    for (size_t i = 0; i < result->count; i++) {
        double weight = exp(draws->work->log_prior[prior][i]);
        struct wh_weighted_count others = all;
        wh_weighted_remove(&others, weight / (double)trials, draws->seen[i]);
        struct wh_interval p = wh_stat_proportion(draws->seen[i], trials, WH_ALPHA / 2);
        const struct wh_interval share = {weight * p.value, weight * p.lo, weight * p.hi};
        result->items[i].posterior[prior] =
            result->possible[prior] ? posterior(share, wh_weighted_interval(&others, WH_ALPHA / 2))
                                    : (struct wh_interval){(double)NAN, 0, 1};
    }
}

static void take_result(const struct draws *draws) {
    struct wh_attack_result *result = draws->work->result;
    result->trials = draws->work->request->trials;
    for (size_t i = 0; i < result->count; i++) {
        struct wh_attack_item *item = &result->items[i];
        item->p = wh_stat_proportion(draws->seen[i], result->trials, WH_ALPHA);
        item->log_p = log(item->p.value);
    }
    for (int prior = 0; prior < WH_PRIORS; prior++)
        take_posteriors(draws, (enum wh_prior)prior);
    take_success(draws);
}

enum wh_status wh_attack_sampled(struct wh_attack_work *work) {
    enum wh_status status = WH_OK;
    const struct wh_attack_request *request = work->request;
    int threads = wh_session_threads(work->session);
    uint32_t words = wh_embed_words(wh_session_embed(work->session));
    struct draws draws = {.work = work, .count = request->trials / 2, .making = true};
    WH_TRY(WH_ALLOC(draws.seen, request->count));
    for (int prior = 0; prior < WH_PRIORS; prior++)
        WH_TRY(WH_ALLOC(draws.right[prior], request->count));
    WH_TRY(WH_ALLOC(draws.lanes, (size_t)threads));
    for (int i = 0; i < threads; i++)
        WH_TRY(open_lane(words, &draws.lanes[i]));
    WH_TRY(wh_pool_run(threads, request->count, 1, draw_range, &draws));
    merge_guesses(&draws, threads);
    draws.making = false;
    draws.first = draws.count;
    draws.count = request->trials - draws.first;
    WH_TRY(wh_pool_run(threads, request->count, 1, draw_range, &draws));
    take_result(&draws);
out:
    for (int i = 0; draws.lanes && i < threads; i++)
        close_lane(&draws.lanes[i]);
    free(draws.lanes);
    free(draws.seen);
    for (int prior = 0; prior < WH_PRIORS; prior++)
        free(draws.right[prior]);
    return status;
}
