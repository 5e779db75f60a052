/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_core.c - speed of the core on the built-in embedding, each figure beside a named rival
 * measured in the same run: machines differ, ratios travel. One thread; the median of several
 * rounds.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mech/mech.h"
#include "vec/vec.h"

#define ROUNDS 5

static const struct wh_embed *embed;
static const struct wh_near *near;
static uint32_t word;

static void must_work(enum wh_status status) {
    if (status == WH_OK)
        return;
    fprintf(stderr, "bench_core: %s\n", wh_error());
    exit((int)status);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Items a second, the median over rounds of doing count items. */
static double rate(void (*work)(size_t count), size_t count) {
    double rates[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        double start = seconds();
        work(count);
        rates[i] = (double)count / (seconds() - start);
    }
    qsort(rates, ROUNDS, sizeof *rates, by_value);
    return rates[ROUNDS / 2];
}

/* ---- ours ---- */

static struct wh_site *site;
static struct wh_scratch *scratch;

static void draws(size_t count) {
    struct wh_source source;
    struct wh_lane lane;
    uint32_t *out = malloc(count * sizeof *out);
    wh_source_seed(&source, 1);
    wh_site_lane(site, &source, &lane);
    const struct wh_draws what = {&lane, 0, count, scratch};
    must_work(wh_site_draw(site, &what, out));
    free(out);
}

static void laws(size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct wh_law law;
        must_work(wh_site_law(site, &law));
        wh_law_close(&law);
    }
}

static void neighbours(size_t count) {
    struct wh_neighbour list[50];
    size_t found;
    for (size_t i = 0; i < count; i++)
        must_work(wh_near_word(near, (uint32_t)(i * 37) % wh_embed_words(embed), 50, list, &found));
}

/* ---- rivals ---- */

/* The nearest word by a plain loop in double, as the definition has it. */
static void plain_scan(size_t count) {
    uint32_t dim = wh_embed_dim(embed);
    volatile double sink = 0;
    for (size_t i = 0; i < count; i++) {
        double best = HUGE_VAL;
        for (uint32_t id = 0; id < wh_embed_words(embed); id++) {
            double distance = wh_near_distance(near, (uint32_t)i, id);
            best = distance < best ? distance : best;
        }
        sink = sink + best * dim;
    }
}

/* One float inner product a word, one query at a time, by the fastest kernel: what a library does
 * that does not batch. */
static void float_scan(size_t count) {
    uint32_t words = wh_embed_words(embed);
    float *dots = malloc(words * sizeof *dots);
    volatile float sink = 0;
    for (size_t i = 0; i < count; i++) {
        wh_vec()->dot_rows(wh_embed_rows(embed), wh_embed_stride(embed), words,
                           wh_embed_row(embed, (uint32_t)i), dots);
        float best = dots[0];
        for (uint32_t id = 1; id < words; id++)
            best = dots[id] > best ? dots[id] : best;
        sink = sink + best;
    }
    free(dots);
}

/* ---- table ---- */

static void open_site(const char *text) {
    static struct wh_mechanism *mechanism;
    struct wh_mech_spec spec;
    const struct wh_mech_env env = {near};
    wh_site_close(site);
    wh_mechanism_close(mechanism);
    site = NULL;
    must_work(wh_mech_parse(text, (double)NAN, &spec));
    must_work(wh_mechanism_open(&env, &spec, &mechanism));
    must_work(wh_site_open(mechanism, word, &site));
}

static void row(const char *what, double ours, const char *rival, double theirs) {
    printf("%-34s %12.0f /s   %-26s %10.0f /s   ratio %.1f\n", what, ours, rival, theirs,
           ours / theirs);
}

int main(void) {
    const struct wh_embed_options options = {0};
    struct wh_embed *opened;
    struct wh_near *searcher;
    double start = seconds();
    must_work(wh_embed_open(&options, &opened));
    must_work(wh_near_open(opened, &searcher));
    embed = opened;
    near = searcher;
    must_work(wh_scratch_open(&scratch));
    word = wh_embed_find(embed, "queen");
    printf("core on %s, kernel %s, one thread; opened in %.2f ms\n", wh_embed_name(embed),
           wh_vec()->name, 1e3 * (seconds() - start));
    double plain = rate(plain_scan, 100), floats = rate(float_scan, 1000);
    open_site("laplace:epsilon=10");
    double laplace = rate(draws, 20000);
    row("laplace draws, epsilon 10", laplace, "plain double scan", plain);
    row("laplace draws, epsilon 10", laplace, "float scan, one at a time", floats);
    row("50 neighbours of a word", rate(neighbours, 1000), "plain double scan", plain);
    open_site("tgm:epsilon=50");
    double tgm = rate(draws, 500000);
    row("tgm draws, epsilon 50", tgm, "laplace draws", laplace);
    row("exact tgm laws", rate(laws, 200), "laws within 50 ms", 20);
    open_site("exponential:epsilon=10");
    row("exponential draws", rate(draws, 500000), "tgm draws", tgm);
    return 0;
}
