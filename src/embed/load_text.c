/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * load_text.c - the reader behind the text formats. Lines end in 0x0A only (a CR before it is
 * dropped), fields are parted by 0x20 only, the last d fields are the numbers and the rest is the
 * word, which may hold blanks, NBSP, U+0085 or bytes that are not UTF-8. d is what the header says,
 * else the most common number of fields of the first lines, less one. While a batch of lines is
 * parsed on all processors the next one is read, and the rows of the one before are counted and
 * kept in their order.
 */
#include "embed/load_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "embed/decimal.h"
#include "embed/intake.h"
#include "embed/lines.h"

#define LOOK_LINES  64          /* lines that decide the dimension */
#define BATCH_LINES 8192        /* parsed at once, on all processors */
#define BATCH_BYTES (16u << 20) /* of vectors, at most so many at once */
#define ROWS_AHEAD  8           /* whose words' places are fetched */
#define CHUNK_LINES 64          /* parsed in one go by a thread */

struct batch {
    struct wh_line *lines;
    struct wh_row *parsed;
    size_t count;
    uint64_t place; /* the first one's line */
    uint32_t row;   /* and row, were no row before it dropped */
};

struct reader {
    const struct wh_embed_options *options;
    struct wh_input *input;
    struct wh_lines lines;
    struct wh_intake intake;
    struct batch batches[3], *before, *now, *next;
    size_t batch_max;
};

static size_t count_fields(const char *text, size_t length) {
    size_t fields = 0;
    for (size_t i = 0; i < length; i++)
        fields += text[i] != ' ' && (i == 0 || text[i - 1] == ' ');
    return fields;
}

/* ---- what the file is ---- */

static bool is_integer(const char *text, size_t length, uint64_t *value) {
    *value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || *value > UINT64_MAX / 20)
            return false;
        *value = *value * 10 + (uint64_t)(text[i] - '0');
    }
    return length > 0;
}

bool wh_text_header_line(const char *text, size_t length, uint64_t *count, uint64_t *dim) {
    const char *blank = memchr(text, ' ', length);
    if (!blank)
        return false;
    size_t first = (size_t)(blank - text);
    return is_integer(text, first, count) && is_integer(blank + 1, length - first - 1, dim);
}

bool wh_text_has_header(const unsigned char *head, size_t size) {
    const char *text = (const char *)head;
    const char *end = memchr(text, '\n', size);
    uint64_t count, dim;
    if (!end ||
        !wh_text_header_line(text, wh_line_trimmed(text, (size_t)(end - text)), &count, &dim))
        return false;
    size_t left = size - (size_t)(end + 1 - text);
    const char *second_end = memchr(end + 1, '\n', left);
    size_t length = second_end ? (size_t)(second_end - end - 1) : left;
    return count_fields(end + 1, wh_line_trimmed(end + 1, length)) == dim + 1;
}

bool wh_text_is_rows(const unsigned char *head, size_t size) {
    const char *text = (const char *)head;
    const char *end = memchr(text, '\n', size);
    size_t length = end ? (size_t)(end - text) : size;
    return !memchr(text, '\0', length) && count_fields(text, wh_line_trimmed(text, length)) >= 2;
}

/* What the first lines say. */
struct look {
    uint64_t fields[LOOK_LINES]; /* of each line */
    size_t lines, bytes;
    bool binary, header;
    bool alone; /* a header, and then the file ends: it was cut */
    uint64_t announced, header_dim;
};

static void look_ahead(const struct reader *reader, struct look *look) {
    const char *format = reader->options->format;
    size_t at = reader->lines.begin;
    struct wh_line line;
    *look = (struct look){0};
    while (look->lines < LOOK_LINES && wh_lines_peek(&reader->lines, &at, &line)) {
        if (look->lines == 0) {
            look->binary = memchr(line.text, '\0', line.length) != NULL;
            look->header =
                (!format || strcmp(format, "word2vec") == 0) &&
                wh_text_header_line(line.text, line.length, &look->announced, &look->header_dim);
        }
        look->fields[look->lines++] = count_fields(line.text, line.length);
    }
    look->bytes = at;
    if (format)
        return;
    look->alone = look->header && (look->lines < 2 || (look->lines == 2 && look->fields[1] < 2));
    if (look->lines < 2 || look->fields[1] != look->header_dim + 1)
        look->header = false; /* two numbers that are a word and its vector */
}

static uint64_t common_fields(const struct look *look) {
    uint64_t best = 0;
    size_t best_votes = 0;
    for (size_t i = 0; i < look->lines; i++) {
        size_t votes = 0;
        for (size_t j = 0; j < look->lines; j++)
            votes += look->fields[i] == look->fields[j];
        if (votes > best_votes && look->fields[i] >= 2) {
            best = look->fields[i];
            best_votes = votes;
        }
    }
    return best;
}

static enum wh_status not_rows(const struct reader *reader, uint64_t number, const char *found) {
    return wh_fail(WH_DATA, "%s:%llu: expected a word and its numbers, found %s",
                   reader->input->name, (unsigned long long)number, found);
}

