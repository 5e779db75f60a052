/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store.h - wordhaze's own file: mapped, not read. Layout: man/wordhaze-store.5 and store.c.
 */
#ifndef WH_STORE_H
#define WH_STORE_H

#include "embed/embed.h"

struct wh_store_text {
    const char *name, *source, *license; /* NULL or "" if unknown */
};

/* Writes the embedding with whatever derived facts it has; whole or not at all. Deterministic: the
 * same input gives the same bytes. texts override what the embedding says. */
enum wh_status wh_store_write(const struct wh_embed *embed, const struct wh_store_text *texts,
                              const char *path);

/* Compares every section's BLAKE2b with the header: WH_DATA names the first section that differs. */
enum wh_status wh_store_verify(const struct wh_embed *embed);

#endif
