/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench.c - speeds of the core as rows of a table. A measurement is made in ROUNDS rounds of
 * growing work, until they last long enough; the best counts, since whatever else the machine does
 * can only slow a round down.
 */
#include "run/bench.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pool.h"
#include "run/peak.h"
#include "run/perturb.h"
#include "run/prose.h"
#include "vec/vec.h"

#define ROUNDS       3
#define READ_BYTES   ((size_t)256 << 20) /* more than caches hold */
#define CACHED_BYTES ((size_t)64 << 20)  /* rows of fewer bytes do not come from memory */
#define TOP          50
#define POINTS       ((size_t)WH_VEC_PANEL * 8)
#define FREQUENT     5000
#define SITES        12
#define TEXT_BYTES   ((size_t)8 << 20)
#define THREADS_MAX  256

struct bench {
    const struct wh_session *session;
    const struct wh_bench_options *options;
    const struct wh_near *near;
    uint32_t words, dim;
    struct wh_peak peak;
    double bandwidth;
    int threads;
    struct wh_scratch *scratches[THREADS_MAX];
    /* what is being measured */
    struct wh_site *sites[SITES];
    double epsilon;
    double *points;
    void *out; /* ids, or neighbours */
    struct wh_perturb_options filter;
    int text;   /* a file in memory ... */
    FILE *sink; /* ... and where it goes */
};

/* Does count items of work. */
typedef enum wh_status (*bench_work)(struct bench *bench, size_t count);

/* Items a second. */
static enum wh_status measure(struct bench *bench, bench_work work, size_t start, double *rate) {
    enum wh_status status = WH_OK;
    double goal = bench->options->seconds / ROUNDS;
    *rate = 0;
    for (size_t round = 0, count = start; round < ROUNDS;) {
        double begin = wh_peak_seconds();
        WH_TRY(wh_token_check(bench->options->token));
        WH_TRY(work(bench, count));
        double took = wh_peak_seconds() - begin;
        *rate = fmax(*rate, (double)count / took);
        if (took >= goal / 2)
            round++;
        else
            count *= took > goal / 16 ? 2 : 8;
    }
out:
    return status;
}

static enum wh_status tell(struct bench *bench, const struct wh_bench_row *row) {
    return bench->options->row(bench->options->context, row);
}

static enum wh_status tell_rate(struct bench *bench, const char *name, const char *what,
                                double rate) {
    return tell(bench, &(struct wh_bench_row){name, what, "/s", rate, 1, NULL, NAN, NAN});
}

static enum wh_status tell_why(struct bench *bench, const char *name, const char *what,
                               const char *reason) {
    return tell(bench, &(struct wh_bench_row){name, what, "/s", NAN, 1, reason, NAN, NAN});
}

/* ---- limits ---- */

static enum wh_status limits(struct bench *bench) {
    enum wh_status status = WH_OK;
    char *zeros = NULL;
    WH_TRY(WH_ALLOC(zeros, READ_BYTES));
    memset(zeros, 0, READ_BYTES); /* so that every page is there */
    bench->bandwidth = wh_peak_read(zeros, READ_BYTES);
    if (!wh_peak_multiply(wh_vec()->name, &bench->peak)) {
        status = wh_fail(WH_BUG, "no peak for kernel %s", wh_vec()->name);
        goto out;
    }
    struct wh_bench_row row = {"peak-float",
                               "limit: multiply-adds of floats",
                               "10^9/s",
                               1e-9 * bench->peak.floats,
                               1,
                               NULL,
                               NAN,
                               NAN};
    WH_TRY(tell(bench, &row));
    row.name = "peak-byte";
    row.what = "limit: multiply-adds of bytes";
    row.value = 1e-9 * bench->peak.bytes;
    row.reason = isnan(row.value) ? "this kernel computes with floats only" : NULL;
    WH_TRY(tell(bench, &row));
    WH_TRY(tell(bench, &(struct wh_bench_row){"bandwidth", "limit: reading memory", "GB/s",
                                              1e-9 * bench->bandwidth, 1, NULL, NAN, NAN}));
out:
    free(zeros);
    return status;
}

