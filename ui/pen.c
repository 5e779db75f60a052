/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pen.c - text in rectangles. */
#include "ui/pen.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ui/plot.h"

#define PEN_TEXT 1024 /* bytes of one sentence */

struct spelling {
    const char *sign, *plain;
};
/* Longer signs first: the first match counts. */
static const struct spelling spellings[] = {
    {"‖η‖", "|eta|"}, {"√", "sqrt"},   {"ε", "eps"},    {"η", "eta"},   {"Δ₀", "Delta0"},
    {"Δ", "Delta"},   {"±", "+-"},     {"×", "x"},      {"·", "-"},     {"≈", "~"},
    {"≤", "<="},      {"≥", ">="},     {"≠", "is not"}, {"≫", ">>"},    {"–", "-"},
    {"—", "-"},       {"…", "..."},    {"◂", "<"},      {"▸", ">"},     {"▲", "^"},
    {"▼", "v"},       {"→", "->"},     {"►", ">"},      {"⋄", "*"},     {"▮▮", "||"},
    {"−", "-"},       {"λ", "lambda"}, {"γ", "gamma"},  {"α", "alpha"}, {"∞", "inf"},
    {"↑", "Up"},      {"↓", "Down"},   {"←", "<-"},
};

static const struct spelling *spelling_at(const char *text) {
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
        if (strncmp(text, spellings[i].sign, strlen(spellings[i].sign)) == 0)
            return &spellings[i];
    return NULL;
}

void ui_pen_spell(char *out, size_t size, const char *text) {
    size_t length = 0;
    bool plain = ui_charset() == UI_CHARSET_ASCII;
    out[0] = '\0';
    while (*text) {
        const struct spelling *found = plain ? spelling_at(text) : NULL;
        const char *from = found ? found->plain : text;
        size_t take = found ? strlen(found->plain) : 1;
        if (length + take >= size)
            break;
        memcpy(out + length, from, take);
        length += take;
        out[length] = '\0';
        text += found ? strlen(found->sign) : 1;
    }
}

const char *ui_ellipsis(void) {
    return ui_charset() == UI_CHARSET_ASCII ? "~" : "…";
}

struct ui_rect ui_rect_top(struct ui_rect *rect, int cut) {
    struct ui_rect top = *rect;
    top.rows = cut < rect->rows ? cut : rect->rows;
    rect->row += top.rows;
    rect->rows -= top.rows;
    return top;
}

struct ui_rect ui_rect_bottom(struct ui_rect *rect, int cut) {
    struct ui_rect rest = *rect;
    struct ui_rect top = ui_rect_top(&rest, rect->rows - cut > 0 ? rect->rows - cut : 0);
    *rect = top;
    return rest;
}

struct ui_rect ui_rect_left(struct ui_rect *rect, int cut) {
    struct ui_rect left = *rect;
    left.columns = cut < rect->columns ? cut : rect->columns;
    rect->column += left.columns;
    rect->columns -= left.columns;
    return left;
}

struct ui_rect ui_rect_right(struct ui_rect *rect, int cut) {
    struct ui_rect rest = *rect;
    struct ui_rect left = ui_rect_left(&rest, rect->columns - cut > 0 ? rect->columns - cut : 0);
    *rect = left;
    return rest;
}

struct ui_pen ui_pen_at(struct ui_grid *grid, const struct ui_rect *rect) {
    return (struct ui_pen){.grid = grid, .rect = *rect};
}

void ui_pen_next(struct ui_pen *pen) {
    pen->row++;
    pen->column = 0;
}

int ui_pen_rows_left(const struct ui_pen *pen) {
    return pen->rect.rows - pen->row;
}

int ui_pen_columns_left(const struct ui_pen *pen) {
    return pen->rect.columns - pen->column;
}

