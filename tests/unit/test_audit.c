/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_audit.c - laws against claims by hand-made figures, audits of a small embedding by pair and
 * output by output, and what an observer infers, against sums written out here.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/posterior.h"
#include "base/str.h"
#include "run/attack.h"
#include "run/audit.h"
#include "tests/lib/fixture.h"

#define WORDS 40
#define NAN_D ((double)NAN)

static struct wh_session *session;

static struct wh_session *open_session(int threads) {
    struct wh_session *made;
    struct wh_buf text = {0};
    struct plain_rng rng = {77};
    for (int i = 0; i < WORDS; i++)
        wh_buf_addf(&text, "w%d %.9g %.9g %.9g\n", i, plain_normal(&rng), plain_normal(&rng),
                    plain_normal(&rng));
    const struct wh_session_options options = {
        .embed = {.path = fixture_file("audit.txt", text.data, text.length)},
        .threads = threads,
        .seeded = true,
        .seed = 3};
    must(wh_session_open(&options, &made));
    must(wh_session_derive(made, NULL));
    unlink(options.embed.path);
    wh_buf_free(&text);
    return made;
}

static int open_all(void **state) {
    (void)state;
    session = open_session(2);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    wh_session_close(session);
    return 0;
}

static struct wh_mech_spec parse(const char *text) {
    struct wh_mech_spec spec;
    must(wh_mech_parse(text, NAN_D, &spec));
    return spec;
}

static bool near_to(double a, double b, double relative) {
    return fabs(a - b) <= relative * fmax(fabs(a), fabs(b));
}

/* ---- laws by hand ---- */

static void losses_and_masses(void **state) {
    (void)state;
    const double a[] = {log(0.5), log(0.3), log(0.2), -HUGE_VAL};
    const double b[] = {log(0.1), log(0.3), log(0.5999), log(0.0001)};
    struct wh_finding finding;
    wh_audit_exact(a, b, 4, log(2), &finding);
    assert_true(finding.exact && isinf(finding.worst.value));
    assert_int_equal(finding.worst.word, 3);
    assert_false(finding.worst.forward);
    assert_true(near_to(finding.deltas[0], 0.5 - 2 * 0.1, 1e-12));
    assert_true(near_to(finding.deltas[1], 0.5999 - 2 * 0.2 + 0.0001, 1e-12));
    assert_true(finding.delta == finding.deltas[0]);
    wh_audit_exact(a, b, 3, log(2), &finding);
    assert_true(near_to(finding.worst.value, log(5), 1e-12));
    assert_int_equal(finding.worst.word, 0);
    assert_true(finding.worst.forward);
}

/* Masses that no double could hold still have their ratio; likely outputs are told apart. */
static void tails_count(void **state) {
    (void)state;
    const double a[] = {log(0.6), log(0.4), -2000, -HUGE_VAL};
    const double b[] = {log(0.5), log(0.5), -5000, -HUGE_VAL};
    struct wh_finding finding;
    wh_audit_exact(a, b, 4, 100, &finding);
    assert_true(finding.worst.value == 3000);
    assert_int_equal(finding.worst.word, 2);
    assert_int_equal(finding.likely.word, 1);
    assert_true(near_to(finding.likely.value, log(1.25), 1e-12));
    assert_true(finding.delta == 0); /* e^-2000 */
    assert_int_equal(wh_audit_verdict(&finding, (struct wh_claim){100, 0}), WH_VERDICT_REFUTED);
    assert_int_equal(wh_audit_verdict(&finding, (struct wh_claim){100, 1e-9}), WH_VERDICT_WITHIN);
}

static void verdicts(void **state) {
    (void)state;
    struct wh_finding finding = {.exact = true, .worst = {2, 0, true}, .delta = 0.1};
    assert_int_equal(wh_audit_verdict(&finding, (struct wh_claim){2, 0}), WH_VERDICT_WITHIN);
    assert_int_equal(wh_audit_verdict(&finding, (struct wh_claim){2 - 1e-6, 0}),
                     WH_VERDICT_REFUTED);
    assert_int_equal(wh_audit_verdict(&finding, (struct wh_claim){1, 0.1}), WH_VERDICT_WITHIN);
    assert_int_equal(wh_audit_verdict(&finding, (struct wh_claim){1, 0.09}), WH_VERDICT_REFUTED);
    assert_int_equal(wh_audit_verdict(&finding, (struct wh_claim){HUGE_VAL, 0}),
                     WH_VERDICT_NO_CLAIM);
    finding.exact = false;
    assert_int_equal(wh_audit_verdict(&finding, (struct wh_claim){5, 0}), WH_VERDICT_REFUTED);
    finding.delta = 0;
    assert_int_equal(wh_audit_verdict(&finding, (struct wh_claim){1, 0}), WH_VERDICT_NOT_REFUTED);
}

