/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pty.h - a program on a pseudo-terminal, with libvterm as the terminal it believes in. Waiting is
 * always for something to be seen, with a deadline; there are no sleeps.
 */
#ifndef TEST_PTY_H
#define TEST_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

#define PTY_DEADLINE 20.0 /* seconds: slow machines and sanitizers */

struct pty;

struct pty_options {
    const char *const *argv; /* NULL-terminated */
    const char *const *env;  /* "NAME=value", NULL-terminated, the whole environment */
    int rows, columns;
};

struct pty *pty_open(const struct pty_options *options); /* aborts the test on failure */
void pty_close(struct pty *pty);                         /* kills what still runs */
pid_t pty_pid(const struct pty *pty);

void pty_send(struct pty *pty, const char *bytes);
void pty_send_bytes(struct pty *pty, const char *bytes, size_t length);
void pty_resize(struct pty *pty, int rows, int columns);
void pty_signal(struct pty *pty, int signal);

/* Reads what has come; waits at most so many seconds for something. False: nothing came. */
bool pty_pump(struct pty *pty, double seconds);
/* Until the text stands on the screen (on one row) or stands there no more. */
bool pty_wait(struct pty *pty, const char *text);
bool pty_wait_gone(struct pty *pty, const char *text);
bool pty_wait_row(struct pty *pty, int row, const char *text);
/* Until the bytes have been written since the last pty_forget(). */
bool pty_wait_bytes(struct pty *pty, const char *bytes);
void pty_forget(struct pty *pty);
bool pty_wrote(const struct pty *pty, const char *bytes);
size_t pty_written(const struct pty *pty); /* bytes since the last pty_forget() */
/* Until the program has ended; its wait status. */
bool pty_wait_exit(struct pty *pty, int *status);

/* One row as UTF-8 without blanks at its end; valid until the next call. */
const char *pty_row(struct pty *pty, int row);
bool pty_shows(struct pty *pty, const char *text);
void pty_dump(struct pty *pty); /* the screen on stderr, for a test that fails */

struct pty_state {
    bool alternate, mouse, cursor, paste, synchronised;
    struct termios termios;
};
void pty_state(struct pty *pty, struct pty_state *state);
int pty_cursor_column(const struct pty *pty);
int pty_cursor_row(const struct pty *pty);

double pty_now(void); /* seconds */

#endif
