/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * load_fasttext.c - fastText's model (.bin), Bojanowski et al., "Enriching word vectors with
 * subword information" (2017). Numbers have their least significant byte first:
 *
 *     int32 magic, version; 12 int32 arguments and a double; int32 entries, words, labels; int64
 *     tokens, pruned; entries times { word, NUL, int64 count, int8 type }; pruned times { int32,
 *     int32 }; twice { uint8 quantised; int64 rows, columns; rows x columns float32 }, of which the
 *     second is the output matrix, unused here
 *
 * A word's vector is the mean of its own row and those of its n-grams, as fastText prints it; the
 * order of additions is fastText's. The file is mapped; words are done in batches on all
 * processors.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "embed/intake.h"
#include "embed/numbers.h"

#define MAGIC       793712314u
#define SUPERVISED  3
#define GRAM_MAX    64 /* characters of an n-gram that a sound model has at most */
#define BATCH_WORDS 4096
#define CHUNK_WORDS 16

struct model {
    const struct wh_input *input;
    struct wh_map map;
    size_t at; /* the next byte */
    uint32_t dim, words, labels, min_gram, max_gram, buckets;
    size_t dictionary; /* where the entries begin */
    const unsigned char *matrix;
    uint64_t rows;
    struct wh_intake intake;
    struct wh_row *batch;
};

static bool detect(const unsigned char *head, size_t size) {
    return size >= 8 && wh_little32(head) == MAGIC;
}

/* ---- reading the model's parts ---- */

static enum wh_status refuse(const struct model *model, const char *expected, long long found) {
    return wh_fail(WH_DATA, "%s: byte %zu: expected %s, found %lld", model->input->name, model->at,
                   expected, found);
}

static enum wh_status need(const struct model *model, uint64_t size, const char *what) {
    if (size <= model->map.size - model->at)
        return WH_OK;
    return wh_fail(WH_DATA, "%s: byte %zu: expected %s, found the end of the file",
                   model->input->name, model->at, what);
}

static uint32_t next32(struct model *model) {
    model->at += 4;
    return wh_little32(model->map.data + model->at - 4);
}

static int64_t next64(struct model *model) {
    model->at += 8;
    return (int64_t)wh_little64(model->map.data + model->at - 8);
}

static enum wh_status read_arguments(struct model *model) {
    enum { DIM, MODEL = 7, BUCKETS, MIN_GRAM, MAX_GRAM, ARGUMENTS = 12 };
    enum wh_status status = WH_OK;
    uint32_t arguments[ARGUMENTS];
    WH_TRY(need(model, 8 + 4 * ARGUMENTS + 8, "fastText's arguments"));
    const uint32_t magic = next32(model), version = next32(model);
    if (magic != MAGIC || version < 11 || version > 12)
        return refuse(model, "a fastText model of version 11 or 12", version);
    for (int i = 0; i < ARGUMENTS; i++)
        arguments[i] = next32(model);
    model->at += 8;
    model->dim = arguments[DIM];
    model->buckets = arguments[BUCKETS];
    model->min_gram = arguments[MIN_GRAM];
    model->max_gram = version == 11 && arguments[MODEL] == SUPERVISED ? 0 : arguments[MAX_GRAM];
    if (model->dim == 0 || model->dim > WH_DIM_MAX)
        return refuse(model, "vectors of 1 to 65536 numbers", (int32_t)model->dim);
    if (model->max_gram > GRAM_MAX || (model->max_gram && model->min_gram > model->max_gram) ||
        model->buckets > INT32_MAX || (model->max_gram && model->buckets == 0))
        return refuse(model, "n-grams of at most 64 characters, and buckets for them",
                      (int32_t)model->max_gram);
out:
    return status;
}

/* The word at model->at; moves behind the entry. */
static enum wh_status next_entry(struct model *model, const char **word, size_t *length,
                                 int *type) {
    const unsigned char *begin = model->map.data + model->at;
    size_t left = model->map.size - model->at;
    const unsigned char *end = memchr(begin, '\0', left < WH_WORD_MAX ? left : WH_WORD_MAX);
    if (!end && left >= WH_WORD_MAX)
        return refuse(model, "a word of fewer than 4096 bytes and NUL", (long long)left);
    if (!end || left - (size_t)(end - begin) < 10)
        return need(model, UINT64_MAX, "an entry of the dictionary");
    *word = (const char *)begin;
    *length = (size_t)(end - begin);
    *type = end[9];
    model->at += *length + 10;
    return WH_OK;
}

