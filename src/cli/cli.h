/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cli.h - the headless face. One command = one file cmd_NAME.c with one descriptor, and one row in
 * cmd_list.def; main() may add rows for commands that draw.
 */
#ifndef WH_CLI_H
#define WH_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "run/run.h"

enum wh_format { WH_FORMAT_TEXT, WH_FORMAT_JSON, WH_FORMAT_TSV, WH_FORMAT_OTHER };

/* The options of a call, parsed; arguments are what is left. */
struct wh_cli {
    const char *command;
    char **arguments;
    int argument_count;
    const char
        *meant; /* no command was named: the one that the first argument is close to, or NULL */
    struct wh_session_options session_options;
    const char *mech_list; /* --mech text or NULL */
    double epsilon;        /* NAN: not given */
    uint32_t k;            /* 0: not given */
    uint64_t trials;       /* 0: not given */
    enum wh_format format;
    const char *format_name; /* as given; for commands with formats of their own */
    const char *color;       /* auto, always, never */
    bool quiet, verbose;
    const char *const
        *extra;  /* values of the command's own options, in their order; NULL: absent */
    bool headed; /* the header of a table has been printed */
    FILE *out;
};

struct wh_cmd_option { /* an option of one command only */
    const char *name;  /* "min-p" */
    char letter;       /* 0: none */
    const char *value; /* "P", NULL for a flag; with "[,": a list, given again it adds to it */
    const char *help;
};
#define WH_CMD_OPTIONS 24

struct wh_cmd {
    const char *name;
    const char *arguments; /* "WORD..." */
    const char *summary;   /* one line */
    const char *details;   /* what --help prints after the options: examples */
    struct wh_cmd_option options[WH_CMD_OPTIONS]; /* ends with name NULL */
    enum wh_status (*run)(struct wh_cli *cli);
};

/* Runs the command line with the built-in commands and extra ones (NULL-terminated). Returns the
 * exit status; the sentence has been printed. explore runs without a command: WH_USAGE if NULL. */
int wh_cli_main(int argc, char **argv, const struct wh_cmd *const *extra,
                const struct wh_cmd *explore);

/* Prints wh_error() on standard error: one line, whatever the sentence quotes. For those that go on
 * after it. */
void wh_cli_say_error(void);

const struct wh_cmd *const *wh_cli_commands(void); /* built-in rows, NULL-terminated */

/* For commands: a session from the options (the seed warning is printed once). */
enum wh_status wh_cli_session(struct wh_cli *cli, struct wh_session **session);
/* The mechanisms of --mech (default: fallback), at most max. */
enum wh_status wh_cli_mechs(const struct wh_cli *cli, const char *fallback,
                            struct wh_mech_spec *specs, size_t max, size_t *count);

#endif
