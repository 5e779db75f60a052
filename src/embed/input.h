/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * input.h - the bytes of a file, a pipe or standard input, unpacked on the way if they are packed
 * (.gz .xz .zst .bz2 .zip, found by content). "FILE.zip:MEMBER" is one member of a zip.
 */
#ifndef WH_INPUT_H
#define WH_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/file.h"
#include "base/status.h"
#include "base/token.h"

#define WH_INPUT_HEAD ((size_t)1 << 16) /* bytes that can be looked at before they are read */

struct archive;
struct wh_gunzip;

/* What of a file changes when another takes its place or its content does. */
struct wh_stamp {
    dev_t device;
    ino_t number;
    off_t size;
    struct timespec changed;
};

/* Bytes read before they are asked for. */
struct wh_ahead {
    unsigned char *bytes; /* room for WH_INPUT_HEAD */
    size_t size, used;    /* how many there are, and have been handed out */
};

struct wh_input {
    char *path; /* of the file */
    char *name; /* for sentences: with the member, "standard input" */
    struct wh_token *token;
    struct archive *archive; /* one of the two unpacks, or the bytes are as they stand */
    struct wh_gunzip *gunzip;
    int fd;
    bool regular;       /* a file with a path, that can be mapped and whose size is known */
    uint64_t file_size; /* of a regular file */
    struct wh_stamp stamp;
    uint64_t size;        /* of the content if that is known before it is read, else 0 */
    uint64_t position;    /* of the next byte of the content */
    uint64_t taken;       /* bytes of a packed file, as it stands */
    uint64_t unpacked;    /* bytes they became */
    struct wh_ahead head; /* at first the beginning of the content */
    struct wh_ahead raw;  /* of a packed file, as it stands */
    bool failed;          /* a sentence stands that libarchive's must not replace */
};

/* Opens path ("-" is standard input) and fills head with as much of the content as fits. */
enum wh_status wh_input_open(const char *path, struct wh_token *token, struct wh_input *input);
void wh_input_close(struct wh_input *input);
bool wh_stamp_same(const struct wh_stamp *a, const struct wh_stamp *b);

/* Up to size bytes; fewer only at the end. */
enum wh_status wh_input_read(struct wh_input *input, void *bytes, size_t size, size_t *got);
/* Exactly size bytes, or WH_DATA: "FILE: byte N: expected WHAT, found the end". */
enum wh_status wh_input_exact(struct wh_input *input, void *bytes, size_t size, const char *what);
enum wh_status wh_input_skip(struct wh_input *input, uint64_t size, const char *what);

/* Reads what is left, so that the checksums of a packed file are compared; WH_DATA if there is
 * something and nothing may be. */
enum wh_status wh_input_finish(struct wh_input *input, bool nothing);

/* WH_DATA unless size more bytes are there, as far as one knows before reading them. */
enum wh_status wh_input_promise(const struct wh_input *input, uint64_t size, const char *what);

/* Whether its bytes are not as they stand in the file. */
bool wh_input_packed(const struct wh_input *input);

/* How much of the file has been used, 0 to 1; 0 if it has no known size. */
double wh_input_share(const struct wh_input *input);

/* The whole content in memory: the file itself is mapped, anything else goes through a temporary
 * file without a name. For an input of which nothing was read yet. */
enum wh_status wh_input_map(struct wh_input *input, struct wh_map *map);

#endif
