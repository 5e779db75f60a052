/* SPDX-License-Identifier: GPL-3.0-or-later */
/* view_parts.c - the first row and the last: what is looked at, and what can be done. */
#include "ui/view_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/figures.h"
#include "ui/pen.h"
#include "ui/request.h"
#include "ui/view.h"

/* ---- header ---- */

static void say_place(struct ui_pen *pen, const struct ui_model *model) {
    const struct wh_density *density = &model->place.density;
    char place[64];
    static const enum ui_style styles[3] = {UI_STYLE_GOOD, UI_STYLE_NORMAL, UI_STYLE_WARN};
    if (!model->place_fresh) {
        ui_pen_say(pen, UI_STYLE_DIM, "looking around");
        return;
    }
    if (isnan(density->radius_percentile))
        return;
    ui_pen_say(pen, styles[ui_place_class(density) + 1], "%s", ui_place_name(density));
    if (pen->rect.columns >= 76)
        ui_pen_say(pen, UI_STYLE_NORMAL, ": %s", ui_place_text(place, density));
}

/* Distances to the nearest and the tenth word, and the local dimension. */
static void say_radii(struct ui_pen *pen, const struct ui_model *model) {
    const struct wh_density *density = &model->place.density;
    char nearest[UI_NUMBER], tenth[UI_NUMBER], lid[UI_NUMBER];
    if (!model->place_fresh)
        return;
    ui_number_text(nearest, density->nn_distance);
    ui_number_text(tenth, density->radius);
    ui_number_text(lid, density->lid);
    char texts[3][160];
    snprintf(texts[0], sizeof texts[0],
             "nearest word r1 %s   tenth r%u %s   local dimension LID %s", nearest, density->k,
             tenth, lid);
    snprintf(texts[1], sizeof texts[1], "r1 %s  r%u %s  LID %s", nearest, density->k, tenth, lid);
    snprintf(texts[2], sizeof texts[2], "r1 %s  r%u %s", nearest, density->k, tenth);
    for (int i = 0; i < 3; i++)
        if (ui_pen_columns_left(pen) > ui_text_width(texts[i]) + 8) {
            ui_pen_say(pen, UI_STYLE_DIM, "%s", texts[i]);
            return;
        }
}

void ui_draw_header(struct ui_grid *grid, const struct ui_rect *row, const struct ui_model *model) {
    const struct wh_embed *embed = wh_session_embed(model->session);
    char words[UI_NUMBER];
    struct ui_pen pen = ui_pen_at(grid, row);
    pen.column = 1;
    if (row->columns >= 76)
        ui_pen_say(&pen, UI_STYLE_TITLE, "wordhaze  ");
    if (row->columns >= 100) {
        ui_pen_say(&pen, UI_STYLE_DIM, "%.24s", wh_embed_name(embed));
        if (row->columns >= 130)
            ui_pen_say(&pen, UI_STYLE_DIM, " · %s words × %u",
                       ui_count_text(words, wh_embed_words(embed)), wh_embed_dim(embed));
        pen.column += 2;
    }
    const char *word = ui_word(model, model->params.word);
    int width = ui_text_width(word), most = row->columns / 4;
    ui_pen_word(&pen, UI_STYLE_STRONG, width < most ? width : most, word);
    pen.column += 2;
    say_place(&pen, model);
    pen.column += 2;
    say_radii(&pen, model);
    ui_pen_right(&pen, UI_STYLE_KEY, "? help ");
}

/* ---- status ---- */

