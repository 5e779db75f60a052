/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fasttext.h - fastText's model (.bin), mapped: Bojanowski et al., "Enriching word vectors with
 * subword information" (2017). A word's vector is the mean of its own row, if it is in the
 * dictionary, and the rows of its n-grams, as fastText prints it; so words have one that the model
 * never saw.
 */
#ifndef WH_FASTTEXT_H
#define WH_FASTTEXT_H

#include "embed/embed_private.h"

struct wh_fasttext {
    char *name; /* of the file, for sentences */
    struct wh_map map;
    size_t at; /* the next byte to be read */
    uint32_t dim, words, labels;
    uint32_t min_gram, max_gram, buckets; /* max_gram 0: the model has no n-grams */
    size_t dictionary;                    /* where the entries begin: words, then labels */
    const unsigned char *matrix;
    uint64_t rows;
};

bool wh_fasttext_detect(const unsigned char *head, size_t size);

/* Maps the input, of which nothing was read yet, and looks at everything but the numbers. */
enum wh_status wh_fasttext_open(struct wh_input *input, struct wh_fasttext *model);
void wh_fasttext_close(struct wh_fasttext *model);

/* Goes to the first entry of the dictionary; the entry there, in the map, and on to the next. */
void wh_fasttext_rewind(struct wh_fasttext *model);
enum wh_status wh_fasttext_next(struct wh_fasttext *model, const char **word, size_t *length);

/* vector (dim numbers) = the mean of row id, unless that is WH_NONE, and of the rows of the n-grams
 * of framed, which is "<word>". Returns how many rows that were; without any, zeros. */
uint32_t wh_fasttext_vector(const struct wh_fasttext *model, uint32_t id, const char *framed,
                            size_t length, float *vector);

#endif
