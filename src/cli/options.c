/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * options.c - options in any order, long and short, "--name=value" or "--name value", "-kN" or "-k
 * N";
 * "--" ends them, "-" is an argument.
 */
#include "cli/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

const struct wh_cmd_option wh_common_options[WH_OPT_COUNT] = {
    [WH_OPT_EMBEDDING] = {"embedding", 'e', "FILE", "the embedding (default: the built-in GloVe)"},
    [WH_OPT_EMBEDDING_FORMAT] = {"embedding-format", 0, "NAME",
                                 "its format (default: found by content)"},
    [WH_OPT_VOCAB] = {"vocab", 0, "FILE", "the words of a file of numbers, one a line"},
    [WH_OPT_TENSOR] = {"tensor", 0, "NAME", "which tensor of a safetensors file"},
    [WH_OPT_LIMIT] = {"limit", 0, "N", "only its first N words"},
    [WH_OPT_LOWERCASE] = {"lowercase", 0, NULL,
                          "its words in lower case; the first of equal ones stays"},
    [WH_OPT_MERGE] = {"merge-duplicates", 0, NULL,
                      "of words with equal vectors only the first stays"},
    [WH_OPT_STRICT] = {"strict", 0, NULL, "fail at its first bad row"},
    [WH_OPT_NO_CACHE] = {"no-cache", 0, NULL, "neither keep what was read nor look for it"},
    [WH_OPT_MECH] = {"mech", 'm', "NAME[:PARAM=VALUE...][,NAME...]", "mechanisms"},
    [WH_OPT_EPSILON] = {"epsilon", 0, "X", "privacy parameter, in 1/distance"},
    [WH_OPT_EPS] = {"eps", 0, "X", "the same"},
    [WH_OPT_K] = {"neighbours", 'k', "N", "how many neighbours"},
    [WH_OPT_TRIALS] = {"trials", 'n', "N", "how many draws"},
    [WH_OPT_SEED] = {"seed", 0, "N", "repeatable randomness, for experiments only: not private"},
    [WH_OPT_THREADS] = {"threads", 'j', "N", "threads (default: all processors)"},
    [WH_OPT_FORMAT] = {"format", 0, "text|json|tsv", "how results are printed"},
    [WH_OPT_JSON] = {"json", 0, NULL, "the same as --format json"},
    [WH_OPT_TSV] = {"tsv", 0, NULL, "the same as --format tsv"},
    [WH_OPT_COLOR] = {"color", 0, "auto|always|never", "colours (NO_COLOR is honoured)"},
    [WH_OPT_QUIET] = {"quiet", 'q', NULL, "no warnings, no progress"},
    [WH_OPT_VERBOSE] = {"verbose", 'v', NULL, "say more on standard error"},
    [WH_OPT_HELP] = {"help", 0, NULL, "this help"},
    [WH_OPT_VERSION] = {"version", 0, NULL, "version, kernel and licence"},
};

/* Where an option's value goes. */
struct slot {
    const struct wh_cmd_option *option;
    const char **value;
};

enum wh_status wh_parsed_open(int argc, struct wh_parsed *parsed) {
    enum wh_status status = WH_OK;
    *parsed = (struct wh_parsed){0};
    WH_TRY(WH_ALLOC(parsed->arguments, (size_t)argc + 1));
    WH_TRY(WH_ALLOC(parsed->joined, (size_t)argc + 1));
out:
    if (status != WH_OK)
        wh_parsed_close(parsed);
    return status;
}

void wh_parsed_close(struct wh_parsed *parsed) {
    for (int i = 0; i < parsed->joined_count; i++)
        free(parsed->joined[i]);
    free(parsed->joined);
    free(parsed->arguments);
    *parsed = (struct wh_parsed){0};
}

static size_t extra_count(const struct wh_cmd *command) {
    size_t count = 0;
    while (command && count < WH_CMD_OPTIONS && command->options[count].name)
        count++;
    return count;
}

static struct slot find_long(const struct wh_cmd *command, struct wh_parsed *parsed,
                             const char *name, size_t length) {
    for (size_t i = 0; i < extra_count(command); i++)
        if (strlen(command->options[i].name) == length &&
            strncmp(command->options[i].name, name, length) == 0)
            return (struct slot){&command->options[i], &parsed->extra[i]};
    for (size_t i = 0; i < WH_OPT_COUNT; i++)
        if (strlen(wh_common_options[i].name) == length &&
            strncmp(wh_common_options[i].name, name, length) == 0)
            return (struct slot){&wh_common_options[i], &parsed->common[i]};
    return (struct slot){NULL, NULL};
}

