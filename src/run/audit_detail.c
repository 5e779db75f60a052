/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audit_detail.c - an audited pair output by output: which words tell the two apart, and how much.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/pool.h"
#include "run/audit.h"
#include "run/audit_side.h"

struct sides {
    const struct wh_mechanism *mechanism;
    const uint32_t *words;
    struct wh_audit_side side[2];
};

static enum wh_status take_laws(void *context, size_t begin, size_t end, int thread) {
    enum wh_status status = WH_OK;
    struct sides *sides = context;
    (void)thread;
    for (size_t i = begin; i < end; i++)
        WH_TRY(wh_audit_side_law(sides->mechanism, sides->words[i], &sides->side[i]));
out:
    return status;
}

static enum wh_status take_draws(const struct wh_session *session, uint64_t trials,
                                 struct wh_token *token, struct sides *sides) {
    enum wh_status status = WH_OK;
    struct wh_audit_drawing drawing = {session, sides->mechanism,  trials, token,
                                       0,       2 * (double)trials};
    WH_TRY(wh_audit_side_draw(&drawing, sides->words[0], &sides->side[0]));
    drawing.before = (double)trials;
    WH_TRY(wh_audit_side_draw(&drawing, sides->words[1], &sides->side[1]));
out:
    return status;
}

/* ---- outputs ---- */

static int by_loss(const void *x, const void *y) {
    const struct wh_audit_output *a = x, *b = y;
    if (fabs(a->loss) != fabs(b->loss))
        return fabs(a->loss) > fabs(b->loss) ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static void take_sampled(const struct wh_halves *halves, uint32_t id, int side,
                         struct wh_audit_output *output) {
    double trials = (double)(halves->trials[0] + halves->trials[1]);
    output->seen[side] = halves->counts[0][id] + halves->counts[1][id];
    output->log_p[side] = log((double)output->seen[side] / trials);
}

static struct wh_audit_output output_of(const struct sides *sides, uint32_t id,
                                        const struct wh_ranking rankings[2], double loss) {
    struct wh_audit_output output = {.id = id};
    for (int side = 0; side < 2; side++) {
        const struct wh_audit_side *from = &sides->side[side];
        output.rank[side] = rankings[side].ranks[id];
        output.distance[side] = rankings[side].distances[id];
        if (from->log_p)
            output.log_p[side] = from->log_p[id];
        else
            take_sampled(&from->halves, id, side, &output);
    }
    double a = output.log_p[0], b = output.log_p[1];
    output.loss = a == b ? 0 : a - b;
    if (sides->side[0].log_p && fabs(output.loss) > loss)
        output.beyond = wh_audit_beyond(fmax(a, b), fmin(a, b), loss);
    return output;
}

static enum wh_status list_outputs(const struct sides *sides, const struct wh_ranking rankings[2],
                                   struct wh_audit_detail *detail) {
    uint32_t words = rankings[0].words;
    if (WH_ALLOC(detail->outputs, words) != WH_OK)
        return WH_NOMEM;
    for (uint32_t id = 0; id < words; id++) {
        struct wh_audit_output output = output_of(sides, id, rankings, detail->result.tested.loss);
        if (sides->side[0].log_p || output.seen[0] || output.seen[1])
            detail->outputs[detail->count++] = output;
    }
    qsort(detail->outputs, detail->count, sizeof *detail->outputs, by_loss);
    return WH_OK;
}

struct mass {
    double log_p;
    uint32_t index;
};

static int by_mass(const void *x, const void *y) {
    const struct mass *a = x, *b = y;
    if (a->log_p != b->log_p)
        return a->log_p > b->log_p ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static enum wh_status order_by_mass(struct wh_audit_detail *detail) {
    enum wh_status status = WH_OK;
    struct mass *masses = NULL;
    WH_TRY(WH_ALLOC(masses, (size_t)detail->count + 1));
    WH_TRY(WH_ALLOC(detail->by_mass, (size_t)detail->count + 1));
    for (uint32_t i = 0; i < detail->count; i++) {
        const double *log_p = detail->outputs[i].log_p;
        masses[i] = (struct mass){fmax(log_p[0], log_p[1]), i};
    }
    qsort(masses, detail->count, sizeof *masses, by_mass);
    for (uint32_t i = 0; i < detail->count; i++)
        detail->by_mass[i] = masses[i].index;
out:
    free(masses);
    return status;
}

/* ---- the whole ---- */

static enum wh_status fill(const struct wh_session *session,
                           const struct wh_audit_detail_request *request, struct wh_token *token,
                           struct sides *sides, struct wh_audit_detail *detail) {
    enum wh_status status = WH_OK;
    const struct wh_mechanism *mechanism = sides->mechanism;
    struct wh_ranking rankings[2] = {{0}, {0}};
    const struct wh_near *near = wh_session_near(session);
    wh_mech_facts_of(mechanism, &detail->mech);
    detail->result = wh_audit_result_of(mechanism, request->pair, request->claim, request->delta);
    for (int i = 0; i < 2; i++) {
        WH_TRY(wh_audit_side_open(mechanism, &sides->side[i]));
        WH_TRY(wh_ranking_open(near, sides->words[i], &rankings[i]));
    }
    if (request->spec.mech->log_law)
        WH_TRY(wh_pool_run(wh_session_threads(session), 2, 1, take_laws, sides));
    else
        WH_TRY(take_draws(session, request->trials, token, sides));
    WH_TRY(wh_token_check(token));
    WH_TRY(wh_audit_decide(mechanism, &sides->side[0], &sides->side[1], request->level,
                           &detail->result));
    WH_TRY(list_outputs(sides, rankings, detail));
    WH_TRY(order_by_mass(detail));
out:
    wh_ranking_close(&rankings[0]);
    wh_ranking_close(&rankings[1]);
    return status;
}

enum wh_status wh_run_audit_detail(const struct wh_session *session,
                                   const struct wh_audit_detail_request *request,
                                   struct wh_token *token, struct wh_audit_detail *detail) {
    enum wh_status status = WH_OK;
    struct wh_mechanism *mechanism = NULL;
    const uint32_t words[2] = {request->pair.a, request->pair.b};
    struct sides sides = {.words = words};
    *detail = (struct wh_audit_detail){0};
    WH_TRY(wh_audit_check(session, request->pair, &request->spec, request->trials, request->level));
    WH_TRY(wh_session_mechanism(session, &request->spec, &mechanism));
    sides.mechanism = mechanism;
    status = fill(session, request, token, &sides, detail);
out:
    wh_audit_side_close(&sides.side[0]);
    wh_audit_side_close(&sides.side[1]);
    wh_mechanism_close(mechanism);
    if (status != WH_OK)
        wh_audit_detail_close(detail);
    return status;
}

void wh_audit_detail_close(struct wh_audit_detail *detail) {
    free(detail->outputs);
    free(detail->by_mass);
    *detail = (struct wh_audit_detail){0};
}
