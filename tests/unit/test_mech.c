/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_mech.c - what holds of every mechanism in the table, and of the text that names one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "tests/lib/fixture.h"

static struct fixture fixture;

static int open_all(void **state) {
    (void)state;
    fixture_builtin(&fixture, 2000);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void descriptors_are_complete(void **state) {
    (void)state;
    for (const struct wh_mech *const *at = wh_mech_all(); *at; at++) {
        const struct wh_mech *mech = *at;
        assert_ptr_equal(wh_mech_find(mech->name), mech);
        assert_true(strlen(mech->brief) <= 13);
        assert_true(*mech->title && *mech->paper && *mech->method && *mech->law_text);
        assert_true(mech->departure && mech->loss_text);
        assert_true(wh_mech_param(mech, "epsilon") == 0);
        for (int i = 0; i < WH_PARAM_MAX && mech->params[i].name; i++) {
            const struct wh_param *param = &mech->params[i];
            assert_true(param->min < param->max && *param->help);
            assert_true(isnan(param->fallback) || wh_mech_check(mech, i, param->fallback) == WH_OK);
        }
    }
    assert_null(wh_mech_find("no-such"));
}

static struct wh_mech_spec parse(const char *text, double epsilon) {
    struct wh_mech_spec spec;
    must(wh_mech_parse(text, epsilon, &spec));
    return spec;
}

static void texts_are_parsed(void **state) {
    (void)state;
    struct wh_mech_spec spec = parse("laplace", (double)NAN);
    assert_true(spec.values[0] == 10);
    spec = parse("laplace", 3);
    assert_true(spec.values[0] == 3);
    spec = parse("laplace:eps=7.5", 3);
    assert_true(spec.values[0] == 7.5);
    spec = parse("tgm:noise-scale=30", (double)NAN);
    assert_true(isnan(spec.values[0]) && spec.values[1] == 30);
}

static void bad_text(const char *text, const char *part) {
    struct wh_mech_spec spec;
    assert_int_equal(wh_mech_parse(text, (double)NAN, &spec), WH_USAGE);
    if (!strstr(wh_error(), part))
        fail_msg("'%s' gave: %s", text, wh_error());
}

static void bad_texts_are_refused(void **state) {
    (void)state;
    bad_text("laplce", "did you mean 'laplace'");
    bad_text("zzzzzzzzz", "there are laplace");
    bad_text("", "unknown mechanism");
    bad_text("laplace:", "no parameter");
    bad_text("laplace:epsilon", "needs a number");
    bad_text("laplace:epsilon=", "needs a number");
    bad_text("laplace:epsilon=nan", "needs a number");
    bad_text("laplace:epsilon=inf", "needs a number");
    bad_text("laplace:epsilon=0x10", "needs a number");
    bad_text("laplace:epsilon=1e999", "needs a number");
    bad_text("laplace:epsilon=0", "between");
    bad_text("laplace:epsilon=-1", "between");
    bad_text("tgm:gamma=0.5", "no parameter 'gamma'");
    bad_text("tgm-floor:gamma=2", "between");
}

static void loss_is_monotone(void **state) {
    (void)state;
    for (const struct wh_mech *const *at = wh_mech_all(); *at; at++) {
        struct wh_mechanism *mechanism = fixture_mechanism(&fixture, (*at)->name);
        struct wh_guarantee guarantee;
        wh_mechanism_guarantee(mechanism, &guarantee);
        assert_true(guarantee.label <= WH_LABEL_NONE && *guarantee.note);
        double before = 0;
        for (double d = 0.01; d < 30; d *= 1.5) {
            double loss = wh_mechanism_loss(mechanism, d);
            assert_true(loss >= before);
            before = loss;
            if (!isnan(guarantee.loss_per_distance))
                assert_true(loss >= guarantee.loss_per_distance * d);
            if (!isnan(guarantee.loss_constant))
                assert_true(loss >= guarantee.loss_constant);
        }
        wh_mechanism_close(mechanism);
    }
}

/* ---- draws ---- */

#define DRAWS 500

static void draw(const struct wh_site *site, uint64_t first, size_t count, uint32_t *out) {
    struct wh_source source;
    struct wh_lane lane;
    struct wh_scratch *scratch;
    wh_source_seed(&source, 11);
    wh_site_lane(site, &source, &lane);
    must(wh_scratch_open(&scratch));
    const struct wh_draws draws = {&lane, first, count, scratch};
    must(wh_site_draw(site, &draws, out));
    wh_scratch_close(scratch);
}

static void trials_do_not_depend_on_batches(void **state) {
    (void)state;
    uint32_t whole[DRAWS], pieces[DRAWS];
    for (const struct wh_mech *const *at = wh_mech_all(); *at; at++) {
        struct wh_mechanism *mechanism = fixture_mechanism(&fixture, (*at)->name);
        struct wh_site *site;
        must(wh_site_open(mechanism, fixture_word(&fixture, "queen"), &site));
        draw(site, 0, DRAWS, whole);
        for (size_t t = 0, step = 1; t < DRAWS; t += step, step = step * 3 % 101 + 1) {
            size_t count = DRAWS - t < step ? DRAWS - t : step;
            draw(site, t, count, pieces + t);
        }
        assert_memory_equal(whole, pieces, sizeof whole);
        wh_site_close(site);
        wh_mechanism_close(mechanism);
    }
}

/* ---- lists of draws ---- */

enum { WORDS = 7, EACH = 9, LIST = WORDS * EACH };

/* Words prepared together, in one list with trials of several lanes, in any order: each draw is
 * what it is for a word prepared alone. */
static void check_list(const struct wh_mechanism *mechanism, const struct wh_lane lanes[2],
                       struct wh_scratch *scratch, size_t step) {
    struct wh_site *sites[WORDS], *alone;
    const struct wh_site *listed[LIST];
    struct wh_trial trials[LIST];
    uint32_t words[WORDS], out[LIST], one;
    for (uint32_t i = 0; i < WORDS; i++)
        words[i] = i * (wh_embed_words(fixture.embed) - 1) / (WORDS - 1);
    must(wh_sites_open(mechanism, words, WORDS, scratch, sites));
    for (size_t t = 0; t < LIST; t++) {
        listed[t] = sites[t < LIST / 2 ? t % WORDS : t / EACH];
        trials[t] = (struct wh_trial){&lanes[t % 3 % 2], t * t};
    }
    must(wh_sites_draw(mechanism, &(struct wh_draw_list){listed, trials, LIST, scratch}, out));
    for (size_t t = 0; t < LIST; t += step) {
        const struct wh_draws draws = {trials[t].lane, trials[t].number, 1, scratch};
        must(wh_site_open(mechanism, wh_site_word(listed[t]), &alone));
        must(wh_site_draw(alone, &draws, &one));
        assert_int_equal(out[t], one);
        wh_site_close(alone);
    }
    for (size_t i = 0; i < WORDS; i++)
        wh_site_close(sites[i]);
}

static void lists_draw_what_words_draw_alone(void **state) {
    (void)state;
    /* Wide laws too, whose draws fall anywhere, and noise that stays near. */
    const char *const more[] = {"exponential:epsilon=0.5", "tem:epsilon=0.5", "density:epsilon=0.5",
                                "laplace:epsilon=60", NULL};
    struct wh_scratch *scratch;
    struct wh_source source;
    struct wh_lane lanes[2];
    must(wh_scratch_open(&scratch));
    wh_source_seed(&source, 12);
    for (uint64_t i = 0; i < 2; i++)
        wh_lane_open(&source, "list", i, &lanes[i]);
    for (const struct wh_mech *const *at = wh_mech_all(); *at; at++) {
        struct wh_mechanism *mechanism = fixture_mechanism(&fixture, (*at)->name);
        check_list(mechanism, lanes, scratch, (*at)->chains ? LIST / 3 : 1); /* chains take long */
        wh_mechanism_close(mechanism);
    }
    for (size_t i = 0; more[i]; i++) {
        struct wh_mechanism *mechanism = fixture_mechanism(&fixture, more[i]);
        check_list(mechanism, lanes, scratch, 1);
        wh_mechanism_close(mechanism);
    }
    wh_scratch_close(scratch);
}

static void traces_explain_the_same_trials(void **state) {
    (void)state;
    uint32_t outputs[DRAWS];
    for (const struct wh_mech *const *at = wh_mech_all(); *at; at++) {
        struct wh_mechanism *mechanism = fixture_mechanism(&fixture, (*at)->name);
        struct wh_site *site;
        struct wh_source source;
        struct wh_lane lane;
        struct wh_scratch *scratch;
        uint32_t word = fixture_word(&fixture, "monday");
        must(wh_site_open(mechanism, word, &site));
        draw(site, 0, DRAWS, outputs);
        wh_source_seed(&source, 11);
        wh_site_lane(site, &source, &lane);
        must(wh_scratch_open(&scratch));
        uint64_t trials = (*at)->chains ? 3 : DRAWS; /* a chain of its own takes a while */
        for (uint64_t t = 0; t < trials; t++) {
            const struct wh_draws draws = {&lane, t, 1, scratch};
            struct wh_trace trace;
            must(wh_site_trace(site, &draws, &trace, NULL));
            assert_int_equal(trace.output, outputs[t]);
            double best = HUGE_VAL;
            uint32_t winner = trace.output;
            for (uint32_t c = 0; c < trace.candidate_count; c++) {
                const struct wh_trace_candidate *candidate = &trace.candidates[c];
                assert_true(candidate->score == candidate->distance + candidate->noise);
                if (candidate->score < best) {
                    best = candidate->score;
                    winner = candidate->id;
                }
            }
            assert_int_equal(winner, trace.output);
        }
        wh_scratch_close(scratch);
        wh_site_close(site);
        wh_mechanism_close(mechanism);
    }
}

static void one_candidate_means_unchanged(void **state) {
    (void)state;
    struct wh_mechanism *mechanism = fixture_mechanism(&fixture, "tgm");
    struct wh_site *site;
    struct wh_source source;
    struct wh_lane lane;
    struct wh_scratch *scratch;
    uint32_t word = fixture_word(&fixture, "queen"), singles = 0;
    must(wh_site_open(mechanism, word, &site));
    wh_source_seed(&source, 8);
    wh_site_lane(site, &source, &lane);
    must(wh_scratch_open(&scratch));
    for (uint64_t t = 0; t < 20000; t++) {
        const struct wh_draws draws = {&lane, t, 1, scratch};
        struct wh_trace trace;
        must(wh_site_trace(site, &draws, &trace, NULL));
        assert_true(trace.drawn_k >= 1); /* never no candidate at all */
        assert_int_equal(trace.candidates[0].id, word);
        if (trace.drawn_k == 1) {
            singles++;
            assert_int_equal(trace.output, word);
        }
    }
    assert_true(singles > 0);
    wh_scratch_close(scratch);
    wh_site_close(site);
    wh_mechanism_close(mechanism);
}

/* ---- the domain of truncated Gumbel ---- */

static enum wh_status open_text(const struct fixture *at, const char *text) {
    struct wh_mechanism *mechanism = NULL;
    struct wh_mech_spec spec = parse(text, (double)NAN);
    const struct wh_mech_env env = {at->near};
    enum wh_status status = wh_mechanism_open(&env, &spec, &mechanism);
    wh_mechanism_close(mechanism);
    return status;
}

static void epsilon_min_is_named(void **state) {
    (void)state;
    struct wh_mechanism *mechanism = fixture_mechanism(&fixture, "tgm");
    struct wh_figure figures[WH_FIGURE_MAX];
    size_t count = wh_mechanism_figures(mechanism, figures);
    double minimum = (double)NAN;
    for (size_t i = 0; i < count; i++)
        if (strcmp(figures[i].name, "epsilon_min") == 0)
            minimum = figures[i].value;
    assert_true(wh_mechanism_epsilon(mechanism) > minimum);
    wh_mechanism_close(mechanism);
    char text[64], expected[32];
    snprintf(expected, sizeof expected, "%.6g", minimum);
    snprintf(text, sizeof text, "tgm:epsilon=%.17g", minimum);
    assert_int_equal(open_text(&fixture, text), WH_DATA);
    assert_non_null(strstr(wh_error(), expected));
    assert_int_equal(open_text(&fixture, "tgm:epsilon=1"), WH_DATA);
    assert_int_equal(open_text(&fixture, "tgm:epsilon=1:noise-scale=5"), WH_OK);
    snprintf(text, sizeof text, "tgm:epsilon=%.17g", minimum * 1.001);
    assert_int_equal(open_text(&fixture, text), WH_OK);
}

static void a_scale_by_hand_claims_nothing(void **state) {
    (void)state;
    struct wh_mechanism *mechanism = fixture_mechanism(&fixture, "tgm:noise-scale=5");
    struct wh_guarantee guarantee;
    wh_mechanism_guarantee(mechanism, &guarantee);
    assert_int_equal(guarantee.label, WH_LABEL_NONE);
    assert_true(isnan(wh_mechanism_epsilon(mechanism)));
    assert_true(isinf(wh_mechanism_loss(mechanism, 1)));
    wh_mechanism_close(mechanism);
}

static void duplicates_are_named(void **state) {
    (void)state;
    const float rows[] = {0, 0, 1, 0, 1, 0, 5, 5};
    struct fixture twins;
    fixture_vectors(&twins, rows, 4, 2);
    assert_int_equal(open_text(&twins, "tgm"), WH_DATA);
    assert_non_null(strstr(wh_error(), "'w1' and 'w2'"));
    assert_int_equal(open_text(&twins, "tgm:noise-scale=2"), WH_OK);
    fixture_close(&twins);
}

static void laplace_has_no_law(void **state) {
    (void)state;
    struct wh_mechanism *mechanism = fixture_mechanism(&fixture, "laplace");
    struct wh_site *site;
    struct wh_law law;
    must(wh_site_open(mechanism, 0, &site));
    assert_int_equal(wh_site_law(site, &law), WH_UNAVAILABLE);
    wh_site_close(site);
    wh_mechanism_close(mechanism);
}

/* Brute force over all of a small vocabulary. */
static void exponential_law_is_its_formula(void **state) {
    (void)state;
    for (uint32_t words = 1; words <= 40; words += 13) {
        struct fixture small;
        struct wh_site *site;
        struct wh_law law;
        fixture_random(&small, words, 3, words + 100);
        struct wh_mechanism *mechanism = fixture_mechanism(&small, "exponential:epsilon=1.5");
        must(wh_site_open(mechanism, 0, &site));
        must(wh_site_law(site, &law));
        long double total = 0;
        for (uint32_t id = 0; id < words; id++)
            total += expl(-0.75L * wh_near_distance(small.near, 0, id));
        for (uint32_t id = 0; id < words; id++) {
            long double p = expl(-0.75L * wh_near_distance(small.near, 0, id)) / total;
            assert_true(fabs(wh_law_p(&law, id) - (double)p) < 1e-13);
        }
        wh_law_close(&law);
        wh_site_close(site);
        wh_mechanism_close(mechanism);
        fixture_close(&small);
    }
}

static void check_law(struct wh_mechanism *mechanism, uint32_t word, uint32_t words) {
    struct wh_site *site;
    struct wh_law law;
    double *log_p = calloc(words, sizeof *log_p), sum = 0;
    assert_non_null(log_p);
    must(wh_site_open(mechanism, word, &site));
    must(wh_site_law(site, &law));
    must(wh_mechanism_log_law(mechanism, word, WH_TAILS_FULL, log_p));
    for (uint32_t u = 0; u < words; u++) {
        sum += wh_law_p(&law, u);
        assert_true(fabs(wh_law_p(&law, u) - exp(log_p[u])) < 1e-9);
    }
    assert_true(fabs(sum - 1) < 1e-9);
    wh_law_close(&law);
    wh_site_close(site);
    free(log_p);
}

/* Every law of the table: it sums to 1 and is the one that audits see; from one word on. */
static void laws_sum_to_one(void **state) {
    static const uint32_t sizes[] = {1, 2, 3, 60};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct fixture small;
        uint32_t checked = 0;
        fixture_random(&small, sizes[i], 3, sizes[i] + 5);
        for (const struct wh_mech *const *at = wh_mech_all(); *at; at++) {
            struct wh_mech_spec spec;
            struct wh_mechanism *mechanism;
            const struct wh_mech_env env = {small.near};
            if (!(*at)->law)
                continue;
            must(wh_mech_parse((*at)->name, (double)NAN, &spec));
            enum wh_status status = wh_mechanism_open(&env, &spec, &mechanism);
            if (sizes[i] == 1 && status == WH_DATA)
                continue; /* one word has no pair */
            must(status);
            check_law(mechanism, sizes[i] / 2, sizes[i]);
            wh_mechanism_close(mechanism);
            checked++;
        }
        assert_true(checked >= (sizes[i] == 1 ? 1 : 6));
        fixture_close(&small);
    }
}

