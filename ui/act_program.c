/* SPDX-License-Identifier: GPL-3.0-or-later */
/* act_program.c - how the program looks, stops and ends. */
#include <string.h>

#include "ui/act.h"
#include "ui/term.h"

enum wh_status ui_act_THEME(struct ui_app *app, const char *argument) {
    static const char *const names[] = {"dark", "light", "mono"};
    enum wh_status status = WH_OK;
    enum ui_theme theme = (enum ui_theme)((app->theme + 1) % (UI_THEME_MONO + 1));
    if (*argument)
        WH_TRY(ui_theme_parse(argument, &theme));
    app->theme = theme;
    if (ui_term_is_open())
        ui_term_theme(theme);
    ui_app_say(app, "colours: %s", names[theme]);
out:
    return status;
}

enum wh_status ui_act_CHARSET(struct ui_app *app, const char *argument) {
    enum wh_status status;
    enum ui_charset charset;
    (void)app;
    WH_TRY(ui_charset_parse(argument, &charset));
    ui_charset_set(charset);
out:
    return status;
}

enum wh_status ui_act_MOUSE(struct ui_app *app, const char *argument) {
    static const char *const states[] = {"off", "on", NULL};
    enum wh_status status = WH_OK;
    int on = !app->mouse;
    if (*argument)
        WH_TRY(ui_act_choice(UI_REQ_MOUSE, argument, states, &on));
    app->mouse = on;
    if (ui_term_is_open())
        ui_term_mouse(app->mouse);
    ui_app_say(app, app->mouse
                        ? "mouse on: click a word, turn the wheel (text is selected with Shift)"
                        : "mouse off: the terminal selects text again");
out:
    return status;
}

enum wh_status ui_act_REFRESH(struct ui_app *app, const char *argument) {
    (void)app;
    (void)argument;
    if (ui_term_is_open())
        ui_term_forget();
    return WH_OK;
}

enum wh_status ui_act_SUSPEND(struct ui_app *app, const char *argument) {
    (void)argument;
    if (ui_term_is_open()) {
        ui_term_suspend();
        ui_app_fit_window(app);
    }
    return WH_OK;
}

enum wh_status ui_act_QUIT(struct ui_app *app, const char *argument) {
    (void)argument;
    app->quit = true;
    return WH_OK;
}
