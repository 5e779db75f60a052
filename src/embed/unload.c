/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * unload.c - vectors out of memory. They stand in a mapped file then. What is looked at is memory
 * of the process again, so it is watched: when there is too much of it, vectors go from the end on,
 * as many as it takes and the same ones every time. Work that goes over all vectors again and again
 * fetches only these anew.
 */
#include "embed/unload.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"

#define UNLOAD_FROM ((size_t)512 << 20)
#define WRITE_STEP  ((size_t)8 << 20)  /* bytes between two looks whether to go on */
#define GO_STEP     ((size_t)64 << 20) /* that leave at least, so that it is not done all the time */
#define STAY_SHARE  8                  /* one in so many bytes stays whatever happens */

struct wh_unloaded {
    int fd;           /* of the file; owned */
    size_t limit;     /* bytes that the process may take */
    size_t size;      /* of the vectors */
    size_t least;     /* of the vectors that stay whatever happens */
    size_t stay;      /* of the vectors that have always stayed */
    atomic_flag busy; /* a thread is at it */
};

static bool write_rows(int fd, const void *bytes, size_t size, const struct wh_token *token) {
    for (size_t done = 0; done < size;) {
        size_t step = size - done < WRITE_STEP ? size - done : WRITE_STEP;
        ssize_t now = write(fd, (const char *)bytes + done, step);
        if (now <= 0 || wh_token_cancelled(token))
            return false;
        done += (size_t)now;
    }
    return true;
}

static int open_nameless(const char *beside) {
    const char *slash = strrchr(beside, '/');
    char *folder = slash ? strndup(beside, (size_t)(slash - beside) + 1) : strdup(".");
    int fd = folder ? open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;
    free(folder);
    return fd;
}

static struct wh_unloaded *start_watch(const struct wh_embed *embed, int fd, size_t size,
                                       size_t room) {
    struct wh_unloaded *made = wh_alloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->fd = fd;
    made->limit = (size_t)embed->words * embed->dim * sizeof(float) + room;
    made->size = made->stay = size;
    made->least = size / STAY_SHARE;
    atomic_flag_clear(&made->busy);
    return made;
}

void wh_unload(struct wh_embed *embed, const char *beside, size_t least, size_t room,
               const struct wh_token *token) {
    size_t size = (size_t)embed->words * embed->stride * sizeof(float);
    if (!embed->owned_rows || embed->unloaded || size < least)
        return;
    int fd = open_nameless(beside);
    if (fd < 0)
        return;
    void *mapped = write_rows(fd, embed->owned_rows, size, token)
                       ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0)
                       : MAP_FAILED;
    if (mapped == MAP_FAILED) {
        close(fd);
        return;
    }
    munmap(embed->owned_rows, embed->owned_bytes);
    embed->rows = embed->owned_rows = mapped;
    embed->owned_bytes = size;
    embed->unloaded = start_watch(embed, fd, size, room);
    if (!embed->unloaded)
        close(fd);
}

void wh_unload_close(struct wh_unloaded *unloaded) {
    if (!unloaded)
        return;
    close(unloaded->fd);
    free(unloaded);
}

const float *wh_embed_look(const struct wh_embed *embed, uint32_t id, float *room) {
    const size_t size = embed->stride * sizeof *room;
    if (embed->unloaded && room &&
        pread(embed->unloaded->fd, room, size, (off_t)(id * size)) == (ssize_t)size)
        return room;
    return embed->rows + id * embed->stride;
}

void wh_embed_unload(struct wh_embed *embed, const char *beside, const struct wh_token *token) {
    wh_unload(embed, beside, UNLOAD_FROM, WH_UNLOAD_ROOM, token);
}

bool wh_embed_unloaded(const struct wh_embed *embed) {
    return embed->unloaded != NULL;
}

size_t wh_unload_staying(const struct wh_embed *embed) {
    return embed->unloaded->stay;
}

/* Bytes of memory that the process takes, mapped files included; 0 if it cannot be known. */
static size_t resident(size_t page) {
    size_t all, pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return 0;
    if (fscanf(file, "%zu %zu", &all, &pages) != 2)
        pages = 0;
    fclose(file);
    return pages * page;
}

/* First those that have gone before, then more and more. */
static void let_go(const struct wh_embed *embed, size_t page, size_t coming) {
    struct wh_unloaded *unloaded = embed->unloaded;
    const size_t free = coming + GO_STEP; /* there should be afterwards */
    while (resident(page) + free > unloaded->limit) {
        char *from = (char *)embed->owned_rows + unloaded->stay / page * page;
        size_t size = unloaded->size - unloaded->stay / page * page;
        madvise(from, size, MADV_DONTNEED);
        if (resident(page) + free <= unloaded->limit || unloaded->stay <= unloaded->least)
            break;
        size_t left = unloaded->stay - unloaded->least;
        unloaded->stay -= left < GO_STEP ? left : GO_STEP;
    }
}

void wh_embed_slim(const struct wh_embed *embed, size_t coming) {
    struct wh_unloaded *unloaded = embed->unloaded;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (!unloaded || resident(page) + coming <= unloaded->limit ||
        atomic_flag_test_and_set(&unloaded->busy))
        return;
    let_go(embed, page, coming);
    atomic_flag_clear(&unloaded->busy);
}