static struct slot find_short(const struct wh_cmd *command, struct wh_parsed *parsed, char letter) {
    for (size_t i = 0; i < extra_count(command); i++)
        if (command->options[i].letter == letter)
            return (struct slot){&command->options[i], &parsed->extra[i]};
    for (size_t i = 0; i < WH_OPT_COUNT; i++)
        if (wh_common_options[i].letter == letter)
            return (struct slot){&wh_common_options[i], &parsed->common[i]};
    return (struct slot){NULL, NULL};
}

static enum wh_status unknown_option(const struct wh_cmd *command, const char *name) {
    const char *best = NULL;
    int distance = 3;
    for (size_t i = 0; i < extra_count(command) + WH_OPT_COUNT; i++) {
        size_t own = extra_count(command);
        const char *candidate =
            i < own ? command->options[i].name : wh_common_options[i - own].name;
        int d = wh_str_distance(name, candidate, 2);
        if (d < distance) {
            distance = d;
            best = candidate;
        }
    }
    if (best)
        return wh_fail(WH_USAGE, "unknown option '--%s'; did you mean '--%s'?", name, best);
    return wh_fail(WH_USAGE, "unknown option '--%s'; 'wordhaze %s%s--help' lists them", name,
                   command ? command->name : "", command ? " " : "");
}

static enum wh_status give(const struct slot *slot, struct wh_parsed *parsed, const char *text) {
    struct wh_buf both = {0};
    bool list = slot->option->value && strstr(slot->option->value, "[,");
    if (!list || !*slot->value) {
        *slot->value = text;
        return WH_OK;
    }
    wh_buf_addf(&both, "%s,%s", *slot->value, text);
    if (both.failed)
        return wh_fail(WH_NOMEM, "out of memory");
    *slot->value = parsed->joined[parsed->joined_count++] = both.data;
    return WH_OK;
}

static enum wh_status take_long(char **argv, int argc, int *at, const struct wh_cmd *command,
                                struct wh_parsed *parsed) {
    const char *name = argv[*at] + 2, *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    struct slot slot = find_long(command, parsed, name, length);
    if (!slot.option) {
        char copy[64];
        snprintf(copy, sizeof copy, "%.*s", (int)(length < 60 ? length : 60), name);
        return unknown_option(command, copy);
    }
    if (!slot.option->value && equals)
        return wh_fail(WH_USAGE, "option '--%s' takes no value", slot.option->name);
    if (slot.option->value && !equals && *at + 1 >= argc)
        return wh_fail(WH_USAGE, "option '--%s' needs a value: %s", slot.option->name,
                       slot.option->value);
    return give(&slot, parsed, !slot.option->value ? "" : equals ? equals + 1 : argv[++*at]);
}

static enum wh_status take_short(char **argv, int argc, int *at, const struct wh_cmd *command,
                                 struct wh_parsed *parsed) {
    for (const char *letter = argv[*at] + 1; *letter; letter++) {
        struct slot slot = find_short(command, parsed, *letter);
        if (!slot.option)
            return wh_fail(WH_USAGE, "unknown option '-%c'; 'wordhaze --help' lists them", *letter);
        if (!slot.option->value) {
            *slot.value = "";
            continue;
        }
        if (!letter[1] && *at + 1 >= argc)
            return wh_fail(WH_USAGE, "option '-%c' needs a value: %s", *letter, slot.option->value);
        return give(&slot, parsed, letter[1] ? letter + 1 : argv[++*at]);
    }
    return WH_OK;
}

static bool is_option(const char *text) {
    return text[0] == '-' && text[1];
}

