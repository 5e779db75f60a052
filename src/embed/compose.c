/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compose.c - finding a model again, and composing words from its n-grams. */
#include "embed/compose.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "embed/embed_private.h"
#include "embed/fasttext.h"

#define QUOTE_BYTES 60 /* of a word in a sentence */

struct wh_composer {
    char *path;            /* NULL: it came through a pipe and is gone */
    struct wh_stamp stamp; /* of the file when the embedding was opened */
    pthread_mutex_t lock;  /* of all below */
    struct wh_fasttext model;
    struct wh_wordset *entries; /* of its dictionary, in its order; NULL: not mapped yet */
};

enum wh_status wh_composer_open(const struct wh_input *input, struct wh_composer **composer) {
    enum wh_status status = WH_OK;
    struct wh_composer *made = NULL;
    WH_TRY(WH_ALLOC(made, 1));
    pthread_mutex_init(&made->lock, NULL);
    made->stamp = input->stamp;
    if (input->regular && !(made->path = strdup(input->name)))
        status = wh_fail(WH_NOMEM, "out of memory");
out:
    if (status != WH_OK) {
        wh_composer_close(made);
        made = NULL;
    }
    *composer = made;
    return status;
}

void wh_composer_close(struct wh_composer *composer) {
    if (!composer)
        return;
    wh_wordset_close(composer->entries);
    wh_fasttext_close(&composer->model);
    pthread_mutex_destroy(&composer->lock);
    free(composer->path);
    free(composer);
}

/* ---- the model ---- */

/* Of the dictionary, whose words a limit or an option may have kept out of the embedding. */
static enum wh_status index_entries(struct wh_fasttext *model, struct wh_token *token,
                                    struct wh_wordset *entries) {
    enum wh_status status = WH_OK;
    wh_fasttext_rewind(model);
    for (uint32_t i = 0; i < model->words + model->labels; i++) {
        const char *word;
        size_t length, at = model->at;
        uint32_t id;
        bool added;
        if (i % WH_ROWS_TOLD == 0)
            WH_TRY(wh_token_check(token));
        WH_TRY(wh_fasttext_next(model, &word, &length));
        WH_TRY(wh_wordset_add(entries, word, length, &id, &added));
        if (!added)
            return wh_fail(WH_DATA,
                           "%s: byte %zu: expected a new word, found one that stands above",
                           model->name, at);
    }
out:
    return status;
}

static enum wh_status open_again(const struct wh_composer *composer, struct wh_token *token,
                                 struct wh_input *input) {
    enum wh_status status = wh_input_open(composer->path, token, input);
    if (status == WH_NOINPUT)
        return wh_fail(status, "%s; words outside of the vocabulary are composed from it",
                       wh_error());
    if (status == WH_OK && !wh_stamp_same(&input->stamp, &composer->stamp)) {
        wh_input_close(input);
        return wh_fail(WH_DATA,
                       "%s: byte 0: expected the model as it was when it was opened, found it "
                       "changed",
                       composer->path);
    }
    return status;
}

static enum wh_status map_model(struct wh_composer *composer, uint32_t dim,
                                struct wh_token *token) {
    enum wh_status status = WH_OK;
    struct wh_input input;
    struct wh_fasttext model = {0};
    struct wh_wordset *entries = NULL;
    status = open_again(composer, token, &input);
    if (status != WH_OK)
        return status;
    WH_TRY(wh_fasttext_open(&input, &model));
    if (model.dim != dim) {
        status = wh_fail(WH_DATA, "%s: byte 8: expected vectors of %u numbers, found %u",
                         composer->path, dim, model.dim);
        goto out;
    }
    WH_TRY(wh_wordset_open(&entries));
    WH_TRY(index_entries(&model, token, entries));
    composer->model = model;
    composer->entries = entries;
    model = (struct wh_fasttext){0};
    entries = NULL;
out:
    wh_wordset_close(entries);
    wh_fasttext_close(&model);
    wh_input_close(&input);
    return status;
}

/* ---- a word ---- */

static enum wh_status refuse(enum wh_status status, const char *word, const char *why) {
    struct wh_buf quoted = {0};
    size_t length = strlen(word);
    wh_str_clean(&quoted, word, length < QUOTE_BYTES ? length : QUOTE_BYTES);
    status = wh_fail(status, "'%s%s' cannot be composed: %s", quoted.data ? quoted.data : "",
                     length < QUOTE_BYTES ? "" : "...", why);
    wh_buf_free(&quoted);
    return status;
}

static enum wh_status judge(const struct wh_fasttext *model, const char *word, const float *row) {
    for (uint32_t j = 0; j < model->dim; j++)
        if (!isfinite(row[j]))
            return refuse(WH_DATA, word, "an n-gram of it has a number that is not finite");
    return WH_OK;
}

static enum wh_status compose(const struct wh_composer *composer, const char *word, float *row) {
    enum wh_status status = WH_OK;
    const struct wh_fasttext *model = &composer->model;
    const size_t length = strlen(word);
    uint32_t id = wh_wordset_find(composer->entries, word, length);
    if (id != WH_NONE && id >= model->words)
        return refuse(WH_NO, word, "it is a label of the model, not a word");
    struct wh_buf framed = {0};
    wh_buf_adds(&framed, "<");
    wh_buf_add(&framed, word, length);
    wh_buf_adds(&framed, ">");
    if (framed.failed)
        status = wh_fail(WH_NOMEM, "out of memory");
    else if (wh_fasttext_vector(model, id, framed.data, framed.length, row))
        status = judge(model, word, row);
    else if (model->max_gram)
        status = refuse(WH_NO, word, "the model has none of its n-grams");
    else
        status = refuse(WH_UNAVAILABLE, word, "the model has no n-grams");
    wh_buf_free(&framed);
    return status;
}

bool wh_embed_composes(const struct wh_embed *embed) {
    return embed->composer != NULL;
}

enum wh_status wh_embed_compose(const struct wh_embed *embed, const char *word,
                                struct wh_token *token, float *row) {
    enum wh_status status = WH_OK;
    struct wh_composer *composer = embed->composer;
    if (!composer)
        return refuse(WH_UNAVAILABLE, word, "only a fastText model (.bin) has n-grams");
    if (!composer->path)
        return refuse(WH_UNAVAILABLE, word, "the model came through a pipe; name its file");
    pthread_mutex_lock(&composer->lock);
    if (!composer->entries)
        status = map_model(composer, embed->dim, token);
    if (status == WH_OK)
        status = compose(composer, word, row);
    pthread_mutex_unlock(&composer->lock);
    return status;
}
