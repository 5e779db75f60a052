/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * undo.h - the parameters looked at so far, to go back and forward over like pages.
 */
#ifndef UI_UNDO_H
#define UI_UNDO_H

#include <stdbool.h>

#include "ui/model.h"

#define UI_UNDO_DEPTH 50

struct ui_undo {
    struct ui_params past[UI_UNDO_DEPTH], future[UI_UNDO_DEPTH];
    int past_count, future_count;
};

bool ui_spec_equal(const struct wh_mech_spec *a, const struct wh_mech_spec *b);
bool ui_params_equal(const struct ui_params *a, const struct ui_params *b);
/* Before a change: remembers the parameters; what was undone is forgotten. The oldest drop off. */
void ui_undo_keep(struct ui_undo *undo, const struct ui_params *params);
/* Swap the parameters for those before or after; false if there are none. */
bool ui_undo_back(struct ui_undo *undo, struct ui_params *params);
bool ui_undo_forward(struct ui_undo *undo, struct ui_params *params);

#endif
