/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * file.h - files mapped for reading; files that appear whole or not at all.
 */
#ifndef WH_FILE_H
#define WH_FILE_H

#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

struct wh_map {
    const unsigned char *data; /* NULL for an empty file */
    size_t size;
};

/* Maps a regular file read-only. WH_NOINPUT with a sentence for a missing file, a directory... */
enum wh_status wh_map_open(const char *path, struct wh_map *map);
void wh_map_close(struct wh_map *map);

/* Writes to a temporary file beside path, locked as long as it is written; commit = flush, fsync,
 * rename, fsync of the directory. Temporaries of that path whose writer was killed go first.
 * Without commit, abort removes it. path "-" is standard output (commit then only flushes). */
struct wh_outfile {
    FILE *stream;
    char *path, *temporary;
};

enum wh_status wh_outfile_open(const char *path, struct wh_outfile *file);
/* Has the disk begin with what was written so far and waits until it is at most 128 MiB behind, so
 * that commit, which cannot be cancelled, has no more to wait for. Best effort. */
void wh_outfile_settle(struct wh_outfile *file);
enum wh_status wh_outfile_commit(struct wh_outfile *file); /* closes; on failure removes */
void wh_outfile_abort(struct wh_outfile *file);            /* safe after commit */

/* Removes what killed writers left in a folder, of the file called name or (NULL) of any. */
void wh_outfile_sweep(const char *folder, const char *name);

#endif
