/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prune.h - searching a word's list, for near/ only; lists are opened by near.h. */
#ifndef WH_PRUNE_H
#define WH_PRUNE_H

#include "near/rings.h"

/* The k nearest words of a point, as far as the list knows them: *found of them, in order, in best.
 * True when nothing outside the list can be among them. query is room for stride floats, 64-byte
 * aligned, zero beyond dim. */
bool wh_near_list_search(const struct wh_near_list *list, const double *point, float *query,
                         size_t k, struct wh_neighbour *best, size_t *found);

/* A list's view, or NULL, where about so many draws are to come that it does not settle; draws more
 * have just been left to the whole vocabulary. */
const struct wh_near_view *wh_near_list_view(const struct wh_near_list *list, size_t coming);
void wh_near_list_missed(const struct wh_near_list *list, size_t draws);
/* What searches of so many panels by the view cost; it is given up where it does not pay. */
void wh_near_list_judge(const struct wh_near_list *list, size_t panels, size_t cost);

#endif
