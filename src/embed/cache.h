/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cache.h - what was read from a file once, kept as a store in $XDG_CACHE_HOME/wordhaze (else
 * ~/.cache/wordhaze) so that the next opening maps it. An entry's name is a hash of the file's
 * path, size and time of change, its vocabulary's, the options that bear on the content and the
 * version of the cache. Entries appear whole and are replaced as wholes: any number of processes
 * may open the same file at once. Everything there can be deleted at any time; cache_folder.h keeps
 * it below a bound.
 */
#ifndef WH_CACHE_H
#define WH_CACHE_H

#include "embed/embed_private.h"

/* Where the embedding of this input would be; *path stays NULL where nothing is kept: for pipes,
 * small files, stores, files changed a moment ago (their time of change need not tell when they are
 * changed again), and without a place for caches. */
enum wh_status wh_cache_path(const struct wh_embed_options *options, const struct wh_input *input,
                             const struct wh_loader *loader, char **path);
/* Attaches the entry. false: there is none, or it was broken and has been removed. */
bool wh_cache_attach(struct wh_embed *embed);
/* Writes embed with these facts to embed->cache_path, and removes what was used longest ago where
 * the cache grew beyond its bound; what goes wrong is no failure of the caller's, so it is only
 * returned. */
enum wh_status wh_cache_write(const struct wh_embed *embed, const struct wh_derived *derived,
                              const struct wh_token *token);

#endif
