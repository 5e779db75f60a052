/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_keys.c - keys, the key map and its file, requests by name, scripts, round numbers, undo.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/keymap.h"
#include "ui/ladder.h"
#include "ui/script.h"
#include "ui/undo.h"

static uint32_t parse(const char *name) {
    return ui_key_parse(name, strlen(name));
}

static void test_names(void **unused) {
    static const char *const names[] = {"Space", "Tab",       "Enter", "Esc",    "Backspace",
                                        "Up",    "Shift-Tab", "PgDn",  "Ctrl-L", "F1",
                                        "F12",   "Shift-Up",  "é",     "日",     "+"};
    char name[UI_KEY_NAME];
    (void)unused;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_not_equal(parse(names[i]), UI_KEY_NONE);
        assert_string_equal(ui_key_name(parse(names[i]), name), names[i]);
    }
    assert_int_equal(parse("Hash"), '#');
    assert_string_equal(ui_key_name('#', name), "#");
    assert_int_equal(parse("Ctrl-A"), 1);
    assert_int_equal(parse("Ctrl-a"), 1);
    assert_int_equal(parse("Ctrl-_"), 31);
    assert_int_equal(parse("Ctrl-"), UI_KEY_NONE);
    assert_int_equal(parse("F13"), UI_KEY_NONE);
    assert_int_equal(parse("ab"), UI_KEY_NONE);
    assert_int_equal(parse(""), UI_KEY_NONE);
}

static void test_bytes(void **unused) {
    char bytes[UI_KEY_NAME];
    (void)unused;
    assert_int_equal(ui_key_bytes(parse("日"), bytes), 3);
    assert_string_equal(bytes, "日");
    assert_int_equal(ui_key_bytes(UI_KEY_UP, bytes), 3);
    assert_string_equal(bytes, "\033[A");
    assert_int_equal(ui_key_bytes(UI_KEY_ENTER, bytes), 1);
    assert_string_equal(bytes, "\r");
}

/* ---- the built-in map ---- */

static int reset(void **unused) {
    (void)unused;
    ui_keymap_reset();
    return 0;
}

static void test_builtin_map(void **unused) {
    (void)unused;
    assert_int_equal(ui_keymap_find(UI_SECTION_ALL, '?')->request, UI_REQ_HELP);
    assert_int_equal(ui_keymap_find(UI_SECTION_MAP, '?')->request, UI_REQ_HELP);
    assert_int_equal(ui_keymap_find(UI_SECTION_MAP, UI_KEY_LEFT)->request, UI_REQ_ROTATE);
    assert_string_equal(ui_keymap_find(UI_SECTION_MAP, UI_KEY_LEFT)->argument, "left");
    assert_int_equal(ui_keymap_find(UI_SECTION_PANEL, UI_KEY_LEFT)->request, UI_REQ_EPSILON_DOWN);
    assert_int_equal(ui_keymap_find(UI_SECTION_PAGE, UI_KEY_UP)->request, UI_REQ_SCROLL);
    assert_int_equal(ui_keymap_find(UI_SECTION_ALL, 3)->request, UI_REQ_QUIT);
    assert_null(ui_keymap_find(UI_SECTION_ALL, UI_KEY_LEFT));
}

/* People type words: no letter may do anything else. */
static void test_letters_are_free(void **unused) {
    (void)unused;
    for (int section = 0; section < UI_SECTION_COUNT; section++)
        for (uint32_t key = 'A'; key <= 'z'; key++)
            if (key <= 'Z' || key >= 'a')
                assert_null(ui_keymap_find((enum ui_section)section, key));
}

/* What :name would do must be right: a required argument is there, an unwanted one is not. */
static void test_bindings_fit_requests(void **unused) {
    (void)unused;
    for (int section = 0; section < UI_SECTION_COUNT; section++)
        for (uint32_t key = 1; key <= UI_KEY_LAST; key++) {
            const struct ui_binding *binding = ui_keymap_find((enum ui_section)section, key);
            if (!binding || binding->request == UI_REQ_COMMAND)
                continue;
            enum ui_request request;
            const char *argument;
            char line[128];
            snprintf(line, sizeof line, "%s %s", ui_request_info(binding->request)->name,
                     binding->argument);
            assert_int_equal(ui_request_parse(line, &request, &argument), WH_OK);
            assert_int_equal(request, binding->request);
        }
}

