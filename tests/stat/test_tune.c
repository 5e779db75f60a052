/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_tune.c - measures against laws and simulations, answers of tune and match against fresh long
 * runs. Checks that compare samples allow 6 standard errors each (2e-9); fewer than 30 of them.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/attack.h"
#include "run/tune.h"
#include "tests/lib/fixture.h"

static struct wh_session *session;

static int open_all(void **state) {
    (void)state;
    const struct wh_session_options options = {
        .embed = {.limit = 2000}, .threads = 2, .seeded = true, .seed = 5};
    must(wh_session_open(&options, &session));
    must(wh_session_derive(session, NULL));
    return 0;
}

static int close_all(void **state) {
    (void)state;
    wh_session_close(session);
    return 0;
}

static struct wh_mech_spec parse(const char *text) {
    struct wh_mech_spec spec;
    must(wh_mech_parse(text, (double)NAN, &spec));
    return spec;
}

static uint32_t word(const char *text) {
    uint32_t id;
    must(wh_session_word(session, text, &id));
    return id;
}

static struct wh_measure measure(const char *mech, const char *text, uint64_t trials,
                                 uint64_t seed) {
    struct wh_measure result;
    struct wh_source source;
    const uint32_t id = word(text);
    wh_source_seed(&source, seed);
    const struct wh_measure_request request = {&id, 1, parse(mech), trials, &source, false};
    must(wh_measure_words(session, &request, NULL, &result));
    return result;
}

static void exact_measures_are_the_law(void **state) {
    (void)state;
    struct wh_law_result law;
    const struct wh_mech_spec spec = parse("exponential:epsilon=3");
    struct wh_measure at = measure("exponential:epsilon=3", "queen", 1000, 1);
    must(wh_run_law(session, word("queen"), &spec, 0, &law));
    assert_true(at.exact);
    assert_true(fabs(at.values[WH_NW].value - law.unchanged) < 1e-12);
    assert_true(fabs(at.values[WH_SUPPORT].value - exp(law.entropy)) < 1e-9);
    assert_true(fabs(at.values[WH_DISTANCE].value - law.mean_distance) < 1e-9);
    assert_true(fabs(at.values[WH_FAR].value - law.bands[WH_BAND_FAR]) < 1e-12);
    wh_law_result_close(&law);
}

/* ---- what an observer infers ---- */

static struct wh_interval bayes(const char *mech, const char *text, uint64_t trials) {
    struct wh_measure result;
    const uint32_t id = word(text);
    const struct wh_measure_request request = {
        &id, 1, parse(mech), trials, wh_session_source(session), true};
    must(wh_measure_words(session, &request, NULL, &result));
    return result.values[WH_BAYES];
}

/* The mean over ten words of the largest of their probabilities of each output, written out. */
static void observers_guess_as_bayes_does(void **state) {
    (void)state;
    const struct wh_near *near = wh_session_near(session);
    uint32_t words = wh_embed_words(wh_session_embed(session)), *ids;
    double *best = calloc(words, sizeof *best), success = 0;
    size_t count;
    must(wh_attack_near(session, word("queen"), WH_BAYES_CANDIDATES, &ids, &count));
    assert_int_equal(count, 10);
    assert_non_null(best);
    for (size_t i = 0; i < count; i++) {
        double sum = 0;
        for (uint32_t u = 0; u < words; u++)
            sum += exp(-1.5 * wh_near_distance(near, ids[i], u));
        for (uint32_t u = 0; u < words; u++)
            best[u] = fmax(best[u], exp(-1.5 * wh_near_distance(near, ids[i], u)) / sum);
    }
    for (uint32_t u = 0; u < words; u++)
        success += best[u] / 10;
    assert_true(fabs(bayes("exponential:epsilon=3", "queen", 0).value - success) < 1e-9);
    assert_true(success > 0.11 && success < 0.99);
    free(best);
    free(ids);
}

/* Without noise all guesses are right; with noise wider than the vocabulary one in ten is. 10,000
 * guesses have a standard error below 0.005. */
