/* SPDX-License-Identifier: GPL-3.0-or-later */
/* study.c - the thread of a question, and how its news reach the screen. */
#include "ui/study.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "ui/study_private.h"
#include "ui/undo.h"

struct ui_study {
    struct ui_study_work work; /* first: the answering functions get its address */
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    struct ui_findings draft;
    bool started, ended;
    int fd;
};

/* ---- questions and findings ---- */

static bool target_equal(const struct wh_target *a, const struct wh_target *b) {
    return a->quantity == b->quantity && a->at_least == b->at_least &&
           !(a->bound < b->bound || a->bound > b->bound) &&
           !(a->share < b->share || a->share > b->share);
}

bool ui_question_equal(const struct ui_question *a, const struct ui_question *b) {
    return a->kind == b->kind && a->word == b->word && a->other == b->other && a->slot == b->slot &&
           a->words == b->words && a->trial == b->trial && target_equal(&a->target, &b->target) &&
           ui_spec_equal(&a->mech[0], &b->mech[0]) && ui_spec_equal(&a->mech[1], &b->mech[1]);
}

bool ui_question_needs_facts(const struct ui_question *question) {
    bool needs = question->kind == UI_STUDY_SWEEP || question->kind == UI_STUDY_MATCH;
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        const struct wh_mech *mech = question->mech[slot].mech;
        needs = needs || (mech && (mech->needs_pairs || mech->needs_density));
    }
    return needs;
}

double ui_curve_epsilon(const struct ui_curve *curve, int point) {
    return curve->range[0] *
           pow(curve->range[1] / curve->range[0], (double)point / (UI_SWEEP_POINTS - 1));
}

void ui_findings_close(struct ui_findings *findings) {
    wh_audit_detail_close(&findings->audit);
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        wh_attack_result_close(&findings->attack[slot]);
    memset(findings, 0, sizeof *findings);
}

/* ---- news ---- */

struct ui_findings *ui_study_draft(struct ui_study_work *work) {
    struct ui_study *study = (struct ui_study *)work;
    pthread_mutex_lock(&study->lock);
    return &study->draft;
}

void ui_study_publish(struct ui_study_work *work) {
    struct ui_study *study = (struct ui_study *)work;
    pthread_mutex_unlock(&study->lock);
    eventfd_write(study->fd, 1);
}

/* What owns memory is handed over once; what was handed over before stays. */
static void take_news(struct ui_findings *draft, struct ui_findings *findings) {
    struct ui_findings before = *findings;
    *findings = *draft;
    if (draft->audit.outputs)
        wh_audit_detail_close(&before.audit);
    else
        findings->audit = before.audit;
    draft->audit = (struct wh_audit_detail){0};
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        if (draft->attack[slot].items)
            wh_attack_result_close(&before.attack[slot]);
        else
            findings->attack[slot] = before.attack[slot];
        draft->attack[slot] = (struct wh_attack_result){0};
    }
}

bool ui_study_take(struct ui_study *study, struct ui_findings *findings) {
    eventfd_t count;
    (void)eventfd_read(study->fd, &count);
    pthread_mutex_lock(&study->lock);
    if (!atomic_load(&study->work.token.cancelled) &&
        ui_question_equal(&study->work.question, &findings->question))
        take_news(&study->draft, findings);
    bool ended = study->ended;
    pthread_mutex_unlock(&study->lock);
    return ended;
}

/* ---- the thread ---- */

/* In the thread of the work, or one of its helpers. */
static void tell_progress(void *context, const char *what, double done, double total) {
    struct ui_study *study = context;
    struct ui_findings *draft = ui_study_draft(&study->work);
    const struct ui_progress before = draft->progress;
    draft->progress = (struct ui_progress){what, done, total, study->work.slot};
    bool news = before.what != what || floor(100 * before.done / total) < floor(100 * done / total);
    pthread_mutex_unlock(&study->lock);
    if (news)
        eventfd_write(study->fd, 1);
}

/* What is known and owns no memory is the draft's; the rest stays with those who know it. */
static void start_draft(struct ui_study *study, const struct ui_findings *known) {
    study->draft = *known;
    study->draft.state = UI_FINDINGS_WORKING;
    study->draft.progress = (struct ui_progress){0};
    study->draft.audit = (struct wh_audit_detail){0};
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        study->work.known[slot] = known->attack[slot].items || *known->attack_why[slot];
        study->draft.attack[slot] = (struct wh_attack_result){0};
    }
}

static enum wh_status (*const answers[])(struct ui_study_work *work) = {
    [UI_STUDY_AUDIT] = ui_answer_audit,   [UI_STUDY_SWEEP] = ui_answer_sweep,
    [UI_STUDY_ATTACK] = ui_answer_attack, [UI_STUDY_MATCH] = ui_answer_match,
    [UI_STUDY_TRACE] = ui_answer_trace,
};

static void *run_study(void *context) {
    struct ui_study *study = context;
    enum wh_status status = answers[study->work.question.kind](&study->work);
    struct ui_findings *draft = ui_study_draft(&study->work);
    draft->state = status == WH_OK ? UI_FINDINGS_DONE : UI_FINDINGS_FAILED;
    draft->progress = (struct ui_progress){0};
    snprintf(draft->sentence, sizeof draft->sentence, "%s", status == WH_OK ? "" : wh_error());
    study->ended = true;
    ui_study_publish(&study->work);
    return NULL;
}

enum wh_status ui_study_open(const struct wh_session *session, const struct ui_findings *known,
                             struct ui_study **study) {
    enum wh_status status;
    struct ui_study *made = NULL;
    WH_TRY(WH_ALLOC(made, 1));
    made->work.session = session;
    made->work.question = known->question;
    made->work.token.progress = tell_progress;
    made->work.token.context = made;
    start_draft(made, known);
    pthread_mutex_init(&made->lock, NULL);
    made->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (made->fd < 0 || pthread_create(&made->thread, NULL, run_study, made) != 0) {
        status = wh_fail(WH_NOMEM, "no thread to compute in: %s", strerror(errno));
        goto out;
    }
    made->started = true;
    *study = made;
    made = NULL;
out:
    ui_study_close(made);
    return status;
}

int ui_study_fd(const struct ui_study *study) {
    return study->fd;
}

void ui_study_cancel(struct ui_study *study) {
    atomic_store(&study->work.token.cancelled, true);
}

void ui_study_close(struct ui_study *study) {
    if (!study)
        return;
    ui_study_cancel(study);
    if (study->started)
        pthread_join(study->thread, NULL);
    if (study->fd >= 0)
        close(study->fd);
    pthread_mutex_destroy(&study->lock);
    ui_findings_close(&study->draft);
    free(study);
}
