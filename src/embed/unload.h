/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unload.h - vectors out of memory; for src/embed/ and its tests. */
#ifndef WH_UNLOAD_H
#define WH_UNLOAD_H

#include "embed/embed_private.h"

/* As wh_embed_unload(), for vectors of least bytes and more, with so much room beside them. */
void wh_unload(struct wh_embed *embed, const char *beside, size_t least, size_t room,
               const struct wh_token *token);
void wh_unload_close(struct wh_unloaded *unloaded);
/* Bytes of the vectors, from the first, that wh_embed_slim() has left in memory so far. */
size_t wh_unload_staying(const struct wh_embed *embed);

#endif
