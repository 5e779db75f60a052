/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_sweep.c - "sweep": what a mechanism does to words, along epsilon. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/common.h"
#include "cli/json_parts.h"
#include "cli/out.h"
#include "cli/words.h"
#include "run/tune.h"

enum option { FROM = WH_WORDS_OPTIONS, TO, POINTS, BAYES };

#define DEFAULT_POINTS 10

struct curve {
    double low, high;
    int points;
};

struct point {
    const struct wh_mech_spec *spec;
    double epsilon;
    const struct wh_words *words;
    const struct wh_measure *measures;
};

static enum wh_status number(const struct wh_cli *cli, int which, double *value) {
    const char *text = cli->extra[which];
    if (!text || (wh_str_double(text, value) && *value > 0))
        return WH_OK;
    return wh_fail(WH_USAGE, "--%s: expected a positive epsilon, found '%.40s'",
                   which == FROM ? "from" : "to", text);
}

static enum wh_status read_curve(const struct wh_cli *cli, const struct wh_session *session,
                                 const struct wh_mech_spec *spec, struct curve *curve) {
    enum wh_status status = WH_OK;
    long long points = DEFAULT_POINTS;
    WH_TRY(wh_epsilon_range(session, spec, &curve->low, &curve->high));
    WH_TRY(number(cli, FROM, &curve->low));
    WH_TRY(number(cli, TO, &curve->high));
    if (cli->extra[POINTS] && !wh_str_long(cli->extra[POINTS], 1, 1000, &points))
        return wh_fail(WH_USAGE, "--points: expected 1 to 1000, found '%.40s'", cli->extra[POINTS]);
    if (!isnan(cli->epsilon)) {
        curve->low = curve->high = cli->epsilon;
        points = 1;
    }
    curve->points = (int)points;
    if (curve->low > curve->high)
        status = wh_fail(WH_USAGE, "--from %g lies above --to %g", curve->low, curve->high);
out:
    return status;
}

static double epsilon_at(const struct curve *curve, int i) {
    if (curve->points == 1)
        return curve->low;
    return curve->low * pow(curve->high / curve->low, (double)i / (curve->points - 1));
}

/* ---- output ---- */

static json_t *summary_json(const struct wh_summary *summary, bool exact) {
    json_t *object = json_object();
    wh_json_set(object, "mean", wh_json_real(summary->mean.value));
    if (!exact)
        wh_json_set_interval(object, summary->mean);
    wh_json_set(object, "median", wh_json_real(summary->median));
    wh_json_set(object, "p05", wh_json_real(summary->low));
    wh_json_set(object, "p95", wh_json_real(summary->high));
    return object;
}

static enum wh_status print_json(struct wh_cli *cli, const struct wh_session *session,
                                 const struct point *point) {
    enum wh_status status = WH_OK;
    json_t *object = wh_json_begin(session, "wordhaze.sweep/1");
    bool exact = point->measures[0].exact;
    wh_json_set(object, "mech", json_string(point->spec->mech->name));
    wh_json_set(object, "epsilon", wh_json_real(point->epsilon));
    wh_json_set(object, "label", json_string(wh_label_name(point->spec->mech->label)));
    wh_json_set(object, "over_words", wh_json_integer(point->words->count));
    if (point->words->count == 1)
        wh_json_set(object, "word", wh_json_word(session, point->words->ids[0]));
    wh_json_set(object, "method", json_string(exact ? "exact" : "sampled"));
    wh_json_set(object, "trials", wh_json_integer(point->measures[0].trials));
    wh_json_set(object, "seeded", json_boolean(wh_session_source(session)->seeded));
    for (int q = 0; q < WH_QUANTITIES; q++) {
        struct wh_summary summary;
        WH_TRY(wh_measure_summary(point->measures, point->words->count, (enum wh_quantity)q,
                                  &summary));
        if (q != WH_BAYES || !isnan(summary.mean.value)) /* it was asked for */
            wh_json_set(object, wh_quantity_name((enum wh_quantity)q),
                        summary_json(&summary, exact));
    }
    status = wh_json_finish(cli->out, object);
    object = NULL;
out:
    json_decref(object);
    return status;
}

static enum wh_status print_tsv(struct wh_cli *cli, const struct point *point) {
    enum wh_status status = WH_OK;
    if (!cli->headed)
        fputs("mech\tepsilon\tmethod\ttrials\twords\tquantity\tmean\tlo\thi\tmedian\tp05\tp95\n",
              cli->out);
    cli->headed = true;
    for (int q = 0; q < WH_QUANTITIES; q++) {
        struct wh_summary summary;
        WH_TRY(wh_measure_summary(point->measures, point->words->count, (enum wh_quantity)q,
                                  &summary));
        if (isnan(summary.mean.value))
            continue;
        fprintf(
            cli->out, "%s\t%.17g\t%s\t%llu\t%zu\t%s\t%.17g\t%.17g\t%.17g\t%.17g\t%.17g\t%.17g\n",
            point->spec->mech->name, point->epsilon, point->measures[0].exact ? "exact" : "sampled",
            (unsigned long long)point->measures[0].trials, point->words->count,
            wh_quantity_name((enum wh_quantity)q), summary.mean.value, summary.mean.lo,
            summary.mean.hi, summary.median, summary.low, summary.high);
    }
    status = wh_out_check(cli->out);
out:
    return status;
}

