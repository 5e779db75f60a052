/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sketches.c - words as levels along the principal axes; see sketches.h. */
#include "near/sketches.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BITS_AN_AXIS 1.4         /* on average: more decide more words, and take longer for each */
#define DRAWS_FIRST  2048        /* left to the whole vocabulary before sketches pay */
#define VIEWS_BYTES  (256 << 20) /* memory for all views at a time */
#define SAMPLE       4096        /* words that levels are fitted to */
#define FITTINGS     20
#define RARELY       1.5F /* standard deviations below the mean */
#define LEVELS       (1 << WH_NEAR_AXIS_BITS)

struct wh_near_sketch_room {
    pthread_mutex_t lock;
    _Atomic(struct wh_near_sketches *) made;
    atomic_size_t wanted, bytes;
    bool failed; /* under the lock */
};

enum wh_status wh_near_sketches_open(struct wh_near *near) {
    if (WH_ALLOC(near->sketch_room, 1) != WH_OK)
        return WH_NOMEM;
    pthread_mutex_init(&near->sketch_room->lock, NULL);
    return WH_OK;
}

static void free_sketches(struct wh_near_sketches *sketches) {
    if (!sketches)
        return;
    wh_near_axes_close(sketches->axes);
    free(sketches->axis);
    free(sketches->filled);
    free(sketches->levels);
    free(sketches->usual);
    free(sketches->rests);
    free(sketches->codes);
    free(sketches->looks);
    free(sketches);
}

void wh_near_sketches_close(struct wh_near *near) {
    if (!near->sketch_room)
        return;
    free_sketches(atomic_load(&near->sketch_room->made));
    pthread_mutex_destroy(&near->sketch_room->lock);
    free(near->sketch_room);
}

/* ---- which axes have how many levels ---- */

/* What is left of a normal variable's variance by the best 2^bits levels (Max 1960). */
static const double left_over[WH_NEAR_AXIS_BITS + 1] = {1, 0.3634, 0.1175, 0.03454, 0.009497};

/* The axis that gains most by one bit more; dim if none gains. */
static uint32_t neediest(const double *variances, const uint8_t *bits, uint32_t dim) {
    uint32_t best = dim;
    double most = 0;
    for (uint32_t i = 0; i < dim; i++) {
        if (bits[i] == WH_NEAR_AXIS_BITS)
            continue;
        double gain = variances[i] * (left_over[bits[i]] - left_over[bits[i] + 1]);
        if (gain > most) {
            most = gain;
            best = i;
        }
    }
    return best;
}

/* Into the first group with room; without room, without bits. */
static struct wh_near_axis place_axis(struct wh_near_sketches *sketches, uint32_t index,
                                      uint8_t bits) {
    uint8_t *filled = sketches->filled;
    for (uint32_t g = 0; bits && g < sketches->groups - 1; g++) {
        if (filled[g] + bits > (int)sketches->bits)
            continue;
        filled[g] = (uint8_t)(filled[g] + bits);
        return (struct wh_near_axis){index, g, bits, (uint8_t)(filled[g] - bits)};
    }
    return (struct wh_near_axis){.index = index};
}

/* Those of a group together, as they fill it; those without bits last. */
static int by_place(const void *a, const void *b) {
    const struct wh_near_axis *x = a, *y = b;
    if (!x->bits != !y->bits)
        return x->bits ? -1 : 1;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return x->bits ? (int)x->shift - (int)y->shift : (x->index > y->index) - (x->index < y->index);
}

/* Axes with many bits first. */
static void pack(struct wh_near_sketches *sketches, const uint8_t *bits) {
    uint32_t placed = 0;
    sketches->filled[sketches->groups - 1] = (uint8_t)sketches->bits;
    for (int wanted = WH_NEAR_AXIS_BITS; wanted >= 0; wanted--)
        for (uint32_t i = 0; i < sketches->dim; i++)
            if (bits[i] == wanted)
                sketches->axis[placed++] = place_axis(sketches, i, bits[i]);
    qsort(sketches->axis, placed, sizeof *sketches->axis, by_place);
}

static enum wh_status share_bits(const struct wh_near *near, struct wh_near_sketches *sketches) {
    enum wh_status status = WH_OK;
    const double *variances = wh_embed_derived(near->embed)->eigenvalues;
    uint32_t codes = (uint32_t)ceil(BITS_AN_AXIS * near->dim / sketches->bits);
    uint8_t *bits = NULL;
    sketches->groups = codes + 1;
    WH_TRY(WH_ALLOC(bits, near->dim));
    WH_TRY(WH_ALLOC(sketches->axis, near->dim));
    WH_TRY(WH_ALLOC(sketches->filled, sketches->groups));
    for (uint32_t i, left = codes * sketches->bits; left > 0; left--)
        if ((i = neediest(variances, bits, near->dim)) < near->dim)
            bits[i]++;
    pack(sketches, bits);
out:
    free(bits);
    return status;
}

