/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_tgm_tail.c - the tails of truncated Gumbel as logarithms against the definition in long
 * double: with 300 words the smallest mass is about e^-900, which long double holds. Formulas of
 * the noise, quadrature and sums are this file's own.
 */
#include <math.h>
#include <stdlib.h>

#include "mech/tgm.h"
#include "tests/lib/fixture.h"

#define GAUSS 12

struct plain {
    long double bound, b, lambda;
    uint32_t words;
    double *distances;
    long double *pr; /* Pr[K = k + 1] */
    long double *p;  /* by rank */
};

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* With y = e^{-x/b}: F = (e^{-y} - e^{-B}) / (e^{-A} - e^{-B}). */
static long double survival(const struct plain *plain, long double x) {
    long double a = expl(-plain->bound / plain->b), y = expl(-x / plain->b);
    if (x <= -plain->bound)
        return 1;
    if (x >= plain->bound)
        return 0;
    return -expm1l(a - y) / -expm1l(a - expl(plain->bound / plain->b));
}

static long double density(const struct plain *plain, long double x) {
    long double a = expl(-plain->bound / plain->b), y = expl(-x / plain->b);
    if (x < -plain->bound || x > plain->bound)
        return 0;
    return y * expl(a - y) / plain->b / -expm1l(a - expl(plain->bound / plain->b));
}

/* Nodes of Gauss-Legendre by Newton's method on the Legendre polynomial. */
static void gauss(long double *x, long double *w) {
    for (int i = 0; i < GAUSS; i++) {
        long double t = cosl(acosl(-1) * (i + 0.75L) / (GAUSS + 0.5L)), slope = 1;
        for (int turn = 0; turn < 100; turn++) {
            long double before = 1, now = t;
            for (int n = 2; n <= GAUSS; n++) {
                long double after = ((2 * n - 1) * t * now - (n - 1) * before) / n;
                before = now;
                now = after;
            }
            slope = GAUSS * (t * now - before) / (t * t - 1);
            t -= now / slope;
        }
        x[i] = t;
        w[i] = 2 / ((1 - t * t) * slope * slope);
    }
}

/* Adds the integrand of every rank at x. */
static void add_node(struct plain *plain, long double x, long double weight) {
    long double suffix[512], product = 1, sum = 0;
    for (uint32_t i = 0; i < plain->words; i++) {
        product *= survival(plain, x - plain->distances[i]);
        suffix[i] = i ? plain->pr[i] * product : 0;
    }
    for (uint32_t j = plain->words; j-- > 0;) {
        sum += suffix[j];
        long double own = survival(plain, x - plain->distances[j]);
        if (own > 0)
            plain->p[j] += weight * density(plain, x - plain->distances[j]) / own * sum;
    }
}

/* Pieces between all points where a factor begins, cut until each is narrow. */
static void plain_law(struct plain *plain) {
    long double x[GAUSS], w[GAUSS], from = -plain->bound;
    long double total = 0, weight = 1;
    gauss(x, w);
    for (uint32_t k = 1; k <= plain->words; k++) {
        weight *= plain->lambda / k;
        total += plain->pr[k - 1] = weight;
    }
    for (uint32_t k = 0; k < plain->words; k++)
        plain->pr[k] /= total;
    plain->p[0] = plain->pr[0];
    for (uint32_t i = 1; i <= plain->words; i++) {
        long double to = i < plain->words ? plain->distances[i] - plain->bound : plain->bound;
        int parts = 1 + (int)ceill((to - from) / fminl(plain->b, plain->bound / 4) * 4);
        for (int part = 0; part < parts; part++) {
            long double low = from + (to - from) * part / parts;
            long double half = (to - from) / parts / 2;
            for (int node = 0; node < GAUSS; node++)
                add_node(plain, low + half + half * x[node], w[node] * half);
        }
        from = to;
    }
}

