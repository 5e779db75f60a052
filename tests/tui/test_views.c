/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_views.c - what the views draw. Screens of a model made by hand are compared, cell text and
 * style, with tests/tui/goldens/view-*.txt (UPDATE_GOLDENS=1 rewrites them); every view in every
 * state is drawn at every kind of size, and must stay inside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <locale.h>

#include "model_fixture.h"

#include "base/str.h"
#include "ui/render.h"
#include "ui/view.h"
#include "ui/view_parts.h"

#ifndef GOLDENS
#define GOLDENS "tests/tui/goldens/"
#endif

static struct wh_session *session;

/* ---- screens as text: the cells, then one letter a cell for its style ---- */

static void add_rows(struct wh_buf *out, const struct ui_grid *grid, bool styles) {
    static const char letters[] = ".,SttFlLgGnowxks";
    for (int row = 0; row < grid->rows; row++) {
        size_t start = out->length, end = out->length;
        for (int column = 0; column < grid->columns; column++) {
            const struct ui_cell *cell = &grid->cells[row * grid->columns + column];
            if (styles)
                wh_buf_add(out, &letters[cell->style], 1);
            else
                wh_buf_adds(out, cell->text);
        }
        for (size_t i = start; i < out->length; i++)
            if (out->data[i] != (styles ? '.' : ' '))
                end = i + 1;
        out->length = end;
        wh_buf_adds(out, "\n");
    }
}

static char *screen_text(const struct ui_model *model, int columns, int rows, bool styles) {
    struct ui_grid grid;
    struct wh_buf out = {0};
    assert_int_equal(ui_grid_open(&grid, rows, columns), WH_OK);
    ui_view_draw(&grid, model);
    add_rows(&out, &grid, false);
    if (styles)
        add_rows(&out, &grid, true);
    ui_grid_close(&grid);
    assert_false(out.failed);
    return out.data;
}

static char *read_all(const char *path) {
    FILE *file = fopen(path, "r");
    struct wh_buf text = {0};
    char block[4096];
    size_t got;
    while (file && (got = fread(block, 1, sizeof block, file)) > 0)
        wh_buf_add(&text, block, got);
    if (file)
        fclose(file);
    return text.data;
}

static void compare(const char *path, const char *drawn) {
    if (getenv("UPDATE_GOLDENS")) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(drawn, file);
        assert_int_equal(fclose(file), 0);
    }
    char *golden = read_all(path);
    if (!golden || strcmp(golden, drawn) != 0)
        fail_msg("%s differs; drawn now:\n%s", path, drawn);
    free(golden);
}

static void check_golden(const struct ui_model *model, const char *name, int columns, int rows) {
    char path[256];
    char *drawn = screen_text(model, columns, rows, true);
    snprintf(path, sizeof path, GOLDENS "view-%s-%dx%d.txt", name, columns, rows);
    compare(path, drawn);
    free(drawn);
}

/* The same with its colours, as a terminal gets them. */
static void check_colors(const struct ui_model *model, const char *name, struct ui_render how) {
    char path[256], *drawn = NULL;
    size_t length;
    struct ui_grid grid;
    FILE *stream = open_memstream(&drawn, &length);
    assert_non_null(stream);
    assert_int_equal(ui_grid_open(&grid, 24, 80), WH_OK);
    ui_view_draw(&grid, model);
    assert_int_equal(ui_render(stream, &grid, &how), WH_OK);
    assert_int_equal(fclose(stream), 0);
    ui_grid_close(&grid);
    snprintf(path, sizeof path, GOLDENS "view-%s-80x24.ansi", name);
    compare(path, drawn);
    free(drawn);
}

static void check_sizes(const struct ui_model *model, const char *name) {
    check_golden(model, name, 120, 40);
    check_golden(model, name, 80, 24);
    check_golden(model, name, 60, 16);
}

/* ---- the states a model can be in ---- */

static void plain(struct ui_model *model) {
    (void)model;
}

