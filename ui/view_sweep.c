/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_sweep.c - which epsilon does what is wanted? The target and its answer in words; below them
 * curves over epsilon of both mechanisms, over a sample of words that grows. The plot of the
 * target's quantity comes first, with the target as a level and the epsilons found as marks.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/axes.h"
#include "ui/figures.h"
#include "ui/pen.h"
#include "ui/view.h"
#include "ui/view_parts.h"

static const char *const quantity_titles[WH_QUANTITIES] = {
    [WH_NW] = "N_w: share of draws that leave the word unchanged",
    [WH_SW] = "S_w: different other words in 200 draws",
    [WH_SUPPORT] = "effective number of outputs",
    [WH_DISTANCE] = "mean distance of the output",
    [WH_NEAR10] = "share among the 10 nearest",
    [WH_NEAR100] = "share among neighbours 11–100",
    [WH_FAR] = "far: share beyond the 100th neighbour",
    [WH_BAYES] = "guessed right by an observer among 10 neighbours",
};
static const char *const quantity_says[WH_QUANTITIES] = {
    [WH_NW] = "unchanged share N_w",
    [WH_SW] = "other words S_w",
    [WH_SUPPORT] = "effective outputs",
    [WH_DISTANCE] = "mean distance",
    [WH_NEAR10] = "share of ranks 1–10",
    [WH_NEAR100] = "share of ranks 11–100",
    [WH_FAR] = "far share",
    [WH_BAYES] = "guessed right",
};

static const struct ui_curve *curve_of(const struct ui_model *model, unsigned slot) {
    return &model->findings.curve[slot];
}

/* ---- the answer ---- */

static void say_target(struct ui_pen *pen, const struct ui_model *model) {
    const struct wh_target *target = &model->target;
    char text[256];
    snprintf(text, sizeof text,
             "Target: %s %s %g for %g %% of the words.  The largest ε that meets it:",
             quantity_says[target->quantity], target->at_least ? "≥" : "≤", target->bound,
             100 * target->share);
    ui_pen_wrap(pen, UI_STYLE_STRONG, 2, text);
}

static void say_found(char *out, size_t size, const struct ui_model *model,
                      const struct ui_curve *curve) {
    const struct wh_target_check *check = &curve->tune.checks[0];
    char value[UI_NUMBER], words[UI_NUMBER];
    snprintf(value, sizeof value, "%.3g", check->value.value);
    snprintf(out, size,
             "ε = %.3g.  Checked %s over %s words: it holds for %.1f %%; the last is %.40s (%s)",
             curve->tune.epsilon, curve->tune.exact ? "exactly" : "with fresh draws",
             ui_count_text(words, curve->tuned_words), 100 * check->met,
             ui_word(model, check->binding), value);
}

static void say_slot(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    const struct ui_curve *curve = curve_of(model, slot);
    const struct wh_mech *mech = ui_slot_mech(model, slot);
    char text[512], answer[384];
    if (!mech)
        return;
    if (*curve->why)
        snprintf(answer, sizeof answer, "no answer: %s", curve->why);
    else if (!curve->answered)
        snprintf(answer, sizeof answer, "measuring, %d of %d points of the curve", curve->count,
                 UI_SWEEP_POINTS);
    else if (!curve->tune.found)
        snprintf(answer, sizeof answer, "%s", curve->tune.reason);
    else
        say_found(answer, sizeof answer, model, curve);
    snprintf(text, sizeof text, "%s %s: %s", ui_slot_sign(model, slot), mech->brief, answer);
    ui_pen_wrap(pen, *curve->why ? UI_STYLE_WARN : ui_slot_style(slot), 2, text);
}

static void say_sample(struct ui_pen *pen, const struct ui_model *model) {
    const struct ui_findings *findings = &model->findings;
    size_t words = 0;
    char count[UI_NUMBER], most[UI_NUMBER], text[640];
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        words = words > curve_of(model, slot)->words ? words : curve_of(model, slot)->words;
    if (findings->state == UI_FINDINGS_FAILED)
        snprintf(text, sizeof text, "%s", findings->sentence);
    else
        snprintf(text, sizeof text,
                 "Over %s words spread over the vocabulary%s%s%s; where there is no exact law, %d "
                 "draws of each.",
                 ui_count_text(count, words),
                 findings->state == UI_FINDINGS_DONE ? "" : " (growing to ",
                 findings->state == UI_FINDINGS_DONE ? "" : ui_count_text(most, model->sweep_words),
                 findings->state == UI_FINDINGS_DONE ? "" : ")", UI_SWEEP_TRIALS);
    ui_pen_wrap(pen, UI_STYLE_DIM, 2, text);
}

