/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explicit_law.h - what mechanisms with an explicit law over all of W share: P(u|w) is proportional
 * to e^{log_weight(w, u)}. Draws go through the cumulative weights, so that tails far below what
 * noise from 52-bit uniforms could reach have their right probability.
 */
#ifndef WH_EXPLICIT_LAW_H
#define WH_EXPLICIT_LAW_H

#include "mech/mech.h"

struct wh_explicit {
    const struct wh_near *near;
    uint32_t words;
    /* ln of the weight of output u at distance d from the input; rank counted from 0 = the input,
     * and only given if ranked is set. -HUGE_VAL: impossible. */
    double (*log_weight)(const void *state, uint32_t u, double d, uint32_t rank);
    bool ranked;
};

/* Rows of a descriptor. The mechanism's state begins with its struct wh_explicit. */
enum wh_status wh_explicit_site_open(const void *state, uint32_t word, void **site);
enum wh_status wh_explicit_sites_open(const void *state, const uint32_t *words, size_t count,
                                      struct wh_scratch *scratch, void **sites);
void wh_explicit_site_close(void *site);
size_t wh_explicit_site_bytes(const void *state);
enum wh_status wh_explicit_draw(const void *state, const struct wh_draw_list *list, uint32_t *out);
enum wh_status wh_explicit_trace(const void *state, const void *site, uint32_t word,
                                 const struct wh_draws *draws, struct wh_trace *trace,
                                 double *point);
enum wh_status wh_explicit_law(const void *state, const void *site, uint32_t word,
                               struct wh_law *law);
enum wh_status wh_explicit_log_law(const void *state, uint32_t word, enum wh_tails tails,
                                   double *log_p);

#endif
