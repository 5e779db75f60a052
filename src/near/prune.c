/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prune.c - the words around one word, nearest first, to decode points that are not far from it
 * without looking at the whole vocabulary.
 *
 * The point x is w + eta. A word u at distance |u - w| is at least |u - w| - |eta| away from x
 * (triangle inequality), so it cannot win once that exceeds the distance b of the best word so far;
 * as b <= |eta|, nothing beyond 2 |eta| is looked at. In terms of the noise: u beats w by the
 * margin eta.(u-w) - |u-w|^2 / 2, and what is left out has |eta||u-w| - |u-w|^2 / 2 below the best
 * margin. A point whose search reaches the end of the list is left to the rings (sift.c) or
 * the whole vocabulary, so the answers are those of the plain scan, ties included. Where many words
 * of the list may win, points wait for a panel that meets them all at once: a view of the list
 * alone.
 */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "near/sketches.h"
#include "near/prune.h"

#define SAMPLE_SHARE 128 /* one word in so many is looked at to see how crowded the place is */
#define SAMPLE_LEAST 256
#define LIST_SHARE   64 /* longer lists are hardly faster than the scan of everything */
#define LIST_LEAST   64
#define LIST_MOST    16384
#define K_MOST       8      /* searches for more are not pruned */
#define TINY         1e-150 /* more than squares that underflow can hide */

#define VIEW_WORDS   1024 /* in smaller vocabularies the scan of everything is fast enough */
#define VIEW_DRAWS   96   /* left to the whole vocabulary before a view would have paid */
#define TRIAL_PANELS 2
#define MANY         48 /* words: a panel meets more of them faster than one point after the other */
#define INNER_DRAWS  32   /* with many words, before a view of the list's words would have paid */
#define WORTH        0.8  /* of the search of everything: what a view may cost */
#define WORTH_TRYING 0.45 /* what it may be expected to cost, which leaves out much */

/* What a list learns while it is used; all of it only changes the speed. */
struct later {
    struct wh_crew crew;                        /* makes views */
    _Atomic(struct wh_near_view *) view, inner; /* of all words; of the list's */
    atomic_size_t missed, many, panels, cost;
    atomic_bool refused; /* there could be none yet: what is to come does not count any more */
    atomic_bool given_up;
};

struct wh_near_list {
    const struct wh_near *near;
    uint32_t word, count;
    bool whole;         /* no other words exist */
    bool sparse;        /* a view of all words may help */
    double norm, reach; /* words left out are this far away or farther */
    uint32_t *ids;      /* by (distance, id) */
    double *distances;  /* lower bounds, ascending */
    double usual;       /* noise to expect */
    double longest;     /* at most */
    struct later *later;
};

/* Relative rounding of a distance, root and all. */
static double rounding(const struct wh_near *near) {
    return ((double)near->dim + 8) * 0x1p-52;
}

static uint32_t most_listed(uint32_t words) {
    uint32_t most = words / LIST_SHARE + LIST_LEAST;
    return most < LIST_MOST ? most : LIST_MOST;
}

size_t wh_near_list_bytes(const struct wh_near *near) {
    return sizeof(struct wh_near_list) +
           most_listed(near->words) * (sizeof(uint32_t) + sizeof(double));
}

void wh_near_list_close(struct wh_near_list *list) {
    if (!list)
        return;
    if (list->later) {
        wh_near_view_close(atomic_load(&list->later->view));
        wh_near_view_close(atomic_load(&list->later->inner));
        wh_crew_close(&list->later->crew);
        free(list->later);
    }
    free(list->ids);
    free(list->distances);
    free(list);
}

/* ---- making a list ---- */

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* From a sample of words: the distance within which about as many lie as a list may have, and
 * whether half of all lie farther than the noise is long, so that most can be excluded. */
static enum wh_status sample_place(const struct wh_near *near, uint32_t word, double useful,
                                   double *reach, bool *sparse) {
    uint32_t step =
        near->words / SAMPLE_SHARE > SAMPLE_LEAST ? SAMPLE_SHARE : near->words / SAMPLE_LEAST + 1;
    uint32_t count = near->words / step, most = most_listed(near->words);
    double *sample = wh_alloc((size_t)count + 1, sizeof *sample);
    if (!sample)
        return WH_NOMEM;
    for (uint32_t i = 0; i < count; i++)
        sample[i] = wh_near_distance(near, word, i * step);
    qsort(sample, count, sizeof *sample, by_value);
    /* Half of what fits, for the sample is no more than a sample. */
    uint32_t rank = (uint32_t)((double)most / 2 / step);
    *reach = rank < count ? sample[rank] : (double)INFINITY;
    *sparse = near->words >= VIEW_WORDS && sample[count / 2] > useful / 2;
    free(sample);
    return WH_OK;
}

/* Every other word by its distance, where that is at most reach; most + 1 of them if there are
 * more than most. */
