/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * term.h - the terminal. There is one; term.c alone includes curses. Everything else draws into a
 * grid, which ui_term_paint() shows by writing what changed.
 */
#ifndef UI_TERM_H
#define UI_TERM_H

#include "ui/grid.h"
#include "ui/key.h"

struct ui_term_options {
    enum ui_theme theme;
    const char *color; /* auto, always, never */
    bool mouse;
};

/* Standard input and output must be a terminal that can address cells: WH_UNAVAILABLE. */
enum wh_status ui_term_open(const struct ui_term_options *options);
void ui_term_close(void); /* safe when not open */
bool ui_term_is_open(void);
const char *ui_term_note(void); /* what a person should know about how it was opened, or "" */

void ui_term_size(int *rows, int *columns);
void ui_term_resize(void); /* asks how large the window is now */
int ui_term_colors(void);  /* 0, 8, 16, 256 or more */
void ui_term_theme(enum ui_theme theme);
void ui_term_paint(const struct ui_grid *grid);
void ui_term_forget(void); /* the next paint writes every cell */

/* Keys are decoded; in typing mode bytes are handed over as they come, pastes are marked, and the
 * mouse is off. */
void ui_term_typing(bool typing);
void ui_term_mouse(bool on);
struct ui_event {
    uint32_t key;    /* UI_KEY_NONE: a mouse event */
    int row, column; /* where the mouse is */
    int wheel;       /* -1 up, 1 down, 0 a click */
};
bool ui_term_event(struct ui_event *event);     /* false: nothing waits */
size_t ui_term_typed(char *bytes, size_t size); /* up to and with Enter, Ctrl-L, Ctrl-Z */
int ui_term_fd(void);                           /* readable when something was typed */

void ui_term_write(const char *bytes, size_t length); /* past the cells: clipboard */
void ui_term_suspend(void);                           /* returns when the program goes on */
void ui_term_continued(void);                         /* after a stop that we did not see coming */

#endif
