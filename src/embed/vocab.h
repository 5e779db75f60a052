/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vocab.h - the words of a file that holds only numbers: a text with one a line, in the order of
 * the rows. A file whose first line ends in CR LF has no CR in its words.
 */
#ifndef WH_VOCAB_H
#define WH_VOCAB_H

#include "base/str.h"
#include "embed/embed_private.h"

struct wh_vocab {
    char *name; /* for sentences */
    struct wh_map map;
    size_t at;
    bool crlf, columns; /* columns: of a table, the word is the first */
    uint64_t count;     /* words */
};

/* The file of the words: options->vocab, else one beside input. */
enum wh_status wh_vocab_path(const struct wh_embed_options *options, const struct wh_input *input,
                             bool table, struct wh_buf *path);
/* table: a Projector's metadata, whose first line is a heading if it has several columns. */
enum wh_status wh_vocab_open(const struct wh_embed_options *options, const struct wh_input *input,
                             bool table, struct wh_vocab *vocab);
void wh_vocab_close(struct wh_vocab *vocab);
/* WH_DATA unless there are as many words as rows. */
enum wh_status wh_vocab_expect(const struct wh_vocab *vocab, const struct wh_input *input,
                               uint64_t rows);
/* The next word; false after the last. */
bool wh_vocab_next(struct wh_vocab *vocab, const char **word, size_t *length);

#endif
