/* SPDX-License-Identifier: GPL-3.0-or-later */
/* words.h - the words that a command works on; for src/cli/ only. */
#ifndef WH_WORDS_H
#define WH_WORDS_H

#include "cli/cli.h"

/* Rows of a command's option table, and their places in it: they come first. */
enum { WH_WORDS_FILE, WH_WORDS_SAMPLE, WH_WORDS_ALL, WH_WORDS_OPTIONS };
#define WH_WORDS_ROWS                                                                              \
    [WH_WORDS_FILE] = {"words", 0, "FILE", "the words of a file, one a line"},                     \
    [WH_WORDS_SAMPLE] = {"sample", 0, "N", "N words drawn from the vocabulary"},                   \
    [WH_WORDS_ALL] = {"vocabulary", 0, NULL, "every word"}

struct wh_words {
    uint32_t *ids;
    size_t count;
};
/* From the arguments or one of the options; WH_USAGE if there are none, WH_NO for an unknown word.
 */
enum wh_status wh_words_choose(struct wh_cli *cli, const struct wh_session *session,
                               struct wh_words *words);
/* The parts of it that other commands have too. */
enum wh_status wh_words_file(const char *path, const struct wh_session *session,
                             struct wh_words *words);
enum wh_status wh_words_all(const struct wh_session *session, struct wh_words *words);
/* Draws a word when -n does not say: together at least 20,000, at least 1000 each. */
uint64_t wh_words_trials(const struct wh_cli *cli, const struct wh_words *words);
void wh_words_close(struct wh_words *words);

#endif
