/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_audit.c - is the mechanism as private as it says, for two words? The answer in a sentence;
 * the loss of every output against what is claimed; the outputs that matter most.
 *
 * The plot's height is the loss as a multiple r of the claimed loss: r itself up to 1, and above it
 * 1 + log10 r, because what breaks a claim often breaks it a hundredfold.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wordmap.h"
#include "ui/axes.h"
#include "ui/figures.h"
#include "ui/pen.h"
#include "ui/view.h"
#include "ui/view_parts.h"

#define RAREST (-27.6) /* ln 1e-12: rarer outputs are not drawn */

struct audit {
    const struct ui_model *model;
    const struct wh_audit_detail *detail;
    const struct wh_audit_result *result;
    const char *words[2];
    double unit; /* loss that is 1 on the plot */
};

static bool tests_something(const struct audit *audit) {
    return !isinf(audit->result->tested.loss);
}

/* ---- sentences ---- */

static const char *loss_text(char out[UI_NUMBER], double loss) {
    if (isinf(loss))
        return strcpy(out, "∞");
    return fabs(loss) < 100 ? ui_figure_text(out, loss, 3) : ui_figure_text(out, round(loss), 15);
}

/* Whether it was the mechanism itself that promised. */
static const char *promised_by(const struct audit *audit, const char *brief, char *out,
                               size_t size) {
    if (isinf(audit->result->claim.loss))
        snprintf(out, size, "%s promises nothing; ε × distance would be", brief);
    else
        snprintf(out, size, "%s says at most", brief);
    return out;
}

static enum ui_style answer_style(const struct audit *audit) {
    switch (audit->result->verdict) {
    case WH_VERDICT_WITHIN:
        return UI_STYLE_GOOD;
    case WH_VERDICT_REFUTED:
        return UI_STYLE_BAD;
    case WH_VERDICT_NOT_REFUTED:
    case WH_VERDICT_NO_CLAIM:
        break;
    }
    return audit->result->contradicted ? UI_STYLE_BAD : UI_STYLE_WARN;
}

static const char *answer_text(const struct audit *audit) {
    switch (audit->result->verdict) {
    case WH_VERDICT_WITHIN:
        return "YES: the promise holds.";
    case WH_VERDICT_REFUTED:
        return "NO: the promise is broken.";
    case WH_VERDICT_NOT_REFUTED:
        return "NOT REFUTED: nothing found against the promise.";
    case WH_VERDICT_NO_CLAIM:
        break;
    }
    return audit->result->contradicted ? "NO: nothing is promised, and ε × distance does not hold."
                                       : "NOTHING PROMISED.";
}

static void say_answer(struct ui_pen *pen, const struct audit *audit) {
    const struct wh_mech *mech = audit->detail->mech.spec.mech;
    char promise[96], claimed[UI_NUMBER], text[640];
    ui_pen_say(pen, answer_style(audit), "%s", answer_text(audit));
    ui_pen_next(pen);
    if (!tests_something(audit))
        snprintf(text, sizeof text, "%s promises no bound for these words.", mech->brief);
    else
        snprintf(text, sizeof text,
                 "Promise: %s %s nats of evidence (a nat: a factor of e) between %.40s and %.40s "
                 "(distance %.3f).",
                 promised_by(audit, mech->brief, promise, sizeof promise),
                 loss_text(claimed, audit->result->tested.loss), audit->words[0], audit->words[1],
                 audit->result->distance);
    ui_pen_wrap(pen, UI_STYLE_NORMAL, 3, text);
}

/* What tells the two words apart best. */
static void say_culprit(struct ui_pen *pen, const struct audit *audit) {
    const struct wh_finding *finding = &audit->result->finding;
    const struct wh_worst *worst =
        finding->exact && finding->likely.value > 0 ? &finding->likely : &finding->worst;
    char loss[UI_NUMBER], text[320];
    const char *spoken = audit->words[!worst->forward];
    if (!(worst->value > 0))
        snprintf(text, sizeof text, "Found: nothing that tells them apart.");
    else if (finding->exact)
        snprintf(text, sizeof text,
                 "Found: seeing \"%.40s\" gives %s nats of evidence for %.40s, the most of all "
                 "outputs likelier than one in a million.",
                 ui_word(audit->model, worst->word), loss_text(loss, worst->value), spoken);
    else
        snprintf(text, sizeof text,
                 "Found: at least %s nats of evidence for %.40s, by \"%.40s\" and outputs like it.",
                 loss_text(loss, worst->value), spoken, ui_word(audit->model, worst->word));
    ui_pen_wrap(pen, UI_STYLE_NORMAL, 3, text);
}

