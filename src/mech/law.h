/* SPDX-License-Identifier: GPL-3.0-or-later */
/* law.h - building laws; for src/mech/ only. */
#ifndef WH_LAW_H
#define WH_LAW_H

#include "mech/mech.h"

/* Room for count words. */
enum wh_status wh_law_open(uint32_t count, struct wh_law *law);
/* All words by rank from word: ids and distances filled, log_p left at 0. */
enum wh_status wh_law_ranked(const struct wh_near *near, uint32_t word, struct wh_law *law);
/* ln of the sum of e^{log_p}. */
double wh_log_sum(const double *log_p, size_t count);
/* Sum of all masses, small ones first. */
double wh_law_total(const struct wh_law *law);

#endif