/* ---- plots ---- */

struct panel {
    const struct ui_model *model;
    enum wh_quantity quantity;
    bool target; /* the target is on this quantity */
    struct ui_axes axes;
};

/* The value of a point that the target is about: the word at the share's edge, as far as it is one
 * of the percentiles known. */
static double edge_of(const struct panel *panel, const struct wh_summary *summary) {
    return panel->model->target.at_least ? summary->low : summary->high;
}

static void choose_axes(struct panel *panel) {
    struct ui_axis x = {HUGE_VAL, 0, true},
                   y = {0, wh_quantity_is_share(panel->quantity) ? 1 : 0, false};
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        const struct ui_curve *curve = curve_of(panel->model, slot);
        if (curve->count == 0)
            continue;
        x.from = fmin(x.from, curve->range[0]);
        x.to = fmax(x.to, curve->range[1]);
        for (int i = 0; i < curve->count; i++) {
            const struct wh_summary *at = &curve->at[i][panel->quantity];
            y.to = fmax(y.to, fmax(at->mean.value, panel->target ? edge_of(panel, at) : 0));
        }
    }
    if (panel->target)
        y.to = fmax(y.to, panel->model->target.bound);
    y.to = y.to > 0 ? y.to : 1;
    panel->axes.x = x.to > 0 ? x : (struct ui_axis){1, 10, true};
    panel->axes.y = y;
}

static void draw_curve(const struct panel *panel, struct ui_canvas *canvas, unsigned slot) {
    const struct ui_curve *curve = curve_of(panel->model, slot);
    double x[UI_SWEEP_POINTS], mean[UI_SWEEP_POINTS], edge[UI_SWEEP_POINTS];
    for (int i = 0; i < curve->count; i++) {
        x[i] = ui_curve_epsilon(curve, i);
        mean[i] = curve->at[i][panel->quantity].mean.value;
        edge[i] = edge_of(panel, &curve->at[i][panel->quantity]);
    }
    if (panel->target)
        ui_axes_curve(&panel->axes, canvas, x, edge, curve->count, 2, ui_slot_dim(slot));
    ui_axes_curve(&panel->axes, canvas, x, mean, curve->count, 0, ui_slot_style(slot));
    if (panel->target && curve->answered && curve->tune.found)
        ui_axes_mark(&panel->axes, canvas, curve->tune.epsilon, 3, ui_slot_style(slot));
}

static void number(char out[UI_NUMBER], double value) {
    snprintf(out, UI_NUMBER, "%.3g", value);
}

static void label_axes(struct ui_grid *grid, const struct panel *panel,
                       const struct ui_rect *foot) {
    const struct ui_axes *axes = &panel->axes;
    char text[UI_NUMBER];
    int left = axes->area.column - 1, bottom = axes->area.row + axes->area.rows - 1;
    number(text, axes->y.to);
    ui_put_right(grid, NULL, axes->area.row, left, UI_STYLE_DIM, text);
    ui_put_right(grid, NULL, bottom, left, UI_STYLE_DIM, "0");
    if (panel->target) {
        int row = (int)ui_axes_spot(axes, axes->x.from, panel->model->target.bound).row;
        number(text, panel->model->target.bound);
        ui_put_right(grid, NULL, row, left, UI_STYLE_WARN, text);
    }
    struct ui_pen pen = ui_pen_at(grid, foot);
    pen.column = axes->area.column - foot->column;
    ui_pen_say(&pen, UI_STYLE_DIM, "ε %.3g", axes->x.from);
    ui_pen_right(&pen, UI_STYLE_DIM, "%.3g", axes->x.to);
}

