/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_map.c - the word and its true neighbours. Radial: every neighbour at its true distance. PCA:
 * a linear picture, turned by the camera; it shrinks n-dimensional noise by sqrt(2/n) and says so.
 * The scale follows the neighbours alone: nothing moves when only epsilon changes.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/figures.h"
#include "ui/map.h"
#include "ui/pen.h"
#include "ui/view_parts.h"

#define PICKED 0.005 /* share from which a neighbour counts as an output of a mechanism */
#define OFTEN  0.05  /* share from which its mark is large */

/* ---- noise that fell ---- */

static void draw_splash(struct ui_map *map, unsigned slot, const struct wh_splash *splash) {
    struct ui_spot spot = ui_map_spot(map, splash->x, splash->y, splash->z);
    bool ascii = ui_charset() == UI_CHARSET_ASCII;
    if (!ui_map_inside(map, spot))
        spot = ui_map_edge(map, spot);
    ui_put(map->grid, &map->area, (int)floor(spot.row), (int)floor(spot.column), ui_slot_dim(slot),
           ascii ? "*" : "⋄");
}

static void draw_splashes(struct ui_map *map) {
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        const struct wh_slot_snapshot *snapshot = &map->model->slot[slot];
        for (uint32_t i = 0; ui_slot_ready(map->model, slot) && i < snapshot->splash_count; i++)
            draw_splash(map, slot, &snapshot->splashes[i]);
    }
}

/* ---- the words ---- */

/* What stands at a word's true place: a dot, or the signs of the mechanisms that put it out. */
struct word_mark {
    struct ui_label_mark at;
    bool picked[WH_WORKER_SLOTS], often[WH_WORKER_SLOTS], traced;
};

static bool was_traced(const struct ui_model *model, uint32_t id) {
    for (unsigned slot = 0; model->stepping && slot < WH_WORKER_SLOTS; slot++)
        if (model->trace[slot].mech.spec.mech && model->trace[slot].trace.output == id)
            return true;
    return false;
}

static struct word_mark mark_of(const struct ui_map *map, const struct wh_point *point) {
    struct word_mark mark = {.traced = was_traced(map->model, point->id)};
    struct ui_spot spot = ui_map_spot(map, point->x, point->y, point->z);
    mark.at = (struct ui_label_mark){(int)floor(spot.row), (int)floor(spot.column), 0,
                                     spot.column >= map->center.column ? 1 : -1};
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        double share = ui_share_word(map->model, slot, point->id).p;
        mark.picked[slot] = share >= PICKED;
        mark.often[slot] = share >= OFTEN;
        mark.at.width += mark.picked[slot];
    }
    if (mark.at.width == 0)
        mark.at.width = 1;
    return mark;
}

static const char *slot_mark(const struct ui_map *map, unsigned slot, bool often) {
    static const char *const small[WH_WORKER_SLOTS] = {"◇", "•"};
    bool ascii = ui_charset() == UI_CHARSET_ASCII;
    return often || ascii ? ui_slot_sign(map->model, slot) : small[slot];
}

static void draw_mark(struct ui_map *map, const struct word_mark *mark) {
    int column = mark->at.column;
    bool any = false;
    for (unsigned slot = WH_WORKER_SLOTS; slot-- > 0;) {
        if (!mark->picked[slot])
            continue;
        ui_put(map->grid, &map->area, mark->at.row, column, ui_slot_style(slot),
               slot_mark(map, slot, mark->often[slot]));
        column++;
        any = true;
    }
    if (!any)
        ui_put(map->grid, &map->area, mark->at.row, column, UI_STYLE_NEAR,
               ui_charset() == UI_CHARSET_ASCII ? "." : "·");
}

static void take_mark(struct ui_map *map, const struct word_mark *mark) {
    struct ui_rect cells = {mark->at.row, mark->at.column, 1, mark->at.width};
    ui_labels_take(&map->labels, &cells, UI_TAKEN_DOT);
}

static enum ui_style word_style(const struct ui_map *map, const struct wh_point *point,
                                const struct word_mark *mark) {
    const char *word = ui_word(map->model, point->id);
    if (mark->traced || (*map->model->search && strstr(word, map->model->search)))
        return UI_STYLE_SELECT;
    if (mark->picked[1])
        return ui_slot_style(1);
    if (mark->picked[0])
        return ui_slot_style(0);
    return point->rank <= 10 ? UI_STYLE_NEAR : UI_STYLE_DIM;
}

