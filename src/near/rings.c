/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rings.c - which words a noise vector cannot bring to the top, by their distance and their heads.
 *
 * For the point w + eta the word u, delta = u - w, beats w by the margin eta.delta - |delta|^2 / 2.
 * By Cauchy and Schwarz no word beyond 2 |eta| has one. The others lie here in rings around w,
 * nearest first, and are held against the best margin m so far by an upper bound of their own, from
 * heads alone (heads.h, with codes as in codes.c: A u = s c + r, A eta = t y + e):
 *     eta.delta <= t s (y.c) + |t y||r| + |e||A u| - (A eta).(A w) + |eta'||delta'| + |E|...
 * Those that may reach m are looked at as ever. |delta'| is kept for every word. Rounding: the
 * error bound of near_private.h for the longest vectors here, several times over, and the bounds of
 * heads; what is taken as |delta|^2 / 2 is lower by as much.
 */
#include "near/rings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "near/heads.h"

#define RINGS     256
#define SAFETY    8    /* times the error bound */
#define STEP      4    /* axes */
#define SAMPLE    1024 /* words that tell how many axes pay */
#define LOOK_COST 160  /* looking at a word, to meeting it with all axes for one point */
#define SIFTING   0.2  /* share of meeting a word that does not depend on the axes */
#define WORTH     0.85 /* of the search of the whole vocabulary: what a view may cost at most */
#define TINY      1e-150

struct wh_near_view {
    const struct wh_near *near;
    const struct wh_near_heads *heads;
    uint32_t word;
    double norm, longest; /* |w|; noise that it is good for */
    uint32_t axes;        /* the first so many are used */
    float *head;          /* A w */
    double head_error, head_norm;
    uint32_t first[RINGS + 1];   /* where a ring begins */
    uint32_t *ids;               /* words, ring by ring */
    struct wh_near_codes *codes; /* their heads; half: lower bounds of |delta|^2 / 2 */
    float *spread;               /* upper bounds of |delta'| */
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
            out[first + i] = half > 0 ? half : 0;
        }
    }
    out[word] = INFINITY; /* it is what the others are measured by */
}

/* The ring of words with such a half square, RINGS for those out of reach. */
static uint32_t ring_of(const struct wh_near_view *view, double half) {
    double ring = sqrt(2 * half) / (2 * view->longest) * RINGS;
    return ring < RINGS ? (uint32_t)ring : RINGS;
}

static void count_rings(struct wh_near_view *view, const float *halves) {
    uint32_t counts[RINGS + 1] = {0};
    for (uint32_t id = 0; id < view->near->words; id++)
        counts[ring_of(view, (double)halves[id])]++;
    for (uint32_t r = 0; r < RINGS; r++)
        view->first[r + 1] = view->first[r] + counts[r];
}

/* The word's head, for all axes until it is known how many are used. */
static void find_head(struct wh_near_view *view) {
    double square = 0;
    view->head_error =
        wh_near_head(view->near, view->heads, view->axes,
                     view->near->rows + view->word * view->near->stride, view->norm, view->head);
    for (uint32_t j = 0; j < view->axes; j++)
        square += (double)view->head[j] * (double)view->head[j];
    view->head_norm = sqrt(square) * (1 + 0x1p-40);
}

/* ---- how many axes: only speed depends on it ---- */

static uint32_t choices(const struct wh_near_view *view) {
    return (view->heads->count + STEP - 1) / STEP;
}

static uint32_t axes_of(const struct wh_near_view *view, uint32_t choice) {
    return choice * STEP < view->heads->count ? choice * STEP : view->heads->count;
}

/* What a search costs by the choice of axes, up to a factor. */
struct outlook {
    double *cost, all; /* all: of meeting every word with all axes */
    float *head;       /* of the word looked at */
};

/* Adds a word met by noise of such length in any direction: its product with the head is about
 * normal, so that each choice of axes leaves it in doubt so often. */
