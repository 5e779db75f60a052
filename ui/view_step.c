/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_step.c - one draw explained in plain sentences with its numbers: for noise on the vector the
 * radius, the noisy point and what is nearest to it; for a choice among candidates the table of
 * distance + noise = sum with the winner marked.
 */
#include <math.h>
#include <stdio.h>

#include "ui/figures.h"
#include "ui/pen.h"
#include "ui/view_parts.h"

#define SENTENCE 512

/* A numbered sentence. */
static void say_point(struct ui_pen *pen, int number, const char *text) {
    char line[SENTENCE + 8];
    if (ui_pen_rows_left(pen) <= 0)
        return;
    snprintf(line, sizeof line, "%d. %s", number, text);
    ui_pen_wrap(pen, UI_STYLE_NORMAL, ui_pen_rows_left(pen), line);
}

/* Panels with fewer rows than this get the short sentences. */
#define ROOMY 18

static void say_output(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    const struct wh_trace_result *trace = &model->trace[slot];
    char distance[UI_NUMBER], rank[UI_NUMBER], text[SENTENCE];
    const char *word = ui_word(model, trace->trace.output);
    ui_count_text(rank, trace->output_rank);
    ui_number_text(distance, trace->output_distance);
    if (trace->trace.output == trace->word)
        snprintf(text, sizeof text, "Output: %.80s, unchanged.", word);
    else
        snprintf(text, sizeof text, "Output: %.80s, neighbour #%s, %s away.", word, rank, distance);
    ui_pen_wrap(pen, ui_slot_style(slot), 2, text);
}

/* ---- noise on the vector ---- */

static double distance_to(const struct ui_model *model, const double *point, uint32_t word) {
    const struct wh_embed *embed = wh_session_embed(model->session);
    const float *row = wh_embed_row(embed, word);
    double sum = 0;
    for (uint32_t i = 0; i < wh_embed_dim(embed); i++)
        sum += (point[i] - (double)row[i]) * (point[i] - (double)row[i]);
    return sqrt(sum);
}

static void say_radius(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    const struct wh_trace_result *trace = &model->trace[slot];
    char radius[UI_NUMBER], mean[UI_NUMBER], text[SENTENCE];
    ui_number_text(radius, trace->trace.radius);
    ui_number_text(mean, ui_slot_noise(model, slot));
    if (pen->rect.columns < 36 || pen->rect.rows < 6)
        snprintf(text, sizeof text, "Noise of length %s (mean n/ε = %s), any direction.", radius,
                 mean);
    else
        snprintf(
            text, sizeof text,
            "Noise in a random direction moves it by ‖η‖ = %s (on average n/ε = %u/%.4g = %s).",
            radius, wh_embed_dim(wh_session_embed(model->session)), ui_slot_epsilon(model, slot),
            mean);
    say_point(pen, 1, text);
}

/* Why a near word hardly ever wins: in many dimensions the noise does not point at it. */
static void say_neighbour(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    const struct wh_trace_result *trace = &model->trace[slot];
    const struct wh_near_result *near = &model->place.near;
    char before[UI_NUMBER], after[UI_NUMBER], text[SENTENCE];
    if (!trace->point || !model->place_fresh || near->count == 0)
        return;
    double now = distance_to(model, trace->point, near->items[0].id);
    snprintf(
        text, sizeof text,
        "The nearest neighbour, %.80s, was %s away; from the noisy point it is %s, %s than %.80s.",
        ui_word(model, near->items[0].id), ui_number_text(before, near->items[0].distance),
        ui_number_text(after, now), now > trace->trace.radius ? "farther" : "nearer",
        ui_word(model, trace->word));
    say_point(pen, 2, text);
}

static void say_decision(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    const struct wh_trace_result *trace = &model->trace[slot];
    char winner[UI_NUMBER], radius[UI_NUMBER], text[SENTENCE];
    ui_number_text(winner, trace->trace.output_distance);
    ui_number_text(radius, trace->trace.radius);
    if (trace->trace.output == trace->word)
        snprintf(text, sizeof text, "No word is nearer to the noisy point than %.80s itself (%s).",
                 ui_word(model, trace->word), radius);
    else
        snprintf(text, sizeof text, "Nearest to the noisy point is %.80s: %s, against %s to %.80s.",
                 ui_word(model, trace->trace.output), winner, radius, ui_word(model, trace->word));
    say_point(pen, pen->rect.rows >= 9 ? 3 : 2, text);
}

static void draw_vector_step(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    say_output(pen, model, slot);
    say_radius(pen, model, slot);
    if (pen->rect.rows >= 9)
        say_neighbour(pen, model, slot);
    say_decision(pen, model, slot);
}

/* ---- a choice among candidates ---- */

static void say_candidates(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    const struct wh_trace_result *trace = &model->trace[slot];
    const char *word = ui_word(model, trace->word);
    char text[SENTENCE];
    if (isnan(ui_slot_candidates(model, slot)))
        snprintf(text, sizeof text, "%u candidates.", trace->trace.candidate_count);
    else if (trace->trace.drawn_k <= 1)
        snprintf(text, sizeof text, "K = 1 drawn: %.80s is the only candidate.", word);
    else
        snprintf(text, sizeof text, "K = %u drawn: %.80s and its %u nearest.", trace->trace.drawn_k,
                 word, trace->trace.drawn_k - 1);
    say_point(pen, 1, text);
}

