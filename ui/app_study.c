/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * app_study.c - the view's question and its answer. One is computed at a time: when another one is
 * wanted the old one is told to stop, and the new one begins when it has stopped; no key waits for
 * that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wordmap.h"
#include "ui/act.h"
#include "ui/figures.h"

/* ---- what is asked ---- */

static void ask_audit(const struct ui_app *app, struct ui_question *question) {
    const struct ui_model *model = &app->model;
    question->word = model->params.word;
    question->other = model->other == model->params.word ? WH_NONE : model->other;
    question->slot = app->panel;
    question->mech[app->panel] = model->params.mech[app->panel];
}

/* Epsilon is what is swept: its present value is no part of the question. */
static void ask_sweep(const struct ui_model *model, struct ui_question *question) {
    question->target = model->target;
    question->words = model->sweep_words;
    memcpy(question->mech, model->params.mech, sizeof question->mech);
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        const struct wh_mech *mech = question->mech[slot].mech;
        int index = mech ? wh_mech_param(mech, "epsilon") : -1;
        if (index >= 0)
            question->mech[slot].values[index] = mech->params[index].fallback;
    }
}

/* Mechanisms whose draws take long are asked in the background; the others at once (app.c). */
static void ask_trace(const struct ui_model *model, struct ui_question *question) {
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        const struct wh_mech *mech = model->params.mech[slot].mech;
        if (!mech || !mech->chains)
            continue;
        question->kind = UI_STUDY_TRACE;
        question->word = model->params.word;
        question->trial = model->step_trial;
        question->mech[slot] = model->params.mech[slot];
    }
}

static struct ui_question question_of(const struct ui_app *app) {
    const struct ui_model *model = &app->model;
    struct ui_question question = {0};
    if (app->matching)
        return app->match;
    if (model->view == UI_VIEW_AUDIT && model->params.mech[app->panel].mech) {
        question.kind = UI_STUDY_AUDIT;
        ask_audit(app, &question);
    } else if (model->view == UI_VIEW_SWEEP) {
        question.kind = UI_STUDY_SWEEP;
        ask_sweep(model, &question);
    } else if (model->view == UI_VIEW_ATTACK) {
        question.kind = UI_STUDY_ATTACK;
        question.word = model->params.word;
        memcpy(question.mech, model->params.mech, sizeof question.mech);
    } else if (model->view == UI_VIEW_MAIN && model->stepping) {
        ask_trace(model, &question);
    }
    return question;
}

/* ---- asking ---- */

static void begin(struct ui_app *app) {
    struct ui_findings *findings = &app->model.findings;
    if (findings->state != UI_FINDINGS_WAITING || findings->question.kind == UI_STUDY_NONE ||
        app->study || app->fitting ||
        (app->model.derive_done < 1 && ui_question_needs_facts(&findings->question)))
        return;
    findings->state = UI_FINDINGS_WORKING;
    if (ui_study_open(app->session, findings, &app->study) != WH_OK) {
        findings->state = UI_FINDINGS_FAILED;
        ui_app_complain(app);
    }
}

/* A match that was asked for other parameters than these is not wanted any more. */
static bool still_matching(const struct ui_app *app) {
    const struct ui_params *params = &app->model.params;
    return app->matching && app->match.word == params->word &&
           ui_spec_equal(&app->match.mech[0], &params->mech[0]) &&
           ui_spec_equal(&app->match.mech[1], &params->mech[1]);
}

/* The draw that is looked at, once it is known. */
static void take_traces(struct ui_app *app) {
    struct ui_model *model = &app->model;
    const struct ui_findings *findings = &model->findings;
    struct ui_question question = question_of(app);
    if (question.kind != UI_STUDY_TRACE || !ui_question_equal(&question, &findings->question))
        return;
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        if (!model->trace[slot].mech.spec.mech && findings->trace[slot].mech.spec.mech) {
            model->trace[slot] = findings->trace[slot];
            app->dirty = true;
        }
}

