/* SPDX-License-Identifier: GPL-3.0-or-later */
/* order.h - the words in an order that brings similar ones together, for near/ only. */
#ifndef WH_ORDER_H
#define WH_ORDER_H

#include "base/token.h"
#include "near/near_private.h"

/* centre: near->stride floats, about the mean of all rows, then zeros. order: |W| words, those of
 * like direction about the centre one after the other, and among them those of like length. norm:
 * |W|, how far the word at a place of the order is from the centre, to 2^-30 of it. WH_CANCELLED.
 * What comes out may depend on the kernel. */
enum wh_status wh_near_order(const struct wh_near *near, int threads, const struct wh_token *token,
                             float *centre, uint32_t *order, double *norm);

#endif
