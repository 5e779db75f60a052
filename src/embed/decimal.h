/* SPDX-License-Identifier: GPL-3.0-or-later */
/* decimal.h - decimal text to the nearest float32, whatever the locale. */
#ifndef WH_DECIMAL_H
#define WH_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

/* Reads all of text .. end as [+-]digits[.digits][e[+-]digits], or as inf, infinity, nan with an
 * optional sign (the value is then not finite); anything else is false. The result is the float32
 * nearest to the written number, ties to even. The byte at end must be readable and end a number
 * (blank, line feed, NUL). */
bool wh_decimal_float(const char *text, const char *end, float *value);

#define WH_DECIMAL_AHEAD 10 /* bytes from end on that wh_decimal_row() may look at */

/* count finite numbers with blanks between them, from text to the very end; false if it is anything
 * else. So many bytes from end on must be readable, the first as above. */
bool wh_decimal_row(const char *text, const char *end, uint32_t count, float *values);

#endif
