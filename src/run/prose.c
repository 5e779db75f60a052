/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prose.c - words with the frequencies of a language: the word of rank r, which in embeddings is
 * its id, has a share proportional to 1/(r + 2.7) (Zipf's law as Mandelbrot has it). Against
 * English prose, words are drawn flatter (the 100 most frequent make up 37 %, not 50), which is
 * harder on caches, and are a little longer; there are no capitals, and nothing beyond ASCII but
 * names.
 */
#include "run/prose.h"

#include <math.h>
#include <string.h>

#include "rng/rng.h"

#define SHIFT      2.7
#define LINE_WORDS 24
#define VOCABULARY 20000 /* words, at most: as texts have */

/* Shares up to rank r add up to ln(1 + r/SHIFT), but for a factor: this is the inverse. */
static uint32_t any_word(const struct wh_embed *embed, struct wh_rng *rng) {
    uint32_t words = wh_embed_words(embed);
    double whole = log1p(((words < VOCABULARY ? words : VOCABULARY) - 1) / SHIFT);
    return (uint32_t)(SHIFT * expm1(wh_rng_uniform(rng) * whole));
}

static const char *what_follows(int word, struct wh_rng *rng) {
    double chance = wh_rng_uniform(rng);
    if (word % LINE_WORDS == LINE_WORDS - 1 || chance < 0.05)
        return ".\n";
    return chance < 0.1 ? ", " : " ";
}

void wh_prose_write(const struct wh_embed *embed, char *text, size_t size) {
    struct wh_source source;
    struct wh_lane lane;
    struct wh_rng rng;
    wh_source_seed(&source, 1);
    wh_lane_open(&source, "prose", 0, &lane);
    wh_rng_open(&lane, 0, &rng);
    size_t used = 0;
    for (int i = 0;; i++) {
        const char *word = wh_embed_word(embed, any_word(embed, &rng));
        const char *after = what_follows(i, &rng);
        size_t length = strlen(word), more = strlen(after);
        if (length + more > size - used)
            break;
        memcpy(text + used, word, length);
        memcpy(text + used + length, after, more);
        used += length + more;
    }
    memset(text + used, '\n', size - used);
}
