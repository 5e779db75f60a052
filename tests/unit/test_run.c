/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests and results: what is computed by one path is compared with another. */
#include "tests/lib/fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/run_private.h"

static struct wh_session *open_session(int threads, bool seeded) {
    struct wh_session *session = NULL;
    const struct wh_session_options options = {.threads = threads, .seeded = seeded, .seed = 11};
    must(wh_session_open(&options, &session));
    return session;
}

static struct wh_session *open_text(const char *text) {
    struct wh_session *session = NULL;
    const struct wh_session_options options = {
        .embed.path = fixture_file("words.txt", text, strlen(text)), .threads = 1, .seeded = true};
    must(wh_session_open(&options, &session));
    return session;
}

static uint32_t word_of(const struct wh_session *session, const char *text) {
    uint32_t word;
    must(wh_session_word(session, text, &word));
    return word;
}

static struct wh_sim_result simulate(const struct wh_session *session, uint32_t word,
                                     const char *mech, uint64_t trials) {
    struct wh_sim_result result;
    struct wh_sim_request request = {.word = word, .trials = trials, .exact = true};
    must(wh_mech_parse(mech, NAN, &request.spec));
    must(wh_run_sim(session, &request, NULL, &result));
    return result;
}

static bool close_to(double a, double b, double tolerance) {
    return fabs(a - b) <= tolerance;
}

/* ---- words ---- */

static void test_words(void **state) {
    (void)state;
    struct wh_session *session =
        open_text("queen 1 0\nking 0 1\nquin 1 1\nQueens 2 2\nqueens 2 1\n");
    uint32_t word;
    assert_int_equal(word_of(session, "queen"), 0);
    assert_int_equal(word_of(session, "QUEEN"), 0);
    assert_int_equal(word_of(session, "Queens"), 3);
    assert_int_equal(wh_session_word(session, "queem", &word), WH_NO);
    assert_string_equal(wh_error(), "unknown word 'queem'; near: queen, queens");
    assert_int_equal(wh_session_word(session, "zz\x1b[2Jzzzz", &word), WH_NO);
    assert_null(strchr(wh_error(), '\x1b'));
    wh_session_close(session);
}

/* ---- sampling ---- */

static void same_results(const struct wh_sim_result *a, const struct wh_sim_result *b) {
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->distinct, b->distinct);
    assert_memory_equal(&a->unchanged, &b->unchanged, sizeof a->unchanged);
    assert_memory_equal(&a->mean_distance, &b->mean_distance, sizeof a->mean_distance);
    assert_memory_equal(a->bands, b->bands, sizeof a->bands);
    for (uint32_t i = 0; i < a->count; i++)
        assert_memory_equal(&a->items[i], &b->items[i], sizeof a->items[i]);
}

static void test_threads_do_not_matter(void **state) {
    (void)state;
    const char *const mechs[] = {"laplace:epsilon=6", "tgm:epsilon=50", "exponential:epsilon=3"};
    for (int m = 0; m < 3; m++) {
        struct wh_sim_result results[3];
        for (int threads = 1; threads <= 3; threads++) {
            struct wh_session *session = open_session(threads, true);
            results[threads - 1] = simulate(session, 500, mechs[m], 5003);
            wh_session_close(session);
        }
        same_results(&results[0], &results[1]);
        same_results(&results[0], &results[2]);
        for (int i = 0; i < 3; i++)
            wh_sim_result_close(&results[i]);
    }
}

static void test_runs_without_a_seed_differ(void **state) {
    (void)state;
    uint32_t distinct[2];
    uint64_t first[2];
    for (int i = 0; i < 2; i++) {
        struct wh_session *session = open_session(1, false);
        struct wh_sim_result result = simulate(session, 500, "laplace:epsilon=6", 5003);
        assert_false(result.seeded);
        distinct[i] = result.distinct;
        first[i] = result.items[0].count;
        wh_sim_result_close(&result);
        wh_session_close(session);
    }
    /* Some 2,000 different outputs: both numbers agree by chance once in about 5,000 times. */
    assert_true(distinct[0] != distinct[1] || first[0] != first[1]);
}

