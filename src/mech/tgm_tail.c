/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tgm_tail.c - the law of truncated Gumbel far in its tails, as logarithms. For the word at rank j
 * (0 = the input), with S_i(x) = 1 - F(x - d_i),
 *
 *     P(u_j) = Pr[K = j+1] int f(x - d_j) prod_{i<j} S_i(x) M_j(x) dx,
 *     M_j(x) = sum_{K > j} Pr[K]/Pr[K = j+1] prod_{j < i < K} S_i(x).
 *
 * With x = d_j - D + t, t >= 0 (D the bound of the noise), every factor of f prod S is smooth and
 * log-concave in t, so the integrand has one mode and falls off on both sides of it. M_j is at most
 * a sum of Poisson ratios, and has a kink at every d_i - d_j.
 *
 * A sum of ln S over thousands of nearer words would be slow. Their distances are gathered into
 * charges at Chebyshev points of a few blocks, which is interpolation of ln S in d: S continued
 * analytically below -D has its singularities 1.4 b away or more, so blocks of b/2 with 12 points
 * err by about 1e-12 a word. A rank adds its own distance when it is done.
 *
 * Error of ln P: the tests find below 1e-7 against long double; the header promises 1e-5.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mech/law.h"
#include "mech/tgm.h"

#define CHARGES    12   /* points of a block */
#define DIRECT     64   /* ranks whose sums are added word by word */
#define BLOCKS_MAX 4096 /* noise far narrower than any formula gives: wider blocks then */
#define SURE       1e-4 /* the table's law is taken where it says at least that: it errs by 1e-9 */
#define NEGLIGIBLE 1e-14
#define KINK       1e-5 /* jump of slope, relative to the slope, at which the integral is broken */
#define MIXED_MAX  512
#define DROP       40.0 /* nats below the mode where the integral ends */
#define SLICES     6    /* of each side of the mode */
#define POINTS     10
#define NEWTONS    60

/* Gauss-Legendre on [-1, 1], the positive half, and Gauss-Laguerre with weights times e^x. */
static const double legendre_x[POINTS / 2] = {0.1488743389816312109, 0.4333953941292471908,
                                              0.6794095682990244062, 0.8650633666889845107,
                                              0.9739065285171717200};
static const double legendre_w[POINTS / 2] = {0.2955242247147528702, 0.2692667193099963551,
                                              0.2190863625159820440, 0.1494513491505805931,
                                              0.0666713443086881376};
static const double laguerre_x[] = {0.170279632305101,  0.903701776799380, 2.251086629866131,
                                    4.266700170287659,  7.045905402393466, 10.758516010180995,
                                    15.740678641278005, 22.863131736889264};
static const double laguerre_w[] = {0.437723410492911, 1.033869347665598, 1.669709765658776,
                                    2.376924701758599, 3.208540913347926, 4.268575510825134,
                                    5.818083368671918, 8.906226215292222};

struct tail {
    const struct wh_tgm *tgm;
    const double *distances; /* by rank */
    uint32_t words, rank;    /* the rank at work */
    double block;            /* width */
    uint32_t blocks;
    double *charges; /* blocks x CHARGES: of all ranks before this one */
    uint32_t *members;
    double unit[CHARGES]; /* Chebyshev points in [-1, 1] */
    uint32_t mixed;       /* terms of M beyond the first */
    double ratios[MIXED_MAX];
};

/* ---- sums over nearer words ---- */

struct slopes {
    double value, slope, curvature; /* of the logarithm of the integrand */
};

/* e^{-y/b} - A without cancellation; F and f are made of it (rng/gumbel.c). */
static double excess(const struct wh_gumbel *noise, double y) {
    double power = (noise->bound - y) / noise->b;
    return power > 1 ? exp(-y / noise->b) - noise->a : noise->a * expm1(power);
}

/* S at y, continued beyond the lower end of the noise. */
static double survival(const struct wh_gumbel *noise, double y) {
    return -expm1(-excess(noise, y)) / noise->spread;
}

static double log_survival(const struct wh_gumbel *noise, double y) {
    return y < noise->bound ? log(survival(noise, y)) : -HUGE_VAL;
}

