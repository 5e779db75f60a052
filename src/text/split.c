/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * split.c - word boundaries (UAX 29), gathered into words and what is between. libunistring finds
 * them; in ASCII a loop over the library's own classes finds the same, many times faster.
 *
 * A text may be cut before any space (U+0020) and each part be split by itself: no rule looks
 * across a space, and the only boundary that a cut could add is between spaces, which are no words.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
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

/* Any bytes. */
static enum wh_status split_any(const char *text, size_t at, size_t end, struct wh_pieces *pieces) {
    enum wh_status status = WH_OK;
    while (at < end && status == WH_OK) {
        const uint8_t *rest = (const uint8_t *)text + at;
        const uint8_t *bad = u8_check(rest, end - at);
        size_t valid = bad ? (size_t)(bad - rest) : end - at;
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

/* ---- ASCII ---- */

enum { LETTER = 1, DIGIT = 2, CONNECTOR = 4, IN_LETTERS = 8, IN_DIGITS = 16 };

static uint8_t classes[256]; /* 0 from 128 */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint8_t class_of(int property) {
    switch (property) {
    case WBP_ALETTER:
        return LETTER;
    case WBP_NUMERIC:
        return DIGIT;
    case WBP_EXTENDNUMLET:
        return CONNECTOR;
    case WBP_MIDLETTER:
        return IN_LETTERS;
    case WBP_MIDNUM:
        return IN_DIGITS;
    case WBP_MIDNUMLET:
    case WBP_SQ:
        return IN_LETTERS | IN_DIGITS;
    default:
        return 0;
    }
}

static void make_classes(void) {
    for (ucs4_t point = 0; point < 128; point++)
        classes[point] = class_of(uc_wordbreak_property(point));
}

/* Whether the character at has one of its kind on either side (WB6, WB7, WB11, WB12). */
static bool inside(const uint8_t *text, size_t at, size_t end) {
    if (at + 1 >= end)
        return false;
    unsigned class = classes[text[at]], sides = classes[text[at - 1]] & classes[text[at + 1]];
    return (class & IN_LETTERS && sides & LETTER) || (class & IN_DIGITS && sides & DIGIT);
}

/* Letters, digits and connectors stay together (WB5, WB8 to WB10, WB13); connectors alone are no
 * word. */
static enum wh_status split_ascii(const char *text, size_t begin, size_t end,
                                  struct wh_pieces *pieces) {
    enum wh_status status = WH_OK;
    const uint8_t *bytes = (const uint8_t *)text;
    for (size_t at = begin; at < end && status == WH_OK; begin = at) {
        unsigned seen = 0;
        while (at < end && !(classes[bytes[at]] & (LETTER | DIGIT | CONNECTOR)))
            at++;
        if (at > begin)
            WH_TRY(add(pieces, begin, at - begin, false));
        begin = at;
        while (at < end && (classes[bytes[at]] & (LETTER | DIGIT | CONNECTOR) ||
                            (at > begin && inside(bytes, at, end))))
            seen |= classes[bytes[at++]];
        if (at > begin)
            status = add(pieces, begin, at - begin, seen & (LETTER | DIGIT));
    }
out:
    return status;
}

/* Where the first byte stands that is not ASCII. */
static size_t ascii_end(const char *text, size_t at, size_t end) {
    uint64_t eight;
    for (; at + sizeof eight <= end; at += sizeof eight) {
        memcpy(&eight, text + at, sizeof eight);
        if (eight & 0x8080808080808080)
            break;
    }
    while (at < end && !((unsigned char)text[at] & 0x80))
        at++;
    return at;
}

enum wh_status wh_text_split(const char *text, size_t length, struct wh_pieces *pieces) {
    enum wh_status status = reserve_scratch(pieces, length);
    pieces->count = 0;
    pthread_once(&once, make_classes);
    for (size_t at = 0; at < length && status == WH_OK;) {
        size_t other = ascii_end(text, at, length), cut = other;
        if (other < length) {
            const char *space = memrchr(text + at, ' ', other - at);
            cut = space ? (size_t)(space - text) : at;
        }
        WH_TRY(split_ascii(text, at, cut, pieces));
        const char *space = memchr(text + other, ' ', length - other);
        at = space ? (size_t)(space - text) : length;
        status = split_any(text, cut, at, pieces);
    }
out:
    return status;
}

void wh_pieces_close(struct wh_pieces *pieces) {
    free(pieces->items);
    free(pieces->scratch);
    *pieces = (struct wh_pieces){0};
}
