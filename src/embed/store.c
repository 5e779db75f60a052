/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store.c - attaching and verifying stores. Attaching trusts nothing: the header and the table of
 * sections have a hash, every section must lie inside the file with exactly the size its content
 * has, and the word offsets must ascend inside the string table. After that no read can leave the
 * map, whatever the sections hold. Verifying then reads every byte.
 */
#include "embed/store.h"

#include <math.h>
#include <sodium.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "embed/embed_private.h"
#include "embed/store_layout.h"
#include "vec/vec.h"

#define DIM_MAX (1u << 20)

static const char *const kind_names[WH_SECTION_KNOWN + 1] = {
    [WH_SECTION_ROWS] = "rows",       [WH_SECTION_NORMS] = "norms",
    [WH_SECTION_STRINGS] = "strings", [WH_SECTION_OFFSETS] = "offsets",
    [WH_SECTION_SLOTS] = "slots",     [WH_SECTION_NAME] = "name",
    [WH_SECTION_SOURCE] = "source",   [WH_SECTION_LICENSE] = "license",
    [WH_SECTION_FACTS] = "facts",     [WH_SECTION_NEAREST] = "nearest",
    [WH_SECTION_RADIUS] = "radius",   [WH_SECTION_KNN] = "knn",
    [WH_SECTION_KDE] = "kde",         [WH_SECTION_MEAN] = "mean",
    [WH_SECTION_VALUES] = "values",   [WH_SECTION_AXES] = "axes",
    [WH_SECTION_ORIGIN] = "origin",
};

static const char *kind_name(uint32_t kind) {
    return kind <= WH_SECTION_KNOWN && kind_names[kind] ? kind_names[kind] : "unknown";
}

void wh_store_digest(const void *bytes, size_t size, unsigned char hash[WH_STORE_HASH]) {
    crypto_generichash(hash, WH_STORE_HASH, bytes, size, NULL, 0);
}

void wh_store_head_digest(const struct wh_store_header *header, const struct wh_store_place *places,
                          unsigned char hash[WH_STORE_HASH]) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, WH_STORE_HASH);
    crypto_generichash_update(&state, (const unsigned char *)header,
                              offsetof(struct wh_store_header, hash));
    crypto_generichash_update(&state, (const unsigned char *)places,
                              header->sections * sizeof *places);
    crypto_generichash_final(&state, hash, WH_STORE_HASH);
}

/* ---- finding sections ---- */

static const struct wh_store_header *header_of(const struct wh_embed *embed) {
    return (const void *)embed->store;
}

static const struct wh_store_place *places_of(const struct wh_store_header *header) {
    return (const void *)(header + 1);
}

static const struct wh_store_place *find(const struct wh_store_header *header,
                                         enum wh_store_kind kind) {
    const struct wh_store_place *places = places_of(header);
    for (uint32_t i = 0; i < header->sections; i++)
        if (places[i].kind == kind)
            return &places[i];
    return NULL;
}

static const void *section(const struct wh_embed *embed, enum wh_store_kind kind) {
    const struct wh_store_place *place = find(header_of(embed), kind);
    return place ? embed->store + place->offset : NULL;
}

static uint64_t section_size(const struct wh_embed *embed, enum wh_store_kind kind) {
    const struct wh_store_place *place = find(header_of(embed), kind);
    return place ? place->size : 0;
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
        return wh_fail(WH_DATA,
                       "%s: store of a machine with the other byte order; import the original here",
                       path);
    if (header->version != WH_STORE_VERSION)
        return wh_fail(WH_DATA, "%s: store version %u, expected %u; import the original again",
                       path, header->version, WH_STORE_VERSION);
    if (header->file_size != size)
        return wh_fail(WH_DATA, "%s: damaged store: expected %llu bytes, found %zu", path,
                       (unsigned long long)header->file_size, size);
    if (header->sections > WH_STORE_SECTIONS_MAX ||
        header->sections > (size - sizeof *header) / sizeof(struct wh_store_place))
        return damaged(path, "its table of sections does not fit");
    wh_store_head_digest(header, places_of(header), hash);
    if (memcmp(hash, header->hash, sizeof hash) != 0)
        return damaged(path, "its header does not match its hash");
    if (header->words == 0 || header->words == WH_NONE || header->dim == 0 ||
        header->dim > DIM_MAX || header->stride != wh_vec_stride(header->dim))
        return damaged(path, "impossible counts");
    return WH_OK;
}

