/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * study.h - one question of a view that takes longer than a frame, answered by a thread of its own:
 * an audit, curves over epsilon, an attack, a match. What is known so far can be taken at any time.
 */
#ifndef UI_STUDY_H
#define UI_STUDY_H

#include <stdbool.h>

#include "run/attack.h"
#include "run/audit.h"
#include "run/tune.h"
#include "run/worker.h"

enum ui_study_kind {
    UI_STUDY_NONE,
    UI_STUDY_AUDIT,
    UI_STUDY_SWEEP,
    UI_STUDY_ATTACK,
    UI_STUDY_MATCH,
    UI_STUDY_TRACE, /* one draw explained, where a draw takes long */
};

/* What a kind does not use is 0. */
struct ui_question {
    enum ui_study_kind kind;
    uint32_t word;
    uint32_t other; /* of an audit; WH_NONE: the nearest */
    unsigned slot;  /* the mechanism that is audited, or matched by the other one */
    struct wh_mech_spec mech[WH_WORKER_SLOTS];
    struct wh_target target; /* of a sweep */
    size_t words;            /* of its sample, at most */
    uint64_t trial;          /* that is explained */
};
/* Whether it can be answered only when the facts of the vocabulary are known. */
bool ui_question_needs_facts(const struct ui_question *question);
bool ui_question_equal(const struct ui_question *a, const struct ui_question *b);

#define UI_SWEEP_POINTS 17
#define UI_SWEEP_TRIALS 200 /* a word and epsilon, where there is no law */
#define UI_SWEEP_WORDS  180 /* at most, unless fewer or more are asked for */

struct ui_curve {
    double range[2]; /* of epsilon */
    struct wh_summary at[UI_SWEEP_POINTS][WH_QUANTITIES];
    int count; /* points known */
    bool exact;
    size_t words;  /* behind the points */
    bool answered; /* tune is there */
    struct wh_tune_result tune;
    size_t tuned_words; /* behind it */
    char why[256];      /* there is no curve; "" */
};
double ui_curve_epsilon(const struct ui_curve *curve, int point);

enum ui_findings_state {
    UI_FINDINGS_WAITING,
    UI_FINDINGS_WORKING,
    UI_FINDINGS_DONE,
    UI_FINDINGS_FAILED,
    UI_FINDINGS_STOPPED, /* by the person; what was known by then stays */
};

/* How far the piece of work is that goes on. */
struct ui_progress {
    const char *what; /* NULL: not known */
    double done, total;
    unsigned slot; /* of an attack: who is asked */
};

#define UI_AUDIT_TOP 256 /* outputs in order, as many as any screen has rows */

struct ui_findings {
    struct ui_question question;
    enum ui_findings_state state;
    struct ui_progress progress;      /* while it is worked on */
    char sentence[512];               /* why it failed */
    struct wh_audit_detail audit;     /* outputs NULL until it is known, as below */
    uint32_t audit_top[UI_AUDIT_TOP]; /* the outputs that matter most: indexes */
    uint32_t audit_tops;
    struct wh_attack_result attack[WH_WORKER_SLOTS];
    char attack_why[WH_WORKER_SLOTS][256];
    struct ui_curve curve[WH_WORKER_SLOTS];
    struct wh_match_result match;
    double match_value;
    struct wh_trace_result trace[WH_WORKER_SLOTS]; /* without a point */
};
void ui_findings_close(struct ui_findings *findings);

/* What is known of the question already is not computed again: curves, and beliefs of a slot. */
struct ui_study;
enum wh_status ui_study_open(const struct wh_session *session, const struct ui_findings *known,
                             struct ui_study **study);
int ui_study_fd(const struct ui_study *study); /* readable when there is news */
void ui_study_cancel(struct ui_study *study);  /* returns at once */
/* News into findings, if these are of the same question and it was not cancelled; true when the
 * thread is at its end. */
bool ui_study_take(struct ui_study *study, struct ui_findings *findings);
void ui_study_close(struct ui_study *study); /* waits for the thread; NULL is allowed */

#endif