/* Adds weight times ln S and its derivatives, from those of ln f and the hazard f/S. */
static void add(const struct wh_gumbel *noise, double y, double weight, struct slopes *sum) {
    double log_s = log_survival(noise, y), lean = (exp(-y / noise->b) - 1) / noise->b;
    double log_f = -y / noise->b - excess(noise, y) - log(noise->b) - log(noise->spread);
    double hazard = exp(log_f - log_s);
    sum->value += weight * log_s;
    sum->slope -= weight * hazard;
    if (hazard > 0)
        sum->curvature -= weight * hazard * (lean + hazard);
}

/* Goes through the nearer words, or the charges that stand for them. */
struct cursor {
    uint32_t block, point;
};

static bool next(const struct tail *tail, struct cursor *at, double *weight, double *distance) {
    if (tail->rank <= DIRECT) {
        if (at->point >= tail->rank)
            return false;
        *weight = 1;
        *distance = tail->distances[at->point++];
        return true;
    }
    while (at->point == CHARGES || (at->block < tail->blocks && !tail->members[at->block])) {
        at->block++;
        at->point = 0;
    }
    if (at->block >= tail->blocks)
        return false;
    *weight = tail->charges[(size_t)at->block * CHARGES + at->point];
    *distance = (at->block + 0.5 + 0.5 * tail->unit[at->point]) * tail->block;
    at->point++;
    return true;
}

static double noise_at(const struct tail *tail, double t, double distance) {
    return (tail->distances[tail->rank] - distance) - tail->tgm->delta_max + t;
}

/* ln of f prod S at t. */
static double log_integrand(const struct tail *tail, double t) {
    const struct wh_gumbel *noise = &tail->tgm->gumbel;
    struct cursor at = {0, 0};
    double weight, distance;
    double sum = wh_gumbel_log_pdf(noise, noise_at(tail, t, tail->distances[tail->rank]));
    while (next(tail, &at, &weight, &distance))
        sum += weight * log_survival(noise, noise_at(tail, t, distance));
    return sum;
}

static struct slopes slopes_at(const struct tail *tail, double t) {
    const struct wh_gumbel *noise = &tail->tgm->gumbel;
    struct cursor at = {0, 0};
    double weight, distance;
    double y = noise_at(tail, t, tail->distances[tail->rank]), bend = exp(-y / noise->b);
    struct slopes sum = {wh_gumbel_log_pdf(noise, y), (bend - 1) / noise->b,
                         -bend / noise->b / noise->b};
    while (next(tail, &at, &weight, &distance))
        add(noise, noise_at(tail, t, distance), weight, &sum);
    return sum;
}

/* The interpolation weights of a distance: l_q(s) = (1 + 2 sum_k T_k(x_q) T_k(s)) / n. */
static void charge(struct tail *tail, double distance) {
    double place = distance / tail->block;
    uint32_t block = place < tail->blocks ? (uint32_t)place : tail->blocks - 1;
    double s = 2 * (place - block) - 1;
    for (uint32_t q = 0; q < CHARGES; q++) {
        double sum = 1, x = tail->unit[q], a = 1, b = x, c = 1, d = s;
        for (int k = 1; k < CHARGES; k++) {
            sum += 2 * b * d;
            double e = 2 * x * b - a, f = 2 * s * d - c;
            a = b;
            b = e;
            c = d;
            d = f;
        }
        tail->charges[(size_t)block * CHARGES + q] += sum / CHARGES;
    }
    tail->members[block]++;
}

/* ---- the mixture over K ---- */

/* Ratios Pr[K = j+1+s]/Pr[K = j+1], as many as matter. */
static void mix(struct tail *tail) {
    double ratio = 1, sum = 1, lambda = tail->tgm->candidates.lambda;
    tail->mixed = 0;
    for (uint32_t k = tail->rank + 2; k <= tail->words && tail->mixed < MIXED_MAX; k++) {
        ratio *= lambda / k;
        sum += ratio;
        if (k > lambda && ratio < NEGLIGIBLE * sum)
            break;
        tail->ratios[tail->mixed++] = ratio;
    }
}

