/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store.c - writing, attaching and verifying stores. Attaching trusts nothing: the header has its own
 * hash, every section must lie inside the file with exactly the size its content has, and the word
 * offsets must ascend inside the string table. After that no read can leave the map.
 */
#include "embed/store.h"

#include <sodium.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "embed/embed_private.h"
#include "embed/store_layout.h"
#include "vec/vec.h"

_Static_assert(sizeof(struct wh_store_header) % 8 == 0, "no padding at the end of the header");

static const char *const section_names[WH_SECTION_COUNT] = {
    "rows",   "norms",  "strings", "offsets", "slots", "name",   "source", "license",
    "nearest", "radius", "knn",     "kde",     "mean",  "values", "axes",
};

static void digest(const void *bytes, size_t size, unsigned char hash[WH_STORE_HASH]) {
    crypto_generichash(hash, WH_STORE_HASH, bytes, size, NULL, 0);
}

/* ---- writing ---- */

struct content {
    const void *bytes[WH_SECTION_COUNT];
    uint64_t sizes[WH_SECTION_COUNT];
};

static void put(struct content *content, enum wh_store_section section, const void *bytes,
                size_t size) {
    content->bytes[section] = bytes;
    content->sizes[section] = bytes ? size : 0;
}

static void put_text(struct content *content, enum wh_store_section section, const char *wanted,
                     const char *present) {
    const char *text = wanted ? wanted : present;
    put(content, section, text && *text ? text : NULL, text ? strlen(text) + 1 : 0);
}

static void collect(const struct wh_embed *embed, const struct wh_store_text *texts,
                    struct content *content) {
    const struct wh_derived *derived = &embed->derived;
    size_t words = embed->words, dim = embed->dim, one = words * sizeof(double);
    put(content, WH_SECTION_ROWS, embed->rows, words * embed->stride * sizeof(float));
    put(content, WH_SECTION_NORMS, embed->norms2, one);
    put(content, WH_SECTION_STRINGS, embed->table.bytes, embed->table.offsets[words]);
    put(content, WH_SECTION_OFFSETS, embed->table.offsets, (words + 1) * sizeof(uint64_t));
    put(content, WH_SECTION_SLOTS, embed->map.slots, embed->map.slot_count * sizeof(uint32_t));
    put_text(content, WH_SECTION_NAME, texts->name, embed->name);
    put_text(content, WH_SECTION_SOURCE, texts->source, embed->source);
    put_text(content, WH_SECTION_LICENSE, texts->license, embed->license);
    put(content, WH_SECTION_NEAREST, derived->nn_distance, one);
    put(content, WH_SECTION_RADIUS, derived->radius, one);
    put(content, WH_SECTION_KNN, derived->knn_log_density, one);
    put(content, WH_SECTION_KDE, derived->kde_log_density, one);
    put(content, WH_SECTION_MEAN, derived->mean, dim * sizeof(double));
    put(content, WH_SECTION_VALUES, derived->eigenvalues, dim * sizeof(double));
    put(content, WH_SECTION_AXES, derived->axes, dim * dim * sizeof(double));
}

static uint64_t aligned(uint64_t offset) {
    return (offset + WH_STORE_ALIGN - 1) / WH_STORE_ALIGN * WH_STORE_ALIGN;
}

static void fill_header(const struct wh_embed *embed, const struct content *content,
                        struct wh_store_header *header) {
    const struct wh_derived *derived = &embed->derived;
    uint64_t offset = aligned(sizeof *header);
    memset(header, 0, sizeof *header);
    memcpy(header->magic, WH_STORE_MAGIC, sizeof header->magic);
    header->byte_order = WH_STORE_BYTE_ORDER;
    header->version = WH_STORE_VERSION;
    header->words = embed->words;
    header->dim = embed->dim;
    header->stride = embed->stride;
    header->delta_min = derived->delta_min;
    header->delta_max = derived->delta_max;
    header->median_nn = derived->median_nn;
    header->radius_median = derived->radius_median;
    header->bandwidth = derived->bandwidth;
    memcpy(header->closest, derived->closest, sizeof header->closest);
    memcpy(header->farthest, derived->farthest, sizeof header->farthest);
    header->duplicate_pairs = derived->duplicate_pairs;
    sodium_hex2bin(header->checksum, sizeof header->checksum, embed->checksum,
                   strlen(embed->checksum), NULL, NULL, NULL);
    for (int i = 0; i < WH_SECTION_COUNT; i++) {
        struct wh_store_place *place = &header->sections[i];
        place->offset = content->sizes[i] ? offset : 0;
        place->size = content->sizes[i];
        digest(content->bytes[i], place->size, place->hash);
        offset = aligned(offset + place->size);
    }
    header->file_size = offset;
    digest(header, offsetof(struct wh_store_header, hash), header->hash);
}

