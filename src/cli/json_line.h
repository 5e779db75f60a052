/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_line.h - how numbers and JSON text are put on a line. */
#ifndef WH_JSON_LINE_H
#define WH_JSON_LINE_H

#include <stdio.h>

#define WH_REAL_BYTES 32

/* The fewest of 15, 16 or 17 digits that read back to the same double. */
const char *wh_real_text(double value, char out[WH_REAL_BYTES]);

/* Prints dumped JSON and a line feed. Reals become short; what could act on a terminal (C1
 * controls, DEL, bidi controls, other format characters) is escaped as \uXXXX, so nothing is lost.
 */
void wh_json_line(FILE *out, const char *json);

#endif
