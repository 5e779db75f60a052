/* SPDX-License-Identifier: GPL-3.0-or-later */
/* perturb.c - the text filter: words of one record at a time (perturb.h says how). */
#include "run/perturb.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/perturb_private.h"

#define KEPT_BYTES ((size_t)256 << 20)

enum wh_status wh_oov_parse(const char *text, enum wh_oov *oov) {
    static const char *const names[] = {"uniform", "mask", "drop", "keep", "error"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0) {
            *oov = (enum wh_oov)i;
            return WH_OK;
        }
    }
    return wh_fail(WH_USAGE, "--oov is uniform, mask, drop, keep or error, found '%s'", text);
}

/* ---- opening ---- */

static enum wh_status read_stopwords(struct wh_perturb_job *job, const char *path) {
    enum wh_status status = WH_OK;
    struct wh_map file = {0};
    WH_TRY(wh_map_open(path, &file));
    WH_TRY(wh_wordset_open(&job->stopwords));
    for (size_t at = 0; at < file.size;) {
        const char *line = (const char *)file.data + at;
        const char *end = memchr(line, '\n', file.size - at);
        size_t length = end ? (size_t)(end - line) : file.size - at;
        bool added;
        uint32_t id;
        at += length + 1;
        if (length && line[length - 1] == '\r')
            length--;
        if (length)
            WH_TRY(wh_wordset_add(job->stopwords, line, length, &id, &added));
    }
    struct wh_wordtable table = wh_wordset_table(job->stopwords);
    job->stop_slot_count = wh_wordmap_slot_count(table.count);
    WH_TRY(WH_ALLOC(job->stop_slots, job->stop_slot_count));
    wh_wordmap_fill(&table, job->stop_slots, job->stop_slot_count);
out:
    wh_map_close(&file);
    return status;
}

enum wh_status wh_filter_open(struct wh_perturb_job *job, struct wh_filter *filter) {
    *filter = (struct wh_filter){.job = job, .sites = &job->sites};
    return wh_scratch_open(&filter->scratch);
}

void wh_filter_close(struct wh_filter *filter) {
    wh_filter_drop_json(filter);
    wh_drawing_close(&filter->drawing);
    wh_scratch_close(filter->scratch);
    wh_pieces_close(&filter->pieces);
    wh_buf_free(&filter->out);
    free(filter->json);
    free(filter->items);
    free(filter->lanes);
    free(filter->queue.words);
    free(filter->queue.items);
    free(filter->queue.trials);
}

/* ---- a chunk ---- */

enum wh_status wh_filter_begin_chunk(struct wh_filter *filter, uint64_t records, size_t most) {
    filter->record = records;
    filter->report = (struct wh_perturb_report){0};
    filter->out.length = 0;
    filter->item_count = filter->queue.count = filter->lane_count = 0;
    if (most <= filter->lane_capacity)
        return WH_OK;
    free(filter->lanes); /* all at once: trials point at them */
    filter->lane_capacity = 0;
    filter->lanes = wh_alloc(most, sizeof *filter->lanes);
    if (!filter->lanes)
        return WH_NOMEM;
    filter->lane_capacity = most;
    return WH_OK;
}

void wh_filter_begin_record(struct wh_filter *filter) {
    filter->record++;
    filter->position = 0;
    filter->lane_open = false;
}

enum wh_status wh_filter_end_chunk(struct wh_filter *filter) {
    enum wh_status status = WH_OK;
    WH_TRY(wh_filter_draw(filter));
    WH_TRY(wh_filter_write(filter));
    if (filter->out.failed)
        status = wh_fail(WH_NOMEM, "out of memory");
out:
    if (status != WH_OK)
        filter->out.length = 0;
    wh_filter_drop_json(filter);
    return status;
}

/* ---- the job ---- */

static void close_job(struct wh_perturb_job *job) {
    wh_site_cache_close(&job->sites);
    wh_mechanism_close(job->mechanism);
    wh_wordset_close(job->stopwords);
    free(job->stop_slots);
}

static enum wh_status open_job(struct wh_perturb_job *job) {
    enum wh_status status = WH_OK;
    const struct wh_mech_env env = {wh_session_near(job->session)};
    const struct wh_mech_spec *spec = &job->options->spec;
    /* A name of its own: a record's stream is no word's stream. */
    snprintf(job->lane_name, sizeof job->lane_name, "%s/text", spec->mech->name);
    WH_TRY(wh_mechanism_open(&env, spec, &job->mechanism));
    size_t kept = job->options->kept_bytes ? job->options->kept_bytes : KEPT_BYTES;
    WH_TRY(wh_site_cache_open(job->mechanism, kept, &job->sites));
    if (job->options->stopwords)
        WH_TRY(read_stopwords(job, job->options->stopwords));
out:
    return status;
}

/* Words of a record are independent draws, so losses add up; kept words have no bound. */
static void finish_report(const struct wh_perturb_job *job, struct wh_perturb_report *report) {
    const struct wh_derived *derived = wh_embed_derived(job->embed);
    bool kept =
        report->stopwords_kept || (job->options->oov == WH_OOV_KEEP && report->out_of_vocabulary);
    double one =
        derived->nn_distance ? wh_mechanism_loss(job->mechanism, derived->delta_max) : HUGE_VAL;
    report->longest_loss = kept                     ? HUGE_VAL
                           : report->longest_record ? (double)report->longest_record * one
                                                    : 0;
}

enum wh_status wh_run_perturb(const struct wh_session *session,
                              const struct wh_perturb_options *options, int in_fd, FILE *out,
                              struct wh_perturb_report *report) {
    enum wh_status status = WH_OK;
    struct wh_perturb_job job = {
        .session = session, .options = options, .embed = wh_session_embed(session)};
    *report = (struct wh_perturb_report){.seeded = wh_session_source(session)->seeded};
    WH_TRY(open_job(&job));
    wh_mech_facts_of(job.mechanism, &report->mech);
    WH_TRY(wh_perturb_stream(&job, in_fd, out, report));
    finish_report(&job, report);
out:
    close_job(&job);
    return status;
}