static void write_padded(FILE *stream, const void *bytes, uint64_t size) {
    static const char zeros[WH_STORE_ALIGN];
    if (size)
        fwrite(bytes, 1, size, stream);
    fwrite(zeros, 1, aligned(size) - size, stream);
}

enum wh_status wh_store_write(const struct wh_embed *embed, const struct wh_store_text *texts,
                              const char *path) {
    struct wh_outfile file;
    struct wh_store_header header;
    struct content content = {0};
    enum wh_status status = wh_outfile_open(path, &file);
    if (status != WH_OK)
        return status;
    collect(embed, texts, &content);
    fill_header(embed, &content, &header);
    write_padded(file.stream, &header, sizeof header);
    for (int i = 0; i < WH_SECTION_COUNT; i++)
        write_padded(file.stream, content.bytes[i], content.sizes[i]);
    return wh_outfile_commit(&file);
}

/* ---- attaching ---- */

static enum wh_status damaged(const char *path, const char *what) {
    return wh_fail(WH_DATA, "%s: damaged store: %s", path, what);
}

static enum wh_status check_header(const struct wh_store_header *header, size_t size,
                                   const char *path) {
    unsigned char hash[WH_STORE_HASH];
    if (size < sizeof *header)
        return damaged(path, "shorter than its header");
    if (memcmp(header->magic, WH_STORE_MAGIC, sizeof header->magic) != 0)
        return wh_fail(WH_DATA, "%s: not a wordhaze store", path);
    if (header->byte_order != WH_STORE_BYTE_ORDER)
        return wh_fail(WH_DATA, "%s: store of a machine with the other byte order; import again",
                       path);
    if (header->version != WH_STORE_VERSION)
        return wh_fail(WH_DATA, "%s: store version %u, expected %u; import the original again",
                       path, header->version, WH_STORE_VERSION);
    digest(header, offsetof(struct wh_store_header, hash), hash);
    if (memcmp(hash, header->hash, sizeof hash) != 0)
        return damaged(path, "its header does not match its hash");
    if (header->file_size != size)
        return wh_fail(WH_DATA, "%s: damaged store: expected %llu bytes, found %zu", path,
                       (unsigned long long)header->file_size, size);
    if (header->words == 0 || header->words == WH_NONE || header->dim == 0 ||
        header->dim > 1u << 20 || header->stride != wh_vec_stride(header->dim))
        return damaged(path, "impossible counts");
    return WH_OK;
}

/* Size that a section must have; 0: any (texts, strings, slots). */
static uint64_t expected_size(const struct wh_store_header *header, int section) {
    uint64_t words = header->words, dim = header->dim;
    switch (section) {
    case WH_SECTION_ROWS:
        return words * header->stride * sizeof(float);
    case WH_SECTION_OFFSETS:
        return (words + 1) * sizeof(uint64_t);
    case WH_SECTION_NORMS:
    case WH_SECTION_NEAREST:
    case WH_SECTION_RADIUS:
    case WH_SECTION_KNN:
    case WH_SECTION_KDE:
        return words * sizeof(double);
    case WH_SECTION_MEAN:
    case WH_SECTION_VALUES:
        return dim * sizeof(double);
    case WH_SECTION_AXES:
        return dim * dim * sizeof(double);
    default:
        return 0;
    }
}

static enum wh_status check_sections(const struct wh_store_header *header, const char *path) {
    for (int i = 0; i < WH_SECTION_COUNT; i++) {
        const struct wh_store_place *place = &header->sections[i];
        uint64_t expected = expected_size(header, i);
        bool needed = i <= WH_SECTION_SLOTS;
        if (place->size == 0 && !needed)
            continue;
        if (place->offset % WH_STORE_ALIGN || place->offset > header->file_size ||
            place->size > header->file_size - place->offset || place->size == 0 ||
            (expected && place->size != expected))
            return damaged(path, section_names[i]);
    }
    return WH_OK;
}

static const void *section(const struct wh_embed *embed, enum wh_store_section which) {
    const struct wh_store_header *header = (const void *)embed->store;
    const struct wh_store_place *place = &header->sections[which];
    return place->size ? embed->store + place->offset : NULL;
}

static enum wh_status check_words(const struct wh_embed *embed, const char *path) {
    const struct wh_store_header *header = (const void *)embed->store;
    uint64_t strings = header->sections[WH_SECTION_STRINGS].size;
    uint64_t slots = header->sections[WH_SECTION_SLOTS].size / sizeof(uint32_t);
    const uint64_t *offsets = embed->table.offsets;
    if (offsets[0] != 0 || offsets[header->words] != strings ||
        embed->table.bytes[strings - 1] != '\0')
        return damaged(path, "its word table is not closed");
    for (uint32_t id = 0; id < header->words; id++)
        if (offsets[id + 1] <= offsets[id] || offsets[id + 1] > strings)
            return damaged(path, "its word offsets do not ascend");
    if (slots < 2 || (slots & (slots - 1)) || slots < header->words)
        return damaged(path, "its hash index has an impossible size");
    return WH_OK;
}

