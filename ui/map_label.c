/* SPDX-License-Identifier: GPL-3.0-or-later */
/* map_label.c - placing words beside their dots. */
#include "ui/map_label.h"

#include <stdlib.h>

#include "base/mem.h"

enum wh_status ui_labels_open(struct ui_labels *labels, const struct ui_rect *area) {
    enum wh_status status;
    size_t cells =
        area->rows > 0 && area->columns > 0 ? (size_t)area->rows * (size_t)area->columns : 0;
    *labels = (struct ui_labels){.area = *area};
    WH_TRY(WH_ALLOC(labels->taken, cells + 1));
out:
    return status;
}

void ui_labels_close(struct ui_labels *labels) {
    free(labels->taken);
    *labels = (struct ui_labels){0};
}

static uint8_t *cell_at(const struct ui_labels *labels, int row, int column) {
    int down = row - labels->area.row, across = column - labels->area.column;
    if (down < 0 || across < 0 || down >= labels->area.rows || across >= labels->area.columns)
        return NULL;
    return &labels->taken[(size_t)down * (size_t)labels->area.columns + (size_t)across];
}

enum ui_taken ui_labels_at(const struct ui_labels *labels, int row, int column) {
    const uint8_t *cell = cell_at(labels, row, column);
    return cell ? (enum ui_taken) * cell : UI_TAKEN_TEXT;
}

void ui_labels_take(struct ui_labels *labels, const struct ui_rect *cells, enum ui_taken what) {
    for (int i = 0; i < cells->columns; i++) {
        uint8_t *cell = cell_at(labels, cells->row, cells->column + i);
        if (cell && *cell < what)
            *cell = (uint8_t)what;
    }
}

bool ui_labels_free(const struct ui_labels *labels, const struct ui_rect *cells) {
    const uint8_t *before = cell_at(labels, cells->row, cells->column - 1);
    const uint8_t *after = cell_at(labels, cells->row, cells->column + cells->columns);
    if ((before && *before == UI_TAKEN_TEXT) || (after && *after == UI_TAKEN_TEXT))
        return false;
    for (int i = 0; i < cells->columns; i++)
        if (ui_labels_at(labels, cells->row, cells->column + i) != UI_TAKEN_NOT)
            return false;
    return true;
}

/* Places in the order of preference, right and left in pairs: rows below the mark, and where the
 * text begins relative to it (in widths of the text and of the mark, and cells). */
struct place {
    int down, widths, marks, cells;
};
static const struct place places[] = {
    {0, 0, 1, 1}, {0, -1, 0, -1}, {-1, 0, 1, 0}, {-1, -1, 0, 0},
    {1, 0, 1, 0}, {1, -1, 0, 0},  {-1, 0, 0, 0}, {1, 0, 0, 0},
};

bool ui_labels_place(struct ui_labels *labels, const struct ui_label_mark *mark, int width,
                     struct ui_rect *cells) {
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const struct place *place = &places[mark->outward > 0 ? i : i ^ 1U];
        *cells = (struct ui_rect){mark->row + place->down,
                                  mark->column + place->widths * width +
                                      place->marks * mark->width + place->cells,
                                  1, width};
        if (ui_labels_free(labels, cells)) {
            ui_labels_take(labels, cells, UI_TAKEN_TEXT);
            return true;
        }
    }
    return false;
}
