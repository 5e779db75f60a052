/* SPDX-License-Identifier: GPL-3.0-or-later */
/* worker_private.h - one watched word in the background; for worker*.c only. */
#ifndef WH_WORKER_PRIVATE_H
#define WH_WORKER_PRIVATE_H

#include "run/run_private.h"
#include "run/worker.h"

/* What the screen asked for. */
struct wh_watch {
    uint64_t serial; /* 0: never watched */
    uint32_t word;
    struct wh_mech_spec spec; /* mech NULL: nothing */
    uint64_t limit;           /* 0: none */
};

/* Where a draw fell, before it is placed in a picture. */
struct wh_landing {
    double *point; /* n doubles */
    double radius;
    uint32_t output;
};

/* The work on a watch; used by the worker's thread alone. */
struct wh_slot_work {
    struct wh_watch watch; /* taken up; its serial tells whether it is the newest */
    enum wh_worker_state state;
    char sentence[512];
    struct wh_source source;
    struct wh_tally tally;
    struct wh_hist hist;
    const struct wh_token *token; /* set when the screen wants something else */
    struct wh_scratch *scratch;
    uint32_t *outputs;
    size_t batch, batch_min, batch_max;
    struct wh_landing landings[WH_WORKER_SPLASHES]; /* a ring */
    uint64_t landed;                                /* traces made so far */
    double rate;                                    /* draws a second, smoothed */
    double published_at;                            /* seconds; 0: not since it was opened */
    double publish_cost;                            /* seconds the last snapshot took */
    uint64_t published_trials;
};

double wh_worker_now(void); /* seconds, monotonic */

/* Takes up a watch: mechanism, word, law. The state says what came of it. known: a ranking that may
 * be of this word, not of this slot, or NULL. */
void wh_slot_take(const struct wh_session *session, const struct wh_watch *watch,
                  const struct wh_ranking *known, struct wh_slot_work *work);
void wh_slot_drop(struct wh_slot_work *work);
/* Where it stops. */
uint64_t wh_slot_limit(const struct wh_slot_work *work);
/* One batch of trials, short enough that the thread can turn to something else soon; where a draw
 * takes long it is given up when the token says so, and nothing has happened. */
void wh_slot_sample(struct wh_slot_work *work);
/* Whether the newest counts should be shown now. */
bool wh_slot_due(const struct wh_slot_work *work);
/* What the screen gets. picture: where the draws are placed, or NULL. */
enum wh_status wh_slot_snapshot_take(struct wh_slot_work *work,
                                     const struct wh_map_picture *picture,
                                     struct wh_slot_snapshot *snapshot);

#endif
