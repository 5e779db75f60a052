/* SPDX-License-Identifier: GPL-3.0-or-later */
/* token.c - cancelling, progress and what is kept of it. */
#include "base/token.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

bool wh_token_cancelled(const struct wh_token *token) {
    return token && atomic_load_explicit(&token->cancelled, memory_order_relaxed);
}

void wh_token_progress(const struct wh_token *token, const char *what, double done, double total) {
    if (token && token->progress)
        token->progress(token->context, what, done, total);
}

void wh_token_note(const struct wh_token *token, const char *format, ...) {
    char sentence[1024];
    va_list arguments;
    if (!token || !token->note)
        return;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    token->note(token->context, sentence);
}

struct wh_checkpoint *wh_token_checkpoint(const struct wh_token *token) {
    return token ? token->checkpoint : NULL;
}

enum wh_status wh_token_check(const struct wh_token *token) {
    return wh_token_cancelled(token) ? wh_fail(WH_CANCELLED, "cancelled") : WH_OK;
}