static enum wh_status decide(const struct reader *reader, const struct look *look, uint32_t *dim) {
    const char *format = reader->options->format;
    uint64_t numbers = look->header ? look->header_dim : common_fields(look) - 1;
    if (reader->lines.end == 0)
        return not_rows(reader, 1, "an empty file");
    if (look->binary)
        return not_rows(reader, 1, "binary data");
    if (look->lines == 0)
        return not_rows(reader, 1, "a line of more than 4 MiB");
    if (look->alone)
        return wh_fail(WH_DATA,
                       "%s:2: expected a word and its numbers, as line 1 says '%llu %llu', "
                       "found the end or no numbers",
                       reader->input->name, (unsigned long long)look->announced,
                       (unsigned long long)look->header_dim);
    if (format && strcmp(format, "word2vec") == 0 && !look->header)
        return wh_fail(WH_DATA, "%s:1: expected a header 'COUNT DIM', found something else",
                       reader->input->name);
    if (numbers == 0 || numbers == UINT64_MAX)
        return not_rows(reader, 1, "no numbers");
    if (numbers > WH_DIM_MAX)
        return wh_fail(WH_DATA, "%s:1: expected at most %u numbers a row, found %llu",
                       reader->input->name, WH_DIM_MAX, (unsigned long long)numbers);
    *dim = (uint32_t)numbers;
    return WH_OK;
}

/* ---- rows ---- */

/* Where the last dim fields begin, or NULL if there are fewer. */
static const char *numbers_begin(const struct wh_line *line, uint32_t dim) {
    const char *at = line->text + line->length;
    for (uint32_t field = 0; field < dim; field++) {
        while (at > line->text && at[-1] == ' ')
            at--;
        const char *end = at;
        while (at > line->text && at[-1] != ' ')
            at--;
        if (at == end || at == line->text)
            return NULL;
    }
    return at;
}

/* The usual row: a word without blanks, one blank, dim numbers. Any other is parsed with care. */
static bool parse_usual(const struct wh_line *line, uint32_t dim, struct wh_row *row) {
    const char *end = line->text + line->length;
    const char *blank = memchr(line->text, ' ', line->length);
    if (!blank || blank == line->text || blank[1] == ' ' ||
        !wh_decimal_row(blank + 1, end, dim, row->values))
        return false;
    row->length = (size_t)(blank - line->text);
    return true;
}

static enum wh_fault parse_odd(const struct wh_line *line, uint32_t dim, struct wh_row *row) {
    const char *end = line->text + line->length, *at = numbers_begin(line, dim);
    enum wh_fault fault = WH_ROW_FINE;
    if (!at)
        return line->too_long ? WH_ROW_TOO_LONG : WH_ROW_RAGGED;
    row->length = (size_t)(at - line->text) - 1;
    for (uint32_t j = 0; j < dim; j++) {
        const char *blank = memchr(at, ' ', (size_t)(end - at));
        const char *stop = blank ? blank : end;
        bool good = wh_decimal_float(at, stop, &row->values[j]);
        if (!good || (fault == WH_ROW_FINE && !isfinite(row->values[j]))) {
            fault = good ? WH_ROW_NOT_FINITE : WH_ROW_NOT_A_NUMBER;
            row->field = at;
        }
        if (!good)
            return fault;
        for (at = stop; at < end && *at == ' ';)
            at++;
    }
    return fault;
}

static void parse_row(const struct wh_line *line, uint32_t dim, struct wh_row *row) {
    row->word = line->text;
    row->length = 0;
    row->field = NULL;
    row->fault = parse_usual(line, dim, row) ? WH_ROW_FINE : parse_odd(line, dim, row);
    if (row->fault == WH_ROW_FINE)
        row->fault = wh_intake_judge_word(row->word, row->length);
    row->hash = wh_word_hash(row->word, row->length);
    row->hashed = true;
}

static void parse_chunk(const struct reader *reader, size_t begin) {
    const struct wh_rows *rows = &reader->intake.rows;
    const struct batch *now = reader->now;
    for (size_t i = begin; i < now->count && i < begin + CHUNK_LINES; i++) {
        now->parsed[i].values = rows->rows + (now->row + i) * rows->stride;
        parse_row(&now->lines[i], rows->dim, &now->parsed[i]);
    }
}

/* The vectors may have moved since they were parsed. */
static enum wh_status put_before(struct reader *reader) {
    enum wh_status status = WH_OK;
    struct wh_rows *rows = &reader->intake.rows;
    const struct batch *before = reader->before;
    for (size_t i = 0; i < before->count && !wh_intake_full(&reader->intake); i++) {
        struct wh_row *row = &before->parsed[i];
        if (i + ROWS_AHEAD < before->count)
            wh_wordset_expect(rows->set, row[ROWS_AHEAD].hash);
        row->place = before->place + i;
        row->values = rows->rows + (before->row + i) * rows->stride;
        if (before->lines[i].length || before->lines[i].too_long)
            WH_TRY(wh_intake_put(&reader->intake, row));
    }
out:
    return status;
}

