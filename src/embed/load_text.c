/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * load_text.c - the reader behind the text formats. Lines end in 0x0A only (a CR before it is
 * dropped), fields are parted by 0x20 only, the last d fields are the numbers and the rest is the word,
 * which may hold blanks, NBSP, U+0085 or bytes that are not UTF-8. d is the most common number of
 * fields of the first lines, less one.
 *
 * Bad rows (wrong number of fields, not a number, not finite, NUL byte in the word) are skipped and
 * counted; with strict the first ends the load. Zero vectors, duplicates (the first wins) and words that are
 * not UTF-8 are counted; of these only duplicates are dropped.
 */
#include "embed/load_text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "base/mem.h"
#include "base/str.h"

#define LOOK_LINES 64       /* lines that decide the dimension */
#define DIM_MAX (1u << 16)  /* beyond that a file is not an embedding */
#define CHECK_EVERY 1024    /* rows between looks at the cancel token */

struct line {
    char *text;
    size_t length;
};

struct reader {
    const struct wh_embed_options *options;
    const char *name;
    FILE *stream;
    struct line ahead[LOOK_LINES]; /* read for deciding, not yet consumed */
    size_t ahead_count, ahead_next;
    char *buffer;
    size_t buffer_size;
    uint64_t number; /* of the line handed out last, from 1 */
    struct wh_rows rows;
    struct wh_embed_summary summary;
};

static size_t trimmed(const char *text, size_t length) {
    if (length && text[length - 1] == '\n')
        length--;
    if (length && text[length - 1] == '\r')
        length--;
    while (length && text[length - 1] == ' ')
        length--;
    return length;
}

static size_t count_fields(const char *text, size_t length) {
    size_t fields = 0;
    for (size_t i = 0; i < length; i++)
        fields += text[i] != ' ' && (i == 0 || text[i - 1] == ' ');
    return fields;
}

/* Parses one whole number: at the text, up to the next blank or the end. */
static bool parse_number(const char *text, const char *end, float *value) {
    char *stop;
    if (text == end || (unsigned char)*text <= ' ')
        return false;
    *value = strtof(text, &stop);
    return stop == end || (stop < end && *stop == ' ' && stop > text);
}

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
    if (!end || !is_header(text, trimmed(text, (size_t)(end - text)), &count, &dim))
        return false;
    size_t left = size - (size_t)(end + 1 - text);
    const char *second_end = memchr(end + 1, '\n', left);
    size_t length = second_end ? (size_t)(second_end - end - 1) : left;
    return count_fields(end + 1, trimmed(end + 1, length)) == dim + 1;
}

bool wh_text_is_rows(const unsigned char *head, size_t size) {
    const char *text = (const char *)head;
    const char *end = memchr(text, '\n', size);
    size_t length = end ? (size_t)(end - text) : size;
    return !memchr(text, '\0', length) && count_fields(text, trimmed(text, length)) >= 2;
}

/* ---- lines ---- */

static enum wh_status read_line(struct reader *reader, struct line *line, bool *end) {
    errno = 0;
    ssize_t got = getdelim(&reader->buffer, &reader->buffer_size, '\n', reader->stream);
    *end = got < 0;
    if (got < 0 && ferror(reader->stream))
        return wh_fail(WH_IO, "%s: %s", reader->name, strerror(errno));
    if (got < 0 && errno == ENOMEM)
        return wh_fail(WH_NOMEM, "%s: a line is too long for memory", reader->name);
    *line = (struct line){reader->buffer, got < 0 ? 0 : trimmed(reader->buffer, (size_t)got)};
    return WH_OK;
}

static enum wh_status look_ahead(struct reader *reader) {
    enum wh_status status = WH_OK;
    while (reader->ahead_count < LOOK_LINES) {
        struct line line;
        bool end;
        WH_TRY(read_line(reader, &line, &end));
        if (end)
            break;
        char *copy = wh_alloc(line.length + 1, 1);
        if (!copy)
            return WH_NOMEM;
        memcpy(copy, line.text, line.length);
        reader->ahead[reader->ahead_count++] = (struct line){copy, line.length};
    }
out:
    return status;
}

