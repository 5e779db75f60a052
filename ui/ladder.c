/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ladder.c - 1-2-5 and its finer twin, on a log scale. */
#include "ui/ladder.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static const double coarse[] = {1, 2, 5};
static const double fine_steps[] = {1,   1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2, 2.2, 2.5,
                                    2.8, 3,   3.5, 4,   4.5, 5,   5.5, 6,   7, 8,   9};

struct rungs {
    const double *steps;
    int count;
};

/* Rung number index, counted from 1 = 10^0; the shortest decimal, so that 0.3 is 0.3. */
static double rung(const struct rungs *rungs, int index) {
    char text[32];
    int decade = (int)floor((double)index / rungs->count);
    snprintf(text, sizeof text, "%ge%d", rungs->steps[index - decade * rungs->count], decade);
    return strtod(text, NULL);
}

double ui_ladder_next(double value, int direction, bool fine) {
    const struct rungs rungs = fine ? (struct rungs){fine_steps, 22} : (struct rungs){coarse, 3};
    int index = (int)floor(log10(value)) * rungs.count;
    /* the first rung above value; a hair of slack for values that are a rung themselves */
    while (rung(&rungs, index) <= value * (1 + 1e-9))
        index++;
    if (direction > 0)
        return rung(&rungs, index);
    do
        index--;
    while (rung(&rungs, index) >= value * (1 - 1e-9));
    return rung(&rungs, index);
}
