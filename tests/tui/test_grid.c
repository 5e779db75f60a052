/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_grid.c - cells: widths, clipping, cleaning, halves of wide characters, frames; and that the
 * three kinds of picture show the same cells.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "ui/render.h"

#define ROWS    4
#define COLUMNS 12

static struct ui_grid grid;

static int open_grid(void **unused) {
    (void)unused;
    ui_charset_set(UI_CHARSET_BRAILLE);
    return ui_grid_open(&grid, ROWS, COLUMNS) == WH_OK ? 0 : -1;
}

static int close_grid(void **unused) {
    (void)unused;
    ui_grid_close(&grid);
    return 0;
}

static const char *row_text(int row) {
    static char text[COLUMNS * UI_CELL_BYTES + 1];
    text[0] = '\0';
    for (int column = 0; column < COLUMNS; column++)
        strcat(text, grid.cells[row * COLUMNS + column].text);
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == ' ')
        text[--length] = '\0';
    return text;
}

/* Every wide cell is followed by its right half, every right half has its left one; text is never
 * empty but there; widths fill the row. */
static void check_cells(void) {
    for (int row = 0; row < grid.rows; row++)
        for (int column = 0; column < grid.columns; column++) {
            const struct ui_cell *cell = &grid.cells[row * grid.columns + column];
            assert_true(cell->width <= 2);
            assert_int_equal(cell->width == 0, cell->text[0] == '\0');
            assert_true(cell->style < UI_STYLE_COUNT);
            if (cell->width == 2) {
                assert_true(column + 1 < grid.columns);
                assert_int_equal(cell[1].width, 0);
            }
            if (cell->width == 0) {
                assert_true(column > 0);
                assert_int_equal(cell[-1].width, 2);
            }
        }
}

static void test_plain_text(void **unused) {
    (void)unused;
    assert_int_equal(ui_put(&grid, NULL, 1, 2, UI_STYLE_KEY, "queen"), 7);
    assert_string_equal(row_text(1), "  queen");
    assert_int_equal(grid.cells[COLUMNS + 2].style, UI_STYLE_KEY);
    assert_int_equal(grid.cells[COLUMNS + 7].style, UI_STYLE_NORMAL);
    assert_int_equal(ui_put(&grid, NULL, 0, 9, UI_STYLE_NORMAL, "abcdef"), COLUMNS);
    assert_string_equal(row_text(0), "         abc");
    ui_put(&grid, NULL, 2, -2, UI_STYLE_NORMAL, "abcdef");
    assert_string_equal(row_text(2), "cdef");
    ui_put(&grid, NULL, -1, 0, UI_STYLE_NORMAL, "x");
    ui_put(&grid, NULL, ROWS, 0, UI_STYLE_NORMAL, "x");
    assert_string_equal(row_text(3), "");
}

static void test_widths(void **unused) {
    (void)unused;
    assert_int_equal(ui_text_width("queen"), 5);
    assert_int_equal(ui_text_width("日本"), 4);
    assert_int_equal(ui_text_width("naïve"), 5);
    assert_int_equal(ui_text_width("nai\u0308ve"), 5); /* with a combining mark */
    assert_int_equal(ui_text_width("⣿█╭"), 3);
    assert_int_equal(ui_text_width("\u0301a"), 2); /* a mark that stands on nothing */
    assert_int_equal(ui_put(&grid, NULL, 0, 0, UI_STYLE_NORMAL, "nai\u0308ve"), 5);
    assert_string_equal(grid.cells[2].text, "i\u0308");
    check_cells();
}

static void test_wide_characters(void **unused) {
    (void)unused;
    struct ui_rect clip = {0, 0, ROWS, 5};
    assert_int_equal(ui_put(&grid, &clip, 0, 0, UI_STYLE_NORMAL, "日本語"), 5);
    assert_string_equal(row_text(0), "日本"); /* half of the third would stick out */
    check_cells();
    ui_put(&grid, NULL, 0, 1, UI_STYLE_NORMAL, "x"); /* on a right half */
    assert_string_equal(row_text(0), " x本");
    check_cells();
    ui_put(&grid, NULL, 0, 2, UI_STYLE_NORMAL, "y"); /* on a left half */
    assert_string_equal(row_text(0), " xy");
    check_cells();
    ui_put(&grid, NULL, 1, -1, UI_STYLE_NORMAL, "日本");
    assert_string_equal(row_text(1), " 本");
    check_cells();
    ui_put(&grid, NULL, 2, 1, UI_STYLE_NORMAL, "日本");
    ui_put(&grid, NULL, 2, 2, UI_STYLE_NORMAL, "語");
    assert_string_equal(row_text(2), "  語");
    check_cells();
}