static void add_costs(const struct wh_near_view *view, const struct outlook *outlook, double half,
                      double noise, double weight) {
    double square = 0, dim = view->near->dim;
    if (half > 2 * noise * noise)
        return;
    for (uint32_t i = 1; i <= choices(view); i++) {
        uint32_t axes = axes_of(view, i);
        for (uint32_t j = (i - 1) * STEP; j < axes; j++) {
            double along = (double)outlook->head[j] - (double)view->head[j];
            square += along * along;
        }
        double tail = noise * sqrt(1 - axes / dim) * sqrt(fmax(0, 2 * half - square));
        double in_doubt = erfc((half - tail) / (noise * sqrt(2 * square / dim) + TINY)) / 2;
        outlook->cost[i] += weight * (SIFTING + (1 - SIFTING) * axes / dim + LOOK_COST * in_doubt);
    }
}

/* A sample of the words, and noise as long as a Gamma of that shape makes it: its mean and sqrt(3)
 * standard deviations off, by Gauss and Hermite. */
static void look_out(const struct wh_near_view *view, struct outlook *outlook, double typical,
                     const float *halves) {
    const struct wh_near *near = view->near;
    double off = typical * sqrt(3 / (double)near->dim);
    for (uint32_t id = 0; id < near->words; id += near->words / SAMPLE + 1) {
        double half = (double)halves[id], norm = sqrt(wh_embed_norms2(near->embed)[id]);
        wh_near_head(near, view->heads, view->heads->count, near->rows + id * near->stride, norm,
                     outlook->head);
        add_costs(view, outlook, half, typical, 2 / 3.0);
        add_costs(view, outlook, half, typical + off, 1 / 6.0);
        add_costs(view, outlook, half, fmax(0, typical - off), 1 / 6.0);
        outlook->all++;
    }
}

/* WH_NO where no number of them pays. */
static enum wh_status choose_axes(struct wh_near_view *view, double typical, const float *halves) {
    enum wh_status status = WH_OK;
    struct outlook outlook = {0};
    uint32_t best = 1;
    WH_TRY(WH_ALLOC(outlook.cost, choices(view) + 1));
    WH_TRY(WH_ALLOC_ALIGNED(outlook.head, view->heads->count));
    look_out(view, &outlook, typical, halves);
    for (uint32_t i = 2; i <= choices(view); i++)
        if (outlook.cost[i] < outlook.cost[best])
            best = i;
    view->axes = axes_of(view, best);
    if (typical > 0 && outlook.cost[best] > WORTH * outlook.all)
        status = WH_NO;
out:
    free(outlook.cost);
    free(outlook.head);
    return status;
}

/* ---- words by rings ---- */

static void place(struct wh_near_view *view, uint32_t id, double half, uint32_t at) {
    const struct wh_near_codes *from = view->heads->codes;
    struct wh_near_codes *to = view->codes;
    const int8_t *codes = from->codes + id * from->rows.stride;
    int32_t total = 0;
    for (uint32_t j = 0; j < view->axes; j++)
        total += to->codes[at * to->rows.stride + j] = codes[j];
    to->start[at] = -128 * total;
    to->scale[at] = from->scale[id];
    to->residue[at] = from->residue[id];
    to->norm[at] = from->norm[id];
    to->half[at] = nextafterf((float)half, -INFINITY);
    view->ids[at] = id;
}

/* Every word that is not out of reach to its ring. */
static void fill_rings(struct wh_near_view *view, const float *halves) {
    uint32_t next[RINGS];
    memcpy(next, view->first, sizeof next);
    for (uint32_t id = 0; id < view->near->words; id++) {
        uint32_t ring = ring_of(view, (double)halves[id]);
        if (ring < RINGS)
            place(view, id, (double)halves[id], next[ring]++);
    }
}

/* The word's head as two rounds of bytes, the second of what the first leaves. */
struct twice {
    struct wh_near_code_query code[2];
    uint8_t *bytes[2];
    int32_t product[2][WH_NEAR_TILE];
};

static enum wh_status encode_twice(const struct wh_near_view *view, struct twice *twice) {
    enum wh_status status = WH_OK;
    double *rest = NULL;
    WH_TRY(WH_ALLOC(rest, view->axes));
    for (uint32_t j = 0; j < view->axes; j++)
        rest[j] = (double)view->head[j];
    for (int round = 0; round < 2; round++) {
        WH_TRY(WH_ALLOC_ALIGNED(twice->bytes[round], view->codes->rows.stride));
        twice->code[round] = wh_near_encode(rest, view->axes, 4, twice->bytes[round]);
        for (uint32_t j = 0; j < view->axes; j++)
            rest[j] -= (double)twice->code[round].scale * (twice->bytes[round][j] - 128);
    }
out:
    free(rest);
    return status;
}

