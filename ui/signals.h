/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signals.h - signals while the terminal is ours. Those that end the program put the terminal back
 * first; the others become bytes of a pipe that the loop reads.
 */
#ifndef UI_SIGNALS_H
#define UI_SIGNALS_H

#include <stdbool.h>
#include <termios.h>

#include "base/status.h"

enum ui_signal {
    UI_SIGNAL_RESIZED = 'r',
    UI_SIGNAL_SUSPEND = 'z',
    UI_SIGNAL_CONTINUED = 'c',
};

/* saved: what the terminal fd is put back to when a signal ends the program. */
enum wh_status ui_signals_open(int fd, const struct termios *saved);
void ui_signals_close(void);
int ui_signals_fd(void);
bool ui_signals_take(enum ui_signal *signal); /* the next one; false: none waits */
/* Stops the process group as Ctrl-Z does anywhere; returns when it goes on. */
void ui_signals_stop(void);

#endif
