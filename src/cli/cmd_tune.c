/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_tune.c - "tune": the largest epsilon that meets targets over words, with a check run. */
#include <math.h>
#include <string.h>

#include "cli/common.h"
#include "cli/json_parts.h"
#include "cli/out.h"
#include "cli/words.h"
#include "run/tune.h"

enum option { TARGET = WH_WORDS_OPTIONS };

struct targets {
    struct wh_target items[WH_TARGETS];
    const char *texts[WH_TARGETS];
    char copy[512];
    size_t count;
};

static enum wh_status read_targets(const struct wh_cli *cli, struct targets *targets) {
    enum wh_status status = WH_OK;
    char *rest = targets->copy, *one;
    targets->count = 0;
    if (!cli->extra[TARGET])
        return wh_fail(WH_USAGE, "tune needs --target, such as --target 'nw<=0.5@95%%'");
    if (snprintf(targets->copy, sizeof targets->copy, "%s", cli->extra[TARGET]) >=
        (int)sizeof targets->copy)
        return wh_fail(WH_USAGE, "--target: longer than %zu bytes", sizeof targets->copy - 1);
    while ((one = strsep(&rest, ","))) {
        if (targets->count == WH_TARGETS)
            return wh_fail(WH_USAGE, "--target: at most %d", WH_TARGETS);
        targets->texts[targets->count] = one;
        WH_TRY(wh_target_parse(one, &targets->items[targets->count++]));
    }
out:
    return status;
}

/* ---- output ---- */

static enum wh_status print_json(struct wh_cli *cli, const struct wh_session *session,
                                 const struct wh_tune_request *request,
                                 const struct targets *targets,
                                 const struct wh_tune_result *result) {
    json_t *object = wh_json_begin(session, "wordhaze.tune/1"), *list = json_array();
    wh_json_set(object, "mech", json_string(request->spec.mech->name));
    wh_json_set(object, "label", json_string(wh_label_name(request->spec.mech->label)));
    wh_json_set(object, "found", json_boolean(result->found));
    wh_json_set(object, "epsilon", result->found ? wh_json_real(result->epsilon) : json_null());
    wh_json_set(object, "over_words", wh_json_integer(request->count));
    wh_json_set(object, "trials", wh_json_integer(result->trials));
    wh_json_set(object, "seeded", json_boolean(wh_session_source(session)->seeded));
    for (size_t t = 0; result->found && t < targets->count; t++) {
        const struct wh_target_check *check = &result->checks[t];
        json_t *one = json_object();
        wh_json_set(one, "target", wh_json_text(targets->texts[t]));
        wh_json_set(one, "met_by", wh_json_real(check->met));
        wh_json_set(one, "met", json_boolean(wh_target_met(&targets->items[t], check)));
        wh_json_set(one, "binding_word", wh_json_word(session, check->binding));
        wh_json_set(one, "value", wh_json_real(check->value.value));
        wh_json_set_interval(one, check->value);
        json_array_append_new(list, one);
    }
    wh_json_set(object, "check", list);
    wh_json_set(object, "reason", result->found ? json_null() : json_string(result->reason));
    return wh_json_finish(cli->out, object);
}

