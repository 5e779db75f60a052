/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * load_text.c - the reader behind the text formats. Lines end in 0x0A only (a CR before it is
 * dropped), fields are parted by 0x20 only, the last d fields are the numbers and the rest is the
 * word, which may hold blanks, NBSP, U+0085 or bytes that are not UTF-8. d is what the header says,
 * else the most common number of fields of the first lines, less one.
 *
 * What is wrong with a row is counted: see struct wh_embed_summary for what is dropped and what is
 * kept. With strict the first such row ends the load.
 */
#include "embed/load_text.h"

#include <math.h>
#include <stddef.h>
#include <string.h>
#include <unistr.h>

#include "base/str.h"
#include "embed/decimal.h"
#include "embed/lines.h"

#define LOOK_LINES  64         /* lines that decide the dimension */
#define DIM_MAX     (1u << 16) /* beyond that a file is not an embedding */
#define CHECK_EVERY 1024       /* rows between looks at the cancel token */
#define QUOTE_BYTES 40         /* of a bad field in a sentence */

struct reader {
    const struct wh_embed_options *options;
    struct wh_lines lines;
    struct wh_rows rows;
    struct wh_embed_summary summary;
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

/* "COUNT DIM", both whole numbers. */
static bool is_header(const char *text, size_t length, uint64_t *count, uint64_t *dim) {
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
    if (!end || !is_header(text, wh_line_trimmed(text, (size_t)(end - text)), &count, &dim))
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
            look->header = (!format || strcmp(format, "word2vec") == 0) &&
                           is_header(line.text, line.length, &look->announced, &look->header_dim);
        }
        look->fields[look->lines++] = count_fields(line.text, line.length);
    }
    look->bytes = at;
    if (!format && (look->lines < 2 || look->fields[1] != look->header_dim + 1))
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
                   reader->lines.name, (unsigned long long)(number ? number : 1), found);
}

static bool is_store(const struct reader *reader) {
    return wh_load_store.detect((const unsigned char *)reader->lines.buffer, reader->lines.end);
}

static enum wh_status decide(const struct reader *reader, const struct look *look, uint32_t *dim) {
    const char *format = reader->options->format;
    uint64_t numbers = look->header ? look->header_dim : common_fields(look) - 1;
    if (reader->lines.end == 0)
        return not_rows(reader, 1, "an empty file");
    if (is_store(reader))
        return wh_fail(WH_DATA, "%s: expected text, found a store; it is mapped, so give its file",
                       reader->lines.name);
    if (look->binary)
        return not_rows(reader, 1, "binary data");
    if (look->lines == 0)
        return not_rows(reader, 1, "a line of more than 4 MiB");
    if (format && strcmp(format, "word2vec") == 0 && !look->header)
        return wh_fail(WH_DATA, "%s:1: expected a header 'COUNT DIM', found something else",
                       reader->lines.name);
    if (numbers == 0 || numbers == UINT64_MAX)
        return not_rows(reader, 1, "no numbers");
    if (numbers > DIM_MAX)
        return wh_fail(WH_DATA, "%s:1: expected at most %u numbers a row, found %llu",
                       reader->lines.name, DIM_MAX, (unsigned long long)numbers);
    *dim = (uint32_t)numbers;
    return WH_OK;
}

/* ---- what is wrong with a row ---- */

enum fault {
    FINE,
    RAGGED,
    NOT_A_NUMBER,
    NOT_FINITE,
    NO_WORD,
    NUL_BYTE,
    TOO_LONG,
    DUPLICATE,
    ZERO,
    NOT_UTF8,
};

static const struct {
    const char *expected, *found;
    size_t counter;
} faults[] = {
#define COUNTED(member) offsetof(struct wh_embed_summary, member)
    [RAGGED] = {"a word and its numbers", "too few fields", COUNTED(ragged)},
    [NOT_A_NUMBER] = {"a number", NULL, COUNTED(ragged)},
    [NOT_FINITE] = {"a finite number", NULL, COUNTED(nonfinite)},
    [NO_WORD] = {"a word and its numbers", "no word", COUNTED(ragged)},
    [NUL_BYTE] = {"a word", "a NUL byte in it", COUNTED(ragged)},
    [TOO_LONG] = {"a word and its numbers", "a line of more than 4 MiB", COUNTED(ragged)},
    [DUPLICATE] = {"a new word", "one that stands above", COUNTED(duplicates)},
    [ZERO] = {"a vector with a length", "zeros only", COUNTED(zero)},
    [NOT_UTF8] = {"a word in UTF-8", "other bytes", COUNTED(bad_utf8)},
#undef COUNTED
};

static enum wh_status refuse(const struct reader *reader, enum fault fault, const char *field) {
    struct wh_buf found = {0};
    size_t length = field ? strcspn(field, " \n") : 0;
    if (field && !faults[fault].found) {
        wh_buf_adds(&found, "'");
        wh_str_clean(&found, field, length < QUOTE_BYTES ? length : QUOTE_BYTES);
        wh_buf_adds(&found, length < QUOTE_BYTES ? "'" : "...'");
    } else {
        wh_buf_adds(&found, faults[fault].found);
    }
    enum wh_status status =
        wh_fail(WH_DATA, "%s:%llu: expected %s, found %s", reader->lines.name,
                (unsigned long long)reader->lines.number, faults[fault].expected,
                found.data ? found.data : "something else");
    wh_buf_free(&found);
    return status;
}

