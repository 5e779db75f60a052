/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lookup.c - from what a person typed to a word of the vocabulary. */
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <uninorm.h>

#include "base/str.h"
#include "embed/embed_private.h"

#define SMALL 256 /* bytes; longer words are looked up but not compared without case */

uint32_t wh_embed_find_bytes(const struct wh_embed *embed, const char *word, size_t length) {
    return wh_wordmap_find(&embed->map, &embed->table, word, length);
}

void wh_embed_expect(const struct wh_embed *embed, const char *word, size_t length) {
    wh_wordmap_expect(&embed->map, word, length);
}

uint32_t wh_embed_find(const struct wh_embed *embed, const char *word) {
    return wh_embed_find_bytes(embed, word, strlen(word));
}

/* ASCII is its own normal form, and most words are ASCII. */
static bool lower_ascii(const char *word, size_t length, char *lower) {
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)word[i] & 0x80)
            return false;
        lower[i] = (char)(word[i] >= 'A' && word[i] <= 'Z' ? word[i] - 'A' + 'a' : word[i]);
    }
    return true;
}

/* Lower-cased by Unicode's rules for no language in particular: small if that suffices, else new
 * memory, NULL if word is not UTF-8. length is small's size before, the result's afterwards. */
static char *lower_case(const char *word, size_t word_length, char *small, size_t *length) {
    if (word_length <= *length && lower_ascii(word, word_length, small)) {
        *length = word_length;
        return small;
    }
    return (char *)u8_tolower((const uint8_t *)word, word_length, NULL, UNINORM_NFC,
                              (uint8_t *)small, length);
}

uint32_t wh_embed_lookup(const struct wh_embed *embed, const char *word, size_t length) {
    uint32_t id = wh_embed_find_bytes(embed, word, length);
    if (id != WH_NONE)
        return id;
    char small[SMALL];
    size_t lower_length = sizeof small;
    char *lower = lower_case(word, length, small, &lower_length);
    if (!lower)
        return WH_NONE;
    id = wh_embed_find_bytes(embed, lower, lower_length);
    if (lower != small)
        free(lower);
    return id;
}

/* What a person may have meant: the word and its lower case ("" if too long or not UTF-8). */
struct wanted {
    const char *word;
    size_t length;
    char lower[SMALL];
};

static void want(const char *word, struct wanted *wanted) {
    size_t length = sizeof wanted->lower - 1;
    wanted->word = word;
    wanted->length = strlen(word);
    char *lower = lower_case(word, wanted->length, wanted->lower, &length);
    wanted->lower[lower == wanted->lower ? length : 0] = '\0';
    if (lower != wanted->lower)
        free(lower);
}

/* Folding case is slow; a look at the lengths spares it, for it changes few letters' bytes. */
static bool same_but_case(const struct wanted *wanted, const char *candidate) {
    int order;
    size_t length = strlen(candidate);
    return length < SMALL && wanted->length < SMALL && length <= 2 * wanted->length &&
           wanted->length <= 2 * length &&
           u8_casecmp((const uint8_t *)wanted->word, wanted->length, (const uint8_t *)candidate,
                      length, NULL, UNINORM_NFC, &order) == 0 &&
           order == 0;
}

/* 0: the same but for case; else the edit distance, of the word or its lower case; 3: over 2. */
static int unlike(const struct wanted *wanted, const char *candidate) {
    int distance = wh_str_distance(wanted->word, candidate, 2);
    if (wanted->lower[0]) {
        int lower = wh_str_distance(wanted->lower, candidate, 2);
        distance = lower < distance ? lower : distance;
    }
    return distance && same_but_case(wanted, candidate) ? 0 : distance;
}

/* The ids found so far, by unlikeness, then id. */
struct ranking {
    uint32_t *ids;
    size_t max, total;
    size_t found[3]; /* by unlikeness, those that dropped out included */
};

/* Ids come in order, so a stable insertion keeps ties in order. */
static void insert(struct ranking *ranking, uint32_t id, int unlikeness) {
    size_t place = 0;
    for (int d = 0; d <= unlikeness; d++)
        place += ranking->found[d];
    if (place >= ranking->max)
        return;
    if (ranking->total < ranking->max)
        ranking->total++;
    uint32_t *at = ranking->ids + place;
    memmove(at + 1, at, (ranking->total - 1 - place) * sizeof *at);
    *at = id;
    ranking->found[unlikeness]++;
}

size_t wh_embed_suggest(const struct wh_embed *embed, const char *word, uint32_t *ids, size_t max) {
    struct ranking ranking = {.ids = ids, .max = max};
    struct wanted wanted;
    want(word, &wanted);
    for (uint32_t id = 0; id < embed->words; id++) {
        int distance = unlike(&wanted, wh_embed_word(embed, id));
        if (distance <= 2)
            insert(&ranking, id, distance);
    }
    return ranking.total;
}

size_t wh_embed_complete(const struct wh_embed *embed, const char *prefix, uint32_t *ids,
                         size_t max) {
    size_t length = strlen(prefix), count = 0;
    for (uint32_t id = 0; id < embed->words && count < max; id++)
        if (strncmp(wh_embed_word(embed, id), prefix, length) == 0)
            ids[count++] = id;
    return count;
}
