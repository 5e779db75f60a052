/* SPDX-License-Identifier: GPL-3.0-or-later */
/* split.c - word boundaries by libunistring (UAX 29), gathered into words and what is between. */
#include <stdint.h>
#include <stdlib.h>
#include <unictype.h>
#include <unistr.h>
#include <uniwbrk.h>

#include "base/mem.h"
#include "text/text.h"

static enum wh_status reserve_scratch(struct wh_pieces *pieces, size_t length) {
    if (length <= pieces->scratch_size)
        return WH_OK;
    char *grown = wh_realloc(pieces->scratch, length, 1);
    if (!grown)
        return WH_NOMEM;
    pieces->scratch = grown;
    pieces->scratch_size = length;
    return WH_OK;
}

/* Bytes that are between words are one piece; every word is one. */
static enum wh_status add(struct wh_pieces *pieces, size_t offset, size_t length, bool word) {
    if (pieces->count && !word) {
        struct wh_piece *last = &pieces->items[pieces->count - 1];
        if (!last->word) {
            last->length += length;
            return WH_OK;
        }
    }
    if (pieces->count == pieces->capacity) {
        size_t capacity = pieces->capacity ? pieces->capacity * 2 : 64;
        struct wh_piece *items = wh_realloc(pieces->items, capacity, sizeof *items);
        if (!items)
            return WH_NOMEM;
        pieces->items = items;
        pieces->capacity = capacity;
    }
    pieces->items[pieces->count++] = (struct wh_piece){offset, length, word};
    return WH_OK;
}

static bool has_letter_or_digit(const uint8_t *text, size_t length) {
    const uint32_t kinds = UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N;
    while (length) {
        ucs4_t point;
        int used = u8_mbtoucr(&point, text, length);
        if (used <= 0)
            return false;
        if (uc_is_general_category_withtable(point, kinds))
            return true;
        text += used;
        length -= (size_t)used;
    }
    return false;
}

/* A run of valid UTF-8. */
static enum wh_status split_valid(const char *text, size_t offset, size_t length,
                                  struct wh_pieces *pieces) {
    const uint8_t *run = (const uint8_t *)text + offset;
    u8_wordbreaks(run, length, pieces->scratch);
    for (size_t begin = 0; begin < length;) {
        size_t end = begin + 1;
        while (end < length && !pieces->scratch[end])
            end++;
        bool word = has_letter_or_digit(run + begin, end - begin);
        enum wh_status status = add(pieces, offset + begin, end - begin, word);
        if (status != WH_OK)
            return status;
        begin = end;
    }
    return WH_OK;
}

enum wh_status wh_text_split(const char *text, size_t length, struct wh_pieces *pieces) {
    enum wh_status status = reserve_scratch(pieces, length);
    pieces->count = 0;
    for (size_t at = 0; at < length && status == WH_OK;) {
        const uint8_t *rest = (const uint8_t *)text + at;
        const uint8_t *bad = u8_check(rest, length - at);
        size_t valid = bad ? (size_t)(bad - rest) : length - at;
        if (valid)
            status = split_valid(text, at, valid, pieces);
        at += valid;
        if (bad && status == WH_OK) { /* one byte that is not UTF-8, then try again */
            status = add(pieces, at, 1, false);
            at++;
        }
    }
    return status;
}

void wh_pieces_close(struct wh_pieces *pieces) {
    free(pieces->items);
    free(pieces->scratch);
    *pieces = (struct wh_pieces){0};
}
