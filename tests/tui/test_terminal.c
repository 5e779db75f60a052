/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_terminal.c - the explorer on a real pseudo-terminal: what it shows, what it understands, and
 * that the terminal is as before whatever ends it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "tests/lib/pty.h"

#define ARGUMENTS 16
#define PASTE     "\033[200~"
#define PASTE_END "\033[201~"

/* ---- starting ---- */

static char home[512], home_text[600], state_text[600];

static struct pty *start_with(const char *const *arguments, const char *terminal,
                              const char *locale, const int size[2]) {
    const char *argv[ARGUMENTS + 1] = {getenv("WORDHAZE"), "--seed", "1"};
    char term[64], lang[64];
    snprintf(term, sizeof term, "TERM=%s", terminal);
    snprintf(lang, sizeof lang, "LANG=%s", locale);
    const char *const env[] = {
        term, lang, home_text, state_text, "PATH=/usr/bin:/bin", "ASAN_OPTIONS=detect_leaks=0",
        NULL};
    for (int i = 0; arguments && arguments[i]; i++)
        argv[3 + i] = arguments[i];
    assert_non_null(argv[0]);
    return pty_open(&(struct pty_options){argv, env, size[0], size[1]});
}

static struct pty *start(const char *const *arguments) {
    struct pty *pty = start_with(arguments, "xterm-256color", "C.UTF-8", (const int[]){40, 120});
    return pty;
}

static void check(struct pty *pty, bool right, const char *what) {
    if (right)
        return;
    pty_dump(pty);
    fail_msg("%s", what);
}
#define CHECK_SHOWS(pty, text)     check(pty, pty_wait(pty, text), "never on the screen: " text)
#define CHECK_SHOWS_NOT(pty, text) check(pty, pty_wait_gone(pty, text), "still there: " text)

/* The word stands in the header and in brackets on its map once its place is there. */
#define CHECK_WORD(pty, word)                                                                      \
    do {                                                                                           \
        CHECK_SHOWS(pty, "[" word "]");                                                            \
        check(pty, pty_wait_row(pty, 0, word), "not in the header: " word);                        \
    } while (0)

static void quit(struct pty *pty) {
    int status;
    pty_send(pty, "\003");
    check(pty, pty_wait_exit(pty, &status), "does not end");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    pty_close(pty);
}

/* ---- what it shows ---- */

static void test_first_screen(void **unused) {
    (void)unused;
    struct pty *pty = start(NULL);
    CHECK_WORD(pty, "queen");
    CHECK_SHOWS(pty, "Laplace");
    CHECK_SHOWS(pty, "trunc. Gumbel");
    CHECK_SHOWS(pty, "exact");
    CHECK_SHOWS(pty, "? help");
    CHECK_SHOWS(pty, "draws");
    quit(pty);
}

static void test_word_from_command_line(void **unused) {
    (void)unused;
    struct pty *pty = start((const char *const[]){"insulin", NULL});
    CHECK_WORD(pty, "insulin");
    quit(pty);
}

static void test_help(void **unused) {
    (void)unused;
    struct pty *pty = start(NULL);
    CHECK_WORD(pty, "queen");
    pty_send(pty, "?");
    CHECK_SHOWS(pty, "What am I looking at?");
    pty_send(pty, "\033[F"); /* End */
    CHECK_SHOWS(pty, "leave wordhaze");
    pty_send(pty, "\033"); /* a lone Esc */
    CHECK_SHOWS(pty, "[queen]");
    quit(pty);
}

static void test_too_small_and_back(void **unused) {
    (void)unused;
    struct pty *pty = start_with(NULL, "xterm-256color", "C.UTF-8", (const int[]){10, 40});
    CHECK_SHOWS(pty, "60");
    check(pty, pty_wait(pty, "needs"), "does not say what it needs");
    pty_resize(pty, 24, 80);
    CHECK_WORD(pty, "queen");
    pty_resize(pty, 10, 40);
    CHECK_SHOWS(pty, "needs");
    quit(pty);
}

