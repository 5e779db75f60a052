/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * checkpoint.c - a header, then records, each with a hash under the header's key. Records are only
 * ever appended; after a kill the last one may be cut short, and is cut off at the next opening.
 * Nothing is synced: a process that dies loses nothing that was written, and what a machine that
 * dies loses is seen by the hashes.
 */
#include "base/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define BYTE_MARK  0x01020304u
#define VERSION    1u
#define HASH       16
#define COUNT_MOST (1u << 20) /* doubles in a record */

static const char magic[16] = "wordhaze found";

struct header {
    char magic[16];
    uint32_t byte_order, version;
    unsigned char key[WH_CHECKPOINT_KEY];
};

/* A record is this, its doubles, and the hash of both. */
struct head {
    uint32_t part, first, items, count;
};

_Static_assert(sizeof(struct header) == 56, "no holes in the header");
_Static_assert(sizeof(struct head) == 16, "no holes in a record's head");

struct wh_checkpoint {
    int fd;
    char *path;
    unsigned char key[WH_CHECKPOINT_KEY];
    off_t found; /* the end of what was there at opening */
    pthread_mutex_t lock;
    off_t end;             /* under the lock */
    bool failed;           /* under the lock: nothing more is added */
    unsigned char *buffer; /* under the lock: one record */
    size_t capacity;
};

static size_t record_size(uint32_t count) {
    return sizeof(struct head) + count * sizeof(double) + HASH;
}

static void hash_record(const struct wh_checkpoint *checkpoint, const unsigned char *bytes,
                        size_t size, unsigned char hash[HASH]) {
    crypto_generichash(hash, HASH, bytes, size - HASH, checkpoint->key, WH_CHECKPOINT_KEY);
}

static bool make_room(struct wh_checkpoint *checkpoint, size_t size) {
    if (size <= checkpoint->capacity)
        return true;
    unsigned char *grown = wh_realloc(checkpoint->buffer, size, 1);
    if (!grown)
        return false;
    checkpoint->buffer = grown;
    checkpoint->capacity = size;
    return true;
}

static bool read_all(int fd, void *bytes, size_t size, off_t at) {
    return pread(fd, bytes, size, at) == (ssize_t)size;
}

/* ---- reading ---- */

/* The record at a place, in the buffer; its size, or 0 where no whole one stands. */
static size_t read_record(struct wh_checkpoint *checkpoint, off_t at, struct head *head) {
    unsigned char hash[HASH];
    if (!read_all(checkpoint->fd, head, sizeof *head, at) || head->count > COUNT_MOST)
        return 0;
    size_t size = record_size(head->count);
    if (!make_room(checkpoint, size) || !read_all(checkpoint->fd, checkpoint->buffer, size, at))
        return 0;
    hash_record(checkpoint, checkpoint->buffer, size, hash);
    return memcmp(hash, checkpoint->buffer + size - HASH, HASH) == 0 ? size : 0;
}

void wh_checkpoint_each(struct wh_checkpoint *checkpoint,
                        void (*take)(void *context, const struct wh_checkpoint_record *record),
                        void *context) {
    struct head head;
    off_t at = sizeof(struct header);
    if (!checkpoint)
        return;
    pthread_mutex_lock(&checkpoint->lock);
    for (size_t size; at < checkpoint->found; at += (off_t)size) {
        size = read_record(checkpoint, at, &head);
        if (!size)
            break;
        const void *values = checkpoint->buffer + sizeof head;
        take(context,
             &(struct wh_checkpoint_record){head.part, head.first, head.items, head.count, values});
    }
    pthread_mutex_unlock(&checkpoint->lock);
}

/* ---- writing ---- */

static void append(struct wh_checkpoint *checkpoint, const struct wh_checkpoint_record *record) {
    const struct head head = {record->part, record->first, record->items, record->count};
    size_t size = record_size(record->count);
    checkpoint->failed = record->count > COUNT_MOST || !make_room(checkpoint, size);
    if (checkpoint->failed)
        return;
    unsigned char *bytes = checkpoint->buffer;
    memcpy(bytes, &head, sizeof head);
    memcpy(bytes + sizeof head, record->values, record->count * sizeof(double));
    hash_record(checkpoint, bytes, size, bytes + size - HASH);
    checkpoint->failed = pwrite(checkpoint->fd, bytes, size, checkpoint->end) != (ssize_t)size;
    checkpoint->end += (off_t)size; /* half a record does no harm: it ends what is believed */
}

void wh_checkpoint_add(struct wh_checkpoint *checkpoint,
                       const struct wh_checkpoint_record *record) {
    if (!checkpoint)
        return;
    pthread_mutex_lock(&checkpoint->lock);
    if (!checkpoint->failed)
        append(checkpoint, record);
    pthread_mutex_unlock(&checkpoint->lock);
}

/* ---- opening ---- */

/* Locked, and still under its name: whoever had it before may just have removed it. */
static bool is_ours(int fd, const char *path) {
    struct stat held, named;
    return fstat(fd, &held) == 0 && stat(path, &named) == 0 && S_ISREG(held.st_mode) &&
           held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

static int open_locked(const char *path, const struct wh_token *token) {
    for (int attempt = 0; attempt < 3; attempt++) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
        if (fd < 0)
            return -1;
        bool locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
        if (locked && is_ours(fd, path))
            return fd;
        if (!locked && errno == EWOULDBLOCK)
            wh_token_note(token, "%s: another process is at it: starting over, without it", path);
        close(fd);
        if (!locked)
            return -1;
    }
    return -1;
}

