/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run_trace.c - one draw with its working: the same trial that sampling counts. */
#include <stdlib.h>

#include "base/mem.h"
#include "run/run_private.h"

static enum wh_status trace_site(const struct wh_session *session, const struct wh_site *site,
                                 const struct wh_token *token, struct wh_trace_result *result) {
    enum wh_status status;
    struct wh_scratch *scratch = NULL;
    struct wh_lane lane;
    if (result->mech.spec.mech->vector_noise)
        WH_TRY(WH_ALLOC(result->point, wh_embed_dim(wh_session_embed(session))));
    WH_TRY(wh_scratch_open(&scratch));
    scratch->token = token;
    wh_site_lane(site, wh_session_source(session), &lane);
    const struct wh_draws draws = {&lane, result->trial, 1, scratch};
    WH_TRY(wh_site_trace(site, &draws, &result->trace, result->point));
    result->output_rank =
        wh_near_rank(wh_session_near(session), result->word, result->trace.output);
    result->output_distance =
        wh_near_distance(wh_session_near(session), result->word, result->trace.output);
out:
    wh_scratch_close(scratch);
    return status;
}

enum wh_status wh_run_trace(const struct wh_session *session, uint32_t word,
                            const struct wh_mech_spec *spec, uint64_t trial,
                            const struct wh_token *token, struct wh_trace_result *result) {
    enum wh_status status;
    struct wh_mechanism *mechanism = NULL;
    struct wh_site *site = NULL;
    *result = (struct wh_trace_result){.word = word, .trial = trial};
    WH_TRY(wh_session_mechanism(session, spec, &mechanism));
    wh_mech_facts_of(mechanism, &result->mech);
    WH_TRY(wh_site_open(mechanism, word, &site));
    WH_TRY(trace_site(session, site, token, result));
out:
    wh_site_close(site);
    wh_mechanism_close(mechanism);
    if (status != WH_OK)
        wh_trace_result_close(result);
    return status;
}

void wh_trace_result_close(struct wh_trace_result *result) {
    free(result->point);
    *result = (struct wh_trace_result){0};
}