static void test_plain_locale(void **unused) {
    (void)unused;
    struct pty *pty = start_with(NULL, "xterm-256color", "C", (const int[]){40, 120});
    CHECK_WORD(pty, "queen");
    for (int row = 0; row < 40; row++)
        for (const char *at = pty_row(pty, row); *at; at++)
            check(pty, (unsigned char)*at < 128, "not ASCII in a C locale");
    quit(pty);
}

static void test_unknown_terminal(void **unused) {
    (void)unused;
    struct pty *pty = start_with(NULL, "no-such-terminal", "C.UTF-8", (const int[]){40, 120});
    CHECK_WORD(pty, "queen");
    CHECK_SHOWS(pty, "no-such-terminal");
    quit(pty);
}

static void test_cannot_address(void **unused) {
    int status;
    (void)unused;
    struct pty *pty = start_with(NULL, "dumb", "C.UTF-8", (const int[]){40, 120});
    assert_true(pty_wait_exit(pty, &status));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 69);
    check(pty, pty_shows(pty, "wordhaze: "), "no sentence");
    pty_close(pty);
}

static void test_no_color(void **unused) {
    (void)unused;
    struct pty *pty = start((const char *const[]){"--color", "never", NULL});
    CHECK_WORD(pty, "queen");
    assert_false(pty_wrote(pty, "\033[38;5;"));
    assert_false(pty_wrote(pty, "[34m"));
    quit(pty);
    pty = start(NULL);
    CHECK_WORD(pty, "queen");
    check(pty, pty_wrote(pty, "38;5;"), "no colours at all");
    quit(pty);
}

/* ---- what it understands ---- */

static void test_words(void **unused) {
    (void)unused;
    struct pty *pty = start(NULL);
    CHECK_WORD(pty, "queen");
    pty_send(pty, "parlia\t");
    CHECK_SHOWS(pty, "word: parliament");
    CHECK_SHOWS(pty, "parliamentary");
    pty_send(pty, "\r");
    CHECK_WORD(pty, "parliament");
    pty_send(pty, "Quebec\r"); /* a capital letter types too */
    CHECK_WORD(pty, "quebec");
    pty_send(pty, "qqqq\r");
    CHECK_SHOWS(pty, "unknown word 'qqqq'");
    pty_send(pty, "€\r");
    CHECK_WORD(pty, "€");
    quit(pty);
}

/* All at once, as a fast typist, a slow line or a paste without marks would do. */
static void test_burst(void **unused) {
    (void)unused;
    struct pty *pty = start((const char *const[]){"--mech", "laplace:epsilon=5,tgm", NULL});
    CHECK_WORD(pty, "queen");
    pty_send(pty, "monday\r++insulin\r:word paris\r");
    CHECK_WORD(pty, "paris");
    CHECK_SHOWS(pty, "ε 20");
    quit(pty);
}

static void test_editing(void **unused) {
    (void)unused;
    struct pty *pty = start(NULL);
    CHECK_WORD(pty, "queen");
    pty_send(pty, "xparis");
    CHECK_SHOWS(pty, "word: xparis");
    pty_send(pty, "\001\004"); /* to the beginning, delete a character */
    CHECK_SHOWS(pty, "word: paris");
    CHECK_SHOWS_NOT(pty, "word: xparis");
    check(pty, pty_cursor_row(pty) == 39 && pty_cursor_column(pty) == 7, "cursor is elsewhere");
    pty_send(pty, "\033[C\033[C"); /* arrows reach readline as they are */
    pty_send(pty, "日本");
    CHECK_SHOWS(pty, "word: pa日本ris");
    check(pty, pty_cursor_column(pty) == 13, "cursor is elsewhere after wide characters");
    pty_send(pty, "\033");
    CHECK_SHOWS_NOT(pty, "word:");
    CHECK_WORD(pty, "queen");
    quit(pty);
}

static void test_history_search(void **unused) {
    (void)unused;
    struct pty *pty = start(NULL);
    CHECK_WORD(pty, "queen");
    pty_send(pty, "€\r");
    CHECK_WORD(pty, "€");
    pty_send(pty, "paris\r");
    CHECK_WORD(pty, "paris");
    pty_send(pty, "\r\022"); /* the prompt, then Ctrl-R */
    CHECK_SHOWS(pty, "(reverse-i-search)");
    pty_send(pty, "€");
    CHECK_SHOWS(pty, "`€': €");
    pty_send(pty, "\r");
    CHECK_WORD(pty, "€");
    quit(pty);
}

