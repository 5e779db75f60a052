/* SPDX-License-Identifier: GPL-3.0-or-later */
/* site_cache.c - see site_cache.h. */
#include "run/site_cache.h"

#include <stdlib.h>

#include "base/mem.h"

enum wh_status wh_site_cache_open(const struct wh_mechanism *mechanism, size_t budget,
                                  struct wh_site_cache *cache) {
    cache->mechanism = mechanism;
    cache->words = wh_embed_words(wh_near_embed(wh_mechanism_near(mechanism)));
    atomic_init(&cache->room, (int64_t)(budget / wh_site_bytes(mechanism)));
    return WH_ALLOC(cache->sites, cache->words);
}

void wh_site_cache_close(struct wh_site_cache *cache) {
    for (uint32_t i = 0; cache->sites && i < cache->words; i++)
        wh_site_close(atomic_load_explicit(&cache->sites[i], memory_order_relaxed));
    free(cache->sites);
    cache->sites = NULL;
}

bool wh_site_cache_keep(struct wh_site_cache *cache, struct wh_site **site) {
    struct wh_site *found = NULL;
    if (atomic_fetch_sub_explicit(&cache->room, 1, memory_order_relaxed) > 0) {
        if (atomic_compare_exchange_strong(&cache->sites[wh_site_word(*site)], &found, *site))
            return true;
        wh_site_close(*site); /* another thread was faster */
        *site = found;
    }
    atomic_fetch_add_explicit(&cache->room, 1, memory_order_relaxed);
    return found != NULL;
}
