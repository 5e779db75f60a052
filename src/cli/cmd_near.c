/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_near.c - "near": exact nearest neighbours. */
#include "cli/common.h"
#include "cli/out.h"

#define DEFAULT_K 10

static uint32_t wanted(const struct wh_cli *cli) {
    return cli->k ? cli->k : DEFAULT_K;
}

static enum wh_status print(struct wh_cli *cli, const struct wh_session *session,
                            struct wh_near_result *result) {
    enum wh_status status;
    if (cli->format == WH_FORMAT_JSON)
        status = wh_json_near(cli->out, session, result);
    else if (cli->format == WH_FORMAT_TSV)
        status = wh_tsv_near(cli->out, session, result, !cli->headed);
    else
        status = wh_text_near(cli->out, session, result);
    cli->headed = true;
    wh_near_result_close(result);
    return status;
}

static enum wh_status one(struct wh_cli *cli, struct wh_session *session, uint32_t word) {
    struct wh_near_result result;
    enum wh_status status = wh_run_near(session, word, wanted(cli), &result);
    return status == WH_OK ? print(cli, session, &result) : status;
}

static enum wh_status composed(struct wh_cli *cli, struct wh_session *session, const char *text) {
    struct wh_near_result result;
    enum wh_status status = wh_run_near_composed(session, text, wanted(cli), &result);
    return status == WH_OK ? print(cli, session, &result) : status;
}

static enum wh_status run(struct wh_cli *cli) {
    return wh_cli_words_or(cli, one, composed);
}

const struct wh_cmd wh_cmd_near = {
    .name = "near",
    .arguments = "WORD...",
    .summary = "exact nearest neighbours",
    .details = "Rank 1 is the nearest other word; ties go to the more frequent word.\n"
               "Of a fastText model words outside of the vocabulary are composed from n-grams.\n"
               "Examples:\n"
               "  wordhaze near queen\n"
               "  wordhaze near queen king -k 5 --json\n",
    .run = run,
};
