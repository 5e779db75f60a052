/* SPDX-License-Identifier: GPL-3.0-or-later */
/* embed.c - opening an embedding by its content, and reading from it. */
#include "embed/embed.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "base/str.h"
#include "embed/cache.h"
#include "embed/compose.h"
#include "embed/intake.h"
#include "embed/unload.h"

extern const unsigned char wh_builtin_start[], wh_builtin_end[];

/* Bytes of vectors from which the codes made of them, a quarter, are too much beside them. */

#define LOADER(name) extern const struct wh_loader wh_load_##name;
#include "embed/load_list.def"
#undef LOADER

static const struct wh_loader *const loaders[] = {
#define LOADER(name) &wh_load_##name,
#include "embed/load_list.def"
#undef LOADER
    NULL,
};

static const struct wh_loader *loader_named(const char *name) {
    for (size_t i = 0; loaders[i]; i++)
        if (strcmp(loaders[i]->name, name) == 0)
            return loaders[i];
    return NULL;
}

const char *wh_embed_format_named(const char *name) {
    const struct wh_loader *loader = loader_named(name);
    return loader ? loader->name : NULL;
}

static enum wh_status unknown_format(const char *format) {
    struct wh_buf names = {0};
    for (size_t i = 0; loaders[i]; i++)
        wh_buf_addf(&names, "%s%s", i ? ", " : "", loaders[i]->name);
    enum wh_status status = wh_fail(WH_USAGE, "unknown format '%.40s'; there are: %s", format,
                                    names.data ? names.data : "");
    wh_buf_free(&names);
    return status;
}

/* What nobody claims goes to the text reader: it says what is wrong. */
static enum wh_status find_loader(const struct wh_embed_options *options,
                                  const struct wh_input *input, const struct wh_loader **loader) {
    bool claimed = options->format != NULL;
    *loader = loader_named(claimed ? options->format : "glove");
    if (!*loader)
        return unknown_format(options->format);
    for (size_t i = 0; !claimed && loaders[i]; i++) {
        claimed = loaders[i]->detect(input->head.bytes, input->head.size);
        if (claimed)
            *loader = loaders[i];
    }
    if (!claimed)
        return WH_OK;
    if (options->vocab && !(*loader)->wordless)
        return wh_fail(WH_USAGE, "--vocab: %s has its own words", input->name);
    if (options->tensor && strcmp((*loader)->name, "safetensors") != 0)
        return wh_fail(WH_USAGE, "--tensor: %s is no safetensors file", input->name);
    return WH_OK;
}

static char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return strdup(strcmp(path, "-") == 0 ? "standard input" : slash ? slash + 1 : path);
}

static enum wh_status load_builtin(const struct wh_embed_options *options, struct wh_embed *embed) {
    embed->format = "built-in store";
    return wh_store_attach(embed, wh_builtin_start, (size_t)(wh_builtin_end - wh_builtin_start),
                           "built-in embedding", options->limit);
}

static enum wh_status load_file(const struct wh_embed_options *options, struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    const struct wh_loader *loader = NULL;
    struct wh_input input;
    status = wh_input_open(options->path, options->token, &input);
    if (status != WH_OK)
        return status;
    if (input.head.size == 0) {
        status =
            wh_fail(WH_DATA, "%s:1: expected words and vectors, found an empty file", input.name);
        goto out;
    }
    WH_TRY(find_loader(options, &input, &loader));
    embed->format = loader->name;
    WH_TRY(wh_cache_path(options, &input, loader, &embed->cache_path));
    if (!embed->cache_path || !wh_cache_attach(embed))
        WH_TRY(loader->load(options, &input, embed));
    if (loader->composes)
        WH_TRY(wh_composer_open(&input, &embed->composer));
    if (!embed->name && !(embed->name = file_name(options->path)))
        status = wh_fail(WH_NOMEM, "out of memory");
out:
    wh_input_close(&input);
    return status;
}

/* A store's words and vectors pass through the same gate as other files' where one was asked for.
 */
static bool needs_intake(const struct wh_embed_options *options, const struct wh_embed *embed) {
    return embed->store && !embed->cached && (options->lowercase || options->merge_duplicates);
}

static enum wh_status take_in(const struct wh_embed_options *options, struct wh_embed *store,
                              struct wh_embed **taken) {
    enum wh_status status = WH_OK;
    struct wh_embed *embed = NULL;
    struct wh_intake intake = {.options = options, .name = store->name};
    WH_TRY(WH_ALLOC(embed, 1));
    WH_TRY(wh_rows_open(&intake.rows, store->dim, store->words, UINT64_MAX));
    for (uint32_t id = 0; id < store->words; id++) {
        const char *word = wh_embed_word(store, id);
        struct wh_row row = {.place = id + 1, .word = word, .length = strlen(word)};
        WH_TRY(wh_rows_reserve(&intake.rows, 1, &row.values));
        memcpy(row.values, wh_embed_row(store, id), store->stride * sizeof *row.values);
        row.fault = wh_intake_judge(word, row.length, row.values, store->dim);
        WH_TRY(wh_intake_put(&intake, &row));
    }
    WH_TRY(wh_intake_finish(&intake, embed));
    embed->format = store->format;
    embed->name = store->name;
    embed->source = store->source;
    embed->license = store->license;
    embed->cache_path = store->cache_path;
    store->name = store->source = store->license = store->cache_path = NULL;
    *taken = embed;
    embed = NULL;
out:
    wh_intake_close(&intake);
    wh_embed_close(embed);
    return status;
}

