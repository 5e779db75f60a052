/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * study_sweep.c - curves over epsilon and the largest epsilon that meets the target, over a sample
 * of words that grows: first a rough answer, then better ones. The sample is spread evenly over the
 * vocabulary in its order, which is that of frequency in most embeddings.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ui/study_private.h"

#define FIRST_WORDS 20 /* the first sample; every later one is GROWTH times as large */
#define GROWTH      3

struct sample {
    uint32_t *ids;
    size_t count;
    struct wh_measure *measures;
};

/* Multiples of the golden ratio: however many are taken, they lie evenly. */
static enum wh_status choose_words(const struct wh_session *session, size_t count,
                                   struct sample *sample) {
    enum wh_status status;
    uint32_t total = wh_embed_words(wh_session_embed(session));
    bool *taken = NULL;
    count = count < total ? count : total;
    WH_TRY(WH_ALLOC(taken, total));
    WH_TRY(WH_ALLOC(sample->ids, count));
    WH_TRY(WH_ALLOC(sample->measures, count));
    for (double at = 0.5; sample->count < count; at = fmod(at + 0.6180339887498949, 1)) {
        uint32_t id = (uint32_t)(at * total);
        while (taken[id])
            id = (id + 1) % total;
        taken[id] = true;
        sample->ids[sample->count++] = id;
    }
out:
    free(taken);
    return status;
}

static void close_sample(struct sample *sample) {
    free(sample->ids);
    free(sample->measures);
}

/* The part of a mechanism's range where its curves turn. */
static enum wh_status choose_range(const struct ui_study_work *work,
                                   const struct wh_mech_spec *spec, double range[2]) {
    int index = wh_mech_param(spec->mech, "epsilon");
    double low, high;
    if (index < 0)
        return wh_fail(WH_UNAVAILABLE, "%s has no epsilon", spec->mech->brief);
    enum wh_status status = wh_epsilon_range(work->session, spec, &low, &high);
    if (status != WH_OK)
        return status;
    bool minimum = spec->mech->needs_pairs && isnan(spec->mech->params[index].fallback);
    range[0] = minimum ? low : spec->mech->vector_noise ? 3 * low : 10 * low;
    range[1] = minimum ? high / 10 : spec->mech->vector_noise ? high / 10 : high / 3;
    return WH_OK;
}

static enum wh_status measure_point(struct ui_study_work *work, unsigned slot, double epsilon,
                                    const struct sample *sample,
                                    struct wh_summary summaries[WH_QUANTITIES]) {
    enum wh_status status;
    struct wh_measure_request request = {.words = sample->ids,
                                         .count = sample->count,
                                         .spec = work->question.mech[slot],
                                         .trials = UI_SWEEP_TRIALS,
                                         .source = wh_session_source(work->session),
                                         .bayes = work->question.target.quantity == WH_BAYES};
    request.spec.values[wh_mech_param(request.spec.mech, "epsilon")] = epsilon;
    WH_TRY(wh_measure_words(work->session, &request, &work->token, sample->measures));
    for (int q = 0; q < WH_QUANTITIES; q++)
        WH_TRY(wh_measure_summary(sample->measures, sample->count, (enum wh_quantity)q,
                                  &summaries[q]));
out:
    return status;
}

/* The first sample is shown point by point; later ones replace the whole curve. */
static enum wh_status sweep_slot(struct ui_study_work *work, unsigned slot,
                                 const struct sample *sample, struct ui_curve *curve) {
    enum wh_status status = WH_OK;
    bool first = curve->count == 0;
    for (int i = 0; i < UI_SWEEP_POINTS; i++) {
        WH_TRY(measure_point(work, slot, ui_curve_epsilon(curve, i), sample, curve->at[i]));
        curve->exact = sample->measures[0].exact;
        curve->count = first ? i + 1 : curve->count;
        curve->words = first || i + 1 == UI_SWEEP_POINTS ? sample->count : curve->words;
        if (!first && i + 1 < UI_SWEEP_POINTS)
            continue;
        ui_study_draft(work)->curve[slot] = *curve;
        ui_study_publish(work);
    }
out:
    return status;
}

static enum wh_status tune_slot(struct ui_study_work *work, unsigned slot,
                                const struct sample *sample, struct ui_curve *curve) {
    enum wh_status status;
    const struct wh_tune_request request = {
        sample->ids,     sample->count, work->question.mech[slot],
        UI_SWEEP_TRIALS, (double)NAN,   (double)NAN};
    struct wh_tune_result result;
    WH_TRY(wh_run_tune(work->session, &request, &work->question.target, 1, &work->token, &result));
    curve->tune = result;
    curve->answered = true;
    curve->tuned_words = sample->count;
    ui_study_draft(work)->curve[slot] = *curve;
    ui_study_publish(work);
out:
    return status;
}

static enum wh_status sweep_and_tune(struct ui_study_work *work, unsigned slot,
                                     const struct sample *sample, struct ui_curve *curve) {
    enum wh_status status = WH_OK;
    if (curve->words == 0)
        WH_TRY(choose_range(work, &work->question.mech[slot], curve->range));
    if (curve->words < sample->count)
        WH_TRY(sweep_slot(work, slot, sample, curve));
    if (!curve->answered || curve->tuned_words < sample->count)
        WH_TRY(tune_slot(work, slot, sample, curve));
out:
    return status;
}

/* A mechanism that cannot is left out, with the reason. */
static enum wh_status try_slot(struct ui_study_work *work, unsigned slot,
                               const struct sample *sample, struct ui_curve *curve) {
    if (!work->question.mech[slot].mech || *curve->why)
        return WH_OK;
    enum wh_status status = sweep_and_tune(work, slot, sample, curve);
    if (status == WH_OK || status == WH_CANCELLED || status == WH_NOMEM)
        return status;
    snprintf(curve->why, sizeof curve->why, "%s", wh_error());
    ui_study_draft(work)->curve[slot] = *curve;
    ui_study_publish(work);
    return WH_OK;
}

/* A curve that has all its points is known; one that was left at its first points is begun anew. */
static void take_known(struct ui_study_work *work, struct ui_curve *curves) {
    struct ui_findings *draft = ui_study_draft(work);
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        if (draft->curve[slot].count == UI_SWEEP_POINTS)
            curves[slot] = draft->curve[slot];
    ui_study_publish(work);
}

enum wh_status ui_answer_sweep(struct ui_study_work *work) {
    enum wh_status status = WH_OK;
    size_t most = work->question.words, words = FIRST_WORDS;
    struct ui_curve *curves = NULL;
    uint32_t total = wh_embed_words(wh_session_embed(work->session));
    most = most < total ? most : total;
    words = words < most ? words : most;
    WH_TRY(WH_ALLOC(curves, WH_WORKER_SLOTS));
    take_known(work, curves);
    for (size_t before = 0; words > before; words = words * GROWTH < most ? words * GROWTH : most) {
        struct sample sample = {0};
        before = words;
        status = choose_words(work->session, words, &sample);
        for (unsigned slot = 0; slot < WH_WORKER_SLOTS && status == WH_OK; slot++)
            status = try_slot(work, slot, &sample, &curves[slot]);
        close_sample(&sample);
        WH_TRY(status);
    }
out:
    free(curves);
    return status;
}
