/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_map.c - the word and its true neighbours. Radial: every neighbour at its true distance. PCA: a
 * linear picture, turned by the camera; it shrinks n-dimensional noise by sqrt(2/n) and says so.
 * The scale follows the neighbours alone: nothing moves when only epsilon changes.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/camera.h"
#include "ui/figures.h"
#include "ui/map_label.h"
#include "ui/pen.h"
#include "ui/plot.h"
#include "ui/view_parts.h"

#define PICKED 0.005 /* share from which a neighbour counts as an output of a mechanism */
#define OFTEN 0.05   /* share from which its mark is large */

struct map {
    struct ui_grid *grid;
    const struct ui_model *model;
    const struct wh_map_picture *picture;
    struct ui_rect area;
    struct ui_camera camera;
    bool flat;
    struct ui_spot center; /* of the word before panning */
    double scale;          /* rows a unit of distance */
    struct ui_labels labels;
    struct ui_canvas canvas;
};

/* ---- geometry ---- */

static double picture_range(const struct wh_map_picture *picture) {
    double range = 0;
    for (uint32_t i = 0; i < picture->count; i++) {
        const struct wh_point *point = &picture->points[i];
        range = fmax(range, hypot(hypot(point->x, point->y), point->z));
    }
    return range > 0 ? range : 1;
}

/* Leaves columns at both sides for the words of the outermost dots. */
static void set_scale(struct map *map) {
    int margin = map->area.columns / 8 < 9 ? map->area.columns / 8 : 9;
    double rows = (map->area.rows - 1) / 2.0;
    double columns = (map->area.columns - 1 - 2 * margin) / (2 * UI_CELL_ASPECT);
    map->scale = fmax(fmin(rows, columns), 0.5) / picture_range(map->picture);
    map->center = (struct ui_spot){map->area.row + map->area.rows / 2.0,
                                   map->area.column + map->area.columns / 2.0};
}

static struct ui_spot spot_of(const struct map *map, double x, double y, double z) {
    const double point[3] = {x, y, z};
    struct ui_seen seen = ui_camera_see(&map->camera, map->flat, point);
    return (struct ui_spot){map->center.row - seen.y * map->scale,
                            map->center.column + seen.x * map->scale * UI_CELL_ASPECT};
}

static double rows_of(const struct map *map, double distance) {
    return distance * map->scale * (map->camera.zoom > 0 ? map->camera.zoom : 1);
}

static bool inside(const struct map *map, struct ui_spot spot) {
    return spot.row >= map->area.row && spot.row < map->area.row + map->area.rows &&
           spot.column >= map->area.column && spot.column < map->area.column + map->area.columns;
}

/* Where the line from the word to a spot outside leaves the area. */
static struct ui_spot at_edge(const struct map *map, struct ui_spot spot) {
    struct ui_spot from = map->center;
    double rows = map->area.rows / 2.0 - 0.5, columns = map->area.columns / 2.0 - 0.5;
    double share = fmax(fabs(spot.row - from.row) / fmax(rows, 0.5),
                        fabs(spot.column - from.column) / fmax(columns, 0.5));
    return (struct ui_spot){from.row + (spot.row - from.row) / share,
                            from.column + (spot.column - from.column) / share};
}

/* ---- text on the map ---- */

/* Text on taken cells, with a blank at both ends where no dot is, so that rings do not touch it. */
static void write_text(struct map *map, const struct ui_rect *cells, enum ui_style style,
                       const char *text) {
    for (int side = 0; side < 2; side++) {
        int column = side ? cells->column + cells->columns : cells->column - 1;
        if (ui_labels_at(&map->labels, cells->row, column) == UI_TAKEN_NOT)
            ui_put(map->grid, &map->area, cells->row, column, UI_STYLE_NORMAL, " ");
    }
    struct ui_rect visible = *cells;
    struct ui_pen pen = ui_pen_at(map->grid, &visible);
    ui_pen_word(&pen, style, cells->columns, text);
}

/* Text on a circle around the word, at the first free place from an angle (degrees) on. */
static bool text_on_ring(struct map *map, double radius, double angle, enum ui_style style,
                         const char *text) {
    char spelt[128];
    ui_pen_spell(spelt, sizeof spelt, text);
    struct ui_spot word = spot_of(map, 0, 0, 0);
    for (int i = 0; i < 24; i++) {
        double turn = (angle + (i % 2 ? -15.0 : 15.0) * ((i + 1) / 2)) * M_PI / 180;
        int width = ui_text_width(spelt);
        double column = word.column + UI_CELL_ASPECT * rows_of(map, radius) * cos(turn);
        struct ui_rect cells = {(int)floor(word.row - rows_of(map, radius) * sin(turn)),
                                (int)floor(column) - width / 2, 1, width};
        if (!ui_labels_free(&map->labels, &cells))
            continue;
        ui_labels_take(&map->labels, &cells, UI_TAKEN_TEXT);
        write_text(map, &cells, style, spelt);
        return true;
    }
    return false;
}

