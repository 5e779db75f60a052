/* SPDX-License-Identifier: GPL-3.0-or-later */
/* perturb.c - the text filter: words of one record at a time (perturb.h says how). */
#include "run/perturb.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unistr.h>

#include "base/mem.h"
#include "run/perturb_private.h"

#define CACHE_BYTES ((size_t)256 << 20)
#define MASK        "[MASK]"

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

/* ---- case ---- */

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
static void add_with_case(struct wh_filter *filter, const char *input, size_t length,
                          const char *output) {
    uint8_t small[256];
    size_t size = sizeof small, out_length = strlen(output);
    uint8_t *title = NULL;
    if (filter->job->options->restore_case && begins_upper(input, length))
        title = u8_totitle((const uint8_t *)output, out_length, NULL, NULL, small, &size);
    if (title)
        wh_buf_add(&filter->out, (const char *)title, size);
    else
        wh_buf_add(&filter->out, output, out_length);
    if (title && title != small)
        free(title);
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

static enum wh_status replace_known(struct wh_filter *filter, const char *word, size_t length,
                                    uint32_t id) {
    enum wh_status status = WH_OK;
    const struct wh_site *site;
    uint32_t output;
    const struct wh_draws draws = {&filter->lane, filter->position, 1, filter->scratch};
    WH_TRY(wh_site_cache_get(filter->sites, id, &site));
    WH_TRY(wh_site_draw(site, &draws, &output));
    filter->report.unchanged += output == id;
    add_with_case(filter, word, length, wh_embed_word(filter->job->embed, output));
out:
    return status;
}

static enum wh_status replace_unknown(struct wh_filter *filter, const char *word, size_t length) {
    struct wh_rng rng;
    filter->report.out_of_vocabulary++;
    switch (filter->job->options->oov) {
    case WH_OOV_UNIFORM:
        wh_rng_open(&filter->lane, filter->position, &rng);
        add_with_case(
            filter, word, length,
            wh_embed_word(filter->job->embed,
                          (uint32_t)wh_rng_below(&rng, wh_embed_words(filter->job->embed))));
        break;
    case WH_OOV_MASK:
        wh_buf_adds(&filter->out, MASK);
        break;
    case WH_OOV_DROP:
        break;
    case WH_OOV_KEEP:
        wh_buf_add(&filter->out, word, length);
        break;
    case WH_OOV_ERROR: {
        struct wh_buf clean = {0};
        wh_str_clean(&clean, word, length);
        enum wh_status status = wh_fail(
            WH_DATA, "%s:%llu: '%s' is not in the vocabulary", filter->job->options->input_name,
            (unsigned long long)filter->record, clean.failed ? "?" : clean.data);
        wh_buf_free(&clean);
        return status;
    }
    }
    return WH_OK;
}

static enum wh_status replace(struct wh_filter *filter, const char *word, size_t length) {
    enum wh_status status = WH_OK;
    if (is_stopword(filter->job, word, length)) {
        filter->report.stopwords_kept++;
        wh_buf_add(&filter->out, word, length);
        return WH_OK;
    }
    uint32_t id = wh_embed_lookup(filter->job->embed, word, length);
    status = id == WH_NONE ? replace_unknown(filter, word, length)
                           : replace_known(filter, word, length, id);
    filter->report.words++;
    filter->position++;
    return status;
}

enum wh_status wh_filter_text(struct wh_filter *filter, const char *text, size_t length) {
    enum wh_status status = wh_text_split(text, length, &filter->pieces);
    for (size_t i = 0; i < filter->pieces.count && status == WH_OK; i++) {
        const struct wh_piece *piece = &filter->pieces.items[i];
        wh_lane_look_ahead(&filter->lane, filter->position, (filter->pieces.count - i + 1) / 2,
                           WH_AHEAD_FEW, &filter->ahead);
        if (piece->word)
            status = replace(filter, text + piece->offset, piece->length);
        else
            wh_buf_add(&filter->out, text + piece->offset, piece->length);
    }
    if (status == WH_OK && filter->out.failed)
        status = wh_fail(WH_NOMEM, "out of memory");
    return status;
}

void wh_filter_begin_record(struct wh_filter *filter) {
    wh_lane_open(wh_session_source(filter->job->session), filter->job->lane_name, filter->record++,
                 &filter->lane);
    filter->position = 0;
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
    enum wh_status status = WH_OK;
    size_t share = CACHE_BYTES / (size_t)wh_session_threads(job->session);
    *filter = (struct wh_filter){.job = job, .sites = &job->sites};
    if (!job->sites.whole) {
        WH_TRY(wh_site_cache_open(job->mechanism, share, &filter->own));
        filter->sites = &filter->own;
    }
    WH_TRY(wh_scratch_open(&filter->scratch));
out:
    return status;
}

void wh_filter_close(struct wh_filter *filter) {
    wh_site_cache_close(&filter->own);
    wh_scratch_close(filter->scratch);
    wh_pieces_close(&filter->pieces);
    wh_buf_free(&filter->out);
}

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
    WH_TRY(wh_site_cache_open(job->mechanism, CACHE_BYTES, &job->sites));
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