static void guesses_follow_the_noise(void **state) {
    (void)state;
    assert_true(bayes("laplace:epsilon=10000", "queen", 2000).value > 1 - 1e-12);
    assert_true(fabs(bayes("laplace:epsilon=0.001", "queen", 2000).value - 0.1) < 6 * 0.005);
    struct wh_interval some = bayes("laplace:epsilon=10", "queen", 2000);
    assert_true(some.lo < some.value && some.value < some.hi && some.value > 0.2);
}

/* The expected number of distinct words is what draws show. */
static void expected_distinct_is_seen(void **state) {
    (void)state;
    const struct wh_sim_request request = {
        .word = word("queen"), .spec = parse("exponential:epsilon=3"), .trials = 2000};
    struct wh_sim_result sim;
    struct wh_measure at = measure("exponential:epsilon=3", "queen", 2000, 1);
    must(wh_run_sim(session, &request, NULL, &sim));
    double expected = at.values[WH_SW].value;
    /* The variance of a count of distinct words is below its mean. */
    assert_true(fabs(sim.distinct_other - expected) < 6 * sqrt(expected));
    wh_sim_result_close(&sim);
}

/* The same trials as "sim", so the same counts. */
static void sampled_measures_are_the_simulation(void **state) {
    (void)state;
    const struct wh_sim_request request = {
        .word = word("king"), .spec = parse("laplace:epsilon=9"), .trials = 3000};
    struct wh_sim_result sim;
    struct wh_measure at = measure("laplace:epsilon=9", "king", 3000, 5);
    must(wh_run_sim(session, &request, NULL, &sim));
    assert_false(at.exact);
    assert_true(at.values[WH_NW].value == sim.unchanged.value);
    assert_true(at.values[WH_NW].lo == sim.unchanged.lo);
    assert_int_equal((uint32_t)at.values[WH_SW].value, sim.distinct_other);
    assert_true(fabs(at.values[WH_DISTANCE].value - sim.mean_distance.value) < 1e-9);
    wh_sim_result_close(&sim);
}

static void threads_do_not_matter(void **state) {
    (void)state;
    struct wh_session *one;
    struct wh_measure a[20], b[20];
    uint32_t ids[20];
    const struct wh_session_options options = {
        .embed = {.limit = 2000}, .threads = 1, .seeded = true, .seed = 5};
    must(wh_session_open(&options, &one));
    for (uint32_t i = 0; i < 20; i++)
        ids[i] = i * 31;
    const struct wh_measure_request request = {
        ids, 20, parse("laplace:epsilon=8"), 200, wh_session_source(session), true};
    must(wh_measure_words(session, &request, NULL, a));
    must(wh_measure_words(one, &request, NULL, b));
    assert_memory_equal(a, b, sizeof a);
    wh_session_close(one);
}