/* Every draw traced one by one gives the counts of sampling. */
static void check_traces(const struct wh_session *session, const char *mech) {
    enum { TRIALS = 120 };
    struct wh_sim_result result = simulate(session, 77, mech, TRIALS);
    uint32_t outputs[TRIALS];
    double sum = 0;
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        struct wh_trace_result trace;
        must(wh_run_trace(session, 77, &result.mech.spec, trial, NULL, &trace));
        outputs[trial] = trace.trace.output;
        sum += trace.output_distance;
        assert_int_equal(trace.output_rank,
                         wh_near_rank(wh_session_near(session), 77, trace.trace.output));
        assert_true((trace.point != NULL) == result.mech.spec.mech->vector_noise);
        wh_trace_result_close(&trace);
    }
    assert_true(close_to(sum / TRIALS, result.mean_distance.value, 1e-9));
    for (uint32_t i = 0; i < result.count; i++) {
        uint64_t seen = 0;
        for (int trial = 0; trial < TRIALS; trial++)
            seen += outputs[trial] == result.items[i].id;
        assert_int_equal(seen, result.items[i].count);
    }
    wh_sim_result_close(&result);
}

static void test_traces_are_the_draws(void **state) {
    (void)state;
    struct wh_session *session = open_session(2, true);
    check_traces(session, "laplace:epsilon=8");
    check_traces(session, "tgm:epsilon=50");
    check_traces(session, "tgm-floor:epsilon=50");
    check_traces(session, "exponential:epsilon=4");
    wh_session_close(session);
}

/* All figures of a result from its own items. */
static void test_figures_add_up(void **state) {
    (void)state;
    struct wh_session *session = open_session(2, true);
    uint32_t word = word_of(session, "queen");
    struct wh_sim_result result = simulate(session, word, "laplace:epsilon=7", 4000);
    uint64_t total = 0, bands[WH_BAND_COUNT] = {0}, unchanged = 0;
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < result.count; i++) {
        const struct wh_sim_item *item = &result.items[i];
        total += item->count;
        bands[wh_band_of(item->rank)] += item->count;
        unchanged += item->id == word ? item->count : 0;
        sum += (double)item->count * item->distance;
        squares += (double)item->count * item->distance * item->distance;
        assert_true(item->distance == wh_near_distance(wh_session_near(session), word, item->id));
        assert_true(item->p.lo <= item->p.value && item->p.value <= item->p.hi);
        if (i > 0)
            assert_true(item[-1].count > item->count ||
                        (item[-1].count == item->count && item[-1].id < item->id));
    }
    struct wh_interval mean = wh_stat_mean(sum, squares, 4000, 0.05);
    assert_true(close_to(mean.value, result.mean_distance.value, 1e-12));
    assert_true(close_to(mean.lo, result.mean_distance.lo, 1e-12));
    assert_true(close_to(mean.hi, result.mean_distance.hi, 1e-12));
    assert_int_equal(total, 4000);
    assert_int_equal(result.distinct, result.count);
    assert_int_equal(result.distinct_other, result.count - 1);
    assert_true(result.unchanged.value == (double)unchanged / 4000);
    for (int band = 0; band < WH_BAND_COUNT; band++)
        assert_true(result.bands[band].value == (double)bands[band] / 4000);
    wh_sim_result_close(&result);
    wh_session_close(session);
}

static void test_few_items_are_the_first(void **state) {
    (void)state;
    struct wh_session *session = open_session(2, true);
    struct wh_sim_result all = simulate(session, 9, "tgm", 3000), few, copy;
    const struct wh_sim_request request = {
        .word = 9, .spec = all.mech.spec, .trials = 3000, .max_items = 3, .exact = true};
    must(wh_run_sim(session, &request, NULL, &few));
    assert_int_equal(few.count, 3);
    assert_int_equal(few.distinct, all.distinct);
    assert_memory_equal(few.items, all.items, 3 * sizeof *few.items);
    must(wh_sim_result_copy(&copy, &few));
    same_results(&copy, &few);
    wh_sim_result_close(&copy);
    wh_sim_result_close(&few);
    wh_sim_result_close(&all);
    wh_session_close(session);
}

