/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * space.h - the space around a word: how dense it is, and pictures of it with what they lose
 * (mechanisms.md section 11).
 */
#ifndef WH_SPACE_H
#define WH_SPACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/token.h"
#include "near/near.h"

/* Computes all groups of struct wh_derived that the embedding lacks: all pairs (near/), densities,
 * principal axes. The result owns its memory (derived->memory) and is handed to wh_embed_derive by
 * the caller. Independent of the thread count. */
enum wh_status wh_space_derive(const struct wh_near *near, int threads, struct wh_token *token,
                               struct wh_derived *derived);

/* About which part of that time goes into all pairs, which come first. */
double wh_space_pairs_share(const struct wh_embed *embed);

struct wh_density {
    uint32_t k;               /* neighbours used for the radius */
    double radius;            /* r_k(w) */
    double radius_percentile; /* in the vocabulary, 0..100; high = sparse; NAN if unknown */
    double knn_log_density;   /* ln k - ln|W| - ln V_n - n ln r_k */
    double kde_log_density;   /* ln pi(w), natural logarithm */
    double kde_percentile;    /* high = dense; NAN if unknown */
    double bandwidth;         /* h */
    double lid;               /* local intrinsic dimension, maximum likelihood */
    uint32_t lid_k;           /* neighbours used: min(100, |W| - 1) */
    double nn_distance;       /* r_1 */
};
/* k = 0: WH_RADIUS_K; bandwidth <= 0: the derived one. Percentiles need derived facts and, for
 * another k or bandwidth, are NAN. */
enum wh_status wh_space_density(const struct wh_near *near, uint32_t word, uint32_t k,
                                double bandwidth, struct wh_density *density);

/* ln of the volume of the unit ball in n dimensions. */
double wh_space_log_ball(uint32_t n);

enum wh_map_method { WH_MAP_RADIAL, WH_MAP_PCA, WH_MAP_PCA_GLOBAL, WH_MAP_COUNT };
const char *wh_map_name(enum wh_map_method method); /* "radial", "pca", "pca-global" */

struct wh_point {
    uint32_t id, rank; /* rank 0 = the word itself */
    double distance;   /* true distance from the word */
    double x, y, z;    /* z is 0 for radial */
};

/*
 * A picture of a word and its k nearest neighbours; the word is at the origin, units are distances.
 * radial: each neighbour at its true distance, angles by the two leading axes of the neighbourhood
 * across its mean direction (so that they stand around the word).
 * pca: axes of the neighbourhood; pca-global: axes of the whole vocabulary.
 * Signs are fixed (largest component positive), so the same word gives the same picture.
 */
struct wh_map_picture {
    enum wh_map_method method;
    uint32_t word, count; /* points, the word first */
    struct wh_point *points;
    double *axes;             /* 3 x n: directions the coordinates use (unit rows) */
    double *center;           /* n: the word's vector in double */
    double variance_kept;     /* share of the neighbourhood's variance in the 2 drawn dimensions */
    uint32_t kept_of;         /* K: neighbours looked at for the next figure (20 or fewer) */
    uint32_t neighbours_kept; /* of the K true nearest, how many are among the K nearest drawn */
    double stress;            /* Kruskal stress-1 of drawn against true pairwise distances */
};
enum wh_status wh_space_picture(const struct wh_near *near, uint32_t word, uint32_t k,
                                enum wh_map_method method, struct wh_map_picture *picture);
void wh_space_picture_close(struct wh_map_picture *picture);
/* Where any point of R^n (n doubles) falls in the picture. */
void wh_space_place(const struct wh_map_picture *picture, uint32_t dim, const double *point,
                    double *x, double *y, double *z);

#endif
