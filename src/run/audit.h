/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * audit.h - what a mechanism really does to pairs of words, against its claim: exact where it has a
 * law, else a lower bound of the loss from draws. Synchronous; safe to call from a background
 * thread, any number at once on one session whose facts are complete (wh_session_derive).
 */
#ifndef WH_AUDIT_H
#define WH_AUDIT_H

#include "audit/audit_pair.h"
#include "run/run.h"

struct wh_audit_pair {
    uint32_t a, b; /* different */
};

struct wh_audit_request {
    const struct wh_audit_pair *pairs; /* those with the same a best one after the other */
    size_t count;
    struct wh_mech_spec spec;
    uint64_t trials; /* of every word of a pair; not used where the mechanism has a law */
    double level;    /* probability that any of all sampled bounds is wrong: WH_AUDIT_LEVEL */
    double claim;    /* nats per unit of distance to test instead of the mechanism's own; NAN */
    double delta;    /* probability that may lie beyond, added to that of the mechanism's claim */
};
#define WH_AUDIT_LEVEL  1e-6
#define WH_AUDIT_TRIALS 20000

struct wh_audit_result {
    uint32_t pair[2];
    double distance;
    struct wh_claim claim; /* loss HUGE_VAL: nothing is promised */
    /* What the finding is measured against: the claim, or if there is none epsilon * distance,
     * which people take it for. loss HUGE_VAL: not even that (the noise was set by hand). */
    struct wh_claim tested;
    struct wh_finding finding;
    enum wh_verdict verdict;
    bool contradicted; /* the finding contradicts what was tested */
    uint64_t trials;   /* 0: exact */
    double level;      /* of this pair's bounds */
    double reach;      /* sampled: the largest loss that so many draws can show */
};
/* results has request->count entries; *facts (may be NULL) describes the mechanism. The same bits
 * for any number of threads. */
enum wh_status wh_run_audit(const struct wh_session *session,
                            const struct wh_audit_request *request, struct wh_token *token,
                            struct wh_mech_facts *facts, struct wh_audit_result *results);

struct wh_audit_summary {
    size_t pairs, within, not_refuted, refuted, no_claim, contradicted;
    /* Worst loss minus tested loss, over pairs where something was tested: NAN if there is none */
    double largest_excess;
    size_t excess_at; /* index of the pair that attains it */
    double largest_delta;
    size_t delta_at;
};
void wh_audit_summarise(const struct wh_audit_result *results, size_t count,
                        struct wh_audit_summary *summary);

/* ---- one pair, output by output: what a view shows ---- */
struct wh_audit_output {
    uint32_t id;
    uint32_t rank[2];   /* in the neighbour lists of a and b; 0 = the word itself */
    double distance[2]; /* from a and b */
    double log_p[2];    /* ln P(u|a), ln P(u|b); -HUGE_VAL: impossible; sampled: of the counts */
    uint64_t seen[2];   /* draws of a and b that gave it, sampled only */
    double loss;        /* log_p[0] - log_p[1], signed: > 0 speaks for a; infinite where one is
                         * impossible (sampled: was not seen) */
    double beyond;      /* mass of it beyond the tested loss, in the direction of its sign; exact
                         * only: they add up to the finding's delta of each direction */
};
struct wh_audit_detail {
    struct wh_mech_facts mech;
    struct wh_audit_result result;
    uint32_t count;                  /* every word (exact), or those that were seen */
    struct wh_audit_output *outputs; /* by |loss| descending, then id */
    uint32_t *by_mass;               /* indexes of outputs by the larger of both p, descending */
};
struct wh_audit_detail_request {
    struct wh_audit_pair pair;
    struct wh_mech_spec spec;
    uint64_t trials;
    double level, claim, delta; /* as above */
};
enum wh_status wh_run_audit_detail(const struct wh_session *session,
                                   const struct wh_audit_detail_request *request,
                                   struct wh_token *token, struct wh_audit_detail *detail);
void wh_audit_detail_close(struct wh_audit_detail *detail);

#endif
