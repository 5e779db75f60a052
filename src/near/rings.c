/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rings.c - which words a noise vector cannot bring to the top, by their distance and their
 * sketches.
 *
 * For the point w + eta the word u, delta = u - w, beats w by the margin
 *     eta.delta - |delta|^2 / 2  <=  (A eta).c + |eta||r| - eta.w - |delta|^2 / 2,
 * A, c and r as in sketches.h. By Cauchy and Schwarz no word beyond 2 |eta| has one. The others lie
 * here in rings around w, nearest first, in blocks whose least |delta|^2 / 2 is known; a word whose
 * bound stays below the best margin so far is out. Bounds are sums of table entries in steps of a
 * 255th of what is to be reached, rounded up; what is to be reached grows with the distance, so
 * that tables are made anew for every section of blocks. Words in doubt are held against their
 * codes (codes.c), then their floats, then looked at in double as ever. Close to w too many words
 * are in doubt for that: there all are held against the codes at once, as decode_codes.c does.
 *
 * Rounding: half squares here are too low by SAFETY times the error bound of near_private.h; that
 * of the products is in the slack of every lane (find_slack).
 */
#include "near/rings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "near/sketches.h"

#define RINGS         256
#define SAFETY        8  /* times the error bound */
#define CHUNK         8  /* blocks between two looks at the words in doubt */
#define SECTION_LEAST 16 /* blocks that share tables, a multiple of CHUNK */
#define SECTION_MOST  256
#define SECTION_GROWS 1.15 /* half squares within a section */
#define SIFT_COST     0.4  /* of a word in a panel, and of a look, to meeting a word with bytes */
#define LOOK_COST     2.5
#define CLOSE_SHARE   4     /* one word in so many may be close */
#define DOUBT_MOST    0.004 /* share of words in doubt with which sketches pay */
#define COST_SAMPLE   2048  /* words that tell what a view would cost */
#define SMALLEST      1e-30 /* what is to be reached, for tables to be of use */

struct wh_near_view {
    const struct wh_near *near;
    const struct wh_near_sketches *sketches;
    uint32_t word;
    double norm, longest;        /* |w|; noise that it is good for */
    uint32_t first[RINGS + 1];   /* where a ring begins */
    uint32_t *ids;               /* words, ring by ring */
    uint8_t *codes;              /* their sketches, by blocks as kernels want them */
    float *half;                 /* lower bounds of |delta|^2 / 2, of every block */
    struct wh_near_codes *close; /* codes of the first so many words: */
    uint32_t close_count;        /* whole blocks */
    size_t bytes;
};

double wh_near_view_noise(const struct wh_near_view *view, const double *point) {
    return wh_near_plain_distance(view->near, point, view->word);
}

/* ---- making one ---- */

/* Lower bounds of |u - w|^2 / 2 by id. */
static void half_squares(const struct wh_near *near, uint32_t word, double bound, float *out) {
    enum { ROWS = 256 };
    float dots[ROWS];
    const float *query = near->rows + word * near->stride;
    double own = wh_embed_norms2(near->embed)[word] / 2 - bound;
    for (uint32_t first = 0; first < near->words; first += ROWS) {
        uint32_t rows = near->words - first < ROWS ? near->words - first : ROWS;
        wh_vec()->dot_rows(near->rows + first * near->stride, near->stride, rows, query, dots);
        for (uint32_t i = 0; i < rows; i++) {
            float half = (float)(own - (double)(dots[i] - near->half[first + i]));
            out[first + i] = half > 0 ? nextafterf(half, -INFINITY) : 0;
        }
    }
    out[word] = INFINITY; /* it is what the others are measured by */
}

/* The ring of words with such a half square, RINGS for those out of reach. */
static uint32_t ring_of(const struct wh_near_view *view, float half) {
    float ring = sqrtf(2 * half) * (float)(RINGS / (2 * view->longest));
    return ring < RINGS ? (uint32_t)ring : RINGS;
}

/* The ring of every word, and where rings begin. */
static void find_rings(struct wh_near_view *view, const float *halves, uint16_t *rings) {
    uint32_t counts[RINGS + 1] = {0};
    for (uint32_t id = 0; id < view->near->words; id++) {
        rings[id] = (uint16_t)ring_of(view, halves[id]);
        counts[rings[id]]++;
    }
    for (uint32_t r = 0; r < RINGS; r++)
        view->first[r + 1] = view->first[r] + counts[r];
}

