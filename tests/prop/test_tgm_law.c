/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_tgm_law.c - the exact law of truncated Gumbel against two other computations: the formula
 * for each K by itself with adaptive quadrature and plain products, and the closed form for two
 * words.
 */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>

#include "mech/tgm.h"
#include "tests/lib/fixture.h"

struct integrand {
    const struct wh_tgm *tgm;
    const struct wh_tgm_site *site;
    uint32_t j, k;
};

/* f(x - d_j) prod_{i != j, i <= K} (1 - F(x - d_i)), straight from the definition. */
static double integrand(double x, void *context) {
    const struct integrand *at = context;
    const struct wh_gumbel *noise = &at->tgm->gumbel;
    double value = exp(wh_gumbel_log_pdf(noise, x - at->site->distances[at->j]));
    for (uint32_t i = 0; i < at->k; i++)
        if (i != at->j)
            value *= 1 - wh_gumbel_cdf(noise, x - at->site->distances[i]);
    return value;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* P(u_j | K) by QUADPACK between all points where a factor begins or ends. */
static double conditional(const struct wh_tgm *tgm, const struct wh_tgm_site *site, uint32_t j,
                          uint32_t k, gsl_integration_workspace *space) {
    struct integrand at = {tgm, site, j, k};
    gsl_function function = {integrand, &at};
    double points[256], sum = 0, low = site->distances[j] - tgm->delta_max;
    size_t count = 0;
    points[count++] = low;
    for (uint32_t i = 0; i < k; i++)
        points[count++] = fmin(tgm->delta_max, fmax(low, site->distances[i] - tgm->delta_max));
    points[count++] = tgm->delta_max;
    for (int cut = -6; cut < 40; cut++) /* the density is narrow when b is small */
        points[count++] = fmin(tgm->delta_max, fmax(low, cut * tgm->b));
    qsort(points, count, sizeof *points, ascending);
    for (size_t i = 0; i + 1 < count; i++) {
        double part = 0, error;
        if (points[i + 1] > points[i])
            gsl_integration_qag(&function, points[i], points[i + 1], 1e-14, 1e-10, 200,
                                GSL_INTEG_GAUSS21, space, &part, &error);
        sum += part;
    }
    return sum;
}

static double plain_law(const struct wh_tgm *tgm, const struct wh_tgm_site *site, uint32_t j,
                        gsl_integration_workspace *space) {
    double sum = j == 0 ? tgm->candidates.p[0] : 0;
    for (uint32_t k = j + 1 < 2 ? 2 : j + 1; k <= site->count; k++)
        if (tgm->candidates.p[k - 1] > 1e-14)
            sum += tgm->candidates.p[k - 1] * conditional(tgm, site, j, k, space);
    return sum;
}

static void compare(const struct fixture *fixture, uint32_t word, double scale, uint32_t outputs) {
    struct wh_tgm tgm;
    struct wh_tgm_site site;
    double epsilon = (double)NAN, sum = 0;
    gsl_integration_workspace *space = gsl_integration_workspace_alloc(200);
    must(wh_tgm_open(fixture->near, &epsilon, scale, &tgm));
    must(wh_tgm_site_open(&tgm, word, &site));
    double *p = calloc(site.count, sizeof *p);
    assert_non_null(p);
    must(wh_tgm_law(&tgm, &site, p));
    for (uint32_t j = site.count; j-- > 0;)
        sum += p[j];
    assert_true(fabs(sum - 1) < 1e-9);
    for (uint32_t j = 0; j < site.count && j < outputs; j++) {
        double plain = plain_law(&tgm, &site, j, space);
        if (fabs(p[j] - plain) > 1e-9)
            fail_msg("b = %g, output %u: %.12g, plain %.12g", scale, j, p[j], plain);
    }
    free(p);
    gsl_integration_workspace_free(space);
    wh_tgm_site_close(&site);
    wh_tgm_close(&tgm);
}

static void small_vocabularies_agree(void **state) {
    (void)state;
    const double scales[] = {0.01, 0.3, 2, 30, 1e4};
    gsl_set_error_handler_off();
    for (uint32_t words = 2; words <= 60; words = words < 5 ? words + 1 : words * 2) {
        struct fixture fixture;
        fixture_random(&fixture, words, 1 + words % 5, words);
        for (size_t s = 0; s < sizeof scales / sizeof *scales; s++)
            compare(&fixture, words / 2, scales[s], 6);
        fixture_close(&fixture);
    }
}

static void real_words_agree(void **state) {
    (void)state;
    struct fixture fixture;
    gsl_set_error_handler_off();
    fixture_builtin(&fixture, 0);
    compare(&fixture, fixture_word(&fixture, "queen"), 32.2178, 4);
    compare(&fixture, fixture_word(&fixture, "monday"), 0.2, 3);
    compare(&fixture, fixture_word(&fixture, "insulin"), 3, 3);
    fixture_close(&fixture);
}

/* Two words, noise so wide that it is uniform on [-D, D]: with t = d / (2 D) the chance that the
 * far word wins is (1 - t)^2 / 2 given K = 2. */
static void two_words_have_a_closed_form(void **state) {
    (void)state;
    const float rows[] = {0, 3};
    struct fixture fixture;
    struct wh_tgm tgm;
    struct wh_tgm_site site;
    double p[2], epsilon = (double)NAN;
    fixture_vectors(&fixture, rows, 2, 1);
    must(wh_tgm_open(fixture.near, &epsilon, 1e8, &tgm));
    must(wh_tgm_site_open(&tgm, 0, &site));
    must(wh_tgm_law(&tgm, &site, p));
    /* The only distance is D itself, so t = 1/2; Pr[K = 2] = (l/2) / (1 + l/2), l = ln 2. */
    double pair = log(2) / 2 / (1 + log(2) / 2);
    assert_true(fabs(p[1] - pair * 0.125) < 1e-7);
    assert_true(fabs(p[0] + p[1] - 1) < 1e-12);
    wh_tgm_site_close(&site);
    wh_tgm_close(&tgm);
    fixture_close(&fixture);
}

/* A draw decides by bounds where it can, its explanation computes every score: the same word. */
static void draws_are_those_of_the_exact_scores(void **state) {
    (void)state;
    const double scales[] = {1e-3, 0.1, 1, 32.2178, 1e3, 1e8};
    struct fixture fixture;
    fixture_builtin(&fixture, 0);
    for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
        const char *const words[] = {"queen", "monday", "the"};
        struct wh_tgm tgm;
        double epsilon = (double)NAN;
        must(wh_tgm_open(fixture.near, &epsilon, scales[s], &tgm));
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            struct wh_tgm_site site;
            struct wh_source source;
            struct wh_lane lane;
            struct wh_rng rng;
            must(wh_tgm_site_open(&tgm, fixture_word(&fixture, words[w]), &site));
            wh_source_seed(&source, s);
            wh_lane_open(&source, "test", w, &lane);
            for (uint64_t trial = 0; trial < 50000; trial++) {
                struct wh_trace trace = {0};
                wh_rng_open(&lane, trial, &rng);
                uint32_t drawn = wh_tgm_draw(&tgm, &site, &rng);
                wh_rng_open(&lane, trial, &rng);
                wh_tgm_trace(&tgm, &site, &rng, &trace);
                assert_int_equal(drawn, trace.output);
            }
            wh_tgm_site_close(&site);
        }
        wh_tgm_close(&tgm);
    }
    fixture_close(&fixture);
}

/* The law hardly moves with epsilon: it is true, and it surprises people. */
static void epsilon_hardly_matters(void **state) {
    (void)state;
    struct fixture fixture;
    double unchanged[2];
    const double epsilons[] = {45, 200};
    fixture_builtin(&fixture, 0);
    for (int e = 0; e < 2; e++) {
        struct wh_tgm tgm;
        struct wh_tgm_site site;
        double p[128], epsilon = epsilons[e];
        must(wh_tgm_open(fixture.near, &epsilon, (double)NAN, &tgm));
        must(wh_tgm_site_open(&tgm, fixture_word(&fixture, "queen"), &site));
        must(wh_tgm_law(&tgm, &site, p));
        unchanged[e] = p[0];
        wh_tgm_site_close(&site);
        wh_tgm_close(&tgm);
    }
    assert_true(unchanged[0] > 0.18 && unchanged[1] < 0.30 && unchanged[1] > unchanged[0]);
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_vocabularies_agree),
        cmocka_unit_test(real_words_agree),
        cmocka_unit_test(two_words_have_a_closed_form),
        cmocka_unit_test(draws_are_those_of_the_exact_scores),
        cmocka_unit_test(epsilon_hardly_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
