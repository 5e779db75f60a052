/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_npy.c - any bytes as a NumPy array of three words. */
#include "tests/fuzz/fuzz_loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_load("npy", "a\nb\nc\n", NULL, data, size);
    return 0;
}
