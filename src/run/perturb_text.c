/* SPDX-License-Identifier: GPL-3.0-or-later */
/* perturb_text.c - from text to items, some of them words to draw for, and back to text. */
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unistr.h>

#include "base/mem.h"
#include "run/perturb_private.h"

#define MASK  "[MASK]"
#define AHEAD 8 /* pieces and items that are fetched while others are worked on */

/* ---- items ---- */

static enum wh_status add_item(struct wh_filter *filter, struct wh_item item) {
    if (filter->item_count == filter->item_capacity) {
        size_t capacity = filter->item_capacity ? 2 * filter->item_capacity : 1024;
        struct wh_item *items = wh_realloc(filter->items, capacity, sizeof *items);
        if (!items)
            return WH_NOMEM;
        filter->items = items;
        filter->item_capacity = capacity;
    }
    filter->items[filter->item_count++] = item;
    return WH_OK;
}

enum wh_status wh_filter_keep(struct wh_filter *filter, const char *text, size_t length) {
    return add_item(filter, (struct wh_item){text, (uint32_t)length, WH_NONE});
}

static enum wh_status grow(struct wh_queue *queue) {
    size_t capacity = queue->capacity ? 2 * queue->capacity : 1024;
    uint32_t *words = wh_realloc(queue->words, capacity, sizeof *words);
    queue->words = words ? words : queue->words;
    uint32_t *items = wh_realloc(queue->items, capacity, sizeof *items);
    queue->items = items ? items : queue->items;
    struct wh_trial *trials = wh_realloc(queue->trials, capacity, sizeof *trials);
    queue->trials = trials ? trials : queue->trials;
    if (!words || !items || !trials)
        return WH_NOMEM;
    queue->capacity = capacity;
    return WH_OK;
}

/* A record's lane is opened for its first word: many records have none. */
static const struct wh_lane *lane_of(struct wh_filter *filter) {
    if (!filter->lane_open)
        wh_lane_open(wh_session_source(filter->job->session), filter->job->lane_name,
                     filter->record - 1, &filter->lanes[filter->lane_count++]);
    filter->lane_open = true;
    return &filter->lanes[filter->lane_count - 1];
}

/* ---- words ---- */

static bool is_stopword(const struct wh_perturb_job *job, const char *word, size_t length) {
    if (!job->stopwords)
        return false;
    struct wh_wordtable table = wh_wordset_table(job->stopwords);
    const struct wh_wordmap map = {job->stop_slots, job->stop_slot_count};
    uint8_t small[256];
    size_t size = sizeof small;
    if (wh_wordmap_find(&map, &table, word, length) != WH_NONE)
        return true;
    uint8_t *lower = u8_tolower((const uint8_t *)word, length, NULL, NULL, small, &size);
    bool found = lower && wh_wordmap_find(&map, &table, (const char *)lower, size) != WH_NONE;
    if (lower && lower != small)
        free(lower);
    return found;
}

static enum wh_status take_known(struct wh_filter *filter, const char *word, size_t length,
                                 uint32_t id) {
    struct wh_queue *queue = &filter->queue;
    if (queue->count == queue->capacity) {
        enum wh_status status = grow(queue);
        if (status != WH_OK)
            return status;
    }
    queue->words[queue->count] = id;
    queue->items[queue->count] = (uint32_t)filter->item_count;
    queue->trials[queue->count++] = (struct wh_trial){lane_of(filter), filter->position};
    return add_item(filter, (struct wh_item){word, (uint32_t)length, id});
}

static enum wh_status not_known(const struct wh_filter *filter, const char *word, size_t length) {
    struct wh_buf clean = {0};
    wh_str_clean(&clean, word, length);
    enum wh_status status =
        wh_fail(WH_DATA, "%s:%llu: '%s' is not in the vocabulary", filter->job->options->input_name,
                (unsigned long long)filter->record, clean.failed ? "?" : clean.data);
    wh_buf_free(&clean);
    return status;
}

