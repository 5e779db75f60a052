/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vector_noise.h - what mechanisms that add noise to the vector share: noisy points are made for a
 * batch of trials, decoded together, and turned into outputs. A mechanism gives the noise and, if
 * it is not simply the nearest word, the choice.
 *
 * A trial's stream is used in this order: one uniform for the choice (if there is one), then the
 * noise.
 */
#ifndef WH_VECTOR_NOISE_H
#define WH_VECTOR_NOISE_H

#include "mech/mech.h"

struct wh_vector_noise {
    const struct wh_near *near;
    uint32_t dim;
    size_t k; /* nearest words that the choice looks at, at most |W| */
    /* state is the mechanism's. Writes n doubles of noise for the word and returns their Euclidean
     * norm. */
    double (*noise)(const void *state, uint32_t word, struct wh_rng *rng, double *out);
    /* NULL: the nearest. found has k entries; uniform is in (0,1). */
    enum wh_status (*choose)(const void *state, uint32_t word, double uniform,
                             const struct wh_neighbour *found, uint32_t *output);
};

/* Rows of a descriptor. The mechanism's state begins with its struct wh_vector_noise. A site is the
 * word's neighbours as far as the noise reaches, where it does not reach too many. */
enum wh_status wh_vector_site_open(const void *state, uint32_t word, void **site);
void wh_vector_site_close(void *site);
size_t wh_vector_site_bytes(const void *state);
enum wh_status wh_vector_draw(const void *state, const struct wh_draw_list *list, uint32_t *out);
enum wh_status wh_vector_trace(const void *state, const void *site, uint32_t word,
                               const struct wh_draws *draws, struct wh_trace *trace, double *point);

#endif