static enum wh_status copy_text(const struct wh_embed *embed, enum wh_store_section which,
                                char **text) {
    const struct wh_store_header *header = (const void *)embed->store;
    const char *bytes = section(embed, which);
    if (bytes && !(*text = strndup(bytes, header->sections[which].size)))
        return wh_fail(WH_NOMEM, "out of memory");
    return WH_OK;
}

static void attach_derived(struct wh_embed *embed, const struct wh_store_header *header) {
    struct wh_derived *derived = &embed->derived;
    const uint32_t last = embed->words - 1;
    if (header->closest[0] > last || header->closest[1] > last || header->farthest[0] > last ||
        header->farthest[1] > last)
        return;
    derived->nn_distance = section(embed, WH_SECTION_NEAREST);
    derived->radius = section(embed, WH_SECTION_RADIUS);
    derived->knn_log_density = section(embed, WH_SECTION_KNN);
    derived->kde_log_density = section(embed, WH_SECTION_KDE);
    derived->mean = section(embed, WH_SECTION_MEAN);
    derived->eigenvalues = section(embed, WH_SECTION_VALUES);
    derived->axes = section(embed, WH_SECTION_AXES);
    derived->delta_min = header->delta_min;
    derived->delta_max = header->delta_max;
    derived->median_nn = header->median_nn;
    derived->radius_median = header->radius_median;
    derived->bandwidth = header->bandwidth;
    derived->duplicate_pairs = header->duplicate_pairs;
    memcpy(derived->closest, header->closest, sizeof derived->closest);
    memcpy(derived->farthest, header->farthest, sizeof derived->farthest);
}

/* Part of a store is a different embedding: its facts and its index do not hold for the part. */
static enum wh_status attach_part(struct wh_embed *embed, uint32_t limit) {
    embed->words = embed->table.count = limit;
    embed->map.slot_count = wh_wordmap_slot_count(limit);
    embed->owned_slots = wh_alloc(embed->map.slot_count, sizeof *embed->owned_slots);
    if (!embed->owned_slots)
        return WH_NOMEM;
    wh_wordmap_fill(&embed->table, embed->owned_slots, embed->map.slot_count);
    embed->map.slots = embed->owned_slots;
    return WH_OK;
}

enum wh_status wh_store_attach(struct wh_embed *embed, const unsigned char *bytes, size_t size,
                               const char *path, uint32_t limit) {
    enum wh_status status = WH_OK;
    const struct wh_store_header *header = (const void *)bytes;
    WH_TRY(check_header(header, size, path));
    WH_TRY(check_sections(header, path));
    embed->store = bytes;
    embed->store_size = size;
    embed->words = header->words;
    embed->dim = header->dim;
    embed->stride = header->stride;
    embed->rows = section(embed, WH_SECTION_ROWS);
    embed->norms2 = section(embed, WH_SECTION_NORMS);
    embed->table = (struct wh_wordtable){section(embed, WH_SECTION_STRINGS),
                                         section(embed, WH_SECTION_OFFSETS), header->words};
    embed->map.slots = section(embed, WH_SECTION_SLOTS);
    embed->map.slot_count = header->sections[WH_SECTION_SLOTS].size / sizeof(uint32_t);
    WH_TRY(check_words(embed, path));
    WH_TRY(copy_text(embed, WH_SECTION_NAME, &embed->name));
    WH_TRY(copy_text(embed, WH_SECTION_SOURCE, &embed->source));
    WH_TRY(copy_text(embed, WH_SECTION_LICENSE, &embed->license));
    if (limit && limit < header->words) {
        status = attach_part(embed, limit);
    } else {
        sodium_bin2hex(embed->checksum, sizeof embed->checksum, header->checksum,
                       sizeof header->checksum);
        attach_derived(embed, header);
    }
out:
    return status;
}

/* ---- verifying ---- */

enum wh_status wh_store_verify(const struct wh_embed *embed) {
    const struct wh_store_header *header = (const void *)embed->store;
    unsigned char hash[WH_STORE_HASH];
    if (!header)
        return wh_fail(WH_UNAVAILABLE, "only a store can be verified; this is a %s file",
                       embed->format);
    for (int i = 0; i < WH_SECTION_COUNT; i++) {
        const struct wh_store_place *place = &header->sections[i];
        digest(embed->store + place->offset, place->size, hash);
        if (memcmp(hash, place->hash, sizeof hash) != 0)
            return wh_fail(WH_DATA, "%s: section '%s' does not match its hash",
                           wh_embed_name(embed), section_names[i]);
    }
    return WH_OK;
}
