/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * map_rings.c - the circles of the map: distances in the embedding's units; where noise on the
 * vector lands on average (n/epsilon, in a linear picture shrunk by sqrt(2/n)); how far the
 * candidates reach.
 */
#include <math.h>
#include <stdio.h>

#include "ui/figures.h"
#include "ui/map.h"
#include "ui/pen.h"

/* 1-2-5 step that gives two to five rings. */
static double ring_step(double range) {
    double step = pow(10, floor(log10(range)));
    while (range / step > 5)
        step *= range / step > 12 ? 5 : 2;
    while (range / step < 2)
        step /= 2;
    return step;
}

static void draw_range_rings(struct ui_map *map) {
    double range = ui_map_range(map->picture), step = ring_step(range);
    for (double radius = step; radius <= range * 1.0001; radius += step)
        ui_canvas_ring(&map->canvas, ui_map_spot(map, 0, 0, 0), ui_map_rows(map, radius), 5,
                       UI_STYLE_DIM);
}

static void name_range_rings(struct ui_map *map) {
    double range = ui_map_range(map->picture), step = ring_step(range);
    for (double radius = step; radius <= range * 1.0001; radius += step) {
        char text[48];
        bool first = radius < step * 1.5 && map->area.columns >= 40;
        snprintf(text, sizeof text, first ? "%.3g away" : "%.3g", radius);
        ui_map_write_ring(map, radius, 90, UI_STYLE_DIM, text);
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

static double slot_radius(const struct ui_map *map, unsigned slot) {
    double noise = ui_slot_noise(map->model, slot);
    if (!map->flat)
        return isnan(noise)
                   ? noise
                   : noise * sqrt(2.0 / wh_embed_dim(wh_session_embed(map->model->session)));
    return isnan(noise) ? candidates_radius(map->model, slot) : noise;
}

static void draw_slot_rings(struct ui_map *map) {
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        ui_canvas_ring(&map->canvas, ui_map_spot(map, 0, 0, 0),
                       ui_map_rows(map, slot_radius(map, slot)), slot == 0 ? 1 : 2,
                       ui_slot_dim(slot));
}

/* What the coloured rings are, in the corner that a round picture leaves free. */
static void name_ring(struct ui_map *map, unsigned slot, int row) {
    char text[160], spelt[160], length[UI_NUMBER];
    double noise = ui_slot_noise(map->model, slot);
    const char *sign = ui_slot_sign(map->model, slot);
    bool wide = map->area.columns >= 56;
    ui_number_text(length, noise);
    if (isnan(noise))
        snprintf(text, sizeof text, wide ? "%s ring K: ≈ %.0f candidates" : "%s ring K ≈ %.0f",
                 sign, ui_slot_candidates(map->model, slot));
    else
        snprintf(text, sizeof text, "%s ring n/ε%s%s%s", sign, wide ? ": noise ‖η‖ ≈ " : " ≈ ",
                 length,
                 map->flat ? ""
                 : wide    ? ", as this picture shrinks it"
                           : ", shrunk");
    ui_pen_spell(spelt, sizeof spelt, text);
    struct ui_rect cells = {map->area.row + row, map->area.column, 1, ui_text_width(spelt)};
    ui_labels_take(&map->labels, &cells, UI_TAKEN_TEXT);
    ui_map_write(map, &cells, ui_slot_style(slot), spelt);
}

static void name_outside(struct ui_map *map, unsigned slot) {
    char text[128], length[UI_NUMBER];
    snprintf(text, sizeof text, "%s noise lands out here: %s%s ▸", ui_slot_sign(map->model, slot),
             map->area.columns >= 50 ? "‖η‖ ≈ " : "",
             ui_number_text(length, ui_slot_noise(map->model, slot)));
    ui_map_write_foot(map, ui_slot_style(slot), text);
}

void ui_map_name_rings(struct ui_map *map) {
    int row = 0;
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        double rows = ui_map_rows(map, slot_radius(map, slot));
        if (isnan(rows))
            continue;
        if (rows > map->area.rows / 2.0 && rows > map->area.columns / 2.0 / UI_CELL_ASPECT)
            name_outside(map, slot);
        else
            name_ring(map, slot, row++);
    }
}

/* The same name on the ring itself: colour alone would not tell it. */
static void mark_slot_rings(struct ui_map *map) {
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        bool noise = !isnan(ui_slot_noise(map->model, slot));
        if (!isnan(slot_radius(map, slot)))
            ui_map_write_ring(map, slot_radius(map, slot), noise ? 315 : 225, ui_slot_style(slot),
                              noise ? "n/ε" : "K");
    }
}

void ui_map_draw_rings(struct ui_map *map) {
    if (map->flat)
        draw_range_rings(map);
    draw_slot_rings(map);
}

void ui_map_mark_rings(struct ui_map *map) {
    if (map->flat)
        name_range_rings(map);
    mark_slot_rings(map);
}