static size_t blocks_of(uint32_t words) {
    return ((size_t)words + WH_VEC_ABREAST - 1) / WH_VEC_ABREAST;
}

static enum wh_status make_room(struct wh_near_view *view) {
    enum wh_status status = WH_OK;
    size_t blocks = blocks_of(view->first[RINGS]), groups = view->sketches->groups;
    size_t bytes = blocks * (WH_VEC_ABREAST * (groups + sizeof *view->ids) + sizeof *view->half);
    view->close_count = view->first[RINGS] / CLOSE_SHARE / WH_VEC_ABREAST * WH_VEC_ABREAST;
    bytes += view->close_count * (view->near->dim + 5 * sizeof(float));
    if (!wh_near_sketches_take(view->near, bytes))
        return WH_UNAVAILABLE;
    view->bytes = bytes;
    WH_TRY(WH_ALLOC(view->ids, (blocks + 1) * WH_VEC_ABREAST));
    WH_TRY(WH_ALLOC_ALIGNED(view->codes, blocks * WH_VEC_ABREAST * groups));
    WH_TRY(WH_ALLOC(view->half, blocks + 1));
    WH_TRY(wh_near_codes_alloc(view->close_count, view->near->dim, &view->close));
out:
    return status;
}

/* Every word that is not out of reach to its ring. */
static void fill_rings(struct wh_near_view *view, const uint16_t *rings) {
    uint32_t next[RINGS + 1];
    memcpy(next, view->first, sizeof next);
    for (uint32_t id = 0; id < view->near->words; id++)
        if (rings[id] < RINGS)
            view->ids[next[rings[id]]++] = id;
}

static inline void swap_bytes(uint64_t *low, uint64_t *high, unsigned bits, uint64_t mask) {
    uint64_t both = ((*low >> bits) ^ *high) & mask;
    *high ^= both;
    *low ^= both << bits;
}

/* Byte i of number j and byte j of number i change places. */
static inline void transpose(uint64_t x[8]) {
#pragma GCC unroll 4
    for (size_t i = 0; i < 8; i += 2)
        swap_bytes(&x[i], &x[i + 1], 8, 0x00ff00ff00ff00ff);
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++)
        swap_bytes(&x[i + (i & 2)], &x[i + (i & 2) + 2], 16, 0x0000ffff0000ffff);
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++)
        swap_bytes(&x[i], &x[i + 4], 32, 0x00000000ffffffff);
}

/* Eight groups of eight words, from a row a word to a row a group. */
static void fill_square(struct wh_near_view *view, const uint32_t *ids, size_t group, uint8_t *to) {
    const size_t groups = view->sketches->groups;
    const uint8_t *from = view->sketches->codes + group;
    uint64_t x[8];
#pragma GCC unroll 8
    for (size_t i = 0; i < 8; i++)
        memcpy(&x[i], from + ids[i] * groups, sizeof x[i]);
    transpose(x);
    for (size_t g = 0; g < 8 && group + g < groups; g++)
        memcpy(to + (group + g) * WH_VEC_ABREAST, &x[g], sizeof x[g]);
}

/* Sketches of a block; places without a word have that of word 0, and are looked at by nobody. */
static void fill_block(struct wh_near_view *view, size_t block) {
    const uint32_t *ids = view->ids + block * WH_VEC_ABREAST;
    uint8_t *to = view->codes + block * view->sketches->groups * WH_VEC_ABREAST;
    for (size_t first = 0; first < WH_VEC_ABREAST; first += 8) {
        for (size_t i = first; i < first + 8; i++) /* of the next block, if there is one */
            __builtin_prefetch(view->sketches->codes +
                               ids[i + WH_VEC_ABREAST] * view->sketches->groups);
        for (size_t group = 0; group < view->sketches->groups; group += 8)
            fill_square(view, ids + first, group, to + first);
    }
}

static void fill_blocks(struct wh_near_view *view, const float *halves) {
    uint32_t all = view->first[RINGS];
    for (uint32_t first = 0; first < all; first += WH_VEC_ABREAST) {
        uint32_t count = all - first < WH_VEC_ABREAST ? all - first : WH_VEC_ABREAST;
        float least = INFINITY;
        for (uint32_t i = 0; i < count; i++) {
            float half = halves[view->ids[first + i]];
            least = half < least ? half : least;
        }
        view->half[first / WH_VEC_ABREAST] = least;
        fill_block(view, first / WH_VEC_ABREAST);
    }
}

