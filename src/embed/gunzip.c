/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gunzip.c - zlib in a loop over the pieces of a file. What follows the last piece and is none is
 * passed over, as gzip itself does. */
#include "embed/gunzip.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/mem.h"

#define GZIP_ONLY (MAX_WBITS + 16) /* as zlib wants it said */

struct wh_gunzip {
    z_stream zlib;
    wh_gunzip_more more;
    void *context;
    bool between; /* a piece is complete: what comes is another one, or is passed over */
    bool ended;
};

struct wh_gunzip *wh_gunzip_open(wh_gunzip_more more, void *context) {
    struct wh_gunzip *gunzip = wh_alloc(1, sizeof *gunzip);
    if (!gunzip)
        return NULL;
    gunzip->more = more;
    gunzip->context = context;
    if (inflateInit2(&gunzip->zlib, GZIP_ONLY) == Z_OK)
        return gunzip;
    free(gunzip);
    return NULL;
}

void wh_gunzip_close(struct wh_gunzip *gunzip) {
    if (!gunzip)
        return;
    inflateEnd(&gunzip->zlib);
    free(gunzip);
}

static bool refill(struct wh_gunzip *gunzip) {
    const unsigned char *bytes;
    size_t size;
    if (gunzip->zlib.avail_in)
        return true;
    if (!gunzip->more(gunzip->context, &bytes, &size))
        return false;
    gunzip->zlib.next_in = (unsigned char *)(uintptr_t)bytes;
    gunzip->zlib.avail_in = (unsigned)size;
    gunzip->ended = size == 0;
    return true;
}

/* At the end of a piece: another one begins with the same byte, anything else ends the file. */
static void look_behind(struct wh_gunzip *gunzip) {
    if (gunzip->ended || *gunzip->zlib.next_in != 0x1f)
        gunzip->ended = true;
    else
        inflateReset(&gunzip->zlib);
    gunzip->between = false;
}

static const char *reason_of(const struct wh_gunzip *gunzip, int result) {
    if (result == Z_MEM_ERROR)
        return "out of memory";
    return gunzip->zlib.msg ? gunzip->zlib.msg : "damaged";
}

long wh_gunzip_read(struct wh_gunzip *gunzip, void *bytes, size_t size, const char **reason) {
    z_stream *zlib = &gunzip->zlib;
    *reason = NULL;
    zlib->next_out = bytes;
    zlib->avail_out = (unsigned)(size < INT_MAX ? size : INT_MAX);
    const unsigned room = zlib->avail_out;
    while (zlib->avail_out == room && !gunzip->ended) {
        if (!refill(gunzip))
            return -1;
        if (gunzip->between) {
            look_behind(gunzip);
            continue;
        }
        if (gunzip->ended) {
            *reason = "the end of the file comes too early";
            return -1;
        }
        int result = inflate(zlib, Z_NO_FLUSH);
        gunzip->between = result == Z_STREAM_END;
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
            *reason = reason_of(gunzip, result);
            return -1;
        }
    }
    return (long)(room - zlib->avail_out);
}