enum wh_status wh_options_parse(int argc, char **argv, const struct wh_cmd *command,
                                struct wh_parsed *parsed) {
    bool ended = false, named = false;
    for (int i = 1; i < argc; i++) {
        enum wh_status status = WH_OK;
        if (ended || !is_option(argv[i])) {
            if (!ended && !named && command && strcmp(argv[i], command->name) == 0)
                named = true;
            else
                parsed->arguments[parsed->argument_count++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            ended = true;
        } else if (argv[i][1] == '-') {
            status = take_long(argv, argc, &i, command, parsed);
        } else {
            status = take_short(argv, argc, &i, command, parsed);
        }
        if (status != WH_OK)
            return status;
    }
    return WH_OK;
}

/* Whether the option takes a value in any of the tables. The command is not known yet. */
static bool takes_value(const struct wh_cmd *const *const *lists, const char *option) {
    struct wh_parsed ignored = {0};
    bool is_long = option[1] == '-';
    struct slot slot = is_long ? find_long(NULL, &ignored, option + 2, strlen(option + 2))
                               : find_short(NULL, &ignored, option[1]);
    for (; *lists; lists++)
        for (const struct wh_cmd *const *command = *lists; !slot.option && *command; command++)
            slot = is_long ? find_long(*command, &ignored, option + 2, strlen(option + 2))
                           : find_short(*command, &ignored, option[1]);
    return slot.option && slot.option->value;
}

const char *wh_options_first(int argc, char **argv, const struct wh_cmd *const *const *lists) {
    for (int i = 1; i < argc; i++) {
        if (!is_option(argv[i]))
            return argv[i];
        if (strcmp(argv[i], "--") == 0)
            return NULL;
        bool alone = argv[i][1] == '-' ? !strchr(argv[i], '=') : !argv[i][2];
        i += alone && takes_value(lists, argv[i]);
    }
    return NULL;
}

static enum wh_status number(const struct wh_parsed *parsed, enum wh_common which, long long min,
                             long long max, long long *value) {
    const char *text = parsed->common[which];
    if (!text || wh_str_long(text, min, max, value))
        return WH_OK;
    return wh_fail(WH_USAGE, "--%s: expected a whole number from %lld to %lld, found '%.40s'",
                   wh_common_options[which].name, min, max, text);
}

static enum wh_status epsilon(const struct wh_parsed *parsed, struct wh_cli *cli) {
    const char *text = parsed->common[WH_OPT_EPSILON];
    cli->epsilon = NAN;
    if (!text)
        text = parsed->common[WH_OPT_EPS];
    if (!text || (wh_str_double(text, &cli->epsilon) && cli->epsilon > 0))
        return WH_OK;
    return wh_fail(WH_USAGE, "--epsilon: expected a positive number, found '%.40s'", text);
}

static enum wh_status format(const struct wh_parsed *parsed, struct wh_cli *cli) {
    static const char *const names[] = {"text", "json", "tsv"};
    cli->format_name = parsed->common[WH_OPT_FORMAT];
    cli->format = parsed->common[WH_OPT_JSON]  ? WH_FORMAT_JSON
                  : parsed->common[WH_OPT_TSV] ? WH_FORMAT_TSV
                                               : WH_FORMAT_TEXT;
    for (int i = 0; cli->format_name && i < 3; i++)
        if (strcmp(cli->format_name, names[i]) == 0) {
            cli->format = (enum wh_format)i;
            return WH_OK;
        }
    if (cli->format_name)
        cli->format = WH_FORMAT_OTHER; /* the command knows, or refuses */
    return WH_OK;
}

static enum wh_status color(const struct wh_parsed *parsed, struct wh_cli *cli) {
    cli->color = parsed->common[WH_OPT_COLOR] ? parsed->common[WH_OPT_COLOR] : "auto";
    if (strcmp(cli->color, "auto") == 0 || strcmp(cli->color, "always") == 0 ||
        strcmp(cli->color, "never") == 0)
        return WH_OK;
    return wh_fail(WH_USAGE, "--color: expected auto, always or never, found '%.40s'", cli->color);
}

enum wh_status wh_options_apply(const struct wh_parsed *parsed, struct wh_cli *cli) {
    enum wh_status status = WH_OK;
    long long limit = 0, k = 0, trials = 0, seed = 0, threads = 0;
    WH_TRY(number(parsed, WH_OPT_LIMIT, 1, WH_NONE - 2, &limit));
    WH_TRY(number(parsed, WH_OPT_K, 1, 10000000, &k));
    WH_TRY(number(parsed, WH_OPT_TRIALS, 1, 1000000000000, &trials));
    WH_TRY(number(parsed, WH_OPT_SEED, 0, INT64_MAX, &seed));
    WH_TRY(number(parsed, WH_OPT_THREADS, 1, 256, &threads));
    WH_TRY(epsilon(parsed, cli));
    WH_TRY(format(parsed, cli));
    WH_TRY(color(parsed, cli));
    cli->session_options = (struct wh_session_options){
        .embed = {.path = parsed->common[WH_OPT_EMBEDDING],
                  .format = parsed->common[WH_OPT_EMBEDDING_FORMAT],
                  .vocab = parsed->common[WH_OPT_VOCAB],
                  .tensor = parsed->common[WH_OPT_TENSOR],
                  .limit = (uint32_t)limit,
                  .lowercase = parsed->common[WH_OPT_LOWERCASE] != NULL,
                  .merge_duplicates = parsed->common[WH_OPT_MERGE] != NULL,
                  .strict = parsed->common[WH_OPT_STRICT] != NULL,
                  .cache = parsed->common[WH_OPT_NO_CACHE] == NULL,
                  .threads = (int)threads},
        .threads = (int)threads,
        .seeded = parsed->common[WH_OPT_SEED] != NULL,
        .seed = (uint64_t)seed};
    cli->mech_list = parsed->common[WH_OPT_MECH];
    cli->k = (uint32_t)k;
    cli->trials = (uint64_t)trials;
    cli->quiet = parsed->common[WH_OPT_QUIET] != NULL;
    cli->verbose = parsed->common[WH_OPT_VERBOSE] != NULL;
    cli->extra = parsed->extra;
    cli->arguments = parsed->arguments;
    cli->argument_count = parsed->argument_count;
out:
    return status;
}