static void test_names_of_requests(void **unused) {
    char keys[128];
    (void)unused;
    ui_keymap_names(UI_REQ_HELP, keys, sizeof keys);
    assert_string_equal(keys, "? F1");
    ui_keymap_names(UI_REQ_MAP, keys, sizeof keys);
    assert_string_equal(keys, "#");
    ui_keymap_names(UI_REQ_SEARCH, keys, sizeof keys); /* it opens the prompt for it */
    assert_string_equal(keys, "/");
    ui_keymap_names(UI_REQ_EPSILON, keys, sizeof keys);
    assert_string_equal(keys, "");
    ui_keymap_names(UI_REQ_HELP, keys, 3); /* whole names only */
    assert_string_equal(keys, "?");
}

/* ---- a person's own file ---- */

static enum wh_status read_keys(const char *text) {
    return ui_keymap_read("mine", text, strlen(text));
}

static void test_own_keys(void **unused) {
    (void)unused;
    assert_int_equal(read_keys("# mine\n\n!  quit\r\n? none\n[map]\nLeft rotate right\n"), WH_OK);
    assert_int_equal(ui_keymap_find(UI_SECTION_ALL, '!')->request, UI_REQ_QUIT);
    assert_int_equal(ui_keymap_find(UI_SECTION_ALL, '?')->request, UI_REQ_NONE);
    assert_string_equal(ui_keymap_find(UI_SECTION_MAP, UI_KEY_LEFT)->argument, "right");
    assert_int_equal(ui_keymap_find(UI_SECTION_ALL, 3)->request, UI_REQ_QUIT); /* the rest stays */
    ui_keymap_reset();
    assert_int_equal(ui_keymap_find(UI_SECTION_ALL, '?')->request, UI_REQ_HELP);
}

static void test_wrong_keys(void **unused) {
    static const char *const wrong[][2] = {
        {"\nQuux quit\n", "mine:2: expected a key, found 'Quux'"},
        {"! jump\n", "mine:1: expected a request, found 'jump'"},
        {"!\n", "mine:1: expected a request, found ''"},
        {"[nowhere]\n",
         "mine:1: expected [all], [map], [panel], [page] or [form], found '[nowhere]'"},
    };
    (void)unused;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(read_keys(wrong[i][0]), WH_DATA);
        assert_string_equal(wh_error(), wrong[i][1]);
    }
    assert_int_equal(ui_keymap_load("/nonexistent/keys.conf"), WH_NOINPUT);
}

/* ---- commands by name ---- */

static void test_commands(void **unused) {
    enum ui_request request;
    const char *argument;
    (void)unused;
    assert_int_equal(ui_request_parse("word  paris", &request, &argument), WH_OK);
    assert_int_equal(request, UI_REQ_WORD);
    assert_string_equal(argument, "paris");
    assert_int_equal(ui_request_parse(" q ", &request, &argument), WH_OK); /* one begins so */
    assert_int_equal(request, UI_REQ_QUIT);
    assert_int_equal(ui_request_parse("step", &request, &argument), WH_OK); /* not step-back */
    assert_int_equal(request, UI_REQ_STEP);
    assert_int_equal(ui_request_parse("s", &request, &argument), WH_USAGE);
    assert_non_null(strstr(wh_error(), "several"));
    assert_int_equal(ui_request_parse("jump", &request, &argument), WH_USAGE);
    assert_int_equal(ui_request_parse("", &request, &argument), WH_USAGE);
    assert_int_equal(ui_request_parse("word", &request, &argument), WH_USAGE);
    assert_string_equal(wh_error(), "usage: :word WORD");
    assert_int_equal(ui_request_parse("quit now", &request, &argument), WH_USAGE);
    for (int i = 0; i < UI_REQ_COUNT; i++)
        assert_int_equal(ui_request_find(ui_request_info((enum ui_request)i)->name), i);
}

/* ---- scripts ---- */

