/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * meet.c - which pairs of two blocks may be near, or far, from one integer each.
 *
 * About the centre, x = s y + e and u = t c + f with codes y, c and residues e, f. Then
 *     |x.u - s t (y.c)| <= |s y| |f| + |e| |u|
 * by Cauchy and Schwarz, and |s y| <= |x| + |e|. For f and u the largest of the block will do, so
 * that a slack belongs to x alone. With limits L of squares, a pair matters to one of its words if
 *     |x|^2 + |u|^2 - 2 x.u <= max(L(x), L(u)),
 * for which it is necessary that
 *     y.c + max(L(x), L(u)) / 2st - (|x|^2 / 2 - slack) / st - |u|^2 / 2st >= 0.
 * Every word's parts, rounded up, are integers: the kernel adds them to the sum of products. Pairs
 * that may be farther apart than the farthest so far are found likewise, with every sign turned.
 * What is found gets its distance in floats, and if it still matters the plain one.
 */
#include "near/meet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define PANELS     (WH_NEAR_BLOCK / WH_VEC_PANEL)
#define PAIRS      ((size_t)WH_VEC_PANEL * WH_VEC_PANEL)
#define SIDE       4 /* pairs whose distances are computed side by side */
#define FINDINGS   ((size_t)1 << 19)
#define BEFORE     8         /* the most values before findings */
#define PAD        (-0x1p30) /* where there is no word: nothing makes up for it */
#define START_MOST 0x1p27    /* in size; a larger one is taken for this, which lets more pass */
#define REACH_MOST 0x1p28    /* in size: more than any sum of products */

/* Of the words of a block: what sums begin with, and the half square of their limit. */
struct side {
    _Alignas(64) int32_t start[WH_NEAR_BLOCK], reach[WH_NEAR_BLOCK];
};

/* Two words by their places. A record's values are but eight bytes each. */
struct places {
    uint32_t a, b;
};
_Static_assert(sizeof(struct places) == sizeof(double), "a pair of places takes a value's room");

/* By which list a pair was taken. */
struct taken {
    bool a, b;
    double square;
};

struct finding {
    struct places pair;
    double square;
};

/* What came of two panels, which begin at these places of their blocks. */
struct found {
    struct wh_vec_pair *pairs; /* PAIRS */
    size_t count;
    uint32_t query, row;
};

struct wh_near_meet_room {
    struct side query, row;
    struct found found[2];
    struct places waiting[SIDE]; /* to be offered */
    size_t waiting_count;
    struct finding *findings; /* FINDINGS */
    size_t finding_count;
    bool overflown;   /* there were more */
    double *values;   /* BEFORE + FINDINGS */
    uint8_t *queries; /* a block's codes + 128 */
    uint32_t shifted; /* that block, or WH_NONE */
    int8_t *turned;   /* a panel's codes with the other sign */
    float *rows;      /* 2 x SIDE, for those that are not in memory */
};

/* One pair of blocks. */
struct encounter {
    const struct wh_near_block *queries, *rows;
    uint32_t query_block, row_block;
    double unit; /* 1 / (s t) */
};

static bool far_better(const struct wh_near_far_pair *x, const struct wh_near_far_pair *y) {
    if (x->distance != y->distance)
        return x->distance > y->distance;
    return x->a != y->a ? x->a < y->a : x->b < y->b;
}

void wh_near_consider_far(struct wh_near_far_pair *farthest, const struct wh_near *near, uint32_t a,
                          uint32_t b) {
    if (a == b)
        return;
    struct wh_near_far_pair pair = {wh_near_distance(near, a, b), a < b ? a : b, a < b ? b : a};
    if (farthest->a == WH_NONE || far_better(&pair, farthest))
        *farthest = pair;
}

/* ---- distances ---- */

static inline void add_squares(float sums[4], const float *a, const float *b) {
    for (size_t l = 0; l < 4; l++)
        sums[l] += (a[l] - b[l]) * (a[l] - b[l]);
}

