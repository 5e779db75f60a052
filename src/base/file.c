/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file.c - mapped input, and output that appears whole or not at all. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

static enum wh_status map_descriptor(int fd, const char *path, struct wh_map *map) {
    struct stat facts;
    if (fstat(fd, &facts) != 0)
        return wh_fail(WH_NOINPUT, "%s: %s", path, strerror(errno));
    if (!S_ISREG(facts.st_mode))
        return wh_fail(WH_NOINPUT, "%s: expected a regular file, found %s", path,
                       S_ISDIR(facts.st_mode) ? "a directory" : "a special file");
    if (facts.st_size == 0)
        return WH_OK;
    void *data = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return wh_fail(WH_NOINPUT, "%s: cannot be mapped: %s", path, strerror(errno));
    map->data = data;
    map->size = (size_t)facts.st_size;
    return WH_OK;
}

enum wh_status wh_map_open(const char *path, struct wh_map *map) {
    *map = (struct wh_map){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* do not wait at a named pipe */
    if (fd < 0)
        return wh_fail(WH_NOINPUT, "%s: %s", path, strerror(errno));
    enum wh_status status = map_descriptor(fd, path, map);
    close(fd);
    return status;
}

void wh_map_close(struct wh_map *map) {
    if (map->data)
        munmap((void *)(uintptr_t)map->data, map->size);
    *map = (struct wh_map){0};
}

/* Through a symbolic link the link's target is replaced, not the link. */
static char *final_path(const char *path) {
    char *real = realpath(path, NULL);
    return real ? real : strdup(path);
}

/* The file that is replaced keeps its permissions; a new one follows the umask. */
static void keep_permissions(const char *path, int fd) {
    struct stat facts;
    if (stat(path, &facts) == 0)
        fchmod(fd, facts.st_mode & 0777);
}

/* ---- temporaries ---- */

#define BEHIND   ((off_t)128 << 20) /* bytes that the disk may be behind */
#define MARK     ".wordhaze-"
#define HEX      "[0-9a-f]"
#define ENDING   MARK HEX HEX HEX HEX HEX HEX HEX HEX
#define ATTEMPTS 100

/* A file that is being written is locked, so one without a lock has lost its writer. */
static void remove_if_lost(int folder, const char *name) {
    struct stat facts;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return;
    if (fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlinkat(folder, name, 0);
    close(fd);
}

void wh_outfile_sweep(const char *folder, const char *name) {
    size_t length = name ? strlen(name) : 0;
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    while (entries && (entry = readdir(entries)))
        if (strlen(entry->d_name) >= length &&
            strncmp(entry->d_name, name ? name : "", length) == 0 &&
            fnmatch(name ? ENDING : "*" ENDING, entry->d_name + length, 0) == 0)
            remove_if_lost(dirfd(entries), entry->d_name);
    if (entries)
        closedir(entries);
}

static char *folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
}

static void sweep_beside(const char *path) {
    const char *slash = strrchr(path, '/');
    char *folder = folder_of(path);
    if (folder)
        wh_outfile_sweep(folder, slash ? slash + 1 : path);
    free(folder);
}

/* False: a sweeper came between its making and its locking, and it is gone. */
static bool lock_new(int fd) {
    struct stat facts;
    flock(fd, LOCK_EX); /* where there are no locks nobody sweeps either */
    return fstat(fd, &facts) == 0 && facts.st_nlink > 0;
}

/* mkstemp() would make the file private whatever the umask says. */
static int create_beside(struct wh_outfile *file) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        struct wh_buf name = {0};
        wh_buf_addf(&name, "%s" MARK "%08x", file->path, (unsigned)randombytes_random());
        if (name.failed) {
            errno = ENOMEM;
            return -1;
        }
        int fd = open(name.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        int reason = errno;
        if (fd >= 0 && lock_new(fd)) {
            file->temporary = name.data;
            return fd;
        }
        if (fd >= 0)
            close(fd);
        wh_buf_free(&name);
        errno = reason;
        if (fd < 0 && reason != EEXIST)
            break;
    }
    return -1;
}

