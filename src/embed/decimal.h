/* SPDX-License-Identifier: GPL-3.0-or-later */
/* decimal.h - decimal text to the nearest float32, whatever the locale. */
#ifndef WH_DECIMAL_H
#define WH_DECIMAL_H

#include <stdbool.h>

/* Reads all of text .. end as [+-]digits[.digits][e[+-]digits], or as inf, infinity, nan with an
 * optional sign (the value is then not finite); anything else is false. The result is the float32
 * nearest to the written number, ties to even. The byte at end must be readable and end a number
 * (blank, line feed, NUL). */
bool wh_decimal_float(const char *text, const char *end, float *value);

/* The finite number at text, which ends at a blank or at end: where that is, NULL if there is none.
 * The byte at end as above. */
const char *wh_decimal_next(const char *text, const char *end, float *value);

#endif
