/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * embed.h - an embedding: words in frequency order and their float32 vectors, plus what is dear to
 * compute over the whole vocabulary (struct wh_derived). Opaque, immutable once open (except for
 * wh_embed_derive, once, before threads share it), safe to read from any thread.
 *
 * It comes from the built-in store, a mapped store file, or a loader (one file a format).
 */
#ifndef WH_EMBED_H
#define WH_EMBED_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/token.h"
#include "base/wordmap.h"

struct wh_checkpoint;
struct wh_embed;
struct wh_derived;

struct wh_embed_options {
    const char *path;   /* NULL: the built-in embedding */
    const char *format; /* NULL: found by content; else a loader's name: no look at the content */
    uint32_t limit;     /* only the first so many words; 0: all */
    bool strict;        /* fail at the first bad row instead of counting */
    const char *vocab;  /* the words of a file of numbers only; NULL: found beside it */
    const char *tensor; /* which one of a file of several; NULL: the one that is meant */
    bool lowercase;     /* words in lower case; the first of those then equal wins */
    bool merge_duplicates; /* of words with equal vectors only the first is kept */
    bool cache;            /* keep what was read, and its facts, for the next time */
    int threads;           /* <= 0: all processors */
    struct wh_token *token;
};

/* What a loader met on its way; all zero for a store. */
struct wh_embed_summary {
    uint64_t rows;           /* read, header and empty lines apart */
    uint64_t duplicates;     /* words that stood there before: dropped, the first wins */
    uint64_t nonfinite;      /* rows with an infinite or undefined number: dropped */
    uint64_t ragged;         /* rows that are not a word and d numbers: dropped */
    uint64_t zero;           /* vectors of zeros: kept */
    uint64_t bad_utf8;       /* words that are not UTF-8: kept as they are */
    uint64_t first_bad_line; /* the first line or row counted in any of these; 0: none */
    uint64_t merged;         /* words dropped because an earlier one has the same vector */
    uint64_t announced;      /* rows that a header promised */
    bool by_line;            /* first_bad_line is a line of a text, not the number of a row */
    bool header;             /* whether there was one */
    bool miscounted;         /* it was wrong (known only when all rows were read) */
};

/* Keeps the embedding with these facts in the cache it came from or went to. False where there is
 * none or it cannot be written, which is noted and no failure. Takes as long as writing the
 * vectors; no other thread may call wh_embed_derive() meanwhile. */
bool wh_embed_keep(const struct wh_embed *embed, const struct wh_derived *derived,
                   const struct wh_token *token);

/* Where long work over the whole vocabulary keeps what it has found until it is done, so that it
 * can go on after having been killed: in the folder of the cache, named after the checksum, or
 * (without cache, or without such a folder) in output with ".facts" behind it; output may be NULL.
 * NULL: nowhere, also where the work takes no time to speak of. */
struct wh_checkpoint *wh_embed_checkpoint(const struct wh_embed *embed, bool cache,
                                          const char *output, const struct wh_token *token);

/* Moves many vectors from memory into a file without a name in the folder of beside, and maps it:
 * they can be fetched again then, and leave memory to the work on them. What cannot be moved stays.
 * No other thread may use the embedding meanwhile. */
void wh_embed_unload(struct wh_embed *embed, const char *beside, const struct wh_token *token);
bool wh_embed_unloaded(const struct wh_embed *embed);
/* A word's row, stride floats: where it stands or, if the vectors have left memory, in room, for
 * looking at it there would fetch many others. Room may be NULL: where it stands. */
const float *wh_embed_look(const struct wh_embed *embed, uint32_t id, float *room);
/* For long work on such vectors, every 20 MB of them or so, and before much memory is taken: when
 * the process takes more than the vectors and WH_UNLOAD_ROOM, or will with the bytes that are to
 * come, some of the vectors leave memory until they are looked at again. Takes microseconds, does
 * nothing for other embeddings; by any thread. */
void wh_embed_slim(const struct wh_embed *embed, size_t coming);
#define WH_UNLOAD_ROOM ((size_t)192 << 20)

/* WH_NOINPUT / WH_DATA with "FILE:LINE: what was expected, what was found". */
enum wh_status wh_embed_open(const struct wh_embed_options *options, struct wh_embed **embed);
void wh_embed_close(struct wh_embed *embed);

uint32_t wh_embed_words(const struct wh_embed *embed);    /* |W| */
uint32_t wh_embed_dim(const struct wh_embed *embed);      /* n */
size_t wh_embed_stride(const struct wh_embed *embed);     /* floats from row to row, zero padded */
const float *wh_embed_rows(const struct wh_embed *embed); /* |W| x stride, 64-byte aligned */
const float *wh_embed_row(const struct wh_embed *embed, uint32_t id);
/* Squared Euclidean norms in double, |W| of them, added up in index order. */
const double *wh_embed_norms2(const struct wh_embed *embed);

