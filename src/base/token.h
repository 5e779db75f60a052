/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * token.h - how long work is cancelled and how it reports progress. A NULL token is allowed
 * everywhere and means: never cancelled, nobody listens.
 */
#ifndef WH_TOKEN_H
#define WH_TOKEN_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/status.h"

struct wh_token {
    atomic_bool cancelled; /* set from any thread or a signal handler */
    /* Called from the working thread (one at a time); what is a static string such as "pairs". */
    void (*progress)(void *context, const char *what, double done, double total);
    void *context;
};

bool wh_token_cancelled(const struct wh_token *token);
void wh_token_progress(const struct wh_token *token, const char *what, double done, double total);
/* WH_OK, or WH_CANCELLED with the sentence "cancelled". */
enum wh_status wh_token_check(const struct wh_token *token);

#endif
