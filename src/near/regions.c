/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * regions.c - which words a noise vector cannot bring to the top, decided for many words at once.
 *
 * The vocabulary is split into regions around centres (a few rounds of k-means over a sample: only
 * speed depends on them). For the point w + eta, a word u of the region around c, delta = u - w:
 *     eta.delta = eta.(c - w) + eta.(u - c) <= eta.(c - w) + |eta| |u - c|,
 * and u is farther from the point than w if that is below |delta|^2 / 2. So with
 *     T_c(s) = min over u of |delta|^2 / 2 - s |u - c|,   leaving out |delta| >= 2 s,
 * for some s >= |eta|, the whole region is out if eta.(c - w) < T_c(s): one inner product a region.
 * T_c is kept for a few s. In a region that is not out every word is held against its own bound,
 * and those that remain are looked at as ever. Rounding: the error bound of near_private.h, for the
 * longest vectors here, several times over.
 */
#include "near/regions.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define REGIONS_LEAST 16
#define REGIONS_MOST  1024
#define SAMPLES       16 /* words a centre is the mean of, about */
#define ROUNDS        4
#define LEVELS        16   /* values of s */
#define BLOCK         32   /* words held against their bounds at a time */
#define SHORTEST      0.5  /* the smallest s, as a share of the largest */
#define SAFETY        8    /* times the error bound */
#define DRAWS_FIRST   4096 /* that had to be left to the whole vocabulary before it is split */
#define VIEWS_MOST    64   /* at a time: each has a number for every word */

struct wh_near_regions {
    uint32_t count;
    float *centres;  /* count x stride */
    float *half;     /* |c|^2 / 2 */
    uint32_t *first; /* count + 1: where in the next two a region begins */
    uint32_t *ids;   /* words, region by region */
    float *spread;   /* upper bounds of |u - c|, and BLOCK zeros */
};

struct wh_near_region_room {
    pthread_mutex_t lock;
    _Atomic(struct wh_near_regions *) made;
    atomic_size_t wanted, views;
    bool failed; /* under the lock */
};

struct wh_near_view {
    const struct wh_near *near;
    const struct wh_near_regions *regions;
    uint32_t word;
    double norm, longest;
    float s[LEVELS]; /* ascending */
    float *levels;   /* LEVELS x count: lower bounds of T_c(s) */
    float *squares;  /* lower bounds of |delta|^2 / 2, in the order of ids, and BLOCK zeros */
};

/* ---- regions ---- */

enum wh_status wh_near_regions_open(struct wh_near *near) {
    if (WH_ALLOC(near->region_room, 1) != WH_OK)
        return WH_NOMEM;
    pthread_mutex_init(&near->region_room->lock, NULL);
    return WH_OK;
}

static void free_regions(struct wh_near_regions *regions) {
    if (!regions)
        return;
    free(regions->centres);
    free(regions->half);
    free(regions->first);
    free(regions->ids);
    free(regions->spread);
    free(regions);
}

void wh_near_regions_close(struct wh_near *near) {
    if (!near->region_room)
        return;
    free_regions(atomic_load(&near->region_room->made));
    pthread_mutex_destroy(&near->region_room->lock);
    free(near->region_room);
}

static void measure_centres(const struct wh_near *near, struct wh_near_regions *regions) {
    for (uint32_t c = 0; c < regions->count; c++) {
        const float *centre = regions->centres + c * near->stride;
        float sum = 0;
        for (uint32_t j = 0; j < near->dim; j++)
            sum += centre[j] * centre[j];
        regions->half[c] = sum / 2;
    }
}

/* The nearest centre, nearly: floats decide. scratch has a panel. */
static void nearest_centres(const struct wh_near *near, const struct wh_near_regions *regions,
                            struct wh_near_scratch *scratch, const uint32_t *words, size_t count,
                            uint32_t *nearest) {
    float best[WH_VEC_PANEL];
    for (size_t q = 0; q < count; q++) {
        const float *row = near->rows + words[q] * near->stride;
        best[q] = -INFINITY;
        nearest[q] = 0;
        for (uint32_t j = 0; j < near->dim; j++)
            scratch->panel[j * WH_VEC_PANEL + q] = row[j];
    }
    for (uint32_t first = 0; first < regions->count; first += WH_NEAR_TILE) {
        uint32_t left = regions->count - first, rows = left < WH_NEAR_TILE ? left : WH_NEAR_TILE;
        wh_vec()->dot_panel(regions->centres + first * near->stride, near->stride, rows,
                            scratch->panel, near->dim, scratch->dots);
        for (uint32_t i = 0; i < rows; i++) {
            for (size_t q = 0; q < count; q++) {
                float score = scratch->dots[i * WH_VEC_PANEL + q] - regions->half[first + i];
                if (score > best[q]) {
                    best[q] = score;
                    nearest[q] = first + i;
                }
            }
        }
    }
}

