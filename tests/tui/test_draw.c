/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_draw.c - the drawing under the views: canvas, bars, pen, words beside their dots, camera,
 * and how figures are written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ui/camera.h"
#include "ui/figures.h"
#include "ui/map_label.h"
#include "ui/pen.h"
#include "ui/plot.h"

static const struct ui_rect whole = {0, 0, 4, 10};

static const char *cell(const struct ui_grid *grid, int row, int column) {
    return grid->cells[row * grid->columns + column].text;
}

/* ---- canvas ---- */

/* U+2800 plus the dots' bits: one dot in each corner, by the Unicode chart. */
static void test_braille_bits(void **unused) {
    (void)unused;
    static const struct {
        double row, column;
        const char *text;
    } dots[] = {{1.1, 2.1, "⠁"}, {1.1, 2.9, "⠈"}, {1.9, 2.1, "⡀"},
                {1.9, 2.9, "⢀"}, {1.4, 2.1, "⠂"}, {1.6, 2.6, "⠠"}};
    ui_charset_set(UI_CHARSET_BRAILLE);
    for (size_t i = 0; i < sizeof dots / sizeof *dots; i++) {
        struct ui_grid grid;
        struct ui_canvas canvas;
        assert_int_equal(ui_grid_open(&grid, 4, 10), WH_OK);
        assert_int_equal(ui_canvas_open(&canvas, &whole), WH_OK);
        ui_canvas_dot(&canvas, (struct ui_spot){dots[i].row, dots[i].column}, UI_STYLE_DIM);
        ui_canvas_paint(&canvas, &grid);
        assert_string_equal(cell(&grid, 1, 2), dots[i].text);
        assert_string_equal(cell(&grid, 1, 3), " ");
        ui_canvas_close(&canvas);
        ui_grid_close(&grid);
    }
}

static void test_quadrants(void **unused) {
    (void)unused;
    struct ui_grid grid;
    struct ui_canvas canvas;
    ui_charset_set(UI_CHARSET_BLOCKS);
    assert_int_equal(ui_grid_open(&grid, 4, 10), WH_OK);
    assert_int_equal(ui_canvas_open(&canvas, &whole), WH_OK);
    ui_canvas_line(&canvas, (struct ui_spot){0.1, 0.1}, (struct ui_spot){0.1, 1.9}, 0,
                   UI_STYLE_DIM);
    ui_canvas_dot(&canvas, (struct ui_spot){2.9, 5.9}, UI_STYLE_DIM);
    ui_canvas_paint(&canvas, &grid);
    assert_string_equal(cell(&grid, 0, 0), "▀");
    assert_string_equal(cell(&grid, 0, 1), "▀");
    assert_string_equal(cell(&grid, 2, 5), "▗");
    ui_canvas_close(&canvas);
    ui_grid_close(&grid);
    ui_charset_set(UI_CHARSET_BRAILLE);
}

/* Far outside, infinite and unknown positions are dropped (the sanitizers watch). */
static void test_canvas_outside(void **unused) {
    (void)unused;
    static const double far[] = {-1, -1e-9, 1e9, -1e300, HUGE_VAL, -HUGE_VAL, (double)NAN};
    struct ui_canvas canvas;
    assert_int_equal(ui_canvas_open(&canvas, &whole), WH_OK);
    for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
        struct ui_spot spot = {far[i], 2}, other = {2, far[i]};
        ui_canvas_dot(&canvas, spot, UI_STYLE_DIM);
        ui_canvas_dot(&canvas, other, UI_STYLE_DIM);
        if (fabs(far[i]) > 1e9 || isnan(far[i]))
            ui_canvas_line(&canvas, spot, other, 0, UI_STYLE_DIM);
        ui_canvas_ring(&canvas, (struct ui_spot){2, 2}, far[i] > 1e8 ? HUGE_VAL : far[i], 0,
                       UI_STYLE_DIM);
    }
    for (int i = 0; i < 40; i++)
        assert_int_equal(canvas.dots[i], 0);
    ui_canvas_close(&canvas);
}

/* ---- bars ---- */

