/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * style.h - roles, not colours. Views name what a thing is; a theme says how it looks with 256, 16,
 * 8 or no colours. Laplace and Gumbel are blue and orange, and never told apart by colour alone.
 */
#ifndef UI_STYLE_H
#define UI_STYLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

enum ui_style {
    UI_STYLE_NORMAL,
    UI_STYLE_DIM,    /* axes, units, secondary text */
    UI_STYLE_STRONG, /* the word looked at */
    UI_STYLE_TITLE,  /* of boxes */
    UI_STYLE_BORDER,
    UI_STYLE_FOCUS, /* border and title of the focused panel */
    UI_STYLE_FIRST, /* the mechanism in the first panel (Laplace): blue */
    UI_STYLE_FIRST_DIM,
    UI_STYLE_SECOND, /* the mechanism in the second panel (Gumbel): orange */
    UI_STYLE_SECOND_DIM,
    UI_STYLE_NEAR,   /* neighbours on the map */
    UI_STYLE_GOOD,   /* proven, within */
    UI_STYLE_WARN,   /* claimed, undefined */
    UI_STYLE_BAD,    /* refuted, errors */
    UI_STYLE_KEY,    /* a key's name in help and hints */
    UI_STYLE_SELECT, /* reverse: chosen line, search hit */
    UI_STYLE_COUNT
};

struct ui_look { /* colour indexes, -1: the terminal's default */
    int16_t foreground, background;
    bool bold, dim, reverse, underline;
    uint32_t rgb; /* 0xRRGGBB, for SVG and 24-bit ANSI */
};

enum ui_theme { UI_THEME_DARK, UI_THEME_LIGHT, UI_THEME_MONO };
enum wh_status ui_theme_parse(const char *name, enum ui_theme *theme); /* WH_USAGE */
/* colors: 256, 16, 8 or 0. */
struct ui_look ui_look_of(enum ui_theme theme, int colors, enum ui_style style);

#endif
