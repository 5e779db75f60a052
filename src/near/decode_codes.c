/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode_codes.c - a panel of queries against all rows, filtered by bytes: what decode.c does in
 * floats, four times as many products an instruction. Rows whose upper bound (codes.c) reaches the
 * bar get their float score and are gathered as ever, so the answers do not change.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "near/codes.h"
#include "near/decode.h"

#define HEAD_ROWS   2048 /* met before a head is judged */
#define DOUBTS_MOST 0.07 /* of them, for a head to pay */

void wh_near_code_panel_close(struct wh_near_code_panel *panel) {
    if (!panel)
        return;
    free(panel->codes);
    free(panel->queries);
    free(panel->y);
    free(panel->room);
    free(panel);
}

static enum wh_status fit(struct wh_near_scratch *scratch, size_t dim) {
    enum wh_status status = WH_OK;
    struct wh_near_code_panel *panel = scratch->codes;
    if (panel && panel->dim >= dim)
        return WH_OK;
    wh_near_code_panel_close(panel);
    scratch->codes = NULL;
    WH_TRY(WH_ALLOC_ALIGNED(panel, 1));
    scratch->codes = panel;
    WH_TRY(WH_ALLOC_ALIGNED(panel->codes, wh_vec_stride(dim) * WH_VEC_PANEL));
    WH_TRY(WH_ALLOC_ALIGNED(panel->queries, wh_vec_stride(dim) * WH_VEC_PANEL));
    WH_TRY(WH_ALLOC(panel->y, dim * WH_VEC_PANEL));
    WH_TRY(WH_ALLOC_ALIGNED(panel->room, wh_vec_stride(dim) * 2));
    panel->dim = dim;
out:
    return status;
}

void wh_near_codes_bar(struct wh_near_scratch *scratch, size_t q, float bar) {
    struct wh_near_code_panel *panel = scratch->codes;
    scratch->threshold[q] = bar;
    panel->threshold[q] = nextafterf((float)((double)bar - panel->loss[q]), -INFINITY);
}

/* The largest of what queries have beyond each head. */
static void measure_reach(const struct wh_near_codes *codes, struct wh_near_code_panel *panel,
                          size_t q, size_t dim) {
    const uint8_t *lane = panel->codes + 4 * q;
    size_t j = dim; /* behind it lanes have no codes */
    double square = 0;
    for (size_t h = 0; h < WH_NEAR_HEADS && codes->heads[h].dims; h++) {
        for (; j > codes->heads[h].dims; j--) {
            int code = lane[(j - 1) / 4 * 4 * WH_VEC_PANEL + (j - 1) % 4] - 128;
            square += code * code;
        }
        float reach = wh_near_up_float(sqrt(square) * (double)panel->scale * (1 + 0x1p-40));
        panel->reach[h] = fmaxf(panel->reach[h], reach);
    }
}

static void encode_lane(const struct wh_near *near, const struct wh_near_codes *codes,
                        struct wh_near_scratch *scratch, size_t q) {
    struct wh_near_code_panel *panel = scratch->codes;
    struct wh_near_code_query code = wh_near_encode(
        panel->y + q * near->dim, near->dim, panel->scale, 4 * WH_VEC_PANEL, panel->codes + 4 * q);
    double norm = near->max_norm + (codes->axes ? codes->axes->length : 0);
    float rest = (float)((code.rest + panel->error[q]) * (1 + 0x1p-18));
    panel->width[q] = (float)(code.length * (1 + 0x1p-18));
    panel->rest = fmaxf(panel->rest, rest);
    panel->loss[q] += wh_near_code_loss(norm, code.length);
    measure_reach(codes, panel, q, near->dim);
    wh_near_codes_bar(scratch, q, scratch->threshold[q]);
}

void wh_near_codes_encode(const struct wh_near *near, struct wh_near_scratch *scratch) {
    const struct wh_near_codes *codes = wh_near_codes(near);
    struct wh_near_code_panel *panel = scratch->codes;
    panel->scale = panel->rest = 0;
    memset(panel->reach, 0, sizeof panel->reach);
    for (size_t q = 0; q < WH_VEC_PANEL; q++)
        if (panel->open[q])
            panel->scale = fmaxf(panel->scale, wh_near_scale(panel->y + q * near->dim, near->dim));
    for (size_t q = 0; q < WH_VEC_PANEL; q++)
        if (panel->open[q])
            encode_lane(near, codes, scratch, q);
}

