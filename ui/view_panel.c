/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_panel.c - one mechanism at the word: what it does in one line with numbers, how often each
 * output appears, what that amounts to, and what its guarantee may be called. Bars of both panels
 * have one scale, so that they can be compared.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/figures.h"
#include "ui/pen.h"
#include "ui/view_parts.h"

/* ---- the first lines: what the mechanism does here ---- */

static double nearest(const struct ui_model *model) {
    bool fresh = model->place_fresh && model->place.near.count > 0;
    return fresh ? model->place.near.items[0].distance : (double)NAN;
}

/* n/epsilon against the nearest neighbour: epsilon alone means nothing. */
static void say_noise(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    char noise[UI_NUMBER], near[UI_NUMBER], times[UI_NUMBER];
    double length = ui_slot_noise(model, slot);
    ui_number_text(noise, length);
    ui_number_text(near, nearest(model));
    ui_number_text(times, length / nearest(model));
    int width = pen->rect.columns;
    ui_pen_say(pen, ui_slot_style(slot), "%sn/ε %s", width >= 43 ? "noise " : "", noise);
    if (!isnan(nearest(model)))
        ui_pen_say(pen, UI_STYLE_NORMAL,
                   width >= 43   ? " = %s × nearest word %s"
                   : width >= 33 ? " = %s × nearest %s"
                                 : " = %s × r1 %s",
                   times, near);
}

static void say_candidates(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    char scale[UI_NUMBER];
    double b = ui_slot_figure(model, slot, "b");
    bool wide = pen->rect.columns >= 40;
    ui_pen_say(pen, ui_slot_style(slot),
               wide ? "picks among the ~%.0f nearest" : "of ~%.0f nearest",
               ui_slot_candidates(model, slot));
    if (!isnan(b))
        ui_pen_say(pen, UI_STYLE_NORMAL, pen->rect.columns >= 33 ? "; noise b = %s" : "; b = %s",
                   ui_number_text(scale, b));
}

static void say_what(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    const struct wh_mech *mech = ui_slot_mech(model, slot);
    if (mech->vector_noise)
        say_noise(pen, model, slot);
    else if (!isnan(ui_slot_candidates(model, slot)))
        say_candidates(pen, model, slot);
    else
        ui_pen_say(pen, ui_slot_style(slot), "%s, loss ≤ %s", mech->title, mech->loss_text);
    ui_pen_next(pen);
}

/* What surprises people, said only where it is so. */
static void say_surprise(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    const struct wh_sim_result *sim = &model->slot[slot].sim;
    double least = ui_slot_figure(model, slot, "epsilon_min");
    double near = ui_share_band(sim, WH_BAND_NEAR10).p + ui_share_band(sim, WH_BAND_NEAR100).p;
    uint32_t dim = wh_embed_dim(wh_session_embed(model->session));
    char percent[UI_NUMBER];
    if (ui_slot_mech(model, slot)->vector_noise && near < 0.25 && dim >= 20)
        ui_pen_say(pen, UI_STYLE_DIM, "%u dimensions: itself or far, %s %% near", dim,
                   ui_percent_text(percent, near));
    else if (!isnan(least) && !ui_slot_by_hand(model, slot))
        ui_pen_say(pen, UI_STYLE_DIM, "ε hardly matters above its minimum, %.1f", least);
    else
        return;
    ui_pen_next(pen);
}

/* ---- the outputs ---- */

static int by_share(const void *a, const void *b) {
    const struct wh_sim_item *left = a, *right = b;
    double difference = ui_share_item(right).p - ui_share_item(left).p;
    if (difference > 0 || difference < 0)
        return difference > 0 ? 1 : -1;
    return left->id < right->id ? -1 : left->id > right->id;
}

/* The full width of a bar: the next round share above every bar of both panels. */
static double bar_scale(const struct ui_model *model) {
    double largest = 0;
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        for (uint32_t i = 0; ui_slot_ready(model, slot) && i < model->slot[slot].sim.count; i++)
            largest = fmax(largest, ui_share_item(&model->slot[slot].sim.items[i]).p);
    return largest <= 0.1 ? 0.1 : largest <= 0.25 ? 0.25 : largest <= 0.5 ? 0.5 : 1;
}

struct row_widths {
    int word, rank, bar, number;
};

static struct row_widths widths_for(int columns) {
    struct row_widths widths = {.number = 11, .rank = columns >= 44 ? 8 : 0};
    int rest = columns - widths.number - widths.rank - 2;
    widths.word = rest / 2 > 18 ? 18 : rest / 2;
    widths.bar = rest - widths.word;
    return widths;
}

static void say_share(struct ui_pen *pen, struct ui_share share, int width) {
    char number[UI_NUMBER], text[UI_NUMBER];
    ui_share_text(number, share);
    snprintf(text, sizeof text, "%.20s%s", number, share.exact ? " exact" : "");
    ui_pen_field(pen, UI_STYLE_NORMAL, width, text);
    ui_pen_next(pen);
}