static void test_cancelling(void **state) {
    (void)state;
    struct wh_session *session = open_session(2, true);
    struct wh_token token = {.cancelled = true};
    struct wh_sim_result result;
    struct wh_sim_request request = {.word = 9, .trials = 1000000000};
    must(wh_mech_parse("laplace", NAN, &request.spec));
    assert_int_equal(wh_run_sim(session, &request, &token, &result), WH_CANCELLED);
    wh_session_close(session);
}

/* ---- rankings ---- */

static void check_ranking(const struct wh_session *session, uint32_t word) {
    const struct wh_near *near = wh_session_near(session);
    uint32_t words = wh_embed_words(wh_session_embed(session));
    uint32_t *ranks = calloc(words, sizeof *ranks);
    struct wh_ranking ranking;
    must(wh_ranking_open(near, word, &ranking));
    must(wh_near_ranks(near, word, ranks));
    assert_memory_equal(ranking.ranks, ranks, words * sizeof *ranks);
    for (uint32_t id = 0; id < words; id += 97)
        assert_true(ranking.distances[id] == wh_near_distance(near, word, id));
    wh_ranking_close(&ranking);
    free(ranks);
}

static void test_rankings(void **state) {
    (void)state;
    struct wh_session *session = open_session(1, true);
    for (uint32_t word = 0; word < 20000; word += 3001)
        check_ranking(session, word);
    wh_session_close(session);
    session = open_text("a 1 0\nb 1 0\nc 0 1\nd 5 5\ne 2 1\nf 1 0\ng 2 -1\n"); /* twins and ties */
    for (uint32_t word = 0; word < 7; word++)
        check_ranking(session, word);
    wh_session_close(session);
    session = open_text("alone 1 2\n");
    check_ranking(session, 0);
    wh_session_close(session);
}

/* ---- laws ---- */

static void check_law(const struct wh_session *session, const char *text, double min_p) {
    struct wh_law_result result;
    struct wh_mech_spec spec;
    uint32_t word = word_of(session, "queen"), words = wh_embed_words(wh_session_embed(session));
    const struct wh_near *near = wh_session_near(session);
    double mass = 0, mean = 0, entropy = 0, bands[WH_BAND_COUNT] = {0};
    uint32_t listed = 0;
    must(wh_mech_parse(text, NAN, &spec));
    must(wh_run_law(session, word, &spec, min_p, &result));
    for (uint32_t rank = 0; rank < words; rank++) {
        bool in_law = rank < result.law.count;
        double p = exp(in_law ? result.law.log_p[rank] : result.law.rest_log_p);
        mass += p;
        entropy -= p > 0 ? p * log(p) : 0;
        bands[wh_band_of(rank)] += p;
        listed += p > 0 && p >= min_p;
    }
    for (uint32_t id = 0; id < words; id++)
        mean += wh_law_p(&result.law, id) * wh_near_distance(near, word, id);
    assert_true(close_to(mass, 1, 1e-9) && close_to(result.mass, 1, 1e-9));
    assert_true(close_to(entropy, result.entropy, 1e-9));
    assert_true(close_to(mean, result.mean_distance, 1e-9));
    assert_true(close_to(wh_law_p(&result.law, word), result.unchanged, 1e-15));
    for (int band = 0; band < WH_BAND_COUNT; band++)
        assert_true(close_to(bands[band], result.bands[band], 1e-9));
    assert_int_equal(result.count, listed);
    for (uint32_t i = 0; i < result.count; i++) {
        const struct wh_law_item *item = &result.items[i];
        assert_true(close_to(item->p, wh_law_p(&result.law, item->id), 1e-15));
        assert_true(i == 0 || item[-1].p >= item->p);
    }
    wh_law_result_close(&result);
}

