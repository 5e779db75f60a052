/* SPDX-License-Identifier: GPL-3.0-or-later */
/* measure.c - see measure.h. */
#include "run/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "run/attack.h"
#include "run/run_private.h"

static const char *const names[WH_QUANTITIES] = {"nw",     "sw",      "support", "distance",
                                                 "near10", "near100", "far",     "bayes"};

const char *wh_quantity_name(enum wh_quantity quantity) {
    return names[quantity];
}

enum wh_status wh_quantity_parse(const char *name, size_t length, enum wh_quantity *quantity) {
    for (int q = 0; q < WH_QUANTITIES; q++) {
        if (strlen(names[q]) == length && memcmp(names[q], name, length) == 0) {
            *quantity = (enum wh_quantity)q;
            return WH_OK;
        }
    }
    return wh_fail(
        WH_USAGE, "expected nw, sw, support, distance, near10, near100, far or bayes, found '%.*s'",
        (int)(length < 40 ? length : 40), name);
}

bool wh_quantity_is_share(enum wh_quantity quantity) {
    return quantity == WH_NW || quantity == WH_NEAR10 || quantity == WH_NEAR100 ||
           quantity == WH_FAR || quantity == WH_BAYES;
}

static struct wh_interval exactly(double value) {
    return (struct wh_interval){value, value, value};
}

/* ---- exact ---- */

/* Expected number of distinct other words in so many draws: sum over u of 1 - (1 - p)^trials. */
static double expected_distinct(const struct wh_law *law, uint32_t word, uint64_t trials) {
    double sum = 0, n = (double)trials;
    for (uint32_t i = 0; i < law->count; i++)
        if (law->ids[i] != word)
            sum -= expm1(n * log1p(-exp(law->log_p[i])));
    return sum - law->rest_count * expm1(n * log1p(-exp(law->rest_log_p)));
}

/* The law lists words by rank, so bands need no ranking. */
static void take_law(const struct wh_law *law, uint32_t word, struct wh_measure *measure) {
    double bands[WH_BAND_COUNT] = {0}, entropy = 0, distance = 0;
    for (uint32_t i = law->count; i-- > 0;) {
        double p = exp(law->log_p[i]);
        bands[wh_band_of(i)] += p;
        distance += p * law->distances[i];
        entropy -= p > 0 ? p * law->log_p[i] : 0;
    }
    measure->exact = true;
    measure->values[WH_NW] = exactly(bands[WH_BAND_SELF]);
    measure->values[WH_SW] = exactly(expected_distinct(law, word, measure->trials));
    measure->values[WH_SUPPORT] = exactly(exp(entropy));
    measure->values[WH_DISTANCE] = exactly(distance);
    measure->values[WH_NEAR10] = exactly(bands[WH_BAND_NEAR10]);
    measure->values[WH_NEAR100] = exactly(bands[WH_BAND_NEAR100]);
    measure->values[WH_FAR] = exactly(bands[WH_BAND_FAR]);
}

/* ---- sampled ---- */

/* One thread's memory. */
struct lane_set {
    struct wh_scratch *scratch;
    struct wh_hist hist;
    uint32_t *outputs; /* BATCH of them */
};

#define BATCH 960 /* draws made at a time: whole panels */

struct work {
    const struct wh_session *session;
    const struct wh_measure_request *request;
    const struct wh_mechanism *mechanism;
    struct wh_token *token;
    struct wh_measure *measures;
    struct lane_set *lanes;
};

static void take_counts(const struct wh_ranking *ranking, const struct wh_hist *hist,
                        struct wh_measure *measure) {
    uint64_t bands[WH_BAND_COUNT] = {0};
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < hist->seen_count; i++) {
        uint32_t id = hist->seen[i];
        double count = (double)hist->counts[id], distance = ranking->distances[id];
        bands[wh_band_of(ranking->ranks[id])] += hist->counts[id];
        sum += count * distance;
        squares += count * distance * distance;
    }
    uint32_t other = hist->seen_count - (hist->counts[ranking->word] > 0);
    const enum wh_quantity of_band[WH_BAND_COUNT] = {WH_NW, WH_NEAR10, WH_NEAR100, WH_FAR};
    for (int band = 0; band < WH_BAND_COUNT; band++)
        measure->values[of_band[band]] = wh_stat_proportion(bands[band], hist->trials, WH_ALPHA);
    measure->values[WH_SW] = exactly(other); /* counted, not estimated: in these many draws */
    measure->values[WH_SUPPORT] = (struct wh_interval){NAN, NAN, NAN};
    measure->values[WH_DISTANCE] = wh_stat_mean(sum, squares, hist->trials, WH_ALPHA);
}

