/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_audit.c - "audit": does a mechanism keep its promise for these pairs of words? */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/common.h"
#include "cli/json_parts.h"
#include "cli/out.h"
#include "cli/word_pairs.h"
#include "run/audit.h"

enum option { LEVEL = WH_PAIRS_OPTIONS, CLAIM, DELTA };

/* What is printed. */
struct audit {
    const struct wh_session *session;
    struct wh_mech_facts mech;
    const struct wh_audit_result *results;
    size_t count;
    struct wh_audit_summary summary;
};

static const char *direction(bool forward) {
    return forward ? "forward" : "backward";
}

/* ---- JSON ---- */

static json_t *pair_json(const struct wh_session *session, const uint32_t pair[2]) {
    json_t *list = json_array();
    json_array_append_new(list, wh_json_word(session, pair[0]));
    json_array_append_new(list, wh_json_word(session, pair[1]));
    return list;
}

static json_t *worst_json(const struct wh_session *session, const struct wh_worst *worst) {
    json_t *object = json_object();
    bool found = worst->value > 0;
    wh_json_set(object, "value", wh_json_real(worst->value));
    wh_json_set(object, "infinite", json_boolean(isinf(worst->value)));
    wh_json_set(object, "word", found ? wh_json_word(session, worst->word) : json_null());
    wh_json_set(object, "direction", found ? json_string(direction(worst->forward)) : json_null());
    return object;
}

static json_t *claim_json(struct wh_claim claim) {
    json_t *object = json_object();
    wh_json_set(object, "loss", wh_json_real(claim.loss));
    wh_json_set(object, "delta", wh_json_real(claim.delta));
    return object;
}

static enum wh_status print_json(FILE *out, const struct audit *audit,
                                 const struct wh_audit_result *result) {
    const struct wh_finding *finding = &result->finding;
    json_t *object = wh_json_begin(audit->session, "wordhaze.audit/1");
    wh_json_set(object, "pair", pair_json(audit->session, result->pair));
    wh_json_set(object, "distance", wh_json_real(result->distance));
    wh_json_set_mech(object, &audit->mech);
    wh_json_set(object, "claimed_loss", wh_json_real(result->claim.loss));
    wh_json_set(object, "claimed_delta", wh_json_real(result->claim.delta));
    wh_json_set(object, "tested", claim_json(result->tested));
    wh_json_set(object, "worst_loss", worst_json(audit->session, &finding->worst));
    if (finding->exact)
        wh_json_set(object, "likely_loss", worst_json(audit->session, &finding->likely));
    wh_json_set(object, "delta", wh_json_real(finding->delta));
    wh_json_set(object, "delta_forward", wh_json_real(finding->deltas[0]));
    wh_json_set(object, "delta_backward", wh_json_real(finding->deltas[1]));
    wh_json_set(object, "method", json_string(finding->exact ? "exact" : "sampled"));
    if (!finding->exact) {
        wh_json_set(object, "trials", wh_json_integer(result->trials));
        wh_json_set(object, "seeded", json_boolean(wh_session_source(audit->session)->seeded));
        wh_json_set(object, "level", wh_json_real(result->level));
        wh_json_set(object, "reach", wh_json_real(result->reach));
        wh_json_set(object, "event_words", wh_json_integer(finding->event_words));
    }
    wh_json_set(object, "verdict", json_string(wh_verdict_name(result->verdict)));
    wh_json_set(object, "contradicted", json_boolean(result->contradicted));
    return wh_json_finish(out, object);
}

static json_t *attained_json(const struct audit *audit, double value, size_t at) {
    json_t *object = json_object();
    wh_json_set(object, "value", wh_json_real(value));
    wh_json_set(object, "infinite", json_boolean(isinf(value)));
    wh_json_set(object, "pair", pair_json(audit->session, audit->results[at].pair));
    return object;
}

static enum wh_status print_json_summary(FILE *out, const struct audit *audit) {
    const struct wh_audit_summary *summary = &audit->summary;
    json_t *object = wh_json_begin(audit->session, "wordhaze.audit-summary/1");
    wh_json_set_mech(object, &audit->mech);
    wh_json_set(object, "pairs", wh_json_integer(summary->pairs));
    wh_json_set(object, "within", wh_json_integer(summary->within));
    wh_json_set(object, "not_refuted", wh_json_integer(summary->not_refuted));
    wh_json_set(object, "refuted", wh_json_integer(summary->refuted));
    wh_json_set(object, "no_claim", wh_json_integer(summary->no_claim));
    wh_json_set(object, "contradicted", wh_json_integer(summary->contradicted));
    wh_json_set(object, "share_refuted",
                wh_json_real((double)summary->refuted / (double)summary->pairs));
    wh_json_set(object, "largest_excess",
                isnan(summary->largest_excess)
                    ? json_null()
                    : attained_json(audit, summary->largest_excess, summary->excess_at));
    wh_json_set(object, "largest_delta",
                summary->largest_delta > 0
                    ? attained_json(audit, summary->largest_delta, summary->delta_at)
                    : json_null());
    return wh_json_finish(out, object);
}

