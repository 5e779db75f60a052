/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows.c - the growing table that text loaders fill, and the checksum of words and vectors. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "embed/embed_private.h"
#include "vec/vec.h"

enum wh_status wh_rows_open(struct wh_rows *rows, uint32_t dim) {
    *rows = (struct wh_rows){.dim = dim, .stride = wh_vec_stride(dim)};
    return wh_wordset_open(&rows->set);
}

enum wh_status wh_rows_next(struct wh_rows *rows, float **next) {
    if (rows->count == rows->capacity) {
        uint32_t capacity = rows->capacity ? rows->capacity + rows->capacity / 2 : 4096;
        size_t row = rows->stride * sizeof(float);
        float *grown = wh_alloc_aligned(capacity, row);
        if (!grown)
            return WH_NOMEM;
        if (rows->count)
            memcpy(grown, rows->rows, rows->count * row);
        free(rows->rows);
        rows->rows = grown;
        rows->capacity = capacity;
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

static double norm2(const float *row, uint32_t dim) {
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
        embed->owned_norms2[id] = norm2(rows->rows + id * rows->stride, rows->dim);
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

void wh_embed_sum(struct wh_embed *embed) {
    crypto_generichash_state state;
    unsigned char digest[WH_CHECKSUM_BYTES];
    const uint32_t shape[2] = {embed->words, embed->dim};
    const struct wh_wordtable *table = &embed->table;
    crypto_generichash_init(&state, NULL, 0, sizeof digest);
    crypto_generichash_update(&state, (const unsigned char *)shape, sizeof shape);
    crypto_generichash_update(&state, (const unsigned char *)table->bytes,
                              table->offsets[embed->words]);
    for (uint32_t id = 0; id < embed->words; id++)
        crypto_generichash_update(&state, (const unsigned char *)wh_embed_row(embed, id),
                                  embed->dim * sizeof(float));
    crypto_generichash_final(&state, digest, sizeof digest);
    sodium_bin2hex(embed->checksum, sizeof embed->checksum, digest, sizeof digest);
}
