/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cache_folder.c - making the folder of the cache, looking into it and keeping it small.
 *
 * An entry's time of change is when it was used last: opening one sets it, because the time of
 * access is not kept on every file system. Nothing is locked for removing entries: two processes
 * that do so at once see the same order and remove the same ones.
 */
#include "embed/cache_folder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#define HEX_DIGITS    32
#define FORGOTTEN     (30 * 24 * 3600) /* seconds after which unfinished work is not gone on with */
#define BOUND         ((uint64_t)8 << 30) /* bytes */
#define BOUND_LARGEST 1e18                /* bytes */

/* ---- names ---- */

void wh_cache_folder(struct wh_buf *path) {
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache && *cache == '/')
        wh_buf_addf(path, "%s/wordhaze", cache);
    else if (home && *home == '/')
        wh_buf_addf(path, "%s/.cache/wordhaze", home);
}

void wh_cache_name(struct wh_buf *path, const char *hex, const char *kind) {
    wh_buf_addf(path, "/%.*s.%s", HEX_DIGITS, hex, kind);
}

static bool is_of_kind(const char *name, const char *kind) {
    return strspn(name, "0123456789abcdef") == HEX_DIGITS && name[HEX_DIGITS] == '.' &&
           strcmp(name + HEX_DIGITS + 1, kind) == 0;
}

/* ---- what is there ---- */

struct item {
    char name[HEX_DIGITS + 8];
    bool unfinished;
    struct timespec used;
    uint64_t bytes;
};

struct items {
    struct item *list;
    size_t count, capacity;
    uint64_t bytes;
    int folder; /* as a descriptor of entries */
    DIR *entries;
};

static bool find_item(int folder, const char *name, struct item *item) {
    struct stat facts;
    item->unfinished = is_of_kind(name, WH_CACHE_UNFINISHED);
    if ((!item->unfinished && !is_of_kind(name, WH_CACHE_ENTRY)) ||
        fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(facts.st_mode))
        return false;
    memcpy(item->name, name, strlen(name) + 1);
    item->used = facts.st_mtim;
    item->bytes = (uint64_t)facts.st_size;
    return true;
}

static enum wh_status add_item(struct items *items, const struct item *item) {
    if (items->count == items->capacity) {
        size_t capacity = items->capacity ? 2 * items->capacity : 64;
        struct item *list = wh_realloc(items->list, capacity, sizeof *list);
        if (!list)
            return WH_NOMEM;
        items->list = list;
        items->capacity = capacity;
    }
    items->list[items->count++] = *item;
    items->bytes += item->bytes;
    return WH_OK;
}

static void close_items(struct items *items) {
    if (items->entries)
        closedir(items->entries);
    free(items->list);
    *items = (struct items){0};
}

/* A folder that cannot be opened holds nothing. */
static enum wh_status open_items(const char *folder, struct items *items) {
    enum wh_status status = WH_OK;
    const struct dirent *entry;
    struct item item;
    *items = (struct items){.entries = opendir(folder)};
    if (!items->entries)
        return WH_OK;
    items->folder = dirfd(items->entries);
    while ((entry = readdir(items->entries)))
        if (find_item(items->folder, entry->d_name, &item))
            WH_TRY(add_item(items, &item));
out:
    if (status != WH_OK)
        close_items(items);
    return status;
}

