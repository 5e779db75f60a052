/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mech.h - what a mechanism is.
 *
 * A mechanism is one file mech_NAME.c with one const descriptor, and one row in mech_list.def.
 * Flags, the parameter form, "wordhaze mechs", the manual and the generic tests are all made from
 * it.
 *
 * Use:  wh_mechanism_open (parameters checked, constants computed)
 *         wh_site_open (one word prepared: neighbour list, cumulative law ...)
 *           wh_site_draw / wh_site_trace / wh_site_law
 *         wh_site_close
 *       wh_mechanism_close
 *
 * A mechanism and a site are immutable once open: any number of threads may draw from them, each
 * with its own wh_scratch. Draws allocate nothing once the scratch has grown.
 */
#ifndef WH_MECH_H
#define WH_MECH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/token.h"
#include "near/near.h"
#include "rng/rng.h"

enum wh_label { /* what a guarantee may be called: mechanisms.md section 1 */
                WH_LABEL_PROVEN,
                WH_LABEL_PROVEN_IDEAL,
                WH_LABEL_ASYMPTOTIC,
                WH_LABEL_CLAIMED,
                WH_LABEL_NONE,
};
const char *wh_label_name(enum wh_label label);
const char *wh_label_meaning(enum wh_label label); /* one sentence for people */

/* A parameter. Unset optional parameters are NAN. Integers are stored in doubles. */
struct wh_param {
    const char *name, *unit; /* "epsilon", "1/distance" */
    double min, max;         /* inclusive */
    double fallback;         /* default; NAN: unset, the mechanism decides */
    bool integer;
    const char *help;
};
#define WH_PARAM_MAX 8

/* The guarantee of an opened mechanism. */
struct wh_guarantee {
    enum wh_label label;
    const char *metric;       /* "euclidean", or the metric of the mechanism's own */
    double loss_per_distance; /* L(d) = loss_per_distance * d; NAN if not of this form */
    double loss_constant;     /* L(d) = loss_constant for d > 0; NAN if not of this form */
    const char *note;         /* one line: what holds, or why nothing does */
};

/* A figure the mechanism derived from its parameters: alpha, b, lambda ... for "parameters". */
struct wh_figure {
    const char *name, *unit;
    double value;
};
#define WH_FIGURE_MAX 12

/* An exact substitution law, in the log domain. support words in rank order of the site's word (0 =
 * the word itself); every other word has rest_log_p each (-inf: none, or less than 1e-18
 * in total). */
struct wh_law {
    uint32_t count;      /* words listed */
    uint32_t *ids;       /* count; by rank in the word's neighbour list */
    double *distances;   /* count */
    double *log_p;       /* count; natural logarithm */
    uint32_t rest_count; /* |W| - count */
    double rest_log_p;
    double mass; /* sum of all probabilities, should be 1 within 1e-9 */
};
void wh_law_close(struct wh_law *law);
double wh_law_p(const struct wh_law *law, uint32_t id); /* O(count) */

/* One draw explained, for the step view. Arrays are inside; what a mechanism does not use is 0. */
#define WH_TRACE_CANDIDATES 64
struct wh_trace_candidate {
    uint32_t id;
    double distance; /* from the input word */
    double noise;    /* added to the distance or the score */
    double score;    /* what is compared: the winner has the smallest */
};
struct wh_trace {
    uint32_t output;
    bool floored;             /* the answer came from a uniform floor */
    uint32_t drawn_k;         /* number of candidates drawn (truncated Gumbel) */
    uint32_t candidate_count; /* listed below, at most WH_TRACE_CANDIDATES */
    struct wh_trace_candidate candidates[WH_TRACE_CANDIDATES];
    double radius;          /* |noise| for vector noise, else NAN */
    double output_distance; /* from the noisy point to the output, vector noise only */
    double input_distance;  /* from the noisy point to the input word = radius */
};

/* What a mechanism works on; derived facts come from wh_embed_derived(wh_near_embed(near)). */
struct wh_mech_env {
    const struct wh_near *near;
};

struct wh_mechanism; /* opened, with its parameters */
struct wh_site;      /* opened at a word */

