/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_growth.c - how speed changes with the number of words and of dimensions, as "wordhaze
 * bench" measures it. The rows are made from those of the built-in embedding: sums of two of them
 * with weights and a little noise, so that dense and sparse places stay; more dimensions are those
 * of other rows. Sizes that memory or disk cannot hold are skipped, and said to be.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "rng/rng.h"
#include "run/bench.h"

#define PAIRS_WORDS 40000 /* more have no distances of all pairs here: they would take too long */
#define SECONDS     0.5

static const struct {
    uint32_t words, dim;
} sizes[] = {{10000, 100},  {20000, 100},  {40000, 100},   {80000, 100},   {160000, 100},
             {320000, 100}, {640000, 100}, {1280000, 100}, {3200000, 100}, {80000, 50},
             {80000, 100},  {80000, 200},  {80000, 300},   {400000, 300},  {3000000, 300}};

static const struct column {
    const char *name, *title;
} columns[] = {{"load", "open ms"},      {"neighbours", "50 near"}, {"decode", "batches"},
               {"laplace-5", "eps 5"},   {"laplace-10", "eps 10"},  {"laplace-20", "eps 20"},
               {"laplace-30", "eps 30"}, {"laplace-50", "eps 50"},  {"tgm", "tgm"},
               {"perturb", "text MB"}};
#define COLUMNS (sizeof columns / sizeof *columns)

static void must_work(enum wh_status status) {
    if (status == WH_OK)
        return;
    fprintf(stderr, "bench_growth: %s\n", wh_error());
    exit((int)status);
}

/* ---- rows ---- */

static void make_row(const struct wh_embed *embed, struct wh_rng *rng, uint32_t dim, float *row) {
    uint32_t words = wh_embed_words(embed), width = wh_embed_dim(embed);
    for (uint32_t done = 0; done < dim; done += width) {
        const float *a = wh_embed_row(embed, (uint32_t)wh_rng_below(rng, words));
        const float *b = wh_embed_row(embed, (uint32_t)wh_rng_below(rng, words));
        double share = 0.3 * wh_rng_uniform(rng);
        for (uint32_t j = 0; j < width && done + j < dim; j++)
            row[done + j] = (float)((1 - share) * (double)a[j] + share * (double)b[j] +
                                    0.05 * wh_rng_normal(rng));
    }
}

/* A word2vec binary file. */
static void write_rows(const struct wh_embed *embed, uint32_t words, uint32_t dim,
                       const char *path) {
    struct wh_source source;
    struct wh_lane lane;
    struct wh_rng rng;
    FILE *file = fopen(path, "wb");
    float *row = calloc(dim, sizeof *row);
    if (!file || !row)
        must_work(wh_fail(WH_CANTCREATE, "%s", path));
    wh_source_seed(&source, 1);
    wh_lane_open(&source, "growth", words, &lane);
    fprintf(file, "%u %u\n", words, dim);
    for (uint32_t i = 0; i < words; i++) {
        wh_rng_open(&lane, i, &rng);
        make_row(embed, &rng, dim, row);
        fprintf(file, "w%u ", i);
        fwrite(row, sizeof *row, dim, file);
        fputc('\n', file);
    }
    free(row);
    if (fclose(file) != 0)
        must_work(wh_fail(WH_IO, "%s", path));
}

/* ---- table ---- */

static enum wh_status note(void *context, const struct wh_bench_row *row) {
    double *values = context;
    for (size_t c = 0; c < COLUMNS; c++)
        if (strcmp(columns[c].name, row->name) == 0)
            values[c] = row->value;
    return WH_OK;
}

static void print(uint32_t words, uint32_t dim, const double *values) {
    printf("%8u x %3u", words, dim);
    for (size_t c = 0; c < COLUMNS; c++)
        if (isnan(values[c]))
            printf(" %9s", "-");
        else
            printf(" %9.*f", values[c] < 100 ? 1 : 0, values[c]);
    printf("\n");
    fflush(stdout);
}

/* The file; the rows in memory, twice while opening is measured, their codes, and all else. */
static bool fits(uint32_t words, uint32_t dim, const char *folder) {
    double bytes = 4.0 * words * dim;
    double memory = (double)sysconf(_SC_AVPHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    struct statvfs disk;
    bool room =
        statvfs(folder, &disk) == 0 && (double)disk.f_bavail * (double)disk.f_frsize > 1.2 * bytes;
    if (room && memory > 3.5 * bytes + (512 << 20))
        return true;
    printf("%8u x %3u skipped: %s\n", words, dim,
           room ? "memory does not hold it" : "no room for the file");
    return false;
}

static void measure(const struct wh_embed *embed, uint32_t words, uint32_t dim) {
    const char *folder = getenv("TMPDIR");
    char path[128];
    double values[COLUMNS];
    for (size_t c = 0; c < COLUMNS; c++)
        values[c] = (double)NAN;
    folder = folder && *folder ? folder : "/tmp";
    if (!fits(words, dim, folder))
        return;
    snprintf(path, sizeof path, "%.60s/growth-%d.bin", folder, (int)getpid());
    write_rows(embed, words, dim, path);
    const struct wh_session_options session_options = {.embed = {.path = path}, .seeded = true};
    const struct wh_bench_options options = {
        .session = &session_options, .seconds = SECONDS, .row = note, .context = values};
    struct wh_session *session;
    must_work(wh_session_open(&session_options, &session));
    if (words <= PAIRS_WORDS)
        must_work(wh_session_derive(session, NULL));
    must_work(wh_run_bench(session, &options));
    print(words, dim, values);
    wh_session_close(session);
    unlink(path);
}

int main(void) {
    const struct wh_embed_options options = {0};
    struct wh_embed *embed;
    must_work(wh_embed_open(&options, &embed));
    printf(
        "\ngrowth, a second; opening reads a word2vec binary file; tgm by one thread, neighbours "
        "and batches too\n%14s",
        "words x dim");
    for (size_t c = 0; c < COLUMNS; c++)
        printf(" %9s", columns[c].title);
    printf("\n");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        measure(embed, sizes[i].words, sizes[i].dim);
    wh_embed_close(embed);
    return 0;
}