/* In floats, sixteen sums side by side, wrong by less than (dim + 3) 2^-24 of it. */
static float float_square(const struct wh_near *near, const float *a, const float *b) {
    float first[4] = {0}, second[4] = {0}, third[4] = {0}, fourth[4] = {0}, sum = 0;
    for (size_t j = 0; j < near->stride; j += WH_VEC_LANES) {
        add_squares(first, a + j, b + j);
        add_squares(second, a + j + 4, b + j + 4);
        add_squares(third, a + j + 8, b + j + 8);
        add_squares(fourth, a + j + 12, b + j + 12);
    }
    for (size_t l = 0; l < 4; l++)
        sum += first[l] + second[l] + third[l] + fourth[l];
    return sum;
}

static const float *row_at(const struct wh_near_meeting *meeting, uint32_t place, float *room) {
    return wh_embed_look(meeting->near->embed, meeting->blocks->order[place], room);
}

/* As wh_near_distance() has them before it takes the root: in order, and the zeros behind a row
 * change no sum. Side by side, as each addition waits for the one before it. */
static void plain_squares(const struct wh_near *near, const float *const a[SIDE],
                          const float *const b[SIDE], double sums[SIDE]) {
    double squares[SIDE][WH_VEC_LANES], first = 0, second = 0, third = 0, fourth = 0;
    for (size_t j = 0; j < near->stride; j += WH_VEC_LANES) {
        for (size_t i = 0; i < SIDE; i++) {
            for (size_t l = 0; l < WH_VEC_LANES; l++) {
                double difference = (double)a[i][j + l] - (double)b[i][j + l];
                squares[i][l] = difference * difference;
            }
        }
        for (size_t l = 0; l < WH_VEC_LANES; l++) {
            first += squares[0][l];
            second += squares[1][l];
            third += squares[2][l];
            fourth += squares[3][l];
        }
    }
    sums[0] = first;
    sums[1] = second;
    sums[2] = third;
    sums[3] = fourth;
}

static bool may_matter(const struct wh_near_meeting *meeting, uint32_t a, uint32_t b, float *rows) {
    const struct wh_near *near = meeting->near;
    double limit_a = wh_near_nearest_limit(meeting->nearest, a);
    double limit_b = wh_near_nearest_limit(meeting->nearest, b);
    double limit = limit_a > limit_b ? limit_a : limit_b;
    double square = (double)float_square(near, row_at(meeting, a, rows),
                                         row_at(meeting, b, rows + near->stride));
    double error = ((double)near->stride + 4) * 0x1p-24;
    return !(square * (1 - error) - 0x1p-100 > limit);
}

/* Offers some pairs, SIDE at most; tells by which lists each was taken. rows has room for those of
 * all, or is NULL. */
static void offer_pairs(const struct wh_near_meeting *meeting, const struct places *pairs,
                        size_t count, float *rows, struct taken taken[SIDE]) {
    const float *a[SIDE], *b[SIDE];
    const size_t stride = meeting->near->stride;
    double squares[SIDE];
    for (size_t i = 0; i < SIDE; i++) {
        const struct places *pair = &pairs[i < count ? i : 0];
        a[i] = row_at(meeting, pair->a, rows ? rows + 2 * i * stride : NULL);
        b[i] = row_at(meeting, pair->b, rows ? rows + (2 * i + 1) * stride : NULL);
    }
    plain_squares(meeting->near, a, b, squares);
    for (size_t i = 0; i < count; i++) {
        taken[i].square = squares[i];
        taken[i].a = wh_near_nearest_offer(meeting->nearest, pairs[i].a, squares[i]);
        taken[i].b = wh_near_nearest_offer(meeting->nearest, pairs[i].b, squares[i]);
    }
}

void wh_near_meet_again(const struct wh_near_meeting *meeting, double packed) {
    struct places places;
    memcpy(&places, &packed, sizeof places);
    struct taken taken[SIDE];
    if (places.a < meeting->blocks->words && places.b < meeting->blocks->words &&
        places.a != places.b)
        offer_pairs(meeting, &places, 1, NULL, taken);
}