/* Longer for more, never empty for more than nothing, never longer than its field. */
static void test_bars(void **unused) {
    (void)unused;
    for (int charset = UI_CHARSET_ASCII; charset <= UI_CHARSET_BRAILLE; charset++) {
        int before = 0;
        ui_charset_set((enum ui_charset)charset);
        for (double share = 0; share <= 1.5; share += 0.01) {
            struct ui_grid grid;
            struct ui_rect field = {1, 2, 1, 5};
            int cells = 0;
            assert_int_equal(ui_grid_open(&grid, 4, 10), WH_OK);
            ui_bar(&grid, &field, share, UI_STYLE_FIRST);
            for (int column = 0; column < 10; column++)
                if (strcmp(cell(&grid, 1, column), " ") != 0) {
                    assert_in_range(column, 2, 6);
                    cells++;
                }
            assert_true(cells >= before);
            assert_int_equal(cells > 0, share > 0);
            before = cells;
            ui_grid_close(&grid);
        }
        assert_int_equal(before, 5);
    }
    ui_charset_set(UI_CHARSET_BRAILLE);
}

static void test_eighths(void **unused) {
    (void)unused;
    struct ui_grid grid;
    struct ui_rect field = {0, 0, 1, 4}, column = {0, 5, 4, 1};
    assert_int_equal(ui_grid_open(&grid, 4, 10), WH_OK);
    ui_bar(&grid, &field, 13.0 / 32, UI_STYLE_FIRST);
    assert_string_equal(cell(&grid, 0, 0), "█");
    assert_string_equal(cell(&grid, 0, 1), "▋");
    assert_string_equal(cell(&grid, 0, 2), " ");
    ui_column(&grid, &column, 19.0 / 32, UI_STYLE_FIRST);
    assert_string_equal(cell(&grid, 3, 5), "█");
    assert_string_equal(cell(&grid, 2, 5), "█");
    assert_string_equal(cell(&grid, 1, 5), "▃");
    assert_string_equal(cell(&grid, 0, 5), " ");
    ui_bar(&grid, &field, (double)NAN, UI_STYLE_FIRST);
    ui_grid_close(&grid);
}

/* ---- pen ---- */

static void row_text(const struct ui_grid *grid, int row, char *out) {
    out[0] = '\0';
    for (int column = 0; column < grid->columns; column++)
        strcat(out, cell(grid, row, column));
}

static void test_pen_cuts(void **unused) {
    (void)unused;
    struct ui_grid grid;
    struct ui_rect rect = {1, 1, 2, 8};
    char text[256];
    assert_int_equal(ui_grid_open(&grid, 4, 10), WH_OK);
    struct ui_pen pen = ui_pen_at(&grid, &rect);
    ui_pen_word(&pen, UI_STYLE_NORMAL, 5, "elizabeth");
    ui_pen_say(&pen, UI_STYLE_NORMAL, "xyzuvw");
    row_text(&grid, 1, text);
    assert_string_equal(text, " eliz…xy… ");
    ui_pen_next(&pen);
    ui_pen_word(&pen, UI_STYLE_NORMAL, 6, "日本語単語");
    row_text(&grid, 2, text);
    assert_string_equal(text, " 日本 …   ");
    ui_pen_next(&pen);
    ui_pen_say(&pen, UI_STYLE_NORMAL, "below the rectangle");
    row_text(&grid, 3, text);
    assert_string_equal(text, "          ");
    ui_grid_close(&grid);
}

static void test_pen_wraps(void **unused) {
    (void)unused;
    struct ui_grid grid;
    char text[256];
    assert_int_equal(ui_grid_open(&grid, 4, 10), WH_OK);
    struct ui_rect rect = {0, 0, 3, 10};
    struct ui_pen pen = ui_pen_at(&grid, &rect);
    ui_pen_wrap(&pen, UI_STYLE_NORMAL, 9, "one two three four five six seven");
    row_text(&grid, 0, text);
    assert_string_equal(text, "one two   ");
    row_text(&grid, 1, text);
    assert_string_equal(text, "three four");
    row_text(&grid, 2, text);
    assert_string_equal(text, "five six …");
    ui_grid_close(&grid);
}

static void test_pen_spells(void **unused) {
    (void)unused;
    char out[64], small[8];
    ui_charset_set(UI_CHARSET_ASCII);
    ui_pen_spell(out, sizeof out, "‖η‖ ≈ n/ε ± 1 · √(2/n)");
    assert_string_equal(out, "|eta| ~ n/eps +- 1 - sqrt(2/n)");
    ui_pen_spell(small, sizeof small, "εεεεεε");
    assert_string_equal(small, "epseps");
    ui_charset_set(UI_CHARSET_BRAILLE);
    ui_pen_spell(out, sizeof out, "‖η‖ ≈ n/ε");
    assert_string_equal(out, "‖η‖ ≈ n/ε");
}

