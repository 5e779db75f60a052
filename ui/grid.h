/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * grid.h - the screen as cells. Views draw here; term.c paints what changed; render.c writes the
 * same cells as text, ANSI or SVG. Knows nothing of curses.
 */
#ifndef UI_GRID_H
#define UI_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "ui/style.h"

#define UI_CELL_BYTES 12 /* a grapheme in UTF-8 with its NUL; longer clusters are cut */

struct ui_cell {
    char text[UI_CELL_BYTES]; /* "" in the right half of a wide character */
    uint8_t width;            /* 1, 2, or 0 for that right half */
    uint8_t style;            /* enum ui_style */
};

struct ui_grid {
    int rows, columns;
    struct ui_cell *cells;         /* row-major */
    int cursor_row, cursor_column; /* -1: hidden */
};

struct ui_rect {
    int row, column, rows, columns;
};

enum wh_status ui_grid_open(struct ui_grid *grid, int rows, int columns);
enum wh_status ui_grid_resize(struct ui_grid *grid, int rows, int columns); /* cleared */
void ui_grid_close(struct ui_grid *grid);
void ui_grid_clear(struct ui_grid *grid);
bool ui_grid_equal(const struct ui_grid *a, const struct ui_grid *b);
bool ui_cell_equal(const struct ui_cell *a, const struct ui_cell *b);

/* Clipped text: untrusted bytes are cleaned, widths measured by wcwidth-like tables, nothing is
 * ever written outside clip (NULL: the grid). Returns the column after the last cell written. */
int ui_put(struct ui_grid *grid, const struct ui_rect *clip, int row, int column,
           enum ui_style style, const char *text);
int ui_putf(struct ui_grid *grid, const struct ui_rect *clip, int row, int column,
            enum ui_style style, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Ends at column right (exclusive); cut on the left with an ellipsis if too long. */
void ui_put_right(struct ui_grid *grid, const struct ui_rect *clip, int row, int right,
                  enum ui_style style, const char *text);
void ui_fill(struct ui_grid *grid, const struct ui_rect *rect, enum ui_style style);
void ui_restyle(struct ui_grid *grid, const struct ui_rect *rect, enum ui_style style);
int ui_text_width(const char *text); /* cells, after cleaning */

/* A frame with a title in its top edge (NULL: none); focused frames look different without colour
 * too. Returns the inside. */
struct ui_rect ui_box(struct ui_grid *grid, const struct ui_rect *rect, const char *title,
                      bool focused);

/* Which glyphs may be used: chosen by locale, terminal and flag. */
enum ui_charset { UI_CHARSET_ASCII, UI_CHARSET_BLOCKS, UI_CHARSET_BRAILLE };
void ui_charset_set(enum ui_charset charset);
enum ui_charset ui_charset(void);
enum wh_status ui_charset_parse(const char *name, enum ui_charset *charset); /* WH_USAGE */

#endif