static void draw_word(struct ui_map *map, const struct wh_point *point) {
    struct word_mark mark = mark_of(map, point);
    struct ui_rect cells;
    const char *word = ui_word(map->model, point->id);
    int width = ui_text_width(word), most = map->area.columns / 4 > 8 ? map->area.columns / 4 : 8;
    if (!ui_map_inside(map, ui_map_spot(map, point->x, point->y, point->z)) ||
        ui_labels_at(&map->labels, mark.at.row, mark.at.column) == UI_TAKEN_TEXT)
        return;
    draw_mark(map, &mark);
    if (width > 0 && ui_labels_place(&map->labels, &mark.at, width < most ? width : most, &cells))
        ui_map_write(map, &cells, word_style(map, point, &mark), word);
}

/* Why the middle of the picture is empty. */
static void draw_gap(struct ui_map *map, int row, int column) {
    const struct wh_near_result *near = &map->model->place.near;
    char number[UI_NUMBER], text[64];
    if (!map->flat || near->count == 0 || map->area.columns < 56)
        return;
    int width = snprintf(text, sizeof text, "no word nearer than %s",
                         ui_number_text(number, near->items[0].distance));
    struct ui_rect cells = {row, column - width / 2, 1, width};
    if (width + 8 > 2 * UI_CELL_ASPECT * ui_map_rows(map, near->items[0].distance) ||
        !ui_labels_free(&map->labels, &cells))
        return;
    ui_labels_take(&map->labels, &cells, UI_TAKEN_TEXT);
    ui_map_write(map, &cells, UI_STYLE_DIM, text);
}

/* The word itself, in brackets so that it stands out without colour too. */
static void draw_center(struct ui_map *map) {
    struct ui_spot spot = ui_map_spot(map, 0, 0, 0);
    const char *word = ui_word(map->model, map->picture->word);
    int width = ui_text_width(word), most = map->area.columns / 3;
    width = width < most ? width : most;
    struct ui_rect cells = {(int)floor(spot.row), (int)floor(spot.column) - (width + 2) / 2, 1,
                            width + 2};
    struct ui_rect name = {cells.row, cells.column + 1, 1, width};
    if (!ui_labels_free(&map->labels, &cells))
        return;
    ui_labels_take(&map->labels, &cells, UI_TAKEN_TEXT);
    ui_map_write(map, &cells, UI_STYLE_STRONG, "[");
    struct ui_pen pen = ui_pen_at(map->grid, &name);
    ui_pen_word(&pen, UI_STYLE_STRONG, width, word);
    ui_put(map->grid, &map->area, cells.row, name.column + width, UI_STYLE_STRONG, "]");
    draw_gap(map, cells.row + 1, (int)floor(spot.column));
}

static void take_marks(struct ui_map *map) {
    for (uint32_t i = 1; i < map->picture->count; i++) {
        struct word_mark mark = mark_of(map, &map->picture->points[i]);
        take_mark(map, &mark);
    }
}

static void draw_words(struct ui_map *map) {
    for (uint32_t i = 1; i < map->picture->count; i++)
        draw_word(map, &map->picture->points[i]);
}

/* ---- one draw ---- */

static bool trace_spot(const struct ui_map *map, unsigned slot, struct ui_spot *spot) {
    const struct wh_trace_result *trace = &map->model->trace[slot];
    double x, y, z;
    if (!map->model->stepping || !trace->mech.spec.mech || !trace->point)
        return false;
    wh_space_place(map->picture, wh_embed_dim(wh_session_embed(map->model->session)), trace->point,
                   &x, &y, &z);
    *spot = ui_map_spot(map, x, y, z);
    return true;
}

static void draw_trace_lines(struct ui_map *map) {
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        struct ui_spot spot;
        if (trace_spot(map, slot, &spot))
            ui_canvas_line(&map->canvas, ui_map_spot(map, 0, 0, 0),
                           ui_map_inside(map, spot) ? spot : ui_map_edge(map, spot), 1,
                           ui_slot_style(slot));
    }
}

static void draw_trace_points(struct ui_map *map) {
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        struct ui_spot spot;
        struct ui_rect cells;
        if (!trace_spot(map, slot, &spot))
            continue;
        bool out = !ui_map_inside(map, spot);
        spot = out ? ui_map_edge(map, spot) : spot;
        const char *text = out ? "noisy point is farther out" : "noisy point";
        struct ui_label_mark mark = {(int)floor(spot.row), (int)floor(spot.column), 1,
                                     (spot.column >= map->center.column) == out ? -1 : 1};
        struct ui_rect sign = {mark.row, mark.column, 1, 1};
        ui_labels_take(&map->labels, &sign, UI_TAKEN_DOT);
        ui_put(map->grid, &map->area, mark.row, mark.column, ui_slot_style(slot),
               ui_slot_sign(map->model, slot));
        if (ui_labels_place(&map->labels, &mark, ui_text_width(text), &cells))
            ui_map_write(map, &cells, ui_slot_style(slot), text);
    }
}

