/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit.c - one thread, one answer. */
#include "ui/fit.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"

struct ui_fit {
    const struct wh_session *session;
    uint32_t word;
    struct wh_mech_spec mech[WH_WORKER_SLOTS];
    pthread_t thread;
    bool started;
    atomic_bool done;
    int fd;
};

static void fit_slot(struct ui_fit *fit, struct wh_mech_spec *spec) {
    int index = spec->mech ? wh_mech_param(spec->mech, "epsilon") : -1;
    double epsilon;
    if (index < 0 || isnan(spec->mech->params[index].fallback))
        return;
    if (wh_run_default_epsilon(fit->session, fit->word, spec->mech, &epsilon) == WH_OK)
        spec->values[index] = epsilon;
}

static void *run_fit(void *context) {
    struct ui_fit *fit = context;
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        fit_slot(fit, &fit->mech[slot]);
    atomic_store(&fit->done, true);
    eventfd_write(fit->fd, 1);
    return NULL;
}

enum wh_status ui_fit_open(const struct wh_session *session, uint32_t word,
                           const struct wh_mech_spec mech[WH_WORKER_SLOTS], struct ui_fit **fit) {
    enum wh_status status;
    struct ui_fit *made = NULL;
    WH_TRY(WH_ALLOC(made, 1));
    made->session = session;
    made->word = word;
    memcpy(made->mech, mech, sizeof made->mech);
    made->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (made->fd < 0 || pthread_create(&made->thread, NULL, run_fit, made) != 0) {
        status = wh_fail(WH_NOMEM, "no thread for fitting epsilon: %s", strerror(errno));
        goto out;
    }
    made->started = true;
    *fit = made;
    made = NULL;
out:
    ui_fit_close(made);
    return status;
}

int ui_fit_fd(const struct ui_fit *fit) {
    return fit->fd;
}

bool ui_fit_done(const struct ui_fit *fit) {
    return atomic_load(&fit->done);
}

void ui_fit_result(const struct ui_fit *fit, struct wh_mech_spec mech[WH_WORKER_SLOTS]) {
    memcpy(mech, fit->mech, sizeof fit->mech);
}

void ui_fit_close(struct ui_fit *fit) {
    if (!fit)
        return;
    if (fit->started)
        pthread_join(fit->thread, NULL);
    if (fit->fd >= 0)
        close(fit->fd);
    free(fit);
}
