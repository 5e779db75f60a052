/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cache_folder.h - the folder of the cache, $XDG_CACHE_HOME/wordhaze or ~/.cache/wordhaze, and how
 * large it may grow. It holds entries (embeddings that were read), unfinished work, and for a while
 * files that are being written. Only regular files with the names that are given here are ever
 * counted or removed; whatever else stands there is left alone. A mapped entry outlives its name,
 * so removing one never harms a process that uses it.
 */
#ifndef WH_CACHE_FOLDER_H
#define WH_CACHE_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

#define WH_CACHE_ENTRY      "haze"
#define WH_CACHE_UNFINISHED "facts"

/* Adds the folder's path; nothing where there is no place for caches. */
void wh_cache_folder(struct wh_buf *path);
/* Adds "/NAME.KIND", NAME being the first 32 of these hexadecimal digits. */
void wh_cache_name(struct wh_buf *path, const char *hex, const char *kind);
/* Makes the folder that a path is in, private to the user, and removes unfinished work that nobody
 * has gone on with for 30 days and what killed processes left. False: there can be none. */
bool wh_cache_make_folder(char *path);

/* WORDHAZE_CACHE_SIZE in bytes, 8 GiB if it is not set, 0 where nothing may be kept. WH_USAGE if it
 * is not a size. */
enum wh_status wh_cache_bound(uint64_t *bytes);
/* The file was used now. */
void wh_cache_touch(const char *path);
/* Brings the folder that kept is in below the bound: what was used longest ago goes first,
 * unfinished work after all entries, kept and what another process is working on never. */
void wh_cache_trim(const char *kept);

struct wh_cache_facts {
    uint32_t entries, unfinished;
    uint64_t bytes; /* of both */
};
/* What is in the folder; nothing where there is none. */
enum wh_status wh_cache_look(struct wh_cache_facts *facts);
/* Removes it, but for what another process is working on; facts say what was removed. */
enum wh_status wh_cache_clear(struct wh_cache_facts *facts);

#endif
