/* SPDX-License-Identifier: GPL-3.0-or-later */
/* act_look.c - what is looked at: the word, the view, the frame with the focus, the map. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/act.h"
#include "ui/figures.h"
#include "ui/view.h"

static enum wh_status go_to(struct ui_app *app, uint32_t word) {
    struct ui_params params = app->model.params;
    params.word = word;
    ui_app_change(app, &params);
    return WH_OK;
}

enum wh_status ui_act_WORD(struct ui_app *app, const char *argument) {
    enum wh_status status;
    uint32_t word;
    status = wh_session_word(app->session, argument, &word);
    if (status != WH_OK && wh_mech_find(argument))
        status = wh_fail(WH_USAGE, "%s is a mechanism: 7 chooses mechanisms, letters type a word",
                         argument);
    WH_TRY(status);
    WH_TRY(go_to(app, word));
    if (app->model.view == UI_VIEW_HELP)
        ui_act_view(app, UI_VIEW_MAIN);
    if (app->model.view == UI_VIEW_AUDIT)
        ui_app_say(app, "the first word is %s now; :audit WORD chooses the other one",
                   ui_word(&app->model, word));
out:
    return status;
}

/* ---- a dense and a sparse place ---- */

#define PAIR_AMONG 2000 /* the most frequent words */

/* The words of the story, or else the densest and the sparsest of the frequent words. */
static bool find_pair(const struct wh_session *session, uint32_t pair[2]) {
    const struct wh_embed *embed = wh_session_embed(session);
    const double *radius = wh_embed_derived(embed)->radius;
    uint32_t words = wh_embed_words(embed);
    pair[0] = wh_embed_find(embed, "monday");
    pair[1] = wh_embed_find(embed, "insulin");
    if (pair[0] != WH_NONE && pair[1] != WH_NONE)
        return true;
    pair[0] = pair[1] = 0;
    for (uint32_t id = 1; radius && id < words && id < PAIR_AMONG; id++) {
        pair[0] = radius[id] < radius[pair[0]] ? id : pair[0];
        pair[1] = radius[id] > radius[pair[1]] ? id : pair[1];
    }
    return radius && pair[0] != pair[1];
}

enum wh_status ui_act_PAIR(struct ui_app *app, const char *argument) {
    uint32_t pair[2];
    (void)argument;
    if (app->model.derive_done < 1)
        return wh_fail(WH_UNAVAILABLE, "dense and sparse words are known in a while: %.0f %% done",
                       floor(100 * app->model.derive_done));
    if (!find_pair(app->session, pair))
        return wh_fail(WH_UNAVAILABLE, "the densities of this vocabulary are not known");
    bool to_sparse = app->model.params.word == pair[0];
    ui_app_say(app, "%s is in a %s place; again for %s, in a %s one",
               ui_word(&app->model, pair[to_sparse]), to_sparse ? "sparse" : "dense",
               ui_word(&app->model, pair[!to_sparse]), to_sparse ? "dense" : "sparse");
    return go_to(app, pair[to_sparse]);
}

/* ---- views ---- */

void ui_act_view(struct ui_app *app, enum ui_view view) {
    app->model.view = view;
    app->model.scroll = 0;
    ui_app_resume_study(app);
}

enum wh_status ui_act_HELP(struct ui_app *app, const char *argument) {
    (void)argument;
    ui_act_view(app, app->model.view == UI_VIEW_HELP ? UI_VIEW_MAIN : UI_VIEW_HELP);
    return WH_OK;
}

enum wh_status ui_act_EXPLORER(struct ui_app *app, const char *argument) {
    (void)argument;
    ui_act_view(app, UI_VIEW_MAIN);
    return WH_OK;
}

enum wh_status ui_act_LIST(struct ui_app *app, const char *argument) {
    (void)argument;
    ui_act_view(app, UI_VIEW_LIST);
    return WH_OK;
}

enum wh_status ui_act_BACK(struct ui_app *app, const char *argument) {
    (void)argument;
    if (app->model.stepping)
        ui_app_forget_trace(app);
    else if (ui_app_stop_study(app))
        ui_app_say(app, "stopped; the number of the view goes on, Esc goes back");
    else if (app->model.view != UI_VIEW_MAIN)
        ui_act_view(app, UI_VIEW_MAIN);
    else
        app->model.search[0] = '\0';
    return WH_OK;
}

/* ---- focus ---- */

static void set_focus(struct ui_app *app, int focus) {
    app->model.focus = (enum ui_focus)((focus + UI_FOCUS_COUNT) % UI_FOCUS_COUNT);
    if (app->model.focus != UI_FOCUS_MAP)
        app->panel = app->model.focus - UI_FOCUS_FIRST;
}

