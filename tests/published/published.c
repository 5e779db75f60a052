/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * published.c - published figures beside ours: a table of what papers and their notebooks print
 * for GloVe 6B, 100 dimensions, and what this program computes. The manual has the table and says
 * why figures differ.
 *
 *     published [EMBEDDING]        the built-in embedding, or for example the full GloVe
 *
 * Asghar et al., PoPETs 2026(1): geometry and rank bands over 5,000 random words of 400,000.
 * Meisenbacher et al., LREC-COLING 2024: share unchanged, distinct outputs of 100 draws, over
 * words of IMDb and AG News.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "run/measure.h"

#define WORDS     5000
#define DRAWS     4 /* of every word: bands and shares err by about 0.5 % */
#define NEIGHBOUR 101

static struct wh_session *session;
static uint32_t words[WORDS];
static size_t count;

static void must_work(enum wh_status status) {
    if (status == WH_OK)
        return;
    fprintf(stderr, "published: %s\n", wh_error());
    exit((int)status);
}

/* Different words, evenly drawn: the first of a shuffled vocabulary. */
static void choose_words(void) {
    uint32_t total = wh_embed_words(wh_session_embed(session)), *ids;
    uint64_t state = 1;
    must_work(WH_ALLOC(ids, total));
    for (uint32_t i = 0; i < total; i++)
        ids[i] = i;
    count = total < WORDS ? total : WORDS;
    for (uint32_t i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint32_t other = i + (uint32_t)((state >> 33) % (total - i)), kept = ids[i];
        ids[i] = ids[other];
        ids[other] = kept;
        words[i] = ids[i];
    }
    free(ids);
}

static void row(const char *what, const char *published, double ours, double error) {
    printf("%-60s %11s %9.4g +- %.2g\n", what, published, ours, error);
}

/* ---- geometry ---- */

struct mean {
    double sum, squares;
    size_t count;
};

static void take(struct mean *mean, double value) {
    mean->sum += value;
    mean->squares += value * value;
    mean->count++;
}

static void mean_row(const char *what, const char *published, const struct mean *mean) {
    double n = (double)mean->count, middle = mean->sum / n;
    double variance = (mean->squares - n * middle * middle) / (n - 1);
    row(what, published, middle, 1.96 * sqrt(variance / n));
}

/* How much longer than to a its way to b is, along the line from a to b: what noise must make up
 * for, beyond the half distance to a, to put out b. */
static double gap(double to_a, double to_b, double between) {
    return (to_b * to_b - to_a * to_a) / (2 * between);
}

static void geometry(void) {
    const struct wh_near *near = wh_session_near(session);
    struct wh_neighbour list[NEIGHBOUR];
    struct mean half = {0}, second = {0}, far = {0};
    for (size_t i = 0; i < count; i++) {
        size_t found;
        must_work(wh_near_word(near, words[i], NEIGHBOUR, list, &found));
        if (found < NEIGHBOUR || !(list[0].distance > 0))
            continue;
        take(&half, list[0].distance / 2);
        take(&second, gap(list[0].distance, list[1].distance,
                          wh_near_distance(near, list[0].id, list[1].id)));
        take(&far, gap(list[0].distance, list[NEIGHBOUR - 1].distance,
                       wh_near_distance(near, list[0].id, list[NEIGHBOUR - 1].id)));
    }
    mean_row("half the distance to the nearest word", "1.410", &half);
    mean_row("(d2^2 - d1^2) / (2 d12)", "0.146", &second);
    mean_row("the same for ranks 1 and 101", "0.620", &far);
}

/* ---- mechanisms ---- */

/* False: not available on this embedding, as facts over all its pairs are not known. */
static bool measure(const char *mech, double epsilon, uint64_t trials,
                    struct wh_summary summaries[WH_QUANTITIES]) {
    struct wh_measure *measures;
    struct wh_measure_request request = {.words = words, .count = count, .trials = trials,
                                         .source = wh_session_source(session)};
    must_work(wh_mech_parse(mech, epsilon, &request.spec));
    must_work(WH_ALLOC(measures, count));
    enum wh_status status = wh_measure_words(session, &request, NULL, measures);
    if (status == WH_UNAVAILABLE) {
        free(measures);
        return false;
    }
    must_work(status);
    for (int q = 0; q < WH_QUANTITIES; q++)
        if (q != WH_SUPPORT)
            must_work(wh_measure_summary(measures, count, (enum wh_quantity)q, &summaries[q]));
    free(measures);
    return true;
}

