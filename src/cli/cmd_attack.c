/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_attack.c - "attack": what an observer infers from an output word. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cli/common.h"
#include "cli/json_parts.h"
#include "cli/out.h"
#include "cli/words.h"
#include "run/attack.h"

enum option { CANDIDATES };

#define DEFAULT_ROWS    10
#define DEFAULT_SAMPLED 100 /* candidates, where each costs draws */

/* ---- candidates ---- */

/* How the candidates were chosen, for people. */
struct candidates {
    uint32_t *ids;
    size_t count;
    char set[80];
};

static enum wh_status near_words(const struct wh_session *session, uint32_t word, size_t count,
                                 struct candidates *candidates) {
    enum wh_status status =
        wh_attack_near(session, word, count, &candidates->ids, &candidates->count);
    snprintf(candidates->set, sizeof candidates->set,
             candidates->count == 1 ? "itself, %zu word" : "it and its nearest, %zu words",
             candidates->count);
    return status;
}

static enum wh_status listed(const char *path, const struct wh_session *session,
                             struct candidates *candidates) {
    struct wh_words words = {0};
    bool all = strcmp(path, "all") == 0;
    enum wh_status status =
        all ? wh_words_all(session, &words) : wh_words_file(path, session, &words);
    candidates->ids = words.ids;
    candidates->count = words.count;
    snprintf(candidates->set, sizeof candidates->set,
             all ? "the whole vocabulary, %zu words" : "those listed, %zu words", words.count);
    return status;
}

static enum wh_status choose(const struct wh_cli *cli, const struct wh_session *session,
                             uint32_t word, const struct wh_mech *mech,
                             struct candidates *candidates) {
    const char *text = cli->extra[CANDIDATES];
    long long count = mech->log_law ? WH_ATTACK_NEAR : DEFAULT_SAMPLED;
    *candidates = (struct candidates){0};
    bool number = text && wh_str_long(text, LLONG_MIN, LLONG_MAX, &count);
    if (count < 1 || count >= UINT32_MAX)
        return wh_fail(WH_USAGE, "--candidates: expected 1 or more, found '%.40s'", text);
    if (!text || number)
        return near_words(session, word, (size_t)count, candidates);
    return listed(text, session, candidates);
}

/* ---- JSON ---- */

static json_t *interval_json(struct wh_interval interval, bool exact) {
    json_t *object = json_object();
    wh_json_set(object, "value", wh_json_real(interval.value));
    if (!exact)
        wh_json_set_interval(object, interval);
    return object;
}

static json_t *item_json(const struct wh_session *session, const struct wh_attack_result *result,
                         const struct wh_attack_item *item) {
    json_t *object = json_object(), *posterior = json_object();
    wh_json_set(object, "word", wh_json_word(session, item->word));
    wh_json_set(object, "distance", wh_json_real(item->distance));
    wh_json_set(object, "p", interval_json(item->p, result->exact));
    for (int prior = 0; prior < WH_PRIORS; prior++)
        wh_json_set(posterior, wh_prior_name((enum wh_prior)prior),
                    interval_json(item->posterior[prior], result->exact));
    wh_json_set(object, "posterior", posterior);
    return object;
}

static json_t *guess_json(const struct wh_session *session, const struct wh_attack_result *result,
                          int prior) {
    json_t *object = interval_json(result->success[prior], result->exact);
    const struct wh_attack_item *best = &result->items[0];
    for (size_t i = 1; i < result->count; i++)
        if (result->items[i].posterior[prior].value > best->posterior[prior].value)
            best = &result->items[i];
    wh_json_set(object, "blind", wh_json_real(result->blind[prior]));
    wh_json_set(object, "guess",
                result->possible[prior] ? wh_json_word(session, best->word) : json_null());
    wh_json_set(object, "entropy_nats",
                result->possible[prior] ? wh_json_real(result->entropy[prior]) : json_null());
    return object;
}