static void copy_codes(struct wh_near_view *view, const struct wh_near_codes *from) {
    struct wh_near_codes *to = view->close;
    size_t stride = from->rows.stride;
    for (uint32_t at = 0; at < view->close_count; at++) {
        uint32_t id = view->ids[at];
        memcpy(to->codes + at * stride, from->codes + id * stride, stride);
        to->scale[at] = from->scale[id];
        to->start[at] = from->start[id];
        to->residue[at] = from->residue[id];
        to->norm[at] = from->norm[id];
        to->half[at] = from->half[id];
    }
}

static enum wh_status fill_view(struct wh_near_view *view) {
    enum wh_status status = WH_OK;
    float *halves = NULL;
    uint16_t *rings = NULL;
    WH_TRY(WH_ALLOC(halves, view->near->words));
    WH_TRY(WH_ALLOC(rings, view->near->words));
    half_squares(view->near, view->word, SAFETY * wh_near_bound(view->near, view->norm), halves);
    find_rings(view, halves, rings);
    WH_TRY(make_room(view));
    fill_rings(view, rings);
    fill_blocks(view, halves);
    copy_codes(view, wh_near_codes(view->near));
out:
    free(halves);
    free(rings);
    return status;
}

void wh_near_view_close(struct wh_near_view *view) {
    if (!view)
        return;
    wh_near_sketches_give(view->near, view->bytes);
    free(view->ids);
    free(view->codes);
    free(view->half);
    wh_near_codes_free(view->close);
    free(view);
}

enum wh_status wh_near_view_open(const struct wh_near *near, uint32_t word, double longest,
                                 struct wh_near_view **view) {
    enum wh_status status = WH_OK;
    struct wh_near_view *made = NULL;
    double norm = sqrt(wh_embed_norms2(near->embed)[word]) * (1 + 0x1p-20);
    const struct wh_near_sketches *sketches = wh_near_sketches(near);
    *view = NULL;
    if (!sketches || !wh_near_codes(near) || !(longest > 0) ||
        !isfinite(wh_near_bound(near, 2 * (norm + longest))))
        return WH_OK;
    WH_TRY(WH_ALLOC(made, 1));
    *made = (struct wh_near_view){
        .near = near, .sketches = sketches, .word = word, .norm = norm, .longest = longest};
    WH_TRY(fill_view(made));
    *view = made;
    made = NULL;
out:
    wh_near_view_close(made);
    return status == WH_UNAVAILABLE ? WH_OK : status; /* later perhaps */
}

/* ---- whether one would pay ---- */

/* Noise has no direction, so its product with delta is about normal, with deviation |eta||delta| /
 * sqrt(dim); what the sketch leaves of a word adds |eta||r| at most. */
static double doubt_of(const struct wh_near *near, double noise, double distance, double rest) {
    double deviation = noise * distance / sqrt(near->dim);
    double short_of = distance * distance / 2 - noise * rest;
    return deviation > 0 ? erfc(short_of / deviation / sqrt(2)) / 2 : 1;
}

double wh_near_view_cost(const struct wh_near *near, uint32_t word, double noise) {
    const struct wh_near_sketches *sketches = wh_near_sketches(near);
    const uint32_t step = near->words / COST_SAMPLE + 1;
    double cost = 0;
    size_t count = 0;
    for (uint32_t id = 0; id < near->words && sketches; id += step, count++) {
        const uint8_t *codes = sketches->codes + (size_t)id * sketches->groups;
        double distance = wh_near_distance(near, word, id);
        double rest = (double)sketches->rests[codes[sketches->groups - 1]];
        double doubt = doubt_of(near, noise, distance, rest);
        if (distance < 2 * noise)
            cost += fmin(1, SIFT_COST + LOOK_COST * WH_VEC_PANEL * doubt);
    }
    return count ? cost / (double)count : 0;
}

/* ---- searching ---- */

/* One point of a panel; its bar is in the scratch. */
struct lane {
    const struct wh_near_task *task; /* NULL: closed */
    double noise, bound;
    double base; /* what a word needs to win nothing, beside its half square, over the least sum */
    double need; /* the same to win more than the best so far */
    float scale; /* steps of its tables */
    struct wh_neighbour best;
};