/* Counts so far apart that the bounds can be checked by hand: 900 of 1000 against 10 of 1000. */
static void samples_refute(void **state) {
    (void)state;
    struct wh_halves a, b;
    struct wh_finding finding;
    must(wh_halves_open(3, &a));
    must(wh_halves_open(3, &b));
    wh_halves_clear(&a, 2000);
    wh_halves_clear(&b, 2000);
    for (int half = 0; half < 2; half++) {
        a.counts[half][0] = 900;
        a.counts[half][1] = 100;
        b.counts[half][0] = 10;
        b.counts[half][2] = 990;
    }
    must(wh_audit_sampled(&a, &b, 3, (struct wh_claim){2, 0}, 1e-6, &finding));
    double forward = log(wh_stat_lower(1000, 1000, 2.5e-7) / wh_stat_upper(10, 1000, 2.5e-7));
    double backward = log(wh_stat_lower(990, 1000, 2.5e-7) / wh_stat_upper(0, 1000, 2.5e-7));
    assert_true(finding.worst.value >= fmax(forward, backward) - 1e-12);
    assert_true(finding.worst.value <= wh_audit_reach(&a, (struct wh_claim){2, 0}, 1e-6) + 1e-12);
    assert_false(finding.worst.forward);
    assert_int_equal(finding.worst.word, 2);
    assert_int_equal(wh_audit_verdict(&finding, (struct wh_claim){2, 0}), WH_VERDICT_REFUTED);
    must(wh_audit_sampled(&a, &b, 3, (struct wh_claim){6, 0}, 1e-6, &finding));
    assert_int_equal(wh_audit_verdict(&finding, (struct wh_claim){6, 0}), WH_VERDICT_NOT_REFUTED);
    /* The same evidence, but a claim that lets nearly everything lie beyond. */
    must(wh_audit_sampled(&a, &b, 3, (struct wh_claim){2, 0.999}, 1e-6, &finding));
    assert_int_equal(wh_audit_verdict(&finding, (struct wh_claim){2, 0.999}),
                     WH_VERDICT_NOT_REFUTED);
    wh_halves_close(&a);
    wh_halves_close(&b);
}

/* ---- audits of an embedding ---- */

static struct wh_audit_request request_of(const struct wh_audit_pair *pairs, size_t count,
                                          const char *mech) {
    return (struct wh_audit_request){.pairs = pairs,
                                     .count = count,
                                     .spec = parse(mech),
                                     .trials = 4000,
                                     .level = WH_AUDIT_LEVEL,
                                     .claim = NAN_D};
}

static void threads_do_not_matter(void **state) {
    (void)state;
    const char *const mechs[] = {"tem:epsilon=3", "knn:epsilon=1", "laplace:epsilon=2",
                                 "tgm:noise-scale=3"};
    const struct wh_audit_pair pairs[] = {{0, 1}, {0, 2}, {0, 3}, {4, 5}, {6, 0}};
    struct wh_session *one = open_session(1);
    for (size_t m = 0; m < sizeof mechs / sizeof *mechs; m++) {
        struct wh_audit_result a[5], b[5];
        const struct wh_audit_request request = request_of(pairs, 5, mechs[m]);
        must(wh_run_audit(session, &request, NULL, NULL, a));
        must(wh_run_audit(one, &request, NULL, NULL, b));
        for (int i = 0; i < 5; i++) {
            assert_true(a[i].finding.worst.value == b[i].finding.worst.value);
            assert_true(a[i].finding.delta == b[i].finding.delta);
            assert_int_equal(a[i].finding.worst.word, b[i].finding.worst.word);
            assert_int_equal(a[i].verdict, b[i].verdict);
            /* what is sampled shares the level out */
            assert_true(a[i].level == (a[i].finding.exact ? 0 : WH_AUDIT_LEVEL / 5));
        }
    }
    wh_session_close(one);
}

