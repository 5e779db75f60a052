/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_vocab.c - any bytes as the words of a table of three rows. */
#include "tests/fuzz/fuzz_loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char table[] = "1\t2\n3\t4\n5\t6\n";
    char *vocab = size ? strndup((const char *)data, size) : NULL;
    char options_and_table[sizeof table];
    if (!vocab)
        return 0;
    options_and_table[0] = (char)data[0];
    memcpy(options_and_table + 1, table, sizeof table - 1);
    fuzz_load("tsv", vocab, NULL, (const uint8_t *)options_and_table, sizeof table);
    free(vocab);
    return 0;
}
