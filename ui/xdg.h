/* SPDX-License-Identifier: GPL-3.0-or-later */
/* xdg.h - where a person's own files are. */
#ifndef UI_XDG_H
#define UI_XDG_H

#include "base/status.h"

/* "$XDG_CONFIG_HOME/wordhaze/NAME", or under ~/.config; NULL without a home. The caller frees it.
 */
char *ui_xdg_config(const char *name);
/* The same for $XDG_STATE_HOME and ~/.local/state; the folders are made, for their owner only. */
char *ui_xdg_state(const char *name);

#endif
