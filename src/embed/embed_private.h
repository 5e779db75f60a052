/* SPDX-License-Identifier: GPL-3.0-or-later */
/* embed_private.h - what an embedding is made of; for src/embed/ only. */
#ifndef WH_EMBED_PRIVATE_H
#define WH_EMBED_PRIVATE_H

#include "base/file.h"
#include "embed/embed.h"
#include "embed/input.h"

#define WH_CHECKSUM_BYTES 32
#define WH_DIM_MAX        (1u << 16) /* beyond that a file of other programs is no embedding */
#define WH_WORD_MAX       4096       /* bytes; a binary file with a longer word is damaged */
#define WH_ROWS_TOLD      1024       /* rows between two words of progress */

struct wh_embed {
    uint32_t words, dim;
    size_t stride;
    const float *rows;
    const double *norms2;
    struct wh_wordtable table;
    struct wh_wordmap map;
    struct wh_derived derived;
    struct wh_embed_summary summary;
    char *name, *source, *license;
    const char *format;
    char checksum[2 * WH_CHECKSUM_BYTES + 1];
    struct wh_map file;             /* a mapped store */
    struct wh_wordset *owned_words; /* a loaded text: owns table */
    float *owned_rows;
    size_t owned_bytes; /* mapped for owned_rows */
    double *owned_norms2;
    uint32_t *owned_slots;
    const unsigned char *store;           /* the store's first byte, NULL if it is none */
    const struct wh_store_origin *origin; /* of a store that is a cache */
    char *cache_path;                     /* where it is kept, NULL if nowhere */
    bool cached;                          /* and was found there */
    struct wh_composer *composer;         /* for words outside of the vocabulary, or NULL */
    struct wh_unloaded *unloaded;         /* NULL: the vectors are in memory or in a store */
};

/* One file format. */
struct wh_loader {
    const char *name;
    /* Whether the first bytes of a file look like this format. */
    bool (*detect)(const unsigned char *head, size_t size);
    /* Fills embed (all zero but format) from the input, of which nothing was read yet; what it
     * allocated is freed by wh_embed_close. */
    enum wh_status (*load)(const struct wh_embed_options *options, struct wh_input *input,
                           struct wh_embed *embed);
    bool wordless; /* the words come from another file */
    bool composes; /* words outside of the vocabulary have vectors, too */
};

extern const struct wh_loader wh_load_store;

/* A loader's rows as they grow: words unique, vectors padded. */
struct wh_rows {
    struct wh_wordset *set;
    float *rows; /* mapped: moved by the page tables when it grows, so it never stands twice */
    size_t bytes;
    uint32_t count, capacity, dim;
    uint32_t first; /* capacity to begin with */
    size_t stride;
};
/* expected: about how many rows will come, 0 if unknown; it is believed only as far as the vectors
 * are no larger than the text of text_bytes they come from. */
enum wh_status wh_rows_open(struct wh_rows *rows, uint32_t dim, double expected,
                            uint64_t text_bytes);
/* Space for more rows of stride floats behind those that count; the padding is zero. A row counts
 * once wh_rows_keep() is called. */
enum wh_status wh_rows_reserve(struct wh_rows *rows, uint32_t more, float **next);
/* *added = false: the word was there already and the row is dropped. */
enum wh_status wh_rows_keep(struct wh_rows *rows, const struct wh_hashed_word *word, bool *added);
/* Drops every word whose vector an earlier word has. */
enum wh_status wh_rows_merge(struct wh_rows *rows, uint64_t *merged);
/* Moves everything into embed; rows is empty afterwards. threads 0: all processors. */
enum wh_status wh_rows_finish(struct wh_rows *rows, int threads, struct wh_embed *embed);
void wh_rows_close(struct wh_rows *rows);

/* BLAKE2b-256 over words and dim (uint32 each), the words with their NULs, the unpadded vectors. */
enum wh_status wh_embed_digest(const struct wh_embed *embed, const struct wh_token *token,
                               unsigned char digest[WH_CHECKSUM_BYTES]);
/* Computes the checksum, that wh_embed_checksum() gives, unless it is known. */
enum wh_status wh_embed_sum(const struct wh_embed *embed, const struct wh_token *token);
/* Squared Euclidean norm, added up in index order. */
double wh_row_norm2(const float *row, uint32_t dim);

struct wh_store_header;
struct wh_store_place;
struct wh_store_origin;
/* BLAKE2b-256 of a section; of the header before its hash, and the table of sections. */
void wh_store_digest(const void *bytes, size_t size, unsigned char hash[WH_CHECKSUM_BYTES]);
void wh_store_head_digest(const struct wh_store_header *header, const struct wh_store_place *places,
                          unsigned char hash[WH_CHECKSUM_BYTES]);

/* The store at bytes (mapped or built in), with the first limit words if limit > 0. */
enum wh_status wh_store_attach(struct wh_embed *embed, const unsigned char *bytes, size_t size,
                               const char *path, uint32_t limit);

/* As wh_store_write(), with what it was made from: for a cache. */
enum wh_status wh_store_write_from(const struct wh_embed *embed,
                                   const struct wh_store_origin *origin, const char *path,
                                   const struct wh_token *token);
/* Bytes of the file that it writes. */
uint64_t wh_store_size_from(const struct wh_embed *embed, const struct wh_store_origin *origin);

/* The static name of a loader; NULL if there is none of that name. */
const char *wh_embed_format_named(const char *name);

#endif
