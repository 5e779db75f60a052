/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vocab.c - finding and reading the words of a file of numbers. */
#include "embed/vocab.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- finding it ---- */

static bool ends_in(const char *text, size_t length, const char *end) {
    size_t size = strlen(end);
    return length > size && strncmp(text + length - size, end, size) == 0;
}

/* Of the path without what packing and the format added. */
static size_t stem_length(const char *path) {
    static const char *const packings[] = {".gz", ".xz", ".zst", ".bz2", ".zip"};
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof packings / sizeof *packings; i++)
        if (ends_in(path, length, packings[i])) {
            length -= strlen(packings[i]);
            break;
        }
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    for (size_t dot = length; dot > (size_t)(name - path) + 1; dot--)
        if (path[dot - 1] == '.')
            return dot - 1;
    return length;
}

/* "x_vectors.tsv" and "x_tensors.tsv" go with "x_metadata.tsv". */
static void add_metadata(struct wh_buf *path, const char *vectors) {
    static const char *const names[] = {"vectors", "tensors", "tensor", "vecs"};
    const char *slash = strrchr(vectors, '/'), *name = slash ? slash + 1 : vectors;
    wh_buf_clear(path);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *found = strstr(name, names[i]);
        if (found) {
            wh_buf_add(path, vectors, (size_t)(found - vectors));
            wh_buf_addf(path, "metadata%s", found + strlen(names[i]));
            return;
        }
    }
    wh_buf_add(path, vectors, (size_t)(name - vectors));
    wh_buf_adds(path, "metadata.tsv");
}

static bool add_sibling(struct wh_buf *path, const char *vectors, const char *extension) {
    wh_buf_clear(path);
    wh_buf_add(path, vectors, stem_length(vectors));
    wh_buf_adds(path, extension);
    return !path->failed && strcmp(path->data, vectors) != 0 && access(path->data, F_OK) == 0;
}

static enum wh_status find_beside(const struct wh_input *input, bool table, struct wh_buf *path) {
    const char *vectors = input->path;
    if (strcmp(vectors, "-") == 0)
        return wh_fail(WH_USAGE, "standard input holds numbers only; name the file of its words "
                                 "with --vocab");
    if (table) {
        add_metadata(path, vectors);
        if (!path->failed && access(path->data, F_OK) == 0)
            return WH_OK;
    }
    if (add_sibling(path, vectors, ".vocab") || add_sibling(path, vectors, ".txt"))
        return WH_OK;
    int length = (int)stem_length(vectors);
    return wh_fail(WH_NOINPUT,
                   "%s: expected its words in %.*s.vocab or %.*s.txt, found neither; name the "
                   "file with --vocab",
                   vectors, length, vectors, length, vectors);
}

/* ---- reading it ---- */

/* From at to the line feed or the end. */
static size_t line_length(const struct wh_vocab *vocab, size_t at) {
    const char *text = (const char *)vocab->map.data + at;
    const char *feed = memchr(text, '\n', vocab->map.size - at);
    return feed ? (size_t)(feed - text) : vocab->map.size - at;
}

static void count_words(struct wh_vocab *vocab) {
    for (size_t at = vocab->at; at < vocab->map.size; at += line_length(vocab, at) + 1)
        vocab->count++;
}

static void begin(struct wh_vocab *vocab, bool table) {
    if (vocab->map.size == 0)
        return;
    const char *text = (const char *)vocab->map.data;
    size_t first = line_length(vocab, 0);
    vocab->crlf = first && text[first - 1] == '\r';
    vocab->columns = table && memchr(text, '\t', first);
    vocab->at = vocab->columns ? first + 1 : 0;
    count_words(vocab);
}

enum wh_status wh_vocab_path(const struct wh_embed_options *options, const struct wh_input *input,
                             bool table, struct wh_buf *path) {
    if (!options->vocab)
        return find_beside(input, table, path);
    wh_buf_adds(path, options->vocab);
    return WH_OK;
}

enum wh_status wh_vocab_open(const struct wh_embed_options *options, const struct wh_input *input,
                             bool table, struct wh_vocab *vocab) {
    enum wh_status status = WH_OK;
    struct wh_buf path = {0};
    struct wh_input words = {.fd = -1};
    *vocab = (struct wh_vocab){0};
    WH_TRY(wh_vocab_path(options, input, table, &path));
    if (path.failed) {
        status = wh_fail(WH_NOMEM, "out of memory");
        goto out;
    }
    WH_TRY(wh_input_open(path.data, options->token, &words));
    if (!(vocab->name = strdup(words.name))) {
        status = wh_fail(WH_NOMEM, "out of memory");
        goto out;
    }
    WH_TRY(wh_input_map(&words, &vocab->map));
    begin(vocab, table);
out:
    wh_input_close(&words);
    wh_buf_free(&path);
    if (status != WH_OK)
        wh_vocab_close(vocab);
    return status;
}

void wh_vocab_close(struct wh_vocab *vocab) {
    wh_map_close(&vocab->map);
    free(vocab->name);
    *vocab = (struct wh_vocab){0};
}

enum wh_status wh_vocab_expect(const struct wh_vocab *vocab, const struct wh_input *input,
                               uint64_t rows) {
    if (vocab->count == rows)
        return WH_OK;
    return wh_fail(WH_DATA, "%s:%llu: expected %llu words, as many as rows in %s, found %llu",
                   vocab->name, (unsigned long long)(vocab->count < rows ? vocab->count : rows) + 1,
                   (unsigned long long)rows, input->name, (unsigned long long)vocab->count);
}

bool wh_vocab_next(struct wh_vocab *vocab, const char **word, size_t *length) {
    if (vocab->at >= vocab->map.size)
        return false;
    *word = (const char *)vocab->map.data + vocab->at;
    *length = line_length(vocab, vocab->at);
    vocab->at += *length + 1;
    if (vocab->crlf && *length && (*word)[*length - 1] == '\r')
        --*length;
    const char *tab = vocab->columns ? memchr(*word, '\t', *length) : NULL;
    if (tab)
        *length = (size_t)(tab - *word);
    return true;
}
