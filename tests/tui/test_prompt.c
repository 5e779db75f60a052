/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_prompt.c - typing without a terminal: the same bytes in one piece, byte by byte, and cut
 * anywhere must give the same line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/run.h"
#include "ui/prompt.h"

static struct wh_session *session;
static struct ui_model model;

static int open_prompt(void **unused) {
    (void)unused;
    return ui_prompt_open(wh_session_embed(session), NULL) == WH_OK ? 0 : -1;
}

static int close_prompt(void **unused) {
    (void)unused;
    ui_prompt_close();
    return 0;
}

static void feed(const char *text) {
    ui_prompt_feed(text, strlen(text));
}

static const char *shown(void) {
    ui_prompt_show(&model, 80);
    return model.prompt;
}

/* What is entered when text is typed in pieces of so many bytes; "" if nothing is. */
static char *entered(const char *text, size_t piece) {
    ui_prompt_begin("");
    for (size_t at = 0, length = strlen(text); at < length; at += piece)
        ui_prompt_feed(text + at, length - at < piece ? length - at : piece);
    ui_prompt_tick();
    char *line = ui_prompt_take();
    ui_prompt_cancel();
    return line ? line : strdup("");
}

static void check_entered(const char *typed, const char *expected) {
    for (size_t piece = 1; piece <= strlen(typed); piece++) {
        char *line = entered(typed, piece);
        if (strcmp(line, expected) != 0)
            fail_msg("'%s' (typed %s) in pieces of %zu gives '%s'", expected, typed, piece, line);
        free(line);
    }
}

static void test_pieces(void **unused) {
    (void)unused;
    check_entered("paris\r", "paris");
    check_entered("日本 naïve\r", "日本 naïve");
    check_entered("pris\033[D\033[D\033[Da\r", "paris");
    check_entered("paris\033[200~ and\nlondon\033[201~!\r", "paris and london!");
    check_entered("\033[200~\033[31mred\a\033[201~\r", "[31mred");
    check_entered("paris \r", "paris");
    check_entered("queen\001\013paris\r", "paris");
    check_entered("\033bparis\r", "paris"); /* Meta-b goes back a word */
    check_entered("xx\177\177paris\n", "paris");
}

static void test_leaving(void **unused) {
    static const char *const leaving[] = {"pa\003", "pa\007", "\177", "\010", "pa\025\004"};
    (void)unused;
    for (size_t i = 0; i < sizeof leaving / sizeof *leaving; i++) {
        ui_prompt_begin("");
        feed(leaving[i]);
        assert_false(ui_prompt_active());
        assert_null(ui_prompt_take());
    }
    ui_prompt_begin("");
    feed("pa\033");
    assert_true(ui_prompt_active()); /* it may be the beginning of something */
    assert_true(ui_prompt_wait() > 0 && ui_prompt_wait() <= 25);
    ui_prompt_tick();
    assert_false(ui_prompt_active());
    assert_int_equal(ui_prompt_wait(), -1);
}

static void test_truncated_paste(void **unused) {
    (void)unused;
    ui_prompt_begin("");
    feed("\033[200~mon");
    assert_true(ui_prompt_wait() > 0);
    ui_prompt_tick();
    assert_string_equal(shown(), "word: mon");
    feed("day\r");
    char *line = ui_prompt_take();
    assert_string_equal(line, "monday");
    free(line);
    ui_prompt_begin("");
    feed("a\xe6\x97"); /* two of three bytes */
    assert_true(ui_prompt_wait() > 0);
    feed("\xa5");
    assert_string_equal(shown(), "word: a日");
    ui_prompt_cancel();
}

static void test_shown(void **unused) {
    (void)unused;
    ui_prompt_begin(":");
    feed("word 日本");
    assert_string_equal(shown(), ":word 日本");
    assert_int_equal(model.prompt_cursor, 10);
    feed("\033[D");
    shown();
    assert_int_equal(model.prompt_cursor, 8);
    ui_prompt_show(&model, 8); /* scrolled so that the cursor can be seen */
    assert_true(model.prompt_cursor <= 7);
    assert_non_null(strstr(model.prompt, "日本"));
    ui_prompt_cancel();
    shown();
    assert_false(model.prompting);
    ui_prompt_begin("");
    feed("\026\033"); /* Ctrl-V takes the next byte as it is; it is shown, not sent */
    ui_prompt_tick();
    assert_null(strchr(shown(), '\033'));
    ui_prompt_cancel();
}

