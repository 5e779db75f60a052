/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * render.h - a grid written to a file: as text, as text with ANSI colours, as an SVG picture.
 */
#ifndef UI_RENDER_H
#define UI_RENDER_H

#include <stdio.h>

#include "ui/grid.h"

enum ui_picture { UI_PICTURE_TEXT, UI_PICTURE_ANSI, UI_PICTURE_SVG };
enum wh_status ui_picture_parse(const char *name, enum ui_picture *picture); /* WH_USAGE */

struct ui_render {
    enum ui_picture picture;
    enum ui_theme theme;
    int colors; /* of ANSI: 1 << 24, 256, 16, 8 or 0 */
};

/* Rows end without blanks in text. WH_IO if the stream fails; it is not closed. */
enum wh_status ui_render(FILE *out, const struct ui_grid *grid, const struct ui_render *how);

#endif