/* A word in doubt. */
struct doubt {
    uint32_t id, lane;
};

/* What a panel needs beside its view and its codes. */
struct wh_near_sketch_panel {
    _Alignas(64) uint8_t limits[CHUNK * WH_VEC_FEW];
    uint64_t masks[CHUNK * WH_VEC_FEW];
    struct doubt doubts[2]
                       [CHUNK * WH_VEC_FEW * WH_VEC_ABREAST]; /* of a chunk, and the one before */
    struct lane lanes[WH_VEC_PANEL];
    uint8_t *tables; /* of WH_VEC_FEW lanes */
    float *values;   /* of all, as wh_near_sketch_values() gives them */
    uint8_t *bytes;  /* codes of all, one after the other */
    float *along;
    size_t entries, stride; /* that there is room for */
};

struct search {
    const struct wh_near_view *view;
    const struct wh_near *near;
    const struct wh_near_codes *codes;
    struct wh_near_scratch *scratch;
    struct wh_near_sketch_panel *panel;
    size_t waiting; /* words in doubt of the chunk before */
    size_t looks;
};

void wh_near_sketch_panel_close(struct wh_near_sketch_panel *panel) {
    if (!panel)
        return;
    free(panel->tables);
    free(panel->values);
    free(panel->bytes);
    free(panel->along);
    free(panel);
}

static size_t entries_of(const struct wh_near_sketches *sketches) {
    return (size_t)sketches->groups << sketches->bits;
}

static enum wh_status fit(struct wh_near_scratch *scratch, const struct wh_near_view *view) {
    enum wh_status status = WH_OK;
    struct wh_near_sketch_panel *panel = scratch->sketches;
    size_t entries = entries_of(view->sketches), stride = view->near->stride;
    if (panel && panel->entries >= entries && panel->stride >= stride)
        return WH_OK;
    wh_near_sketch_panel_close(panel);
    scratch->sketches = NULL;
    WH_TRY(WH_ALLOC_ALIGNED(panel, 1));
    scratch->sketches = panel;
    WH_TRY(WH_ALLOC_ALIGNED(panel->tables, entries * WH_VEC_FEW));
    WH_TRY(WH_ALLOC_ALIGNED(panel->values, entries * WH_VEC_PANEL));
    WH_TRY(WH_ALLOC_ALIGNED(panel->bytes, stride * WH_VEC_PANEL));
    WH_TRY(WH_ALLOC_ALIGNED(panel->along, stride));
    panel->entries = entries;
    panel->stride = stride;
out:
    return status;
}

static void set_bars(struct search *search, size_t q) {
    struct lane *lane = &search->panel->lanes[q];
    double margin = (lane->noise * lane->noise - lane->best.distance * lane->best.distance) / 2;
    lane->need = lane->base + margin;
    wh_near_codes_bar(search->scratch, q,
                      wh_near_bar(search->near, lane->task->point, lane->best.id, 2 * lane->bound));
}

static void consider(struct search *search, size_t q, uint32_t id) {
    struct lane *lane = &search->panel->lanes[q];
    struct wh_neighbour one = {id, wh_near_plain_distance(search->near, lane->task->point, id)};
    if (wh_neighbour_order(&one, &lane->best) < 0) {
        lane->best = one;
        set_bars(search, q);
    }
}

/* What products with the noise, margins and half squares may be off by. */
static double find_slack(const struct search *search, const struct lane *lane, double error) {
    const struct wh_near_sketches *sketches = search->view->sketches;
    double rest = (double)sketches->rests[(1u << sketches->bits) - 1];
    double most = sketches->reach + rest + search->near->max_norm;
    return SAFETY * lane->bound + error * sketches->reach + 0x1p-17 * lane->noise * most + 0x1p-100;
}

/* The noise in lane q, its products with all levels, and what they are to reach. */
static void start_bounds(struct search *search, size_t q, float *eta) {
    struct wh_near_sketch_panel *panel = search->panel;
    struct lane *lane = &panel->lanes[q];
    const struct wh_near_sketches *sketches = search->view->sketches;
    const float *row = search->near->rows + search->view->word * search->near->stride;
    double most = lane->noise * (1 + 0x1p-20), own = 0;
    for (uint32_t j = 0; j < search->near->dim; j++) {
        double noise = lane->task->point[j] - (double)row[j];
        eta[j] = (float)noise;
        own += noise * (double)row[j];
    }
    double error = wh_near_along(search->near, sketches, eta, most, panel->along);
    lane->base = own - find_slack(search, lane, error) -
                 wh_near_sketch_values(sketches, panel->along, most,
                                       panel->values + q * entries_of(sketches));
}

