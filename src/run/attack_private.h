/* SPDX-License-Identifier: GPL-3.0-or-later */
/* attack_private.h - what exact and sampled attacks share; for src/run/ only. */
#ifndef WH_ATTACK_PRIVATE_H
#define WH_ATTACK_PRIVATE_H

#include "run/attack.h"
#include "run/run_private.h"

struct wh_attack_work {
    const struct wh_session *session;
    const struct wh_attack_request *request;
    const struct wh_mechanism *mechanism;
    struct wh_token *token;
    double *log_prior[WH_PRIORS];    /* by candidate, in the order of the request */
    struct wh_attack_result *result; /* its items are in the same order, word and distance known */
};
enum wh_status wh_attack_exact(struct wh_attack_work *work);
enum wh_status wh_attack_sampled(struct wh_attack_work *work);

#endif
