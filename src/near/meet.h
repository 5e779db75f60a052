/* SPDX-License-Identifier: GPL-3.0-or-later */
/* meet.h - two blocks of words, every one against every one, for near/ only; see meet.c. */
#ifndef WH_MEET_H
#define WH_MEET_H

#include "near/nearest.h"

struct wh_near_far_pair {
    double distance;
    uint32_t a, b; /* words, a < b; WH_NONE before there is a pair */
};
/* The farther pair counts, of equal ones the first; a word is no pair with itself. */
void wh_near_consider_far(struct wh_near_far_pair *farthest, const struct wh_near *near, uint32_t a,
                          uint32_t b);

/* What all threads share. */
struct wh_near_meeting {
    const struct wh_near *near;
    const struct wh_near_blocks *blocks;
    struct wh_near_nearest *nearest;
    _Atomic double farthest; /* some pair is as far apart as this */
};

/* One thread's memory. */
struct wh_near_meeter {
    struct wh_near_meeting *meeting;
    struct wh_near_far_pair farthest; /* the thread's */
    struct wh_near_meet_room *room;
};

enum wh_status wh_near_meeter_open(struct wh_near_meeting *meeting, struct wh_near_meeter *meeter);
void wh_near_meeter_close(struct wh_near_meeter *meeter);

/* Offers all pairs of a word of one block and a word of the other that may be near, and considers
 * all that may be far; a block meets itself too. No pair of blocks may meet twice. */
void wh_near_meet(struct wh_near_meeter *meeter, uint32_t a, uint32_t b);

/* Pairs that lists took since the last call, less those that no longer matter: *values has room for
 * some the caller's to begin with, then one for each, to be handed to wh_near_meet_again(). Returns
 * how many values in all, 0 if there were too many. Valid until the next call. */
size_t wh_near_meet_findings(struct wh_near_meeter *meeter, size_t before, double **values);

/* Offers a pair that was taken in another run with the same order; what is no pair is left out. */
void wh_near_meet_again(const struct wh_near_meeting *meeting, double packed);

#endif
