/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_info.c - "info": what an embedding is; what the cache holds. */
#include "cli/common.h"
#include "cli/out.h"
#include "embed/store.h"

enum option { VERIFY, CACHE, CLEAR };

static enum wh_status clear_cache(const struct wh_cli *cli) {
    struct wh_cache_facts gone;
    enum wh_status status = wh_cache_clear(&gone);
    if (status == WH_OK && !cli->quiet)
        fprintf(stderr, "wordhaze: %u files removed from the cache, %.1f MiB\n",
                gone.entries + gone.unfinished, (double)gone.bytes / (1 << 20));
    return status;
}

static enum wh_status show_cache(const struct wh_cli *cli) {
    enum wh_status status = WH_OK;
    struct wh_buf folder = {0};
    struct wh_cache_facts facts;
    uint64_t bound;
    if (cli->argument_count)
        return wh_fail(WH_USAGE, "--cache and --clear-cache take no file, found '%.60s'",
                       cli->arguments[0]);
    WH_TRY(wh_cache_bound(&bound));
    if (cli->extra[CLEAR])
        WH_TRY(clear_cache(cli));
    WH_TRY(wh_cache_look(&facts));
    wh_cache_folder(&folder);
    const char *place = folder.length ? folder.data : "";
    status = cli->format == WH_FORMAT_JSON ? wh_json_cache(cli->out, place, &facts, bound)
                                           : wh_text_cache(cli->out, place, &facts, bound);
out:
    wh_buf_free(&folder);
    return status;
}

static enum wh_status run(struct wh_cli *cli) {
    enum wh_status status = WH_OK;
    struct wh_session *session = NULL;
    WH_TRY(wh_cli_refuse_format(cli));
    if (cli->format == WH_FORMAT_TSV) {
        status = wh_fail(WH_USAGE, "--tsv: info prints text or json");
        goto out;
    }
    if (cli->extra[CACHE] || cli->extra[CLEAR]) {
        status = show_cache(cli);
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
               "--cache says what was kept of other files, instead.\n"
               "Examples:\n"
               "  wordhaze info\n"
               "  wordhaze info --verify --json\n",
    .options = {[VERIFY] = {"verify", 0, NULL, "compare every byte of a store with its checksums"},
                [CACHE] = {"cache", 0, NULL, "what the cache holds"},
                [CLEAR] = {"clear-cache", 0, NULL, "remove it all"}},
    .run = run,
};