/* ---- levels ---- */

static int by_value(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Each level becomes the mean of the sorted values nearest to it (Lloyd 1982). */
static void fit_once(const float *values, size_t count, float *levels, size_t many) {
    size_t at = 0;
    for (size_t l = 0; l < many; l++) {
        double sum = 0;
        size_t first = at;
        float end = l + 1 < many ? (levels[l] + levels[l + 1]) / 2 : INFINITY;
        for (; at < count && values[at] <= end; at++)
            sum += (double)values[at];
        if (at > first)
            levels[l] = (float)(sum / (double)(at - first));
    }
}

static void fit_levels(float *values, size_t count, float *levels, size_t many) {
    qsort(values, count, sizeof *values, by_value);
    for (size_t l = 0; l < many; l++)
        levels[l] = values[(2 * l + 1) * count / (2 * many)];
    for (int round = 0; round < FITTINGS; round++)
        fit_once(values, count, levels, many);
}

static double norm_of(const struct wh_near *near, uint32_t id) {
    return sqrt(wh_embed_norms2(near->embed)[id]) * (1 + 0x1p-40);
}

/* The index of the nearest of 2^bits levels in ascending order, or one as near. */
static uint32_t level_of(const float *levels, uint8_t bits, float x) {
    uint32_t at = 0;
    for (uint32_t l = 1; l < 1u << bits; l++)
        at += x > (levels[l - 1] + levels[l]) / 2;
    return at;
}

static struct wh_near_usual usual_of(const float *values, size_t count) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)values[i];
        squares += (double)values[i] * (double)values[i];
    }
    double mean = sum / (double)count;
    return (struct wh_near_usual){(float)mean,
                                  (float)fmax(squares / (double)count - mean * mean, 0)};
}

/* Some words along all axes: sample is dim x count. */
static void take_sample(const struct wh_near *near, const struct wh_near_sketches *sketches,
                        size_t count, float *along, float *sample) {
    for (size_t s = 0; s < count; s++) {
        uint32_t id = (uint32_t)(s * near->words / count);
        wh_near_along(sketches->axes, near->rows + id * near->stride, norm_of(near, id), along);
        for (uint32_t j = 0; j < near->dim; j++)
            sample[j * count + s] = along[j];
    }
}

static enum wh_status make_levels(const struct wh_near *near, struct wh_near_sketches *sketches) {
    enum wh_status status = WH_OK;
    float *along = NULL, *sample = NULL;
    size_t count = near->words < SAMPLE ? near->words : SAMPLE;
    double square = 0;
    WH_TRY(WH_ALLOC(along, near->dim));
    WH_TRY(WH_ALLOC(sample, near->dim * count));
    WH_TRY(WH_ALLOC(sketches->levels, (size_t)near->dim * LEVELS));
    WH_TRY(WH_ALLOC(sketches->usual, near->dim));
    take_sample(near, sketches, count, along, sample);
    for (uint32_t j = 0; j < near->dim; j++) {
        float *levels = sketches->levels + j * LEVELS;
        size_t many = (size_t)1 << sketches->axis[j].bits;
        float *values = sample + sketches->axis[j].index * count;
        fit_levels(values, count, levels, many);
        for (size_t s = 0; s < count; s++)
            values[s] = levels[level_of(levels, sketches->axis[j].bits, values[s])];
        sketches->usual[j] = usual_of(values, count);
        double longest = fmax(fabs((double)levels[0]), fabs((double)levels[many - 1]));
        square += longest * longest;
    }
    sketches->reach = sqrt(square) * (1 + 0x1p-20);
out:
    free(along);
    free(sample);
    return status;
}

/* ---- words ---- */

/* All codes of a word but the last; returns an upper bound of |r|: with A A^T = 1 + E, also
 * |u - A^T c| <= |A^T (A u - c)| + |(1 - A^T A) u| <= (1 + |E|) |A u - c| + |E| |u|. */
