/* SPDX-License-Identifier: GPL-3.0-or-later */
/* site_cache.c - see site_cache.h. */
#include "run/site_cache.h"

#include <stdlib.h>

#include "base/mem.h"

enum wh_status wh_site_cache_open(const struct wh_mechanism *mechanism, size_t budget,
                                  struct wh_site_cache *cache) {
    uint32_t words = wh_embed_words(wh_near_embed(wh_mechanism_near(mechanism)));
    size_t room = budget / (wh_site_bytes(mechanism) + sizeof *cache->sites);
    *cache = (struct wh_site_cache){mechanism, NULL, words};
    if (room < words)
        cache->capacity = room ? (uint32_t)room : 1;
    return WH_ALLOC(cache->sites, cache->capacity);
}

void wh_site_cache_close(struct wh_site_cache *cache) {
    for (uint32_t i = 0; cache->sites && i < cache->capacity; i++)
        wh_site_close(cache->sites[i]);
    free(cache->sites);
    *cache = (struct wh_site_cache){0};
}

enum wh_status wh_site_cache_get(struct wh_site_cache *cache, uint32_t word,
                                 const struct wh_site **site) {
    struct wh_site **place = &cache->sites[word % cache->capacity];
    if (*place && wh_site_word(*place) != word) {
        wh_site_close(*place);
        *place = NULL;
    }
    enum wh_status status = *place ? WH_OK : wh_site_open(cache->mechanism, word, place);
    *site = *place;
    return status;
}
