/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run_private.h - parts that several results are made of; for src/run/ only. */
#ifndef WH_RUN_PRIVATE_H
#define WH_RUN_PRIVATE_H

#include "run/run.h"

#define WH_ALPHA 0.05 /* every interval is at 95 % */

/* ---- session ---- */

/* WH_NO: "unknown word 'x'; near: a, b, c; MORE" (NULL: no more). */
enum wh_status wh_session_unknown(const struct wh_session *session, const char *text,
                                  const char *more);
/* Whether the vocabulary's facts are all there. */
bool wh_session_complete(const struct wh_session *session);
/* Computes the vocabulary's facts and keeps them in the cache; a token's checkpoint is set for as
 * long as that takes, so that what is found outlives the process. */
enum wh_status wh_session_compute(const struct wh_session *session, int threads,
                                  struct wh_token *token, struct wh_derived *derived);
/* Hands computed facts to the embedding; no other thread may be reading them. */
void wh_session_adopt(struct wh_session *session, const struct wh_derived *derived);

enum wh_status wh_session_mechanism(const struct wh_session *session,
                                    const struct wh_mech_spec *spec,
                                    struct wh_mechanism **mechanism);

/* ---- the vocabulary seen from a word ---- */
struct wh_ranking {
    uint32_t word, words;
    uint32_t *ranks;   /* by id; 0 = the word itself */
    double *distances; /* by id */
};
enum wh_status wh_ranking_open(const struct wh_near *near, uint32_t word,
                               struct wh_ranking *ranking);
enum wh_status wh_ranking_copy(struct wh_ranking *to, const struct wh_ranking *from);
void wh_ranking_close(struct wh_ranking *ranking);

/* ---- figures of an exact law ---- */
struct wh_law_figures {
    double unchanged, entropy, mean_distance;
    double bands[WH_BAND_COUNT];
};
void wh_law_figures_take(const struct wh_law *law, const struct wh_ranking *ranking,
                         struct wh_law_figures *figures);
/* ln of the probability of the word at a rank. */
double wh_law_log_p_at(const struct wh_law *law, uint32_t rank);

/* ---- sampling of one word under one mechanism ---- */
struct wh_tally {
    const struct wh_session *session;
    bool seeded;
    struct wh_mechanism *mechanism;
    struct wh_site *site;
    struct wh_lane lane;
    struct wh_mech_facts facts;
    struct wh_ranking ranking;
    bool has_law;
    struct wh_law law;
    struct wh_law_figures figures; /* of the law */
};
struct wh_tally_request {
    const struct wh_source *source; /* where the trials come from */
    uint32_t word;
    const struct wh_mech_spec *spec;
    const struct wh_ranking *known; /* a ranking that may be of this word: saves work; or NULL */
};
enum wh_status wh_tally_open(const struct wh_session *session,
                             const struct wh_tally_request *request, struct wh_tally *tally);
void wh_tally_close(struct wh_tally *tally);
/* Computes the exact law if there is one. */
enum wh_status wh_tally_exact(struct wh_tally *tally);
/* What the counts say; sums run in the order of the sorted counts, so they depend on nothing else.
 */
enum wh_status wh_tally_result(const struct wh_tally *tally, const struct wh_hist *hist,
                               uint32_t max_items, struct wh_sim_result *result);
/* Trials that are worth drawing at a time: whole panels where a draw is a search. */
size_t wh_tally_batch(const struct wh_tally *tally);

#endif
