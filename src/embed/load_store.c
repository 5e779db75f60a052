/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load_store.c - our own store, mapped. */
#include <string.h>

#include "embed/embed_private.h"
#include "embed/store_layout.h"

static bool detect(const unsigned char *head, size_t size) {
    return size >= sizeof WH_STORE_MAGIC - 1 &&
           memcmp(head, WH_STORE_MAGIC, sizeof WH_STORE_MAGIC - 1) == 0;
}

static enum wh_status load(const struct wh_embed_options *options, struct wh_embed *embed) {
    enum wh_status status = wh_map_open(options->path, &embed->file);
    if (status != WH_OK)
        return status;
    return wh_store_attach(embed, embed->file.data, embed->file.size, options->path,
                           options->limit);
}

const struct wh_loader wh_load_store = {"store", detect, load};
