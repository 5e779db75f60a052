/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tgm.h - the truncated Gumbel mechanism as a part: mech_tgm.c and mech_tgm_floor.c are built on
 * it. */
#ifndef WH_TGM_H
#define WH_TGM_H

#include "mech/mech.h"
#include "rng/sample.h"

struct wh_tgm {
    const struct wh_near *near;
    uint32_t words;
    double delta_min, delta_max;
    double epsilon;     /* NAN when the noise scale was set by hand */
    double epsilon_min; /* at or below it the formula has no meaning */
    double alpha;       /* NAN when the noise scale was set by hand */
    double b;           /* noise scale */
    struct wh_gumbel gumbel;
    struct wh_gumbel_cells cells;
    struct wh_poisson candidates; /* K */
    size_t numbers;               /* random ones, for K and its candidates in most draws */
};

/* *epsilon NAN: it becomes the first of 1, 2, 5, 10 ... above epsilon_min. noise_scale NAN: by the
 * formula. WH_DATA with epsilon_min in the sentence where the formula is undefined. */
enum wh_status wh_tgm_open(const struct wh_near *near, double *epsilon, double noise_scale,
                           struct wh_tgm *tgm);
void wh_tgm_close(struct wh_tgm *tgm);
size_t wh_tgm_figures(const struct wh_tgm *tgm, struct wh_figure *figures);

/* The word and its nearest others, as many as K can reach. */
struct wh_tgm_site {
    uint32_t count;
    double *distances; /* distances[0] = 0, ascending; one block with ... */
    uint32_t *ids;     /* ids[0] = the word */
};
enum wh_status wh_tgm_site_open(const struct wh_tgm *tgm, uint32_t word, struct wh_tgm_site *site);
void wh_tgm_site_close(struct wh_tgm_site *site);
/* For descriptors. Sites by several words go together through the vocabulary; those that are made
 * when it fails are the caller's to free. */
enum wh_status wh_tgm_site_make(const struct wh_tgm *tgm, uint32_t word, void **site);
enum wh_status wh_tgm_sites_make(const struct wh_tgm *tgm, const uint32_t *words, size_t count,
                                 struct wh_scratch *scratch, void **sites);
void wh_tgm_site_free(void *site);
size_t wh_tgm_site_bytes(const struct wh_tgm *tgm);

/* Before draw t of a list: fetches what later ones need, which is scattered if words are many. */
void wh_tgm_fetch(const struct wh_draw_list *list, size_t t);
uint32_t wh_tgm_draw(const struct wh_tgm *tgm, const struct wh_tgm_site *site, struct wh_rng *rng);
/* The same draw with its working. */
void wh_tgm_trace(const struct wh_tgm *tgm, const struct wh_tgm_site *site, struct wh_rng *rng,
                  struct wh_trace *trace);

/* p[j] = Pr[output = ids[j]], site->count of them; absolute error below 1e-9. */
enum wh_status wh_tgm_law(const struct wh_tgm *tgm, const struct wh_tgm_site *site, double *p);

/* ln P(u|word) of every word by id. With cut tails only words in the table of K have one; with full
 * ones all have (tgm_tail.c): error of ln P at most 1e-5. */
enum wh_status wh_tgm_log_law(const struct wh_tgm *tgm, uint32_t word, enum wh_tails tails,
                              double *log_p);

#endif