/* A key and what it does; what does not fit is left out from the end. */
struct hint {
    enum ui_request request; /* for the keys bound to it */
    const char *text;        /* NULL: the end */
};
static const struct hint hints[] = {
    {UI_REQ_HELP, "help"},         {UI_REQ_PAIR, "dense/sparse"},
    {UI_REQ_EPSILON_UP, "more ε"}, {UI_REQ_EPSILON_DOWN, "less ε"},
    {UI_REQ_STEP, "one draw"},     {UI_REQ_AUDIT, "audit"},
    {UI_REQ_SWEEP, "curves"},      {UI_REQ_ATTACK, "observer"},
    {UI_REQ_FORM, "mechs"},        {UI_REQ_QUIT, "quit"},
    {UI_REQ_FOCUS, "panel"},       {UI_REQ_PAUSE, "pause"},
    {UI_REQ_MAP, "map"},           {UI_REQ_LIST, "list"},
    {UI_REQ_REDRAW, "again"},      {UI_REQ_UNDO, "undo"},
    {UI_REQ_NONE, NULL},
};
/* The same where there is little room: what can be asked comes first. */
static const struct hint few_hints[] = {
    {UI_REQ_HELP, "help"},       {UI_REQ_AUDIT, "audit"}, {UI_REQ_SWEEP, "curves"},
    {UI_REQ_ATTACK, "observer"}, {UI_REQ_FORM, "mechs"},  {UI_REQ_EPSILON_UP, "more ε"},
    {UI_REQ_STEP, "draw"},       {UI_REQ_NONE, NULL},
};
/* Of the views that look at one panel's mechanism. */
static const struct hint view_hints[] = {
    {UI_REQ_BACK, "back"},         {UI_REQ_FOCUS, "other mechanism"},
    {UI_REQ_EPSILON_UP, "more ε"}, {UI_REQ_EPSILON_DOWN, "less ε"},
    {UI_REQ_AUDIT, "audit"},       {UI_REQ_SWEEP, "curves"},
    {UI_REQ_ATTACK, "observer"},   {UI_REQ_LABEL, "proofs"},
    {UI_REQ_FORM, "mechs"},        {UI_REQ_HELP, "help"},
    {UI_REQ_NONE, NULL},
};
static const struct hint few_view_hints[] = {
    {UI_REQ_BACK, "back"},       {UI_REQ_AUDIT, "audit"},       {UI_REQ_SWEEP, "curves"},
    {UI_REQ_ATTACK, "observer"}, {UI_REQ_LABEL, "proofs"},      {UI_REQ_FORM, "mechs"},
    {UI_REQ_FOCUS, "other"},     {UI_REQ_EPSILON_UP, "more ε"}, {UI_REQ_NONE, NULL},
};
static const struct hint step_hints[] = {
    {UI_REQ_STEP, "next draw"},
    {UI_REQ_STEP_BACK, "the draw before"},
    {UI_REQ_BACK, "back to counts"},
    {UI_REQ_HELP, "help"},
    {UI_REQ_NONE, NULL},
};
static const struct hint page_hints[] = {
    {UI_REQ_SCROLL, "scroll"},
    {UI_REQ_BACK, "back"},
    {UI_REQ_QUIT, "quit"},
    {UI_REQ_NONE, NULL},
};

static void say_hint(struct ui_pen *pen, const struct hint *hint) {
    char keys[128], spelt[64];
    ui_keymap_names(hint->request, keys, sizeof keys);
    keys[strcspn(keys, " ")] = '\0'; /* the first key is enough here */
    ui_pen_spell(spelt, sizeof spelt, hint->text);
    int width = ui_text_width(keys) + 1 + ui_text_width(spelt);
    if (!*keys || ui_pen_columns_left(pen) < width + 2)
        return;
    ui_pen_say(pen, UI_STYLE_KEY, "%s", keys);
    ui_pen_say(pen, UI_STYLE_DIM, " %s  ", hint->text);
}

static const struct hint *hints_for(const struct ui_model *model, bool few) {
    if (model->view == UI_VIEW_HELP)
        return page_hints;
    if (model->view != UI_VIEW_MAIN && model->view != UI_VIEW_LIST)
        return few ? few_view_hints : view_hints;
    if (model->stepping && model->view == UI_VIEW_MAIN)
        return step_hints;
    return few ? few_hints : hints;
}