static double encode(const struct wh_near *near, struct wh_near_sketches *sketches, uint32_t id,
                     float *along) {
    uint8_t *codes = sketches->codes + (size_t)id * sketches->groups;
    double norm = norm_of(near, id), square = 0;
    double error = wh_near_along(sketches->axes, near->rows + id * near->stride, norm, along);
    memset(codes, 0, sketches->groups);
    for (uint32_t j = 0; j < near->dim; j++) {
        const struct wh_near_axis *axis = &sketches->axis[j];
        const float *levels = sketches->levels + j * LEVELS;
        uint32_t level = level_of(levels, axis->bits, along[axis->index]);
        double off = (double)along[axis->index] - (double)levels[level];
        square += off * off;
        codes[axis->group] = (uint8_t)(codes[axis->group] | level << axis->shift);
    }
    return ((1 + sketches->axes->skew) * (sqrt(square) + error) + sketches->axes->skew * norm) *
           (1 + 0x1p-20);
}

/* Upper ends for rests: half of them where rests are, half at equal steps for those that are rare
 * and long. */
static void place_rests(const float *rests, uint32_t words, float *sample, size_t count,
                        struct wh_near_sketches *sketches) {
    size_t many = (size_t)1 << sketches->bits, half = many / 2;
    float longest = 0;
    for (uint32_t id = 0; id < words; id++)
        longest = rests[id] > longest ? rests[id] : longest;
    for (size_t s = 0; s < count; s++)
        sample[s] = rests[s * words / count];
    qsort(sample, count, sizeof *sample, by_value);
    sketches->usual_rest = usual_of(sample, count);
    for (size_t i = 0; i < half; i++) {
        sketches->rests[i] = sample[(i + 1) * count / half - 1];
        float share = (float)(i + 1) / (float)half;
        sketches->rests[half + i] =
            i + 1 == half ? longest : sample[0] + share * (longest - sample[0]);
    }
    qsort(sketches->rests, many, sizeof *sketches->rests, by_value);
    sketches->rests[many - 1] = longest;
}

static uint8_t rest_code(const struct wh_near_sketches *sketches, float rest) {
    uint32_t low = 0, high = (1u << sketches->bits) - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (sketches->rests[middle] >= rest)
            high = middle;
        else
            low = middle + 1;
    }
    return (uint8_t)low;
}

static enum wh_status encode_all(const struct wh_near *near, struct wh_near_sketches *sketches) {
    enum wh_status status = WH_OK;
    float *along = NULL, *rests = NULL, *sample = NULL;
    size_t count = near->words < SAMPLE ? near->words : SAMPLE;
    WH_TRY(WH_ALLOC(along, near->dim));
    WH_TRY(WH_ALLOC(rests, near->words));
    WH_TRY(WH_ALLOC(sample, count));
    WH_TRY(WH_ALLOC(sketches->rests, (size_t)1 << sketches->bits));
    WH_TRY(WH_ALLOC_ALIGNED(sketches->codes, (size_t)near->words * sketches->groups + 8));
    for (uint32_t id = 0; id < near->words; id++)
        rests[id] = nextafterf((float)encode(near, sketches, id, along), INFINITY);
    place_rests(rests, near->words, sample, count, sketches);
    for (uint32_t id = 0; id < near->words; id++)
        sketches->codes[(size_t)(id + 1) * sketches->groups - 1] = rest_code(sketches, rests[id]);
out:
    free(along);
    free(rests);
    free(sample);
    return status;
}

static enum wh_status copy_looks(const struct wh_near *near, struct wh_near_sketches *sketches) {
    const struct wh_near_codes *codes = wh_near_codes(near);
    if (!codes || WH_ALLOC_ALIGNED(sketches->looks, near->words) != WH_OK)
        return WH_NOMEM;
    for (uint32_t id = 0; id < near->words; id++)
        sketches->looks[id] =
            (struct wh_near_look){codes->scale[id], codes->residue[id], codes->norm[id],
                                  codes->half[id], codes->start[id]};
    return WH_OK;
}

static enum wh_status make_sketches(const struct wh_near *near, struct wh_near_sketches **made) {
    enum wh_status status = WH_OK;
    struct wh_near_sketches *sketches = NULL;
    *made = NULL;
    WH_TRY(WH_ALLOC(sketches, 1));
    sketches->bits = wh_vec()->sketch_bits;
    sketches->dim = near->dim;
    WH_TRY(wh_near_axes_open(near, &sketches->axes));
    if (!sketches->axes || !isfinite(wh_near_bound(near, near->max_norm)))
        goto out;
    WH_TRY(share_bits(near, sketches));
    WH_TRY(make_levels(near, sketches));
    WH_TRY(encode_all(near, sketches));
    WH_TRY(copy_looks(near, sketches));
    *made = sketches;
    sketches = NULL;
out:
    free_sketches(sketches);
    return status;
}

/* ---- those of an embedding ---- */

