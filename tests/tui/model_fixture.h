/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * model_fixture.h - a model made by hand for drawing: a small embedding written to a temporary
 * file, with invented but likely results around "queen". What is drawn then depends on the views
 * alone.
 */
#ifndef MODEL_FIXTURE_H
#define MODEL_FIXTURE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/show.h"

#define FIXTURE_DIM  100
#define FIXTURE_NEAR 48

static const char *const fixture_words[] = {
    "queen",        "king",
    "princess",     "elizabeth",
    "royal",        "lady",
    "victoria",     "monarch",
    "crown",        "prince",
    "duchess",      "coronation",
    "consort",      "throne",
    "mother",       "majesty",
    "daughter",     "palace",
    "wife",         "kingdom",
    "sister",       "england",
    "mary",         "bride",
    "margaret",     "empress",
    "diana",        "charlotte",
    "goddess",      "duke",
    "jubilee",      "isabella",
    "sovereign",    "widow",
    "anne",         "reign",
    "king's",       "catherine",
    "countess",     "ii",
    "lord",         "wedding",
    "beauty",       "married",
    "heiress",      "pageant",
    "maid",         "knight",
    "london",       "gmina",
    "october",      "pagina",
    "日本語の単語", "中",
    "naïve",        "antidisestablishmentarianism-and-longer-still-than-that"};
#define FIXTURE_WORDS (sizeof fixture_words / sizeof *fixture_words)

/* A fixed sequence in 0..1: every run draws the same picture. */
static double fixture_random(uint64_t *state) {
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(*state >> 11) / 9007199254740992.0;
}

static void fixture_write(FILE *file) {
    uint64_t state = 7;
    for (size_t word = 0; word < FIXTURE_WORDS; word++) {
        fputs(fixture_words[word], file);
        for (int i = 0; i < FIXTURE_DIM; i++)
            fprintf(file, " %.6f", fixture_random(&state) - 0.5);
        fputc('\n', file);
    }
}

/* The file's name is on the screen: it is the same in every run. */
static struct wh_session *fixture_session(void) {
    char folder[] = "/tmp/wordhaze-views-XXXXXX", path[64];
    struct wh_session *session = NULL;
    struct wh_session_options options = {.embed = {.path = path}, .threads = 1, .seeded = true};
    if (!mkdtemp(folder))
        return NULL;
    snprintf(path, sizeof path, "%s/toy.txt", folder);
    FILE *file = fopen(path, "w");
    if (file) {
        fixture_write(file);
        fclose(file);
        if (wh_session_open(&options, &session) != WH_OK)
            fprintf(stderr, "%s\n", wh_error());
    }
    unlink(path);
    rmdir(folder);
    return session;
}

static void fixture_place(struct ui_model *model) {
    struct wh_place *place = &model->place;
    uint64_t state = 11;
    model->place_fresh = true;
    place->density = (struct wh_density){.k = 10,
                                         .radius = 4.61,
                                         .radius_percentile = 28.6,
                                         .lid = 14.2,
                                         .lid_k = 100,
                                         .nn_distance = 4.12};
    place->near.count = FIXTURE_NEAR;
    place->near.items = calloc(FIXTURE_NEAR, sizeof *place->near.items);
    place->picture.count = FIXTURE_NEAR + 1;
    place->picture.points = calloc(FIXTURE_NEAR + 1, sizeof *place->picture.points);
    place->picture.center = calloc(FIXTURE_DIM, sizeof(double));
    place->picture.axes = calloc(3 * FIXTURE_DIM, sizeof(double));
    for (int axis = 0; axis < 3; axis++)
        place->picture.axes[axis * FIXTURE_DIM + axis] = 1;
    place->picture.variance_kept = 0.31;
    place->picture.kept_of = 20;
    place->picture.neighbours_kept = 12;
    for (uint32_t i = 0; i < FIXTURE_NEAR; i++) {
        double distance = 4.12 + 0.49 * pow(i / 9.0, 0.55);
        double angle = 2 * M_PI * fixture_random(&state);
        place->near.items[i] = (struct wh_neighbour){i + 1, distance};
        place->picture.points[i + 1] = (struct wh_point){
            i + 1, i + 1, distance, distance * cos(angle), distance * sin(angle), 0};
    }
    model->profile = (struct wh_density_profile){.bins = 64, .low = 1.3, .high = 10.4};
    model->profile.shares = calloc(64, sizeof *model->profile.shares);
    for (int i = 0; i < 64; i++)
        model->profile.shares[i] = exp(-pow((i - 44) / 9.0, 2));
}

static struct wh_sim_item fixture_item(uint32_t id, uint32_t rank, double p, uint64_t trials,
                                       bool exact) {
    uint64_t count = (uint64_t)lround(p * (double)trials);
    return (struct wh_sim_item){.id = id,
                                .rank = rank,
                                .distance = rank ? 4 + rank / 1000.0 : 0,
                                .count = count,
                                .p = wh_stat_proportion(count, trials, 0.05),
                                .exact = exact ? p : (double)NAN};
}

