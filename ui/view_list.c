/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_list.c - the true neighbours with their distances and how often each mechanism puts them
 * out; below them the outputs that are farther away. Scrolls.
 */
#include <math.h>
#include <stdio.h>

#include "ui/figures.h"
#include "ui/pen.h"
#include "ui/view.h"
#include "ui/view_parts.h"

struct list_widths {
    int rank, word, distance, bar, number;
};

static struct list_widths widths_for(int columns) {
    struct list_widths widths = {.rank = 8, .distance = 10, .number = 11};
    int rest = columns - widths.rank - 2 - widths.distance - 2 * (widths.number + 3);
    widths.word = rest / 3 > 24 ? 24 : rest / 3 < 10 ? 10 : rest / 3;
    widths.bar = (rest - widths.word) / 2 > 0 ? (rest - widths.word) / 2 : 0;
    return widths;
}

static void draw_head(struct ui_pen *pen, const struct ui_model *model) {
    struct list_widths widths = widths_for(pen->rect.columns);
    ui_pen_field(pen, UI_STYLE_DIM, widths.rank, "rank");
    pen->column += 2;
    ui_pen_word(pen, UI_STYLE_DIM, widths.word, "word");
    ui_pen_field(pen, UI_STYLE_DIM, widths.distance, "distance");
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        const struct wh_mech *mech = ui_slot_mech(model, slot);
        int end = pen->column + 3 + widths.bar + widths.number;
        pen->column += 2;
        if (mech)
            ui_pen_say(pen, ui_slot_style(slot), "%s %s %%%s", ui_slot_sign(model, slot),
                       mech->brief, isnan(model->slot[slot].sim.unchanged_exact) ? "" : ", exact");
        pen->column = end;
    }
}

struct list_row {
    uint32_t id, rank;
    double distance;
};

static void draw_share(struct ui_pen *pen, const struct ui_model *model, unsigned slot,
                       const struct list_row *row) {
    struct list_widths widths = widths_for(pen->rect.columns);
    char text[UI_NUMBER] = "·";
    struct ui_share share = ui_share_word(model, slot, row->id);
    if (!isnan(share.p))
        ui_share_text(text, share);
    pen->column += 2;
    ui_pen_bar(pen, ui_slot_style(slot), widths.bar, share.p);
    pen->column++;
    ui_pen_field(pen, isnan(share.p) ? UI_STYLE_DIM : UI_STYLE_NORMAL, widths.number, text);
}

static void draw_row(struct ui_pen *pen, const struct ui_model *model, const struct list_row *row) {
    struct list_widths widths = widths_for(pen->rect.columns);
    char number[UI_NUMBER];
    ui_pen_field(pen, UI_STYLE_DIM, widths.rank,
                 row->rank ? ui_count_text(number, row->rank) : "itself");
    pen->column += 2;
    ui_pen_word(pen, row->rank ? UI_STYLE_NORMAL : UI_STYLE_STRONG, widths.word,
                ui_word(model, row->id));
    snprintf(number, sizeof number, "%.3f", row->distance);
    ui_pen_field(pen, UI_STYLE_NORMAL, widths.distance, number);
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        draw_share(pen, model, slot, row);
    ui_pen_next(pen);
}

/* Outputs of a slot beyond the neighbours listed; those of the second slot only if the first has
 * them not. */
static bool far_row(const struct ui_model *model, unsigned slot, uint32_t index,
                    struct list_row *row) {
    const struct wh_sim_item *item = &model->slot[slot].sim.items[index];
    *row = (struct list_row){item->id, item->rank, item->distance};
    if (item->rank <= model->place.near.count)
        return false;
    return slot == 0 || isnan(ui_share_word(model, 0, item->id).p);
}

/* Row number "wanted" of the list: the word, its neighbours, far outputs. False beyond the end. */
static bool list_row(const struct ui_model *model, uint32_t wanted, struct list_row *row) {
    const struct wh_near_result *near = &model->place.near;
    *row = (struct list_row){model->params.word, 0, 0};
    if (wanted == 0)
        return true;
    if (wanted <= near->count) {
        *row =
            (struct list_row){near->items[wanted - 1].id, wanted, near->items[wanted - 1].distance};
        return true;
    }
    wanted -= near->count + 1;
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        for (uint32_t i = 0; ui_slot_ready(model, slot) && i < model->slot[slot].sim.count; i++)
            if (far_row(model, slot, i, row) && wanted-- == 0)
                return true;
    return false;
}

static uint32_t list_length(const struct ui_model *model) {
    uint32_t length = model->place.near.count + 1;
    struct list_row row;
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        for (uint32_t i = 0; ui_slot_ready(model, slot) && i < model->slot[slot].sim.count; i++)
            length += far_row(model, slot, i, &row);
    return length;
}

/* Rows of the list that fit: the frame and the head take three. */
static uint32_t page_of(int rows) {
    return rows > 4 ? (uint32_t)rows - 3 : 1;
}

int ui_list_scroll_most(const struct ui_rect *body, const struct ui_model *model) {
    uint32_t length = model->place_fresh ? list_length(model) : 0, page = page_of(body->rows);
    return length > page ? (int)(length - page) : 0;
}

void ui_view_list(struct ui_grid *grid, const struct ui_rect *body, const struct ui_model *model) {
    char title[256];
    snprintf(title, sizeof title, "%.80s's neighbours, and how often each is put out",
             ui_word(model, model->params.word));
    struct ui_rect inside = ui_frame(grid, body, title, true), foot = ui_frame_foot(body);
    struct ui_pen pen = ui_pen_at(grid, &inside);
    struct list_row row;
    if (!model->place_fresh) {
        ui_pen_wrap(&pen, UI_STYLE_DIM, 2, "looking for the neighbours");
        return;
    }
    draw_head(&pen, model);
    ui_pen_next(&pen);
    uint32_t length = list_length(model), page = page_of(body->rows);
    int most = ui_list_scroll_most(body, model);
    uint32_t first = (uint32_t)(model->scroll < 0      ? 0
                                : model->scroll < most ? model->scroll
                                                       : most);
    for (uint32_t i = first; i < first + page && list_row(model, i, &row); i++)
        draw_row(&pen, model, &row);
    pen = ui_pen_at(grid, &foot);
    ui_pen_right(&pen, UI_STYLE_DIM, " %u–%u of %u ", first + 1,
                 first + page < length ? first + page : length, length);
}
