/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explicit_law.h - what mechanisms with an explicit law over all of W share: P(u|w) is proportional to
 * e^{log_weight(w, u)}. Draws go through the cumulative weights, so that tails far below what noise from
 * 52-bit uniforms could reach have their right probability.
 */
#ifndef WH_EXPLICIT_LAW_H
#define WH_EXPLICIT_LAW_H

#include "mech/mech.h"

struct wh_explicit {
    const struct wh_near *near;
    uint32_t words;
    const void *state; /* for the function */
    /* ln of the weight of output u at distance d from the input; rank counted from 0 = the input, and
     * only given if ranked is set. -HUGE_VAL: impossible. */
    double (*log_weight)(const void *state, uint32_t u, double d, uint32_t rank);
    bool ranked;
};

enum wh_status wh_explicit_site_open(const struct wh_explicit *mechanism, uint32_t word,
                                     void **site);
void wh_explicit_site_close(void *site);
size_t wh_explicit_site_bytes(const struct wh_explicit *mechanism);
enum wh_status wh_explicit_draw(const struct wh_explicit *mechanism, const void *site,
                                const struct wh_draws *draws, uint32_t *out);
enum wh_status wh_explicit_law(const struct wh_explicit *mechanism, uint32_t word,
                               struct wh_law *law);

#endif