static void claims_of_ones_own(void **state) {
    (void)state;
    const struct wh_audit_pair pair = {0, 1};
    struct wh_audit_request request = request_of(&pair, 1, "exponential:epsilon=4");
    struct wh_audit_result result;
    must(wh_run_audit(session, &request, NULL, NULL, &result));
    double worst = result.finding.worst.value / result.distance;
    assert_int_equal(result.verdict, WH_VERDICT_WITHIN);
    request.claim = worst * 1.001;
    must(wh_run_audit(session, &request, NULL, NULL, &result));
    assert_int_equal(result.verdict, WH_VERDICT_WITHIN);
    request.claim = worst * 0.999;
    must(wh_run_audit(session, &request, NULL, NULL, &result));
    assert_int_equal(result.verdict, WH_VERDICT_REFUTED);
    request.delta = result.finding.delta * 1.01;
    must(wh_run_audit(session, &request, NULL, NULL, &result));
    assert_int_equal(result.verdict, WH_VERDICT_WITHIN);
}

static void summaries_name_the_pair(void **state) {
    (void)state;
    const struct wh_audit_pair pairs[] = {{0, 1}, {2, 3}, {4, 5}};
    struct wh_audit_request request = request_of(pairs, 3, "exponential:epsilon=4");
    struct wh_audit_result results[3];
    struct wh_audit_summary summary;
    request.claim = 2.5;
    must(wh_run_audit(session, &request, NULL, NULL, results));
    wh_audit_summarise(results, 3, &summary);
    size_t refuted = 0, at = 0;
    for (size_t i = 0; i < 3; i++) {
        double excess = results[i].finding.worst.value - results[i].claim.loss;
        refuted += excess > 0;
        if (excess > results[at].finding.worst.value - results[at].claim.loss)
            at = i;
    }
    assert_int_equal(summary.pairs, 3);
    assert_int_equal(summary.refuted, refuted);
    assert_int_equal(summary.within, 3 - refuted);
    assert_int_equal(summary.excess_at, at);
    request.spec = parse("tgm:noise-scale=3");
    request.claim = NAN_D;
    must(wh_run_audit(session, &request, NULL, NULL, results));
    wh_audit_summarise(results, 3, &summary);
    assert_int_equal(summary.no_claim, 3);
    assert_true(isnan(summary.largest_excess));
}

static void bad_requests_are_refused(void **state) {
    (void)state;
    const struct wh_audit_pair same = {1, 1}, pair = {1, 2};
    struct wh_audit_request request = request_of(&same, 1, "exponential");
    struct wh_audit_result result;
    assert_int_equal(wh_run_audit(session, &request, NULL, NULL, &result), WH_USAGE);
    request = request_of(&pair, 1, "laplace");
    request.trials = 1;
    assert_int_equal(wh_run_audit(session, &request, NULL, NULL, &result), WH_USAGE);
    request = request_of(&pair, 1, "laplace");
    request.level = 0.7;
    assert_int_equal(wh_run_audit(session, &request, NULL, NULL, &result), WH_USAGE);
    struct wh_token token = {.cancelled = true};
    request = request_of(&pair, 1, "laplace");
    assert_int_equal(wh_run_audit(session, &request, &token, NULL, &result), WH_CANCELLED);
    request = request_of(&pair, 1, "exponential");
    assert_int_equal(wh_run_audit(session, &request, &token, NULL, &result), WH_CANCELLED);
}

/* ---- output by output ---- */

static void check_detail(const char *mech, struct wh_audit_pair pair) {
    struct wh_audit_detail detail;
    struct wh_audit_result result;
    const struct wh_audit_request whole = request_of(&pair, 1, mech);
    const struct wh_audit_detail_request request = {.pair = pair,
                                                    .spec = whole.spec,
                                                    .trials = whole.trials,
                                                    .level = whole.level,
                                                    .claim = NAN_D};
    double beyond[2] = {0, 0};
    uint64_t seen[2] = {0, 0};
    bool exact = whole.spec.mech->log_law != NULL;
    must(wh_run_audit(session, &whole, NULL, NULL, &result));
    must(wh_run_audit_detail(session, &request, NULL, &detail));
    assert_true(detail.result.finding.worst.value == result.finding.worst.value);
    assert_int_equal(detail.result.verdict, result.verdict);
    for (uint32_t i = 0; i < detail.count; i++) {
        const struct wh_audit_output *output = &detail.outputs[i];
        const struct wh_near *near = wh_session_near(session);
        assert_true(i == 0 || fabs(output->loss) <= fabs(output[-1].loss));
        assert_int_equal(output->rank[0], wh_near_rank(near, pair.a, output->id));
        assert_int_equal(output->rank[1], wh_near_rank(near, pair.b, output->id));
        assert_true(output->distance[0] == wh_near_distance(near, pair.a, output->id));
        beyond[output->loss < 0] += output->beyond;
        seen[0] += output->seen[0];
        seen[1] += output->seen[1];
        if (i) {
            const double *p = detail.outputs[detail.by_mass[i - 1]].log_p;
            const double *q = detail.outputs[detail.by_mass[i]].log_p;
            assert_true(fmax(p[0], p[1]) >= fmax(q[0], q[1]));
        }
    }
    if (exact) {
        assert_int_equal(detail.count, WORDS);
        assert_true(fabs(detail.outputs[0].loss) == result.finding.worst.value);
        assert_true(fabs(beyond[0] - result.finding.deltas[0]) < 1e-12);
        assert_true(fabs(beyond[1] - result.finding.deltas[1]) < 1e-12);
    } else {
        assert_int_equal(seen[0], whole.trials);
        assert_int_equal(seen[1], whole.trials);
    }
    wh_audit_detail_close(&detail);
}

