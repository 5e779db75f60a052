/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_laws.c - draws of 20 words against the exact laws: a million for truncated Gumbel and its
 * twins, for the others a hundred thousand, or with WH_LONG set in the environment ("make
 * check-long") a million too.
 *
 * Chi-square per word and mechanism at level 1e-9: with 160 of them and the broken twins this file
 * raises a false alarm with probability below 2e-7. The twins are the mistakes that other programs
 * make with truncated Gumbel; the same function that passes the mechanism must refuse each of them.
 */
#include <math.h>
#include <stdlib.h>

#include "mech/tgm.h"
#include "stat/stat.h"
#include "tests/lib/fixture.h"

#define TRIALS 1000000
#define FEWER  100000
#define LEVEL  1e-9

static const char *const words[] = {
    /* dense */ "monday",
    "january",
    "three",
    "four",
    "king",
    "paris",
    /* typical */ "queen",
    "hospital",
    "music",
    "river",
    "teacher",
    "brown",
    "garden",
    /* sparse */ "insulin",
    "the",
    "volcano",
    "chess",
    "apartheid",
    "tango",
    "qaeda",
};
#define WORDS (sizeof words / sizeof *words)

static struct fixture fixture;
static uint32_t outputs[TRIALS];

static int open_all(void **state) {
    (void)state;
    fixture_builtin(&fixture, 0);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static size_t fewer(void) {
    return getenv("WH_LONG") ? TRIALS : FEWER;
}

/* p-value of outputs under the law. */
static double agreement(const struct wh_law *law, size_t trials) {
    struct wh_hist hist;
    uint32_t words_total = wh_embed_words(fixture.embed);
    must(wh_hist_open(words_total, &hist));
    wh_hist_add(&hist, outputs, trials);
    uint64_t *observed = calloc(words_total, sizeof *observed);
    double *expected = calloc(words_total, sizeof *expected);
    assert_non_null(observed);
    assert_non_null(expected);
    uint64_t listed = 0;
    for (uint32_t i = 0; i < law->count; i++) {
        observed[i] = hist.counts[law->ids[i]];
        expected[i] = exp(law->log_p[i]);
        listed += observed[i];
    }
    assert_int_equal(listed, trials); /* nothing outside the support */
    double p = wh_stat_chi_square(observed, expected, law->count, trials, NULL);
    free(observed);
    free(expected);
    wh_hist_close(&hist);
    return p;
}

static void draw(const struct wh_site *site, uint64_t seed, size_t trials) {
    struct wh_source source;
    struct wh_lane lane;
    struct wh_scratch *scratch;
    wh_source_seed(&source, seed);
    wh_site_lane(site, &source, &lane);
    must(wh_scratch_open(&scratch));
    const struct wh_draws draws = {&lane, 0, trials, scratch};
    must(wh_site_draw(site, &draws, outputs));
    wh_scratch_close(scratch);
}

static void check_mechanism(const char *text, size_t trials) {
    struct wh_mechanism *mechanism = fixture_mechanism(&fixture, text);
    for (size_t w = 0; w < WORDS; w++) {
        struct wh_site *site;
        struct wh_law law;
        must(wh_site_open(mechanism, fixture_word(&fixture, words[w]), &site));
        must(wh_site_law(site, &law));
        assert_true(fabs(law.mass - 1) < 1e-9);
        draw(site, 1000 + w, trials);
        double p = agreement(&law, trials);
        if (p < LEVEL)
            fail_msg("%s at %s: p = %g", text, words[w], p);
        wh_law_close(&law);
        wh_site_close(site);
    }
    wh_mechanism_close(mechanism);
}

static void tgm_draws_follow_the_law(void **state) {
    (void)state;
    check_mechanism("tgm:epsilon=50", TRIALS);
}

static void small_noise_draws_follow_the_law(void **state) {
    (void)state;
    check_mechanism("tgm:noise-scale=1", fewer());
}

static void tgm_floor_draws_follow_the_law(void **state) {
    (void)state;
    check_mechanism("tgm-floor:epsilon=50:gamma=0.05", fewer());
}

static void exponential_draws_follow_the_law(void **state) {
    (void)state;
    check_mechanism("exponential:epsilon=8", fewer());
}

/* At epsilon 60 most outputs are more than 40 nats less likely than the word itself. */
static void closed_laws_are_drawn_from(void **state) {
    (void)state;
    check_mechanism("tem:epsilon=8", fewer());
    check_mechanism("tem:epsilon=60", fewer());
    check_mechanism("density:epsilon=8", fewer());
    check_mechanism("knn:epsilon=1:k=30", fewer());
}

/* ---- broken twins of truncated Gumbel ---- */

enum mistake { NONE, SQUARED_DISTANCES, ARGMAX, K_WITHOUT_THE_WORD };

static uint32_t broken_draw(const struct wh_tgm *tgm, const struct wh_tgm_site *site,
                            struct wh_rng *rng, enum mistake mistake) {
    uint32_t k = wh_poisson_sample(rng, &tgm->candidates), winner = 0;
    double best = HUGE_VAL;
    if (mistake == K_WITHOUT_THE_WORD && k < site->count)
        k++; /* K others and the word */
    for (uint32_t j = 0; j < k; j++) {
        double distance = site->distances[j];
        if (mistake == SQUARED_DISTANCES)
            distance *= distance;
        double score = distance + wh_gumbel_sample(rng, &tgm->gumbel);
        if (mistake == ARGMAX)
            score = -score;
        if (score < best) {
            best = score;
            winner = j;
        }
    }
    return site->ids[winner];
}

static double broken_agreement(enum mistake mistake) {
    struct wh_tgm tgm;
    struct wh_tgm_site site;
    struct wh_source source;
    struct wh_lane lane;
    struct wh_law law;
    double epsilon = 50;
    uint32_t word = fixture_word(&fixture, "queen");
    must(wh_tgm_open(fixture.near, &epsilon, (double)NAN, &tgm));
    must(wh_tgm_site_open(&tgm, word, &site));
    wh_source_seed(&source, 99);
    wh_lane_open(&source, "broken", (uint64_t)mistake, &lane);
    for (uint64_t t = 0; t < TRIALS; t++) {
        struct wh_rng rng;
        wh_rng_open(&lane, t, &rng);
        outputs[t] = broken_draw(&tgm, &site, &rng, mistake);
    }
    struct wh_mechanism *right = fixture_mechanism(&fixture, "tgm:epsilon=50");
    struct wh_site *right_site;
    must(wh_site_open(right, word, &right_site));
    must(wh_site_law(right_site, &law));
    double p = agreement(&law, TRIALS);
    wh_law_close(&law);
    wh_site_close(right_site);
    wh_mechanism_close(right);
    wh_tgm_site_close(&site);
    wh_tgm_close(&tgm);
    return p;
}

static void mistakes_are_caught(void **state) {
    (void)state;
    assert_true(broken_agreement(NONE) >= LEVEL);
    assert_true(broken_agreement(SQUARED_DISTANCES) < LEVEL);
    assert_true(broken_agreement(ARGMAX) < LEVEL);
    assert_true(broken_agreement(K_WITHOUT_THE_WORD) < LEVEL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tgm_draws_follow_the_law),
        cmocka_unit_test(small_noise_draws_follow_the_law),
        cmocka_unit_test(tgm_floor_draws_follow_the_law),
        cmocka_unit_test(exponential_draws_follow_the_law),
        cmocka_unit_test(closed_laws_are_drawn_from),
        cmocka_unit_test(mistakes_are_caught),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