static enum wh_status sample(const struct work *work, struct lane_set *lane,
                             const struct wh_site *site, struct wh_measure *measure) {
    enum wh_status status = WH_OK;
    struct wh_lane stream;
    struct wh_ranking ranking = {0};
    uint64_t trials = work->request->trials;
    wh_hist_clear(&lane->hist);
    lane->scratch->token = work->token;
    wh_site_lane(site, work->request->source, &stream);
    for (uint64_t first = 0; first < trials; first += BATCH) {
        size_t count = trials - first < BATCH ? (size_t)(trials - first) : BATCH;
        const struct wh_draws draws = {&stream, first, count, lane->scratch};
        WH_TRY(wh_token_check(work->token));
        WH_TRY(wh_site_draw(site, &draws, lane->outputs));
        wh_hist_add(&lane->hist, lane->outputs, count);
    }
    WH_TRY(wh_ranking_open(wh_session_near(work->session), wh_site_word(site), &ranking));
    take_counts(&ranking, &lane->hist, measure);
out:
    wh_ranking_close(&ranking);
    return status;
}

static enum wh_status measure_one(const struct work *work, struct lane_set *lane, uint32_t word,
                                  struct wh_measure *measure) {
    enum wh_status status = WH_OK;
    struct wh_site *site = NULL;
    struct wh_law law = {0};
    *measure = (struct wh_measure){.trials = work->request->trials};
    measure->values[WH_BAYES] = exactly((double)NAN);
    WH_TRY(wh_site_open(work->mechanism, word, &site));
    if (work->request->spec.mech->law) {
        WH_TRY(wh_site_law(site, &law));
        take_law(&law, word, measure);
    } else {
        WH_TRY(sample(work, lane, site, measure));
    }
out:
    wh_law_close(&law);
    wh_site_close(site);
    return status;
}

static enum wh_status measure_range(void *context, size_t begin, size_t end, int thread) {
    enum wh_status status = WH_OK;
    struct work *work = context;
    for (size_t i = begin; i < end; i++) {
        WH_TRY(wh_token_check(work->token));
        WH_TRY(
            measure_one(work, &work->lanes[thread], work->request->words[i], &work->measures[i]));
        if (thread == 0)
            wh_token_progress(work->token, "words", (double)(i + 1), (double)work->request->count);
    }
out:
    return status;
}

static enum wh_status open_lane(const struct work *work, struct lane_set *lane) {
    enum wh_status status = WH_OK;
    WH_TRY(wh_scratch_open(&lane->scratch));
    WH_TRY(WH_ALLOC(lane->outputs, BATCH));
    WH_TRY(wh_hist_open(wh_embed_words(wh_session_embed(work->session)), &lane->hist));
out:
    return status;
}

static void close_lane(struct lane_set *lane) {
    wh_scratch_close(lane->scratch);
    wh_hist_close(&lane->hist);
    free(lane->outputs);
}

/* ---- what an observer infers ---- */

static enum wh_status guess(const struct work *work, uint32_t word, struct wh_interval *success) {
    enum wh_status status = WH_OK;
    struct wh_attack_result result = {0};
    struct wh_attack_request request = {.observed = word,
                                        .spec = work->request->spec,
                                        .trials = work->request->trials,
                                        .source = work->request->source};
    uint32_t *candidates = NULL;
    WH_TRY(wh_attack_near(work->session, word, WH_BAYES_CANDIDATES, &candidates, &request.count));
    request.candidates = candidates;
    WH_TRY(wh_run_attack(work->session, &request, NULL, &result));
    *success = result.success[WH_PRIOR_UNIFORM];
    wh_attack_result_close(&result);
out:
    free(candidates);
    return status;
}

