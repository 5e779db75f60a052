/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * grid.c - cells. Text is cleaned first (base/str.h), then cut into cells: a character of width 1
 * or 2 with the characters of width 0 that follow it. Widths come from libunistring's tables, not
 * from the locale, so that a grid is the same wherever it is made.
 */
#include "ui/grid.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>
#include <uniwidth.h>

#include "base/mem.h"
#include "base/str.h"

static enum ui_charset charset_now = UI_CHARSET_BRAILLE;

void ui_charset_set(enum ui_charset charset) {
    charset_now = charset;
}

enum ui_charset ui_charset(void) {
    return charset_now;
}

enum wh_status ui_charset_parse(const char *name, enum ui_charset *charset) {
    static const char *const names[] = {[UI_CHARSET_ASCII] = "ascii",
                                        [UI_CHARSET_BLOCKS] = "blocks",
                                        [UI_CHARSET_BRAILLE] = "braille"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) {
            *charset = (enum ui_charset)i;
            return WH_OK;
        }
    return wh_fail(WH_USAGE, "unknown charset '%.40s'; it can be braille, blocks or ascii", name);
}

/* ---- the grid ---- */

static size_t cell_count(const struct ui_grid *grid) {
    return (size_t)grid->rows * (size_t)grid->columns;
}

static struct ui_cell *cell_at(struct ui_grid *grid, int row, int column) {
    return &grid->cells[(size_t)row * (size_t)grid->columns + (size_t)column];
}

static void cell_blank(struct ui_cell *cell, enum ui_style style) {
    *cell = (struct ui_cell){.text = " ", .width = 1, .style = (uint8_t)style};
}

void ui_grid_clear(struct ui_grid *grid) {
    for (size_t i = 0; i < cell_count(grid); i++)
        cell_blank(&grid->cells[i], UI_STYLE_NORMAL);
    grid->cursor_row = grid->cursor_column = -1;
}

enum wh_status ui_grid_open(struct ui_grid *grid, int rows, int columns) {
    *grid = (struct ui_grid){.cursor_row = -1, .cursor_column = -1};
    return ui_grid_resize(grid, rows, columns);
}

enum wh_status ui_grid_resize(struct ui_grid *grid, int rows, int columns) {
    struct ui_cell *cells = NULL;
    enum wh_status status;
    rows = rows > 0 ? rows : 1;
    columns = columns > 0 ? columns : 1;
    WH_TRY(WH_ALLOC(cells, (size_t)rows * (size_t)columns));
    free(grid->cells);
    grid->cells = cells;
    grid->rows = rows;
    grid->columns = columns;
    ui_grid_clear(grid);
out:
    return status;
}

void ui_grid_close(struct ui_grid *grid) {
    free(grid->cells);
    *grid = (struct ui_grid){.cursor_row = -1, .cursor_column = -1};
}

bool ui_cell_equal(const struct ui_cell *a, const struct ui_cell *b) {
    return a->width == b->width && a->style == b->style && strcmp(a->text, b->text) == 0;
}

bool ui_grid_equal(const struct ui_grid *a, const struct ui_grid *b) {
    if (a->rows != b->rows || a->columns != b->columns)
        return false;
    for (size_t i = 0; i < cell_count(a); i++)
        if (!ui_cell_equal(&a->cells[i], &b->cells[i]))
            return false;
    return a->cursor_row == b->cursor_row && a->cursor_column == b->cursor_column;
}

/* The part of clip that is on the grid; NULL is the whole grid. */
static struct ui_rect clip_of(const struct ui_grid *grid, const struct ui_rect *clip) {
    struct ui_rect rect = clip ? *clip : (struct ui_rect){0, 0, grid->rows, grid->columns};
    int bottom = rect.row + rect.rows, right = rect.column + rect.columns;
    rect.row = rect.row > 0 ? rect.row : 0;
    rect.column = rect.column > 0 ? rect.column : 0;
    bottom = bottom < grid->rows ? bottom : grid->rows;
    right = right < grid->columns ? right : grid->columns;
    rect.rows = bottom > rect.row ? bottom - rect.row : 0;
    rect.columns = right > rect.column ? right - rect.column : 0;
    return rect;
}

/* ---- text into cells ---- */

