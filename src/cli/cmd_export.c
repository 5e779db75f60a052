/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_export.c - "export": an embedding in a file of another program. */
#include <string.h>

#include "cli/common.h"
#include "embed/export.h"
#include "embed/select.h"

enum option { TO, WORDS };

static enum wh_status select_words(const struct wh_cli *cli, const struct wh_embed *embed,
                                   struct wh_token *token, struct wh_embed **selected) {
    enum wh_status status = wh_embed_select(embed, cli->extra[WORDS], token, selected);
    if (status == WH_OK && !cli->quiet)
        wh_cli_warn_rows(wh_embed_name(*selected), wh_embed_summary(*selected));
    return status;
}

static enum wh_status run(struct wh_cli *cli) {
    enum wh_status status = WH_OK;
    struct wh_embed *embed = NULL;
    const struct wh_export *format;
    struct wh_embed *selected = NULL;
    const char *list = cli->extra[WORDS], *output = cli->arguments[cli->argument_count - 1];
    struct wh_embed_options options = cli->session_options.embed;
    if (cli->argument_count > 2)
        return wh_fail(WH_USAGE, "export needs [INPUT] OUTPUT, found %d arguments",
                       cli->argument_count);
    if (cli->argument_count == 2)
        options.path = cli->arguments[0];
    if (list && options.path && strcmp(list, "-") == 0 && strcmp(options.path, "-") == 0)
        return wh_fail(WH_USAGE, "--words: standard input is the embedding already");
    options.token = wh_cli_token(cli, true);
    WH_TRY(wh_export_find(cli->extra[TO], output, &format));
    WH_TRY(wh_embed_open(&options, &embed));
    if (!cli->quiet)
        wh_cli_warn_rows(wh_embed_name(embed), wh_embed_summary(embed));
    if (list)
        WH_TRY(select_words(cli, embed, options.token, &selected));
    status = format->write(list ? selected : embed, output, options.token);
out:
    wh_cli_progress_end();
    wh_embed_close(selected);
    wh_embed_close(embed);
    return status;
}

const struct wh_cmd wh_cmd_export = {
    .name = "export",
    .arguments = "OUTPUT",
    .summary = "write an embedding as a file that other programs read",
    .details = "With two arguments the first is the INPUT; else --embedding, or the built-in one.\n"
               "npy writes the words to a second file, NAME.vocab beside NAME.npy.\n"
               "With --words only the words of LIST, in its order; those outside of the\n"
               "vocabulary are composed from n-grams where the embedding is a fastText model.\n"
               "Examples:\n"
               "  wordhaze export glove-20k.vec\n"
               "  wordhaze export glove.haze glove.npy --limit 50000\n"
               "  wordhaze export cc.en.300.bin mine.vec --words mine.txt\n",
    .options = {[TO] = {"to", 0, "FORMAT",
                        "glove, word2vec, word2vec-bin or npy (default: by OUTPUT's extension: "
                        ".txt, .vec, .bin, .npy)"},
                [WORDS] = {"words", 0, "LIST", "only the words of this file, one a line"}},
    .run = run,
};