static void test_laws(void **state) {
    (void)state;
    struct wh_session *session = NULL;
    const struct wh_session_options options = {.embed.limit = 3000, .threads = 2, .seeded = true};
    must(wh_session_open(&options, &session));
    must(wh_session_derive(session, NULL));
    check_law(session, "tgm:noise-scale=20", 1e-6);
    check_law(session, "tgm-floor:noise-scale=20", 1e-6);
    check_law(session, "tgm-floor:noise-scale=20:gamma=0.01", 0); /* the floor lists every word */
    check_law(session, "exponential:epsilon=3", 1e-4);
    struct wh_law_result result;
    struct wh_mech_spec spec;
    must(wh_mech_parse("laplace", NAN, &spec));
    assert_int_equal(wh_run_law(session, 0, &spec, 0, &result), WH_UNAVAILABLE);
    wh_session_close(session);
}

/* A law that lists two words of five and gives the others 0.1 each. */
static void test_law_with_a_rest(void **state) {
    (void)state;
    uint32_t ids[] = {2, 0}, ranks[] = {1, 4, 0, 2, 3};
    double distances[] = {1, 9, 0, 3, 5}, listed[] = {0, 1}, log_p[] = {log(0.5), log(0.2)};
    const struct wh_ranking ranking = {2, 5, ranks, distances};
    const struct wh_law law = {2, ids, listed, log_p, 3, log(0.1), 1};
    struct wh_law_figures figures;
    wh_law_figures_take(&law, &ranking, &figures);
    assert_true(close_to(figures.unchanged, 0.5, 1e-15));
    assert_true(close_to(figures.mean_distance, 0.2 * 1 + 0.1 * (9 + 3 + 5), 1e-14));
    assert_true(
        close_to(figures.entropy, -0.5 * log(0.5) - 0.2 * log(0.2) - 3 * 0.1 * log(0.1), 1e-14));
    assert_true(close_to(figures.bands[WH_BAND_NEAR10], 0.5, 1e-14));
    assert_true(close_to(exp(wh_law_log_p_at(&law, 4)), 0.1, 1e-15));
}

static void test_exact_stands_beside_sampled(void **state) {
    (void)state;
    struct wh_session *session = open_session(2, true);
    struct wh_sim_result result = simulate(session, 30, "tgm", 20000);
    struct wh_law_result law;
    must(wh_run_law(session, 30, &result.mech.spec, 0, &law));
    assert_true(result.unchanged_exact == law.unchanged);
    assert_true(result.mean_distance_exact == law.mean_distance);
    for (uint32_t i = 0; i < result.count; i++)
        assert_true(close_to(result.items[i].exact, wh_law_p(&law.law, result.items[i].id), 1e-15));
    wh_law_result_close(&law);
    wh_sim_result_close(&result);
    result = simulate(session, 30, "laplace", 100);
    assert_true(result.unchanged_exact != result.unchanged_exact); /* NAN: there is no law */
    wh_sim_result_close(&result);
    wh_session_close(session);
}

/* ---- places ---- */

static void test_place_and_copy(void **state) {
    (void)state;
    struct wh_session *session = open_session(1, true);
    struct wh_place place, copy;
    must(wh_run_place(session, 40, WH_MAP_PCA, 30, &place));
    must(wh_place_copy(&copy, &place));
    assert_int_equal(copy.near.count, 30);
    assert_int_equal(copy.picture.count, 31);
    assert_ptr_not_equal(copy.picture.points, place.picture.points);
    assert_memory_equal(copy.near.items, place.near.items, 30 * sizeof *copy.near.items);
    assert_memory_equal(copy.picture.points, place.picture.points,
                        31 * sizeof *copy.picture.points);
    assert_memory_equal(copy.picture.axes, place.picture.axes, 300 * sizeof(double));
    assert_memory_equal(copy.picture.center, place.picture.center, 100 * sizeof(double));
    wh_place_close(&place);
    wh_place_close(&copy);
    wh_session_close(session);
}