/* ---- words beside dots ---- */

/* 200 random crowds: no two words and no word and dot share a cell, all are inside, a second run
 * gives the same places. */
static void test_labels_never_overlap(void **unused) {
    (void)unused;
    uint64_t state = 5;
    for (int crowd = 0; crowd < 200; crowd++) {
        struct ui_rect area = {2, 3, 12, 50}, places[2][60];
        bool placed[2][60];
        uint64_t start = state;
        for (int run = 0; run < 2; run++) {
            struct ui_labels labels;
            int owner[20][70] = {{0}};
            struct ui_label_mark marks[60];
            assert_int_equal(ui_labels_open(&labels, &area), WH_OK);
            state = start;
            for (int i = 0; i < 60; i++) {
                uint64_t draw = state = state * 6364136223846793005ULL + 1442695040888963407ULL;
                marks[i] = (struct ui_label_mark){
                    2 + (int)(draw >> 40) % 12, 3 + (int)(draw >> 50) % 50, 1, draw >> 63 ? 1 : -1};
                struct ui_rect dot = {marks[i].row, marks[i].column, 1, 1};
                ui_labels_take(&labels, &dot, UI_TAKEN_DOT);
                owner[dot.row][dot.column] = -1;
            }
            for (int i = 0; i < 60; i++) {
                int width = 1 + i % 12;
                placed[run][i] = ui_labels_place(&labels, &marks[i], width, &places[run][i]);
                if (!placed[run][i])
                    continue;
                struct ui_rect at = places[run][i];
                assert_int_equal(at.columns, width);
                assert_in_range(abs(at.row - marks[i].row), 0, 1);
                for (int column = at.column; column < at.column + width; column++) {
                    assert_in_range(at.row, 2, 13);
                    assert_in_range(column, 3, 52);
                    assert_int_equal(owner[at.row][column], 0);
                    owner[at.row][column] = i + 1;
                }
            }
            ui_labels_close(&labels);
        }
        assert_memory_equal(placed[0], placed[1], sizeof placed[0]);
        int words = 0;
        for (int i = 0; i < 60; i++)
            if (placed[0][i]) {
                assert_memory_equal(&places[0][i], &places[1][i], sizeof places[0][i]);
                words++;
            }
        assert_true(words >= 20); /* it does not give up either */
    }
}

/* ---- camera ---- */

static void test_camera_turns(void **unused) {
    (void)unused;
    const double x[3] = {1, 0, 0}, z[3] = {0, 0, 1}, any[3] = {0.3, -1.2, 2};
    struct ui_camera camera = {.yaw = M_PI / 2};
    struct ui_seen seen = ui_camera_see(&camera, false, z);
    assert_float_equal(seen.x, 1, 1e-6); /* yaw turns the third axis to the right */
    seen = ui_camera_see(&camera, false, x);
    assert_float_equal(fabs(seen.depth), 1, 1e-6);
    seen = ui_camera_see(&camera, true, x); /* a flat picture never turns */
    assert_float_equal(seen.x, 1, 1e-6);
    for (double turn = -3; turn < 3; turn += 0.37) {
        camera = (struct ui_camera){.yaw = turn, .pitch = turn / 2, .zoom = 1};
        seen = ui_camera_see(&camera, false, any);
        double length = seen.x * seen.x + seen.y * seen.y + seen.depth * seen.depth;
        assert_float_equal(length, 5.53, 1e-5);
    }
    camera = (struct ui_camera){.zoom = 3, .pan_x = 1};
    seen = ui_camera_see(&camera, false, x);
    assert_float_equal(seen.x, 6, 1e-6);
}

static void test_camera_eases(void **unused) {
    (void)unused;
    struct ui_camera now = {.zoom = 1}, goal = {.yaw = 1, .pitch = -0.5, .zoom = 4, .pan_x = 2};
    assert_false(ui_camera_ease(&goal, &goal, 0.016));
    int frames = 0;
    double before = 0;
    while (ui_camera_ease(&now, &goal, 0.016)) {
        assert_true(now.yaw > before && now.yaw <= 1);
        before = now.yaw < 1 ? now.yaw : 0.999;
        assert_true(++frames < 100);
    }
    assert_true(frames > 10);
    assert_memory_equal(&now, &goal, sizeof now);
}

/* ---- figures ---- */

