/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * attack.c - an observer with the law of the mechanism: one law a candidate, shared out to the
 * threads. Each keeps its own best guesses, which are merged by the largest, so that the order does
 * not matter.
 *
 * Laws are cut where less than 1e-18 is left, which no success can show. A posterior can, where the
 * observed word is that improbable under every candidate: then its column is computed again with
 * full tails.
 */
#include "run/attack.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/pool.h"
#include "run/attack_private.h"

/* ---- laws ---- */

struct lane { /* one thread's own */
    double *law;
    struct wh_guesser guessers[WH_PRIORS];
};

struct laws {
    const struct wh_attack_work *work;
    struct lane *lanes;
    enum wh_tails tails;
    bool guess;
};

static enum wh_status take_laws(void *context, size_t begin, size_t end, int thread) {
    enum wh_status status = WH_OK;
    struct laws *laws = context;
    const struct wh_attack_work *work = laws->work;
    struct lane *lane = &laws->lanes[thread];
    for (size_t i = begin; i < end; i++) {
        struct wh_attack_item *item = &work->result->items[i];
        WH_TRY(wh_token_check(work->token));
        WH_TRY(wh_mechanism_log_law(work->mechanism, item->word, laws->tails, lane->law));
        item->log_p = lane->law[work->request->observed];
        for (int prior = 0; prior < WH_PRIORS && laws->guess; prior++)
            wh_guesser_add(&lane->guessers[prior], work->log_prior[prior][i], lane->law);
        if (thread == 0)
            wh_token_progress(work->token, "laws", (double)(i + 1), (double)work->request->count);
    }
out:
    return status;
}

static enum wh_status open_lane(uint32_t words, struct lane *lane) {
    enum wh_status status = WH_OK;
    WH_TRY(WH_ALLOC(lane->law, words));
    for (int prior = 0; prior < WH_PRIORS; prior++)
        WH_TRY(wh_guesser_open(words, &lane->guessers[prior]));
out:
    return status;
}

static void close_lane(struct lane *lane) {
    free(lane->law);
    for (int prior = 0; prior < WH_PRIORS; prior++)
        wh_guesser_close(&lane->guessers[prior]);
}

static void take_success(struct lane *lanes, int threads, struct wh_attack_result *result) {
    for (int prior = 0; prior < WH_PRIORS; prior++) {
        for (int i = 1; i < threads; i++)
            wh_guesser_merge(&lanes[0].guessers[prior], &lanes[i].guessers[prior]);
        double success = wh_guesser_success(&lanes[0].guessers[prior]);
        result->success[prior] = (struct wh_interval){success, success, success};
    }
}

/* ---- posteriors ---- */

#define SURE (-14.0) /* ln of an evidence beside which 1e-18 is nothing */

/* Posteriors of all priors; *least gets the smallest ln of an evidence. */
static enum wh_status take_posteriors(const struct wh_attack_work *work, double *least) {
    struct wh_attack_result *result = work->result;
    size_t count = result->count;
    double *logs = wh_alloc(count, sizeof *logs), *log_p = wh_alloc(count, sizeof *log_p);
    enum wh_status status = logs && log_p ? WH_OK : WH_NOMEM;
    *least = 0;
    for (size_t i = 0; i < count && status == WH_OK; i++)
        log_p[i] = result->items[i].log_p;
    for (int prior = 0; prior < WH_PRIORS && status == WH_OK; prior++) {
        double evidence = wh_posterior(work->log_prior[prior], log_p, count, logs);
        *least = fmin(*least, evidence);
        result->possible[prior] = evidence > -HUGE_VAL;
        for (size_t i = 0; i < count; i++) {
            double value = result->possible[prior] ? exp(logs[i]) : (double)NAN;
            result->items[i].posterior[prior] = (struct wh_interval){value, value, value};
        }
    }
    free(logs);
    free(log_p);
    return status;
}

enum wh_status wh_attack_exact(struct wh_attack_work *work) {
    enum wh_status status = WH_OK;
    int threads = wh_session_threads(work->session);
    uint32_t words = wh_embed_words(wh_session_embed(work->session));
    struct laws laws = {.work = work, .tails = WH_TAILS_CUT, .guess = true};
    double least;
    WH_TRY(WH_ALLOC(laws.lanes, (size_t)threads));
    for (int i = 0; i < threads; i++)
        WH_TRY(open_lane(words, &laws.lanes[i]));
    WH_TRY(wh_pool_run(threads, work->request->count, 1, take_laws, &laws));
    take_success(laws.lanes, threads, work->result);
    WH_TRY(take_posteriors(work, &least));
    if (least < SURE) {
        laws.tails = WH_TAILS_FULL;
        laws.guess = false;
        WH_TRY(wh_pool_run(threads, work->request->count, 1, take_laws, &laws));
        WH_TRY(take_posteriors(work, &least));
    }
    for (size_t i = 0; i < work->result->count; i++) {
        struct wh_attack_item *item = &work->result->items[i];
        item->p.value = item->p.lo = item->p.hi = exp(item->log_p);
    }
out:
    for (int i = 0; laws.lanes && i < threads; i++)
        close_lane(&laws.lanes[i]);
    free(laws.lanes);
    return status;
}