static double mixture(const struct tail *tail, double t) {
    double sum = 1, product = 1;
    for (uint32_t s = 0; s < tail->mixed && product > 0; s++) {
        double y = noise_at(tail, t, tail->distances[tail->rank + 1 + s]);
        if (y > -tail->tgm->delta_max)
            product *= y < tail->tgm->delta_max ? survival(&tail->tgm->gumbel, y) : 0;
        sum += tail->ratios[s] * product;
    }
    return sum;
}

/* The integrand over e^{top}. */
static double scaled(const struct tail *tail, double t, double top) {
    return exp(log_integrand(tail, t) - top) * mixture(tail, t);
}

/* ---- integrals ---- */

static double slice(const struct tail *tail, double from, double to, double top) {
    double middle = (from + to) / 2, half = (to - from) / 2, sum = 0;
    for (int i = 0; i < POINTS / 2; i++)
        sum += legendre_w[i] * (scaled(tail, middle - half * legendre_x[i], top) +
                                scaled(tail, middle + half * legendre_x[i], top));
    return sum * half;
}

/* Kinks of the mixture that must be respected: their jump of slope is a ratio over the rank. */
static uint32_t kinks(const struct tail *tail) {
    uint32_t count = 0;
    while (count < tail->mixed && (tail->rank < DIRECT || tail->ratios[count] > KINK * tail->rank))
        count++;
    return count;
}

/* From from to to in equal slices, broken at kinks. */
static double side(const struct tail *tail, double from, double to, double top) {
    double sum = 0, low = from, own = tail->distances[tail->rank];
    uint32_t kink = 0, breaks = kinks(tail);
    for (int i = 1; i <= SLICES; i++) {
        double high = i < SLICES ? from + (to - from) * i / SLICES : to;
        for (; kink < breaks && tail->distances[tail->rank + 1 + kink] - own < high; kink++) {
            double at = tail->distances[tail->rank + 1 + kink] - own;
            if (at > low) {
                sum += slice(tail, low, at, top);
                low = at;
            }
        }
        sum += slice(tail, low, high, top);
        low = high;
    }
    return sum;
}

/* Where the slope changes its sign, to a tenth of the mode's width. */
static double find_mode(const struct tail *tail, double end) {
    double low = 0, high = end, t = 0;
    for (int i = 0; i < NEWTONS && high - low > 1e-12 * end; i++) {
        struct slopes at = slopes_at(tail, t);
        if (at.slope > 0)
            low = t;
        else
            high = t;
        double step = at.curvature < 0 ? -at.slope / at.curvature : HUGE_VAL;
        if (t == 0 && !(at.slope > 0))
            return 0;
        if (fabs(at.slope) < 0.1 * sqrt(-at.curvature))
            return t;
        t = t + step > low && t + step < high ? t + step : (low + high) / 2;
    }
    return t;
}

/* The point between the mode and limit where the integrand has dropped by DROP to 2 DROP nats, or
 * limit if it has not. */
static double edge(const struct tail *tail, double mode, double limit, double top) {
    double inside = mode, outside = limit;
    if (log_integrand(tail, limit) > top - 2 * DROP)
        return limit;
    for (int i = 0; i < NEWTONS; i++) {
        double t = (inside + outside) / 2, drop = top - log_integrand(tail, t);
        if (drop < DROP)
            inside = t;
        else if (drop > 2 * DROP)
            outside = t;
        else
            return t;
    }
    return outside;
}

static double log_integral(const struct tail *tail) {
    double end = 2 * tail->tgm->delta_max - tail->distances[tail->rank];
    double mode = find_mode(tail, end), top = log_integrand(tail, mode), sum = 0;
    if (mode > 0) {
        double low = edge(tail, mode, 0, top);
        sum += side(tail, low, mode, top);
    }
    sum += side(tail, mode, edge(tail, mode, end, top), top);
    return top + log(sum);
}

