/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cache.c - naming, reading and writing entries of the cache; where unfinished work is kept. */
#include "embed/cache.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/checkpoint.h"
#include "base/str.h"
#include "embed/cache_folder.h"
#include "embed/store.h"
#include "embed/store_layout.h"
#include "embed/vocab.h"

#define CACHE_VERSION 1u
#define SMALL_FILE    (1u << 20) /* bytes; such a file is read as fast as it is looked up */
#define SETTLED       2 /* seconds after which a file's time of change tells a new change */
#define KEY_BYTES     16
#define FACTS_VERSION 1u   /* of what is kept of unfinished work */
#define FACTS_WORTH   2e10 /* products of numbers; fewer take less than a second or two */

/* ---- names ---- */

/* Describes a file by what changes with it; false if it is not there or was changed just now. */
static bool describe(const char *path, struct wh_buf *text, uint64_t *size) {
    struct stat facts;
    char *real = realpath(path, NULL);
    bool good = real && stat(real, &facts) == 0 && S_ISREG(facts.st_mode) &&
                facts.st_mtim.tv_sec + SETTLED < time(NULL);
    if (good) {
        *size = (uint64_t)facts.st_size;
        wh_buf_addf(text, "file %s\n%llu bytes, changed %lld.%09ld\n", real,
                    (unsigned long long)*size, (long long)facts.st_mtim.tv_sec,
                    (long)facts.st_mtim.tv_nsec);
    }
    free(real);
    return good;
}

static bool describe_vocab(const struct wh_embed_options *options, const struct wh_input *input,
                           const struct wh_loader *loader, struct wh_buf *text) {
    struct wh_buf path = {0};
    uint64_t size;
    if (!loader->wordless)
        return true;
    bool good = wh_vocab_path(options, input, strcmp(loader->name, "tsv") == 0, &path) == WH_OK &&
                !path.failed && describe(path.data, text, &size);
    wh_buf_free(&path);
    return good;
}

static void add_name(struct wh_buf *path, const struct wh_buf *text) {
    unsigned char key[KEY_BYTES];
    char hex[2 * KEY_BYTES + 1];
    crypto_generichash(key, sizeof key, (const unsigned char *)text->data, text->length, NULL, 0);
    sodium_bin2hex(hex, sizeof hex, key, sizeof key);
    wh_cache_name(path, hex, WH_CACHE_ENTRY);
}

enum wh_status wh_cache_path(const struct wh_embed_options *options, const struct wh_input *input,
                             const struct wh_loader *loader, char **path) {
    enum wh_status status = WH_OK;
    struct wh_buf text = {0}, name = {0};
    uint64_t size = 0, bound = 0;
    *path = NULL;
    bool mapped = loader == &wh_load_store && !wh_input_packed(input);
    wh_cache_folder(&name);
    if (options->cache)
        WH_TRY(wh_cache_bound(&bound));
    if (!bound || !input->regular || mapped || !name.length ||
        !describe(input->path, &text, &size) || size < SMALL_FILE ||
        !describe_vocab(options, input, loader, &text))
        goto out;
    wh_buf_addf(&text,
                "as %s\nformat %s, limit %u, strict %d, lowercase %d, merged %d, tensor %s\n",
                input->name, loader->name, options->limit, options->strict, options->lowercase,
                options->merge_duplicates, options->tensor ? options->tensor : "");
    wh_buf_addf(&text, "cache %u, store %u\n", CACHE_VERSION, WH_STORE_VERSION);
    if (!text.failed)
        add_name(&name, &text);
    if (text.failed || name.failed || !(*path = strdup(name.data)))
        status = wh_fail(WH_NOMEM, "out of memory");
out:
    wh_buf_free(&text);
    wh_buf_free(&name);
    return status;
}

/* ---- reading ---- */

static bool attach(struct wh_embed *embed) {
    if (wh_map_open(embed->cache_path, &embed->file) != WH_OK)
        return false;
    if (wh_store_attach(embed, embed->file.data, embed->file.size, embed->cache_path, 0) == WH_OK &&
        embed->origin) {
        embed->summary = embed->origin->summary;
        embed->format = wh_embed_format_named(embed->origin->format);
        return embed->format != NULL;
    }
    unlink(embed->cache_path);
    return false;
}

bool wh_cache_attach(struct wh_embed *embed) {
    struct wh_embed found = {.cache_path = embed->cache_path, .format = embed->format};
    if (attach(&found)) {
        *embed = found;
        embed->cached = true;
        wh_cache_touch(embed->cache_path);
        return true;
    }
    wh_map_close(&found.file);
    free(found.name);
    free(found.source);
    free(found.license);
    return false;
}

/* ---- writing ---- */

enum wh_status wh_cache_write(const struct wh_embed *embed, const struct wh_derived *derived,
                              const struct wh_token *token) {
    enum wh_status status = WH_OK;
    struct wh_store_origin origin = {.summary = embed->summary};
    struct wh_embed with = *embed;
    uint64_t bound;
    strncpy(origin.format, embed->format, sizeof origin.format - 1);
    with.derived = *derived;
    WH_TRY(wh_cache_bound(&bound));
    if (wh_store_size_from(&with, &origin) > bound)
        return wh_fail(WH_CANTCREATE, "larger than WORDHAZE_CACHE_SIZE allows");
    if (!wh_cache_make_folder(embed->cache_path))
        return wh_fail(WH_CANTCREATE, "%s: %s", embed->cache_path, strerror(errno));
    WH_TRY(wh_store_write_from(&with, &origin, embed->cache_path, token));
    wh_cache_trim(embed->cache_path);
out:
    return status;
}

/* ---- unfinished work ---- */

/* In the folder of the cache, else beside the output. */
static bool facts_path(const struct wh_embed *embed, bool cache, const char *output,
                       struct wh_buf *path) {
    uint64_t bound;
    if (cache && wh_cache_bound(&bound) == WH_OK && bound)
        wh_cache_folder(path);
    if (path->length)
        wh_cache_name(path, wh_embed_checksum(embed), WH_CACHE_UNFINISHED);
    if (path->length && !path->failed && wh_cache_make_folder(path->data)) {
        wh_cache_trim(path->data);
        return true;
    }
    wh_buf_clear(path);
    if (output)
        wh_buf_addf(path, "%s.facts", output);
    return output && !path->failed;
}

struct wh_checkpoint *wh_embed_checkpoint(const struct wh_embed *embed, bool cache,
                                          const char *output, const struct wh_token *token) {
    struct wh_checkpoint *checkpoint = NULL;
    struct wh_buf path = {0}, text = {0};
    unsigned char key[WH_CHECKPOINT_KEY];
    const double words = embed->words;
    if (words * words * embed->dim < FACTS_WORTH || wh_embed_sum(embed, token) != WH_OK)
        return NULL;
    wh_buf_addf(&text, "facts %u of %s", FACTS_VERSION, wh_embed_checksum(embed));
    if (!text.failed && facts_path(embed, cache, output, &path)) {
        crypto_generichash(key, sizeof key, (const unsigned char *)text.data, text.length, NULL, 0);
        checkpoint = wh_checkpoint_open(path.data, key, token);
    }
    wh_buf_free(&path);
    wh_buf_free(&text);
    return checkpoint;
}
