/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load_word2vec.c - word2vec text and fastText .vec: a header "COUNT DIM", then rows as in GloVe.
 */
#include "embed/load_text.h"

const struct wh_loader wh_load_word2vec = {
    .name = "word2vec", .detect = wh_text_has_header, .load = wh_text_load};
