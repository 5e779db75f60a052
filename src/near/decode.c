/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode.c - many points at once, as matrix products are done: a panel of queries side by side
 * against tiles of rows; a sieve keeps the few rows that may win; they are decided in double.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "near/decode.h"
#include "near/nibbles.h"
#include "near/prune.h"

#define TELL      8 /* points that a list is told of at a time */
#define LONE_MOST 8 /* points that half bytes search faster one by one than a panel does */

enum wh_status wh_near_scratch_open(struct wh_near_scratch **scratch) {
    enum wh_status status = WH_OK;
    struct wh_near_scratch *made = NULL;
    *scratch = NULL;
    WH_TRY(WH_ALLOC_ALIGNED(made, 1));
    WH_TRY(WH_ALLOC_ALIGNED(made->dots, WH_NEAR_TILE * WH_VEC_PANEL));
    WH_TRY(WH_ALLOC(made->hits, WH_NEAR_CODE_TILE * WH_VEC_PANEL));
    *scratch = made;
    made = NULL;
out:
    wh_near_scratch_close(made);
    return status;
}

void wh_near_scratch_close(struct wh_near_scratch *scratch) {
    if (!scratch)
        return;
    for (size_t q = 0; q < WH_VEC_PANEL; q++)
        wh_gather_close(&scratch->gathers[q]);
    wh_near_code_panel_close(scratch->codes);
    wh_near_sketch_panel_close(scratch->sketches);
    free(scratch->panel);
    free(scratch->query);
    free(scratch->dots);
    free(scratch->hits);
    free(scratch);
}

enum wh_status wh_near_scratch_fit(struct wh_near_scratch *scratch, size_t dim) {
    if (scratch->dim >= dim)
        return WH_OK;
    free(scratch->panel);
    free(scratch->query);
    scratch->dim = 0;
    scratch->panel = wh_alloc_aligned(dim * WH_VEC_PANEL, sizeof(float));
    scratch->query = wh_alloc_aligned(wh_vec_stride(dim), sizeof(float));
    if (!scratch->panel || !scratch->query)
        return WH_NOMEM;
    scratch->dim = dim;
    return WH_OK;
}

static double norm_of(const struct wh_near *near, const double *point) {
    double sum = 0;
    for (uint32_t j = 0; j < near->dim; j++)
        sum += point[j] * point[j];
    return sqrt(sum) * (1 + ((double)near->dim + 4) * 0x1p-52);
}

static void fill_lane(const struct wh_near *near, struct wh_near_scratch *scratch, size_t q,
                      const double *point) {
    for (uint32_t j = 0; j < near->dim; j++)
        scratch->panel[j * WH_VEC_PANEL + q] = (float)point[j];
}

static enum wh_status take_hits(struct wh_near_scratch *scratch, uint32_t first, size_t count) {
    for (size_t h = 0; h < count; h++) {
        const struct wh_vec_hit *hit = &scratch->hits[h];
        struct wh_gather *gather = &scratch->gathers[hit->query];
        enum wh_status status = wh_gather_offer(gather, first + hit->row, hit->score);
        if (status != WH_OK)
            return status;
        float bar = wh_gather_threshold(gather);
        if (bar > scratch->threshold[hit->query])
            scratch->threshold[hit->query] = bar;
    }
    return WH_OK;
}

static enum wh_status meet_tile(const struct wh_near *near, struct wh_near_scratch *scratch,
                                uint32_t first, uint32_t count) {
    const struct wh_vec_kernel *kernel = wh_vec();
    kernel->dot_panel(near->rows + first * near->stride, near->stride, count, scratch->panel,
                      near->dim, scratch->dots);
    size_t hits =
        kernel->sieve(scratch->dots, near->half + first, count, scratch->threshold, scratch->hits);
    return take_hits(scratch, first, hits);
}

