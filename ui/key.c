/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key.c - names and bytes of keys. */
#include "ui/key.h"

#include <stdio.h>
#include <string.h>
#include <unistr.h>

struct named_key {
    uint32_t key;
    const char *name;
    const char *bytes; /* NULL: the key is its own byte */
};

static const struct named_key named[] = {
    {' ', "Space", NULL},
    {'#', "Hash", NULL},
    {UI_KEY_TAB, "Tab", NULL},
    {UI_KEY_ENTER, "Enter", NULL},
    {UI_KEY_ESC, "Esc", NULL},
    {UI_KEY_BACKSPACE, "Backspace", NULL},
    {UI_KEY_UP, "Up", "\033[A"},
    {UI_KEY_DOWN, "Down", "\033[B"},
    {UI_KEY_RIGHT, "Right", "\033[C"},
    {UI_KEY_LEFT, "Left", "\033[D"},
    {UI_KEY_SHIFT_UP, "Shift-Up", "\033[1;2A"},
    {UI_KEY_SHIFT_DOWN, "Shift-Down", "\033[1;2B"},
    {UI_KEY_SHIFT_RIGHT, "Shift-Right", "\033[1;2C"},
    {UI_KEY_SHIFT_LEFT, "Shift-Left", "\033[1;2D"},
    {UI_KEY_SHIFT_TAB, "Shift-Tab", "\033[Z"},
    {UI_KEY_HOME, "Home", "\033[H"},
    {UI_KEY_END, "End", "\033[F"},
    {UI_KEY_INSERT, "Insert", "\033[2~"},
    {UI_KEY_DELETE, "Delete", "\033[3~"},
    {UI_KEY_PGUP, "PgUp", "\033[5~"},
    {UI_KEY_PGDN, "PgDn", "\033[6~"},
    {UI_KEY_F1, "F1", "\033OP"},
    {UI_KEY_F1 + 1, "F2", "\033OQ"},
    {UI_KEY_F1 + 2, "F3", "\033OR"},
    {UI_KEY_F1 + 3, "F4", "\033OS"},
    {UI_KEY_F1 + 4, "F5", "\033[15~"},
    {UI_KEY_F1 + 5, "F6", "\033[17~"},
    {UI_KEY_F1 + 6, "F7", "\033[18~"},
    {UI_KEY_F1 + 7, "F8", "\033[19~"},
    {UI_KEY_F1 + 8, "F9", "\033[20~"},
    {UI_KEY_F1 + 9, "F10", "\033[21~"},
    {UI_KEY_F1 + 10, "F11", "\033[23~"},
    {UI_KEY_F1 + 11, "F12", "\033[24~"},
};

static const struct named_key *find_key(uint32_t key) {
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (named[i].key == key)
            return &named[i];
    return NULL;
}

/* "Ctrl-X", X from @ A..Z [ \ ] ^ _ */
static uint32_t parse_control(const char *name, size_t length) {
    if (length != 6 || strncmp(name, "Ctrl-", 5) != 0)
        return UI_KEY_NONE;
    char letter = name[5];
    if (letter >= 'a' && letter <= 'z')
        letter = (char)(letter - 'a' + 'A');
    return letter > '@' && letter <= '_' ? (uint32_t)(letter - '@') : UI_KEY_NONE;
}

uint32_t ui_key_parse(const char *name, size_t length) {
    ucs4_t point;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strlen(named[i].name) == length && memcmp(named[i].name, name, length) == 0)
            return named[i].key;
    if (length == 0)
        return UI_KEY_NONE;
    if ((size_t)u8_mbtouc(&point, (const uint8_t *)name, length) == length && point > ' ')
        return point;
    return parse_control(name, length);
}

const char *ui_key_name(uint32_t key, char out[UI_KEY_NAME]) {
    const struct named_key *found = key == '#' ? NULL : find_key(key);
    if (found)
        snprintf(out, UI_KEY_NAME, "%s", found->name);
    else if (key < ' ')
        snprintf(out, UI_KEY_NAME, "Ctrl-%c", (char)(key + '@'));
    else
        ui_key_bytes(key, out);
    return out;
}

size_t ui_key_bytes(uint32_t key, char out[UI_KEY_NAME]) {
    const struct named_key *found = find_key(key);
    if (found && found->bytes)
        return (size_t)snprintf(out, UI_KEY_NAME, "%s", found->bytes);
    int length = u8_uctomb((uint8_t *)out, key, UI_KEY_NAME - 1);
    length = length > 0 ? length : 0;
    out[length] = '\0';
    return (size_t)length;
}