/* ---- TSV ---- */

static enum wh_status print_tsv(FILE *out, const struct audit *audit,
                                const struct wh_audit_result *result) {
    const struct wh_finding *finding = &result->finding;
    fprintf(out, "%s\t%s", audit->mech.spec.mech->name, wh_label_name(audit->mech.guarantee.label));
    wh_tsv_number(out, audit->mech.epsilon);
    for (int i = 0; i < 2; i++) {
        fputc('\t', out);
        wh_tsv_word(out, audit->session, result->pair[i]);
    }
    wh_tsv_number(out, result->distance);
    wh_tsv_number(out, result->claim.loss);
    wh_tsv_number(out, result->claim.delta);
    wh_tsv_number(out, result->tested.loss);
    wh_tsv_number(out, finding->worst.value);
    fputc('\t', out);
    if (finding->worst.value > 0)
        wh_tsv_word(out, audit->session, finding->worst.word);
    fprintf(out, "\t%s", finding->worst.value > 0 ? direction(finding->worst.forward) : "");
    wh_tsv_number(out, finding->deltas[0]);
    wh_tsv_number(out, finding->deltas[1]);
    fprintf(out, "\t%s\t%llu\t%s\n", finding->exact ? "exact" : "sampled",
            (unsigned long long)result->trials, wh_verdict_name(result->verdict));
    return wh_out_check(out);
}

static void print_tsv_head(FILE *out) {
    fputs("mech\tlabel\tepsilon\ta\tb\tdistance\tclaimed_loss\tclaimed_delta\ttested_loss\t"
          "worst_loss\tworst_word\tdirection\tdelta_forward\tdelta_"
          "backward\tmethod\ttrials\tverdict\n",
          out);
}

/* ---- text ---- */

#define COLUMN 15

static const char *nats(char out[32], double value) {
    snprintf(out, 32, isinf(value) ? "infinite" : "%.5g", value);
    return out;
}

static void print_worst(FILE *out, const struct audit *audit, const struct wh_audit_result *result,
                        const struct wh_worst *worst, const char *which) {
    char text[32];
    bool exact = result->finding.exact;
    fprintf(out, "  worst loss%s ", which);
    if (!(worst->value > 0)) {
        fputs(exact ? "0: no difference\n" : "seen 0 nats\n", out);
        return;
    }
    fprintf(out, "%s%s nats, at '", exact ? "" : "at least ", nats(text, worst->value));
    wh_text_word(out, audit->session, worst->word);
    fputs(exact || result->finding.event_words == 1 ? "'" : "' and others", out);
    fputs(", which speaks for '", out);
    wh_text_word(out, audit->session, result->pair[worst->forward ? 0 : 1]);
    fputs("'\n", out);
}

#define INVISIBLE 1e-18

static void print_tested(FILE *out, const struct audit *audit,
                         const struct wh_audit_result *result) {
    char text[32];
    const struct wh_finding *finding = &result->finding;
    bool promised = result->claim.loss < HUGE_VAL;
    if (result->tested.loss == HUGE_VAL) {
        fputs("  nothing is promised\n", out);
        return;
    }
    fprintf(out, promised ? "  claimed %s nats" : "  nothing is promised; epsilon * d is %s nats",
            nats(text, result->tested.loss));
    if (result->tested.delta > 0)
        fprintf(out, " but for probability %.4g", result->tested.delta);
    fputs("; beyond lies ", out);
    for (int i = 0; i < 2; i++) {
        fprintf(out, "%s%.4g of '", finding->deltas[i] > 0 && !finding->exact ? "at least " : "",
                finding->deltas[i]);
        wh_text_word(out, audit->session, result->pair[i]);
        fputs(i == 0 ? "', " : "'\n", out);
    }
    if (finding->exact && finding->delta > 0 && finding->delta < INVISIBLE)
        fputs("  so little that no draws would ever show it\n", out);
}

