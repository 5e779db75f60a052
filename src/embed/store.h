/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store.h - wordhaze's own file: mapped, not read. Layout: store_layout.h and wordhaze-store(5).
 */
#ifndef WH_STORE_H
#define WH_STORE_H

#include "embed/embed.h"

struct wh_store_text {
    const char *name, *source, *license; /* NULL: as the embedding says; "": nothing */
};

/* Writes the embedding with whatever derived facts it has; whole or not at all. Deterministic: the
 * same input gives the same bytes. texts (may be NULL) override what the embedding says.
 * WH_CANCELLED leaves what was there. */
enum wh_status wh_store_write(const struct wh_embed *embed, const struct wh_store_text *texts,
                              const char *path, const struct wh_token *token);

/* Reads every byte of the store behind embed: hashes of all sections, zeros between them, rows
 * finite and as long as their norms say, every word found by the index, the checksum (the last
 * three for the words in use). WH_DATA says what differs first, WH_UNAVAILABLE that embed is no
 * store. */
enum wh_status wh_store_verify(const struct wh_embed *embed);

#endif
