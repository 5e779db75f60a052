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

void wh_near_code_panel_close(struct wh_near_code_panel *panel) {
    if (!panel)
        return;
    free(panel->codes);
    free(panel->queries);
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
    panel->dim = dim;
out:
    return status;
}

void wh_near_codes_bar(struct wh_near_scratch *scratch, size_t q, float bar) {
    struct wh_near_code_panel *panel = scratch->codes;
    scratch->threshold[q] = bar;
    panel->threshold[q] = nextafterf((float)((double)bar - panel->loss[q]), -INFINITY);
}

static void encode_lane(const struct wh_near *near, struct wh_near_scratch *scratch, size_t q,
                        const double *point, double bound) {
    struct wh_near_code_panel *panel = scratch->codes;
    struct wh_near_code_query code =
        wh_near_encode(point, near->dim, 4 * WH_VEC_PANEL, panel->codes + 4 * q);
    float *query = panel->queries + q * near->stride;
    for (uint32_t j = 0; j < near->dim; j++)
        query[j] = (float)point[j];
    memset(query + near->dim, 0, (near->stride - near->dim) * sizeof *query);
    panel->scale[q] = code.scale;
    panel->width[q] = (float)(code.length * (1 + 0x1p-18));
    panel->loss[q] = bound + wh_near_code_loss(near, code.length);
    panel->rest = fmaxf(panel->rest, (float)(code.rest * (1 + 0x1p-18)));
}

enum wh_status wh_near_codes_start(const struct wh_near *near, struct wh_near_scratch *scratch) {
    enum wh_status status = fit(scratch, near->dim);
    if (status == WH_OK)
        scratch->codes->rest = 0;
    return status;
}

void wh_near_codes_lane(const struct wh_near *near, struct wh_near_scratch *scratch, size_t q,
                        const double *point, double bound) {
    if (point)
        encode_lane(near, scratch, q, point, bound);
    wh_near_codes_bar(scratch, q, scratch->threshold[q]);
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

size_t wh_near_codes_sieve(const struct wh_near_codes *codes, struct wh_near_scratch *scratch,
                           uint32_t first, uint32_t count) {
    struct wh_near_code_panel *panel = scratch->codes;
    const struct wh_vec_codes rows = wh_near_codes_from(codes, first);
    const struct wh_vec_code_panel queries = {
        panel->codes,           panel->scale,        panel->threshold,    panel->width,
        codes->residue + first, codes->half + first, codes->norm + first, panel->rest};
    return wh_vec()->sieve_codes(&rows, count, &queries, scratch->hits);
}

enum wh_status wh_near_codes_tile(const struct wh_near *near, const struct wh_near_codes *codes,
                                  struct wh_near_scratch *scratch, uint32_t first, uint32_t count) {
    return take(near, scratch, first, wh_near_codes_sieve(codes, scratch, first, count));
}
