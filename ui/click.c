/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * click.c - what is under the pointer is read off the grid: a run of cells of one style without
 * blanks, if it is one of the words that are shown.
 */
#include "ui/click.h"

#include <string.h>

#define WHEEL_ROWS 3

static const struct ui_cell *cell_of(const struct ui_grid *grid, int row, int column) {
    return &grid->cells[(size_t)row * (size_t)grid->columns + (size_t)column];
}

/* A neighbour or an output: what the views write as a word. The word "noise" of a legend is none.
 */
static bool is_shown(const struct ui_model *model, uint32_t word) {
    for (uint32_t i = 0; model->place_fresh && i < model->place.near.count; i++)
        if (model->place.near.items[i].id == word)
            return true;
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        for (uint32_t i = 0; i < model->slot[slot].sim.count; i++)
            if (model->slot[slot].sim.items[i].id == word)
                return true;
    return false;
}

static bool same_run(const struct ui_grid *grid, int row, int column, int from) {
    if (column < 0 || column >= grid->columns)
        return false;
    const struct ui_cell *cell = cell_of(grid, row, column);
    return cell->style == cell_of(grid, row, from)->style && strcmp(cell->text, " ") != 0;
}

/* The text around a cell, at most size - 1 bytes. */
static void text_at(const struct ui_grid *grid, int row, int column, char *out, size_t size) {
    int first = column, last = column;
    size_t length = 0;
    while (same_run(grid, row, first - 1, column))
        first--;
    while (same_run(grid, row, last + 1, column))
        last++;
    out[0] = '\0';
    for (int at = first; at <= last; at++) {
        size_t bytes = strlen(cell_of(grid, row, at)->text);
        if (length + bytes >= size)
            return;
        memcpy(out + length, cell_of(grid, row, at)->text, bytes + 1);
        length += bytes;
    }
}

static void click(struct ui_app *app, int row, int column) {
    char text[256];
    if (row < 0 || row >= app->grid.rows || column < 0 || column >= app->grid.columns)
        return;
    text_at(&app->grid, row, column, text, sizeof text);
    uint32_t word = wh_embed_find(wh_session_embed(app->session), text);
    if (word == WH_NONE || !is_shown(&app->model, word))
        return;
    struct ui_params params = app->model.params;
    params.word = word;
    ui_app_change(app, &params);
}

void ui_app_click(struct ui_app *app, const struct ui_event *event) {
    app->model.message[0] = '\0';
    app->dirty = true;
    if (event->wheel == 0)
        click(app, event->row, event->column);
    else if (app->model.view == UI_VIEW_MAIN)
        (void)ui_app_do(app, UI_REQ_ZOOM, event->wheel < 0 ? "in" : "out");
    else
        for (int i = 0; i < WHEEL_ROWS; i++)
            (void)ui_app_do(app, UI_REQ_SCROLL, event->wheel < 0 ? "up" : "down");
}