static enum wh_status next_line(struct reader *reader, struct line *line, bool *end) {
    reader->number++;
    if (reader->ahead_next < reader->ahead_count) {
        *line = reader->ahead[reader->ahead_next++];
        *end = false;
        return WH_OK;
    }
    enum wh_status status = read_line(reader, line, end);
    if (status == WH_OK && !*end)
        line->text[line->length] = '\0';
    return status;
}

/* ---- what the file is ---- */

static enum wh_status not_rows(const struct reader *reader, uint64_t number, const char *found) {
    return wh_fail(WH_DATA, "%s:%llu: expected a word and its numbers, found %s", reader->name,
                   (unsigned long long)number, found);
}

static uint64_t common_fields(const struct reader *reader, size_t from) {
    uint64_t best = 0;
    size_t best_votes = 0;
    for (size_t i = from; i < reader->ahead_count; i++) {
        size_t fields = count_fields(reader->ahead[i].text, reader->ahead[i].length), votes = 0;
        for (size_t j = from; j < reader->ahead_count; j++)
            votes += count_fields(reader->ahead[j].text, reader->ahead[j].length) == fields;
        if (votes > best_votes && fields >= 2) {
            best = fields;
            best_votes = votes;
        }
    }
    return best;
}

static enum wh_status decide(struct reader *reader, uint64_t *announced, uint32_t *dim) {
    uint64_t count = 0, header_dim = 0, fields;
    struct line *lines = reader->ahead;
    *announced = 0;
    if (reader->ahead_count == 0)
        return not_rows(reader, 1, "an empty file");
    if (reader->ahead_count >= 2 &&
        is_header(lines[0].text, lines[0].length, &count, &header_dim) &&
        count_fields(lines[1].text, lines[1].length) == header_dim + 1) {
        reader->ahead_next = 1;
        reader->number = 1;
        *announced = count;
        fields = header_dim + 1;
    } else {
        fields = common_fields(reader, 0);
    }
    if (fields < 2)
        return not_rows(reader, 1, memchr(lines[0].text, '\0', lines[0].length)
                                       ? "binary data"
                                       : "a line without numbers");
    if (fields - 1 > DIM_MAX)
        return wh_fail(WH_DATA, "%s: %llu numbers a row are more than an embedding has",
                       reader->name, (unsigned long long)(fields - 1));
    *dim = (uint32_t)(fields - 1);
    return WH_OK;
}

/* ---- rows ---- */

enum problem { FINE, RAGGED, NOT_A_NUMBER, NOT_FINITE, BAD_WORD };

static const char *describe(enum problem problem) {
    switch (problem) {
    case RAGGED:
        return "another count of fields";
    case NOT_A_NUMBER:
        return "a field that is not a number";
    case NOT_FINITE:
        return "a number that is not finite";
    default:
        return "an empty word or a NUL byte in it";
    }
}

