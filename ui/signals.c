/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signals.c - curses alone restores the terminal after INT and TERM only. Here every signal that
 * ends a program writes one fixed string, sets the modes back and is raised again with its default
 * action, so that the parent sees the true cause. Only functions that are safe in a handler.
 */
#include "ui/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Synchronised output, pastes and mouse off; keypad off; alternate screen off; cursor; colours. */
static const char restore_text[] = "\033[?2026l\033[?2004l\033[?1006l\033[?1003l\033[?1002l"
                                   "\033[?1000l\033[?1l\033>\033[?1049l\033[?25h\033[0m";

static const int fatal[] = {SIGHUP,  SIGINT, SIGQUIT, SIGTERM, SIGSEGV,
                            SIGABRT, SIGBUS, SIGFPE,  SIGILL,  SIGPIPE};
#define FATAL_COUNT (sizeof fatal / sizeof *fatal)
static const int told[] = {SIGWINCH, SIGTSTP, SIGCONT};
#define TOLD_COUNT (sizeof told / sizeof *told)

static struct {
    int terminal, pipe[2];
    struct termios saved;
    struct sigaction old_fatal[FATAL_COUNT], old_told[TOLD_COUNT];
} state = {.terminal = -1, .pipe = {-1, -1}};

static void restore_and_die(int signal) {
    ssize_t ignored = write(state.terminal, restore_text, sizeof restore_text - 1);
    (void)ignored;
    tcsetattr(state.terminal, TCSANOW, &state.saved);
    raise(signal); /* SA_RESETHAND: now with its default action */
}

static void tell(int signal) {
    int kept = errno;
    char byte = signal == SIGWINCH  ? UI_SIGNAL_RESIZED
                : signal == SIGTSTP ? UI_SIGNAL_SUSPEND
                                    : UI_SIGNAL_CONTINUED;
    ssize_t ignored = write(state.pipe[1], &byte, 1);
    (void)ignored;
    errno = kept;
}

static void set_told(void) {
    struct sigaction action = {.sa_handler = tell, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < TOLD_COUNT; i++)
        sigaction(told[i], &action, NULL);
}

enum wh_status ui_signals_open(int fd, const struct termios *saved) {
    struct sigaction action = {.sa_handler = restore_and_die,
                               .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};
    sigemptyset(&action.sa_mask);
    if (pipe2(state.pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return wh_fail(WH_IO, "a pipe for signals: %s", strerror(errno));
    state.terminal = fd;
    state.saved = *saved;
    for (size_t i = 0; i < TOLD_COUNT; i++)
        sigaction(told[i], NULL, &state.old_told[i]);
    set_told();
    for (size_t i = 0; i < FATAL_COUNT; i++) {
        sigaction(fatal[i], NULL, &state.old_fatal[i]);
        if (state.old_fatal[i].sa_handler != SIG_IGN) /* nohup stays nohup */
            sigaction(fatal[i], &action, NULL);
    }
    return WH_OK;
}

void ui_signals_close(void) {
    if (state.terminal < 0)
        return;
    for (size_t i = 0; i < FATAL_COUNT; i++)
        sigaction(fatal[i], &state.old_fatal[i], NULL);
    for (size_t i = 0; i < TOLD_COUNT; i++)
        sigaction(told[i], &state.old_told[i], NULL);
    close(state.pipe[0]);
    close(state.pipe[1]);
    state.terminal = state.pipe[0] = state.pipe[1] = -1;
}

int ui_signals_fd(void) {
    return state.pipe[0];
}

bool ui_signals_take(enum ui_signal *signal) {
    char byte;
    if (state.pipe[0] < 0 || read(state.pipe[0], &byte, 1) != 1)
        return false;
    *signal = (enum ui_signal)byte;
    return true;
}

void ui_signals_stop(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTSTP, &action, NULL);
    kill(0, SIGTSTP);
    set_told();
    for (enum ui_signal signal; ui_signals_take(&signal);)
        continue; /* the caller looks at the window anyway */
}