static void test_figures(void **unused) {
    (void)unused;
    char out[UI_NUMBER];
    assert_string_equal(ui_count_text(out, 0), "0");
    assert_string_equal(ui_count_text(out, 999), "999");
    assert_string_equal(ui_count_text(out, 1000), "1,000");
    assert_string_equal(ui_count_text(out, 12345678), "12,345,678");
    assert_string_equal(ui_count_text(out, UINT64_MAX), "18,446,744,073,709,551,615");
    assert_string_equal(ui_figure_text(out, 7.6345, 3), "7.63");
    assert_string_equal(ui_figure_text(out, 40.92, 4), "40.92");
    assert_string_equal(ui_figure_text(out, 0.08781, 3), "0.0878");
    assert_string_equal(ui_figure_text(out, 999.4, 3), "999");
    assert_string_equal(ui_figure_text(out, 999.7, 4), "1,000");
    assert_string_equal(ui_figure_text(out, 1234.5, 6), "1,235");
    assert_string_equal(ui_figure_text(out, 18149, 3), "18,100");
    assert_string_equal(ui_figure_text(out, -24046.4, 15), "−24,046");
    assert_string_equal(ui_figure_text(out, -4.06, 3), "−4.06");
    assert_string_equal(ui_figure_text(out, 0, 3), "0");
    assert_string_equal(ui_figure_text(out, HUGE_VAL, 3), "∞");
    assert_string_equal(ui_figure_text(out, (double)NAN, 3), "–");
    assert_string_equal(ui_number_text(out, 4.6123), "4.61");
    assert_string_equal(ui_number_text(out, 0.0404), "0.040");
    assert_string_equal(ui_number_text(out, 231.4), "231.4");
    assert_string_equal(ui_number_text(out, (double)NAN), "–");
    assert_string_equal(ui_number_text(out, HUGE_VAL), "∞");
    assert_string_equal(ui_percent_text(out, 0.2345), "23.4");
    assert_string_equal(ui_percent_text(out, 0.0026), "0.26");
    assert_string_equal(ui_percent_text(out, 1e-7), "<0.01");
    assert_string_equal(ui_percent_text(out, 0), "0.0");
    assert_string_equal(ui_percent_text(out, (double)NAN), "–");
    assert_string_equal(ui_rate_text(out, 41300), "41 k/s");
    assert_string_equal(ui_rate_text(out, (double)NAN), "");
    /* half widths are rounded up */
    assert_string_equal(ui_share_text(out, (struct ui_share){0.51, 0.00881, false}), "51.0 ±0.9");
    assert_string_equal(ui_share_text(out, (struct ui_share){0.232, 0, true}), "23.2");
    assert_string_equal(ui_share_text(out, (struct ui_share){0, 0.000184, false}), "<0.02");
    assert_string_equal(ui_share_text(out, (struct ui_share){0.0002, 0.00021, false}),
                        "0.02 ±0.03");
}

static void test_place_words(void **unused) {
    (void)unused;
    char out[64];
    static const struct {
        double percentile;
        const char *name, *text;
    } places[] = {{0, "dense", "denser than 100 % of words"},
                  {0.4, "dense", "denser than 99 % of words"},
                  {33, "dense", "denser than 67 % of words"},
                  {50, "typical", "denser than 50 % of words"},
                  {60, "typical", "sparser than 60 % of words"},
                  {99.9, "sparse", "sparser than 99 % of words"},
                  {(double)NAN, "", ""}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct wh_density density = {.radius_percentile = places[i].percentile};
        assert_string_equal(ui_place_name(&density), places[i].name);
        assert_string_equal(ui_place_text(out, &density), places[i].text);
    }
}

static int utf8(void **unused) {
    (void)unused;
    setlocale(LC_CTYPE, "C.UTF-8");
    ui_charset_set(UI_CHARSET_BRAILLE);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_braille_bits),
        cmocka_unit_test(test_quadrants),
        cmocka_unit_test(test_canvas_outside),
        cmocka_unit_test(test_bars),
        cmocka_unit_test(test_eighths),
        cmocka_unit_test(test_pen_cuts),
        cmocka_unit_test(test_pen_wraps),
        cmocka_unit_test(test_pen_spells),
        cmocka_unit_test(test_labels_never_overlap),
        cmocka_unit_test(test_camera_turns),
        cmocka_unit_test(test_camera_eases),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_place_words),
    };
    return cmocka_run_group_tests(tests, utf8, NULL);
}
