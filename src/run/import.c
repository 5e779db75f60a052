/* SPDX-License-Identifier: GPL-3.0-or-later */
/* import.c - read, derive, write. */
#include "run/import.h"

#include "near/near.h"
#include "space/space.h"

enum wh_status wh_import(const struct wh_embed_options *options, int threads,
                         const struct wh_store_text *texts, const char *output,
                         struct wh_embed_summary *summary) {
    enum wh_status status = WH_OK;
    struct wh_embed *embed = NULL;
    struct wh_near *near = NULL;
    struct wh_derived derived;
    WH_TRY(wh_embed_open(options, &embed));
    if (summary)
        *summary = *wh_embed_summary(embed);
    WH_TRY(wh_near_open(embed, &near));
    WH_TRY(wh_space_derive(near, threads, options->token, &derived));
    wh_embed_derive(embed, &derived);
    WH_TRY(wh_store_write(embed, texts, output));
out:
    wh_near_close(near);
    wh_embed_close(embed);
    return status;
}
