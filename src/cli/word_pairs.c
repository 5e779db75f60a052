/* SPDX-License-Identifier: GPL-3.0-or-later */
/* word_pairs.c - pairs from arguments, a file, at random, or a word and its neighbours. */
#include "cli/word_pairs.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

static enum wh_status different(const struct wh_session *session, struct wh_audit_pair pair) {
    if (pair.a != pair.b)
        return WH_OK;
    return wh_fail(WH_USAGE, "a pair needs two different words, found '%.60s' twice",
                   wh_embed_word(wh_session_embed(session), pair.a));
}

static enum wh_status from_arguments(const struct wh_cli *cli, const struct wh_session *session,
                                     struct wh_word_pairs *pairs) {
    enum wh_status status = WH_OK;
    if (cli->argument_count != 2)
        return wh_fail(WH_USAGE, "%s needs two words, found %d", cli->command, cli->argument_count);
    WH_TRY(WH_ALLOC(pairs->items, 1));
    WH_TRY(wh_session_word(session, cli->arguments[0], &pairs->items[0].a));
    WH_TRY(wh_session_word(session, cli->arguments[1], &pairs->items[0].b));
    WH_TRY(different(session, pairs->items[0]));
    pairs->count = 1;
out:
    return status;
}

/* ---- a file ---- */

/* Cuts a line in two at its tab, or at its blanks if there is none; NULL if it is not two words. */
static char *second_word(char *line) {
    size_t length = strlen(line);
    while (length && strchr(" \t\r", line[length - 1]))
        line[--length] = 0;
    char *cut = strchr(line, '\t');
    if (!cut)
        cut = strchr(line, ' ');
    if (!cut || cut == line)
        return NULL;
    const char *stop = *cut == '\t' ? "\t" : "\t ";
    *cut++ = 0;
    cut += strspn(cut, stop);
    return strpbrk(cut, stop) ? NULL : cut;
}

static enum wh_status add_line(const struct wh_session *session, char *line,
                               struct wh_word_pairs *pairs) {
    enum wh_status status = WH_OK;
    struct wh_audit_pair *pair = &pairs->items[pairs->count];
    char *second = second_word(line);
    if (!second)
        return wh_fail(WH_DATA, "expected two words, found '%.60s'", line);
    WH_TRY(wh_session_word(session, line, &pair->a));
    WH_TRY(wh_session_word(session, second, &pair->b));
    if (pair->a == pair->b)
        return wh_fail(WH_DATA, "expected two different words, found '%.60s' twice", line);
    pairs->count++;
out:
    return status;
}

static enum wh_status add_lines(const char *path, char *text, const struct wh_session *session,
                                struct wh_word_pairs *pairs) {
    char *line, *rest = text;
    for (size_t number = 1; (line = strsep(&rest, "\n")); number++) {
        enum wh_status status = WH_OK;
        if (line[strspn(line, " \t\r")])
            status = add_line(session, line, pairs);
        if (status == WH_NOMEM)
            return status;
        if (status != WH_OK) {
            char why[512];
            snprintf(why, sizeof why, "%s", wh_error());
            return wh_fail(status, "%s:%zu: %s", path, number, why);
        }
    }
    return pairs->count ? WH_OK : wh_fail(WH_DATA, "%s: expected pairs of words, found none", path);
}

static enum wh_status from_file(const char *path, const struct wh_session *session,
                                struct wh_word_pairs *pairs) {
    enum wh_status status = WH_OK;
    struct wh_map file = {0};
    char *text = NULL;
    size_t lines = 1;
    WH_TRY(wh_map_open(path, &file));
    WH_TRY(WH_ALLOC(text, file.size + 1));
    for (size_t i = 0; i < file.size; i++) {
        text[i] = (char)file.data[i];
        lines += text[i] == '\n';
    }
    WH_TRY(WH_ALLOC(pairs->items, lines));
    status = add_lines(path, text, session, pairs);
out:
    free(text);
    wh_map_close(&file);
    return status;
}

/* ---- the vocabulary ---- */

static enum wh_status at_random(const char *number, const struct wh_session *session,
                                struct wh_word_pairs *pairs) {
    uint32_t words = wh_embed_words(wh_session_embed(session));
    struct wh_lane lane;
    struct wh_rng rng;
    long long wanted;
    if (!wh_str_long(number, 1, 10000000, &wanted))
        return wh_fail(WH_USAGE, "--random: expected 1 to 10000000, found '%.40s'", number);
    if (words < 2)
        return wh_fail(WH_DATA, "--random: one word has no pairs");
    if (WH_ALLOC(pairs->items, (size_t)wanted) != WH_OK)
        return WH_NOMEM;
    wh_lane_open(wh_session_source(session), "sample of pairs", 0, &lane);
    wh_rng_open(&lane, 0, &rng);
    for (; pairs->count < (size_t)wanted; pairs->count++) {
        uint32_t a = (uint32_t)wh_rng_below(&rng, words);
        uint32_t b = (uint32_t)wh_rng_below(&rng, words - 1);
        pairs->items[pairs->count] = (struct wh_audit_pair){a, b + (b >= a)};
    }
    return WH_OK;
}

#define DEFAULT_NEIGHBOURS 10

static enum wh_status with_neighbours(const struct wh_cli *cli, const struct wh_session *session,
                                      struct wh_word_pairs *pairs) {
    enum wh_status status = WH_OK;
    struct wh_near_result near = {0};
    uint32_t word;
    WH_TRY(wh_session_word(session, cli->extra[WH_PAIRS_NEIGHBOURS], &word));
    WH_TRY(wh_run_near(session, word, cli->k ? cli->k : DEFAULT_NEIGHBOURS, &near));
    if (near.count == 0)
        status = wh_fail(WH_DATA, "--neighbours: one word has none");
    else
        status = WH_ALLOC(pairs->items, near.count);
    for (; status == WH_OK && pairs->count < near.count; pairs->count++)
        pairs->items[pairs->count] = (struct wh_audit_pair){word, near.items[pairs->count].id};
out:
    wh_near_result_close(&near);
    return status;
}

enum wh_status wh_word_pairs_choose(struct wh_cli *cli, const struct wh_session *session,
                                    struct wh_word_pairs *pairs) {
    const char *const *extra = cli->extra;
    int ways = (cli->argument_count > 0) + (extra[WH_PAIRS_FILE] != NULL) +
               (extra[WH_PAIRS_RANDOM] != NULL) + (extra[WH_PAIRS_NEIGHBOURS] != NULL);
    *pairs = (struct wh_word_pairs){0};
    if (ways != 1)
        return wh_fail(WH_USAGE,
                       "%s needs pairs: two words, or --pairs FILE, --random N or "
                       "--neighbours WORD",
                       cli->command);
    if (extra[WH_PAIRS_FILE])
        return from_file(extra[WH_PAIRS_FILE], session, pairs);
    if (extra[WH_PAIRS_RANDOM])
        return at_random(extra[WH_PAIRS_RANDOM], session, pairs);
    return extra[WH_PAIRS_NEIGHBOURS] ? with_neighbours(cli, session, pairs)
                                      : from_arguments(cli, session, pairs);
}

void wh_word_pairs_close(struct wh_word_pairs *pairs) {
    free(pairs->items);
    *pairs = (struct wh_word_pairs){0};
}
