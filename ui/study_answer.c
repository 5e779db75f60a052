/* SPDX-License-Identifier: GPL-3.0-or-later */
/* study_answer.c - the questions about one word: audit, attack, match, a draw. In the study's
 * thread. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wordmap.h"
#include "ui/study_private.h"

/* ---- audit ---- */

static enum wh_status nearest(const struct ui_study_work *work, uint32_t *other) {
    enum wh_status status;
    struct wh_near_result near = {0};
    WH_TRY(wh_run_near(work->session, work->question.word, 1, &near));
    if (near.count == 0)
        status = wh_fail(WH_UNAVAILABLE, "there is no other word to tell this one from");
    else
        *other = near.items[0].id;
out:
    wh_near_result_close(&near);
    return status;
}

static bool matters_more(const struct wh_audit_output *a, const struct wh_audit_output *b) {
    if (a->beyond < b->beyond || a->beyond > b->beyond)
        return a->beyond > b->beyond;
    double p = fmax(a->log_p[0], a->log_p[1]), q = fmax(b->log_p[0], b->log_p[1]);
    return p > q || (p == q && a->id < b->id);
}

/* Insertion into the order of the best so far; nearly all outputs lose against its last. */
uint32_t ui_audit_order(const struct wh_audit_detail *detail, uint32_t top[UI_AUDIT_TOP]) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < detail->count; i++) {
        uint32_t at = count < UI_AUDIT_TOP ? count++ : UI_AUDIT_TOP;
        while (at > 0 && matters_more(&detail->outputs[i], &detail->outputs[top[at - 1]])) {
            if (at < UI_AUDIT_TOP)
                top[at] = top[at - 1];
            at--;
        }
        if (at < UI_AUDIT_TOP)
            top[at] = i;
    }
    return count;
}

enum wh_status ui_answer_audit(struct ui_study_work *work) {
    enum wh_status status = WH_OK;
    const struct ui_question *question = &work->question;
    struct wh_audit_detail_request request = {
        .pair = {question->word, question->other},
        .spec = question->mech[question->slot],
        .trials = WH_AUDIT_TRIALS,
        .level = WH_AUDIT_LEVEL,
        .claim = (double)NAN,
    };
    struct wh_audit_detail detail = {0};
    if (request.pair.b == WH_NONE)
        WH_TRY(nearest(work, &request.pair.b));
    WH_TRY(wh_run_audit_detail(work->session, &request, &work->token, &detail));
    struct ui_findings *draft = ui_study_draft(work);
    draft->audit = detail;
    draft->audit_tops = ui_audit_order(&detail, draft->audit_top);
    ui_study_publish(work);
out:
    return status;
}

/* ---- attack ---- */

#define EXACT_CANDIDATES   1000
#define SAMPLED_CANDIDATES 100 /* each is drawn WH_ATTACK_TRIALS times */

static enum wh_status attack_slot(struct ui_study_work *work, unsigned slot,
                                  struct wh_attack_result *result) {
    enum wh_status status;
    uint32_t *candidates = NULL;
    struct wh_attack_request request = {.observed = work->question.word,
                                        .spec = work->question.mech[slot],
                                        .trials = WH_ATTACK_TRIALS};
    size_t wanted = request.spec.mech->log_law ? EXACT_CANDIDATES : SAMPLED_CANDIDATES;
    WH_TRY(wh_attack_near(work->session, request.observed, wanted, &candidates, &request.count));
    request.candidates = candidates;
    WH_TRY(wh_run_attack(work->session, &request, &work->token, result));
out:
    free(candidates);
    return status;
}

static enum wh_status attack_and_tell(struct ui_study_work *work, unsigned slot) {
    struct wh_attack_result result = {0};
    if (!work->question.mech[slot].mech || work->known[slot])
        return WH_OK;
    work->slot = slot;
    enum wh_status status = attack_slot(work, slot, &result);
    if (status == WH_CANCELLED || status == WH_NOMEM)
        return status;
    struct ui_findings *draft = ui_study_draft(work);
    if (status == WH_OK)
        draft->attack[slot] = result;
    else
        snprintf(draft->attack_why[slot], sizeof draft->attack_why[slot], "%s", wh_error());
    ui_study_publish(work);
    return WH_OK;
}

/* What is exact is quick: it comes first. */
enum wh_status ui_answer_attack(struct ui_study_work *work) {
    enum wh_status status = WH_OK;
    const struct wh_mech_spec *mech = work->question.mech;
    unsigned first = mech[1].mech && mech[1].mech->log_law ? 1 : 0;
    WH_TRY(attack_and_tell(work, first));
    WH_TRY(attack_and_tell(work, 1 - first));
out:
    return status;
}

/* ---- match ---- */

#define MATCH_TRIALS 4000

enum wh_status ui_answer_match(struct ui_study_work *work) {
    enum wh_status status;
    const struct ui_question *question = &work->question;
    struct wh_measure measure;
    struct wh_match_result match;
    const struct wh_measure_request here = {&question->word,
                                            1,
                                            question->mech[question->slot],
                                            MATCH_TRIALS,
                                            wh_session_source(work->session),
                                            false};
    const struct wh_tune_request there = {
        &question->word, 1,           question->mech[1 - question->slot],
        MATCH_TRIALS,    (double)NAN, (double)NAN};
    WH_TRY(wh_measure_words(work->session, &here, &work->token, &measure));
    double value = measure.values[WH_NW].value;
    WH_TRY(wh_run_match(work->session, &there, WH_NW, value, &work->token, &match));
    struct ui_findings *draft = ui_study_draft(work);
    draft->match = match;
    draft->match_value = value;
    ui_study_publish(work);
out:
    return status;
}

/* ---- one draw ---- */

static enum wh_status trace_slot(struct ui_study_work *work, unsigned slot) {
    enum wh_status status;
    const struct ui_question *question = &work->question;
    struct wh_trace_result result = {0};
    WH_TRY(wh_run_trace(work->session, question->word, &question->mech[slot], question->trial,
                        &work->token, &result));
    free(result.point); /* chains end at points that no map shows */
    result.point = NULL;
    ui_study_draft(work)->trace[slot] = result;
    ui_study_publish(work);
out:
    return status;
}

enum wh_status ui_answer_trace(struct ui_study_work *work) {
    enum wh_status status = WH_OK;
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        if (work->question.mech[slot].mech)
            WH_TRY(trace_slot(work, slot));
out:
    return status;
}
