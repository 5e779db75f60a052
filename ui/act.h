/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * act.h - one function a row of request.def, in act_look.c, act_noise.c, act_keep.c, act_program.c.
 * A row without a function does not link. argument is "" where none was given.
 */
#ifndef UI_ACT_H
#define UI_ACT_H

#include "ui/app.h"

#define REQUEST(id, ...) enum wh_status ui_act_##id(struct ui_app *app, const char *argument);
#include "ui/request.def"
#undef REQUEST

/* Number of the argument among count choices; WH_USAGE naming the request's own description. */
enum wh_status ui_act_choice(enum ui_request request, const char *argument,
                             const char *const *choices, int *choice);
/* A view; scrolled to its top. */
void ui_act_view(struct ui_app *app, enum ui_view view);

#endif
