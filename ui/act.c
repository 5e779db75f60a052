/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * act.c - from keys and lines to requests. Letters are for typing words: a key that is bound to
 * nothing and can be printed opens the prompt.
 */
#include "ui/act.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/keymap.h"
#include "ui/prompt.h"
#include "ui/term.h"

typedef enum wh_status (*act)(struct ui_app *app, const char *argument);
static const act acts[UI_REQ_COUNT] = {
#define REQUEST(id, ...) [UI_REQ_##id] = ui_act_##id,
#include "ui/request.def"
#undef REQUEST
};

enum wh_status ui_app_do(struct ui_app *app, enum ui_request request, const char *argument) {
    app->dirty = true;
    return acts[request](app, argument);
}

enum wh_status ui_act_choice(enum ui_request request, const char *argument,
                             const char *const *choices, int *choice) {
    for (*choice = 0; choices[*choice]; ++*choice)
        if (strcmp(choices[*choice], argument) == 0)
            return WH_OK;
    const struct ui_request_info *info = ui_request_info(request);
    return wh_fail(WH_USAGE, "usage: :%s %s", info->name, info->argument);
}

enum wh_status ui_app_line(struct ui_app *app, const char *line) {
    enum ui_request request;
    const char *argument;
    enum wh_status status;
    app->model.message[0] = '\0';
    line += strspn(line, " \t");
    if (*line == '/')
        return ui_app_do(app, UI_REQ_SEARCH, line + 1);
    if (*line != ':')
        return *line ? ui_app_do(app, UI_REQ_WORD, line) : WH_OK;
    WH_TRY(ui_request_parse(line + 1, &request, &argument));
    WH_TRY(ui_app_do(app, request, argument));
out:
    return status;
}

/* ---- the prompt ---- */

static void set_typing(struct ui_app *app) {
    bool typing = ui_prompt_active();
    app->dirty = true;
    if (ui_term_is_open())
        ui_term_typing(typing);
}

static void run_entered(struct ui_app *app) {
    char *line = ui_prompt_take();
    set_typing(app);
    if (!line)
        return;
    if (ui_app_line(app, line) != WH_OK)
        ui_app_complain(app);
    free(line);
}

void ui_app_type(struct ui_app *app, const char *bytes, size_t length) {
    ui_prompt_feed(bytes, length);
    run_entered(app);
}

void ui_app_tick(struct ui_app *app) {
    ui_prompt_tick();
    run_entered(app);
}

enum wh_status ui_act_COMMAND(struct ui_app *app, const char *argument) {
    ui_prompt_begin(argument);
    set_typing(app);
    return WH_OK;
}

/* ---- keys ---- */

static enum ui_section section_of(const struct ui_model *model) {
    if (model->view == UI_VIEW_FORM)
        return UI_SECTION_FORM;
    if (model->view != UI_VIEW_MAIN)
        return UI_SECTION_PAGE;
    return model->focus == UI_FOCUS_MAP ? UI_SECTION_MAP : UI_SECTION_PANEL;
}

static bool can_be_typed(uint32_t key) {
    return key > ' ' && key < UI_KEY_FIRST && key != UI_KEY_BACKSPACE;
}

static void type_key(struct ui_app *app, uint32_t key) {
    char bytes[UI_KEY_NAME];
    size_t length = ui_key_bytes(key, bytes);
    ui_app_type(app, bytes, length);
    if (key == UI_KEY_ESC) /* the key, not the beginning of something */
        ui_app_tick(app);
}

void ui_app_key(struct ui_app *app, uint32_t key) {
    if (ui_prompt_active()) {
        type_key(app, key);
        return;
    }
    const struct ui_binding *binding = ui_keymap_find(section_of(&app->model), key);
    app->model.message[0] = '\0';
    app->dirty = true;
    if (binding && binding->request != UI_REQ_NONE) {
        if (ui_app_do(app, binding->request, binding->argument) != WH_OK)
            ui_app_complain(app);
    } else if (!binding && can_be_typed(key)) {
        ui_act_COMMAND(app, "");
        type_key(app, key);
    }
}
