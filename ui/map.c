/* SPDX-License-Identifier: GPL-3.0-or-later */
/* map.c - from units of the embedding to cells, and text between the points. */
#include "ui/map.h"

#include <math.h>

#include "ui/pen.h"

double ui_map_range(const struct wh_map_picture *picture) {
    double range = 0;
    for (uint32_t i = 0; i < picture->count; i++) {
        const struct wh_point *point = &picture->points[i];
        range = fmax(range, hypot(hypot(point->x, point->y), point->z));
    }
    return range > 0 ? range : 1;
}

/* Leaves columns at both sides for the words of the outermost dots. */
void ui_map_fit(struct ui_map *map) {
    int margin = map->area.columns / 8 < 9 ? map->area.columns / 8 : 9;
    double rows = (map->area.rows - 1) / 2.0;
    double columns = (map->area.columns - 1 - 2 * margin) / (2 * UI_CELL_ASPECT);
    map->scale = fmax(fmin(rows, columns), 0.5) / ui_map_range(map->picture);
    map->center = (struct ui_spot){map->area.row + map->area.rows / 2.0,
                                   map->area.column + map->area.columns / 2.0};
}

struct ui_spot ui_map_spot(const struct ui_map *map, double x, double y, double z) {
    const double point[3] = {x, y, z};
    struct ui_seen seen = ui_camera_see(&map->camera, map->flat, point);
    return (struct ui_spot){map->center.row - seen.y * map->scale,
                            map->center.column + seen.x * map->scale * UI_CELL_ASPECT};
}

double ui_map_rows(const struct ui_map *map, double distance) {
    return distance * map->scale * (map->camera.zoom > 0 ? map->camera.zoom : 1);
}

bool ui_map_inside(const struct ui_map *map, struct ui_spot spot) {
    return spot.row >= map->area.row && spot.row < map->area.row + map->area.rows &&
           spot.column >= map->area.column && spot.column < map->area.column + map->area.columns;
}

struct ui_spot ui_map_edge(const struct ui_map *map, struct ui_spot spot) {
    struct ui_spot from = map->center;
    double rows = map->area.rows / 2.0 - 0.5, columns = map->area.columns / 2.0 - 0.5;
    double share = fmax(fabs(spot.row - from.row) / fmax(rows, 0.5),
                        fabs(spot.column - from.column) / fmax(columns, 0.5));
    return (struct ui_spot){from.row + (spot.row - from.row) / share,
                            from.column + (spot.column - from.column) / share};
}

void ui_map_write(struct ui_map *map, const struct ui_rect *cells, enum ui_style style,
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

bool ui_map_write_ring(struct ui_map *map, double radius, double angle, enum ui_style style,
                       const char *text) {
    char spelt[128];
    ui_pen_spell(spelt, sizeof spelt, text);
    struct ui_spot word = ui_map_spot(map, 0, 0, 0);
    for (int i = 0; i < 24; i++) {
        double turn = (angle + (i % 2 ? -15.0 : 15.0) * ((i + 1) / 2)) * M_PI / 180;
        int width = ui_text_width(spelt);
        double column = word.column + UI_CELL_ASPECT * ui_map_rows(map, radius) * cos(turn);
        struct ui_rect cells = {(int)floor(word.row - ui_map_rows(map, radius) * sin(turn)),
                                (int)floor(column) - width / 2, 1, width};
        if (!ui_labels_free(&map->labels, &cells))
            continue;
        ui_labels_take(&map->labels, &cells, UI_TAKEN_TEXT);
        ui_map_write(map, &cells, style, spelt);
        return true;
    }
    return false;
}

void ui_map_write_foot(struct ui_map *map, enum ui_style style, const char *text) {
    char spelt[256];
    ui_pen_spell(spelt, sizeof spelt, text);
    int width = ui_text_width(spelt);
    struct ui_rect cells = map->area;
    cells = ui_rect_right(&cells, width < cells.columns ? width : cells.columns);
    for (int row = map->area.rows - 1; row >= 0; row--) {
        cells.row = map->area.row + row;
        cells.rows = 1;
        if (!ui_labels_free(&map->labels, &cells))
            continue;
        ui_labels_take(&map->labels, &cells, UI_TAKEN_TEXT);
        ui_map_write(map, &cells, style, spelt);
        return;
    }
}
