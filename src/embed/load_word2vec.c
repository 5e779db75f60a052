/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load_word2vec.c - word2vec text and fastText .vec: a header "COUNT DIM", then rows as in GloVe.
 */
#include "embed/load_text.h"

const struct wh_loader wh_load_word2vec = {"word2vec", wh_text_has_header, wh_text_load, false};
