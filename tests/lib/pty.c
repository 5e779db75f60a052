/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pty.c - forkpty and libvterm. */
#include "tests/lib/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <utmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <vterm.h>

#include "base/str.h"

struct pty {
    int master, slave;
    pid_t pid;
    bool ended;
    int status;
    VTerm *term;
    VTermScreen *screen;
    int rows, columns;
    bool alternate, cursor;
    int cursor_row, cursor_column;
    struct wh_buf log;     /* since pty_forget() */
    struct wh_buf history; /* all of it: for modes that libvterm does not tell */
    char row[4096];
};

double pty_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void die(const char *what) {
    fprintf(stderr, "pty: %s: %s\n", what, strerror(errno));
    abort();
}

/* ---- libvterm's side ---- */

static int on_property(VTermProp property, VTermValue *value, void *user) {
    struct pty *pty = user;
    if (property == VTERM_PROP_ALTSCREEN)
        pty->alternate = value->boolean;
    if (property == VTERM_PROP_CURSORVISIBLE)
        pty->cursor = value->boolean;
    return 1;
}

static int on_cursor(VTermPos position, VTermPos old, int visible, void *user) {
    struct pty *pty = user;
    (void)old;
    (void)visible;
    pty->cursor_row = position.row;
    pty->cursor_column = position.col;
    return 1;
}

static const VTermScreenCallbacks callbacks = {.settermprop = on_property, .movecursor = on_cursor};

static void open_screen(struct pty *pty) {
    pty->term = vterm_new(pty->rows, pty->columns);
    vterm_set_utf8(pty->term, 1);
    pty->screen = vterm_obtain_screen(pty->term);
    vterm_screen_set_callbacks(pty->screen, &callbacks, pty);
    vterm_screen_enable_altscreen(pty->screen, 1);
    vterm_screen_reset(pty->screen, 1);
    pty->cursor = true;
}

/* ---- the program ---- */

static void run_child(const struct pty_options *options) {
    signal(SIGPIPE, SIG_DFL);
    execve(options->argv[0], (char *const *)(size_t)options->argv,
           (char *const *)(size_t)options->env);
    _exit(127);
}

struct pty *pty_open(const struct pty_options *options) {
    struct pty *pty = calloc(1, sizeof *pty);
    struct winsize size = {.ws_row = (unsigned short)options->rows,
                           .ws_col = (unsigned short)options->columns};
    if (!pty)
        die("calloc");
    pty->rows = options->rows;
    pty->columns = options->columns;
    open_screen(pty);
    if (openpty(&pty->master, &pty->slave, NULL, NULL, &size) != 0)
        die("openpty");
    fcntl(pty->master, F_SETFD, FD_CLOEXEC);
    pty->pid = fork();
    if (pty->pid < 0)
        die("fork");
    if (pty->pid == 0) {
        close(pty->master);
        login_tty(pty->slave); /* the parent keeps its slave open: modes outlive the program */
        run_child(options);
    }
    fcntl(pty->slave, F_SETFD, FD_CLOEXEC);
    return pty;
}

static void look_for_end(struct pty *pty) {
    if (!pty->ended && waitpid(pty->pid, &pty->status, WNOHANG) == pty->pid)
        pty->ended = true;
}

void pty_close(struct pty *pty) {
    look_for_end(pty);
    if (!pty->ended) {
        kill(-pty->pid, SIGKILL);
        kill(pty->pid, SIGKILL);
        waitpid(pty->pid, &pty->status, 0);
    }
    close(pty->master);
    close(pty->slave);
    vterm_free(pty->term);
    wh_buf_free(&pty->log);
    wh_buf_free(&pty->history);
    free(pty);
}

pid_t pty_pid(const struct pty *pty) {
    return pty->pid;
}

void pty_signal(struct pty *pty, int number) {
    kill(pty->pid, number);
}

void pty_resize(struct pty *pty, int rows, int columns) {
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    pty->rows = rows;
    pty->columns = columns;
    vterm_set_size(pty->term, rows, columns);
    ioctl(pty->master, TIOCSWINSZ, &size); /* the kernel sends SIGWINCH */
}

/* ---- bytes ---- */

bool pty_pump(struct pty *pty, double seconds) {
    struct pollfd fd = {.fd = pty->master, .events = POLLIN};
    char bytes[8192];
    if (poll(&fd, 1, (int)(seconds * 1000)) <= 0)
        return false;
    ssize_t got = read(pty->master, bytes, sizeof bytes);
    if (got <= 0)
        return false;
    wh_buf_add(&pty->log, bytes, (size_t)got);
    wh_buf_add(&pty->history, bytes, (size_t)got);
    vterm_input_write(pty->term, bytes, (size_t)got);
    return true;
}

void pty_send_bytes(struct pty *pty, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t done = write(pty->master, bytes, length);
        if (done < 0)
            die("write");
        bytes += done;
        length -= (size_t)done;
    }
}