static enum wh_status open_temporary(struct wh_outfile *file) {
    sweep_beside(file->path);
    int fd = create_beside(file);
    if (fd < 0)
        return wh_fail(WH_CANTCREATE, "%s: cannot be created: %s", file->path, strerror(errno));
    keep_permissions(file->path, fd);
    file->stream = fdopen(fd, "wb");
    if (file->stream)
        return WH_OK;
    close(fd);
    return wh_fail(WH_NOMEM, "out of memory");
}

/* A pipe or device (/dev/stdout, a named pipe) cannot be replaced: it is written directly. */
static bool is_special(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0 && !S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode);
}

enum wh_status wh_outfile_open(const char *path, struct wh_outfile *file) {
    *file = (struct wh_outfile){0};
    if (strcmp(path, "-") == 0) {
        file->stream = stdout;
        return WH_OK;
    }
    file->path = final_path(path);
    if (!file->path)
        return wh_fail(WH_NOMEM, "out of memory");
    enum wh_status status;
    if (is_special(path)) {
        file->stream = fopen(path, "wb");
        status = file->stream ? WH_OK : wh_fail(WH_CANTCREATE, "%s: %s", path, strerror(errno));
    } else {
        status = open_temporary(file);
    }
    if (status != WH_OK)
        wh_outfile_abort(file);
    return status;
}

static void sync_directory(const char *path) {
    char *folder = folder_of(path);
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        fsync(fd); /* best effort: some file systems refuse it for directories */
        close(fd);
    }
    free(folder);
}

/* 0 when everything written has arrived, otherwise the reason as an errno. */
static int flush_stream(FILE *stream, bool durable) {
    errno = 0;
    bool good = fflush(stream) == 0 && (!durable || fsync(fileno(stream)) == 0);
    if (good && !ferror(stream))
        return 0;
    return !good && errno ? errno : EIO; /* an earlier write failed and its reason is gone */
}

void wh_outfile_settle(struct wh_outfile *file) {
    int fd = fileno(file->stream);
    off_t end = file->temporary && fflush(file->stream) == 0 ? lseek(fd, 0, SEEK_CUR) : -1;
    if (end < 0)
        return;
    sync_file_range(fd, 0, end, SYNC_FILE_RANGE_WRITE);
    if (end > BEHIND)
        sync_file_range(fd, 0, end - BEHIND, SYNC_FILE_RANGE_WAIT_BEFORE);
}

static int finish_stream(struct wh_outfile *file) {
    int fd = fileno(file->stream);
    int reason = flush_stream(file->stream, file->temporary != NULL);
    if (reason == EIO && file->temporary && write(fd, "", 1) < 0)
        reason = errno; /* the file is lost: one more byte asks again what is wrong */
    if (file->stream != stdout && fclose(file->stream) != 0 && !reason)
        reason = errno;
    file->stream = NULL;
    return reason;
}

enum wh_status wh_outfile_commit(struct wh_outfile *file) {
    enum wh_status status = WH_OK;
    const char *name = file->path ? file->path : "standard output";
    int reason = finish_stream(file);
    if (reason) {
        status = wh_fail(WH_IO, "%s: %s", name, strerror(reason));
    } else if (file->temporary) {
        if (rename(file->temporary, file->path) != 0) {
            status = wh_fail(WH_CANTCREATE, "%s: %s", name, strerror(errno));
        } else {
            free(file->temporary);
            file->temporary = NULL;
            sync_directory(file->path);
        }
    }
    wh_outfile_abort(file);
    return status;
}

void wh_outfile_abort(struct wh_outfile *file) {
    if (file->stream && file->stream != stdout)
        fclose(file->stream);
    if (file->temporary)
        unlink(file->temporary);
    free(file->temporary);
    free(file->path);
    *file = (struct wh_outfile){0};
}
