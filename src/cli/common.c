/* SPDX-License-Identifier: GPL-3.0-or-later */
/* common.c - what several commands do at their start: a session, mechanisms, words, progress. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/common.h"

/* ---- progress ---- */

static struct wh_token token;
static double started, last_shown;
static const char *phase;  /* what is going on: each part has a rate of its own */
static double done_before; /* of it, by an earlier run */

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void show_progress(void *context, const char *what, double done, double total) {
    double now = seconds();
    (void)context;
    if (what != phase) {
        started = now;
        done_before = done;
    }
    phase = what;
    double elapsed = now - started, rate = (done - done_before) / elapsed;
    if (elapsed < 1 || now - last_shown < 0.2)
        return;
    last_shown = now;
    if (total > 0 && rate > 0)
        fprintf(stderr, "\r%s: %.0f of %.0f, %.3g/s, %.0f s left\033[K", what, done, total, rate,
                (total - done) / rate);
    else
        fprintf(stderr, "\r%s: %.0f, %.3g/s\033[K", what, done, rate);
}

static void show_note(void *context, const char *sentence) {
    struct wh_buf clean = {0};
    (void)context;
    wh_cli_progress_end();
    wh_str_clean(&clean, sentence, strlen(sentence));
    if (clean.data)
        fprintf(stderr, "wordhaze: %s\n", clean.data);
    wh_buf_free(&clean);
}

static void on_interrupt(int number) {
    (void)number;
    atomic_store(&token.cancelled, true);
}

struct wh_token *wh_cli_token(const struct wh_cli *cli, bool cancel) {
    started = seconds();
    if (!cli->quiet && isatty(STDERR_FILENO))
        token.progress = show_progress;
    if (!cli->quiet)
        token.note = show_note;
    if (cancel) {
        struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
        sigaction(SIGINT, &action, NULL);
    }
    return &token;
}

void wh_cli_progress_end(void) {
    if (last_shown > 0)
        fputs("\r\033[K", stderr);
    last_shown = 0;
}

/* ---- session ---- */

void wh_cli_warn_rows(const char *name, const struct wh_embed_summary *summary) {
    const struct {
        uint64_t count;
        const char *what;
    } kinds[] = {
        {summary->ragged, "skipped: not a word and the right count of numbers"},
        {summary->nonfinite, "skipped: a number is not finite"},
        {summary->duplicates, "skipped: the word was there before"},
        {summary->zero, "kept, with an all-zero vector"},
        {summary->bad_utf8, "kept, with a word that is not UTF-8"},
        {summary->merged, "merged: an earlier word has the same vector"},
    };
    struct wh_buf clean = {0};
    wh_str_clean(&clean, name, strlen(name));
    const char *shown = clean.failed || !clean.data ? "" : clean.data;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].count)
            fprintf(stderr, "wordhaze: %s: %llu rows %s\n", shown,
                    (unsigned long long)kinds[i].count, kinds[i].what);
    if (summary->miscounted)
        fprintf(stderr, "wordhaze: %s: the header says %llu rows, there are %llu\n", shown,
                (unsigned long long)summary->announced, (unsigned long long)summary->rows);
    if (summary->first_bad_line)
        fprintf(stderr, "wordhaze: %s: the first bad row is %s %llu\n", shown,
                summary->by_line ? "line" : "number", (unsigned long long)summary->first_bad_line);
    wh_buf_free(&clean);
}

enum wh_status wh_cli_session(struct wh_cli *cli, struct wh_session **session) {
    cli->session_options.embed.token = wh_cli_token(cli, false);
    enum wh_status status = wh_session_open(&cli->session_options, session);
    wh_cli_progress_end();
    if (status != WH_OK || cli->quiet)
        return status;
    if (cli->session_options.seeded)
        fputs("wordhaze: seeded randomness: for experiments, not private\n", stderr);
    const struct wh_embed *embed = wh_session_embed(*session);
    wh_cli_warn_rows(wh_embed_name(embed), wh_embed_summary(embed));
    return WH_OK;
}

enum wh_status wh_cli_derive(struct wh_cli *cli, struct wh_session *session) {
    enum wh_status status = wh_session_derive(session, wh_cli_token(cli, false));
    wh_cli_progress_end();
    return status;
}

/* ---- mechanisms ---- */

struct choice {
    struct wh_mech_spec spec;
    bool epsilon_given;
};

static enum wh_status parse_one(const struct wh_cli *cli, const char *text, struct choice *choice) {
    choice->epsilon_given =
        !isnan(cli->epsilon) || strstr(text, ":epsilon=") || strstr(text, ":eps=");
    return wh_mech_parse(text, cli->epsilon, &choice->spec);
}

