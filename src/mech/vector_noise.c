/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vector_noise.c - batches of noisy points; see vector_noise.h. */
#include "mech/vector_noise.h"

#include <stdlib.h>

#include "base/mem.h"
#include "vec/vec.h"

#define BATCH (16 * WH_VEC_PANEL)
#define TRIES 9 /* draws of noise that tell how far it reaches */

/* The noisy vector of one trial; returns the norm of its noise. */
static double noisy_point(const struct wh_vector_noise *mechanism, uint32_t word,
                          const struct wh_lane *lane, uint64_t trial, double *uniform,
                          double *point) {
    struct wh_rng rng;
    const float *row = wh_embed_row(wh_near_embed(mechanism->near), word);
    wh_rng_open(lane, trial, &rng);
    *uniform = mechanism->choose ? wh_rng_uniform(&rng) : 0.5;
    double norm = mechanism->noise(mechanism, word, &rng, point);
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

static void noisy_points(const struct wh_vector_noise *mechanism, uint32_t word,
                         const struct wh_draws *draws, double *uniforms) {
    struct wh_lane lane = *draws->lane;
    struct wh_rng_ahead ahead;
    size_t numbers = (size_t)mechanism->dim + mechanism->dim / 32 + 8; /* normals, and a few more */
    for (size_t t = 0; t < draws->count; t++) {
        wh_lane_look_ahead(&lane, draws->first + t, draws->count - t, numbers, &ahead);
        noisy_point(mechanism, word, &lane, draws->first + t, &uniforms[t],
                    draws->scratch->points + t * mechanism->dim);
    }
}

static enum wh_status draw_batch(const struct wh_vector_noise *mechanism,
                                 const struct wh_near_list *list, uint32_t word,
                                 const struct wh_draws *draws, uint32_t *out) {
    enum wh_status status = WH_OK;
    struct wh_scratch *scratch = draws->scratch;
    double uniforms[BATCH];
    noisy_points(mechanism, word, draws, uniforms);
    /* The word itself is a good guess of the winner, as long as only the winner is asked for. */
    WH_TRY(wh_near_decode_listed(mechanism->near, list, scratch->near, scratch->points,
                                 draws->count, mechanism->k, word, scratch->found));
    for (size_t t = 0; t < draws->count; t++)
        WH_TRY(choose(mechanism, word, uniforms[t], scratch->found + t * mechanism->k, &out[t]));
out:
    return status;
}

enum wh_status wh_vector_draw(const void *state, const void *site, uint32_t word,
                              const struct wh_draws *draws, uint32_t *out) {
    const struct wh_vector_noise *mechanism = state;
    enum wh_status status = wh_scratch_fit(draws->scratch, mechanism->dim, BATCH, mechanism->k);
    for (size_t done = 0; done < draws->count && status == WH_OK; done += BATCH) {
        struct wh_draws part = *draws;
        part.first += done;
        part.count = draws->count - done < BATCH ? draws->count - done : BATCH;
        status = draw_batch(mechanism, site, word, &part, out + done);
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
    double uniform;
    size_t found;
    WH_TRY(wh_scratch_fit(scratch, mechanism->dim, 1, mechanism->k));
    double *at = point ? point : scratch->points;
    trace->radius = trace->input_distance =
        noisy_point(mechanism, word, draws->lane, draws->first, &uniform, at);
    WH_TRY(wh_near_point(mechanism->near, at, mechanism->k, scratch->found, &found));
    WH_TRY(choose(mechanism, word, uniform, scratch->found, &trace->output));
    trace->output_distance = wh_near_distance_to(mechanism->near, at, trace->output);
out:
    return status;
}