static void say_beyond(struct ui_pen *pen, const struct audit *audit) {
    const struct wh_finding *finding = &audit->result->finding;
    const char *least = finding->exact ? "" : "at least ";
    char first[UI_NUMBER], second[UI_NUMBER], text[256];
    if (!tests_something(audit))
        return;
    if (!finding->exact && !(finding->delta > 0))
        snprintf(text, sizeof text, "Beyond the promise: nothing found.");
    else
        snprintf(text, sizeof text,
                 "Beyond the promise: %s%s %% of %.40s's draws, %s%s %% of %.40s's.", least,
                 ui_percent_text(first, finding->deltas[0]), audit->words[0], least,
                 ui_percent_text(second, finding->deltas[1]), audit->words[1]);
    ui_pen_wrap(pen, finding->delta > 0 ? answer_style(audit) : UI_STYLE_NORMAL, 2, text);
}

static void say_method(struct ui_pen *pen, const struct audit *audit) {
    const struct wh_audit_result *result = audit->result;
    char draws[UI_NUMBER], text[256];
    if (result->finding.exact)
        snprintf(text, sizeof text, "Exact: all %s outputs of both words were computed.",
                 ui_count_text(draws, audit->detail->count));
    else
        snprintf(text, sizeof text,
                 "From %s draws of each word, wrong with probability at most %g. Draws can refute, "
                 "never prove; so many can show at most %.1f nats.",
                 ui_count_text(draws, result->trials), result->level, result->reach);
    ui_pen_wrap(pen, UI_STYLE_DIM, 3, text);
}

static void say_label(struct ui_pen *pen, const struct audit *audit) {
    enum wh_label label = audit->detail->mech.guarantee.label;
    char text[384];
    snprintf(text, sizeof text, "Label \"%s\": %s", wh_label_name(label), wh_label_meaning(label));
    ui_pen_wrap(pen, ui_label_style(label), 2, text);
}

/* ---- the plot ---- */

static double height_of(const struct audit *audit, double loss) {
    double times = fabs(loss) / audit->unit;
    if (isinf(times))
        return copysign((double)INFINITY, loss);
    return copysign(times > 1 ? 1 + log10(times) : times, loss);
}

static double mass_of(const struct wh_audit_output *output) {
    return fmax(fmax(output->log_p[0], output->log_p[1]), RAREST);
}

/* Height of the plot: all that is finite and not rarer than the left edge. */
static double top_of(const struct audit *audit) {
    double most = tests_something(audit) ? 1.4 : 1.05;
    for (uint32_t i = 0; i < audit->detail->count; i++) {
        double height = fabs(height_of(audit, audit->detail->outputs[i].loss));
        if (!isinf(height) && mass_of(&audit->detail->outputs[i]) > RAREST)
            most = fmax(most, 1.08 * height);
    }
    return most;
}

static void draw_dots(const struct audit *audit, const struct ui_axes *axes,
                      struct ui_canvas *canvas) {
    ui_axes_level(axes, canvas, 0, 3, UI_STYLE_DIM);
    if (tests_something(audit)) {
        ui_axes_level(axes, canvas, 1, 1, UI_STYLE_WARN);
        ui_axes_level(axes, canvas, -1, 1, UI_STYLE_WARN);
    }
    for (uint32_t i = audit->detail->count; i-- > 0;) {
        const struct wh_audit_output *output = &audit->detail->outputs[i];
        bool beyond = tests_something(audit) && fabs(output->loss) > audit->unit;
        if (mass_of(output) <= RAREST)
            continue;
        ui_canvas_dot(canvas, ui_axes_spot(axes, mass_of(output), height_of(audit, output->loss)),
                      beyond ? UI_STYLE_BAD : UI_STYLE_NEAR);
    }
}

static void label_level(struct ui_grid *grid, const struct ui_axes *axes, double height,
                        enum ui_style style, const char *text) {
    char spelt[64];
    int row = (int)ui_axes_spot(axes, axes->x.from, height).row;
    ui_pen_spell(spelt, sizeof spelt, text);
    ui_put_right(grid, NULL, row, axes->area.column - 1, style, spelt);
}

static void label_claim(struct ui_grid *grid, const struct audit *audit,
                        const struct ui_axes *axes) {
    char number[UI_NUMBER], text[64];
    if (!tests_something(audit))
        return;
    loss_text(number, audit->unit);
    snprintf(text, sizeof text, "said +%.10s", number);
    label_level(grid, axes, 1, UI_STYLE_WARN, text);
    snprintf(text, sizeof text, "said −%.10s", number);
    label_level(grid, axes, -1, UI_STYLE_WARN, text);
}

