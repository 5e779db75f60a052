/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_import.c - "import": any embedding file into a store with all facts about its vocabulary. */
#include "cli/common.h"
#include "run/import.h"

enum option { NAME, SOURCE, LICENSE };

static enum wh_status run(struct wh_cli *cli) {
    enum wh_status status = WH_OK;
    const struct wh_store_text texts = {cli->extra[NAME], cli->extra[SOURCE], cli->extra[LICENSE]};
    struct wh_embed_summary summary;
    if (cli->argument_count != 2)
        return wh_fail(WH_USAGE, "import needs INPUT OUTPUT, found %d arguments",
                       cli->argument_count);
    struct wh_embed_options options = cli->session_options.embed;
    options.path = cli->arguments[0];
    options.token = wh_cli_token(cli, true);
    WH_TRY(wh_import(&options, cli->session_options.threads, &texts, cli->arguments[1], &summary));
    wh_cli_progress_end();
    if (!cli->quiet)
        wh_cli_warn_rows(cli->arguments[0], &summary);
out:
    wh_cli_progress_end();
    return status;
}

const struct wh_cmd wh_cmd_import = {
    .name = "import",
    .arguments = "INPUT OUTPUT",
    .summary = "convert an embedding to the store, with all facts computed",
    .details = "The store is mapped, not read: it opens at once. It appears whole or not at all.\n"
               "Example:\n"
               "  wordhaze import glove.6B.100d.txt glove.haze --limit 50000\n",
    .options = {[NAME] = {"name", 0, "TEXT", "the embedding's name (default: the file's)"},
                [SOURCE] = {"source", 0, "TEXT", "where the vectors come from"},
                [LICENSE] = {"license", 0, "TEXT", "their licence"}},
    .run = run,
};