/* The next cell's worth of clean text: bytes used; cell gets text and width (1 or 2). */
static size_t next_cell(const char *text, size_t length, struct ui_cell *cell) {
    size_t used = 0, kept = 0;
    bool based = false;
    memset(cell, 0, sizeof *cell);
    while (used < length) {
        ucs4_t point;
        int bytes = u8_mbtouc(&point, (const uint8_t *)text + used, length - used);
        int width = uc_width(point, "UTF-8");
        if (width > 0 && based)
            break;
        if (width <= 0 && !based) { /* a mark without a letter stands on a blank */
            cell->text[kept++] = ' ';
            width = 1;
        }
        if (!based)
            cell->width = (uint8_t)width;
        based = true;
        if (kept + (size_t)bytes < UI_CELL_BYTES) {
            memcpy(cell->text + kept, text + used, (size_t)bytes);
            kept += (size_t)bytes;
        }
        used += (size_t)bytes;
    }
    return used;
}

static bool is_plain(const char *text) {
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

/* What may be shown of text: itself if it is plain, else a cleaned copy in buf. */
static const char *clean_text(const char *text, struct wh_buf *buf) {
    if (is_plain(text))
        return text;
    wh_str_clean(buf, text, strlen(text));
    return buf->failed || !buf->data ? "" : buf->data;
}

static int clean_width(const char *clean) {
    struct ui_cell cell;
    int width = 0;
    size_t left = strlen(clean);
    if (is_plain(clean))
        return (int)left;
    for (size_t used; left > 0; clean += used, left -= used) {
        used = next_cell(clean, left, &cell);
        width += cell.width;
    }
    return width;
}

int ui_text_width(const char *text) {
    struct wh_buf buf = {0};
    int width = clean_width(clean_text(text, &buf));
    wh_buf_free(&buf);
    return width;
}

/* The other half of a wide character that is about to lose one of its cells. */
static void free_halves(struct ui_grid *grid, int row, int column) {
    struct ui_cell *cell = cell_at(grid, row, column);
    if (cell->width == 2 && column + 1 < grid->columns)
        cell_blank(cell + 1, (enum ui_style)cell[1].style);
    if (cell->width == 0 && column > 0)
        cell_blank(cell - 1, (enum ui_style)cell[-1].style);
}

/* Writes one cell if all of it is inside; the visible half of a cut wide character is a blank. */
static void put_cell(struct ui_grid *grid, const struct ui_rect *clip, int row, int column,
                     const struct ui_cell *cell) {
    int right = clip->column + clip->columns;
    bool whole = column >= clip->column && column + cell->width <= right;
    for (int i = 0; i < cell->width; i++) {
        if (column + i < clip->column || column + i >= right)
            continue;
        struct ui_cell *to = cell_at(grid, row, column + i);
        free_halves(grid, row, column + i);
        cell_blank(to, (enum ui_style)cell->style);
        if (whole && i == 0)
            *to = *cell;
        if (whole && i == 1)
            *to = (struct ui_cell){.width = 0, .style = cell->style};
    }
}

static int put_clean(struct ui_grid *grid, const struct ui_rect *clip, int row, int column,
                     enum ui_style style, const char *clean) {
    struct ui_rect inside = clip_of(grid, clip);
    int right = inside.column + inside.columns;
    size_t left = strlen(clean);
    if (row < inside.row || row >= inside.row + inside.rows)
        return column;
    while (left > 0 && column < right) {
        struct ui_cell cell;
        size_t used = next_cell(clean, left, &cell);
        cell.style = (uint8_t)style;
        put_cell(grid, &inside, row, column, &cell);
        column += cell.width;
        clean += used;
        left -= used;
    }
    return column < right ? column : right;
}

int ui_put(struct ui_grid *grid, const struct ui_rect *clip, int row, int column,
           enum ui_style style, const char *text) {
    struct wh_buf buf = {0};
    column = put_clean(grid, clip, row, column, style, clean_text(text, &buf));
    wh_buf_free(&buf);
    return column;
}

int ui_putf(struct ui_grid *grid, const struct ui_rect *clip, int row, int column,
            enum ui_style style, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return ui_put(grid, clip, row, column, style, text);
}

static const char *ellipsis(void) {
    return charset_now == UI_CHARSET_ASCII ? "~" : "…";
}

void ui_put_right(struct ui_grid *grid, const struct ui_rect *clip, int row, int right,
                  enum ui_style style, const char *text) {
    struct wh_buf buf = {0};
    struct ui_cell cell;
    const char *clean = clean_text(text, &buf);
    int width = clean_width(clean), room = right - clip_of(grid, clip).column;
    bool cut = width > room;
    while (cut && *clean && width > room - 1) {
        clean += next_cell(clean, strlen(clean), &cell);
        width -= cell.width;
    }
    if (cut && room > 0)
        ui_put(grid, clip, row, right - width - 1, style, ellipsis());
    struct ui_rect inside = clip_of(grid, clip);
    if (inside.column + inside.columns > right)
        inside.columns = right - inside.column;
    put_clean(grid, &inside, row, right - width, style, clean);
    wh_buf_free(&buf);
}

/* ---- areas ---- */

void ui_fill(struct ui_grid *grid, const struct ui_rect *rect, enum ui_style style) {
    struct ui_rect inside = clip_of(grid, rect);
    struct ui_cell blank;
    cell_blank(&blank, style);
    for (int row = inside.row; row < inside.row + inside.rows; row++)
        for (int column = inside.column; column < inside.column + inside.columns; column++)
            put_cell(grid, &inside, row, column, &blank);
}

void ui_restyle(struct ui_grid *grid, const struct ui_rect *rect, enum ui_style style) {
    struct ui_rect inside = clip_of(grid, rect);
    for (int row = inside.row; row < inside.row + inside.rows; row++)
        for (int column = inside.column; column < inside.column + inside.columns; column++)
            cell_at(grid, row, column)->style = (uint8_t)style;
}

/* ---- frames ---- */

struct frame_glyphs {
    const char *corners[4]; /* top left, top right, bottom left, bottom right */
    const char *across, *down;
};

/* The focused frame has other glyphs, not only another colour. Fonts of real consoles have double
 * lines but neither round corners nor heavy ones. */
static const struct frame_glyphs frames[][2] = {
    [UI_CHARSET_ASCII] = {{{"+", "+", "+", "+"}, "-", "|"}, {{"#", "#", "#", "#"}, "=", "#"}},
    [UI_CHARSET_BLOCKS] = {{{"┌", "┐", "└", "┘"}, "─", "│"}, {{"╔", "╗", "╚", "╝"}, "═", "║"}},
    [UI_CHARSET_BRAILLE] = {{{"╭", "╮", "╰", "╯"}, "─", "│"}, {{"┏", "┓", "┗", "┛"}, "━", "┃"}},
};

static void put_edges(struct ui_grid *grid, const struct ui_rect *rect, bool focused) {
    const struct frame_glyphs *glyphs = &frames[charset_now][focused];
    enum ui_style style = focused ? UI_STYLE_FOCUS : UI_STYLE_BORDER;
    int top = rect->row, bottom = rect->row + rect->rows - 1;
    int left = rect->column, right = rect->column + rect->columns - 1;
    for (int column = left + 1; column < right; column++) {
        put_clean(grid, rect, top, column, style, glyphs->across);
        put_clean(grid, rect, bottom, column, style, glyphs->across);
    }
    for (int row = top + 1; row < bottom; row++) {
        put_clean(grid, rect, row, left, style, glyphs->down);
        put_clean(grid, rect, row, right, style, glyphs->down);
    }
    put_clean(grid, rect, top, left, style, glyphs->corners[0]);
    put_clean(grid, rect, top, right, style, glyphs->corners[1]);
    put_clean(grid, rect, bottom, left, style, glyphs->corners[2]);
    put_clean(grid, rect, bottom, right, style, glyphs->corners[3]);
}

/* " title " in the top edge, one border cell left on both sides. */
static void put_title(struct ui_grid *grid, const struct ui_rect *rect, const char *title,
                      enum ui_style style) {
    struct ui_rect edge = {rect->row, rect->column + 2, 1, rect->columns - 4};
    if (edge.columns < 3)
        return;
    int column = ui_put(grid, &edge, edge.row, edge.column, style, " ");
    struct ui_rect room = {edge.row, column, 1, edge.columns - 2};
    column = ui_put(grid, &room, edge.row, column, style, title);
    if (ui_text_width(title) > room.columns)
        ui_put(grid, &room, edge.row, room.column + room.columns - 1, style, ellipsis());
    ui_put(grid, &edge, edge.row, column, style, " ");
}

struct ui_rect ui_box(struct ui_grid *grid, const struct ui_rect *rect, const char *title,
                      bool focused) {
    if (rect->rows < 2 || rect->columns < 2)
        return (struct ui_rect){rect->row, rect->column, 0, 0};
    put_edges(grid, rect, focused);
    if (title && *title)
        put_title(grid, rect, title, focused ? UI_STYLE_FOCUS : UI_STYLE_TITLE);
    return (struct ui_rect){rect->row + 1, rect->column + 1, rect->rows - 2, rect->columns - 2};
}