static void test_untrusted_text(void **unused) {
    static const char *const hostile[] = {"\033[31mred",
                                          "a\nb",
                                          "\u202eabc",
                                          "\x80\xff",
                                          "\u200b\u200d",
                                          ("\x9b"
                                           "31m"),
                                          "a\rb",
                                          "\x7f"};
    (void)unused;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        ui_grid_clear(&grid);
        ui_put(&grid, NULL, 0, 0, UI_STYLE_NORMAL, hostile[i]);
        check_cells();
        for (const char *at = row_text(0); *at; at++)
            assert_true((unsigned char)*at >= ' ' && (unsigned char)*at < 127);
    }
    ui_grid_clear(&grid);
    ui_put(&grid, NULL, 0, 0, UI_STYLE_NORMAL, "a\033b");
    assert_string_equal(row_text(0), "a<U+001B>b");
}

/* A cluster longer than a cell holds loses marks, never half a character. */
static void test_long_cluster(void **unused) {
    char text[256] = "e";
    (void)unused;
    for (int i = 0; i < 60; i++)
        strcat(text, "\u0301");
    assert_int_equal(ui_put(&grid, NULL, 0, 0, UI_STYLE_NORMAL, text), 1);
    assert_int_equal(strlen(grid.cells[0].text), 11); /* e and five marks of two bytes */
    check_cells();
}

static void test_right(void **unused) {
    (void)unused;
    struct ui_rect clip = {0, 2, 1, 6};
    ui_put_right(&grid, NULL, 0, 10, UI_STYLE_NORMAL, "61.3");
    assert_string_equal(row_text(0), "      61.3");
    ui_grid_clear(&grid);
    ui_put_right(&grid, &clip, 0, 8, UI_STYLE_NORMAL, "abcdefghij");
    assert_string_equal(row_text(0), "  …fghij");
    ui_grid_clear(&grid);
    ui_put_right(&grid, &clip, 0, 8, UI_STYLE_NORMAL, "日本語日本語");
    assert_string_equal(row_text(0), "   …本語");
    check_cells();
}

static void test_frames(void **unused) {
    (void)unused;
    struct ui_rect rect = {0, 0, 3, 10};
    struct ui_rect inside = ui_box(&grid, &rect, "map", false);
    assert_string_equal(row_text(0), "╭─ map ──╮");
    assert_string_equal(row_text(1), "│        │");
    assert_string_equal(row_text(2), "╰────────╯");
    assert_int_equal(inside.row, 1);
    assert_int_equal(inside.column, 1);
    assert_int_equal(inside.rows, 1);
    assert_int_equal(inside.columns, 8);
    ui_box(&grid, &rect, "a long title", true); /* other glyphs, and cut */
    assert_string_equal(row_text(0), "┏━ a l… ━┓");
    ui_charset_set(UI_CHARSET_ASCII);
    ui_box(&grid, &rect, "map", false);
    assert_string_equal(row_text(0), "+- map --+");
    ui_box(&grid, &rect, "map", true);
    assert_string_equal(row_text(0), "#= map ==#");
    ui_charset_set(UI_CHARSET_BLOCKS);
    ui_box(&grid, &rect, NULL, false);
    assert_string_equal(row_text(0), "┌────────┐");
    rect.rows = 1;
    inside = ui_box(&grid, &rect, "map", false);
    assert_int_equal(inside.rows, 0);
}

static void test_comparison(void **unused) {
    struct ui_grid other;
    (void)unused;
    assert_int_equal(ui_grid_open(&other, ROWS, COLUMNS), WH_OK);
    assert_true(ui_grid_equal(&grid, &other));
    ui_put(&other, NULL, 3, 11, UI_STYLE_NORMAL, "x");
    assert_false(ui_grid_equal(&grid, &other));
    ui_put(&grid, NULL, 3, 11, UI_STYLE_BAD, "x");
    assert_false(ui_grid_equal(&grid, &other)); /* styles count */
    ui_grid_close(&other);
}

/* Anything anywhere: what is outside of the clip stays, cells stay whole. */
static void test_random_writing(void **unused) {
    static const char *const texts[] = {"queen", "日本語", "i\u0308i\u0308", "\033[1m", "…", ""};
    struct ui_cell before[ROWS * COLUMNS];
    unsigned state = 1;
    (void)unused;
    for (int turn = 0; turn < 20000; turn++) {
        int dice[8];
        for (int i = 0; i < 8; i++) {
            state = state * 1103515245u + 12345u;
            dice[i] = (int)(state >> 16 & 0x7fff);
        }
        struct ui_rect clip = {dice[0] % 6 - 1, dice[1] % 14 - 1, dice[2] % 6, dice[3] % 14};
        memcpy(before, grid.cells, sizeof before);
        if (dice[7] % 8 == 0)
            ui_fill(&grid, &clip, UI_STYLE_SELECT);
        else if (dice[7] % 8 == 1)
            ui_put_right(&grid, &clip, dice[4] % 6 - 1, dice[5] % 16 - 2, UI_STYLE_DIM,
                         texts[dice[6] % 6]);
        else
            ui_put(&grid, &clip, dice[4] % 6 - 1, dice[5] % 16 - 2, UI_STYLE_KEY,
                   texts[dice[6] % 6]);
        check_cells();
        for (int i = 0; i < ROWS * COLUMNS; i++) {
            int row = i / COLUMNS, column = i % COLUMNS;
            bool inside = row >= clip.row && row < clip.row + clip.rows && column >= clip.column &&
                          column < clip.column + clip.columns;
            /* outside, a cell may only lose the other half of a character that was cut */
            if (!inside && !ui_cell_equal(&before[i], &grid.cells[i]))
                assert_string_equal(grid.cells[i].text, " ");
        }
    }
}

