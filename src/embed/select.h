/* SPDX-License-Identifier: GPL-3.0-or-later */
/* select.h - some words of an embedding as an embedding of their own. */
#ifndef WH_SELECT_H
#define WH_SELECT_H

#include "embed/embed.h"

/* The words of a file ("-" is standard input), one a line, in its order, exactly as they stand
 * there; those outside of the vocabulary are composed where the model can. WH_DATA names the word
 * and the line otherwise. A word that stands there twice is taken once and counted. */
enum wh_status wh_embed_select(const struct wh_embed *embed, const char *list,
                               struct wh_token *token, struct wh_embed **selected);

#endif
