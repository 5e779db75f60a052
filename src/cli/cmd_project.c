/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_project.c - "project": a neighbourhood in the plane, with what the picture loses. */
#include <string.h>

#include "cli/common.h"
#include "cli/out.h"

enum option { METHOD };

#define DEFAULT_K 40

static enum wh_status method_of(const struct wh_cli *cli, enum wh_map_method *method) {
    const char *name = cli->extra[METHOD] ? cli->extra[METHOD] : "radial";
    for (int i = 0; i < WH_MAP_COUNT; i++) {
        if (strcmp(name, wh_map_name((enum wh_map_method)i)) == 0) {
            *method = (enum wh_map_method)i;
            return WH_OK;
        }
    }
    return wh_fail(WH_USAGE, "--method: expected radial, pca or pca-global, found '%.40s'", name);
}

static enum wh_status one(struct wh_cli *cli, struct wh_session *session, uint32_t word) {
    enum wh_map_method method = WH_MAP_RADIAL;
    struct wh_map_picture picture;
    bool first = !cli->headed;
    enum wh_status status = method_of(cli, &method);
    if (status == WH_OK && method == WH_MAP_PCA_GLOBAL)
        status = wh_cli_derive(cli, session);
    if (status == WH_OK)
        status = wh_space_picture(wh_session_near(session), word, cli->k ? cli->k : DEFAULT_K,
                                  method, &picture);
    if (status != WH_OK)
        return status;
    cli->headed = true;
    if (cli->format == WH_FORMAT_JSON)
        status = wh_json_picture(cli->out, session, &picture);
    else if (cli->format == WH_FORMAT_TSV)
        status = wh_tsv_picture(cli->out, session, &picture, first);
    else
        status = wh_text_picture(cli->out, session, &picture);
    wh_space_picture_close(&picture);
    return status;
}

static enum wh_status run(struct wh_cli *cli) {
    return wh_cli_words(cli, false, one);
}

const struct wh_cmd wh_cmd_project = {
    .name = "project",
    .arguments = "WORD...",
    .summary = "2-D coordinates of the neighbourhood, with what the picture loses",
    .details =
        "radial keeps every distance from the word; pca and pca-global are linear pictures.\n"
        "Examples:\n"
        "  wordhaze project queen -k 20\n"
        "  wordhaze project queen --method pca --json\n",
    .options = {[METHOD] = {"method", 0, "radial|pca|pca-global", "how (radial)"}},
    .run = run,
};