/* Memory for draws, one a thread. */
struct wh_scratch {
    struct wh_near_scratch *near;
    double *points;  /* a batch of noisy vectors */
    size_t capacity; /* doubles in points */
    struct wh_neighbour *found;
    size_t found_capacity;
    const struct wh_token *token; /* NULL, or what draws that take long ask whether to give up */
};
enum wh_status wh_scratch_open(struct wh_scratch **scratch);
void wh_scratch_close(struct wh_scratch *scratch);
/* Room for count points of n doubles, and count * k answers. */
enum wh_status wh_scratch_fit(struct wh_scratch *scratch, size_t n, size_t count, size_t k);

/* Which trials of a lane to draw, for one word. */
struct wh_draws {
    const struct wh_lane *lane;
    uint64_t first;
    size_t count;
    struct wh_scratch *scratch;
};

/* Any draws: each of a prepared word, with the randomness of a trial. Words may follow each other
 * in any order; some mechanisms are faster where draws of a word are together. */
struct wh_draw_list {
    const struct wh_site *const *sites; /* of one mechanism */
    const struct wh_trial *trials;
    size_t count;
    struct wh_scratch *scratch;
};

/* Markov chains after burn-in, for those who judge whether chains so long converge; half of them
 * begin at any words of the vocabulary. Chain by chain, count x length values each. */
struct wh_chains {
    size_t count, length;
    double *distance;  /* from the word */
    double *log_prior; /* ln of the prior, up to a constant */
    double acceptance; /* share of steps accepted */
};
void wh_chains_close(struct wh_chains *chains);

/* How far a law by id reaches: where the masses left out are below 1e-18 together (they are then
 * -inf), or as far as the logarithms go. */
enum wh_tails { WH_TAILS_CUT, WH_TAILS_FULL };

struct wh_mech {
    const char *name;                     /* "laplace"; also the name of its random streams */
    const char *title;                    /* "multivariate Laplace" */
    const char *brief;                    /* "Laplace": panel heading, at most 12 columns */
    const char *paper;                    /* full reference */
    const char *departure;                /* where we depart from the paper, "" if nowhere */
    const char *method;                   /* two or three sentences: how a draw is made */
    const char *law_text;                 /* the law and the proof sketch, for the manual */
    enum wh_label label;                  /* with default parameters */
    const char *loss_text;                /* "epsilon * d", for people */
    bool needs_pairs;                     /* needs group 1 of wh_derived */
    bool needs_density;                   /* needs group 2 */
    bool vector_noise;                    /* adds noise to the vector: trace has radius and point */
    struct wh_param params[WH_PARAM_MAX]; /* ends with name NULL */

    /* All below work on the mechanism's own state; values has one entry a param. */
    /* may fill in values that are unset */
    enum wh_status (*open)(const struct wh_mech_env *env, double *values, void **state);
    void (*close)(void *state);
    void (*guarantee)(const void *state, struct wh_guarantee *guarantee);
    double (*loss)(const void *state, double distance); /* nats, rounded up; INFINITY: none */
    size_t (*figures)(const void *state, struct wh_figure *figures);
    enum wh_status (*site_open)(const void *state, uint32_t word, void **site); /* NULL: no site */
    /* Several at once, for less than one by one: sites has count places. NULL: one by one */
    enum wh_status (*sites_open)(const void *state, const uint32_t *words, size_t count,
                                 struct wh_scratch *scratch, void **sites);
    void (*site_close)(void *site);
    size_t (*site_bytes)(const void *state); /* memory of one site; NULL: none */
    enum wh_status (*draw)(const void *state, const struct wh_draw_list *list, uint32_t *out);
    /* the first of the trials with its working; point gets the noisy vector (n doubles) if not NULL
     */
    enum wh_status (*trace)(const void *state, const void *site, uint32_t word,
                            const struct wh_draws *draws, struct wh_trace *trace, double *point);
    /* NULL: no closed law */
    enum wh_status (*law)(const void *state, const void *site, uint32_t word, struct wh_law *law);
    /* The law over all of W by id, for audits and attacks; every mechanism with a law has it. */
    enum wh_status (*log_law)(const void *state, uint32_t word, enum wh_tails tails, double *log_p);
    /* A draw is the end of a Markov chain, and these are the first ones; NULL: it is not */
    enum wh_status (*chains)(const void *state, uint32_t word, const struct wh_lane *lane,
                             struct wh_chains *chains);
    /* Probability that the bound may fail with, for pairs (loss, delta); NULL: 0 */
    double (*delta)(const void *state, double distance);
};

