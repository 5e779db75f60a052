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
    const struct content *content;
    struct wh_store_place *places;
};

/* Item 0 is the embedding's checksum, which takes as long as that of the vectors. */
static enum wh_status hash_parts(void *context, size_t begin, size_t end, int thread) {
    const struct hashing *hashing = context;
    (void)thread;
    for (size_t item = begin; item < end; item++) {
        if (item == 0)
            wh_embed_checksum(hashing->embed);
        else
            wh_store_digest(hashing->content->parts[item - 1].bytes,
                            hashing->content->parts[item - 1].size, hashing->places[item - 1].hash);
    }
    return WH_OK;
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

static bool write_padded(FILE *stream, const void *bytes, uint64_t size, uint64_t *written) {
    static const char zeros[WH_STORE_ALIGN];
    fwrite(zeros, 1, aligned(*written) - *written, stream);
    fwrite(bytes, 1, size, stream);
    *written = aligned(*written) + size;
    return !ferror(stream);
}

/* Stops where writing fails: there errno has the reason, at the end nobody has. */
static bool write_all(FILE *stream, const struct wh_store_header *header,
                      const struct wh_store_place *places, const struct content *content) {
    fwrite(header, 1, sizeof *header, stream);
    fwrite(places, sizeof *places, content->count, stream);
    uint64_t written = sizeof *header + content->count * sizeof *places;
    for (uint32_t i = 0; i < content->count; i++)
        if (!write_padded(stream, content->parts[i].bytes, content->parts[i].size, &written))
            return false;
    return write_padded(stream, "", 0, &written);
}

static enum wh_status write_store(const struct wh_embed *embed, const struct wh_store_text *texts,
                                  const struct wh_store_origin *origin, const char *path) {
    struct wh_outfile file;
    struct wh_store_header header = {.magic = ""};
    struct wh_store_place places[WH_SECTION_KNOWN];
    struct content content = {.count = 0};
    enum wh_status status = wh_outfile_open(path, &file);
    if (status != WH_OK)
        return status;
    collect(embed, texts, origin, &content);
    header.file_size = place_parts(&content, places);
    struct hashing hashing = {embed, &content, places};
    status = wh_pool_run(0, 1 + content.count, 1, hash_parts, &hashing);
    if (status != WH_OK) {
        wh_outfile_abort(&file);
        return status;
    }
    fill_header(embed, &content, places, &header);
    if (write_all(file.stream, &header, places, &content))
        return wh_outfile_commit(&file);
    int reason = errno;
    wh_outfile_abort(&file);
    return wh_fail(WH_IO, "%s: %s", strcmp(path, "-") == 0 ? "standard output" : path,
                   strerror(reason));
}

enum wh_status wh_store_write(const struct wh_embed *embed, const struct wh_store_text *texts,
                              const char *path) {
    return write_store(embed, texts, NULL, path);
}

enum wh_status wh_store_write_from(const struct wh_embed *embed,
                                   const struct wh_store_origin *origin, const char *path) {
    return write_store(embed, NULL, origin, path);
}

uint64_t wh_store_size_from(const struct wh_embed *embed, const struct wh_store_origin *origin) {
    struct wh_store_place places[WH_SECTION_KNOWN];
    struct content content = {.count = 0};
    collect(embed, NULL, origin, &content);
    return place_parts(&content, places);
}
