/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_audit_sampled.c - audits by draws: the right build is not refuted (cli/broken.sh has the
 * wrong one), bounds are right as often as they say, attacks agree with a closed form.
 *
 * The words stand on a line, one apart. Noise in one dimension has density (epsilon/2) e^{-epsilon
 * |x|}; for neighbouring words a, b the outputs on one side of both have a ratio of exactly
 * e^{epsilon d}: claims are as tight as can be, so that a wrong bound would show.
 *
 * Seeds are fixed. At level 1e-6, 1000 runs of a mechanism alarm falsely with probability at most
 * 1e-3 for any other seed; that the level itself is right is checked at 0.05, where 1000 runs give
 * more than 50 + 6 sqrt(1000 * 0.05 * 0.95) = 91 false alarms with probability below 1e-7 (binomial
 * tail). Other comparisons allow 6 standard errors (2e-9).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "run/attack.h"
#include "run/audit.h"
#include "tests/lib/fixture.h"

#define WORDS 10
#define RUNS  1000

static const char *file; /* the line of words */

static struct wh_session *open_session(uint64_t seed) {
    struct wh_session *session;
    const struct wh_session_options options = {
        .embed = {.path = file, .format = "glove"}, .threads = 1, .seeded = true, .seed = seed};
    must(wh_session_open(&options, &session));
    must(wh_session_derive(session, NULL));
    return session;
}

static int write_words(void **state) {
    (void)state;
    struct wh_buf text = {0};
    for (int i = 0; i < WORDS; i++)
        wh_buf_addf(&text, "w%d %d\n", i, i);
    file = strdup(fixture_file("line.txt", text.data, text.length));
    wh_buf_free(&text);
    return file ? 0 : -1;
}

static int remove_words(void **state) {
    (void)state;
    unlink(file);
    free((void *)(uintptr_t)file);
    return 0;
}

/* ---- audits ---- */

static const char *const mechs[] = {"laplace:epsilon=1", "mahalanobis:epsilon=1",
                                    "vickrey:epsilon=1", "laplace-rank:epsilon=1:c=10",
                                    "laplace-ball:epsilon=1:rho=8"};

static struct wh_audit_result audit(struct wh_session *session, const struct wh_mech_spec *spec,
                                    uint64_t trials, double level) {
    const struct wh_audit_pair pair = {4, 5};
    const struct wh_audit_request request = {.pairs = &pair,
                                             .count = 1,
                                             .spec = *spec,
                                             .trials = trials,
                                             .level = level,
                                             .claim = (double)NAN};
    struct wh_audit_result result;
    must(wh_run_audit(session, &request, NULL, NULL, &result));
    return result;
}

static struct wh_mech_spec parse(const char *text) {
    struct wh_mech_spec spec;
    must(wh_mech_parse(text, (double)NAN, &spec));
    return spec;
}

/* That every sampled mechanism with a claim is among those above. */
static void all_mechanisms_are_here(void **state) {
    (void)state;
    for (const struct wh_mech *const *mech = wh_mech_all(); *mech; mech++) {
        bool here = (*mech)->log_law != NULL || (*mech)->label == WH_LABEL_NONE ||
                    (*mech)->label == WH_LABEL_ASYMPTOTIC;
        for (size_t m = 0; m < sizeof mechs / sizeof *mechs; m++) {
            size_t length = strcspn(mechs[m], ":");
            here |= strlen((*mech)->name) == length && !memcmp((*mech)->name, mechs[m], length);
        }
        if (!here)
            fail_msg("%s is not audited here", (*mech)->name);
    }
}

/* Those without a claim go beyond epsilon * d, and it is seen. */
static void no_claims_are_contradicted(void **state) {
    (void)state;
    struct wh_session *session = open_session(12);
    struct wh_mech_spec spec = parse("vickrey:epsilon=1:exclude-input=1");
    struct wh_audit_result result = audit(session, &spec, 20000, 1e-6);
    assert_int_equal(result.verdict, WH_VERDICT_NO_CLAIM);
    assert_true(result.contradicted && result.finding.delta > 0);
    wh_session_close(session);
}

