/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_frame.c - frames, and the frame of a mechanism: its sign, name and epsilon above; below what
 * its guarantee may be called (always, at any size) and how many draws stand behind the numbers.
 */
#include <math.h>
#include <stdio.h>
#include <strings.h>

#include "ui/figures.h"
#include "ui/pen.h"
#include "ui/view_parts.h"

struct ui_rect ui_frame_inside(const struct ui_rect *rect) {
    return (struct ui_rect){rect->row + 1, rect->column + 2, rect->rows > 2 ? rect->rows - 2 : 0,
                            rect->columns > 4 ? rect->columns - 4 : 0};
}

struct ui_rect ui_frame(struct ui_grid *grid, const struct ui_rect *rect, const char *title,
                        bool focused) {
    char spelt[512];
    ui_pen_spell(spelt, sizeof spelt, title);
    ui_box(grid, rect, spelt, focused);
    return ui_frame_inside(rect);
}

/* Beside its corners and blanks. */
static bool title_fits(const char *title, int columns) {
    char spelt[512];
    ui_pen_spell(spelt, sizeof spelt, title);
    return ui_text_width(spelt) <= columns - 6;
}

struct ui_rect ui_frame_of(struct ui_grid *grid, const struct ui_rect *rect,
                           const char *const *titles, bool focused) {
    while (titles[1] && !title_fits(*titles, rect->columns))
        titles++;
    return ui_frame(grid, rect, *titles, focused);
}

struct ui_rect ui_frame_foot(const struct ui_rect *rect) {
    return (struct ui_rect){rect->row + rect->rows - 1, rect->column + 2, rect->rows > 0,
                            rect->columns > 4 ? rect->columns - 4 : 0};
}

static void say_progress(struct ui_pen *pen, const struct ui_progress *progress) {
    if (!progress->what || !(progress->total > 0))
        return;
    double share = fmin(progress->done / progress->total, 1);
    ui_pen_bar(pen, UI_STYLE_NORMAL, 20, share);
    ui_pen_say(pen, UI_STYLE_NORMAL, " %3.0f %%  ", floor(100 * share));
    ui_pen_say(pen, UI_STYLE_DIM, "%s", progress->what);
    ui_pen_next(pen);
}

void ui_say_facts(struct ui_pen *pen, const struct ui_model *model, enum ui_style bar) {
    char text[64];
    snprintf(text, sizeof text, "computing distances of all pairs, %.0f %%",
             floor(100 * model->derive_done));
    ui_pen_wrap(pen, UI_STYLE_NORMAL, 2, text);
    ui_pen_bar(pen, bar, pen->rect.columns, model->derive_done);
    ui_pen_next(pen);
}

void ui_say_waiting(struct ui_pen *pen, const struct ui_model *model, const char *doing) {
    const struct ui_findings *findings = &model->findings;
    switch (findings->state) {
    case UI_FINDINGS_WAITING:
        if (ui_question_needs_facts(&findings->question) && model->derive_done < 1) {
            ui_say_facts(pen, model, UI_STYLE_DIM);
            ui_pen_wrap(pen, UI_STYLE_DIM, 2, "This needs them: it starts by itself.");
            break;
        }
        /* fall through */
    case UI_FINDINGS_FAILED:
        ui_pen_wrap(pen, UI_STYLE_WARN, 4, findings->sentence);
        break;
    case UI_FINDINGS_STOPPED:
        ui_pen_wrap(pen, UI_STYLE_DIM, 2, "stopped; the number of the view goes on");
        break;
    default:
        ui_pen_wrap(pen, UI_STYLE_DIM, 2, doing);
        say_progress(pen, &findings->progress);
        ui_pen_say(pen, UI_STYLE_DIM, "Esc stops it");
    }
}

enum ui_style ui_label_style(enum wh_label label) {
    switch (label) {
    case WH_LABEL_PROVEN:
    case WH_LABEL_PROVEN_IDEAL:
        return UI_STYLE_GOOD;
    case WH_LABEL_ASYMPTOTIC:
    case WH_LABEL_CLAIMED:
        return UI_STYLE_WARN;
    case WH_LABEL_NONE:
        return UI_STYLE_BAD;
    }
    return UI_STYLE_BAD;
}

