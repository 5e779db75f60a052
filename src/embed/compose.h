/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * compose.h - vectors for words outside of the vocabulary, from the model that an embedding was
 * read from. Opening an embedding, from the file or from the cache, only notes where the model is;
 * it is mapped when the first such word is asked for.
 */
#ifndef WH_COMPOSE_H
#define WH_COMPOSE_H

#include "embed/input.h"

struct wh_composer;

enum wh_status wh_composer_open(const struct wh_input *input, struct wh_composer **composer);
void wh_composer_close(struct wh_composer *composer);

#endif
