/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_show.c - "show": the explorer's screen as text, ANSI or SVG, without a terminal. */
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "ui/faces.h"
#include "ui/render.h"
#include "ui/show.h"
#include "ui/view.h"

#define SHOW_TRIALS 10000

enum option { SIZE, THEME, CHARSET, STEP };

struct picture {
    struct ui_show_request request;
    struct ui_render how;
    int rows, columns;
};

static enum wh_status read_options(const struct wh_cli *cli, struct picture *picture) {
    enum wh_status status = WH_OK;
    const char *const *extra = cli->extra;
    long long step;
    picture->rows = 40;
    picture->columns = 120;
    picture->how.colors = strcmp(cli->color, "never") == 0 ? 0 : 256;
    picture->request.trials = cli->trials ? cli->trials : SHOW_TRIALS;
    if (cli->format_name)
        WH_TRY(ui_picture_parse(cli->format_name, &picture->how.picture));
    if (extra[SIZE])
        WH_TRY(ui_parse_size(extra[SIZE], &picture->rows, &picture->columns));
    if (extra[STEP] && !wh_str_long(extra[STEP], 1, 1LL << 53, &step))
        return wh_fail(WH_USAGE, "--step: expected a draw, numbered from 1, found '%.40s'",
                       extra[STEP]);
    picture->request.stepping = extra[STEP];
    picture->request.step_trial = extra[STEP] ? (uint64_t)step - 1 : 0;
    WH_TRY(ui_choose_theme(extra[THEME], &picture->how.theme));
    WH_TRY(ui_choose_charset(extra[CHARSET]));
out:
    return status;
}

static enum wh_status choose_params(struct wh_cli *cli, struct wh_session *session,
                                    struct ui_params *params) {
    enum wh_status status;
    bool chosen;
    uint32_t word;
    WH_TRY(ui_choose_word(cli, session, &word));
    WH_TRY(wh_session_derive(session, NULL));
    WH_TRY(ui_choose_mechs(cli, params->mech, &chosen));
    if (!chosen)
        WH_TRY(ui_default_params(session, word, params));
    params->word = word;
out:
    return status;
}

static enum wh_status draw(FILE *out, const struct picture *picture, const struct ui_model *model) {
    enum wh_status status;
    struct ui_grid grid = {0};
    WH_TRY(ui_grid_open(&grid, picture->rows, picture->columns));
    ui_view_draw(&grid, model);
    WH_TRY(ui_render(out, &grid, &picture->how));
out:
    ui_grid_close(&grid);
    return status;
}

static enum wh_status show(struct wh_cli *cli) {
    enum wh_status status;
    struct picture picture = {0};
    struct wh_session *session = NULL;
    struct ui_model model = {0};
    WH_TRY(read_options(cli, &picture));
    WH_TRY(wh_cli_session(cli, &session));
    WH_TRY(choose_params(cli, session, &picture.request.params));
    WH_TRY(ui_show_model(session, &picture.request, &model));
    WH_TRY(draw(cli->out, &picture, &model));
out:
    ui_model_close(&model);
    wh_session_close(session);
    return status;
}

const struct wh_cmd ui_cmd_show = {
    .name = "show",
    .arguments = "[WORD]",
    .summary = "the explorer's screen without a terminal (--format text|ansi|svg)",
    .details = "Examples:\n"
               "  wordhaze show queen\n"
               "  wordhaze show paris --size 80x24 --format svg > paris.svg\n",
    .options =
        {
            [SIZE] = {"size", 0, "COLUMNSxROWS", "of the screen (120x40)"},
            [THEME] = {"theme", 0, "dark|light|mono", "colours of ansi and svg"},
            [CHARSET] = {"charset", 0, "braille|blocks|ascii", "glyphs for drawing"},
            [STEP] = {"step", 0, "N", "explain draw N instead of counting outputs"},
        },
    .run = show,
};
