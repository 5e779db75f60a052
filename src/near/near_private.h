/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * near_private.h - shared by the files of near/: the prepared embedding, the bound that makes the
 * float filter safe, and the gatherer of candidates.
 */
#ifndef WH_NEAR_PRIVATE_H
#define WH_NEAR_PRIVATE_H

#include <stdbool.h>

#include "near/near.h"
#include "vec/vec.h"

#define WH_NEAR_TILE      64  /* rows whose scores stay in the first-level cache */
#define WH_NEAR_CODE_TILE 256 /* rows that a panel of bytes is held against at a time */

struct wh_near {
    const struct wh_embed *embed;
    uint32_t words, dim;
    size_t stride;
    const float *rows;
    float *half;                             /* |u|^2 / 2, rounded to float */
    double max_norm;                         /* upper bound on |u| over all words */
    struct wh_near_code_room *code_room;     /* codes.c */
    struct wh_near_sketch_room *sketch_room; /* sketches.c */
    struct wh_near_nibble_room *nibble_room; /* nibbles.c */
};

/*
 * The filter ranks words by the score s(u) = x.u - |u|^2 / 2 in float; the exact score S(u) orders
 * words as their distance to x does. This is E with |s(u) - S(u)| <= E for every word, where E also
 * covers the rounding of the plain scan in double. INFINITY where floats could overflow.
 */
double wh_near_bound(const struct wh_near *near, double point_norm);

/* The plain distance: double, coordinates in index order. */
double wh_near_plain_distance(const struct wh_near *near, const double *point, uint32_t id);

/* Words whose score is below this are farther from the point than the given word: its own score,
 * in double, less slack (twice the bound above). */
float wh_near_bar(const struct wh_near *near, const double *point, uint32_t word, double slack);

/* As wh_near_point(), faster where the nearest are about as frequent as the word from. */
enum wh_status wh_near_point_about(const struct wh_near *near, const double *point, size_t k,
                                   uint32_t from, struct wh_neighbour *out, size_t *found);

/* WH_DATA. Finite rows with their norms always have k nearest and a farthest pair; a store made to
 * harm may lack them as long as nobody has verified it. */
enum wh_status wh_near_not_finite(void);

/* Of the count words nearest to a word all others but one, the word itself: returns count - 1. */
size_t wh_near_others(uint32_t word, const struct wh_neighbour *all, size_t count,
                      struct wh_neighbour *out);

int wh_neighbour_order(const void *a, const void *b); /* by (distance, id), for qsort */

/* The words that may be among the k nearest of one point. */
struct wh_gather {
    size_t k;
    double slack; /* 2 E */
    float floor;  /* scores below it do not matter; -INFINITY at first */
    float *best;  /* min-heap of the k best scores so far */
    size_t best_count;
    struct wh_candidate {
        float score;
        uint32_t id;
    } * items;
    size_t count, capacity, best_capacity;
};

enum wh_status wh_gather_start(struct wh_gather *gather, size_t k, double bound);
enum wh_status wh_gather_offer(struct wh_gather *gather, uint32_t id, float score);
/* Scores below this cannot be among the k nearest. */
float wh_gather_threshold(const struct wh_gather *gather);
/* Rescores in double and sorts; out gets k entries. */
enum wh_status wh_gather_finish(struct wh_gather *gather, const struct wh_near *near,
                                const double *point, struct wh_neighbour *out);
void wh_gather_close(struct wh_gather *gather);
/* Offers it all words, for one point. */
enum wh_status wh_near_offer_all(const struct wh_near *near, const double *point, double bound,
                                 struct wh_gather *gather);

#endif
