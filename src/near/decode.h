/* SPDX-License-Identifier: GPL-3.0-or-later */
/* decode.h - the scratch memory of batch searches, for near/ only. */
#ifndef WH_DECODE_H
#define WH_DECODE_H

#include "near/near_private.h"

/* One point of a batch. */
struct wh_near_task {
    const double *point;
    struct wh_neighbour *out; /* k of them */
    uint32_t hint;            /* a word likely to win, or WH_NONE */
};

struct wh_near_scratch {
    _Alignas(64) float threshold[WH_VEC_PANEL];
    struct wh_near_task tasks[WH_VEC_PANEL];
    float *query; /* one point in float, padded */
    float *panel; /* dim x WH_VEC_PANEL */
    size_t dim;   /* that panel has room for */
    float *dots;  /* WH_NEAR_TILE x WH_VEC_PANEL */
    struct wh_vec_hit *hits;
    struct wh_gather gathers[WH_VEC_PANEL];
};

enum wh_status wh_near_scratch_fit(struct wh_near_scratch *scratch, size_t dim);

#endif