/* An attack shares its candidates out to the threads, so words come one after the other. */
static enum wh_status guess_all(const struct work *work) {
    enum wh_status status = WH_OK;
    for (size_t i = 0; i < work->request->count; i++) {
        WH_TRY(wh_token_check(work->token));
        WH_TRY(guess(work, work->request->words[i], &work->measures[i].values[WH_BAYES]));
        wh_token_progress(work->token, "guesses", (double)(i + 1), (double)work->request->count);
    }
out:
    return status;
}

/* ---- the whole ---- */

enum wh_status wh_measure_words(const struct wh_session *session,
                                const struct wh_measure_request *request, struct wh_token *token,
                                struct wh_measure *measures) {
    enum wh_status status = WH_OK;
    int threads = wh_session_threads(session);
    struct wh_mechanism *mechanism = NULL;
    struct work work = {
        .session = session, .request = request, .token = token, .measures = measures};
    WH_TRY(wh_session_mechanism(session, &request->spec, &mechanism));
    work.mechanism = mechanism;
    WH_TRY(WH_ALLOC(work.lanes, (size_t)threads));
    for (int i = 0; i < threads; i++)
        WH_TRY(open_lane(&work, &work.lanes[i]));
    WH_TRY(wh_pool_run(threads, request->count, 1, measure_range, &work));
    if (request->bayes)
        status = guess_all(&work);
out:
    for (int i = 0; work.lanes && i < threads; i++)
        close_lane(&work.lanes[i]);
    free(work.lanes);
    wh_mechanism_close(mechanism);
    return status;
}

/* ---- over words ---- */

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The smallest value that at least this share of the values does not exceed. */
static double quantile(const double *sorted, size_t count, double share) {
    double rank = ceil(share * (double)count - 1e-9);
    return sorted[rank < 1 ? 0 : (size_t)rank - 1];
}

/* Draws of all words in one count. It varies less than a binomial count of the same mean (Hoeffding
 * 1956, On the distribution of the number of successes in independent trials), so that Clopper and
 * Pearson's bounds hold for the mean over these words. */
static struct wh_interval mean_of_shares(const struct wh_measure *measures, size_t count,
                                         double mean) {
    uint64_t trials = measures[0].trials * count;
    return wh_stat_proportion((uint64_t)llround(mean * (double)trials), trials, 0.05);
}

/* Words are drawn independently, so the squares of their half widths add up. Guessers of words near
 * each other share candidates, and so draws: their half widths, which are Hoeffding's, add up
 * themselves (a mean of sub-Gaussian variables, however dependent, is so with the mean width). */
static struct wh_interval mean_of(const struct wh_measure *measures, size_t count,
                                  enum wh_quantity quantity) {
    double sum = 0, halves = 0, squares = 0, n = (double)count;
    for (size_t i = 0; i < count; i++) {
        const struct wh_interval *value = &measures[i].values[quantity];
        double half = fmax(value->hi - value->value, value->value - value->lo);
        sum += value->value;
        halves += half;
        squares += half * half;
    }
    if (quantity == WH_BAYES)
        return (struct wh_interval){sum / n, fmax(0, (sum - halves) / n),
                                    fmin(1, (sum + halves) / n)};
    if (!measures[0].exact && wh_quantity_is_share(quantity))
        return mean_of_shares(measures, count, sum / n);
    return (struct wh_interval){sum / n, (sum - sqrt(squares)) / n, (sum + sqrt(squares)) / n};
}

enum wh_status wh_measure_summary(const struct wh_measure *measures, size_t count,
                                  enum wh_quantity quantity, struct wh_summary *summary) {
    double *sorted = wh_alloc(count, sizeof *sorted);
    if (!sorted)
        return WH_NOMEM;
    for (size_t i = 0; i < count; i++)
        sorted[i] = measures[i].values[quantity].value;
    qsort(sorted, count, sizeof *sorted, by_value);
    *summary = (struct wh_summary){mean_of(measures, count, quantity), quantile(sorted, count, 0.5),
                                   quantile(sorted, count, 0.05), quantile(sorted, count, 0.95)};
    free(sorted);
    return WH_OK;
}