/* Text at the right end of the last row. */
static void text_at_foot(struct map *map, enum ui_style style, const char *text) {
    struct ui_rect rest = map->area, row = ui_rect_bottom(&rest, 1);
    char spelt[256];
    ui_pen_spell(spelt, sizeof spelt, text);
    int width = ui_text_width(spelt);
    struct ui_rect cells = ui_rect_right(&row, width < row.columns ? width : row.columns);
    ui_labels_take(&map->labels, &cells, UI_TAKEN_TEXT);
    write_text(map, &cells, style, spelt);
}

/* ---- rings ---- */

/* 1-2-5 step that gives two to five rings. */
static double ring_step(double range) {
    double step = pow(10, floor(log10(range)));
    while (range / step > 5)
        step *= range / step > 12 ? 5 : 2;
    while (range / step < 2)
        step /= 2;
    return step;
}

static void draw_range_rings(struct map *map) {
    double range = picture_range(map->picture), step = ring_step(range);
    for (double radius = step; radius <= range * 1.0001; radius += step)
        ui_canvas_ring(&map->canvas, spot_of(map, 0, 0, 0), rows_of(map, radius), 5, UI_STYLE_DIM);
}

static void name_range_rings(struct map *map) {
    double range = picture_range(map->picture), step = ring_step(range);
    for (double radius = step; radius <= range * 1.0001; radius += step) {
        char text[48];
        bool first = radius < step * 1.5 && map->area.columns >= 40;
        snprintf(text, sizeof text, first ? "%.3g away" : "%.3g", radius);
        text_on_ring(map, radius, 90, UI_STYLE_DIM, text);
    }
}

/* Radius of the circle that holds the mean number of candidates (the word is one of them). */
static double candidates_radius(const struct ui_model *model, unsigned slot) {
    double mean = ui_slot_candidates(model, slot);
    const struct wh_near_result *near = &model->place.near;
    if (isnan(mean) || mean < 2 || mean >= near->count)
        return (double)NAN;
    uint32_t last = (uint32_t)lround(mean) - 1; /* rank of the farthest candidate */
    return (near->items[last - 1].distance + near->items[last].distance) / 2;
}

static double slot_radius(const struct map *map, unsigned slot) {
    double noise = ui_slot_noise(map->model, slot);
    if (!map->flat)
        return isnan(noise) ? noise : noise * sqrt(2.0 / wh_embed_dim(wh_session_embed(map->model->session)));
    return isnan(noise) ? candidates_radius(map->model, slot) : noise;
}

static void draw_slot_rings(struct map *map) {
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        ui_canvas_ring(&map->canvas, spot_of(map, 0, 0, 0), rows_of(map, slot_radius(map, slot)),
                       slot == 0 ? 1 : 2, ui_slot_dim(slot));
}

/* What the coloured rings are, in the corner that a round picture leaves free. */
static void name_ring(struct map *map, unsigned slot, int row) {
    char text[160], spelt[160], length[UI_NUMBER];
    double noise = ui_slot_noise(map->model, slot);
    const char *sign = ui_slot_sign(map->model, slot);
    bool wide = map->area.columns >= 56;
    ui_number_text(length, noise);
    if (isnan(noise))
        snprintf(text, sizeof text, "%s ring: K ≈ %.0f%s", sign,
                 ui_slot_candidates(map->model, slot), wide ? " candidates" : "");
    else
        snprintf(text, sizeof text, "%s ring: %s%s%s", sign, wide ? "noise ‖η‖ ≈ " : "noise ",
                 length, map->flat ? "" : wide ? ", as this picture shrinks it" : ", shrunk");
    ui_pen_spell(spelt, sizeof spelt, text);
    struct ui_rect cells = {map->area.row + row, map->area.column, 1, ui_text_width(spelt)};
    ui_labels_take(&map->labels, &cells, UI_TAKEN_TEXT);
    write_text(map, &cells, ui_slot_style(slot), spelt);
}

static void name_outside(struct map *map, unsigned slot) {
    char text[128], length[UI_NUMBER];
    snprintf(text, sizeof text, "%s noise lands out here: %s%s ▸", ui_slot_sign(map->model, slot),
             map->area.columns >= 50 ? "‖η‖ ≈ " : "",
             ui_number_text(length, ui_slot_noise(map->model, slot)));
    text_at_foot(map, ui_slot_style(slot), text);
}

