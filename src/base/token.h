/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * token.h - how long work is cancelled, how it reports progress and keeps what it has found. A NULL
 * token is allowed everywhere and means: never cancelled, nobody listens.
 */
#ifndef WH_TOKEN_H
#define WH_TOKEN_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/status.h"

struct wh_checkpoint;

struct wh_token {
    atomic_bool cancelled; /* set from any thread or a signal handler */
    /* Called from the working thread (one at a time); what is a static string such as "pairs". */
    void (*progress)(void *context, const char *what, double done, double total);
    /* One line for a person, now and then; NULL: nobody reads it. */
    void (*note)(void *context, const char *sentence);
    void *context;
    struct wh_checkpoint *checkpoint; /* where what is found is kept, or NULL: nowhere */
};

bool wh_token_cancelled(const struct wh_token *token);
void wh_token_progress(const struct wh_token *token, const char *what, double done, double total);
void wh_token_note(const struct wh_token *token, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct wh_checkpoint *wh_token_checkpoint(const struct wh_token *token);
/* WH_OK, or WH_CANCELLED with the sentence "cancelled". */
enum wh_status wh_token_check(const struct wh_token *token);

#endif