static void noise_far(struct ui_model *model) {
    model->params.mech[0].values[wh_mech_param(model->params.mech[0].mech, "epsilon")] = 10;
    for (uint32_t i = 0; i < model->slot[0].splash_count; i++) {
        model->slot[0].splashes[i].x *= 2;
        model->slot[0].splashes[i].y *= 2;
    }
}

static void odd_words(struct ui_model *model) {
    model->params.word = model->slot[0].sim.word = model->slot[1].sim.word = 55;
    model->slot[1].sim.items[0].id = model->slot[0].sim.items[0].id = 55;
    for (uint32_t i = 0; i < 3; i++) {
        model->place.near.items[i].id = 52 + i;
        model->place.picture.points[i + 1].id = 52 + i;
        model->slot[1].sim.items[i + 1].id = 52 + i;
    }
    model->place.picture.word = model->place.picture.points[0].id = 55;
}

static void undefined(struct ui_model *model) {
    model->slot[1].state = WH_WORKER_FAILED;
    snprintf(model->slot[1].sentence, sizeof model->slot[1].sentence,
             "tgm is undefined at epsilon 20: it needs epsilon > 40.92, because october and "
             "february are 0.606210 apart");
}

static void waiting(struct ui_model *model) {
    model->slot[1].state = WH_WORKER_WAITING;
    model->derive_done = 0.12;
    model->profile.bins = 0;
}

static void nothing_yet(struct ui_model *model) {
    model->place_fresh = false;
    for (int slot = 0; slot < 2; slot++) {
        model->slot[slot].sim.trials = 0;
        model->slot[slot].state = WH_WORKER_OPENING;
    }
}

/* Figures that nobody could compute. */
static void unknown(struct ui_model *model) {
    struct wh_density *density = &model->place.density;
    struct wh_interval none = {(double)NAN, (double)NAN, (double)NAN};
    density->radius_percentile = density->lid = density->kde_percentile = (double)NAN;
    density->radius = density->nn_distance = (double)NAN;
    model->place.picture.variance_kept = (double)NAN;
    model->profile.low = model->profile.high = (double)NAN;
    for (int slot = 0; slot < 2; slot++) {
        struct wh_sim_result *sim = &model->slot[slot].sim;
        sim->mean_distance = sim->unchanged = none;
        sim->mean_distance_exact = sim->unchanged_exact = (double)NAN;
        for (int band = 0; band < WH_BAND_COUNT; band++) {
            sim->bands[band] = none;
            sim->bands_exact[band] = (double)NAN;
        }
        for (uint32_t i = 0; i < sim->count; i++) {
            sim->items[i].p = none;
            sim->items[i].exact = (double)NAN;
        }
        for (size_t i = 0; i < sim->mech.figure_count; i++)
            sim->mech.figures[i].value = (double)NAN;
    }
    if (model->stepping) {
        model->trace[0].trace.radius = model->trace[0].trace.output_distance = (double)NAN;
        model->trace[1].output_distance = (double)NAN;
    }
    model->slot[0].draws_per_second = (double)NAN;
}

/* Three dimensions, three words: a toy from a lesson; all distances equal. */
static void three_words(struct ui_model *model) {
    model->place.near.count = 2;
    model->place.picture.count = 3;
    for (int i = 0; i < 2; i++) {
        model->place.near.items[i].distance = 1;
        model->place.picture.points[i + 1] =
            (struct wh_point){(uint32_t)i + 1, (uint32_t)i + 1, 1, 1, 0, 0};
    }
    for (int slot = 0; slot < 2; slot++) {
        struct wh_sim_result *sim = &model->slot[slot].sim;
        sim->count = sim->distinct = 3;
        sim->distinct_other = 2;
    }
    model->profile.bins = 0;
}

static void duplicates(struct ui_model *model) {
    for (uint32_t i = 0; i < model->place.near.count; i++) {
        model->place.near.items[i].distance = 0;
        model->place.picture.points[i + 1] = (struct wh_point){i + 1, i + 1, 0, 0, 0, 0};
    }
    model->profile.low = 0;
    model->place.density.radius = model->place.density.nn_distance = 0;
}