/* A dense place of twelve words beside a sparse one: noise that fits the place gives it away. */
static void local_noise_is_contradicted(void **state) {
    (void)state;
    struct wh_session *session;
    struct wh_buf text = {0};
    for (int i = 0; i < 12; i++)
        wh_buf_addf(&text, "dense%d %g\n", i, 0.01 * i);
    for (int i = 0; i < 12; i++)
        wh_buf_addf(&text, "sparse%d %d\n", i, 1 + 2 * i);
    const struct wh_session_options options = {
        .embed = {.path = fixture_file("local.txt", text.data, text.length), .format = "glove"},
        .seeded = true,
        .seed = 13};
    must(wh_session_open(&options, &session));
    must(wh_session_derive(session, NULL));
    const struct wh_audit_pair pair = {11, 12}; /* 0.89 apart */
    const struct wh_audit_request request = {.pairs = &pair,
                                             .count = 1,
                                             .spec = parse("laplace-local:epsilon=1"),
                                             .trials = 20000,
                                             .level = 1e-6,
                                             .claim = (double)NAN};
    struct wh_audit_result result;
    must(wh_run_audit(session, &request, NULL, NULL, &result));
    assert_int_equal(result.verdict, WH_VERDICT_NO_CLAIM);
    assert_true(result.contradicted);
    wh_session_close(session);
    unlink(options.embed.path);
    wh_buf_free(&text);
}

static void right_builds_are_not_refuted(void **state) {
    (void)state;
    size_t alarms[sizeof mechs / sizeof *mechs] = {0};
    for (uint64_t run = 0; run < RUNS; run++) {
        struct wh_session *session = open_session(1000 + run);
        for (size_t m = 0; m < sizeof mechs / sizeof *mechs; m++) {
            struct wh_mech_spec spec = parse(mechs[m]);
            if (audit(session, &spec, 600, 0.05).verdict == WH_VERDICT_NOT_REFUTED)
                continue; /* nor at 1e-6, whose bounds are wider */
            alarms[m]++;
            assert_int_equal(audit(session, &spec, 600, 1e-6).verdict, WH_VERDICT_NOT_REFUTED);
        }
        wh_session_close(session);
    }
    for (size_t m = 0; m < sizeof mechs / sizeof *mechs; m++) {
        print_message("# %s: %zu false alarms in %d runs at level 0.05\n", mechs[m], alarms[m],
                      RUNS);
        assert_true((double)alarms[m] <= RUNS * 0.05 + 6 * sqrt(RUNS * 0.05 * 0.95));
    }
}

/* A thousand equal outputs, drawn 2000 times for each of two words that are the same: on the half
 * that chose it, the set of outputs seems to tell them apart; on the other half it does not. */
static void the_other_half_decides(void **state) {
    (void)state;
    struct wh_halves sides[2];
    struct plain_rng rng = {99};
    struct wh_finding finding;
    const struct wh_claim claim = {0.5, 0};
    for (int side = 0; side < 2; side++) {
        must(wh_halves_open(1000, &sides[side]));
        wh_halves_clear(&sides[side], 4000);
        for (int half = 0; half < 2; half++)
            for (int i = 0; i < 2000; i++)
                sides[side].counts[half][(int)(plain_uniform(&rng) * 1000)]++;
    }
    must(wh_audit_sampled(&sides[0], &sides[1], 1000, claim, 1e-6, &finding));
    assert_int_equal(wh_audit_verdict(&finding, claim), WH_VERDICT_NOT_REFUTED);
    for (int side = 0; side < 2; side++)
        memcpy(sides[side].counts[1], sides[side].counts[0], 1000 * sizeof(uint64_t));
    must(wh_audit_sampled(&sides[0], &sides[1], 1000, claim, 1e-6, &finding));
    assert_int_equal(wh_audit_verdict(&finding, claim), WH_VERDICT_REFUTED);
    wh_halves_close(&sides[0]);
    wh_halves_close(&sides[1]);
}

/* ---- attacks ---- */

/* Mass of the cell of word u for noise around word w. */
static double cell(int w, int u, double epsilon) {
    double from = u == 0 ? -HUGE_VAL : u - 0.5 - w, to = u == WORDS - 1 ? HUGE_VAL : u + 0.5 - w;
    double below = from < 0 ? exp(epsilon * from) / 2 : 1 - exp(-epsilon * from) / 2;
    double above = to < 0 ? exp(epsilon * to) / 2 : 1 - exp(-epsilon * to) / 2;
    return above - below;
}

static double weight_of(int prior, int w) {
    return prior == WH_PRIOR_UNIFORM ? 1 : 1 / (w + 3.7);
}

static double best_success(int prior, double epsilon) {
    double total = 0, success = 0;
    for (int w = 0; w < WORDS; w++)
        total += weight_of(prior, w);
    for (int u = 0; u < WORDS; u++) {
        double best = 0;
        for (int w = 0; w < WORDS; w++)
            best = fmax(best, weight_of(prior, w) / total * cell(w, u, epsilon));
        success += best;
    }
    return success;
}

