/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * map_label.h - which cells of the map are taken, and where a word may stand beside its dot.
 * Greedy: who asks first is served first, so the same requests always give the same picture.
 */
#ifndef UI_MAP_LABEL_H
#define UI_MAP_LABEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "ui/grid.h"

struct ui_labels {
    struct ui_rect area;
    uint8_t *taken; /* area.rows x area.columns */
};

enum ui_taken { UI_TAKEN_NOT = 0, UI_TAKEN_DOT = 1, UI_TAKEN_TEXT = 2 };

enum wh_status ui_labels_open(struct ui_labels *labels, const struct ui_rect *area);
void ui_labels_close(struct ui_labels *labels);
/* What is at a cell of the grid; outside of the area everything is taken by text. */
enum ui_taken ui_labels_at(const struct ui_labels *labels, int row, int column);
void ui_labels_take(struct ui_labels *labels, const struct ui_rect *cells, enum ui_taken what);
/* Whether text may stand on these cells: free, and no other text touches its ends. */
bool ui_labels_free(const struct ui_labels *labels, const struct ui_rect *cells);

/* Finds and takes width cells beside a mark of mark_width cells at (row, column); outward is the
 * side tried first: 1 right, -1 left. False: it does not fit anywhere. */
struct ui_label_mark {
    int row, column, width, outward;
};
bool ui_labels_place(struct ui_labels *labels, const struct ui_label_mark *mark, int width,
                     struct ui_rect *cells);

#endif