static void details_add_up(void **state) {
    (void)state;
    const struct wh_audit_pair pair = {7, 12};
    check_detail("exponential:epsilon=2", pair);
    check_detail("tem:epsilon=6", pair);
    check_detail("knn:epsilon=1:k=5", pair);
    check_detail("tgm:noise-scale=2", pair);
    check_detail("laplace:epsilon=3", pair);
}

/* ---- observers ---- */

static void priors(void **state) {
    (void)state;
    const uint32_t words[] = {0, 4, 9};
    double log_prior[3], total = 1 / 3.7 + 1 / 7.7 + 1 / 12.7;
    wh_prior_logs(WH_PRIOR_UNIFORM, words, 3, log_prior);
    for (int i = 0; i < 3; i++)
        assert_true(fabs(exp(log_prior[i]) - 1.0 / 3) < 1e-15);
    wh_prior_logs(WH_PRIOR_UNIGRAM, words, 3, log_prior);
    for (int i = 0; i < 3; i++)
        assert_true(fabs(exp(log_prior[i]) - 1 / (words[i] + 3.7) / total) < 1e-15);
}

/* The weighted interval of equal weights is that of a Poisson count: 10 gives 4.795 to 18.39. */
static void weighted_counts(void **state) {
    (void)state;
    struct wh_weighted_count all = {0};
    wh_weighted_add(&all, 0.5, 4);
    wh_weighted_add(&all, 0.5, 6);
    struct wh_interval rate = wh_weighted_interval(&all, 0.05);
    assert_true(rate.value == 5 && fabs(2 * rate.lo - 4.7954) < 1e-4);
    assert_true(fabs(2 * rate.hi - 18.3904) < 1e-4);
    wh_weighted_remove(&all, 0.5, 4);
    wh_weighted_remove(&all, 0.5, 6);
    rate = wh_weighted_interval(&all, 0.05);
    assert_true(rate.value == 0 && rate.lo == 0 && fabs(2 * rate.hi - 3.6889) < 1e-4);
    wh_weighted_add(&all, 0.5, 100000); /* nearly normal: 1.96 standard deviations of 316.2 */
    rate = wh_weighted_interval(&all, 0.05);
    assert_true(fabs(2 * rate.lo - (100000 - 619.8)) < 3);
    assert_true(fabs(2 * rate.hi - (100000 + 619.8)) < 3);
}

/* P(output|word) of the whole embedding from laws as "law" gives them. */
static void take_laws(const char *mech, double laws[WORDS][WORDS]) {
    const struct wh_mech_spec spec = parse(mech);
    for (uint32_t w = 0; w < WORDS; w++) {
        struct wh_law_result law;
        must(wh_run_law(session, w, &spec, 0, &law));
        for (uint32_t u = 0; u < WORDS; u++)
            laws[w][u] = wh_law_p(&law.law, u);
        wh_law_result_close(&law);
    }
}

