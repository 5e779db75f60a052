/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_density.c - how dense the word's place is among all words: the histogram of the distance to
 * the tenth neighbour over the vocabulary (logarithmic axis), the word's own marked, its ends
 * named.
 */
#include <math.h>
#include <stdio.h>

#include "ui/figures.h"
#include "ui/pen.h"
#include "ui/plot.h"
#include "ui/view_parts.h"

/* Column of a radius on an axis of so many columns, or -1. */
static int radius_column(const struct wh_density_profile *profile, double radius, int columns) {
    if (profile->bins == 0 || !(radius > 0) || columns < 1)
        return -1;
    double low = log(fmax(profile->low, 1e-9)), high = log(fmax(profile->high, 1e-9));
    double at = high > low ? (log(radius) - low) / (high - low) * columns : 0;
    return at < 0 ? 0 : at >= columns ? columns - 1 : (int)at;
}

/* Largest share among the bins that fall on a column. */
static double column_share(const struct wh_density_profile *profile, int column, int columns) {
    double share = 0;
    int bins = (int)profile->bins, from = column * bins / columns;
    int to = (column + 1) * bins / columns;
    for (int bin = from; bin < (to > from ? to : from + 1) && bin < bins; bin++)
        share = fmax(share, profile->shares[bin]);
    return share;
}

static void draw_histogram(struct ui_grid *grid, const struct ui_rect *rect,
                           const struct ui_model *model, int marked) {
    for (int column = 0; column < rect->columns && model->profile.bins > 0; column++) {
        struct ui_rect bar = {rect->row, rect->column + column, rect->rows, 1};
        ui_column(grid, &bar, column_share(&model->profile, column, rect->columns),
                  column == marked ? UI_STYLE_STRONG : UI_STYLE_DIM);
    }
}

/* The word under its place: "▲ queen", turned to the left side near the right end. */
static void draw_mark(struct ui_pen *pen, const struct ui_model *model, int column) {
    const char *word = ui_word(model, model->params.word);
    int width = ui_text_width(word), columns = pen->rect.columns;
    if (column < 0)
        return;
    if (column + 2 + width <= columns || column < columns / 2) {
        pen->column = column;
        ui_pen_say(pen, UI_STYLE_STRONG, "▲ ");
        ui_pen_word(pen, UI_STYLE_STRONG, columns - pen->column, word);
        return;
    }
    int left = column - 1 - width > 0 ? column - 1 - width : 0;
    pen->column = left;
    ui_pen_word(pen, UI_STYLE_STRONG, column - 1 - left, word);
    pen->column = column;
    ui_pen_say(pen, UI_STYLE_STRONG, "▲");
}

static void draw_ends(struct ui_pen *pen, const struct ui_model *model) {
    char low[UI_NUMBER], high[UI_NUMBER];
    ui_number_text(low, model->profile.low);
    ui_number_text(high, model->profile.high);
    ui_pen_say(pen, UI_STYLE_DIM, "◂ dense %s", low);
    if (ui_pen_columns_left(pen) > 34) {
        pen->column = pen->rect.columns / 2 - 9;
        ui_pen_say(pen, UI_STYLE_DIM, "distance r10 (log)");
    }
    ui_pen_right(pen, UI_STYLE_DIM, "%s sparse ▸", high);
}

static void draw_framed(struct ui_grid *grid, const struct ui_rect *rect,
                        const struct ui_model *model) {
    const struct wh_density *density = &model->place.density;
    char place[64], title[256];
    ui_place_text(place, density);
    snprintf(title, sizeof title, "density%s%s", model->place_fresh && *place ? " · " : "",
             model->place_fresh ? place : "");
    struct ui_rect inside = ui_frame(grid, rect, title, false);
    if (model->profile.bins == 0) {
        struct ui_pen pen = ui_pen_at(grid, &inside);
        if (model->derive_done < 1)
            ui_say_facts(&pen, model, UI_STYLE_DIM);
        else
            ui_pen_wrap(&pen, UI_STYLE_DIM, 2, "needs the distances of all pairs");
        return;
    }
    int marked =
        model->place_fresh ? radius_column(&model->profile, density->radius, inside.columns) : -1;
    struct ui_rect ends = ui_rect_bottom(&inside, 1), mark = ui_rect_bottom(&inside, 1);
    struct ui_pen pen = ui_pen_at(grid, &mark);
    draw_histogram(grid, &inside, model, marked);
    draw_mark(&pen, model, marked);
    pen = ui_pen_at(grid, &ends);
    draw_ends(&pen, model);
}

/* One line: dense ▂▃▅▲▅▃▂▁ sparse  queen: denser than 71 % of words */
static void draw_line(struct ui_grid *grid, const struct ui_rect *rect,
                      const struct ui_model *model) {
    struct ui_pen pen = ui_pen_at(grid, rect);
    char place[64];
    pen.column = 1;
    if (model->profile.bins == 0 && model->derive_done < 1) {
        ui_pen_say(&pen, UI_STYLE_DIM, "density: computing distances of all pairs, %.0f %%",
                   floor(100 * model->derive_done));
        return;
    }
    ui_pen_say(&pen, UI_STYLE_DIM, rect->columns >= 72 ? "density  dense " : "dense ");
    if (model->profile.bins > 0) {
        struct ui_rect bars = {rect->row, rect->column + pen.column, 1, rect->columns / 5};
        int marked = model->place_fresh
                         ? radius_column(&model->profile, model->place.density.radius, bars.columns)
                         : -1;
        struct ui_pen mark = ui_pen_at(grid, &bars);
        draw_histogram(grid, &bars, model, marked);
        mark.column = marked;
        if (marked >= 0)
            ui_pen_say(&mark, UI_STYLE_STRONG, "▲");
        pen.column += bars.columns;
    }
    ui_pen_say(&pen, UI_STYLE_DIM, " sparse  ");
    if (model->place_fresh)
        ui_pen_say(&pen, UI_STYLE_NORMAL, "▲ %s", ui_place_text(place, &model->place.density));
}

void ui_draw_density(struct ui_grid *grid, const struct ui_rect *rect,
                     const struct ui_model *model) {
    if (rect->rows >= 5)
        draw_framed(grid, rect, model);
    else
        draw_line(grid, rect, model);
}
