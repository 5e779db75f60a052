/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mem.h - memory that cannot overflow its size computation. Everything is zeroed and freed with
 * free(). On failure: NULL, and the sentence is stored.
 */
#ifndef WH_MEM_H
#define WH_MEM_H

#include <stddef.h>

void *wh_alloc(size_t count, size_t size);
void *wh_alloc_aligned(size_t count, size_t size); /* 64-byte aligned */
void *wh_realloc(void *old, size_t count,
                 size_t size); /* new part not zeroed; old stays on failure */

/* WH_TRY(WH_ALLOC(pointer, count)): typed allocation as a status. */
#define WH_ALLOC(pointer, count)                                                                   \
    (((pointer) = wh_alloc((count), sizeof *(pointer))) ? WH_OK : WH_NOMEM)
#define WH_ALLOC_ALIGNED(pointer, count)                                                           \
    (((pointer) = wh_alloc_aligned((count), sizeof *(pointer))) ? WH_OK : WH_NOMEM)

#endif
