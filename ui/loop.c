/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * loop.c - poll(terminal, signals, worker) -> key -> request -> state -> paint. A key is answered
 * in the turn it arrives in; news of the worker alone is painted at most so often. One paint a
 * turn.
 */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ui/act.h"
#include "ui/click.h"
#include "ui/prompt.h"
#include "ui/signals.h"
#include "ui/term.h"

#define NEWS_INTERVAL 0.033 /* seconds between paints for the worker's sake */
#define FRAME         0.016 /* seconds between steps of a camera that moves */
#define EVENTS_A_TURN 512   /* typed faster than that: a paint in between */
#define SCRIPT_POLL   0.05  /* seconds until a script asks again whether all is there */

enum source { FROM_TERMINAL, FROM_SIGNALS, FROM_WORKER, FROM_FIT, FROM_STUDY, SOURCES };

struct loop {
    struct ui_app *app;
    struct pollfd fds[SOURCES];
    bool news;       /* the worker has published something that is not shown yet */
    bool moving;     /* the camera is on its way */
    double tick;     /* when the prompt must decide, 0: never */
    double deadline; /* when poll must return, INFINITY: never */
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- waiting ---- */

static void wake_at(struct loop *loop, double when) {
    loop->deadline = fmin(loop->deadline, when);
}

static int milliseconds(const struct loop *loop) {
    double left = loop->deadline - now();
    if (isinf(left))
        return -1;
    return left > 0 ? (int)ceil(left * 1000) : 0;
}

static enum wh_status wait_for_events(struct loop *loop) {
    struct ui_app *app = loop->app;
    loop->deadline = (double)INFINITY;
    if (loop->news)
        wake_at(loop, app->painted + NEWS_INTERVAL);
    if (loop->moving)
        wake_at(loop, app->eased + FRAME);
    if (loop->tick > 0)
        wake_at(loop, loop->tick);
    if (app->script || app->options->headless)
        wake_at(loop, ui_app_settled(app) ? 0 : now() + SCRIPT_POLL);
    loop->fds[FROM_FIT].fd = app->fit ? ui_fit_fd(app->fit) : -1;
    loop->fds[FROM_STUDY].fd = app->study ? ui_study_fd(app->study) : -1;
    if (poll(loop->fds, SOURCES, milliseconds(loop)) < 0 && errno != EINTR)
        return wh_fail(WH_BUG, "poll: %s", strerror(errno));
    return WH_OK;
}

static bool came(const struct loop *loop, enum source source) {
    return loop->fds[source].fd >= 0 && (loop->fds[source].revents & POLLIN);
}

/* ---- what came ---- */

void ui_app_fit_window(struct ui_app *app) {
    int rows, columns;
    ui_term_size(&rows, &columns);
    if (rows == app->grid.rows && columns == app->grid.columns)
        return;
    if (ui_grid_resize(&app->grid, rows, columns) != WH_OK)
        ui_app_complain(app);
}

static void handle_signals(struct loop *loop) {
    enum ui_signal signal;
    while (ui_signals_take(&signal)) {
        if (signal == UI_SIGNAL_SUSPEND)
            ui_term_suspend();
        else if (signal == UI_SIGNAL_CONTINUED)
            ui_term_continued();
        else
            ui_term_resize();
        ui_app_fit_window(loop->app);
        loop->app->dirty = true;
    }
}

static void handle_typing(struct loop *loop) {
    char bytes[4096];
    size_t length = ui_term_typed(bytes, sizeof bytes);
    if (length == 0)
        return;
    char last = bytes[length - 1];
    bool ours = last == '\f' || last == '\x1a'; /* Ctrl-L and Ctrl-Z work here too */
    ui_app_type(loop->app, bytes, length - ours);
    if (ours)
        (void)ui_app_do(loop->app, last == '\f' ? UI_REQ_REFRESH : UI_REQ_SUSPEND, "");
    loop->app->dirty = true;
}

static void handle_events(struct loop *loop) {
    struct ui_event event;
    for (int i = 0; i < EVENTS_A_TURN && !loop->app->quit; i++) {
        if (ui_prompt_active())
            break;
        if (!ui_term_event(&event))
            return;
        if (event.key == UI_KEY_NONE)
            ui_app_click(loop->app, &event);
        else
            ui_app_key(loop->app, event.key);
    }
    handle_typing(loop);
}

static void set_tick(struct loop *loop) {
    int wait = ui_prompt_wait();
    loop->tick = wait < 0 ? 0 : now() + wait / 1000.0;
}

static void handle_terminal(struct loop *loop) {
    if (loop->fds[FROM_TERMINAL].revents & (POLLHUP | POLLERR | POLLNVAL))
        loop->app->quit = true;
    if (came(loop, FROM_TERMINAL)) {
        handle_events(loop);
        set_tick(loop);
    } else if (loop->tick > 0 && now() >= loop->tick) {
        ui_app_tick(loop->app);
        set_tick(loop);
    }
}

static void handle_worker(struct loop *loop) {
    struct ui_app *app = loop->app;
    if (came(loop, FROM_WORKER)) {
        wh_worker_wake_drain(app->worker);
        loop->news = true;
    }
    if (came(loop, FROM_FIT) || came(loop, FROM_STUDY))
        loop->news = true;
    if (loop->news && (app->dirty || now() >= app->painted + NEWS_INTERVAL)) {
        loop->news = false;
        ui_app_take(app);
    }
}

/* ---- moving and painting ---- */

static void move_camera(struct loop *loop) {
    struct ui_app *app = loop->app;
    struct ui_model *model = &app->model;
    struct ui_camera camera = {model->yaw, model->pitch, model->zoom, model->pan_x, model->pan_y};
    double time = now(), passed = loop->moving ? time - app->eased : FRAME;
    bool there = memcmp(&camera, &app->goal, sizeof camera) == 0;
    if (there || (loop->moving && passed < FRAME)) {
        loop->moving = !there;
        return;
    }
    loop->moving = ui_camera_ease(&camera, &app->goal, app->options->headless ? 1e9 : passed);
    model->yaw = camera.yaw;
    model->pitch = camera.pitch;
    model->zoom = camera.zoom;
    model->pan_x = camera.pan_x;
    model->pan_y = camera.pan_y;
    app->eased = time;
    app->dirty = true;
}

static void paint(struct ui_app *app) {
    if (!app->dirty || app->options->headless)
        return;
    ui_app_draw(app);
    ui_term_paint(&app->grid);
    app->dirty = false;
    app->painted = now();
}

/* ---- scripts ---- */

static enum wh_status run_keys(struct ui_app *app, const char *line) {
    enum wh_status status = WH_OK;
    for (uint32_t key; !app->quit;) {
        WH_TRY(ui_script_key(&line, &key));
        if (key == UI_KEY_NONE)
            break;
        ui_app_key(app, key);
    }
out:
    return status;
}

/* One line, once everything that was asked for before it is there. */
static enum wh_status run_script(struct loop *loop) {
    struct ui_app *app = loop->app;
    if (loop->moving || !ui_app_settled(app))
        return WH_OK;
    const char *line = app->script ? ui_script_next(app->script) : NULL;
    if (!line) {
        app->quit = app->options->headless;
        ui_script_close(app->script);
        app->script = NULL;
        return WH_OK;
    }
    enum wh_status status = *line == ':' ? ui_app_line(app, line) : run_keys(app, line);
    return status == WH_OK ? WH_OK : ui_script_fail(app->script);
}

/* ---- the loop ---- */

static enum wh_status turn(struct loop *loop) {
    enum wh_status status;
    WH_TRY(wait_for_events(loop));
    if (!loop->app->options->headless) {
        handle_signals(loop);
        handle_terminal(loop);
    }
    handle_worker(loop);
    ui_app_study(loop->app);
    move_camera(loop);
    if (loop->app->script || loop->app->options->headless)
        WH_TRY(run_script(loop));
    paint(loop->app);
out:
    return status;
}

enum wh_status ui_app_run(struct ui_app *app) {
    enum wh_status status = WH_OK;
    struct loop loop = {.app = app};
    bool headless = app->options->headless;
    for (int i = 0; i < SOURCES; i++)
        loop.fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    loop.fds[FROM_WORKER].fd = wh_worker_wake_fd(app->worker);
    if (!headless) {
        loop.fds[FROM_TERMINAL].fd = ui_term_fd();
        loop.fds[FROM_SIGNALS].fd = ui_signals_fd();
        ui_app_fit_window(app);
    }
    paint(app);
    while (!app->quit)
        WH_TRY(turn(&loop));
out:
    return status;
}