/* One panel of at most WH_VEC_PANEL points, all with a finite bound. */
static enum wh_status decode_panel(const struct wh_near *near, const struct wh_near_codes *codes,
                                   struct wh_near_scratch *scratch) {
    enum wh_status status = WH_OK;
    const uint32_t tile = codes ? WH_NEAR_CODE_TILE : WH_NEAR_TILE;
    for (uint32_t first = 0; first < near->words && status == WH_OK; first += tile) {
        uint32_t left = near->words - first, count = left < tile ? left : tile;
        status = codes ? wh_near_codes_tile(near, codes, scratch, first, count)
                       : meet_tile(near, scratch, first, count);
    }
    return status;
}

/* Lane q is for tasks[q]; a word known beforehand to be near sets its bar before the first tile. */
static enum wh_status start_lane(const struct wh_near *near, struct wh_near_scratch *scratch,
                                 size_t q, size_t k, double bound) {
    const struct wh_near_task *task = &scratch->tasks[q];
    scratch->threshold[q] = task->hint != WH_NONE && k == 1
                                ? wh_near_bar(near, task->point, task->hint, 2 * bound)
                                : -INFINITY;
    return wh_gather_start(&scratch->gathers[q], k, bound);
}

static enum wh_status prepare_panel(const struct wh_near *near, struct wh_near_scratch *scratch,
                                    bool codes, size_t count, size_t k, bool *plain) {
    enum wh_status status = WH_OK;
    if (codes)
        WH_TRY(wh_near_codes_start(near, scratch));
    for (size_t q = 0; q < WH_VEC_PANEL; q++) {
        const double *point = q < count ? scratch->tasks[q].point : NULL;
        double bound = point ? wh_near_bound(near, norm_of(near, point)) : (double)INFINITY;
        plain[q] = !isfinite(bound);
        scratch->threshold[q] = NAN; /* a closed lane: nothing passes, not even infinity */
        if (!plain[q])
            WH_TRY(start_lane(near, scratch, q, k, bound));
        if (codes)
            wh_near_codes_lane(near, scratch, q, plain[q] ? NULL : point, bound);
        else if (!plain[q])
            fill_lane(near, scratch, q, point);
    }
    if (codes)
        wh_near_codes_encode(near, scratch);
out:
    return status;
}

static enum wh_status run_panel(const struct wh_near *near, struct wh_near_scratch *scratch,
                                size_t count, size_t k) {
    enum wh_status status = WH_OK;
    bool plain[WH_VEC_PANEL];
    const struct wh_near_codes *codes = wh_near_codes(near);
    WH_TRY(prepare_panel(near, scratch, codes, count, k, plain));
    WH_TRY(decode_panel(near, codes, scratch));
    for (size_t q = 0; q < count; q++) {
        const struct wh_near_task *task = &scratch->tasks[q];
        size_t found;
        if (plain[q])
            WH_TRY(wh_near_plain_point(near, task->point, k, task->out, &found));
        else
            WH_TRY(wh_gather_finish(&scratch->gathers[q], near, task->point, task->out));
    }
out:
    return status;
}

static enum wh_status run_tasks(const struct wh_near *near, struct wh_near_scratch *scratch,
                                size_t count, size_t k) {
    enum wh_status status = WH_OK;
    size_t found;
    if (count > LONE_MOST || (count > 1 && !wh_near_nibbles_later(near)))
        return run_panel(near, scratch, count, k);
    for (size_t i = 0; i < count && status == WH_OK; i++) {
        const struct wh_near_task *task = &scratch->tasks[i];
        uint32_t from = task->hint != WH_NONE ? task->hint : 0;
        status = wh_near_point_about(near, task->point, k, from, task->out, &found);
    }
    return status;
}

/* Where the points of a call go: those that nothing nearer settles wait for a full panel. */
struct flow {
    const struct wh_near *near;
    const struct wh_near_list *list;
    const struct wh_near_view *inner, *view; /* of the list's words, and of all */
    struct wh_near_scratch *scratch;
    size_t k, waiting, close;
    size_t missed;        /* that the list has not been told of */
    size_t asked, failed; /* of this list in this call: points, and those it did not settle */
    size_t left;          /* to come, as far as that is known */
};

