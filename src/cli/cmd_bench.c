/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_bench.c - "bench": how fast this machine is with an embedding. */
#include <inttypes.h>
#include <math.h>

#include "base/str.h"
#include "cli/common.h"
#include "cli/json_parts.h"
#include "cli/out.h"
#include "run/bench.h"
#include "vec/vec.h"

enum option { SECONDS };

#define DEFAULT_SECONDS 1

struct printing {
    struct wh_cli *cli;
    const struct wh_session *session;
};

static void print_json(const struct printing *printing, const struct wh_bench_row *row) {
    json_t *object = wh_json_begin(printing->session, "wordhaze.bench/1");
    wh_json_set(object, "name", wh_json_text(row->name));
    wh_json_set(object, "value", wh_json_real(row->value));
    wh_json_set(object, "unit", wh_json_text(row->unit));
    wh_json_set(object, "threads", wh_json_integer((uint64_t)row->threads));
    wh_json_set(object, "of_arithmetic", wh_json_real(row->arithmetic));
    wh_json_set(object, "of_memory", wh_json_real(row->memory));
    wh_json_set(object, "kernel", wh_json_text(wh_vec()->name));
    wh_json_finish(printing->cli->out, object);
}

static void print_tsv(const struct printing *printing, const struct wh_bench_row *row) {
    FILE *out = printing->cli->out;
    if (!printing->cli->headed)
        fputs("name\tunit\tthreads\tvalue\tof_arithmetic\tof_memory\n", out);
    fprintf(out, "%s\t%s\t%d", row->name, row->unit, row->threads);
    wh_tsv_number(out, row->value);
    wh_tsv_number(out, row->arithmetic);
    wh_tsv_number(out, row->memory);
    fputc('\n', out);
}

static void print_text(const struct printing *printing, const struct wh_bench_row *row) {
    FILE *out = printing->cli->out;
    const struct wh_embed *embed = wh_session_embed(printing->session);
    if (!printing->cli->headed)
        fprintf(out, "%" PRIu32 " x %" PRIu32 ", kernel %s\n", wh_embed_words(embed),
                wh_embed_dim(embed), wh_vec()->name);
    fprintf(out, "  %-50s", row->what);
    if (isnan(row->value)) {
        fprintf(out, " %s\n", row->reason);
        return;
    }
    fprintf(out, " %12.*f %-6s %d thread%s", row->value < 100 ? 2 : 0, row->value, row->unit,
            row->threads, row->threads > 1 ? "s" : "");
    if (!isnan(row->arithmetic))
        fprintf(out, ", %.0f %% of the multiply-adds", 100 * row->arithmetic);
    if (!isnan(row->memory))
        fprintf(out, ", %.0f %% of the bandwidth", 100 * row->memory);
    fputc('\n', out);
}

static enum wh_status print(void *context, const struct wh_bench_row *row) {
    const struct printing *printing = context;
    struct wh_cli *cli = printing->cli;
    if (cli->format == WH_FORMAT_JSON)
        print_json(printing, row);
    else if (cli->format == WH_FORMAT_TSV)
        print_tsv(printing, row);
    else
        print_text(printing, row);
    cli->headed = true;
    fflush(cli->out);
    return wh_out_check(cli->out);
}

static enum wh_status run(struct wh_cli *cli) {
    enum wh_status status = WH_OK;
    struct wh_session *session = NULL;
    double seconds = DEFAULT_SECONDS;
    const char *text = cli->extra[SECONDS];
    WH_TRY(wh_cli_refuse_format(cli));
    if (cli->argument_count)
        return wh_fail(WH_USAGE, "bench takes no words; -e names an embedding");
    if (text && (!wh_str_double(text, &seconds) || !(seconds > 0) || seconds > 3600))
        return wh_fail(WH_USAGE, "--seconds: expected up to 3600, found '%.40s'", text);
    WH_TRY(wh_cli_session(cli, &session));
    struct printing printing = {cli, session};
    const struct wh_bench_options options = {.session = &cli->session_options,
                                             .seconds = seconds,
                                             .token = wh_cli_token(cli, true),
                                             .row = print,
                                             .context = &printing};
    status = wh_run_bench(session, &options);
out:
    wh_session_close(session);
    return status;
}

const struct wh_cmd wh_cmd_bench = {
    .name = "bench",
    .arguments = "",
    .summary = "how fast this machine is with an embedding",
    .details =
        "Limits of one thread come first: multiply-adds with the kernel's instructions, and\n"
        "reading memory; shares of them stand where they say something. What needs the\n"
        "distances of all pairs is left out until they are computed (wordhaze info).\n"
        "Examples:\n"
        "  wordhaze bench\n"
        "  wordhaze bench -e vectors.haze --json\n",
    .options = {[SECONDS] = {.name = "seconds", .value = "S", .help = "for each measurement (1)"}},
    .run = run,
};
