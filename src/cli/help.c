/* SPDX-License-Identifier: GPL-3.0-or-later */
/* help.c - what --help and --version print. */
#include "cli/help.h"

#include <string.h>

#include "cli/options.h"
#include "vec/vec.h"

#define COLUMN 26 /* where explanations begin */

static void print_option(FILE *out, const struct wh_cmd_option *option) {
    char left[96];
    char letter[8] = "    ";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    int width = snprintf(left, sizeof left, "  %s--%s%s%s", letter, option->name,
                         option->value ? " " : "", option->value ? option->value : "");
    if (width > COLUMN - 1)
        fprintf(out, "%s\n%*s%s\n", left, COLUMN, "", option->help);
    else
        fprintf(out, "%-*s%s\n", COLUMN, left, option->help);
}

static bool takes_name(const struct wh_cmd *command, const char *name) {
    for (size_t i = 0; command && i < WH_CMD_OPTIONS && command->options[i].name; i++)
        if (strcmp(command->options[i].name, name) == 0)
            return true;
    return false;
}

/* Where the command uses a long name for something else, only the letter is left. */
static void print_common(FILE *out, const struct wh_cmd *command) {
    for (size_t i = 0; i < WH_OPT_COUNT; i++) {
        const struct wh_cmd_option *option = &wh_common_options[i];
        if (takes_name(command, option->name) && option->letter)
            fprintf(out, "  -%c %-*s%s\n", option->letter, COLUMN - 5, option->value, option->help);
        else
            print_option(out, option);
    }
}

static void print_own(FILE *out, const struct wh_cmd *command) {
    for (size_t i = 0; i < WH_CMD_OPTIONS && command->options[i].name; i++)
        print_option(out, &command->options[i]);
}

static void print_commands(FILE *out, const struct wh_cmd *const *commands) {
    for (; commands && *commands; commands++)
        fprintf(out, "  %-10s %-12s %s\n", (*commands)->name, (*commands)->arguments,
                (*commands)->summary);
}

void wh_help_program(FILE *out, const struct wh_cmd *const *commands,
                     const struct wh_cmd *const *extra, const struct wh_cmd *explore) {
    fputs("wordhaze - see differential privacy for words\n\n"
          "  wordhaze [OPTIONS] [WORD]    the explorer (needs a terminal)\n"
          "  wordhaze COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n",
          out);
    print_commands(out, commands);
    print_commands(out, extra);
    if (explore) {
        fputs("\nOptions of the explorer:\n", out);
        print_own(out, explore);
    }
    fputs("\nOptions of all commands:\n", out);
    print_common(out, NULL);
    fputs("\n'wordhaze COMMAND --help' has each command's own options and examples;\n"
          "'wordhaze mechs' lists the mechanisms; the manual is wordhaze(1).\n",
          out);
}

void wh_help_command(FILE *out, const struct wh_cmd *command) {
    fprintf(out, "wordhaze %s%s%s - %s\n", command->name, *command->arguments ? " " : "",
            command->arguments, command->summary);
    if (command->options[0].name)
        fputs("\nOptions:\n", out);
    print_own(out, command);
    fputs("\nOptions of all commands:\n", out);
    print_common(out, command);
    if (command->details && *command->details)
        fprintf(out, "\n%s", command->details);
}

void wh_help_version(FILE *out) {
    const char *kernel = wh_vec_choose() == WH_OK ? wh_vec()->name : "none";
    fprintf(out,
            "wordhaze %s\nkernel: %s\nLicence: GPL-3.0-or-later. Built-in embedding: GloVe 6B, "
            "PDDL 1.0.\n",
            WH_VERSION, kernel);
}
