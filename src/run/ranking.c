/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ranking.c - a word's nearest others, and the whole vocabulary by rank and distance from a word. */
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

void wh_near_result_close(struct wh_near_result *result) {
    free(result->items);
    *result = (struct wh_near_result){0};
}

enum wh_status wh_ranking_open(const struct wh_near *near, uint32_t word,
                               struct wh_ranking *ranking) {
    enum wh_status status;
    *ranking = (struct wh_ranking){.word = word, .words = wh_embed_words(wh_near_embed(near))};
    WH_TRY(WH_ALLOC(ranking->ranks, ranking->words));
    WH_TRY(WH_ALLOC(ranking->distances, ranking->words));
    wh_near_distances(near, word, ranking->distances);
    WH_TRY(wh_near_ranks(near, word, ranking->ranks));
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
