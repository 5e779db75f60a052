/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_audit_laws.c - audits against brute force: on small random embeddings (down to two words, up
 * to 60 in five dimensions) every law is written out here from its definition, in long double and
 * not as logarithms, and worst loss and mass beyond the claim of every pair are sums over it. On
 * 300 real words no proven bound is exceeded by any pair at five epsilons, and the bounds known to
 * be broken are found broken.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit_pair.h"
#include "tests/lib/fixture.h"

#define SMALL 60
#define LARGE 300

/* ---- laws from their definitions ---- */

struct plain {
    uint32_t words;
    double epsilon;
    long double d[SMALL][SMALL];
    long double p[SMALL][SMALL]; /* by input, output */
};

static void plain_distances(const struct wh_embed *embed, struct plain *plain) {
    for (uint32_t a = 0; a < plain->words; a++)
        for (uint32_t b = 0; b < plain->words; b++) {
            long double sum = 0;
            for (uint32_t j = 0; j < wh_embed_dim(embed); j++) {
                long double gap =
                    (long double)wh_embed_row(embed, a)[j] - (long double)wh_embed_row(embed, b)[j];
                sum += gap * gap;
            }
            plain->d[a][b] = sqrtl(sum);
        }
}

static void normalise(struct plain *plain) {
    for (uint32_t w = 0; w < plain->words; w++) {
        long double sum = 0;
        for (uint32_t u = 0; u < plain->words; u++)
            sum += plain->p[w][u];
        for (uint32_t u = 0; u < plain->words; u++)
            plain->p[w][u] /= sum;
    }
}

static void plain_exponential(struct plain *plain) {
    for (uint32_t w = 0; w < plain->words; w++)
        for (uint32_t u = 0; u < plain->words; u++)
            plain->p[w][u] = expl(-plain->epsilon / 2 * plain->d[w][u]);
    normalise(plain);
}

/* As printed: near words, and one outcome for all others that is then shared out evenly. */
static void plain_tem(struct plain *plain) {
    const long double beta = 0.001L, n = plain->words;
    long double gamma = 2 / plain->epsilon * logl((1 - beta) * (n - 1) / beta);
    for (uint32_t w = 0; w < plain->words; w++) {
        long double far = 0;
        for (uint32_t u = 0; u < plain->words; u++)
            far += plain->d[w][u] > gamma;
        long double outcome = expl(plain->epsilon / 2 * (-gamma + 2 / plain->epsilon * logl(far)));
        for (uint32_t u = 0; u < plain->words; u++)
            plain->p[w][u] =
                plain->d[w][u] > gamma ? outcome / far : expl(-plain->epsilon / 2 * plain->d[w][u]);
    }
    normalise(plain);
}

static void plain_knn(struct plain *plain, uint32_t k) {
    for (uint32_t w = 0; w < plain->words; w++)
        for (uint32_t u = 0; u < plain->words; u++) {
            uint32_t nearer = 0;
            for (uint32_t v = 0; v < plain->words; v++)
                nearer +=
                    plain->d[w][v] < plain->d[w][u] || (plain->d[w][v] == plain->d[w][u] && v < u);
            plain->p[w][u] = nearer < k ? expl(-plain->epsilon / 2 * plain->d[w][u]) : 0;
        }
    normalise(plain);
}

static void plain_density(struct plain *plain, long double h) {
    for (uint32_t u = 0; u < plain->words; u++) {
        long double prior = 0;
        for (uint32_t v = 0; v < plain->words; v++)
            prior += expl(-plain->d[u][v] * plain->d[u][v] / (2 * h * h));
        for (uint32_t w = 0; w < plain->words; w++)
            plain->p[w][u] = prior * expl(-plain->epsilon / 2 * plain->d[w][u]);
    }
    normalise(plain);
}

/* ---- every pair ---- */

struct laws {
    uint32_t words;
    double *log_p; /* words x words */
};

static void open_laws(const struct wh_mechanism *mechanism, struct laws *laws) {
    laws->words = wh_embed_words(wh_near_embed(wh_mechanism_near(mechanism)));
    laws->log_p = calloc((size_t)laws->words * laws->words, sizeof *laws->log_p);
    assert_non_null(laws->log_p);
    for (uint32_t w = 0; w < laws->words; w++)
        must(wh_mechanism_log_law(mechanism, w, WH_TAILS_FULL,
                                  laws->log_p + (size_t)w * laws->words));
}

