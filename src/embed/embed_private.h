/* SPDX-License-Identifier: GPL-3.0-or-later */
/* embed_private.h - what an embedding is made of; for src/embed/ only. */
#ifndef WH_EMBED_PRIVATE_H
#define WH_EMBED_PRIVATE_H

#include "base/file.h"
#include "embed/embed.h"

#define WH_CHECKSUM_BYTES 32

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
    double *owned_norms2;
    uint32_t *owned_slots;
    const unsigned char *store; /* the store's first byte, NULL if it is none */
};

/* One file format. */
struct wh_loader {
    const char *name;
    /* Whether the first bytes of a file look like this format. */
    bool (*detect)(const unsigned char *head, size_t size);
    /* Fills embed (all zero but format); what it allocated is freed by wh_embed_close. */
    enum wh_status (*load)(const struct wh_embed_options *options, struct wh_embed *embed);
};

extern const struct wh_loader wh_load_store;

/* A loader's rows as they grow: words unique, vectors padded. */
struct wh_rows {
    struct wh_wordset *set;
    float *rows;
    uint32_t count, capacity, dim;
    uint32_t first; /* capacity to begin with */
    size_t stride;
};
/* expected: about how many rows will come, 0 if unknown; it is believed only as far as the vectors
 * are no larger than the text of text_bytes they come from. */
enum wh_status wh_rows_open(struct wh_rows *rows, uint32_t dim, double expected,
                            uint64_t text_bytes);
/* Space for the next row's dim floats; it counts once wh_rows_keep is called. */
enum wh_status wh_rows_next(struct wh_rows *rows, float **next);
/* *added = false: the word was there already and the row is dropped. */
enum wh_status wh_rows_keep(struct wh_rows *rows, const char *word, size_t length, bool *added);
/* Moves everything into embed; rows is empty afterwards. */
enum wh_status wh_rows_finish(struct wh_rows *rows, struct wh_embed *embed);
void wh_rows_close(struct wh_rows *rows);

/* BLAKE2b-256 over words and dim (uint32 each), the words with their NULs, the unpadded vectors. */
void wh_embed_digest(const struct wh_embed *embed, unsigned char digest[WH_CHECKSUM_BYTES]);
/* Squared Euclidean norm, added up in index order. */
double wh_row_norm2(const float *row, uint32_t dim);

struct wh_store_header;
struct wh_store_place;
/* BLAKE2b-256 of a section; of the header before its hash, and the table of sections. */
void wh_store_digest(const void *bytes, size_t size, unsigned char hash[WH_CHECKSUM_BYTES]);
void wh_store_head_digest(const struct wh_store_header *header, const struct wh_store_place *places,
                          unsigned char hash[WH_CHECKSUM_BYTES]);

/* The store at bytes (mapped or built in), with the first limit words if limit > 0. */
enum wh_status wh_store_attach(struct wh_embed *embed, const unsigned char *bytes, size_t size,
                               const char *path, uint32_t limit);

#endif
