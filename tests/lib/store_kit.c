/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_kit.c - see store_kit.h. */
#include "tests/lib/store_kit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "embed/embed_private.h"
#include "space/space.h"
#include "tests/lib/fixture.h"

static const char rows[] = "the 1 2 3\nof 3 -4 5\n. . . 0.5 0.25 0\n\xc2\xa0 7 8 9\ncaf\xe9 1 1 1\n"
                           "École 0 0 0\nwordhaze 2 2 2.5\n";

void store_make(struct store_bytes *store) {
    struct fixture fixture = {NULL, NULL};
    struct wh_derived derived;
    struct wh_map map;
    char path[512];
    const struct wh_embed_options options = {.path = fixture_file("kit.txt", rows, strlen(rows))};
    const struct wh_store_text texts = {"kit", "made up", "CC0-1.0"};
    must(wh_embed_open(&options, &fixture.embed));
    unlink(options.path);
    must(wh_near_open(fixture.embed, &fixture.near));
    must(wh_space_derive(fixture.near, 1, NULL, &derived));
    wh_embed_derive(fixture.embed, &derived);
    strcpy(path, fixture_file("kit.haze", "", 0));
    must(wh_store_write(fixture.embed, &texts, path, NULL));
    fixture_close(&fixture);
    must(wh_map_open(path, &map));
    const struct store_bytes mapped = {(void *)(uintptr_t)map.data, map.size};
    store_copy(&mapped, store);
    wh_map_close(&map);
    unlink(path);
}

void store_copy(const struct store_bytes *from, struct store_bytes *to) {
    to->size = from->size;
    to->bytes = wh_alloc_aligned(from->size, 1);
    assert_non_null(to->bytes);
    memcpy(to->bytes, from->bytes, from->size);
}

void store_free(struct store_bytes *store) {
    free(store->bytes);
    *store = (struct store_bytes){NULL, 0};
}

struct wh_store_header *store_header(const struct store_bytes *store) {
    return (void *)store->bytes;
}

struct wh_store_place *store_places(const struct store_bytes *store) {
    return (void *)(store->bytes + sizeof(struct wh_store_header));
}

struct wh_store_place *store_place(const struct store_bytes *store, uint32_t kind) {
    struct wh_store_place *places = store_places(store);
    for (uint32_t i = 0; i < store_header(store)->sections; i++)
        if (places[i].kind == kind)
            return &places[i];
    fail_msg("no section of kind %u", kind);
    return NULL;
}

void *store_section(const struct store_bytes *store, uint32_t kind) {
    return store->bytes + store_place(store, kind)->offset;
}

void store_sign(const struct store_bytes *store) {
    struct wh_store_header *header = store_header(store);
    struct wh_store_place *places = store_places(store);
    if (header->sections > (store->size - sizeof *header) / sizeof *places)
        return;
    for (uint32_t i = 0; i < header->sections; i++)
        if (places[i].offset <= store->size && places[i].size <= store->size - places[i].offset)
            wh_store_digest(store->bytes + places[i].offset, places[i].size, places[i].hash);
    wh_store_head_digest(header, places, header->hash);
}

enum wh_status store_open(const struct store_bytes *store, struct wh_embed **embed) {
    const struct wh_embed_options options = {
        .path = fixture_file("bent.haze", store->bytes, store->size), .format = "store"};
    enum wh_status status = wh_embed_open(&options, embed);
    unlink(options.path);
    return status;
}