static void turned(struct ui_model *model) {
    uint64_t state = 23;
    model->params.map = model->place.picture.method = WH_MAP_PCA;
    model->yaw = 0.6;
    model->pitch = -0.3;
    for (uint32_t i = 1; i < model->place.picture.count; i++) {
        struct wh_point *point = &model->place.picture.points[i];
        point->x *= fixture_random(&state);
        point->y *= fixture_random(&state);
        point->z = 4 * fixture_random(&state) - 2;
    }
    for (uint32_t i = 0; i < model->slot[0].splash_count; i++) {
        model->slot[0].splashes[i].x *= 0.14;
        model->slot[0].splashes[i].y *= 0.14;
    }
}

static void zoomed(struct ui_model *model) {
    model->zoom = 40;
    model->pan_x = 3;
    model->pan_y = -4;
    snprintf(model->search, sizeof model->search, "ing");
}

static void prompting(struct ui_model *model) {
    model->prompting = true;
    snprintf(model->prompt, sizeof model->prompt, "word: que");
    model->prompt_cursor = 9;
    snprintf(model->candidates, sizeof model->candidates, "queen  queens  queensland  question");
}

static void saying(struct ui_model *model) {
    model->paused = true;
    model->message_bad = true;
    snprintf(model->message, sizeof model->message, "unknown word 'quen'; near: queen, queens");
    for (int slot = 0; slot < 2; slot++)
        model->slot[slot].state = WH_WORKER_PAUSED;
}

static void empty_slots(struct ui_model *model) {
    model->params.mech[0].mech = model->params.mech[1].mech = NULL;
}

static void listing(struct ui_model *model) {
    model->view = UI_VIEW_LIST;
    model->scroll = 3;
}

static void helping(struct ui_model *model) {
    model->view = UI_VIEW_HELP;
    model->scroll = 5;
}

struct state {
    const char *name;
    void (*set)(struct ui_model *model);
};
static const struct state states[] = {
    {"main", plain},          {"far", noise_far},     {"odd", odd_words},
    {"undefined", undefined}, {"waiting", waiting},   {"nothing", nothing_yet},
    {"unknown", unknown},     {"three", three_words}, {"duplicates", duplicates},
    {"pca", turned},          {"zoomed", zoomed},     {"prompt", prompting},
    {"message", saying},      {"empty", empty_slots}, {"step", fixture_step},
    {"list", listing},        {"help", helping},
};
#define STATES (sizeof states / sizeof *states)

static void model_in(size_t state, struct ui_model *model) {
    fixture_model(session, model);
    states[state].set(model);
}

/* ---- tests ---- */

static void golden_state(const char *name) {
    struct ui_model model;
    for (size_t i = 0; i < STATES; i++)
        if (strcmp(states[i].name, name) == 0) {
            model_in(i, &model);
            check_sizes(&model, name);
            ui_model_close(&model);
            return;
        }
    fail_msg("no state %s", name);
}

