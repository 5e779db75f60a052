/* SPDX-License-Identifier: GPL-3.0-or-later */
/* input.c - reading bytes, and having zlib or libarchive unpack them. Archives in archives are not
 * looked into. Both read through our callbacks, so that a pipe can be looked at first and every
 * read can be cancelled. */
#include "embed/input.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "embed/gunzip.h"

#define MEMBERS_TOLD 8 /* names of a zip's members in a sentence */

/* ---- the file itself ---- */

/* Up to size bytes as they stand in the file; fewer only at its end. */
static enum wh_status read_raw(struct wh_input *input, void *bytes, size_t size, size_t *got) {
    *got = 0;
    while (*got < size) {
        enum wh_status status = wh_token_check(input->token);
        if (status != WH_OK)
            return status;
        ssize_t step = read(input->fd, (char *)bytes + *got, size - *got);
        if (step < 0 && errno == EINTR)
            continue;
        if (step < 0)
            return wh_fail(WH_IO, "%s: %s", input->name, strerror(errno));
        if (step == 0)
            break;
        *got += (size_t)step;
    }
    return WH_OK;
}

static enum wh_status look_at_file(struct wh_input *input, const char *path) {
    struct stat facts;
    if (fstat(input->fd, &facts) != 0)
        return wh_fail(WH_NOINPUT, "%s: %s", path, strerror(errno));
    if (S_ISDIR(facts.st_mode))
        return wh_fail(WH_NOINPUT, "%s: expected a file, found a directory", path);
    input->regular = S_ISREG(facts.st_mode) && input->fd != STDIN_FILENO;
    input->file_size = input->regular ? (uint64_t)facts.st_size : 0;
    input->stamp = (struct wh_stamp){facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtim};
    return WH_OK;
}

