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

/* How a quantity is written: over a plot where there is room and where there is not; and what a
 * word does in a target, before and after "at most 50". */
static const struct quantity {
    const char *title, *brief, *before, *after;
} quantities[WH_QUANTITIES] = {
    [WH_NW] = {"N_w: share of draws that leave the word unchanged", "N_w: unchanged share",
               "come out unchanged in", " % of their draws"},
    [WH_SW] = {"S_w: different other words in 200 draws", "S_w: other words of 200", "give",
               " different other words in 200 draws"},
    [WH_SUPPORT] = {"effective number of outputs", "effective outputs", "have",
                    " effective outputs"},
    [WH_DISTANCE] = {"mean distance of the output", "mean distance",
                     "come out at a mean distance of", ""},
    [WH_NEAR10] = {"share among the 10 nearest", "among the 10 nearest",
                   "come out as one of their 10 nearest in", " % of their draws"},
    [WH_NEAR100] = {"share among neighbours 11–100", "neighbours 11–100",
                    "come out as their neighbours 11 to 100 in", " % of their draws"},
    [WH_FAR] = {"far: share beyond the 100th neighbour", "far: beyond the 100th",
                "come out beyond their 100th neighbour in", " % of their draws"},
    [WH_BAYES] = {"guessed right by an observer among 10 neighbours", "guessed right",
                  "are guessed right by an observer in", " % of their draws"},
};

static const struct ui_curve *curve_of(const struct ui_model *model, unsigned slot) {
    return &model->findings.curve[slot];
}

/* ---- the answer ---- */

/* As it is written: shares in per cent. */
static const char *value_text(char out[UI_NUMBER], enum wh_quantity quantity, double value) {
    double scale = wh_quantity_is_share(quantity) ? 100 : 1;
    char number[UI_NUMBER];
    ui_figure_text(number, scale * value, 3);
    snprintf(out, UI_NUMBER, "%.24s%s", number, scale > 1 ? " %" : "");
    return out;
}

static void say_target(struct ui_pen *pen, const struct ui_model *model) {
    const struct wh_target *target = &model->target;
    const struct quantity *quantity = &quantities[target->quantity];
    double scale = wh_quantity_is_share(target->quantity) ? 100 : 1;
    char bound[UI_NUMBER], text[320];
    snprintf(text, sizeof text,
             "Wanted: %g %% of the words %s %s %s%s.  The largest ε for that:", 100 * target->share,
             quantity->before, target->at_least ? "at least" : "at most",
             ui_figure_text(bound, scale * target->bound, 6), quantity->after);
    ui_pen_wrap(pen, UI_STYLE_STRONG, 2, text);
}

/* The check is made with fresh draws: so near the edge it may fall short, and then says so. */
static void say_found(char *out, size_t size, const struct ui_model *model,
                      const struct ui_curve *curve) {
    const struct wh_target_check *check = &curve->tune.checks[0];
    const char *how = curve->tune.exact ? "exact" : "checked with fresh draws";
    char epsilon[UI_NUMBER], value[UI_NUMBER], words[UI_NUMBER];
    ui_figure_text(epsilon, curve->tune.epsilon, 3);
    value_text(value, model->target.quantity, check->value.value);
    ui_count_text(words, curve->tuned_words);
    if (wh_target_met(&model->target, check))
        snprintf(out, size, "ε %s.  %.1f %% of %s words do (%s); at the edge %.40s, %s", epsilon,
                 100 * check->met, words, how, ui_word(model, check->binding), value);
    else
        snprintf(out, size,
                 "about ε %s, where it falls just short: %.1f %% of %s words do (%s); take a "
                 "little less ε",
                 epsilon, 100 * check->met, words, how);
}

static void say_none(char *out, size_t size, const struct ui_model *model,
                     const struct ui_curve *curve) {
    const struct wh_target_check *lacking = &curve->tune.lacking;
    char epsilon[UI_NUMBER], value[UI_NUMBER], words[UI_NUMBER];
    ui_figure_text(epsilon, curve->tune.closest, 3);
    value_text(value, model->target.quantity, lacking->value.value);
    ui_count_text(words, curve->tuned_words);
    snprintf(out, size,
             "no ε: falls short.  Closest ε %s: %.1f %% of %s words do; a bound of %s would be "
             "met.  Or try another mechanism (7)",
             epsilon, 100 * lacking->met, words, value);
}

