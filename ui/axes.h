/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * axes.h - a canvas with two axes: values go to spots, the ends of the axes are written at its
 * edges by the view.
 */
#ifndef UI_AXES_H
#define UI_AXES_H

#include "ui/plot.h"

struct ui_axis {
    double from, to; /* left or bottom, right or top; not equal */
    bool log;
};

struct ui_axes {
    struct ui_rect area; /* the canvas's */
    struct ui_axis x, y;
};

/* Where a value lies: 0..1 along the axis, cut at its ends. */
double ui_axis_share(const struct ui_axis *axis, double value);
/* Values beyond an axis are drawn at its end. */
struct ui_spot ui_axes_spot(const struct ui_axes *axes, double x, double y);
/* A curve through count points; those with a NAN part it. */
void ui_axes_curve(const struct ui_axes *axes, struct ui_canvas *canvas, const double *x,
                   const double *y, int count, int gap, enum ui_style style);
void ui_axes_level(const struct ui_axes *axes, struct ui_canvas *canvas, double y, int gap,
                   enum ui_style style);
void ui_axes_mark(const struct ui_axes *axes, struct ui_canvas *canvas, double x, int gap,
                  enum ui_style style);

#endif
