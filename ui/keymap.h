/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keymap.h - which key asks for what. There is one key map in the program; the built-in file is
 * read at first use, a user's file may follow.
 */
#ifndef UI_KEYMAP_H
#define UI_KEYMAP_H

#include "base/status.h"
#include "ui/key.h"
#include "ui/request.h"

enum ui_section {
    UI_SECTION_ALL,
    UI_SECTION_MAP,
    UI_SECTION_PANEL,
    UI_SECTION_PAGE,
    UI_SECTION_FORM
};
#define UI_SECTION_COUNT 5

#define UI_ARGUMENT 48 /* bytes of a binding's argument with its NUL */

struct ui_binding {
    enum ui_section section;
    uint32_t key;
    enum ui_request request; /* UI_REQ_NONE: unbound on purpose */
    char argument[UI_ARGUMENT];
};

/* Reads lines of a key file; path is for messages only. WH_DATA with "FILE:LINE: ...": the lines
 * before the bad one count. */
enum wh_status ui_keymap_read(const char *path, const char *text, size_t length);
enum wh_status ui_keymap_load(const char *path); /* a file; WH_NOINPUT if it cannot be read */
void ui_keymap_reset(void);                      /* the built-in map again */

/* The section's own binding, else the one for all; NULL if there is none. */
const struct ui_binding *ui_keymap_find(enum ui_section section, uint32_t key);

#endif
