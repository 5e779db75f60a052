/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ranking.c - a word's nearest others, and the whole vocabulary by rank and distance from a word.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/run_private.h"

enum wh_status wh_run_near(const struct wh_session *session, uint32_t word, uint32_t k,
                           struct wh_near_result *result) {
    enum wh_status status;
    const struct wh_near *near = wh_session_near(session);
    uint32_t others = wh_embed_words(wh_session_embed(session)) - 1;
    size_t found = 0;
    *result = (struct wh_near_result){.word = word};
    k = k < others ? k : others;
    WH_TRY(WH_ALLOC(result->items, (size_t)k + 1));
    WH_TRY(wh_near_word(near, word, k, result->items, &found));
    result->count = (uint32_t)found;
out:
    if (status != WH_OK)
        wh_near_result_close(result);
    return status;
}

/* The vector as the point, in double. */
static enum wh_status composed_point(const struct wh_embed *embed, const char *text,
                                     double **point) {
    enum wh_status status = WH_OK;
    const uint32_t dim = wh_embed_dim(embed);
    float *vector = NULL;
    WH_TRY(WH_ALLOC(vector, dim));
    WH_TRY(wh_embed_compose(embed, text, NULL, vector));
    WH_TRY(WH_ALLOC(*point, dim));
    for (uint32_t j = 0; j < dim; j++)
        (*point)[j] = (double)vector[j];
out:
    free(vector);
    return status;
}

enum wh_status wh_run_near_composed(const struct wh_session *session, const char *text, uint32_t k,
                                    struct wh_near_result *result) {
    enum wh_status status;
    const struct wh_embed *embed = wh_session_embed(session);
    const uint32_t words = wh_embed_words(embed);
    double *point = NULL;
    size_t found = 0;
    *result = (struct wh_near_result){.word = WH_NONE, .composed = text};
    status = composed_point(embed, text, &point);
    if (status == WH_NO || status == WH_UNAVAILABLE)
        status = wh_session_unknown(session, text, wh_embed_composes(embed) ? wh_error() : NULL);
    if (status != WH_OK)
        goto out;
    k = k < words ? k : words;
    WH_TRY(WH_ALLOC(result->items, (size_t)k + 1));
    WH_TRY(wh_near_point(wh_session_near(session), point, k, result->items, &found));
    result->count = (uint32_t)found;
out:
    free(point);
    if (status != WH_OK)
        wh_near_result_close(result);
    return status;
}

void wh_near_result_close(struct wh_near_result *result) {
    free(result->items);
    *result = (struct wh_near_result){0};
}

/* A word by the bits of its distance: for numbers that are not negative they sort as the numbers
 * do. */
struct key {
    uint64_t bits;
    uint32_t id;
};

/* One pass of a radix sort by the byte at shift. Stable, so ties stay in the order of ids. False if
 * all keys have the same byte there and nothing moved. */
static bool sort_byte(const struct key *from, struct key *to, uint32_t count, int shift) {
    uint32_t starts[256] = {0}, at = 0;
    for (uint32_t i = 0; i < count; i++)
        starts[(from[i].bits >> shift) & 255]++;
    for (int byte = 0; byte < 256; byte++) {
        uint32_t here = starts[byte];
        if (here == count)
            return false;
        starts[byte] = at;
        at += here;
    }
    for (uint32_t i = 0; i < count; i++)
        to[starts[(from[i].bits >> shift) & 255]++] = from[i];
    return true;
}

static struct key *sort_keys(struct key *keys, struct key *spare, uint32_t count) {
    for (int shift = 0; shift < 64; shift += 8)
        if (sort_byte(keys, spare, count, shift)) {
            struct key *sorted = spare;
            spare = keys;
            keys = sorted;
        }
    return keys;
}

/* As wh_near_ranks, but from distances that are there already, and in linear time: the explorer
 * waits for it at every new word. */
static enum wh_status fill_ranks(struct wh_ranking *ranking) {
    enum wh_status status;
    struct key *keys = NULL, *spare = NULL;
    uint32_t count = 0;
    WH_TRY(WH_ALLOC(keys, ranking->words));
    WH_TRY(WH_ALLOC(spare, ranking->words));
    for (uint32_t id = 0; id < ranking->words; id++)
        if (id != ranking->word) {
            memcpy(&keys[count].bits, &ranking->distances[id], sizeof keys[count].bits);
            keys[count++].id = id;
        }
    const struct key *sorted = sort_keys(keys, spare, count);
    ranking->ranks[ranking->word] = 0;
    for (uint32_t i = 0; i < count; i++)
        ranking->ranks[sorted[i].id] = i + 1;
out:
    free(keys);
    free(spare);
    return status;
}

enum wh_status wh_ranking_open(const struct wh_near *near, uint32_t word,
                               struct wh_ranking *ranking) {
    enum wh_status status;
    *ranking = (struct wh_ranking){.word = word, .words = wh_embed_words(wh_near_embed(near))};
    WH_TRY(WH_ALLOC(ranking->ranks, ranking->words));
    WH_TRY(WH_ALLOC(ranking->distances, ranking->words));
    wh_near_distances(near, word, ranking->distances);
    WH_TRY(fill_ranks(ranking));
out:
    if (status != WH_OK)
        wh_ranking_close(ranking);
    return status;
}

enum wh_status wh_ranking_copy(struct wh_ranking *to, const struct wh_ranking *from) {
    enum wh_status status;
    *to = (struct wh_ranking){.word = from->word, .words = from->words};
    WH_TRY(WH_ALLOC(to->ranks, to->words));
    WH_TRY(WH_ALLOC(to->distances, to->words));
    memcpy(to->ranks, from->ranks, to->words * sizeof *to->ranks);
    memcpy(to->distances, from->distances, to->words * sizeof *to->distances);
out:
    if (status != WH_OK)
        wh_ranking_close(to);
    return status;
}

void wh_ranking_close(struct wh_ranking *ranking) {
    free(ranking->ranks);
    free(ranking->distances);
    *ranking = (struct wh_ranking){0};
}
