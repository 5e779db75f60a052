/* SPDX-License-Identifier: GPL-3.0-or-later */
/* common.h - what several commands do at their start; for src/cli/ only. */
#ifndef WH_COMMON_H
#define WH_COMMON_H

#include "cli/cli.h"

#define WH_CLI_MECHS 16

/* Progress on standard error, if that is a terminal and the work lasts over a second. cancel:
 * Ctrl-C sets the token instead of ending the program, once. */
struct wh_token *wh_cli_token(const struct wh_cli *cli, bool cancel);
void wh_cli_progress_end(void);

/* The vocabulary's facts, with progress. */
enum wh_status wh_cli_derive(struct wh_cli *cli, struct wh_session *session);

struct wh_cli_mechs {
    struct wh_mech_spec specs[WH_CLI_MECHS];
    size_t count;
};
/* The mechanisms of --mech; where no epsilon was given, the default for this word. */
enum wh_status wh_cli_mechs_at(struct wh_cli *cli, struct wh_session *session, uint32_t word,
                               const char *fallback, struct wh_cli_mechs *mechs);

/* One line a kind of bad row that a loader met. */
void wh_cli_warn_rows(const char *name, const struct wh_embed_summary *summary);

/* WH_USAGE for a format that only other commands have. */
enum wh_status wh_cli_refuse_format(const struct wh_cli *cli);

/* A whole command: opens the session, computes the vocabulary's facts if asked, and does the work
 * for every argument that is a word. Unknown words are reported and make the result WH_NO. */
typedef enum wh_status (*wh_cli_word_work)(struct wh_cli *cli, struct wh_session *session,
                                           uint32_t word);
/* For an argument that is no word of the vocabulary. */
typedef enum wh_status (*wh_cli_text_work)(struct wh_cli *cli, struct wh_session *session,
                                           const char *text);
enum wh_status wh_cli_words(struct wh_cli *cli, bool derive, wh_cli_word_work work);
/* The same without these facts; unknown words are other's to answer or report. */
enum wh_status wh_cli_words_or(struct wh_cli *cli, wh_cli_word_work work, wh_cli_text_work other);

#endif
