/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * load_tsv.c - the pair of files of the Embedding Projector: a table of numbers parted by tabs, one
 * row a word, and a file of the words, "metadata.tsv" beside "vectors.tsv", whose first line is a
 * heading if it has several columns.
 */
#include <math.h>
#include <string.h>

#include "embed/decimal.h"
#include "embed/intake.h"
#include "embed/lines.h"
#include "embed/vocab.h"

/* Where the field at at ends. */
static const char *field_end(const char *at, const char *end) {
    const char *tab = memchr(at, '\t', (size_t)(end - at));
    return tab ? tab : end;
}

/* Two numbers or more, parted by tabs; a line that is cut off may end anywhere. */
static bool detect(const unsigned char *head, size_t size) {
    const char *at = (const char *)head, *feed = memchr(at, '\n', size);
    const char *end = at + (feed ? wh_line_trimmed(at, (size_t)(feed - at)) : size);
    float ignored;
    size_t fields = 0;
    for (;; at++, fields++) {
        const char *stop = field_end(at, end);
        if (stop == end && !feed)
            return fields >= 2;
        if (!wh_decimal_float(at, stop, &ignored))
            return false;
        at = stop;
        if (at == end)
            return fields + 1 >= 2;
    }
}

struct reader {
    struct wh_lines lines;
    struct wh_intake intake;
    struct wh_vocab vocab;
};

static uint64_t count_fields(const struct wh_line *line) {
    uint64_t fields = 1;
    for (size_t i = 0; i < line->length; i++)
        fields += line->text[i] == '\t';
    return fields;
}

/* The first line tells how many numbers a row has. */
static enum wh_status look(const struct reader *reader, uint32_t *dim) {
    struct wh_line line;
    size_t at = reader->lines.begin;
    if (!wh_lines_peek(&reader->lines, &at, &line) || count_fields(&line) > WH_DIM_MAX)
        return wh_fail(WH_DATA, "%s:1: expected at most %u numbers parted by tabs, found more",
                       reader->lines.input->name, WH_DIM_MAX);
    *dim = (uint32_t)count_fields(&line);
    return WH_OK;
}

static enum wh_fault parse(const struct wh_line *line, uint32_t dim, struct wh_row *row) {
    const char *at = line->text, *end = line->text + line->length;
    enum wh_fault fault = WH_ROW_FINE;
    if (line->too_long)
        return WH_ROW_TOO_LONG;
    if (count_fields(line) != dim)
        return WH_ROW_RAGGED;
    for (uint32_t j = 0; j < dim; j++, at++) {
        const char *stop = field_end(at, end);
        bool good = wh_decimal_float(at, stop, &row->values[j]);
        if (!good || (fault == WH_ROW_FINE && !isfinite(row->values[j]))) {
            fault = good ? WH_ROW_NOT_FINITE : WH_ROW_NOT_A_NUMBER;
            row->field = at;
        }
        if (!good)
            return fault;
        at = stop;
    }
    return fault;
}

static enum wh_status read_row(struct reader *reader, const struct wh_line *line) {
    enum wh_status status = WH_OK;
    struct wh_row row = {.place = reader->lines.number, .word = ""};
    const uint32_t dim = reader->intake.rows.dim;
    WH_TRY(wh_rows_reserve(&reader->intake.rows, 1, &row.values));
    row.fault = parse(line, dim, &row);
    if (!wh_vocab_next(&reader->vocab, &row.word, &row.length))
        return wh_fail(WH_DATA, "%s:%llu: expected a word for every row of %s, found the end",
                       reader->vocab.name, (unsigned long long)reader->vocab.count + 1,
                       reader->lines.input->name);
    if (row.fault == WH_ROW_FINE)
        row.fault = wh_intake_judge(row.word, row.length, row.values, dim);
    status = wh_intake_put(&reader->intake, &row);
out:
    return status;
}

static enum wh_status read_rows(struct reader *reader) {
    enum wh_status status = WH_OK;
    struct wh_input *input = reader->lines.input;
    while (!wh_intake_full(&reader->intake)) {
        struct wh_line line;
        bool end;
        WH_TRY(wh_lines_next(&reader->lines, &line, &end));
        if (end)
            return wh_vocab_expect(&reader->vocab, input, reader->intake.summary.rows);
        WH_TRY(read_row(reader, &line));
        if (reader->lines.number % WH_ROWS_TOLD == 0)
            wh_token_progress(input->token, "rows", (double)reader->lines.number,
                              (double)reader->vocab.count);
    }
out:
    return status;
}

static enum wh_status load(const struct wh_embed_options *options, struct wh_input *input,
                           struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    struct reader reader = {0};
    uint32_t dim = 0;
    reader.intake = (struct wh_intake){.options = options, .name = input->name, .by_line = true};
    WH_TRY(wh_lines_open(input, &reader.lines));
    WH_TRY(look(&reader, &dim));
    WH_TRY(wh_vocab_open(options, input, true, &reader.vocab));
    WH_TRY(wh_rows_open(&reader.intake.rows, dim, (double)reader.vocab.count, input->size));
    WH_TRY(read_rows(&reader));
    WH_TRY(wh_intake_finish(&reader.intake, embed));
out:
    wh_lines_close(&reader.lines);
    wh_vocab_close(&reader.vocab);
    wh_intake_close(&reader.intake);
    return status;
}

const struct wh_loader wh_load_tsv = {
    .name = "tsv", .detect = detect, .load = load, .wordless = true};
