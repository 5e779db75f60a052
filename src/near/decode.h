/* SPDX-License-Identifier: GPL-3.0-or-later */
/* decode.h - the scratch memory of batch searches, for near/ only. */
#ifndef WH_DECODE_H
#define WH_DECODE_H

#include "near/codes.h"

/* One point of a batch. */
struct wh_near_task {
    const double *point;
    struct wh_neighbour *out; /* k of them */
    uint32_t hint;            /* a word likely to win, or WH_NONE */
    double noise;             /* how far it is from the word of a view */
};
#define WH_NEAR_CLOSE (16 * WH_VEC_PANEL) /* most points that a view is asked for at a time */

/* A panel of queries as bytes. */
struct wh_near_code_panel {
    _Alignas(64) float threshold[WH_VEC_PANEL];
    float width[WH_VEC_PANEL];
    bool open[WH_VEC_PANEL];
    double loss[WH_VEC_PANEL];  /* a bar in float scores is this much lower in codes */
    double error[WH_VEC_PANEL]; /* of y */
    float scale, rest;          /* the largest of the panel */
    float reach[WH_NEAR_HEADS]; /* likewise: what queries have beyond heads */
    size_t heads;               /* in use: 0 none, 1 the longest, 2 the next ... */
    size_t rows, doubts;        /* met by it lately, and what it did not decide */
    uint8_t *codes;
    double *y;             /* WH_VEC_PANEL x dim: queries as rows of the codes lie */
    float *queries, *room; /* WH_VEC_PANEL x stride; 2 x stride */
    size_t dim;            /* that there is room for */
};

struct wh_near_scratch {
    _Alignas(64) float threshold[WH_VEC_PANEL];
    struct wh_near_task tasks[WH_VEC_PANEL];  /* for the whole vocabulary */
    struct wh_near_task close[WH_NEAR_CLOSE]; /* for a view first */
    float *query;                             /* one point in float, padded */
    float *panel;                             /* dim x WH_VEC_PANEL */
    size_t dim;                               /* that panel has room for */
    float *dots;                              /* WH_NEAR_TILE x WH_VEC_PANEL */
    struct wh_vec_hit *hits;
    struct wh_gather gathers[WH_VEC_PANEL];
    struct wh_near_code_panel *codes;      /* NULL until codes are used */
    struct wh_near_sketch_panel *sketches; /* NULL until a view is (sift.c) */
};

enum wh_status wh_near_scratch_fit(struct wh_near_scratch *scratch, size_t dim);

/* Searching by codes: start, then every lane (point NULL: closed), each with its gather begun and
 * its threshold set, then encode, then the tiles. bound is that of wh_near_bound(). */
enum wh_status wh_near_codes_start(const struct wh_near *near, struct wh_near_scratch *scratch);
void wh_near_codes_lane(const struct wh_near *near, struct wh_near_scratch *scratch, size_t q,
                        const double *point, double bound);
void wh_near_codes_encode(const struct wh_near *near, struct wh_near_scratch *scratch);
/* Another bar for a lane: float scores below it do not matter; NAN closes it. */
void wh_near_codes_bar(struct wh_near_scratch *scratch, size_t q, float bar);
/* Which of some rows, WH_NEAR_CODE_TILE at most, may reach the bars: that many hits in the scratch.
 */
size_t wh_near_codes_sieve(const struct wh_near_codes *codes, struct wh_near_scratch *scratch,
                           uint32_t first, uint32_t count);
enum wh_status wh_near_codes_tile(const struct wh_near *near, const struct wh_near_codes *codes,
                                  struct wh_near_scratch *scratch, uint32_t first, uint32_t count);
void wh_near_code_panel_close(struct wh_near_code_panel *panel);
void wh_near_sketch_panel_close(struct wh_near_sketch_panel *panel);

#endif
