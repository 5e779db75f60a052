/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_safetensors.c - any bytes as safetensors of three words. */
#include "tests/fuzz/fuzz_loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_load("safetensors", "a\nb\nc\n", NULL, data, size);
    return 0;
}
