/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tune.h - epsilon for a purpose: where a quantity has a value (match), and the largest that meets
 * targets (tune). Searches use common random numbers, so what is searched is smooth; answers are
 * checked with fresh ones.
 */
#ifndef WH_TUNE_H
#define WH_TUNE_H

#include "run/measure.h"

#define WH_TARGETS 8

/* "nw<=0.5@95%": the quantity meets the bound for at least this share of the words. */
struct wh_target {
    enum wh_quantity quantity;
    bool at_least; /* >= rather than <= */
    double bound, share;
};
enum wh_status wh_target_parse(const char *text, struct wh_target *target);

struct wh_tune_request {
    const uint32_t *words;
    size_t count;
    struct wh_mech_spec spec; /* its epsilon is what is searched */
    uint64_t trials;
    double low, high; /* epsilons to search between; NAN: chosen by the mechanism */
};

/* How a target stands at an epsilon. */
struct wh_target_check {
    double met;               /* share of the words that meet it */
    uint32_t binding;         /* the word that decides: at the share's edge */
    struct wh_interval value; /* the quantity at that word */
};
/* Whether enough words meet it. Near the largest epsilon that does, fresh draws may fall short. */
bool wh_target_met(const struct wh_target *target, const struct wh_target_check *check);

struct wh_tune_result {
    bool found;
    double epsilon;                 /* the largest that meets all targets */
    char reason[256];               /* why none does; then */
    double closest;                 /* the epsilon, of those looked at, that comes closest */
    struct wh_target_check lacking; /* a target that is not met there */
    uint64_t trials;                /* a word, in the check run */
    bool exact;
    struct wh_target_check checks[WH_TARGETS]; /* by the check run at epsilon */
};
enum wh_status wh_run_tune(const struct wh_session *session, const struct wh_tune_request *request,
                           const struct wh_target *targets, size_t target_count,
                           struct wh_token *token, struct wh_tune_result *result);

struct wh_match_result {
    bool found;
    double epsilon;
    struct wh_interval value; /* mean over the words at epsilon, by a check run with fresh draws */
    double reachable[2];      /* smallest and largest mean met between low and high */
    bool exact;
};
/* Where the mean of the quantity over the words equals the value. */
enum wh_status wh_run_match(const struct wh_session *session, const struct wh_tune_request *request,
                            enum wh_quantity quantity, double value, struct wh_token *token,
                            struct wh_match_result *result);

/* The range of epsilon in which the mechanism does something on this embedding: from a noise as
 * wide as the vocabulary to one far below its smallest distances. */
enum wh_status wh_epsilon_range(const struct wh_session *session, const struct wh_mech_spec *spec,
                                double *low, double *high);

#endif
