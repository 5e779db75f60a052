/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wordmap.c - open addressing over somebody else's string table, and a growing set for loaders. */
#include "base/wordmap.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A fixed key: the slots live in files that must be the same on every machine. */
static const unsigned char hash_key[crypto_shorthash_KEYBYTES] = "wordhaze-words1";

uint64_t wh_word_hash(const char *word, size_t length) {
    unsigned char digest[crypto_shorthash_BYTES];
    crypto_shorthash(digest, (const unsigned char *)word, length, hash_key);
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof digest; i++)
        value |= (uint64_t)digest[i] << (8 * i);
    return value;
}

static bool word_is(const struct wh_wordtable *table, uint32_t id, const char *word,
                    size_t length) {
    uint64_t begin = table->offsets[id], end = table->offsets[id + 1];
    return end - begin == (uint64_t)length + 1 && memcmp(table->bytes + begin, word, length) == 0;
}

uint64_t wh_wordmap_slot_count(uint32_t words) {
    uint64_t count = 2;
    while (count < 2 * (uint64_t)words)
        count *= 2;
    return count;
}

/* Where the word stands or would stand: slot_count when there is neither. */
static uint64_t locate(const struct wh_wordmap *map, const struct wh_wordtable *table,
                       const struct wh_hashed_word *word) {
    uint64_t mask = map->slot_count - 1, slot = word->hash & mask;
    for (uint64_t probes = 0; probes < map->slot_count; probes++, slot = (slot + 1) & mask) {
        uint32_t id = map->slots[slot];
        if (id == WH_NONE || (id < table->count && word_is(table, id, word->bytes, word->length)))
            return slot;
    }
    return map->slot_count;
}

static void enter(const struct wh_wordtable *table, uint32_t id, uint32_t *slots,
                  uint64_t slot_count) {
    const struct wh_wordmap map = {.slots = slots, .slot_count = slot_count};
    const char *word = table->bytes + table->offsets[id];
    size_t length = (size_t)(table->offsets[id + 1] - table->offsets[id] - 1);
    const struct wh_hashed_word hashed = {word, length, wh_word_hash(word, length)};
    uint64_t slot = locate(&map, table, &hashed);
    if (slot < slot_count && slots[slot] == WH_NONE)
        slots[slot] = id;
}

void wh_wordmap_fill(const struct wh_wordtable *table, uint32_t *slots, uint64_t slot_count) {
    for (uint64_t slot = 0; slot < slot_count; slot++)
        slots[slot] = WH_NONE;
    for (uint32_t id = 0; id < table->count; id++)
        enter(table, id, slots, slot_count);
}

uint32_t wh_wordmap_find(const struct wh_wordmap *map, const struct wh_wordtable *table,
                         const char *word, size_t length) {
    const struct wh_hashed_word hashed = {word, length, wh_word_hash(word, length)};
    uint64_t slot = locate(map, table, &hashed);
    return slot < map->slot_count ? map->slots[slot] : WH_NONE;
}

void wh_wordmap_expect(const struct wh_wordmap *map, const char *word, size_t length) {
    __builtin_prefetch(&map->slots[wh_word_hash(word, length) & (map->slot_count - 1)]);
}

struct wh_wordset {
    char *bytes;
    size_t used, bytes_capacity;
    uint64_t *offsets;
    uint32_t count;
    size_t offsets_capacity;
    uint32_t *slots;
    uint64_t slot_count;
};

enum wh_status wh_wordset_open(struct wh_wordset **set) {
    enum wh_status status = WH_OK;
    struct wh_wordset *made = NULL;
    *set = NULL;
    WH_TRY(WH_ALLOC(made, 1));
    made->offsets_capacity = 1024;
    made->slot_count = wh_wordmap_slot_count(1024);
    WH_TRY(WH_ALLOC(made->offsets, made->offsets_capacity));
    WH_TRY(WH_ALLOC(made->slots, made->slot_count));
    memset(made->slots, 0xff, made->slot_count * sizeof *made->slots);
    *set = made;
    made = NULL;
out:
    wh_wordset_close(made);
    return status;
}

struct wh_wordtable wh_wordset_table(const struct wh_wordset *set) {
    return (struct wh_wordtable){set->bytes, set->offsets, set->count};
}

