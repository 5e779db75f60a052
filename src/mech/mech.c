/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mech.c - the table of mechanisms, opening them, and the calls that go through the descriptor. */
#include "mech/mech.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "mech/site.h"

#define MECH(name) extern const struct wh_mech wh_mech_##name;
#include "mech/mech_list.def"
#undef MECH

static const struct wh_mech *const mechs[] = {
#define MECH(name) &wh_mech_##name,
#include "mech/mech_list.def"
#undef MECH
    NULL,
};

#define TOGETHER 768 /* draws of a word that a mechanism is asked for at a time */

struct wh_mechanism {
    struct wh_mech_env env;
    struct wh_mech_spec spec;
    void *state;
};

const struct wh_mech *const *wh_mech_all(void) {
    return mechs;
}

const char *wh_label_name(enum wh_label label) {
    static const char *const names[] = {"proven", "proven-ideal", "asymptotic", "claimed", "none"};
    return names[label];
}

const char *wh_label_meaning(enum wh_label label) {
    static const char *const meanings[] = {
        "the bound is proven for the law as computed",
        "the bound is proven for real-valued noise; floating point is argued, not proven",
        "the bound holds only for the stationary law of a chain; a finite run is not covered",
        "a paper claims the bound; it is not proven here, and an exact audit may contradict it",
        "no bound of this form exists",
    };
    return meanings[label];
}

enum wh_status wh_mechanism_open(const struct wh_mech_env *env, const struct wh_mech_spec *spec,
                                 struct wh_mechanism **mechanism) {
    enum wh_status status = WH_OK;
    struct wh_mechanism *made = NULL;
    const struct wh_derived *derived = wh_embed_derived(wh_near_embed(env->near));
    *mechanism = NULL;
    if (spec->mech->needs_pairs && wh_embed_words(wh_near_embed(env->near)) < 2)
        return wh_fail(WH_DATA, "%s is undefined: one word alone has no distances",
                       spec->mech->name);
    if (spec->mech->needs_pairs && !derived->nn_distance)
        return wh_fail(WH_UNAVAILABLE,
                       "%s needs the smallest and largest distance of the vocabulary, which are "
                       "not computed",
                       spec->mech->name);
    WH_TRY(WH_ALLOC(made, 1));
    made->env = *env;
    made->spec = *spec;
    WH_TRY(spec->mech->open(env, made->spec.values, &made->state));
    *mechanism = made;
    made = NULL;
out:
    free(made);
    return status;
}

void wh_mechanism_close(struct wh_mechanism *mechanism) {
    if (!mechanism)
        return;
    mechanism->spec.mech->close(mechanism->state);
    free(mechanism);
}

const struct wh_mech_spec *wh_mechanism_spec(const struct wh_mechanism *mechanism) {
    return &mechanism->spec;
}

const struct wh_near *wh_mechanism_near(const struct wh_mechanism *mechanism) {
    return mechanism->env.near;
}

void wh_mechanism_guarantee(const struct wh_mechanism *mechanism, struct wh_guarantee *guarantee) {
    mechanism->spec.mech->guarantee(mechanism->state, guarantee);
}

double wh_mechanism_loss(const struct wh_mechanism *mechanism, double distance) {
    return mechanism->spec.mech->loss(mechanism->state, distance);
}

double wh_mechanism_delta(const struct wh_mechanism *mechanism, double distance) {
    const struct wh_mech *mech = mechanism->spec.mech;
    return mech->delta ? mech->delta(mechanism->state, distance) : 0;
}

static enum wh_status no_law(const struct wh_mechanism *mechanism) {
    return wh_fail(WH_UNAVAILABLE,
                   "%s has no closed law; sample it with 'sim', which gives intervals",
                   mechanism->spec.mech->name);
}

enum wh_status wh_mechanism_log_law(const struct wh_mechanism *mechanism, uint32_t word,
                                    enum wh_tails tails, double *log_p) {
    const struct wh_mech *mech = mechanism->spec.mech;
    if (!mech->log_law)
        return no_law(mechanism);
    return mech->log_law(mechanism->state, word, tails, log_p);
}

size_t wh_mechanism_figures(const struct wh_mechanism *mechanism, struct wh_figure *figures) {
    return mechanism->spec.mech->figures(mechanism->state, figures);
}

double wh_mechanism_epsilon(const struct wh_mechanism *mechanism) {
    int index = wh_mech_param(mechanism->spec.mech, "epsilon");
    int by_hand = wh_mech_param(mechanism->spec.mech, "noise-scale");
    if (index < 0 || (by_hand >= 0 && !isnan(mechanism->spec.values[by_hand])))
        return NAN;
    return mechanism->spec.values[index];
}

enum wh_status wh_site_open(const struct wh_mechanism *mechanism, uint32_t word,
                            struct wh_site **site) {
    enum wh_status status = WH_OK;
    struct wh_site *made = NULL;
    *site = NULL;
    WH_TRY(WH_ALLOC(made, 1));
    *made = (struct wh_site){.mechanism = mechanism, .word = word};
    if (mechanism->spec.mech->site_open)
        WH_TRY(mechanism->spec.mech->site_open(mechanism->state, word, &made->state));
    *site = made;
    made = NULL;
out:
    free(made);
    return status;
}

static enum wh_status open_states(const struct wh_mechanism *mechanism, const uint32_t *words,
                                  size_t count, struct wh_scratch *scratch, void **states) {
    const struct wh_mech *mech = mechanism->spec.mech;
    enum wh_status status = WH_OK;
    if (mech->sites_open)
        return mech->sites_open(mechanism->state, words, count, scratch, states);
    for (size_t i = 0; mech->site_open && i < count && status == WH_OK; i++)
        status = mech->site_open(mechanism->state, words[i], &states[i]);
    return status;
}