/* The name of the output that breaks the claim most visibly, beside its dot. */
static void name_culprit(struct ui_grid *grid, const struct audit *audit,
                         const struct ui_axes *axes) {
    const struct wh_finding *finding = &audit->result->finding;
    const struct wh_worst *worst =
        finding->exact && finding->likely.value > 0 ? &finding->likely : &finding->worst;
    for (uint32_t i = 0; worst->value > 0 && i < audit->detail->count; i++) {
        const struct wh_audit_output *output = &audit->detail->outputs[i];
        if (output->id != worst->word)
            continue;
        struct ui_spot spot = ui_axes_spot(axes, mass_of(output), height_of(audit, output->loss));
        const char *word = ui_word(audit->model, output->id);
        int width = ui_text_width(word), column = (int)spot.column - width - 1;
        if (column < axes->area.column)
            column = (int)spot.column + 2;
        ui_put(grid, &axes->area, (int)spot.row, column, UI_STYLE_STRONG, word);
        return;
    }
}

static void label_ends(struct ui_grid *grid, const struct audit *audit, const struct ui_axes *axes,
                       const struct ui_rect *foot) {
    struct ui_rect top = {axes->area.row, axes->area.column + 1, 1, axes->area.columns - 2};
    struct ui_rect bottom = top;
    bottom.row += axes->area.rows - 1;
    struct ui_pen pen = ui_pen_at(grid, &top);
    ui_pen_say(&pen, UI_STYLE_DIM, "▲ speaks for %s", audit->words[0]);
    pen = ui_pen_at(grid, &bottom);
    ui_pen_say(&pen, UI_STYLE_DIM, "▼ speaks for %s", audit->words[1]);
    pen = ui_pen_at(grid, foot);
    pen.column = axes->area.column - foot->column;
    ui_pen_say(&pen, UI_STYLE_DIM, "◂ rare (1e-12)");
    ui_pen_right(&pen, UI_STYLE_DIM, "how often the output appears ▸");
}

static void draw_plot(struct ui_grid *grid, const struct ui_rect *rect, const struct audit *audit) {
    struct ui_rect inside =
        ui_frame(grid, rect, "evidence of each output in nats, one dot an output", false);
    struct ui_axes axes = {.x = {RAREST, 0, false}};
    struct ui_canvas canvas;
    if (inside.rows < 4)
        return;
    struct ui_rect foot = ui_rect_bottom(&inside, 1);
    ui_rect_left(&inside, 12);
    axes.area = inside;
    axes.y.to = top_of(audit);
    axes.y.from = -axes.y.to;
    if (ui_canvas_open(&canvas, &axes.area) == WH_OK) {
        draw_dots(audit, &axes, &canvas);
        ui_canvas_paint(&canvas, grid);
        ui_canvas_close(&canvas);
    }
    label_level(grid, &axes, 0, UI_STYLE_DIM, "0");
    label_claim(grid, audit, &axes);
    label_ends(grid, audit, &axes, &foot);
    name_culprit(grid, audit, &axes);
}

/* ---- the table ---- */

static void percent(struct ui_pen *pen, double log_p) {
    char text[UI_NUMBER];
    double p = exp(log_p);
    if (p > 0 && p < 0.0005)
        snprintf(text, sizeof text, "%.0e", p);
    else
        ui_percent_text(text, p);
    ui_pen_field(pen, UI_STYLE_NORMAL, 9, p > 0 ? text : "0");
}

static void draw_row(struct ui_pen *pen, const struct audit *audit,
                     const struct wh_audit_output *output) {
    char text[UI_NUMBER];
    bool beyond = tests_something(audit) && fabs(output->loss) > audit->unit;
    int word = pen->rect.columns - 9 - 9 - 9 - 10;
    ui_pen_word(pen, UI_STYLE_NORMAL, word, ui_word(audit->model, output->id));
    percent(pen, output->log_p[0]);
    percent(pen, output->log_p[1]);
    ui_pen_field(pen, beyond ? UI_STYLE_BAD : UI_STYLE_NORMAL, 9, loss_text(text, output->loss));
    if (audit->result->finding.exact)
        ui_pen_field(pen, beyond ? UI_STYLE_BAD : UI_STYLE_DIM, 10,
                     output->beyond > 0 ? ui_percent_text(text, output->beyond) : "–");
    ui_pen_next(pen);
}

/* "london %", in at most nine columns. */
static void percent_of(char out[64], const char *word) {
    char cut[48];
    snprintf(cut, sizeof cut, "%.40s", word);
    for (size_t length = strlen(cut); ui_text_width(cut) > 6 && length > 0;) {
        do
            length--;
        while (length > 0 && ((unsigned char)cut[length] & 0xC0) == 0x80);
        cut[length] = '\0';
    }
    snprintf(out, 64, "%s%s %%", cut, strcmp(cut, word) == 0 ? "" : ui_ellipsis());
}