static enum wh_status load(const struct wh_embed_options *options, struct wh_embed **embed) {
    enum wh_status status = WH_OK;
    struct wh_embed *taken = NULL;
    WH_TRY(options->path ? load_file(options, *embed) : load_builtin(options, *embed));
    if (!needs_intake(options, *embed))
        goto out;
    WH_TRY(take_in(options, *embed, &taken));
    wh_embed_close(*embed);
    *embed = taken;
out:
    return status;
}

static pthread_mutex_t summing = PTHREAD_MUTEX_INITIALIZER;

/* A whole store carries its checksum; verifying compares it. Of other files it is computed when it
 * is first asked for. */
enum wh_status wh_embed_sum(const struct wh_embed *embed, const struct wh_token *token) {
    struct wh_embed *own = (struct wh_embed *)(uintptr_t)embed;
    enum wh_status status = WH_OK;
    unsigned char digest[WH_CHECKSUM_BYTES];
    pthread_mutex_lock(&summing);
    if (!own->checksum[0]) {
        WH_TRY(wh_embed_digest(embed, token, digest));
        sodium_bin2hex(own->checksum, sizeof own->checksum, digest, sizeof digest);
    }
out:
    pthread_mutex_unlock(&summing);
    return status;
}

const char *wh_embed_checksum(const struct wh_embed *embed) {
    wh_embed_sum(embed, NULL);
    return embed->checksum;
}

/* False, with a note unless that was wanted: it is not kept. */
static bool keep(const struct wh_embed *embed, const struct wh_derived *derived,
                 const struct wh_token *token) {
    enum wh_status status = wh_cache_write(embed, derived, token);
    if (status == WH_OK || status == WH_CANCELLED)
        return status == WH_OK;
    wh_token_note(token, "%s: not kept for the next time: %s", wh_embed_name(embed), wh_error());
    return false;
}

/* Puts what was read into the cache and goes on with the file there, as the next opening will:
 * mapped vectors can be fetched again, so they are not in the way of anything. What cannot be kept
 * now is not tried again. */
static void go_over_to_cache(struct wh_embed **embed, const struct wh_token *token) {
    struct wh_embed *kept;
    if (!(*embed)->cache_path)
        return;
    if (!keep(*embed, &(*embed)->derived, token)) {
        free((*embed)->cache_path);
        (*embed)->cache_path = NULL;
        return;
    }
    if (WH_ALLOC(kept, 1) != WH_OK)
        return;
    kept->cache_path = strdup((*embed)->cache_path);
    kept->format = (*embed)->format;
    struct wh_embed *other = kept;
    if (kept->cache_path && wh_cache_attach(kept)) {
        kept->composer = (*embed)->composer;
        (*embed)->composer = NULL;
        other = *embed;
        *embed = kept;
    }
    wh_embed_close(other);
}

enum wh_status wh_embed_open(const struct wh_embed_options *options, struct wh_embed **embed) {
    enum wh_status status = WH_OK;
    struct wh_embed *made = NULL;
    *embed = NULL;
    if (sodium_init() < 0)
        return wh_fail(WH_BUG, "libsodium cannot be made ready");
    WH_TRY(WH_ALLOC(made, 1));
    WH_TRY(load(options, &made));
    if (!made->cached)
        go_over_to_cache(&made, options->token);
    WH_TRY(wh_token_check(options->token));
    *embed = made;
    made = NULL;
out:
    wh_embed_close(made);
    return status;
}

bool wh_embed_keep(const struct wh_embed *embed, const struct wh_derived *derived,
                   const struct wh_token *token) {
    return embed->cache_path && keep(embed, derived, token);
}

void wh_embed_close(struct wh_embed *embed) {
    if (!embed)
        return;
    wh_wordset_close(embed->owned_words);
    wh_map_close(&embed->file);
    if (embed->owned_rows)
        munmap(embed->owned_rows, embed->owned_bytes);
    free(embed->owned_norms2);
    free(embed->owned_slots);
    free(embed->derived.memory);
    free(embed->name);
    free(embed->source);
    free(embed->license);
    free(embed->cache_path);
    wh_composer_close(embed->composer);
    wh_unload_close(embed->unloaded);
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

size_t wh_embed_word_length(const struct wh_embed *embed, uint32_t id) {
    return (size_t)(embed->table.offsets[id + 1] - embed->table.offsets[id] - 1);
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
