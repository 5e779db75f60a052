/* SPDX-License-Identifier: GPL-3.0-or-later */
/* act_noise.c - epsilon and mechanisms, going back, and what is drawn. */
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "ui/act.h"
#include "ui/figures.h"
#include "ui/ladder.h"

/* ---- epsilon ---- */

static enum wh_status set_epsilon(struct ui_params *params, unsigned slot, double epsilon) {
    struct wh_mech_spec *spec = &params->mech[slot];
    int index = spec->mech ? wh_mech_param(spec->mech, "epsilon") : -1;
    if (index < 0)
        return wh_fail(WH_UNAVAILABLE, "this mechanism has no epsilon");
    enum wh_status status = wh_mech_check(spec->mech, index, epsilon);
    if (status == WH_OK)
        spec->values[index] = epsilon;
    return status;
}

static enum wh_status step_epsilon(const struct ui_app *app, struct ui_params *params,
                                   unsigned slot, const int how[2]) {
    double now = ui_slot_epsilon(&app->model, slot);
    if (!(now > 0) && !app->model.slot[slot].sim.mech.spec.mech)
        return wh_fail(WH_UNAVAILABLE, "epsilon of %s is not known yet",
                       params->mech[slot].mech->brief);
    if (!(now > 0))
        return wh_fail(WH_UNAVAILABLE,
                       "%s runs without epsilon at present; :mech %u %s brings it back",
                       params->mech[slot].mech->brief, slot + 1, params->mech[slot].mech->name);
    return set_epsilon(params, slot, ui_ladder_next(now, how[0], how[1]));
}

static void say_epsilon(struct ui_app *app, const struct ui_params *params) {
    const struct wh_mech_spec *spec = &params->mech[app->panel];
    double epsilon = spec->values[wh_mech_param(spec->mech, "epsilon")];
    char number[UI_NUMBER];
    ui_app_say(app, "%s: ε %s%s", spec->mech->brief, ui_figure_text(number, epsilon, 4),
               params->linked ? " (the other moves with it)" : "");
}

/* Changes the panel that has, or last had, the focus; both when they are linked. */
static enum wh_status move_epsilon(struct ui_app *app, int direction, bool fine) {
    enum wh_status status = WH_OK;
    struct ui_params params = app->model.params;
    const int how[2] = {direction, fine};
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        if (slot == app->panel || params.linked)
            WH_TRY(step_epsilon(app, &params, slot, how));
    ui_app_change(app, &params);
    say_epsilon(app, &params);
out:
    return status;
}

enum wh_status ui_act_EPSILON_UP(struct ui_app *app, const char *argument) {
    (void)argument;
    return move_epsilon(app, 1, false);
}

enum wh_status ui_act_EPSILON_DOWN(struct ui_app *app, const char *argument) {
    (void)argument;
    return move_epsilon(app, -1, false);
}

enum wh_status ui_act_EPSILON_FINE_UP(struct ui_app *app, const char *argument) {
    (void)argument;
    return move_epsilon(app, 1, true);
}

enum wh_status ui_act_EPSILON_FINE_DOWN(struct ui_app *app, const char *argument) {
    (void)argument;
    return move_epsilon(app, -1, true);
}

enum wh_status ui_act_EPSILON(struct ui_app *app, const char *argument) {
    enum wh_status status = WH_OK;
    struct ui_params params = app->model.params;
    double epsilon;
    if (!wh_str_double(argument, &epsilon))
        return wh_fail(WH_USAGE, "epsilon is a number, found '%.40s'", argument);
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        if (slot == app->panel || params.linked)
            WH_TRY(set_epsilon(&params, slot, epsilon));
    ui_app_change(app, &params);
    say_epsilon(app, &params);
out:
    return status;
}

