/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_perturb.c - "perturb": text in, perturbed text out. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "cli/common.h"
#include "cli/out.h"

enum option { OOV, CASE, KEEP_STOPWORDS, JSONL, TSV_COLUMN, REPORT, ACCEPT };

static enum wh_status read_options(const struct wh_cli *cli, struct wh_perturb_options *options) {
    enum wh_status status = WH_OK;
    const char *letters = cli->extra[CASE] ? cli->extra[CASE] : "lower";
    long long column = 0;
    if (cli->extra[OOV])
        WH_TRY(wh_oov_parse(cli->extra[OOV], &options->oov));
    options->restore_case = strcmp(letters, "restore") == 0;
    if (!options->restore_case && strcmp(letters, "lower") != 0)
        return wh_fail(WH_USAGE, "--case: expected lower or restore, found '%.40s'", letters);
    if (cli->extra[TSV_COLUMN] && !wh_str_long(cli->extra[TSV_COLUMN], 1, 1000000, &column))
        return wh_fail(WH_USAGE, "--tsv-column: expected a column from 1, found '%.40s'",
                       cli->extra[TSV_COLUMN]);
    options->stopwords = cli->extra[KEEP_STOPWORDS];
    options->json_field = cli->extra[JSONL];
    options->tsv_column = (unsigned)column;
    if (options->json_field && column)
        return wh_fail(WH_USAGE, "--jsonl and --tsv-column exclude each other");
out:
    return status;
}

static bool accepted(const struct wh_cli *cli) {
    return cli->extra[ACCEPT] != NULL;
}

static enum wh_status refuse_leaks(const struct wh_cli *cli,
                                   const struct wh_perturb_options *options,
                                   const struct wh_session *session) {
    struct wh_mechanism *mechanism = NULL;
    struct wh_guarantee guarantee;
    const struct wh_mech_env env = {wh_session_near(session)};
    enum wh_status status = wh_mechanism_open(&env, &options->spec, &mechanism);
    if (status != WH_OK)
        return status;
    wh_mechanism_guarantee(mechanism, &guarantee);
    wh_mechanism_close(mechanism);
    if (accepted(cli))
        return WH_OK;
    if (guarantee.label >= WH_LABEL_CLAIMED)
        return wh_fail(WH_USAGE,
                       "%s has only the guarantee '%s' (%s); use --i-accept-leaks to go on, or "
                       "tgm-floor, exponential, laplace",
                       options->spec.mech->name, wh_label_name(guarantee.label),
                       wh_label_meaning(guarantee.label));
    if (options->oov == WH_OOV_KEEP || options->stopwords)
        return wh_fail(WH_USAGE, "words kept as they are have no protection; use "
                                 "--i-accept-leaks to go on");
    return WH_OK;
}

static enum wh_status choose_mech(struct wh_cli *cli, struct wh_session *session,
                                  struct wh_mech_spec *spec) {
    enum wh_status status = WH_OK;
    size_t count;
    if (!cli->mech_list)
        return wh_fail(WH_USAGE, "perturb needs --mech; 'wordhaze mechs' lists them");
    WH_TRY(wh_cli_mechs(cli, "", spec, 1, &count));
    if (isnan(cli->epsilon) && !strstr(cli->mech_list, "epsilon=") &&
        !strstr(cli->mech_list, "eps=") && !spec->mech->needs_pairs)
        return wh_fail(WH_USAGE, "perturb needs --epsilon: there is no safe default");
    status = wh_cli_derive(cli, session);
out:
    return status;
}

static enum wh_status write_report(const struct wh_cli *cli, const struct wh_session *session,
                                   const struct wh_perturb_report *report) {
    struct wh_outfile file;
    enum wh_status status = wh_outfile_open(cli->extra[REPORT], &file);
    if (status != WH_OK)
        return status;
    status = wh_json_report(file.stream, session, report);
    if (status == WH_OK)
        return wh_outfile_commit(&file);
    wh_outfile_abort(&file);
    return status;
}

static enum wh_status open_input(const struct wh_cli *cli, struct wh_perturb_options *options,
                                 int *fd) {
    *fd = STDIN_FILENO;
    options->input_name = "standard input";
    if (cli->argument_count > 1)
        return wh_fail(WH_USAGE, "perturb reads one file, found %d", cli->argument_count);
    if (!cli->argument_count || strcmp(cli->arguments[0], "-") == 0)
        return WH_OK;
    options->input_name = cli->arguments[0];
    *fd = open(cli->arguments[0], O_RDONLY | O_CLOEXEC);
    return *fd >= 0 ? WH_OK : wh_fail(WH_NOINPUT, "%s: %s", cli->arguments[0], strerror(errno));
}

static enum wh_status run(struct wh_cli *cli) {
    enum wh_status status = WH_OK;
    struct wh_session *session = NULL;
    struct wh_perturb_options options = {0};
    struct wh_perturb_report report;
    int fd = STDIN_FILENO;
    WH_TRY(read_options(cli, &options));
    WH_TRY(open_input(cli, &options, &fd));
    WH_TRY(wh_cli_session(cli, &session));
    WH_TRY(choose_mech(cli, session, &options.spec));
    WH_TRY(refuse_leaks(cli, &options, session));
    if (options.restore_case && !cli->quiet)
        fputs("wordhaze: --case restore tells one bit about every word\n", stderr);
    WH_TRY(wh_run_perturb(session, &options, fd, cli->out, &report));
    if (!cli->quiet)
        wh_text_report(stderr, &report);
    if (cli->extra[REPORT])
        status = write_report(cli, session, &report);
out:
    if (fd > STDIN_FILENO)
        close(fd);
    wh_session_close(session);
    return status;
}

const struct wh_cmd wh_cmd_perturb = {
    .name = "perturb",
    .arguments = "[FILE]",
    .summary = "filter: text in, perturbed text out",
    .details = "Every word is replaced by a draw; white space and punctuation stay byte for byte.\n"
               "Examples:\n"
               "  wordhaze perturb --mech exponential --epsilon 10 < letters.txt\n"
               "  wordhaze perturb --mech tgm-floor --jsonl text --report r.json reviews.jsonl\n",
    .options =
        {
            [OOV] = {"oov", 0, "uniform|mask|drop|keep|error",
                     "words not in the vocabulary (uniform)"},
            [CASE] = {"case", 0, "lower|restore", "restore the first letter's case (leaks a bit)"},
            [KEEP_STOPWORDS] = {"keep-stopwords", 0, "FILE", "words that stay, one a line (leaks)"},
            [JSONL] = {"jsonl", 0, "FIELD", "records are JSON objects; perturb this field"},
            [TSV_COLUMN] = {"tsv-column", 0, "N", "records are TSV; perturb this column"},
            [REPORT] = {"report", 0, "FILE", "write the summary as JSON"},
            [ACCEPT] = {"i-accept-leaks", 0, NULL, "use what has no proven guarantee"},
        },
    .run = run,
};
