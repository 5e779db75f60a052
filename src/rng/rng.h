/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rng.h - randomness as an argument.
 *
 * A source is the operating system's entropy (default) or a seed (experiments only). Streams are
 * ChaCha20 key streams: a lane is keyed by (source, mechanism, word or record), a stream is one
 * trial of a lane. So trial t of word w under mechanism m is the same whatever ran before it, on
 * any number of threads.
 */
#ifndef WH_RNG_H
#define WH_RNG_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct wh_source {
    unsigned char key[32];
    bool seeded;
    uint64_t seed; /* meaningful if seeded */
};

void wh_source_system(struct wh_source *source); /* fresh key from the operating system */
void wh_source_seed(struct wh_source *source, uint64_t seed);
const char *wh_source_name(const struct wh_source *source); /* "operating system" / "seed" */

struct wh_lane {
    unsigned char key[32];
};

/* Key = BLAKE2b(source key, name, number). name: the mechanism's; number: word id or record. */
void wh_lane_open(const struct wh_source *source, const char *name, uint64_t number,
                  struct wh_lane *lane);

#define WH_RNG_FIRST 128 /* bytes of key stream made at first ... */
#define WH_RNG_BLOCK 512 /* ... and whenever those are used up */

/* A stream: one trial of a lane. */
struct wh_trial {
    const struct wh_lane *lane;
    uint64_t number;
};

/* The first size bytes of some trials in a row of an array, trial by trial: made together they cost
 * a fraction. Begins with count 0. */
#define WH_AHEAD      16
#define WH_AHEAD_MOST 1024               /* bytes of a trial */
#define WH_AHEAD_FEW  (WH_RNG_FIRST / 8) /* numbers, for those who need no more than some */
struct wh_rng_ahead {
    const struct wh_trial *first;
    size_t count;
    unsigned size;
    unsigned char bytes[WH_AHEAD * WH_AHEAD_MOST];
};

/* Fills ahead->bytes for WH_AHEAD trials, ahead->size (a multiple of 64) being set: one function
 * for each kind of vectors of this processor, fastest first. */
#define WH_AHEAD_MAKERS 3
typedef void (*wh_ahead_maker)(const struct wh_trial *trials, struct wh_rng_ahead *ahead);
size_t wh_ahead_makers(wh_ahead_maker makers[WH_AHEAD_MAKERS]);

struct wh_rng {
    unsigned char key[32];
    uint64_t trial, block; /* next key stream block of this trial */
    unsigned used, filled; /* bytes of buffer consumed, and made */
    unsigned char buffer[WH_AHEAD_MOST];
};

void wh_rng_open(const struct wh_lane *lane, uint64_t trial, struct wh_rng *rng);
/* Opens the first of the trials that are left, which need about so many numbers of 64 bits each:
 * from what was made ahead, or it makes them ahead now if that pays. What a trial draws is the same
 * either way. */
void wh_rng_open_ahead(const struct wh_trial *trials, size_t left, size_t numbers,
                       struct wh_rng_ahead *ahead, struct wh_rng *rng);

void wh_rng_refill(struct wh_rng *rng);

static inline uint64_t wh_rng_bits(struct wh_rng *rng) { /* 64 fair bits */
    uint64_t value;
    if (rng->used == rng->filled)
        wh_rng_refill(rng);
    memcpy(&value, rng->buffer + rng->used, sizeof value);
    rng->used += (unsigned)sizeof value;
    return le64toh(value);
}

/* Strictly inside (0,1): the middles of 2^52 equal cells, exact in double, never 0, never 1. */
static inline double wh_rng_uniform(struct wh_rng *rng) {
    return ((double)(wh_rng_bits(rng) >> 12) + 0.5) * 0x1p-52;
}

uint64_t wh_rng_below(struct wh_rng *rng, uint64_t limit); /* uniform on 0..limit-1, unbiased */
double wh_rng_exponential(struct wh_rng *rng);             /* rate 1 */
double wh_rng_normal(struct wh_rng *rng);                  /* mean 0, variance 1 */
void wh_rng_normals(struct wh_rng *rng, size_t count, double *out); /* as many calls of it */

#endif
