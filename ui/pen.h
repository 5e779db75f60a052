/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pen.h - writing into a rectangle, line by line. Sentences are written once, in UTF-8; where the
 * terminal has only ASCII their signs become words ("ε" eps, "‖η‖" |eta|). Nothing leaves the
 * rectangle; what is too long ends in an ellipsis.
 */
#ifndef UI_PEN_H
#define UI_PEN_H

#include "ui/grid.h"

struct ui_pen {
    struct ui_grid *grid;
    struct ui_rect rect;
    int row, column; /* of the next cell, from the rectangle's corner */
};

struct ui_pen ui_pen_at(struct ui_grid *grid, const struct ui_rect *rect);
/* Beginning of the next row. */
void ui_pen_next(struct ui_pen *pen);
int ui_pen_rows_left(const struct ui_pen *pen); /* this one included */
int ui_pen_columns_left(const struct ui_pen *pen);

void ui_pen_say(struct ui_pen *pen, enum ui_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Ends at the rectangle's right edge; the pen stays. */
void ui_pen_right(struct ui_pen *pen, enum ui_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Right-aligned in a field of width cells; the pen moves past the field. */
void ui_pen_field(struct ui_pen *pen, enum ui_style style, int width, const char *text);
/* A word of the embedding in a field of width cells (wide and long words are cut by cells). */
void ui_pen_word(struct ui_pen *pen, enum ui_style style, int width, const char *word);
/* A bar in a field of width cells. */
void ui_pen_bar(struct ui_pen *pen, enum ui_style style, int width, double share);
/* Whole words over as many rows as needed, at most max_rows; the pen is then on the row after. */
void ui_pen_wrap(struct ui_pen *pen, enum ui_style style, int max_rows, const char *text);

/* Bytes of the text's first line of at most width cells, ending at a blank where there is one. */
size_t ui_pen_line(const char *text, int width);
/* text with the signs as the charset allows; "out" always ends in NUL. */
void ui_pen_spell(char *out, size_t size, const char *text);
/* "…" or "~" */
const char *ui_ellipsis(void);

/* Parts of a rectangle: the first "cut" rows or columns go to the result, the rest stays. */
struct ui_rect ui_rect_top(struct ui_rect *rect, int cut);
struct ui_rect ui_rect_bottom(struct ui_rect *rect, int cut);
struct ui_rect ui_rect_left(struct ui_rect *rect, int cut);
struct ui_rect ui_rect_right(struct ui_rect *rect, int cut);

#endif