static void draw_output(struct ui_pen *pen, const struct ui_model *model, unsigned slot,
                        const struct wh_sim_item *item) {
    struct row_widths widths = widths_for(pen->rect.columns);
    char rank[UI_NUMBER] = "itself", number[UI_NUMBER];
    bool self = item->id == model->params.word;
    if (!self)
        snprintf(rank, sizeof rank, "#%s", ui_count_text(number, item->rank));
    ui_pen_word(pen, self ? UI_STYLE_STRONG : UI_STYLE_NORMAL, widths.word,
                ui_word(model, item->id));
    if (widths.rank)
        ui_pen_field(pen, UI_STYLE_DIM, widths.rank, rank);
    pen->column++;
    ui_pen_bar(pen, ui_slot_style(slot), widths.bar, ui_share_item(item).p / bar_scale(model));
    pen->column++;
    say_share(pen, ui_share_item(item), widths.number);
}

/* Everything that has no row of its own. */
static void draw_others(struct ui_pen *pen, const struct ui_model *model, unsigned slot,
                        const struct wh_sim_item *shown, uint32_t shown_count) {
    const struct wh_sim_result *sim = &model->slot[slot].sim;
    struct row_widths widths = widths_for(pen->rect.columns);
    uint64_t rest = sim->trials;
    double exact = 1;
    char count[UI_NUMBER];
    for (uint32_t i = 0; i < shown_count; i++) {
        rest -= shown[i].count;
        exact -= shown[i].exact;
    }
    if (sim->distinct <= shown_count)
        return;
    struct wh_interval sampled = wh_stat_proportion(rest, sim->trials, 0.05);
    struct ui_share share = {sampled.value,
                             fmax(sampled.hi - sampled.value, sampled.value - sampled.lo), false};
    if (!isnan(exact))
        share = (struct ui_share){fmax(exact, 0), 0, true};
    ui_pen_say(pen, UI_STYLE_DIM, "%s other words",
               ui_count_text(count, sim->distinct - shown_count));
    int left = widths.word + widths.rank + 1;
    if (pen->column < left) {
        pen->column = left;
        ui_pen_bar(pen, ui_slot_dim(slot), widths.bar, share.p / bar_scale(model));
    }
    pen->column = pen->rect.columns - widths.number;
    say_share(pen, share, widths.number);
}

static struct wh_sim_item self_item(const struct ui_model *model, unsigned slot) {
    const struct wh_sim_result *sim = &model->slot[slot].sim;
    for (uint32_t i = 0; i < sim->count; i++)
        if (sim->items[i].id == sim->word)
            return sim->items[i];
    return (struct wh_sim_item){
        .id = model->params.word, .p = sim->unchanged, .exact = sim->unchanged_exact};
}

/* The word itself first, then the others by share. */
static void draw_outputs(struct ui_pen *pen, const struct ui_model *model, unsigned slot,
                         int rows) {
    const struct wh_sim_result *sim = &model->slot[slot].sim;
    struct wh_sim_item *items = wh_alloc((size_t)sim->count + 1, sizeof *items);
    uint32_t count = 1;
    if (!items || rows < 1)
        goto out;
    items[0] = self_item(model, slot);
    for (uint32_t i = 0; i < sim->count; i++)
        if (sim->items[i].id != sim->word)
            items[count++] = sim->items[i];
    qsort(items + 1, count - 1, sizeof *items, by_share);
    if (count > (uint32_t)rows || sim->distinct > count)
        count = count < (uint32_t)rows - 1 ? count : rows > 1 ? (uint32_t)rows - 1 : 1;
    for (uint32_t i = 0; i < count; i++)
        draw_output(pen, model, slot, &items[i]);
    if (rows > 1)
        draw_others(pen, model, slot, items, count);
out:
    free(items);
}

/* ---- the last lines: what it amounts to ---- */

/* A figure with its interval: "2.30 ±0.05", or "3.31 exact". */
static const char *mean_text(char out[2 * UI_NUMBER + 8], struct wh_interval mean, double exact) {
    char value[UI_NUMBER], margin[UI_NUMBER];
    if (!isnan(exact)) {
        snprintf(out, 2 * UI_NUMBER + 8, "%s exact", ui_number_text(value, exact));
        return out;
    }
    ui_number_text(value, mean.value);
    if (isnan(mean.hi) || isnan(mean.lo))
        return strcpy(out, value);
    snprintf(margin, sizeof margin, "%.2f",
             ceil(100 * fmax(mean.hi - mean.value, mean.value - mean.lo)) / 100);
    snprintf(out, 2 * UI_NUMBER + 8, "%s ±%s", value, margin);
    return out;
}