static struct wh_attack_result attack(uint64_t seed, const char *mech, uint64_t trials) {
    static const uint32_t words[WORDS] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct wh_session *session = open_session(seed);
    struct wh_attack_result result;
    const struct wh_attack_request request = {4, words, WORDS, parse(mech), trials, NULL};
    must(wh_run_attack(session, &request, NULL, &result));
    assert_false(result.exact);
    wh_session_close(session);
    return result;
}

static void check_attack(const char *mech, double epsilon) {
    const uint64_t trials = 40000;
    struct wh_attack_result result = attack(14, mech, trials);
    for (int prior = 0; prior < WH_PRIORS; prior++) {
        double evidence = 0, success = best_success(prior, epsilon);
        for (int w = 0; w < WORDS; w++)
            evidence += weight_of(prior, w) * cell(w, 4, epsilon);
        /* The guesser of 20000 draws a word is the best one, or as good. */
        assert_true(fabs(result.success[prior].value - success) < 0.01);
        assert_true(result.success[prior].lo <= success);
        for (size_t i = 0; i < result.count; i++) {
            const struct wh_attack_item *item = &result.items[i];
            double p = cell((int)item->word, 4, epsilon);
            double posterior = weight_of(prior, (int)item->word) * p / evidence;
            double error = sqrt(p * (1 - p) / (double)trials) / p; /* relative; others add less */
            assert_true(fabs(item->posterior[prior].value / posterior - 1) < 6 * 1.5 * error);
            assert_true(item->posterior[prior].lo < item->posterior[prior].value);
            assert_true(item->posterior[prior].hi > item->posterior[prior].value);
        }
    }
    wh_attack_result_close(&result);
}

/* At the smaller epsilon the prior decides many guesses. */
static void sampled_attacks_cover_the_truth(void **state) {
    (void)state;
    check_attack("laplace:epsilon=1", 1);
    check_attack("laplace:epsilon=0.05", 0.05);
}

/* With 10 draws a word and half, guesses are poor, and are not taken for better than they are: the
 * mean over 200 runs, whose standard error is below sqrt(0.25 / 100 / 200) = 0.0035, stays below
 * the best guesser's success by more than six of them. Tried on the draws that made it, a guesser
 * would seem better than the best. */
static void poor_guesses_are_not_flattered(void **state) {
    (void)state;
    const int runs = 200;
    double sum = 0;
    for (int run = 0; run < runs; run++) {
        struct wh_attack_result result = attack(8000 + (uint64_t)run, "laplace:epsilon=1", 20);
        sum += result.success[WH_PRIOR_UNIFORM].value;
        wh_attack_result_close(&result);
    }
    print_message("# mean success %.4f, of the best guesser %.4f\n", sum / runs,
                  best_success(WH_PRIOR_UNIFORM, 1));
    assert_true(sum / runs < best_success(WH_PRIOR_UNIFORM, 1) - 0.021);
}

/* Intervals of posterior and success cover the truth as often as they say: at 95 % in 200 runs, 180
 * are missed with probability below 1e-3 even if they covered no more than that; they cover more.
 */
static void intervals_cover(void **state) {
    (void)state;
    const uint32_t words[] = {3, 4, 5};
    int covered = 0, runs = 200;
    double truth = cell(4, 4, 1) / (cell(3, 4, 1) + cell(4, 4, 1) + cell(5, 4, 1));
    for (int run = 0; run < runs; run++) {
        struct wh_session *session = open_session(5000 + (uint64_t)run);
        struct wh_attack_result result;
        const struct wh_attack_request request = {4,   words, 3, parse("laplace:epsilon=1"),
                                                  400, NULL};
        must(wh_run_attack(session, &request, NULL, &result));
        for (size_t i = 0; i < 3; i++) {
            struct wh_interval posterior = result.items[i].posterior[WH_PRIOR_UNIFORM];
            if (result.items[i].word == 4)
                covered += posterior.lo <= truth && truth <= posterior.hi;
        }
        wh_attack_result_close(&result);
        wh_session_close(session);
    }
    print_message("# %d of %d intervals cover\n", covered, runs);
    assert_true(covered >= 180);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_mechanisms_are_here),
        cmocka_unit_test(no_claims_are_contradicted),
        cmocka_unit_test(local_noise_is_contradicted),
        cmocka_unit_test(right_builds_are_not_refuted),
        cmocka_unit_test(the_other_half_decides),
        cmocka_unit_test(sampled_attacks_cover_the_truth),
        cmocka_unit_test(poor_guesses_are_not_flattered),
        cmocka_unit_test(intervals_cover),
    };
    return cmocka_run_group_tests(tests, write_words, remove_words);
}
