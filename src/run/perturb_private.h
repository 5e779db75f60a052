/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * perturb_private.h - a running filter; for perturb*.c only. The job is what all threads share;
 * each has a filter of its own, which works on one chunk of whole records at a time.
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
    struct wh_site_cache sites;   /* in use if it is whole; else each filter has its own */
    struct wh_wordset *stopwords; /* NULL: none */
    uint32_t *stop_slots;
    uint64_t stop_slot_count;
    char lane_name[64];
};

struct wh_filter {
    const struct wh_perturb_job *job;
    struct wh_site_cache own, *sites;
    struct wh_scratch *scratch;
    struct wh_pieces pieces;
    uint64_t record;     /* number of the present one, from 1 */
    struct wh_lane lane; /* of the record */
    struct wh_rng_ahead ahead;
    uint64_t position;               /* of the next word in the record */
    struct wh_buf out;               /* the chunk, perturbed ... */
    size_t whole;                    /* ... and how much of it is records without fault */
    struct wh_perturb_report report; /* counts of the chunk */
};

enum wh_status wh_filter_open(struct wh_perturb_job *job, struct wh_filter *filter);
void wh_filter_close(struct wh_filter *filter);
void wh_filter_begin_record(struct wh_filter *filter);
/* Appends the perturbed text to filter->out. */
enum wh_status wh_filter_text(struct wh_filter *filter, const char *text, size_t length);

/* perturb_record.c: the text of one record, or a part of a long one; the line end stays. */
enum wh_status wh_filter_record(struct wh_filter *filter, const char *line, size_t length);

/* perturb_stream.c: reads, splits into chunks, has them worked on, writes. Counts go to report. */
enum wh_status wh_perturb_stream(struct wh_perturb_job *job, int in_fd, FILE *out,
                                 struct wh_perturb_report *report);

#endif
