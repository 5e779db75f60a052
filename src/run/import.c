/* SPDX-License-Identifier: GPL-3.0-or-later */
/* import.c - read, derive, write. */
#include "run/import.h"

#include <string.h>
#include <sys/stat.h>

#include "base/checkpoint.h"
#include "base/file.h"
#include "near/near.h"
#include "space/space.h"

struct import_job {
    const struct wh_embed_options *options;
    int threads;
    const struct wh_store_text *texts;
    const char *output;
};

/* All pairs can take long: that the output cannot be made is said before, not after. A pipe or
 * device is left alone, it can be opened only once. */
static enum wh_status probe(const char *output) {
    struct stat facts;
    struct wh_outfile file;
    bool there = strcmp(output, "-") != 0 && stat(output, &facts) == 0;
    if (there && S_ISDIR(facts.st_mode))
        return wh_fail(WH_CANTCREATE, "%s: expected a file, found a directory", output);
    if (strcmp(output, "-") == 0 || (there && !S_ISREG(facts.st_mode)))
        return WH_OK;
    enum wh_status status = wh_outfile_open(output, &file);
    wh_outfile_abort(&file);
    return status;
}

/* What is found is kept until the output is there. */
static enum wh_status derive_and_write(struct wh_embed *embed, const struct import_job *job) {
    enum wh_status status = WH_OK;
    struct wh_near *near = NULL;
    struct wh_derived derived;
    struct wh_token own = {.cancelled = false};
    struct wh_token *token = job->options->token ? job->options->token : &own;
    wh_embed_unload(embed, job->output, token);
    token->checkpoint = wh_embed_checkpoint(embed, job->options->cache, job->output, token);
    WH_TRY(wh_near_open(embed, &near));
    WH_TRY(wh_space_derive(near, job->threads, token, &derived));
    wh_embed_derive(embed, &derived);
    WH_TRY(wh_store_write(embed, job->texts, job->output, token));
    wh_checkpoint_remove(token->checkpoint);
    token->checkpoint = NULL;
out:
    wh_checkpoint_close(token->checkpoint);
    token->checkpoint = NULL;
    wh_near_close(near);
    return status;
}

enum wh_status wh_import(const struct wh_embed_options *options, int threads,
                         const struct wh_store_text *texts, const char *output,
                         struct wh_embed_summary *summary) {
    enum wh_status status = WH_OK;
    struct wh_embed *embed = NULL;
    struct wh_embed_options reading = *options;
    const struct import_job job = {options, threads, texts, output};
    reading.cache = false; /* what is wanted is a store of its own */
    WH_TRY(probe(output));
    WH_TRY(wh_embed_open(&reading, &embed));
    if (summary)
        *summary = *wh_embed_summary(embed);
    WH_TRY(derive_and_write(embed, &job));
out:
    wh_embed_close(embed);
    return status;
}