static void name_slot_rings(struct map *map) {
    int row = 0;
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        double rows = rows_of(map, slot_radius(map, slot));
        if (isnan(rows))
            continue;
        if (rows > map->area.rows / 2.0 && rows > map->area.columns / 2.0 / UI_CELL_ASPECT)
            name_outside(map, slot);
        else
            name_ring(map, slot, row++);
    }
}

/* ---- noise that fell ---- */

static void draw_splash(struct map *map, unsigned slot, const struct wh_splash *splash) {
    struct ui_spot spot = spot_of(map, splash->x, splash->y, splash->z);
    bool ascii = ui_charset() == UI_CHARSET_ASCII;
    if (!inside(map, spot))
        spot = at_edge(map, spot);
    ui_put(map->grid, &map->area, (int)floor(spot.row), (int)floor(spot.column),
           ui_slot_dim(slot), ascii ? "*" : "⋄");
}

static void draw_splashes(struct map *map) {
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

static struct word_mark mark_of(const struct map *map, const struct wh_point *point) {
    struct word_mark mark = {.traced = was_traced(map->model, point->id)};
    struct ui_spot spot = spot_of(map, point->x, point->y, point->z);
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

static const char *slot_mark(const struct map *map, unsigned slot, bool often) {
    static const char *const small[WH_WORKER_SLOTS] = {"⬩", "•"};
    bool ascii = ui_charset() == UI_CHARSET_ASCII;
    return often || ascii ? ui_slot_sign(map->model, slot) : small[slot];
}

static void draw_mark(struct map *map, const struct word_mark *mark) {
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

static void take_mark(struct map *map, const struct word_mark *mark) {
    struct ui_rect cells = {mark->at.row, mark->at.column, 1, mark->at.width};
    ui_labels_take(&map->labels, &cells, UI_TAKEN_DOT);
}

static enum ui_style word_style(const struct map *map, const struct wh_point *point,
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

static void draw_word(struct map *map, const struct wh_point *point) {
    struct word_mark mark = mark_of(map, point);
    struct ui_rect cells;
    const char *word = ui_word(map->model, point->id);
    int width = ui_text_width(word), most = map->area.columns / 4 > 8 ? map->area.columns / 4 : 8;
    if (!inside(map, spot_of(map, point->x, point->y, point->z)) ||
        ui_labels_at(&map->labels, mark.at.row, mark.at.column) == UI_TAKEN_TEXT)
        return;
    draw_mark(map, &mark);
    if (width > 0 && ui_labels_place(&map->labels, &mark.at, width < most ? width : most, &cells))
        write_text(map, &cells, word_style(map, point, &mark), word);
}

/* The word itself, in brackets so that it stands out without colour too. */
static void draw_center(struct map *map) {
    struct ui_spot spot = spot_of(map, 0, 0, 0);
    const char *word = ui_word(map->model, map->picture->word);
    int width = ui_text_width(word), most = map->area.columns / 3;
    width = width < most ? width : most;
    struct ui_rect cells = {(int)floor(spot.row), (int)floor(spot.column) - (width + 2) / 2, 1,
                            width + 2};
    struct ui_rect name = {cells.row, cells.column + 1, 1, width};
    if (!ui_labels_free(&map->labels, &cells))
        return;
    ui_labels_take(&map->labels, &cells, UI_TAKEN_TEXT);
    write_text(map, &cells, UI_STYLE_STRONG, "[");
    struct ui_pen pen = ui_pen_at(map->grid, &name);
    ui_pen_word(&pen, UI_STYLE_STRONG, width, word);
    ui_put(map->grid, &map->area, cells.row, name.column + width, UI_STYLE_STRONG, "]");
}

static void draw_words(struct map *map) {
    for (uint32_t i = 1; i < map->picture->count; i++) {
        struct word_mark mark = mark_of(map, &map->picture->points[i]);
        take_mark(map, &mark);
    }
    for (uint32_t i = 1; i < map->picture->count; i++)
        draw_word(map, &map->picture->points[i]);
}

/* ---- one draw ---- */

static bool trace_spot(const struct map *map, unsigned slot, struct ui_spot *spot) {
    const struct wh_trace_result *trace = &map->model->trace[slot];
    double x, y, z;
    if (!map->model->stepping || !trace->mech.spec.mech || !trace->point)
        return false;
    wh_space_place(map->picture, wh_embed_dim(wh_session_embed(map->model->session)), trace->point,
                   &x, &y, &z);
    *spot = spot_of(map, x, y, z);
    return true;
}

static void draw_trace_lines(struct map *map) {
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        struct ui_spot spot;
        if (trace_spot(map, slot, &spot))
            ui_canvas_line(&map->canvas, spot_of(map, 0, 0, 0),
                           inside(map, spot) ? spot : at_edge(map, spot), 1, ui_slot_style(slot));
    }
}

static void draw_trace_points(struct map *map) {
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        struct ui_spot spot;
        struct ui_rect cells;
        if (!trace_spot(map, slot, &spot))
            continue;
        bool out = !inside(map, spot);
        spot = out ? at_edge(map, spot) : spot;
        const char *text = out ? "noisy point is farther out" : "noisy point";
        struct ui_label_mark mark = {(int)floor(spot.row), (int)floor(spot.column), 1,
                                     (spot.column >= map->center.column) == out ? -1 : 1};
        struct ui_rect sign = {mark.row, mark.column, 1, 1};
        ui_labels_take(&map->labels, &sign, UI_TAKEN_DOT);
        ui_put(map->grid, &map->area, mark.row, mark.column, ui_slot_style(slot),
               ui_slot_sign(map->model, slot));
        if (ui_labels_place(&map->labels, &mark, ui_text_width(text), &cells))
            write_text(map, &cells, ui_slot_style(slot), text);
    }
}

/* ---- the whole ---- */

static void title_text(const struct ui_model *model, int columns, char out[256]) {
    const struct wh_map_picture *picture = &model->place.picture;
    const char *name = wh_map_name(model->params.map);
    const char *word = ui_word(model, model->params.word);
    if (!model->place_fresh)
        snprintf(out, 256, "map · %s", name);
    else if (columns < 56)
        snprintf(out, 256, columns < 34 ? "%s %.0f%% var, %u/%u" : "map · %s · %.0f%% var, %u/%u kept",
                 name, 100 * picture->variance_kept, picture->neighbours_kept, picture->kept_of);
    else if (columns < 76 || model->params.map != WH_MAP_RADIAL)
        snprintf(out, 256, "map · %s · %.0f %% of variance, %u of %u neighbours kept", name,
                 100 * picture->variance_kept, picture->neighbours_kept, picture->kept_of);
    else
        snprintf(out, 256, "map · %s: true distance from %.40s · %.0f %% of variance, %u of %u neighbours kept",
                 name, word, 100 * picture->variance_kept, picture->neighbours_kept,
                 picture->kept_of);
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
        if (!mech || ui_pen_columns_left(&pen) < 22)
            continue;
        ui_pen_say(&pen, ui_slot_style(slot), " %s", ui_slot_sign(model, slot));
        ui_pen_say(&pen, UI_STYLE_DIM, " %s picks it ", mech->brief);
        if (mech->vector_noise && ui_pen_columns_left(&pen) >= 18) {
            ui_pen_say(&pen, ui_slot_dim(slot), " %s", ascii ? "*" : "⋄");
            ui_pen_say(&pen, UI_STYLE_DIM, " noise fell here ");
        }
    }
}

static void draw_shrink_note(struct map *map) {
    uint32_t dim = wh_embed_dim(wh_session_embed(map->model->session));
    char text[160];
    if (map->flat)
        return;
    snprintf(text, sizeof text,
             map->area.columns >= 70
                 ? "a linear picture shrinks %u-dimensional noise by √(2/n) = %.2f; radial does not"
                 : "%u-d noise shrunk by √(2/n) = %.2f",
             dim, sqrt(2.0 / dim));
    text_at_foot(map, UI_STYLE_DIM, text);
}

static void draw_picture(struct map *map) {
    set_scale(map);
    if (map->flat)
        draw_range_rings(map);
    draw_slot_rings(map);
    draw_trace_lines(map);
    ui_canvas_paint(&map->canvas, map->grid);
    draw_splashes(map);
    draw_center(map);
    draw_shrink_note(map);
    name_slot_rings(map);
    draw_trace_points(map);
    if (map->flat)
        name_range_rings(map);
    draw_words(map);
}

void ui_draw_map(struct ui_grid *grid, const struct ui_rect *rect, const struct ui_model *model) {
    char title[256];
    title_text(model, rect->columns, title);
    struct map map = {.grid = grid, .model = model, .picture = &model->place.picture};
    map.area = ui_frame(grid, rect, title, model->focus == UI_FOCUS_MAP);
    map.camera = (struct ui_camera){model->yaw, model->pitch, model->zoom, model->pan_x, model->pan_y};
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