/* ---- findings ---- */

static bool still_matters(const struct wh_near_meeting *meeting, const struct finding *finding) {
    return finding->square <= wh_near_nearest_limit(meeting->nearest, finding->pair.a) ||
           finding->square <= wh_near_nearest_limit(meeting->nearest, finding->pair.b);
}

/* Those that matter move to the front. */
static void drop_stale(struct wh_near_meeter *meeter) {
    struct wh_near_meet_room *room = meeter->room;
    size_t kept = 0;
    for (size_t i = 0; i < room->finding_count; i++)
        if (still_matters(meeter->meeting, &room->findings[i]))
            room->findings[kept++] = room->findings[i];
    room->finding_count = kept;
}

static void note_finding(struct wh_near_meeter *meeter, const struct places *pair, double square) {
    struct wh_near_meet_room *room = meeter->room;
    if (room->finding_count == FINDINGS)
        drop_stale(meeter);
    room->overflown |= room->finding_count == FINDINGS;
    if (!room->overflown)
        room->findings[room->finding_count++] = (struct finding){*pair, square};
}

size_t wh_near_meet_findings(struct wh_near_meeter *meeter, size_t before, double **values) {
    struct wh_near_meet_room *room = meeter->room;
    bool all = !room->overflown;
    drop_stale(meeter);
    for (size_t i = 0; i < room->finding_count; i++)
        memcpy(&room->values[before + i], &room->findings[i].pair, sizeof(double));
    size_t count = before + room->finding_count;
    *values = room->values;
    room->finding_count = 0;
    room->overflown = false;
    return all ? count : 0;
}

/* ---- integers ---- */

/* A word's start, and its reach so that both together are no smaller than they were; rounded up.
 * What is too large lets everything pass. */
static void set_word(struct side *side, size_t at, double start, double reach) {
    double begin = start > -START_MOST ? start : -START_MOST;
    double rest = start + reach - begin;
    rest = rest > -REACH_MOST ? rest : -REACH_MOST;
    if (!(begin < START_MOST) || !(rest < 2 * REACH_MOST)) {
        begin = begin < START_MOST ? begin : START_MOST;
        rest = 2 * REACH_MOST;
    }
    side->start[at] = (int32_t)begin + 1;
    side->reach[at] = (int32_t)rest + 1;
}

static void close_places(struct side *side, uint32_t count) {
    for (uint32_t at = count; at < (count + WH_VEC_PANEL - 1) / WH_VEC_PANEL * WH_VEC_PANEL; at++) {
        side->start[at] = (int32_t)PAD;
        side->reach[at] = 0;
    }
}

/* sign is 1 for what is near and -1 for what is far; limits are squares. */
static double half_square(double norm, double sign) {
    return norm * norm / 2 * (1 - sign * 0x1p-20);
}

static double slack_of(const struct encounter *met, double norm, double residue) {
    return ((norm + residue) * met->rows->residue + residue * met->rows->norm) * (1 + 0x1p-20);
}

static double reach_of(const struct encounter *met, double limit) {
    return limit / 2 * met->unit * (1 + 0x1p-30);
}

static double limit_at(const struct wh_near_meeting *meeting, uint32_t place) {
    double most = 2 * meeting->blocks->most, limit = wh_near_nearest_limit(meeting->nearest, place);
    return limit < most * most ? limit : most * most * (1 + 0x1p-20);
}

static void set_query(struct wh_near_meeter *meeter, const struct encounter *met, uint32_t at) {
    const struct wh_near_blocks *blocks = meeter->meeting->blocks;
    uint32_t place = wh_near_block_first(met->query_block) + at;
    double norm = blocks->norm[place];
    double slack = slack_of(met, norm * (1 + 0x1p-20), (double)blocks->residue[place]);
    set_word(&meeter->room->query, at, (slack - half_square(norm, 1)) * met->unit,
             reach_of(met, limit_at(meeter->meeting, place)));
}