static enum wh_status find_words(const struct wh_near *near, uint32_t word, double reach,
                                 struct wh_neighbour *found, uint32_t most, uint32_t *count) {
    enum wh_status status = WH_OK;
    struct wh_gather gather = {0};
    double *point = NULL, norm2 = wh_embed_norms2(near->embed)[word];
    double bound = wh_near_bound(near, sqrt(norm2) * (1 + 0x1p-20));
    *count = 0;
    WH_TRY(WH_ALLOC(point, near->dim));
    for (uint32_t j = 0; j < near->dim; j++)
        point[j] = (double)near->rows[word * near->stride + j];
    WH_TRY(wh_gather_start(&gather, (size_t)most + 2, bound)); /* itself, and one too many */
    gather.floor = nextafterf((float)((norm2 - reach * reach) / 2 - 2 * bound), -INFINITY);
    WH_TRY(wh_near_offer_all(near, point, bound, &gather));
    for (size_t i = 0; i < gather.count && *count <= most; i++) {
        uint32_t id = gather.items[i].id;
        double distance = wh_near_distance(near, word, id);
        if (id != word && distance <= reach)
            found[(*count)++] = (struct wh_neighbour){id, distance};
    }
out:
    wh_gather_close(&gather);
    free(point);
    return status;
}

static enum wh_status fill(struct wh_near_list *list, struct wh_neighbour *found, uint32_t count) {
    enum wh_status status = WH_OK;
    double shrink = 1 - rounding(list->near);
    qsort(found, count, sizeof *found, wh_neighbour_order);
    WH_TRY(WH_ALLOC(list->ids, (size_t)count + 1));
    WH_TRY(WH_ALLOC(list->distances, (size_t)count + 1));
    for (uint32_t i = 0; i < count; i++) {
        list->ids[i] = found[i].id;
        list->distances[i] = found[i].distance * shrink;
    }
    list->count = count;
    list->whole = count + 1 == list->near->words;
out:
    return status;
}

/* The neighbours within reach; without any if there are too many of them after all. */
static enum wh_status list_words(struct wh_near_list *list, double reach) {
    enum wh_status status = WH_OK;
    struct wh_neighbour *found = NULL;
    uint32_t count, most = most_listed(list->near->words);
    WH_TRY(WH_ALLOC(found, (size_t)most + 1));
    WH_TRY(find_words(list->near, list->word, reach, found, most, &count));
    if (count <= most) {
        list->reach = reach * (1 - rounding(list->near));
        WH_TRY(fill(list, found, count));
    }
out:
    free(found);
    return status;
}

enum wh_status wh_near_list_open(const struct wh_near *near, uint32_t word, double useful,
                                 double enough, struct wh_near_list **list) {
    enum wh_status status = WH_OK;
    struct wh_near_list *made = NULL;
    double norm = sqrt(wh_embed_norms2(near->embed)[word]) * (1 + rounding(near)), reach;
    bool sparse;
    *list = NULL;
    if (!isfinite(wh_near_bound(near, norm)) || !(useful <= enough))
        return WH_OK;
    WH_TRY(sample_place(near, word, useful, &reach, &sparse));
    if (reach < useful && !sparse)
        return WH_OK;
    WH_TRY(WH_ALLOC(made, 1));
    *made = (struct wh_near_list){
        .near = near, .word = word, .norm = norm, .usual = useful / 2, .longest = enough / 2};
    if (reach >= useful)
        WH_TRY(list_words(made, fmin(reach, enough)));
    made->sparse = sparse;
    WH_TRY(WH_ALLOC(made->later, 1));
    wh_crew_open(&made->later->crew);
    *list = made;
    made = NULL;
out:
    wh_near_list_close(made);
    return status;
}

/* ---- its views ---- */

static const struct wh_near_view *made_together(const struct wh_near_list *list,
                                                _Atomic(struct wh_near_view *) *view,
                                                void (*make)(const struct wh_near_list *list)) {
    if (wh_crew_lead(&list->later->crew)) {
        if (!atomic_load(view))
            make(list);
        wh_crew_end(&list->later->crew);
    }
    return atomic_load(view);
}

/* For the leader of the crew. */
static void make_view(const struct wh_near_list *list) {
    struct later *later = list->later;
    struct wh_near_view *view = NULL;
    if (wh_near_view_cost(list->near, list->word, list->usual) > WORTH_TRYING ||
        wh_near_view_open(list->near, list->word, list->longest, &later->crew, &view) != WH_OK)
        atomic_store(&later->given_up, true);
    atomic_store_explicit(&later->view, view, memory_order_release);
    if (!view) { /* not yet: ask again later */
        atomic_store_explicit(&later->missed, 0, memory_order_relaxed);
        atomic_store_explicit(&later->refused, true, memory_order_relaxed);
    }
}

const struct wh_near_view *wh_near_list_view(const struct wh_near_list *list, size_t coming) {
    struct later *later = list->later;
    if (!list->sparse || atomic_load_explicit(&later->given_up, memory_order_relaxed))
        return NULL;
    struct wh_near_view *view = atomic_load_explicit(&later->view, memory_order_acquire);
    if (atomic_load_explicit(&later->refused, memory_order_relaxed))
        coming = 0;
    if (view || atomic_load_explicit(&later->missed, memory_order_relaxed) + coming < VIEW_DRAWS)
        return view;
    return made_together(list, &later->view, make_view);
}

