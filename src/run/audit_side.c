/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audit_side.c - see audit_side.h. */
#include "run/audit_side.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/pool.h"

enum wh_status wh_audit_side_open(const struct wh_mechanism *mechanism,
                                  struct wh_audit_side *side) {
    uint32_t words = wh_embed_words(wh_near_embed(wh_mechanism_near(mechanism)));
    *side = (struct wh_audit_side){.word = WH_NONE};
    if (wh_mechanism_spec(mechanism)->mech->log_law)
        return WH_ALLOC(side->log_p, words);
    return wh_halves_open(words, &side->halves);
}

void wh_audit_side_close(struct wh_audit_side *side) {
    free(side->log_p);
    wh_halves_close(&side->halves);
    *side = (struct wh_audit_side){.word = WH_NONE};
}

enum wh_status wh_audit_side_law(const struct wh_mechanism *mechanism, uint32_t word,
                                 struct wh_audit_side *side) {
    if (side->word == word)
        return WH_OK;
    side->word = word;
    return wh_mechanism_log_law(mechanism, word, WH_TAILS_FULL, side->log_p);
}

/* ---- draws ---- */

#define BATCH 960 /* draws made at a time: whole panels */

struct work {
    const struct wh_audit_drawing *drawing;
    const struct wh_site *site;
    struct wh_lane lane;
    struct wh_halves *halves;
    pthread_mutex_t counting; /* halves and done */
    double done;
};

static void count(struct work *work, uint64_t first, const uint32_t *outputs, size_t drawn) {
    struct wh_halves *halves = work->halves;
    for (size_t i = 0; i < drawn; i++)
        halves->counts[first + i >= halves->trials[0]][outputs[i]]++;
    work->done += (double)drawn;
}

static enum wh_status draw_batches(void *context, size_t begin, size_t end, int thread) {
    enum wh_status status = WH_OK;
    struct work *work = context;
    const struct wh_audit_drawing *drawing = work->drawing;
    struct wh_scratch *scratch = NULL;
    uint32_t outputs[BATCH];
    WH_TRY(wh_scratch_open(&scratch));
    scratch->token = drawing->token;
    for (size_t first = begin; first < end; first += BATCH) {
        size_t drawn = end - first < BATCH ? end - first : BATCH;
        const struct wh_draws draws = {&work->lane, first, drawn, scratch};
        WH_TRY(wh_token_check(drawing->token));
        WH_TRY(wh_site_draw(work->site, &draws, outputs));
        pthread_mutex_lock(&work->counting);
        count(work, first, outputs, drawn);
        double done = work->done;
        pthread_mutex_unlock(&work->counting);
        if (thread == 0)
            wh_token_progress(drawing->token, "draws", drawing->before + done, drawing->total);
    }
out:
    wh_scratch_close(scratch);
    return status;
}

enum wh_status wh_audit_side_draw(const struct wh_audit_drawing *drawing, uint32_t word,
                                  struct wh_audit_side *side) {
    enum wh_status status = WH_OK;
    struct wh_site *site = NULL;
    struct work work = {
        .drawing = drawing, .halves = &side->halves, .counting = PTHREAD_MUTEX_INITIALIZER};
    if (side->word == word)
        return WH_OK;
    side->word = word;
    wh_halves_clear(&side->halves, drawing->trials);
    WH_TRY(wh_site_open(drawing->mechanism, word, &site));
    work.site = site;
    wh_site_lane(site, wh_session_source(drawing->session), &work.lane);
    status = wh_pool_run(wh_session_threads(drawing->session), drawing->trials, 8 * BATCH,
                         draw_batches, &work);
out:
    wh_site_close(site);
    return status;
}

/* ---- what is tested ---- */

enum wh_status wh_audit_check(const struct wh_session *session, struct wh_audit_pair pair,
                              const struct wh_mech_spec *spec, uint64_t trials, double level) {
    const char *word = wh_embed_word(wh_session_embed(session), pair.a);
    if (pair.a == pair.b)
        return wh_fail(WH_USAGE, "an audit needs two different words, found '%.60s' twice", word);
    if (!spec->mech->log_law && trials < 2)
        return wh_fail(WH_USAGE, "an audit of %s needs draws, two at least", spec->mech->name);
    if (!(level > 0 && level < 0.5))
        return wh_fail(WH_USAGE, "the level of an audit is between 0 and 0.5, not %g", level);
    return WH_OK;
}

struct wh_audit_result wh_audit_result_of(const struct wh_mechanism *mechanism,
                                          struct wh_audit_pair pair, double claim, double delta) {
    double distance = wh_near_distance(wh_mechanism_near(mechanism), pair.a, pair.b);
    double epsilon = wh_mechanism_epsilon(mechanism);
    struct wh_guarantee guarantee;
    struct wh_audit_result result = {.pair = {pair.a, pair.b}, .distance = distance};
    result.claim = (struct wh_claim){wh_mechanism_loss(mechanism, distance),
                                     wh_mechanism_delta(mechanism, distance)};
    wh_mechanism_guarantee(mechanism, &guarantee);
    if (guarantee.label == WH_LABEL_NONE) /* nor of twins, whose loss it gives as 0 */
        result.claim.loss = HUGE_VAL;
    if (!isnan(claim))
        result.claim = (struct wh_claim){claim * distance, 0};
    result.claim.delta = fmin(1, result.claim.delta + delta);
    result.tested = result.claim;
    if (result.claim.loss == HUGE_VAL && !isnan(epsilon))
        result.tested = (struct wh_claim){epsilon * distance, delta};
    return result;
}

enum wh_status wh_audit_decide(const struct wh_mechanism *mechanism, const struct wh_audit_side *a,
                               const struct wh_audit_side *b, double level,
                               struct wh_audit_result *result) {
    enum wh_status status = WH_OK;
    uint32_t words = wh_embed_words(wh_near_embed(wh_mechanism_near(mechanism)));
    if (a->log_p) {
        wh_audit_exact(a->log_p, b->log_p, words, result->tested.loss, &result->finding);
    } else {
        WH_TRY(wh_audit_sampled(&a->halves, &b->halves, words, result->tested, level,
                                &result->finding));
        result->trials = a->halves.trials[0] + a->halves.trials[1];
        result->level = level;
        result->reach = wh_audit_reach(&a->halves, result->tested, level);
    }
    enum wh_verdict tested = wh_audit_verdict(&result->finding, result->tested);
    result->contradicted = tested == WH_VERDICT_REFUTED;
    result->verdict = result->claim.loss == HUGE_VAL ? WH_VERDICT_NO_CLAIM : tested;
out:
    return status;
}
