/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_form.c - both mechanisms and their parameters, made from the descriptors. The row that keys
 * work on is marked; what it means stands below.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/figures.h"
#include "ui/pen.h"
#include "ui/view.h"
#include "ui/view_parts.h"

#define NAME_WIDTH 16

static int row_of(const struct ui_model *model, const struct wh_mech *mech) {
    int rows = 1;
    while (rows <= WH_PARAM_MAX && mech->params[rows - 1].name)
        rows++;
    return model->form_row < rows ? model->form_row : rows - 1;
}

/* What is set, or what the mechanism chose itself. */
static void value_text(char *out, size_t size, const struct ui_model *model, unsigned slot,
                       int index) {
    const struct wh_mech_spec *spec = &model->params.mech[slot];
    const struct wh_mech_facts *facts = &model->slot[slot].sim.mech;
    double own = facts->spec.mech == spec->mech ? facts->spec.values[index] : (double)NAN;
    if (!isnan(spec->values[index]))
        snprintf(out, size, "%.6g", spec->values[index]);
    else if (!isnan(own))
        snprintf(out, size, "%.6g (its own choice)", own);
    else
        snprintf(out, size, "not set");
}

static void draw_row(struct ui_pen *pen, bool chosen, const char *name, const char *value) {
    ui_pen_say(pen, chosen ? UI_STYLE_STRONG : UI_STYLE_DIM, chosen ? "▸ " : "  ");
    ui_pen_word(pen, UI_STYLE_DIM, NAME_WIDTH, name);
    ui_pen_say(pen, chosen ? UI_STYLE_SELECT : UI_STYLE_NORMAL, "%s", value);
    ui_pen_next(pen);
}

static void say_mech(struct ui_pen *pen, const struct wh_mech *mech) {
    ui_pen_wrap(pen, UI_STYLE_NORMAL, 5, mech->method);
    ui_pen_wrap(pen, ui_label_style(mech->label), 2, wh_label_meaning(mech->label));
}

/* All of them, the one here marked: what the arrows go through. */
static void list_mechs(struct ui_pen *pen, const struct wh_mech *chosen) {
    const struct wh_mech *const *all = wh_mech_all();
    ui_pen_next(pen);
    for (int i = 0; all[i] && ui_pen_rows_left(pen) > 0; i++) {
        bool here = all[i] == chosen;
        ui_pen_say(pen, here ? UI_STYLE_STRONG : UI_STYLE_DIM, here ? "▸ " : "  ");
        ui_pen_word(pen, here ? UI_STYLE_STRONG : UI_STYLE_NORMAL, NAME_WIDTH, all[i]->name);
        ui_pen_word(pen, ui_label_style(all[i]->label), 14, wh_label_name(all[i]->label));
        ui_pen_say(pen, UI_STYLE_DIM, "%s", all[i]->title);
        ui_pen_next(pen);
    }
}

static void say_param(struct ui_pen *pen, const struct wh_param *param) {
    char text[512], fallback[64] = "not set";
    if (!isnan(param->fallback))
        snprintf(fallback, sizeof fallback, "%g", param->fallback);
    snprintf(text, sizeof text, "%s. From %g to %g%s%s%s; default: %s.", param->help, param->min,
             param->max, *param->unit ? ", in " : "", param->unit,
             param->integer ? ", whole numbers" : "", fallback);
    ui_pen_wrap(pen, UI_STYLE_NORMAL, 5, text);
}

static void draw_slot(struct ui_grid *grid, const struct ui_rect *rect,
                      const struct ui_model *model, unsigned slot) {
    const struct wh_mech *mech = ui_slot_mech(model, slot);
    bool focused = model->panel == slot;
    char title[80], value[96];
    if (!mech)
        return;
    snprintf(title, sizeof title, "%s panel %u", ui_slot_sign(model, slot), slot + 1);
    struct ui_rect inside = ui_frame(grid, rect, title, focused);
    struct ui_pen pen = ui_pen_at(grid, &inside);
    int row = focused ? row_of(model, mech) : -1;
    snprintf(value, sizeof value, "◂ %s ▸  %s", mech->name, mech->title);
    draw_row(&pen, row == 0, "mechanism", value);
    for (int i = 0; i < WH_PARAM_MAX && mech->params[i].name; i++) {
        value_text(value, sizeof value, model, slot, i);
        draw_row(&pen, row == i + 1, mech->params[i].name, value);
    }
    ui_pen_next(&pen);
    if (model->slot[slot].state == WH_WORKER_FAILED)
        ui_pen_wrap(&pen, UI_STYLE_WARN, 3, model->slot[slot].sentence);
    if (row > 0) {
        say_param(&pen, &mech->params[row - 1]);
        return;
    }
    say_mech(&pen, mech);
    if (row == 0)
        list_mechs(&pen, mech);
}

void ui_view_form(struct ui_grid *grid, const struct ui_rect *body, const struct ui_model *model) {
    struct ui_rect rest = *body;
    struct ui_rect head = ui_rect_top(&rest, 1);
    struct ui_pen pen = ui_pen_at(grid, &head);
    pen.column = 1;
    ui_pen_say(&pen, UI_STYLE_TITLE, "Mechanisms and parameters  ");
    ui_pen_say(&pen, UI_STYLE_DIM,
               rest.columns >= 90 ? "↑ ↓ choose · ← → change · Enter types · Tab other panel"
               : rest.columns >= 80 ? "↑ ↓ choose · ← → change · Enter types"
                                    : "↑↓ ←→ Enter Tab");
    if (ui_one_panel(&rest)) {
        draw_slot(grid, &rest, model, model->panel);
        return;
    }
    struct ui_rect first = rest.columns >= 100 ? ui_rect_left(&rest, rest.columns / 2)
                                               : ui_rect_top(&rest, rest.rows / 2);
    draw_slot(grid, &first, model, 0);
    draw_slot(grid, &rest, model, 1);
}
