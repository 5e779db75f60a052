/* SPDX-License-Identifier: GPL-3.0-or-later */
/* perturb_private.h - the state of a running filter; for perturb*.c only. */
#ifndef WH_PERTURB_PRIVATE_H
#define WH_PERTURB_PRIVATE_H

#include "base/file.h"
#include "base/str.h"
#include "run/perturb.h"
#include "run/site_cache.h"
#include "text/text.h"

struct wh_filter {
    const struct wh_session *session;
    const struct wh_perturb_options *options;
    const struct wh_embed *embed;
    struct wh_perturb_report *report;
    FILE *stream;
    struct wh_mechanism *mechanism;
    struct wh_site_cache sites;
    struct wh_scratch *scratch;
    struct wh_pieces pieces;
    struct wh_wordset *stopwords; /* NULL: none */
    uint32_t *stop_slots;
    uint64_t stop_slot_count;
    struct wh_lane lane; /* of the record */
    uint64_t position;   /* of the next word in the record */
    struct wh_buf out;   /* what is ready to be written */
};

/* Appends the perturbed text to filter->out. */
enum wh_status wh_filter_text(struct wh_filter *filter, const char *text, size_t length);
void wh_filter_begin_record(struct wh_filter *filter);
void wh_filter_end_record(struct wh_filter *filter);

/* perturb_stream.c: reads, splits into records, writes. */
enum wh_status wh_filter_stream(struct wh_filter *filter, int in_fd);

#endif
