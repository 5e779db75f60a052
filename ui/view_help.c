/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_help.c - what is on the screen, and every key with what it does, from the same table as the
 * commands and the manual. Scrolls.
 */
#include <stdio.h>
#include <string.h>

#include "ui/figures.h"
#include "ui/pen.h"
#include "ui/request.h"
#include "ui/view.h"
#include "ui/view_parts.h"

/* %1 and %2 stand for the signs of the first and second mechanism. */
static const char *const story[] = {
    "A word is protected by replacing it with another one, drawn at random among words that are "
    "near it in an embedding. Two families are side by side, working on the same word:",
    "%1 Laplace adds noise to the word's vector and puts out the nearest word. Its noise has one "
    "length everywhere, about n/ε (n dimensions): compare it with the distance to the nearest "
    "word, ε alone says nothing. In many dimensions the answer is the word itself or something far "
    "away, seldom a near word.",
    "%2 Truncated Gumbel draws a few of the nearest words (K of them, the word included), adds "
    "noise to each distance and puts out the smallest sum. It follows the density around the word. "
    "ε has a minimum that depends on the two closest words; above it ε hardly matters.",
    "Map: the word in brackets, its true neighbours, circles for distance, for the noise and for "
    "the candidates. Panels: how often each word comes out, with a 95 % interval, or exact where "
    "the law is computed. N_w is the share that stays the word itself, S_w how many other words "
    "came out. Density: where the word's distance to its tenth neighbour (r10) lies among all "
    "words. Bands: how far down the list of neighbours the output lands (far: beyond the 100th).",
    "Labels: proven; proven-ideal (for real-valued noise); claimed (by a paper, not proven here); "
    "none. Equal ε is not equal privacy between mechanisms. This screen shows the true word and "
    "its "
    "neighbours: it is for teaching and tuning, not a private output.",
};

/* A pen that skips the rows scrolled away: writing happens on rows >= first only. */
struct scroll {
    struct ui_grid *grid;
    struct ui_rect rect;
    int first; /* row of the text that is at the top */
    int row;   /* of the text */
};

static struct ui_pen pen_of(const struct scroll *scroll, int rows) {
    struct ui_rect rect = scroll->rect;
    int at = scroll->row - scroll->first;
    rect.row += at;
    rect.rows = at >= 0 && at < scroll->rect.rows ? rows : 0;
    if (at + rows > scroll->rect.rows && rect.rows > 0)
        rect.rows = scroll->rect.rows - at;
    return ui_pen_at(scroll->grid, &rect);
}

static void sign_text(const struct ui_model *model, const char *text, char *out, size_t size) {
    const char *mark = strchr(text, '%');
    if (mark && (mark[1] == '1' || mark[1] == '2'))
        snprintf(out, size, "%.*s%s%s", (int)(mark - text), text,
                 ui_slot_sign(model, mark[1] == '2'), mark + 2);
    else
        snprintf(out, size, "%s", text);
}

/* A paragraph line by line, so that it can be scrolled through. */
static void show_paragraph(struct scroll *scroll, enum ui_style style, const char *text) {
    char spelt[1024], line[1024];
    ui_pen_spell(spelt, sizeof spelt, text);
    for (const char *rest = spelt; *rest; scroll->row++) {
        size_t take = ui_pen_line(rest, scroll->rect.columns);
        struct ui_pen pen = pen_of(scroll, 1);
        snprintf(line, sizeof line, "%.*s", (int)take, rest);
        ui_pen_say(&pen, style, "%s", line);
        rest += take;
        rest += strspn(rest, " ");
    }
}

/* Whole names of keys only. */
static void cut_keys(char *keys, int width) {
    while (ui_text_width(keys) >= width && strrchr(keys, ' '))
        *strrchr(keys, ' ') = '\0';
}

static void show_request(struct scroll *scroll, enum ui_request request) {
    const struct ui_request_info *info = ui_request_info(request);
    char keys[128], command[128];
    bool wide = scroll->rect.columns >= 90;
    struct ui_pen pen = pen_of(scroll, 1);
    ui_keymap_names(request, keys, sizeof keys);
    cut_keys(keys, wide ? 20 : 14);
    snprintf(command, sizeof command, ":%s%s%s", info->name, *info->argument ? " " : "",
             info->argument);
    pen.column = 2;
    ui_pen_word(&pen, UI_STYLE_KEY, wide ? 20 : 14, keys);
    ui_pen_word(&pen, UI_STYLE_DIM, wide ? 30 : 0, command);
    ui_pen_say(&pen, UI_STYLE_NORMAL, "%s", info->help);
    scroll->row++;
}

