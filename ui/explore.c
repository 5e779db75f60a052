/* SPDX-License-Identifier: GPL-3.0-or-later */
/* explore.c - the explorer as a command: its options, its own files, the terminal around it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/app.h"
#include "ui/faces.h"
#include "ui/keymap.h"
#include "ui/term.h"
#include "ui/xdg.h"

enum option { THEME, CHARSET, NO_MOUSE, NO_HISTORY, SCRIPT, HEADLESS, SIZE };

static enum wh_status read_options(const struct wh_cli *cli, struct ui_app_options *options) {
    enum wh_status status;
    const char *const *extra = cli->extra;
    options->rows = 40;
    options->columns = 120;
    options->color = cli->color;
    options->mouse = !extra[NO_MOUSE];
    options->headless = extra[HEADLESS];
    options->script = extra[SCRIPT];
    if (extra[SIZE])
        WH_TRY(ui_parse_size(extra[SIZE], &options->rows, &options->columns));
    WH_TRY(ui_choose_theme(extra[THEME], &options->theme));
    WH_TRY(ui_choose_charset(extra[CHARSET]));
    if (options->headless && !options->script)
        return wh_fail(WH_USAGE, "--headless runs a script: --script FILE is missing");
    if (!options->headless && !(isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))) {
        if (cli->meant)
            return wh_fail(WH_USAGE,
                           "the explorer needs a terminal; did you mean the command '%s'?",
                           cli->meant);
        return wh_fail(WH_USAGE,
                       "the explorer needs a terminal; 'wordhaze show WORD' prints its screen, "
                       "'wordhaze --help' lists the commands");
    }
out:
    return status;
}

/* A person's own keys; a mistake in them must not keep anybody out. */
static bool load_keys(void) {
    char *path = ui_xdg_config("keys.conf");
    enum wh_status status = path && access(path, F_OK) == 0 ? ui_keymap_load(path) : WH_OK;
    free(path);
    return status == WH_OK;
}

static enum wh_status run_app(struct wh_session *session, const struct ui_app_options *options,
                              bool keys_read) {
    enum wh_status status;
    struct ui_app app = {0};
    const struct ui_term_options term = {options->theme, options->color, options->mouse};
    WH_TRY(ui_app_open(&app, session, options));
    if (!keys_read)
        ui_app_complain(&app);
    if (!options->headless)
        WH_TRY(ui_term_open(&term));
    if (*ui_term_note())
        ui_app_say(&app, "%s", ui_term_note());
    status = ui_app_run(&app);
out:
    ui_term_close();
    ui_app_close(&app);
    return status;
}

static enum wh_status explore(struct wh_cli *cli) {
    enum wh_status status;
    struct ui_app_options options = {0};
    struct wh_session *session = NULL;
    char *history = NULL;
    bool chosen;
    WH_TRY(read_options(cli, &options));
    WH_TRY(ui_choose_mechs(cli, options.mech, &chosen));
    options.fit = !chosen;
    WH_TRY(wh_cli_session(cli, &session));
    WH_TRY(ui_choose_word(cli, session, &options.word));
    if (!cli->extra[NO_HISTORY] && !options.headless)
        history = ui_xdg_state("history");
    options.history = history;
    bool keys_read = load_keys();
    WH_TRY(run_app(session, &options, keys_read));
out:
    free(history);
    wh_session_close(session);
    return status;
}

const struct wh_cmd ui_cmd_explore = {
    .name = "explore",
    .arguments = "[WORD]",
    .summary = "the explorer: see what noise does to a word",
    .details = "Type a word and Enter; ? lists every key.\n"
               "Examples:\n"
               "  wordhaze paris\n"
               "  wordhaze --mech laplace,exponential --epsilon 10 monday\n",
    .options =
        {
            [THEME] = {"theme", 0, "dark|light|mono", "colours (default: by COLORFGBG, or dark)"},
            [CHARSET] = {"charset", 0, "braille|blocks|ascii",
                         "glyphs for drawing (default: by locale and terminal)"},
            [NO_MOUSE] = {"no-mouse", 0, NULL, "leave the mouse to the terminal"},
            [NO_HISTORY] = {"no-history", 0, NULL, "neither read nor write the words typed"},
            [SCRIPT] = {"script", 0, "FILE", "keys and :commands, one line after the other"},
            [HEADLESS] = {"headless", 0, NULL, "run the script without a terminal"},
            [SIZE] = {"size", 0, "COLUMNSxROWS", "of the screen with --headless (120x40)"},
        },
    .run = explore,
};