/* Every step-th word to its centre. */
static void assign(const struct wh_near *near, const struct wh_near_regions *regions,
                   struct wh_near_scratch *scratch, uint32_t step, uint32_t *region) {
    uint32_t words[WH_VEC_PANEL];
    for (uint32_t word = 0; word < near->words;) {
        size_t count = 0;
        uint32_t *out = region + word / step;
        for (; count < WH_VEC_PANEL && word < near->words; word += step)
            words[count++] = word;
        nearest_centres(near, regions, scratch, words, count, out);
    }
}

static enum wh_status move_centres(const struct wh_near *near, struct wh_near_regions *regions,
                                   uint32_t step, const uint32_t *region) {
    enum wh_status status = WH_OK;
    double *sums = NULL;
    uint32_t *counts = NULL;
    WH_TRY(WH_ALLOC(sums, (size_t)regions->count * near->dim));
    WH_TRY(WH_ALLOC(counts, regions->count));
    for (uint32_t word = 0; word < near->words; word += step) {
        const float *row = near->rows + word * near->stride;
        double *sum = sums + (size_t)region[word / step] * near->dim;
        counts[region[word / step]]++;
        for (uint32_t j = 0; j < near->dim; j++)
            sum[j] += (double)row[j];
    }
    for (uint32_t c = 0; c < regions->count; c++)
        for (uint32_t j = 0; counts[c] && j < near->dim; j++)
            regions->centres[c * near->stride + j] =
                (float)(sums[(size_t)c * near->dim + j] / counts[c]);
    measure_centres(near, regions);
out:
    free(sums);
    free(counts);
    return status;
}

/* Words region by region, with their distances from the centre. */
static enum wh_status group(const struct wh_near *near, struct wh_near_regions *regions,
                            const uint32_t *region) {
    enum wh_status status = WH_OK;
    uint32_t *next = NULL;
    WH_TRY(WH_ALLOC(next, regions->count));
    for (uint32_t id = 0; id < near->words; id++)
        regions->first[region[id] + 1]++;
    for (uint32_t c = 0; c < regions->count; c++) {
        regions->first[c + 1] += regions->first[c];
        next[c] = regions->first[c];
    }
    for (uint32_t id = 0; id < near->words; id++) {
        const float *row = near->rows + id * near->stride;
        const float *centre = regions->centres + region[id] * near->stride;
        double sum = 0;
        for (uint32_t j = 0; j < near->dim; j++) {
            double difference = (double)row[j] - (double)centre[j];
            sum += difference * difference;
        }
        uint32_t at = next[region[id]]++;
        regions->ids[at] = id;
        regions->spread[at] = nextafterf((float)(sqrt(sum) * (1 + 0x1p-30)), INFINITY);
    }
out:
    free(next);
    return status;
}

static enum wh_status open_regions(const struct wh_near *near, uint32_t count,
                                   struct wh_near_regions *regions) {
    enum wh_status status = WH_OK;
    regions->count = count;
    WH_TRY(WH_ALLOC_ALIGNED(regions->centres, count * near->stride));
    WH_TRY(WH_ALLOC_ALIGNED(regions->half, count));
    WH_TRY(WH_ALLOC(regions->first, (size_t)count + 1));
    WH_TRY(WH_ALLOC(regions->ids, near->words));
    WH_TRY(WH_ALLOC(regions->spread, (size_t)near->words + BLOCK));
    for (uint32_t c = 0; c < count; c++) {
        size_t word = (size_t)c * near->words / count;
        memcpy(regions->centres + c * near->stride, near->rows + word * near->stride,
               near->stride * sizeof(float));
    }
    measure_centres(near, regions);
out:
    return status;
}