static enum wh_status parse_list(const struct wh_cli *cli, const char *fallback,
                                 struct choice *choices, size_t max, size_t *count) {
    const char *list = cli->mech_list ? cli->mech_list : fallback;
    char *copy = strdup(list), *rest = copy, *one;
    enum wh_status status = copy ? WH_OK : wh_fail(WH_NOMEM, "out of memory");
    *count = 0;
    while (status == WH_OK && (one = strsep(&rest, ","))) {
        if (*count == max)
            status =
                wh_fail(WH_USAGE, "--mech: at most %zu mechanisms here, found '%.60s'", max, list);
        else
            status = parse_one(cli, one, &choices[(*count)++]);
    }
    free(copy);
    return status;
}

enum wh_status wh_cli_mechs(const struct wh_cli *cli, const char *fallback,
                            struct wh_mech_spec *specs, size_t max, size_t *count) {
    struct choice choices[WH_CLI_MECHS];
    enum wh_status status =
        parse_list(cli, fallback, choices, max < WH_CLI_MECHS ? max : WH_CLI_MECHS, count);
    for (size_t i = 0; i < *count && status == WH_OK; i++)
        specs[i] = choices[i].spec;
    return status;
}

enum wh_status wh_cli_mechs_at(struct wh_cli *cli, struct wh_session *session, uint32_t word,
                               const char *fallback, struct wh_cli_mechs *mechs) {
    enum wh_status status = WH_OK;
    struct choice choices[WH_CLI_MECHS];
    WH_TRY(parse_list(cli, fallback, choices, WH_CLI_MECHS, &mechs->count));
    for (size_t i = 0; i < mechs->count; i++) {
        struct wh_mech_spec *spec = &mechs->specs[i];
        *spec = choices[i].spec;
        if (spec->mech->needs_pairs)
            WH_TRY(wh_cli_derive(cli, session));
        int index = wh_mech_param(spec->mech, "epsilon");
        int by_hand = wh_mech_param(spec->mech, "noise-scale");
        bool scaled = by_hand >= 0 && !isnan(spec->values[by_hand]);
        if (index >= 0 && !choices[i].epsilon_given && !scaled)
            WH_TRY(wh_run_default_epsilon(session, word, spec->mech, &spec->values[index]));
    }
out:
    return status;
}

enum wh_status wh_cli_refuse_format(const struct wh_cli *cli) {
    if (cli->format != WH_FORMAT_OTHER)
        return WH_OK;
    return wh_fail(WH_USAGE, "--format: %s prints text, json or tsv, not '%.40s'", cli->command,
                   cli->format_name);
}

static enum wh_status one_word(struct wh_cli *cli, struct wh_session *session, const char *text,
                               wh_cli_word_work work, wh_cli_text_work other) {
    const struct wh_embed *embed = wh_session_embed(session);
    uint32_t word;
    if (other && wh_embed_lookup(embed, text, strlen(text)) == WH_NONE)
        return other(cli, session, text);
    enum wh_status status = wh_session_word(session, text, &word);
    return status == WH_OK ? work(cli, session, word) : status;
}

static enum wh_status each_word(struct wh_cli *cli, struct wh_session *session,
                                wh_cli_word_work work, wh_cli_text_work other) {
    enum wh_status result = WH_OK;
    for (int i = 0; i < cli->argument_count; i++) {
        enum wh_status status = one_word(cli, session, cli->arguments[i], work, other);
        if (status == WH_NO && i + 1 < cli->argument_count) {
            /* The other words are still answered; the last sentence is main's to print. */
            wh_cli_say_error();
            result = WH_NO;
            wh_fail(WH_NO, "%s", "");
        } else if (status != WH_OK) {
            return status;
        }
    }
    return result;
}

static enum wh_status all_words(struct wh_cli *cli, bool derive, wh_cli_word_work work,
                                wh_cli_text_work other) {
    enum wh_status status = WH_OK;
    struct wh_session *session = NULL;
    WH_TRY(wh_cli_refuse_format(cli));
    WH_TRY(wh_cli_session(cli, &session));
    if (derive)
        WH_TRY(wh_cli_derive(cli, session));
    status = each_word(cli, session, work, other);
out:
    wh_session_close(session);
    return status;
}

enum wh_status wh_cli_words(struct wh_cli *cli, bool derive, wh_cli_word_work work) {
    return all_words(cli, derive, work, NULL);
}

enum wh_status wh_cli_words_or(struct wh_cli *cli, wh_cli_word_work work, wh_cli_text_work other) {
    return all_words(cli, false, work, other);
}
