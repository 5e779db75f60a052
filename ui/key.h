/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key.h - a key press as one number, its name in files and on screen, and the bytes a terminal
 * would send for it.
 */
#ifndef UI_KEY_H
#define UI_KEY_H

#include <stddef.h>
#include <stdint.h>

/* A character is its code point; Ctrl-A is 1 and so on; the others follow the last code point. */
enum ui_key {
    UI_KEY_NONE = 0,
    UI_KEY_TAB = 9,
    UI_KEY_ENTER = 13,
    UI_KEY_ESC = 27,
    UI_KEY_BACKSPACE = 127,
    UI_KEY_FIRST = 0x110000,
    UI_KEY_UP = UI_KEY_FIRST,
    UI_KEY_DOWN,
    UI_KEY_RIGHT,
    UI_KEY_LEFT,
    UI_KEY_SHIFT_UP,
    UI_KEY_SHIFT_DOWN,
    UI_KEY_SHIFT_RIGHT,
    UI_KEY_SHIFT_LEFT,
    UI_KEY_SHIFT_TAB,
    UI_KEY_HOME,
    UI_KEY_END,
    UI_KEY_INSERT,
    UI_KEY_DELETE,
    UI_KEY_PGUP,
    UI_KEY_PGDN,
    UI_KEY_F1, /* F1 .. F12 follow each other */
    UI_KEY_F12 = UI_KEY_F1 + 11,
    UI_KEY_LAST = UI_KEY_F12,
};

#define UI_KEY_NAME 16 /* bytes of a name with its NUL */

/* "Ctrl-L", "Tab", "Hash", "é": the key, or UI_KEY_NONE if there is none of that name. */
uint32_t ui_key_parse(const char *name, size_t length);
/* As shown to people: "#" rather than Hash. */
const char *ui_key_name(uint32_t key, char out[UI_KEY_NAME]);
/* What a terminal sends (UTF-8 or an escape sequence), NUL-terminated; returns its length. */
size_t ui_key_bytes(uint32_t key, char out[UI_KEY_NAME]);

#endif
