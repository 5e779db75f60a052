/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mem.c - allocation with checked sizes. */
#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/status.h"

#define ALIGNMENT 64
#define HUGE_PAGE ((size_t)2 << 20)
#define HUGE_FROM (4 * HUGE_PAGE) /* what is rounded up to them then is little */

static bool product(size_t count, size_t size, size_t *bytes) {
    return !__builtin_mul_overflow(count, size, bytes) && *bytes <= PTRDIFF_MAX;
}

static void *refuse(size_t count, size_t size) {
    wh_fail(WH_NOMEM, "out of memory (%zu items of %zu bytes)", count, size);
    return NULL;
}

void *wh_alloc(size_t count, size_t size) {
    size_t bytes;
    if (!product(count, size, &bytes))
        return refuse(count, size);
    void *memory = calloc(1, bytes ? bytes : 1);
    return memory ? memory : refuse(count, size);
}

void *wh_alloc_aligned(size_t count, size_t size) {
    size_t bytes;
    if (!product(count, size, &bytes) || bytes > PTRDIFF_MAX - HUGE_PAGE)
        return refuse(count, size);
    size_t unit = bytes < HUGE_FROM ? ALIGNMENT : HUGE_PAGE;
    bytes = bytes ? (bytes + unit - 1) / unit * unit : unit;
    void *memory = aligned_alloc(unit, bytes);
    if (!memory)
        return refuse(count, size);
    if (unit == HUGE_PAGE)
        madvise(memory, bytes, MADV_HUGEPAGE); /* rows are read in any order; if not, so be it */
    return memset(memory, 0, bytes);
}

void *wh_realloc(void *old, size_t count, size_t size) {
    size_t bytes;
    if (!product(count, size, &bytes))
        return refuse(count, size);
    void *memory = realloc(old, bytes ? bytes : 1);
    return memory ? memory : refuse(count, size);
}
