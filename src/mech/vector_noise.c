/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vector_noise.c - batches of noisy points; see vector_noise.h. */
#include "mech/vector_noise.h"

#include <stdlib.h>

#include "base/mem.h"
#include "mech/site.h"
#include "vec/vec.h"

#define BATCH (16 * WH_VEC_PANEL)
#define TRIES 9 /* draws of noise that tell how far it reaches */

/* The noisy vector of one trial; returns the norm of its noise. */
static double noisy_point(const struct wh_vector_noise *mechanism, uint32_t word,
                          struct wh_rng *rng, double *uniform, double *point) {
    const float *row = wh_embed_row(wh_near_embed(mechanism->near), word);
    *uniform = mechanism->choose ? wh_rng_uniform(rng) : 0.5;
    double norm = mechanism->noise(mechanism, word, rng, point);
    for (uint32_t j = 0; j < mechanism->dim; j++)
        point[j] += (double)row[j];
    return norm;
}

/* ---- how far the noise reaches: only speed depends on it ---- */

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void norms_of_noise(const struct wh_vector_noise *mechanism, uint32_t word, double *room,
                           double *norms) {
    struct wh_source source;
    struct wh_lane lane;
    struct wh_rng rng;
    wh_source_seed(&source, 0);
    wh_lane_open(&source, "reach", word, &lane);
    for (uint64_t i = 0; i < TRIES; i++) {
        wh_rng_open(&lane, i, &rng);
        norms[i] = mechanism->noise(mechanism, word, &rng, room);
    }
    qsort(norms, TRIES, sizeof *norms, by_value);
}

enum wh_status wh_vector_site_open(const void *state, uint32_t word, void **site) {
    const struct wh_vector_noise *mechanism = state;
    struct wh_near_list *list = NULL;
    double norms[TRIES], *room = wh_alloc(mechanism->dim, sizeof *room);
    if (!room)
        return WH_NOMEM;
    norms_of_noise(mechanism, word, room, norms);
    free(room);
    double middle = norms[TRIES / 2], spread = norms[TRIES - 1] - middle;
    enum wh_status status =
        wh_near_list_open(mechanism->near, word, 2 * middle, 2 * (middle + 3 * spread), &list);
    *site = list;
    return status;
}

void wh_vector_site_close(void *site) {
    wh_near_list_close(site);
}

size_t wh_vector_site_bytes(const void *state) {
    const struct wh_vector_noise *mechanism = state;
    return wh_near_list_bytes(mechanism->near);
}

/* ---- draws ---- */

static enum wh_status choose(const struct wh_vector_noise *mechanism, uint32_t word, double uniform,
                             const struct wh_neighbour *found, uint32_t *output) {
    if (mechanism->choose)
        return mechanism->choose(mechanism, word, uniform, found, output);
    *output = found[0].id;
    return WH_OK;
}

/* The word itself is a good guess of the winner, as long as only the winner is asked for. */
static void noisy_points(const struct wh_vector_noise *mechanism, const struct wh_draw_list *list,
                         double *uniforms, struct wh_near_query *queries) {
    struct wh_rng_ahead ahead;
    struct wh_rng rng;
    size_t numbers = (size_t)mechanism->dim + mechanism->dim / 32 + 8; /* normals, and a few more */
    ahead.count = 0;
    for (size_t t = 0; t < list->count; t++) {
        uint32_t word = list->sites[t]->word;
        double *point = list->scratch->points + t * mechanism->dim;
        wh_rng_open_ahead(&list->trials[t], list->count - t, numbers, &ahead, &rng);
        noisy_point(mechanism, word, &rng, &uniforms[t], point);
        queries[t] = (struct wh_near_query){point, list->sites[t]->state, word};
    }
}

static enum wh_status draw_batch(const struct wh_vector_noise *mechanism,
                                 const struct wh_draw_list *list, uint32_t *out) {
    enum wh_status status = WH_OK;
    struct wh_scratch *scratch = list->scratch;
    struct wh_near_query queries[BATCH];
    double uniforms[BATCH];
    noisy_points(mechanism, list, uniforms, queries);
    WH_TRY(wh_near_decode_queries(mechanism->near, scratch->near, queries, list->count,
                                  mechanism->k, scratch->found));
    for (size_t t = 0; t < list->count; t++)
        WH_TRY(choose(mechanism, list->sites[t]->word, uniforms[t],
                      scratch->found + t * mechanism->k, &out[t]));
out:
    return status;
}

enum wh_status wh_vector_draw(const void *state, const struct wh_draw_list *list, uint32_t *out) {
    const struct wh_vector_noise *mechanism = state;
    enum wh_status status = wh_scratch_fit(list->scratch, mechanism->dim, BATCH, mechanism->k);
    for (size_t done = 0; done < list->count && status == WH_OK; done += BATCH) {
        size_t left = list->count - done;
        const struct wh_draw_list part = {list->sites + done, list->trials + done,
                                          left < BATCH ? left : BATCH, list->scratch};
        status = draw_batch(mechanism, &part, out + done);
    }
    return status;
}

enum wh_status wh_vector_trace(const void *state, const void *site, uint32_t word,
                               const struct wh_draws *draws, struct wh_trace *trace,
                               double *point) {
    enum wh_status status = WH_OK;
    const struct wh_vector_noise *mechanism = state;
    (void)site;
    struct wh_scratch *scratch = draws->scratch;
    struct wh_rng rng;
    double uniform;
    size_t found;
    WH_TRY(wh_scratch_fit(scratch, mechanism->dim, 1, mechanism->k));
    double *at = point ? point : scratch->points;
    wh_rng_open(draws->lane, draws->first, &rng);
    trace->radius = trace->input_distance = noisy_point(mechanism, word, &rng, &uniform, at);
    WH_TRY(wh_near_point(mechanism->near, at, mechanism->k, scratch->found, &found));
    WH_TRY(choose(mechanism, word, uniform, scratch->found, &trace->output));
    trace->output_distance = wh_near_distance_to(mechanism->near, at, trace->output);
out:
    return status;
}
