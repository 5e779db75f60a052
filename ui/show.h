/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * show.h - a model filled at once, without a worker: what "wordhaze show" draws and what screen
 * tests compare. The same trials as a seeded explorer draws.
 */
#ifndef UI_SHOW_H
#define UI_SHOW_H

#include "base/status.h"
#include "base/token.h"
#include "ui/model.h"

#define UI_PLACE_NEIGHBOURS 48  /* on the map and in the list */
#define UI_PROFILE_BINS     64  /* of the density strip */
#define UI_SHOWN_OUTPUTS    200 /* most frequent outputs kept of a simulation */

struct ui_show_request {
    struct ui_params params; /* word, map, mechanisms; mech NULL: the slot stays empty */
    uint64_t trials;
    bool stepping; /* explain trial step_trial too */
    uint64_t step_trial;
    struct wh_token *token; /* may be NULL */
};

/* Parameters that show the story at once: laplace and tgm at their defaults for the word. */
enum wh_status ui_default_params(const struct wh_session *session, uint32_t word,
                                 struct ui_params *params);
/* A mechanism that is undefined here is no failure: its slot says why. Fails for want of memory, on
 * cancel and the like; the model is then empty. ui_model_close() either way. */
enum wh_status ui_show_model(struct wh_session *session, const struct ui_show_request *request,
                             struct ui_model *model);
void ui_model_close(struct ui_model *model); /* everything but the session */

#endif
