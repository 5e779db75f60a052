/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prune.h - searching a word's list, for near/ only; lists are opened by near.h. */
#ifndef WH_PRUNE_H
#define WH_PRUNE_H

#include "near/rings.h"

/* A search of a list's words. */
struct wh_near_find {
    const double *point;
    float *query; /* room for stride floats, 64-byte aligned, zero beyond dim */
    size_t k, found;
    struct wh_neighbour *best; /* room for k: those found, in order */
    double noise;              /* how far the point is from the list's word */
    bool brief;                /* not where many words may win */
    bool many;                 /* these may */
};
/* The k nearest words of a point, as far as the list knows them. True when nothing outside the list
 * can be among them; false, too, where it was to be brief. */
bool wh_near_list_search(const struct wh_near_list *list, struct wh_near_find *find);
/* A view of the list's words, or NULL; many have just been searched one by one. */
const struct wh_near_view *wh_near_list_inner(const struct wh_near_list *list);
void wh_near_list_many(const struct wh_near_list *list);

/* A view of all words from the list's, or NULL, where about so many draws are to come that it does
 * not settle; draws more have just been left to the whole vocabulary. */
const struct wh_near_view *wh_near_list_view(const struct wh_near_list *list, size_t coming);
void wh_near_list_missed(const struct wh_near_list *list, size_t draws);
/* What searches of so many panels by the view cost; it is given up where it does not pay. */
void wh_near_list_judge(const struct wh_near_list *list, size_t panels, size_t cost);

#endif