/* Lower bound of |A u - A w|; i is the place in the tile whose products are in twice. */
static double head_distance(const struct wh_near_view *view, const struct twice *twice, uint32_t at,
                            uint32_t i) {
    const struct wh_near_codes *codes = view->codes;
    const int8_t *row = codes->codes + at * codes->rows.stride;
    double scale = (double)codes->scale[at];
    int32_t squares = 0;
    for (uint32_t j = 0; j < view->axes; j++)
        squares += row[j] * row[j];
    double length = scale * sqrt(squares), both = length + view->head_norm;
    double product = (double)twice->code[0].scale * twice->product[0][i] +
                     (double)twice->code[1].scale * twice->product[1][i];
    double square = length * length - 2 * scale * product + view->head_norm * view->head_norm;
    double error = 2 * twice->code[1].rest * length + 0x1p-30 * both * both;
    double off = (double)codes->residue[at] + view->head_error;
    return square > error ? fmax(0, sqrt(square - error) - off) : 0;
}

/* |delta'| of every word; halves may be too low by doubt. */
static enum wh_status find_tails(struct wh_near_view *view, double doubt) {
    enum wh_status status = WH_OK;
    const struct wh_near_codes *codes = view->codes;
    struct twice twice = {0};
    WH_TRY(encode_twice(view, &twice));
    for (uint32_t first = 0; first < view->first[RINGS]; first += WH_NEAR_TILE) {
        uint32_t left = view->first[RINGS] - first;
        uint32_t count = left < WH_NEAR_TILE ? left : WH_NEAR_TILE;
        const struct wh_vec_codes rows = wh_near_codes_from(codes, first);
        for (int round = 0; round < 2; round++)
            wh_vec()->dot_codes(&rows, count, twice.bytes[round], twice.product[round]);
        for (uint32_t i = 0; i < count; i++) {
            double half = (double)codes->half[first + i] * (1 + 0x1p-20) + doubt;
            double tail = wh_near_tail(view->heads, sqrt(2 * half) * (1 + 0x1p-40),
                                       head_distance(view, &twice, first + i, i));
            view->spread[first + i] = nextafterf((float)tail, INFINITY);
        }
    }
out:
    free(twice.bytes[0]);
    free(twice.bytes[1]);
    return status;
}

static enum wh_status make_room(struct wh_near_view *view) {
    enum wh_status status = WH_OK;
    size_t count = view->first[RINGS];
    size_t bytes = count * (view->axes + 7 * sizeof(float));
    if (!wh_near_heads_take(view->near, bytes))
        return WH_UNAVAILABLE;
    view->bytes = bytes;
    WH_TRY(wh_near_codes_alloc(count, view->axes, &view->codes));
    WH_TRY(WH_ALLOC_ALIGNED(view->spread, count + WH_NEAR_TILE));
    WH_TRY(WH_ALLOC(view->ids, count + 1));
out:
    return status;
}

static enum wh_status fill_view(struct wh_near_view *view, double typical) {
    enum wh_status status = WH_OK;
    float *halves = NULL;
    double bound = SAFETY * wh_near_bound(view->near, view->norm);
    WH_TRY(WH_ALLOC(halves, view->near->words));
    WH_TRY(WH_ALLOC_ALIGNED(view->head, view->heads->count));
    half_squares(view->near, view->word, bound, halves);
    find_head(view);
    WH_TRY(choose_axes(view, typical, halves));
    find_head(view);
    count_rings(view, halves);
    WH_TRY(make_room(view));
    fill_rings(view, halves);
    WH_TRY(find_tails(view, 2 * bound));
out:
    free(halves);
    return status;
}

void wh_near_view_close(struct wh_near_view *view) {
    if (!view)
        return;
    wh_near_heads_give(view->near, view->bytes);
    wh_near_codes_free(view->codes);
    free(view->spread);
    free(view->ids);
    free(view->head);
    free(view);
}

