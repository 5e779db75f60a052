/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store_layout.h - the bytes of a store: a header, a table of sections, then the sections, each at
 * a multiple of 64 bytes, in the order of the table, zeros between them. Numbers are in the byte
 * order of the machine that wrote it (the mark tells); offsets count from the file's first byte. A
 * reader passes over sections of a kind it does not know, so that kinds can be added without a new
 * version. See wordhaze-store(5).
 */
#ifndef WH_STORE_LAYOUT_H
#define WH_STORE_LAYOUT_H

#include <stdint.h>

#include "embed/embed.h"

#define WH_STORE_MAGIC        "wordhaze"
#define WH_STORE_BYTE_ORDER   0x01020304u
#define WH_STORE_VERSION      1u
#define WH_STORE_HASH         32
#define WH_STORE_ALIGN        64u
#define WH_STORE_SECTIONS_MAX 256u

/* Kinds are never given a new meaning; "needed" ones stand in every store. */
enum wh_store_kind {
    WH_SECTION_ROWS = 1,    /* needed: words x stride float32 */
    WH_SECTION_NORMS = 2,   /* needed: words doubles, squared norms */
    WH_SECTION_STRINGS = 3, /* needed: every word followed by NUL */
    WH_SECTION_OFFSETS = 4, /* needed: words + 1 uint64, into strings */
    WH_SECTION_SLOTS = 5,   /* needed: hash index, uint32, a power of two of them */
    WH_SECTION_NAME = 6,    /* texts, NUL-terminated */
    WH_SECTION_SOURCE = 7,
    WH_SECTION_LICENSE = 8,
    WH_SECTION_FACTS = 9,    /* struct wh_store_facts */
    WH_SECTION_NEAREST = 10, /* words doubles: r_1 */
    WH_SECTION_RADIUS = 11,  /* words doubles: r_k */
    WH_SECTION_KNN = 12,     /* words doubles: ln density by r_k */
    WH_SECTION_KDE = 13,     /* words doubles: ln density by Gaussian kernels */
    WH_SECTION_MEAN = 14,    /* dim doubles */
    WH_SECTION_VALUES = 15,  /* dim doubles: eigenvalues, descending */
    WH_SECTION_AXES = 16,    /* dim x dim doubles, one axis a row */
    WH_SECTION_ORIGIN = 17,  /* struct wh_store_origin, in caches */
};
#define WH_SECTION_KNOWN 17

struct wh_store_header {
    char magic[8];
    uint32_t byte_order, version;
    uint32_t words, dim;
    uint64_t stride; /* floats from row to row */
    uint64_t file_size;
    uint32_t sections, zero;
    unsigned char checksum[WH_STORE_HASH]; /* of words and vectors, the same in every format */
    unsigned char hash[WH_STORE_HASH];     /* BLAKE2b-256 of all above and of the table */
};

/* The table follows the header at once. */
struct wh_store_place {
    uint32_t kind, zero;
    uint64_t offset, size;
    unsigned char hash[WH_STORE_HASH]; /* BLAKE2b-256 of the section's bytes */
};

/* Members of struct wh_derived that are no arrays. */
struct wh_store_facts {
    double delta_min, delta_max, median_nn, radius_median, bandwidth;
    uint32_t closest[2], farthest[2];
    uint64_t duplicate_pairs;
};

/* What a cached embedding was made from. */
struct wh_store_origin {
    struct wh_embed_summary summary;
    char format[16]; /* the loader's name, NUL-terminated */
};

_Static_assert(sizeof(struct wh_store_header) == 112, "no holes in the header");
_Static_assert(sizeof(struct wh_store_place) == 56, "no holes in the table");
_Static_assert(sizeof(struct wh_store_facts) == 64, "no holes in the facts");

#endif
