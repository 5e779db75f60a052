/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_store.c - any bytes as a store whose hashes are right, so that what is behind them is
 * reached. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "embed/embed_private.h"
#include "embed/store.h"
#include "embed/store_layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void sign(unsigned char *bytes, size_t size) {
    struct wh_store_header *header = (void *)bytes;
    struct wh_store_place *places = (void *)(header + 1);
    header->file_size = size;
    header->sections %= 20;
    if (header->sections > (size - sizeof *header) / sizeof *places)
        return;
    for (uint32_t i = 0; i < header->sections; i++)
        if (places[i].offset <= size && places[i].size <= size - places[i].offset)
            wh_store_digest(bytes + places[i].offset, places[i].size, places[i].hash);
    wh_store_head_digest(header, places, header->hash);
}

static void use(const struct wh_embed *embed) {
    uint32_t ids[5];
    for (uint32_t id = 0; id < wh_embed_words(embed); id++) {
        const char *word = wh_embed_word(embed, id);
        if (strlen(word) == SIZE_MAX || wh_embed_find(embed, word) == WH_NONE - 1)
            abort();
    }
    wh_embed_suggest(embed, "the", ids, 5);
    wh_embed_complete(embed, "t", ids, 5);
    wh_store_verify(embed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    unsigned char *bytes = NULL;
    struct wh_embed *embed = calloc(1, sizeof *embed);
    if (embed && size >= sizeof(struct wh_store_header) &&
        posix_memalign((void **)&bytes, WH_STORE_ALIGN, size) == 0) {
        memcpy(bytes, data, size);
        sign(bytes, size);
        if (wh_store_attach(embed, bytes, size, "fuzz", size % 3) == WH_OK)
            use(embed);
    }
    wh_embed_close(embed);
    free(bytes);
    return 0;
}