/* The codes of lane q, for one word at a time. */
static void start_bytes(struct search *search, size_t q) {
    const uint8_t *codes = search->scratch->codes->codes + 4 * q;
    uint8_t *bytes = search->panel->bytes + q * search->near->stride;
    for (size_t j = 0; j < search->codes->rows.stride; j += 4)
        memcpy(bytes + j, codes + j * WH_VEC_PANEL, 4);
}

/* False if the noise is longer than the view reaches; the lane is closed then. */
static bool start_lane(struct search *search, size_t q, const struct wh_near_task *task) {
    const struct wh_near *near = search->near;
    struct lane *lane = &search->panel->lanes[q];
    double noise = task ? wh_near_view_noise(search->view, task->point) : (double)INFINITY;
    *lane = (struct lane){0};
    search->scratch->threshold[q] = NAN;
    if (!(noise * (1 + 0x1p-20) < search->view->longest * (1 - 0x1p-20))) {
        wh_near_codes_lane(near, search->scratch, q, NULL, 0);
        return false;
    }
    lane->task = task;
    lane->noise = noise;
    lane->bound = wh_near_bound(near, (search->view->norm + noise) * (1 + 0x1p-20));
    lane->best = (struct wh_neighbour){search->view->word, noise};
    wh_near_codes_lane(near, search->scratch, q, task->point, lane->bound);
    start_bytes(search, q);
    start_bounds(search, q, search->scratch->query);
    set_bars(search, q);
    if (task->hint != WH_NONE)
        consider(search, q, task->hint);
    return true;
}

/* A word by its floats, and then in double. */
static void look_at(struct search *search, size_t q, uint32_t id) {
    const struct wh_near *near = search->near;
    float score;
    wh_vec()->dot_rows(near->rows + id * near->stride, near->stride, 1,
                       search->scratch->codes->queries + q * near->stride, &score);
    if (score - near->half[id] >= search->scratch->threshold[q])
        consider(search, q, id);
}

/* A word by its codes, as codes.c has it. */
static bool codes_allow(const struct search *search, size_t q, uint32_t id) {
    const struct wh_near_code_panel *panel = search->scratch->codes;
    const struct wh_near_look *look = &search->view->sketches->looks[id];
    size_t stride = search->codes->rows.stride;
    const struct wh_vec_codes row = {search->codes->codes + id * stride, stride, &look->scale,
                                     &look->start};
    int32_t product;
    wh_vec()->dot_codes(&row, 1, search->panel->bytes + q * search->near->stride, &product);
    double hidden =
        (double)panel->width[q] * (double)look->residue + (double)panel->rest * (double)look->norm;
    double score = (double)product * (double)look->scale * (double)panel->scale[q];
    return score + hidden - (double)look->half >= (double)panel->threshold[q];
}

/* Codes of words in doubt lie anywhere: they are fetched while the next blocks are met. */
static void fetch(const struct search *search, uint32_t id) {
    size_t stride = search->codes->rows.stride;
    const int8_t *row = search->codes->codes + id * stride;
    const struct wh_near_look *look = &search->view->sketches->looks[id];
    for (size_t j = 0; j < stride; j += 64)
        __builtin_prefetch(row + j);
    __builtin_prefetch(row + stride - 1);
    __builtin_prefetch(look);
    __builtin_prefetch(&look->start);
}

/* The words of some blocks that the masks speak of. */
static size_t list_doubts(const struct search *search, size_t first_lane, uint32_t first,
                          uint32_t count) {
    struct wh_near_sketch_panel *panel = search->panel;
    size_t found = 0;
    for (uint32_t i = 0; i < count * WH_VEC_FEW; i++) {
        uint32_t start = (first + i / WH_VEC_FEW) * WH_VEC_ABREAST;
        for (uint64_t left = panel->masks[i]; left; left &= left - 1) {
            uint32_t at = start + (uint32_t)__builtin_ctzll(left);
            if (at >= search->view->first[RINGS])
                break;
            fetch(search, search->view->ids[at]);
            panel->doubts[0][found++] =
                (struct doubt){search->view->ids[at], (uint32_t)(first_lane + i % WH_VEC_FEW)};
        }
    }
    return found;
}

