/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_main.c - the explorer: map on the left, one panel a mechanism on the right, density and rank
 * bands below. What shrinks first: the frames of density and bands, then their rows, then the map.
 */
#include "ui/pen.h"
#include "ui/view.h"
#include "ui/view_parts.h"

#define WIDE 100 /* columns from which density and bands stand side by side */
#define TALL 32  /* rows of body from which both have frames */

static void draw_bottom(struct ui_grid *grid, struct ui_rect *body, const struct ui_model *model) {
    bool framed = body->rows >= TALL;
    int rows = framed ? body->rows / 6 : body->rows >= 20 ? 4 : 1;
    rows = rows > 9 ? 9 : framed && rows < 6 ? 6 : rows;
    struct ui_rect bands = ui_rect_bottom(body, rows);
    struct ui_rect density = framed && body->columns >= WIDE
                                 ? ui_rect_left(&bands, bands.columns * 2 / 5)
                                 : ui_rect_bottom(body, framed ? 5 : 1);
    ui_draw_density(grid, &density, model);
    ui_draw_bands(grid, &bands, model);
}

/* A step takes the rows of density and bands too: its table is long, and they do not change. The
 * smallest windows give it the map's place as well. */
static void draw_step(struct ui_grid *grid, struct ui_rect *body, const struct ui_model *model) {
    bool small = body->columns < 80;
    struct ui_rect panels = ui_rect_right(body, small ? body->columns : body->columns / 4 + 28);
    struct ui_rect first = ui_rect_top(&panels, panels.rows * 3 / 7);
    if (!small)
        ui_draw_map(grid, body, model);
    ui_draw_step(grid, &first, model, 0);
    ui_draw_step(grid, &panels, model, 1);
}

void ui_view_main(struct ui_grid *grid, const struct ui_rect *body, const struct ui_model *model) {
    struct ui_rect rest = *body;
    if (model->stepping) {
        draw_step(grid, &rest, model);
        return;
    }
    draw_bottom(grid, &rest, model);
    struct ui_rect panels = ui_rect_right(&rest, rest.columns / 4 + 18);
    struct ui_rect first = ui_rect_top(&panels, panels.rows / 2);
    ui_draw_map(grid, &rest, model);
    ui_draw_panel(grid, &first, model, 0);
    ui_draw_panel(grid, &panels, model, 1);
}