static void draw_head(struct ui_pen *pen, const struct audit *audit) {
    char cut[2][64];
    int word = pen->rect.columns - 9 - 9 - 9 - 10;
    for (int i = 0; i < 2; i++)
        percent_of(cut[i], audit->words[i]);
    ui_pen_word(pen, UI_STYLE_DIM, word, "comes out");
    ui_pen_field(pen, UI_STYLE_DIM, 9, cut[0]);
    ui_pen_field(pen, UI_STYLE_DIM, 9, cut[1]);
    ui_pen_field(pen, UI_STYLE_DIM, 9, "nats");
    if (audit->result->finding.exact)
        ui_pen_field(pen, UI_STYLE_DIM, 10, "beyond %");
    ui_pen_next(pen);
}

static void draw_table(struct ui_grid *grid, const struct ui_rect *rect,
                       const struct audit *audit) {
    struct ui_rect inside = ui_frame(grid, rect, "outputs that matter most", false);
    struct ui_pen pen = ui_pen_at(grid, &inside);
    const struct ui_findings *findings = &audit->model->findings;
    draw_head(&pen, audit);
    for (uint32_t i = 0; i < findings->audit_tops && ui_pen_rows_left(&pen) > 0; i++)
        draw_row(&pen, audit, &audit->detail->outputs[findings->audit_top[i]]);
}

/* ---- the whole ---- */

static void draw_audit(struct ui_grid *grid, struct ui_rect *inside, const struct audit *audit) {
    bool wide = inside->columns >= 100;
    struct ui_rect words = ui_rect_top(inside, inside->rows < 18 ? inside->rows : wide ? 8 : 9);
    struct ui_pen pen = ui_pen_at(grid, &words);
    say_answer(&pen, audit);
    say_culprit(&pen, audit);
    say_beyond(&pen, audit);
    say_method(&pen, audit);
    say_label(&pen, audit);
    if (inside->rows < 6)
        return;
    if (wide) {
        struct ui_rect table = ui_rect_right(inside, 52);
        draw_table(grid, &table, audit);
    }
    draw_plot(grid, inside, audit);
}

/* The question, as long as there is room for it. */
static struct ui_rect draw_frame(struct ui_grid *grid, const struct ui_rect *body,
                                 const struct ui_model *model, uint32_t other) {
    const struct wh_mech *mech = ui_slot_mech(model, model->panel);
    const char *words[2] = {ui_word(model, model->params.word),
                            other == WH_NONE ? "its nearest" : ui_word(model, other)};
    double value = ui_slot_epsilon(model, model->panel);
    char titles[4][256], number[UI_NUMBER], typed[UI_NUMBER], who[80] = "nothing";
    if (mech)
        snprintf(who, sizeof who, "%s%s%s%s", mech->brief, ui_typed_name(typed, mech),
                 value > 0 ? " ε " : "", value > 0 ? ui_figure_text(number, value, 4) : "");
    snprintf(titles[0], 256, "audit · is %s as private as it says, for %.40s and %.40s?", who,
             words[0], words[1]);
    snprintf(titles[1], 256, "is %s as private as it says, for %.40s and %.40s?", who, words[0],
             words[1]);
    snprintf(titles[2], 256, "%s%s%s: private for %.40s and %.40s?", mech ? mech->brief : "nothing",
             value > 0 ? " ε " : "", value > 0 ? number : "", words[0], words[1]);
    snprintf(titles[3], 256, "audit of %s", who);
    const char *const all[] = {titles[0], titles[1], titles[2], titles[3], NULL};
    return ui_frame_of(grid, body, all, true);
}

void ui_view_audit(struct ui_grid *grid, const struct ui_rect *body, const struct ui_model *model) {
    const struct ui_findings *findings = &model->findings;
    const struct wh_audit_detail *detail = &findings->audit;
    bool known = findings->question.kind == UI_STUDY_AUDIT && detail->count > 0;
    uint32_t other = known ? detail->result.pair[1] : model->other;
    struct ui_rect inside = draw_frame(grid, body, model, other), foot = ui_frame_foot(body);
    struct ui_pen pen = ui_pen_at(grid, &foot);
    ui_pen_right(&pen, UI_STYLE_DIM, " :audit WORD another word · Tab other mechanism ");
    if (!known) {
        pen = ui_pen_at(grid, &inside);
        ui_say_waiting(&pen, model, "computing what comes out of both words, output by output");
        return;
    }
    struct audit audit = {.model = model, .detail = detail, .result = &detail->result};
    for (int i = 0; i < 2; i++)
        audit.words[i] = ui_word(model, detail->result.pair[i]);
    audit.unit = detail->result.tested.loss;
    if (isinf(audit.unit))
        audit.unit = detail->result.finding.worst.value;
    if (!(audit.unit > 0) || isinf(audit.unit))
        audit.unit = 1;
    draw_audit(grid, &inside, &audit);
}