/* What people come to ask, each with the first of its keys. */
static const struct {
    enum ui_request request;
    const char *asks;
} questions[] = {
    {UI_REQ_WORD, "look at another word: just type it"},
    {UI_REQ_AUDIT, "is it as private as it says, for two words?"},
    {UI_REQ_SWEEP, "which ε does what is wanted, for most words?"},
    {UI_REQ_ATTACK, "what does an observer believe who sees it?"},
    {UI_REQ_LABEL, "how does it work, what is proven of it?"},
    {UI_REQ_FORM, "all mechanisms and their parameters"},
    {UI_REQ_STEP, "one draw explained, then the next"},
    {UI_REQ_PAIR, "a word in a dense place, one in a sparse"},
    {UI_REQ_EXPLORER, "the map again"},
};

static void show_questions(struct scroll *scroll) {
    struct ui_pen pen = pen_of(scroll, 1);
    ui_pen_say(&pen, UI_STYLE_TITLE, "What can I ask?");
    scroll->row++;
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++, scroll->row++) {
        char keys[128];
        ui_keymap_names(questions[i].request, keys, sizeof keys);
        keys[strcspn(keys, " ")] = '\0';
        pen = pen_of(scroll, 1);
        pen.column = 2;
        ui_pen_say(&pen, UI_STYLE_KEY, "%s", *keys ? keys : "a–z");
        pen.column = 8;
        ui_pen_say(&pen, UI_STYLE_NORMAL, "%s", questions[i].asks);
    }
    scroll->row++;
}

static void show_group(struct scroll *scroll, const char *title) {
    scroll->row++;
    struct ui_pen pen = pen_of(scroll, 1);
    ui_pen_say(&pen, UI_STYLE_TITLE, "%s", title);
    scroll->row++;
}

static void show_requests(struct scroll *scroll) {
#define GROUP(title)                      show_group(scroll, title);
#define REQUEST(id, name, argument, help) show_request(scroll, UI_REQ_##id);
#include "ui/request.def"
#undef REQUEST
}

static void show_all(struct scroll *scroll, const struct ui_model *model) {
    char text[1024];
    show_questions(scroll);
    struct ui_pen pen = pen_of(scroll, 1);
    ui_pen_say(&pen, UI_STYLE_TITLE, "What am I looking at?");
    scroll->row++;
    for (size_t i = 0; i < sizeof story / sizeof *story; i++) {
        sign_text(model, story[i], text, sizeof text);
        show_paragraph(scroll, UI_STYLE_NORMAL, text);
    }
    show_requests(scroll);
}

/* All rows of the text in a rectangle: with everything above the top nothing is drawn. */
static int count_rows(struct ui_grid *grid, const struct ui_rect *inside,
                      const struct ui_model *model) {
    struct scroll scroll = {.grid = grid, .rect = *inside, .first = 1 << 20};
    show_all(&scroll, model);
    return scroll.row;
}

int ui_help_scroll_most(struct ui_grid *grid, const struct ui_rect *body,
                        const struct ui_model *model) {
    struct ui_rect inside = ui_frame_inside(body);
    int rows = count_rows(grid, &inside, model);
    return rows > inside.rows ? rows - inside.rows : 0;
}

void ui_view_help(struct ui_grid *grid, const struct ui_rect *body, const struct ui_model *model) {
    struct ui_rect inside = ui_frame(grid, body, "help", true), foot = ui_frame_foot(body);
    int rows = count_rows(grid, &inside, model), most = ui_help_scroll_most(grid, body, model);
    struct scroll scroll = {.grid = grid, .rect = inside};
    scroll.first = model->scroll < 0 ? 0 : model->scroll < most ? model->scroll : most;
    show_all(&scroll, model);
    struct ui_pen pen = ui_pen_at(grid, &foot);
    if (most > 0)
        ui_pen_right(&pen, UI_STYLE_DIM, " lines %d–%d of %d: arrows scroll ", scroll.first + 1,
                     scroll.first + inside.rows, rows);
}