enum wh_status wh_near_view_open(const struct wh_near *near, uint32_t word, double typical,
                                 double longest, struct wh_near_view **view) {
    enum wh_status status = WH_OK;
    struct wh_near_view *made = NULL;
    double norm = sqrt(wh_embed_norms2(near->embed)[word]) * (1 + 0x1p-20);
    const struct wh_near_heads *heads = wh_near_heads(near);
    *view = NULL;
    if (!heads || !(longest > 0) || !isfinite(wh_near_bound(near, 2 * (norm + longest))))
        return WH_OK;
    WH_TRY(WH_ALLOC(made, 1));
    *made = (struct wh_near_view){.near = near,
                                  .heads = heads,
                                  .word = word,
                                  .norm = norm,
                                  .longest = longest,
                                  .axes = heads->count};
    WH_TRY(fill_view(made, typical));
    *view = made;
    made = NULL;
out:
    wh_near_view_close(made);
    return status == WH_UNAVAILABLE ? WH_OK : status; /* later perhaps */
}

/* ---- searching ---- */

/* One point of a panel. */
struct lane {
    const struct wh_near_task *task;
    double noise, base; /* |eta|; what a margin of zero is in products of heads */
    double bound;
    float bar; /* scores below it cannot win */
    struct wh_neighbour best;
};

static void set_bars(const struct wh_near *near, struct wh_near_code_panel *panel, size_t q,
                     struct lane *lane) {
    double margin = (lane->noise * lane->noise - lane->best.distance * lane->best.distance) / 2;
    panel->threshold[q] = nextafterf((float)(lane->base + margin), -INFINITY);
    lane->bar = wh_near_bar(near, lane->task->point, lane->best.id, 2 * lane->bound);
}

static void consider(const struct wh_near *near, struct wh_near_code_panel *panel, size_t q,
                     struct lane *lane, uint32_t id) {
    struct wh_neighbour one = {id, wh_near_plain_distance(near, lane->task->point, id)};
    if (wh_neighbour_order(&one, &lane->best) < 0) {
        lane->best = one;
        set_bars(near, panel, q, lane);
    }
}

/* A eta in lane q of the panel; returns what the products of heads with it are to be held against
 * where no word has won anything. */
static double start_head(const struct wh_near_view *view, struct wh_near_code_panel *panel,
                         size_t q, double noise, const float *eta) {
    const struct wh_near_heads *heads = view->heads;
    float *head = panel->head;
    double square = 0, own = 0, reach = 2 * view->longest, most = view->near->max_norm;
    double error = wh_near_head(view->near, heads, view->axes, eta, noise, head) +
                   (1 + heads->skew) * (0x1p-23 * noise + (double)view->near->dim * 0x1p-149);
    for (uint32_t j = 0; j < view->axes; j++) {
        panel->vector[j] = (double)head[j];
        square += panel->vector[j] * panel->vector[j];
        own += panel->vector[j] * (double)view->head[j];
    }
    struct wh_near_code_query code =
        wh_near_encode(panel->vector, view->axes, 4 * WH_VEC_PANEL, panel->codes + 4 * q);
    double length = sqrt(square) * (1 + 0x1p-40);
    double tail = wh_near_tail(heads, noise, fmax(0, sqrt(square) * (1 - 0x1p-40) - error));
    panel->scale[q] = code.scale;
    panel->width[q] = nextafterf((float)(tail * (1 + 0x1p-20)), INFINITY);
    panel->length = fmax(panel->length, code.length);
    panel->rest = fmax(panel->rest, code.rest + error);
    return own - (length + error) * view->head_error - error * view->head_norm -
           heads->skew * (length + error) * reach * (1 + heads->skew) -
           0x1p-20 * (noise * (3 * most + reach) + reach * reach) - 0x1p-100;
}

/* False if the noise is longer than the view reaches. */
static bool start_lane(const struct wh_near_view *view, struct wh_near_scratch *scratch, size_t q,
                       struct lane *lane) {
    const struct wh_near *near = view->near;
    struct wh_near_code_panel *panel = scratch->codes;
    const float *row = near->rows + view->word * near->stride;
    const struct wh_near_task *task = lane->task;
    float *query = panel->queries + q * near->stride;
    lane->noise = wh_near_view_noise(view, task->point);
    double most = lane->noise * (1 + 0x1p-20);
    panel->threshold[q] = NAN;
    if (!(most < view->longest * (1 - 0x1p-20)))
        return false;
    memset(query, 0, near->stride * sizeof *query);
    for (uint32_t j = 0; j < near->dim; j++) {
        query[j] = (float)task->point[j];
        scratch->query[j] = (float)(task->point[j] - (double)row[j]);
    }
    lane->bound = wh_near_bound(near, (view->norm + lane->noise) * (1 + 0x1p-20));
    lane->base = start_head(view, panel, q, most, scratch->query) - SAFETY * lane->bound;
    lane->best = (struct wh_neighbour){view->word, lane->noise};
    set_bars(near, panel, q, lane);
    if (task->hint != WH_NONE)
        consider(near, panel, q, lane, task->hint);
    return true;
}

