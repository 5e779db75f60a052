/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * attack.h - what an observer who knows the mechanism infers from its output: the posterior
 * P(w|u) ~ prior(w) P(u|w) over candidate inputs, and how often the guess with the largest
 * posterior is right, sum_u max_w prior(w) P(u|w). Both are over the candidates alone: the observer
 * is told that the input is one of them, which only helps the guess. Exact where the mechanism has
 * a law.
 */
#ifndef WH_ATTACK_H
#define WH_ATTACK_H

#include "audit/posterior.h"
#include "run/run.h"

struct wh_attack_request {
    uint32_t observed;          /* the output that was seen */
    const uint32_t *candidates; /* different words; the observed one need not be among them */
    size_t count;
    struct wh_mech_spec spec;
    uint64_t trials;                /* a candidate, where the mechanism has no law */
    const struct wh_source *source; /* of the draws; NULL: the session's */
};
#define WH_ATTACK_TRIALS 2000

struct wh_attack_item {
    uint32_t word;
    double distance; /* from the observed word */
    double log_p;    /* ln P(observed | word); sampled: of the count */
    struct wh_interval p;
    struct wh_interval posterior[WH_PRIORS]; /* lo = value = hi if exact */
};

struct wh_attack_result {
    uint32_t observed;
    struct wh_mech_facts mech;
    bool exact;
    uint64_t trials;          /* a candidate; 0: exact */
    bool possible[WH_PRIORS]; /* some candidate can give the observed word (sampled: did) */
    size_t count;
    struct wh_attack_item *items; /* all candidates, by unigram posterior descending, then id */
    double blind[WH_PRIORS];      /* success of guessing without looking: the largest prior */
    /* Success of the Bayes guesser. Sampled: of the guesser that the first half of the draws
     * suggests, on the second half; value and interval are of that guesser, so the best one is at
     * least as good as lo. */
    struct wh_interval success[WH_PRIORS];
    double entropy[WH_PRIORS]; /* of the posterior, nats */
};
enum wh_status wh_run_attack(const struct wh_session *session,
                             const struct wh_attack_request *request, struct wh_token *token,
                             struct wh_attack_result *result);
void wh_attack_result_close(struct wh_attack_result *result);

/* The word and its count - 1 nearest (all words if there are fewer): the usual candidates. *ids is
 * malloc'ed, *found of them. */
enum wh_status wh_attack_near(const struct wh_session *session, uint32_t word, size_t count,
                              uint32_t **ids, size_t *found);
#define WH_ATTACK_NEAR 1000

#endif
