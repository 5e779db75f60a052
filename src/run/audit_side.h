/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audit_side.h - one word of an audited pair: its law, or draws of it; for src/run/ only. */
#ifndef WH_AUDIT_SIDE_H
#define WH_AUDIT_SIDE_H

#include "run/audit.h"
#include "run/run_private.h"

struct wh_audit_side {
    uint32_t word;           /* WH_NONE: nothing yet */
    double *log_p;           /* ln P(u|word) by id, where there is a law ... */
    struct wh_halves halves; /* ... or counts */
};
enum wh_status wh_audit_side_open(const struct wh_mechanism *mechanism, struct wh_audit_side *side);
void wh_audit_side_close(struct wh_audit_side *side);

/* The law of the word, unless it is there already. */
enum wh_status wh_audit_side_law(const struct wh_mechanism *mechanism, uint32_t word,
                                 struct wh_audit_side *side);

/* Draws of a word on all threads: trials 0 .. trials/2 - 1 are the first half. */
struct wh_audit_drawing {
    const struct wh_session *session;
    const struct wh_mechanism *mechanism;
    uint64_t trials;
    struct wh_token *token;
    double before, total; /* draws of words before this one, and of all: for the progress */
};
enum wh_status wh_audit_side_draw(const struct wh_audit_drawing *drawing, uint32_t word,
                                  struct wh_audit_side *side);

/* What is tested for a pair; claim and delta: as in struct wh_audit_request. */
struct wh_audit_result wh_audit_result_of(const struct wh_mechanism *mechanism,
                                          struct wh_audit_pair pair, double claim, double delta);
/* Fills in finding and verdict. */
enum wh_status wh_audit_decide(const struct wh_mechanism *mechanism, const struct wh_audit_side *a,
                               const struct wh_audit_side *b, double level,
                               struct wh_audit_result *result);

enum wh_status wh_audit_check(const struct wh_session *session, struct wh_audit_pair pair,
                              const struct wh_mech_spec *spec, uint64_t trials, double level);

#endif
