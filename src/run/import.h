/* SPDX-License-Identifier: GPL-3.0-or-later */
/* import.h - from any embedding file to a store with all facts about its vocabulary. */
#ifndef WH_IMPORT_H
#define WH_IMPORT_H

#include "embed/embed.h"
#include "embed/store.h"

/* Reads options->path, computes what a store carries (all pairs, densities, axes) and writes output
 * whole or not at all. What was found before it is stopped or killed is kept in the cache's folder
 * if options->cache, else beside output. threads <= 0: all processors. summary (may be NULL) tells
 * what the loader met. */
enum wh_status wh_import(const struct wh_embed_options *options, int threads,
                         const struct wh_store_text *texts, const char *output,
                         struct wh_embed_summary *summary);

#endif
