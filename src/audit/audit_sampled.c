/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * audit_sampled.c - two samples against a claim.
 *
 * A set E of outputs is chosen on the first half of the draws: words by falling ratio of their
 * counts, as many as promise the largest bound. On the second half its two probabilities are bound
 * by Clopper-Pearson, one-sided: p >= Pr[M(a) in E] fails and q <= Pr[M(b) in E] fails with
 * probability level / 4 each, for two directions. As E does not depend on the second half, with
 * probability 1 - level both hold in both directions:
 *
 *     loss >= ln((p - delta) / q)   and   mass beyond the loss of the claim >= p - e^{loss} q.
 *
 * How E is chosen needs no proof: a poor choice only makes the bound poor.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit_pair.h"
#include "base/mem.h"
#include "stat/stat.h"

#define DEVIATIONS 5.0 /* of a count, about what the final bounds cost */

enum wh_status wh_halves_open(uint32_t words, struct wh_halves *halves) {
    enum wh_status status = WH_OK;
    *halves = (struct wh_halves){0};
    WH_TRY(WH_ALLOC(halves->counts[0], words));
    WH_TRY(WH_ALLOC(halves->counts[1], words));
out:
    if (status != WH_OK)
        wh_halves_close(halves);
    else
        halves->words = words;
    return status;
}

void wh_halves_close(struct wh_halves *halves) {
    free(halves->counts[0]);
    free(halves->counts[1]);
    *halves = (struct wh_halves){0};
}

void wh_halves_clear(struct wh_halves *halves, uint64_t trials) {
    memset(halves->counts[0], 0, halves->words * sizeof *halves->counts[0]);
    memset(halves->counts[1], 0, halves->words * sizeof *halves->counts[1]);
    halves->trials[0] = trials / 2;
    halves->trials[1] = trials - trials / 2;
}

struct candidate {
    uint32_t word;
    uint64_t over, under; /* counts under the word that is to be likelier, and the other */
};

static double ratio(const struct candidate *candidate) {
    return ((double)candidate->over + 0.5) / ((double)candidate->under + 0.5);
}

static int by_ratio(const void *x, const void *y) {
    const struct candidate *a = x, *b = y;
    double r = ratio(a), s = ratio(b);
    if (r != s)
        return r > s ? -1 : 1;
    return (a->word > b->word) - (a->word < b->word);
}

struct event {
    struct candidate *words; /* by falling ratio; the first count of them are the set */
    uint32_t seen, count;
};

/* What a set with these counts promises: the loss that the bounds of the test will show, about. */
static double promise(double over, double under, double trials, double delta) {
    double low = over - DEVIATIONS * sqrt(over) - delta * trials;
    double high = under + DEVIATIONS * sqrt(under) + DEVIATIONS * DEVIATIONS / 2;
    return low > 0 ? log(low / high) : -HUGE_VAL;
}

static enum wh_status choose(const struct wh_halves *over, const struct wh_halves *under,
                             uint32_t words, double delta, struct event *event) {
    double best = -HUGE_VAL, sum_over = 0, sum_under = 0;
    *event = (struct event){0};
    if (WH_ALLOC(event->words, words) != WH_OK)
        return WH_NOMEM;
    for (uint32_t u = 0; u < words; u++)
        if (over->counts[0][u])
            event->words[event->seen++] =
                (struct candidate){u, over->counts[0][u], under->counts[0][u]};
    qsort(event->words, event->seen, sizeof *event->words, by_ratio);
    for (uint32_t i = 0; i < event->seen; i++) {
        sum_over += (double)event->words[i].over;
        sum_under += (double)event->words[i].under;
        double promised = promise(sum_over, sum_under, (double)over->trials[0], delta);
        if (promised > best) {
            best = promised;
            event->count = i + 1;
        }
    }
    return WH_OK;
}

static uint64_t count_in(const struct event *event, const struct wh_halves *halves) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < event->count; i++)
        sum += halves->counts[1][event->words[i].word];
    return sum;
}

/* The word of the set that was drawn most. */
static uint32_t top_word(const struct event *event) {
    const struct candidate *top = &event->words[0];
    for (uint32_t i = 1; i < event->count; i++)
        if (event->words[i].over > top->over)
            top = &event->words[i];
    return top->word;
}

static enum wh_status test(const struct wh_halves *over, const struct wh_halves *under,
                           uint32_t words, struct wh_claim claim, double level, bool forward,
                           struct wh_finding *finding) {
    struct event event;
    enum wh_status status = choose(over, under, words, claim.delta, &event);
    if (status == WH_OK && event.count > 0) {
        double low = wh_stat_lower(count_in(&event, over), over->trials[1], level);
        double high = wh_stat_upper(count_in(&event, under), under->trials[1], level);
        double loss = low > claim.delta ? log((low - claim.delta) / high) : 0;
        double mass = low - exp(claim.loss) * high;
        if (loss > finding->worst.value) {
            finding->worst = (struct wh_worst){loss, top_word(&event), forward};
            finding->event_words = event.count;
        }
        finding->deltas[forward ? 0 : 1] = fmax(0, mass);
        finding->delta = fmax(finding->delta, mass);
    }
    free(event.words);
    return status;
}

#define BOUNDS 4 /* two of each direction */

enum wh_status wh_audit_sampled(const struct wh_halves *a, const struct wh_halves *b,
                                uint32_t words, struct wh_claim claim, double level,
                                struct wh_finding *finding) {
    *finding =
        (struct wh_finding){.exact = false, .worst.word = UINT32_MAX, .likely.word = UINT32_MAX};
    enum wh_status status = test(a, b, words, claim, level / BOUNDS, true, finding);
    return status == WH_OK ? test(b, a, words, claim, level / BOUNDS, false, finding) : status;
}

double wh_audit_reach(const struct wh_halves *halves, struct wh_claim claim, double level) {
    uint64_t trials = halves->trials[1];
    double low = wh_stat_lower(trials, trials, level / BOUNDS) - claim.delta;
    return low > 0 ? log(low / wh_stat_upper(0, trials, level / BOUNDS)) : 0;
}
