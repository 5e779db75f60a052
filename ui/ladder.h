/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ladder.h - round numbers to step over: 1-2-5 in every decade, or finer ones between them.
 */
#ifndef UI_LADDER_H
#define UI_LADDER_H

#include <stdbool.h>

/* The next round number above (direction 1) or below (-1) a positive value. */
double ui_ladder_next(double value, int direction, bool fine);

#endif