static void test_history_file(void **unused) {
    (void)unused;
    char path[700];
    struct stat file;
    struct pty *pty = start(NULL);
    CHECK_WORD(pty, "queen");
    pty_send(pty, "archive\r");
    CHECK_WORD(pty, "archive");
    quit(pty);
    snprintf(path, sizeof path, "%s/state/wordhaze/history", home);
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    pty = start(NULL);
    CHECK_WORD(pty, "queen");
    pty_send(pty, "\r\033[A"); /* the prompt, then up */
    CHECK_SHOWS(pty, "word: archive");
    pty_send(pty, "\033");
    CHECK_SHOWS_NOT(pty, "word:");
    quit(pty);
    off_t size = file.st_size;
    pty = start((const char *const[]){"--no-history", NULL});
    CHECK_WORD(pty, "queen");
    pty_send(pty, "forest\r");
    CHECK_WORD(pty, "forest");
    quit(pty);
    assert_int_equal(stat(path, &file), 0);
    assert_true(file.st_size == size);
}

static void test_paste(void **unused) {
    (void)unused;
    struct pty *pty = start(NULL);
    struct pty_state state;
    CHECK_WORD(pty, "queen");
    pty_send(pty, "\r");
    CHECK_SHOWS(pty, "word:");
    pty_state(pty, &state);
    assert_true(state.paste);
    assert_false(state.mouse);
    pty_send(pty, PASTE "par\033[31mis\nlon\tdon\r" PASTE_END);
    CHECK_SHOWS(pty, "word: par[31mis lon don"); /* one line, nothing acts */
    pty_send(pty, "\025mon" PASTE "day" PASTE_END "\r");
    CHECK_WORD(pty, "monday");
    pty_state(pty, &state);
    assert_false(state.paste);
    assert_true(state.mouse);
    quit(pty);
}

/* A paste that never ends must neither hang nor eat what is typed later. */
static void test_truncated_paste(void **unused) {
    (void)unused;
    struct pty *pty = start(NULL);
    CHECK_WORD(pty, "queen");
    pty_send(pty, "\r");
    CHECK_SHOWS(pty, "word:");
    pty_send(pty, PASTE "mon");
    CHECK_SHOWS(pty, "word: mon");
    pty_send(pty, "day\r");
    CHECK_WORD(pty, "monday");
    pty_send(pty, "\r");
    CHECK_SHOWS(pty, "word:");
    pty_send(pty, "\033[20"); /* half a mark */
    pty_send(pty, "\025paris\r");
    CHECK_WORD(pty, "paris");
    quit(pty);
}

static void test_epsilon(void **unused) {
    (void)unused;
    struct pty *pty = start((const char *const[]){"--mech", "laplace:epsilon=10,tgm", NULL});
    CHECK_WORD(pty, "queen");
    CHECK_SHOWS(pty, "Laplace · ε 10");
    CHECK_SHOWS(pty, "trunc. Gumbel (tgm) · ε 50");
    pty_send(pty, "+");
    CHECK_SHOWS(pty, "Laplace · ε 20");
    pty_send(pty, "<");
    CHECK_SHOWS(pty, "Laplace · ε 18");
    pty_send(pty, "\033[D"); /* left */
    CHECK_SHOWS(pty, "Laplace · ε 10");
    pty_send(pty, "\t+");
    CHECK_SHOWS(pty, "trunc. Gumbel (tgm) · ε 100");
    pty_send(pty, ":epsilon 20\r");
    CHECK_SHOWS(pty, "40.92"); /* undefined: says what it needs */
    pty_send(pty, "\025\025\025\025\025");
    CHECK_SHOWS(pty, "Laplace · ε 10");
    CHECK_SHOWS(pty, "trunc. Gumbel (tgm) · ε 50");
    pty_send(pty, "\031\031\031"); /* forward again */
    CHECK_SHOWS(pty, "Laplace · ε 10");
    quit(pty);
}

