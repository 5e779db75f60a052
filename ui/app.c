/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * app.c - model, worker and screen kept together. A result is shown only if it belongs to the
 * parameters on the screen: counts of a watch that is over never reach the model.
 */
#include "ui/app.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/wordmap.h"
#include "ui/prompt.h"
#include "ui/show.h"
#include "ui/view.h"

/* ---- messages ---- */

void ui_app_say(struct ui_app *app, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(app->model.message, sizeof app->model.message, format, arguments);
    va_end(arguments);
    app->model.message_bad = false;
    app->dirty = true;
}

void ui_app_complain(struct ui_app *app) {
    snprintf(app->model.message, sizeof app->model.message, "%s", wh_error());
    app->model.message_bad = true;
    app->dirty = true;
}

/* ---- opening and closing ---- */

static enum wh_status open_grid(struct ui_app *app) {
    const struct ui_app_options *options = app->options;
    return ui_grid_open(&app->grid, options->rows, options->columns);
}

static void start_model(struct ui_app *app, struct wh_session *session) {
    struct ui_model *model = &app->model;
    *model = (struct ui_model){.session = session, .focus = UI_FOCUS_FIRST, .zoom = 1};
    model->params.word = app->options->word;
    memcpy(model->params.mech, app->options->mech, sizeof model->params.mech);
    model->other = WH_NONE;
    model->target = (struct wh_target){.quantity = WH_NW, .bound = 0.5, .share = 0.95};
    model->sweep_words = UI_SWEEP_WORDS;
    app->goal = (struct ui_camera){.zoom = 1};
}

enum wh_status ui_app_open(struct ui_app *app, struct wh_session *session,
                           const struct ui_app_options *options) {
    enum wh_status status;
    *app = (struct ui_app){
        .options = options, .session = session, .theme = options->theme, .mouse = options->mouse};
    start_model(app, session);
    WH_TRY(open_grid(app));
    WH_TRY(ui_prompt_open(wh_session_embed(session), options->history));
    if (options->script)
        WH_TRY(ui_script_open(options->script, &app->script));
    WH_TRY(wh_worker_open(session, &app->worker));
    if (options->fit)
        WH_TRY(ui_app_fit(app));
    ui_app_sync(app);
out:
    if (status != WH_OK)
        ui_app_close(app);
    return status;
}

void ui_app_close(struct ui_app *app) {
    ui_study_close(app->study);
    ui_recall_close(&app->recall);
    ui_fit_close(app->fit);
    wh_worker_close(app->worker);
    ui_script_close(app->script);
    ui_prompt_close();
    ui_model_close(&app->model);
    ui_grid_close(&app->grid);
    *app = (struct ui_app){0};
}

/* ---- what the worker is told ---- */

/* Nothing of the old parameters may be seen under the new ones. */
static void clear_slot(struct ui_app *app, unsigned slot) {
    struct wh_slot_snapshot *snapshot = &app->model.slot[slot];
    wh_slot_snapshot_close(snapshot);
    *snapshot = (struct wh_slot_snapshot){.state = WH_WORKER_OPENING};
}

/* A mechanism that chooses epsilon itself has no need to wait for the fitting. */
static bool waits_for_fit(const struct ui_app *app, unsigned slot) {
    const struct wh_mech_spec *spec = &app->model.params.mech[slot];
    int index = wh_mech_param(spec->mech, "epsilon");
    return app->fitting && index >= 0 && !isnan(spec->mech->params[index].fallback);
}

static void watch_slot(struct ui_app *app, unsigned slot) {
    const struct ui_params *params = &app->model.params;
    if (!params->mech[slot].mech)
        return;
    if (app->watching[slot] && app->watched.word == params->word &&
        ui_spec_equal(&app->watched.mech[slot], &params->mech[slot]))
        return;
    clear_slot(app, slot);
    app->watching[slot] = !waits_for_fit(app, slot);
    if (app->watching[slot])
        app->serial[slot] =
            wh_worker_watch(app->worker, slot, params->word, &params->mech[slot], app->limit);
}

static void see_place(struct ui_app *app) {
    const struct ui_params *params = &app->model.params;
    if (app->seeing && app->watched.word == params->word && app->watched.map == params->map)
        return;
    app->seeing = true;
    app->model.place_fresh = false;
    wh_worker_see(app->worker, params->word, params->map, UI_PLACE_NEIGHBOURS);
}

void ui_app_sync(struct ui_app *app) {
    see_place(app);
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        watch_slot(app, slot);
    app->watched = app->model.params;
    if (app->model.stepping)
        ui_app_trace(app);
    app->dirty = true;
}

