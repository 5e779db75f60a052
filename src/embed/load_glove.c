/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load_glove.c - GloVe text: no header, "word v1 ... vd" a line. */
#include "embed/load_text.h"

const struct wh_loader wh_load_glove = {
    .name = "glove", .detect = wh_text_is_rows, .load = wh_text_load};
