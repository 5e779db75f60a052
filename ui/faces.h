/* SPDX-License-Identifier: GPL-3.0-or-later */
/* faces.h - the two commands that draw: the explorer, and "show", its screen without a terminal. */
#ifndef UI_FACES_H
#define UI_FACES_H

#include "cli/cli.h"
#include "ui/grid.h"

extern const struct wh_cmd ui_cmd_explore;
extern const struct wh_cmd ui_cmd_show;

/* "120x40" */
enum wh_status ui_parse_size(const char *text, int *rows, int *columns);
/* What the options, else the environment say; names may be NULL. */
enum wh_status ui_choose_theme(const char *name, enum ui_theme *theme);
enum wh_status ui_choose_charset(const char *name);
/* Two mechanisms from --mech and --epsilon; *chosen says whether either was given. */
enum wh_status ui_choose_mechs(const struct wh_cli *cli, struct wh_mech_spec mech[2], bool *chosen);
/* The first argument, or a word to begin with. */
enum wh_status ui_choose_word(const struct wh_cli *cli, const struct wh_session *session,
                              uint32_t *word);

#endif