/* Words come first, then labels. */
static enum wh_status pass_dictionary(struct model *model, uint32_t entries) {
    enum wh_status status = WH_OK;
    model->dictionary = model->at;
    for (uint32_t i = 0; i < entries; i++) {
        const char *word;
        size_t length;
        int type;
        WH_TRY(next_entry(model, &word, &length, &type));
        if (type != (i < model->words ? 0 : 1))
            return refuse(model,
                          i < model->words ? "an entry of type 0, a word"
                                           : "an entry of type 1, a label",
                          type);
    }
out:
    return status;
}

static enum wh_status read_dictionary(struct model *model) {
    enum wh_status status = WH_OK;
    WH_TRY(need(model, 3 * 4 + 2 * 8, "the dictionary's counts"));
    const uint32_t entries = next32(model);
    model->words = next32(model);
    model->labels = next32(model);
    next64(model);
    const int64_t pruned = next64(model);
    if (model->words == 0 || entries > INT32_MAX || model->words > entries ||
        model->labels != entries - model->words)
        return refuse(model, "as many entries as words and labels", (int32_t)entries);
    if (pruned > 0)
        return refuse(model,
                      "a model that was not pruned and quantised; quantised models (.ftz) "
                      "have no exact vectors; pruned n-grams",
                      pruned);
    WH_TRY(pass_dictionary(model, entries));
    if (pruned == 0)
        model->max_gram = 0; /* no n-gram was kept */
out:
    return status;
}

static enum wh_status read_matrix(struct model *model) {
    enum wh_status status = WH_OK;
    WH_TRY(need(model, 1 + 2 * 8, "the matrix's size"));
    const int quantised = model->map.data[model->at++];
    if (quantised)
        return refuse(model,
                      "exact vectors, but this model is quantised (.ftz): use the .bin or "
                      ".vec it was made from; flag",
                      quantised);
    const int64_t rows = next64(model), columns = next64(model);
    const uint64_t least = model->words + (model->max_gram ? (uint64_t)model->buckets : 0);
    if (columns != (int64_t)model->dim)
        return refuse(model, "as many columns as numbers in a vector", columns);
    if (rows < 0 || (uint64_t)rows < least || rows > INT64_MAX / 4 / columns)
        return refuse(model, "a row for every word and bucket", rows);
    WH_TRY(need(model, (uint64_t)rows * model->dim * 4, "the matrix"));
    model->rows = (uint64_t)rows;
    model->matrix = model->map.data + model->at;
out:
    return status;
}

/* Nothing of it is used; but a file that ends before it does was cut. */
static enum wh_status pass_output(struct model *model) {
    enum wh_status status = WH_OK;
    model->at += (size_t)(model->rows * model->dim * 4);
    WH_TRY(need(model, 1 + 2 * 8, "the output matrix's size"));
    model->at++;
    const int64_t rows = next64(model), columns = next64(model);
    if (rows < 0 || columns < 0 || (columns > 0 && rows > INT64_MAX / 4 / columns))
        return refuse(model, "an output matrix", rows);
    WH_TRY(need(model, (uint64_t)rows * (uint64_t)columns * 4, "the output matrix"));
out:
    return status;
}

/* ---- a word's vector ---- */

/* FNV-1a over bytes that fastText takes as signed numbers. */
static uint32_t gram_hash(const char *gram, size_t length) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++) {
        const int32_t byte = (int8_t)gram[i];
        hash = (hash ^ (uint32_t)byte) * 16777619u;
    }
    return hash;
}

static void add_row(const struct model *model, uint64_t row, float *sum) {
    const unsigned char *bytes = model->matrix + row * model->dim * 4;
    for (uint32_t j = 0; j < model->dim; j++) {
        float value;
        wh_numbers_decode(WH_NUMBER_F32, false, bytes + 4 * (size_t)j, 1, &value);
        sum[j] += value;
    }
}

