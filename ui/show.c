/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show.c - the screen's model by synchronous runs. */
#include "ui/show.h"

#include <stdio.h>
#include <string.h>

static enum wh_status default_slot(const struct wh_session *session, uint32_t word,
                                   const char *name, struct wh_mech_spec *spec) {
    enum wh_status status;
    double epsilon;
    WH_TRY(wh_run_default_epsilon(session, word, wh_mech_find(name), &epsilon));
    WH_TRY(wh_mech_parse(name, epsilon, spec));
out:
    return status;
}

enum wh_status ui_default_params(const struct wh_session *session, uint32_t word,
                                 struct ui_params *params) {
    enum wh_status status;
    *params = (struct ui_params){.word = word, .map = WH_MAP_RADIAL};
    WH_TRY(default_slot(session, word, "laplace", &params->mech[0]));
    WH_TRY(default_slot(session, word, "tgm", &params->mech[1]));
out:
    return status;
}

/* Values outside of a mechanism's domain, and mechanisms that need what is not there. */
static bool is_undefined(enum wh_status status) {
    return status == WH_DATA || status == WH_UNAVAILABLE || status == WH_USAGE;
}

static enum wh_status fill_splash(const struct ui_show_request *request, struct ui_model *model,
                                  unsigned slot, uint64_t trial) {
    enum wh_status status;
    struct wh_trace_result trace = {0};
    struct wh_slot_snapshot *snapshot = &model->slot[slot];
    struct wh_splash *splash = &snapshot->splashes[snapshot->splash_count];
    WH_TRY(wh_run_trace(model->session, request->params.word, &request->params.mech[slot], trial,
                        request->token, &trace));
    if (trace.point) {
        wh_space_place(&model->place.picture, wh_embed_dim(wh_session_embed(model->session)),
                       trace.point, &splash->x, &splash->y, &splash->z);
        splash->radius = trace.trace.radius;
        splash->output = trace.trace.output;
        snapshot->splash_count++;
    }
out:
    wh_trace_result_close(&trace);
    return status;
}

static enum wh_status fill_sim(const struct ui_show_request *request, struct ui_model *model,
                               unsigned slot) {
    enum wh_status status;
    struct wh_slot_snapshot *snapshot = &model->slot[slot];
    const struct wh_mech_spec *spec = &request->params.mech[slot];
    const struct wh_sim_request sim = {.word = request->params.word,
                                       .spec = *spec,
                                       .trials = request->trials,
                                       .max_items = UI_SHOWN_OUTPUTS,
                                       .exact = true};
    WH_TRY(wh_run_sim(model->session, &sim, request->token, &snapshot->sim));
    snapshot->state = WH_WORKER_DONE;
    for (uint64_t trial = 0; spec->mech->vector_noise && trial < request->trials &&
                             snapshot->splash_count < WH_WORKER_SPLASHES;
         trial++)
        WH_TRY(fill_splash(request, model, slot, trial));
    if (request->stepping)
        WH_TRY(wh_run_trace(model->session, request->params.word, spec, request->step_trial,
                            request->token, &model->trace[slot]));
out:
    return status;
}

static enum wh_status fill_slot(const struct ui_show_request *request, struct ui_model *model,
                                unsigned slot) {
    struct wh_slot_snapshot *snapshot = &model->slot[slot];
    if (!request->params.mech[slot].mech)
        return WH_OK;
    enum wh_status status = fill_sim(request, model, slot);
    if (!is_undefined(status))
        return status;
    snapshot->state = WH_WORKER_FAILED;
    snprintf(snapshot->sentence, sizeof snapshot->sentence, "%s", wh_error());
    return WH_OK;
}

enum wh_status ui_show_model(struct wh_session *session, const struct ui_show_request *request,
                             struct ui_model *model) {
    enum wh_status status;
    *model = (struct ui_model){.session = session,
                               .params = request->params,
                               .stepping = request->stepping,
                               .step_trial = request->step_trial,
                               .derive_done = 1,
                               .zoom = 1};
    WH_TRY(wh_session_derive(session, request->token));
    WH_TRY(wh_run_place(session, request->params.word, request->params.map, UI_PLACE_NEIGHBOURS,
                        &model->place));
    model->place_fresh = true;
    WH_TRY(wh_run_density_profile(session, UI_PROFILE_BINS, &model->profile));
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        WH_TRY(fill_slot(request, model, slot));
out:
    return status;
}

void ui_model_close(struct ui_model *model) {
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        wh_slot_snapshot_close(&model->slot[slot]);
        wh_trace_result_close(&model->trace[slot]);
    }
    ui_findings_close(&model->findings);
    wh_place_close(&model->place);
    wh_density_profile_close(&model->profile);
    memset(model, 0, sizeof *model);
}
