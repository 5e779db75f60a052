/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nibbles.h - one point against all rows, filtered by half bytes, for near/ only; see nibbles.c. */
#ifndef WH_NIBBLES_H
#define WH_NIBBLES_H

#include "near/near_private.h"

struct wh_near_nibbles;

/* The rows as half bytes: made when first asked for, by whichever thread asks; NULL where the
 * kernel has no use for them or there is no memory. */
const struct wh_near_nibbles *wh_near_nibbles(const struct wh_near *near);
/* The same for those who cannot wait: NULL until enough have asked for making them to pay, and
 * until a thread of its own has made them. */
const struct wh_near_nibbles *wh_near_nibbles_later(const struct wh_near *near);

/* Offers all words to the gather, beginning with those about the word from; query is the point in
 * float, padded, and bound that of wh_near_bound(). */
struct wh_near_lone {
    const double *point;
    const float *query;
    double bound;
    uint32_t from;
};
enum wh_status wh_near_nibbles_scan(const struct wh_near *near,
                                    const struct wh_near_nibbles *nibbles,
                                    const struct wh_near_lone *lone, struct wh_gather *gather);

/* What these keep in a struct wh_near. */
enum wh_status wh_near_nibbles_open(struct wh_near *near);
void wh_near_nibbles_close(struct wh_near *near);

#endif