static void say_summary(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    const struct wh_sim_result *sim = &model->slot[slot].sim;
    struct ui_share self = ui_share_unchanged(sim);
    char share[UI_NUMBER], count[UI_NUMBER], mean[2 * UI_NUMBER + 8];
    bool narrow = pen->rect.columns < 40;
    ui_share_text(share, self);
    ui_count_text(count, sim->distinct_other);
    mean_text(mean, sim->mean_distance, sim->mean_distance_exact);
    ui_pen_say(pen, UI_STYLE_DIM, narrow ? "N_w %s%s · S_w %s" : "N_w %s%s · S_w %s others", share,
               self.exact ? " exact" : " %", count);
    if (pen->rect.rows > 1)
        ui_pen_next(pen);
    else if (ui_pen_columns_left(pen) > 28)
        ui_pen_say(pen, UI_STYLE_DIM, " · ");
    else
        return;
    ui_pen_say(pen, UI_STYLE_DIM, "mean distance %s", mean);
}

/* The text cut after whole clauses so that it fits into so many rows; one clause at least. */
static void fit_clauses(char *text, int columns, int rows) {
    char *end;
    while (ui_text_width(text) > columns * rows - columns / 3 && (end = strrchr(text, ';')))
        *end = '\0';
}

static void say_guarantee(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    enum wh_label label = ui_slot_label(model, slot);
    const struct wh_mech_facts *facts = &model->slot[slot].sim.mech;
    const char *note = facts->spec.mech == ui_slot_mech(model, slot) ? facts->guarantee.note : NULL;
    char text[512];
    snprintf(text, sizeof text, "%s", note && *note ? note : wh_label_meaning(label));
    fit_clauses(text, pen->rect.columns, pen->rect.rows);
    ui_pen_wrap(pen, ui_label_style(label), ui_pen_rows_left(pen), text);
}

/* ---- where there is nothing to count ---- */

static void say_help(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    const struct wh_mech *mech = ui_slot_mech(model, slot);
    char text[256];
    if (wh_mech_param(mech, "noise-scale") >= 0)
        snprintf(
            text, sizeof text,
            "What helps: raise ε with +; or :mech %u %s:noise-scale=30 sets the noise by hand, "
            "label none",
            slot + 1, mech->name);
    else
        snprintf(text, sizeof text, "What helps: change ε with + and −; or try another word");
    fit_clauses(text, pen->rect.columns, ui_pen_rows_left(pen));
    ui_pen_wrap(pen, UI_STYLE_NORMAL, ui_pen_rows_left(pen), text);
}

static void draw_absent(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    const struct wh_slot_snapshot *snapshot = &model->slot[slot];
    if (snapshot->state == WH_WORKER_FAILED) {
        ui_pen_wrap(pen, UI_STYLE_WARN, ui_pen_rows_left(pen) - 2, snapshot->sentence);
        say_help(pen, model, slot);
    } else if (snapshot->state == WH_WORKER_WAITING) {
        ui_say_facts(pen, model, ui_slot_style(slot));
        ui_pen_wrap(pen, UI_STYLE_DIM, ui_pen_rows_left(pen),
                    "This mechanism needs the smallest and the largest distance of the whole "
                    "vocabulary: it starts by itself.");
    } else {
        ui_pen_wrap(pen, UI_STYLE_DIM, 2,
                    snapshot->state == WH_WORKER_PAUSED ? "paused before the first draw"
                                                        : "preparing the first draws");
    }
}

void ui_draw_panel(struct ui_grid *grid, const struct ui_rect *rect, const struct ui_model *model,
                   unsigned slot) {
    if (!ui_slot_mech(model, slot))
        return;
    struct ui_rect inside = ui_slot_frame(grid, rect, model, slot);
    struct ui_rect summary = {0}, note = {0};
    int spare = inside.rows - 9; /* after the lines that every panel has and five outputs */
    if (!ui_slot_ready(model, slot)) {
        struct ui_pen pen = ui_pen_at(grid, &inside);
        draw_absent(&pen, model, slot);
        return;
    }
    if (spare >= 2)
        note = ui_rect_bottom(&inside, spare >= 8 ? 4 : spare >= 4 ? 3 : 2);
    if (inside.rows >= 5)
        summary = ui_rect_bottom(&inside, inside.columns < 60 && spare >= 1 ? 2 : 1);
    struct ui_pen pen = ui_pen_at(grid, &inside);
    say_what(&pen, model, slot);
    if (spare >= 1)
        say_surprise(&pen, model, slot);
    draw_outputs(&pen, model, slot, ui_pen_rows_left(&pen));
    pen = ui_pen_at(grid, &summary);
    if (summary.rows > 0)
        say_summary(&pen, model, slot);
    pen = ui_pen_at(grid, &note);
    say_guarantee(&pen, model, slot);
}
