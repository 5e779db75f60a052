/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_bands.c - where the output lands in the word's own list of neighbours: itself, the ten
 * nearest, the hundred nearest, or far; both mechanisms side by side, bars up to 100 %.
 */
#include <math.h>
#include <stdio.h>

#include "ui/figures.h"
#include "ui/pen.h"
#include "ui/view_parts.h"

#define NAME_WIDTH 14

/* Sign, bar and number of a slot in a field of width cells. */
static void draw_share(struct ui_pen *pen, const struct ui_model *model, unsigned slot,
                       enum wh_band band) {
    int width = (pen->rect.columns - NAME_WIDTH) / WH_WORKER_SLOTS;
    int end = NAME_WIDTH + ((int)slot + 1) * width, number = width >= 24 ? 11 : 9;
    char figure[UI_NUMBER], text[UI_NUMBER];
    pen->column = NAME_WIDTH + (int)slot * width;
    if (!ui_slot_mech(model, slot))
        return;
    ui_pen_say(pen, ui_slot_style(slot), "%s ", ui_slot_sign(model, slot));
    if (!ui_slot_ready(model, slot)) {
        ui_pen_say(pen, UI_STYLE_DIM, "–");
        return;
    }
    struct ui_share share = ui_share_band(&model->slot[slot].sim, band);
    ui_pen_bar(pen, ui_slot_style(slot), end - pen->column - number - 3, share.p);
    pen->column++;
    ui_share_text(figure, share);
    snprintf(text, sizeof text, "%.20s%s", figure, share.exact && number > 9 ? " exact" : "");
    ui_pen_field(pen, UI_STYLE_NORMAL, number, text);
}

/* A row a band. */
static void draw_rows(struct ui_grid *grid, const struct ui_rect *rect,
                      const struct ui_model *model) {
    static const char *const titles[WH_BAND_COUNT] = {"the word", "#1–#10", "#11–#100",
                                                      "far, >#100"};
    struct ui_pen pen = ui_pen_at(grid, rect);
    for (int band = 0; band < WH_BAND_COUNT; band++) {
        ui_pen_say(&pen, UI_STYLE_DIM, "%s", titles[band]);
        for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
            draw_share(&pen, model, slot, (enum wh_band)band);
        ui_pen_next(&pen);
    }
}

/* One line for the smallest windows: itself ◆51 ●23  1–10 ◆1 ●71 … */
static void draw_line(struct ui_grid *grid, const struct ui_rect *rect,
                      const struct ui_model *model) {
    static const char *const titles[WH_BAND_COUNT] = {"itself", "1–10", "11–100", "far"};
    struct ui_pen pen = ui_pen_at(grid, rect);
    pen.column = 1;
    ui_pen_say(&pen, UI_STYLE_DIM, "%%");
    for (int band = 0; band < WH_BAND_COUNT; band++) {
        ui_pen_say(&pen, UI_STYLE_DIM, "%s%s", band ? "  " : " ", titles[band]);
        for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
            double p = ui_slot_ready(model, slot)
                           ? ui_share_band(&model->slot[slot].sim, (enum wh_band)band).p
                           : (double)NAN;
            char text[UI_NUMBER] = "–";
            if (!isnan(p))
                snprintf(text, sizeof text, p > 0 && p < 0.005 ? "<1" : "%.0f", 100 * p);
            ui_pen_say(&pen, ui_slot_style(slot), " %s%s", ui_slot_sign(model, slot), text);
        }
    }
}

void ui_draw_bands(struct ui_grid *grid, const struct ui_rect *rect, const struct ui_model *model) {
    char title[256];
    struct ui_rect inside = *rect;
    if (rect->rows < WH_BAND_COUNT) {
        draw_line(grid, rect, model);
        return;
    }
    if (rect->rows >= WH_BAND_COUNT + 2) {
        snprintf(title, sizeof title,
                 "where the output lands in the list of %.80s's neighbours, %%",
                 ui_word(model, model->params.word));
        inside = ui_frame(grid, rect, title, false);
    } else {
        ui_rect_left(&inside, 1);
    }
    draw_rows(grid, &inside, model);
}
