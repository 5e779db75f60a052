/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load_pickle.c - Python's pickles (gensim's .kv and .model, PyTorch's .pt) are known so that they
 * can be refused: reading one runs whatever code it holds. */
#include "embed/embed_private.h"

/* The opcode of the protocol, its number, and an opcode that may follow. */
static bool detect(const unsigned char *head, size_t size) {
    return size >= 3 && head[0] == 0x80 && head[1] >= 1 && head[1] <= 5;
}

static enum wh_status load(const struct wh_embed_options *options, struct wh_input *input,
                           struct wh_embed *embed) {
    (void)options;
    (void)embed;
    return wh_fail(WH_DATA,
                   "%s: byte 0: expected words and vectors, found a Python pickle, which can run "
                   "code when read; if you trust it: python3 -c \"from gensim.models import "
                   "KeyedVectors as K; K.load('%s').save_word2vec_format('%s.vec')\"",
                   input->name, input->path, input->path);
}

const struct wh_loader wh_load_pickle = {.name = "pickle", .detect = detect, .load = load};
