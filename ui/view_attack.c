/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_attack.c - what an observer believes who sees the word come out: the posterior of each
 * possible input under two priors, and how often the best guess is right.
 */
#include <math.h>
#include <stdio.h>

#include "ui/figures.h"
#include "ui/pen.h"
#include "ui/view.h"
#include "ui/view_parts.h"

/* "41.1", or "57.0 ±2.1". */
static const char *posterior_text(char out[UI_NUMBER], struct wh_interval p, bool exact) {
    double margin = fmax(p.hi - p.value, p.value - p.lo);
    return ui_share_text(out, (struct ui_share){p.value, exact ? 0 : margin, exact});
}

static void say_guess(struct ui_pen *pen, const struct ui_model *model,
                      const struct wh_attack_result *attack, enum wh_prior prior) {
    const struct wh_attack_item *best = NULL;
    char believed[UI_NUMBER], success[UI_NUMBER], blind[UI_NUMBER], text[384];
    for (size_t i = 0; i < attack->count; i++)
        if (!best || attack->items[i].posterior[prior].value > best->posterior[prior].value)
            best = &attack->items[i];
    if (!best || !attack->possible[prior])
        return;
    snprintf(text, sizeof text,
             "%s: guesses %.40s, believes it with %s %%; over all outputs the guess is right "
             "%s %% of the time (blind: %s %%).",
             prior == WH_PRIOR_UNIFORM ? "Without prior knowledge" : "Knowing word frequencies",
             ui_word(model, best->word), ui_percent_text(believed, best->posterior[prior].value),
             posterior_text(success, attack->success[prior], attack->exact),
             ui_percent_text(blind, attack->blind[prior]));
    ui_pen_wrap(pen, prior == WH_PRIOR_UNIFORM ? UI_STYLE_NORMAL : UI_STYLE_DIM, 3, text);
}

static void draw_bar(struct ui_pen *pen, enum ui_style style, int width, struct wh_interval p,
                     bool exact) {
    char text[UI_NUMBER];
    int figures = exact ? 6 : 11;
    bool known = !isnan(p.value);
    ui_pen_bar(pen, style, width - figures - 1, known ? p.value : 0);
    ui_pen_field(pen, UI_STYLE_NORMAL, figures, known ? posterior_text(text, p, exact) : "–");
    pen->column++;
}

static void draw_rows(struct ui_pen *pen, const struct ui_model *model, unsigned slot,
                      const struct wh_attack_result *attack) {
    int word = pen->rect.columns / 4 < 10 ? 10 : pen->rect.columns / 4;
    int bar = (pen->rect.columns - word - 1) / 2;
    ui_pen_word(pen, UI_STYLE_DIM, word + 1, "was it ...");
    ui_pen_word(pen, UI_STYLE_DIM, bar, "no prior %");
    ui_pen_word(pen, UI_STYLE_DIM, bar, "frequencies %");
    ui_pen_next(pen);
    for (size_t i = 0; i < attack->count && ui_pen_rows_left(pen) > 0; i++) {
        const struct wh_attack_item *item = &attack->items[i];
        ui_pen_word(pen, item->word == attack->observed ? UI_STYLE_STRONG : UI_STYLE_NORMAL, word,
                    ui_word(model, item->word));
        pen->column++;
        draw_bar(pen, ui_slot_style(slot), bar, item->posterior[WH_PRIOR_UNIFORM], attack->exact);
        draw_bar(pen, ui_slot_dim(slot), bar, item->posterior[WH_PRIOR_UNIGRAM], attack->exact);
        ui_pen_next(pen);
    }
}

static void say_how(struct ui_pen *pen, const struct wh_attack_result *attack) {
    char count[UI_NUMBER], trials[UI_NUMBER];
    ui_count_text(count, attack->count);
    if (attack->exact)
        ui_pen_say(pen, UI_STYLE_DIM, "Possible inputs: the %s nearest words; exact.", count);
    else
        ui_pen_say(pen, UI_STYLE_DIM, "Possible inputs: %s nearest words; %s draws each.", count,
                   ui_count_text(trials, attack->trials));
    ui_pen_next(pen);
}

static void draw_slot(struct ui_grid *grid, const struct ui_rect *rect,
                      const struct ui_model *model, unsigned slot) {
    const struct ui_findings *findings = &model->findings;
    const struct wh_attack_result *attack = &findings->attack[slot];
    const struct wh_mech *mech = ui_slot_mech(model, slot);
    char title[160];
    if (!mech)
        return;
    ui_slot_title(title, sizeof title, model, slot, rect->columns);
    struct ui_rect inside = ui_frame(grid, rect, title, model->panel == slot);
    struct ui_pen pen = ui_pen_at(grid, &inside);
    if (*findings->attack_why[slot]) {
        ui_pen_wrap(&pen, UI_STYLE_WARN, 4, findings->attack_why[slot]);
        return;
    }
    if (attack->count == 0) {
        if (findings->progress.what && findings->progress.slot != slot)
            ui_pen_say(&pen, UI_STYLE_DIM, "asked after the other one");
        else
            ui_say_waiting(&pen, model,
                           "asking every near word how often it would come out as this one");
        return;
    }
    for (int prior = 0; prior < WH_PRIORS; prior++)
        say_guess(&pen, model, attack, (enum wh_prior)prior);
    say_how(&pen, attack);
    draw_rows(&pen, model, slot, attack);
}

void ui_view_attack(struct ui_grid *grid, const struct ui_rect *body,
                    const struct ui_model *model) {
    char title[160];
    struct ui_rect rest = *body;
    snprintf(title, sizeof title, "\"%.60s\" came out: what does an observer believe went in?",
             ui_word(model, model->params.word));
    struct ui_rect head = ui_rect_top(&rest, 1);
    struct ui_pen pen = ui_pen_at(grid, &head);
    pen.column = 1;
    ui_pen_say(&pen, UI_STYLE_TITLE, "%s", title);
    if (ui_one_panel(&rest)) {
        draw_slot(grid, &rest, model, model->panel);
        return;
    }
    struct ui_rect first = rest.columns >= 100 ? ui_rect_left(&rest, rest.columns / 2)
                                               : ui_rect_top(&rest, rest.rows / 2);
    draw_slot(grid, &first, model, 0);
    draw_slot(grid, &rest, model, 1);
}