/* The cells of the pen's row from its column on, at most width of them. */
static struct ui_rect pen_field(const struct ui_pen *pen, int width) {
    int left = ui_pen_columns_left(pen);
    struct ui_rect field = {pen->rect.row + pen->row, pen->rect.column + pen->column, 1,
                            width < left ? width : left};
    if (field.columns < 0 || pen->row < 0 || pen->row >= pen->rect.rows)
        field.columns = 0;
    return field;
}

/* Text in a field, an ellipsis in its last cell when it does not fit. Returns the width used. */
static int put_cut(const struct ui_pen *pen, const struct ui_rect *field, enum ui_style style,
                   const char *text) {
    int width = ui_text_width(text);
    if (field->columns <= 0)
        return 0;
    if (width <= field->columns) {
        ui_put(pen->grid, field, field->row, field->column, style, text);
        return width;
    }
    struct ui_rect head = *field;
    head.columns--;
    ui_put(pen->grid, &head, head.row, head.column, style, text);
    ui_put(pen->grid, field, field->row, field->column + head.columns, style, ui_ellipsis());
    return field->columns;
}

void ui_pen_say(struct ui_pen *pen, enum ui_style style, const char *format, ...) {
    char text[PEN_TEXT], spelt[PEN_TEXT];
    struct ui_rect field = pen_field(pen, pen->rect.columns);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    ui_pen_spell(spelt, sizeof spelt, text);
    pen->column += put_cut(pen, &field, style, spelt);
}

void ui_pen_right(struct ui_pen *pen, enum ui_style style, const char *format, ...) {
    char text[PEN_TEXT], spelt[PEN_TEXT];
    struct ui_rect field = pen_field(pen, pen->rect.columns);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    ui_pen_spell(spelt, sizeof spelt, text);
    int spare = field.columns - ui_text_width(spelt);
    if (spare > 0)
        ui_rect_left(&field, spare);
    put_cut(pen, &field, style, spelt);
}

void ui_pen_field(struct ui_pen *pen, enum ui_style style, int width, const char *text) {
    char spelt[PEN_TEXT];
    struct ui_rect field = pen_field(pen, width);
    ui_pen_spell(spelt, sizeof spelt, text);
    int spare = field.columns - ui_text_width(spelt);
    if (spare > 0)
        ui_rect_left(&field, spare);
    put_cut(pen, &field, style, spelt);
    pen->column += width;
}

void ui_pen_word(struct ui_pen *pen, enum ui_style style, int width, const char *word) {
    struct ui_rect field = pen_field(pen, width);
    put_cut(pen, &field, style, word);
    pen->column += width;
}

void ui_pen_bar(struct ui_pen *pen, enum ui_style style, int width, double share) {
    struct ui_rect field = pen_field(pen, width);
    if (field.columns > 0)
        ui_bar(pen->grid, &field, share, style);
    pen->column += width;
}

size_t ui_pen_line(const char *text, int width) {
    char line[PEN_TEXT];
    size_t fits = 0;
    for (size_t end = 1; end <= strlen(text) && end < sizeof line; end++) {
        if (text[end] != ' ' && text[end] != '\0')
            continue;
        memcpy(line, text, end);
        line[end] = '\0';
        if (ui_text_width(line) > width)
            break;
        fits = end;
    }
    return fits ? fits : strlen(text);
}

void ui_pen_wrap(struct ui_pen *pen, enum ui_style style, int max_rows, const char *text) {
    char spelt[PEN_TEXT], line[PEN_TEXT];
    ui_pen_spell(spelt, sizeof spelt, text);
    const char *rest = spelt;
    for (int i = 0; *rest && i < max_rows && ui_pen_rows_left(pen) > 0; i++) {
        bool last = i + 1 == max_rows || ui_pen_rows_left(pen) == 1;
        size_t take = last ? strlen(rest) : ui_pen_line(rest, ui_pen_columns_left(pen));
        snprintf(line, sizeof line, "%.*s", (int)take, rest);
        struct ui_rect field = pen_field(pen, pen->rect.columns);
        put_cut(pen, &field, style, line);
        rest += take;
        rest += strspn(rest, " ");
        ui_pen_next(pen);
    }
}
