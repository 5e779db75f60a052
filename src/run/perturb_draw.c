/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * perturb_draw.c - draws for all words of a chunk together. Words that have not been met are
 * prepared some at a time, for much less than one by one. Then all draws are one list: in the order
 * of the text, or by word where that is faster or not all words could be kept. Each draw has the
 * trial of its place in the text, so the order changes nothing.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "run/perturb_private.h"
#include "vec/vec.h"

#define TOGETHER   (4 * WH_VEC_PANEL) /* words prepared at a time */
#define WORK_BYTES ((size_t)32 << 20) /* for words that are not kept, one thread */

void wh_drawing_close(struct wh_drawing *drawing) {
    free(drawing->order);
    free(drawing->sites);
    free(drawing->trials);
    free(drawing->outputs);
    *drawing = (struct wh_drawing){0};
}

static enum wh_status fit(struct wh_drawing *drawing, size_t count) {
    enum wh_status status = WH_OK;
    if (count <= drawing->capacity)
        return WH_OK;
    wh_drawing_close(drawing);
    WH_TRY(WH_ALLOC(drawing->order, count));
    WH_TRY(WH_ALLOC(drawing->sites, count));
    WH_TRY(WH_ALLOC(drawing->trials, count));
    WH_TRY(WH_ALLOC(drawing->outputs, count));
    drawing->capacity = count;
out:
    return status;
}

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint32_t word_of(uint64_t key) {
    return (uint32_t)(key >> 32);
}

/* Sorts the places in the queue by word, only those of words that are not kept if all is false;
 * returns how many. */
static size_t sort(const struct wh_filter *filter, bool all) {
    const struct wh_queue *queue = &filter->queue;
    size_t count = 0;
    for (size_t i = 0; i < queue->count; i++)
        if (all || !wh_site_cache_find(filter->sites, queue->words[i]))
            filter->drawing.order[count++] = (uint64_t)queue->words[i] << 32 | i;
    qsort(filter->drawing.order, count, sizeof *filter->drawing.order, by_value);
    return count;
}

/* ---- words that have not been met ---- */

static size_t most_together(const struct wh_filter *filter) {
    size_t room = WORK_BYTES / wh_site_bytes(filter->job->mechanism);
    return room < 1 ? 1 : room < TOGETHER ? room : TOGETHER;
}

/* Up to most different words of the sorted places from *at on that are not kept now. */
static size_t next_unmet(const struct wh_filter *filter, size_t *at, size_t end, size_t most,
                         uint32_t *words) {
    const uint64_t *order = filter->drawing.order;
    size_t count = 0;
    for (; *at < end; ++*at) {
        uint32_t word = word_of(order[*at]);
        if ((count && words[count - 1] == word) || wh_site_cache_find(filter->sites, word))
            continue;
        if (count == most)
            break;
        words[count++] = word;
    }
    return count;
}

/* Returns how many of the sites are the filter's own: these come first then. */
static size_t keep(const struct wh_filter *filter, struct wh_site **sites, size_t count) {
    size_t own = 0;
    for (size_t i = 0; i < count; i++)
        if (!wh_site_cache_keep(filter->sites, &sites[i]))
            sites[own++] = sites[i];
    return own;
}

static void close_all(struct wh_site **sites, size_t count) {
    for (size_t i = 0; i < count; i++)
        wh_site_close(sites[i]);
}

/* Prepares what is new, as long as there is room to keep it. */
static enum wh_status meet(const struct wh_filter *filter) {
    enum wh_status status = WH_OK;
    struct wh_site *sites[TOGETHER];
    uint32_t words[TOGETHER];
    size_t end = wh_site_cache_has_room(filter->sites) ? sort(filter, false) : 0;
    for (size_t at = 0; at < end && wh_site_cache_has_room(filter->sites);) {
        size_t count = next_unmet(filter, &at, end, most_together(filter), words);
        WH_TRY(wh_sites_open(filter->job->mechanism, words, count, filter->scratch, sites));
        close_all(sites, keep(filter, sites, count));
    }
out:
    return status;
}

/* ---- draws ---- */

static void take_output(struct wh_filter *filter, size_t place, uint32_t output) {
    filter->report.unchanged += output == filter->queue.words[place];
    filter->items[filter->queue.items[place]].output = output;
}

static enum wh_status draw(struct wh_filter *filter, const struct wh_trial *trials, size_t count) {
    const struct wh_draw_list list = {filter->drawing.sites, trials, count, filter->scratch};
    return wh_sites_draw(filter->job->mechanism, &list, filter->drawing.outputs);
}

static enum wh_status draw_in_order(struct wh_filter *filter) {
    size_t count = filter->queue.count;
    enum wh_status status = draw(filter, filter->queue.trials, count);
    for (size_t i = 0; i < count && status == WH_OK; i++)
        take_output(filter, i, filter->drawing.outputs[i]);
    return status;
}

/* The sorted places from begin to end; own are the sites of words that are not kept, in order. */
static enum wh_status draw_sorted(struct wh_filter *filter, size_t begin, size_t end,
                                  struct wh_site *const *own) {
    struct wh_drawing *drawing = &filter->drawing;
    const uint64_t *order = drawing->order;
    for (size_t i = begin; i < end; i++) {
        uint32_t word = word_of(order[i]);
        const struct wh_site *kept = wh_site_cache_find(filter->sites, word);
        while (own[0] && wh_site_word(own[0]) < word)
            own++;
        drawing->sites[i - begin] = own[0] && wh_site_word(own[0]) == word ? own[0] : kept;
        drawing->trials[i - begin] = filter->queue.trials[(uint32_t)order[i]];
    }
    enum wh_status status = draw(filter, drawing->trials, end - begin);
    for (size_t i = begin; i < end && status == WH_OK; i++)
        take_output(filter, (uint32_t)order[i], drawing->outputs[i - begin]);
    return status;
}

/* As many words at a time as can be prepared at a time. */
static enum wh_status draw_by_word(struct wh_filter *filter) {
    enum wh_status status = WH_OK;
    struct wh_site *sites[TOGETHER + 1];
    uint32_t words[TOGETHER];
    size_t count = sort(filter, true);
    for (size_t begin = 0, end = 0; begin < count && status == WH_OK; begin = end) {
        size_t new = next_unmet(filter, &end, count, most_together(filter), words);
        WH_TRY(wh_sites_open(filter->job->mechanism, words, new, filter->scratch, sites));
        sites[new] = NULL;
        status = draw_sorted(filter, begin, end, sites);
        close_all(sites, new);
    }
out:
    return status;
}

/* Whether all are there. */
static bool find_sites(struct wh_filter *filter) {
    bool all = true;
    for (size_t i = 0; i < filter->queue.count; i++) {
        filter->drawing.sites[i] = wh_site_cache_find(filter->sites, filter->queue.words[i]);
        all = all && filter->drawing.sites[i];
    }
    return all;
}

enum wh_status wh_filter_draw(struct wh_filter *filter) {
    enum wh_status status = WH_OK;
    if (!filter->queue.count)
        return WH_OK;
    WH_TRY(fit(&filter->drawing, filter->queue.count));
    WH_TRY(meet(filter));
    /* Noise is decoded in panels, and a word's draws share what was found about the word. */
    bool by_word = filter->job->options->spec.mech->vector_noise || !find_sites(filter);
    status = by_word ? draw_by_word(filter) : draw_in_order(filter);
out:
    return status;
}
