/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view.h - a view draws the model on the grid. It reads, it never changes anything, it fits any
 * size from 60x16 up; below that ui_view_draw() says what size it needs.
 */
#ifndef UI_VIEW_H
#define UI_VIEW_H

#include "ui/grid.h"
#include "ui/model.h"

#define UI_MIN_ROWS    16
#define UI_MIN_COLUMNS 60

/* Draws model->view over the whole grid. */
void ui_view_draw(struct ui_grid *grid, const struct ui_model *model);

/* The largest useful model->scroll of the view shown; 0 where nothing scrolls. Draws nothing. */
int ui_view_scroll_most(struct ui_grid *grid, const struct ui_model *model);
int ui_list_scroll_most(const struct ui_rect *body, const struct ui_model *model);
int ui_label_scroll_most(struct ui_grid *grid, const struct ui_rect *body,
                         const struct ui_model *model);
int ui_help_scroll_most(struct ui_grid *grid, const struct ui_rect *body,
                        const struct ui_model *model);

/* One function a view, in view_NAME.c; body is the area below the header and above the status line.
 */
void ui_view_main(struct ui_grid *grid, const struct ui_rect *body, const struct ui_model *model);
void ui_view_list(struct ui_grid *grid, const struct ui_rect *body, const struct ui_model *model);
void ui_view_audit(struct ui_grid *grid, const struct ui_rect *body, const struct ui_model *model);
void ui_view_sweep(struct ui_grid *grid, const struct ui_rect *body, const struct ui_model *model);
void ui_view_attack(struct ui_grid *grid, const struct ui_rect *body, const struct ui_model *model);
void ui_view_label(struct ui_grid *grid, const struct ui_rect *body, const struct ui_model *model);
void ui_view_form(struct ui_grid *grid, const struct ui_rect *body, const struct ui_model *model);
void ui_view_help(struct ui_grid *grid, const struct ui_rect *body, const struct ui_model *model);

/* Parts that views share (view_parts.c). */
void ui_draw_header(struct ui_grid *grid, const struct ui_rect *row, const struct ui_model *model);
void ui_draw_status(struct ui_grid *grid, const struct ui_rect *row, const struct ui_model *model);

#endif