/* Looks at those that wait; then as many as just found wait. */
static void look_at_waiting(struct search *search, size_t found) {
    struct wh_near_sketch_panel *panel = search->panel;
    for (size_t i = 0; i < search->waiting; i++) {
        struct doubt doubt = panel->doubts[1][i];
        if (codes_allow(search, doubt.lane, doubt.id))
            look_at(search, doubt.lane, doubt.id);
    }
    memcpy(panel->doubts[1], panel->doubts[0], found * sizeof *panel->doubts[0]);
    search->looks += search->waiting;
    search->waiting = found;
}

/* ---- by sections ---- */

struct section {
    uint32_t first, end; /* blocks */
};

/* The section that begins with a block. */
static struct section section_at(const struct wh_near_view *view, uint32_t first, uint32_t end) {
    uint32_t last = first + SECTION_LEAST;
    double most = (double)view->half[first] * SECTION_GROWS;
    while (last < end && last < first + SECTION_MOST && (double)view->half[last] < most)
        last += CHUNK;
    return (struct section){first, last < end ? last : end};
}

/* Steps for some lanes, so that what the section's last block needs is just a byte. */
static void start_tables(struct search *search, size_t first_lane, struct section section) {
    struct wh_near_sketch_panel *panel = search->panel;
    const struct wh_near_sketches *sketches = search->view->sketches;
    size_t entries = entries_of(sketches);
    for (size_t q = 0; q < WH_VEC_FEW; q++) {
        struct lane *lane = &panel->lanes[first_lane + q];
        double need = lane->need + (double)search->view->half[section.end - 1];
        lane->scale = lane->task && need > SMALLEST ? (float)(255 / need) : 0;
        wh_vec()->fill_tables(panel->values + (first_lane + q) * entries, sketches->groups,
                              lane->scale, panel->tables + (q << sketches->bits));
    }
}

/* What sums of entries have to reach for a word to be in doubt. */
static uint8_t limit_of(const struct search *search, const struct lane *lane, uint32_t block) {
    double need = lane->need + (double)search->view->half[block];
    double steps = need * (double)lane->scale * (1 - 0x1p-20) -
                   search->view->sketches->groups * WH_VEC_ENTRY_ERROR;
    if (!lane->task)
        return 255; /* which its empty tables do not */
    return steps >= 255 ? 255 : steps > 0 ? (uint8_t)steps : 0;
}

static void sieve_chunk(struct search *search, size_t first_lane, uint32_t first, uint32_t count) {
    struct wh_near_sketch_panel *panel = search->panel;
    size_t groups = search->view->sketches->groups;
    const struct wh_vec_sketches sketches = {search->view->codes + first * groups * WH_VEC_ABREAST,
                                             groups};
    for (uint32_t b = 0; b < count; b++)
        for (size_t q = 0; q < WH_VEC_FEW; q++)
            panel->limits[b * WH_VEC_FEW + q] =
                limit_of(search, &panel->lanes[first_lane + q], first + b);
    wh_vec()->sieve_sketches(&sketches, count, panel->tables, panel->limits, panel->masks);
}

static void meet_chunk(struct search *search, size_t first_lane, uint32_t first, uint32_t count) {
    sieve_chunk(search, first_lane, first, count);
    look_at_waiting(search, list_doubts(search, first_lane, first, count));
}

/* Whether few enough words of a section are in doubt, by its first blocks and the lanes in the
 * middle. */
static bool sketches_pay(struct search *search, struct section section, size_t count) {
    size_t lanes = count / 2 / WH_VEC_FEW * WH_VEC_FEW, doubts = 0;
    uint32_t blocks = section.end - section.first < CHUNK ? section.end - section.first : CHUNK;
    start_tables(search, lanes, section);
    sieve_chunk(search, lanes, section.first, blocks);
    for (size_t i = 0; i < blocks * WH_VEC_FEW; i++)
        doubts += (size_t)__builtin_popcountll(search->panel->masks[i]);
    return (double)doubts < DOUBT_MOST * blocks * WH_VEC_FEW * WH_VEC_ABREAST;
}