/* Rows have what their codes are short of as well; it is not part of what may be cut. */
static void set_row(struct wh_near_meeter *meeter, const struct encounter *met, uint32_t at) {
    const struct wh_near_blocks *blocks = meeter->meeting->blocks;
    uint32_t place = wh_near_block_first(met->row_block) + at;
    struct side *side = &meeter->room->row;
    set_word(side, at, -half_square(blocks->norm[place], 1) * met->unit,
             reach_of(met, limit_at(meeter->meeting, place)));
    side->start[at] += blocks->start[place];
}

static void set_sides(struct wh_near_meeter *meeter, const struct encounter *met) {
    const struct wh_near_blocks *blocks = meeter->meeting->blocks;
    uint32_t queries = wh_near_block_count(blocks, met->query_block);
    uint32_t rows = wh_near_block_count(blocks, met->row_block);
    for (uint32_t at = 0; at < queries; at++)
        set_query(meeter, met, at);
    for (uint32_t at = 0; at < rows; at++)
        set_row(meeter, met, at);
    close_places(&meeter->room->query, queries);
    close_places(&meeter->room->row, rows);
}

/* The same for what is far: the limit is one for all, and to be exceeded. */
static void set_far_sides(struct wh_near_meeter *meeter, const struct encounter *met,
                          double farthest) {
    const struct wh_near_blocks *blocks = meeter->meeting->blocks;
    struct side *query = &meeter->room->query, *row = &meeter->room->row;
    uint32_t first = wh_near_block_first(met->query_block);
    uint32_t queries = wh_near_block_count(blocks, met->query_block);
    uint32_t rows = wh_near_block_count(blocks, met->row_block);
    double reach = -farthest * farthest / 2 * met->unit * (1 - 0x1p-30);
    for (uint32_t at = 0; at < queries; at++) {
        double norm = blocks->norm[first + at];
        double slack = slack_of(met, norm * (1 + 0x1p-20), (double)blocks->residue[first + at]);
        set_word(query, at, (half_square(norm, -1) + slack) * met->unit, reach);
    }
    first = wh_near_block_first(met->row_block);
    for (uint32_t at = 0; at < rows; at++) {
        set_word(row, at, half_square(blocks->norm[first + at], -1) * met->unit, reach);
        row->start[at] -= blocks->start[first + at];
    }
    close_places(query, queries);
    close_places(row, rows);
}

/* ---- panels ---- */

static void meet_panels(struct wh_near_meeter *meeter, uint32_t query_panel, uint32_t row_panel,
                        const int8_t *rows, struct found *found) {
    struct wh_near_meet_room *room = meeter->room;
    const struct wh_near_blocks *blocks = meeter->meeting->blocks;
    found->query = query_panel * WH_VEC_PANEL;
    found->row = row_panel * WH_VEC_PANEL;
    const struct wh_vec_meeting panels = {
        room->queries + query_panel * wh_near_panel_size(blocks),
        rows,
        blocks->groups,
        room->query.reach + found->query,
        room->query.start + found->query,
        room->row.reach + found->row,
        room->row.start + found->row,
    };
    found->count = wh_vec()->meet(&panels, found->pairs);
}

/* Limits that have become smaller count from now on. */
static void offer_waiting(struct wh_near_meeter *meeter, const struct encounter *met) {
    struct wh_near_meet_room *room = meeter->room;
    struct taken taken[SIDE];
    if (room->waiting_count)
        offer_pairs(meeter->meeting, room->waiting, room->waiting_count, room->rows, taken);
    for (size_t i = 0; i < room->waiting_count; i++) {
        if (taken[i].a || taken[i].b)
            note_finding(meeter, &room->waiting[i], taken[i].square);
        if (taken[i].a)
            set_query(meeter, met, room->waiting[i].a - wh_near_block_first(met->query_block));
        if (taken[i].b)
            set_row(meeter, met, room->waiting[i].b - wh_near_block_first(met->row_block));
    }
    room->waiting_count = 0;
}