static enum wh_status make_regions(const struct wh_near *near, struct wh_near_regions **made) {
    enum wh_status status = WH_OK;
    struct wh_near_regions *regions = NULL;
    struct wh_near_scratch *scratch = NULL;
    uint32_t *region = NULL, count = (uint32_t)sqrt(near->words);
    count = count < REGIONS_LEAST ? REGIONS_LEAST : count > REGIONS_MOST ? REGIONS_MOST : count;
    count = count < near->words ? count : near->words;
    uint32_t step = near->words / (count * SAMPLES) + 1;
    *made = NULL;
    WH_TRY(WH_ALLOC(regions, 1));
    WH_TRY(open_regions(near, count, regions));
    WH_TRY(wh_near_scratch_open(&scratch));
    WH_TRY(wh_near_scratch_fit(scratch, near->dim));
    WH_TRY(WH_ALLOC(region, near->words));
    for (int round = 0; round < ROUNDS; round++) {
        assign(near, regions, scratch, step, region);
        WH_TRY(move_centres(near, regions, step, region));
    }
    assign(near, regions, scratch, 1, region);
    WH_TRY(group(near, regions, region));
    *made = regions;
    regions = NULL;
out:
    free_regions(regions);
    wh_near_scratch_close(scratch);
    free(region);
    return status;
}

void wh_near_regions_want(const struct wh_near *near, size_t draws) {
    atomic_fetch_add_explicit(&near->region_room->wanted, draws, memory_order_relaxed);
}

/* NULL as long as splitting the vocabulary would not have paid. */
static const struct wh_near_regions *regions_of(const struct wh_near *near) {
    struct wh_near_region_room *room = near->region_room;
    struct wh_near_regions *made = atomic_load_explicit(&room->made, memory_order_acquire);
    if (made || atomic_load_explicit(&room->wanted, memory_order_relaxed) < DRAWS_FIRST)
        return made;
    if (pthread_mutex_trylock(&room->lock) != 0)
        return NULL; /* another thread is at it */
    made = atomic_load(&room->made);
    if (!made && !room->failed) {
        room->failed = make_regions(near, &made) != WH_OK;
        atomic_store_explicit(&room->made, made, memory_order_release);
    }
    pthread_mutex_unlock(&room->lock);
    return made;
}

/* ---- what a word sees of them ---- */

/* Lower bounds of |u - w|^2 / 2 by id. */
static void half_squares(const struct wh_near *near, uint32_t word, double bound, float *out) {
    enum { ROWS = 256 };
    float dots[ROWS];
    const float *query = near->rows + word * near->stride;
    double own = wh_embed_norms2(near->embed)[word] / 2 - bound;
    for (uint32_t first = 0; first < near->words; first += ROWS) {
        uint32_t rows = near->words - first < ROWS ? near->words - first : ROWS;
        wh_vec()->dot_rows(near->rows + first * near->stride, near->stride, rows, query, dots);
        for (uint32_t i = 0; i < rows; i++)
            out[first + i] = (float)(own - (double)(dots[i] - near->half[first + i]));
    }
}

static float level_of(const struct wh_near_view *view, uint32_t region, double s) {
    const struct wh_near_regions *regions = view->regions;
    float lowest = INFINITY, most = (float)(2 * s * s * (1 + 0x1p-20)), length = (float)s;
    for (uint32_t at = regions->first[region]; at < regions->first[region + 1]; at++) {
        float level = view->squares[at] - length * regions->spread[at] * (1 + 0x1p-20f);
        if (view->squares[at] < most && level < lowest)
            lowest = level;
    }
    return lowest - 0x1p-22f * (fabsf(lowest) + most); /* the rounding of the lines above */
}

