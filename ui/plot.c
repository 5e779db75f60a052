/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plot.c - dots and bars. The ladder braille, quadrants, ASCII follows ui_charset(): the same calls
 * draw on all three, only finer or coarser.
 */
#include "ui/plot.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

enum wh_status ui_canvas_open(struct ui_canvas *canvas, const struct ui_rect *area) {
    enum wh_status status;
    size_t cells =
        area->rows > 0 && area->columns > 0 ? (size_t)area->rows * (size_t)area->columns : 0;
    enum ui_charset charset = ui_charset();
    *canvas = (struct ui_canvas){.area = *area, .across = 1, .down = 1};
    if (charset != UI_CHARSET_ASCII) {
        canvas->across = 2;
        canvas->down = charset == UI_CHARSET_BRAILLE ? 4 : 2;
    }
    if (cells == 0)
        canvas->area.rows = canvas->area.columns = 0;
    WH_TRY(WH_ALLOC(canvas->dots, cells + 1));
    WH_TRY(WH_ALLOC(canvas->styles, cells + 1));
out:
    if (status != WH_OK)
        ui_canvas_close(canvas);
    return status;
}

void ui_canvas_close(struct ui_canvas *canvas) {
    free(canvas->dots);
    free(canvas->styles);
    *canvas = (struct ui_canvas){0};
}

/* The bit of a dot inside its cell. Braille numbers its dots 1-3 down the left, 4-6 down the right,
 * 7 and 8 below; quadrants count left to right, top to bottom. */
static unsigned dot_bit(const struct ui_canvas *canvas, int x, int y) {
    static const unsigned braille[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    if (canvas->down == 4)
        return braille[y][x];
    return 1U << (unsigned)(y * canvas->across + x);
}

void ui_canvas_dot(struct ui_canvas *canvas, struct ui_spot spot, enum ui_style style) {
    double x = (spot.column - canvas->area.column) * canvas->across;
    double y = (spot.row - canvas->area.row) * canvas->down;
    if (!(x >= 0 && y >= 0 && x < canvas->area.columns * canvas->across &&
          y < canvas->area.rows * canvas->down))
        return;
    int column = (int)x / canvas->across, row = (int)y / canvas->down;
    size_t cell = (size_t)row * (size_t)canvas->area.columns + (size_t)column;
    unsigned bit = dot_bit(canvas, (int)x % canvas->across, (int)y % canvas->down);
    canvas->dots[cell] = (uint8_t)(canvas->dots[cell] | bit);
    canvas->styles[cell] = (uint8_t)style;
}

void ui_canvas_line(struct ui_canvas *canvas, struct ui_spot from, struct ui_spot to, int gap,
                    enum ui_style style) {
    double rows = to.row - from.row, columns = to.column - from.column;
    double length = fmax(fabs(rows) * canvas->down, fabs(columns) * canvas->across);
    double steps = ceil(length / (gap + 1));
    if (!(steps >= 1 && steps < 1e6))
        return;
    for (double i = 0; i <= steps; i++)
        ui_canvas_dot(
            canvas,
            (struct ui_spot){from.row + rows * i / steps, from.column + columns * i / steps},
            style);
}

void ui_canvas_ring(struct ui_canvas *canvas, struct ui_spot center, double radius, int gap,
                    enum ui_style style) {
    double around = 2 * M_PI * radius * fmax(canvas->down, UI_CELL_ASPECT * canvas->across);
    double steps = ceil(around / (gap + 1));
    if (!(radius > 0 && steps >= 1 && steps < 1e6))
        return;
    for (double i = 0; i < steps; i++) {
        double angle = 2 * M_PI * i / steps;
        ui_canvas_dot(canvas,
                      (struct ui_spot){center.row - radius * sin(angle),
                                       center.column + UI_CELL_ASPECT * radius * cos(angle)},
                      style);
    }
}

static const char *const quadrants[16] = {" ", "▘", "▝", "▀", "▖", "▌", "▞", "▛",
                                          "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█"};

/* U+2800 + dots in UTF-8. */
static void braille_text(unsigned dots, char text[4]) {
    text[0] = (char)0xE2;
    text[1] = (char)(0xA0 | dots >> 6);
    text[2] = (char)(0x80 | (dots & 0x3F));
    text[3] = '\0';
}

/* Without dots in cells, rings are told apart by their character. */
static char ascii_dot(enum ui_style style) {
    switch (style) {
    case UI_STYLE_FIRST:
    case UI_STYLE_FIRST_DIM:
        return ':';
    case UI_STYLE_SECOND:
    case UI_STYLE_SECOND_DIM:
        return '+';
    default:
        return '.';
    }
}

void ui_canvas_paint(const struct ui_canvas *canvas, struct ui_grid *grid) {
    for (int row = 0; row < canvas->area.rows; row++)
        for (int column = 0; column < canvas->area.columns; column++) {
            size_t cell = (size_t)row * (size_t)canvas->area.columns + (size_t)column;
            unsigned dots = canvas->dots[cell];
            char text[4] = {ascii_dot((enum ui_style)canvas->styles[cell])};
            if (dots == 0)
                continue;
            if (canvas->down == 4)
                braille_text(dots, text);
            ui_put(grid, &canvas->area, canvas->area.row + row, canvas->area.column + column,
                   (enum ui_style)canvas->styles[cell],
                   canvas->down == 2 ? quadrants[dots & 15] : text);
        }
}

/* share of "cells" in eighths; a share above 0 is at least one eighth. */
static int eighths_of(double share, int cells) {
    double exact = share * cells * 8;
    if (!(exact > 0))
        return 0;
    if (exact >= cells * 8.0)
        return cells * 8;
    return exact < 1 ? 1 : (int)lround(exact);
}

void ui_bar(struct ui_grid *grid, const struct ui_rect *rect, double share, enum ui_style style) {
    static const char *const parts[8] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    static const char *const ascii[8] = {"", ".", ".", "-", "-", "=", "=", "="};
    bool blocks = ui_charset() != UI_CHARSET_ASCII;
    int eighths = eighths_of(share, rect->columns);
    for (int i = 0; i < eighths / 8; i++)
        ui_put(grid, rect, rect->row, rect->column + i, style, blocks ? "█" : "#");
    ui_put(grid, rect, rect->row, rect->column + eighths / 8, style,
           blocks ? parts[eighths % 8] : ascii[eighths % 8]);
}

void ui_column(struct ui_grid *grid, const struct ui_rect *rect, double share,
               enum ui_style style) {
    static const char *const parts[8] = {"", "▁", "▂", "▃", "▄", "▅", "▆", "▇"};
    static const char *const ascii[8] = {"", "_", ".", ".", "-", "-", "=", "="};
    bool blocks = ui_charset() != UI_CHARSET_ASCII;
    int eighths = eighths_of(share, rect->rows), bottom = rect->row + rect->rows - 1;
    for (int i = 0; i < eighths / 8; i++)
        ui_put(grid, rect, bottom - i, rect->column, style, blocks ? "█" : "#");
    ui_put(grid, rect, bottom - eighths / 8, rect->column, style,
           blocks ? parts[eighths % 8] : ascii[eighths % 8]);
}