static void test_goldens(void **unused) {
    (void)unused;
    static const char *const names[] = {"main", "far",    "odd",     "undefined", "waiting",
                                        "pca",  "prompt", "message", "step",      "list"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        golden_state(names[i]);
}

static void test_golden_charsets(void **unused) {
    (void)unused;
    struct ui_model model;
    fixture_model(session, &model);
    check_golden(&model, "large", 200, 60);
    ui_charset_set(UI_CHARSET_BLOCKS);
    check_sizes(&model, "blocks");
    ui_charset_set(UI_CHARSET_ASCII);
    check_sizes(&model, "ascii");
    ui_charset_set(UI_CHARSET_BRAILLE);
    ui_model_close(&model);
}

static void test_golden_colors(void **unused) {
    (void)unused;
    struct ui_model model;
    fixture_model(session, &model);
    check_colors(&model, "dark", (struct ui_render){UI_PICTURE_ANSI, UI_THEME_DARK, 256});
    check_colors(&model, "light", (struct ui_render){UI_PICTURE_ANSI, UI_THEME_LIGHT, 256});
    check_colors(&model, "dark16", (struct ui_render){UI_PICTURE_ANSI, UI_THEME_DARK, 16});
    check_colors(&model, "mono", (struct ui_render){UI_PICTURE_ANSI, UI_THEME_MONO, 0});
    ui_model_close(&model);
}

/* No byte above 127 is our own where the terminal has only ASCII. */
static void test_ascii_is_ascii(void **unused) {
    (void)unused;
    ui_charset_set(UI_CHARSET_ASCII);
    for (size_t state = 0; state < STATES; state++) {
        struct ui_model model;
        if (strcmp(states[state].name, "odd") == 0)
            continue; /* its words are not */
        model_in(state, &model);
        char *text = screen_text(&model, 120, 40, false);
        for (const char *at = text; *at; at++)
            if ((unsigned char)*at > 127)
                fail_msg("%s: not ASCII: %.20s", states[state].name, at);
        free(text);
        ui_model_close(&model);
    }
    ui_charset_set(UI_CHARSET_BRAILLE);
}

static void test_every_size(void **unused) {
    (void)unused;
    for (size_t state = 0; state < STATES; state++) {
        struct ui_model model;
        model_in(state, &model);
        for (int columns = 60; columns <= 200; columns += columns < 84 ? 3 : 29)
            for (int rows = 16; rows <= 70; rows += rows < 42 ? 1 : 9)
                free(screen_text(&model, columns, rows, false));
        ui_model_close(&model);
    }
}

static void test_stays_in_body(void **unused) {
    (void)unused;
    struct ui_grid grid;
    assert_int_equal(ui_grid_open(&grid, 50, 140), WH_OK);
    for (size_t state = 0; state < STATES; state++)
        for (int size = 0; size < 3; size++) {
            static const struct ui_rect bodies[3] = {
                {3, 5, 37, 120}, {3, 5, 21, 80}, {3, 5, 14, 60}};
            struct ui_rect all = {0, 0, 50, 140}, body = bodies[size];
            struct ui_model model;
            model_in(state, &model);
            for (int row = 0; row < 50; row++)
                for (int column = 0; column < 140; column++)
                    ui_put(&grid, &all, row, column, UI_STYLE_NORMAL, "@");
            if (model.view == UI_VIEW_MAIN)
                ui_view_main(&grid, &body, &model);
            else if (model.view == UI_VIEW_LIST)
                ui_view_list(&grid, &body, &model);
            else
                ui_view_help(&grid, &body, &model);
            for (int row = 0; row < 50; row++)
                for (int column = 0; column < 140; column++)
                    if (row < 3 || row >= 3 + body.rows || column < 5 || column >= 5 + body.columns)
                        assert_string_equal(grid.cells[row * 140 + column].text, "@");
            ui_model_close(&model);
        }
    ui_grid_close(&grid);
}

static void test_too_small(void **unused) {
    (void)unused;
    struct ui_model model;
    fixture_model(session, &model);
    char *text = screen_text(&model, 40, 10, false);
    assert_non_null(strstr(text, "needs 60×16"));
    assert_non_null(strstr(text, "40×10"));
    free(text);
    for (int columns = 1; columns <= 62; columns += 3)
        for (int rows = 1; rows <= 17; rows++)
            free(screen_text(&model, columns, rows, false));
    ui_model_close(&model);
}

static void test_never_nan(void **unused) {
    (void)unused;
    for (int stepping = 0; stepping < 2; stepping++)
        for (int columns = 60; columns <= 200; columns += 35) {
            struct ui_model model;
            fixture_model(session, &model);
            if (stepping)
                fixture_step(&model);
            unknown(&model);
            for (int view = 0; view < UI_VIEW_HELP; view++) {
                model.view = (enum ui_view)view;
                char *text = screen_text(&model, columns, columns / 3, false);
                if (strstr(text, "nan") || strstr(text, "inf"))
                    fail_msg("a figure nobody knows is shown:\n%s", text);
                free(text);
            }
            ui_model_close(&model);
        }
}

/* The text of a row from where a word begins; NULL if it is not on the screen. */
static void find_word(const struct ui_grid *grid, const char *word, int *row, int *column) {
    for (*row = 0; *row < grid->rows; (*row)++)
        for (*column = 0; *column < 70; (*column)++) {
            size_t i = 0;
            while (word[i] && *column + (int)i < 70 &&
                   grid->cells[*row * grid->columns + *column + (int)i].text[0] == word[i])
                i++;
            if (!word[i])
                return;
        }
    *row = *column = -1;
}

/* A larger or smaller epsilon moves no word. */
static void test_points_stay(void **unused) {
    (void)unused;
    static const char *const words[] = {"[queen]", "princess", "monarch", "elizabeth", "sovereign"};
    static const double epsilons[] = {18, 20, 24};
    int rows[5], columns[5];
    for (int i = 0; i < 3; i++) {
        struct ui_model model;
        struct ui_grid grid;
        fixture_model(session, &model);
        model.params.mech[0].values[wh_mech_param(model.params.mech[0].mech, "epsilon")] =
            epsilons[i];
        assert_int_equal(ui_grid_open(&grid, 40, 120), WH_OK);
        ui_view_draw(&grid, &model);
        for (int word = 0; word < 5; word++) {
            int row, column;
            find_word(&grid, words[word], &row, &column);
            assert_true(row > 0);
            if (i > 0) {
                assert_int_equal(row, rows[word]);
                assert_int_equal(column, columns[word]);
            }
            rows[word] = row;
            columns[word] = column;
        }
        ui_grid_close(&grid);
        ui_model_close(&model);
    }
}

/* Scrolling to the end and a page more changes nothing and loses nothing; what fits on a page does
 * not scroll. */
static void test_scroll_ends(void **unused) {
    (void)unused;
    for (int view = UI_VIEW_LIST; view <= UI_VIEW_HELP; view++) {
        struct ui_model model;
        fixture_model(session, &model);
        model.view = (enum ui_view)view;
        model.scroll = 1000;
        char *end = screen_text(&model, 80, 24, false);
        model.scroll = 100000;
        char *beyond = screen_text(&model, 80, 24, false);
        model.scroll = -5;
        char *before = screen_text(&model, 80, 24, false);
        bool scrolls = view == UI_VIEW_LIST || view == UI_VIEW_LABEL || view == UI_VIEW_HELP;
        assert_string_equal(end, beyond);
        assert_int_equal(strcmp(end, before) != 0, scrolls);
        free(end);
        free(beyond);
        free(before);
        ui_model_close(&model);
    }
}

static void test_truths_are_plain(void **unused) {
    (void)unused;
    struct ui_model model;
    fixture_model(session, &model);
    static const char *const said[] = {"noise n/ε 5.00 = 1.21 × nearest word 4.12",
                                       "Equal ε is not equal privacy",
                                       "100 dimensions: itself or far, 2.8 % near",
                                       "ε hardly matters above its minimum, 40.9",
                                       "claimed",
                                       "proven-ideal",
                                       "True word on screen",
                                       "dense: denser than 71 % of words",
                                       "23.2 exact",
                                       "51.0 ±0.9"};
    char *text = screen_text(&model, 120, 40, false);
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (!strstr(text, said[i]))
            fail_msg("not on the screen: %s\n%s", said[i], text);
    free(text);
    ui_model_close(&model);
}

static int open_all(void **unused) {
    (void)unused;
    setlocale(LC_CTYPE, "C.UTF-8");
    ui_charset_set(UI_CHARSET_BRAILLE);
    session = fixture_session();
    return session ? 0 : -1;
}

static int close_all(void **unused) {
    (void)unused;
    wh_session_close(session);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goldens),          cmocka_unit_test(test_golden_charsets),
        cmocka_unit_test(test_golden_colors),    cmocka_unit_test(test_ascii_is_ascii),
        cmocka_unit_test(test_every_size),       cmocka_unit_test(test_stays_in_body),
        cmocka_unit_test(test_too_small),        cmocka_unit_test(test_never_nan),
        cmocka_unit_test(test_points_stay),      cmocka_unit_test(test_scroll_ends),
        cmocka_unit_test(test_truths_are_plain),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
