/* SPDX-License-Identifier: GPL-3.0-or-later */
/* intake.c - judging, counting and keeping rows. */
#include "embed/intake.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/str.h"

#define QUOTE_BYTES 40  /* of a bad field in a sentence */
#define SMALL       256 /* bytes of a word that need no memory of their own to be lower-cased */

static const struct {
    const char *expected, *found;
    size_t counter;
} faults[] = {
#define COUNTED(member) offsetof(struct wh_embed_summary, member)
    [WH_ROW_RAGGED] = {"a word and its numbers", "too few fields", COUNTED(ragged)},
    [WH_ROW_NOT_A_NUMBER] = {"a number", NULL, COUNTED(ragged)},
    [WH_ROW_NOT_FINITE] = {"a finite number", NULL, COUNTED(nonfinite)},
    [WH_ROW_NO_WORD] = {"a word and its numbers", "no word", COUNTED(ragged)},
    [WH_ROW_NUL_BYTE] = {"a word", "a NUL byte in it", COUNTED(ragged)},
    [WH_ROW_TOO_LONG] = {"a word and its numbers", "a line of more than 4 MiB", COUNTED(ragged)},
    [WH_ROW_DUPLICATE] = {"a new word", "one that stands above", COUNTED(duplicates)},
    [WH_ROW_ZERO] = {"a vector with a length", "zeros only", COUNTED(zero)},
    [WH_ROW_NOT_UTF8] = {"a word in UTF-8", "other bytes", COUNTED(bad_utf8)},
#undef COUNTED
};

static void quote_field(struct wh_buf *found, const char *field) {
    size_t length = strcspn(field, " \t\n");
    wh_buf_adds(found, "'");
    wh_str_clean(found, field, length < QUOTE_BYTES ? length : QUOTE_BYTES);
    wh_buf_adds(found, length < QUOTE_BYTES ? "'" : "...'");
}

static enum wh_status refuse(const struct wh_intake *intake, enum wh_fault fault,
                             const struct wh_row *row) {
    struct wh_buf found = {0};
    if (faults[fault].found)
        wh_buf_adds(&found, faults[fault].found);
    else if (row->field)
        quote_field(&found, row->field);
    else
        wh_buf_adds(&found, "another");
    enum wh_status status =
        wh_fail(WH_DATA, "%s:%s%llu: expected %s, found %s", intake->name,
                intake->by_line ? "" : " row ", (unsigned long long)row->place,
                faults[fault].expected, found.data ? found.data : "something else");
    wh_buf_free(&found);
    return status;
}

static enum wh_status note(struct wh_intake *intake, enum wh_fault fault,
                           const struct wh_row *row) {
    struct wh_embed_summary *summary = &intake->summary;
    uint64_t *counter = (uint64_t *)(void *)((char *)summary + faults[fault].counter);
    ++*counter;
    if (!summary->first_bad_line)
        summary->first_bad_line = row->place;
    return intake->options->strict ? refuse(intake, fault, row) : WH_OK;
}

enum wh_fault wh_intake_judge_word(const char *word, size_t length) {
    if (length == 0)
        return WH_ROW_NO_WORD;
    return memchr(word, '\0', length) ? WH_ROW_NUL_BYTE : WH_ROW_FINE;
}

enum wh_fault wh_intake_judge(const char *word, size_t length, const float *values, uint32_t dim) {
    enum wh_fault fault = wh_intake_judge_word(word, length);
    for (uint32_t j = 0; j < dim && fault == WH_ROW_FINE; j++)
        if (!isfinite(values[j]))
            fault = WH_ROW_NOT_FINITE;
    return fault;
}

/* Most words are ASCII, which is seen faster than a call is made. */
static bool is_utf8(const char *word, size_t length) {
    unsigned char all = 0;
    for (size_t i = 0; i < length; i++)
        all |= (unsigned char)word[i];
    return all < 0x80 || u8_check((const uint8_t *)word, length) == NULL;
}

static bool all_zero(const float *values, uint32_t dim) {
    for (uint32_t j = 0; j < dim; j++)
        if (values[j] != 0)
            return false;
    return true;
}

static enum wh_status add_word(struct wh_intake *intake, const struct wh_row *row, bool utf8,
                               bool *added) {
    if (!intake->options->lowercase || !utf8) {
        uint64_t hash = row->hashed ? row->hash : wh_word_hash(row->word, row->length);
        const struct wh_hashed_word word = {row->word, row->length, hash};
        return wh_rows_keep(&intake->rows, &word, added);
    }
    uint8_t small[SMALL];
    size_t length = sizeof small;
    uint8_t *lower =
        u8_tolower((const uint8_t *)row->word, row->length, NULL, UNINORM_NFC, small, &length);
    if (!lower)
        return wh_fail(WH_NOMEM, "out of memory");
    const char *word = (const char *)lower;
    const struct wh_hashed_word hashed = {word, length, wh_word_hash(word, length)};
    enum wh_status status = wh_rows_keep(&intake->rows, &hashed, added);
    if (lower != small)
        free(lower);
    return status;
}

/* Rows that were dropped before it leave a gap. */
static void close_gap(const struct wh_rows *rows, const float *values) {
    float *place = rows->rows + rows->count * rows->stride;
    if (place != values)
        memcpy(place, values, rows->stride * sizeof *place);
}

static enum wh_status accept(struct wh_intake *intake, const struct wh_row *row) {
    enum wh_status status = WH_OK;
    bool added, utf8 = is_utf8(row->word, row->length);
    close_gap(&intake->rows, row->values);
    WH_TRY(add_word(intake, row, utf8, &added));
    if (!added)
        return note(intake, WH_ROW_DUPLICATE, row);
    if (all_zero(row->values, intake->rows.dim))
        WH_TRY(note(intake, WH_ROW_ZERO, row));
    if (!utf8)
        WH_TRY(note(intake, WH_ROW_NOT_UTF8, row));
out:
    return status;
}

enum wh_status wh_intake_put(struct wh_intake *intake, const struct wh_row *row) {
    intake->summary.rows++;
    return row->fault == WH_ROW_FINE ? accept(intake, row) : note(intake, row->fault, row);
}

bool wh_intake_full(const struct wh_intake *intake) {
    const uint32_t limit = intake->options->limit;
    return limit && intake->rows.count >= limit;
}

enum wh_status wh_intake_finish(struct wh_intake *intake, struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    uint64_t place = intake->summary.first_bad_line ? intake->summary.first_bad_line : 1;
    if (intake->rows.count == 0)
        return wh_fail(WH_DATA,
                       "%s:%s%llu: expected a word and its numbers, found no row that could "
                       "be read",
                       intake->name, intake->by_line ? "" : " row ", (unsigned long long)place);
    intake->summary.by_line = intake->by_line;
    if (intake->options->merge_duplicates)
        WH_TRY(wh_rows_merge(&intake->rows, &intake->summary.merged));
    WH_TRY(wh_rows_finish(&intake->rows, intake->options->threads, embed));
    embed->summary = intake->summary;
out:
    return status;
}

void wh_intake_close(struct wh_intake *intake) {
    wh_rows_close(&intake->rows);
}
