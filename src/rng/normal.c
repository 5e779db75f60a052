/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * normal.c - standard normals by the ziggurat of Marsaglia and Tsang (2000) with 256 layers, in the
 * form of Doornik (2005): layer and abscissa come from separate bits of one 64-bit number. The
 * tables are computed at first use, in double, from the tail abscissa alone.
 */
#include <math.h>
#include <pthread.h>

#include "rng/rng.h"

#define LAYERS 256
/* Tail abscissa and area of a layer for 256 layers: the solution of
 * area = r f(r) + int_r^inf f, with the layers closing at f = 1. */
#define TAIL 3.6541528853610092
#define AREA 0.004928673233974648

static double edges[LAYERS + 1]; /* x_i, descending; edges[0] is the base strip's virtual width */
static double ratios[LAYERS];    /* x_{i+1} / x_i: inside it no test is needed */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static double density(double x) {
    return exp(-0.5 * x * x);
}

static void make_tables(void) {
    edges[0] = AREA / density(TAIL);
    edges[1] = TAIL;
    edges[LAYERS] = 0;
    for (int i = 2; i < LAYERS; i++)
        edges[i] = sqrt(-2 * log(AREA / edges[i - 1] + density(edges[i - 1])));
    for (int i = 0; i < LAYERS; i++)
        ratios[i] = edges[i + 1] / edges[i];
}

/* Marsaglia's exact method beyond the last layer. */
static double tail(struct wh_rng *rng, bool negative) {
    double x, y;
    do {
        x = log(wh_rng_uniform(rng)) / TAIL;
        y = log(wh_rng_uniform(rng));
    } while (-2 * y < x * x);
    return negative ? x - TAIL : TAIL - x;
}

static inline double normal(struct wh_rng *rng) {
    for (;;) {
        uint64_t bits = wh_rng_bits(rng);
        unsigned layer = bits & (LAYERS - 1);
        /* The upper 52 bits as a number in (-1, 1), middles of equal cells. */
        double u = ((double)(bits >> 12) + 0.5) * 0x1p-51 - 1;
        double x = u * edges[layer];
        if (fabs(u) < ratios[layer])
            return x;
        if (layer == 0)
            return tail(rng, u < 0);
        double upper = density(edges[layer]), lower = density(edges[layer + 1]);
        if (lower + wh_rng_uniform(rng) * (upper - lower) < density(x))
            return x;
    }
}

double wh_rng_normal(struct wh_rng *rng) {
    pthread_once(&once, make_tables);
    return normal(rng);
}

void wh_rng_normals(struct wh_rng *rng, size_t count, double *out) {
    pthread_once(&once, make_tables);
    for (size_t i = 0; i < count; i++)
        out[i] = normal(rng);
}
