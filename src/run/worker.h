/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * worker.h - the core in the background for a live screen: one thread that keeps sampling whatever
 * the screen watches, publishes snapshots, and never makes the screen wait.
 *
 * The screen says what it wants to see (watch a word under a mechanism in a slot; see a place);
 * each call returns at once. When something new is published a byte is written to the wake
 * descriptor; the screen then takes snapshots. Counts of different parameters never mix: every
 * watch has a serial number and starts from zero unless word and spec are unchanged.
 */
#ifndef WH_WORKER_H
#define WH_WORKER_H

#include "run/run.h"

#define WH_WORKER_SLOTS 2
#define WH_WORKER_SPLASHES                                                                         \
    64 /* noisy points kept for the map: the latest, oldest first; with a                          \
        * limit the first ones, so that a finished run is always the same */

struct wh_worker;

enum wh_worker_state {
    WH_WORKER_IDLE,    /* nothing watched */
    WH_WORKER_WAITING, /* facts of the vocabulary are being computed: see derive_done */
    WH_WORKER_OPENING, /* mechanism or law being prepared */
    WH_WORKER_SAMPLING,
    WH_WORKER_PAUSED,
    WH_WORKER_DONE,   /* reached its limit of trials */
    WH_WORKER_FAILED, /* sentence says why (undefined epsilon ...) */
};

/* A recent draw: where the noise fell in the current picture, and what came out. */
struct wh_splash {
    double x, y, z;
    double radius; /* |noise| */
    uint32_t output;
};

struct wh_slot_snapshot {
    uint64_t serial; /* of the watch this belongs to */
    enum wh_worker_state state;
    char sentence[512];       /* why FAILED */
    struct wh_sim_result sim; /* top items only; trials 0 until the first batch */
    double draws_per_second;
    uint32_t splash_count; /* vector noise only */
    struct wh_splash splashes[WH_WORKER_SPLASHES];
};

enum wh_status wh_worker_open(struct wh_session *session, struct wh_worker **worker);
void wh_worker_close(struct wh_worker *worker); /* cancels, joins */
/* Facts of the vocabulary that the background has computed are handed to the session in the calls
 * below that take a worker: from then on, and not before, other calls may read them. */
int wh_worker_wake_fd(const struct wh_worker *worker); /* readable when something is new */
void wh_worker_wake_drain(struct wh_worker *worker);

/* Without a limit sampling stops by itself here: every share is known to 0.05 %, and a screen that
 * is left alone leaves the processor alone. */
#define WH_WORKER_ENOUGH 5000000

/* limit: stop after so many trials (0: enough); it alone can change without starting over. spec
 * NULL: nothing is watched. Returns the serial. A seeded session draws the trials that wh_run_sim
 * draws; else every watch has fresh randomness. */
uint64_t wh_worker_watch(struct wh_worker *worker, unsigned slot, uint32_t word,
                         const struct wh_mech_spec *spec, uint64_t limit);
/* Counts from zero, with new trials (the same ones if seeded). Returns the new serial. */
uint64_t wh_worker_restart(struct wh_worker *worker, unsigned slot);
void wh_worker_pause(struct wh_worker *worker, bool paused);
void wh_worker_see(struct wh_worker *worker, uint32_t word, enum wh_map_method method, uint32_t k);

/* Copies of the newest, written over what was there: close the old one first. *fresh says whether
 * it changed since last taken. */
enum wh_status wh_worker_slot(struct wh_worker *worker, unsigned slot,
                              struct wh_slot_snapshot *snapshot, bool *fresh);
/* All of a slot's outputs so far, as wh_run_sim would give them for as many trials; waits for the
 * batch under way. WH_UNAVAILABLE while nothing is sampled in the slot. */
enum wh_status wh_worker_result(struct wh_worker *worker, unsigned slot,
                                struct wh_sim_result *result);
void wh_slot_snapshot_close(struct wh_slot_snapshot *snapshot);
enum wh_status wh_worker_place(struct wh_worker *worker, struct wh_place *place, bool *fresh);
/* 0..1 while the vocabulary's facts are computed, 1 when they are there. */
double wh_worker_derive_done(struct wh_worker *worker);

/* Whether everything asked for is published and no slot is short of its limit: scripts wait for it.
 */
bool wh_worker_settled(struct wh_worker *worker);

#endif
