/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_mechs.c - "mechs": every mechanism; with --format mdoc as the manual page. */
#include <math.h>
#include <string.h>

#include "cli/common.h"
#include "cli/out.h"

/* Text as mdoc: a line may not begin with a control character, and backslashes are escapes. */
static void roff(FILE *out, const char *text) {
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
    }
    fputc('\n', out);
}

static void roff_params(FILE *out, const struct wh_mech *mech) {
    fputs(".Pp\nParameters:\n.Bl -tag -width Ds\n", out);
    for (int i = 0; i < WH_PARAM_MAX && mech->params[i].name; i++) {
        const struct wh_param *param = &mech->params[i];
        fprintf(out, ".It Cm %s\n", param->name);
        roff(out, param->help);
        if (*param->unit)
            fprintf(out, "Unit: %s.\n", param->unit);
        fprintf(out, "From %g to %g", param->min, param->max);
        if (!isnan(param->fallback))
            fprintf(out, ", default %g", param->fallback);
        fputs(".\n", out);
    }
    fputs(".El\n", out);
}

static void roff_mech(FILE *out, const struct wh_mech *mech) {
    fprintf(out, ".Ss %s: %s\n", mech->name, mech->title);
    roff(out, mech->method);
    fputs(".Pp\nLaw: ", out);
    roff(out, mech->law_text);
    fputs(".Pp\nLoss: ", out);
    roff(out, mech->loss_text);
    fprintf(out, ".Pp\nLabel:\n.Sy %s ,\n", wh_label_name(mech->label));
    roff(out, wh_label_meaning(mech->label));
    roff_params(out, mech);
    fputs(".Pp\nSource: ", out);
    roff(out, mech->paper);
    if (*mech->departure) {
        fputs(".Pp\nDeparture: ", out);
        roff(out, mech->departure);
    }
}

static void roff_labels(FILE *out) {
    fputs(".Sh LABELS\nEvery guarantee carries one label.\n.Bl -tag -width proven-ideal\n", out);
    for (int label = 0; label <= WH_LABEL_NONE; label++) {
        fprintf(out, ".It Sy %s\n", wh_label_name((enum wh_label)label));
        roff(out, wh_label_meaning((enum wh_label)label));
    }
    fputs(".El\n", out);
}

static void print_mdoc(FILE *out) {
    fputs(".\\\" Made from the mechanism table by: wordhaze mechs --format mdoc\n"
          ".Dd November 23, 2026\n.Dt WORDHAZE-MECH 7\n.Os\n"
          ".Sh NAME\n.Nm wordhaze-mech\n.Nd mechanisms, their laws and their guarantees\n"
          ".Sh DESCRIPTION\n"
          "Notation: W is the vocabulary, |W| its size, d the Euclidean distance of two words' vectors, "
          "n\nthe dimension, ln the natural logarithm.\n"
          "A mechanism M has loss L(d) if Pr[M(w) = u] <= e^L(d(w,w')) Pr[M(w') = u]\nfor all words w, w' "
          "and u; losses are in nats and rounded up.\n"
          "Epsilon multiplies a distance of the embedding in use: it means nothing without\nthe "
          "embedding, and equal epsilon across mechanisms is not equal privacy.\n",
          out);
    roff_labels(out);
    fputs(".Sh MECHANISMS\n", out);
    for (const struct wh_mech *const *mech = wh_mech_all(); *mech; mech++)
        roff_mech(out, *mech);
    fputs(".Sh SEE ALSO\n.Xr wordhaze 1 ,\n.Xr wordhaze-store 5\n", out);
}

static void print_tsv_head(FILE *out) {
    fputs("name\ttitle\tlabel\tloss\texact_law\n", out);
}

static enum wh_status print_one(struct wh_cli *cli, const struct wh_mech *mech) {
    if (cli->format == WH_FORMAT_JSON)
        return wh_json_mech(cli->out, mech);
    if (cli->format == WH_FORMAT_TSV) {
        fprintf(cli->out, "%s\t%s\t%s\t%s\t%d\n", mech->name, mech->title,
                wh_label_name(mech->label), mech->loss_text, mech->law != NULL);
        return wh_out_check(cli->out);
    }
    return wh_text_mech(cli->out, mech);
}

static enum wh_status run(struct wh_cli *cli) {
    enum wh_status status = WH_OK;
    if (cli->format == WH_FORMAT_OTHER && strcmp(cli->format_name, "mdoc") == 0) {
        print_mdoc(cli->out);
        return wh_out_check(cli->out);
    }
    WH_TRY(wh_cli_refuse_format(cli));
    if (cli->format == WH_FORMAT_TSV)
        print_tsv_head(cli->out);
    for (const struct wh_mech *const *mech = wh_mech_all(); *mech; mech++) {
        WH_TRY(print_one(cli, *mech));
        if (cli->format == WH_FORMAT_TEXT)
            fputc('\n', cli->out);
    }
    if (cli->format == WH_FORMAT_TEXT)
        wh_text_not_equal(cli->out);
out:
    return status;
}

const struct wh_cmd wh_cmd_mechs = {
    .name = "mechs",
    .arguments = "",
    .summary = "every mechanism: label, loss, parameters, paper",
    .details = "--format mdoc prints the manual page wordhaze-mech(7).\n"
               "Example:\n"
               "  wordhaze mechs --tsv\n",
    .run = run,
};
