/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run.h - request in, result out: the only door that cli/ and ui/ use into the core. Results are
 * plain structs owned by the caller and freed by their _close function; all words are ids of the
 * session's embedding. Everything here is synchronous; worker.h does the same in the background.
 */
#ifndef WH_RUN_H
#define WH_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/token.h"
#include "embed/embed.h"
#include "mech/mech.h"
#include "near/near.h"
#include "rng/rng.h"
#include "space/space.h"
#include "stat/stat.h"

/* An embedding made ready, and how to compute on it. */
struct wh_session;
struct wh_session_options {
    struct wh_embed_options embed;
    int threads; /* <= 0: all processors */
    bool seeded; /* else the operating system's entropy */
    uint64_t seed;
};
enum wh_status wh_session_open(const struct wh_session_options *options,
                               struct wh_session **session);
void wh_session_close(struct wh_session *session);
const struct wh_embed *wh_session_embed(const struct wh_session *session);
const struct wh_near *wh_session_near(const struct wh_session *session);
const struct wh_source *wh_session_source(const struct wh_session *session);
int wh_session_threads(const struct wh_session *session);

/* Computes the derived facts if the embedding lacks them (text formats); no-op otherwise. */
enum wh_status wh_session_derive(struct wh_session *session, struct wh_token *token);

/* Id of a word as written, then lower-cased; WH_NO with "unknown word 'x'; near: a, b, c" and,
 * where the model might compose it, how to get a vocabulary that has it. */
enum wh_status wh_session_word(const struct wh_session *session, const char *text, uint32_t *word);

/* ---- near ---- */
struct wh_near_result {
    uint32_t word, count;
    const char *composed;       /* word is WH_NONE then; the caller's */
    struct wh_neighbour *items; /* rank i + 1 */
};
enum wh_status wh_run_near(const struct wh_session *session, uint32_t word, uint32_t k,
                           struct wh_near_result *result);
/* The same around the point that the model composes for a word outside of the vocabulary, which all
 * words can be near to. WH_NO, as wh_session_word(), if it cannot. text is to outlive the result.
 */
enum wh_status wh_run_near_composed(const struct wh_session *session, const char *text, uint32_t k,
                                    struct wh_near_result *result);
void wh_near_result_close(struct wh_near_result *result);

/* ---- a mechanism's description, part of several results ---- */
struct wh_mech_facts {
    struct wh_mech_spec spec;
    double epsilon; /* NAN: runs without */
    struct wh_guarantee guarantee;
    struct wh_figure figures[WH_FIGURE_MAX];
    size_t figure_count;
};
void wh_mech_facts_of(const struct wh_mechanism *mechanism, struct wh_mech_facts *facts);

/* ---- exact law ---- */
struct wh_law_item {
    uint32_t id, rank;
    double distance, p;
};
struct wh_law_result {
    uint32_t word;
    struct wh_mech_facts mech;
    struct wh_law law;
    uint32_t count; /* items with p >= min_p, by p descending, then id */
    struct wh_law_item *items;
    double mass, unchanged, entropy, mean_distance; /* over the whole law */
    double bands[WH_BAND_COUNT];
};
enum wh_status wh_run_law(const struct wh_session *session, uint32_t word,
                          const struct wh_mech_spec *spec, double min_p,
                          struct wh_law_result *result);
void wh_law_result_close(struct wh_law_result *result);

/* ---- substitution frequencies by sampling ---- */
struct wh_sim_item {
    uint32_t id, rank;
    double distance;
    uint64_t count;
    struct wh_interval p; /* Clopper-Pearson 95 % */
    double exact;         /* NAN where there is no law */
};

/* Of mechanisms whose draws are ends of Markov chains: whether chains as long, begun here and
 * there, agree. They are never called converged with Rhat above WH_RHAT_MAX or fewer than
 * WH_ESS_MIN effective draws. */
#define WH_RHAT_MAX 1.01
#define WH_ESS_MIN  400
struct wh_chain_facts {
    uint64_t count, length; /* chains, and their steps after burn-in; count 0: no chains */
    double acceptance, effective_size, rhat; /* the worse of distance and prior */
    bool converged;
};

struct wh_sim_result {
    uint32_t word;
    struct wh_chain_facts chains; /* of wh_run_sim only */
    struct wh_mech_facts mech;
    uint64_t trials;
    bool seeded;
    struct wh_interval unchanged;
    double unchanged_exact;            /* NAN where there is no law */
    uint32_t distinct, distinct_other; /* outputs seen; without the word itself */
    struct wh_interval mean_distance;
    double mean_distance_exact;
    struct wh_interval bands[WH_BAND_COUNT];
    double bands_exact[WH_BAND_COUNT];
    uint32_t count;            /* items, by count descending, then id */
    struct wh_sim_item *items; /* at most max_items of the request */
};
struct wh_sim_request {
    uint32_t word;
    struct wh_mech_spec spec;
    uint64_t trials;
    uint32_t max_items; /* 0: all */
    bool exact;         /* compute the exact law beside it where there is one */
};
/* The same bits for any number of threads. */
enum wh_status wh_run_sim(const struct wh_session *session, const struct wh_sim_request *request,
                          struct wh_token *token, struct wh_sim_result *result);
void wh_sim_result_close(struct wh_sim_result *result);
enum wh_status wh_sim_result_copy(struct wh_sim_result *to, const struct wh_sim_result *from);

/* ---- one draw explained ---- */
struct wh_trace_result {
    uint32_t word;
    struct wh_mech_facts mech;
    uint64_t trial;
    struct wh_trace trace;
    uint32_t output_rank;
    double output_distance; /* from the word */
    double *point;          /* the noisy vector (n doubles) or NULL; freed by close */
};
enum wh_status wh_run_trace(const struct wh_session *session, uint32_t word,
                            const struct wh_mech_spec *spec, uint64_t trial,
                            const struct wh_token *token, struct wh_trace_result *result);
void wh_trace_result_close(struct wh_trace_result *result);

/* ---- the place of a word: what the explorer shows around it ---- */
struct wh_place {
    uint32_t word, dim;
    struct wh_density density;
    struct wh_map_picture picture;
    struct wh_near_result near;
};
enum wh_status wh_run_place(const struct wh_session *session, uint32_t word,
                            enum wh_map_method method, uint32_t k, struct wh_place *place);
void wh_place_close(struct wh_place *place);
enum wh_status wh_place_copy(struct wh_place *to, const struct wh_place *from);

/* Histogram of ln-radius over the vocabulary for the density strip: bins shares, edges low..high.
 */
struct wh_density_profile {
    uint32_t bins;
    double low, high; /* of r_k */
    double *shares;   /* bins of them, largest = 1 */
};
enum wh_status wh_run_density_profile(const struct wh_session *session, uint32_t bins,
                                      struct wh_density_profile *profile);
void wh_density_profile_close(struct wh_density_profile *profile);

/* Parameters that show the story at once for a word: Laplace at the epsilon where about half of the
 * draws leave the word unchanged (by sampling, rounded to 1-2-5 or finer steps), truncated Gumbel
 * at the first round epsilon above its epsilon_min. */
enum wh_status wh_run_default_epsilon(const struct wh_session *session, uint32_t word,
                                      const struct wh_mech *mech, double *epsilon);

#endif