enum wh_status ui_act_FOCUS(struct ui_app *app, const char *argument) {
    static const char *const frames[] = {"map", "1", "2", NULL};
    enum wh_status status = WH_OK;
    int focus = (int)app->model.focus + 1;
    if (*argument)
        WH_TRY(ui_act_choice(UI_REQ_FOCUS, argument, frames, &focus));
    else if (app->model.view != UI_VIEW_MAIN) /* they have no map */
        focus = UI_FOCUS_FIRST + !app->panel;
    set_focus(app, focus);
out:
    return status;
}

enum wh_status ui_act_FOCUS_BACK(struct ui_app *app, const char *argument) {
    (void)argument;
    if (app->model.view != UI_VIEW_MAIN)
        return ui_act_FOCUS(app, argument);
    set_focus(app, (int)app->model.focus - 1);
    return WH_OK;
}

/* ---- finding ---- */

enum wh_status ui_act_SEARCH(struct ui_app *app, const char *argument) {
    struct ui_model *model = &app->model;
    snprintf(model->search, sizeof model->search, "%s", argument);
    for (uint32_t i = 0; *argument && model->place_fresh && i < model->place.near.count; i++)
        if (strstr(ui_word(model, model->place.near.items[i].id), argument)) {
            model->scroll = model->view == UI_VIEW_LIST ? (int)i + 1 : model->scroll;
            return WH_OK;
        }
    if (*argument)
        ui_app_say(app, "no neighbour shown contains '%s'", argument);
    return WH_OK;
}

enum wh_status ui_act_SCROLL(struct ui_app *app, const char *argument) {
    static const char *const moves[] = {"up",  "down",   "page-up", "page-down",
                                        "top", "bottom", NULL};
    enum wh_status status;
    int move, page = app->grid.rows > 8 ? app->grid.rows - 6 : 2;
    int most = ui_view_scroll_most(&app->grid, &app->model);
    const int to[] = {app->model.scroll - 1,
                      app->model.scroll + 1,
                      app->model.scroll - page,
                      app->model.scroll + page,
                      0,
                      most};
    WH_TRY(ui_act_choice(UI_REQ_SCROLL, argument, moves, &move));
    app->model.scroll = to[move] > most ? most : to[move] < 0 ? 0 : to[move];
out:
    return status;
}

/* ---- the map ---- */

enum wh_status ui_act_MAP(struct ui_app *app, const char *argument) {
    struct ui_params params = app->model.params;
    int method = ((int)params.map + 1) % WH_MAP_COUNT;
    if (*argument) {
        for (method = 0; method < WH_MAP_COUNT; method++)
            if (strcmp(wh_map_name((enum wh_map_method)method), argument) == 0)
                break;
        if (method == WH_MAP_COUNT)
            return wh_fail(WH_USAGE, "usage: :map radial|pca|pca-global");
    }
    params.map = (enum wh_map_method)method;
    ui_app_change(app, &params);
    return WH_OK;
}

static const char *const directions[] = {"left", "right", "up", "down", NULL};
#define TURN (M_PI / 12)
#define PAN  0.1 /* of the width of the map's neighbourhood */
#define ZOOM 1.25

enum wh_status ui_act_ROTATE(struct ui_app *app, const char *argument) {
    enum wh_status status;
    int direction;
    WH_TRY(ui_act_choice(UI_REQ_ROTATE, argument, directions, &direction));
    if (app->model.params.map == WH_MAP_RADIAL)
        ui_app_say(app, "the radial map is flat: # chooses a map with three axes to turn");
    else if (direction < 2)
        app->goal.yaw += direction == 0 ? -TURN : TURN;
    else
        app->goal.pitch += direction == 2 ? -TURN : TURN;
out:
    return status;
}

/* Half the width of what the picture shows, in its own units. */
static double picture_size(const struct ui_model *model) {
    double most = 0;
    for (uint32_t i = 0; model->place_fresh && i < model->place.picture.count; i++)
        most = fmax(most, model->place.picture.points[i].distance);
    return most > 0 ? most : 1;
}

enum wh_status ui_act_PAN(struct ui_app *app, const char *argument) {
    enum wh_status status;
    int direction;
    double step = PAN * picture_size(&app->model) / app->goal.zoom;
    WH_TRY(ui_act_choice(UI_REQ_PAN, argument, directions, &direction));
    if (direction < 2)
        app->goal.pan_x += direction == 0 ? -step : step;
    else
        app->goal.pan_y += direction == 2 ? step : -step;
out:
    return status;
}

enum wh_status ui_act_ZOOM(struct ui_app *app, const char *argument) {
    static const char *const ways[] = {"in", "out", NULL};
    enum wh_status status;
    int way;
    WH_TRY(ui_act_choice(UI_REQ_ZOOM, argument, ways, &way));
    app->goal.zoom = fmin(fmax(app->goal.zoom * (way == 0 ? ZOOM : 1 / ZOOM), 0.1), 20);
out:
    return status;
}

enum wh_status ui_act_FRONT(struct ui_app *app, const char *argument) {
    (void)argument;
    app->goal = (struct ui_camera){.zoom = 1};
    return WH_OK;
}
