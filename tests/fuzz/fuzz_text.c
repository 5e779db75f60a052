/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_text.c - any bytes as a text embedding: by content, as GloVe, as word2vec, strict or not. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "embed/embed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct wh_embed *embed) {
    for (uint32_t id = 0; id < wh_embed_words(embed); id++) {
        const float *row = wh_embed_row(embed, id);
        for (size_t j = 0; j < wh_embed_stride(embed); j++)
            if (row[j] - row[j] != 0) /* not finite */
                abort();
        if (wh_embed_find(embed, wh_embed_word(embed, id)) != id)
            abort();
    }
}

/* The first byte chooses how to open the rest. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const formats[] = {NULL, "glove", "word2vec"};
    char path[32];
    int fd = size ? memfd_create("text", 0) : -1;
    if (fd < 0)
        return 0;
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    const struct wh_embed_options options = {.path = path,
                                             .format = formats[data[0] % 3],
                                             .strict = data[0] & 64,
                                             .limit = data[0] & 128 ? 2 : 0};
    struct wh_embed *embed = NULL;
    if (write(fd, data + 1, size - 1) == (ssize_t)(size - 1) &&
        wh_embed_open(&options, &embed) == WH_OK)
        use(embed);
    wh_embed_close(embed);
    close(fd);
    return 0;
}
