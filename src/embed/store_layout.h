/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store_layout.h - the bytes of a store: one header, then sections, each at a multiple of 64 bytes.
 * All numbers are in the byte order of the machine that wrote it (the mark tells). Offsets count
 * from the file's first byte; a section of size 0 is absent. See wordhaze-store(5).
 */
#ifndef WH_STORE_LAYOUT_H
#define WH_STORE_LAYOUT_H

#include <stdint.h>

#define WH_STORE_MAGIC "wordhaze"
#define WH_STORE_BYTE_ORDER 0x01020304u
#define WH_STORE_VERSION 1u
#define WH_STORE_HASH 32
#define WH_STORE_ALIGN 64u

enum wh_store_section {
    WH_SECTION_ROWS,    /* words x stride float32 */
    WH_SECTION_NORMS,   /* words doubles: squared norms */
    WH_SECTION_STRINGS, /* every word followed by NUL */
    WH_SECTION_OFFSETS, /* words + 1 uint64, into strings */
    WH_SECTION_SLOTS,   /* hash index: uint32, a power of two of them */
    WH_SECTION_NAME,    /* texts, NUL-terminated */
    WH_SECTION_SOURCE,
    WH_SECTION_LICENSE,
    WH_SECTION_NEAREST, /* words doubles: r_1 */
    WH_SECTION_RADIUS,  /* words doubles: r_k */
    WH_SECTION_KNN,     /* words doubles: ln density by r_k */
    WH_SECTION_KDE,     /* words doubles: ln density by Gaussian kernels */
    WH_SECTION_MEAN,    /* dim doubles */
    WH_SECTION_VALUES,  /* dim doubles: eigenvalues, descending */
    WH_SECTION_AXES,    /* dim x dim doubles, one axis a row */
    WH_SECTION_COUNT
};

struct wh_store_place {
    uint64_t offset, size;
    unsigned char hash[WH_STORE_HASH]; /* BLAKE2b-256 of the section's bytes */
};

struct wh_store_header {
    char magic[8];
    uint32_t byte_order, version;
    uint32_t words, dim;
    uint64_t stride; /* floats from row to row */
    uint64_t file_size;
    double delta_min, delta_max, median_nn, radius_median, bandwidth;
    uint32_t closest[2], farthest[2];
    uint64_t duplicate_pairs;
    unsigned char checksum[WH_STORE_HASH]; /* of words and vectors, the same in every format */
    struct wh_store_place sections[WH_SECTION_COUNT];
    unsigned char hash[WH_STORE_HASH]; /* of this header up to here */
};

#endif