static enum wh_status read_next(struct reader *reader) {
    struct batch *next = reader->next;
    enum wh_status status =
        wh_lines_batch(&reader->lines, next->lines, reader->batch_max, &next->count);
    next->place = reader->lines.number - next->count + 1;
    return status;
}

/* Item 0 is the batch before, item 1 the next, the others are chunks of this one. */
static enum wh_status work(void *context, size_t begin, size_t end, int thread) {
    enum wh_status status = WH_OK;
    struct reader *reader = context;
    (void)thread;
    for (size_t item = begin; item < end; item++) {
        if (item == 0)
            WH_TRY(put_before(reader));
        else if (item == 1)
            WH_TRY(read_next(reader));
        else
            parse_chunk(reader, (item - 2) * CHUNK_LINES);
    }
out:
    return status;
}

/* Space behind the rows of the batch before, which have not been put yet. */
static enum wh_status place_batch(struct reader *reader) {
    struct wh_rows *rows = &reader->intake.rows;
    const struct batch *before = reader->before;
    struct batch *now = reader->now;
    float *ignored;
    now->row = before->count ? before->row + (uint32_t)before->count : rows->count;
    return wh_rows_reserve(rows, now->row + (uint32_t)now->count - rows->count, &ignored);
}

static void tell_progress(const struct reader *reader) {
    double share = wh_input_share(reader->input), rows = reader->intake.rows.count;
    double limit = reader->options->limit, total = share > 0 ? rows / share : 0;
    if (limit > 0 && (limit < total || total <= 0))
        total = limit;
    wh_token_progress(reader->options->token, "rows", rows, total);
}

static enum wh_status read_rows(struct reader *reader) {
    enum wh_status status = WH_OK;
    struct wh_embed_summary *summary = &reader->intake.summary;
    WH_TRY(read_next(reader));
    while (!wh_intake_full(&reader->intake)) {
        struct batch *now = reader->next;
        reader->next = reader->before;
        reader->before = reader->now;
        reader->now = now;
        WH_TRY(place_batch(reader));
        size_t chunks = (now->count + CHUNK_LINES - 1) / CHUNK_LINES;
        WH_TRY(wh_pool_run(reader->options->threads, 2 + chunks, 1, work, reader));
        tell_progress(reader);
        if (now->count == 0) {
            summary->miscounted = summary->header && summary->announced != summary->rows &&
                                  !wh_intake_full(&reader->intake);
            break;
        }
    }
out:
    return status;
}

/* ---- the whole text ---- */

/* Rows there will be, as far as one can tell; 0 if not at all. */
static double expected_rows(const struct reader *reader, const struct look *look) {
    double rows = (double)look->announced;
    if (reader->input->size && look->bytes)
        rows = (double)reader->input->size * (double)look->lines / (double)look->bytes;
    const double limit = reader->options->limit;
    return limit > 0 && (limit < rows || rows == 0) ? limit : rows;
}

/* The summary says what the header promised; that it is wrong is no error. */
static enum wh_status pass_header(struct reader *reader, const struct look *look) {
    struct wh_line line;
    bool end;
    if (!look->header)
        return WH_OK;
    reader->intake.summary.header = true;
    reader->intake.summary.announced = look->announced;
    return wh_lines_next(&reader->lines, &line, &end);
}

/* Rows too many to be reserved at once are read in smaller batches. */
static enum wh_status make_room(struct reader *reader) {
    enum wh_status status = WH_OK;
    size_t most = 1 + BATCH_BYTES / (reader->intake.rows.stride * sizeof(float));
    reader->batch_max = most < BATCH_LINES ? most : BATCH_LINES;
    for (int i = 0; i < 3; i++) {
        WH_TRY(WH_ALLOC(reader->batches[i].lines, reader->batch_max));
        WH_TRY(WH_ALLOC(reader->batches[i].parsed, reader->batch_max));
    }
    reader->before = &reader->batches[0];
    reader->now = &reader->batches[1];
    reader->next = &reader->batches[2];
out:
    return status;
}

enum wh_status wh_text_load(const struct wh_embed_options *options, struct wh_input *input,
                            struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    struct reader reader = {.options = options, .input = input};
    struct look look;
    uint32_t dim = 0;
    reader.intake = (struct wh_intake){.options = options, .name = input->name, .by_line = true};
    WH_TRY(wh_lines_open(input, &reader.lines));
    look_ahead(&reader, &look);
    WH_TRY(decide(&reader, &look, &dim));
    WH_TRY(wh_rows_open(&reader.intake.rows, dim, expected_rows(&reader, &look), input->size));
    WH_TRY(make_room(&reader));
    WH_TRY(pass_header(&reader, &look));
    WH_TRY(read_rows(&reader));
    WH_TRY(wh_intake_finish(&reader.intake, embed));
    embed->format = look.header ? "word2vec" : "glove";
out:
    wh_lines_close(&reader.lines);
    wh_intake_close(&reader.intake);
    for (int i = 0; i < 3; i++) {
        free(reader.batches[i].lines);
        free(reader.batches[i].parsed);
    }
    return status;
}
