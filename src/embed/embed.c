/* SPDX-License-Identifier: GPL-3.0-or-later */
/* embed.c - opening an embedding by its content, and reading from it. */
#include "embed/embed.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "embed/embed_private.h"

extern const unsigned char wh_builtin_start[], wh_builtin_end[];

#define LOADER(name) extern const struct wh_loader wh_load_##name;
#include "embed/load_list.def"
#undef LOADER

static const struct wh_loader *const loaders[] = {
#define LOADER(name) &wh_load_##name,
#include "embed/load_list.def"
#undef LOADER
    NULL,
};

#define HEAD_BYTES 65536 /* what detection may look at */

static const struct wh_loader *loader_named(const char *name) {
    for (size_t i = 0; loaders[i]; i++)
        if (strcmp(loaders[i]->name, name) == 0)
            return loaders[i];
    return NULL;
}

/* The first bytes of a regular file; a pipe cannot be looked at twice and gives none, nor is it
 * opened here: its writer would meet a broken pipe. */
static enum wh_status read_head(const char *path, unsigned char *head, size_t *size) {
    enum wh_status status = WH_OK;
    struct stat facts;
    *size = 0;
    if (strcmp(path, "-") == 0)
        return WH_OK;
    if (stat(path, &facts) != 0)
        return wh_fail(WH_NOINPUT, "%s: %s", path, strerror(errno));
    if (S_ISDIR(facts.st_mode))
        return wh_fail(WH_NOINPUT, "%s: expected a file, found a directory", path);
    if (!S_ISREG(facts.st_mode))
        return WH_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return wh_fail(WH_NOINPUT, "%s: %s", path, strerror(errno));
    ssize_t got = read(fd, head, HEAD_BYTES);
    if (got < 0)
        status = wh_fail(WH_NOINPUT, "%s: %s", path, strerror(errno));
    else if (got == 0)
        status = wh_fail(WH_DATA, "%s:1: expected words and vectors, found an empty file", path);
    else
        *size = (size_t)got;
    close(fd);
    return status;
}

/* What nobody claims, and a pipe, goes to the text reader: it says what is wrong, or decides by the
 * first lines. */
static enum wh_status find_loader(const struct wh_embed_options *options,
                                  const struct wh_loader **loader) {
    enum wh_status status = WH_OK;
    unsigned char *head = NULL;
    size_t size = 0;
    *loader = loader_named(options->format ? options->format : "glove");
    if (!*loader)
        return wh_fail(WH_USAGE, "unknown format '%s'", options->format);
    WH_TRY(WH_ALLOC(head, HEAD_BYTES));
    WH_TRY(read_head(options->path, head, &size));
    for (size_t i = 0; size && !options->format && loaders[i]; i++) {
        if (loaders[i]->detect(head, size)) {
            *loader = loaders[i];
            break;
        }
    }
out:
    free(head);
    return status;
}

static char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return strdup(strcmp(path, "-") == 0 ? "standard input" : slash ? slash + 1 : path);
}

static enum wh_status load(const struct wh_embed_options *options, struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    const struct wh_loader *loader = NULL;
    if (!options->path) {
        embed->format = "built-in store";
        return wh_store_attach(embed, wh_builtin_start, (size_t)(wh_builtin_end - wh_builtin_start),
                               "built-in embedding", options->limit);
    }
    WH_TRY(find_loader(options, &loader));
    embed->format = loader->name;
    WH_TRY(loader->load(options, embed));
    if (!embed->name && !(embed->name = file_name(options->path)))
        status = wh_fail(WH_NOMEM, "out of memory");
out:
    return status;
}

/* A whole store carries its checksum; verifying compares it. */
static void sum(struct wh_embed *embed) {
    unsigned char digest[WH_CHECKSUM_BYTES];
    if (embed->checksum[0])
        return;
    wh_embed_digest(embed, digest);
    sodium_bin2hex(embed->checksum, sizeof embed->checksum, digest, sizeof digest);
}

enum wh_status wh_embed_open(const struct wh_embed_options *options, struct wh_embed **embed) {
    enum wh_status status = WH_OK;
    struct wh_embed *made = NULL;
    *embed = NULL;
    if (sodium_init() < 0)
        return wh_fail(WH_BUG, "libsodium cannot be made ready");
    WH_TRY(WH_ALLOC(made, 1));
    WH_TRY(load(options, made));
    sum(made);
    *embed = made;
    made = NULL;
out:
    wh_embed_close(made);
    return status;
}

void wh_embed_close(struct wh_embed *embed) {
    if (!embed)
        return;
    wh_wordset_close(embed->owned_words);
    wh_map_close(&embed->file);
    free(embed->owned_rows);
    free(embed->owned_norms2);
    free(embed->owned_slots);
    free(embed->derived.memory);
    free(embed->name);
    free(embed->source);
    free(embed->license);
    free(embed);
}

uint32_t wh_embed_words(const struct wh_embed *embed) {
    return embed->words;
}

uint32_t wh_embed_dim(const struct wh_embed *embed) {
    return embed->dim;
}

size_t wh_embed_stride(const struct wh_embed *embed) {
    return embed->stride;
}

const float *wh_embed_rows(const struct wh_embed *embed) {
    return embed->rows;
}

const float *wh_embed_row(const struct wh_embed *embed, uint32_t id) {
    return embed->rows + (size_t)id * embed->stride;
}

const double *wh_embed_norms2(const struct wh_embed *embed) {
    return embed->norms2;
}

const char *wh_embed_word(const struct wh_embed *embed, uint32_t id) {
    return embed->table.bytes + embed->table.offsets[id];
}

const char *wh_embed_name(const struct wh_embed *embed) {
    return embed->name ? embed->name : "";
}

const char *wh_embed_source(const struct wh_embed *embed) {
    return embed->source ? embed->source : "";
}

const char *wh_embed_license(const struct wh_embed *embed) {
    return embed->license ? embed->license : "";
}

const char *wh_embed_format(const struct wh_embed *embed) {
    return embed->format;
}

const char *wh_embed_checksum(const struct wh_embed *embed) {
    return embed->checksum;
}

const struct wh_embed_summary *wh_embed_summary(const struct wh_embed *embed) {
    return &embed->summary;
}

const struct wh_derived *wh_embed_derived(const struct wh_embed *embed) {
    return &embed->derived;
}

void wh_embed_derive(struct wh_embed *embed, const struct wh_derived *derived) {
    free(embed->derived.memory);
    embed->derived = *derived;
}
