/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cli.c - from argv to a command and an exit status. */
#include "cli/cli.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/help.h"
#include "cli/options.h"
#include "vec/vec.h"

#define CMD(name) extern const struct wh_cmd wh_cmd_##name;
#include "cli/cmd_list.def"
#undef CMD

static const struct wh_cmd *const commands[] = {
#define CMD(name) &wh_cmd_##name,
#include "cli/cmd_list.def"
#undef CMD
    NULL,
};

const struct wh_cmd *const *wh_cli_commands(void) {
    return commands;
}

static const struct wh_cmd *named(const struct wh_cmd *const *list, const char *name) {
    for (; list && name && *list; list++)
        if (strcmp((*list)->name, name) == 0)
            return *list;
    return NULL;
}

/* The command among the arguments: the first that is no option. */
static const struct wh_cmd *find_command(int argc, char **argv, const struct wh_cmd *const *extra,
                                         const struct wh_cmd *explore) {
    static const struct wh_cmd *const none[] = {NULL};
    const struct wh_cmd *const explorer[] = {explore, NULL};
    const struct wh_cmd *const *const lists[] = {explorer, commands, extra ? extra : none, NULL};
    const char *first = wh_options_first(argc, argv, lists);
    const struct wh_cmd *command = named(commands, first);
    return command ? command : named(extra, first);
}

static void nearest(const struct wh_cmd *const *list, const char *name, const char **best,
                    int *distance) {
    for (; list && *list; list++) {
        int d = wh_str_distance(name, (*list)->name, 2);
        if (d < *distance) {
            *distance = d;
            *best = (*list)->name;
        }
    }
}

/* A command that the name may be a slip for, or NULL. */
static const char *meant(const char *name, const struct wh_cmd *const *extra) {
    const char *best = NULL;
    int distance = 3;
    nearest(commands, name, &best, &distance);
    nearest(extra, name, &best, &distance);
    return best;
}

static enum wh_status unknown_command(const char *name, const struct wh_cmd *const *extra) {
    const char *best = meant(name, extra);
    if (best)
        return wh_fail(WH_USAGE, "unknown command '%.40s'; did you mean '%s'?", name, best);
    return wh_fail(WH_USAGE, "unknown command '%.40s'; 'wordhaze --help' lists them", name);
}

static enum wh_status check_arguments(const struct wh_cmd *command, const struct wh_cli *cli,
                                      const struct wh_cmd *const *extra,
                                      const struct wh_cmd *explore) {
    if (command == explore && cli->argument_count > 1)
        return unknown_command(cli->arguments[0], extra);
    if (!*command->arguments && cli->argument_count)
        return wh_fail(WH_USAGE, "%s takes no argument, found '%.40s'", command->name,
                       cli->arguments[0]);
    if (*command->arguments && command->arguments[0] != '[' && !cli->argument_count)
        return wh_fail(WH_USAGE, "%s needs %s; 'wordhaze %s --help' has examples", command->name,
                       command->arguments, command->name);
    return WH_OK;
}

/* What was printed has reached its place, or the sentence says why not. */
static enum wh_status flush(FILE *out, enum wh_status status) {
    if (status != WH_OK && status != WH_NO)
        return status;
    errno = 0;
    if (fflush(out) != 0 || ferror(out))
        return wh_fail(WH_IO, "standard output: %s",
                       errno ? strerror(errno) : "could not be written");
    return status;
}

static enum wh_status dispatch(int argc, char **argv, const struct wh_cmd *const *extra,
                               const struct wh_cmd *explore, struct wh_parsed *parsed) {
    enum wh_status status = WH_OK;
    const struct wh_cmd *command = find_command(argc, argv, extra, explore);
    struct wh_cli cli = {.out = stdout};
    bool explicit_command = command != NULL;
    if (!command)
        command = explore;
    WH_TRY(wh_options_parse(argc, argv, command, parsed));
    if (parsed->common[WH_OPT_VERSION]) {
        wh_help_version(stdout);
    } else if (parsed->common[WH_OPT_HELP]) {
        if (explicit_command)
            wh_help_command(stdout, command);
        else
            wh_help_program(stdout, commands, extra, explore);
    } else if (!command) {
        status = parsed->argument_count ? unknown_command(parsed->arguments[0], extra)
                                        : wh_fail(WH_USAGE, "no command; try 'wordhaze --help'");
    } else {
        WH_TRY(wh_options_apply(parsed, &cli));
        cli.command = command->name;
        if (!explicit_command && cli.argument_count)
            cli.meant = meant(cli.arguments[0], extra);
        WH_TRY(check_arguments(command, &cli, extra, explore));
        WH_TRY(wh_vec_choose());
        status = command->run(&cli);
    }
    status = flush(cli.out, status);
out:
    return status;
}

void wh_cli_say_error(void) {
    struct wh_buf clean = {0};
    wh_str_clean(&clean, wh_error(), strlen(wh_error()));
    fprintf(stderr, "wordhaze: %s\n", clean.failed || !clean.data ? "out of memory" : clean.data);
    wh_buf_free(&clean);
}

int wh_cli_main(int argc, char **argv, const struct wh_cmd *const *extra,
                const struct wh_cmd *explore) {
    struct wh_parsed parsed;
    enum wh_status status;
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is said to be so, as a full disk is */
    setlocale(LC_CTYPE, "");  /* numbers stay in the C locale */
    status = wh_parsed_open(argc, &parsed);
    if (status == WH_OK)
        status = dispatch(argc, argv, extra, explore, &parsed);
    wh_parsed_close(&parsed);
    if (status != WH_OK && *wh_error())
        wh_cli_say_error();
    return (int)status;
}
