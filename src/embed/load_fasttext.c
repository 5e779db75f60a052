/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load_fasttext.c - fastText's model (.bin): the words of its dictionary, in batches on all
 * processors. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "embed/fasttext.h"
#include "embed/intake.h"

#define BATCH_WORDS 4096
#define CHUNK_WORDS 16

struct job {
    struct wh_fasttext model;
    struct wh_intake intake;
    struct wh_row *batch;
};

static void word_vector(const struct wh_fasttext *model, uint32_t id, struct wh_row *row) {
    char framed[WH_WORD_MAX + 2];
    framed[0] = '<';
    memcpy(framed + 1, row->word, row->length);
    framed[row->length + 1] = '>';
    wh_fasttext_vector(model, id, framed, row->length + 2, row->values);
    row->fault = wh_intake_judge(row->word, row->length, row->values, model->dim);
}

static enum wh_status do_words(void *context, size_t begin, size_t end, int thread) {
    const struct job *job = context;
    (void)thread;
    for (size_t i = begin; i < end; i++)
        word_vector(&job->model, (uint32_t)job->batch[i].place - 1, &job->batch[i]);
    return WH_OK;
}

static enum wh_status do_batch(struct job *job, uint32_t first, uint32_t count) {
    enum wh_status status = WH_OK;
    struct wh_intake *intake = &job->intake;
    float *values;
    WH_TRY(wh_rows_reserve(&intake->rows, count, &values));
    for (uint32_t i = 0; i < count; i++) {
        struct wh_row *row = &job->batch[i];
        *row = (struct wh_row){.place = first + i + 1, .values = values + i * intake->rows.stride};
        WH_TRY(wh_fasttext_next(&job->model, &row->word, &row->length));
    }
    WH_TRY(wh_pool_run(intake->options->threads, count, CHUNK_WORDS, do_words, job));
    for (uint32_t i = 0; i < count && !wh_intake_full(intake); i++)
        WH_TRY(wh_intake_put(intake, &job->batch[i]));
out:
    return status;
}

static enum wh_status do_all(struct job *job) {
    enum wh_status status = WH_OK;
    struct wh_token *token = job->intake.options->token;
    WH_TRY(WH_ALLOC(job->batch, BATCH_WORDS));
    wh_fasttext_rewind(&job->model);
    for (uint32_t first = 0; first < job->model.words; first += BATCH_WORDS) {
        uint32_t left = job->model.words - first;
        if (wh_intake_full(&job->intake))
            break;
        WH_TRY(wh_token_check(token));
        WH_TRY(do_batch(job, first, left < BATCH_WORDS ? left : BATCH_WORDS));
        wh_token_progress(token, "words", first, job->model.words);
    }
out:
    return status;
}

static enum wh_status load(const struct wh_embed_options *options, struct wh_input *input,
                           struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    struct job job = {.intake = {.options = options, .name = input->name}};
    const struct wh_fasttext *model = &job.model;
    WH_TRY(wh_fasttext_open(input, &job.model));
    WH_TRY(wh_rows_open(&job.intake.rows, model->dim, model->words, model->map.size));
    WH_TRY(do_all(&job));
    WH_TRY(wh_intake_finish(&job.intake, embed));
out:
    wh_fasttext_close(&job.model);
    wh_intake_close(&job.intake);
    free(job.batch);
    return status;
}

const struct wh_loader wh_load_fasttext = {
    .name = "fasttext", .detect = wh_fasttext_detect, .load = load, .composes = true};