/* Points that the list did not settle may make it have a view, for those that come after them:
 * about as many of these as there were among the points so far. */
static void note_missed(struct flow *flow) {
    if (!flow->list || flow->k != 1)
        return;
    wh_near_list_missed(flow->list, flow->missed);
    flow->failed += flow->missed;
    flow->missed = 0;
    if (!flow->view)
        flow->view = wh_near_list_view(flow->list, flow->left * flow->failed / flow->asked);
}

static enum wh_status to_all_words(struct flow *flow, const struct wh_near_task *task) {
    flow->scratch->tasks[flow->waiting++] = *task;
    if (++flow->missed == TELL)
        note_missed(flow);
    if (flow->waiting < WH_VEC_PANEL)
        return WH_OK;
    flow->waiting = 0;
    return run_tasks(flow->near, flow->scratch, WH_VEC_PANEL, flow->k);
}

static int by_noise(const void *a, const void *b) {
    double x = ((const struct wh_near_task *)a)->noise, y = ((const struct wh_near_task *)b)->noise;
    return (x > y) - (x < y);
}

static bool within(const struct wh_near_view *view, const struct wh_near_task *task) {
    return view && task->noise < view->longest;
}

/* A view for some points, if there is one, and for how many of those that follow. */
static const struct wh_near_view *
view_for(const struct flow *flow, const struct wh_near_task *tasks, size_t count, size_t *lanes) {
    *lanes = count < WH_VEC_PANEL ? count : WH_VEC_PANEL;
    if (!within(flow->inner, tasks)) /* the other may have been given up meanwhile */
        return flow->view ? wh_near_list_view(flow->list, 0) : NULL;
    while (!within(flow->inner, &tasks[*lanes - 1]))
        --*lanes;
    return flow->inner;
}

/* By panels of about equal noise. */
static enum wh_status look_close(struct flow *flow) {
    enum wh_status status = WH_OK;
    bool settled[WH_VEC_PANEL];
    size_t count = flow->close, lanes;
    struct wh_near_task *close = flow->scratch->close;
    qsort(close, count, sizeof *close, by_noise);
    flow->close = 0;
    for (size_t first = 0; first < count; first += lanes) {
        const struct wh_near_view *view = view_for(flow, close + first, count - first, &lanes);
        memset(settled, 0, sizeof settled);
        if (view) {
            size_t cost = wh_near_view_search(view, flow->scratch, close + first, lanes, settled);
            if (view != flow->inner)
                wh_near_list_judge(flow->list, 1, cost);
        }
        for (size_t q = 0; q < lanes && status == WH_OK; q++)
            if (!settled[q])
                status = to_all_words(flow, &close[first + q]);
    }
    return status;
}

/* Whether the list settles it. */
static bool ask_list(struct flow *flow, struct wh_near_task *task) {
    struct wh_near_find find = {.point = task->point,
                                .query = flow->scratch->query,
                                .k = flow->k,
                                .best = task->out,
                                .brief = flow->inner};
    flow->asked++;
    if (wh_near_list_search(flow->list, &find)) {
        if (find.many && flow->k == 1) {
            wh_near_list_many(flow->list);
            flow->inner = wh_near_list_inner(flow->list);
        }
        return true;
    }
    if (find.found)
        task->hint = task->out[0].id;
    task->noise = find.noise;
    return false;
}

static enum wh_status route(struct flow *flow, struct wh_near_task *task) {
    if (flow->list && ask_list(flow, task))
        return WH_OK;
    if (!within(flow->inner, task) && !flow->view)
        return to_all_words(flow, task);
    flow->scratch->close[flow->close++] = *task;
    return flow->close == WH_NEAR_CLOSE ? look_close(flow) : WH_OK;
}

