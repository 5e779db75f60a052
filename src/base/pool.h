/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pool.h - fork and join: the same function over a range of items on several threads. Items are
 * handed out in chunks, so results must not depend on which thread does which.
 */
#ifndef WH_POOL_H
#define WH_POOL_H

#include <stddef.h>

#include "base/status.h"

/* Does items begin..end-1 on thread number "thread" (0-based). */
typedef enum wh_status (*wh_pool_work)(void *context, size_t begin, size_t end, int thread);

/* threads <= 0 means all processors; one thread runs in the caller. Returns the first failure, with
 * its sentence stored in the calling thread; remaining chunks are then skipped. */
enum wh_status wh_pool_run(int threads, size_t items, size_t chunk, wh_pool_work work,
                           void *context);

#endif
