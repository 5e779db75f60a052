/* SPDX-License-Identifier: GPL-3.0-or-later */
/* select.c - the words of a list, from the vocabulary or composed. */
#include "embed/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "embed/intake.h"
#include "embed/vocab.h"

static enum wh_status at_line(const struct wh_vocab *list, uint64_t line) {
    return wh_fail(WH_DATA, "%s:%llu: expected a word of the vocabulary; %s", list->name,
                   (unsigned long long)line, wh_error());
}

static enum wh_status compose(const struct wh_embed *embed, const struct wh_row *row,
                              struct wh_token *token) {
    char *word = strndup(row->word, row->length);
    if (!word)
        return wh_fail(WH_NOMEM, "out of memory");
    enum wh_status status = wh_embed_compose(embed, word, token, row->values);
    free(word);
    return status;
}

/* A word that has no vector is at fault with its line; a model that is gone is not its fault. */
static enum wh_status fill(const struct wh_embed *embed, const struct wh_vocab *list,
                           struct wh_row *row, struct wh_token *token) {
    if (memchr(row->word, '\0', row->length))
        return wh_fail(WH_DATA, "%s:%llu: expected a word, found a NUL byte in it", list->name,
                       (unsigned long long)row->place);
    uint32_t id = wh_embed_find_bytes(embed, row->word, row->length);
    if (id != WH_NONE) {
        memcpy(row->values, wh_embed_row(embed, id), embed->stride * sizeof *row->values);
        return WH_OK;
    }
    enum wh_status status = compose(embed, row, token);
    if (status == WH_NO || status == WH_UNAVAILABLE)
        return at_line(list, row->place);
    return status;
}

static enum wh_status take(const struct wh_embed *embed, struct wh_vocab *list,
                           struct wh_token *token, struct wh_intake *intake) {
    enum wh_status status = WH_OK;
    struct wh_row row = {0};
    while (wh_vocab_next(list, &row.word, &row.length)) {
        row.place++;
        if (row.length == 0)
            continue;
        if (row.place % WH_ROWS_TOLD == 0)
            WH_TRY(wh_token_check(token));
        WH_TRY(wh_rows_reserve(&intake->rows, 1, &row.values));
        WH_TRY(fill(embed, list, &row, token));
        WH_TRY(wh_intake_put(intake, &row));
    }
    if (intake->rows.count == 0)
        status = wh_fail(WH_DATA, "%s:1: expected words, found none", list->name);
out:
    return status;
}

enum wh_status wh_embed_select(const struct wh_embed *embed, const char *list,
                               struct wh_token *token, struct wh_embed **selected) {
    enum wh_status status = WH_OK;
    const struct wh_embed_options options = {.vocab = list, .token = token};
    struct wh_intake intake = {.options = &options, .by_line = true};
    struct wh_embed *made = NULL;
    struct wh_vocab words;
    *selected = NULL;
    status = wh_vocab_open(&options, NULL, false, &words);
    if (status != WH_OK)
        return status;
    intake.name = words.name;
    WH_TRY(WH_ALLOC(made, 1));
    WH_TRY(wh_rows_open(&intake.rows, embed->dim, 0, 0));
    WH_TRY(take(embed, &words, token, &intake));
    WH_TRY(wh_intake_finish(&intake, made));
    made->format = embed->format;
    if (!(made->name = strdup(words.name)))
        status = wh_fail(WH_NOMEM, "out of memory");
out:
    if (status == WH_OK) {
        *selected = made;
        made = NULL;
    }
    wh_embed_close(made);
    wh_intake_close(&intake);
    wh_vocab_close(&words);
    return status;
}