void ui_app_change(struct ui_app *app, const struct ui_params *params) {
    if (ui_params_equal(params, &app->model.params))
        return;
    ui_undo_keep(&app->undo, &app->model.params);
    app->model.params = *params;
    app->fitting = false; /* chosen by hand now */
    ui_app_sync(app);
}

void ui_app_restart(struct ui_app *app, uint64_t limit) {
    const struct ui_params *params = &app->model.params;
    app->limit = limit;
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        if (!app->watching[slot])
            continue;
        clear_slot(app, slot);
        wh_worker_watch(app->worker, slot, params->word, &params->mech[slot], limit);
        app->serial[slot] = wh_worker_restart(app->worker, slot);
    }
    app->dirty = true;
}

enum wh_status ui_app_fit(struct ui_app *app) {
    enum wh_status status;
    ui_fit_close(app->fit);
    app->fit = NULL;
    WH_TRY(ui_fit_open(app->session, app->model.params.word, app->model.params.mech, &app->fit));
    app->fitting = true;
out:
    return status;
}

/* ---- what the worker has published ---- */

static void take_slot(struct ui_app *app, unsigned slot) {
    struct wh_slot_snapshot snapshot = {0};
    bool fresh = false;
    if (!app->watching[slot] || wh_worker_slot(app->worker, slot, &snapshot, &fresh) != WH_OK)
        return;
    if (!fresh || snapshot.serial != app->serial[slot]) {
        wh_slot_snapshot_close(&snapshot);
        return;
    }
    wh_slot_snapshot_close(&app->model.slot[slot]);
    app->model.slot[slot] = snapshot;
    app->dirty = true;
}

static void take_place(struct ui_app *app) {
    struct wh_place place = {0};
    bool fresh = false;
    const struct ui_params *params = &app->model.params;
    if (wh_worker_place(app->worker, &place, &fresh) != WH_OK)
        return;
    if (!fresh || place.word != params->word || place.picture.method != params->map) {
        wh_place_close(&place);
        return;
    }
    wh_place_close(&app->model.place);
    app->model.place = place;
    app->model.place_fresh = app->dirty = true;
}

static void take_profile(struct ui_app *app) {
    if (app->model.derive_done < 1 || app->model.profile.shares)
        return;
    if (wh_run_density_profile(app->session, UI_PROFILE_BINS, &app->model.profile) != WH_OK)
        memset(&app->model.profile, 0, sizeof app->model.profile);
    app->dirty = true;
}

static void take_fit(struct ui_app *app) {
    if (!app->fit || !ui_fit_done(app->fit))
        return;
    if (app->fitting)
        ui_fit_result(app->fit, app->model.params.mech);
    ui_fit_close(app->fit);
    app->fit = NULL;
    app->fitting = false;
    ui_app_sync(app);
}

void ui_app_take(struct ui_app *app) {
    double done = wh_worker_derive_done(app->worker);
    if (done < app->model.derive_done || done > app->model.derive_done)
        app->dirty = true;
    bool known = app->model.derive_done < 1 && done >= 1;
    app->model.derive_done = done;
    if (known && app->model.stepping)
        ui_app_trace(app); /* of mechanisms that had to wait */
    take_fit(app);
    take_place(app);
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        take_slot(app, slot);
    take_profile(app);
    ui_app_take_study(app);
    ui_app_study(app);
}

bool ui_app_settled(struct ui_app *app) {
    if (app->fitting || !wh_worker_settled(app->worker))
        return false;
    ui_app_take(app);
    return app->model.place_fresh && ui_app_studied(app);
}

/* ---- one draw ---- */

void ui_app_forget_trace(struct ui_app *app) {
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        wh_trace_result_close(&app->model.trace[slot]);
    app->model.stepping = false;
}

void ui_app_trace(struct ui_app *app) {
    const struct ui_params *params = &app->model.params;
    uint64_t trial = app->model.step_trial;
    ui_app_forget_trace(app);
    app->model.stepping = app->dirty = true;
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        if (params->mech[slot].mech && !params->mech[slot].mech->chains)
            (void)wh_run_trace(app->session, params->word, &params->mech[slot], trial, NULL,
                               &app->model.trace[slot]); /* the panel says why there is none */
}

/* ---- drawing ---- */

void ui_app_draw(struct ui_app *app) {
    app->model.panel = app->panel;
    ui_prompt_show(&app->model, app->grid.columns - 1);
    ui_view_draw(&app->grid, &app->model);
}