static void test_step_and_pause(void **unused) {
    (void)unused;
    struct pty *pty = start(NULL);
    CHECK_WORD(pty, "queen");
    pty_send(pty, ".");
    CHECK_SHOWS(pty, "One draw");
    CHECK_SHOWS(pty, "distance");
    pty_send(pty, ".");
    pty_send(pty, "\033");
    CHECK_SHOWS_NOT(pty, "One draw");
    pty_send(pty, " ");
    CHECK_SHOWS(pty, "paused");
    pty_send(pty, " ");
    CHECK_SHOWS_NOT(pty, "paused");
    quit(pty);
}

/* Curves over the whole vocabulary take minutes: Esc stops them, the key goes on, Esc twice leaves.
 */
static void test_stop(void **unused) {
    (void)unused;
    struct pty *pty = start(NULL);
    CHECK_WORD(pty, "queen");
    pty_send(pty, ":sweep 20000\r");
    CHECK_SHOWS(pty, "growing to 20,000 words; Esc stops");
    pty_send(pty, "\033");
    CHECK_SHOWS(pty, "stopped; 4 goes on");
    pty_send(pty, "4");
    CHECK_SHOWS(pty, "growing to 20,000 words; Esc stops");
    pty_send(pty, "\033");
    CHECK_SHOWS(pty, "stopped; 4 goes on");
    pty_send(pty, "\033");
    CHECK_SHOWS(pty, "where the output lands");
    quit(pty);
}

/* A draw of a chain takes long: it is explained when it is there, and no key waits for it. */
static void test_slow_step(void **unused) {
    (void)unused;
    struct pty *pty = start((const char *const[]){"--mech", "density-mh:steps=1000000,tgm", NULL});
    CHECK_WORD(pty, "queen");
    pty_send(pty, ".");
    CHECK_SHOWS(pty, "running the chain of this draw");
    CHECK_SHOWS(pty, "One draw, number 1");
    pty_send(pty, ".");
    CHECK_SHOWS(pty, "One draw, number 2");
    pty_send(pty, "\033");
    CHECK_SHOWS_NOT(pty, "One draw");
    pty_send(pty, ":param steps 10\r.");
    CHECK_SHOWS(pty, "One word drawn");
    quit(pty);
}

static void test_pair(void **unused) {
    (void)unused;
    struct pty *pty = start(NULL);
    CHECK_WORD(pty, "queen");
    pty_send(pty, "*");
    CHECK_WORD(pty, "monday");
    pty_send(pty, "*");
    CHECK_WORD(pty, "insulin");
    pty_send(pty, "\177"); /* Backspace: back */
    CHECK_WORD(pty, "monday");
    quit(pty);
}

static void test_clipboard(void **unused) {
    (void)unused;
    struct pty *pty = start(NULL);
    CHECK_SHOWS(pty, "±");
    pty_send(pty, "\005");
    check(pty, pty_wait_bytes(pty, "\033]52;c;eyJzY2hlbWEi"), "no clipboard"); /* {"schema" */
    quit(pty);
}

static void test_mouse(void **unused) {
    (void)unused;
    struct pty *pty = start(NULL);
    struct pty_state state;
    CHECK_WORD(pty, "queen");
    CHECK_SHOWS(pty, "· crowned");
    pty_state(pty, &state);
    assert_true(state.mouse);
    int row = 0, column = -1;
    for (; row < 40 && column < 0; row++) {
        const char *text = pty_row(pty, row), *word = strstr(text, "· crowned");
        for (const char *at = text; word && at < word; at++)
            column += (*at & 0xc0) != 0x80;
    }
    check(pty, column >= 0, "no neighbour on the map");
    char press[64];
    snprintf(press, sizeof press, "\033[<0;%d;%dM\033[<0;%d;%dm", column + 5, row, column + 5, row);
    pty_send(pty, press);
    CHECK_WORD(pty, "crowned");
    pty_send(pty, "\033OQ"); /* F2 */
    CHECK_SHOWS(pty, "mouse off");
    pty_state(pty, &state);
    assert_false(state.mouse);
    quit(pty);
    pty = start((const char *const[]){"--no-mouse", NULL});
    CHECK_WORD(pty, "queen");
    pty_state(pty, &state);
    assert_false(state.mouse);
    quit(pty);
}

