/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tally.c - a word under a mechanism, ready to be sampled, and what the counts of its outputs say.
 * Used by run_sim.c (all trials at once, on several threads) and worker.c (in the background, bit
 * by bit): the same counts give the same result to the bit.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "run/run_private.h"
#include "vec/vec.h"

#define CHEAP_BATCH 4096 /* draws of mechanisms that search nothing */

static enum wh_status rank(const struct wh_tally_request *request, struct wh_tally *tally) {
    const struct wh_ranking *known = request->known;
    if (known && known->ranks && known->word == request->word)
        return wh_ranking_copy(&tally->ranking, known);
    return wh_ranking_open(wh_session_near(tally->session), request->word, &tally->ranking);
}

enum wh_status wh_tally_open(const struct wh_session *session,
                             const struct wh_tally_request *request, struct wh_tally *tally) {
    enum wh_status status;
    *tally = (struct wh_tally){.session = session, .seeded = request->source->seeded};
    WH_TRY(wh_session_mechanism(session, request->spec, &tally->mechanism));
    wh_mech_facts_of(tally->mechanism, &tally->facts);
    WH_TRY(wh_site_open(tally->mechanism, request->word, &tally->site));
    wh_site_lane(tally->site, request->source, &tally->lane);
    WH_TRY(rank(request, tally));
out:
    if (status != WH_OK)
        wh_tally_close(tally);
    return status;
}

void wh_tally_close(struct wh_tally *tally) {
    wh_law_close(&tally->law);
    wh_ranking_close(&tally->ranking);
    wh_site_close(tally->site);
    wh_mechanism_close(tally->mechanism);
    *tally = (struct wh_tally){0};
}

enum wh_status wh_tally_exact(struct wh_tally *tally) {
    if (tally->has_law || !tally->facts.spec.mech->law)
        return WH_OK;
    enum wh_status status = wh_site_law(tally->site, &tally->law);
    if (status != WH_OK)
        return status;
    tally->has_law = true;
    wh_law_figures_take(&tally->law, &tally->ranking, &tally->figures);
    return WH_OK;
}

size_t wh_tally_batch(const struct wh_tally *tally) {
    const struct wh_mech *mech = tally->facts.spec.mech;
    return mech->vector_noise || mech->chains ? WH_VEC_PANEL : CHEAP_BATCH;
}

/* No trials yet: anything is possible. */
static struct wh_interval share(uint64_t count, uint64_t trials) {
    if (!trials)
        return (struct wh_interval){NAN, 0, 1};
    return wh_stat_proportion(count, trials, WH_ALPHA);
}

static struct wh_interval mean_distance(const struct wh_ranking *ranking,
                                        const struct wh_hist *hist, const uint32_t *sorted) {
    double sum = 0, squares = 0;
    if (hist->trials < 2)
        return (struct wh_interval){hist->trials ? ranking->distances[sorted[0]] : (double)NAN,
                                    -INFINITY, INFINITY};
    for (uint32_t i = 0; i < hist->seen_count; i++) {
        double count = (double)hist->counts[sorted[i]], d = ranking->distances[sorted[i]];
        sum += count * d;
        squares += count * d * d;
    }
    return wh_stat_mean(sum, squares, hist->trials, WH_ALPHA);
}

static void fill_bands(const struct wh_tally *tally, const struct wh_hist *hist,
                       struct wh_sim_result *result) {
    uint64_t counts[WH_BAND_COUNT] = {0};
    for (uint32_t i = 0; i < hist->seen_count; i++) {
        uint32_t id = hist->seen[i];
        counts[wh_band_of(tally->ranking.ranks[id])] += hist->counts[id];
    }
    for (int band = 0; band < WH_BAND_COUNT; band++) {
        result->bands[band] = share(counts[band], hist->trials);
        result->bands_exact[band] = tally->has_law ? tally->figures.bands[band] : (double)NAN;
    }
}

static enum wh_status fill_items(const struct wh_tally *tally, const struct wh_hist *hist,
                                 const uint32_t *sorted, struct wh_sim_result *result) {
    if (WH_ALLOC(result->items, (size_t)result->count + 1) != WH_OK)
        return WH_NOMEM;
    for (uint32_t i = 0; i < result->count; i++) {
        uint32_t id = sorted[i], rank = tally->ranking.ranks[id];
        result->items[i] = (struct wh_sim_item){
            .id = id,
            .rank = rank,
            .distance = tally->ranking.distances[id],
            .count = hist->counts[id],
            .p = share(hist->counts[id], hist->trials),
            .exact = tally->has_law ? exp(wh_law_log_p_at(&tally->law, rank)) : (double)NAN,
        };
    }
    return WH_OK;
}

enum wh_status wh_tally_result(const struct wh_tally *tally, const struct wh_hist *hist,
                               uint32_t max_items, struct wh_sim_result *result) {
    enum wh_status status;
    uint32_t word = tally->ranking.word, *sorted = NULL;
    *result = (struct wh_sim_result){
        .word = word,
        .mech = tally->facts,
        .trials = hist->trials,
        .seeded = tally->seeded,
        .unchanged = share(hist->counts[word], hist->trials),
        .unchanged_exact = tally->has_law ? tally->figures.unchanged : (double)NAN,
        .distinct = hist->seen_count,
        .distinct_other = hist->seen_count - (hist->counts[word] > 0),
        .mean_distance_exact = tally->has_law ? tally->figures.mean_distance : (double)NAN,
        .count = max_items && max_items < hist->seen_count ? max_items : hist->seen_count,
    };
    WH_TRY(WH_ALLOC(sorted, (size_t)hist->seen_count + 1));
    wh_hist_sorted(hist, sorted);
    result->mean_distance = mean_distance(&tally->ranking, hist, sorted);
    fill_bands(tally, hist, result);
    WH_TRY(fill_items(tally, hist, sorted, result));
out:
    free(sorted);
    if (status != WH_OK)
        wh_sim_result_close(result);
    return status;
}
