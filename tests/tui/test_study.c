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
#include "ui/recall.h"
#include "ui/study_private.h"

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
    assert_int_equal(ui_study_open(session, findings, &study), WH_OK);
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

/* exponential and tgm have laws: the curves are exact, and the answer is that of a direct search.
 */
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

/* ---- the order of outputs ---- */

static const struct wh_audit_output *sorted_outputs;

static int by_weight(const void *x, const void *y) {
    const struct wh_audit_output *a = &sorted_outputs[*(const uint32_t *)x];
    const struct wh_audit_output *b = &sorted_outputs[*(const uint32_t *)y];
    double p = fmax(a->log_p[0], a->log_p[1]), q = fmax(b->log_p[0], b->log_p[1]);
    if (a->beyond < b->beyond || a->beyond > b->beyond)
        return a->beyond > b->beyond ? -1 : 1;
    if (p < q || p > q)
        return p > q ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

/* Against sorting all of them; few different values, so that there are ties. */
static void check_order(uint32_t count) {
    struct wh_audit_output *outputs = calloc(count + 1, sizeof *outputs);
    uint32_t *order = calloc(count + 1, sizeof *order), top[UI_AUDIT_TOP];
    uint32_t random = 12345;
    for (uint32_t i = 0; i < count; i++) {
        random = random * 1664525u + 1013904223u;
        outputs[i].id = count - i;
        outputs[i].beyond = (random >> 28) < 14 ? 0 : (random >> 24 & 7) / 8.0;
        outputs[i].log_p[0] = -(double)(random >> 8 & 63);
        outputs[i].log_p[1] = (random >> 20 & 7) == 0 ? -HUGE_VAL : -20;
        order[i] = i;
    }
    const struct wh_audit_detail detail = {.count = count, .outputs = outputs};
    uint32_t found = ui_audit_order(&detail, top);
    sorted_outputs = outputs;
    qsort(order, count, sizeof *order, by_weight);
    assert_int_equal(found, count < UI_AUDIT_TOP ? count : UI_AUDIT_TOP);
    assert_memory_equal(top, order, found * sizeof *top);
    free(outputs);
    free(order);
}

static void test_order(void **state) {
    (void)state;
    const uint32_t counts[] = {0,   1, 2, 100, UI_AUDIT_TOP - 1, UI_AUDIT_TOP, UI_AUDIT_TOP + 1,
                               5000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        check_order(counts[i]);
}

/* ---- what is known already ---- */

/* Opens the question of the findings again, as they are, and takes what it brings. */
static int go_on(struct ui_findings *findings) {
    struct ui_study *study = NULL;
    assert_int_equal(ui_study_open(session, findings, &study), WH_OK);
    int news = take_all(study, findings);
    ui_study_close(study);
    return news;
}

/* Nothing is left to do: no curve and no belief comes again, and all stays as it was. */
static void test_known(void **state) {
    (void)state;
    struct ui_findings *findings = calloc(1, sizeof *findings);
    struct ui_question question = sweep_question(4);
    answer(&question, findings);
    struct ui_curve *before = calloc(1, sizeof *before);
    *before = findings->curve[1];
    assert_true(go_on(findings) <= 2); /* that it began, and that it ended */
    assert_int_equal(findings->state, UI_FINDINGS_DONE);
    assert_memory_equal(before, &findings->curve[1], sizeof *before);
    free(before);
    ui_findings_close(findings);
    question = (struct ui_question){.kind = UI_STUDY_ATTACK, .word = word("brussels")};
    set_mechs(&question, "tgm:epsilon=2", "tgm:epsilon=50");
    assert_true(answer(&question, findings) > 1);
    const struct wh_attack_item *items = findings->attack[1].items;
    assert_true(go_on(findings) <= 2); /* that it began, and that it ended */
    assert_ptr_equal(findings->attack[1].items, items);
    assert_non_null(strstr(findings->attack_why[0], "epsilon"));
    ui_findings_close(findings);
    free(findings);
}

/* A sweep that was left between two samples goes on to the next; it ends as if it had not been. */
static void test_left(void **state) {
    (void)state;
    struct ui_findings *whole = calloc(1, sizeof *whole), *part = calloc(1, sizeof *part);
    struct ui_question question = sweep_question(4);
    answer(&question, part);
    question.words = part->question.words = 8;
    answer(&question, whole);
    part->curve[0].count = 5; /* this one had only begun */
    part->curve[0].answered = false;
    go_on(part);
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        assert_int_equal(part->curve[slot].words, 8);
        assert_int_equal(part->curve[slot].tuned_words, 8);
        assert_memory_equal(part->curve[slot].at, whole->curve[slot].at,
                            sizeof whole->curve[slot].at);
        assert_true(part->curve[slot].tune.epsilon == whole->curve[slot].tune.epsilon);
    }
    ui_findings_close(whole);
    ui_findings_close(part);
    free(whole);
    free(part);
}

static void test_progress(void **state) {
    (void)state;
    struct ui_findings *findings = calloc(1, sizeof *findings);
    struct ui_study *study = NULL;
    findings->question = (struct ui_question){.kind = UI_STUDY_ATTACK, .word = word("brussels")};
    set_mechs(&findings->question, "tgm:epsilon=50", "tgm:epsilon=50");
    findings->question.mech[1].mech = NULL;
    assert_int_equal(ui_study_open(session, findings, &study), WH_OK);
    bool told = false;
    for (bool ended = false; !ended;) {
        struct pollfd fd = {.fd = ui_study_fd(study), .events = POLLIN};
        assert_int_equal(poll(&fd, 1, 60000), 1);
        ended = ui_study_take(study, findings);
        const struct ui_progress *progress = &findings->progress;
        told = told || (progress->what && progress->done > 0 && progress->done <= progress->total);
        assert_true(!ended || !progress->what);
    }
    assert_true(told);
    ui_study_close(study);
    ui_findings_close(findings);
    free(findings);
}

/* ---- answers of before ---- */

static struct ui_findings audit_findings(uint32_t other, uint32_t outputs) {
    struct ui_findings findings = {.question = audit_question(), .state = UI_FINDINGS_DONE};
    findings.question.other = other;
    findings.audit.count = outputs;
    findings.audit.outputs = calloc(1, sizeof *findings.audit.outputs);
    return findings;
}

static bool finds(struct ui_recall *recall, const struct ui_question *question) {
    struct ui_findings *found = calloc(1, sizeof *found);
    ui_recall_find(recall, question, found);
    bool there = found->audit.outputs != NULL;
    assert_true(ui_question_equal(&found->question, question));
    assert_int_equal(found->state, there ? UI_FINDINGS_DONE : UI_FINDINGS_WAITING);
    ui_recall_keep(recall, found);
    free(found);
    return there;
}

/* As many as there is room for, those asked for last; and none whose outputs are too many. */
static void test_recall(void **state) {
    (void)state;
    struct ui_recall recall = {0};
    struct ui_question question = audit_question();
    for (uint32_t i = 0; i < UI_RECALL_ITEMS + 2; i++) {
        struct ui_findings findings = audit_findings(i, 100);
        ui_recall_keep(&recall, &findings);
        assert_null(findings.audit.outputs);
    }
    assert_int_equal(recall.count, UI_RECALL_ITEMS);
    for (uint32_t i = 0; i < UI_RECALL_ITEMS + 2; i++) {
        question.other = i;
        assert_int_equal(finds(&recall, &question), i >= 2);
    }
    struct ui_findings large = audit_findings(100, UI_RECALL_OUTPUTS);
    ui_recall_keep(&recall, &large);
    assert_int_equal(recall.count, 1);
    question.other = 100;
    assert_true(finds(&recall, &question));
    ui_recall_close(&recall);
}

/* Nothing known, or a failure: not worth keeping. Half an answer waits for the rest. */
static void test_recall_half(void **state) {
    (void)state;
    struct ui_recall recall = {0};
    struct ui_findings *findings = calloc(1, sizeof *findings);
    findings->question = sweep_question(20);
    findings->state = UI_FINDINGS_WORKING;
    findings->curve[0].count = 3;
    ui_recall_keep(&recall, findings);
    *findings = audit_findings(5, 10);
    findings->state = UI_FINDINGS_FAILED;
    ui_recall_keep(&recall, findings);
    assert_int_equal(recall.count, 0);
    findings->question = sweep_question(20);
    findings->state = UI_FINDINGS_STOPPED;
    findings->curve[0].count = UI_SWEEP_POINTS;
    findings->curve[0].answered = true;
    ui_recall_keep(&recall, findings);
    struct ui_question question = sweep_question(20);
    question.target.bound = 0.4; /* another target: the curves, not the answer */
    ui_recall_find(&recall, &question, findings);
    assert_int_equal(findings->curve[0].count, UI_SWEEP_POINTS);
    assert_false(findings->curve[0].answered);
    question.target.quantity = WH_BAYES; /* not among what was measured */
    ui_recall_find(&recall, &question, findings);
    assert_int_equal(findings->curve[0].count, 0);
    question = sweep_question(20);
    ui_recall_find(&recall, &question, findings);
    assert_true(findings->curve[0].answered);
    assert_int_equal(findings->state, UI_FINDINGS_WAITING);
    ui_findings_close(findings);
    free(findings);
    ui_recall_close(&recall);
}

/* ---- what is not ---- */

static void test_other_question(void **state) {
    (void)state;
    struct ui_question question = audit_question();
    struct ui_findings *findings = calloc(1, sizeof *findings);
    struct ui_study *study = NULL;
    findings->question = question;
    assert_int_equal(ui_study_open(session, findings, &study), WH_OK);
    findings->question.other = word("berlin");
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
    assert_int_equal(ui_study_open(session, findings, &study), WH_OK);
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
    struct ui_findings *findings = calloc(1, sizeof *findings);
    findings->question = sweep_question(20000);
    for (int i = 0; i < 20; i++) {
        struct ui_study *study = NULL;
        assert_int_equal(ui_study_open(session, findings, &study), WH_OK);
        ui_study_close(study);
    }
    ui_study_close(NULL);
    free(findings);
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
        cmocka_unit_test(test_audit),       cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_sweep),       cmocka_unit_test(test_one_cannot),
        cmocka_unit_test(test_failure),     cmocka_unit_test(test_other_question),
        cmocka_unit_test(test_cancel),      cmocka_unit_test(test_close_at_once),
        cmocka_unit_test(test_equality),    cmocka_unit_test(test_order),
        cmocka_unit_test(test_known),       cmocka_unit_test(test_left),
        cmocka_unit_test(test_progress),    cmocka_unit_test(test_recall),
        cmocka_unit_test(test_recall_half),
    };
    return cmocka_run_group_tests_name("study", tests, open_session, close_session);
}
