/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * audit.c - pairs of words against the claim of a mechanism. With a law, pairs are shared out to
 * the threads, and each keeps the laws of its last pair; without one, the draws of a word are
 * shared out. Every sampled pair gets an equal part of the level (Bonferroni), so that all bounds
 * of an audit hold together.
 */
#include "run/audit.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/pool.h"
#include "run/audit_side.h"

struct sides {
    struct wh_audit_side a, b;
};

struct work {
    const struct wh_session *session;
    const struct wh_audit_request *request;
    const struct wh_mechanism *mechanism;
    struct wh_token *token;
    struct wh_audit_result *results;
    struct sides *sides; /* one a thread; without a law only the first */
    int threads;
};

static enum wh_status exact_range(void *context, size_t begin, size_t end, int thread) {
    enum wh_status status = WH_OK;
    struct work *work = context;
    struct sides *sides = &work->sides[thread];
    for (size_t i = begin; i < end; i++) {
        struct wh_audit_result *result = &work->results[i];
        WH_TRY(wh_token_check(work->token));
        WH_TRY(wh_audit_side_law(work->mechanism, result->pair[0], &sides->a));
        WH_TRY(wh_audit_side_law(work->mechanism, result->pair[1], &sides->b));
        WH_TRY(wh_audit_decide(work->mechanism, &sides->a, &sides->b, 0, result));
        if (thread == 0)
            wh_token_progress(work->token, "pairs", (double)(i + 1), (double)work->request->count);
    }
out:
    return status;
}

static enum wh_status sampled(const struct work *work) {
    enum wh_status status = WH_OK;
    const struct wh_audit_request *request = work->request;
    double each = (double)request->trials, level = request->level / (double)request->count;
    struct wh_audit_drawing drawing = {.session = work->session,
                                       .mechanism = work->mechanism,
                                       .trials = request->trials,
                                       .token = work->token,
                                       .total = 2 * each * (double)request->count};
    struct sides *sides = work->sides;
    for (size_t i = 0; i < request->count; i++) {
        struct wh_audit_result *result = &work->results[i];
        drawing.before = 2 * each * (double)i;
        WH_TRY(wh_audit_side_draw(&drawing, result->pair[0], &sides->a));
        drawing.before += each;
        WH_TRY(wh_audit_side_draw(&drawing, result->pair[1], &sides->b));
        WH_TRY(wh_audit_decide(work->mechanism, &sides->a, &sides->b, level, result));
    }
out:
    return status;
}

static enum wh_status open_sides(struct work *work) {
    enum wh_status status = WH_OK;
    WH_TRY(WH_ALLOC(work->sides, (size_t)work->threads));
    for (int i = 0; i < work->threads; i++) {
        WH_TRY(wh_audit_side_open(work->mechanism, &work->sides[i].a));
        WH_TRY(wh_audit_side_open(work->mechanism, &work->sides[i].b));
    }
out:
    return status;
}

static void close_sides(struct work *work) {
    for (int i = 0; work->sides && i < work->threads; i++) {
        wh_audit_side_close(&work->sides[i].a);
        wh_audit_side_close(&work->sides[i].b);
    }
    free(work->sides);
}

enum wh_status wh_run_audit(const struct wh_session *session,
                            const struct wh_audit_request *request, struct wh_token *token,
                            struct wh_mech_facts *facts, struct wh_audit_result *results) {
    enum wh_status status = WH_OK;
    struct wh_mechanism *mechanism = NULL;
    bool exact = request->spec.mech->log_law != NULL;
    struct work work = {.session = session,
                        .request = request,
                        .token = token,
                        .results = results,
                        .threads = exact ? wh_session_threads(session) : 1};
    for (size_t i = 0; i < request->count; i++)
        WH_TRY(wh_audit_check(session, request->pairs[i], &request->spec, request->trials,
                              request->level));
    WH_TRY(wh_session_mechanism(session, &request->spec, &mechanism));
    work.mechanism = mechanism;
    if (facts)
        wh_mech_facts_of(mechanism, facts);
    for (size_t i = 0; i < request->count; i++)
        results[i] =
            wh_audit_result_of(mechanism, request->pairs[i], request->claim, request->delta);
    WH_TRY(open_sides(&work));
    status =
        exact ? wh_pool_run(work.threads, request->count, 1, exact_range, &work) : sampled(&work);
out:
    close_sides(&work);
    wh_mechanism_close(mechanism);
    return status;
}

/* ---- over pairs ---- */

static void count_verdict(enum wh_verdict verdict, struct wh_audit_summary *summary) {
    switch (verdict) {
    case WH_VERDICT_WITHIN:
        summary->within++;
        break;
    case WH_VERDICT_NOT_REFUTED:
        summary->not_refuted++;
        break;
    case WH_VERDICT_REFUTED:
        summary->refuted++;
        break;
    case WH_VERDICT_NO_CLAIM:
        summary->no_claim++;
        break;
    }
}

void wh_audit_summarise(const struct wh_audit_result *results, size_t count,
                        struct wh_audit_summary *summary) {
    *summary = (struct wh_audit_summary){.pairs = count, .largest_excess = NAN};
    for (size_t i = 0; i < count; i++) {
        const struct wh_audit_result *result = &results[i];
        double excess = result->finding.worst.value - result->tested.loss;
        count_verdict(result->verdict, summary);
        summary->contradicted += result->contradicted;
        if (result->tested.loss == HUGE_VAL)
            continue;
        if (isnan(summary->largest_excess) || excess > summary->largest_excess) {
            summary->largest_excess = excess;
            summary->excess_at = i;
        }
        if (result->finding.delta > summary->largest_delta) {
            summary->largest_delta = result->finding.delta;
            summary->delta_at = i;
        }
    }
}