static void print_one(FILE *out, const struct audit *audit, const struct wh_audit_result *result) {
    fputs("'", out);
    wh_text_word(out, audit->session, result->pair[0]);
    fputs("' or '", out);
    wh_text_word(out, audit->session, result->pair[1]);
    fprintf(out, "', distance %.4f: ", result->distance);
    if (result->finding.exact)
        fputs("exact\n", out);
    else
        fprintf(out, "%llu draws each, which can show at most %.3g nats (false alarms %.2g)\n",
                (unsigned long long)result->trials, result->reach, result->level);
    print_worst(out, audit, result, &result->finding.worst, "");
    if (result->finding.exact && result->finding.likely.word != result->finding.worst.word)
        print_worst(out, audit, result, &result->finding.likely,
                    " of an output likelier than 1e-6:");
    print_tested(out, audit, result);
    fprintf(out, "  verdict: %s%s\n", wh_verdict_name(result->verdict),
            result->verdict == WH_VERDICT_NOT_REFUTED ? " (draws cannot prove it)" : "");
}

static void print_row(FILE *out, const struct audit *audit, const struct wh_audit_result *result) {
    char tested[32], worst[32];
    const struct wh_finding *finding = &result->finding;
    wh_text_column(out, audit->session, result->pair[0], COLUMN);
    fputc(' ', out);
    wh_text_column(out, audit->session, result->pair[1], COLUMN);
    fprintf(out, " %8.4f %9s %9s  ", result->distance,
            result->tested.loss == HUGE_VAL ? "-" : nats(tested, result->tested.loss),
            nats(worst, finding->worst.value));
    if (finding->worst.value > 0)
        wh_text_column(out, audit->session, finding->worst.word, COLUMN);
    else
        fprintf(out, "%-*s", COLUMN, "-");
    fprintf(out, " %9.3g  %s\n", finding->delta, wh_verdict_name(result->verdict));
}

static void print_attained(FILE *out, const struct audit *audit, size_t at) {
    fputs(" (", out);
    wh_text_word(out, audit->session, audit->results[at].pair[0]);
    fputc('/', out);
    wh_text_word(out, audit->session, audit->results[at].pair[1]);
    fputs(")\n", out);
}

static void print_text_summary(FILE *out, const struct audit *audit) {
    char text[32];
    const struct wh_audit_summary *summary = &audit->summary;
    fprintf(out, "%zu pairs: %zu refuted (%.1f %%), %zu within, %zu not refuted, %zu no claim\n",
            summary->pairs, summary->refuted,
            100 * (double)summary->refuted / (double)summary->pairs, summary->within,
            summary->not_refuted, summary->no_claim);
    if (summary->no_claim && summary->contradicted)
        fprintf(out, "%zu pairs go beyond epsilon * d\n", summary->contradicted);
    if (!isnan(summary->largest_excess)) {
        fprintf(out, "largest loss beyond the tested one: %s nats",
                nats(text, summary->largest_excess));
        print_attained(out, audit, summary->excess_at);
    }
    if (summary->largest_delta > 0) {
        fprintf(out, "most probability beyond it: %.4g", summary->largest_delta);
        print_attained(out, audit, summary->delta_at);
    }
}

static void print_text_head(FILE *out, const struct audit *audit) {
    wh_text_mech_facts(out, &audit->mech);
    if (audit->count == 1)
        return;
    const struct wh_audit_result *first = &audit->results[0];
    if (!first->finding.exact)
        fprintf(out,
                "%llu draws of each word, which can show at most %.3g nats; losses are lower "
                "bounds\n",
                (unsigned long long)first->trials, first->reach);
    fprintf(out, "%-*s %-*s distance    tested     worst  %-*s    beyond  verdict\n", COLUMN, "a",
            COLUMN, "b", COLUMN, "at output");
}

/* ---- the command ---- */

static enum wh_status print(struct wh_cli *cli, const struct audit *audit) {
    enum wh_status status = WH_OK;
    if (cli->format == WH_FORMAT_TEXT)
        print_text_head(cli->out, audit);
    if (cli->format == WH_FORMAT_TSV && !cli->headed)
        print_tsv_head(cli->out);
    cli->headed = true;
    for (size_t i = 0; i < audit->count; i++) {
        const struct wh_audit_result *result = &audit->results[i];
        if (cli->format == WH_FORMAT_JSON)
            WH_TRY(print_json(cli->out, audit, result));
        else if (cli->format == WH_FORMAT_TSV)
            WH_TRY(print_tsv(cli->out, audit, result));
        else if (audit->count == 1)
            print_one(cli->out, audit, result);
        else
            print_row(cli->out, audit, result);
    }
    if (audit->count > 1 && cli->format == WH_FORMAT_JSON)
        WH_TRY(print_json_summary(cli->out, audit));
    if (audit->count > 1 && cli->format == WH_FORMAT_TEXT)
        print_text_summary(cli->out, audit);
    fflush(cli->out);
    status = wh_out_check(cli->out);
out:
    return status;
}