bool wh_stamp_same(const struct wh_stamp *a, const struct wh_stamp *b) {
    return a->device == b->device && a->number == b->number && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

/* The end of the file's name in "FILE:MEMBER", NULL if path is a file or no such thing. */
static const char *member_of(const char *path) {
    struct stat facts;
    const char *colon = NULL;
    if (strcmp(path, "-") == 0 || stat(path, &facts) == 0)
        return NULL;
    for (const char *at = strchr(path, ':'); at && !colon; at = strchr(at + 1, ':')) {
        char *file = strndup(path, (size_t)(at - path));
        if (file && stat(file, &facts) == 0 && S_ISREG(facts.st_mode))
            colon = at;
        free(file);
    }
    return colon;
}

static enum wh_status open_file(struct wh_input *input, const char *path, const char *colon) {
    bool standard = strcmp(path, "-") == 0;
    input->name = strdup(standard ? "standard input" : path);
    input->path = colon ? strndup(path, (size_t)(colon - path)) : strdup(path);
    if (!input->name || !input->path)
        return wh_fail(WH_NOMEM, "out of memory");
    input->fd = standard ? STDIN_FILENO : open(input->path, O_RDONLY | O_CLOEXEC);
    if (input->fd < 0)
        return wh_fail(WH_NOINPUT, "%s: %s", input->path, strerror(errno));
    return look_at_file(input, input->path);
}

/* ---- packed files ---- */

static const struct {
    size_t size;
    unsigned char bytes[6];
    bool zip;
} magics[] = {
    {3, {0x1f, 0x8b, 8}, false}, /* the first: gzip */
    {6, {0xfd, '7', 'z', 'X', 'Z', 0}, false},
    {4, {0x28, 0xb5, 0x2f, 0xfd}, false},
    {4, {'P', 'K', 3, 4}, true},
    {4, {'P', 'K', 5, 6}, true},
};

/* bzip2 begins with letters that a word may have; what follows them is no text. */
static bool is_bzip2(const unsigned char *head, size_t size) {
    static const unsigned char block[6] = {0x31, 0x41, 0x59, 0x26, 0x53, 0x59};
    return size >= 10 && memcmp(head, "BZh", 3) == 0 && memcmp(head + 4, block, 6) == 0;
}

static bool is_packed(const struct wh_ahead *head, bool *zip) {
    *zip = false;
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (head->size >= magics[i].size &&
            memcmp(head->bytes, magics[i].bytes, magics[i].size) == 0) {
            *zip = magics[i].zip;
            return true;
        }
    return is_bzip2(head->bytes, head->size);
}

static bool more_bytes(void *context, const unsigned char **bytes, size_t *size) {
    struct wh_input *input = context;
    struct wh_ahead *raw = &input->raw;
    if (raw->used == raw->size) {
        raw->used = 0;
        if (read_raw(input, raw->bytes, WH_INPUT_HEAD, &raw->size) != WH_OK) {
            input->failed = true;
            return false;
        }
    }
    *bytes = raw->bytes + raw->used;
    *size = raw->size - raw->used;
    input->taken += *size;
    raw->used = raw->size;
    return true;
}

static la_ssize_t give_bytes(struct archive *archive, void *context, const void **bytes) {
    const unsigned char *more;
    size_t size;
    (void)archive;
    if (!more_bytes(context, &more, &size))
        return -1;
    *bytes = more;
    return (la_ssize_t)size;
}

static la_int64_t seek_bytes(struct archive *archive, void *context, la_int64_t offset,
                             int whence) {
    struct wh_input *input = context;
    (void)archive;
    input->raw.used = input->raw.size = 0;
    off_t at = lseek(input->fd, offset, whence);
    return at < 0 ? ARCHIVE_FATAL : at;
}

/* Keeps the sentence of a callback that failed. */
static enum wh_status cannot_unpack(const struct wh_input *input, const char *reason) {
    if (input->failed)
        return wh_token_cancelled(input->token) ? WH_CANCELLED : WH_IO;
    return wh_fail(WH_DATA, "%s: byte %llu of its content: cannot be unpacked: %s", input->name,
                   (unsigned long long)input->unpacked, reason ? reason : "damaged");
}

static enum wh_status archive_failed(const struct wh_input *input) {
    return cannot_unpack(input, archive_error_string(input->archive));
}

static enum wh_status open_archive(struct wh_input *input, bool zip) {
    input->archive = archive_read_new();
    if (!input->archive)
        return wh_fail(WH_NOMEM, "out of memory");
    if (zip) {
        archive_read_support_format_zip(input->archive);
    } else {
        archive_read_support_format_raw(input->archive);
        archive_read_support_filter_bzip2(input->archive);
        archive_read_support_filter_xz(input->archive);
        archive_read_support_filter_zstd(input->archive);
    }
    archive_read_set_read_callback(input->archive, give_bytes);
    if (input->regular)
        archive_read_set_seek_callback(input->archive, seek_bytes);
    archive_read_set_callback_data(input->archive, input);
    return archive_read_open1(input->archive) == ARCHIVE_OK ? WH_OK : archive_failed(input);
}

/* A filter that finds its header broken leaves the bytes as they are. */
static enum wh_status begin_stream(struct wh_input *input) {
    struct archive_entry *entry;
    int result = archive_read_next_header(input->archive, &entry);
    if (result == ARCHIVE_EOF)
        return WH_OK;
    if (result != ARCHIVE_OK)
        return archive_failed(input);
    if (archive_filter_code(input->archive, 0) == ARCHIVE_FILTER_NONE)
        return wh_fail(WH_DATA, "%s: byte 0: expected packed data, found a broken header",
                       input->name);
    return WH_OK;
}

/* ---- the member of a zip ---- */

struct members {
    size_t count;
    char *first;
    struct wh_buf names; /* of some of them, for a sentence */
};

static void tell_member(struct members *members, const char *name) {
    if (members->count == 0)
        members->first = strdup(name);
    if (members->count < MEMBERS_TOLD) {
        wh_buf_adds(&members->names, members->count ? ", " : "");
        wh_str_clean(&members->names, name, strlen(name));
    } else if (members->count == MEMBERS_TOLD) {
        wh_buf_adds(&members->names, ", ...");
    }
    members->count++;
}

/* Stops at the member of that name; with NULL goes through all. */
static enum wh_status go_through(struct wh_input *input, const char *wanted,
                                 struct members *members, bool *found) {
    struct archive_entry *entry;
    int result;
    *found = false;
    while ((result = archive_read_next_header(input->archive, &entry)) == ARCHIVE_OK) {
        const char *name = archive_entry_pathname(entry);
        if (!name || archive_entry_filetype(entry) != AE_IFREG)
            continue;
        if (wanted && strcmp(name, wanted) == 0) {
            *found = true;
            input->size =
                archive_entry_size_is_set(entry) ? (uint64_t)archive_entry_size(entry) : 0;
            return WH_OK;
        }
        tell_member(members, name);
    }
    return result == ARCHIVE_EOF ? WH_OK : archive_failed(input);
}

static enum wh_status reopen_archive(struct wh_input *input) {
    archive_read_free(input->archive);
    input->archive = NULL;
    if (lseek(input->fd, 0, SEEK_SET) != 0)
        return wh_fail(WH_IO, "%s: %s", input->name, strerror(errno));
    input->raw.used = input->raw.size = 0;
    return open_archive(input, true);
}

static enum wh_status which_member(const struct wh_input *input, const struct members *members,
                                   bool named) {
    const char *names = members->names.data ? members->names.data : "";
    if (members->count == 0)
        return wh_fail(WH_DATA, "%s: byte 0: expected a file in the zip, found none", input->path);
    return wh_fail(WH_USAGE, "%s: expected %s:MEMBER%s; its members are: %s", input->path,
                   input->path, named ? " with one that is there" : "", names);
}

/* A zip on a pipe cannot be gone through twice: there the first member counts. */
static enum wh_status begin_member(struct wh_input *input, const char *member) {
    enum wh_status status = WH_OK;
    struct members members = {0};
    struct archive_entry *entry;
    bool found = false;
    if (!input->regular && !member) {
        if (archive_read_next_header(input->archive, &entry) != ARCHIVE_OK)
            status = archive_failed(input);
        goto out;
    }
    WH_TRY(go_through(input, member, &members, &found));
    if (found)
        goto out;
    if (member || members.count != 1) {
        status = which_member(input, &members, member != NULL);
        goto out;
    }
    WH_TRY(reopen_archive(input));
    WH_TRY(go_through(input, members.first, &members, &found));
out:
    wh_buf_free(&members.names);
    free(members.first);
    return status;
}

/* Some bytes; none only at the end. */
static enum wh_status unpack_some(struct wh_input *input, void *bytes, size_t size, size_t *got) {
    const char *reason = NULL;
    la_ssize_t step;
    if (input->gunzip) {
        step = wh_gunzip_read(input->gunzip, bytes, size, &reason);
    } else {
        do
            step = archive_read_data(input->archive, bytes, size);
        while (step == ARCHIVE_RETRY);
        reason = step < 0 ? archive_error_string(input->archive) : NULL;
    }
    *got = step > 0 ? (size_t)step : 0;
    input->unpacked += *got;
    return step < 0 ? cannot_unpack(input, reason) : WH_OK;
}

static enum wh_status read_packed(struct wh_input *input, void *bytes, size_t size, size_t *got) {
    enum wh_status status = WH_OK;
    size_t step = 1;
    for (*got = 0; *got < size && step; *got += step) {
        WH_TRY(wh_token_check(input->token));
        WH_TRY(unpack_some(input, (char *)bytes + *got, size - *got, &step));
    }
out:
    return status;
}

static enum wh_status open_gunzip(struct wh_input *input) {
    input->gunzip = wh_gunzip_open(more_bytes, input);
    return input->gunzip ? WH_OK : wh_fail(WH_NOMEM, "out of memory");
}

static enum wh_status unpack(struct wh_input *input, const char *member, bool zip) {
    enum wh_status status = WH_OK;
    input->raw = input->head;
    input->head = (struct wh_ahead){0};
    WH_TRY(WH_ALLOC(input->head.bytes, WH_INPUT_HEAD));
    if (input->raw.bytes[0] == magics[0].bytes[0]) {
        WH_TRY(open_gunzip(input));
    } else {
        WH_TRY(open_archive(input, zip));
        WH_TRY(zip ? begin_member(input, member) : begin_stream(input));
    }
    WH_TRY(read_packed(input, input->head.bytes, WH_INPUT_HEAD, &input->head.size));
out:
    return status;
}

/* ---- what loaders call ---- */

enum wh_status wh_input_open(const char *path, struct wh_token *token, struct wh_input *input) {
    enum wh_status status = WH_OK;
    const char *colon = member_of(path);
    bool zip;
    *input = (struct wh_input){.token = token, .fd = -1};
    WH_TRY(open_file(input, path, colon));
    WH_TRY(WH_ALLOC(input->head.bytes, WH_INPUT_HEAD));
    WH_TRY(read_raw(input, input->head.bytes, WH_INPUT_HEAD, &input->head.size));
    bool packed = is_packed(&input->head, &zip);
    if (colon && !(packed && zip))
        status = wh_fail(WH_NOINPUT, "%s: expected a zip, for a member was named", input->path);
    else if (packed)
        status = unpack(input, colon ? colon + 1 : NULL, zip);
    else
        input->size = input->file_size;
out:
    if (status != WH_OK)
        wh_input_close(input);
    return status;
}

void wh_input_close(struct wh_input *input) {
    if (input->archive)
        archive_read_free(input->archive);
    wh_gunzip_close(input->gunzip);
    if (input->fd > STDIN_FILENO)
        close(input->fd);
    free(input->head.bytes);
    free(input->raw.bytes);
    free(input->path);
    free(input->name);
    *input = (struct wh_input){.fd = -1};
}

static enum wh_status read_on(struct wh_input *input, void *bytes, size_t size, size_t *got) {
    return wh_input_packed(input) ? read_packed(input, bytes, size, got)
                                  : read_raw(input, bytes, size, got);
}

bool wh_input_packed(const struct wh_input *input) {
    return input->archive || input->gunzip;
}

/* Large reads pass by the buffer. */
enum wh_status wh_input_read(struct wh_input *input, void *bytes, size_t size, size_t *got) {
    enum wh_status status = WH_OK;
    struct wh_ahead *head = &input->head;
    size_t step = 1;
    for (*got = 0; *got < size && step; *got += step) {
        char *to = (char *)bytes + *got;
        size_t left = size - *got;
        if (head->used == head->size && left >= WH_INPUT_HEAD) {
            WH_TRY(read_on(input, to, left, &step));
            continue;
        }
        if (head->used == head->size) {
            head->used = head->size = 0;
            WH_TRY(read_on(input, head->bytes, WH_INPUT_HEAD, &head->size));
        }
        step = head->size - head->used < left ? head->size - head->used : left;
        memcpy(to, head->bytes + head->used, step);
        head->used += step;
    }
out:
    input->position += *got;
    return status;
}

static enum wh_status found_end(const struct wh_input *input, const char *what) {
    return wh_fail(WH_DATA, "%s: byte %llu: expected %s, found the end of the file", input->name,
                   (unsigned long long)input->position, what);
}

enum wh_status wh_input_exact(struct wh_input *input, void *bytes, size_t size, const char *what) {
    size_t got;
    enum wh_status status = wh_input_read(input, bytes, size, &got);
    return status == WH_OK && got < size ? found_end(input, what) : status;
}

enum wh_status wh_input_skip(struct wh_input *input, uint64_t size, const char *what) {
    enum wh_status status = WH_OK;
    unsigned char *passed = NULL;
    WH_TRY(wh_input_promise(input, size, what));
    WH_TRY(WH_ALLOC(passed, WH_INPUT_HEAD));
    while (size) {
        size_t step = size < WH_INPUT_HEAD ? (size_t)size : WH_INPUT_HEAD;
        WH_TRY(wh_input_exact(input, passed, step, what));
        size -= step;
    }
out:
    free(passed);
    return status;
}

enum wh_status wh_input_finish(struct wh_input *input, bool nothing) {
    enum wh_status status = WH_OK;
    unsigned char *passed = NULL;
    const uint64_t position = input->position;
    size_t got;
    if (!nothing && !wh_input_packed(input))
        return WH_OK;
    WH_TRY(WH_ALLOC(passed, WH_INPUT_HEAD));
    do {
        WH_TRY(wh_input_read(input, passed, WH_INPUT_HEAD, &got));
        if (got && nothing) {
            status = wh_fail(WH_DATA, "%s: byte %llu: expected the end of the file, found more",
                             input->name, (unsigned long long)position);
            goto out;
        }
    } while (got);
out:
    free(passed);
    return status;
}

enum wh_status wh_input_promise(const struct wh_input *input, uint64_t size, const char *what) {
    if (!input->size || (input->position <= input->size && size <= input->size - input->position))
        return WH_OK;
    return wh_fail(WH_DATA, "%s: byte %llu: expected %s of %llu bytes, found %llu", input->name,
                   (unsigned long long)input->position, what, (unsigned long long)size,
                   (unsigned long long)(input->size - input->position));
}

double wh_input_share(const struct wh_input *input) {
    if (!input->file_size)
        return 0;
    uint64_t used = wh_input_packed(input) ? input->taken : input->position;
    return (double)used / (double)input->file_size;
}

/* A file that is gone as soon as it is closed. */
static FILE *nameless_file(void) {
    struct wh_buf path = {0};
    const char *folder = getenv("TMPDIR");
    FILE *file = NULL;
    wh_buf_addf(&path, "%s/wordhaze-XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = path.failed ? -1 : mkostemp(path.data, O_CLOEXEC);
    if (fd >= 0) {
        unlink(path.data);
        file = fdopen(fd, "w+b");
        if (!file)
            close(fd);
    }
    wh_buf_free(&path);
    return file;
}

static enum wh_status spool(struct wh_input *input, FILE *file) {
    enum wh_status status = WH_OK;
    char *bytes = NULL;
    size_t got = WH_INPUT_HEAD;
    WH_TRY(WH_ALLOC(bytes, WH_INPUT_HEAD));
    while (got == WH_INPUT_HEAD) {
        WH_TRY(wh_input_read(input, bytes, WH_INPUT_HEAD, &got));
        if (fwrite(bytes, 1, got, file) != got)
            break;
    }
    if (fflush(file) != 0 || ferror(file))
        status = wh_fail(WH_IO, "%s: cannot be unpacked to a temporary file: %s", input->name,
                         strerror(errno));
out:
    free(bytes);
    return status;
}

static enum wh_status map_file(const struct wh_input *input, FILE *file, struct wh_map *map) {
    if (input->position == 0)
        return WH_OK;
    void *data = mmap(NULL, (size_t)input->position, PROT_READ, MAP_PRIVATE, fileno(file), 0);
    if (data == MAP_FAILED)
        return wh_fail(WH_NOINPUT, "%s: cannot be mapped: %s", input->name, strerror(errno));
    *map = (struct wh_map){data, (size_t)input->position};
    return WH_OK;
}

enum wh_status wh_input_map(struct wh_input *input, struct wh_map *map) {
    enum wh_status status = WH_OK;
    *map = (struct wh_map){0};
    if (input->regular && !wh_input_packed(input))
        return wh_map_open(input->path, map);
    FILE *file = nameless_file();
    if (!file)
        return wh_fail(WH_IO, "%s: cannot be unpacked to a temporary file: %s", input->name,
                       strerror(errno));
    WH_TRY(spool(input, file));
    WH_TRY(map_file(input, file, map));
out:
    fclose(file);
    return status;
}
