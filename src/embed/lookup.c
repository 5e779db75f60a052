/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lookup.c - from what a person typed to a word of the vocabulary. */
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <uninorm.h>

#include "base/str.h"
#include "embed/embed_private.h"

uint32_t wh_embed_find_bytes(const struct wh_embed *embed, const char *word, size_t length) {
    return wh_wordmap_find(&embed->map, &embed->table, word, length);
}

uint32_t wh_embed_find(const struct wh_embed *embed, const char *word) {
    return wh_embed_find_bytes(embed, word, strlen(word));
}

uint32_t wh_embed_lookup(const struct wh_embed *embed, const char *word, size_t length) {
    uint32_t id = wh_embed_find_bytes(embed, word, length);
    if (id != WH_NONE)
        return id;
    uint8_t small[256];
    size_t small_length = sizeof small;
    uint8_t *lower =
        u8_tolower((const uint8_t *)word, length, NULL, UNINORM_NFC, small, &small_length);
    if (!lower) /* not UTF-8 */
        return WH_NONE;
    id = wh_embed_find_bytes(embed, (const char *)lower, small_length);
    if (lower != small)
        free(lower);
    return id;
}

/* How unlike two words are: 0 the same but for case, else edit distance, 3 for more than two. */
static int unlike(const char *word, const char *candidate) {
    int order, distance = wh_str_distance(word, candidate, 2);
    size_t a = strlen(word), b = strlen(candidate);
    if (a + 3 >= b && b + 3 >= a && a < 256 && b < 256 &&
        u8_casecmp((const uint8_t *)word, a, (const uint8_t *)candidate, b, NULL, NULL, &order) ==
            0 &&
        order == 0)
        return 0;
    return distance;
}

size_t wh_embed_suggest(const struct wh_embed *embed, const char *word, uint32_t *ids, size_t max) {
    size_t found[3] = {0, 0, 0}, total = 0;
    /* A stable insertion by unlikeness: ids come in order, so ties stay in order. */
    for (uint32_t id = 0; id < embed->words; id++) {
        int distance = unlike(word, wh_embed_word(embed, id));
        if (distance > 2)
            continue;
        size_t place = 0;
        for (int d = 0; d <= distance; d++)
            place += found[d];
        if (place >= max)
            continue;
        size_t tail = (total < max ? total : max - 1) - place;
        memmove(ids + place + 1, ids + place, tail * sizeof *ids);
        ids[place] = id;
        found[distance]++;
        if (total < max)
            total++;
    }
    return total;
}

size_t wh_embed_complete(const struct wh_embed *embed, const char *prefix, uint32_t *ids,
                         size_t max) {
    size_t length = strlen(prefix), count = 0;
    for (uint32_t id = 0; id < embed->words && count < max; id++)
        if (strncmp(wh_embed_word(embed, id), prefix, length) == 0)
            ids[count++] = id;
    return count;
}
