/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vec_meet.h - two panels of codes by tiles of rows, for the files of vec/ only: each compiles this
 * text for its own processor, with products of its own.
 */
#ifndef WH_VEC_MEET_H
#define WH_VEC_MEET_H

#include "vec/vec_kernels.h"

/* Hits among rows first .. first + height - 1, whose products are sums. A row without one, as most
 * are, costs one branch. */
static inline size_t meet_sift(const struct wh_vec_meeting *meeting, size_t first, size_t height,
                               const int32_t *sums, struct wh_vec_pair *hits) {
    size_t found = 0;
    for (size_t r = first; r < first + height; r++, sums += WH_VEC_PANEL) {
        int32_t total[WH_VEC_PANEL], all = -1;
        int32_t reach = meeting->row_reach[r], start = meeting->row_start[r];
        for (size_t q = 0; q < WH_VEC_PANEL; q++) {
            int32_t query_reach = meeting->query_reach[q];
            total[q] = sums[q] + start + meeting->query_start[q] +
                       (query_reach > reach ? query_reach : reach);
            all &= total[q];
        }
        if (all < 0)
            continue;
        for (size_t q = 0; q < WH_VEC_PANEL; q++)
            if (total[q] >= 0)
                hits[found++] = (struct wh_vec_pair){(uint32_t)r, (uint32_t)q};
    }
    return found;
}

/* Products without instructions of its own. */
static inline void meet_products(const struct wh_vec_code_rows *rows, size_t first, size_t height,
                                 const uint8_t *panel, int32_t *out) {
    for (size_t r = first; r < first + height; r++, out += WH_VEC_PANEL) {
        const int8_t *row = rows->rows + r * rows->row_step;
        for (size_t q = 0; q < WH_VEC_PANEL; q++)
            out[q] = rows->start[r];
        for (size_t g = 0; g < rows->groups; g++) {
            const uint8_t *queries = panel + g * 4 * WH_VEC_PANEL;
            int a = row[0], b = row[1], c = row[2], d = row[3];
            for (size_t q = 0; q < WH_VEC_PANEL; q++)
                out[q] += a * queries[4 * q] + b * queries[4 * q + 1] + c * queries[4 * q + 2] +
                          d * queries[4 * q + 3];
            row += rows->group_step;
        }
    }
}

/* products and height as in struct wh_vec_tiles; the height divides WH_VEC_PANEL. */
static inline size_t meet_tiles(const struct wh_vec_meeting *meeting, size_t height,
                                void (*products)(const struct wh_vec_code_rows *rows, size_t first,
                                                 size_t height, const uint8_t *panel, int32_t *out),
                                struct wh_vec_pair *hits) {
    static const int32_t zeros[WH_VEC_PANEL];
    _Alignas(64) int32_t sums[WH_VEC_TILE * WH_VEC_PANEL];
    const struct wh_vec_code_rows rows = {meeting->rows, 4, 4 * WH_VEC_PANEL, meeting->groups,
                                          zeros};
    size_t found = 0;
    for (size_t first = 0; first < WH_VEC_PANEL; first += height) {
        products(&rows, first, height, meeting->queries, sums);
        found += meet_sift(meeting, first, height, sums, hits + found);
    }
    return found;
}

#endif