/* What "proven" means, checked pair by pair: no log-ratio of the exact laws exceeds the loss. */
static void proven_laws_keep_their_bound(void **state) {
    (void)state;
    const char *const texts[] = {"exponential:epsilon=2", "tgm-floor:gamma=0.01"};
    struct fixture small;
    fixture_random(&small, 30, 4, 77);
    for (size_t m = 0; m < 2; m++) {
        struct wh_mechanism *mechanism = fixture_mechanism(&small, texts[m]);
        double log_p[30][30];
        for (uint32_t w = 0; w < 30; w++) {
            struct wh_site *site;
            struct wh_law law;
            must(wh_site_open(mechanism, w, &site));
            must(wh_site_law(site, &law));
            for (uint32_t i = 0; i < law.count; i++)
                log_p[w][law.ids[i]] = law.log_p[i];
            wh_law_close(&law);
            wh_site_close(site);
        }
        for (uint32_t a = 0; a < 30; a++)
            for (uint32_t b = 0; b < 30; b++)
                for (uint32_t u = 0; u < 30 && a != b; u++)
                    assert_true(fabs(log_p[a][u] - log_p[b][u]) <=
                                wh_mechanism_loss(mechanism, wh_near_distance(small.near, a, b)) *
                                    (1 + 1e-9));
        wh_mechanism_close(mechanism);
    }
    fixture_close(&small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptors_are_complete),
        cmocka_unit_test(texts_are_parsed),
        cmocka_unit_test(bad_texts_are_refused),
        cmocka_unit_test(loss_is_monotone),
        cmocka_unit_test(trials_do_not_depend_on_batches),
        cmocka_unit_test(lists_draw_what_words_draw_alone),
        cmocka_unit_test(traces_explain_the_same_trials),
        cmocka_unit_test(one_candidate_means_unchanged),
        cmocka_unit_test(epsilon_min_is_named),
        cmocka_unit_test(a_scale_by_hand_claims_nothing),
        cmocka_unit_test(duplicates_are_named),
        cmocka_unit_test(laplace_has_no_law),
        cmocka_unit_test(exponential_law_is_its_formula),
        cmocka_unit_test(laws_sum_to_one),
        cmocka_unit_test(proven_laws_keep_their_bound),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
