/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_input.c - any bytes as a file whose format and packing are found by content. */
#include "tests/fuzz/fuzz_loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_load(NULL, NULL, NULL, data, size);
    return 0;
}
