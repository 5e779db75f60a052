/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prose.h - text that has the frequencies of text, for measuring. */
#ifndef WH_PROSE_H
#define WH_PROSE_H

#include "embed/embed.h"

/* Lines of words of the embedding, always the same ones; exactly size bytes, the last a line feed.
 */
void wh_prose_write(const struct wh_embed *embed, char *text, size_t size);

#endif