/* Size that a section must have; 0: any. No product overflows: words < 2^32, stride <= 2^20. */
static uint64_t expected_size(const struct wh_store_header *header, uint32_t kind) {
    const uint64_t words = header->words, dim = header->dim;
    switch (kind) {
    case WH_SECTION_ROWS:
        return words * header->stride * sizeof(float);
    case WH_SECTION_OFFSETS:
        return (words + 1) * sizeof(uint64_t);
    case WH_SECTION_FACTS:
        return sizeof(struct wh_store_facts);
    case WH_SECTION_ORIGIN:
        return sizeof(struct wh_store_origin);
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
    const struct wh_store_place *places = places_of(header);
    for (uint32_t i = 0; i < header->sections; i++) {
        const struct wh_store_place *place = &places[i];
        uint64_t expected = expected_size(header, place->kind);
        if (place->offset % WH_STORE_ALIGN || place->offset > header->file_size ||
            place->size > header->file_size - place->offset || place->size == 0 ||
            (expected && place->size != expected))
            return wh_fail(WH_DATA, "%s: damaged store: section '%s' does not fit", path,
                           kind_name(place->kind));
    }
    for (int kind = WH_SECTION_ROWS; kind <= WH_SECTION_SLOTS; kind++)
        if (!find(header, (enum wh_store_kind)kind))
            return wh_fail(WH_DATA, "%s: damaged store: section '%s' is missing", path,
                           kind_name((uint32_t)kind));
    return WH_OK;
}

static enum wh_status check_words(const struct wh_embed *embed, const char *path) {
    const uint64_t strings = section_size(embed, WH_SECTION_STRINGS);
    const uint64_t *offsets = embed->table.offsets;
    const uint64_t slots = embed->map.slot_count;
    if (offsets[0] != 0 || offsets[embed->words] != strings ||
        embed->table.bytes[strings - 1] != '\0')
        return damaged(path, "its word table is not closed");
    for (uint32_t id = 0; id < embed->words; id++)
        if (offsets[id + 1] <= offsets[id] || offsets[id + 1] > strings)
            return damaged(path, "its word offsets do not ascend");
    if (slots < 2 || (slots & (slots - 1)) || slots < embed->words)
        return damaged(path, "its hash index has an impossible size");
    for (uint32_t id = 0; id < embed->words; id++)
        if (!(embed->norms2[id] >= 0) || isinf(embed->norms2[id]))
            return damaged(path, "a norm is not a finite number");
    return WH_OK;
}

static enum wh_status copy_text(const struct wh_embed *embed, enum wh_store_kind kind,
                                char **text) {
    const char *bytes = section(embed, kind);
    if (bytes && !(*text = strndup(bytes, section_size(embed, kind))))
        return wh_fail(WH_NOMEM, "out of memory");
    return WH_OK;
}

static enum wh_status attach_facts(struct wh_embed *embed, const char *path) {
    const struct wh_store_facts *facts = section(embed, WH_SECTION_FACTS);
    struct wh_derived *derived = &embed->derived;
    const uint32_t words = embed->words;
    if (!facts)
        return WH_OK;
    if (!(facts->delta_min >= 0 && facts->delta_min <= facts->delta_max) ||
        isinf(facts->delta_max) || !(facts->median_nn >= 0) || !(facts->radius_median >= 0) ||
        !(facts->bandwidth >= 0) || facts->closest[0] >= words || facts->closest[1] >= words ||
        facts->farthest[0] >= words || facts->farthest[1] >= words)
        return damaged(path, "its facts are impossible");
    derived->delta_min = facts->delta_min;
    derived->delta_max = facts->delta_max;
    derived->median_nn = facts->median_nn;
    derived->radius_median = facts->radius_median;
    derived->bandwidth = facts->bandwidth;
    derived->duplicate_pairs = facts->duplicate_pairs;
    memcpy(derived->closest, facts->closest, sizeof derived->closest);
    memcpy(derived->farthest, facts->farthest, sizeof derived->farthest);
    return WH_OK;
}

/* Members of a group are all there or none is; only the kernel density may lack (no bandwidth). */
static enum wh_status check_groups(const struct wh_embed *embed, const char *path) {
    const struct wh_derived *derived = &embed->derived;
    const bool facts = section(embed, WH_SECTION_FACTS) != NULL;
    if (facts != (derived->nn_distance != NULL) || facts != (derived->radius != NULL) ||
        (derived->knn_log_density && !facts) ||
        (derived->kde_log_density && !derived->knn_log_density) ||
        (derived->mean != NULL) != (derived->axes != NULL) ||
        (derived->mean != NULL) != (derived->eigenvalues != NULL))
        return damaged(path, "its facts are not complete");
    return WH_OK;
}

static enum wh_status attach_derived(struct wh_embed *embed, const char *path) {
    enum wh_status status = WH_OK;
    struct wh_derived *derived = &embed->derived;
    WH_TRY(attach_facts(embed, path));
    derived->nn_distance = section(embed, WH_SECTION_NEAREST);
    derived->radius = section(embed, WH_SECTION_RADIUS);
    derived->knn_log_density = section(embed, WH_SECTION_KNN);
    derived->kde_log_density = section(embed, WH_SECTION_KDE);
    derived->mean = section(embed, WH_SECTION_MEAN);
    derived->eigenvalues = section(embed, WH_SECTION_VALUES);
    derived->axes = section(embed, WH_SECTION_AXES);
    WH_TRY(check_groups(embed, path));
out:
    return status;
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

static enum wh_status attach_texts(struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    WH_TRY(copy_text(embed, WH_SECTION_NAME, &embed->name));
    WH_TRY(copy_text(embed, WH_SECTION_SOURCE, &embed->source));
    WH_TRY(copy_text(embed, WH_SECTION_LICENSE, &embed->license));
out:
    return status;
}

/* Small, and believed as it stands: so its hash is compared at once. */
static enum wh_status attach_origin(struct wh_embed *embed, const char *path) {
    const struct wh_store_place *place = find(header_of(embed), WH_SECTION_ORIGIN);
    unsigned char hash[WH_STORE_HASH];
    if (!place)
        return WH_OK;
    embed->origin = section(embed, WH_SECTION_ORIGIN);
    wh_store_digest(embed->origin, sizeof *embed->origin, hash);
    if (memcmp(hash, place->hash, sizeof hash) != 0 ||
        embed->origin->format[sizeof embed->origin->format - 1])
        return damaged(path, "its origin does not match its hash");
    return WH_OK;
}

enum wh_status wh_store_attach(struct wh_embed *embed, const unsigned char *bytes, size_t size,
                               const char *path, uint32_t limit) {
    enum wh_status status = WH_OK;
    const struct wh_store_header *header = (const void *)bytes;
    WH_TRY(check_header(header, size, path));
    WH_TRY(check_sections(header, path));
    embed->store = bytes;
    embed->words = header->words;
    embed->dim = header->dim;
    embed->stride = header->stride;
    embed->rows = section(embed, WH_SECTION_ROWS);
    embed->norms2 = section(embed, WH_SECTION_NORMS);
    embed->table = (struct wh_wordtable){section(embed, WH_SECTION_STRINGS),
                                         section(embed, WH_SECTION_OFFSETS), header->words};
    embed->map.slots = section(embed, WH_SECTION_SLOTS);
    embed->map.slot_count = section_size(embed, WH_SECTION_SLOTS) / sizeof(uint32_t);
    WH_TRY(check_words(embed, path));
    WH_TRY(attach_texts(embed));
    WH_TRY(attach_origin(embed, path));
    if (limit && limit < header->words)
        return attach_part(embed, limit);
    sodium_bin2hex(embed->checksum, sizeof embed->checksum, header->checksum,
                   sizeof header->checksum);
    WH_TRY(attach_derived(embed, path));
out:
    return status;
}

/* ---- verifying ---- */

static enum wh_status differs(const struct wh_embed *embed, const char *what) {
    return wh_fail(WH_DATA, "%s: damaged store: %s", wh_embed_name(embed), what);
}

static bool all_zeros(const unsigned char *bytes, uint64_t size) {
    return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

/* Every byte belongs to a section and matches its hash, or is a zero before the next one. */
static enum wh_status verify_bytes(const struct wh_embed *embed) {
    const struct wh_store_header *header = header_of(embed);
    const struct wh_store_place *places = places_of(header);
    uint64_t at = sizeof *header + header->sections * sizeof *places;
    unsigned char hash[WH_STORE_HASH];
    for (uint32_t i = 0; i < header->sections; i++) {
        if (places[i].offset < at || !all_zeros(embed->store + at, places[i].offset - at))
            return differs(embed, "something stands between its sections");
        wh_store_digest(embed->store + places[i].offset, places[i].size, hash);
        if (memcmp(hash, places[i].hash, sizeof hash) != 0)
            return wh_fail(WH_DATA, "%s: damaged store: section '%s' does not match its hash",
                           wh_embed_name(embed), kind_name(places[i].kind));
        at = places[i].offset + places[i].size;
    }
    if (!all_zeros(embed->store + at, header->file_size - at))
        return differs(embed, "something stands behind its sections");
    return WH_OK;
}

static bool row_is_sound(const struct wh_embed *embed, uint32_t id) {
    const float *row = wh_embed_row(embed, id);
    for (uint32_t j = 0; j < embed->dim; j++)
        if (!isfinite(row[j]))
            return false;
    for (size_t j = embed->dim; j < embed->stride; j++)
        if (row[j] != 0)
            return false;
    return embed->norms2[id] == wh_row_norm2(row, embed->dim);
}

static bool word_is_sound(const struct wh_embed *embed, uint32_t id) {
    const char *word = wh_embed_word(embed, id);
    size_t size = (size_t)(embed->table.offsets[id + 1] - embed->table.offsets[id]);
    return strnlen(word, size) == size - 1 && wh_embed_find_bytes(embed, word, size - 1) == id;
}

/* What a file may get wrong although all its hashes are right. */
static enum wh_status verify_meaning(const struct wh_embed *embed) {
    const struct wh_store_header *header = header_of(embed);
    unsigned char digest[WH_CHECKSUM_BYTES];
    for (uint32_t id = 0; id < embed->words; id++) {
        if (!row_is_sound(embed, id))
            return differs(embed, "a row and its norm do not agree");
        if (!word_is_sound(embed, id))
            return differs(embed, "its hash index does not find every word");
    }
    if (embed->words != header->words)
        return WH_OK;
    wh_embed_digest(embed, NULL, digest);
    if (memcmp(digest, header->checksum, sizeof digest) != 0)
        return differs(embed, "words and vectors do not match the checksum");
    return WH_OK;
}

enum wh_status wh_store_verify(const struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    if (!embed->store)
        return wh_fail(WH_UNAVAILABLE, "only a store can be verified; this is a %s file",
                       embed->format);
    WH_TRY(verify_bytes(embed));
    WH_TRY(verify_meaning(embed));
out:
    return status;
}
