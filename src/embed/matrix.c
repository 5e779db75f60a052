/* SPDX-License-Identifier: GPL-3.0-or-later */
/* matrix.c - reading tables of binary numbers. Nothing is reserved on the word of a header: there
 * are as many rows as words in the vocabulary, which has been seen. */
#include "embed/matrix.h"

#include <stdlib.h>

#include "base/mem.h"
#include "embed/intake.h"
#include "embed/vocab.h"

#define COLUMN_ROWS 4096 /* of a column that are decoded at once */

struct reader {
    struct wh_input *input;
    const struct wh_matrix *matrix;
    struct wh_intake intake;
    struct wh_vocab vocab;
    unsigned char *bytes; /* of a row, or of a part of a column */
    float *values;        /* of a part of a column */
};

enum wh_status wh_matrix_check(const struct wh_matrix *matrix, const struct wh_input *input,
                               uint64_t *bytes) {
    if (matrix->rows == 0 || matrix->rows >= WH_NONE - 1 || matrix->dim == 0 ||
        matrix->dim > WH_DIM_MAX)
        return wh_fail(
            WH_DATA, "%s: byte %llu: expected 1 to %u rows of 1 to %u numbers, found %llu of %llu",
            input->name, (unsigned long long)input->position, WH_NONE - 2, WH_DIM_MAX,
            (unsigned long long)matrix->rows, (unsigned long long)matrix->dim);
    *bytes = matrix->rows * matrix->dim * wh_number_size(matrix->kind);
    return WH_OK;
}

static enum wh_status put(struct reader *reader, float *values) {
    struct wh_row row = {.place = reader->intake.summary.rows + 1, .word = "", .values = values};
    wh_vocab_next(&reader->vocab, &row.word, &row.length);
    row.fault = wh_intake_judge(row.word, row.length, values, reader->intake.rows.dim);
    if (row.place % WH_ROWS_TOLD == 0)
        wh_token_progress(reader->input->token, "rows", (double)row.place,
                          (double)reader->matrix->rows);
    return wh_intake_put(&reader->intake, &row);
}

static enum wh_status read_by_row(struct reader *reader) {
    enum wh_status status = WH_OK;
    const struct wh_matrix *matrix = reader->matrix;
    const size_t size = matrix->dim * wh_number_size(matrix->kind);
    WH_TRY(WH_ALLOC(reader->bytes, size));
    for (uint64_t i = 0; i < matrix->rows && !wh_intake_full(&reader->intake); i++) {
        float *values;
        WH_TRY(wh_rows_reserve(&reader->intake.rows, 1, &values));
        WH_TRY(wh_input_exact(reader->input, reader->bytes, size, "a row of numbers"));
        wh_numbers_decode(matrix->kind, matrix->big, reader->bytes, matrix->dim, values);
        WH_TRY(put(reader, values));
    }
out:
    return status;
}

static enum wh_status read_column(struct reader *reader, float *column) {
    enum wh_status status = WH_OK;
    const struct wh_matrix *matrix = reader->matrix;
    for (uint64_t i = 0; i < matrix->rows; i += COLUMN_ROWS) {
        size_t count = matrix->rows - i < COLUMN_ROWS ? matrix->rows - i : COLUMN_ROWS;
        WH_TRY(wh_input_exact(reader->input, reader->bytes, count * wh_number_size(matrix->kind),
                              "a column of numbers"));
        wh_numbers_decode(matrix->kind, matrix->big, reader->bytes, count, reader->values);
        for (size_t k = 0; k < count; k++)
            column[(i + k) * reader->intake.rows.stride] = reader->values[k];
    }
out:
    return status;
}

/* All rows are there only when the last column is. */
static enum wh_status read_by_column(struct reader *reader) {
    enum wh_status status = WH_OK;
    const struct wh_matrix *matrix = reader->matrix;
    float *first;
    WH_TRY(WH_ALLOC(reader->bytes, COLUMN_ROWS * wh_number_size(matrix->kind)));
    WH_TRY(WH_ALLOC(reader->values, COLUMN_ROWS));
    WH_TRY(wh_rows_reserve(&reader->intake.rows, (uint32_t)matrix->rows, &first));
    for (uint64_t j = 0; j < matrix->dim; j++)
        WH_TRY(read_column(reader, first + j));
    for (uint64_t i = 0; i < matrix->rows && !wh_intake_full(&reader->intake); i++)
        WH_TRY(put(reader, first + i * reader->intake.rows.stride));
out:
    return status;
}

enum wh_status wh_matrix_load(const struct wh_embed_options *options, struct wh_input *input,
                              const struct wh_matrix *matrix, struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    struct reader reader = {.input = input, .matrix = matrix};
    reader.intake = (struct wh_intake){.options = options, .name = input->name};
    WH_TRY(wh_vocab_open(options, input, false, &reader.vocab));
    WH_TRY(wh_vocab_expect(&reader.vocab, input, matrix->rows));
    double expected =
        options->limit && options->limit < matrix->rows ? options->limit : (double)matrix->rows;
    WH_TRY(wh_rows_open(&reader.intake.rows, (uint32_t)matrix->dim, expected, UINT64_MAX));
    WH_TRY(matrix->by_column ? read_by_column(&reader) : read_by_row(&reader));
    if (!wh_intake_full(&reader.intake))
        WH_TRY(wh_input_finish(input, matrix->last));
    WH_TRY(wh_intake_finish(&reader.intake, embed));
out:
    wh_vocab_close(&reader.vocab);
    wh_intake_close(&reader.intake);
    free(reader.bytes);
    free(reader.values);
    return status;
}
