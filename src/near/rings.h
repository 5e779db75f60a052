/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rings.h - the vocabulary as one word sees it, by distance, for near/ only; see rings.c. */
#ifndef WH_RINGS_H
#define WH_RINGS_H

#include "near/decode.h"

/* For noise up to a longest length. *view is NULL as long as it would not have paid (sketches.h),
 * or where it cannot be had. */
struct wh_near_view;
enum wh_status wh_near_view_open(const struct wh_near *near, uint32_t word, double longest,
                                 struct wh_near_view **view);
void wh_near_view_close(struct wh_near_view *view);

/* The nearest words of up to WH_VEC_PANEL points, best of about equal noise. settled[i] tells which
 * were found; the others are left to the whole vocabulary. Returns what it cost, in rows that the
 * search of the whole vocabulary would have met instead. */
size_t wh_near_view_search(const struct wh_near_view *view, struct wh_near_scratch *scratch,
                           const struct wh_near_task *tasks, size_t count, bool *settled);
/* What such a search would cost in a view of the word, about, as a share of the search of the whole
 * vocabulary, with noise of such length. */
double wh_near_view_cost(const struct wh_near *near, uint32_t word, double noise);
/* |point - word| */
double wh_near_view_noise(const struct wh_near_view *view, const double *point);

#endif
