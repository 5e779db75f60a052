/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recall.c - a short list, the latest first. */
#include "ui/recall.h"

#include <stdlib.h>
#include <string.h>

/* ---- keeping ---- */

static bool has_something(const struct ui_findings *findings) {
    bool something = findings->audit.outputs != NULL;
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        something = something || findings->attack[slot].items ||
                    findings->curve[slot].count == UI_SWEEP_POINTS;
    return something && findings->state != UI_FINDINGS_FAILED;
}

static void remove_item(struct ui_recall *recall, int index) {
    ui_findings_close(recall->items[index]);
    free(recall->items[index]);
    recall->count--;
    memmove(&recall->items[index], &recall->items[index + 1],
            (size_t)(recall->count - index) * sizeof *recall->items);
}

static size_t all_outputs(const struct ui_recall *recall) {
    size_t outputs = 0;
    for (int i = 0; i < recall->count; i++)
        outputs += recall->items[i]->audit.count;
    return outputs;
}

void ui_recall_keep(struct ui_recall *recall, struct ui_findings *findings) {
    struct ui_findings *item = has_something(findings) ? malloc(sizeof *item) : NULL;
    if (!item) {
        ui_findings_close(findings);
        return;
    }
    if (recall->count == UI_RECALL_ITEMS)
        remove_item(recall, recall->count - 1);
    memmove(&recall->items[1], &recall->items[0], (size_t)recall->count * sizeof *recall->items);
    *item = *findings;
    recall->items[0] = item;
    recall->count++;
    memset(findings, 0, sizeof *findings);
    while (recall->count > 1 && all_outputs(recall) > UI_RECALL_OUTPUTS)
        remove_item(recall, recall->count - 1);
}

/* ---- finding ---- */

/* What is not complete waits for the rest. */
static void take_item(struct ui_recall *recall, int index, struct ui_findings *findings) {
    *findings = *recall->items[index];
    memset(recall->items[index], 0, sizeof *findings);
    remove_item(recall, index);
    if (findings->state != UI_FINDINGS_DONE)
        findings->state = UI_FINDINGS_WAITING;
}

/* The curves do not depend on the target, but for how often an observer guesses, which is measured
 * only where it is asked for. */
static bool same_curves(const struct ui_question *a, const struct ui_question *b) {
    struct ui_question other = *b;
    other.target = a->target;
    return a->kind == UI_STUDY_SWEEP && ui_question_equal(a, &other) &&
           a->target.quantity != WH_BAYES && b->target.quantity != WH_BAYES;
}

static void copy_curves(const struct ui_findings *from, struct ui_findings *to) {
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        if (from->curve[slot].count < UI_SWEEP_POINTS)
            continue;
        to->curve[slot] = from->curve[slot];
        to->curve[slot].answered = false;
        to->curve[slot].tuned_words = 0;
    }
}

void ui_recall_find(struct ui_recall *recall, const struct ui_question *question,
                    struct ui_findings *findings) {
    *findings = (struct ui_findings){.question = *question};
    for (int i = 0; i < recall->count; i++)
        if (ui_question_equal(question, &recall->items[i]->question)) {
            take_item(recall, i, findings);
            return;
        }
    for (int i = 0; i < recall->count; i++)
        if (same_curves(question, &recall->items[i]->question)) {
            copy_curves(recall->items[i], findings);
            return;
        }
}

void ui_recall_close(struct ui_recall *recall) {
    while (recall->count > 0)
        remove_item(recall, recall->count - 1);
}