static void test_density_profile(void **state) {
    (void)state;
    struct wh_session *session = open_session(1, true);
    const struct wh_embed *embed = wh_session_embed(session);
    const double *radius = wh_embed_derived(embed)->radius;
    struct wh_density_profile profile;
    double counts[16] = {0}, largest = 0;
    must(wh_run_density_profile(session, 16, &profile));
    for (uint32_t id = 0; id < wh_embed_words(embed); id++) {
        double at = 16 * log(radius[id] / profile.low) / log(profile.high / profile.low);
        counts[at < 16 ? (int)at : 15]++;
        assert_true(radius[id] >= profile.low && radius[id] <= profile.high);
    }
    for (int bin = 0; bin < 16; bin++)
        largest = fmax(largest, counts[bin]);
    for (int bin = 0; bin < 16; bin++)
        assert_true(close_to(profile.shares[bin], counts[bin] / largest, 1e-12));
    wh_density_profile_close(&profile);
    wh_session_close(session);
}

/* ---- defaults ---- */

/* At the default about half of the draws leave the word alone, by trials it has not seen. The grid
 * has steps of a quarter and the search sees 192 draws, so "about" is wide. */
static void test_default_epsilon_halves(void **state) {
    (void)state;
    struct wh_session *session = open_session(2, true);
    const char *const words[] = {"queen", "monday", "insulin", "the", "paris", "gmina"};
    for (int w = 0; w < 6; w++) {
        uint32_t word = word_of(session, words[w]);
        double epsilon, again;
        char text[64];
        must(wh_run_default_epsilon(session, word, wh_mech_find("laplace"), &epsilon));
        must(wh_run_default_epsilon(session, word, wh_mech_find("laplace"), &again));
        assert_true(epsilon == again);
        snprintf(text, sizeof text, "laplace:epsilon=%.17g", epsilon);
        struct wh_sim_result result = simulate(session, word, text, 2000);
        assert_true(result.unchanged.value > 0.25 && result.unchanged.value < 0.75);
        wh_sim_result_close(&result);
    }
    wh_session_close(session);
}

static void test_default_epsilon_of_tgm(void **state) {
    (void)state;
    struct wh_session *session = open_session(2, true);
    double epsilon;
    must(wh_run_default_epsilon(session, 3, wh_mech_find("tgm"), &epsilon));
    assert_true(epsilon == 50); /* epsilon_min is 40.92 */
    wh_session_close(session);
}

/* "b" is at the place of "a" and loses every tie: no epsilon keeps half of its draws. */
static void test_default_epsilon_of_a_twin(void **state) {
    (void)state;
    struct wh_session *session = open_text("a 1 0\nb 1 0\nc 0 1\nd 5 5\n");
    const struct wh_mech *laplace = wh_mech_find("laplace");
    double epsilon;
    must(wh_run_default_epsilon(session, word_of(session, "b"), laplace, &epsilon));
    assert_true(epsilon == laplace->params[0].fallback);
    wh_session_close(session);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_runs_without_a_seed_differ),
        cmocka_unit_test(test_traces_are_the_draws),
        cmocka_unit_test(test_figures_add_up),
        cmocka_unit_test(test_few_items_are_the_first),
        cmocka_unit_test(test_cancelling),
        cmocka_unit_test(test_rankings),
        cmocka_unit_test(test_laws),
        cmocka_unit_test(test_law_with_a_rest),
        cmocka_unit_test(test_exact_stands_beside_sampled),
        cmocka_unit_test(test_place_and_copy),
        cmocka_unit_test(test_density_profile),
        cmocka_unit_test(test_default_epsilon_halves),
        cmocka_unit_test(test_default_epsilon_of_tgm),
        cmocka_unit_test(test_default_epsilon_of_a_twin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
