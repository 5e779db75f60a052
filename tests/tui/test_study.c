/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_study.c - questions of the views in the background: what the thread brings is what the core
 * says when asked directly, nothing of another question is taken, and cancelling does not wait.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/wordmap.h"
#include "ui/study.h"

static struct wh_session *session;

static uint32_t word(const char *text) {
    uint32_t id = WH_NONE;
    assert_int_equal(wh_session_word(session, text, &id), WH_OK);
    return id;
}

static void set_mechs(struct ui_question *question, const char *first, const char *second) {
    assert_int_equal(wh_mech_parse(first, (double)NAN, &question->mech[0]), WH_OK);
    assert_int_equal(wh_mech_parse(second, (double)NAN, &question->mech[1]), WH_OK);
}

static struct ui_question audit_question(void) {
    struct ui_question question = {
        .kind = UI_STUDY_AUDIT, .word = word("paris"), .other = word("london"), .slot = 1};
    set_mechs(&question, "laplace:epsilon=10", "tgm:epsilon=50");
    return question;
}

static struct ui_question sweep_question(size_t words) {
    struct ui_question question = {
        .kind = UI_STUDY_SWEEP,
        .target = {.quantity = WH_NW, .at_least = false, .bound = 0.5, .share = 0.95},
        .words = words};
    set_mechs(&question, "exponential:epsilon=10", "tgm:epsilon=50");
    return question;
}

static double seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Waits for news and takes them, until the thread is at its end. */
static int take_all(struct ui_study *study, struct ui_findings *findings) {
    int news = 0;
    for (bool ended = false; !ended; news++) {
        struct pollfd fd = {.fd = ui_study_fd(study), .events = POLLIN};
        assert_int_equal(poll(&fd, 1, 60000), 1);
        ended = ui_study_take(study, findings);
    }
    return news;
}

static int answer(const struct ui_question *question, struct ui_findings *findings) {
    struct ui_study *study = NULL;
    *findings = (struct ui_findings){.question = *question};
    assert_int_equal(ui_study_open(session, question, &study), WH_OK);
    int news = take_all(study, findings);
    ui_study_close(study);
    return news;
}

/* ---- what is brought ---- */

static void test_audit(void **state) {
    (void)state;
    struct ui_question question = audit_question();
    struct ui_findings *findings = calloc(1, sizeof *findings);
    struct wh_audit_detail detail = {0};
    const struct wh_audit_detail_request request = {.pair = {question.word, question.other},
                                                    .spec = question.mech[1],
                                                    .trials = WH_AUDIT_TRIALS,
                                                    .level = WH_AUDIT_LEVEL,
                                                    .claim = (double)NAN};
    answer(&question, findings);
    assert_int_equal(findings->state, UI_FINDINGS_DONE);
    assert_int_equal(wh_run_audit_detail(session, &request, NULL, &detail), WH_OK);
    assert_int_equal(findings->audit.count, detail.count);
    for (uint32_t i = 0; i < detail.count; i++) {
        assert_int_equal(findings->audit.outputs[i].id, detail.outputs[i].id);
        assert_memory_equal(findings->audit.outputs[i].log_p, detail.outputs[i].log_p,
                            sizeof detail.outputs[i].log_p);
    }
    assert_int_equal(findings->audit.result.verdict, WH_VERDICT_REFUTED);
    /* the figures of the mechanism's description */
    assert_true(fabs(findings->audit.result.finding.deltas[0] - 0.326) < 0.001);
    assert_true(fabs(findings->audit.result.finding.deltas[1] - 0.394) < 0.001);
    wh_audit_detail_close(&detail);
    ui_findings_close(findings);
    free(findings);
}

static void test_nearest(void **state) {
    (void)state;
    struct ui_question question = audit_question();
    struct ui_findings *findings = calloc(1, sizeof *findings);
    question.word = word("monday");
    question.other = WH_NONE;
    answer(&question, findings);
    assert_int_equal(findings->state, UI_FINDINGS_DONE);
    assert_int_equal(findings->audit.result.pair[1], word("tuesday"));
    ui_findings_close(findings);
    free(findings);
}

/* exponential and tgm have laws: the curves are exact, and the answer is that of a direct search. */
static void test_sweep(void **state) {
    (void)state;
    struct ui_question question = sweep_question(20);
    struct ui_findings *findings = calloc(1, sizeof *findings);
    int news = answer(&question, findings);
    assert_int_equal(findings->state, UI_FINDINGS_DONE);
    assert_true(news >= 3); /* not all at once */
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        const struct ui_curve *curve = &findings->curve[slot];
        assert_string_equal(curve->why, "");
        assert_int_equal(curve->count, UI_SWEEP_POINTS);
        assert_int_equal(curve->words, 20);
        assert_true(curve->exact && curve->answered && curve->tune.found);
        assert_true(curve->tune.checks[0].met >= 0.95);
        assert_true(curve->tune.checks[0].value.value <= 0.5);
        assert_true(ui_curve_epsilon(curve, 0) < curve->tune.epsilon);
        for (int i = 1; i < UI_SWEEP_POINTS; i++)
            assert_true(ui_curve_epsilon(curve, i) > ui_curve_epsilon(curve, i - 1));
    }
    /* more epsilon, more words unchanged */
    const struct ui_curve *curve = &findings->curve[0];
    for (int i = 1; i < UI_SWEEP_POINTS; i++)
        assert_true(curve->at[i][WH_NW].mean.value >= curve->at[i - 1][WH_NW].mean.value - 1e-9);
    ui_findings_close(findings);
    free(findings);
}

