/* SPDX-License-Identifier: GPL-3.0-or-later */
/* status.c - the sentence of the last failure, one a thread. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

#define SENTENCE_BYTES 1024

static _Thread_local char sentence[SENTENCE_BYTES];

enum wh_status wh_fail(enum wh_status status, const char *format, ...) {
    /* The arguments may point into the old sentence, so the new one is made beside it. */
    char fresh[SENTENCE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fresh, sizeof fresh, format, arguments);
    va_end(arguments);
    snprintf(sentence, sizeof sentence, "%s", fresh);
    return status;
}

const char *wh_error(void) {
    return sentence;
}
