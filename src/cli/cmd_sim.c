/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_sim.c - "sim": substitution frequencies by sampling, exact values beside them where known. */
#include "cli/common.h"
#include "cli/out.h"

#define DEFAULT_TRIALS 10000
#define TEXT_ROWS      15

static enum wh_status print(struct wh_cli *cli, const struct wh_session *session,
                            const struct wh_sim_result *result) {
    bool first = !cli->headed;
    cli->headed = true;
    if (cli->format == WH_FORMAT_JSON)
        return wh_json_sim(cli->out, session, result);
    if (cli->format == WH_FORMAT_TSV)
        return wh_tsv_sim(cli->out, session, result, first);
    if (!first)
        fputc('\n', cli->out);
    return wh_text_sim(cli->out, session, result, cli->k ? cli->k : TEXT_ROWS);
}

static enum wh_status simulate(struct wh_cli *cli, struct wh_session *session,
                               const struct wh_sim_request *request) {
    struct wh_sim_result result;
    enum wh_status status = wh_run_sim(session, request, wh_cli_token(cli, false), &result);
    wh_cli_progress_end();
    if (status != WH_OK)
        return status;
    status = print(cli, session, &result);
    wh_sim_result_close(&result);
    return status;
}

static enum wh_status one(struct wh_cli *cli, struct wh_session *session, uint32_t word) {
    enum wh_status status = WH_OK;
    struct wh_cli_mechs mechs;
    WH_TRY(wh_cli_mechs_at(cli, session, word, "laplace,tgm", &mechs));
    for (size_t i = 0; i < mechs.count; i++) {
        const struct wh_sim_request request = {.word = word,
                                               .spec = mechs.specs[i],
                                               .trials = cli->trials ? cli->trials : DEFAULT_TRIALS,
                                               .max_items = cli->k,
                                               .exact = true};
        WH_TRY(simulate(cli, session, &request));
    }
    if (mechs.count > 1 && cli->format == WH_FORMAT_TEXT) {
        fputc('\n', cli->out);
        wh_text_not_equal(cli->out);
    }
out:
    return status;
}

static enum wh_status run(struct wh_cli *cli) {
    return wh_cli_words(cli, false, one);
}

const struct wh_cmd wh_cmd_sim = {
    .name = "sim",
    .arguments = "WORD...",
    .summary = "substitution frequencies by sampling, with intervals",
    .details =
        "Without --mech: laplace,tgm. Without --epsilon: each mechanism's default for the word.\n"
        "-n sets the number of draws (10000), -k how many outputs are listed.\n"
        "Examples:\n"
        "  wordhaze sim queen\n"
        "  wordhaze sim queen --mech laplace --epsilon 10 -n 100000 --json\n",
    .run = run,
};