static enum wh_status fill_view(struct wh_near_view *view) {
    enum wh_status status = WH_OK;
    const struct wh_near *near = view->near;
    const struct wh_near_regions *regions = view->regions;
    float *by_id = NULL;
    double bound = SAFETY * wh_near_bound(near, view->norm);
    WH_TRY(WH_ALLOC(by_id, near->words));
    WH_TRY(WH_ALLOC(view->squares, (size_t)near->words + BLOCK));
    WH_TRY(WH_ALLOC_ALIGNED(view->levels, (size_t)LEVELS * regions->count));
    half_squares(near, view->word, bound, by_id);
    by_id[view->word] = INFINITY; /* it is what the others are measured by */
    for (uint32_t at = 0; at < near->words; at++)
        view->squares[at] = by_id[regions->ids[at]];
    for (int g = 0; g < LEVELS; g++) {
        double s = view->longest * (SHORTEST + (1 - SHORTEST) * g / (LEVELS - 1));
        view->s[g] = (float)s;
        for (uint32_t c = 0; c < regions->count; c++)
            view->levels[(size_t)g * regions->count + c] = level_of(view, c, s);
    }
out:
    free(by_id);
    return status;
}

void wh_near_view_close(struct wh_near_view *view) {
    if (!view)
        return;
    atomic_fetch_sub(&view->near->region_room->views, 1);
    free(view->levels);
    free(view->squares);
    free(view);
}

enum wh_status wh_near_view_open(const struct wh_near *near, uint32_t word, double longest,
                                 struct wh_near_view **view) {
    enum wh_status status = WH_OK;
    struct wh_near_view *made = NULL;
    double norm = sqrt(wh_embed_norms2(near->embed)[word]) * (1 + 0x1p-20);
    const struct wh_near_regions *regions = regions_of(near);
    *view = NULL;
    if (!regions || !(longest > 0) || !isfinite(wh_near_bound(near, 2 * (norm + longest))) ||
        atomic_load(&near->region_room->views) >= VIEWS_MOST)
        return WH_OK;
    WH_TRY(WH_ALLOC(made, 1));
    atomic_fetch_add(&near->region_room->views, 1);
    *made = (struct wh_near_view){
        .near = near, .regions = regions, .word = word, .norm = norm, .longest = longest};
    WH_TRY(fill_view(made));
    *view = made;
    made = NULL;
out:
    wh_near_view_close(made);
    return status;
}

/* ---- searching ---- */

/* One point of a panel. */
struct lane {
    const struct wh_near_task *task;
    double own;      /* eta.w */
    float s, err;    /* |eta|, at least; what inner products may be wrong by */
    float bar;       /* scores below it cannot win */
    float threshold; /* of eta.c - T_c */
    int level;       /* the first s not below its own */
    double bound;
    struct wh_neighbour best;
};

static void set_bar(const struct wh_near *near, struct lane *lane) {
    lane->bar = wh_near_bar(near, lane->task->point, lane->best.id, 2 * lane->bound);
}

/* Noise in lane q of the panel; false if it is longer than the view reaches. */
static bool start_lane(const struct wh_near_view *view, struct wh_near_scratch *scratch, size_t q,
                       struct lane *lane) {
    const struct wh_near *near = view->near;
    const float *row = near->rows + view->word * near->stride;
    const double *point = lane->task->point;
    double length = wh_near_plain_distance(near, point, view->word), own = 0;
    if (!(length * (1 + 0x1p-20) < (double)view->s[LEVELS - 1] * (1 - 0x1p-20)))
        return false;
    for (uint32_t j = 0; j < near->dim; j++) {
        double noise = point[j] - (double)row[j];
        own += noise * (double)row[j];
        scratch->panel[j * WH_VEC_PANEL + q] = (float)noise;
    }
    lane->own = own;
    lane->s = (float)(length * (1 + 0x1p-20));
    lane->bound = wh_near_bound(near, (view->norm + length) * (1 + 0x1p-20));
    lane->err = (float)(SAFETY * lane->bound);
    lane->best = (struct wh_neighbour){view->word, length};
    lane->threshold = nextafterf((float)(own - (double)lane->err), -INFINITY);
    for (lane->level = 0; view->s[lane->level] < lane->s; lane->level++)
        continue;
    set_bar(near, lane);
    return true;
}

static void look_at(const struct wh_near *near, const float *query, struct lane *lane,
                    uint32_t id) {
    float score;
    wh_vec()->dot_rows(near->rows + id * near->stride, near->stride, 1, query, &score);
    if (score - near->half[id] < lane->bar)
        return;
    struct wh_neighbour one = {id, wh_near_plain_distance(near, lane->task->point, id)};
    if (wh_neighbour_order(&one, &lane->best) < 0) {
        lane->best = one;
        set_bar(near, lane);
    }
}

