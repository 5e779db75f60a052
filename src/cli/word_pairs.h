/* SPDX-License-Identifier: GPL-3.0-or-later */
/* word_pairs.h - the pairs of words that an audit works on; for src/cli/ only. */
#ifndef WH_WORD_PAIRS_H
#define WH_WORD_PAIRS_H

#include "cli/cli.h"
#include "run/audit.h"

/* Rows of a command's option table, and their places in it: they come first. */
enum { WH_PAIRS_FILE, WH_PAIRS_RANDOM, WH_PAIRS_NEIGHBOURS, WH_PAIRS_OPTIONS };
#define WH_PAIRS_ROWS                                                                              \
    [WH_PAIRS_FILE] = {"pairs", 0, "FILE", "the pairs of a file, two words a line"},               \
    [WH_PAIRS_RANDOM] = {"random", 0, "N", "N pairs drawn from the vocabulary"},                   \
    [WH_PAIRS_NEIGHBOURS] = {"neighbours", 0, "WORD",                                              \
                             "the word with each of its nearest; -k says how many (10)"}

struct wh_word_pairs {
    struct wh_audit_pair *items;
    size_t count;
};
/* From two arguments or one of the options; WH_USAGE if there are none, WH_NO for an unknown word,
 * WH_DATA with file and line for a line that is not two words. */
enum wh_status wh_word_pairs_choose(struct wh_cli *cli, const struct wh_session *session,
                                    struct wh_word_pairs *pairs);
void wh_word_pairs_close(struct wh_word_pairs *pairs);

#endif
