/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_write.c - writing stores. The same embedding gives the same bytes: nothing in a store tells
 * when, where or from which file it was made. */
#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/file.h"
#include "base/pool.h"
#include "embed/embed_private.h"
#include "embed/store.h"
#include "embed/store_layout.h"

#define STEP   ((uint64_t)8 << 20)  /* bytes between two looks whether to go on */
#define SETTLE ((uint64_t)64 << 20) /* bytes between two waits for the disk */
#define MB     1e6

struct part {
    uint32_t kind;
    const void *bytes;
    uint64_t size;
};

struct content {
    struct part parts[WH_SECTION_KNOWN];
    uint32_t count;
    struct wh_store_facts facts;
};

static void put(struct content *content, enum wh_store_kind kind, const void *bytes, size_t size) {
    if (bytes && size)
        content->parts[content->count++] = (struct part){kind, bytes, size};
}

static void put_text(struct content *content, enum wh_store_kind kind, const char *wanted,
                     const char *present) {
    const char *text = wanted ? wanted : present;
    if (text && *text)
        put(content, kind, text, strlen(text) + 1);
}

static void put_derived(struct content *content, const struct wh_derived *derived, size_t words,
                        size_t dim) {
    content->facts = (struct wh_store_facts){
        .delta_min = derived->delta_min,
        .delta_max = derived->delta_max,
        .median_nn = derived->median_nn,
        .radius_median = derived->radius_median,
        .bandwidth = derived->bandwidth,
        .closest = {derived->closest[0], derived->closest[1]},
        .farthest = {derived->farthest[0], derived->farthest[1]},
        .duplicate_pairs = derived->duplicate_pairs,
    };
    if (derived->nn_distance)
        put(content, WH_SECTION_FACTS, &content->facts, sizeof content->facts);
    put(content, WH_SECTION_NEAREST, derived->nn_distance, words * sizeof(double));
    put(content, WH_SECTION_RADIUS, derived->radius, words * sizeof(double));
    put(content, WH_SECTION_KNN, derived->knn_log_density, words * sizeof(double));
    put(content, WH_SECTION_KDE, derived->kde_log_density, words * sizeof(double));
    put(content, WH_SECTION_MEAN, derived->mean, dim * sizeof(double));
    put(content, WH_SECTION_VALUES, derived->eigenvalues, dim * sizeof(double));
    put(content, WH_SECTION_AXES, derived->axes, dim * dim * sizeof(double));
}

static void collect(const struct wh_embed *embed, const struct wh_store_text *texts,
                    const struct wh_store_origin *origin, struct content *content) {
    size_t words = embed->words;
    put(content, WH_SECTION_ROWS, embed->rows, words * embed->stride * sizeof(float));
    put(content, WH_SECTION_NORMS, embed->norms2, words * sizeof(double));
    put(content, WH_SECTION_STRINGS, embed->table.bytes, embed->table.offsets[words]);
    put(content, WH_SECTION_OFFSETS, embed->table.offsets, (words + 1) * sizeof(uint64_t));
    put(content, WH_SECTION_SLOTS, embed->map.slots, embed->map.slot_count * sizeof(uint32_t));
    put_text(content, WH_SECTION_NAME, texts ? texts->name : NULL, embed->name);
    put_text(content, WH_SECTION_SOURCE, texts ? texts->source : NULL, embed->source);
    put_text(content, WH_SECTION_LICENSE, texts ? texts->license : NULL, embed->license);
    put_derived(content, &embed->derived, words, embed->dim);
    put(content, WH_SECTION_ORIGIN, origin, sizeof *origin);
}

static uint64_t aligned(uint64_t offset) {
    return (offset + WH_STORE_ALIGN - 1) / WH_STORE_ALIGN * WH_STORE_ALIGN;
}

/* Places the parts one after the other; returns the size of the file. */
static uint64_t place_parts(const struct content *content, struct wh_store_place *places) {
    uint64_t offset = aligned(sizeof(struct wh_store_header) + content->count * sizeof *places);
    for (uint32_t i = 0; i < content->count; i++) {
        const struct part *part = &content->parts[i];
        places[i] =
            (struct wh_store_place){.kind = part->kind, .offset = offset, .size = part->size};
        offset = aligned(offset + part->size);
    }
    return offset;
}

struct hashing {
    const struct wh_embed *embed;
    const struct wh_token *token;
    const struct content *content;
    struct wh_store_place *places;
};

/* As wh_store_digest(), a step at a time. */
static enum wh_status hash_part(const struct part *part, const struct wh_token *token,
                                unsigned char hash[WH_STORE_HASH]) {
    enum wh_status status = WH_OK;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, WH_STORE_HASH);
    for (uint64_t done = 0; done < part->size; done += STEP) {
        WH_TRY(wh_token_check(token));
        crypto_generichash_update(&state, (const unsigned char *)part->bytes + done,
                                  part->size - done < STEP ? part->size - done : STEP);
    }
    crypto_generichash_final(&state, hash, WH_STORE_HASH);
out:
    return status;
}

