/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_match.c - "match": the epsilon of each mechanism at which a measured quantity is equal. */
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "cli/common.h"
#include "cli/json_parts.h"
#include "cli/out.h"
#include "cli/words.h"
#include "run/tune.h"

enum option { BY = WH_WORDS_OPTIONS, TO };

struct goal {
    enum wh_quantity quantity;
    double value;
};

static enum wh_status read_goal(const struct wh_cli *cli, struct goal *goal) {
    const char *name = cli->extra[BY] ? cli->extra[BY] : "nw";
    enum wh_status status = wh_quantity_parse(name, strlen(name), &goal->quantity);
    goal->value = 0.5;
    if (status != WH_OK || (!cli->extra[TO] && goal->quantity == WH_NW))
        return status;
    if (!cli->extra[TO] || !wh_str_double(cli->extra[TO], &goal->value))
        return wh_fail(WH_USAGE, "--to: expected the value that %s should have", name);
    return WH_OK;
}

/* ---- output ---- */

static enum wh_status print_json(struct wh_cli *cli, const struct wh_session *session,
                                 const struct wh_mech_spec *spec, const struct goal *goal,
                                 const struct wh_match_result *result) {
    json_t *object = wh_json_begin(session, "wordhaze.match/1"), *reach = json_array();
    wh_json_set(object, "mech", json_string(spec->mech->name));
    wh_json_set(object, "label", json_string(wh_label_name(spec->mech->label)));
    wh_json_set(object, "quantity", json_string(wh_quantity_name(goal->quantity)));
    wh_json_set(object, "wanted", wh_json_real(goal->value));
    wh_json_set(object, "found", json_boolean(result->found));
    wh_json_set(object, "epsilon", wh_json_real(result->epsilon));
    wh_json_set(object, "value", result->found ? wh_json_real(result->value.value) : json_null());
    if (result->found)
        wh_json_set_interval(object, result->value);
    json_array_append_new(reach, wh_json_real(result->reachable[0]));
    json_array_append_new(reach, wh_json_real(result->reachable[1]));
    wh_json_set(object, "reachable", reach);
    wh_json_set(object, "seeded", json_boolean(wh_session_source(session)->seeded));
    return wh_json_finish(cli->out, object);
}

static enum wh_status print_text(struct wh_cli *cli, const struct wh_mech_spec *spec,
                                 const struct goal *goal, const struct wh_match_result *result) {
    const char *name = wh_quantity_name(goal->quantity);
    fprintf(cli->out, "%-14s ", spec->mech->name);
    if (!result->found)
        fprintf(cli->out, "never has %s = %g: it reaches %.4g to %.4g\n", name, goal->value,
                result->reachable[0], result->reachable[1]);
    else if (result->exact)
        fprintf(cli->out, "epsilon %-10.5g %s %.5g exact\n", result->epsilon, name,
                result->value.value);
    else
        fprintf(cli->out, "epsilon %-10.5g %s %.4g [%.4g, %.4g]\n", result->epsilon, name,
                result->value.value, result->value.lo, result->value.hi);
    return wh_out_check(cli->out);
}

/* ---- the command ---- */

static enum wh_status match_one(struct wh_cli *cli, struct wh_session *session,
                                const struct wh_words *words, const struct goal *goal,
                                const struct wh_mech_spec *spec) {
    enum wh_status status = WH_OK;
    struct wh_match_result result;
    const struct wh_tune_request request = {
        words->ids, words->count, *spec, wh_words_trials(cli, words), (double)NAN, (double)NAN};
    WH_TRY(wh_run_match(session, &request, goal->quantity, goal->value, wh_cli_token(cli, false),
                        &result));
    wh_cli_progress_end();
    status = cli->format == WH_FORMAT_JSON ? print_json(cli, session, spec, goal, &result)
                                           : print_text(cli, spec, goal, &result);
out:
    return status;
}

static enum wh_status run(struct wh_cli *cli) {
    enum wh_status status = WH_OK;
    struct wh_session *session = NULL;
    struct wh_words words = {0};
    struct wh_mech_spec specs[WH_CLI_MECHS];
    struct goal goal;
    size_t count;
    WH_TRY(wh_cli_refuse_format(cli));
    if (cli->format == WH_FORMAT_TSV) {
        status = wh_fail(WH_USAGE, "--tsv: match prints text or json");
        goto out;
    }
    WH_TRY(read_goal(cli, &goal));
    WH_TRY(wh_cli_mechs(cli, "laplace,tgm,exponential", specs, WH_CLI_MECHS, &count));
    WH_TRY(wh_cli_session(cli, &session));
    WH_TRY(wh_cli_derive(cli, session));
    WH_TRY(wh_words_choose(cli, session, &words));
    for (size_t i = 0; i < count; i++)
        WH_TRY(match_one(cli, session, &words, &goal, &specs[i]));
out:
    wh_words_close(&words);
    wh_session_close(session);
    return status;
}

const struct wh_cmd wh_cmd_match = {
    .name = "match",
    .arguments = "[WORD...]",
    .summary = "epsilon of each mechanism at an equal measured quantity",
    .details =
        "The mean over the words is what is matched; quantities as for tune. Without --to: nw = "
        "0.5.\n"
        "The value shown is from draws apart from those of the search.\n"
        "Examples:\n"
        "  wordhaze match queen\n"
        "  wordhaze match --sample 100 --mech laplace,exponential,tem --by distance --to 2\n",
    .options = {WH_WORDS_ROWS, [BY] = {"by", 0, "QUANTITY", "what should be equal (nw)"},
                [TO] = {"to", 0, "X", "its value"}},
    .run = run,
};