static void fixture_bands(struct wh_sim_result *sim, const double bands[WH_BAND_COUNT],
                          bool exact) {
    for (int band = 0; band < WH_BAND_COUNT; band++) {
        uint64_t count = (uint64_t)lround(bands[band] * (double)sim->trials);
        sim->bands[band] = wh_stat_proportion(count, sim->trials, 0.05);
        sim->bands_exact[band] = exact ? bands[band] : (double)NAN;
    }
    sim->unchanged = sim->bands[0];
    sim->unchanged_exact = sim->bands_exact[0];
}

static void fixture_laplace(struct ui_model *model) {
    struct wh_slot_snapshot *slot = &model->slot[0];
    struct wh_sim_result *sim = &slot->sim;
    uint64_t state = 13;
    slot->state = WH_WORKER_SAMPLING;
    slot->draws_per_second = 41300;
    *sim = (struct wh_sim_result){.trials = 12480,
                                  .distinct = 4212,
                                  .distinct_other = 4211,
                                  .mean_distance = {3.9, 3.8, 4.0},
                                  .mean_distance_exact = (double)NAN,
                                  .count = 8};
    sim->mech.spec = model->params.mech[0];
    sim->mech.guarantee = (struct wh_guarantee){.label = WH_LABEL_PROVEN_IDEAL,
                                                .note = "epsilon-mDP for real-valued noise"};
    sim->items = calloc(sim->count, sizeof *sim->items);
    for (uint32_t i = 0; i < sim->count; i++)
        sim->items[i] = i < 4 ? fixture_item(i, i, i ? 0.004 / i : 0.51, sim->trials, false)
                              : fixture_item(44 + i, 900 + 531 * i, 0.0002, sim->trials, false);
    fixture_bands(sim, (const double[]){0.51, 0.0088, 0.0192, 0.462}, false);
    slot->splash_count = 40;
    for (uint32_t i = 0; i < slot->splash_count; i++) {
        double angle = 2 * M_PI * fixture_random(&state);
        double radius = 5 + 0.5 * (fixture_random(&state) - fixture_random(&state));
        slot->splashes[i] =
            (struct wh_splash){radius * cos(angle), radius * sin(angle), 0, radius, 0};
    }
}

static void fixture_gumbel(struct ui_model *model) {
    struct wh_slot_snapshot *slot = &model->slot[1];
    struct wh_sim_result *sim = &slot->sim;
    slot->state = WH_WORKER_SAMPLING;
    slot->draws_per_second = 1.2e6;
    *sim = (struct wh_sim_result){.trials = 254000,
                                  .distinct = 25,
                                  .distinct_other = 24,
                                  .mean_distance = {3.3, 3.29, 3.31},
                                  .mean_distance_exact = 3.31,
                                  .count = 25};
    sim->mech.spec = model->params.mech[1];
    sim->mech.guarantee = (struct wh_guarantee){
        .label = WH_LABEL_CLAIMED,
        .note =
            "claimed by the paper; two words' candidate sets differ, so it fails for some pairs"};
    sim->mech.figures[0] = (struct wh_figure){"lambda", "", 9.903};
    sim->mech.figures[1] = (struct wh_figure){"b", "", 32.2};
    sim->mech.figures[2] = (struct wh_figure){"epsilon_min", "", 40.92};
    sim->mech.figures[3] = (struct wh_figure){"delta_max", "", 16.78};
    sim->mech.figure_count = 4;
    sim->items = calloc(sim->count, sizeof *sim->items);
    for (uint32_t i = 0; i < sim->count; i++)
        sim->items[i] =
            fixture_item(i, i, i ? 0.103 * exp(-0.14 * (i - 1.0)) : 0.232, sim->trials, true);
    fixture_bands(sim, (const double[]){0.232, 0.715, 0.053, 0}, true);
}

/* Everything is freed by ui_model_close(). */
static void fixture_model(struct wh_session *session, struct ui_model *model) {
    *model = (struct ui_model){.session = session, .derive_done = 1, .zoom = 1};
    wh_mech_parse("laplace", 20, &model->params.mech[0]);
    wh_mech_parse("tgm", 50, &model->params.mech[1]);
    fixture_place(model);
    fixture_laplace(model);
    fixture_gumbel(model);
}

static void fixture_step(struct ui_model *model) {
    uint64_t state = 17;
    model->stepping = true;
    for (unsigned slot = 0; slot < 2; slot++) {
        struct wh_trace_result *trace = &model->trace[slot];
        trace->trial = 17;
        trace->mech = model->slot[slot].sim.mech;
        trace->output_rank = slot ? 4 : 1431;
        trace->output_distance = slot ? 4.39 : 7.9;
        trace->trace.output = slot ? 4 : 51;
    }
    model->trace[0].point = calloc(FIXTURE_DIM, sizeof(double));
    for (int i = 0; i < FIXTURE_DIM; i++)
        model->trace[0].point[i] = 0.512 * (i % 3 ? 1 : -1);
    model->trace[0].trace.radius = 5.12;
    model->trace[0].trace.output_distance = 4.98;
    struct wh_trace *trace = &model->trace[1].trace;
    trace->drawn_k = trace->candidate_count = 11;
    for (uint32_t i = 0; i < trace->candidate_count; i++) {
        double distance = i ? model->place.near.items[i - 1].distance : 0;
        double noise = i == 4 ? -15 : 20 * fixture_random(&state) - 10;
        trace->candidates[i] = (struct wh_trace_candidate){i, distance, noise, distance + noise};
    }
}

#endif