static bool inside_character(char byte) {
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Adds the rows of all n-grams of "<word>" that begin at begin; returns how many. */
static uint32_t add_grams_at(const struct model *model, const char *word, size_t length,
                             size_t begin, float *sum) {
    uint32_t added = 0;
    size_t end = begin;
    for (uint32_t n = 1; end < length && n <= model->max_gram; n++) {
        for (end++; end < length && inside_character(word[end]);)
            end++;
        if (n < model->min_gram || (n == 1 && (begin == 0 || end == length)))
            continue;
        add_row(model, model->words + gram_hash(word + begin, end - begin) % model->buckets, sum);
        added++;
    }
    return added;
}

static void word_vector(const struct model *model, uint32_t id, struct wh_row *row) {
    char framed[WH_WORD_MAX + 2];
    uint32_t added = 1;
    memset(row->values, 0, model->dim * sizeof *row->values);
    add_row(model, id, row->values);
    if (model->max_gram && !(row->length == 4 && memcmp(row->word, "</s>", 4) == 0)) {
        framed[0] = '<';
        memcpy(framed + 1, row->word, row->length);
        framed[row->length + 1] = '>';
        for (size_t begin = 0; begin < row->length + 2; begin++)
            if (!inside_character(framed[begin]))
                added += add_grams_at(model, framed, row->length + 2, begin, row->values);
    }
    const float share = (float)(1.0 / (double)added);
    for (uint32_t j = 0; j < model->dim; j++)
        row->values[j] *= share;
    row->fault = wh_intake_judge(row->word, row->length, row->values, model->dim);
}

static enum wh_status do_words(void *context, size_t begin, size_t end, int thread) {
    const struct model *model = context;
    (void)thread;
    for (size_t i = begin; i < end; i++)
        word_vector(model, (uint32_t)model->batch[i].place - 1, &model->batch[i]);
    return WH_OK;
}

/* ---- all words ---- */

static enum wh_status do_batch(struct model *model, uint32_t first, uint32_t count) {
    enum wh_status status = WH_OK;
    struct wh_intake *intake = &model->intake;
    float *values;
    int type;
    WH_TRY(wh_rows_reserve(&intake->rows, count, &values));
    for (uint32_t i = 0; i < count; i++) {
        struct wh_row *row = &model->batch[i];
        *row = (struct wh_row){.place = first + i + 1, .values = values + i * intake->rows.stride};
        WH_TRY(next_entry(model, &row->word, &row->length, &type));
    }
    WH_TRY(wh_pool_run(intake->options->threads, count, CHUNK_WORDS, do_words, model));
    for (uint32_t i = 0; i < count && !wh_intake_full(intake); i++)
        WH_TRY(wh_intake_put(intake, &model->batch[i]));
out:
    return status;
}

static enum wh_status do_all(struct model *model) {
    enum wh_status status = WH_OK;
    struct wh_token *token = model->intake.options->token;
    WH_TRY(WH_ALLOC(model->batch, BATCH_WORDS));
    model->at = model->dictionary;
    for (uint32_t first = 0; first < model->words; first += BATCH_WORDS) {
        uint32_t left = model->words - first;
        if (wh_intake_full(&model->intake))
            break;
        WH_TRY(wh_token_check(token));
        WH_TRY(do_batch(model, first, left < BATCH_WORDS ? left : BATCH_WORDS));
        wh_token_progress(token, "words", first, model->words);
    }
out:
    return status;
}

static enum wh_status load(const struct wh_embed_options *options, struct wh_input *input,
                           struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    struct model model = {.input = input};
    model.intake = (struct wh_intake){.options = options, .name = input->name};
    WH_TRY(wh_input_map(input, &model.map));
    WH_TRY(read_arguments(&model));
    WH_TRY(read_dictionary(&model));
    WH_TRY(read_matrix(&model));
    WH_TRY(pass_output(&model));
    WH_TRY(wh_rows_open(&model.intake.rows, model.dim, model.words, model.map.size));
    WH_TRY(do_all(&model));
    WH_TRY(wh_intake_finish(&model.intake, embed));
out:
    wh_map_close(&model.map);
    wh_intake_close(&model.intake);
    free(model.batch);
    return status;
}

const struct wh_loader wh_load_fasttext = {"fasttext", detect, load, false};