/* The integrand falls from t = 0 on almost as an exponential: eight points do. */
static bool nearly_exponential(const struct tail *tail, double *log_value) {
    if (tail->rank <= DIRECT || kinks(tail))
        return false;
    struct slopes start = slopes_at(tail, 0);
    double reach = 2 * tail->tgm->delta_max - tail->distances[tail->rank], sum = 0;
    if (!(start.slope < 0) || -start.curvature > 0.02 * start.slope * start.slope ||
        laguerre_x[7] > -start.slope * reach)
        return false;
    for (int i = 0; i < 8; i++)
        sum += laguerre_w[i] * scaled(tail, -laguerre_x[i] / start.slope, start.value);
    *log_value = start.value + log(-sum / start.slope);
    return true;
}

static double log_p_at_rank(struct tail *tail) {
    double integral;
    mix(tail);
    if (!nearly_exponential(tail, &integral))
        integral = log_integral(tail);
    return wh_poisson_log_p(&tail->tgm->candidates, tail->rank + 1) + integral;
}

/* ---- the whole law ---- */

static enum wh_status open_tail(const struct wh_tgm *tgm, const double *distances,
                                struct tail *tail) {
    enum wh_status status = WH_OK;
    double farthest = distances[tgm->words - 1];
    *tail = (struct tail){.tgm = tgm, .distances = distances, .words = tgm->words};
    tail->block = fmin(tgm->b / 2, tgm->delta_max / 2);
    if (tail->block * BLOCKS_MAX < farthest)
        tail->block = farthest / BLOCKS_MAX;
    tail->blocks = (uint32_t)(farthest / tail->block) + 1;
    for (int q = 0; q < CHARGES; q++)
        tail->unit[q] = cos((2 * q + 1) * acos(-1) / (2 * CHARGES));
    WH_TRY(WH_ALLOC(tail->charges, (size_t)tail->blocks * CHARGES));
    WH_TRY(WH_ALLOC(tail->members, tail->blocks));
out:
    return status;
}

static void close_tail(struct tail *tail) {
    free(tail->charges);
    free(tail->members);
}

/* Fills the ranks that the table does not know well; log_p by rank. */
static enum wh_status fill_tails(const struct wh_tgm *tgm, struct wh_law *law) {
    struct tail tail;
    enum wh_status status = open_tail(tgm, law->distances, &tail);
    for (uint32_t j = 0; j < tgm->words && status == WH_OK; j++) {
        tail.rank = j;
        if (j > 0 && !(law->log_p[j] > log(SURE)))
            law->log_p[j] = log_p_at_rank(&tail);
        charge(&tail, law->distances[j]);
    }
    close_tail(&tail);
    return status;
}

static enum wh_status table_law(const struct wh_tgm *tgm, uint32_t word, double *p,
                                struct wh_tgm_site *site) {
    enum wh_status status = wh_tgm_site_open(tgm, word, site);
    return status == WH_OK ? wh_tgm_law(tgm, site, p) : status;
}

static void by_id(const struct wh_tgm *tgm, const uint32_t *ids, uint32_t count,
                  const double *by_rank, double *log_p) {
    for (uint32_t u = 0; u < tgm->words; u++)
        log_p[u] = -HUGE_VAL;
    for (uint32_t j = 0; j < count; j++)
        log_p[ids[j]] = by_rank[j];
}

enum wh_status wh_tgm_log_law(const struct wh_tgm *tgm, uint32_t word, enum wh_tails tails,
                              double *log_p) {
    enum wh_status status = WH_OK;
    struct wh_tgm_site site = {0};
    struct wh_law law = {0};
    double *table = NULL;
    WH_TRY(WH_ALLOC(table, tgm->candidates.count));
    WH_TRY(table_law(tgm, word, table, &site));
    for (uint32_t j = 0; j < site.count; j++)
        table[j] = log(table[j]);
    by_id(tgm, site.ids, site.count, table, log_p);
    if (tails == WH_TAILS_CUT)
        goto out;
    WH_TRY(wh_law_ranked(tgm->near, word, &law));
    for (uint32_t j = 0; j < law.count; j++)
        law.log_p[j] = j < site.count ? table[j] : -HUGE_VAL;
    WH_TRY(fill_tails(tgm, &law));
    by_id(tgm, law.ids, law.count, law.log_p, log_p);
out:
    free(table);
    wh_law_close(&law);
    wh_tgm_site_close(&site);
    return status;
}