static const double *law_of(const struct laws *laws, uint32_t word) {
    return laws->log_p + (size_t)word * laws->words;
}

static void check_pair(const struct plain *plain, const struct laws *laws, uint32_t a, uint32_t b,
                       double loss) {
    struct wh_finding finding;
    long double worst = 0, deltas[2] = {0, 0};
    for (uint32_t u = 0; u < plain->words; u++) {
        long double p = plain->p[a][u], q = plain->p[b][u];
        if (p > 0 || q > 0)
            worst = fmaxl(worst, q > 0 && p > 0 ? fabsl(logl(p / q)) : HUGE_VALL);
        deltas[0] += fmaxl(0, p - expl(loss) * q);
        deltas[1] += fmaxl(0, q - expl(loss) * p);
    }
    wh_audit_exact(law_of(laws, a), law_of(laws, b), plain->words, loss, &finding);
    if (isinf(worst))
        assert_true(isinf(finding.worst.value));
    else if (!(fabsl(finding.worst.value - worst) < 1e-9L))
        fail_msg("worst loss %.15g, plain %.15Lg", finding.worst.value, worst);
    for (int i = 0; i < 2; i++)
        if (!(fabsl(finding.deltas[i] - deltas[i]) < 1e-9L))
            fail_msg("mass beyond %.15g, plain %.15Lg", finding.deltas[i], deltas[i]);
}

static void check_mechanism(const struct fixture *fixture, const struct plain *plain,
                            const char *text) {
    struct wh_mechanism *mechanism = fixture_mechanism(fixture, text);
    struct laws laws;
    open_laws(mechanism, &laws);
    for (uint32_t w = 0; w < plain->words; w++)
        for (uint32_t u = 0; u < plain->words; u++)
            assert_true(fabsl(expl(law_of(&laws, w)[u]) - plain->p[w][u]) < 1e-9L);
    for (uint32_t a = 0; a < plain->words; a++)
        for (uint32_t b = 0; b < plain->words; b++) {
            check_pair(plain, &laws, a, b, plain->epsilon * (double)plain->d[a][b]);
            check_pair(plain, &laws, a, b, plain->epsilon * (double)plain->d[a][b] / 3);
        }
    free(laws.log_p);
    wh_mechanism_close(mechanism);
}

static void check_embedding(uint32_t words, uint32_t dim, double epsilon) {
    struct fixture fixture;
    struct plain *plain = calloc(1, sizeof *plain);
    char text[64];
    assert_non_null(plain);
    fixture_random(&fixture, words, dim, words * 10 + dim);
    *plain = (struct plain){.words = words, .epsilon = epsilon};
    plain_distances(fixture.embed, plain);
    plain_exponential(plain);
    snprintf(text, sizeof text, "exponential:epsilon=%.17g", epsilon);
    check_mechanism(&fixture, plain, text);
    if (words > 1) {
        plain_tem(plain);
        snprintf(text, sizeof text, "tem:epsilon=%.17g", epsilon);
        check_mechanism(&fixture, plain, text);
        plain_density(plain, (long double)wh_embed_derived(fixture.embed)->bandwidth);
        snprintf(text, sizeof text, "density:epsilon=%.17g", epsilon);
        check_mechanism(&fixture, plain, text);
    }
    plain_knn(plain, 3);
    snprintf(text, sizeof text, "knn:epsilon=%.17g:k=3", epsilon);
    check_mechanism(&fixture, plain, text);
    free(plain);
    fixture_close(&fixture);
}

static void small_embeddings_by_brute_force(void **state) {
    (void)state;
    const uint32_t sizes[] = {1, 2, 3, 11, SMALL};
    const double epsilons[] = {0.3, 4, 20};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (uint32_t dim = 1; dim <= 5; dim += 2)
            for (size_t e = 0; e < sizeof epsilons / sizeof *epsilons; e++)
                check_embedding(sizes[s], dim, epsilons[e]);
}

/* ---- 300 real words ---- */

struct tally {
    size_t pairs, verdicts[4];
    double largest; /* worst loss over claimed loss */
};