/* Points that the list's neighbourhood did not settle go on waiting; the list learns about them. */
static enum wh_status leave_list(struct flow *flow) {
    enum wh_status status = look_close(flow);
    if (flow->list && flow->k == 1)
        wh_near_list_missed(flow->list, flow->missed);
    flow->missed = 0;
    return status;
}

static enum wh_status enter_list(struct flow *flow, const struct wh_near_list *list) {
    if (list == flow->list)
        return WH_OK;
    enum wh_status status = leave_list(flow);
    flow->list = list;
    flow->asked = flow->failed = 0;
    flow->view = list && flow->k == 1 ? wh_near_list_view(list, 0) : NULL;
    flow->inner = list && flow->k == 1 ? wh_near_list_inner(list) : NULL;
    return status;
}

static enum wh_status end_flow(struct flow *flow) {
    enum wh_status status = leave_list(flow);
    return status == WH_OK ? run_tasks(flow->near, flow->scratch, flow->waiting, flow->k) : status;
}

enum wh_status wh_near_decode_queries(const struct wh_near *near, struct wh_near_scratch *scratch,
                                      const struct wh_near_query *queries, size_t count, size_t k,
                                      struct wh_neighbour *out) {
    enum wh_status status = WH_OK;
    struct flow flow = {.near = near, .scratch = scratch, .k = k};
    WH_TRY(wh_near_scratch_fit(scratch, near->dim));
    for (size_t i = 0; i < count; i++) {
        struct wh_near_task task = {queries[i].point, out + i * k, queries[i].hint, 0};
        WH_TRY(enter_list(&flow, queries[i].list));
        WH_TRY(route(&flow, &task));
    }
    status = end_flow(&flow);
out:
    return status;
}

enum wh_status wh_near_decode_listed(const struct wh_near *near, const struct wh_near_list *list,
                                     struct wh_near_scratch *scratch, const double *points,
                                     size_t count, size_t k, uint32_t hint,
                                     struct wh_neighbour *out) {
    enum wh_status status = WH_OK;
    struct flow flow = {.near = near, .scratch = scratch, .k = k};
    WH_TRY(wh_near_scratch_fit(scratch, near->dim));
    WH_TRY(enter_list(&flow, list));
    for (size_t i = 0; i < count; i++) {
        struct wh_near_task task = {points + i * near->dim, out + i * k, hint, 0};
        flow.left = count - i;
        WH_TRY(route(&flow, &task));
    }
    status = end_flow(&flow);
out:
    return status;
}

enum wh_status wh_near_decode(const struct wh_near *near, struct wh_near_scratch *scratch,
                              const double *points, size_t count, size_t k, uint32_t hint,
                              struct wh_neighbour *out) {
    return wh_near_decode_listed(near, NULL, scratch, points, count, k, hint, out);
}

enum wh_status wh_near_words(const struct wh_near *near, struct wh_near_scratch *scratch,
                             const uint32_t *words, size_t count, size_t k,
                             struct wh_neighbour *out, size_t *found) {
    enum wh_status status = WH_OK;
    struct wh_neighbour *all = NULL;
    double *points = NULL;
    size_t wanted = k < near->words - 1 ? k : near->words - 1, dim = near->dim;
    *found = wanted;
    WH_TRY(WH_ALLOC(all, count * (wanted + 1)));
    WH_TRY(WH_ALLOC(points, count * dim));
    for (size_t i = 0; i < count * dim; i++)
        points[i] = (double)near->rows[words[i / dim] * near->stride + i % dim];
    WH_TRY(wh_near_decode(near, scratch, points, count, wanted + 1, WH_NONE, all));
    for (size_t i = 0; i < count; i++)
        wh_near_others(words[i], all + i * (wanted + 1), wanted + 1, out + i * wanted);
out:
    free(all);
    free(points);
    return status;
}
