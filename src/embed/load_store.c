/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load_store.c - our own store, mapped. */
#include <string.h>

#include "embed/embed_private.h"
#include "embed/store_layout.h"

/* The magic and, in one order or the other, the byte order mark: a text may begin with the word. */
static bool detect(const unsigned char *head, size_t size) {
    const size_t magic = sizeof WH_STORE_MAGIC - 1;
    static const unsigned char little[4] = {4, 3, 2, 1}, big[4] = {1, 2, 3, 4};
    return size >= magic + sizeof little && memcmp(head, WH_STORE_MAGIC, magic) == 0 &&
           (memcmp(head + magic, little, sizeof little) == 0 ||
            memcmp(head + magic, big, sizeof big) == 0);
}

/* Packed, or on a pipe, it goes through a temporary file. */
static enum wh_status load(const struct wh_embed_options *options, struct wh_input *input,
                           struct wh_embed *embed) {
    enum wh_status status = wh_input_map(input, &embed->file);
    if (status != WH_OK)
        return status;
    return wh_store_attach(embed, embed->file.data, embed->file.size, input->name, options->limit);
}

const struct wh_loader wh_load_store = {.name = "store", .detect = detect, .load = load};