void wh_near_list_missed(const struct wh_near_list *list, size_t draws) {
    if (!list->sparse || atomic_load_explicit(&list->later->given_up, memory_order_relaxed))
        return;
    atomic_fetch_add_explicit(&list->later->missed, draws, memory_order_relaxed);
    wh_near_sketches_want(list->near, draws);
}

void wh_near_list_judge(const struct wh_near_list *list, size_t panels, size_t cost) {
    struct later *later = list->later;
    panels += atomic_fetch_add_explicit(&later->panels, panels, memory_order_relaxed);
    cost += atomic_fetch_add_explicit(&later->cost, cost, memory_order_relaxed);
    if (panels >= TRIAL_PANELS && (double)cost > WORTH * (double)panels * list->near->words)
        atomic_store_explicit(&later->given_up, true, memory_order_relaxed);
}

void wh_near_list_many(const struct wh_near_list *list) {
    atomic_fetch_add_explicit(&list->later->many, 1, memory_order_relaxed);
}

/* For the leader of the crew. */
static void make_inner(const struct wh_near_list *list) {
    const struct wh_near_known known = {list->ids, list->distances, list->count, list->reach};
    struct wh_near_view *view;
    if (wh_near_view_of(list->near, list->word, &known, &view) != WH_OK)
        view = NULL;
    atomic_store_explicit(&list->later->inner, view, memory_order_release);
    atomic_store_explicit(&list->later->many, 0, memory_order_relaxed);
}

const struct wh_near_view *wh_near_list_inner(const struct wh_near_list *list) {
    struct later *later = list->later;
    struct wh_near_view *view = atomic_load_explicit(&later->inner, memory_order_acquire);
    if (view || atomic_load_explicit(&later->many, memory_order_relaxed) < INNER_DRAWS)
        return view;
    return made_together(list, &later->inner, make_inner);
}

/* ---- searching it ---- */

struct search {
    const struct wh_near_list *list;
    struct wh_near_find *find;
    double bound; /* error of the float scores */
    float bar;    /* scores below it cannot be among the k nearest */
};

/* The score of the k-th best so far, in double, less what floats may be wrong by. */
static void set_bar(struct search *search) {
    const struct wh_near *near = search->list->near;
    if (search->find->found < search->find->k)
        return;
    uint32_t id = search->find->best[search->find->k - 1].id;
    search->bar = wh_near_bar(near, search->find->point, id, 2 * search->bound);
}

static void consider(struct search *search, uint32_t id) {
    struct wh_neighbour one = {id,
                               wh_near_plain_distance(search->list->near, search->find->point, id)};
    if (search->find->found == search->find->k &&
        wh_neighbour_order(&one, &search->find->best[search->find->k - 1]) >= 0)
        return;
    size_t at = search->find->found < search->find->k ? search->find->found++ : search->find->k - 1;
    for (; at > 0 && wh_neighbour_order(&one, &search->find->best[at - 1]) < 0; at--)
        search->find->best[at] = search->find->best[at - 1];
    search->find->best[at] = one;
    set_bar(search);
}

/* Words farther from the list's word than this are farther from the point than the k-th best. */
static double horizon(const struct search *search) {
    if (search->find->found < search->find->k)
        return INFINITY;
    double sum = search->find->noise + search->find->best[search->find->k - 1].distance;
    return sum * (1 + 4 * rounding(search->list->near)) + TINY;
}

/* Whether more than MANY words may be nearer to the point than the list's. */
static bool many_within(const struct wh_near_list *list, double noise) {
    return list->count > MANY && list->distances[MANY] < 2 * noise;
}

static void look_outwards(struct search *search) {
    const struct wh_near_list *list = search->list;
    const struct wh_near *near = list->near;
    float *query = search->find->query;
    for (uint32_t j = 0; j < near->dim; j++)
        query[j] = (float)search->find->point[j];
    for (uint32_t i = 0; i < list->count && list->distances[i] <= horizon(search); i++) {
        float score;
        uint32_t id = list->ids[i];
        wh_vec()->dot_rows(near->rows + id * near->stride, near->stride, 1, query, &score);
        if (score - near->half[id] >= search->bar)
            consider(search, id);
    }
}

bool wh_near_list_search(const struct wh_near_list *list, struct wh_near_find *find) {
    const struct wh_near *near = list->near;
    double noise = wh_near_plain_distance(near, find->point, list->word);
    struct search search = {
        list, find, wh_near_bound(near, (list->norm + noise) * (1 + rounding(near))), -INFINITY};
    find->found = 0;
    find->noise = noise;
    find->many = many_within(list, noise);
    if (find->k > K_MOST || !isfinite(search.bound))
        return false;
    consider(&search, list->word);
    if (!list->whole && 2 * noise > list->reach)
        return false; /* only a word far better than this one could settle it: not worth a try */
    if (find->brief && find->many)
        return false;
    look_outwards(&search);
    return list->whole || list->reach > horizon(&search);
}
