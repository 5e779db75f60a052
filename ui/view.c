/* SPDX-License-Identifier: GPL-3.0-or-later */
/* view.c - which view, and the screen that is too small for any. */
#include "ui/view.h"

#include <string.h>

#include "ui/pen.h"
#include "ui/request.h"

static void draw_too_small(struct ui_grid *grid) {
    struct ui_rect all = {0, 0, grid->rows, grid->columns};
    struct ui_pen pen = ui_pen_at(grid, &all);
    char keys[128];
    ui_keymap_names(UI_REQ_QUIT, keys, sizeof keys);
    keys[strcspn(keys, " ")] = '\0';
    ui_pen_say(&pen, UI_STYLE_STRONG, "wordhaze needs %d×%d", UI_MIN_COLUMNS, UI_MIN_ROWS);
    ui_pen_next(&pen);
    ui_pen_say(&pen, UI_STYLE_NORMAL, "this window is %d×%d", grid->columns, grid->rows);
    ui_pen_next(&pen);
    ui_pen_say(&pen, UI_STYLE_DIM, "make it larger, or %s quits", keys);
}

/* Header and status are cut off the screen; the rest is the body. */
struct parts {
    struct ui_rect header, body, status;
};

static struct parts parts_of(const struct ui_grid *grid) {
    struct parts parts = {.body = {0, 0, grid->rows, grid->columns}};
    parts.header = ui_rect_top(&parts.body, 1);
    parts.status = ui_rect_bottom(&parts.body, grid->rows < 24 ? 1 : 2);
    return parts;
}

int ui_view_scroll_most(struct ui_grid *grid, const struct ui_model *model) {
    struct parts parts = parts_of(grid);
    if (grid->rows < UI_MIN_ROWS || grid->columns < UI_MIN_COLUMNS)
        return 0;
    if (model->view == UI_VIEW_LIST)
        return ui_list_scroll_most(&parts.body, model);
    if (model->view == UI_VIEW_LABEL)
        return ui_label_scroll_most(grid, &parts.body, model);
    return model->view == UI_VIEW_HELP ? ui_help_scroll_most(grid, &parts.body, model) : 0;
}

void ui_view_draw(struct ui_grid *grid, const struct ui_model *model) {
    struct parts parts = parts_of(grid);
    ui_grid_clear(grid);
    grid->cursor_row = grid->cursor_column = -1;
    if (grid->rows < UI_MIN_ROWS || grid->columns < UI_MIN_COLUMNS) {
        draw_too_small(grid);
        return;
    }
    ui_draw_header(grid, &parts.header, model);
    switch (model->view) {
    case UI_VIEW_MAIN:
        ui_view_main(grid, &parts.body, model);
        break;
    case UI_VIEW_LIST:
        ui_view_list(grid, &parts.body, model);
        break;
    case UI_VIEW_AUDIT:
        ui_view_audit(grid, &parts.body, model);
        break;
    case UI_VIEW_SWEEP:
        ui_view_sweep(grid, &parts.body, model);
        break;
    case UI_VIEW_ATTACK:
        ui_view_attack(grid, &parts.body, model);
        break;
    case UI_VIEW_LABEL:
        ui_view_label(grid, &parts.body, model);
        break;
    case UI_VIEW_FORM:
        ui_view_form(grid, &parts.body, model);
        break;
    case UI_VIEW_HELP:
    case UI_VIEW_COUNT:
        ui_view_help(grid, &parts.body, model);
        break;
    }
    ui_draw_status(grid, &parts.status, model);
}