/* Counts the fault of the line handed out last; field is the one at fault, if it is one. */
static enum wh_status note(struct reader *reader, enum fault fault, const char *field) {
    struct wh_embed_summary *summary = &reader->summary;
    uint64_t *counter = (uint64_t *)(void *)((char *)summary + faults[fault].counter);
    ++*counter;
    if (!summary->first_bad_line)
        summary->first_bad_line = reader->lines.number;
    return reader->options->strict ? refuse(reader, fault, field) : WH_OK;
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

/* Fills row and the word's length; *field is the one at fault. */
static enum fault parse_row(const struct wh_line *line, uint32_t dim, float *row,
                            size_t *word_length, const char **field) {
    const char *end = line->text + line->length, *at = numbers_begin(line, dim);
    enum fault fault = FINE;
    if (!at)
        return line->too_long ? TOO_LONG : RAGGED;
    *word_length = (size_t)(at - line->text) - 1;
    for (uint32_t j = 0; j < dim; j++) {
        const char *blank = memchr(at, ' ', (size_t)(end - at));
        const char *stop = blank ? blank : end;
        bool good = wh_decimal_float(at, stop, &row[j]);
        if (!good || (fault == FINE && !isfinite(row[j]))) {
            fault = good ? NOT_FINITE : NOT_A_NUMBER;
            *field = at;
        }
        if (!good)
            return fault;
        for (at = stop; at < end && *at == ' ';)
            at++;
    }
    if (*word_length == 0)
        return NO_WORD;
    return memchr(line->text, '\0', *word_length) ? NUL_BYTE : fault;
}

static bool all_zero(const float *row, uint32_t dim) {
    for (uint32_t j = 0; j < dim; j++)
        if (row[j] != 0)
            return false;
    return true;
}

static enum wh_status accept(struct reader *reader, const struct wh_line *line, const float *row,
                             size_t word_length) {
    enum wh_status status = WH_OK;
    bool added;
    WH_TRY(wh_rows_keep(&reader->rows, line->text, word_length, &added));
    if (!added)
        return note(reader, DUPLICATE, NULL);
    if (all_zero(row, reader->rows.dim))
        WH_TRY(note(reader, ZERO, NULL));
    if (u8_check((const uint8_t *)line->text, word_length))
        WH_TRY(note(reader, NOT_UTF8, NULL));
out:
    return status;
}

static enum wh_status read_row(struct reader *reader, const struct wh_line *line) {
    enum wh_status status = WH_OK;
    const char *field = NULL;
    float *row;
    size_t word_length = 0;
    reader->summary.rows++;
    WH_TRY(wh_rows_next(&reader->rows, &row));
    enum fault fault = parse_row(line, reader->rows.dim, row, &word_length, &field);
    status = fault == FINE ? accept(reader, line, row, word_length) : note(reader, fault, field);
out:
    return status;
}

/* Rows there will be, as far as one can tell; 0 if not at all. */
static double expected_rows(const struct reader *reader, const struct look *look) {
    double rows = (double)look->announced;
    if (reader->lines.total)
        rows = (double)reader->lines.total * (double)look->lines / (double)look->bytes;
    const double limit = reader->options->limit;
    return limit > 0 && (limit < rows || rows == 0) ? limit : rows;
}

static enum wh_status read_rows(struct reader *reader, double expected) {
    enum wh_status status = WH_OK;
    struct wh_token *token = reader->options->token;
    struct wh_embed_summary *summary = &reader->summary;
    const uint32_t limit = reader->options->limit;
    while (!limit || reader->rows.count < limit) {
        struct wh_line line;
        bool end;
        WH_TRY(wh_lines_next(&reader->lines, &line, &end));
        if (end) {
            summary->miscounted = summary->header && summary->announced != summary->rows;
            break;
        }
        if (line.length || line.too_long)
            WH_TRY(read_row(reader, &line));
        if (reader->lines.number % CHECK_EVERY == 0) {
            WH_TRY(wh_token_check(token));
            wh_token_progress(token, "rows", reader->rows.count, expected);
        }
    }
    if (reader->rows.count == 0)
        status = not_rows(reader, summary->first_bad_line, "no row that could be read");
out:
    return status;
}

/* The summary says what the header promised; that it is wrong is no error. */
static enum wh_status pass_header(struct reader *reader, const struct look *look) {
    struct wh_line line;
    bool end;
    if (!look->header)
        return WH_OK;
    reader->summary.header = true;
    reader->summary.announced = look->announced;
    return wh_lines_next(&reader->lines, &line, &end);
}

enum wh_status wh_text_load(const struct wh_embed_options *options, struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    struct reader reader = {.options = options};
    struct look look;
    uint32_t dim = 0;
    status = wh_lines_open(options->path, options->token, &reader.lines);
    if (status != WH_OK)
        return status;
    look_ahead(&reader, &look);
    WH_TRY(decide(&reader, &look, &dim));
    double expected = expected_rows(&reader, &look);
    WH_TRY(wh_rows_open(&reader.rows, dim, expected, reader.lines.total));
    WH_TRY(pass_header(&reader, &look));
    WH_TRY(read_rows(&reader, expected));
    WH_TRY(wh_rows_finish(&reader.rows, embed));
    embed->summary = reader.summary;
    embed->format = look.header ? "word2vec" : "glove";
out:
    wh_lines_close(&reader.lines);
    wh_rows_close(&reader.rows);
    return status;
}
