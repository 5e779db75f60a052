/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_fasttext.c - any bytes as a fastText model; what loads also composes words. */
#include "tests/fuzz/fuzz_loader.h"

static void compose(const struct wh_embed *embed) {
    static const char *const words[] = {"", "</s>", "na\xc3\xafve<>", "\xf0\x9f\x98\x80\xff"};
    float *row = malloc(wh_embed_dim(embed) * sizeof *row);
    if (!row)
        abort();
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (wh_embed_compose(embed, words[i], NULL, row) == WH_OK)
            for (uint32_t j = 0; j < wh_embed_dim(embed); j++)
                if (row[j] - row[j] != 0) /* not finite */
                    abort();
    free(row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_load("fasttext", NULL, compose, data, size);
    return 0;
}