static enum wh_status print_json(struct wh_cli *cli, const struct wh_session *session,
                                 const struct candidates *candidates,
                                 const struct wh_attack_result *result) {
    json_t *object = wh_json_begin(session, "wordhaze.attack/1"), *list = json_array();
    json_t *success = json_object();
    size_t rows = cli->k ? cli->k : DEFAULT_ROWS;
    wh_json_set(object, "word", wh_json_word(session, result->observed));
    wh_json_set_mech(object, &result->mech);
    wh_json_set(object, "method", json_string(result->exact ? "exact" : "sampled"));
    if (!result->exact) {
        wh_json_set(object, "trials", wh_json_integer(result->trials));
        wh_json_set(object, "seeded", json_boolean(wh_session_source(session)->seeded));
    }
    wh_json_set(object, "candidates", wh_json_integer(result->count));
    wh_json_set(object, "candidate_set", json_string(candidates->set));
    for (int prior = 0; prior < WH_PRIORS; prior++)
        wh_json_set(success, wh_prior_name((enum wh_prior)prior),
                    guess_json(session, result, prior));
    wh_json_set(object, "success", success);
    for (size_t i = 0; i < result->count && i < rows; i++)
        json_array_append_new(list, item_json(session, result, &result->items[i]));
    wh_json_set(object, "posterior", list);
    return wh_json_finish(cli->out, object);
}

/* ---- TSV ---- */

static enum wh_status print_tsv(struct wh_cli *cli, const struct wh_session *session,
                                const struct wh_attack_result *result) {
    size_t rows = cli->k ? cli->k : DEFAULT_ROWS;
    if (!cli->headed)
        fputs("mech\tepsilon\tobserved\tmethod\tcandidates\tword\tdistance\tp\tuniform\t"
              "uniform_lo\tuniform_hi\tunigram\tunigram_lo\tunigram_hi\n",
              cli->out);
    cli->headed = true;
    for (size_t i = 0; i < result->count && i < rows; i++) {
        const struct wh_attack_item *item = &result->items[i];
        fputs(result->mech.spec.mech->name, cli->out);
        wh_tsv_number(cli->out, result->mech.epsilon);
        fputc('\t', cli->out);
        wh_tsv_word(cli->out, session, result->observed);
        fprintf(cli->out, "\t%s\t%zu\t", result->exact ? "exact" : "sampled", result->count);
        wh_tsv_word(cli->out, session, item->word);
        wh_tsv_number(cli->out, item->distance);
        wh_tsv_number(cli->out, item->p.value);
        for (int prior = 0; prior < WH_PRIORS; prior++) {
            wh_tsv_number(cli->out, item->posterior[prior].value);
            wh_tsv_number(cli->out, item->posterior[prior].lo);
            wh_tsv_number(cli->out, item->posterior[prior].hi);
        }
        fputc('\n', cli->out);
    }
    return wh_out_check(cli->out);
}

/* ---- text ---- */

static void print_share(FILE *out, struct wh_interval share, bool exact) {
    if (isnan(share.value))
        fprintf(out, "  %7s  ", "-");
    else
        fprintf(out, "  %7.3f %%", 100 * share.value);
    if (!exact)
        fprintf(out, " [%.2f, %.2f]", 100 * share.lo, 100 * share.hi);
}

static void print_success(FILE *out, const struct wh_attack_result *result, int prior) {
    double better = result->success[prior].value / result->blind[prior];
    fprintf(out, "%-7s prior: %s guess is right", wh_prior_name((enum wh_prior)prior),
            result->exact ? "the best" : "one");
    print_share(out, result->success[prior], result->exact);
    fprintf(out, " of the time, without looking %.3f %% (%.3g times)\n", 100 * result->blind[prior],
            better);
}