void wh_near_sketches_want(const struct wh_near *near, size_t draws) {
    atomic_fetch_add_explicit(&near->sketch_room->wanted, draws, memory_order_relaxed);
}

static bool of_use(const struct wh_near *near) {
    return wh_vec()->sieve_sketches && wh_near_codes_of_use(near) &&
           wh_embed_derived(near->embed)->axes;
}

const struct wh_near_sketches *wh_near_sketches(const struct wh_near *near) {
    struct wh_near_sketch_room *room = near->sketch_room;
    struct wh_near_sketches *made = atomic_load_explicit(&room->made, memory_order_acquire);
    if (made || atomic_load_explicit(&room->wanted, memory_order_relaxed) < DRAWS_FIRST ||
        !of_use(near))
        return made;
    if (pthread_mutex_trylock(&room->lock) != 0)
        return NULL; /* another thread is at it */
    made = atomic_load(&room->made);
    if (!made && !room->failed) {
        room->failed = make_sketches(near, &made) != WH_OK || !made;
        atomic_store_explicit(&room->made, made, memory_order_release);
    }
    pthread_mutex_unlock(&room->lock);
    return made;
}

bool wh_near_sketches_take(const struct wh_near *near, size_t bytes) {
    atomic_size_t *taken = &near->sketch_room->bytes;
    if (atomic_fetch_add(taken, bytes) + bytes <= VIEWS_BYTES)
        return true;
    atomic_fetch_sub(taken, bytes);
    return false;
}

void wh_near_sketches_give(const struct wh_near *near, size_t bytes) {
    atomic_fetch_sub(&near->sketch_room->bytes, bytes);
}

/* ---- one query ---- */

/* The first size values of a group hold what its axes so far add; each level of one axis more adds
 * its product. */
static void add_axis(const float *levels, uint8_t bits, float along, float *values, size_t size) {
    for (size_t l = (size_t)1 << bits; l-- > 0;)
        for (size_t c = 0; c < size; c++)
            values[l * size + c] = values[c] + along * levels[l];
}

/* What a group's codes add: the mean, as words have them, the variance, and the least. */
struct sums {
    float mean, variance, least;
};

/* The values of a group, whose axes, if any, begin with axis j; returns the first axis of another.
 */
static uint32_t fill_group(const struct wh_near_sketches *sketches, uint32_t group, uint32_t j,
                           const float *along, float *values, struct sums *sums) {
    *sums = (struct sums){0};
    values[0] = 0;
    for (; j < sketches->dim && sketches->axis[j].bits && sketches->axis[j].group == group; j++) {
        const struct wh_near_axis *axis = &sketches->axis[j];
        const float *levels = sketches->levels + (size_t)j * LEVELS;
        const float x = along[axis->index], last = levels[(1u << axis->bits) - 1];
        add_axis(levels, axis->bits, x, values, (size_t)1 << axis->shift);
        sums->mean += x * sketches->usual[j].mean;
        sums->variance += x * x * sketches->usual[j].variance;
        sums->least += x * (x > 0 ? levels[0] : last);
    }
    return j;
}

/* Takes what is rarely undercut from the used values: those that do count as nothing in tables, for
 * a bound may be too high. What no code uses becomes nothing as well. */
static double lower(float *values, size_t used, size_t entries, const struct sums *sums) {
    float low = sums->mean - RARELY * sqrtf(sums->variance);
    float least = low > sums->least ? low : sums->least;
    for (size_t c = 0; c < used; c++)
        values[c] -= least;
    memset(values + used, 0, (entries - used) * sizeof *values);
    return (double)least;
}

double wh_near_sketch_values(const struct wh_near_sketches *sketches, const float *along,
                             double length, float *values) {
    const size_t entries = (size_t)1 << sketches->bits, rest = sketches->groups - 1;
    const float norm = (float)length;
    double sum = 0;
    uint32_t j = 0;
    for (uint32_t g = 0; g < rest; g++) {
        struct sums sums;
        j = fill_group(sketches, g, j, along, values + g * entries, &sums);
        sum += lower(values + g * entries, (size_t)1 << sketches->filled[g], entries, &sums);
    }
    for (; j < sketches->dim; j++)
        sum += (double)along[sketches->axis[j].index] * (double)sketches->levels[j * LEVELS];
    for (size_t c = 0; c < entries; c++)
        values[rest * entries + c] = norm * sketches->rests[c];
    const struct sums sums = {norm * sketches->usual_rest.mean,
                              norm * norm * sketches->usual_rest.variance,
                              norm * sketches->rests[0]};
    return sum + lower(values + rest * entries, entries, entries, &sums);
}
