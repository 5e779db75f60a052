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

void ui_view_draw(struct ui_grid *grid, const struct ui_model *model) {
    struct ui_rect body = {0, 0, grid->rows, grid->columns};
    ui_grid_clear(grid);
    grid->cursor_row = grid->cursor_column = -1;
    if (grid->rows < UI_MIN_ROWS || grid->columns < UI_MIN_COLUMNS) {
        draw_too_small(grid);
        return;
    }
    struct ui_rect header = ui_rect_top(&body, 1);
    struct ui_rect status = ui_rect_bottom(&body, grid->rows < 24 ? 1 : 2);
    ui_draw_header(grid, &header, model);
    switch (model->view) {
    case UI_VIEW_MAIN:
        ui_view_main(grid, &body, model);
        break;
    case UI_VIEW_LIST:
        ui_view_list(grid, &body, model);
        break;
    case UI_VIEW_HELP:
    case UI_VIEW_COUNT:
        ui_view_help(grid, &body, model);
        break;
    }
    ui_draw_status(grid, &status, model);
}