static enum wh_status grow_slots(struct wh_wordset *set) {
    if (2 * ((uint64_t)set->count + 1) <= set->slot_count)
        return WH_OK;
    uint32_t *slots = wh_alloc(set->slot_count * 2, sizeof *slots);
    if (!slots)
        return WH_NOMEM;
    struct wh_wordtable table = wh_wordset_table(set);
    free(set->slots);
    set->slots = slots;
    set->slot_count *= 2;
    wh_wordmap_fill(&table, slots, set->slot_count);
    return WH_OK;
}

static enum wh_status grow_table(struct wh_wordset *set, size_t length) {
    if (set->count + 2 > set->offsets_capacity) {
        uint64_t *offsets =
            wh_realloc(set->offsets, set->offsets_capacity * 2, sizeof *set->offsets);
        if (!offsets)
            return WH_NOMEM;
        set->offsets = offsets;
        set->offsets_capacity *= 2;
    }
    if (set->bytes_capacity - set->used <= length) {
        size_t capacity = set->bytes_capacity * 2 + length + 4096;
        char *bytes = wh_realloc(set->bytes, capacity, 1);
        if (!bytes)
            return WH_NOMEM;
        set->bytes = bytes;
        set->bytes_capacity = capacity;
    }
    return WH_OK;
}

uint32_t wh_wordset_find(const struct wh_wordset *set, const char *word, size_t length) {
    const struct wh_wordtable table = wh_wordset_table(set);
    const struct wh_wordmap map = {.slots = set->slots, .slot_count = set->slot_count};
    return wh_wordmap_find(&map, &table, word, length);
}

enum wh_status wh_wordset_reserve(struct wh_wordset *set, uint32_t words) {
    uint64_t slot_count = wh_wordmap_slot_count(words);
    if (set->count || slot_count <= set->slot_count)
        return WH_OK;
    uint32_t *slots = wh_alloc(slot_count, sizeof *slots);
    if (!slots)
        return WH_NOMEM;
    memset(slots, 0xff, slot_count * sizeof *slots);
    free(set->slots);
    set->slots = slots;
    set->slot_count = slot_count;
    return WH_OK;
}

void wh_wordset_expect(const struct wh_wordset *set, uint64_t hash) {
    __builtin_prefetch(&set->slots[hash & (set->slot_count - 1)]);
}

enum wh_status wh_wordset_add(struct wh_wordset *set, const char *word, size_t length, uint32_t *id,
                              bool *added) {
    const struct wh_hashed_word hashed = {word, length, wh_word_hash(word, length)};
    return wh_wordset_add_hashed(set, &hashed, id, added);
}

enum wh_status wh_wordset_add_hashed(struct wh_wordset *set, const struct wh_hashed_word *word,
                                     uint32_t *id, bool *added) {
    const size_t length = word->length;
    enum wh_status status = WH_OK;
    *added = false;
    WH_TRY(grow_slots(set));
    struct wh_wordtable table = wh_wordset_table(set);
    const struct wh_wordmap map = {.slots = set->slots, .slot_count = set->slot_count};
    uint64_t slot = locate(&map, &table, word);
    *id = set->slots[slot];
    if (*id != WH_NONE)
        return WH_OK;
    if (set->count >= WH_NONE - 2)
        return wh_fail(WH_DATA, "more than %u words", WH_NONE - 2);
    WH_TRY(grow_table(set, length));
    if (length)
        memcpy(set->bytes + set->used, word->bytes, length);
    set->bytes[set->used + length] = '\0';
    set->offsets[set->count] = set->used;
    set->used += length + 1;
    *id = set->count++;
    set->offsets[set->count] = set->used;
    set->slots[slot] = *id;
    *added = true;
out:
    return status;
}

uint32_t *wh_wordset_take_slots(struct wh_wordset *set) {
    if (set->slot_count != wh_wordmap_slot_count(set->count))
        return NULL;
    uint32_t *slots = set->slots;
    set->slots = NULL;
    set->slot_count = 0;
    return slots;
}

void wh_wordset_close(struct wh_wordset *set) {
    if (!set)
        return;
    free(set->bytes);
    free(set->offsets);
    free(set->slots);
    free(set);
}
