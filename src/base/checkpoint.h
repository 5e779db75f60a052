/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * checkpoint.h - what long work has found so far, in a file, so that work that was stopped or
 * killed goes on from there. The work is parted into items; what was found for some of them is a
 * record of doubles, added as soon as it is known: a killed process loses only what it had under
 * way, and adding costs the bytes of the record and nothing else.
 *
 * The file belongs to one process at a time: another one that does the same work does it without.
 * Records are believed only behind a header with the same key, and as far as each has its hash.
 */
#ifndef WH_CHECKPOINT_H
#define WH_CHECKPOINT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/token.h"

#define WH_CHECKPOINT_KEY 32

struct wh_checkpoint;

/* What was found for items first .. first + items - 1 of a part of the work. */
struct wh_checkpoint_record {
    uint32_t part, first, items, count;
    const double *values; /* count of them */
};

/* Opens or makes the file. key tells this work from any other, and its version. Never fails: NULL
 * (which all functions below allow) where there can be no such file. A file that is of no use is
 * said to be so, by wh_token_note(), and begun anew; one that is no checkpoint is left alone. */
struct wh_checkpoint *wh_checkpoint_open(const char *path,
                                         const unsigned char key[WH_CHECKPOINT_KEY],
                                         const struct wh_token *token);
/* Calls back for every record that was in the file when it was opened. */
void wh_checkpoint_each(struct wh_checkpoint *checkpoint,
                        void (*take)(void *context, const struct wh_checkpoint_record *record),
                        void *context);
/* From any thread. What cannot be written is left out: the work itself goes on. */
void wh_checkpoint_add(struct wh_checkpoint *checkpoint, const struct wh_checkpoint_record *record);
void wh_checkpoint_close(struct wh_checkpoint *checkpoint);  /* the file stays */
void wh_checkpoint_remove(struct wh_checkpoint *checkpoint); /* all is done: closes, removes */

/* The items of one part, and which of them are done. */
struct wh_items {
    uint32_t count;
    bool *done; /* count of them */
    atomic_size_t done_count;
};

/* Takes over what the token's checkpoint holds of the part by calling back for every finding that
 * is of some of the items; it may refuse what is not as it should be. Says where the work goes on:
 * "resuming WHAT at 37 %". */
struct wh_resumption {
    uint32_t part;
    const char *what;
    bool (*take)(void *context, const struct wh_checkpoint_record *record);
    void *context;
};
enum wh_status wh_items_open(struct wh_items *items, uint32_t count,
                             const struct wh_resumption *resumption, const struct wh_token *token);
bool wh_items_done(const struct wh_items *items, size_t begin, size_t end);
/* Some items more are done: kept as a finding, but for one without values. From any thread; returns
 * how many are done now. */
size_t wh_items_keep(struct wh_items *items, const struct wh_checkpoint_record *record,
                     const struct wh_token *token);
void wh_items_close(struct wh_items *items);

#endif
