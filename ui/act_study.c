/* SPDX-License-Identifier: GPL-3.0-or-later */
/* act_study.c - the views that ask the core a question of their own. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "ui/act.h"
#include "ui/figures.h"

enum wh_status ui_act_AUDIT(struct ui_app *app, const char *argument) {
    enum wh_status status = WH_OK;
    uint32_t other;
    if (*argument) {
        WH_TRY(wh_session_word(app->session, argument, &other));
        if (other == app->model.params.word)
            return wh_fail(WH_USAGE, "the other word must be another than %s",
                           ui_word(&app->model, other));
        app->model.other = other;
    }
    ui_act_view(app, UI_VIEW_AUDIT);
out:
    return status;
}

enum wh_status ui_act_SWEEP(struct ui_app *app, const char *argument) {
    long long words = UI_SWEEP_WORDS;
    uint32_t total = wh_embed_words(wh_session_embed(app->session));
    if (*argument && !wh_str_long(argument, 1, total, &words))
        return wh_fail(WH_USAGE, "expected a number of words, 1 to %u, found '%.40s'", total,
                       argument);
    if (*argument)
        app->model.sweep_words = (size_t)words;
    ui_act_view(app, UI_VIEW_SWEEP);
    return WH_OK;
}

enum wh_status ui_act_TARGET(struct ui_app *app, const char *argument) {
    struct wh_target target;
    if (wh_target_parse(argument, &target) != WH_OK)
        return wh_fail(WH_USAGE,
                       "a target is nw<=0.5@95%% or the like: nw, sw, support, distance, near10, "
                       "near100 or far; <= or >=; a number; @ the share of words");
    app->model.target = target;
    ui_act_view(app, UI_VIEW_SWEEP);
    return WH_OK;
}

enum wh_status ui_act_ATTACK(struct ui_app *app, const char *argument) {
    (void)argument;
    ui_act_view(app, UI_VIEW_ATTACK);
    return WH_OK;
}

enum wh_status ui_act_LABEL(struct ui_app *app, const char *argument) {
    (void)argument;
    ui_act_view(app, UI_VIEW_LABEL);
    return WH_OK;
}

/* ---- equal N_w ---- */

static bool searchable(const struct wh_mech_spec *spec) {
    int scale = spec->mech ? wh_mech_param(spec->mech, "noise-scale") : -1;
    return spec->mech && wh_mech_param(spec->mech, "epsilon") >= 0 &&
           (scale < 0 || isnan(spec->values[scale]));
}

enum wh_status ui_act_MATCH(struct ui_app *app, const char *argument) {
    const struct wh_mech_spec *mech = app->model.params.mech;
    (void)argument;
    if (!mech[0].mech || !mech[1].mech)
        return wh_fail(WH_UNAVAILABLE, "there are no two mechanisms to match");
    if (!searchable(&mech[1 - app->panel]))
        return wh_fail(WH_UNAVAILABLE, "%s runs without epsilon: there is nothing to search",
                       mech[1 - app->panel].mech->brief);
    ui_app_match(app);
    ui_app_say(app, "looking for the ε of %s at which N_w is that of %s",
               mech[1 - app->panel].mech->brief, mech[app->panel].mech->brief);
    return WH_OK;
}
