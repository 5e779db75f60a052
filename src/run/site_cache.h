/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * site_cache.h - prepared words of one mechanism, for all threads. The first that are met are kept
 * to the end, as many as there is room for: frequent words come first. Others are prepared again
 * whenever they come, a bounded number at a time.
 */
#ifndef WH_SITE_CACHE_H
#define WH_SITE_CACHE_H

#include <stdatomic.h>

#include "mech/mech.h"

struct wh_site_cache {
    const struct wh_mechanism *mechanism;
    _Atomic(struct wh_site *) *sites; /* by word; NULL: not kept */
    uint32_t words;
    _Atomic(int64_t) room; /* sites that may still be kept */
};

/* At most about budget bytes of sites. */
enum wh_status wh_site_cache_open(const struct wh_mechanism *mechanism, size_t budget,
                                  struct wh_site_cache *cache);
void wh_site_cache_close(struct wh_site_cache *cache);

/* NULL: not kept. A site that is kept lives as long as the cache. */
static inline const struct wh_site *wh_site_cache_find(const struct wh_site_cache *cache,
                                                       uint32_t word) {
    return atomic_load_explicit(&cache->sites[word], memory_order_acquire);
}
static inline bool wh_site_cache_has_room(const struct wh_site_cache *cache) {
    return atomic_load_explicit(&cache->room, memory_order_relaxed) > 0;
}
/* Takes the site if it can; false: it stays the caller's. Either way *site is the one to use. */
bool wh_site_cache_keep(struct wh_site_cache *cache, struct wh_site **site);

#endif
