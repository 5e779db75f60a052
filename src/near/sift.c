/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sift.c - which words a noise vector cannot bring to the top, by their distance and their
 * sketches.
 *
 * For the point w + eta the word u, delta = u - w, beats w by the margin
 *     eta.delta - |delta|^2 / 2  <=  (A eta).c + |eta||r| - eta.w - |delta|^2 / 2,
 * A, c and r as in sketches.h. By Cauchy and Schwarz no word beyond 2 |eta| has one. The others lie
 * in the view's rings, in blocks whose least |delta|^2 / 2 is known; a word whose bound stays below
 * the best margin so far is out. Bounds are sums of table entries in steps of a 255th of what is to
 * be reached, rounded up; what is to be reached grows with the distance, so that tables are made
 * anew for every section of blocks. Words in doubt are held against their codes (codes.c), then
 * their floats, then looked at in double as ever. Close to w too many words are in doubt for that:
 * there all are held against the codes at once, as decode_codes.c does.
 *
 * Rounding: half squares are too low by WH_NEAR_SAFETY times the error bound of near_private.h;
 * that of the products is in the slack of every lane (find_slack).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "near/rings.h"

#define CHUNK         8  /* blocks between two looks at the words in doubt */
#define SECTION_LEAST 16 /* blocks that share tables, a multiple of CHUNK */
#define SECTION_MOST  256
#define SECTION_GROWS 1.15  /* half squares within a section */
#define DOUBT_MOST    0.004 /* share of words in doubt with which sketches pay */
#define SMALLEST      1e-30 /* what is to be reached, for tables to be of use */

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

/* None for a view without sketches. */
static size_t entries_of(const struct wh_near_sketches *sketches) {
    return sketches ? (size_t)sketches->groups << sketches->bits : 0;
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
    return WH_NEAR_SAFETY * lane->bound + error * sketches->reach + 0x1p-17 * lane->noise * most +
           0x1p-100;
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
    double error = wh_near_along(sketches->axes, eta, most, panel->along);
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
    if (search->view->sketches)
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
    double score = (double)product * (double)look->scale * (double)panel->scale;
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
            if (at >= search->view->first[WH_NEAR_RINGS])
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
    uint32_t last = wh_near_ring_of(view, (float)(2 * noise * noise * (1 + 0x1p-18)));
    return noise < 0 ? 0
                     : (uint32_t)wh_near_view_blocks(
                           view->first[last < WH_NEAR_RINGS ? last + 1 : WH_NEAR_RINGS]);
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
    const uint32_t last = section.end * WH_VEC_ABREAST;
    const uint32_t end = last < view->close_count ? last : view->close_count;
    for (uint32_t at = section.first * WH_VEC_ABREAST; at < end; at += WH_NEAR_CODE_TILE) {
        uint32_t count = end - at < WH_NEAR_CODE_TILE ? end - at : WH_NEAR_CODE_TILE;
        size_t hits = wh_near_codes_sieve(view->close, scratch, at, count);
        for (size_t h = 0; h < hits; h++)
            __builtin_prefetch(search->near->rows +
                               view->ids[at + scratch->hits[h].row] * search->near->stride);
        for (size_t h = 0; h < hits; h++)
            look_at(search, scratch->hits[h].query, view->ids[at + scratch->hits[h].row]);
    }
}

/* Outwards until no noise reaches farther. Returns the cost. */
static size_t meet_all(struct search *search, size_t count) {
    const struct wh_near_view *view = search->view;
    uint32_t close = (uint32_t)wh_near_view_blocks(view->close_count);
    uint32_t end = end_of(view, longest_of(search->panel, 0, WH_VEC_PANEL)), first = 0;
    size_t met = 0;
    while (first < close && first < end) {
        struct section section = section_at(view, first, end < close ? end : close);
        if (view->sketches && sketches_pay(search, section, count))
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
    cost += WH_NEAR_SIFT_COST * (double)met * WH_VEC_ABREAST / WH_VEC_PANEL;
    return (size_t)(cost + WH_NEAR_LOOK_COST * (double)search->looks);
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
    wh_near_codes_encode(view->near, scratch);
    for (size_t q = 0; q < WH_VEC_PANEL && view->sketches; q++)
        start_bytes(&search, q);
    size_t cost = meet_all(&search, count);
    for (size_t q = 0; q < count; q++)
        if (settled[q])
            tasks[q].out[0] = search.panel->lanes[q].best;
    return cost;
}