/* Whether some of a block's words are not excluded; written to be done side by side. */
static bool some_remain(const float *squares, const float *spread, float s, float limit) {
    int remain = 0;
    for (int i = 0; i < BLOCK; i++)
        remain |= squares[i] - s * spread[i] <= limit;
    return remain;
}

/* The words of a region that their own bound does not exclude; along is eta.(c - w). */
static size_t look_into(const struct wh_near_view *view, const float *query, uint32_t region,
                        float along, struct lane *lane) {
    const struct wh_near_regions *regions = view->regions;
    uint32_t end = regions->first[region + 1];
    size_t looked = 0;
    float limit = along + lane->err, most = 2 * lane->s * lane->s * (1 + 0x1p-18f);
    for (uint32_t first = regions->first[region]; first < end; first += BLOCK) {
        const float *squares = view->squares + first, *spread = regions->spread + first;
        if (!some_remain(squares, spread, lane->s, limit))
            continue;
        for (uint32_t i = 0; i < BLOCK && first + i < end; i++) {
            if (squares[i] - lane->s * spread[i] > limit || squares[i] > most)
                continue;
            look_at(view->near, query, lane, regions->ids[first + i]);
            looked++;
        }
    }
    return looked;
}

/* What is left of a tile of regions for the lanes of one level. */
static size_t meet_level(const struct wh_near_view *view, struct wh_near_scratch *scratch,
                         struct lane *lanes, int level, uint32_t first, uint32_t rows) {
    const struct wh_near *near = view->near;
    const float *levels = view->levels + (size_t)level * view->regions->count + first;
    size_t looked = 0;
    for (size_t q = 0; q < WH_VEC_PANEL; q++)
        scratch->threshold[q] = lanes[q].level == level ? lanes[q].threshold : NAN;
    size_t hits = wh_vec()->sieve(scratch->dots, levels, rows, scratch->threshold, scratch->hits);
    for (size_t h = 0; h < hits; h++) {
        const struct wh_vec_hit *hit = &scratch->hits[h];
        struct lane *lane = &lanes[hit->query];
        float along = scratch->dots[hit->row * WH_VEC_PANEL + hit->query] - (float)lane->own;
        for (uint32_t j = 0; j < near->dim; j++)
            scratch->query[j] = (float)lane->task->point[j];
        looked += look_into(view, scratch->query, first + hit->row, along, lane);
    }
    return looked;
}

static size_t meet_regions(const struct wh_near_view *view, struct wh_near_scratch *scratch,
                           struct lane *lanes, uint32_t levels) {
    const struct wh_near *near = view->near;
    size_t looked = 0;
    for (uint32_t first = 0; first < view->regions->count; first += WH_NEAR_TILE) {
        uint32_t left = view->regions->count - first;
        uint32_t rows = left < WH_NEAR_TILE ? left : WH_NEAR_TILE;
        wh_vec()->dot_panel(view->regions->centres + first * near->stride, near->stride, rows,
                            scratch->panel, near->dim, scratch->dots);
        for (int level = 0; level < LEVELS; level++)
            if (levels >> level & 1)
                looked += meet_level(view, scratch, lanes, level, first, rows);
    }
    return looked;
}

void wh_near_view_search(const struct wh_near_view *view, struct wh_near_scratch *scratch,
                         const struct wh_near_task *tasks, size_t count, bool *settled,
                         size_t *looked) {
    struct lane lanes[WH_VEC_PANEL];
    uint32_t levels = 0;
    memset(scratch->query, 0, wh_vec_stride(view->near->dim) * sizeof(float));
    for (size_t q = 0; q < WH_VEC_PANEL; q++) {
        lanes[q] = (struct lane){.task = q < count ? &tasks[q] : NULL, .level = LEVELS};
        if (q >= count)
            continue;
        settled[q] = start_lane(view, scratch, q, &lanes[q]);
        if (settled[q])
            levels |= 1u << lanes[q].level;
    }
    *looked = levels ? meet_regions(view, scratch, lanes, levels) : 0;
    for (size_t q = 0; q < count; q++)
        if (settled[q])
            tasks[q].out[0] = lanes[q].best;
}
