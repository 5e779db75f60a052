/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recall.h - answers to questions asked before: going back to a view shows again what was computed.
 * A few, the latest first; the oldest go when there are too many, or when they are too large.
 */
#ifndef UI_RECALL_H
#define UI_RECALL_H

#include "ui/study.h"

#define UI_RECALL_ITEMS   8
#define UI_RECALL_OUTPUTS 400000 /* of all audits together: about 35 MB */

struct ui_recall {
    struct ui_findings *items[UI_RECALL_ITEMS];
    int count;
};

/* Takes what findings know, if that is worth keeping; they are empty afterwards. */
void ui_recall_keep(struct ui_recall *recall, struct ui_findings *findings);
/*
 * Findings of the question: complete as they were kept, or as far as they go and waiting for the
 * rest, or with nothing in them. The curves of a sweep serve another target too.
 */
void ui_recall_find(struct ui_recall *recall, const struct ui_question *question,
                    struct ui_findings *findings);
void ui_recall_close(struct ui_recall *recall);

#endif
