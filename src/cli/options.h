/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options.h - parsing and listing options; for src/cli/ only. */
#ifndef WH_OPTIONS_H
#define WH_OPTIONS_H

#include "cli/cli.h"

enum wh_common { /* in the order of wh_common_options */
                 WH_OPT_EMBEDDING,
                 WH_OPT_EMBEDDING_FORMAT,
                 WH_OPT_VOCAB,
                 WH_OPT_TENSOR,
                 WH_OPT_LIMIT,
                 WH_OPT_LOWERCASE,
                 WH_OPT_MERGE,
                 WH_OPT_STRICT,
                 WH_OPT_NO_CACHE,
                 WH_OPT_MECH,
                 WH_OPT_EPSILON,
                 WH_OPT_EPS,
                 WH_OPT_K,
                 WH_OPT_TRIALS,
                 WH_OPT_SEED,
                 WH_OPT_THREADS,
                 WH_OPT_FORMAT,
                 WH_OPT_JSON,
                 WH_OPT_TSV,
                 WH_OPT_COLOR,
                 WH_OPT_QUIET,
                 WH_OPT_VERBOSE,
                 WH_OPT_HELP,
                 WH_OPT_VERSION,
                 WH_OPT_COUNT
};
extern const struct wh_cmd_option wh_common_options[WH_OPT_COUNT];

struct wh_parsed {
    const char *common[WH_OPT_COUNT];  /* value, "" for a flag; NULL: absent */
    const char *extra[WH_CMD_OPTIONS]; /* of the command */
    char **arguments;                  /* argc of them have room */
    int argument_count;
    char **joined; /* memory of lists given in several options */
    int joined_count;
};
enum wh_status wh_parsed_open(int argc, struct wh_parsed *parsed);
void wh_parsed_close(struct wh_parsed *parsed);

/* The first argument that is no option, nor the value of one; NULL if there is none before "--".
 * Options of all the commands count: lists ends with NULL. */
const char *wh_options_first(int argc, char **argv, const struct wh_cmd *const *const *lists);
/* WH_USAGE with the nearest name for an option that does not exist. The command's own name, if it
 * is among the arguments, is dropped. */
enum wh_status wh_options_parse(int argc, char **argv, const struct wh_cmd *command,
                                struct wh_parsed *parsed);
/* Turns values into numbers. */
enum wh_status wh_options_apply(const struct wh_parsed *parsed, struct wh_cli *cli);

#endif
