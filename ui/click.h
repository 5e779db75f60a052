/* SPDX-License-Identifier: GPL-3.0-or-later */
/* click.h - the mouse: a click on a word goes there, the wheel scrolls or zooms. */
#ifndef UI_CLICK_H
#define UI_CLICK_H

#include "ui/app.h"
#include "ui/term.h"

void ui_app_click(struct ui_app *app, const struct ui_event *event);

#endif