void pty_send(struct pty *pty, const char *bytes) {
    pty_send_bytes(pty, bytes, strlen(bytes));
}

void pty_forget(struct pty *pty) {
    while (pty_pump(pty, 0))
        continue;
    wh_buf_clear(&pty->log);
}

bool pty_wrote(const struct pty *pty, const char *bytes) {
    return pty->log.data && memmem(pty->log.data, pty->log.length, bytes, strlen(bytes));
}

size_t pty_written(const struct pty *pty) {
    return pty->log.length;
}

/* ---- waiting ---- */

static bool wait_for(struct pty *pty, bool (*there)(struct pty *, const char *), const char *text,
                     bool wanted) {
    double end = pty_now() + PTY_DEADLINE;
    while (there(pty, text) != wanted) {
        double left = end - pty_now();
        if (left <= 0)
            return false;
        pty_pump(pty, left < 0.05 ? left : 0.05);
    }
    return true;
}

bool pty_wait_row(struct pty *pty, int row, const char *text) {
    double end = pty_now() + PTY_DEADLINE;
    while (!strstr(pty_row(pty, row), text)) {
        if (pty_now() >= end)
            return false;
        pty_pump(pty, 0.05);
    }
    return true;
}

static bool wrote(struct pty *pty, const char *bytes) {
    return pty_wrote(pty, bytes);
}

bool pty_wait(struct pty *pty, const char *text) {
    return wait_for(pty, pty_shows, text, true);
}

bool pty_wait_gone(struct pty *pty, const char *text) {
    return wait_for(pty, pty_shows, text, false);
}

bool pty_wait_bytes(struct pty *pty, const char *bytes) {
    return wait_for(pty, wrote, bytes, true);
}

bool pty_wait_exit(struct pty *pty, int *status) {
    double end = pty_now() + PTY_DEADLINE;
    for (look_for_end(pty); !pty->ended && pty_now() < end; look_for_end(pty))
        pty_pump(pty, 0.02);
    while (pty_pump(pty, 0))
        continue;
    *status = pty->status;
    return pty->ended;
}

/* ---- the screen ---- */

static size_t put_utf8(char *out, uint32_t point) {
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length - 1; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)(first[length] | point);
    return length;
}

const char *pty_row(struct pty *pty, int row) {
    size_t length = 0, end = 0;
    for (int column = 0; column < pty->columns && length + 64 < sizeof pty->row;) {
        VTermScreenCell cell = {0};
        vterm_screen_get_cell(pty->screen, (VTermPos){row, column}, &cell);
        if (cell.chars[0] == 0)
            pty->row[length++] = ' ';
        for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++)
            length += put_utf8(pty->row + length, cell.chars[i]);
        if (cell.chars[0] != 0 && cell.chars[0] != ' ')
            end = length;
        column += cell.width > 0 ? cell.width : 1;
    }
    pty->row[end] = '\0';
    return pty->row;
}

bool pty_shows(struct pty *pty, const char *text) {
    for (int row = 0; row < pty->rows; row++)
        if (strstr(pty_row(pty, row), text))
            return true;
    return false;
}

void pty_dump(struct pty *pty) {
    for (int row = 0; row < pty->rows; row++)
        fprintf(stderr, "# %s\n", pty_row(pty, row));
}

int pty_cursor_column(const struct pty *pty) {
    return pty->cursor_column;
}

int pty_cursor_row(const struct pty *pty) {
    return pty->cursor_row;
}

/* Whether a private mode was set last, not reset; also as the last of several ("?1006;1000h"). */
static bool mode_is_set(const struct pty *pty, const char *mode) {
    char set[32], reset[32];
    const char *last_set = NULL, *last_reset = NULL, *end = pty->history.data;
    snprintf(set, sizeof set, "%sh", mode);
    snprintf(reset, sizeof reset, "%sl", mode);
    if (!end)
        return false;
    end += pty->history.length;
    for (const char *at = pty->history.data; at < end; at++) {
        size_t left = (size_t)(end - at);
        if (left >= strlen(set) && memcmp(at, set, strlen(set)) == 0)
            last_set = at;
        if (left >= strlen(reset) && memcmp(at, reset, strlen(reset)) == 0)
            last_reset = at;
    }
    return last_set && (!last_reset || last_reset < last_set);
}

void pty_state(struct pty *pty, struct pty_state *state) {
    memset(state, 0, sizeof *state);
    state->alternate = pty->alternate;
    state->mouse = mode_is_set(pty, "1000"); /* libvterm does not see it among several modes */
    state->cursor = pty->cursor;
    state->paste = mode_is_set(pty, "2004");
    state->synchronised = mode_is_set(pty, "2026");
    tcgetattr(pty->slave, &state->termios);
}