/* A mechanism that cannot says why; the other one is answered all the same. */
static void test_one_cannot(void **state) {
    (void)state;
    struct ui_question question = {.kind = UI_STUDY_ATTACK, .word = word("brussels")};
    struct ui_findings *findings = calloc(1, sizeof *findings);
    set_mechs(&question, "tgm:epsilon=2", "tgm:epsilon=50");
    answer(&question, findings);
    assert_int_equal(findings->state, UI_FINDINGS_DONE);
    assert_null(findings->attack[0].items);
    assert_non_null(strstr(findings->attack_why[0], "epsilon"));
    assert_true(findings->attack[1].count > 0 && findings->attack[1].exact);
    double sum = 0;
    for (size_t i = 0; i < findings->attack[1].count; i++)
        sum += findings->attack[1].items[i].posterior[WH_PRIOR_UNIFORM].value;
    assert_true(fabs(sum - 1) < 1e-9);
    ui_findings_close(findings);
    free(findings);
}

static void test_failure(void **state) {
    (void)state;
    struct ui_question question = audit_question();
    struct ui_findings *findings = calloc(1, sizeof *findings);
    set_mechs(&question, "laplace:epsilon=10", "tgm:epsilon=2");
    answer(&question, findings);
    assert_int_equal(findings->state, UI_FINDINGS_FAILED);
    assert_non_null(strstr(findings->sentence, "epsilon"));
    ui_findings_close(findings);
    free(findings);
}

/* ---- what is not ---- */

static void test_other_question(void **state) {
    (void)state;
    struct ui_question question = audit_question();
    struct ui_findings *findings = calloc(1, sizeof *findings);
    struct ui_study *study = NULL;
    findings->question = question;
    findings->question.other = word("berlin");
    assert_int_equal(ui_study_open(session, &question, &study), WH_OK);
    take_all(study, findings);
    assert_int_equal(findings->audit.count, 0);
    assert_int_equal(findings->state, UI_FINDINGS_WAITING);
    ui_study_close(study);
    free(findings);
}

/* A sweep over the whole vocabulary takes minutes; it is given up at once. */
static void test_cancel(void **state) {
    (void)state;
    struct ui_question question = sweep_question(20000);
    struct ui_findings *findings = calloc(1, sizeof *findings);
    struct ui_study *study = NULL;
    findings->question = question;
    assert_int_equal(ui_study_open(session, &question, &study), WH_OK);
    struct pollfd fd = {.fd = ui_study_fd(study), .events = POLLIN};
    assert_int_equal(poll(&fd, 1, 60000), 1); /* it is at work */
    double begin = seconds();
    ui_study_cancel(study);
    assert_true(seconds() - begin < 0.5);
    take_all(study, findings);
    assert_int_not_equal(findings->state, UI_FINDINGS_DONE);
    ui_study_close(study);
    assert_true(seconds() - begin < 20);
    ui_findings_close(findings);
    free(findings);
}

static void test_close_at_once(void **state) {
    (void)state;
    struct ui_question question = sweep_question(20000);
    for (int i = 0; i < 20; i++) {
        struct ui_study *study = NULL;
        assert_int_equal(ui_study_open(session, &question, &study), WH_OK);
        ui_study_close(study);
    }
    ui_study_close(NULL);
}

static void test_equality(void **state) {
    (void)state;
    struct ui_question a = audit_question(), b = audit_question();
    assert_true(ui_question_equal(&a, &b)); /* unset parameters, NAN, are equal */
    b.other = word("berlin");
    assert_false(ui_question_equal(&a, &b));
    b = audit_question();
    b.slot = 0;
    assert_false(ui_question_equal(&a, &b));
    b = audit_question();
    b.mech[1].values[wh_mech_param(b.mech[1].mech, "epsilon")] = 100;
    assert_false(ui_question_equal(&a, &b));
    a = sweep_question(20);
    b = sweep_question(20);
    b.target.share = 0.9;
    assert_false(ui_question_equal(&a, &b));
    b = sweep_question(21);
    assert_false(ui_question_equal(&a, &b));
}

static int open_session(void **state) {
    const struct wh_session_options options = {.seeded = true, .seed = 1, .threads = 2};
    (void)state;
    return wh_session_open(&options, &session) == WH_OK ? 0 : -1;
}

static int close_session(void **state) {
    (void)state;
    wh_session_close(session);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_audit),         cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_sweep),         cmocka_unit_test(test_one_cannot),
        cmocka_unit_test(test_failure),       cmocka_unit_test(test_other_question),
        cmocka_unit_test(test_cancel),        cmocka_unit_test(test_close_at_once),
        cmocka_unit_test(test_equality),
    };
    return cmocka_run_group_tests_name("study", tests, open_session, close_session);
}
