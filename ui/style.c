/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * style.c - how roles look. One row a role: colours for dark and for light backgrounds, each as
 * 24-bit, of 256, of 16, of 8; and what is left without colours. Backgrounds stay the terminal's
 * own. Blue and orange differ in hue and in lightness, for people who see fewer colours.
 */
#include "ui/style.h"

#include <string.h>

enum {
    PLAIN = 0,
    BOLD = 1,
    FAINT = 2,
    REVERSE = 4,
    UNDERLINE = 8,
};

struct palette {
    uint32_t rgb;
    int16_t of256, of16, of8;
};

struct role {
    struct palette dark, light;
    unsigned char attributes; /* with colours */
    unsigned char few;        /* with 16 colours or fewer: faint stands in for grey */
    unsigned char mono;       /* without colours */
};

/* clang-format off */
static const struct role roles[UI_STYLE_COUNT] = {
    [UI_STYLE_NORMAL] =     {{0xd0d0d0, -1, -1, -1},  {0x202020, -1, -1, -1},  PLAIN, PLAIN, PLAIN},
    [UI_STYLE_DIM] =        {{0x949494, 246, -1, -1}, {0x626262, 241, -1, -1}, PLAIN, FAINT, FAINT},
    [UI_STYLE_STRONG] =     {{0xffffff, -1, -1, -1},  {0x000000, -1, -1, -1},  BOLD, BOLD, BOLD},
    [UI_STYLE_TITLE] =      {{0xd0d0d0, -1, -1, -1},  {0x202020, -1, -1, -1},  BOLD, BOLD, BOLD},
    [UI_STYLE_BORDER] =     {{0x767676, 243, -1, -1}, {0x949494, 246, -1, -1}, PLAIN, FAINT, FAINT},
    [UI_STYLE_FOCUS] =      {{0xffffff, 231, -1, -1}, {0x000000, 16, -1, -1},  BOLD, BOLD, BOLD},
    [UI_STYLE_FIRST] =      {{0x5fafff, 75, 12, 6},   {0x005faf, 25, 4, 4},    PLAIN, PLAIN, PLAIN},
    [UI_STYLE_FIRST_DIM] =  {{0x5f87af, 67, 12, 6},   {0x5f87af, 67, 4, 4},    PLAIN, FAINT, FAINT},
    [UI_STYLE_SECOND] =     {{0xffaf5f, 215, 11, 3},  {0xaf5f00, 130, 3, 1},   PLAIN, PLAIN, PLAIN},
    [UI_STYLE_SECOND_DIM] = {{0xaf875f, 137, 11, 3},  {0xaf875f, 137, 3, 1},   PLAIN, FAINT, FAINT},
    [UI_STYLE_NEAR] =       {{0xafd7af, 151, -1, -1}, {0x005f00, 22, -1, -1},  PLAIN, PLAIN, PLAIN},
    [UI_STYLE_GOOD] =       {{0x87d787, 114, 10, 2},  {0x008700, 28, 2, 2},    PLAIN, PLAIN, PLAIN},
    [UI_STYLE_WARN] =       {{0xffd75f, 221, 11, 3},  {0x875f00, 94, 5, 5},    PLAIN, PLAIN, BOLD},
    [UI_STYLE_BAD] =        {{0xff8787, 210, 9, 1},   {0xaf0000, 124, 1, 1},   BOLD, BOLD, BOLD | UNDERLINE},
    [UI_STYLE_KEY] =        {{0xffffff, -1, -1, -1},  {0x000000, -1, -1, -1},  BOLD, BOLD, BOLD},
    [UI_STYLE_SELECT] =     {{0xd0d0d0, -1, -1, -1},  {0x202020, -1, -1, -1},  REVERSE, REVERSE, REVERSE},
};
/* clang-format on */

enum wh_status ui_theme_parse(const char *name, enum ui_theme *theme) {
    static const char *const names[] = {
        [UI_THEME_DARK] = "dark", [UI_THEME_LIGHT] = "light", [UI_THEME_MONO] = "mono"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) {
            *theme = (enum ui_theme)i;
            return WH_OK;
        }
    return wh_fail(WH_USAGE, "unknown theme '%.40s'; it can be dark, light or mono", name);
}

static int16_t foreground_of(const struct palette *palette, int colors) {
    return colors >= 256 ? palette->of256 : colors >= 16 ? palette->of16 : palette->of8;
}

struct ui_look ui_look_of(enum ui_theme theme, int colors, enum ui_style style) {
    const struct role *role = &roles[style];
    const struct palette *palette = theme == UI_THEME_LIGHT ? &role->light : &role->dark;
    bool mono = theme == UI_THEME_MONO || colors < 8;
    unsigned attributes = mono ? role->mono : colors < 256 ? role->few : role->attributes;
    return (struct ui_look){
        .foreground = mono ? (int16_t)-1 : foreground_of(palette, colors),
        .background = -1,
        .bold = attributes & BOLD,
        .dim = attributes & FAINT,
        .reverse = attributes & REVERSE,
        .underline = attributes & UNDERLINE,
        .rgb = theme == UI_THEME_MONO ? (attributes & FAINT ? 0x606060 : 0x000000) : palette->rgb,
    };
}
