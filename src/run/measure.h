/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * measure.h - what a mechanism does to a word, as a few numbers that can be compared across
 * mechanisms: exact from the law where there is one, else from draws with 95 % intervals.
 */
#ifndef WH_MEASURE_H
#define WH_MEASURE_H

#include "run/run.h"

enum wh_quantity {
    WH_NW, /* N_w: probability that the word comes out unchanged */
    WH_SW, /* S_w: distinct outputs other than the word, in so many draws; expected, if exact */
    WH_SUPPORT,  /* effective support e^H; only exact */
    WH_DISTANCE, /* mean distance of the output from the word */
    WH_NEAR10,   /* probability of ranks 1-10 */
    WH_NEAR100,  /* of ranks 11-100 */
    WH_FAR,      /* beyond */
    WH_BAYES,    /* success of the Bayes guesser among the word and its nearest, none likelier than
                  * another before (attack.h); sampled: a lower bound (attack_sampled.c) */
    WH_QUANTITIES
};
const char *wh_quantity_name(enum wh_quantity quantity); /* "nw", "sw", "support" ... */
bool wh_quantity_is_share(enum wh_quantity quantity);    /* between 0 and 1 */
enum wh_status wh_quantity_parse(const char *name, size_t length, enum wh_quantity *quantity);

struct wh_measure {
    bool exact;                               /* lo = value = hi */
    uint64_t trials;                          /* drawn, or that S_w is expected for */
    struct wh_interval values[WH_QUANTITIES]; /* NAN where unknown */
};

/* Words under one mechanism, shared out to the session's threads; measures has count entries. Draws
 * are trials 0..trials-1 of every word's stream, whatever epsilon is: common random numbers, so
 * that curves over epsilon are smooth. */
struct wh_measure_request {
    const uint32_t *words;
    size_t count;
    struct wh_mech_spec spec;
    uint64_t trials;
    const struct wh_source *source; /* of the draws */
    bool bayes;                     /* WH_BAYES too, which takes WH_BAYES_CANDIDATES words a word */
};
#define WH_BAYES_CANDIDATES 10
enum wh_status wh_measure_words(const struct wh_session *session,
                                const struct wh_measure_request *request, struct wh_token *token,
                                struct wh_measure *measures);

/* Over words: what a curve shows. mean has an interval from the draws of every word; percentiles
 * are those of the words' values. */
struct wh_summary {
    struct wh_interval mean;
    double median, low, high; /* low, high: 5th and 95th percentile */
};
enum wh_status wh_measure_summary(const struct wh_measure *measures, size_t count,
                                  enum wh_quantity quantity, struct wh_summary *summary);

#endif