static void test_script(void **unused) {
    char path[] = "/tmp/wordhaze-script-XXXXXX";
    static const char text[] = "# first\n\n:word paris\r\npa<Tab><Enter>日<<><>>\n<Nix>\nlast";
    struct ui_script *script;
    uint32_t key;
    int fd = mkstemp(path);
    (void)unused;
    assert_true(write(fd, text, sizeof text - 1) == sizeof text - 1);
    close(fd);
    assert_int_equal(ui_script_open(path, &script), WH_OK);
    assert_string_equal(ui_script_next(script), ":word paris");
    const char *line = ui_script_next(script);
    static const uint32_t keys[] = {'p', 'a', UI_KEY_TAB, UI_KEY_ENTER, 0x65e5, '<', '>', 0};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        assert_int_equal(ui_script_key(&line, &key), WH_OK);
        assert_int_equal(key, keys[i]);
    }
    line = ui_script_next(script);
    assert_int_equal(ui_script_key(&line, &key), WH_DATA);
    assert_int_equal(ui_script_fail(script), WH_DATA);
    assert_non_null(strstr(wh_error(), ":5: expected the name of a key, found '<Nix>'"));
    assert_string_equal(ui_script_next(script), "last");
    assert_null(ui_script_next(script));
    ui_script_close(script);
    unlink(path);
    assert_int_equal(ui_script_open("/nonexistent/script", &script), WH_NOINPUT);
}

/* ---- round numbers ---- */

static bool same(double a, double b) {
    return fabs(a - b) <= 1e-12 * fabs(b);
}

static void test_ladder(void **unused) {
    static const double up[] = {0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100};
    (void)unused;
    for (size_t i = 0; i + 1 < sizeof up / sizeof *up; i++) {
        assert_true(same(ui_ladder_next(up[i], 1, false), up[i + 1]));
        assert_true(same(ui_ladder_next(up[i + 1], -1, false), up[i]));
    }
    assert_true(same(ui_ladder_next(41, 1, false), 50));
    assert_true(same(ui_ladder_next(41, -1, false), 20));
    assert_true(same(ui_ladder_next(10, 1, true), 11));
    assert_true(same(ui_ladder_next(10, -1, true), 9));
    for (double value = 1e-3; value < 1e4;) { /* fine steps: forward and back is where one was */
        double next = ui_ladder_next(value, 1, true);
        assert_true(next > value && next < 1.3 * value);
        assert_true(same(ui_ladder_next(next, -1, true), value));
        value = next;
    }
}

/* ---- undo ---- */

static void test_undo(void **unused) {
    struct ui_undo *undo = calloc(1, sizeof *undo);
    struct ui_params params = {.word = 0};
    (void)unused;
    assert_non_null(undo);
    assert_false(ui_undo_back(undo, &params));
    for (uint32_t word = 1; word <= 60; word++) {
        ui_undo_keep(undo, &params);
        params.word = word;
    }
    for (uint32_t word = 60; word-- > 10;) { /* fifty deep */
        assert_true(ui_undo_back(undo, &params));
        assert_int_equal(params.word, word);
    }
    assert_false(ui_undo_back(undo, &params));
    assert_true(ui_undo_forward(undo, &params));
    assert_int_equal(params.word, 11);
    ui_undo_keep(undo, &params); /* another way: what was undone is gone */
    params.word = 99;
    assert_false(ui_undo_forward(undo, &params));
    assert_true(ui_undo_back(undo, &params));
    assert_int_equal(params.word, 11);
    free(undo);
}

static void test_same_parameters(void **unused) {
    struct ui_params a = {.word = 1}, b = {.word = 1};
    (void)unused;
    wh_mech_parse("laplace", 10, &a.mech[0]);
    wh_mech_parse("tgm", (double)NAN, &a.mech[1]); /* chooses itself: not a number, yet equal */
    b = a;
    assert_true(ui_params_equal(&a, &b));
    b.linked = true;
    assert_false(ui_params_equal(&a, &b));
    b = a;
    wh_mech_parse("laplace", 20, &b.mech[0]);
    assert_false(ui_params_equal(&a, &b));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test_setup(test_builtin_map, reset),
        cmocka_unit_test_setup(test_letters_are_free, reset),
        cmocka_unit_test_setup(test_bindings_fit_requests, reset),
        cmocka_unit_test_setup(test_names_of_requests, reset),
        cmocka_unit_test_setup(test_own_keys, reset),
        cmocka_unit_test_setup(test_wrong_keys, reset),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_script),
        cmocka_unit_test(test_ladder),
        cmocka_unit_test(test_undo),
        cmocka_unit_test(test_same_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
