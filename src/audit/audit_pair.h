/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * audit_pair.h - what a mechanism really does to a pair of words, against a claimed bound
 *
 *     Pr[M(a) in E] <= e^{loss} Pr[M(b) in E] + delta   for every set E of outputs, and b, a
 * likewise.
 *
 * Exact where the laws are known: the worst loss over all outputs, and the mass beyond the claim.
 * Elsewhere from draws: a lower bound of the loss, which can refute and never prove.
 */
#ifndef WH_AUDIT_PAIR_H
#define WH_AUDIT_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct wh_claim {
    double loss;  /* nats; HUGE_VAL: nothing is claimed */
    double delta; /* probability */
};

enum wh_verdict {
    WH_VERDICT_WITHIN,      /* exact, and within the claim */
    WH_VERDICT_NOT_REFUTED, /* sampled, and nothing found: no proof */
    WH_VERDICT_REFUTED,
    WH_VERDICT_NO_CLAIM, /* the mechanism promises nothing */
};
const char *wh_verdict_name(enum wh_verdict verdict); /* "within", "not refuted" ... */

/* forward: the output (or the set of them) is likelier under the first word. */
struct wh_worst {
    double value; /* nats; HUGE_VAL: possible under one word, impossible under the other */
    uint32_t word;
    bool forward;
};

#define WH_LIKELY 1e-6 /* outputs rarer than that under both words do not count as likely */

struct wh_finding {
    bool exact;
    struct wh_worst worst; /* over all outputs; sampled: a lower bound, and the set's top word */
    struct wh_worst
        likely; /* over outputs that one of the words gives with WH_LIKELY; exact only */
    /* Mass beyond the loss of the claim, forward and backward, and the larger; sampled: lower
     * bounds. */
    double deltas[2], delta;
    uint32_t event_words; /* sampled: outputs in the set that was tested */
};

/* Mass of one output beyond e^{loss} times that under the other word; log_from - log_to > loss. */
double wh_audit_beyond(double log_from, double log_to, double loss);

/* log_a, log_b: ln P(u|a), ln P(u|b) of every word by id. */
void wh_audit_exact(const double *log_a, const double *log_b, uint32_t words, double loss,
                    struct wh_finding *finding);

/* Room for the rounding of exact laws, beside the claim. */
#define WH_AUDIT_SLACK 1e-9
enum wh_verdict wh_audit_verdict(const struct wh_finding *finding, struct wh_claim claim);

/*
 * Draws of one word, in two halves: the set of outputs to test is chosen on the first and tested on
 * the second. Counts by id.
 */
struct wh_halves {
    uint32_t words;
    uint64_t *counts[2];
    uint64_t trials[2];
};
enum wh_status wh_halves_open(uint32_t words, struct wh_halves *halves);
void wh_halves_close(struct wh_halves *halves);
/* No counts yet, and trials, at least two, shared out to the halves. */
void wh_halves_clear(struct wh_halves *halves, uint64_t trials);

/* level: of all bounds of this pair together; they are all right with probability 1 - level. */
enum wh_status wh_audit_sampled(const struct wh_halves *a, const struct wh_halves *b,
                                uint32_t words, struct wh_claim claim, double level,
                                struct wh_finding *finding);
/* The largest loss that so many draws can show: all of one word in the set, none of the other. */
double wh_audit_reach(const struct wh_halves *halves, struct wh_claim claim, double level);

#endif
