/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_kit.h - a small store in memory that tests bend: its parts, its hashes, opening it. */
#ifndef STORE_KIT_H
#define STORE_KIT_H

#include "embed/embed.h"
#include "embed/store.h"
#include "embed/store_layout.h"

struct store_bytes {
    unsigned char *bytes; /* 64-byte aligned */
    size_t size;
};

/* The store of a handful of words (blanks, NBSP, bytes that are not UTF-8 among them) with all
 * facts. */
void store_make(struct store_bytes *store);
void store_copy(const struct store_bytes *from, struct store_bytes *to);
void store_free(struct store_bytes *store);

struct wh_store_header *store_header(const struct store_bytes *store);
struct wh_store_place *store_places(const struct store_bytes *store);
/* The place of a kind, which must be there; its bytes. */
struct wh_store_place *store_place(const struct store_bytes *store, uint32_t kind);
void *store_section(const struct store_bytes *store, uint32_t kind);
/* Makes all hashes right again: of every section inside the file, then of header and table. */
void store_sign(const struct store_bytes *store);

/* Writes the bytes to a file and opens it. */
enum wh_status store_open(const struct store_bytes *store, struct wh_embed **embed);

#endif