void ui_app_study(struct ui_app *app) {
    app->matching = still_matching(app);
    struct ui_question question = question_of(app);
    struct ui_findings *findings = &app->model.findings;
    if (question.kind != UI_STUDY_NONE && !ui_question_equal(&question, &findings->question)) {
        if (app->study)
            ui_study_cancel(app->study);
        ui_recall_keep(&app->recall, findings);
        ui_recall_find(&app->recall, &question, findings);
        app->dirty = true;
    }
    begin(app);
    take_traces(app);
}

bool ui_app_studied(const struct ui_app *app) {
    struct ui_question question = question_of(app);
    const struct ui_findings *findings = &app->model.findings;
    return question.kind == UI_STUDY_NONE || (ui_question_equal(&question, &findings->question) &&
                                              findings->state > UI_FINDINGS_WORKING);
}

/* ---- giving up ---- */

bool ui_app_stop_study(struct ui_app *app) {
    struct ui_findings *findings = &app->model.findings;
    struct ui_question question = question_of(app);
    if (findings->state > UI_FINDINGS_WORKING || question.kind == UI_STUDY_NONE ||
        !ui_question_equal(&question, &findings->question))
        return false;
    if (app->study)
        ui_study_cancel(app->study);
    findings->state = UI_FINDINGS_STOPPED;
    findings->progress = (struct ui_progress){0};
    app->matching = false;
    return true;
}

void ui_app_resume_study(struct ui_app *app) {
    struct ui_findings *findings = &app->model.findings;
    struct ui_question question = question_of(app);
    if (findings->state == UI_FINDINGS_STOPPED && ui_question_equal(&question, &findings->question))
        findings->state = UI_FINDINGS_WAITING;
}

/* ---- answers ---- */

void ui_app_match(struct ui_app *app) {
    const struct ui_params *params = &app->model.params;
    app->match =
        (struct ui_question){.kind = UI_STUDY_MATCH, .word = params->word, .slot = app->panel};
    memcpy(app->match.mech, params->mech, sizeof params->mech);
    app->matching = true;
}

/* Four figures are what the search finds, and what the screen shows. */
static double round_to_four(double value) {
    char text[32];
    snprintf(text, sizeof text, "%.4g", value);
    return strtod(text, NULL);
}

static void set_matched(struct ui_app *app, const struct wh_match_result *match, double value) {
    struct ui_params params = app->model.params;
    struct wh_mech_spec *spec = &params.mech[1 - app->match.slot];
    double epsilon = round_to_four(match->epsilon);
    spec->values[wh_mech_param(spec->mech, "epsilon")] = epsilon;
    ui_app_change(app, &params);
    char number[UI_NUMBER];
    ui_app_say(app, "equal N_w: %s keeps %s in %.1f %% of its draws at ε %s, %s in %.1f %%",
               spec->mech->brief, ui_word(&app->model, params.word), 100 * match->value.value,
               ui_figure_text(number, epsilon, 4), params.mech[app->match.slot].mech->brief,
               100 * value);
}

static void finish_match(struct ui_app *app) {
    const struct ui_findings *findings = &app->model.findings;
    const struct wh_mech *mech = app->match.mech[1 - app->match.slot].mech;
    app->matching = false;
    if (findings->state == UI_FINDINGS_FAILED) {
        snprintf(app->model.message, sizeof app->model.message, "%s", findings->sentence);
        app->model.message_bad = true;
    } else if (findings->match.found) {
        set_matched(app, &findings->match, findings->match_value);
    } else {
        ui_app_say(app,
                   "no ε of %s keeps %s in %.1f %% of the draws: it can do %.1f to %.1f %%; match "
                   "the other way",
                   mech->brief, ui_word(&app->model, app->match.word), 100 * findings->match_value,
                   100 * findings->match.reachable[0], 100 * findings->match.reachable[1]);
    }
}

void ui_app_take_study(struct ui_app *app) {
    if (!app->study)
        return;
    bool ended = ui_study_take(app->study, &app->model.findings);
    app->dirty = true;
    if (!ended)
        return;
    ui_study_close(app->study);
    app->study = NULL;
    if (still_matching(app) && app->model.findings.state > UI_FINDINGS_WORKING &&
        ui_question_equal(&app->match, &app->model.findings.question))
        finish_match(app);
}