/* ---- pictures ---- */

static char *render(const struct ui_render *how) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    assert_int_equal(ui_render(stream, &grid, how), WH_OK);
    fclose(stream);
    return text;
}

static void draw_something(void) {
    ui_put(&grid, NULL, 0, 0, UI_STYLE_FIRST, "blue");
    ui_put(&grid, NULL, 0, 5, UI_STYLE_BAD, "b<&>d");
    ui_put(&grid, NULL, 1, 1, UI_STYLE_SELECT, "日本");
}

static void test_text_picture(void **unused) {
    (void)unused;
    draw_something();
    char *text = render(&(struct ui_render){.picture = UI_PICTURE_TEXT});
    assert_string_equal(text, "blue b<&>d\n 日本\n\n\n");
    free(text);
}

static void test_ansi_picture(void **unused) {
    struct ui_render how = {.picture = UI_PICTURE_ANSI, .theme = UI_THEME_DARK, .colors = 256};
    (void)unused;
    draw_something();
    char *text = render(&how);
    assert_string_equal(text, "\033[0;38;5;75mblue\033[0m \033[0;1;38;5;210mb<&>d\033[0m\n"
                              " \033[0;7m日本\033[0m\n\n\n");
    free(text);
    how.colors = 16;
    text = render(&how);
    assert_non_null(strstr(text, "\033[0;94mblue"));
    free(text);
    how.colors = 1 << 24;
    text = render(&how);
    assert_non_null(strstr(text, "\033[0;38;2;95;175;255mblue"));
    free(text);
    how.colors = 0; /* attributes stay, colours go */
    text = render(&how);
    assert_null(strstr(text, "38;"));
    assert_non_null(strstr(text, "\033[0;1;4mb<&>d"));
    free(text);
}

static void test_svg_picture(void **unused) {
    (void)unused;
    draw_something();
    char *text = render(&(struct ui_render){.picture = UI_PICTURE_SVG, .theme = UI_THEME_LIGHT});
    assert_non_null(strstr(text, "<svg xmlns=\"http://www.w3.org/2000/svg\""));
    assert_non_null(strstr(text, ">b&lt;&amp;&gt;d</text>"));
    assert_non_null(strstr(text, "x=\"0 9 18 27\""));
    assert_non_null(strstr(text, "fill=\"#005faf\""));
    assert_non_null(strstr(text, "<rect x=\"9\"")); /* reversed: behind the wide characters */
    assert_null(strchr(text, '\033'));
    free(text);
}

/* A theme must tell the two mechanisms apart at every number of colours, and never hide text. */
static void test_themes(void **unused) {
    static const int colors[] = {1 << 24, 256, 16, 8};
    (void)unused;
    for (int theme = UI_THEME_DARK; theme <= UI_THEME_LIGHT; theme++)
        for (size_t i = 0; i < sizeof colors / sizeof *colors; i++) {
            struct ui_look first = ui_look_of((enum ui_theme)theme, colors[i], UI_STYLE_FIRST);
            struct ui_look second = ui_look_of((enum ui_theme)theme, colors[i], UI_STYLE_SECOND);
            assert_int_not_equal(first.foreground, second.foreground);
            for (int style = 0; style < UI_STYLE_COUNT; style++) {
                struct ui_look look =
                    ui_look_of((enum ui_theme)theme, colors[i], (enum ui_style)style);
                assert_int_equal(look.background, -1);
                assert_true(look.foreground < colors[i]);
            }
        }
    for (int style = 0; style < UI_STYLE_COUNT; style++)
        assert_int_equal(ui_look_of(UI_THEME_MONO, 256, (enum ui_style)style).foreground, -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_grid, close_grid)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_plain_text),     TEST(test_widths),       TEST(test_wide_characters),
        TEST(test_untrusted_text), TEST(test_long_cluster), TEST(test_right),
        TEST(test_frames),         TEST(test_comparison),   TEST(test_random_writing),
        TEST(test_text_picture),   TEST(test_ansi_picture), TEST(test_svg_picture),
        TEST(test_themes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