static void take_near(struct wh_near_meeter *meeter, const struct encounter *met, uint32_t query,
                      uint32_t row) {
    struct wh_near_meet_room *room = meeter->room;
    uint32_t a = wh_near_block_first(met->query_block) + query;
    uint32_t b = wh_near_block_first(met->row_block) + row;
    if ((met->query_block == met->row_block && a >= b) ||
        !may_matter(meeter->meeting, a, b, meeter->room->rows))
        return;
    room->waiting[room->waiting_count++] = (struct places){a, b};
    if (room->waiting_count == SIDE)
        offer_waiting(meeter, met);
}

static void take_far(struct wh_near_meeter *meeter, const struct encounter *met, uint32_t query,
                     uint32_t row) {
    struct wh_near_meeting *meeting = meeter->meeting;
    const uint32_t *order = meeting->blocks->order;
    wh_near_consider_far(&meeter->farthest, meeting->near,
                         order[wh_near_block_first(met->query_block) + query],
                         order[wh_near_block_first(met->row_block) + row]);
    double known = atomic_load(&meeting->farthest);
    while (meeter->farthest.distance > known &&
           !atomic_compare_exchange_weak(&meeting->farthest, &known, meeter->farthest.distance))
        continue;
}

/* Rows on their way while the next panels meet. */
static void fetch_rows(const struct wh_near_meeter *meeter, const struct encounter *met,
                       const struct found *found) {
    const struct wh_near_meeting *meeting = meeter->meeting;
    uint32_t query = wh_near_block_first(met->query_block) + found->query;
    uint32_t row = wh_near_block_first(met->row_block) + found->row;
    for (size_t i = 0; i < found->count; i++) {
        const float *a = row_at(meeting, query + found->pairs[i].query, NULL);
        const float *b = row_at(meeting, row + found->pairs[i].row, NULL);
        for (size_t j = 0; j < meeting->near->stride; j += WH_VEC_LANES) {
            __builtin_prefetch(a + j);
            __builtin_prefetch(b + j);
        }
    }
}

static void take_found(struct wh_near_meeter *meeter, const struct encounter *met,
                       struct found *found) {
    for (size_t i = 0; i < found->count; i++)
        take_near(meeter, met, found->query + found->pairs[i].query,
                  found->row + found->pairs[i].row);
    found->count = 0;
}

static void meet_near(struct wh_near_meeter *meeter, const struct encounter *met) {
    const struct wh_near_blocks *blocks = meeter->meeting->blocks;
    size_t first = wh_near_block_first(met->row_block) / WH_VEC_PANEL, turn = 0;
    set_sides(meeter, met);
    for (uint32_t q = 0; q < wh_near_block_panels(blocks, met->query_block); q++) {
        uint32_t r = met->query_block == met->row_block ? q : 0;
        for (; r < wh_near_block_panels(blocks, met->row_block); r++, turn ^= 1) {
            struct found *now = &meeter->room->found[turn];
            meet_panels(meeter, q, r, wh_near_panel_codes(blocks, first + r), now);
            fetch_rows(meeter, met, now);
            take_found(meeter, met, &meeter->room->found[turn ^ 1]);
        }
    }
    take_found(meeter, met, &meeter->room->found[turn ^ 1]);
    offer_waiting(meeter, met);
}

/* No two words are farther apart than their norms together. */
static bool may_be_far(const struct wh_near_meeting *meeting, double norm_a, double norm_b) {
    return !((norm_a + norm_b) * (1 + 0x1p-20) < atomic_load(&meeting->farthest));
}

static void meet_far_panels(struct wh_near_meeter *meeter, const struct encounter *met, uint32_t q,
                            uint32_t r) {
    struct wh_near_meet_room *room = meeter->room;
    struct found *found = &room->found[0];
    const struct wh_near_blocks *blocks = meeter->meeting->blocks;
    size_t panel = wh_near_block_first(met->row_block) / WH_VEC_PANEL + r;
    const int8_t *codes = wh_near_panel_codes(blocks, panel);
    const size_t size = wh_near_panel_size(blocks);
    for (size_t i = 0; i < size; i++)
        room->turned[i] = (int8_t)-codes[i];
    meet_panels(meeter, q, r, room->turned, found);
    for (size_t i = 0; i < found->count; i++)
        take_far(meeter, met, found->query + found->pairs[i].query,
                 found->row + found->pairs[i].row);
    found->count = 0;
}

