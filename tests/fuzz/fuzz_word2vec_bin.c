/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_word2vec_bin.c - any bytes as word2vec's binary. */
#include "tests/fuzz/fuzz_loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_load("word2vec-bin", NULL, NULL, data, size);
    return 0;
}
