/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows.c - the growing table that text loaders fill, and the checksum of words and vectors. */
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "embed/embed_private.h"
#include "vec/vec.h"

#define FIRST_BYTES 1e6  /* space for rows when nothing is known */
#define MARGIN      1.02 /* more rows than the estimate says */

static size_t row_bytes(const struct wh_rows *rows) {
    return rows->stride * sizeof(float);
}

enum wh_status wh_rows_open(struct wh_rows *rows, uint32_t dim, double expected,
                            uint64_t text_bytes) {
    *rows = (struct wh_rows){.dim = dim, .stride = wh_vec_stride(dim)};
    double bytes = (double)row_bytes(rows);
    double believed = fmin(expected * MARGIN, (double)text_bytes / bytes);
    rows->first = (uint32_t)fmin(1 + fmax(believed, FIRST_BYTES / bytes), WH_NONE);
    return wh_wordset_open(&rows->set);
}

static enum wh_status grow(struct wh_rows *rows) {
    uint64_t wanted = rows->capacity ? rows->capacity + (uint64_t)rows->capacity / 2 : rows->first;
    uint32_t capacity = wanted < WH_NONE ? (uint32_t)wanted : WH_NONE;
    float *grown = wh_alloc_aligned(capacity, row_bytes(rows));
    if (!grown)
        return WH_NOMEM;
    if (rows->count)
        memcpy(grown, rows->rows, rows->count * row_bytes(rows));
    free(rows->rows);
    rows->rows = grown;
    rows->capacity = capacity;
    return WH_OK;
}

enum wh_status wh_rows_next(struct wh_rows *rows, float **next) {
    if (rows->count == rows->capacity) {
        enum wh_status status = grow(rows);
        if (status != WH_OK)
            return status;
    }
    *next = rows->rows + rows->count * rows->stride;
    return WH_OK;
}

enum wh_status wh_rows_keep(struct wh_rows *rows, const char *word, size_t length, bool *added) {
    uint32_t id;
    enum wh_status status = wh_wordset_add(rows->set, word, length, &id, added);
    if (status == WH_OK && *added)
        rows->count++;
    return status;
}

double wh_row_norm2(const float *row, uint32_t dim) {
    double sum = 0;
    for (uint32_t j = 0; j < dim; j++)
        sum += (double)row[j] * (double)row[j];
    return sum;
}

enum wh_status wh_rows_finish(struct wh_rows *rows, struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    struct wh_wordtable table = wh_wordset_table(rows->set);
    embed->map.slot_count = wh_wordmap_slot_count(table.count);
    WH_TRY(WH_ALLOC(embed->owned_norms2, rows->count));
    WH_TRY(WH_ALLOC(embed->owned_slots, embed->map.slot_count));
    for (uint32_t id = 0; id < rows->count; id++)
        embed->owned_norms2[id] = wh_row_norm2(rows->rows + id * rows->stride, rows->dim);
    wh_wordmap_fill(&table, embed->owned_slots, embed->map.slot_count);
    embed->words = rows->count;
    embed->dim = rows->dim;
    embed->stride = rows->stride;
    embed->table = table;
    embed->map.slots = embed->owned_slots;
    embed->norms2 = embed->owned_norms2;
    embed->rows = embed->owned_rows = rows->rows;
    embed->owned_words = rows->set;
    rows->rows = NULL;
    rows->set = NULL;
out:
    return status;
}

void wh_rows_close(struct wh_rows *rows) {
    wh_wordset_close(rows->set);
    free(rows->rows);
    *rows = (struct wh_rows){0};
}

void wh_embed_digest(const struct wh_embed *embed, unsigned char digest[WH_CHECKSUM_BYTES]) {
    crypto_generichash_state state;
    const uint32_t shape[2] = {embed->words, embed->dim};
    const struct wh_wordtable *table = &embed->table;
    crypto_generichash_init(&state, NULL, 0, WH_CHECKSUM_BYTES);
    crypto_generichash_update(&state, (const unsigned char *)shape, sizeof shape);
    crypto_generichash_update(&state, (const unsigned char *)table->bytes,
                              table->offsets[embed->words]);
    for (uint32_t id = 0; id < embed->words; id++)
        crypto_generichash_update(&state, (const unsigned char *)wh_embed_row(embed, id),
                                  embed->dim * sizeof(float));
    crypto_generichash_final(&state, digest, WH_CHECKSUM_BYTES);
}