/* The order in which things go. */
static int compare_items(const void *left, const void *right) {
    const struct item *a = left, *b = right;
    if (a->unfinished != b->unfinished)
        return a->unfinished ? 1 : -1;
    if (a->used.tv_sec != b->used.tv_sec)
        return a->used.tv_sec < b->used.tv_sec ? -1 : 1;
    if (a->used.tv_nsec != b->used.tv_nsec)
        return a->used.tv_nsec < b->used.tv_nsec ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* ---- removing ---- */

/* Unfinished work is locked by the process that does it. */
static bool remove_unlocked(int folder, const char *name) {
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool gone = flock(fd, LOCK_EX | LOCK_NB) == 0 && unlinkat(folder, name, 0) == 0;
    close(fd);
    return gone;
}

/* True when the item is gone. One that was used since it was seen stays. */
static bool remove_item(const struct items *items, const struct item *item) {
    struct item now;
    if (!find_item(items->folder, item->name, &now))
        return true;
    if (now.used.tv_sec != item->used.tv_sec || now.used.tv_nsec != item->used.tv_nsec)
        return false;
    if (item->unfinished)
        return remove_unlocked(items->folder, item->name);
    return unlinkat(items->folder, item->name, 0) == 0 || errno == ENOENT;
}

static void sweep(const char *folder) {
    struct items items;
    if (open_items(folder, &items) != WH_OK)
        return;
    for (size_t i = 0; i < items.count; i++)
        if (items.list[i].unfinished && items.list[i].used.tv_sec + FORGOTTEN < time(NULL))
            remove_item(&items, &items.list[i]);
    close_items(&items);
    wh_outfile_sweep(folder, NULL);
}

bool wh_cache_make_folder(char *path) {
    char *slash = strrchr(path, '/'), *above;
    *slash = '\0';
    if (mkdir(path, 0700) != 0 && errno == ENOENT && (above = strrchr(path, '/'))) {
        *above = '\0';
        mkdir(path, 0700);
        *above = '/';
        mkdir(path, 0700);
    }
    struct stat facts;
    bool there = stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
    if (there)
        sweep(path);
    *slash = '/';
    return there;
}

/* ---- the bound ---- */

/* A number and K, M, G or T, powers of 1024, perhaps with B or iB. */
static bool parse_size(const char *text, uint64_t *bytes) {
    static const char units[] = "KMGT";
    char number[32];
    double value, unit = 1;
    size_t length = strspn(text, "0123456789.");
    const char *rest = text + length;
    if (length == 0 || length >= sizeof number)
        return false;
    memcpy(number, text, length);
    number[length] = '\0';
    const char *letter = *rest ? strchr(units, toupper((unsigned char)*rest)) : NULL;
    for (const char *each = units; letter && each <= letter; each++)
        unit *= 1024;
    rest += letter != NULL;
    bool ends = !*rest || strcmp(rest, "B") == 0 || (letter && strcmp(rest, "iB") == 0);
    if (!ends || !wh_str_double(number, &value) || value * unit > BOUND_LARGEST)
        return false;
    *bytes = (uint64_t)(value * unit);
    return true;
}

enum wh_status wh_cache_bound(uint64_t *bytes) {
    const char *text = getenv("WORDHAZE_CACHE_SIZE");
    *bytes = BOUND;
    if (!text || !*text || parse_size(text, bytes))
        return WH_OK;
    return wh_fail(WH_USAGE, "WORDHAZE_CACHE_SIZE=%.40s: expected a size such as 500M or 8G", text);
}

void wh_cache_touch(const char *path) {
    utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW);
}

static void trim(const char *folder, const char *kept, uint64_t bound) {
    struct items items;
    if (open_items(folder, &items) != WH_OK)
        return;
    if (items.bytes > bound)
        qsort(items.list, items.count, sizeof *items.list, compare_items);
    for (size_t i = 0; i < items.count && items.bytes > bound; i++)
        if (strcmp(items.list[i].name, kept) != 0 && remove_item(&items, &items.list[i]))
            items.bytes -= items.list[i].bytes;
    close_items(&items);
}

void wh_cache_trim(const char *kept) {
    uint64_t bound;
    const char *slash = strrchr(kept, '/');
    char *folder = slash ? strndup(kept, (size_t)(slash - kept)) : NULL;
    if (folder && wh_cache_bound(&bound) == WH_OK)
        trim(folder, slash + 1, bound);
    free(folder);
}

/* ---- for people ---- */

static enum wh_status open_folder(struct items *items) {
    struct wh_buf folder = {0};
    *items = (struct items){0};
    wh_cache_folder(&folder);
    enum wh_status status = folder.failed ? wh_fail(WH_NOMEM, "out of memory")
                                          : open_items(folder.length ? folder.data : "", items);
    wh_buf_free(&folder);
    return status;
}

static void count_item(struct wh_cache_facts *facts, const struct item *item) {
    facts->entries += !item->unfinished;
    facts->unfinished += item->unfinished;
    facts->bytes += item->bytes;
}

enum wh_status wh_cache_look(struct wh_cache_facts *facts) {
    struct items items;
    *facts = (struct wh_cache_facts){0};
    enum wh_status status = open_folder(&items);
    for (size_t i = 0; i < items.count; i++)
        count_item(facts, &items.list[i]);
    close_items(&items);
    return status;
}

enum wh_status wh_cache_clear(struct wh_cache_facts *facts) {
    struct items items;
    *facts = (struct wh_cache_facts){0};
    enum wh_status status = open_folder(&items);
    for (size_t i = 0; i < items.count; i++)
        if (remove_item(&items, &items.list[i]))
            count_item(facts, &items.list[i]);
    close_items(&items);
    return status;
}
