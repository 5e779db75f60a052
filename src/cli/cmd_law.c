/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_law.c - "law": the exact substitution law. */
#include "base/str.h"
#include "cli/common.h"
#include "cli/out.h"

enum option { MIN_P };

#define DEFAULT_MIN_P 1e-6

static enum wh_status min_p_of(const struct wh_cli *cli, double *min_p) {
    *min_p = DEFAULT_MIN_P;
    if (!cli->extra[MIN_P] || (wh_str_double(cli->extra[MIN_P], min_p) && *min_p >= 0))
        return WH_OK;
    return wh_fail(WH_USAGE, "--min-p: expected a probability, found '%.40s'", cli->extra[MIN_P]);
}

static enum wh_status print(struct wh_cli *cli, const struct wh_session *session,
                            const struct wh_law_result *result) {
    bool first = !cli->headed;
    cli->headed = true;
    if (cli->format == WH_FORMAT_JSON)
        return wh_json_law(cli->out, session, result);
    if (cli->format == WH_FORMAT_TSV)
        return wh_tsv_law(cli->out, session, result, first);
    if (!first)
        fputc('\n', cli->out);
    return wh_text_law(cli->out, session, result);
}

static enum wh_status one(struct wh_cli *cli, struct wh_session *session, uint32_t word) {
    enum wh_status status = WH_OK;
    struct wh_cli_mechs mechs;
    double min_p;
    WH_TRY(min_p_of(cli, &min_p));
    WH_TRY(wh_cli_mechs_at(cli, session, word, "tgm", &mechs));
    for (size_t i = 0; i < mechs.count; i++) {
        struct wh_law_result result;
        WH_TRY(wh_run_law(session, word, &mechs.specs[i], min_p, &result));
        status = print(cli, session, &result);
        wh_law_result_close(&result);
        if (status != WH_OK)
            goto out;
    }
    if (mechs.count > 1 && cli->format == WH_FORMAT_TEXT)
        wh_text_not_equal(cli->out);
out:
    return status;
}

static enum wh_status run(struct wh_cli *cli) {
    return wh_cli_words(cli, false, one);
}

const struct wh_cmd wh_cmd_law = {
    .name = "law",
    .arguments = "WORD...",
    .summary = "exact substitution law (where the mechanism has one)",
    .details = "Without --mech: tgm. Without --epsilon: the mechanism's default for the word.\n"
               "Examples:\n"
               "  wordhaze law queen --mech tgm --epsilon 50\n"
               "  wordhaze law queen --mech exponential:epsilon=5 --min-p 0.01 --json\n",
    .options = {[MIN_P] = {"min-p", 0, "P", "leave out outputs rarer than P (1e-6)"}},
    .run = run,
};