static void say_slot(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    const struct ui_curve *curve = curve_of(model, slot);
    const struct wh_mech *mech = ui_slot_mech(model, slot);
    char text[512], answer[384];
    enum ui_style style = ui_slot_style(slot);
    if (!mech)
        return;
    if (*curve->why) {
        snprintf(answer, sizeof answer, "no answer: %s", curve->why);
        style = UI_STYLE_WARN;
    } else if (model->findings.state == UI_FINDINGS_WAITING && model->derive_done < 1) {
        snprintf(answer, sizeof answer, "waits for the distances of all pairs, %.0f %% known",
                 floor(100 * model->derive_done));
    } else if (!curve->answered) {
        snprintf(answer, sizeof answer, "measuring, %d of %d points of the curve", curve->count,
                 UI_SWEEP_POINTS);
    } else if (!curve->tune.found) {
        say_none(answer, sizeof answer, model, curve);
        style = UI_STYLE_WARN;
    } else {
        say_found(answer, sizeof answer, model, curve);
    }
    snprintf(text, sizeof text, "%s %s: %s", ui_slot_sign(model, slot), mech->brief, answer);
    ui_pen_wrap(pen, style, curve->answered && !curve->tune.found ? 3 : 2, text);
}

/* How the sample stands: " growing to 180 words; Esc stops", or nothing when it is whole. */
static void state_text(char *out, size_t size, const struct ui_model *model) {
    char most[UI_NUMBER];
    out[0] = '\0';
    if (model->findings.state == UI_FINDINGS_STOPPED)
        snprintf(out, size, " stopped; 4 goes on");
    else if (model->findings.state < UI_FINDINGS_DONE)
        snprintf(out, size, " growing to %s words; Esc stops",
                 ui_count_text(most, model->sweep_words));
}

