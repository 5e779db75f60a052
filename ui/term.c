/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * term.c - the only file that knows curses. newterm() rather than initscr(), which exits when it
 * does not know TERM; raw mode, so that Ctrl-C and Ctrl-Z are keys; a short wait after ESC; default
 * colours kept; cells written only where they differ from what was shown last.
 */
#include "ui/term.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <unistr.h>
#include <wchar.h>

#include <ncurses.h>
#include <term.h>
#undef columns /* term.h calls a capability so */
#undef lines

#include "ui/signals.h"

static struct {
    SCREEN *screen;
    enum ui_theme theme;
    int colors;
    bool typing, mouse, synchronised;
    attr_t attributes[UI_STYLE_COUNT];
    struct ui_grid shown;
    bool forget, clear; /* write every cell; and clear the window first */
    char note[160];
} term;

/* ---- raw writing ---- */

void ui_term_write(const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t done = write(STDOUT_FILENO, bytes, length);
        if (done < 0 && errno != EINTR && errno != EAGAIN)
            return;
        if (done > 0) {
            bytes += done;
            length -= (size_t)done;
        }
    }
}

static void send_mode(const char *mode) {
    ui_term_write(mode, strlen(mode));
}

/* ---- colours ---- */

static int wanted_colors(const char *choice) {
    const char *no_color = getenv("NO_COLOR");
    bool always = strcmp(choice, "always") == 0;
    if (strcmp(choice, "never") == 0 || (!always && no_color && *no_color) || !has_colors())
        return 0;
    start_color();
    use_default_colors();
    return COLORS >= 256 ? COLORS : COLORS >= 16 ? 16 : COLORS >= 8 ? 8 : 0;
}

/* Terminals with "direct" colour take 0xRRGGBB where others take an index. */
static void set_pair(int style, const struct ui_look *look) {
    int color = look->foreground;
    if (term.colors > 256 && color >= 0)
        color = (int)look->rgb;
    init_extended_pair(style + 1, color, look->background);
}

void ui_term_theme(enum ui_theme theme) {
    term.theme = theme;
    for (int style = 0; style < UI_STYLE_COUNT; style++) {
        struct ui_look look = ui_look_of(theme, term.colors, (enum ui_style)style);
        if (term.colors)
            set_pair(style, &look);
        term.attributes[style] = (look.bold ? A_BOLD : 0U) | (look.dim ? A_DIM : 0U) |
                                 (look.reverse ? A_REVERSE : 0U) |
                                 (look.underline ? A_UNDERLINE : 0U);
    }
    term.forget = true;
}

int ui_term_colors(void) {
    return term.colors;
}

/* ---- opening and closing ---- */

static const char *const fallbacks[] = {"xterm-256color", "xterm", "vt100", "ansi"};

static SCREEN *open_screen(void) {
    const char *wanted = getenv("TERM");
    int error;
    if (wanted && *wanted && setupterm(wanted, STDOUT_FILENO, &error) == OK)
        return newterm(wanted, stdout, stdin);
    for (size_t i = 0; i < sizeof fallbacks / sizeof *fallbacks; i++)
        if (setupterm(fallbacks[i], STDOUT_FILENO, &error) == OK) {
            snprintf(term.note, sizeof term.note,
                     "terminal type '%.40s' is not known here; using %s", wanted ? wanted : "",
                     fallbacks[i]);
            setenv("TERM", fallbacks[i], 1); /* readline asks too */
            return newterm(fallbacks[i], stdout, stdin);
        }
    return NULL;
}

/* Mode 2026 makes a frame appear at once where it is known and is ignored by other emulators; old
 * hardware types are left alone. */
static bool may_synchronise(void) {
    const char *type = getenv("TERM");
    return type && strncmp(type, "vt", 2) != 0 && strcmp(type, "ansi") != 0 &&
           strcmp(type, "linux") != 0;
}

/* Terminals do not always send what their entry says. */
static void add_keys(void) {
    static const struct {
        const char *bytes;
        int code;
    } more[] = {
        {"\033[A", KEY_UP},       {"\033[B", KEY_DOWN},   {"\033[C", KEY_RIGHT},
        {"\033[D", KEY_LEFT},     {"\033[H", KEY_HOME},   {"\033[F", KEY_END},
        {"\033OA", KEY_UP},       {"\033OB", KEY_DOWN},   {"\033OC", KEY_RIGHT},
        {"\033OD", KEY_LEFT},     {"\033OH", KEY_HOME},   {"\033OF", KEY_END},
        {"\033[1~", KEY_HOME},    {"\033[4~", KEY_END},   {"\033[2~", KEY_IC},
        {"\033[3~", KEY_DC},      {"\033[5~", KEY_PPAGE}, {"\033[6~", KEY_NPAGE},
        {"\033[1;2A", KEY_SR},    {"\033[1;2B", KEY_SF},  {"\033[1;2C", KEY_SRIGHT},
        {"\033[1;2D", KEY_SLEFT}, {"\033[Z", KEY_BTAB},
    };
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (!key_defined(more[i].bytes))
            define_key(more[i].bytes, more[i].code);
}

