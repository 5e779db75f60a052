/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nearest.h - the smallest distances of every word found so far, for near/ only. Any thread may
 * offer distances and ask for limits at any time. */
#ifndef WH_NEAREST_H
#define WH_NEAREST_H

#include <stdatomic.h>

#include "near/blocks.h"

struct wh_near_nearest;

/* Lists of the k < |W| smallest of every word, empty. Limits are those of words that stand near in
 * the order: the k-th smallest distance among some words is no smaller than the one of all. */
enum wh_status wh_near_nearest_open(const struct wh_near *near, const struct wh_near_blocks *blocks,
                                    size_t k, int threads, const struct wh_token *token,
                                    struct wh_near_nearest **nearest);
void wh_near_nearest_close(struct wh_near_nearest *nearest);

/* Squares of distances, as the plain scan computes them. A pair must be offered to both of its
 * places, once. False where it is not among the k smallest so far. */
bool wh_near_nearest_offer(struct wh_near_nearest *nearest, uint32_t place, double square);
/* No larger square is among the k smallest. */
double wh_near_nearest_limit(const struct wh_near_nearest *nearest, uint32_t place);
/* The k smallest, in order; INFINITY where there are fewer yet. While nobody offers. */
const double *wh_near_nearest_squares(const struct wh_near_nearest *nearest, uint32_t place);

#endif
