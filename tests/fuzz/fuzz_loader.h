/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_loader.h - any bytes as a file of one format: what loads must be sound. The first byte
 * chooses the options. */
#ifndef FUZZ_LOADER_H
#define FUZZ_LOADER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "embed/embed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_use(const struct wh_embed *embed) {
    for (uint32_t id = 0; id < wh_embed_words(embed); id++) {
        const float *row = wh_embed_row(embed, id);
        for (size_t j = 0; j < wh_embed_stride(embed); j++)
            if (row[j] - row[j] != 0) /* not finite */
                abort();
        if (wh_embed_find(embed, wh_embed_word(embed, id)) != id)
            abort();
    }
}

/* A file without a name that holds these bytes; its path by descriptor. */
static int fuzz_file(const uint8_t *data, size_t size, char path[32]) {
    int fd = memfd_create("fuzz", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, 32, "/dev/fd/%d", fd);
    return fd;
}

/* vocab: words for the formats that have none of their own, or NULL. more: what else is to be done
 * with an embedding, or NULL. */
static void fuzz_load(const char *format, const char *vocab,
                      void (*more)(const struct wh_embed *embed), const uint8_t *data,
                      size_t size) {
    char path[32], vocab_path[32];
    if (size == 0)
        return;
    int fd = fuzz_file(data + 1, size - 1, path);
    int vocab_fd = vocab ? fuzz_file((const uint8_t *)vocab, strlen(vocab), vocab_path) : -1;
    const struct wh_embed_options options = {.path = path,
                                             .format = format,
                                             .vocab = vocab ? vocab_path : NULL,
                                             .strict = data[0] & 64,
                                             .limit = data[0] & 128 ? 2 : 0,
                                             .lowercase = data[0] & 32,
                                             .merge_duplicates = data[0] & 16,
                                             .threads = 1};
    struct wh_embed *embed = NULL;
    if (wh_embed_open(&options, &embed) == WH_OK) {
        fuzz_use(embed);
        if (more)
            more(embed);
    }
    wh_embed_close(embed);
    close(fd);
    if (vocab_fd >= 0)
        close(vocab_fd);
}

#endif
