/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * blocks.c - a word is u = m + s c + r with the centre m, integer codes c in -127..127, the scale s
 * of its block and a residue r. Distances do not know of the centre, and about it words are short.
 * As a block's words are of like length, one scale does for all of them, and sums of products of
 * two blocks' codes all count the same: whether a pair is near is seen from integers.
 */
#include "near/blocks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/wordmap.h"
#include "near/codes.h"

#define DIM_MOST 16384 /* of coded dimensions: sums stay below 2^30; what is beyond is residue */

struct coding {
    const struct wh_near *near;
    struct wh_near_blocks *blocks;
    const struct wh_token *token;
    float *rows; /* one a thread, for those that are not in memory */
};

uint32_t wh_near_block_count(const struct wh_near_blocks *blocks, uint32_t block) {
    uint32_t left = blocks->words - wh_near_block_first(block);
    return left < WH_NEAR_BLOCK ? left : WH_NEAR_BLOCK;
}

uint32_t wh_near_block_panels(const struct wh_near_blocks *blocks, uint32_t block) {
    return (wh_near_block_count(blocks, block) - 1) / WH_VEC_PANEL + 1;
}

size_t wh_near_panel_size(const struct wh_near_blocks *blocks) {
    return blocks->groups * 4 * WH_VEC_PANEL;
}

const int8_t *wh_near_panel_codes(const struct wh_near_blocks *blocks, size_t panel) {
    return blocks->codes + panel * wh_near_panel_size(blocks);
}

static double coordinate(const struct coding *coding, const float *row, uint32_t j) {
    return (double)row[j] - (double)coding->blocks->centre[j];
}

/* The largest coordinate becomes 127. */
static double scale_of(const struct coding *coding, uint32_t first, uint32_t count, float *room) {
    const struct wh_near *near = coding->near;
    double largest = 0;
    for (uint32_t at = first; at < first + count; at++) {
        const float *row = wh_embed_look(near->embed, coding->blocks->order[at], room);
        for (uint32_t j = 0; j < near->dim; j++) {
            double size = fabs(coordinate(coding, row, j));
            largest = size > largest ? size : largest;
        }
    }
    return largest > 0 ? largest / 127 : 1;
}

static void code_word(const struct coding *coding, uint32_t at, double scale, float *room) {
    const struct wh_near *near = coding->near;
    struct wh_near_blocks *blocks = coding->blocks;
    const float *row = wh_embed_look(near->embed, blocks->order[at], room);
    int8_t *out =
        blocks->codes + at / WH_VEC_PANEL * wh_near_panel_size(blocks) + at % WH_VEC_PANEL * 4;
    const double inverse = 1 / scale;
    double rest2 = 0;
    int32_t sum = 0;
    for (uint32_t j = 0; j < near->dim; j++) {
        double x = coordinate(coding, row, j);
        int code = j < DIM_MOST ? wh_near_code_of(x, inverse) : 0;
        double rest = x - scale * code;
        rest2 += rest * rest;
        if (j < DIM_MOST)
            out[j / 4 * (4 * WH_VEC_PANEL) + j % 4] = (int8_t)code;
        sum += code;
    }
    blocks->start[at] = -128 * sum;
    blocks->residue[at] = wh_near_up_float(sqrt(rest2) * (1 + ((double)near->dim + 8) * 0x1p-52));
}

static void code_block(const struct coding *coding, uint32_t block, float *room) {
    struct wh_near_blocks *blocks = coding->blocks;
    uint32_t first = wh_near_block_first(block), count = wh_near_block_count(blocks, block);
    struct wh_near_block *made = &blocks->blocks[block];
    made->scale = scale_of(coding, first, count, room);
    for (uint32_t at = first; at < first + count; at++) {
        float *panel_norm = &blocks->panel_norm[at / WH_VEC_PANEL];
        float norm = wh_near_up_float(blocks->norm[at] * (1 + 0x1p-22));
        code_word(coding, at, made->scale, room);
        *panel_norm = norm > *panel_norm ? norm : *panel_norm;
        made->norm = fmax(made->norm, (double)norm);
        made->residue = fmax(made->residue, (double)blocks->residue[at]);
    }
}

