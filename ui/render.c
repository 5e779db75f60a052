/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * render.c - text, ANSI, SVG. In SVG every character gets its own x, so that columns stay columns
 * whatever font the reader has.
 */
#include "ui/render.h"

#include <errno.h>
#include <string.h>

#define CELL_WIDTH  9
#define CELL_HEIGHT 18
#define BASELINE    14

enum wh_status ui_picture_parse(const char *name, enum ui_picture *picture) {
    static const char *const names[] = {
        [UI_PICTURE_TEXT] = "text", [UI_PICTURE_ANSI] = "ansi", [UI_PICTURE_SVG] = "svg"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) {
            *picture = (enum ui_picture)i;
            return WH_OK;
        }
    return wh_fail(WH_USAGE, "unknown picture format '%.40s'; it can be text, ansi or svg", name);
}

static const struct ui_cell *row_of(const struct ui_grid *grid, int row) {
    return &grid->cells[(size_t)row * (size_t)grid->columns];
}

static bool is_blank(const struct ui_cell *cell) {
    return strcmp(cell->text, " ") == 0;
}

/* Columns of a row up to its last visible cell. */
static int row_length(const struct ui_grid *grid, int row, bool reversed_shows) {
    const struct ui_cell *cells = row_of(grid, row);
    int length = grid->columns;
    while (length > 0 && is_blank(&cells[length - 1]) &&
           !(reversed_shows && cells[length - 1].style == UI_STYLE_SELECT))
        length--;
    return length;
}

static void render_text(FILE *out, const struct ui_grid *grid) {
    for (int row = 0; row < grid->rows; row++) {
        int length = row_length(grid, row, false);
        for (int column = 0; column < length; column++)
            fputs(row_of(grid, row)[column].text, out);
        fputc('\n', out);
    }
}

/* ---- ANSI ---- */

static void write_color(FILE *out, const struct ui_look *look, int colors) {
    if (look->foreground < 0 && !(colors > 256))
        return;
    if (colors > 256)
        fprintf(out, ";38;2;%u;%u;%u", (unsigned)(look->rgb >> 16),
                (unsigned)(look->rgb >> 8 & 255), (unsigned)(look->rgb & 255));
    else if (colors >= 256)
        fprintf(out, ";38;5;%d", look->foreground);
    else if (look->foreground >= 8)
        fprintf(out, ";%d", 90 + look->foreground - 8);
    else
        fprintf(out, ";%d", 30 + look->foreground);
}

static void write_look(FILE *out, const struct ui_render *how, enum ui_style style) {
    struct ui_look look = ui_look_of(how->theme, how->colors, style);
    fputs("\033[0", out);
    if (look.bold)
        fputs(";1", out);
    if (look.dim)
        fputs(";2", out);
    if (look.underline)
        fputs(";4", out);
    if (look.reverse)
        fputs(";7", out);
    if (style != UI_STYLE_NORMAL && how->theme != UI_THEME_MONO && how->colors >= 8)
        write_color(out, &look, how->colors);
    fputc('m', out);
}

static void render_ansi(FILE *out, const struct ui_grid *grid, const struct ui_render *how) {
    for (int row = 0; row < grid->rows; row++) {
        int length = row_length(grid, row, true);
        uint8_t style = UI_STYLE_NORMAL;
        for (int column = 0; column < length; column++) {
            const struct ui_cell *cell = &row_of(grid, row)[column];
            if (cell->style != style)
                write_look(out, how, (enum ui_style)cell->style);
            style = cell->style;
            fputs(cell->text, out);
        }
        fputs(style != UI_STYLE_NORMAL ? "\033[0m\n" : "\n", out);
    }
}

/* ---- SVG ---- */

static uint32_t background_of(enum ui_theme theme) {
    return theme == UI_THEME_DARK ? 0x1c1c1c : 0xffffff;
}

static void write_escaped(FILE *out, const char *text) {
    for (; *text; text++)
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        default:
            fputc(*text, out);
        }
}

/* One character of the basic plane in one cell: it may share a text element with others. */
static bool is_simple(const struct ui_cell *cell) {
    unsigned char first = (unsigned char)cell->text[0];
    size_t length = strlen(cell->text);
    return cell->width == 1 && length == (first < 0x80   ? 1U
                                          : first < 0xe0 ? 2U
                                          : first < 0xf0 ? 3U
                                                         : 0U);
}

/* Cells from column on that fit one text element. */
static int run_length(const struct ui_cell *cells, int column, int length) {
    int end = column + 1;
    if (!is_simple(&cells[column]))
        return 1;
    while (end < length && cells[end].style == cells[column].style && is_simple(&cells[end]) &&
           !(is_blank(&cells[end]) && !is_blank(&cells[column]) && end + 1 < length &&
             is_blank(&cells[end + 1])))
        end++;
    return end - column;
}

static void write_run(FILE *out, const struct ui_render *how, const struct ui_cell *cells,
                      const int at[3]) {
    int row = at[0], column = at[1], length = at[2];
    struct ui_look look = ui_look_of(how->theme, 256, (enum ui_style)cells[column].style);
    int last = column + length - 1;
    if (look.reverse)
        fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n",
                column * CELL_WIDTH, row * CELL_HEIGHT,
                (last - column + cells[last].width) * CELL_WIDTH, CELL_HEIGHT, look.rgb);
    fputs("<text x=\"", out);
    for (int i = 0; i < length; i++)
        fprintf(out, "%s%d", i ? " " : "", (column + i) * CELL_WIDTH);
    fprintf(out, "\" y=\"%d\" fill=\"#%06x\"%s>", row * CELL_HEIGHT + BASELINE,
            look.reverse ? background_of(how->theme) : look.rgb,
            look.bold ? " font-weight=\"bold\"" : "");
    for (int i = 0; i < length; i++)
        write_escaped(out, cells[column + i].text);
    fputs("</text>\n", out);
}

static void render_svg(FILE *out, const struct ui_grid *grid, const struct ui_render *how) {
    int width = grid->columns * CELL_WIDTH, height = grid->rows * CELL_HEIGHT;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
            "height=\"%d\" font-family=\"'DejaVu Sans Mono','Noto Sans Mono',Menlo,monospace\" "
            "font-size=\"15\" xml:space=\"preserve\">\n"
            "<rect width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n",
            width, height, width, height, width, height, (unsigned)background_of(how->theme));
    for (int row = 0; row < grid->rows; row++) {
        const struct ui_cell *cells = row_of(grid, row);
        int end = row_length(grid, row, true);
        for (int column = 0, length; column < end; column += length) {
            length = run_length(cells, column, end);
            if (length > 1 || (cells[column].width && !is_blank(&cells[column])) ||
                cells[column].style == UI_STYLE_SELECT)
                write_run(out, how, cells, (const int[]){row, column, length});
        }
    }
    fputs("</svg>\n", out);
}

enum wh_status ui_render(FILE *out, const struct ui_grid *grid, const struct ui_render *how) {
    switch (how->picture) {
    case UI_PICTURE_TEXT:
        render_text(out, grid);
        break;
    case UI_PICTURE_ANSI:
        render_ansi(out, grid, how);
        break;
    case UI_PICTURE_SVG:
        render_svg(out, grid, how);
        break;
    }
    if (fflush(out) != 0 || ferror(out))
        return wh_fail(WH_IO, "the picture: %s", errno ? strerror(errno) : "could not be written");
    return WH_OK;
}
