/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * near.h - exact nearest neighbours. Distances are Euclidean, computed in double from the float32
 * rows, coordinates in index order; order is by (distance, id). Fast paths filter with vec/ and a
 * proven bound and then decide in double, so they return what the plain scan returns, always.
 */
#ifndef WH_NEAR_H
#define WH_NEAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/token.h"
#include "embed/embed.h"

struct wh_near; /* an embedding prepared for searching; thread-safe */

struct wh_neighbour {
    uint32_t id;
    double distance;
};

enum wh_status wh_near_open(const struct wh_embed *embed, struct wh_near **near);
void wh_near_close(struct wh_near *near);
const struct wh_embed *wh_near_embed(const struct wh_near *near);

/* Distance of two words. */
double wh_near_distance(const struct wh_near *near, uint32_t a, uint32_t b);
/* Distance of a point (n doubles) and a word. */
double wh_near_distance_to(const struct wh_near *near, const double *point, uint32_t word);

/* The k nearest OTHER words of a word, nearest first; returns how many in *found (= min(k, |W|-1)).
 */
enum wh_status wh_near_word(const struct wh_near *near, uint32_t word, size_t k,
                            struct wh_neighbour *out, size_t *found);

/* The k nearest words of any point (n doubles), all words included. */
enum wh_status wh_near_point(const struct wh_near *near, const double *point, size_t k,
                             struct wh_neighbour *out, size_t *found);

/* Batch decoding: for each of count points (count x n doubles, row-major) its k nearest words,
 * out[i * k ...]; k <= |W|. hint is a word likely to win (the input word), or WH_NONE. Uses scratch
 * memory that the caller keeps per thread: no allocation once it has grown. */
struct wh_near_scratch;
enum wh_status wh_near_scratch_open(struct wh_near_scratch **scratch);
void wh_near_scratch_close(struct wh_near_scratch *scratch);
enum wh_status wh_near_decode(const struct wh_near *near, struct wh_near_scratch *scratch,
                              const double *points, size_t count, size_t k, uint32_t hint,
                              struct wh_neighbour *out);

/* A word's neighbours within some distance, for decoding points near the word without looking at
 * the whole vocabulary (prune.c); immutable. useful: the least distance that is worth a list,
 * enough: the farthest that is needed; both are twice the length of the noise to expect. *list is
 * NULL where a list would not pay: the place is too crowded. Costs about one search. */
struct wh_near_list;
enum wh_status wh_near_list_open(const struct wh_near *near, uint32_t word, double useful,
                                 double enough, struct wh_near_list **list);
void wh_near_list_close(struct wh_near_list *list);
size_t wh_near_list_bytes(const struct wh_near *near); /* at most */

/* A point of a batch, its hint and, where it is near a word that has one, the list; or NULL. */
struct wh_near_query {
    const double *point;
    const struct wh_near_list *list;
    uint32_t hint;
};
/* As wh_near_decode, with the same answers, for any points; those with the same list should follow
 * each other. */
enum wh_status wh_near_decode_queries(const struct wh_near *near, struct wh_near_scratch *scratch,
                                      const struct wh_near_query *queries, size_t count, size_t k,
                                      struct wh_neighbour *out);

/* As wh_near_decode, with the same answers, for points near the list's word; list may be NULL. */
enum wh_status wh_near_decode_listed(const struct wh_near *near, const struct wh_near_list *list,
                                     struct wh_near_scratch *scratch, const double *points,
                                     size_t count, size_t k, uint32_t hint,
                                     struct wh_neighbour *out);

/* As wh_near_word for each of count words, in batches: out has count x *found places. */
enum wh_status wh_near_words(const struct wh_near *near, struct wh_near_scratch *scratch,
                             const uint32_t *words, size_t count, size_t k,
                             struct wh_neighbour *out, size_t *found);

/* All distances from a word, by id (|W| doubles; 0 for the word itself). */
void wh_near_distances(const struct wh_near *near, uint32_t word, double *out);

/* Rank of other in word's neighbour list: 0 for the word itself, 1 = nearest other word. */
uint32_t wh_near_rank(const struct wh_near *near, uint32_t word, uint32_t other);

/* ranks[id] for every word at once (|W|). */
enum wh_status wh_near_ranks(const struct wh_near *near, uint32_t word, uint32_t *ranks);

/* Group 1 of struct wh_derived over all pairs, exactly: threads <= 0 means all processors. The
 * arrays are in *memory, to be placed into a wh_derived by the caller. */
struct wh_near_pairs {
    double delta_min, delta_max;
    uint32_t closest[2], farthest[2];
    uint64_t duplicate_pairs;
    double *nn_distance, *radius; /* malloc'ed, |W| each; caller frees */
};
enum wh_status wh_near_pairs(const struct wh_near *near, int threads, struct wh_token *token,
                             struct wh_near_pairs *pairs);

/* The oracles: the same answers by the plain scan in double. For tests and for --exact. */
enum wh_status wh_near_plain_point(const struct wh_near *near, const double *point, size_t k,
                                   struct wh_neighbour *out, size_t *found);
enum wh_status wh_near_plain_pairs(const struct wh_near *near, struct wh_near_pairs *pairs);

#endif
