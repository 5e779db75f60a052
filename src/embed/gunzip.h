/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gunzip.h - unpacking .gz (RFC 1952), one piece after the other, with its checksums compared:
 * libarchive unpacks it too, but does not compare them, and a bit that flipped would be a wrong
 * vector. */
#ifndef WH_GUNZIP_H
#define WH_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>

struct wh_gunzip;

/* Gives the next bytes as they stand in the file; *size = 0 at its end. False: it has failed. */
typedef bool (*wh_gunzip_more)(void *context, const unsigned char **bytes, size_t *size);

/* NULL when out of memory. */
struct wh_gunzip *wh_gunzip_open(wh_gunzip_more more, void *context);
void wh_gunzip_close(struct wh_gunzip *gunzip);

/* Up to size bytes, 0 only at the end; -1 when it cannot go on, and *reason says why (NULL: more
 * has failed). */
long wh_gunzip_read(struct wh_gunzip *gunzip, void *bytes, size_t size, const char **reason);

#endif