static void look_at(const struct wh_near_view *view, struct wh_near_code_panel *panel, size_t q,
                    struct lane *lane, uint32_t id) {
    const struct wh_near *near = view->near;
    float score;
    wh_vec()->dot_rows(near->rows + id * near->stride, near->stride, 1,
                       panel->queries + q * near->stride, &score);
    if (score - near->half[id] >= lane->bar)
        consider(near, panel, q, lane, id);
}

/* Rows of words in doubt lie anywhere: all are fetched before the first is needed. */
static void fetch(const struct wh_near_view *view, const struct wh_vec_hit *hits, size_t count,
                  uint32_t first) {
    const struct wh_near *near = view->near;
    for (size_t h = 0; h < count; h++) {
        const float *row = near->rows + view->ids[first + hits[h].row] * near->stride;
        for (size_t j = 0; j < near->stride; j += WH_VEC_LANES)
            __builtin_prefetch(row + j);
    }
}

static size_t meet_tile(const struct wh_near_view *view, struct wh_near_scratch *scratch,
                        struct lane *lanes, uint32_t first, uint32_t count) {
    struct wh_near_code_panel *panel = scratch->codes;
    const struct wh_near_codes *codes = view->codes;
    const struct wh_vec_codes rows = wh_near_codes_from(codes, first);
    const struct wh_vec_code_panel queries = {panel->codes, panel->scale,         panel->threshold,
                                              panel->width, view->spread + first, panel->half};
    wh_near_code_halves(codes, first, panel->length, panel->rest, panel->half);
    size_t hits = wh_vec()->sieve_codes(&rows, count, &queries, scratch->hits);
    fetch(view, scratch->hits, hits, first);
    for (size_t h = 0; h < hits; h++) {
        const struct wh_vec_hit *hit = &scratch->hits[h];
        if (hit->score >= panel->threshold[hit->query])
            look_at(view, panel, hit->query, &lanes[hit->query], view->ids[first + hit->row]);
    }
    return hits;
}

size_t wh_near_view_search(const struct wh_near_view *view, struct wh_near_scratch *scratch,
                           const struct wh_near_task *tasks, size_t count, bool *settled) {
    struct lane lanes[WH_VEC_PANEL];
    double longest = -1;
    size_t hits = 0;
    if (wh_near_codes_start(view->near, scratch) != WH_OK) {
        memset(settled, 0, count * sizeof *settled);
        return 0;
    }
    memset(scratch->query, 0, view->near->stride * sizeof *scratch->query);
    for (size_t q = 0; q < WH_VEC_PANEL; q++) {
        scratch->codes->threshold[q] = NAN;
        if (q >= count)
            continue;
        lanes[q] = (struct lane){.task = &tasks[q]};
        settled[q] = start_lane(view, scratch, q, &lanes[q]);
        longest = settled[q] ? fmax(longest, lanes[q].noise) : longest;
    }
    /* Words beyond twice the longest noise; half squares are low enough for the rounding here. */
    uint32_t last = ring_of(view, 2 * longest * longest * (1 + 0x1p-18));
    uint32_t end = longest < 0 ? 0 : view->first[last < RINGS ? last + 1 : RINGS];
    for (uint32_t first = 0; first < end; first += WH_NEAR_TILE) {
        uint32_t left = end - first;
        hits += meet_tile(view, scratch, lanes, first, left < WH_NEAR_TILE ? left : WH_NEAR_TILE);
    }
    for (size_t q = 0; q < count; q++)
        if (settled[q])
            tasks[q].out[0] = lanes[q].best;
    return 3 * hits + (size_t)(end * (SIFTING + (1 - SIFTING) * view->axes / view->near->dim));
}