/* The opened mechanism knows its label best (a scale set by hand has none); else its descriptor. */
enum wh_label ui_slot_label(const struct ui_model *model, unsigned slot) {
    const struct wh_mech *mech = ui_slot_mech(model, slot);
    const struct wh_mech_facts *facts = &model->slot[slot].sim.mech;
    return facts->spec.mech == mech ? facts->guarantee.label : mech->label;
}

static const char *state_text(const struct ui_model *model, unsigned slot) {
    switch (model->slot[slot].state) {
    case WH_WORKER_IDLE:
        return "idle";
    case WH_WORKER_WAITING:
        return "waiting";
    case WH_WORKER_OPENING:
        return "preparing";
    case WH_WORKER_SAMPLING:
        return "";
    case WH_WORKER_PAUSED:
        return "paused";
    case WH_WORKER_DONE:
        return "";
    case WH_WORKER_FAILED:
        return "undefined";
    }
    return "";
}

/* "12,480 draws 41 k/s", or the state when there is nothing to count. */
static void foot_text(const struct ui_model *model, unsigned slot, char out[96]) {
    const struct wh_slot_snapshot *snapshot = &model->slot[slot];
    char count[UI_NUMBER], rate[UI_NUMBER];
    const char *state = state_text(model, slot);
    if (!ui_slot_ready(model, slot)) {
        snprintf(out, 96, " %s ", state);
        return;
    }
    ui_rate_text(rate, snapshot->state == WH_WORKER_SAMPLING ? snapshot->draws_per_second : 0);
    snprintf(out, 96, " %s draws%s%s%s%s ", ui_count_text(count, snapshot->sim.trials),
             snapshot->sim.seeded ? ", seeded" : "", *rate || *state ? " " : "", rate, state);
}

const char *ui_typed_name(char out[UI_NUMBER], const struct wh_mech *mech) {
    if (strcasecmp(mech->name, mech->brief) == 0)
        out[0] = '\0';
    else
        snprintf(out, UI_NUMBER, " (%.20s)", mech->name);
    return out;
}

static void epsilon_text(char out[64], const struct ui_model *model, unsigned slot) {
    char number[UI_NUMBER];
    if (ui_slot_by_hand(model, slot))
        snprintf(out, 64, "noise set by hand");
    else
        snprintf(out, 64, "ε %s",
                 isnan(ui_slot_epsilon(model, slot))
                     ? "–"
                     : ui_figure_text(number, ui_slot_epsilon(model, slot), 4));
}

void ui_slot_title(char *out, size_t size, const struct ui_model *model, unsigned slot,
                   int columns) {
    const struct wh_mech *mech = ui_slot_mech(model, slot);
    const char *sign = ui_slot_sign(model, slot);
    const char *linked = model->params.linked ? " (linked)" : "";
    const char *unit = ui_slot_by_hand(model, slot) ? "" : " per unit";
    char typed[UI_NUMBER], epsilon[64];
    ui_typed_name(typed, mech);
    epsilon_text(epsilon, model, slot);
    snprintf(out, size, "%s %s%s · %s%s%s", sign, mech->brief, typed, epsilon, unit, linked);
    if (!title_fits(out, columns))
        snprintf(out, size, "%s %s%s · %s%s", sign, mech->brief, typed, epsilon, linked);
    if (!title_fits(out, columns))
        snprintf(out, size, "%s %s · %s%s", sign, mech->brief, epsilon, linked);
}

bool ui_one_panel(const struct ui_rect *rect) {
    return rect->columns < 100 && rect->rows < 18;
}

struct ui_rect ui_slot_frame(struct ui_grid *grid, const struct ui_rect *rect,
                             const struct ui_model *model, unsigned slot) {
    char title[160], foot[96];
    ui_slot_title(title, sizeof title, model, slot, rect->columns);
    struct ui_rect inside = ui_frame(grid, rect, title, model->focus == UI_FOCUS_FIRST + slot);
    struct ui_rect bottom = ui_frame_foot(rect);
    struct ui_pen pen = ui_pen_at(grid, &bottom);
    enum wh_label label = ui_slot_label(model, slot);
    foot_text(model, slot, foot);
    ui_pen_say(&pen, ui_label_style(label), " %s ", wh_label_name(label));
    if (ui_pen_columns_left(&pen) > ui_text_width(foot))
        ui_pen_right(&pen, UI_STYLE_DIM, "%s", foot);
    ui_put(grid, rect, rect->row, rect->column + 3, ui_slot_style(slot), ui_slot_sign(model, slot));
    return inside;
}
