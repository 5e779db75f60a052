/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * app.h - the explorer: what is looked at (the model), what computes it (the worker), what was
 * asked for. loop.c brings events, act_*.c answer requests, app.c keeps model, worker and screen
 * together.
 */
#ifndef UI_APP_H
#define UI_APP_H

#include "ui/camera.h"
#include "ui/fit.h"
#include "ui/grid.h"
#include "ui/model.h"
#include "ui/recall.h"
#include "ui/request.h"
#include "ui/script.h"
#include "ui/undo.h"

struct ui_app_options {
    uint32_t word;
    struct wh_mech_spec mech[WH_WORKER_SLOTS];
    bool fit; /* epsilon is to be fitted to the word: nobody has chosen it */
    enum ui_theme theme;
    const char *color; /* auto, always, never */
    bool mouse, headless;
    int rows, columns;   /* of a headless grid */
    const char *history; /* file or NULL */
    const char *script;  /* file or NULL */
};

struct ui_app {
    const struct ui_app_options *options;
    struct wh_session *session;
    struct wh_worker *worker;
    struct ui_model model;
    struct ui_grid grid;
    struct ui_undo undo;
    struct ui_script *script; /* NULL: none, or at its end */
    struct ui_fit *fit;       /* fitting epsilon in the background, or NULL */
    bool fitting;             /* its answer is still wanted */
    struct ui_study
        *study; /* answering model.findings.question, or an older one that was cancelled */
    struct ui_recall recall; /* what was found before */
    bool matching;           /* match is wanted, whatever the view */
    struct ui_question match;
    struct ui_camera goal; /* where the camera moves to */
    enum ui_theme theme;
    unsigned panel;           /* the mechanism that epsilon keys work on */
    uint64_t limit;           /* of draws, 0: none */
    struct ui_params watched; /* what the worker was told, as far as the next two say */
    bool seeing, watching[WH_WORKER_SLOTS];
    uint64_t serial[WH_WORKER_SLOTS];
    double painted, eased; /* seconds on the loop's clock */
    bool mouse, dirty, quit;
};

enum wh_status ui_app_open(struct ui_app *app, struct wh_session *session,
                           const struct ui_app_options *options);
void ui_app_close(struct ui_app *app);
enum wh_status ui_app_run(struct ui_app *app); /* loop.c: until it is left */

/* New parameters: remembered for undo, given to the worker. */
void ui_app_change(struct ui_app *app, const struct ui_params *params);
/* Tells the worker what differs from what it was told; parameters that are as before go on. */
void ui_app_sync(struct ui_app *app);
/* Counts from zero, up to limit draws (0: no end). */
void ui_app_restart(struct ui_app *app, uint64_t limit);
/* Finds epsilon for the word in the background; nothing is sampled until then. */
enum wh_status ui_app_fit(struct ui_app *app);
/* Asks in the background what the view needs, once it can be answered (app_study.c). */
void ui_app_study(struct ui_app *app);
void ui_app_take_study(struct ui_app *app);    /* its news */
bool ui_app_studied(const struct ui_app *app); /* nothing asked for is missing */
/* Gives up what is being computed, keeping what is known; false if nothing was. */
bool ui_app_stop_study(struct ui_app *app);
void ui_app_resume_study(struct ui_app *app); /* what was given up */
/* Sets the other panel's epsilon to an equal N_w, in the background. */
void ui_app_match(struct ui_app *app);
/* Takes what the worker has published. */
void ui_app_take(struct ui_app *app);
bool ui_app_settled(struct ui_app *app);    /* nothing asked for is missing */
void ui_app_draw(struct ui_app *app);       /* the model on the grid */
void ui_app_fit_window(struct ui_app *app); /* the grid as large as the window is now */
/* One draw of each panel explained. */
void ui_app_trace(struct ui_app *app);
void ui_app_forget_trace(struct ui_app *app);

/* One line for the person, until the next key. */
void ui_app_say(struct ui_app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ui_app_complain(struct ui_app *app); /* the stored sentence */

/* Does what is asked; a failure's sentence is stored. */
enum wh_status ui_app_do(struct ui_app *app, enum ui_request request, const char *argument);
/* ":name argument", "/text", or a word. */
enum wh_status ui_app_line(struct ui_app *app, const char *line);
/* A key, as if pressed: to the prompt if it is open. */
void ui_app_key(struct ui_app *app, uint32_t key);
/* Bytes as they come while the prompt is open; and the moment after which nothing more came. */
void ui_app_type(struct ui_app *app, const char *bytes, size_t length);
void ui_app_tick(struct ui_app *app);

#endif