/* NUL-terminated raw bytes: clean them (base/str.h) before they reach a terminal. */
const char *wh_embed_word(const struct wh_embed *embed, uint32_t id);
size_t wh_embed_word_length(const struct wh_embed *embed, uint32_t id);
uint32_t wh_embed_find(const struct wh_embed *embed, const char *word); /* WH_NONE if absent */
uint32_t wh_embed_find_bytes(const struct wh_embed *embed, const char *word, size_t length);
/* Fetches what a lookup of the word will read first. */
void wh_embed_expect(const struct wh_embed *embed, const char *word, size_t length);
/* As written, else lower-cased (Unicode); WH_NONE if neither is there. */
uint32_t wh_embed_lookup(const struct wh_embed *embed, const char *word, size_t length);
/* Up to max ids of words like an unknown one: same in another case first, then edit distance <= 2,
 * nearest first, ties by id. Returns how many. */
size_t wh_embed_suggest(const struct wh_embed *embed, const char *word, uint32_t *ids, size_t max);
/* Ids of up to max words beginning with prefix, by id (frequency). Returns how many. */
size_t wh_embed_complete(const struct wh_embed *embed, const char *prefix, uint32_t *ids,
                         size_t max);

/* The vector (n numbers) of a word outside of the vocabulary: of a fastText model with n-grams it
 * has one, the mean of theirs; so do words of the model that a limit kept out. The first call maps
 * the model, which takes a pass over its dictionary (and unpacks a packed one). WH_UNAVAILABLE: no
 * model, or one without n-grams; WH_NO: none of the word's; WH_NOINPUT, WH_DATA: the model is gone
 * or has changed. Safe from any thread. */
enum wh_status wh_embed_compose(const struct wh_embed *embed, const char *word,
                                struct wh_token *token, float *row);
/* Whether it was read from such a model, as far as one knows before mapping it. */
bool wh_embed_composes(const struct wh_embed *embed);

/* "glove.6B.100d" or the file's name; where the vectors come from, and their licence, "" if
 * unknown; "store", "glove", "word2vec" ...; BLAKE2b-256 in hex of words and vectors, the same in
 * every format that holds them. */
const char *wh_embed_name(const struct wh_embed *embed);
const char *wh_embed_source(const struct wh_embed *embed);
const char *wh_embed_license(const struct wh_embed *embed);
const char *wh_embed_format(const struct wh_embed *embed);
const char *wh_embed_checksum(const struct wh_embed *embed);
const struct wh_embed_summary *wh_embed_summary(const struct wh_embed *embed);

#define WH_RADIUS_K 10 /* the k of the neighbour radius r_k */

/* Facts over the whole vocabulary (mechanisms.md sections 1, 3, 11). Arrays have |W| entries unless
 * said. They live in a store, or in memory that wh_embed_derive() hands to the embedding. Natural
 * logarithms; distances Euclidean. Members of a group are all known or all NULL/0. */
struct wh_derived {
    /* group 1: all pairs */
    double delta_min, delta_max;      /* Delta_0 and Delta over different words */
    uint32_t closest[2], farthest[2]; /* the words that attain them, smaller id first */
    double median_nn;                 /* median of nn_distance */
    double radius_median;             /* median of radius */
    uint64_t duplicate_pairs;         /* pairs of words with equal vectors */
    const double *nn_distance;        /* r_1 of every word */
    const double *radius;             /* r_k of every word, k = min(WH_RADIUS_K, |W| - 1) */
    /* group 2: density (needs group 1) */
    double bandwidth; /* h of the Gaussian kernel estimate = radius_median */
    const double *knn_log_density;
    const double *kde_log_density; /* NULL where bandwidth is 0: most words have k twins */
    /* group 3: principal axes of the whole vocabulary */
    const double *mean;        /* n */
    const double *eigenvalues; /* n, descending: variances along the axes */
    const double *axes;        /* n x n, row i = axis i, unit length; the component of
                                * largest magnitude is positive (fixes the sign) */
    void *memory;              /* one block that holds all arrays, or NULL (mapped) */
};

/* NULL where a group has not been computed: test the group's first array. Never NULL itself. */
const struct wh_derived *wh_embed_derived(const struct wh_embed *embed);
/* Hands computed facts over; the embedding frees derived->memory when it closes. */
void wh_embed_derive(struct wh_embed *embed, const struct wh_derived *derived);

#endif