static enum wh_status code_blocks(void *context, size_t begin, size_t end, int thread) {
    const struct coding *coding = context;
    for (size_t block = begin; block < end; block++)
        code_block(coding, (uint32_t)block, coding->rows + (size_t)thread * coding->near->stride);
    wh_embed_slim(coding->near->embed, 0);
    return wh_token_check(coding->token);
}

/* Of the order, cut to what a double holds. */
static double fingerprint_of(const struct wh_near_blocks *blocks) {
    size_t size = blocks->words * sizeof *blocks->order;
    return (double)(wh_word_hash((const char *)blocks->order, size) >> 12);
}

static enum wh_status alloc_blocks(const struct wh_near *near, struct wh_near_blocks *blocks) {
    enum wh_status status = WH_OK;
    uint32_t dim = near->dim < DIM_MOST ? near->dim : DIM_MOST;
    blocks->words = near->words;
    blocks->count = (near->words - 1) / WH_NEAR_BLOCK + 1;
    blocks->groups = ((size_t)dim + 3) / 4;
    size_t panels = (near->words - 1) / WH_VEC_PANEL + 1, places = panels * WH_VEC_PANEL;
    wh_embed_slim(near->embed, places * (blocks->groups * 4 + 6 * sizeof(float)));
    WH_TRY(WH_ALLOC_ALIGNED(blocks->centre, near->stride));
    WH_TRY(WH_ALLOC(blocks->order, places));
    WH_TRY(WH_ALLOC(blocks->norm, places));
    WH_TRY(WH_ALLOC(blocks->residue, places));
    WH_TRY(WH_ALLOC(blocks->panel_norm, panels));
    WH_TRY(WH_ALLOC(blocks->start, places));
    WH_TRY(WH_ALLOC_ALIGNED(blocks->codes, panels * wh_near_panel_size(blocks)));
    WH_TRY(WH_ALLOC(blocks->blocks, blocks->count));
out:
    return status;
}

enum wh_status wh_near_blocks_open(const struct wh_near *near, int threads,
                                   const struct wh_token *token, struct wh_near_blocks **blocks) {
    enum wh_status status = WH_OK;
    struct wh_near_blocks *made = NULL;
    const int count = threads > 0 ? threads : wh_cpu_count();
    struct coding coding = {near, NULL, token, NULL};
    *blocks = NULL;
    WH_TRY(WH_ALLOC(made, 1));
    WH_TRY(alloc_blocks(near, made));
    WH_TRY(wh_near_order(near, threads, token, made->centre, made->order, made->norm));
    made->fingerprint = fingerprint_of(made);
    coding.blocks = made;
    WH_TRY(WH_ALLOC_ALIGNED(coding.rows, (size_t)count * near->stride));
    WH_TRY(wh_pool_run(count, made->count, 1, code_blocks, &coding));
    for (uint32_t block = 0; block < made->count; block++)
        made->most = fmax(made->most, made->blocks[block].norm);
    *blocks = made;
    made = NULL;
out:
    free(coding.rows);
    wh_near_blocks_close(made);
    return status;
}

void wh_near_blocks_close(struct wh_near_blocks *blocks) {
    if (!blocks)
        return;
    free(blocks->centre);
    free(blocks->order);
    free(blocks->norm);
    free(blocks->residue);
    free(blocks->panel_norm);
    free(blocks->start);
    free(blocks->codes);
    free(blocks->blocks);
    free(blocks);
}

/* From codes: they are at hand, and near enough. */
void wh_near_block_directions(const struct wh_near *near, const struct wh_near_blocks *blocks,
                              float *out) {
    memset(out, 0, blocks->count * near->stride * sizeof *out);
    for (uint32_t block = 0; block < blocks->count; block++) {
        float *direction = out + block * near->stride, norm2 = 0;
        size_t first = wh_near_block_first(block) / WH_VEC_PANEL;
        for (size_t p = first; p < first + wh_near_block_panels(blocks, block); p++) {
            const int8_t *codes = wh_near_panel_codes(blocks, p);
            for (size_t i = 0; i < wh_near_panel_size(blocks); i++)
                direction[i / (4 * WH_VEC_PANEL) * 4 + i % 4] += (float)codes[i];
        }
        for (size_t j = 0; j < near->stride; j++)
            norm2 += direction[j] * direction[j];
        for (size_t j = 0; j < near->stride && norm2 > 0; j++)
            direction[j] /= sqrtf(norm2);
    }
}