static void meet_far(struct wh_near_meeter *meeter, const struct encounter *met) {
    const struct wh_near_meeting *meeting = meeter->meeting;
    const struct wh_near_blocks *blocks = meeting->blocks;
    const float *query_norm =
        blocks->panel_norm + wh_near_block_first(met->query_block) / WH_VEC_PANEL;
    const float *row_norm = blocks->panel_norm + wh_near_block_first(met->row_block) / WH_VEC_PANEL;
    if (!may_be_far(meeting, met->queries->norm, met->rows->norm))
        return;
    set_far_sides(meeter, met, atomic_load(&meeting->farthest));
    for (uint32_t q = 0; q < wh_near_block_panels(blocks, met->query_block); q++)
        for (uint32_t r = 0; r < wh_near_block_panels(blocks, met->row_block); r++)
            if (may_be_far(meeting, (double)query_norm[q], (double)row_norm[r]))
                meet_far_panels(meeter, met, q, r);
}

/* Codes + 128, eight at a time: the top bit of each is turned. */
static void shift_codes(const int8_t *codes, size_t size, uint8_t *out) {
    for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
        uint64_t eight;
        memcpy(&eight, codes + i, sizeof eight);
        eight ^= 0x8080808080808080;
        memcpy(out + i, &eight, sizeof eight);
    }
}

void wh_near_meet(struct wh_near_meeter *meeter, uint32_t a, uint32_t b) {
    const struct wh_near_blocks *blocks = meeter->meeting->blocks;
    const struct wh_near_block *queries = &blocks->blocks[a], *rows = &blocks->blocks[b];
    const struct encounter met = {queries, rows, a, b, 1 / queries->scale / rows->scale};
    if (meeter->room->shifted != a)
        shift_codes(wh_near_panel_codes(blocks, wh_near_block_first(a) / WH_VEC_PANEL),
                    wh_near_block_panels(blocks, a) * wh_near_panel_size(blocks),
                    meeter->room->queries);
    meeter->room->shifted = a;
    meet_near(meeter, &met);
    meet_far(meeter, &met);
}

enum wh_status wh_near_meeter_open(struct wh_near_meeting *meeting, struct wh_near_meeter *meeter) {
    enum wh_status status = WH_OK;
    size_t size = wh_near_panel_size(meeting->blocks);
    *meeter = (struct wh_near_meeter){.meeting = meeting, .farthest = {-1, WH_NONE, WH_NONE}};
    WH_TRY(WH_ALLOC_ALIGNED(meeter->room, 1));
    meeter->room->shifted = WH_NONE;
    WH_TRY(WH_ALLOC(meeter->room->findings, FINDINGS));
    WH_TRY(WH_ALLOC(meeter->room->values, BEFORE + FINDINGS));
    for (int i = 0; i < 2; i++)
        WH_TRY(WH_ALLOC(meeter->room->found[i].pairs, PAIRS));
    WH_TRY(WH_ALLOC_ALIGNED(meeter->room->queries, PANELS * size));
    WH_TRY(WH_ALLOC_ALIGNED(meeter->room->turned, size));
    WH_TRY(WH_ALLOC_ALIGNED(meeter->room->rows, meeting->near->stride * 2 * SIDE));
out:
    return status;
}

void wh_near_meeter_close(struct wh_near_meeter *meeter) {
    if (!meeter->room)
        return;
    for (int i = 0; i < 2; i++)
        free(meeter->room->found[i].pairs);
    free(meeter->room->rows);
    free(meeter->room->findings);
    free(meeter->room->values);
    free(meeter->room->queries);
    free(meeter->room->turned);
    free(meeter->room);
}
