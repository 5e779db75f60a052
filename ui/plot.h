/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plot.h - drawing finer than a cell: a canvas of dots (braille 2x4, quadrants 2x2, ASCII 1x1) and
 * bars in eighths of a cell. Positions are in cells as real numbers: row 2.5 is the middle of
 * row 2.
 */
#ifndef UI_PLOT_H
#define UI_PLOT_H

#include "base/status.h"
#include "ui/grid.h"

#define UI_CELL_ASPECT 2.0 /* a cell is about twice as high as it is wide */

struct ui_canvas {
    struct ui_rect area;
    int across, down; /* dots in a cell */
    uint8_t *dots;    /* one bit a dot, area.rows x area.columns */
    uint8_t *styles;  /* of the last dot set in a cell */
};

struct ui_spot {
    double row, column; /* in cells, from the grid's corner */
};

/* All dots off. The canvas draws inside area only; anything else is dropped. */
enum wh_status ui_canvas_open(struct ui_canvas *canvas, const struct ui_rect *area);
void ui_canvas_close(struct ui_canvas *canvas);
void ui_canvas_dot(struct ui_canvas *canvas, struct ui_spot spot, enum ui_style style);
/* Dots along a line, about "gap" dots left out after each (0: solid). */
void ui_canvas_line(struct ui_canvas *canvas, struct ui_spot from, struct ui_spot to, int gap,
                    enum ui_style style);
/* A circle for the eye: radius in rows, UI_CELL_ASPECT times as many columns. */
void ui_canvas_ring(struct ui_canvas *canvas, struct ui_spot center, double radius, int gap,
                    enum ui_style style);
/* Writes the cells that have dots; the others are left as they are. */
void ui_canvas_paint(const struct ui_canvas *canvas, struct ui_grid *grid);

/* A horizontal bar in the first row of rect, share 0..1 of its width; anything above 0 shows. */
void ui_bar(struct ui_grid *grid, const struct ui_rect *rect, double share, enum ui_style style);
/* A vertical bar in the first column of rect, growing from its last row. */
void ui_column(struct ui_grid *grid, const struct ui_rect *rect, double share, enum ui_style style);

#endif
