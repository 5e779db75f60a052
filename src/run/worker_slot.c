/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * worker_slot.c - a word under a mechanism, sampled bit by bit: batches that take a few
 * milliseconds, and what the screen sees of them.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "run/worker_private.h"

#define SHOWN_OUTPUTS 200  /* most frequent outputs in a snapshot */
#define BATCH_SHORT   1e-3 /* seconds: batches grow below ... */
#define BATCH_LONG    3e-3 /* ... and shrink above */
#define BATCH_GROWTH  1024 /* times the smallest, at most */
#define PUBLISH_EVERY 0.05 /* seconds */
#define PUBLISH_SHARE 0.1  /* of the time, at most, goes into snapshots */
#define TRACES        8    /* draws placed on the map each time */
#define RATE_MEMORY   0.7  /* weight of the past in the shown rate */

double wh_worker_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void wh_slot_drop(struct wh_slot_work *work) {
    for (int i = 0; i < WH_WORKER_SPLASHES; i++)
        free(work->landings[i].point);
    free(work->outputs);
    wh_scratch_close(work->scratch);
    wh_hist_close(&work->hist);
    wh_tally_close(&work->tally);
    *work = (struct wh_slot_work){.state = WH_WORKER_IDLE, .token = work->token};
}

static enum wh_status open_landings(const struct wh_session *session, struct wh_slot_work *work) {
    uint32_t dim = wh_embed_dim(wh_session_embed(session));
    for (int i = 0; i < WH_WORKER_SPLASHES; i++)
        if (WH_ALLOC(work->landings[i].point, dim) != WH_OK)
            return WH_NOMEM;
    return WH_OK;
}

static enum wh_status open_work(const struct wh_session *session, const struct wh_ranking *known,
                                struct wh_slot_work *work) {
    enum wh_status status;
    const struct wh_watch *watch = &work->watch;
    work->source = *wh_session_source(session);
    if (!work->source.seeded)
        wh_source_system(&work->source);
    const struct wh_tally_request request = {&work->source, watch->word, &watch->spec, known};
    WH_TRY(wh_tally_open(session, &request, &work->tally));
    WH_TRY(wh_tally_exact(&work->tally));
    WH_TRY(wh_hist_open(work->tally.ranking.words, &work->hist));
    WH_TRY(wh_scratch_open(&work->scratch));
    work->scratch->token = work->token;
    work->batch = work->batch_min = wh_tally_batch(&work->tally);
    if (!watch->spec.mech->vector_noise && !watch->spec.mech->chains)
        work->batch_min = 64; /* a draw is quick, but not everywhere */
    work->batch_max = work->batch_min * BATCH_GROWTH;
    WH_TRY(WH_ALLOC(work->outputs, work->batch_max));
    if (watch->spec.mech->vector_noise)
        WH_TRY(open_landings(session, work));
out:
    return status;
}

static void fail(struct wh_slot_work *work) {
    struct wh_watch watch = work->watch;
    wh_slot_drop(work);
    work->watch = watch;
    work->state = WH_WORKER_FAILED;
    snprintf(work->sentence, sizeof work->sentence, "%s", wh_error());
}

void wh_slot_take(const struct wh_session *session, const struct wh_watch *watch,
                  const struct wh_ranking *known, struct wh_slot_work *work) {
    wh_slot_drop(work);
    work->watch = *watch;
    if (!watch->spec.mech)
        return;
    if (open_work(session, known, work) == WH_OK)
        work->state = WH_WORKER_SAMPLING;
    else
        fail(work);
}

/* Traces draw number landed into the ring. */
static enum wh_status trace_one(struct wh_slot_work *work, uint64_t trial) {
    struct wh_landing *landing = &work->landings[work->landed % WH_WORKER_SPLASHES];
    const struct wh_draws draws = {&work->tally.lane, trial, 1, work->scratch};
    struct wh_trace trace;
    enum wh_status status = wh_site_trace(work->tally.site, &draws, &trace, landing->point);
    landing->radius = trace.radius;
    landing->output = trace.output;
    if (status == WH_OK)
        work->landed++;
    return status;
}

/* Draws for the map. Without a limit the latest ones; with one the first ones, so that a
 * finished run always ends in the same picture. */
static enum wh_status trace_some(struct wh_slot_work *work, bool all) {
    enum wh_status status = WH_OK;
    uint64_t trials = work->hist.trials;
    if (!work->landings[0].point)
        return WH_OK;
    if (!work->watch.limit) {
        uint64_t first = trials > TRACES ? trials - TRACES : 0;
        for (uint64_t trial = first; trial < trials && status == WH_OK; trial++)
            status = trace_one(work, trial);
        return status;
    }
    uint64_t end = all ? WH_WORKER_SPLASHES : work->landed + TRACES;
    while (work->landed < end && work->landed < trials && work->landed < WH_WORKER_SPLASHES &&
           status == WH_OK)
        status = trace_one(work, work->landed);
    return status;
}