static void compare(uint32_t words, uint32_t dim, double b) {
    struct fixture fixture;
    struct wh_tgm tgm;
    double epsilon = (double)NAN;
    fixture_random(&fixture, words, dim, words + dim);
    must(wh_tgm_open(fixture.near, &epsilon, b, &tgm));
    struct plain plain = {.bound = tgm.delta_max, .b = b, .lambda = logl(words), .words = words};
    double *log_p = calloc(words, sizeof *log_p);
    uint32_t *ranks = calloc(words, sizeof *ranks);
    plain.distances = calloc(words, sizeof *plain.distances);
    plain.pr = calloc(words, sizeof *plain.pr);
    plain.p = calloc(words, sizeof *plain.p);
    wh_near_distances(fixture.near, words / 2, plain.distances);
    qsort(plain.distances, words, sizeof *plain.distances, ascending);
    must(wh_near_ranks(fixture.near, words / 2, ranks));
    plain_law(&plain);
    must(wh_tgm_log_law(&tgm, words / 2, WH_TAILS_FULL, log_p));
    double worst = 0;
    for (uint32_t u = 0; u < words; u++) {
        double expected = (double)logl(plain.p[ranks[u]]);
        assert_true(isfinite(expected));
        if (!(fabs(log_p[u] - expected) <= 1e-7))
            fail_msg("%u words, b = %g, rank %u: %.12g, plain %.12g", words, b, ranks[u], log_p[u],
                     expected);
        worst = fmax(worst, fabs(log_p[u] - expected));
    }
    print_message("# %u words, %u-d, b = %g: largest error of ln P %.2g\n", words, dim, b, worst);
    free(log_p);
    free(ranks);
    free(plain.distances);
    free(plain.pr);
    free(plain.p);
    wh_tgm_close(&tgm);
    fixture_close(&fixture);
}

static void tails_agree(void **state) {
    (void)state;
    const double scales[] = {0.3, 1, 3, 20, 1e4};
    for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
        compare(300, 3, scales[s]);
        compare(30, 2, scales[s]);
    }
    compare(2, 1, 1);
    compare(3, 2, 0.5);
    compare(300, 1, 2);
}

/* On 20,000 words: finite everywhere, the table's figures kept, and close to the Poisson tail. */
static void the_whole_vocabulary(void **state) {
    (void)state;
    struct fixture fixture;
    struct wh_tgm tgm;
    double epsilon = 50, sum = 0;
    fixture_builtin(&fixture, 0);
    uint32_t words = wh_embed_words(fixture.embed), word = fixture_word(&fixture, "paris");
    double *full = calloc(words, sizeof *full), *cut = calloc(words, sizeof *cut);
    uint32_t *ranks = calloc(words, sizeof *ranks);
    must(wh_tgm_open(fixture.near, &epsilon, (double)NAN, &tgm));
    must(wh_tgm_log_law(&tgm, word, WH_TAILS_FULL, full));
    must(wh_tgm_log_law(&tgm, word, WH_TAILS_CUT, cut));
    must(wh_near_ranks(fixture.near, word, ranks));
    for (uint32_t u = 0; u < words; u++) {
        assert_true(isfinite(full[u]));
        assert_true(full[u] <= wh_poisson_log_tail(&tgm.candidates, ranks[u] + 1));
        /* given K = rank + 1, a word has at least the chance of the least noise of all */
        assert_true(full[u] > wh_poisson_log_p(&tgm.candidates, ranks[u] + 1) -
                                  2.0 * (1 + tgm.delta_max / tgm.b) * (ranks[u] + 1));
        if (cut[u] > log(1e-7))
            assert_true(fabs(cut[u] - full[u]) < 1e-6);
        sum += exp(full[u]);
    }
    assert_true(fabs(sum - 1) < 1e-9);
    free(full);
    free(cut);
    free(ranks);
    wh_tgm_close(&tgm);
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tails_agree),
        cmocka_unit_test(the_whole_vocabulary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