/* Where the last dim fields begin, or NULL if there are fewer. */
static const char *numbers_begin(const struct line *line, uint32_t dim) {
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

static enum problem parse_row(const struct line *line, uint32_t dim, float *row,
                              size_t *word_length) {
    const char *end = line->text + line->length, *at = numbers_begin(line, dim);
    enum problem problem = FINE;
    if (!at)
        return RAGGED;
    *word_length = (size_t)(at - line->text) - 1;
    for (uint32_t j = 0; j < dim; j++) {
        const char *stop = memchr(at, ' ', (size_t)(end - at));
        if (!parse_number(at, stop ? stop : end, &row[j]))
            return NOT_A_NUMBER;
        if (!isfinite(row[j]))
            problem = NOT_FINITE;
        for (at = stop ? stop : end; at < end && *at == ' ';)
            at++;
    }
    if (*word_length == 0 || memchr(line->text, '\0', *word_length))
        return BAD_WORD;
    return problem;
}

static enum wh_status reject(struct reader *reader, enum problem problem) {
    struct wh_embed_summary *summary = &reader->summary;
    if (!summary->first_bad_line)
        summary->first_bad_line = reader->number;
    if (problem == NOT_FINITE)
        summary->nonfinite++;
    else if (problem == BAD_WORD)
        summary->bad_utf8++;
    else
        summary->ragged++;
    if (!reader->options->strict)
        return WH_OK;
    return wh_fail(WH_DATA, "%s:%llu: expected a word and %u numbers, found %s", reader->name,
                   (unsigned long long)reader->number, reader->rows.dim, describe(problem));
}

static bool all_zero(const float *row, uint32_t dim) {
    for (uint32_t j = 0; j < dim; j++)
        if (row[j] != 0)
            return false;
    return true;
}

static enum wh_status accept(struct reader *reader, const struct line *line, const float *row,
                             size_t word_length) {
    bool added, zero = all_zero(row, reader->rows.dim);
    enum wh_status status = wh_rows_keep(&reader->rows, line->text, word_length, &added);
    if (status != WH_OK)
        return status;
    reader->summary.duplicates += !added;
    reader->summary.zero += added && zero;
    reader->summary.bad_utf8 +=
        added && u8_check((const uint8_t *)line->text, word_length) != NULL;
    if (reader->options->strict && !added)
        return wh_fail(WH_DATA, "%s:%llu: expected a new word, found one that was there before",
                       reader->name, (unsigned long long)reader->number);
    return WH_OK;
}

static enum wh_status read_row(struct reader *reader, const struct line *line) {
    enum wh_status status = WH_OK;
    float *row;
    size_t word_length = 0;
    reader->summary.rows++;
    WH_TRY(wh_rows_next(&reader->rows, &row));
    enum problem problem = parse_row(line, reader->rows.dim, row, &word_length);
    status = problem == FINE ? accept(reader, line, row, word_length) : reject(reader, problem);
out:
    return status;
}

static enum wh_status read_rows(struct reader *reader, uint64_t announced) {
    enum wh_status status = WH_OK;
    const uint32_t limit = reader->options->limit;
    bool end = false;
    while (!limit || reader->rows.count < limit) {
        struct line line;
        WH_TRY(next_line(reader, &line, &end));
        if (end)
            break;
        if (line.length)
            WH_TRY(read_row(reader, &line));
        if (reader->number % CHECK_EVERY == 0) {
            WH_TRY(wh_token_check(reader->options->token));
            wh_token_progress(reader->options->token, "rows", (double)reader->rows.count,
                              (double)announced);
        }
    }
    if (reader->rows.count == 0)
        status = not_rows(reader, reader->summary.first_bad_line, "no row that could be read");
out:
    return status;
}

static void close_reader(struct reader *reader) {
    for (size_t i = 0; i < reader->ahead_count; i++)
        free(reader->ahead[i].text);
    free(reader->buffer);
    wh_rows_close(&reader->rows);
    if (reader->stream && reader->stream != stdin)
        fclose(reader->stream);
}

enum wh_status wh_text_load(const struct wh_embed_options *options, struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    uint64_t announced = 0;
    uint32_t dim = 0;
    bool standard = strcmp(options->path, "-") == 0;
    struct reader reader = {.options = options,
                            .name = standard ? "standard input" : options->path,
                            .stream = standard ? stdin : fopen(options->path, "rb")};
    if (!reader.stream)
        return wh_fail(WH_NOINPUT, "%s: %s", options->path, strerror(errno));
    WH_TRY(look_ahead(&reader));
    WH_TRY(decide(&reader, &announced, &dim));
    WH_TRY(wh_rows_open(&reader.rows, dim));
    WH_TRY(read_rows(&reader, announced));
    WH_TRY(wh_rows_finish(&reader.rows, embed));
    embed->summary = reader.summary;
    embed->format = announced ? "word2vec" : "glove";
out:
    close_reader(&reader);
    return status;
}
