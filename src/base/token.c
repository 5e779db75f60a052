/* SPDX-License-Identifier: GPL-3.0-or-later */
/* token.c - cancelling and progress. */
#include "base/token.h"

#include <stddef.h>

bool wh_token_cancelled(const struct wh_token *token) {
    return token && atomic_load_explicit(&token->cancelled, memory_order_relaxed);
}

void wh_token_progress(const struct wh_token *token, const char *what, double done, double total) {
    if (token && token->progress)
        token->progress(token->context, what, done, total);
}

enum wh_status wh_token_check(const struct wh_token *token) {
    return wh_token_cancelled(token) ? wh_fail(WH_CANCELLED, "cancelled") : WH_OK;
}