static void set_modes(void) {
    if (!getenv("ESCDELAY"))
        set_escdelay(25);
    raw();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    scrollok(stdscr, FALSE);
    leaveok(stdscr, FALSE);
    mouseinterval(0);
    add_keys();
    (void)curs_set(0);
}

enum wh_status ui_term_open(const struct ui_term_options *options) {
    enum wh_status status;
    struct termios saved;
    memset(&term, 0, sizeof term);
    if (tcgetattr(STDIN_FILENO, &saved) != 0 || !isatty(STDOUT_FILENO))
        return wh_fail(WH_UNAVAILABLE, "standard input and output are not a terminal");
    WH_TRY(ui_grid_open(&term.shown, 1, 1));
    WH_TRY(ui_signals_open(STDIN_FILENO, &saved)); /* before curses: it leaves ours in place */
    term.screen = open_screen();
    if (!term.screen || !tigetstr("cup")) {
        status = wh_fail(WH_UNAVAILABLE, "this terminal (TERM=%.40s) cannot address cells",
                         getenv("TERM") ? getenv("TERM") : "");
        goto out;
    }
    set_modes();
    term.colors = wanted_colors(options->color);
    term.synchronised = may_synchronise();
    term.mouse = options->mouse;
    ui_term_theme(options->theme);
    ui_term_typing(false);
out:
    if (status != WH_OK)
        ui_term_close();
    return status;
}

void ui_term_close(void) {
    if (term.screen) {
        ui_term_typing(false);
        endwin();
        delscreen(term.screen);
        term.screen = NULL;
    }
    ui_signals_close();
    ui_grid_close(&term.shown);
}

bool ui_term_is_open(void) {
    return term.screen != NULL;
}

const char *ui_term_note(void) {
    return term.note;
}

int ui_term_fd(void) {
    return STDIN_FILENO;
}

/* ---- size ---- */

void ui_term_size(int *rows, int *columns) {
    getmaxyx(stdscr, *rows, *columns);
}

void ui_term_resize(void) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
    ui_term_forget();
}

/* ---- painting ---- */

void ui_term_forget(void) {
    term.forget = term.clear = true;
}

/* The cell's characters for curses. What the locale cannot show, or measures otherwise than we do,
 * becomes question marks: a border must never move. Returns false for those. */
static bool wide_text(const struct ui_cell *cell, wchar_t out[CCHARW_MAX + 1]) {
    const uint8_t *at = (const uint8_t *)cell->text;
    size_t left = strlen(cell->text);
    int count = 0, width = 0;
    while (left > 0 && count < CCHARW_MAX) {
        ucs4_t point;
        int used = u8_mbtouc(&point, at, left);
        int cells = wcwidth((wchar_t)point);
        if (cells < 0 || (count > 0 && cells > 0))
            return false;
        out[count++] = (wchar_t)point;
        width += cells;
        at += used;
        left -= (size_t)used;
    }
    out[count] = L'\0';
    return width == cell->width;
}

static void write_cell(int row, int column, const struct ui_cell *cell) {
    wchar_t text[CCHARW_MAX + 1];
    cchar_t glyph;
    attr_t attributes = term.attributes[cell->style];
    int pair = term.colors ? cell->style + 1 : 0;
    bool right = wide_text(cell, text);
    if (right && setcchar(&glyph, text, attributes, (short)pair, NULL) == OK) {
        mvadd_wch(row, column, &glyph);
        return;
    }
    setcchar(&glyph, L"?", attributes, (short)pair, NULL);
    for (int i = 0; i < cell->width; i++)
        mvadd_wch(row, column + i, &glyph);
}

static void write_changes(const struct ui_grid *grid) {
    for (int row = 0; row < grid->rows; row++)
        for (int column = 0; column < grid->columns; column++) {
            size_t at = (size_t)row * (size_t)grid->columns + (size_t)column;
            if (!term.forget && ui_cell_equal(&grid->cells[at], &term.shown.cells[at]))
                continue;
            term.shown.cells[at] = grid->cells[at];
            if (grid->cells[at].width > 0)
                write_cell(row, column, &grid->cells[at]);
        }
}