/* ---- the whole ---- */

static void title_text(const struct ui_model *model, int columns, char out[256]) {
    const struct wh_map_picture *picture = &model->place.picture;
    const char *name = wh_map_name(model->params.map);
    char place[64] = "", share[UI_NUMBER], kept[128];
    ui_percent_text(share, picture->variance_kept);
    share[strcspn(share, ".")] = '\0';
    if (columns >= 76 && model->params.map == WH_MAP_RADIAL)
        snprintf(place, sizeof place, ": true distance from %.40s",
                 ui_word(model, model->params.word));
    snprintf(kept, sizeof kept,
             columns < 34   ? " %s%% var, %u/%u"
             : columns < 66 ? " · %s%% var, %u/%u kept"
                            : " · %s %% of variance, %u of %u neighbours kept",
             share, picture->neighbours_kept, picture->kept_of);
    snprintf(out, 256, "%s%s%s%s", columns < 34 ? "" : "map · ", name, place,
             model->place_fresh ? kept : "");
}

/* What the signs mean, in the lower border. */
static void draw_legend(struct ui_grid *grid, const struct ui_rect *rect,
                        const struct ui_model *model) {
    struct ui_rect foot = ui_frame_foot(rect);
    struct ui_pen pen = ui_pen_at(grid, &foot);
    bool ascii = ui_charset() == UI_CHARSET_ASCII;
    if (foot.columns < 50)
        return;
    ui_pen_say(&pen, UI_STYLE_DIM, " %s neighbour ", ascii ? "." : "·");
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        const struct wh_mech *mech = ui_slot_mech(model, slot);
        if (!mech || ui_pen_columns_left(&pen) < 10 + ui_text_width(mech->brief))
            continue;
        ui_pen_say(&pen, ui_slot_style(slot), " %s", ui_slot_sign(model, slot));
        ui_pen_say(&pen, UI_STYLE_DIM, " %s picks ", mech->brief);
        if (mech->vector_noise && ui_pen_columns_left(&pen) >= 13) {
            ui_pen_say(&pen, ui_slot_dim(slot), " %s", ascii ? "*" : "⋄");
            ui_pen_say(&pen, UI_STYLE_DIM, " its noise ");
        }
    }
}

static void draw_shrink_note(struct ui_map *map) {
    uint32_t dim = wh_embed_dim(wh_session_embed(map->model->session));
    char text[160];
    if (map->flat)
        return;
    snprintf(text, sizeof text,
             map->area.columns >= 70
                 ? "a linear picture shrinks %u-dimensional noise by √(2/n) = %.2f; radial does not"
                 : "%u-d noise shrunk by √(2/n) = %.2f",
             dim, sqrt(2.0 / dim));
    ui_map_write_foot(map, UI_STYLE_DIM, text);
}

static void draw_picture(struct ui_map *map) {
    ui_map_fit(map);
    ui_map_draw_rings(map);
    draw_trace_lines(map);
    ui_canvas_paint(&map->canvas, map->grid);
    draw_splashes(map);
    draw_center(map);
    draw_shrink_note(map);
    ui_map_name_rings(map);
    draw_trace_points(map);
    take_marks(map);
    ui_map_mark_rings(map);
    draw_words(map);
}

void ui_draw_map(struct ui_grid *grid, const struct ui_rect *rect, const struct ui_model *model) {
    char title[256];
    title_text(model, rect->columns, title);
    struct ui_map map = {.grid = grid, .model = model, .picture = &model->place.picture};
    map.area = ui_frame(grid, rect, title, model->focus == UI_FOCUS_MAP);
    map.camera =
        (struct ui_camera){model->yaw, model->pitch, model->zoom, model->pan_x, model->pan_y};
    map.flat = model->params.map == WH_MAP_RADIAL;
    draw_legend(grid, rect, model);
    if (!model->place_fresh || !map.picture->points || map.area.rows < 3) {
        struct ui_pen pen = ui_pen_at(grid, &map.area);
        ui_pen_wrap(&pen, UI_STYLE_DIM, 2, "looking for the neighbours");
        return;
    }
    if (ui_labels_open(&map.labels, &map.area) == WH_OK &&
        ui_canvas_open(&map.canvas, &map.area) == WH_OK)
        draw_picture(&map);
    ui_labels_close(&map.labels);
    ui_canvas_close(&map.canvas);
}