static void print_head(FILE *out, const struct point *point) {
    fprintf(out, "%s, guarantee %s, over %zu word%s, %s\n", point->spec->mech->title,
            wh_label_name(point->spec->mech->label), point->words->count,
            point->words->count == 1 ? "" : "s",
            point->measures[0].exact ? "exact" : "sampled, mean with its 95 % margin");
    fputs("   epsilon        N_w %     median   5th-95th      S_w  support  distance    far %",
          out);
    fputs(isnan(point->measures[0].values[WH_BAYES].value) ? "\n" : "  bayes %\n", out);
}

static enum wh_status print_text(struct wh_cli *cli, const struct point *point, bool first) {
    enum wh_status status = WH_OK;
    struct wh_summary of[WH_QUANTITIES];
    for (int q = 0; q < WH_QUANTITIES; q++)
        WH_TRY(
            wh_measure_summary(point->measures, point->words->count, (enum wh_quantity)q, &of[q]));
    if (first)
        print_head(cli->out, point);
    const struct wh_summary *nw = &of[WH_NW];
    fprintf(cli->out, "%10.4g  %6.2f", point->epsilon, 100 * nw->mean.value);
    if (point->measures[0].exact)
        fputs("      ", cli->out);
    else
        fprintf(cli->out, " ±%-4.2f", 100 * (nw->mean.hi - nw->mean.value));
    fprintf(cli->out, "   %6.2f %5.1f-%-5.1f %8.1f ", 100 * nw->median, 100 * nw->low,
            100 * nw->high, of[WH_SW].mean.value);
    if (isnan(of[WH_SUPPORT].mean.value))
        fputs("       -", cli->out);
    else
        fprintf(cli->out, "%8.1f", of[WH_SUPPORT].mean.value);
    fprintf(cli->out, "  %8.4f  %7.2f", of[WH_DISTANCE].mean.value, 100 * of[WH_FAR].mean.value);
    if (!isnan(of[WH_BAYES].mean.value))
        fprintf(cli->out, "  %7.2f", 100 * of[WH_BAYES].mean.value);
    fputc('\n', cli->out);
    status = wh_out_check(cli->out);
out:
    return status;
}

/* ---- the command ---- */

static enum wh_status sweep_one(struct wh_cli *cli, struct wh_session *session,
                                const struct wh_words *words, const struct wh_mech_spec *spec) {
    enum wh_status status = WH_OK;
    struct wh_measure *measures = NULL;
    struct curve curve;
    int index = wh_mech_param(spec->mech, "epsilon");
    WH_TRY(read_curve(cli, session, spec, &curve));
    WH_TRY(WH_ALLOC(measures, words->count));
    for (int i = 0; i < curve.points; i++) {
        struct wh_measure_request request = {
            words->ids,
            words->count,
            *spec,
            wh_words_trials(cli, words),
            wh_session_source(session),
            cli->extra[BAYES] != NULL,
        };
        const struct point point = {spec, epsilon_at(&curve, i), words, measures};
        request.spec.values[index] = point.epsilon;
        WH_TRY(wh_measure_words(session, &request, wh_cli_token(cli, false), measures));
        wh_cli_progress_end();
        if (cli->format == WH_FORMAT_JSON)
            WH_TRY(print_json(cli, session, &point));
        else if (cli->format == WH_FORMAT_TSV)
            WH_TRY(print_tsv(cli, &point));
        else
            WH_TRY(print_text(cli, &point, i == 0));
        fflush(cli->out);
    }
out:
    free(measures);
    return status;
}

static enum wh_status run(struct wh_cli *cli) {
    enum wh_status status = WH_OK;
    struct wh_session *session = NULL;
    struct wh_words words = {0};
    struct wh_mech_spec specs[WH_CLI_MECHS];
    size_t count;
    WH_TRY(wh_cli_refuse_format(cli));
    WH_TRY(wh_cli_mechs(cli, "laplace,tgm", specs, WH_CLI_MECHS, &count));
    WH_TRY(wh_cli_session(cli, &session));
    WH_TRY(wh_cli_derive(cli, session));
    WH_TRY(wh_words_choose(cli, session, &words));
    for (size_t i = 0; i < count; i++)
        WH_TRY(sweep_one(cli, session, &words, &specs[i]));
    if (count > 1 && cli->format == WH_FORMAT_TEXT)
        wh_text_not_equal(cli->out);
out:
    wh_words_close(&words);
    wh_session_close(session);
    return status;
}

const struct wh_cmd wh_cmd_sweep = {
    .name = "sweep",
    .arguments = "[WORD...]",
    .summary = "curves over epsilon: unchanged, distinct, distance, far",
    .details =
        "Exact where the mechanism has a law, else from -n draws a word, the same draws at\n"
        "every epsilon. Without --from and --to: the range in which the mechanism does something.\n"
        "Examples:\n"
        "  wordhaze sweep queen monday --mech laplace --from 4 --to 20 --points 9\n"
        "  wordhaze sweep --sample 200 --mech tgm --json\n",
    .options = {WH_WORDS_ROWS, [FROM] = {"from", 0, "X", "smallest epsilon"},
                [TO] = {"to", 0, "X", "largest epsilon"},
                [POINTS] = {"points", 0, "N", "how many, evenly on the logarithmic scale (10)"},
                [BAYES] = {"bayes", 0, NULL, "how often an observer guesses the word among ten"}},
    .run = run,
};
