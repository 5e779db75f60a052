/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_fasttext.c - any bytes as a fastText model. */
#include "tests/fuzz/fuzz_loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_load("fasttext", NULL, data, size);
    return 0;
}