enum wh_status wh_sites_open(const struct wh_mechanism *mechanism, const uint32_t *words,
                             size_t count, struct wh_scratch *scratch, struct wh_site **sites) {
    enum wh_status status = WH_OK;
    void **states = NULL;
    for (size_t i = 0; i < count; i++)
        sites[i] = NULL;
    WH_TRY(WH_ALLOC(states, count));
    for (size_t i = 0; i < count; i++) {
        WH_TRY(WH_ALLOC(sites[i], 1));
        *sites[i] = (struct wh_site){.mechanism = mechanism, .word = words[i]};
    }
    status = open_states(mechanism, words, count, scratch, states);
    for (size_t i = 0; i < count; i++)
        sites[i]->state = states[i];
out:
    free(states);
    for (size_t i = 0; i < count && status != WH_OK; i++) {
        wh_site_close(sites[i]);
        sites[i] = NULL;
    }
    return status;
}

void wh_site_close(struct wh_site *site) {
    if (!site)
        return;
    if (site->state)
        site->mechanism->spec.mech->site_close(site->state);
    free(site);
}

size_t wh_site_bytes(const struct wh_mechanism *mechanism) {
    const struct wh_mech *mech = mechanism->spec.mech;
    return sizeof(struct wh_site) + (mech->site_bytes ? mech->site_bytes(mechanism->state) : 0);
}

uint32_t wh_site_word(const struct wh_site *site) {
    return site->word;
}

void wh_site_lane(const struct wh_site *site, const struct wh_source *source,
                  struct wh_lane *lane) {
    wh_lane_open(source, site->mechanism->spec.mech->name, site->word, lane);
}

enum wh_status wh_site_draw(const struct wh_site *site, const struct wh_draws *draws,
                            uint32_t *out) {
    enum wh_status status = WH_OK;
    const struct wh_site *sites[TOGETHER];
    struct wh_trial trials[TOGETHER];
    for (size_t i = 0; i < TOGETHER && i < draws->count; i++)
        sites[i] = site;
    for (size_t done = 0; done < draws->count && status == WH_OK; done += TOGETHER) {
        size_t left = draws->count - done, count = left < TOGETHER ? left : TOGETHER;
        const struct wh_draw_list list = {sites, trials, count, draws->scratch};
        for (size_t i = 0; i < count; i++)
            trials[i] = (struct wh_trial){draws->lane, draws->first + done + i};
        status = wh_sites_draw(site->mechanism, &list, out + done);
    }
    return status;
}

enum wh_status wh_sites_draw(const struct wh_mechanism *mechanism, const struct wh_draw_list *list,
                             uint32_t *out) {
    return mechanism->spec.mech->draw(mechanism->state, list, out);
}

enum wh_status wh_site_trace(const struct wh_site *site, const struct wh_draws *draws,
                             struct wh_trace *trace, double *point) {
    const struct wh_mechanism *mechanism = site->mechanism;
    *trace = (struct wh_trace){.radius = NAN, .output_distance = NAN, .input_distance = NAN};
    return mechanism->spec.mech->trace(mechanism->state, site->state, site->word, draws, trace,
                                       point);
}

enum wh_status wh_site_law(const struct wh_site *site, struct wh_law *law) {
    const struct wh_mechanism *mechanism = site->mechanism;
    *law = (struct wh_law){0};
    if (!mechanism->spec.mech->law)
        return no_law(mechanism);
    enum wh_status status =
        mechanism->spec.mech->law(mechanism->state, site->state, site->word, law);
    if (status != WH_OK)
        wh_law_close(law);
    return status;
}

enum wh_status wh_site_chains(const struct wh_site *site, const struct wh_lane *lane,
                              struct wh_chains *chains) {
    const struct wh_mechanism *mechanism = site->mechanism;
    const struct wh_mech *mech = mechanism->spec.mech;
    *chains = (struct wh_chains){0};
    if (!mech->chains)
        return wh_fail(WH_UNAVAILABLE, "%s draws without Markov chains", mech->name);
    return mech->chains(mechanism->state, site->word, lane, chains);
}

void wh_chains_close(struct wh_chains *chains) {
    free(chains->distance);
    free(chains->log_prior);
    *chains = (struct wh_chains){0};
}

enum wh_status wh_scratch_open(struct wh_scratch **scratch) {
    enum wh_status status = WH_OK;
    struct wh_scratch *made = NULL;
    *scratch = NULL;
    WH_TRY(WH_ALLOC(made, 1));
    WH_TRY(wh_near_scratch_open(&made->near));
    *scratch = made;
    made = NULL;
out:
    free(made);
    return status;
}

void wh_scratch_close(struct wh_scratch *scratch) {
    if (!scratch)
        return;
    wh_near_scratch_close(scratch->near);
    free(scratch->points);
    free(scratch->found);
    free(scratch);
}

enum wh_status wh_scratch_fit(struct wh_scratch *scratch, size_t n, size_t count, size_t k) {
    if (n * count > scratch->capacity) {
        double *points = wh_realloc(scratch->points, n * count, sizeof *points);
        if (!points)
            return WH_NOMEM;
        scratch->points = points;
        scratch->capacity = n * count;
    }
    if (k * count > scratch->found_capacity) {
        struct wh_neighbour *found = wh_realloc(scratch->found, k * count, sizeof *found);
        if (!found)
            return WH_NOMEM;
        scratch->found = found;
        scratch->found_capacity = k * count;
    }
    return WH_OK;
}
