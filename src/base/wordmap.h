/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wordmap.h - word -> id over a string table that somebody else owns (the slots can be mapped from
 * a file). Open addressing, linear probing, SipHash; at most half full.
 */
#ifndef WH_WORDMAP_H
#define WH_WORDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define WH_NONE UINT32_MAX /* no such word */

/* Word i is bytes[offsets[i]] .. bytes[offsets[i + 1] - 1], without its terminating NUL if any:
 * the table below stores every word followed by one NUL, so its length is
 * offsets[i+1]-offsets[i]-1. */
struct wh_wordtable {
    const char *bytes;
    const uint64_t *offsets; /* count + 1 of them */
    uint32_t count;
};

struct wh_hashed_word {
    const char *bytes;
    size_t length;
    uint64_t hash;
};

struct wh_wordmap {
    const uint32_t *slots; /* id or WH_NONE; slot_count is a power of two >= 2 * count */
    uint64_t slot_count;
};

uint64_t wh_wordmap_slot_count(uint32_t words);

/* Fills slots (slot_count of them) with every word; the first of equal words wins. */
void wh_wordmap_fill(const struct wh_wordtable *table, uint32_t *slots, uint64_t slot_count);

/* Id of the word or WH_NONE. Never reads outside the table even if the slots are hostile. */
uint32_t wh_wordmap_find(const struct wh_wordmap *map, const struct wh_wordtable *table,
                         const char *word, size_t length);

/* Fetches the place of a word that will be looked for soon; changes nothing. */
void wh_wordmap_expect(const struct wh_wordmap *map, const char *word, size_t length);

/* Growing set of words for loaders: adds the word unless present. */
struct wh_wordset;
enum wh_status wh_wordset_open(struct wh_wordset **set);
/* *added says whether the word was new; *id is its id (position of first appearance). */
enum wh_status wh_wordset_add(struct wh_wordset *set, const char *word, size_t length, uint32_t *id,
                              bool *added);
uint32_t wh_wordset_find(const struct wh_wordset *set, const char *word, size_t length);
/* Slots for so many words, before the first is added: they need not move then. */
enum wh_status wh_wordset_reserve(struct wh_wordset *set, uint32_t words);
/* The same in parts, so that the costly ones can be done ahead or by another thread: what a word
 * hashes to; fetching its place, which changes nothing; and adding it. */
uint64_t wh_word_hash(const char *word, size_t length);
void wh_wordset_expect(const struct wh_wordset *set, uint64_t hash);
enum wh_status wh_wordset_add_hashed(struct wh_wordset *set, const struct wh_hashed_word *word,
                                     uint32_t *id, bool *added);
/* The table of all words so far; valid until the next add or close. */
struct wh_wordtable wh_wordset_table(const struct wh_wordset *set);
/* The slots as wh_wordmap_fill() would fill wh_wordmap_slot_count() of them, the caller's to free;
 * NULL if the set has another number. Afterwards nothing can be added. */
uint32_t *wh_wordset_take_slots(struct wh_wordset *set);
void wh_wordset_close(struct wh_wordset *set);

#endif
