/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * site_cache.h - prepared words of one mechanism, a bounded number of them. Direct-mapped by word
 * id: a newcomer displaces whoever has its place, and frequent words, which have small ids, seldom
 * meet. A cache with a place for every word displaces nobody, and any number of threads may share
 * it.
 */
#ifndef WH_SITE_CACHE_H
#define WH_SITE_CACHE_H

#include <stdatomic.h>

#include "mech/mech.h"

struct wh_site_cache {
    const struct wh_mechanism *mechanism;
    _Atomic(struct wh_site *) *sites;
    uint32_t capacity;
    bool whole; /* a place for every word */
};

/* At most about budget bytes, at least one site. */
enum wh_status wh_site_cache_open(const struct wh_mechanism *mechanism, size_t budget,
                                  struct wh_site_cache *cache);
void wh_site_cache_close(struct wh_site_cache *cache);
/* The site belongs to the cache and lives until the next call, or as long as a whole cache. */
enum wh_status wh_site_cache_get(struct wh_site_cache *cache, uint32_t word,
                                 const struct wh_site **site);

#endif