/* The longest noise of some lanes, negative if all are closed. */
static double longest_of(const struct wh_near_sketch_panel *panel, size_t first, size_t count) {
    double longest = -1;
    for (size_t q = first; q < first + count; q++)
        longest = panel->lanes[q].task ? fmax(longest, panel->lanes[q].noise) : longest;
    return longest;
}

/* Where blocks end that noise of such length may reach: half squares beyond twice the square. They
 * are low enough for the rounding here. */
static uint32_t end_of(const struct wh_near_view *view, double noise) {
    uint32_t last = ring_of(view, (float)(2 * noise * noise * (1 + 0x1p-18)));
    return noise < 0 ? 0 : (uint32_t)blocks_of(view->first[last < RINGS ? last + 1 : RINGS]);
}

/* Words of a section by their sketches. Returns how many blocks were met by how many lanes. */
static size_t meet_section(struct search *search, struct section section) {
    size_t met = 0;
    for (size_t q = 0; q < WH_VEC_PANEL; q += WH_VEC_FEW) {
        uint32_t end = end_of(search->view, longest_of(search->panel, q, WH_VEC_FEW));
        struct section part = {section.first, end < section.end ? end : section.end};
        if (part.first >= part.end)
            continue;
        start_tables(search, q, part);
        for (uint32_t b = part.first; b < part.end; b += CHUNK)
            meet_chunk(search, q, b, part.end - b < CHUNK ? part.end - b : CHUNK);
        look_at_waiting(search, 0);
        met += (size_t)(part.end - part.first) * WH_VEC_FEW;
    }
    return met;
}

/* Words of a section, all of them close, by their codes. */
static void meet_close(struct search *search, struct section section) {
    const struct wh_near_view *view = search->view;
    struct wh_near_scratch *scratch = search->scratch;
    for (uint32_t b = section.first; b < section.end; b++) {
        size_t hits = wh_near_codes_sieve(view->close, scratch, b * WH_VEC_ABREAST, WH_VEC_ABREAST);
        for (size_t h = 0; h < hits; h++)
            __builtin_prefetch(search->near->rows +
                               view->ids[b * WH_VEC_ABREAST + scratch->hits[h].row] *
                                   search->near->stride);
        for (size_t h = 0; h < hits; h++)
            look_at(search, scratch->hits[h].query,
                    view->ids[b * WH_VEC_ABREAST + scratch->hits[h].row]);
    }
}

/* Outwards until no noise reaches farther. Returns the cost. */
static size_t meet_all(struct search *search, size_t count) {
    const struct wh_near_view *view = search->view;
    uint32_t close = view->close_count / WH_VEC_ABREAST;
    uint32_t end = end_of(view, longest_of(search->panel, 0, WH_VEC_PANEL)), first = 0;
    size_t met = 0;
    while (first < close && first < end) {
        struct section section = section_at(view, first, end < close ? end : close);
        if (sketches_pay(search, section, count))
            break;
        meet_close(search, section);
        first = section.end;
    }
    double cost = (double)first * WH_VEC_ABREAST;
    while (first < end) {
        struct section section = section_at(view, first, end);
        met += meet_section(search, section);
        first = section.end;
    }
    cost += SIFT_COST * (double)met * WH_VEC_ABREAST / WH_VEC_PANEL;
    return (size_t)(cost + LOOK_COST * (double)search->looks);
}

size_t wh_near_view_search(const struct wh_near_view *view, struct wh_near_scratch *scratch,
                           const struct wh_near_task *tasks, size_t count, bool *settled) {
    struct search search = {view, view->near, wh_near_codes(view->near), scratch, NULL, 0, 0};
    memset(settled, 0, count * sizeof *settled);
    if (!search.codes || wh_near_codes_start(view->near, scratch) != WH_OK ||
        fit(scratch, view) != WH_OK)
        return 0;
    search.panel = scratch->sketches;
    memset(scratch->query, 0, view->near->stride * sizeof *scratch->query);
    for (size_t q = 0; q < WH_VEC_PANEL; q++) {
        bool started = start_lane(&search, q, q < count ? &tasks[q] : NULL);
        if (q < count)
            settled[q] = started;
    }
    size_t cost = meet_all(&search, count);
    for (size_t q = 0; q < count; q++)
        if (settled[q])
            tasks[q].out[0] = search.panel->lanes[q].best;
    return cost;
}
