/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * status.h - the one way to fail.
 *
 * A function that can fail returns enum wh_status. Where the failure happens, wh_fail() stores one
 * sentence for the user (per thread); callers pass the status on with WH_TRY. Only main() exits.
 * The values are the exit codes of the command line (sysexits.h where one fits).
 */
#ifndef WH_STATUS_H
#define WH_STATUS_H

enum wh_status {
    WH_OK = 0,           /* done */
    WH_NO = 1,           /* ran, and the answer is no (unknown word, refuted claim) */
    WH_USAGE = 64,       /* the caller's options or parameters are wrong */
    WH_DATA = 65,        /* a file's content, or a value outside a mechanism's domain */
    WH_NOINPUT = 66,     /* a file cannot be opened or read as input */
    WH_UNAVAILABLE = 69, /* asked for something this mechanism or terminal does not have */
    WH_BUG = 70,         /* our mistake */
    WH_NOMEM = 71,       /* out of memory */
    WH_CANTCREATE = 73,  /* an output file cannot be made */
    WH_IO = 74,          /* reading or writing failed midway */
    WH_CANCELLED = 130,  /* stopped on request */
};

/* Stores the sentence (no newline, no program name; longer than 1 kB is cut) and returns status. */
enum wh_status wh_fail(enum wh_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The last sentence stored by this thread; "" if none. Valid until the next wh_fail(). */
const char *wh_error(void);

/* Needs a local "enum wh_status status" and a label "out". */
#define WH_TRY(expression)                                                                         \
    do {                                                                                           \
        status = (expression);                                                                     \
        if (status != WH_OK)                                                                       \
            goto out;                                                                              \
    } while (0)

#endif