/* ---- sizes ---- */

/* Once nothing more comes. */
static void take_screen(struct pty *pty, int rows, struct wh_buf *screen) {
    while (pty_pump(pty, 1.0))
        continue;
    for (int row = 0; row < rows; row++) {
        wh_buf_add(screen, pty_row(pty, row), strlen(pty_row(pty, row)));
        wh_buf_add(screen, "\n", 1);
    }
}

/* What stands on the screen is what a repaint of the whole puts there. */
static void check_screen_is_right(struct pty *pty, int rows) {
    struct wh_buf before = {0}, after = {0};
    pty_send(pty, " ");
    CHECK_SHOWS(pty, "paused");
    take_screen(pty, rows, &before);
    pty_forget(pty);
    pty_send(pty, "\014");
    check(pty, pty_wait_bytes(pty, "paused"), "Ctrl-L does not write what is there already");
    take_screen(pty, rows, &after);
    if (strcmp(before.data, after.data) != 0)
        fprintf(stderr, "before:\n%s", before.data);
    check(pty, strcmp(before.data, after.data) == 0, "another screen after Ctrl-L");
    wh_buf_free(&before);
    wh_buf_free(&after);
}

static void test_resize_storm(void **unused) {
    (void)unused;
    struct pty *pty = start(NULL);
    CHECK_WORD(pty, "queen");
    for (int i = 0; i < 200; i++) {
        pty_resize(pty, 5 + i * 7 % 50, 20 + i * 13 % 150);
        if (i % 5 == 0)
            pty_pump(pty, 0);
    }
    pty_resize(pty, 30, 100);
    CHECK_WORD(pty, "queen");
    CHECK_SHOWS(pty, "? help");
    CHECK_SHOWS(pty, "type a word");
    check(pty, pty_wait_row(pty, 29, "type a word"), "status is not in the last row");
    check_screen_is_right(pty, 30);
    quit(pty);
}

static void test_full_redraw(void **unused) {
    (void)unused;
    struct pty *pty = start(NULL);
    CHECK_SHOWS(pty, "draws");
    check_screen_is_right(pty, 40);
    quit(pty);
}

/* ---- leaving and coming back ---- */

static bool same_modes(const struct termios *a, const struct termios *b) {
    return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
           a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof a->c_cc) == 0;
}

static void check_restored(struct pty *pty, const struct termios *first) {
    struct pty_state state;
    pty_state(pty, &state);
    check(pty, !state.alternate, "alternate screen is still on");
    check(pty, !state.mouse, "mouse is still on");
    check(pty, !state.paste, "pastes are still marked");
    check(pty, !state.synchronised, "output is still held back");
    check(pty, state.cursor, "the cursor is still hidden");
    check(pty, same_modes(&state.termios, first), "the modes differ");
}

static void check_signal(int number, const char *typed) {
    struct pty_state before;
    int status;
    struct pty *pty = start(NULL);
    pty_state(pty, &before); /* maybe not first, therefore: */
    CHECK_WORD(pty, "queen");
    struct pty *fresh = pty_open(&(struct pty_options){(const char *const[]){"/bin/true", NULL},
                                                       (const char *const[]){NULL}, 40, 120});
    pty_state(fresh, &before);
    pty_close(fresh);
    pty_send(pty, typed);
    if (*typed)
        CHECK_SHOWS(pty, "word:");
    pty_signal(pty, number);
    check(pty, pty_wait_exit(pty, &status), "the signal does not end it");
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), number);
    check_restored(pty, &before.termios);
    pty_close(pty);
}

static void test_signals(void **unused) {
    static const int signals[] = {SIGHUP,  SIGINT, SIGQUIT, SIGTERM, SIGSEGV,
                                  SIGABRT, SIGBUS, SIGFPE,  SIGPIPE};
    (void)unused;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        check_signal(signals[i], i % 2 ? "a" : "");
}

