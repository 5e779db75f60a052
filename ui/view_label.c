/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_label.c - what a mechanism does, what is proven of it and by whom: the texts of its
 * descriptor, and what holds with the present parameters. Scrolls.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/figures.h"
#include "ui/pen.h"
#include "ui/view.h"
#include "ui/view_parts.h"

/* Rows scrolled past are not written; row counts all. */
struct page {
    struct ui_grid *grid;
    struct ui_rect rect;
    int first, row;
};

static void put_line(struct page *page, enum ui_style style, const char *text) {
    struct ui_rect line = page->rect;
    int at = page->row++ - page->first;
    line.row += at;
    line.rows = at >= 0 && at < page->rect.rows ? 1 : 0;
    struct ui_pen pen = ui_pen_at(page->grid, &line);
    ui_pen_say(&pen, style, "%s", text);
}

static void put_text(struct page *page, enum ui_style style, const char *text) {
    char spelt[2048], line[1024];
    ui_pen_spell(spelt, sizeof spelt, text);
    for (const char *rest = spelt; *rest;) {
        size_t take = ui_pen_line(rest, page->rect.columns);
        snprintf(line, sizeof line, "%.*s", (int)take, rest);
        put_line(page, style, line);
        rest += take;
        rest += strspn(rest, " ");
    }
}

static void put_part(struct page *page, const char *title, enum ui_style style, const char *text) {
    if (!text || !*text)
        return;
    put_line(page, UI_STYLE_TITLE, title);
    put_text(page, style, text);
    page->row++;
}

static void put_figures(struct page *page, const struct ui_model *model) {
    const struct wh_mech_facts *facts = &model->slot[model->panel].sim.mech;
    char text[512] = "";
    if (facts->spec.mech != ui_slot_mech(model, model->panel))
        return;
    for (size_t i = 0; i < facts->figure_count; i++) {
        size_t length = strlen(text);
        if (!isnan(facts->figures[i].value))
            snprintf(text + length, sizeof text - length, "%s%s = %.6g", length ? ", " : "",
                     facts->figures[i].name, facts->figures[i].value);
    }
    put_part(page, "With the present parameters", UI_STYLE_NORMAL, text);
}

static void put_label(struct page *page, const struct ui_model *model) {
    enum wh_label label = ui_slot_label(model, model->panel);
    const struct wh_mech_facts *facts = &model->slot[model->panel].sim.mech;
    char text[512];
    bool open = facts->spec.mech == ui_slot_mech(model, model->panel) && facts->guarantee.note;
    snprintf(text, sizeof text, "%s: %s.%s%s", wh_label_name(label), wh_label_meaning(label),
             open && *facts->guarantee.note ? " Here: " : "", open ? facts->guarantee.note : "");
    put_part(page, "Label", ui_label_style(label), text);
}

static void put_all(struct page *page, const struct ui_model *model) {
    const struct wh_mech *mech = ui_slot_mech(model, model->panel);
    if (!mech) {
        put_line(page, UI_STYLE_DIM, "no mechanism");
        return;
    }
    put_part(page, "How a draw is made", UI_STYLE_NORMAL, mech->method);
    put_label(page, model);
    put_part(page, "Loss: nats between two words at distance d", UI_STYLE_NORMAL, mech->loss_text);
    put_part(page, "Law and proof", UI_STYLE_NORMAL, mech->law_text);
    put_part(page, "Paper", UI_STYLE_NORMAL, mech->paper);
    put_part(page, "Where this program departs from it", UI_STYLE_NORMAL,
             *mech->departure ? mech->departure : "nowhere");
    put_figures(page, model);
}

int ui_label_scroll_most(struct ui_grid *grid, const struct ui_rect *body,
                         const struct ui_model *model) {
    struct page page = {.grid = grid, .rect = ui_frame_inside(body), .first = 1 << 20};
    put_all(&page, model);
    return page.row - 1 > page.rect.rows ? page.row - 1 - page.rect.rows : 0;
}

void ui_view_label(struct ui_grid *grid, const struct ui_rect *body, const struct ui_model *model) {
    const struct wh_mech *mech = ui_slot_mech(model, model->panel);
    int most = ui_label_scroll_most(grid, body, model);
    char title[160];
    snprintf(title, sizeof title, "%s %s (%s)", ui_slot_sign(model, model->panel),
             mech ? mech->title : "none", mech ? mech->name : "");
    struct ui_rect inside = ui_frame(grid, body, title, true), foot = ui_frame_foot(body);
    struct page page = {.grid = grid, .rect = inside};
    page.first = model->scroll < 0 ? 0 : model->scroll < most ? model->scroll : most;
    put_all(&page, model);
    struct ui_pen pen = ui_pen_at(grid, &foot);
    ui_pen_right(&pen, UI_STYLE_DIM, "%s Tab other mechanism%s ",
                 most > 0 ? " arrows scroll ·" : "",
                 foot.columns >= 66 ? " · 7 parameters · 3 audit" : "");
}