static void say_sum(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    double b = ui_slot_figure(model, slot, "b"), most = ui_slot_figure(model, slot, "delta_max");
    char scale[UI_NUMBER], limit[UI_NUMBER], text[SENTENCE];
    ui_number_text(scale, b);
    ui_number_text(limit, most);
    if (isnan(b) || isnan(most))
        snprintf(text, sizeof text, "The smallest sum of distance and noise wins.");
    else
        snprintf(text, sizeof text,
                 pen->rect.rows < ROOMY
                     ? "Smallest distance + noise wins (scale %s, ±%s)."
                     : "Each gets noise (Gumbel, scale %s, cut at ±%s); the smallest sum of "
                       "distance and noise wins.",
                 scale, limit);
    say_point(pen, 2, text);
}

struct table_widths {
    int word, number;
};

static struct table_widths table_for(int columns) {
    struct table_widths widths = {.number = columns >= 40 ? 10 : 7};
    widths.word = columns - 2 - 3 * widths.number;
    return widths;
}

static void draw_table_head(struct ui_pen *pen) {
    struct table_widths widths = table_for(pen->rect.columns);
    pen->column = 2;
    ui_pen_word(pen, UI_STYLE_DIM, widths.word, "candidate");
    ui_pen_field(pen, UI_STYLE_DIM, widths.number, widths.number >= 10 ? "distance" : "dist.");
    ui_pen_field(pen, UI_STYLE_DIM, widths.number, "+ noise");
    ui_pen_field(pen, UI_STYLE_DIM, widths.number, "= sum");
    ui_pen_next(pen);
}

static void draw_candidate(struct ui_pen *pen, const struct ui_model *model, unsigned slot,
                           const struct wh_trace_candidate *candidate) {
    struct table_widths widths = table_for(pen->rect.columns);
    bool winner = candidate->id == model->trace[slot].trace.output;
    enum ui_style style = winner ? ui_slot_style(slot) : UI_STYLE_NORMAL;
    char number[UI_NUMBER];
    if (winner)
        ui_pen_say(pen, style, "►");
    pen->column = 2;
    ui_pen_word(pen, style, widths.word, ui_word(model, candidate->id));
    snprintf(number, sizeof number, "%.2f", candidate->distance);
    ui_pen_field(pen, style, widths.number, number);
    snprintf(number, sizeof number, "%s%.2f", candidate->noise < 0 ? "−" : "+",
             fabs(candidate->noise));
    ui_pen_field(pen, style, widths.number, number);
    snprintf(number, sizeof number, "%s%.2f", candidate->score < 0 ? "−" : "",
             fabs(candidate->score));
    ui_pen_field(pen, style, widths.number, number);
    ui_pen_next(pen);
}

/* As many candidates as there are rows, the winner always among them. */
static void draw_candidates(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    const struct wh_trace *trace = &model->trace[slot].trace;
    uint32_t rows = (uint32_t)(ui_pen_rows_left(pen) > 1 ? ui_pen_rows_left(pen) - 1 : 0);
    uint32_t winner = 0, listed = trace->candidate_count;
    if (rows == 0)
        return;
    while (winner < listed && trace->candidates[winner].id != trace->output)
        winner++;
    draw_table_head(pen);
    bool cut = listed > rows;
    uint32_t shown = cut && rows > 1 ? rows - 1 : cut ? rows : listed;
    for (uint32_t i = 0; i < shown; i++) {
        bool last_is_winner = cut && i + 1 == shown && winner >= shown && winner < listed;
        draw_candidate(pen, model, slot, &trace->candidates[last_is_winner ? winner : i]);
    }
    if (cut && rows > 1)
        ui_pen_say(pen, UI_STYLE_DIM, "  … %u more, with larger sums", listed - shown);
}

static void draw_choice_step(struct ui_pen *pen, const struct ui_model *model, unsigned slot) {
    const struct wh_trace *trace = &model->trace[slot].trace;
    say_output(pen, model, slot);
    if (trace->floored) {
        say_point(pen, 1,
                  "The uniform floor answered: a word drawn evenly from the whole vocabulary.");
        return;
    }
    if (trace->candidate_count == 0) {
        say_point(pen, 1,
                  "One word drawn by its exact probability; no noise is added to anything.");
        return;
    }
    say_candidates(pen, model, slot);
    say_sum(pen, model, slot);
    draw_candidates(pen, model, slot);
}

void ui_draw_step(struct ui_grid *grid, const struct ui_rect *rect, const struct ui_model *model,
                  unsigned slot) {
    const struct wh_mech *mech = ui_slot_mech(model, slot);
    if (!mech)
        return;
    struct ui_rect inside = ui_slot_frame(grid, rect, model, slot);
    struct ui_pen pen = ui_pen_at(grid, &inside);
    char number[UI_NUMBER];
    if (!model->trace[slot].mech.spec.mech) {
        ui_pen_wrap(&pen, UI_STYLE_WARN, ui_pen_rows_left(&pen),
                    *model->slot[slot].sentence ? model->slot[slot].sentence
                    : mech->chains              ? "running the chain of this draw"
                                                : "no draw to explain");
        return;
    }
    if (inside.rows >= 10) {
        ui_pen_say(&pen, UI_STYLE_STRONG, "One draw, number %s",
                   ui_count_text(number, model->trace[slot].trial + 1));
        ui_pen_next(&pen);
    }
    if (mech->vector_noise)
        draw_vector_step(&pen, model, slot);
    else
        draw_choice_step(&pen, model, slot);
}