/* ---- opening ---- */

static enum wh_status load(struct bench *bench) {
    enum wh_status status = WH_OK;
    double best = HUGE_VAL, whole = 0;
    for (int i = 0; i < ROUNDS && whole < bench->options->seconds; i++) {
        struct wh_session *again;
        double begin = wh_peak_seconds();
        WH_TRY(wh_session_open(bench->options->session, &again));
        double took = wh_peak_seconds() - begin;
        wh_session_close(again);
        best = fmin(best, took);
        whole += took;
    }
    WH_TRY(tell(bench, &(struct wh_bench_row){"load", "opening the embedding again", "ms",
                                              1e3 * best, bench->threads, NULL, NAN, NAN}));
out:
    return status;
}

/* ---- neighbours and points ---- */

static enum wh_status neighbours(struct bench *bench, size_t count) {
    enum wh_status status = WH_OK;
    size_t found;
    for (size_t i = 0; i < count && status == WH_OK; i++)
        status =
            wh_near_word(bench->near, (uint32_t)(i * 37 % bench->words), TOP, bench->out, &found);
    return status;
}

static enum wh_status decode(struct bench *bench, size_t count) {
    enum wh_status status = WH_OK;
    for (size_t done = 0; done < count && status == WH_OK; done += POINTS)
        status = wh_near_decode(bench->near, bench->scratches[0]->near, bench->points, POINTS, 1,
                                WH_NONE, bench->out);
    return status;
}

/* Noisy points at epsilon 10. */
static enum wh_status make_points(struct bench *bench) {
    enum wh_status status = WH_OK;
    struct wh_lane lane;
    wh_lane_open(wh_session_source(bench->session), "bench", 0, &lane);
    WH_TRY(WH_ALLOC(bench->points, POINTS * bench->dim));
    for (size_t p = 0; p < POINTS; p++) {
        struct wh_trace trace;
        const struct wh_draws draws = {&lane, p, 1, bench->scratches[0]};
        WH_TRY(
            wh_site_trace(bench->sites[p % SITES], &draws, &trace, bench->points + p * bench->dim));
    }
out:
    return status;
}

static enum wh_status near_rows(struct bench *bench) {
    enum wh_status status = WH_OK;
    double rate, products = (double)bench->words * bench->dim;
    bool bytes = !isnan(bench->peak.bytes);
    double stored = products * (bytes ? 1 : sizeof(float));
    WH_TRY(measure(bench, neighbours, 4, &rate));
    WH_TRY(tell(bench,
                &(struct wh_bench_row){"neighbours", "50 neighbours of a word, one after the other",
                                       "/s", rate, 1, NULL, NAN,
                                       stored > CACHED_BYTES ? rate * stored / bench->bandwidth
                                                             : (double)NAN}));
    WH_TRY(make_points(bench));
    WH_TRY(measure(bench, decode, POINTS, &rate));
    WH_TRY(
        tell(bench, &(struct wh_bench_row){
                        "decode", "nearest words of noisy points, in batches", "/s", rate, 1, NULL,
                        rate * products / (bytes ? bench->peak.bytes : bench->peak.floats), NAN}));
out:
    return status;
}

/* ---- draws ---- */

static enum wh_status draw_some(void *context, size_t begin, size_t end, int thread) {
    enum wh_status status = WH_OK;
    struct bench *bench = context;
    for (int s = 0; s < SITES && status == WH_OK; s++) {
        struct wh_lane lane;
        wh_site_lane(bench->sites[s], wh_session_source(bench->session), &lane);
        const struct wh_draws draws = {&lane, begin, end - begin, bench->scratches[thread]};
        status = wh_site_draw(bench->sites[s], &draws, (uint32_t *)bench->out + begin);
    }
    return status;
}

static enum wh_status draw_all(struct bench *bench, size_t count) {
    size_t each = count / SITES;
    uint32_t *out = wh_realloc(bench->out, each, sizeof *out);
    if (!out)
        return WH_NOMEM;
    bench->out = out;
    return wh_pool_run(bench->threads, each, (size_t)WH_VEC_PANEL * 4, draw_some, bench);
}