/* Item 0 is the embedding's checksum, which takes as long as that of the vectors. */
static enum wh_status hash_parts(void *context, size_t begin, size_t end, int thread) {
    const struct hashing *hashing = context;
    enum wh_status status = WH_OK;
    (void)thread;
    for (size_t item = begin; item < end && status == WH_OK; item++)
        status = item == 0 ? wh_embed_sum(hashing->embed, hashing->token)
                           : hash_part(&hashing->content->parts[item - 1], hashing->token,
                                       hashing->places[item - 1].hash);
    return status;
}

static void fill_header(const struct wh_embed *embed, const struct content *content,
                        const struct wh_store_place *places, struct wh_store_header *header) {
    header->byte_order = WH_STORE_BYTE_ORDER;
    header->version = WH_STORE_VERSION;
    header->words = embed->words;
    header->dim = embed->dim;
    header->stride = embed->stride;
    header->sections = content->count;
    memcpy(header->magic, WH_STORE_MAGIC, sizeof header->magic);
    sodium_hex2bin(header->checksum, sizeof header->checksum, wh_embed_checksum(embed),
                   2 * sizeof header->checksum, NULL, NULL, NULL);
    wh_store_head_digest(header, places, header->hash);
}

struct writing {
    struct wh_outfile *file;
    const struct wh_token *token;
    uint64_t written, settled, total;
};

/* Every now and then; disks are slower than memory. */
static void settle(struct writing *writing) {
    if (writing->written - writing->settled < SETTLE)
        return;
    writing->settled = writing->written;
    wh_outfile_settle(writing->file);
}

/* Stops where writing fails: there errno has the reason, at the end nobody has. */
static bool put_bytes(struct writing *writing, const void *bytes, uint64_t size) {
    for (uint64_t done = 0; done < size; done += STEP) {
        uint64_t step = size - done < STEP ? size - done : STEP;
        if (wh_token_cancelled(writing->token) ||
            fwrite((const char *)bytes + done, 1, step, writing->file->stream) != step)
            return false;
        writing->written += step;
        settle(writing);
        wh_token_progress(writing->token, "MB written", (double)writing->written / MB,
                          (double)writing->total / MB);
    }
    return true;
}

static bool put_padded(struct writing *writing, const void *bytes, uint64_t size) {
    static const char zeros[WH_STORE_ALIGN];
    return put_bytes(writing, zeros, aligned(writing->written) - writing->written) &&
           put_bytes(writing, bytes, size);
}

static bool put_all(struct writing *writing, const struct wh_store_header *header,
                    const struct wh_store_place *places, const struct content *content) {
    if (!put_bytes(writing, header, sizeof *header) ||
        !put_bytes(writing, places, content->count * sizeof *places))
        return false;
    for (uint32_t i = 0; i < content->count; i++)
        if (!put_padded(writing, content->parts[i].bytes, content->parts[i].size))
            return false;
    return put_padded(writing, "", 0);
}

/* Computes what the header says of the parts. */
static enum wh_status make_header(const struct wh_embed *embed, const struct content *content,
                                  const struct wh_token *token, struct wh_store_place *places,
                                  struct wh_store_header *header) {
    struct hashing hashing = {embed, token, content, places};
    header->file_size = place_parts(content, places);
    enum wh_status status = wh_pool_run(0, 1 + content->count, 1, hash_parts, &hashing);
    if (status == WH_OK)
        fill_header(embed, content, places, header);
    return status;
}

/* The file is closed either way. */
static enum wh_status write_parts(const struct wh_embed *embed, const struct content *content,
                                  const struct wh_token *token, struct wh_outfile *file) {
    struct wh_store_header header = {.magic = ""};
    struct wh_store_place places[WH_SECTION_KNOWN];
    enum wh_status status = make_header(embed, content, token, places, &header);
    struct writing writing = {.file = file, .token = token, .total = header.file_size};
    if (status == WH_OK && put_all(&writing, &header, places, content))
        return wh_outfile_commit(file);
    int reason = errno;
    if (status == WH_OK)
        status = wh_token_check(token);
    if (status == WH_OK)
        status =
            wh_fail(WH_IO, "%s: %s", file->path ? file->path : "standard output", strerror(reason));
    wh_outfile_abort(file);
    return status;
}

static enum wh_status write_store(const struct wh_embed *embed, const struct wh_store_text *texts,
                                  const struct wh_store_origin *origin, const char *path,
                                  const struct wh_token *token) {
    struct wh_outfile file;
    struct content content = {.count = 0};
    enum wh_status status = wh_outfile_open(path, &file);
    if (status != WH_OK)
        return status;
    collect(embed, texts, origin, &content);
    return write_parts(embed, &content, token, &file);
}

enum wh_status wh_store_write(const struct wh_embed *embed, const struct wh_store_text *texts,
                              const char *path, const struct wh_token *token) {
    return write_store(embed, texts, NULL, path, token);
}

enum wh_status wh_store_write_from(const struct wh_embed *embed,
                                   const struct wh_store_origin *origin, const char *path,
                                   const struct wh_token *token) {
    return write_store(embed, NULL, origin, path, token);
}

uint64_t wh_store_size_from(const struct wh_embed *embed, const struct wh_store_origin *origin) {
    struct wh_store_place places[WH_SECTION_KNOWN];
    struct content content = {.count = 0};
    collect(embed, NULL, origin, &content);
    return place_parts(&content, places);
}