static void adapt_batch(struct wh_slot_work *work, double seconds) {
    if (seconds < BATCH_SHORT && work->batch * 2 <= work->batch_max)
        work->batch *= 2;
    else if (seconds > BATCH_LONG && work->batch / 2 >= work->batch_min)
        work->batch /= 2;
}

uint64_t wh_slot_limit(const struct wh_slot_work *work) {
    return work->watch.limit ? work->watch.limit : WH_WORKER_ENOUGH;
}

static enum wh_status draw(struct wh_slot_work *work) {
    uint64_t done = work->hist.trials, limit = wh_slot_limit(work);
    size_t count = work->batch;
    double start = wh_worker_now();
    if (limit - done < count)
        count = (size_t)(limit - done);
    const struct wh_draws draws = {&work->tally.lane, done, count, work->scratch};
    enum wh_status status = wh_site_draw(work->tally.site, &draws, work->outputs);
    if (status != WH_OK)
        return status;
    wh_hist_add(&work->hist, work->outputs, count);
    adapt_batch(work, wh_worker_now() - start);
    if (work->hist.trials >= limit)
        work->state = WH_WORKER_DONE;
    return WH_OK;
}

void wh_slot_sample(struct wh_slot_work *work) {
    enum wh_status status = draw(work);
    if (status != WH_OK && status != WH_CANCELLED)
        fail(work);
}

bool wh_slot_due(const struct wh_slot_work *work) {
    double pause = fmax(PUBLISH_EVERY, work->publish_cost / PUBLISH_SHARE);
    return work->state != WH_WORKER_SAMPLING || work->published_at <= 0 ||
           wh_worker_now() - work->published_at >= pause;
}

static void update_rate(struct wh_slot_work *work) {
    double now = wh_worker_now(), elapsed = now - work->published_at;
    double fresh = (double)(work->hist.trials - work->published_trials);
    if (work->published_at > 0 && elapsed > 0 && fresh > 0)
        work->rate = work->rate > 0 ? RATE_MEMORY * work->rate + (1 - RATE_MEMORY) * fresh / elapsed
                                    : fresh / elapsed;
    work->published_at = now;
    work->published_trials = work->hist.trials;
}

/* Oldest first. */
static void fill_splashes(const struct wh_slot_work *work, const struct wh_map_picture *picture,
                          struct wh_slot_snapshot *snapshot) {
    uint64_t count = work->landed < WH_WORKER_SPLASHES ? work->landed : WH_WORKER_SPLASHES;
    uint32_t dim = wh_embed_dim(wh_session_embed(work->tally.session));
    if (!picture || picture->word != work->watch.word)
        return;
    for (uint64_t i = 0; i < count; i++) {
        const struct wh_landing *landing =
            &work->landings[(work->landed - count + i) % WH_WORKER_SPLASHES];
        struct wh_splash *splash = &snapshot->splashes[i];
        splash->radius = landing->radius;
        splash->output = landing->output;
        wh_space_place(picture, dim, landing->point, &splash->x, &splash->y, &splash->z);
    }
    snapshot->splash_count = (uint32_t)count;
}

/* What is known of a mechanism before it is opened. */
static struct wh_mech_facts not_opened(const struct wh_mech_spec *spec) {
    return (struct wh_mech_facts){.spec = *spec,
                                  .epsilon = (double)NAN,
                                  .guarantee.label =
                                      spec->mech ? spec->mech->label : WH_LABEL_NONE};
}

enum wh_status wh_slot_snapshot_take(struct wh_slot_work *work,
                                     const struct wh_map_picture *picture,
                                     struct wh_slot_snapshot *snapshot) {
    enum wh_status status = WH_OK;
    *snapshot = (struct wh_slot_snapshot){
        .serial = work->watch.serial,
        .state = work->state,
        .sim = {.word = work->watch.word, .mech = not_opened(&work->watch.spec)}};
    memcpy(snapshot->sentence, work->sentence, sizeof snapshot->sentence);
    if (work->state == WH_WORKER_IDLE || work->state == WH_WORKER_FAILED ||
        work->state == WH_WORKER_WAITING || work->state == WH_WORKER_OPENING)
        return WH_OK;
    double start = wh_worker_now();
    bool fresh = work->hist.trials > work->published_trials;
    if (fresh)
        WH_TRY(trace_some(work, work->state == WH_WORKER_DONE));
    if (fresh || work->published_at <= 0)
        update_rate(work);
    snapshot->draws_per_second = work->rate;
    WH_TRY(wh_tally_result(&work->tally, &work->hist, SHOWN_OUTPUTS, &snapshot->sim));
    fill_splashes(work, picture, snapshot);
    work->publish_cost = wh_worker_now() - start;
out:
    return status;
}
