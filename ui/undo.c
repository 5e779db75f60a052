/* SPDX-License-Identifier: GPL-3.0-or-later */
/* undo.c - two stacks of parameters. */
#include "ui/undo.h"

#include <math.h>
#include <string.h>

static bool same_value(double a, double b) {
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 0;
}

bool ui_spec_equal(const struct wh_mech_spec *a, const struct wh_mech_spec *b) {
    if (a->mech != b->mech)
        return false;
    for (int i = 0; a->mech && i < WH_PARAM_MAX && a->mech->params[i].name; i++)
        if (!same_value(a->values[i], b->values[i]))
            return false;
    return true;
}

bool ui_params_equal(const struct ui_params *a, const struct ui_params *b) {
    bool same = a->word == b->word && a->map == b->map && a->linked == b->linked;
    for (int slot = 0; slot < WH_WORKER_SLOTS; slot++)
        same = same && ui_spec_equal(&a->mech[slot], &b->mech[slot]);
    return same;
}

static void push(struct ui_params stack[UI_UNDO_DEPTH], int *count,
                 const struct ui_params *params) {
    if (*count == UI_UNDO_DEPTH) {
        memmove(stack, stack + 1, (UI_UNDO_DEPTH - 1) * sizeof *stack);
        --*count;
    }
    stack[(*count)++] = *params;
}

void ui_undo_keep(struct ui_undo *undo, const struct ui_params *params) {
    push(undo->past, &undo->past_count, params);
    undo->future_count = 0;
}

bool ui_undo_back(struct ui_undo *undo, struct ui_params *params) {
    if (undo->past_count == 0)
        return false;
    push(undo->future, &undo->future_count, params);
    *params = undo->past[--undo->past_count];
    return true;
}

bool ui_undo_forward(struct ui_undo *undo, struct ui_params *params) {
    if (undo->future_count == 0)
        return false;
    push(undo->past, &undo->past_count, params);
    *params = undo->future[--undo->future_count];
    return true;
}