static enum wh_status draw_alone(struct bench *bench, size_t count) {
    int threads = bench->threads;
    bench->threads = 1;
    enum wh_status status = draw_all(bench, count);
    bench->threads = threads;
    return status;
}

static enum wh_status laws(struct bench *bench, size_t count) {
    enum wh_status status = WH_OK;
    for (size_t i = 0; i < count && status == WH_OK; i++) {
        struct wh_law law;
        status = wh_site_law(bench->sites[i % SITES], &law);
        wh_law_close(&law);
    }
    return status;
}

static void close_sites(struct bench *bench) {
    for (int s = 0; s < SITES; s++) {
        wh_site_close(bench->sites[s]);
        bench->sites[s] = NULL;
    }
}

/* Opens the mechanism at words spread over the frequent ones, then does what is to be done there.
 */
static enum wh_status at_sites(struct bench *bench, const char *mech, double epsilon,
                               enum wh_status (*then)(struct bench *bench)) {
    enum wh_status status = WH_OK;
    struct wh_mechanism *mechanism = NULL;
    struct wh_mech_spec spec;
    uint32_t among = bench->words < FREQUENT ? bench->words : FREQUENT;
    WH_TRY(wh_mech_parse(mech, epsilon, &spec));
    WH_TRY(wh_mechanism_open(&(struct wh_mech_env){bench->near}, &spec, &mechanism));
    for (uint32_t s = 0; s < SITES; s++)
        WH_TRY(wh_site_open(mechanism, (uint32_t)((s + 0.5) * among / SITES), &bench->sites[s]));
    WH_TRY(then(bench));
out:
    close_sites(bench);
    wh_mechanism_close(mechanism);
    return status;
}

static enum wh_status laplace_row(struct bench *bench) {
    enum wh_status status = WH_OK;
    double rate, epsilon = bench->epsilon;
    char name[32], what[64];
    WH_TRY(measure(bench, draw_all, SITES * POINTS, &rate));
    snprintf(name, sizeof name, "laplace-%.0f", epsilon);
    snprintf(what, sizeof what, "Laplace draws, epsilon %.0f, frequent words", epsilon);
    WH_TRY(tell(bench,
                &(struct wh_bench_row){name, what, "/s", rate, bench->threads, NULL, NAN, NAN}));
out:
    return status;
}

static enum wh_status laplace_rows(struct bench *bench) {
    static const double epsilons[] = {5, 10, 20, 30, 50};
    enum wh_status status = WH_OK;
    for (size_t e = 0; e < sizeof epsilons / sizeof *epsilons && status == WH_OK; e++) {
        bench->epsilon = epsilons[e];
        status = at_sites(bench, "laplace", epsilons[e], laplace_row);
    }
    return status;
}

static enum wh_status tgm_rows(struct bench *bench) {
    enum wh_status status = WH_OK;
    double rate;
    WH_TRY(measure(bench, draw_alone, (size_t)SITES * 1024, &rate));
    WH_TRY(tell_rate(bench, "tgm", "truncated Gumbel draws at known words", rate));
    WH_TRY(measure(bench, laws, 1, &rate));
    WH_TRY(tell_rate(bench, "tgm-law", "exact laws of truncated Gumbel", rate));
out:
    return status;
}

/* ---- text ---- */

/* The text twice, in a file in memory. */
static enum wh_status write_text(struct bench *bench) {
    enum wh_status status = WH_OK;
    char *text = NULL;
    bench->text = memfd_create("prose", MFD_CLOEXEC);
    bench->sink = fopen("/dev/null", "we");
    if (bench->text < 0 || !bench->sink)
        return wh_fail(WH_IO, "text in memory: %s", strerror(errno));
    WH_TRY(WH_ALLOC(text, TEXT_BYTES));
    wh_prose_write(wh_session_embed(bench->session), text, TEXT_BYTES);
    for (size_t done = 0; done < 2 * TEXT_BYTES;) {
        ssize_t put = write(bench->text, text + done % TEXT_BYTES, TEXT_BYTES - done % TEXT_BYTES);
        if (put <= 0) {
            status = wh_fail(WH_IO, "text in memory: %s", strerror(errno));
            break;
        }
        done += (size_t)put;
    }
out:
    free(text);
    return status;
}

