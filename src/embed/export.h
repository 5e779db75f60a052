/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export.h - an embedding in the files that other programs read. */
#ifndef WH_EXPORT_H
#define WH_EXPORT_H

#include "embed/embed.h"

/* One format that is written. */
struct wh_export {
    const char *name;      /* "glove" */
    const char *extension; /* of a file that means it, ".txt" */
    enum wh_status (*write)(const struct wh_embed *embed, const char *path, struct wh_token *token);
};

/* The format of that name, or with NULL the one that path's extension means. WH_USAGE tells the
 * names there are. */
enum wh_status wh_export_find(const char *name, const char *path, const struct wh_export **format);

#endif
