/* SPDX-License-Identifier: GPL-3.0-or-later */
/* faces.c - options that both drawing commands have. */
#include "ui/faces.h"

#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_MAX_CELLS 1000

enum wh_status ui_parse_size(const char *text, int *rows, int *columns) {
    char rest;
    if (sscanf(text, "%4dx%4d%c", columns, rows, &rest) != 2 || *rows < 1 || *columns < 1 ||
        *rows > SIZE_MAX_CELLS || *columns > SIZE_MAX_CELLS)
        return wh_fail(WH_USAGE, "--size: expected COLUMNSxROWS such as 120x40, found '%.40s'",
                       text);
    return WH_OK;
}

/* Some terminals say "foreground;background"; 7 and 15 are white. */
static bool background_is_light(void) {
    const char *colors = getenv("COLORFGBG");
    const char *background = colors ? strrchr(colors, ';') : NULL;
    return background && (strcmp(background, ";7") == 0 || strcmp(background, ";15") == 0);
}

enum wh_status ui_choose_theme(const char *name, enum ui_theme *theme) {
    if (name)
        return ui_theme_parse(name, theme);
    *theme = background_is_light() ? UI_THEME_LIGHT : UI_THEME_DARK;
    return WH_OK;
}

/* Real consoles have blocks in their fonts but no dots. */
enum wh_status ui_choose_charset(const char *name) {
    enum wh_status status = WH_OK;
    const char *terminal = getenv("TERM");
    enum ui_charset charset = UI_CHARSET_ASCII;
    if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
        charset =
            terminal && strcmp(terminal, "linux") == 0 ? UI_CHARSET_BLOCKS : UI_CHARSET_BRAILLE;
    if (name)
        WH_TRY(ui_charset_parse(name, &charset));
    ui_charset_set(charset);
out:
    return status;
}

enum wh_status ui_choose_mechs(const struct wh_cli *cli, struct wh_mech_spec mech[2],
                               bool *chosen) {
    enum wh_status status;
    size_t count;
    *chosen = cli->mech_list || !isnan(cli->epsilon);
    WH_TRY(wh_cli_mechs(cli, "laplace,tgm", mech, 2, &count));
    if (count == 1) /* beside the one that was asked for: the other of the story */
        WH_TRY(wh_mech_parse(strcmp(mech[0].mech->name, "tgm") == 0 ? "laplace" : "tgm",
                             (double)NAN, &mech[1]));
out:
    return status;
}

enum wh_status ui_choose_word(const struct wh_cli *cli, const struct wh_session *session,
                              uint32_t *word) {
    if (cli->argument_count > 1)
        return wh_fail(WH_USAGE, "one word at a time, found '%.40s' too", cli->arguments[1]);
    if (cli->argument_count == 1)
        return wh_session_word(session, cli->arguments[0], word);
    *word = wh_embed_find(wh_session_embed(session), "queen");
    if (*word == WH_NONE)
        *word = 0;
    return WH_OK;
}