static void test_completion(void **unused) {
    (void)unused;
    ui_prompt_begin("");
    feed("parlia\t");
    assert_string_equal(shown(), "word: parliament");
    assert_non_null(strstr(model.candidates, "parliament  parliamentary"));
    feed("x");
    shown();
    assert_string_equal(model.candidates, "");
    feed("\025Insuli\t"); /* a capital letter is no obstacle */
    assert_string_equal(shown(), "word: insulin");
    feed("\025:epsilon-f\t");
    assert_string_equal(shown(), ":epsilon-fine-");
    assert_non_null(strstr(model.candidates, ":epsilon-fine-up  :epsilon-fine-down"));
    feed("u\t");
    assert_string_equal(shown(), ":epsilon-fine-up ");
    feed("\025:map pca-\t");
    assert_string_equal(shown(), ":map pca-global");
    feed("\025:mech 2 tgm-\t");
    assert_string_equal(shown(), ":mech 2 tgm-floor");
    feed("\025:word insuli\t");
    assert_string_equal(shown(), ":word insulin");
    feed("\025:theme \t");
    shown();
    assert_string_equal(model.candidates, "dark  light  mono");
    feed("\025:save-screen /etc/hostn\t"); /* a file where one is meant */
    assert_string_equal(shown(), ":save-screen /etc/hostname");
    feed("\025/etc/hostn\t"); /* and none elsewhere */
    assert_string_equal(shown(), "/etc/hostn");
    ui_prompt_cancel();
}

static void test_history_search(void **unused) {
    (void)unused;
    free(entered("naïve 日本\r", 100));
    free(entered("paris\r", 100));
    ui_prompt_begin("");
    feed("\022日");
    assert_string_equal(shown(), "(reverse-i-search)`日': naïve 日本");
    feed("\r");
    char *line = ui_prompt_take();
    assert_string_equal(line, "naïve 日本");
    free(line);
}

static void test_history_file(void **unused) {
    char path[] = "/tmp/wordhaze-history-XXXXXX";
    struct stat file;
    int fd = mkstemp(path);
    (void)unused;
    fchmod(fd, 0644);
    close(fd);
    ui_prompt_close();
    assert_int_equal(ui_prompt_open(wh_session_embed(session), path), WH_OK);
    for (int i = 0; i < 1100; i++) {
        char line[32];
        snprintf(line, sizeof line, "word%d\r", i);
        free(entered(line, 100));
        free(entered(line, 100)); /* twice the same is once */
    }
    free(entered("  \r", 100));
    ui_prompt_close();
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    FILE *stream = fopen(path, "r");
    char text[64];
    int lines = 0;
    while (stream && fgets(text, sizeof text, stream))
        lines++;
    fclose(stream);
    assert_int_equal(lines, 1000);
    assert_string_equal(text, "word1099\n");
    assert_int_equal(ui_prompt_open(wh_session_embed(session), path), WH_OK);
    ui_prompt_begin("");
    feed("\033[A\033[A");
    assert_string_equal(shown(), "word: word1098");
    unlink(path);
}

/* readline forgets memory when a search is given up; that is not ours to find. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libreadline";
}

/* Any bytes at all: no hang, no crash, nothing raw in what is shown. */
static void test_rubbish(void **unused) {
    unsigned state = 7;
    (void)unused;
    for (int turn = 0; turn < 3000; turn++) {
        char bytes[24];
        if (!ui_prompt_active())
            ui_prompt_begin(turn % 3 ? "" : ":");
        for (size_t i = 0; i < sizeof bytes; i++) {
            static const char likely[] = "\033[200~\033[201~\t\r\022\033OA\xe6\x97\xa5 a:\025\033";
            state = state * 1103515245u + 12345u;
            unsigned dice = state >> 16 & 0x7fff;
            bytes[i] = dice % 2 ? likely[dice / 2 % (sizeof likely - 1)] : (char)(dice / 2);
        }
        ui_prompt_feed(bytes, sizeof bytes);
        if (turn % 5 == 0)
            ui_prompt_tick();
        for (const char *at = shown(); *at; at++)
            assert_true((unsigned char)*at >= ' ' && *at != 127);
        free(ui_prompt_take());
    }
    ui_prompt_cancel();
}

static int open_session(void **unused) {
    const struct wh_session_options options = {.threads = 1, .seeded = true};
    (void)unused;
    setlocale(LC_CTYPE, "C.UTF-8");
    unsetenv("INPUTRC");
    return wh_session_open(&options, &session) == WH_OK ? 0 : -1;
}

static int close_session(void **unused) {
    (void)unused;
    wh_session_close(session);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_prompt, close_prompt)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_pieces),       TEST(test_leaving),    TEST(test_truncated_paste),
        TEST(test_shown),        TEST(test_completion), TEST(test_history_search),
        TEST(test_history_file), TEST(test_rubbish),
    };
    return cmocka_run_group_tests(tests, open_session, close_session);
}
