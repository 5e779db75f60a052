/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * act_form.c - the form of mechanisms and parameters: row 0 is the mechanism, the others are the
 * parameters of its descriptor. Arrows choose and step, Enter opens the prompt.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "ui/act.h"
#include "ui/figures.h"
#include "ui/ladder.h"

static int param_count(const struct wh_mech *mech) {
    int count = 0;
    while (mech && count < WH_PARAM_MAX && mech->params[count].name)
        count++;
    return count;
}

static enum wh_status set_param(struct ui_app *app, int index, double value) {
    struct ui_params params = app->model.params;
    struct wh_mech_spec *spec = &params.mech[app->panel];
    enum wh_status status = isnan(value) ? WH_OK : wh_mech_check(spec->mech, index, value);
    if (status != WH_OK)
        return status;
    spec->values[index] = value;
    ui_app_change(app, &params);
    return WH_OK;
}

enum wh_status ui_act_PARAM(struct ui_app *app, const char *argument) {
    const struct wh_mech *mech = app->model.params.mech[app->panel].mech;
    char name[40];
    size_t length = strcspn(argument, " ");
    const char *number = argument + length + strspn(argument + length, " ");
    double value;
    snprintf(name, sizeof name, "%.*s", (int)length, argument);
    int index = mech && *name ? wh_mech_param(mech, name) : -1;
    if (index < 0)
        return wh_fail(WH_USAGE, "%s has no parameter '%s': 7 lists them",
                       mech ? mech->brief : "the panel", name);
    value = mech->params[index].fallback;
    if (*number && !wh_str_double(number, &value))
        return wh_fail(WH_USAGE, "%s is a number, found '%.40s'", name, number);
    return set_param(app, index, value);
}

/* ---- stepping ---- */

static enum wh_status next_mech(struct ui_app *app, int direction) {
    const struct wh_mech *const *all = wh_mech_all();
    struct ui_params params = app->model.params;
    int count = 0, now = 0;
    for (; all[count]; count++)
        if (all[count] == params.mech[app->panel].mech)
            now = count;
    now = (now + direction + count) % count;
    enum wh_status status = wh_mech_parse(all[now]->name, (double)NAN, &params.mech[app->panel]);
    if (status != WH_OK)
        return status;
    ui_app_change(app, &params);
    ui_app_say(app, "%s", all[now]->title);
    return WH_OK;
}

static enum wh_status step_param(struct ui_app *app, int index, int direction) {
    const struct wh_mech_spec *spec = &app->model.params.mech[app->panel];
    const struct wh_param *param = &spec->mech->params[index];
    double value = spec->values[index];
    if (isnan(value) && strcmp(param->name, "epsilon") == 0)
        value = ui_slot_epsilon(&app->model, app->panel);
    if (isnan(value))
        return wh_fail(WH_UNAVAILABLE, "%s is not set: Enter sets it", param->name);
    if (param->integer || !(value > 0))
        return set_param(app, index, value + direction);
    return set_param(app, index, ui_ladder_next(value, direction, false));
}

static enum wh_status edit(struct ui_app *app) {
    char text[80];
    int row = app->model.form_row;
    if (row == 0)
        snprintf(text, sizeof text, ":mech %u ", app->panel + 1);
    else
        snprintf(text, sizeof text, ":param %s ",
                 app->model.params.mech[app->panel].mech->params[row - 1].name);
    return ui_app_do(app, UI_REQ_COMMAND, text);
}

enum wh_status ui_act_FORM(struct ui_app *app, const char *argument) {
    static const char *const ways[] = {"up", "down", "left", "right", "edit", NULL};
    enum wh_status status = WH_OK;
    struct ui_model *model = &app->model;
    const struct wh_mech *mech = model->params.mech[app->panel].mech;
    int way, rows = 1 + param_count(mech), direction;
    if (model->view != UI_VIEW_FORM)
        ui_act_view(app, UI_VIEW_FORM);
    if (!*argument)
        return WH_OK;
    WH_TRY(ui_act_choice(UI_REQ_FORM, argument, ways, &way));
    model->form_row = model->form_row < rows ? model->form_row : rows - 1;
    direction = way % 2 ? 1 : -1;
    if (way < 2)
        model->form_row = (model->form_row + direction + rows) % rows;
    else if (way == 4)
        status = edit(app);
    else if (model->form_row == 0)
        status = next_mech(app, direction);
    else
        status = step_param(app, model->form_row - 1, direction);
out:
    return status;
}