/* ---- the whole ---- */

static int by_posterior(const void *x, const void *y) {
    const struct wh_attack_item *a = x, *b = y;
    double p = a->posterior[WH_PRIOR_UNIGRAM].value, q = b->posterior[WH_PRIOR_UNIGRAM].value;
    if (p > q || p < q)
        return p > q ? -1 : 1;
    return (a->word > b->word) - (a->word < b->word);
}

static enum wh_status check(const struct wh_session *session,
                            const struct wh_attack_request *request) {
    enum wh_status status = WH_OK;
    uint32_t words = wh_embed_words(wh_session_embed(session));
    bool *met = NULL;
    if (request->count == 0)
        return wh_fail(WH_USAGE, "an attack needs candidate words, found none");
    if (!request->spec.mech->log_law && request->trials < 2)
        return wh_fail(WH_USAGE, "an attack on %s needs draws, two a candidate at least",
                       request->spec.mech->name);
    WH_TRY(WH_ALLOC(met, words));
    for (size_t i = 0; i < request->count && status == WH_OK; i++) {
        uint32_t word = request->candidates[i];
        if (met[word])
            status = wh_fail(WH_USAGE, "the candidate '%.60s' stands there twice",
                             wh_embed_word(wh_session_embed(session), word));
        met[word] = true;
    }
out:
    free(met);
    return status;
}

static enum wh_status start(const struct wh_attack_request *request, struct wh_attack_work *work) {
    enum wh_status status = WH_OK;
    struct wh_attack_result *result = work->result;
    const struct wh_near *near = wh_session_near(work->session);
    wh_mech_facts_of(work->mechanism, &result->mech);
    WH_TRY(WH_ALLOC(result->items, request->count));
    result->count = request->count;
    for (size_t i = 0; i < request->count; i++) {
        uint32_t word = request->candidates[i];
        result->items[i].word = word;
        result->items[i].distance = wh_near_distance(near, request->observed, word);
    }
    for (int prior = 0; prior < WH_PRIORS; prior++) {
        WH_TRY(WH_ALLOC(work->log_prior[prior], request->count));
        wh_prior_logs((enum wh_prior)prior, request->candidates, request->count,
                      work->log_prior[prior]);
        for (size_t i = 0; i < request->count; i++)
            result->blind[prior] = fmax(result->blind[prior], exp(work->log_prior[prior][i]));
    }
out:
    return status;
}

static void finish(struct wh_attack_result *result) {
    for (int prior = 0; prior < WH_PRIORS; prior++)
        for (size_t i = 0; i < result->count; i++) {
            double p = result->items[i].posterior[prior].value;
            result->entropy[prior] -= p > 0 ? p * log(p) : 0;
        }
    qsort(result->items, result->count, sizeof *result->items, by_posterior);
}

enum wh_status wh_run_attack(const struct wh_session *session,
                             const struct wh_attack_request *request, struct wh_token *token,
                             struct wh_attack_result *result) {
    enum wh_status status = WH_OK;
    struct wh_mechanism *mechanism = NULL;
    struct wh_attack_work work = {
        .session = session, .request = request, .token = token, .result = result};
    *result = (struct wh_attack_result){.observed = request->observed,
                                        .exact = request->spec.mech->log_law != NULL};
    WH_TRY(check(session, request));
    WH_TRY(wh_session_mechanism(session, &request->spec, &mechanism));
    work.mechanism = mechanism;
    WH_TRY(start(request, &work));
    WH_TRY(result->exact ? wh_attack_exact(&work) : wh_attack_sampled(&work));
    finish(result);
out:
    for (int prior = 0; prior < WH_PRIORS; prior++)
        free(work.log_prior[prior]);
    wh_mechanism_close(mechanism);
    if (status != WH_OK)
        wh_attack_result_close(result);
    return status;
}

void wh_attack_result_close(struct wh_attack_result *result) {
    free(result->items);
    *result = (struct wh_attack_result){0};
}

enum wh_status wh_attack_near(const struct wh_session *session, uint32_t word, size_t count,
                              uint32_t **ids, size_t *found) {
    enum wh_status status = WH_OK;
    struct wh_neighbour *near = NULL;
    *ids = NULL;
    *found = 0;
    WH_TRY(WH_ALLOC(near, count));
    WH_TRY(wh_near_word(wh_session_near(session), word, count - 1, near, found));
    WH_TRY(WH_ALLOC(*ids, *found + 1));
    (*ids)[0] = word;
    for (size_t i = 0; i < *found; i++)
        (*ids)[i + 1] = near[i].id;
    ++*found;
out:
    free(near);
    return status;
}
