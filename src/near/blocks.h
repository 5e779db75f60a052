/* SPDX-License-Identifier: GPL-3.0-or-later */
/* blocks.h - the words as bytes about their centre, in blocks of like ones with one scale each, for
 * near/ only; see blocks.c. A word is spoken of by its place in the order of order.h. */
#ifndef WH_BLOCKS_H
#define WH_BLOCKS_H

#include "near/order.h"

#define WH_NEAR_BLOCK (21 * WH_VEC_PANEL) /* words of a block; the last has what is left */

/* Upper bounds for the words of a block, about the centre. */
struct wh_near_block {
    double scale;         /* of all its codes */
    double norm, residue; /* |u - centre|, |u - centre - scale * codes| */
};

struct wh_near_blocks {
    uint32_t words, count;
    size_t groups;     /* of four dimensions */
    float *centre;     /* stride of the rows */
    uint32_t *order;   /* the word at every place */
    double *norm;      /* |u - centre|, to 2^-30 of it */
    float *residue;    /* upper bound */
    float *panel_norm; /* upper bound of every WH_VEC_PANEL places */
    int32_t *start;    /* -128 times the sum of the codes */
    int8_t *codes;     /* a panel for every WH_VEC_PANEL places, as in struct wh_vec_meeting */
    struct wh_near_block *blocks;
    double most;        /* upper bound of all norms */
    double fingerprint; /* of the order: a whole number */
};

enum wh_status wh_near_blocks_open(const struct wh_near *near, int threads,
                                   const struct wh_token *token, struct wh_near_blocks **blocks);
void wh_near_blocks_close(struct wh_near_blocks *blocks);

/* Places of a block: where they begin, how many, and how many panels they take. */
static inline uint32_t wh_near_block_first(uint32_t block) {
    return block * WH_NEAR_BLOCK;
}
uint32_t wh_near_block_count(const struct wh_near_blocks *blocks, uint32_t block);
uint32_t wh_near_block_panels(const struct wh_near_blocks *blocks, uint32_t block);

/* The codes of a panel, counted over all blocks, and the bytes that it takes. */
const int8_t *wh_near_panel_codes(const struct wh_near_blocks *blocks, size_t panel);
size_t wh_near_panel_size(const struct wh_near_blocks *blocks);

/* out[b] = the direction of block b's mean, stride floats, 64-byte aligned; zeros if it has none.
 */
void wh_near_block_directions(const struct wh_near *near, const struct wh_near_blocks *blocks,
                              float *out);

#endif