static enum wh_status print_text(struct wh_cli *cli, const struct wh_session *session,
                                 const struct wh_tune_request *request,
                                 const struct targets *targets,
                                 const struct wh_tune_result *result) {
    FILE *out = cli->out;
    if (!result->found)
        return wh_out_check(out);
    fprintf(out, "%s: epsilon = %.6g is the largest that meets the target%s (guarantee %s)\n",
            request->spec.mech->name, result->epsilon, targets->count > 1 ? "s" : "",
            wh_label_name(request->spec.mech->label));
    fprintf(out, "check run over %zu word%s, ", request->count, request->count == 1 ? "" : "s");
    if (result->exact)
        fputs("exact:\n", out);
    else
        fprintf(out, "%llu fresh draws of each:\n", (unsigned long long)result->trials);
    for (size_t t = 0; t < targets->count; t++) {
        const struct wh_target_check *check = &result->checks[t];
        fprintf(out, "  %s holds for %.2f %% of the words; binding: ", targets->texts[t],
                100 * check->met);
        wh_text_word(out, session, check->binding);
        fprintf(out, " at %.6g", check->value.value);
        if (!result->exact)
            fprintf(out, " [%.6g, %.6g]", check->value.lo, check->value.hi);
        else if (targets->items[t].quantity == WH_SW)
            fprintf(out, " in %llu draws", (unsigned long long)result->trials);
        fputs(wh_target_met(&targets->items[t], check)
                  ? "\n"
                  : "; falls short by chance, more draws (-n) come closer\n",
              out);
    }
    return wh_out_check(out);
}

/* ---- the command ---- */

static enum wh_status tune_one(struct wh_cli *cli, struct wh_session *session,
                               const struct wh_words *words, const struct targets *targets,
                               const struct wh_mech_spec *spec, bool *all_found) {
    enum wh_status status = WH_OK;
    struct wh_tune_result result;
    const struct wh_tune_request request = {
        words->ids, words->count, *spec, wh_words_trials(cli, words), (double)NAN, (double)NAN};
    WH_TRY(wh_run_tune(session, &request, targets->items, targets->count, wh_cli_token(cli, false),
                       &result));
    wh_cli_progress_end();
    if (cli->format == WH_FORMAT_JSON)
        WH_TRY(print_json(cli, session, &request, targets, &result));
    else
        WH_TRY(print_text(cli, session, &request, targets, &result));
    if (!result.found) {
        *all_found = false;
        wh_fail(WH_NO, "%s: %s", spec->mech->name, result.reason);
        wh_cli_say_error();
    }
out:
    return status;
}

static enum wh_status run(struct wh_cli *cli) {
    enum wh_status status = WH_OK;
    struct wh_session *session = NULL;
    struct wh_words words = {0};
    struct targets targets;
    struct wh_mech_spec specs[WH_CLI_MECHS];
    size_t count;
    bool all_found = true;
    WH_TRY(wh_cli_refuse_format(cli));
    if (cli->format == WH_FORMAT_TSV) {
        status = wh_fail(WH_USAGE, "--tsv: tune prints text or json");
        goto out;
    }
    WH_TRY(read_targets(cli, &targets));
    WH_TRY(wh_cli_mechs(cli, "laplace", specs, WH_CLI_MECHS, &count));
    WH_TRY(wh_cli_session(cli, &session));
    WH_TRY(wh_cli_derive(cli, session));
    WH_TRY(wh_words_choose(cli, session, &words));
    for (size_t i = 0; i < count; i++)
        WH_TRY(tune_one(cli, session, &words, &targets, &specs[i], &all_found));
    if (!all_found)
        status = wh_fail(WH_NO, "%s", ""); /* each has said its reason */
out:
    wh_words_close(&words);
    wh_session_close(session);
    return status;
}

const struct wh_cmd wh_cmd_tune = {
    .name = "tune",
    .arguments = "[WORD...]",
    .summary = "the largest epsilon that meets targets, with a check run",
    .details =
        "A target is QUANTITY<=X or QUANTITY>=X, then @P% for the share of words that must meet\n"
        "it (all); several are parted by commas, or given one by one. Quantities: nw, sw, support, "
        "distance, near10,\n"
        "near100, far. Exit status 1, with the reason, when no epsilon can.\n"
        "Examples:\n"
        "  wordhaze tune --sample 200 --mech laplace --target 'nw<=0.5@95%'\n"
        "  wordhaze tune queen --mech exponential --target 'nw<=0.5,sw>=10'\n",
    .options = {WH_WORDS_ROWS, [TARGET] = {"target", 0, "TARGET[,TARGET...]", "what must hold"}},
    .run = run,
};