static struct tally audit_all(const struct wh_mechanism *mechanism, double per_distance) {
    struct tally tally = {0};
    struct laws laws;
    const struct wh_near *near = wh_mechanism_near(mechanism);
    open_laws(mechanism, &laws);
    for (uint32_t a = 0; a < laws.words; a++)
        for (uint32_t b = a + 1; b < laws.words; b++) {
            struct wh_finding finding;
            double d = wh_near_distance(near, a, b);
            struct wh_claim claim = {wh_mechanism_loss(mechanism, d),
                                     wh_mechanism_delta(mechanism, d)};
            if (!isnan(per_distance))
                claim.loss = per_distance * d;
            wh_audit_exact(law_of(&laws, a), law_of(&laws, b), laws.words, claim.loss, &finding);
            tally.pairs++;
            tally.verdicts[wh_audit_verdict(&finding, claim)]++;
            tally.largest = fmax(tally.largest, finding.worst.value / claim.loss);
        }
    free(laws.log_p);
    return tally;
}

#define EPSILONS 5

static void check_proven(const struct fixture *fixture, const char *name, double epsilon) {
    char text[64];
    snprintf(text, sizeof text, "%s:epsilon=%.17g", name, epsilon);
    struct wh_mechanism *mechanism = fixture_mechanism(fixture, text);
    struct wh_guarantee guarantee;
    wh_mechanism_guarantee(mechanism, &guarantee);
    assert_int_equal(guarantee.label, WH_LABEL_PROVEN);
    struct tally tally = audit_all(mechanism, (double)NAN);
    print_message("# %s: largest loss %.6f of the claim\n", text, tally.largest);
    assert_int_equal(tally.pairs, LARGE * (LARGE - 1) / 2);
    assert_true(tally.largest <= 1 + 1e-9);
    assert_int_equal(tally.verdicts[WH_VERDICT_WITHIN], tally.pairs);
    wh_mechanism_close(mechanism);
}

static double epsilon_min(const struct fixture *fixture) {
    double words = wh_embed_words(fixture->embed);
    return (5 + 2 * log(words)) / wh_embed_derived(fixture->embed)->delta_min;
}

/* Every mechanism that is called proven and has a law, whoever adds it. */
static void proven_bounds_hold(void **state) {
    (void)state;
    struct fixture fixture;
    const double factors[EPSILONS] = {0.02, 0.2, 1.01, 2, 10};
    size_t proven = 0;
    fixture_builtin(&fixture, LARGE);
    double least = epsilon_min(&fixture);
    for (const struct wh_mech *const *mech = wh_mech_all(); *mech; mech++) {
        if ((*mech)->label != WH_LABEL_PROVEN || !(*mech)->log_law)
            continue;
        proven++;
        bool limited = wh_mech_param(*mech, "noise-scale") >= 0;
        for (int e = 0; e < EPSILONS; e++)
            check_proven(&fixture, (*mech)->name, least * factors[e] + (limited ? least : 0));
    }
    assert_true(proven >= 4);
    fixture_close(&fixture);
}

static void broken_bounds_are_found(void **state) {
    (void)state;
    struct fixture fixture;
    char text[64];
    fixture_builtin(&fixture, 100);
    snprintf(text, sizeof text, "tgm:epsilon=%.17g", epsilon_min(&fixture) * 1.2);
    struct wh_mechanism *tgm = fixture_mechanism(&fixture, text);
    struct wh_mechanism *knn = fixture_mechanism(&fixture, "knn:epsilon=5");
    struct tally tally = audit_all(tgm, (double)NAN);
    assert_true(tally.verdicts[WH_VERDICT_REFUTED] > tally.pairs / 2);
    tally = audit_all(knn, 5);
    assert_true(tally.verdicts[WH_VERDICT_REFUTED] > tally.pairs / 2 && isinf(tally.largest));
    tally = audit_all(knn, (double)NAN);
    assert_int_equal(tally.verdicts[WH_VERDICT_NO_CLAIM], tally.pairs);
    /* A proven mechanism does not keep two thirds of its bound. */
    struct wh_mechanism *exponential = fixture_mechanism(&fixture, "exponential:epsilon=1");
    tally = audit_all(exponential, 2.0 / 3);
    assert_true(tally.verdicts[WH_VERDICT_REFUTED] > 0);
    wh_mechanism_close(exponential);
    wh_mechanism_close(knn);
    wh_mechanism_close(tgm);
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_embeddings_by_brute_force),
        cmocka_unit_test(proven_bounds_hold),
        cmocka_unit_test(broken_bounds_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
