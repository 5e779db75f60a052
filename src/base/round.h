/* SPDX-License-Identifier: GPL-3.0-or-later */
/* round.h - rounding against ourselves: a loss is rounded up, a lower bound down. */
#ifndef WH_ROUND_H
#define WH_ROUND_H

#include <math.h>

/* Bounds for a value computed with a relative error of at most "ulps" units in the last place. */
static inline double wh_round_up(double value, int ulps) {
    for (int i = 0; i < ulps; i++)
        value = nextafter(value, INFINITY);
    return value;
}

static inline double wh_round_down(double value, int ulps) {
    for (int i = 0; i < ulps; i++)
        value = nextafter(value, -INFINITY);
    return value;
}

#endif
