/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rings.h - the vocabulary as one word sees it, by distance, for near/ only: made in rings.c,
 * searched in sift.c. */
#ifndef WH_RINGS_H
#define WH_RINGS_H

#include "base/crew.h"
#include "near/decode.h"
#include "near/sketches.h"

#define WH_NEAR_RINGS     256
#define WH_NEAR_SAFETY    8    /* times the error bound */
#define WH_NEAR_SIFT_COST 0.35 /* of a word in a panel, to meeting it with bytes */
#define WH_NEAR_LOOK_COST 2.5  /* of a look at one, likewise */

struct wh_near_view {
    const struct wh_near *near;
    const struct wh_near_sketches *sketches; /* NULL: all words are close */
    uint32_t word;
    double norm, longest;              /* |w|; noise that it is good for */
    uint32_t first[WH_NEAR_RINGS + 1]; /* where a ring begins */
    uint32_t *ids;                     /* words, ring by ring */
    uint8_t *codes;                    /* their sketches, by blocks as kernels want them */
    float *half;                       /* lower bounds of |delta|^2 / 2, of every block */
    struct wh_near_codes *close;       /* codes of the first so many words: */
    uint32_t close_count;              /* whole blocks, or all */
    size_t bytes;
};

/* For noise up to a longest length, made by a crew or, without one (NULL), by the caller alone.
 * *view is NULL as long as it would not have paid (sketches.h), or where it cannot be had. */
enum wh_status wh_near_view_open(const struct wh_near *near, uint32_t word, double longest,
                                 struct wh_crew *crew, struct wh_near_view **view);
/* Of some words, nearest first, with lower bounds of their distances: no others are within reach.
 */
struct wh_near_known {
    const uint32_t *ids;
    const double *distances;
    uint32_t count;
    double reach;
};
enum wh_status wh_near_view_of(const struct wh_near *near, uint32_t word,
                               const struct wh_near_known *known, struct wh_near_view **view);
void wh_near_view_close(struct wh_near_view *view);
/* What a search would cost in a view of the word, about, as a share of the search of the whole
 * vocabulary, with noise of such length. */
double wh_near_view_cost(const struct wh_near *near, uint32_t word, double noise);

/* The nearest words of up to WH_VEC_PANEL points, best of about equal noise. settled[i] tells which
 * were found; the others are left to the whole vocabulary. Returns what it cost, in rows that the
 * search of the whole vocabulary would have met instead. */
size_t wh_near_view_search(const struct wh_near_view *view, struct wh_near_scratch *scratch,
                           const struct wh_near_task *tasks, size_t count, bool *settled);
/* |point - word| */
double wh_near_view_noise(const struct wh_near_view *view, const double *point);

/* The ring of words with such a half square, WH_NEAR_RINGS for those out of reach: no lower for a
 * larger one. */
uint32_t wh_near_ring_of(const struct wh_near_view *view, float half);
/* The blocks that so many words take. */
static inline size_t wh_near_view_blocks(uint32_t words) {
    return ((size_t)words + WH_VEC_ABREAST - 1) / WH_VEC_ABREAST;
}

#endif