const struct wh_mech *const *wh_mech_all(void); /* in the order of mech_list.def, NULL-terminated */
const struct wh_mech *wh_mech_find(const char *name); /* NULL if there is none */

/* "tgm:noise-scale=30" -> mechanism and values (defaults where not given). epsilon: overrides the
 * default unless the spec sets it; NAN for none. WH_USAGE names the nearest mechanism/parameter. */
struct wh_mech_spec {
    const struct wh_mech *mech;
    double values[WH_PARAM_MAX];
};
enum wh_status wh_mech_parse(const char *text, double epsilon, struct wh_mech_spec *spec);
/* WH_USAGE with a sentence if the value is outside the parameter's range. */
enum wh_status wh_mech_check(const struct wh_mech *mech, int index, double value);
/* Index of a parameter or -1. */
int wh_mech_param(const struct wh_mech *mech, const char *name);

enum wh_status wh_mechanism_open(const struct wh_mech_env *env, const struct wh_mech_spec *spec,
                                 struct wh_mechanism **mechanism);
void wh_mechanism_close(struct wh_mechanism *mechanism);
const struct wh_mech_spec *wh_mechanism_spec(const struct wh_mechanism *mechanism);
const struct wh_near *wh_mechanism_near(const struct wh_mechanism *mechanism);
void wh_mechanism_guarantee(const struct wh_mechanism *mechanism, struct wh_guarantee *guarantee);
double wh_mechanism_loss(const struct wh_mechanism *mechanism, double distance);
/* The probability that goes with the loss: 0 but for bounds that are a pair. */
double wh_mechanism_delta(const struct wh_mechanism *mechanism, double distance);
/* ln P(u|word) for every u, by id (|W| of them); -inf: impossible. Errors: of ln P at most 1e-5 in
 * full tails. WH_UNAVAILABLE where the mechanism has no closed law. Thread-safe. */
enum wh_status wh_mechanism_log_law(const struct wh_mechanism *mechanism, uint32_t word,
                                    enum wh_tails tails, double *log_p);
size_t wh_mechanism_figures(const struct wh_mechanism *mechanism, struct wh_figure *figures);
/* The value of epsilon, or NAN when the mechanism runs without (noise-scale set by hand). */
double wh_mechanism_epsilon(const struct wh_mechanism *mechanism);

enum wh_status wh_site_open(const struct wh_mechanism *mechanism, uint32_t word,
                            struct wh_site **site);
/* Several words, which costs less than one by one; on failure none is open. */
enum wh_status wh_sites_open(const struct wh_mechanism *mechanism, const uint32_t *words,
                             size_t count, struct wh_scratch *scratch, struct wh_site **sites);
void wh_site_close(struct wh_site *site);
uint32_t wh_site_word(const struct wh_site *site);
size_t wh_site_bytes(const struct wh_mechanism *mechanism); /* memory of one site, about */
/* The lane of this mechanism and word: wh_lane_open(source, mech->name, word). */
void wh_site_lane(const struct wh_site *site, const struct wh_source *source, struct wh_lane *lane);
enum wh_status wh_site_draw(const struct wh_site *site, const struct wh_draws *draws,
                            uint32_t *out);
/* One output for each draw of the list. */
enum wh_status wh_sites_draw(const struct wh_mechanism *mechanism, const struct wh_draw_list *list,
                             uint32_t *out);
enum wh_status wh_site_trace(const struct wh_site *site, const struct wh_draws *draws,
                             struct wh_trace *trace, double *point);
/* WH_UNAVAILABLE where the mechanism has no closed law. */
enum wh_status wh_site_law(const struct wh_site *site, struct wh_law *law);
/* The first chains of the lane; WH_UNAVAILABLE where draws are not made by chains. */
enum wh_status wh_site_chains(const struct wh_site *site, const struct wh_lane *lane,
                              struct wh_chains *chains);

#endif
