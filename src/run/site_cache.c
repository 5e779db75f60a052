/* SPDX-License-Identifier: GPL-3.0-or-later */
/* site_cache.c - see site_cache.h. */
#include "run/site_cache.h"

#include <stdlib.h>

#include "base/mem.h"

enum wh_status wh_site_cache_open(const struct wh_mechanism *mechanism, size_t budget,
                                  struct wh_site_cache *cache) {
    uint32_t words = wh_embed_words(wh_near_embed(wh_mechanism_near(mechanism)));
    size_t room = budget / (wh_site_bytes(mechanism) + sizeof *cache->sites);
    *cache = (struct wh_site_cache){mechanism, NULL, words, true};
    if (room < words) {
        cache->capacity = room ? (uint32_t)room : 1;
        cache->whole = false;
    }
    return WH_ALLOC(cache->sites, cache->capacity);
}

void wh_site_cache_close(struct wh_site_cache *cache) {
    for (uint32_t i = 0; cache->sites && i < cache->capacity; i++)
        wh_site_close(atomic_load_explicit(&cache->sites[i], memory_order_relaxed));
    free(cache->sites);
    *cache = (struct wh_site_cache){0};
}

enum wh_status wh_site_cache_get(struct wh_site_cache *cache, uint32_t word,
                                 const struct wh_site **site) {
    _Atomic(struct wh_site *) *place = &cache->sites[word % cache->capacity];
    struct wh_site *found = atomic_load_explicit(place, memory_order_acquire), *made;
    *site = found;
    if (found && wh_site_word(found) == word)
        return WH_OK;
    enum wh_status status = wh_site_open(cache->mechanism, word, &made);
    if (status != WH_OK)
        return status;
    if (cache->whole && !atomic_compare_exchange_strong(place, &found, made)) {
        wh_site_close(made); /* another thread was faster */
        made = found;
    } else if (!cache->whole) {
        atomic_store_explicit(place, made, memory_order_relaxed);
        wh_site_close(found);
    }
    *site = made;
    return WH_OK;
}