static void percent_row(const char *what, const char *published, struct wh_interval share) {
    row(what, published, 100 * share.value, 50 * (share.hi - share.lo));
}

static void shares_unchanged(void) {
    static const struct {
        const char *what, *mech, *published;
        double epsilon;
    } rows[] = {
        {"laplace, epsilon 1: % unchanged", "laplace", "0.0 / 0.0", 1},
        {"laplace, epsilon 5: % unchanged", "laplace", "3.4 / 5.7", 5},
        {"laplace, epsilon 10: % unchanged", "laplace", "52.2 / 60.2", 10},
        {"mahalanobis, epsilon 5: % unchanged", "mahalanobis", "3.3 / 5.5", 5},
        {"mahalanobis, epsilon 10: % unchanged", "mahalanobis", "46.9 / 58.8", 10},
        {"vickrey, always the second (t = 1), epsilon 5: % unchanged", "vickrey:t=1", "2.0 / 2.8", 5},
        {"vickrey, always the second (t = 1), epsilon 10: % unchanged", "vickrey:t=1", "6.4 / 6.8",
         10},
        {"tem, epsilon 5: % unchanged", "tem", "77.5 / 93.6", 5},
        {"tem, epsilon 10: % unchanged", "tem", "99.9 / 99.8", 10},
    };
    struct wh_summary summaries[WH_QUANTITIES];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (measure(rows[i].mech, rows[i].epsilon, DRAWS, summaries))
            percent_row(rows[i].what, rows[i].published, summaries[WH_NW].mean);
        else
            printf("%-60s %11s %9s\n", rows[i].what, rows[i].published, "-");
    }
}

static void truncated_gumbel(void) {
    struct wh_summary summaries[WH_QUANTITIES];
    if (!measure("tgm", 50, 100, summaries))
        return;
    percent_row("tgm, epsilon 50 (published: 1): % unchanged", "28.0 / 29.8",
                summaries[WH_NW].mean);
    row("tgm, epsilon 50 (published: 1): distinct of 100 draws", "13.9 / 13.0",
        summaries[WH_SW].mean.value, 0);
}

static void bands(void) {
    double highest = 0, at = 0;
    printf("\nlaplace: rank of the output, %%     itself   1 to 100   beyond\n");
    for (int epsilon = 1; epsilon <= 30; epsilon++) {
        struct wh_summary summaries[WH_QUANTITIES];
        if (!measure("laplace", epsilon, DRAWS, summaries))
            return;
        double near = summaries[WH_NEAR10].mean.value + summaries[WH_NEAR100].mean.value;
        printf("    epsilon %2d                     %6.1f     %6.1f   %6.1f\n", epsilon,
               100 * summaries[WH_NW].mean.value, 100 * near, 100 * summaries[WH_FAR].mean.value);
        if (near > highest) {
            highest = near;
            at = epsilon;
        }
    }
    printf("ranks 1 to 100 are at most %.1f %% of the outputs, at epsilon %g\n", 100 * highest, at);
}

int main(int argc, char **argv) {
    struct wh_session_options options = {.seeded = true, .seed = 1};
    options.embed.path = argc > 1 ? argv[1] : NULL;
    must_work(wh_session_open(&options, &session));
    const struct wh_embed *embed = wh_session_embed(session);
    choose_words();
    printf("%s, %u words, %u dimensions; %zu of them drawn, %d draws each\n\n",
           wh_embed_name(embed), wh_embed_words(embed), wh_embed_dim(embed), count, DRAWS);
    printf("%-60s %11s %9s\n", "figure", "published", "here");
    geometry();
    shares_unchanged();
    if (wh_embed_words(embed) <= 100000) /* beyond, 50 is below its epsilon_min */
        truncated_gumbel();
    bands();
    wh_session_close(session);
    return 0;
}
