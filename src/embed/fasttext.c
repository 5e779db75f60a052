/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fasttext.c - reading a model of fastText and adding up n-grams. Numbers in the file have their
 * least significant byte first:
 *
 *     int32 magic, version; 12 int32 arguments and a double; int32 entries, words, labels; int64
 *     tokens, pruned; entries times { word, NUL, int64 count, int8 type }; pruned times { int32,
 *     int32 }; twice { uint8 quantised; int64 rows, columns; rows x columns float32 }, of which the
 *     second is the output matrix, unused here
 *
 * The order of additions is fastText's, so that sums are its sums.
 */
#include "embed/fasttext.h"

#include <stdlib.h>
#include <string.h>

#include "embed/numbers.h"

#define MAGIC      793712314u
#define SUPERVISED 3
#define GRAM_MAX   64 /* characters of an n-gram that a sound model has at most */

bool wh_fasttext_detect(const unsigned char *head, size_t size) {
    return size >= 8 && wh_little32(head) == MAGIC;
}

/* ---- reading the model's parts ---- */

static enum wh_status refuse(const struct wh_fasttext *model, const char *expected,
                             long long found) {
    return wh_fail(WH_DATA, "%s: byte %zu: expected %s, found %lld", model->name, model->at,
                   expected, found);
}

static enum wh_status need(const struct wh_fasttext *model, uint64_t size, const char *what) {
    if (size <= model->map.size - model->at)
        return WH_OK;
    return wh_fail(WH_DATA, "%s: byte %zu: expected %s, found the end of the file", model->name,
                   model->at, what);
}

static uint32_t next32(struct wh_fasttext *model) {
    model->at += 4;
    return wh_little32(model->map.data + model->at - 4);
}

static int64_t next64(struct wh_fasttext *model) {
    model->at += 8;
    return (int64_t)wh_little64(model->map.data + model->at - 8);
}

static enum wh_status read_arguments(struct wh_fasttext *model) {
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

/* The entry at model->at; moves behind it. */
static enum wh_status next_entry(struct wh_fasttext *model, const char **word, size_t *length,
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
static enum wh_status pass_dictionary(struct wh_fasttext *model, uint32_t entries) {
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

static enum wh_status read_dictionary(struct wh_fasttext *model) {
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

static enum wh_status read_matrix(struct wh_fasttext *model) {
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
static enum wh_status pass_output(struct wh_fasttext *model) {
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

enum wh_status wh_fasttext_open(struct wh_input *input, struct wh_fasttext *model) {
    enum wh_status status = WH_OK;
    *model = (struct wh_fasttext){.name = strdup(input->name)};
    if (!model->name)
        return wh_fail(WH_NOMEM, "out of memory");
    WH_TRY(wh_input_map(input, &model->map));
    WH_TRY(read_arguments(model));
    WH_TRY(read_dictionary(model));
    WH_TRY(read_matrix(model));
    WH_TRY(pass_output(model));
out:
    if (status != WH_OK)
        wh_fasttext_close(model);
    return status;
}

void wh_fasttext_close(struct wh_fasttext *model) {
    wh_map_close(&model->map);
    free(model->name);
    *model = (struct wh_fasttext){0};
}

void wh_fasttext_rewind(struct wh_fasttext *model) {
    model->at = model->dictionary;
}

enum wh_status wh_fasttext_next(struct wh_fasttext *model, const char **word, size_t *length) {
    int type;
    return next_entry(model, word, length, &type);
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

static void add_row(const struct wh_fasttext *model, uint64_t row, float *sum) {
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

/* Adds the rows of all n-grams of framed that begin at begin; returns how many. */
static uint32_t add_grams_at(const struct wh_fasttext *model, const char *framed, size_t length,
                             size_t begin, float *sum) {
    uint32_t added = 0;
    size_t end = begin;
    for (uint32_t n = 1; end < length && n <= model->max_gram; n++) {
        for (end++; end < length && inside_character(framed[end]);)
            end++;
        if (n < model->min_gram || (n == 1 && (begin == 0 || end == length)))
            continue;
        add_row(model, model->words + gram_hash(framed + begin, end - begin) % model->buckets, sum);
        added++;
    }
    return added;
}

/* The end of a line has no n-grams. */
static bool has_grams(const struct wh_fasttext *model, const char *framed, size_t length) {
    static const char end[] = "<</s>>";
    return model->max_gram && !(length == sizeof end - 1 && memcmp(framed, end, length) == 0);
}

uint32_t wh_fasttext_vector(const struct wh_fasttext *model, uint32_t id, const char *framed,
                            size_t length, float *vector) {
    uint32_t added = 0;
    memset(vector, 0, model->dim * sizeof *vector);
    if (id != WH_NONE) {
        add_row(model, id, vector);
        added++;
    }
    if (has_grams(model, framed, length))
        for (size_t begin = 0; begin < length; begin++)
            if (!inside_character(framed[begin]))
                added += add_grams_at(model, framed, length, begin, vector);
    const float share = added ? (float)(1.0 / (double)added) : 0;
    for (uint32_t j = 0; j < model->dim; j++)
        vector[j] *= share;
    return added;
}
