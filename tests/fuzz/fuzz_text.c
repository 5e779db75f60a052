/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_text.c - any bytes as a text embedding: as GloVe or as word2vec. */
#include "tests/fuzz/fuzz_loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_load(size && data[0] & 1 ? "word2vec" : "glove", NULL, NULL, data, size);
    return 0;
}
