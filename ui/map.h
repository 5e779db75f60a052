/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * map.h - the picture being drawn: where its points fall on the cells, and text that keeps clear of
 * other text. view_map.c draws with it, map_rings.c the circles.
 */
#ifndef UI_MAP_H
#define UI_MAP_H

#include "ui/camera.h"
#include "ui/map_label.h"
#include "ui/model.h"
#include "ui/plot.h"

struct ui_map {
    struct ui_grid *grid;
    const struct ui_model *model;
    const struct wh_map_picture *picture;
    struct ui_rect area;
    struct ui_camera camera;
    bool flat;             /* radial: distances from the word are true, and it never turns */
    struct ui_spot center; /* of the word before panning */
    double scale;          /* rows a unit of distance */
    struct ui_labels labels;
    struct ui_canvas canvas;
};

/* Distance of the farthest point, the same however the camera turns. */
double ui_map_range(const struct wh_map_picture *picture);
void ui_map_fit(struct ui_map *map); /* center and scale, from area and picture */
struct ui_spot ui_map_spot(const struct ui_map *map, double x, double y, double z);
double ui_map_rows(const struct ui_map *map, double distance);
bool ui_map_inside(const struct ui_map *map, struct ui_spot spot);
/* Where the line from the word to a spot outside leaves the area. */
struct ui_spot ui_map_edge(const struct ui_map *map, struct ui_spot spot);

/* Text on cells already taken, with a blank at both ends where nothing is. */
void ui_map_write(struct ui_map *map, const struct ui_rect *cells, enum ui_style style,
                  const char *text);
/* Text on a circle around the word, at the first free place from an angle (degrees) on. */
bool ui_map_write_ring(struct ui_map *map, double radius, double angle, enum ui_style style,
                       const char *text);
/* Text at the right end of the last row, or the lowest free one. */
void ui_map_write_foot(struct ui_map *map, enum ui_style style, const char *text);

/* Circles for distance, for the mean noise and for the mean number of candidates; what they are, in
 * the corner; and their numbers and names on the circles where there is room. */
void ui_map_draw_rings(struct ui_map *map);
void ui_map_name_rings(struct ui_map *map);
void ui_map_mark_rings(struct ui_map *map);

#endif