enum wh_status wh_near_codes_start(const struct wh_near *near, struct wh_near_scratch *scratch) {
    enum wh_status status = fit(scratch, near->dim);
    struct wh_near_code_panel *panel = scratch->codes;
    if (status != WH_OK)
        return status;
    panel->heads = panel->heads < WH_NEAR_HEADS ? panel->heads + 1 : WH_NEAR_HEADS;
    panel->rows = panel->doubts = 0;
    return WH_OK;
}

void wh_near_codes_lane(const struct wh_near *near, struct wh_near_scratch *scratch, size_t q,
                        const double *point, double bound) {
    struct wh_near_code_panel *panel = scratch->codes;
    float *query = panel->queries + q * near->stride;
    panel->open[q] = point;
    panel->threshold[q] = NAN;
    if (!point)
        return;
    const struct wh_near_place place =
        wh_near_place(near, wh_near_codes(near), point, panel->room, panel->y + q * near->dim);
    for (uint32_t j = 0; j < near->dim; j++)
        query[j] = (float)point[j];
    memset(query + near->dim, 0, (near->stride - near->dim) * sizeof *query);
    panel->error[q] = place.error;
    panel->loss[q] = bound + place.rounding - place.shift;
}

static enum wh_status take(const struct wh_near *near, struct wh_near_scratch *scratch,
                           uint32_t first, size_t count) {
    for (size_t h = 0; h < count; h++) {
        size_t q = scratch->hits[h].query;
        uint32_t id = first + scratch->hits[h].row;
        float score;
        wh_vec()->dot_rows(near->rows + id * near->stride, near->stride, 1,
                           scratch->codes->queries + q * near->stride, &score);
        score -= near->half[id];
        if (!(score >= scratch->threshold[q]))
            continue;
        enum wh_status status = wh_gather_offer(&scratch->gathers[q], id, score);
        if (status != WH_OK)
            return status;
        float bar = wh_gather_threshold(&scratch->gathers[q]);
        if (bar > scratch->threshold[q])
            wh_near_codes_bar(scratch, q, bar);
    }
    return WH_OK;
}

/* A longer head, or none, where too many rows are met twice. */
static void judge_head(struct wh_near_code_panel *panel, size_t met) {
    panel->rows += met;
    if (panel->rows < HEAD_ROWS)
        return;
    if ((double)panel->doubts > DOUBTS_MOST * (double)panel->rows)
        panel->heads--;
    panel->rows = panel->doubts = 0;
}

static struct wh_vec_code_head head_of(const struct wh_near_codes *codes,
                                       struct wh_near_code_panel *panel, uint32_t first) {
    while (panel->heads && !codes->heads[panel->heads - 1].dims)
        panel->heads--;
    if (!panel->heads)
        return (struct wh_vec_code_head){0};
    const struct wh_near_head *head = &codes->heads[panel->heads - 1];
    return (struct wh_vec_code_head){head->dims, head->start + first, head->tail + first,
                                     panel->reach[panel->heads - 1], &panel->doubts};
}

size_t wh_near_codes_sieve(const struct wh_near_codes *codes, struct wh_near_scratch *scratch,
                           uint32_t first, uint32_t count) {
    struct wh_near_code_panel *panel = scratch->codes;
    const struct wh_vec_codes rows = wh_near_codes_from(codes, first);
    const struct wh_vec_code_panel queries = {panel->codes,
                                              panel->scale,
                                              panel->threshold,
                                              panel->width,
                                              codes->residue + first,
                                              codes->half + first,
                                              codes->norm + first,
                                              panel->rest,
                                              head_of(codes, panel, first)};
    size_t hits = wh_vec()->sieve_codes(&rows, count, &queries, scratch->hits);
    if (panel->heads)
        judge_head(panel, count);
    return hits;
}

enum wh_status wh_near_codes_tile(const struct wh_near *near, const struct wh_near_codes *codes,
                                  struct wh_near_scratch *scratch, uint32_t first, uint32_t count) {
    return take(near, scratch, first, wh_near_codes_sieve(codes, scratch, first, count));
}
