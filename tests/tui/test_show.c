/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_show.c - the model that "wordhaze show" draws, from the built-in embedding with a seed: the
 * story must be on the screen of a dense and of a sparse word, and the same seed gives the same
 * cells.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "ui/show.h"
#include "ui/view.h"

#define TRIALS 2000

static struct wh_session *session;

static struct ui_show_request request_for(const char *word) {
    struct ui_show_request request = {.trials = TRIALS, .stepping = true, .step_trial = 3};
    uint32_t id;
    assert_int_equal(wh_session_word(session, word, &id), WH_OK);
    assert_int_equal(ui_default_params(session, id, &request.params), WH_OK);
    return request;
}

static void test_fills_everything(void **unused) {
    (void)unused;
    struct ui_show_request request = request_for("queen");
    struct ui_model model;
    assert_int_equal(ui_show_model(session, &request, &model), WH_OK);
    assert_true(model.place_fresh);
    assert_int_equal(model.place.near.count, UI_PLACE_NEIGHBOURS);
    assert_int_equal(model.profile.bins, UI_PROFILE_BINS);
    for (int slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        assert_int_equal(model.slot[slot].state, WH_WORKER_DONE);
        assert_int_equal(model.slot[slot].sim.trials, TRIALS);
        assert_non_null(model.trace[slot].mech.spec.mech);
    }
    assert_int_equal(model.slot[0].splash_count, WH_WORKER_SPLASHES);
    assert_true(isnan(model.slot[0].sim.unchanged_exact) != 0);
    assert_true(!isnan(model.slot[1].sim.unchanged_exact));
    /* radial: a splash is drawn as far from the word as its noise is long */
    const struct wh_splash *splash = &model.slot[0].splashes[0];
    assert_true(fabs(hypot(splash->x, splash->y) - splash->radius) < 1e-6 * splash->radius);
    ui_model_close(&model);
}

/* Laplace: the word or far away; truncated Gumbel: near words. */
static void test_story(void **unused) {
    (void)unused;
    struct ui_show_request request = request_for("queen");
    struct ui_model model;
    assert_int_equal(ui_show_model(session, &request, &model), WH_OK);
    const struct wh_sim_result *laplace = &model.slot[0].sim, *gumbel = &model.slot[1].sim;
    assert_true(laplace->unchanged.value > 0.25 && laplace->unchanged.value < 0.75);
    assert_true(laplace->bands[WH_BAND_SELF].value + laplace->bands[WH_BAND_FAR].value > 0.8);
    assert_true(gumbel->bands_exact[WH_BAND_NEAR10] > 0.5);
    assert_true(gumbel->bands_exact[WH_BAND_FAR] < 0.01);
    ui_model_close(&model);
}

static void test_undefined_says_why(void **unused) {
    (void)unused;
    struct ui_show_request request = request_for("queen");
    struct ui_model model;
    request.params.mech[1].values[wh_mech_param(request.params.mech[1].mech, "epsilon")] = 20;
    assert_int_equal(ui_show_model(session, &request, &model), WH_OK);
    assert_int_equal(model.slot[1].state, WH_WORKER_FAILED);
    assert_non_null(strstr(model.slot[1].sentence, "40.9"));
    assert_null(model.trace[1].mech.spec.mech);
    ui_model_close(&model);
}

static void test_cancel(void **unused) {
    (void)unused;
    struct wh_token token = {.cancelled = true};
    struct ui_show_request request = request_for("queen");
    struct ui_model model;
    request.token = &token;
    assert_int_equal(ui_show_model(session, &request, &model), WH_CANCELLED);
    ui_model_close(&model);
}

static void test_same_seed_same_cells(void **unused) {
    (void)unused;
    struct ui_show_request request = request_for("monday");
    struct ui_grid grids[2];
    for (int run = 0; run < 2; run++) {
        struct ui_model model;
        assert_int_equal(ui_grid_open(&grids[run], 40, 120), WH_OK);
        assert_int_equal(ui_show_model(session, &request, &model), WH_OK);
        ui_view_draw(&grids[run], &model);
        ui_model_close(&model);
    }
    assert_true(ui_grid_equal(&grids[0], &grids[1]));
    ui_grid_close(&grids[0]);
    ui_grid_close(&grids[1]);
}

static int open_all(void **unused) {
    (void)unused;
    struct wh_session_options options = {.threads = 1, .seeded = true, .seed = 1};
    setlocale(LC_CTYPE, "C.UTF-8");
    ui_charset_set(UI_CHARSET_BRAILLE);
    return wh_session_open(&options, &session) == WH_OK ? 0 : -1;
}

static int close_all(void **unused) {
    (void)unused;
    wh_session_close(session);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fills_everything),     cmocka_unit_test(test_story),
        cmocka_unit_test(test_undefined_says_why),   cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_same_seed_same_cells),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