static enum wh_status print_text(struct wh_cli *cli, const struct wh_session *session,
                                 const struct candidates *candidates,
                                 const struct wh_attack_result *result) {
    FILE *out = cli->out;
    size_t rows = cli->k ? cli->k : DEFAULT_ROWS;
    fputs("'", out);
    wh_text_word(out, session, result->observed);
    fputs("' came out of ", out);
    wh_text_mech_facts(out, &result->mech);
    fprintf(out, "Possible inputs: %s; ", candidates->set);
    if (result->exact)
        fputs("exact.\n", out);
    else
        fprintf(out, "by %llu draws of each, with 95 %% intervals.\n",
                (unsigned long long)result->trials);
    fputs("was it ...            distance  P(output|word)  uniform prior  unigram prior\n", out);
    for (size_t i = 0; i < result->count && i < rows; i++) {
        const struct wh_attack_item *item = &result->items[i];
        wh_text_column(out, session, item->word, 20);
        fprintf(out, " %9.4f  %14.4g    ", item->distance, item->p.value);
        print_share(out, item->posterior[WH_PRIOR_UNIFORM], result->exact);
        fputs("    ", out);
        print_share(out, item->posterior[WH_PRIOR_UNIGRAM], result->exact);
        fputc('\n', out);
    }
    if (!result->possible[0])
        fputs("None of them was seen to give that output.\n", out);
    fputs("Over all outputs:\n", out);
    for (int prior = 0; prior < WH_PRIORS; prior++)
        print_success(out, result, prior);
    return wh_out_check(out);
}

/* ---- the command ---- */

static enum wh_status attack_one(struct wh_cli *cli, struct wh_session *session, uint32_t word,
                                 const struct wh_mech_spec *spec) {
    enum wh_status status = WH_OK;
    struct candidates candidates = {0};
    struct wh_attack_result result = {0};
    if (spec->mech->needs_pairs || spec->mech->needs_density)
        WH_TRY(wh_cli_derive(cli, session));
    WH_TRY(choose(cli, session, word, spec->mech, &candidates));
    const struct wh_attack_request request = {
        word, candidates.ids, candidates.count, *spec, cli->trials ? cli->trials : WH_ATTACK_TRIALS,
        NULL};
    WH_TRY(wh_run_attack(session, &request, wh_cli_token(cli, false), &result));
    wh_cli_progress_end();
    if (cli->format == WH_FORMAT_JSON)
        status = print_json(cli, session, &candidates, &result);
    else if (cli->format == WH_FORMAT_TSV)
        status = print_tsv(cli, session, &result);
    else
        status = print_text(cli, session, &candidates, &result);
    fflush(cli->out);
out:
    wh_attack_result_close(&result);
    free(candidates.ids);
    return status;
}

static enum wh_status one_word(struct wh_cli *cli, struct wh_session *session, uint32_t word) {
    enum wh_status status = WH_OK;
    struct wh_mech_spec specs[WH_CLI_MECHS];
    size_t count;
    WH_TRY(wh_cli_mechs(cli, "tgm", specs, WH_CLI_MECHS, &count));
    for (size_t i = 0; i < count; i++)
        WH_TRY(attack_one(cli, session, word, &specs[i]));
    if (count > 1 && cli->format == WH_FORMAT_TEXT)
        wh_text_not_equal(cli->out);
out:
    return status;
}

static enum wh_status run(struct wh_cli *cli) {
    return wh_cli_words(cli, false, one_word);
}

const struct wh_cmd wh_cmd_attack = {
    .name = "attack",
    .arguments = "WORD...",
    .summary = "what an observer who sees WORD come out infers",
    .details =
        "P(w|u) ~ prior(w) P(u|w) for candidate inputs w, and how often the best guess is right\n"
        "over all outputs: the Bayes success, sum over u of max over w of prior(w) P(u|w). The\n"
        "observer knows that the input is a candidate. Priors: all candidates alike, or by\n"
        "frequency rank r as 1/(r + 2.7). Exact where the mechanism has a law, else from -n draws\n"
        "of each candidate (2,000).\n"
        "Examples:\n"
        "  wordhaze attack queen --mech tgm,exponential --epsilon 50\n"
        "  wordhaze attack queen --mech exponential --epsilon 5 --candidates all\n",
    .options = {[CANDIDATES] = {"candidates", 0, "N|all|FILE",
                                "possible inputs: WORD and its nearest, N in all (1000; sampled: "
                                "100), or every word, or those of a file"}},
    .run = run,
};
