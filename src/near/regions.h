/* SPDX-License-Identifier: GPL-3.0-or-later */
/* regions.h - excluding whole regions of the vocabulary at once, for near/ only; see regions.c. */
#ifndef WH_REGIONS_H
#define WH_REGIONS_H

#include "near/decode.h"

/* The vocabulary in regions: made once enough draws have wanted it. */
struct wh_near_regions;
void wh_near_regions_want(const struct wh_near *near, size_t draws);
enum wh_status wh_near_regions_open(struct wh_near *near);
void wh_near_regions_close(struct wh_near *near);

/* All regions as one word sees them, for noise up to some length. *view is NULL as long as it would
 * not have paid, or where it cannot be had. */
struct wh_near_view;
enum wh_status wh_near_view_open(const struct wh_near *near, uint32_t word, double longest,
                                 struct wh_near_view **view);
void wh_near_view_close(struct wh_near_view *view);

/* The nearest words of up to WH_VEC_PANEL points. settled[i] tells which were found; the others
 * are left to the whole vocabulary. looked counts the words that had to be looked at. */
void wh_near_view_search(const struct wh_near_view *view, struct wh_near_scratch *scratch,
                         const struct wh_near_task *tasks, size_t count, bool *settled,
                         size_t *looked);

#endif
