/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * load_word2vec_bin.c - word2vec's binary: "COUNT DIM\n", then COUNT times the word's bytes up to a
 * blank, DIM float32 (least significant byte first) and, in files of word2vec itself but not in
 * GoogleNews, a line feed: line feeds before a word are passed over. A count that is wrong means
 * that the rows were misread, so it is refused, not told.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "embed/intake.h"
#include "embed/load_text.h"
#include "embed/numbers.h"

#define HEADER_MAX 64 /* bytes of the first line */

/* A byte that no row of a text has. */
static bool is_binary(unsigned char byte) {
    return (byte < ' ' && byte != '\n' && byte != '\r' && byte != '\t') || byte >= 0x7f;
}

/* After the header and the first word come bytes that cannot be decimal numbers. */
static bool detect(const unsigned char *head, size_t size) {
    uint64_t count, dim;
    const unsigned char *line = memchr(head, '\n', size < HEADER_MAX ? size : HEADER_MAX);
    if (!line || !wh_text_header_line((const char *)head, (size_t)(line - head), &count, &dim))
        return false;
    const unsigned char *end = head + size;
    const unsigned char *numbers = memchr(line + 1, ' ', (size_t)(end - line - 1));
    if (!numbers)
        return false;
    numbers++;
    if (dim > 0 && dim < (uint64_t)(end - numbers) / 4)
        end = numbers + 4 * dim;
    while (numbers < end && !is_binary(*numbers))
        numbers++;
    return numbers < end;
}

struct reader {
    struct wh_input *input;
    struct wh_intake intake;
    uint64_t count;
    uint64_t number;      /* of the row being read, from 1 */
    unsigned char *bytes; /* of a row's numbers */
    char word[WH_WORD_MAX];
};

static enum wh_status read_header(struct reader *reader, uint32_t *dim) {
    char text[HEADER_MAX] = "";
    size_t length = 0;
    uint64_t wanted = 0;
    enum wh_status status = WH_OK;
    do {
        WH_TRY(wh_input_exact(reader->input, &text[length], 1, "a header 'COUNT DIM'"));
    } while (text[length] != '\n' && ++length < sizeof text);
    if (length == sizeof text || !wh_text_header_line(text, length, &reader->count, &wanted))
        return wh_fail(WH_DATA, "%s: byte 0: expected a header 'COUNT DIM', found something else",
                       reader->input->name);
    if (reader->count == 0 || reader->count >= WH_NONE - 1 || wanted == 0 || wanted > WH_DIM_MAX)
        return wh_fail(WH_DATA,
                       "%s: byte 0: expected at most %u words of %u numbers, found %llu of %llu",
                       reader->input->name, WH_NONE - 2, WH_DIM_MAX,
                       (unsigned long long)reader->count, (unsigned long long)wanted);
    *dim = (uint32_t)wanted;
    /* A row is a word of a byte or more, a blank and the numbers. */
    status = wh_input_promise(reader->input, reader->count * (wanted * 4 + 1), "rows");
out:
    return status;
}

static enum wh_status cut_short(const struct reader *reader, const char *found) {
    return wh_fail(WH_DATA, "%s: byte %llu: expected word %llu of %llu and a blank, found %s",
                   reader->input->name, (unsigned long long)reader->input->position,
                   (unsigned long long)reader->number, (unsigned long long)reader->count, found);
}

static enum wh_status read_word(struct reader *reader, size_t *length) {
    enum wh_status status = WH_OK;
    size_t got;
    char byte;
    for (*length = 0;;) {
        WH_TRY(wh_input_read(reader->input, &byte, 1, &got));
        if (got == 0)
            return cut_short(reader, "the end of the file");
        if (byte == ' ')
            break;
        if (*length == WH_WORD_MAX)
            return cut_short(reader, "no blank in 4096 bytes");
        if (byte != '\n' || *length)
            reader->word[(*length)++] = byte;
    }
out:
    return status;
}

static enum wh_status read_row(struct reader *reader) {
    enum wh_status status = WH_OK;
    const uint32_t dim = reader->intake.rows.dim;
    struct wh_row row = {.place = reader->number, .word = reader->word};
    WH_TRY(read_word(reader, &row.length));
    WH_TRY(wh_rows_reserve(&reader->intake.rows, 1, &row.values));
    WH_TRY(wh_input_exact(reader->input, reader->bytes, 4 * (size_t)dim, "a word's numbers"));
    wh_numbers_decode(WH_NUMBER_F32, false, reader->bytes, dim, row.values);
    row.fault = wh_intake_judge(row.word, row.length, row.values, dim);
    WH_TRY(wh_intake_put(&reader->intake, &row));
out:
    return status;
}

static enum wh_status expect_end(struct reader *reader) {
    enum wh_status status = WH_OK;
    size_t got;
    char byte;
    do {
        WH_TRY(wh_input_read(reader->input, &byte, 1, &got));
    } while (got && byte == '\n');
    if (got)
        status = wh_fail(WH_DATA, "%s: byte %llu: expected the end after %llu words, found more",
                         reader->input->name, (unsigned long long)reader->input->position - 1,
                         (unsigned long long)reader->count);
out:
    return status;
}

static enum wh_status read_rows(struct reader *reader) {
    enum wh_status status = WH_OK;
    struct wh_token *token = reader->intake.options->token;
    for (reader->number = 1; reader->number <= reader->count; reader->number++) {
        if (wh_intake_full(&reader->intake))
            return WH_OK;
        WH_TRY(read_row(reader));
        if (reader->number % WH_ROWS_TOLD == 0)
            wh_token_progress(token, "rows", (double)reader->number, (double)reader->count);
    }
    WH_TRY(expect_end(reader));
out:
    return status;
}

static enum wh_status load(const struct wh_embed_options *options, struct wh_input *input,
                           struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    struct reader reader = {.input = input};
    uint32_t dim = 0;
    reader.intake = (struct wh_intake){.options = options, .name = input->name};
    WH_TRY(read_header(&reader, &dim));
    WH_TRY(WH_ALLOC(reader.bytes, 4 * (size_t)dim));
    WH_TRY(wh_rows_open(&reader.intake.rows, dim, (double)reader.count, input->size));
    WH_TRY(read_rows(&reader));
    WH_TRY(wh_intake_finish(&reader.intake, embed));
out:
    wh_intake_close(&reader.intake);
    free(reader.bytes);
    return status;
}

const struct wh_loader wh_load_word2vec_bin = {
    .name = "word2vec-bin", .detect = detect, .load = load};
