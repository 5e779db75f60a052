/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_mechs.c - "mechs": every mechanism; with --format mdoc as the manual page. */
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "cli/common.h"
#include "cli/out.h"

#define ROFF_COLUMNS 66 /* with what stands before a text, lines stay below 80 bytes */

/* One word as mdoc: a line may not begin with a control character, and backslashes are escapes. */
static void roff_word(FILE *out, const char *word, size_t length, bool begins) {
    if (begins && (*word == '.' || *word == '\''))
        fputs("\\&", out);
    for (size_t i = 0; i < length; i++) {
        if (word[i] == '\\')
            fputs("\\e", out);
        else if (word[i] == '-')
            fputs("\\-", out);
        else
            fputc(word[i], out);
    }
}

/* Text as mdoc: every sentence begins a line, and long lines are broken. */
static void roff(FILE *out, const char *text) {
    size_t column = 0;
    bool ended = false; /* a sentence */
    for (;;) {
        size_t length = strcspn(text, " ");
        bool capital = *text >= 'A' && *text <= 'Z';
        if (column && ((ended && capital) || column + length > ROFF_COLUMNS)) {
            fputc('\n', out);
            column = 0;
        } else if (column) {
            fputc(' ', out);
        }
        roff_word(out, text, length, column == 0);
        column += length + 1;
        ended = length && text[length - 1] == '.';
        if (!text[length])
            break;
        text += length + 1;
    }
    fputc('\n', out);
}

static void roff_params(FILE *out, const struct wh_mech *mech) {
    fputs(".Pp\nParameters:\n.Bl -tag -width Ds\n", out);
    for (int i = 0; i < WH_PARAM_MAX && mech->params[i].name; i++) {
        const struct wh_param *param = &mech->params[i];
        fprintf(out, ".It Cm %s\n", param->name);
        struct wh_buf help = {0};
        wh_buf_adds(&help, param->help);
        if (*param->unit)
            wh_buf_addf(&help, " (unit: %s)", param->unit);
        wh_buf_adds(&help, ".");
        roff(out, help.failed ? param->help : help.data);
        wh_buf_free(&help);
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
          ".Sh DESCRIPTION\n",
          out);
    roff(out,
         "Notation: W is the vocabulary, |W| its size, d the Euclidean distance of two words' "
         "vectors, n the dimension, ln the natural logarithm. A mechanism M has loss L(d) if "
         "Pr[M(w) = u] <= e^L(d(w,w')) Pr[M(w') = u] for all words w, w' and u; losses are in nats "
         "and rounded up. Epsilon multiplies a distance of the embedding in use: it means nothing "
         "without the embedding, and equal epsilon across mechanisms is not equal privacy.");
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