static void test_quit_restores(void **unused) {
    struct pty_state before;
    int status;
    (void)unused;
    struct pty *fresh = pty_open(&(struct pty_options){(const char *const[]){"/bin/true", NULL},
                                                       (const char *const[]){NULL}, 40, 120});
    pty_state(fresh, &before);
    pty_close(fresh);
    struct pty *pty = start(NULL);
    CHECK_WORD(pty, "queen");
    pty_send(pty, ":quit\r");
    assert_true(pty_wait_exit(pty, &status));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    check_restored(pty, &before.termios);
    pty_close(pty);
}

/* In a shell with job control: stop, look at the shell, come back to a right screen. */
static void test_suspend(void **unused) {
    char command[900];
    struct pty_state state;
    (void)unused;
    const char *const argv[] = {"/bin/bash", "--norc", "--noprofile", "-i", NULL};
    const char *const env[] = {"TERM=xterm-256color", "LANG=C.UTF-8",       home_text, state_text,
                               "PS1=ready> ",         "PATH=/usr/bin:/bin", NULL};
    struct pty *pty = pty_open(&(struct pty_options){argv, env, 40, 120});
    CHECK_SHOWS(pty, "ready>");
    snprintf(command, sizeof command, "%s --seed 1\r", getenv("WORDHAZE"));
    pty_send(pty, command);
    CHECK_WORD(pty, "queen");
    for (int round = 0; round < 3; round++) {
        bool typing = round == 1;
        pty_send(pty, typing ? "ab\032" : "\032");
        CHECK_SHOWS(pty, "Stopped");
        pty_state(pty, &state);
        check(pty, !state.alternate && !state.mouse && state.cursor,
              "the shell has a strange terminal");
        pty_send(pty, "clear\r");
        CHECK_SHOWS_NOT(pty, "Stopped");
        pty_forget(pty);
        pty_send(pty, "fg\r");
        check(pty, pty_wait_bytes(pty, "\033[?1049h"), "not back on its own screen");
        CHECK_SHOWS(pty, "[queen]");
        if (typing) {
            CHECK_SHOWS(pty, "word: ab");
            pty_send(pty, "\033");
        }
        CHECK_SHOWS(pty, "type a word");
        check(pty, pty_wait_bytes(pty, "1000h"), "the mouse is not back");
    }
    pty_send(pty, "insulin\r");
    CHECK_WORD(pty, "insulin");
    pty_send(pty, "\003");
    CHECK_SHOWS(pty, "ready>");
    pty_send(pty, "exit\r");
    pty_close(pty);
}

/* ---- fixture ---- */

static int make_home(void **unused) {
    const char *scratch = getenv("SCRATCH");
    (void)unused;
    snprintf(home, sizeof home, "%s/explorer-XXXXXX", scratch ? scratch : "/tmp");
    if (!mkdtemp(home))
        return -1;
    snprintf(home_text, sizeof home_text, "HOME=%s", home);
    snprintf(state_text, sizeof state_text, "XDG_STATE_HOME=%s/state", home);
    return 0;
}

static int remove_home(void **unused) {
    char path[700];
    (void)unused;
    static const char *const parts[] = {"/state/wordhaze/history", "/state/wordhaze", "/state", ""};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf(path, sizeof path, "%s%s", home, parts[i]);
        remove(path);
    }
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_screen),
        cmocka_unit_test(test_word_from_command_line),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_too_small_and_back),
        cmocka_unit_test(test_plain_locale),
        cmocka_unit_test(test_unknown_terminal),
        cmocka_unit_test(test_cannot_address),
        cmocka_unit_test(test_no_color),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_burst),
        cmocka_unit_test(test_editing),
        cmocka_unit_test(test_history_search),
        cmocka_unit_test(test_history_file),
        cmocka_unit_test(test_paste),
        cmocka_unit_test(test_truncated_paste),
        cmocka_unit_test(test_epsilon),
        cmocka_unit_test(test_step_and_pause),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_slow_step),
        cmocka_unit_test(test_pair),
        cmocka_unit_test(test_clipboard),
        cmocka_unit_test(test_mouse),
        cmocka_unit_test(test_resize_storm),
        cmocka_unit_test(test_full_redraw),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_quit_restores),
        cmocka_unit_test(test_suspend),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