static enum wh_status take_unknown(struct wh_filter *filter, const char *word, size_t length) {
    struct wh_item item = {word, (uint32_t)length, WH_NONE};
    struct wh_rng rng;
    filter->report.out_of_vocabulary++;
    switch (filter->job->options->oov) {
    case WH_OOV_UNIFORM:
        wh_rng_open(lane_of(filter), filter->position, &rng);
        item.output = (uint32_t)wh_rng_below(&rng, wh_embed_words(filter->job->embed));
        break;
    case WH_OOV_MASK:
        item.text = MASK;
        item.length = sizeof MASK - 1;
        break;
    case WH_OOV_DROP:
        return WH_OK;
    case WH_OOV_KEEP:
        break;
    case WH_OOV_ERROR:
        return not_known(filter, word, length);
    }
    return add_item(filter, item);
}

static enum wh_status take_word(struct wh_filter *filter, const char *word, size_t length) {
    if (is_stopword(filter->job, word, length)) {
        filter->report.stopwords_kept++;
        return wh_filter_keep(filter, word, length);
    }
    uint32_t id = wh_embed_lookup(filter->job->embed, word, length);
    enum wh_status status =
        id == WH_NONE ? take_unknown(filter, word, length) : take_known(filter, word, length, id);
    filter->report.words++;
    filter->position++;
    return status;
}

enum wh_status wh_filter_text(struct wh_filter *filter, const char *text, size_t length) {
    enum wh_status status = wh_text_split(text, length, &filter->pieces);
    for (size_t i = 0; i < filter->pieces.count && status == WH_OK; i++) {
        const struct wh_piece *piece = &filter->pieces.items[i];
        if (i + AHEAD < filter->pieces.count && piece[AHEAD].word)
            wh_embed_expect(filter->job->embed, text + piece[AHEAD].offset, piece[AHEAD].length);
        status = piece->word ? take_word(filter, text + piece->offset, piece->length)
                             : wh_filter_keep(filter, text + piece->offset, piece->length);
    }
    return status;
}

/* ---- and back ---- */

static bool begins_upper(const char *word, size_t length) {
    uint8_t small[64];
    size_t size = sizeof small;
    size_t head = length < 4 ? length : 4;
    while (head > 1 && u8_check((const uint8_t *)word, head))
        head--;
    uint8_t *lower = u8_tolower((const uint8_t *)word, head, NULL, NULL, small, &size);
    bool upper = lower && (size != head || memcmp(lower, word, head) != 0);
    if (lower && lower != small)
        free(lower);
    return upper;
}

/* The output with a capital if the input began with one: this tells one bit about the input. */
static void add_title(struct wh_buf *out, const char *word, size_t length) {
    uint8_t small[256];
    size_t size = sizeof small;
    uint8_t *title = u8_totitle((const uint8_t *)word, length, NULL, NULL, small, &size);
    wh_buf_add(out, title ? (const char *)title : word, title ? size : length);
    if (title != small)
        free(title);
}

static void write_item(struct wh_filter *filter, const struct wh_item *item) {
    if (item->output == WH_NONE) {
        wh_buf_add(&filter->out, item->text, item->length);
        return;
    }
    const char *word = wh_embed_word(filter->job->embed, item->output);
    size_t length = wh_embed_word_length(filter->job->embed, item->output);
    if (filter->job->options->restore_case && begins_upper(item->text, item->length))
        add_title(&filter->out, word, length);
    else
        wh_buf_add(&filter->out, word, length);
}

void wh_filter_write_items(struct wh_filter *filter, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) {
        if (i + AHEAD < end && filter->items[i + AHEAD].output != WH_NONE)
            __builtin_prefetch(wh_embed_word(filter->job->embed, filter->items[i + AHEAD].output));
        write_item(filter, &filter->items[i]);
    }
}