void ui_term_paint(const struct ui_grid *grid) {
    if (grid->rows != term.shown.rows || grid->columns != term.shown.columns) {
        if (ui_grid_resize(&term.shown, grid->rows, grid->columns) != WH_OK)
            return;
        term.forget = true;
    }
    if (term.forget)
        erase();
    if (term.clear)
        clearok(curscr, TRUE);
    write_changes(grid);
    term.forget = term.clear = false;
    bool cursor = grid->cursor_row >= 0 && grid->cursor_column >= 0;
    (void)curs_set(cursor);
    move(cursor ? grid->cursor_row : 0, cursor ? grid->cursor_column : 0);
    if (term.synchronised)
        send_mode("\033[?2026h");
    wnoutrefresh(stdscr);
    doupdate();
    if (term.synchronised)
        send_mode("\033[?2026l");
}

/* ---- input ---- */

static void set_mouse(void) {
    bool on = term.mouse && !term.typing;
    mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
}

void ui_term_mouse(bool on) {
    term.mouse = on;
    set_mouse();
}

void ui_term_typing(bool typing) {
    if (term.typing != typing)
        send_mode(typing ? "\033[?2004h" : "\033[?2004l");
    term.typing = typing;
    keypad(stdscr, !typing);
    set_mouse();
}

static uint32_t translate(wint_t code) {
    static const struct {
        wint_t code;
        uint32_t key;
    } table[] = {
        {KEY_UP, UI_KEY_UP},
        {KEY_DOWN, UI_KEY_DOWN},
        {KEY_LEFT, UI_KEY_LEFT},
        {KEY_RIGHT, UI_KEY_RIGHT},
        {KEY_SR, UI_KEY_SHIFT_UP},
        {KEY_SF, UI_KEY_SHIFT_DOWN},
        {KEY_SLEFT, UI_KEY_SHIFT_LEFT},
        {KEY_SRIGHT, UI_KEY_SHIFT_RIGHT},
        {KEY_BTAB, UI_KEY_SHIFT_TAB},
        {KEY_HOME, UI_KEY_HOME},
        {KEY_END, UI_KEY_END},
        {KEY_IC, UI_KEY_INSERT},
        {KEY_DC, UI_KEY_DELETE},
        {KEY_PPAGE, UI_KEY_PGUP},
        {KEY_NPAGE, UI_KEY_PGDN},
        {KEY_ENTER, UI_KEY_ENTER},
        {KEY_BACKSPACE, UI_KEY_BACKSPACE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].code == code)
            return table[i].key;
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return UI_KEY_F1 + (uint32_t)(code - KEY_F(1));
    return UI_KEY_NONE;
}

static bool mouse_event(struct ui_event *event) {
    MEVENT mouse;
    if (getmouse(&mouse) != OK)
        return false;
    *event = (struct ui_event){.row = mouse.y, .column = mouse.x};
    event->wheel = mouse.bstate & BUTTON4_PRESSED ? -1 : mouse.bstate & BUTTON5_PRESSED ? 1 : 0;
    return true;
}

/* The rest of an escape sequence that nobody knows: it must not be taken for typing. Returns false
 * after an Esc that stands alone. */
static bool skip_sequence(void) {
    wint_t code;
    int kind = get_wch(&code);
    if (kind == KEY_CODE_YES)
        ungetch((int)code);
    if (kind != OK)
        return false;
    if (code != '[' && code != 'O') {
        unget_wch((wchar_t)code);
        return false;
    }
    bool more = code == '[';
    while (get_wch(&code) == OK && more && !(code >= '@' && code <= '~'))
        continue;
    return true;
}

bool ui_term_event(struct ui_event *event) {
    wint_t code;
    for (int kind; (kind = get_wch(&code)) != ERR;) {
        *event = (struct ui_event){0};
        if (kind == KEY_CODE_YES && code == KEY_MOUSE) {
            if (mouse_event(event))
                return true;
            continue;
        }
        if (kind == OK && code == UI_KEY_ESC && skip_sequence())
            continue;
        event->key = kind == KEY_CODE_YES ? translate(code) : (uint32_t)code;
        if (event->key == 8)
            event->key = UI_KEY_BACKSPACE;
        if (event->key == '\n')
            event->key = UI_KEY_ENTER;
        if (event->key != UI_KEY_NONE)
            return true;
    }
    return false;
}

size_t ui_term_typed(char *bytes, size_t size) {
    size_t length = 0;
    while (length < size) {
        int code = getch();
        if (code == ERR)
            break;
        if (code > 255) /* a resize */
            continue;
        bytes[length++] = (char)code;
        if (code == '\r' || code == '\n' || code == '\f' || code == '\x1a')
            break;
    }
    return length;
}

/* ---- stopping and going on ---- */

void ui_term_suspend(void) {
    bool typing = term.typing;
    ui_term_typing(false);
    endwin();
    ui_signals_stop();
    ui_term_continued();
    ui_term_typing(typing);
}

void ui_term_continued(void) {
    reset_prog_mode();
    ui_term_resize(); /* the next paint enters the screen again and writes all of it */
}