/* The view that is open is no place to go to; curves are over all epsilons, of both mechanisms. */
static bool makes_sense(const struct ui_model *model, enum ui_request request) {
    static const enum ui_request own[UI_VIEW_COUNT] = {
        [UI_VIEW_LIST] = UI_REQ_LIST,   [UI_VIEW_AUDIT] = UI_REQ_AUDIT,
        [UI_VIEW_SWEEP] = UI_REQ_SWEEP, [UI_VIEW_ATTACK] = UI_REQ_ATTACK,
        [UI_VIEW_LABEL] = UI_REQ_LABEL, [UI_VIEW_FORM] = UI_REQ_FORM,
        [UI_VIEW_HELP] = UI_REQ_HELP};
    if (model->view == UI_VIEW_SWEEP &&
        (request == UI_REQ_FOCUS || request == UI_REQ_EPSILON_UP || request == UI_REQ_EPSILON_DOWN))
        return false;
    return request != own[model->view];
}

static void say_hints(struct ui_pen *pen, const struct ui_model *model) {
    ui_pen_say(pen, UI_STYLE_KEY, "a–z");
    ui_pen_say(pen, UI_STYLE_DIM, " type a word  ");
    for (const struct hint *hint = hints_for(model, pen->rect.columns < 100); hint->text; hint++)
        if (makes_sense(model, hint->request))
            say_hint(pen, hint);
}

static void draw_prompt(struct ui_grid *grid, const struct ui_rect *rect,
                        const struct ui_model *model) {
    struct ui_pen pen = ui_pen_at(grid, rect);
    struct ui_rect candidates = {rect->row - 1, rect->column, 1, rect->columns};
    pen.column = 1;
    ui_pen_word(&pen, UI_STYLE_NORMAL, rect->columns - 1, model->prompt);
    grid->cursor_row = rect->row;
    grid->cursor_column = rect->column + 1 + model->prompt_cursor;
    if (grid->cursor_column >= rect->column + rect->columns)
        grid->cursor_column = rect->column + rect->columns - 1;
    if (!*model->candidates)
        return;
    ui_fill(grid, &candidates, UI_STYLE_NORMAL);
    pen = ui_pen_at(grid, &candidates);
    pen.column = 1;
    ui_pen_word(&pen, UI_STYLE_DIM, rect->columns - 1, model->candidates);
}

/* What holds whatever the numbers are. */
static void draw_truths(struct ui_grid *grid, const struct ui_rect *row) {
    struct ui_pen pen = ui_pen_at(grid, row);
    bool wide = row->columns >= 116;
    pen.column = 1;
    ui_pen_say(&pen, UI_STYLE_WARN,
               wide ? "Equal ε is not equal privacy: compare at equal measured figures."
                    : "Equal ε is not equal privacy.");
    pen.column += 2;
    ui_pen_say(&pen, UI_STYLE_DIM,
               wide ? "True word on screen: to teach, not to publish."
                    : "True word shown: teach, do not publish.");
}

void ui_draw_status(struct ui_grid *grid, const struct ui_rect *row, const struct ui_model *model) {
    struct ui_rect first = *row;
    struct ui_rect last = ui_rect_bottom(&first, 1);
    struct ui_pen pen = ui_pen_at(grid, &last);
    if (first.rows > 0)
        draw_truths(grid, &first);
    if (model->prompting) {
        draw_prompt(grid, &last, model);
        return;
    }
    if (model->paused) {
        struct ui_rect state = ui_rect_right(&last, 11);
        struct ui_pen right = ui_pen_at(grid, &state);
        ui_pen_right(&right, UI_STYLE_STRONG, "▮▮ paused ");
        pen = ui_pen_at(grid, &last);
    }
    pen.column = 1;
    if (*model->message)
        ui_pen_say(&pen, model->message_bad ? UI_STYLE_BAD : UI_STYLE_NORMAL, "%s", model->message);
    else
        say_hints(&pen, model);
}
