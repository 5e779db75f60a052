/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fit.h - finding the epsilon that shows the story for a word, in a thread of its own: it takes
 * some hundred draws, and the screen must not wait for them.
 */
#ifndef UI_FIT_H
#define UI_FIT_H

#include <stdbool.h>

#include "run/run.h"
#include "run/worker.h"

struct ui_fit;

/* Mechanisms that choose epsilon themselves are left alone. */
enum wh_status ui_fit_open(const struct wh_session *session, uint32_t word,
                           const struct wh_mech_spec mech[WH_WORKER_SLOTS], struct ui_fit **fit);
int ui_fit_fd(const struct ui_fit *fit); /* readable when it is done */
bool ui_fit_done(const struct ui_fit *fit);
/* The specs with epsilon filled in; only when done. */
void ui_fit_result(const struct ui_fit *fit, struct wh_mech_spec mech[WH_WORKER_SLOTS]);
void ui_fit_close(struct ui_fit *fit); /* waits for the thread; NULL is allowed */

#endif
