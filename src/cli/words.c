/* SPDX-License-Identifier: GPL-3.0-or-later */
/* words.c - words from arguments, a file, a sample or the whole vocabulary. */
#include "cli/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

static enum wh_status from_arguments(struct wh_cli *cli, const struct wh_session *session,
                                     struct wh_words *words) {
    enum wh_status status = WH_OK;
    WH_TRY(WH_ALLOC(words->ids, (size_t)cli->argument_count));
    for (; words->count < (size_t)cli->argument_count; words->count++)
        WH_TRY(wh_session_word(session, cli->arguments[words->count], &words->ids[words->count]));
out:
    return status;
}

static enum wh_status add_line(const struct wh_session *session, const char *line, size_t length,
                               struct wh_words *words) {
    char *text = strndup(line, length);
    if (!text)
        return wh_fail(WH_NOMEM, "out of memory");
    enum wh_status status = wh_session_word(session, text, &words->ids[words->count]);
    words->count += status == WH_OK;
    free(text);
    return status;
}

enum wh_status wh_words_file(const char *path, const struct wh_session *session,
                             struct wh_words *words) {
    enum wh_status status = WH_OK;
    struct wh_map file = {0};
    size_t lines = 1;
    WH_TRY(wh_map_open(path, &file));
    const char *at = (const char *)file.data, *end = at + file.size;
    for (size_t i = 0; i < file.size; i++)
        lines += at[i] == '\n';
    WH_TRY(WH_ALLOC(words->ids, lines));
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop ? stop : end) - at);
        if (length && at[length - 1] == '\r')
            length--;
        if (length)
            WH_TRY(add_line(session, at, length, words));
        at = stop ? stop + 1 : end;
    }
    if (words->count == 0)
        status = wh_fail(WH_DATA, "%s: expected words, found none", path);
out:
    wh_map_close(&file);
    return status;
}

/* Without repetition: the first of a shuffled vocabulary (Fisher and Yates). */
static enum wh_status from_sample(const char *number, const struct wh_session *session,
                                  struct wh_words *words) {
    uint32_t total = wh_embed_words(wh_session_embed(session));
    struct wh_lane lane;
    struct wh_rng rng;
    long long wanted;
    if (!wh_str_long(number, 1, total, &wanted))
        return wh_fail(WH_USAGE, "--sample: expected 1 to %u, found '%.40s'", total, number);
    if (WH_ALLOC(words->ids, total) != WH_OK)
        return WH_NOMEM;
    for (uint32_t id = 0; id < total; id++)
        words->ids[id] = id;
    wh_lane_open(wh_session_source(session), "sample of words", 0, &lane);
    wh_rng_open(&lane, 0, &rng);
    for (words->count = 0; words->count < (size_t)wanted; words->count++) {
        size_t other = words->count + wh_rng_below(&rng, total - words->count);
        uint32_t id = words->ids[other];
        words->ids[other] = words->ids[words->count];
        words->ids[words->count] = id;
    }
    return WH_OK;
}

enum wh_status wh_words_all(const struct wh_session *session, struct wh_words *words) {
    uint32_t total = wh_embed_words(wh_session_embed(session));
    if (WH_ALLOC(words->ids, total) != WH_OK)
        return WH_NOMEM;
    for (; words->count < total; words->count++)
        words->ids[words->count] = (uint32_t)words->count;
    return WH_OK;
}

enum wh_status wh_words_choose(struct wh_cli *cli, const struct wh_session *session,
                               struct wh_words *words) {
    const char *const *extra = cli->extra;
    int ways = (cli->argument_count > 0) + (extra[WH_WORDS_FILE] != NULL) +
               (extra[WH_WORDS_SAMPLE] != NULL) + (extra[WH_WORDS_ALL] != NULL);
    *words = (struct wh_words){0};
    if (ways != 1)
        return wh_fail(WH_USAGE,
                       "%s needs words: as arguments, or --words FILE, --sample N or "
                       "--vocabulary",
                       cli->command);
    if (extra[WH_WORDS_FILE])
        return wh_words_file(extra[WH_WORDS_FILE], session, words);
    if (extra[WH_WORDS_SAMPLE])
        return from_sample(extra[WH_WORDS_SAMPLE], session, words);
    return extra[WH_WORDS_ALL] ? wh_words_all(session, words) : from_arguments(cli, session, words);
}

uint64_t wh_words_trials(const struct wh_cli *cli, const struct wh_words *words) {
    const uint64_t together = 20000, least = 1000;
    if (cli->trials)
        return cli->trials;
    return together / words->count > least ? together / words->count : least;
}

void wh_words_close(struct wh_words *words) {
    free(words->ids);
    *words = (struct wh_words){0};
}
