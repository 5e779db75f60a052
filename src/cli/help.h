/* SPDX-License-Identifier: GPL-3.0-or-later */
/* help.h - help made from the tables; for src/cli/ only. */
#ifndef WH_HELP_H
#define WH_HELP_H

#include "cli/cli.h"

void wh_help_program(FILE *out, const struct wh_cmd *const *commands,
                     const struct wh_cmd *const *extra, const struct wh_cmd *explore);
void wh_help_command(FILE *out, const struct wh_cmd *command);
void wh_help_version(FILE *out);

#endif
