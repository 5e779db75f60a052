/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows.c - the growing table that loaders fill, and the checksum of words and vectors. */
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "base/pool.h"
#include "embed/embed_private.h"
#include "vec/vec.h"

#define FIRST_BYTES 1e6  /* space for rows when nothing is known */
#define MARGIN      1.02 /* more rows than the estimate says */

#define NORMS_AT_ONCE 1024 /* found in one go by a thread */

static size_t row_bytes(const struct wh_rows *rows) {
    return rows->stride * sizeof(float);
}

enum wh_status wh_rows_open(struct wh_rows *rows, uint32_t dim, double expected,
                            uint64_t text_bytes) {
    *rows = (struct wh_rows){.dim = dim, .stride = wh_vec_stride(dim)};
    double bytes = (double)row_bytes(rows);
    double believed = fmin(expected * MARGIN, (double)text_bytes / bytes);
    rows->first = (uint32_t)fmin(1 + fmax(believed, FIRST_BYTES / bytes), WH_NONE);
    enum wh_status status = wh_wordset_open(&rows->set);
    if (status == WH_OK)
        status = wh_wordset_reserve(rows->set, (uint32_t)fmin(believed / MARGIN, WH_NONE));
    return status;
}

static enum wh_status map_rows(struct wh_rows *rows, uint32_t capacity) {
    size_t bytes = capacity * row_bytes(rows);
    void *mapped =
        rows->rows ? mremap(rows->rows, rows->bytes, bytes, MREMAP_MAYMOVE)
                   : mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
        return wh_fail(WH_NOMEM, "out of memory: %zu bytes of vectors", bytes);
    madvise(mapped, bytes, MADV_HUGEPAGE); /* a third of the time that new pages take */
    rows->rows = mapped;
    rows->bytes = bytes;
    rows->capacity = capacity;
    return WH_OK;
}

enum wh_status wh_rows_reserve(struct wh_rows *rows, uint32_t more, float **next) {
    uint64_t needed = (uint64_t)rows->count + more, wanted = rows->capacity;
    if (needed > wanted) {
        wanted = rows->capacity ? rows->capacity + (uint64_t)rows->capacity / 2 : rows->first;
        wanted = wanted > needed ? wanted : needed;
        enum wh_status status = map_rows(rows, wanted < WH_NONE ? (uint32_t)wanted : WH_NONE);
        if (status != WH_OK)
            return status;
    }
    *next = rows->rows ? rows->rows + rows->count * rows->stride : NULL; /* none, and none wanted */
    return WH_OK;
}

enum wh_status wh_rows_keep(struct wh_rows *rows, const struct wh_hashed_word *word, bool *added) {
    uint32_t id;
    enum wh_status status = wh_wordset_add_hashed(rows->set, word, &id, added);
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

/* ---- words with equal vectors ---- */

/* Of the values, so that -0 and 0 are the same. */
static uint64_t vector_hash(const float *row, uint32_t dim) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (uint32_t j = 0; j < dim; j++) {
        float value = row[j] + 0.0f;
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        hash = (hash ^ bits) * UINT64_C(0x100000001b3);
        hash ^= hash >> 29;
    }
    return hash;
}

static bool same_vector(const float *a, const float *b, uint32_t dim) {
    for (uint32_t j = 0; j < dim; j++)
        if (a[j] != b[j])
            return false;
    return true;
}

/* Whether a row before this one has the vector; if not it is entered. slots: row or WH_NONE. */
static bool seen(const struct wh_rows *rows, const float *row, uint32_t id, uint32_t *slots,
                 uint64_t mask) {
    uint64_t slot = vector_hash(row, rows->dim) & mask;
    for (; slots[slot] != WH_NONE; slot = (slot + 1) & mask)
        if (same_vector(rows->rows + slots[slot] * rows->stride, row, rows->dim))
            return true;
    slots[slot] = id;
    return false;
}