static enum wh_status number(const struct wh_cli *cli, int which, const char *name, double high,
                             double *value) {
    const char *text = cli->extra[which];
    if (!text || (wh_str_double(text, value) && *value > 0 && *value < high))
        return WH_OK;
    return wh_fail(WH_USAGE, "--%s: expected a number between 0 and %g, found '%.40s'", name, high,
                   text);
}

static enum wh_status audit_one(struct wh_cli *cli, struct wh_session *session,
                                const struct wh_word_pairs *pairs, const struct wh_mech_spec *spec,
                                size_t *refuted) {
    enum wh_status status = WH_OK;
    struct wh_audit_result *results = NULL;
    struct audit audit = {.session = session, .count = pairs->count};
    struct wh_audit_request request = {.pairs = pairs->items,
                                       .count = pairs->count,
                                       .spec = *spec,
                                       .trials = cli->trials ? cli->trials : WH_AUDIT_TRIALS,
                                       .level = WH_AUDIT_LEVEL,
                                       .claim = (double)NAN};
    WH_TRY(number(cli, LEVEL, "level", 0.5, &request.level));
    WH_TRY(number(cli, CLAIM, "claim", 1e9, &request.claim));
    WH_TRY(number(cli, DELTA, "delta", 1, &request.delta));
    if (spec->mech->needs_pairs || spec->mech->needs_density)
        WH_TRY(wh_cli_derive(cli, session));
    WH_TRY(WH_ALLOC(results, pairs->count));
    WH_TRY(wh_run_audit(session, &request, wh_cli_token(cli, false), &audit.mech, results));
    wh_cli_progress_end();
    audit.results = results;
    wh_audit_summarise(results, pairs->count, &audit.summary);
    *refuted += audit.summary.refuted;
    status = print(cli, &audit);
out:
    free(results);
    return status;
}

static enum wh_status run(struct wh_cli *cli) {
    enum wh_status status = WH_OK;
    struct wh_session *session = NULL;
    struct wh_word_pairs pairs = {0};
    struct wh_mech_spec specs[WH_CLI_MECHS];
    size_t count, refuted = 0;
    WH_TRY(wh_cli_refuse_format(cli));
    WH_TRY(wh_cli_mechs(cli, "tgm", specs, WH_CLI_MECHS, &count));
    WH_TRY(wh_cli_session(cli, &session));
    WH_TRY(wh_word_pairs_choose(cli, session, &pairs));
    for (size_t i = 0; i < count; i++)
        WH_TRY(audit_one(cli, session, &pairs, &specs[i], &refuted));
    if (refuted)
        status = wh_fail(WH_NO, "the claim is refuted for %zu of %zu pairs", refuted,
                         count * pairs.count);
out:
    wh_word_pairs_close(&pairs);
    wh_session_close(session);
    return status;
}

const struct wh_cmd wh_cmd_audit = {
    .name = "audit",
    .arguments = "[WORD WORD]",
    .summary = "does a mechanism keep its promise for pairs of words?",
    .details =
        "Exact where the mechanism has a law: the worst loss over all outputs, and the "
        "probability\n"
        "beyond the claim. Else from -n draws of each word (20,000) a lower bound of the loss, "
        "which\n"
        "can refute and never prove: the outputs to test are chosen on one half of the draws and\n"
        "tested on the other. Exit status 1 if a claim is refuted.\n"
        "Examples:\n"
        "  wordhaze audit paris london --mech tgm --epsilon 50\n"
        "  wordhaze audit --neighbours queen -k 20 --mech exponential,tem,tgm-floor --epsilon 50\n"
        "  wordhaze audit --random 100 --mech tgm --json\n",
    .options = {WH_PAIRS_ROWS,
                [LEVEL] = {"level", 0, "A",
                           "probability that any sampled bound is wrong (1e-6, shared out over "
                           "the pairs)"},
                [CLAIM] = {"claim", 0, "X",
                           "test X nats per unit of distance, not the mechanism's own claim"},
                [DELTA] = {"delta", 0, "D", "let so much probability lie beyond the claim (0)"}},
    .run = run,
};
