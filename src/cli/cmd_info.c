/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_info.c - "info": what an embedding is. */
#include "cli/common.h"
#include "cli/out.h"
#include "embed/store.h"

enum option { VERIFY };

static enum wh_status run(struct wh_cli *cli) {
    enum wh_status status = WH_OK;
    struct wh_session *session = NULL;
    WH_TRY(wh_cli_refuse_format(cli));
    if (cli->format == WH_FORMAT_TSV) {
        status = wh_fail(WH_USAGE, "--tsv: info prints text or json");
        goto out;
    }
    if (cli->argument_count == 1)
        cli->session_options.embed.path = cli->arguments[0];
    if (cli->extra[VERIFY])
        cli->session_options.embed.cache = false; /* the file itself is meant */
    WH_TRY(wh_cli_session(cli, &session));
    if (cli->extra[VERIFY]) {
        WH_TRY(wh_store_verify(wh_session_embed(session)));
        if (!cli->quiet)
            fputs("wordhaze: every section matches its checksum\n", stderr);
    }
    WH_TRY(wh_cli_derive(cli, session));
    status = cli->format == WH_FORMAT_JSON ? wh_json_info(cli->out, session)
                                           : wh_text_info(cli->out, session);
out:
    wh_session_close(session);
    return status;
}

const struct wh_cmd wh_cmd_info = {
    .name = "info",
    .arguments = "[FILE]",
    .summary = "what an embedding is: size, source, distances; --verify checks a store",
    .details = "Distances over all pairs are stored in a store, and computed for other files.\n"
               "Examples:\n"
               "  wordhaze info\n"
               "  wordhaze info --verify --json\n",
    .options = {[VERIFY] = {"verify", 0, NULL, "compare every byte of a store with its checksums"}},
    .run = run,
};