enum wh_status wh_rows_merge(struct wh_rows *rows, uint64_t *merged) {
    enum wh_status status = WH_OK;
    struct wh_wordset *kept = NULL;
    uint32_t *slots = NULL, count = 0;
    uint64_t slot_count = wh_wordmap_slot_count(rows->count);
    const struct wh_wordtable table = wh_wordset_table(rows->set);
    WH_TRY(wh_wordset_open(&kept));
    WH_TRY(WH_ALLOC(slots, slot_count));
    memset(slots, 0xff, slot_count * sizeof *slots);
    for (uint32_t id = 0; id < rows->count; id++) {
        const float *row = rows->rows + id * rows->stride;
        uint32_t as;
        bool added;
        if (seen(rows, row, count, slots, slot_count - 1))
            continue;
        if (count != id)
            memcpy(rows->rows + count * rows->stride, row, row_bytes(rows));
        WH_TRY(wh_wordset_add(kept, table.bytes + table.offsets[id],
                              (size_t)(table.offsets[id + 1] - table.offsets[id] - 1), &as,
                              &added));
        count++;
    }
    *merged = rows->count - count;
    rows->count = count;
    wh_wordset_close(rows->set);
    rows->set = kept;
    kept = NULL;
out:
    wh_wordset_close(kept);
    free(slots);
    return status;
}

/* As wh_row_norm2(): every sum in its order, four at once, for one waits for its own. */
static void four_norms2(const float *row, size_t stride, uint32_t dim, double *norms2) {
    double sums[4] = {0};
    for (uint32_t j = 0; j < dim; j++)
        for (size_t i = 0; i < 4; i++)
            sums[i] += (double)row[i * stride + j] * (double)row[i * stride + j];
    memcpy(norms2, sums, sizeof sums);
}

static enum wh_status find_norms2(void *context, size_t begin, size_t end, int thread) {
    const struct wh_embed *embed = context;
    const size_t stride = embed->stride;
    (void)thread;
    for (; end - begin >= 4; begin += 4)
        four_norms2(embed->owned_rows + begin * stride, stride, embed->dim,
                    embed->owned_norms2 + begin);
    for (; begin < end; begin++)
        embed->owned_norms2[begin] = wh_row_norm2(embed->owned_rows + begin * stride, embed->dim);
    return WH_OK;
}

enum wh_status wh_rows_finish(struct wh_rows *rows, int threads, struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    struct wh_wordtable table = wh_wordset_table(rows->set);
    embed->map.slot_count = wh_wordmap_slot_count(table.count);
    WH_TRY(WH_ALLOC(embed->owned_norms2, rows->count));
    embed->owned_slots = wh_wordset_take_slots(rows->set);
    if (!embed->owned_slots) {
        WH_TRY(WH_ALLOC(embed->owned_slots, embed->map.slot_count));
        wh_wordmap_fill(&table, embed->owned_slots, embed->map.slot_count);
    }
    embed->words = rows->count;
    embed->dim = rows->dim;
    embed->stride = rows->stride;
    embed->table = table;
    embed->map.slots = embed->owned_slots;
    embed->norms2 = embed->owned_norms2;
    embed->rows = embed->owned_rows = rows->rows;
    embed->owned_bytes = rows->bytes;
    embed->owned_words = rows->set;
    rows->rows = NULL;
    rows->set = NULL;
    WH_TRY(wh_pool_run(threads, embed->words, NORMS_AT_ONCE, find_norms2, embed));
out:
    return status;
}

void wh_rows_close(struct wh_rows *rows) {
    wh_wordset_close(rows->set);
    if (rows->rows)
        munmap(rows->rows, rows->bytes);
    *rows = (struct wh_rows){0};
}

enum wh_status wh_embed_digest(const struct wh_embed *embed, const struct wh_token *token,
                               unsigned char digest[WH_CHECKSUM_BYTES]) {
    enum wh_status status = WH_OK;
    crypto_generichash_state state;
    const uint32_t shape[2] = {embed->words, embed->dim};
    const struct wh_wordtable *table = &embed->table;
    crypto_generichash_init(&state, NULL, 0, WH_CHECKSUM_BYTES);
    crypto_generichash_update(&state, (const unsigned char *)shape, sizeof shape);
    crypto_generichash_update(&state, (const unsigned char *)table->bytes,
                              table->offsets[embed->words]);
    for (uint32_t id = 0; id < embed->words; id++) {
        if (id % WH_ROWS_TOLD == 0) {
            wh_token_progress(token, "rows hashed", id, embed->words);
            WH_TRY(wh_token_check(token));
        }
        crypto_generichash_update(&state, (const unsigned char *)wh_embed_row(embed, id),
                                  embed->dim * sizeof(float));
    }
    crypto_generichash_final(&state, digest, WH_CHECKSUM_BYTES);
out:
    return status;
}
