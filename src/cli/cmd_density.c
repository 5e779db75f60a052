/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_density.c - "density": how crowded the place of a word is. */
#include "cli/common.h"
#include "cli/out.h"
#include "base/str.h"

enum option { BANDWIDTH };

static enum wh_status bandwidth_of(const struct wh_cli *cli, double *bandwidth) {
    *bandwidth = 0;
    if (!cli->extra[BANDWIDTH] ||
        (wh_str_double(cli->extra[BANDWIDTH], bandwidth) && *bandwidth > 0))
        return WH_OK;
    return wh_fail(WH_USAGE, "--bandwidth: expected a positive distance, found '%.40s'",
                   cli->extra[BANDWIDTH]);
}

static enum wh_status one(struct wh_cli *cli, struct wh_session *session, uint32_t word) {
    struct wh_density density;
    double bandwidth;
    bool first = !cli->headed;
    enum wh_status status = bandwidth_of(cli, &bandwidth);
    if (status == WH_OK)
        status = wh_space_density(wh_session_near(session), word, cli->k, bandwidth, &density);
    if (status != WH_OK)
        return status;
    cli->headed = true;
    if (cli->format == WH_FORMAT_JSON)
        return wh_json_density(cli->out, session, word, &density);
    if (cli->format == WH_FORMAT_TSV)
        return wh_tsv_density(cli->out, session, word, &density, first);
    return wh_text_density(cli->out, session, word, &density);
}

static enum wh_status run(struct wh_cli *cli) {
    return wh_cli_words(cli, true, one);
}

const struct wh_cmd wh_cmd_density = {
    .name = "density",
    .arguments = "WORD...",
    .summary = "local density: neighbour radius, kernel density, intrinsic dimension",
    .details =
        "-k sets the neighbour whose distance is the radius (10). Percentiles are known for the\n"
        "standard radius and bandwidth.\n"
        "Examples:\n"
        "  wordhaze density monday insulin\n"
        "  wordhaze density queen --bandwidth 3 --json\n",
    .options = {[BANDWIDTH] = {"bandwidth", 0, "H",
                               "of the kernel (default: the median radius of the vocabulary)"}},
    .run = run,
};
