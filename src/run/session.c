/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session.c - an embedding made ready: searchable, with a source of randomness and threads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/checkpoint.h"
#include "base/cpu.h"
#include "base/mem.h"
#include "base/str.h"
#include "run/run_private.h"

#define SUGGESTIONS 3
#define QUOTE_BYTES 100 /* of a word in a sentence */

struct wh_session {
    struct wh_embed *embed;
    struct wh_near *near;
    struct wh_source source;
    int threads;
    bool cache;
};

enum wh_status wh_session_open(const struct wh_session_options *options,
                               struct wh_session **session) {
    enum wh_status status;
    struct wh_session *made = NULL;
    *session = NULL;
    WH_TRY(WH_ALLOC(made, 1));
    made->cache = options->embed.cache;
    made->threads = options->threads > 0 ? options->threads : wh_cpu_count();
    if (options->seeded)
        wh_source_seed(&made->source, options->seed);
    else
        wh_source_system(&made->source);
    WH_TRY(wh_embed_open(&options->embed, &made->embed));
    WH_TRY(wh_near_open(made->embed, &made->near));
    *session = made;
    made = NULL;
out:
    wh_session_close(made);
    return status;
}

void wh_session_close(struct wh_session *session) {
    if (!session)
        return;
    wh_near_close(session->near);
    wh_embed_close(session->embed);
    free(session);
}

const struct wh_embed *wh_session_embed(const struct wh_session *session) {
    return session->embed;
}

const struct wh_near *wh_session_near(const struct wh_session *session) {
    return session->near;
}

const struct wh_source *wh_session_source(const struct wh_session *session) {
    return &session->source;
}

int wh_session_threads(const struct wh_session *session) {
    return session->threads;
}

/* Densities may stay unknown where they have no meaning (a vocabulary of twins), pairs where there
 * is only one word. */
bool wh_session_complete(const struct wh_session *session) {
    const struct wh_derived *derived = wh_embed_derived(session->embed);
    return derived->axes && (derived->nn_distance || wh_embed_words(session->embed) < 2);
}

void wh_session_adopt(struct wh_session *session, const struct wh_derived *derived) {
    wh_embed_derive(session->embed, derived);
}

enum wh_status wh_session_compute(const struct wh_session *session, int threads,
                                  struct wh_token *token, struct wh_derived *derived) {
    struct wh_checkpoint *checkpoint = NULL;
    if (token)
        token->checkpoint = checkpoint =
            wh_embed_checkpoint(session->embed, session->cache, NULL, token);
    enum wh_status status = wh_space_derive(session->near, threads, token, derived);
    if (status == WH_OK && wh_embed_keep(session->embed, derived, token))
        wh_checkpoint_remove(checkpoint);
    else
        wh_checkpoint_close(checkpoint);
    if (token)
        token->checkpoint = NULL;
    return status;
}

enum wh_status wh_session_derive(struct wh_session *session, struct wh_token *token) {
    struct wh_derived derived;
    if (wh_session_complete(session))
        return WH_OK;
    enum wh_status status = wh_session_compute(session, session->threads, token, &derived);
    if (status == WH_OK)
        wh_session_adopt(session, &derived);
    return status;
}

/* A long word is cut, so that there is space for what follows it. */
static void quote(struct wh_buf *sentence, const char *text) {
    size_t length = strlen(text);
    wh_buf_adds(sentence, "'");
    wh_str_clean(sentence, text, length < QUOTE_BYTES ? length : QUOTE_BYTES);
    wh_buf_adds(sentence, length < QUOTE_BYTES ? "'" : "...'");
}

enum wh_status wh_session_unknown(const struct wh_session *session, const char *text,
                                  const char *more) {
    const struct wh_embed *embed = session->embed;
    uint32_t ids[SUGGESTIONS];
    size_t count = wh_embed_suggest(embed, text, ids, SUGGESTIONS);
    struct wh_buf sentence = {0};
    wh_buf_adds(&sentence, "unknown word ");
    quote(&sentence, text);
    for (size_t i = 0; i < count; i++) {
        const char *word = wh_embed_word(embed, ids[i]);
        wh_buf_adds(&sentence, i ? ", " : "; near: ");
        wh_str_clean(&sentence, word, strlen(word));
    }
    if (more)
        wh_buf_addf(&sentence, "; %s", more);
    enum wh_status status = wh_fail(WH_NO, "%s", sentence.failed ? "unknown word" : sentence.data);
    wh_buf_free(&sentence);
    return status;
}

/* Whether the model has n-grams of the word would be known only after reading it again. */
enum wh_status wh_session_word(const struct wh_session *session, const char *text, uint32_t *word) {
    const struct wh_embed *embed = session->embed;
    struct wh_buf way = {0};
    *word = wh_embed_lookup(embed, text, strlen(text));
    if (*word != WH_NONE)
        return WH_OK;
    if (wh_embed_composes(embed))
        wh_buf_addf(&way,
                    "a word of the vocabulary is needed: 'export %s NEW.vec --words LIST' writes "
                    "a file with words composed from n-grams, to be used instead",
                    wh_embed_name(embed));
    enum wh_status status = wh_session_unknown(session, text, way.data);
    wh_buf_free(&way);
    return status;
}

enum wh_status wh_session_mechanism(const struct wh_session *session,
                                    const struct wh_mech_spec *spec,
                                    struct wh_mechanism **mechanism) {
    const struct wh_mech_env env = {session->near};
    return wh_mechanism_open(&env, spec, mechanism);
}

void wh_mech_facts_of(const struct wh_mechanism *mechanism, struct wh_mech_facts *facts) {
    *facts = (struct wh_mech_facts){.spec = *wh_mechanism_spec(mechanism),
                                    .epsilon = wh_mechanism_epsilon(mechanism)};
    wh_mechanism_guarantee(mechanism, &facts->guarantee);
    facts->figure_count = wh_mechanism_figures(mechanism, facts->figures);
}