static void targets_are_parsed(void **state) {
    (void)state;
    struct wh_target target;
    must(wh_target_parse("nw<=0.5@95%", &target));
    assert_true(target.quantity == WH_NW && !target.at_least && target.bound == 0.5 &&
                fabs(target.share - 0.95) < 1e-15);
    must(wh_target_parse("sw>=10", &target));
    assert_true(target.quantity == WH_SW && target.at_least && target.share == 1);
    const char *const bad[] = {"nw",         "nw<0.5",       "nw<=", "xx<=1",   "nw<=0.5@",
                               "nw<=0.5@0%", "nw<=0.5@101%", "<=3",  "nw<=nan", "nw<=0.5@x%",
                               "",           "nw=<0.5"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(wh_target_parse(bad[i], &target), WH_USAGE);
}

static struct wh_tune_result tune(const char *mech, const uint32_t *ids, size_t count,
                                  const char *text) {
    struct wh_tune_result result;
    struct wh_target target;
    const struct wh_tune_request request = {ids,  count,       parse(mech),
                                            2000, (double)NAN, (double)NAN};
    must(wh_target_parse(text, &target));
    must(wh_run_tune(session, &request, &target, 1, NULL, &result));
    return result;
}

/* At the answer N_w is what was asked for, by a long run of its own. */
static void tuned_laplace_meets_its_target(void **state) {
    (void)state;
    char mech[64];
    const uint32_t id = word("queen");
    struct wh_tune_result result = tune("laplace", &id, 1, "nw<=0.5");
    assert_true(result.found && !result.exact);
    snprintf(mech, sizeof mech, "laplace:epsilon=%.17g", result.epsilon);
    struct wh_measure check = measure(mech, "queen", 20000, 77);
    /* 2000 draws decided: their standard error is 0.0112; the grid adds 0.3 % of epsilon. */
    assert_true(fabs(check.values[WH_NW].value - 0.5) < 6 * 0.0118 + 0.01);
    assert_int_equal(result.checks[0].binding, id);
}

static void tuned_laws_are_exact(void **state) {
    (void)state;
    uint32_t ids[40];
    for (uint32_t i = 0; i < 40; i++)
        ids[i] = 100 + i * 40;
    struct wh_tune_result result = tune("exponential", ids, 40, "nw<=0.5@90%");
    assert_true(result.found && result.exact);
    assert_true(result.checks[0].met >= 0.9);
    /* A little more epsilon breaks the target: 36 of 40 words meet it, and the binding one is near.
     */
    assert_true(result.checks[0].value.value > 0.48 && result.checks[0].value.value <= 0.5);
}

static void the_impossible_is_explained(void **state) {
    (void)state;
    const uint32_t id = word("queen");
    struct wh_tune_result result = tune("tgm", &id, 1, "nw<=0.01");
    assert_false(result.found);
    assert_non_null(strstr(result.reason, "nw<=0.01"));
}

static void matches_are_equal(void **state) {
    (void)state;
    const char *const mechs[] = {"laplace", "exponential", "tem"};
    const uint32_t id = word("king");
    for (size_t m = 0; m < 3; m++) {
        struct wh_match_result result;
        char mech[64];
        const struct wh_tune_request request = {&id,  1,           parse(mechs[m]),
                                                4000, (double)NAN, (double)NAN};
        must(wh_run_match(session, &request, WH_NW, 0.4, NULL, &result));
        assert_true(result.found);
        snprintf(mech, sizeof mech, "%s:epsilon=%.17g", mechs[m], result.epsilon);
        struct wh_measure check = measure(mech, "king", 20000, 99);
        /* 4000 draws: standard error 0.0077, and the long run's 0.0035. */
        assert_true(fabs(check.values[WH_NW].value - 0.4) < 6 * 0.0085 + 0.01);
    }
}

static void unreachable_values_are_told(void **state) {
    (void)state;
    struct wh_match_result result;
    const uint32_t id = word("king");
    const struct wh_tune_request request = {&id, 1, parse("tgm"), 100, (double)NAN, (double)NAN};
    must(wh_run_match(session, &request, WH_NW, 0.01, NULL, &result));
    assert_false(result.found);
    assert_true(result.reachable[0] > 0.01 && result.reachable[0] < result.reachable[1]);
}

static void support_needs_a_law(void **state) {
    (void)state;
    struct wh_match_result result;
    const uint32_t id = word("queen");
    const struct wh_tune_request request = {&id, 1,           parse("laplace"),
                                            100, (double)NAN, (double)NAN};
    assert_int_equal(wh_run_match(session, &request, WH_SUPPORT, 3, NULL, &result), WH_USAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_measures_are_the_law),
        cmocka_unit_test(observers_guess_as_bayes_does),
        cmocka_unit_test(guesses_follow_the_noise),
        cmocka_unit_test(support_needs_a_law),
        cmocka_unit_test(expected_distinct_is_seen),
        cmocka_unit_test(sampled_measures_are_the_simulation),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(targets_are_parsed),
        cmocka_unit_test(tuned_laplace_meets_its_target),
        cmocka_unit_test(tuned_laws_are_exact),
        cmocka_unit_test(the_impossible_is_explained),
        cmocka_unit_test(matches_are_equal),
        cmocka_unit_test(unreachable_values_are_told),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