static bool begin_anew(struct wh_checkpoint *checkpoint) {
    struct header header = {.byte_order = BYTE_MARK, .version = VERSION};
    memcpy(header.magic, magic, sizeof header.magic);
    memcpy(header.key, checkpoint->key, sizeof header.key);
    checkpoint->found = checkpoint->end = sizeof header;
    return ftruncate(checkpoint->fd, 0) == 0 &&
           pwrite(checkpoint->fd, &header, sizeof header, 0) == (ssize_t)sizeof header;
}

static const char *fault_of(const struct wh_checkpoint *checkpoint, const struct header *header,
                            off_t size) {
    if (size < (off_t)sizeof *header)
        return "a damaged checkpoint";
    if (header->byte_order != BYTE_MARK || header->version != VERSION)
        return "a checkpoint of another version";
    if (memcmp(header->key, checkpoint->key, WH_CHECKPOINT_KEY) != 0)
        return "a checkpoint of other work";
    return NULL;
}

/* Finds the end of what can be believed, and cuts off the rest. */
static bool find_end(struct wh_checkpoint *checkpoint, off_t size, const struct wh_token *token) {
    struct head head;
    off_t at = sizeof(struct header);
    for (size_t step; (step = read_record(checkpoint, at, &head)) > 0;)
        at += (off_t)step;
    if (at < size)
        wh_token_note(token, "%s: a damaged checkpoint: only what stands before the damage counts",
                      checkpoint->path);
    checkpoint->found = checkpoint->end = at;
    return at == size || ftruncate(checkpoint->fd, at) == 0;
}

static bool look(struct wh_checkpoint *checkpoint, const struct wh_token *token) {
    struct header header = {.magic = ""};
    struct stat facts;
    if (fstat(checkpoint->fd, &facts) != 0)
        return false;
    if (facts.st_size == 0)
        return begin_anew(checkpoint);
    if (pread(checkpoint->fd, &header, sizeof header, 0) < 0 ||
        memcmp(header.magic, magic, sizeof magic) != 0) {
        wh_token_note(token, "%s: not a checkpoint, left alone: starting over, without one",
                      checkpoint->path);
        return false;
    }
    const char *fault = fault_of(checkpoint, &header, facts.st_size);
    if (!fault)
        return find_end(checkpoint, facts.st_size, token);
    wh_token_note(token, "%s: %s: starting over", checkpoint->path, fault);
    return begin_anew(checkpoint);
}

struct wh_checkpoint *wh_checkpoint_open(const char *path,
                                         const unsigned char key[WH_CHECKPOINT_KEY],
                                         const struct wh_token *token) {
    struct wh_checkpoint *made = wh_alloc(1, sizeof *made);
    if (!made)
        return NULL;
    memcpy(made->key, key, WH_CHECKPOINT_KEY);
    pthread_mutex_init(&made->lock, NULL);
    made->path = strdup(path);
    made->fd = made->path ? open_locked(path, token) : -1;
    if (made->fd >= 0 && look(made, token))
        return made;
    wh_checkpoint_close(made);
    return NULL;
}

void wh_checkpoint_close(struct wh_checkpoint *checkpoint) {
    if (!checkpoint)
        return;
    if (checkpoint->fd >= 0)
        close(checkpoint->fd);
    pthread_mutex_destroy(&checkpoint->lock);
    free(checkpoint->buffer);
    free(checkpoint->path);
    free(checkpoint);
}

void wh_checkpoint_remove(struct wh_checkpoint *checkpoint) {
    if (checkpoint)
        unlink(checkpoint->path); /* while it is locked: nobody else can have begun one */
    wh_checkpoint_close(checkpoint);
}

/* ---- items ---- */

struct taking {
    struct wh_items *items;
    const struct wh_resumption *resumption;
};

bool wh_items_done(const struct wh_items *items, size_t begin, size_t end) {
    for (size_t item = begin; item < end; item++)
        if (!items->done[item])
            return false;
    return true;
}

static void take(void *context, const struct wh_checkpoint_record *record) {
    const struct taking *taking = context;
    const struct wh_resumption *resumption = taking->resumption;
    struct wh_items *items = taking->items;
    if (record->part != resumption->part || record->items > items->count ||
        record->first > items->count - record->items ||
        wh_items_done(items, record->first, record->first + record->items) ||
        !resumption->take(resumption->context, record))
        return;
    for (uint32_t i = 0; i < record->items; i++) {
        bool *done = &items->done[record->first + i];
        atomic_fetch_add(&items->done_count, !*done);
        *done = true;
    }
}

enum wh_status wh_items_open(struct wh_items *items, uint32_t count,
                             const struct wh_resumption *resumption, const struct wh_token *token) {
    struct taking taking = {items, resumption};
    items->count = count;
    atomic_init(&items->done_count, 0);
    items->done = wh_alloc(count, sizeof *items->done);
    if (!items->done)
        return WH_NOMEM;
    wh_checkpoint_each(wh_token_checkpoint(token), take, &taking);
    if (atomic_load(&items->done_count))
        wh_token_note(token, "resuming %s at %.0f %%", resumption->what,
                      floor(100.0 * (double)atomic_load(&items->done_count) / count));
    return WH_OK;
}

size_t wh_items_keep(struct wh_items *items, const struct wh_checkpoint_record *record,
                     const struct wh_token *token) {
    if (record->values)
        wh_checkpoint_add(wh_token_checkpoint(token), record);
    return atomic_fetch_add(&items->done_count, record->items) + record->items;
}

void wh_items_close(struct wh_items *items) {
    free(items->done);
    items->done = NULL;
}
