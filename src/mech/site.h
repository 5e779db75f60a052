/* SPDX-License-Identifier: GPL-3.0-or-later */
/* site.h - what mechanisms see of a prepared word; for src/mech/ only. */
#ifndef WH_SITE_H
#define WH_SITE_H

#include "mech/mech.h"

struct wh_site {
    const struct wh_mechanism *mechanism;
    uint32_t word;
    void *state; /* NULL where the mechanism keeps nothing for a word */
};

#endif