enum wh_status ui_act_LINK(struct ui_app *app, const char *argument) {
    struct ui_params params = app->model.params;
    (void)argument;
    params.linked = !params.linked;
    ui_app_change(app, &params);
    ui_app_say(app, params.linked ? "linked: epsilon keys change both mechanisms"
                                  : "not linked: epsilon keys change the focused mechanism");
    return WH_OK;
}

/* ---- mechanisms ---- */

enum wh_status ui_act_MECH(struct ui_app *app, const char *argument) {
    enum wh_status status;
    struct ui_params params = app->model.params;
    const char *text = argument + 1 + strspn(argument + 1, " ");
    if ((argument[0] != '1' && argument[0] != '2') || argument[1] != ' ' || !*text)
        return wh_fail(WH_USAGE, "usage: :mech 1|2 NAME[:PARAMETER=VALUE...]");
    unsigned slot = argument[0] == '2';
    WH_TRY(wh_mech_parse(text, (double)NAN, &params.mech[slot]));
    ui_app_change(app, &params);
out:
    return status;
}

enum wh_status ui_act_DEFAULTS(struct ui_app *app, const char *argument) {
    enum wh_status status = WH_OK;
    struct ui_params params = app->model.params;
    (void)argument;
    memcpy(params.mech, app->options->mech, sizeof params.mech);
    ui_undo_keep(&app->undo, &app->model.params);
    app->model.params = params;
    if (app->options->fit)
        WH_TRY(ui_app_fit(app));
    ui_app_sync(app);
out:
    return status;
}

/* ---- back and forward ---- */

static enum wh_status travel(struct ui_app *app, bool moved, const char *otherwise) {
    if (!moved) {
        ui_app_say(app, "%s", otherwise);
        return WH_OK;
    }
    app->fitting = false;
    ui_app_sync(app);
    return WH_OK;
}

enum wh_status ui_act_UNDO(struct ui_app *app, const char *argument) {
    (void)argument;
    return travel(app, ui_undo_back(&app->undo, &app->model.params), "nothing to undo");
}

enum wh_status ui_act_REDO(struct ui_app *app, const char *argument) {
    (void)argument;
    return travel(app, ui_undo_forward(&app->undo, &app->model.params), "nothing to redo");
}

/* ---- draws ---- */

static enum wh_status show_step(struct ui_app *app, uint64_t trial) {
    app->model.step_trial = trial;
    ui_act_view(app, UI_VIEW_MAIN);
    ui_app_trace(app);
    return WH_OK;
}

enum wh_status ui_act_STEP(struct ui_app *app, const char *argument) {
    uint64_t trial = app->model.step_trial + (app->model.stepping ? 1 : 0);
    long long number;
    if (!*argument)
        return show_step(app, trial);
    if (!wh_str_long(argument, 1, 1LL << 53, &number))
        return wh_fail(WH_USAGE, "draws are numbered from 1, found '%.40s'", argument);
    return show_step(app, (uint64_t)number - 1);
}

enum wh_status ui_act_STEP_BACK(struct ui_app *app, const char *argument) {
    uint64_t trial = app->model.step_trial;
    (void)argument;
    return show_step(app, trial > 0 ? trial - 1 : 0);
}

enum wh_status ui_act_PAUSE(struct ui_app *app, const char *argument) {
    (void)argument;
    app->model.paused = !app->model.paused;
    wh_worker_pause(app->worker, app->model.paused);
    return WH_OK;
}

enum wh_status ui_act_REDRAW(struct ui_app *app, const char *argument) {
    (void)argument;
    ui_app_restart(app, app->limit);
    ui_app_say(app, "counting again from zero");
    return WH_OK;
}

enum wh_status ui_act_SAMPLE(struct ui_app *app, const char *argument) {
    long long number;
    if (!wh_str_long(argument, 0, 1LL << 53, &number))
        return wh_fail(WH_USAGE, "usage: :sample N, 0 for no end; found '%.40s'", argument);
    ui_app_restart(app, (uint64_t)number);
    return WH_OK;
}
