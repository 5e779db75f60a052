/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run_sim.c - substitution frequencies of a word by sampling. Trials are shared out to threads in
 * chunks; each thread counts for itself and the counts are added up. A trial is addressed by its
 * number, so who draws it does not matter.
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "run/run_private.h"

#define THREADS_MAX 256  /* what the pool starts at most */
#define CHUNK_MIN   1536 /* so that fetching a chunk costs nothing beside drawing it */
#define BATCHES     16   /* of the tally drawn between two looks at whether they are wanted */
#define QUICK       5e8  /* numbers of an embedding times batches that are done in no time */

struct lane_work { /* one thread's own */
    struct wh_scratch *scratch;
    struct wh_hist hist;
    uint32_t *outputs; /* chunk of them */
};

struct sim_work {
    const struct wh_tally *tally;
    struct wh_token *token;
    size_t trials, chunk, batch;
    atomic_size_t done;
    struct lane_work lanes[THREADS_MAX];
};

static enum wh_status open_lane(const struct sim_work *work, struct lane_work *lane) {
    enum wh_status status;
    WH_TRY(wh_scratch_open(&lane->scratch));
    lane->scratch->token = work->token;
    WH_TRY(WH_ALLOC(lane->outputs, work->chunk));
    WH_TRY(wh_hist_open(work->tally->ranking.words, &lane->hist));
out:
    return status;
}

static void close_lane(struct lane_work *lane) {
    wh_scratch_close(lane->scratch);
    wh_hist_close(&lane->hist);
    free(lane->outputs);
}

static enum wh_status draw_chunk(void *context, size_t begin, size_t end, int thread) {
    enum wh_status status;
    struct sim_work *work = context;
    struct lane_work *lane = &work->lanes[thread];
    size_t batch = work->batch;
    if (!lane->outputs)
        WH_TRY(open_lane(work, lane));
    for (size_t first = begin; first < end; first += batch) {
        size_t count = end - first < batch ? end - first : batch;
        const struct wh_draws draws = {&work->tally->lane, first, count, lane->scratch};
        WH_TRY(wh_token_check(work->token));
        WH_TRY(wh_site_draw(work->tally->site, &draws, lane->outputs));
        wh_hist_add(&lane->hist, lane->outputs, count);
        size_t done = atomic_fetch_add(&work->done, count) + count;
        if (thread == 0)
            wh_token_progress(work->token, "draws", (double)done, (double)work->trials);
    }
out:
    return status;
}

/* Adds every thread's counts to the first one's. */
static const struct wh_hist *add_up(struct sim_work *work) {
    struct wh_hist *all = &work->lanes[0].hist;
    for (int i = 1; i < THREADS_MAX; i++)
        if (work->lanes[i].hist.counts)
            wh_hist_merge(all, &work->lanes[i].hist);
    return all;
}

/* Draws are faster by many, but in a huge vocabulary each is long enough. */
static size_t batches(const struct wh_session *session) {
    const struct wh_embed *embed = wh_session_embed(session);
    double many = QUICK / ((double)wh_embed_words(embed) * wh_embed_dim(embed));
    return many < 1 ? 1 : many < BATCHES ? (size_t)many : BATCHES;
}

static enum wh_status sample(const struct wh_session *session, const struct wh_sim_request *request,
                             struct wh_tally *tally, struct sim_work *work) {
    enum wh_status status;
    int threads = wh_session_threads(session);
    const struct wh_tally_request start = {wh_session_source(session), request->word,
                                           &request->spec, NULL};
    WH_TRY(wh_tally_open(session, &start, tally));
    if (request->exact)
        WH_TRY(wh_tally_exact(tally));
    work->tally = tally;
    work->trials = request->trials;
    work->batch = wh_tally_batch(tally) * batches(session);
    work->chunk = work->batch;
    if (work->chunk < CHUNK_MIN)
        work->chunk *= CHUNK_MIN / work->chunk;
    WH_TRY(open_lane(work, &work->lanes[0]));
    WH_TRY(wh_pool_run(threads < THREADS_MAX ? threads : THREADS_MAX, work->trials, work->chunk,
                       draw_chunk, work));
out:
    return status;
}

static enum wh_status judge_chains(const struct wh_tally *tally, struct wh_chain_facts *facts) {
    struct wh_chains chains;
    if (!tally->facts.spec.mech->chains)
        return WH_OK;
    enum wh_status status = wh_site_chains(tally->site, &tally->lane, &chains);
    if (status != WH_OK)
        return status;
    size_t count = chains.count, length = chains.length;
    *facts = (struct wh_chain_facts){count,
                                     length,
                                     chains.acceptance,
                                     fmin(wh_stat_effective_size(chains.distance, count, length),
                                          wh_stat_effective_size(chains.log_prior, count, length)),
                                     fmax(wh_stat_split_rhat(chains.distance, count, length),
                                          wh_stat_split_rhat(chains.log_prior, count, length)),
                                     false};
    facts->converged = facts->rhat <= WH_RHAT_MAX && facts->effective_size >= WH_ESS_MIN;
    wh_chains_close(&chains);
    return WH_OK;
}

enum wh_status wh_run_sim(const struct wh_session *session, const struct wh_sim_request *request,
                          struct wh_token *token, struct wh_sim_result *result) {
    enum wh_status status;
    struct wh_tally tally = {0};
    struct sim_work *work = NULL;
    *result = (struct wh_sim_result){0};
    WH_TRY(WH_ALLOC(work, 1));
    work->token = token;
    WH_TRY(sample(session, request, &tally, work));
    WH_TRY(wh_tally_result(&tally, add_up(work), request->max_items, result));
    WH_TRY(judge_chains(&tally, &result->chains));
out:
    for (int i = 0; work && i < THREADS_MAX; i++)
        close_lane(&work->lanes[i]);
    free(work);
    wh_tally_close(&tally);
    return status;
}

void wh_sim_result_close(struct wh_sim_result *result) {
    free(result->items);
    *result = (struct wh_sim_result){0};
}

enum wh_status wh_sim_result_copy(struct wh_sim_result *to, const struct wh_sim_result *from) {
    *to = *from;
    if (!from->items)
        return WH_OK;
    if (WH_ALLOC(to->items, (size_t)from->count + 1) != WH_OK) {
        *to = (struct wh_sim_result){0};
        return WH_NOMEM;
    }
    memcpy(to->items, from->items, from->count * sizeof *to->items);
    return WH_OK;
}