static void check_attack(const char *mech, const uint32_t *candidates, size_t count) {
    static double laws[WORDS][WORDS];
    double weights[WH_PRIORS][WORDS], total = 0;
    struct wh_attack_result result;
    const struct wh_attack_request request = {5, candidates, count, parse(mech), 0, NULL};
    take_laws(mech, laws);
    must(wh_run_attack(session, &request, NULL, &result));
    assert_true(result.exact);
    assert_int_equal(result.count, count);
    for (size_t i = 0; i < count; i++)
        total += 1 / (candidates[i] + 3.7);
    for (size_t i = 0; i < count; i++) {
        weights[WH_PRIOR_UNIFORM][i] = 1.0 / (double)count;
        weights[WH_PRIOR_UNIGRAM][i] = 1 / (candidates[i] + 3.7) / total;
    }
    for (int prior = 0; prior < WH_PRIORS; prior++) {
        double success = 0, evidence = 0, sum = 0;
        for (uint32_t u = 0; u < WORDS; u++) {
            double best = 0;
            for (size_t i = 0; i < count; i++)
                best = fmax(best, weights[prior][i] * laws[candidates[i]][u]);
            success += best;
        }
        for (size_t i = 0; i < count; i++)
            evidence += weights[prior][i] * laws[candidates[i]][5];
        assert_true(near_to(result.success[prior].value, success, 1e-9));
        assert_true(result.success[prior].value >= result.blind[prior] - 1e-12);
        for (size_t i = 0; i < count; i++) {
            const struct wh_attack_item *item = &result.items[i];
            size_t at = 0;
            while (candidates[at] != item->word)
                at++;
            double expected = weights[prior][at] * laws[item->word][5] / evidence;
            assert_true(fabs(item->posterior[prior].value - expected) < 1e-9);
            sum += item->posterior[prior].value;
        }
        assert_true(fabs(sum - 1) < 1e-12);
    }
    wh_attack_result_close(&result);
}

static void attacks_are_bayes(void **state) {
    (void)state;
    const char *const mechs[] = {"exponential:epsilon=2", "tem:epsilon=3", "tgm:noise-scale=2",
                                 "knn:epsilon=1", "density:epsilon=2"};
    const uint32_t some[] = {5, 17, 3, 30, 8};
    uint32_t *ids;
    size_t found;
    must(wh_attack_near(session, 5, 1000, &ids, &found));
    assert_int_equal(found, WORDS);
    assert_int_equal(ids[0], 5);
    for (size_t m = 0; m < sizeof mechs / sizeof *mechs; m++) {
        check_attack(mechs[m], ids, found);
        check_attack(mechs[m], some, 5);
    }
    free(ids);
}

/* An output that no candidate can give: knn of words far away. */
static void the_impossible_is_told(void **state) {
    (void)state;
    uint32_t *ids;
    size_t found;
    struct wh_attack_result result;
    must(wh_attack_near(session, 5, WORDS, &ids, &found));
    const struct wh_attack_request request = {
        5, ids + WORDS - 3, 3, parse("knn:epsilon=1:k=2"), 0, NULL};
    must(wh_run_attack(session, &request, NULL, &result));
    for (int prior = 0; prior < WH_PRIORS; prior++) {
        assert_false(result.possible[prior]);
        assert_true(isnan(result.items[0].posterior[prior].value));
    }
    wh_attack_result_close(&result);
    const uint32_t twice[] = {3, 4, 3};
    const struct wh_attack_request again = {5, twice, 3, parse("exponential"), 0, NULL};
    assert_int_equal(wh_run_attack(session, &again, NULL, &result), WH_USAGE);
    const struct wh_attack_request none = {5, twice, 0, parse("exponential"), 0, NULL};
    assert_int_equal(wh_run_attack(session, &none, NULL, &result), WH_USAGE);
    free(ids);
}

/* Seen only in the far tail: full tails give the posterior that cut laws could not. */
static void tails_are_inferred_from(void **state) {
    (void)state;
    struct wh_session *big;
    const struct wh_session_options options = {.embed = {.limit = 2000}, .threads = 2};
    struct wh_attack_result result;
    uint32_t *ids;
    size_t found;
    must(wh_session_open(&options, &big));
    must(wh_session_derive(big, NULL));
    must(wh_attack_near(big, 100, 2000, &ids, &found));
    const struct wh_attack_request request = {
        100, ids + found - 2, 2, parse("tgm:noise-scale=20"), 0, NULL};
    must(wh_run_attack(big, &request, NULL, &result));
    assert_true(result.possible[0] && result.items[0].log_p < -1000);
    assert_true(fabs(result.items[0].posterior[0].value + result.items[1].posterior[0].value - 1) <
                1e-12);
    wh_attack_result_close(&result);
    free(ids);
    wh_session_close(big);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_and_masses),
        cmocka_unit_test(tails_count),
        cmocka_unit_test(verdicts),
        cmocka_unit_test(samples_refute),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(claims_of_ones_own),
        cmocka_unit_test(summaries_name_the_pair),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(details_add_up),
        cmocka_unit_test(priors),
        cmocka_unit_test(weighted_counts),
        cmocka_unit_test(attacks_are_bayes),
        cmocka_unit_test(the_impossible_is_told),
        cmocka_unit_test(tails_are_inferred_from),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