static enum wh_status filter_from(struct bench *bench, size_t begin, double *seconds) {
    struct wh_perturb_report report;
    double start = wh_peak_seconds();
    if (lseek(bench->text, (off_t)begin, SEEK_SET) < 0)
        return wh_fail(WH_IO, "text in memory: %s", strerror(errno));
    enum wh_status status =
        wh_run_perturb(bench->session, &bench->filter, bench->text, bench->sink, &report);
    *seconds = wh_peak_seconds() - start;
    return status;
}

/* Once and twice the text: the difference is text whose words have all been met. */
static enum wh_status text_row(struct bench *bench) {
    enum wh_status status = WH_OK;
    double once, twice;
    bench->filter = (struct wh_perturb_options){.input_name = "prose"};
    WH_TRY(wh_mech_parse("tgm-floor", (double)NAN, &bench->filter.spec));
    WH_TRY(write_text(bench));
    WH_TRY(filter_from(bench, TEXT_BYTES, &once));
    WH_TRY(filter_from(bench, 0, &twice));
    WH_TRY(tell(bench,
                &(struct wh_bench_row){"perturb", "text of known words, Gumbel with a floor",
                                       "MB/s", 1e-6 * (double)TEXT_BYTES / fmax(twice - once, 1e-6),
                                       bench->threads, NULL, NAN, NAN}));
out:
    return status;
}

/* ---- all of it ---- */

static enum wh_status pair_rows(struct bench *bench) {
    enum wh_status status = WH_OK;
    if (wh_embed_derived(wh_session_embed(bench->session))->nn_distance) {
        WH_TRY(at_sites(bench, "tgm", (double)NAN, tgm_rows));
        WH_TRY(text_row(bench));
        return WH_OK;
    }
    const char *reason = "needs distances of all pairs, which are not computed";
    WH_TRY(tell_why(bench, "tgm", "truncated Gumbel draws at known words", reason));
    WH_TRY(tell_why(bench, "tgm-law", "exact laws of truncated Gumbel", reason));
    WH_TRY(tell_why(bench, "perturb", "text of known words, Gumbel with a floor", reason));
out:
    return status;
}

static enum wh_status open_bench(struct bench *bench) {
    enum wh_status status = WH_OK;
    const struct wh_embed *embed = wh_session_embed(bench->session);
    int threads = wh_session_threads(bench->session);
    bench->near = wh_session_near(bench->session);
    bench->words = wh_embed_words(embed);
    bench->dim = wh_embed_dim(embed);
    bench->threads = threads < THREADS_MAX ? threads : THREADS_MAX;
    bench->text = -1;
    for (int i = 0; i < bench->threads; i++)
        WH_TRY(wh_scratch_open(&bench->scratches[i]));
    bench->out = wh_alloc(POINTS, sizeof(struct wh_neighbour));
    status = bench->out ? WH_OK : WH_NOMEM;
out:
    return status;
}

static void close_bench(struct bench *bench) {
    for (int i = 0; i < bench->threads; i++)
        wh_scratch_close(bench->scratches[i]);
    free(bench->points);
    free(bench->out);
    if (bench->text >= 0)
        close(bench->text);
    if (bench->sink)
        fclose(bench->sink);
}

enum wh_status wh_run_bench(const struct wh_session *session,
                            const struct wh_bench_options *options) {
    enum wh_status status = WH_OK;
    struct bench bench = {.session = session, .options = options};
    WH_TRY(open_bench(&bench));
    WH_TRY(limits(&bench));
    WH_TRY(load(&bench));
    WH_TRY(at_sites(&bench, "laplace", 10, near_rows));
    WH_TRY(laplace_rows(&bench));
    WH_TRY(pair_rows(&bench));
out:
    close_bench(&bench);
    return status;
}
