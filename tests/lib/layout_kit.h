/* SPDX-License-Identifier: GPL-3.0-or-later */
/* layout_kit.h - the same words and vectors in every layout that is read, packed or not; written
 * from the formats' descriptions, apart from the code under test. */
#ifndef LAYOUT_KIT_H
#define LAYOUT_KIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct layout_words {
    uint32_t words, dim;
    const char *const *texts;
    const float *rows; /* words x dim */
};

/* A number in a layout's bytes on which the rest depends. */
struct layout_count {
    size_t offset, size; /* least significant byte first */
};
#define LAYOUT_COUNTS 8

struct layout {
    const char *name, *extension;
    const char *format; /* as wh_embed_format() says */
    bool wordless;      /* needs a vocabulary file beside it */
    bool binary;        /* a missing byte cannot go unnoticed */
    size_t spare;       /* bytes at the end that may lack */
    void (*write)(const struct layout_words *words, struct wh_buf *out);
    struct layout_count counts[LAYOUT_COUNTS]; /* that may not be wrong; ends with size 0 */
};
extern const struct layout layouts[];
extern const size_t layout_count;

/* One word a line. */
void layout_vocabulary(const struct layout_words *words, struct wh_buf *out);

/* Ways to pack a file: 0 is none. */
extern const char *const packings[]; /* what the file's name ends in */
extern const size_t packing_count;
void layout_pack(size_t packing, const char *member, const struct wh_buf *bytes,
                 struct wh_buf *out);
/* A zip of several members, all with these bytes. */
void layout_zip(const char *const *members, size_t count, const struct wh_buf *bytes,
                struct wh_buf *out);

/* Numbers, least significant byte first. */
void layout_number(struct wh_buf *out, uint64_t value, size_t size);

#endif
