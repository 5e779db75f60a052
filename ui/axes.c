/* SPDX-License-Identifier: GPL-3.0-or-later */
/* axes.c - values to spots, curves, levels. */
#include "ui/axes.h"

#include <math.h>

double ui_axis_share(const struct ui_axis *axis, double value) {
    double share = axis->log ? log(value / axis->from) / log(axis->to / axis->from)
                             : (value - axis->from) / (axis->to - axis->from);
    return isnan(share) || share < 0 ? 0 : share > 1 ? 1 : share;
}

/* Half a dot inside the edges. */
struct ui_spot ui_axes_spot(const struct ui_axes *axes, double x, double y) {
    const double edge = 0.12;
    return (struct ui_spot){
        axes->area.row + edge + (1 - ui_axis_share(&axes->y, y)) * (axes->area.rows - 2 * edge),
        axes->area.column + edge + ui_axis_share(&axes->x, x) * (axes->area.columns - 2 * edge)};
}

void ui_axes_curve(const struct ui_axes *axes, struct ui_canvas *canvas, const double *x,
                   const double *y, int count, int gap, enum ui_style style) {
    for (int i = 0; i + 1 < count; i++)
        if (!isnan(y[i]) && !isnan(y[i + 1]))
            ui_canvas_line(canvas, ui_axes_spot(axes, x[i], y[i]),
                           ui_axes_spot(axes, x[i + 1], y[i + 1]), gap, style);
}

void ui_axes_level(const struct ui_axes *axes, struct ui_canvas *canvas, double y, int gap,
                   enum ui_style style) {
    ui_canvas_line(canvas, ui_axes_spot(axes, axes->x.from, y), ui_axes_spot(axes, axes->x.to, y),
                   gap, style);
}

void ui_axes_mark(const struct ui_axes *axes, struct ui_canvas *canvas, double x, int gap,
                  enum ui_style style) {
    ui_canvas_line(canvas, ui_axes_spot(axes, x, axes->y.from), ui_axes_spot(axes, x, axes->y.to),
                   gap, style);
}