/* The answer's epsilon under its mark. */
static void label_marks(struct ui_grid *grid, const struct panel *panel,
                        const struct ui_rect *foot) {
    for (unsigned slot = 0; panel->target && slot < WH_WORKER_SLOTS; slot++) {
        const struct ui_curve *curve = curve_of(panel->model, slot);
        char text[UI_NUMBER];
        if (!curve->answered || !curve->tune.found)
            continue;
        number(text, curve->tune.epsilon);
        int column = (int)ui_axes_spot(&panel->axes, curve->tune.epsilon, 0).column;
        column -= ui_text_width(text) / 2;
        if (column < foot->column + 12 || column + 12 > foot->column + foot->columns)
            continue;
        ui_put(grid, foot, foot->row, column - 1, ui_slot_style(slot), " ");
        column = ui_put(grid, foot, foot->row, column, ui_slot_style(slot), text);
        ui_put(grid, foot, foot->row, column, ui_slot_style(slot), " ");
    }
}

static void draw_plot(struct ui_grid *grid, const struct ui_rect *rect,
                      const struct ui_model *model, enum wh_quantity quantity) {
    struct panel panel = {
        .model = model, .quantity = quantity, .target = quantity == model->target.quantity};
    struct ui_rect inside = ui_frame(grid, rect, quantity_titles[quantity], false);
    struct ui_canvas canvas;
    if (inside.rows < 3 || inside.columns < 20)
        return;
    struct ui_rect foot = ui_rect_bottom(&inside, 1);
    ui_rect_left(&inside, 7);
    panel.axes.area = inside;
    choose_axes(&panel);
    if (ui_canvas_open(&canvas, &inside) == WH_OK) {
        if (panel.target)
            ui_axes_level(&panel.axes, &canvas, model->target.bound, 3, UI_STYLE_WARN);
        for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
            draw_curve(&panel, &canvas, slot);
        ui_canvas_paint(&canvas, grid);
        ui_canvas_close(&canvas);
    }
    label_axes(grid, &panel, &foot);
    label_marks(grid, &panel, &foot);
}

/* The target's quantity first, then the others of the story. */
static void choose_plots(const struct ui_model *model, enum wh_quantity plots[4]) {
    static const enum wh_quantity usual[] = {WH_NW, WH_FAR, WH_SW, WH_DISTANCE, WH_NEAR10};
    int count = 0;
    plots[count++] = model->target.quantity;
    for (int i = 0; count < 4; i++)
        if (usual[i] != model->target.quantity)
            plots[count++] = usual[i];
}

static void draw_plots(struct ui_grid *grid, struct ui_rect *rect, const struct ui_model *model) {
    enum wh_quantity plots[4];
    choose_plots(model, plots);
    int rows = rect->rows >= 16 ? 2 : 1, columns = rect->columns >= 70 ? 2 : 1;
    for (int row = 0; row < rows; row++) {
        struct ui_rect line = ui_rect_top(rect, row + 1 < rows ? rect->rows / 2 : rect->rows);
        for (int column = 0; column < columns; column++) {
            struct ui_rect one =
                ui_rect_left(&line, column + 1 < columns ? line.columns / 2 : line.columns);
            draw_plot(grid, &one, model, plots[row * columns + column]);
        }
    }
}

void ui_view_sweep(struct ui_grid *grid, const struct ui_rect *body, const struct ui_model *model) {
    struct ui_rect inside = ui_frame(grid, body, "sweep · which ε does what is wanted?", true);
    struct ui_rect foot = ui_frame_foot(body);
    struct ui_pen pen = ui_pen_at(grid, &foot);
    ui_pen_right(&pen, UI_STYLE_DIM,
                 " :target nw<=0.5@95%% another target · :sweep 500 more words ");
    struct ui_rect words = ui_rect_top(&inside, inside.rows >= 20     ? 7
                                                : inside.columns < 90 ? 6
                                                                      : 5);
    pen = ui_pen_at(grid, &words);
    say_target(&pen, model);
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        say_slot(&pen, model, slot);
    say_sample(&pen, model);
    if (inside.rows >= 20) {
        ui_pen_wrap(&pen, UI_STYLE_DIM, 1,
                    "Solid: the mean over the words; dotted: the word at the 95th percentile (the "
                    "5th for ≥); upright: the ε found.");
    }
    if (inside.rows >= 5)
        draw_plots(grid, &inside, model);
}