static void say_sample(struct ui_pen *pen, const struct ui_model *model) {
    const struct ui_findings *findings = &model->findings;
    size_t words = 0;
    char count[UI_NUMBER], text[640];
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        words = words > curve_of(model, slot)->words ? words : curve_of(model, slot)->words;
    if (findings->state == UI_FINDINGS_FAILED)
        snprintf(text, sizeof text, "%s", findings->sentence);
    else
        snprintf(text, sizeof text,
                 "Over %s words spread over the vocabulary; without an exact law, %d draws each.",
                 ui_count_text(count, words), UI_SWEEP_TRIALS);
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

/* Signs along the curves: they differ without colours too. Each mechanism has its own points. */
static void put_signs(struct ui_grid *grid, const struct panel *panel, unsigned slot) {
    const struct ui_curve *curve = curve_of(panel->model, slot);
    const struct ui_axes *axes = &panel->axes;
    for (int i = slot == 0 ? 2 : 4; i < curve->count; i += 4) {
        const struct wh_summary *at = &curve->at[i][panel->quantity];
        double x = ui_curve_epsilon(curve, i);
        struct ui_spot edge = ui_axes_spot(axes, x, edge_of(panel, at));
        struct ui_spot mean = ui_axes_spot(axes, x, at->mean.value);
        const char *sign = ui_slot_sign(panel->model, slot);
        if (panel->target)
            ui_put(grid, &axes->area, (int)edge.row, (int)edge.column, ui_slot_dim(slot), sign);
        ui_put(grid, &axes->area, (int)mean.row, (int)mean.column, ui_slot_style(slot), sign);
    }
}

/* In the lower border. */
static void put_legend(struct ui_grid *grid, const struct ui_rect *rect,
                       const struct panel *panel) {
    struct ui_rect foot = ui_frame_foot(rect);
    struct ui_pen pen = ui_pen_at(grid, &foot);
    ui_pen_say(&pen, UI_STYLE_DIM, " ");
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        if (ui_slot_mech(panel->model, slot))
            ui_pen_say(&pen, ui_slot_style(slot), "%s %s ", ui_slot_sign(panel->model, slot),
                       ui_slot_mech(panel->model, slot)->brief);
    if (panel->target && ui_pen_columns_left(&pen) > 26)
        ui_pen_say(&pen, UI_STYLE_DIM, " dotted: %s percentile ",
                   panel->model->target.at_least ? "5th" : "95th");
}

static void number(char out[UI_NUMBER], double value) {
    ui_figure_text(out, value, 3);
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
    number(text, axes->x.from);
    ui_pen_say(&pen, UI_STYLE_DIM, "ε %s", text);
    number(text, axes->x.to);
    ui_pen_right(&pen, UI_STYLE_DIM, "%s", text);
}

static bool has_answer(const struct panel *panel, unsigned slot) {
    const struct ui_curve *curve = curve_of(panel->model, slot);
    return panel->target && curve->answered && curve->tune.found;
}

/* The answers' epsilons under their marks, or beside what stands there: first the smaller one. */
static void label_marks(struct ui_grid *grid, const struct panel *panel,
                        const struct ui_rect *foot) {
    const struct ui_axes *axes = &panel->axes;
    char text[UI_NUMBER + 8], value[UI_NUMBER];
    number(value, axes->x.from);
    int from = axes->area.column + ui_text_width(value) +
               (ui_charset() == UI_CHARSET_ASCII ? 5 : 3); /* "eps " or "ε " */
    number(value, axes->x.to);
    int to = foot->column + foot->columns - ui_text_width(value) - 1;
    unsigned first =
        has_answer(panel, 0) && has_answer(panel, 1) &&
        curve_of(panel->model, 1)->tune.epsilon < curve_of(panel->model, 0)->tune.epsilon;
    for (unsigned i = 0; i < WH_WORKER_SLOTS; i++) {
        unsigned slot = i ^ first;
        if (!has_answer(panel, slot))
            continue;
        double epsilon = curve_of(panel->model, slot)->tune.epsilon;
        number(value, epsilon);
        snprintf(text, sizeof text, "%s%s", ui_slot_sign(panel->model, slot), value);
        int width = ui_text_width(text);
        int column = (int)ui_axes_spot(axes, epsilon, 0).column - width / 2;
        column = column + width > to ? to - width : column;
        column = column < from ? from : column;
        if (column + width > to)
            continue;
        ui_put(grid, foot, foot->row, column, ui_slot_style(slot), text);
        from = column + width + 1;
    }
}

static void draw_plot(struct ui_grid *grid, const struct ui_rect *rect,
                      const struct ui_model *model, enum wh_quantity quantity) {
    struct panel panel = {
        .model = model, .quantity = quantity, .target = quantity == model->target.quantity};
    const char *const titles[] = {quantities[quantity].title, quantities[quantity].brief, NULL};
    struct ui_rect inside = ui_frame_of(grid, rect, titles, false);
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
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        put_signs(grid, &panel, slot);
    put_legend(grid, rect, &panel);
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

/* Rows for the sentences: what they need at this width, and a blank one where there is room. */
static int rows_of_text(const struct ui_rect *inside) {
    if (inside->rows >= 20)
        return inside->columns < 90 ? 9 : 7;
    return inside->columns < 90 ? 6 : 5;
}

/* In the lower border: how the sample stands, and what can be asked, as long as there is room. */
static void draw_foot(struct ui_grid *grid, const struct ui_rect *body,
                      const struct ui_model *model) {
    static const char *const asks[] = {
        " :target nw<=0.5@95% another target · :sweep 500 more words ",
        " :target nw<=0.5@95% · :sweep 500 words ", " :target nw<=0.5@95% ", ""};
    struct ui_rect foot = ui_frame_foot(body);
    struct ui_pen pen = ui_pen_at(grid, &foot);
    char state[80], spelt[80];
    state_text(state, sizeof state, model);
    ui_pen_say(&pen, UI_STYLE_DIM, "%s%s", state, *state ? " " : "");
    int i = 0;
    for (; *asks[i]; i++) {
        ui_pen_spell(spelt, sizeof spelt, asks[i]);
        if (ui_text_width(spelt) <= ui_pen_columns_left(&pen))
            break;
    }
    ui_pen_right(&pen, UI_STYLE_DIM, "%s", asks[i]);
}

void ui_view_sweep(struct ui_grid *grid, const struct ui_rect *body, const struct ui_model *model) {
    struct ui_rect inside = ui_frame(grid, body, "sweep · which ε does what is wanted?", true);
    draw_foot(grid, body, model);
    struct ui_rect words = ui_rect_top(&inside, rows_of_text(&inside));
    struct ui_pen pen = ui_pen_at(grid, &words);
    say_target(&pen, model);
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        say_slot(&pen, model, slot);
    say_sample(&pen, model);
    if (ui_pen_rows_left(&pen) > 0 && inside.columns >= 90)
        ui_pen_wrap(&pen, UI_STYLE_DIM, 1,
                    "Solid: the mean over the words; dotted: the word at the 95th percentile (the "
                    "5th for ≥); upright: the ε found.");
    if (inside.rows >= 5)
        draw_plots(grid, &inside, model);
}
