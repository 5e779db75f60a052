/* SPDX-License-Identifier: GPL-3.0-or-later */
/* study_private.h - between the thread of study.c and the files that know one kind of question. */
#ifndef UI_STUDY_PRIVATE_H
#define UI_STUDY_PRIVATE_H

#include "base/token.h"
#include "ui/study.h"

/* What the answering functions work with; they publish what they have by these two. */
struct ui_study_work {
    const struct wh_session *session;
    struct ui_question question;
    struct wh_token token;
    bool known[WH_WORKER_SLOTS]; /* of an attack */
    unsigned slot;               /* at work now, likewise */
};
/* The draft is the study's own: change it between these, quickly. */
struct ui_findings *ui_study_draft(struct ui_study_work *work);
void ui_study_publish(struct ui_study_work *work);

/* The outputs that matter most, first those with most mass beyond the claim, then the most
 * frequent: at most UI_AUDIT_TOP indexes, their number is returned. */
uint32_t ui_audit_order(const struct wh_audit_detail *detail, uint32_t top[UI_AUDIT_TOP]);

enum wh_status ui_answer_audit(struct ui_study_work *work);
enum wh_status ui_answer_sweep(struct ui_study_work *work);
enum wh_status ui_answer_attack(struct ui_study_work *work);
enum wh_status ui_answer_match(struct ui_study_work *work);
enum wh_status ui_answer_trace(struct ui_study_work *work);

#endif
