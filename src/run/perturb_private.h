/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * perturb_private.h - a running filter; for perturb*.c only. The job is what all threads share;
 * each has a filter of its own, which works on one chunk of whole records at a time: first it finds
 * the words of all records (perturb_text.c, perturb_record.c), then it draws for all of them
 * together (perturb_draw.c), then it puts the text together again.
 */
#ifndef WH_PERTURB_PRIVATE_H
#define WH_PERTURB_PRIVATE_H

#include "base/file.h"
#include "base/str.h"
#include "run/perturb.h"
#include "run/site_cache.h"
#include "text/text.h"

struct wh_perturb_job {
    const struct wh_session *session;
    const struct wh_perturb_options *options;
    const struct wh_embed *embed;
    struct wh_mechanism *mechanism;
    struct wh_site_cache sites;
    struct wh_wordset *stopwords; /* NULL: none */
    uint32_t *stop_slots;
    uint64_t stop_slot_count;
    char lane_name[64];
};

/* A part of the output: bytes of the input, or a word. */
struct wh_item {
    const char *text;
    uint32_t length;
    uint32_t output; /* the word that comes in the text's place; WH_NONE: none */
};

/* The words of a chunk that are drawn for, in the order of the text. */
struct wh_queue {
    uint32_t *words, *items; /* each with the item that gets its output */
    struct wh_trial *trials;
    size_t count, capacity;
};

/* Room to draw for a whole queue. */
struct wh_drawing {
    uint64_t *order; /* word and place in the queue, sorted */
    const struct wh_site **sites;
    struct wh_trial *trials;
    uint32_t *outputs;
    size_t capacity;
};

struct wh_filter {
    const struct wh_perturb_job *job;
    struct wh_site_cache *sites;
    struct wh_scratch *scratch;
    struct wh_pieces pieces;
    uint64_t record;   /* number of the present one, from 1 */
    uint64_t position; /* of the next word in the record */

    /* of the chunk */
    struct wh_item *items;
    size_t item_count, item_capacity;
    struct wh_queue queue;
    struct wh_drawing drawing;
    struct wh_lane *lanes; /* of records with words, the last one the present record's if it has */
    size_t lane_count, lane_capacity;
    bool lane_open;
    struct wh_json_record *json; /* perturb_record.c */
    size_t json_count, json_capacity;
    struct wh_buf out;
    struct wh_perturb_report report;
};

enum wh_status wh_filter_open(struct wh_perturb_job *job, struct wh_filter *filter);
void wh_filter_close(struct wh_filter *filter);
/* A chunk of so many records at most begins after the given number of them. */
enum wh_status wh_filter_begin_chunk(struct wh_filter *filter, uint64_t records, size_t most);
void wh_filter_begin_record(struct wh_filter *filter);
/* Draws for the records so far and puts them into filter->out. */
enum wh_status wh_filter_end_chunk(struct wh_filter *filter);

/* perturb_record.c: takes in the text of one record, or a part of a long one; the line end stays.
 * What is pointed to stays until the chunk's end. A record that fails leaves nothing behind. */
enum wh_status wh_filter_record(struct wh_filter *filter, const char *line, size_t length);
/* Puts all items into filter->out. */
enum wh_status wh_filter_write(struct wh_filter *filter);
void wh_filter_drop_json(struct wh_filter *filter);

/* perturb_text.c */
enum wh_status wh_filter_text(struct wh_filter *filter, const char *text, size_t length);
enum wh_status wh_filter_keep(struct wh_filter *filter, const char *text, size_t length);
void wh_filter_write_items(struct wh_filter *filter, size_t begin, size_t end);

/* perturb_draw.c: every item in the queue gets its output. */
enum wh_status wh_filter_draw(struct wh_filter *filter);
void wh_drawing_close(struct wh_drawing *drawing);

/* perturb_stream.c: reads, splits into chunks, has them worked on, writes. Counts go to report. */
enum wh_status wh_perturb_stream(struct wh_perturb_job *job, int in_fd, FILE *out,
                                 struct wh_perturb_report *report);

#endif
