/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prompt.c - readline in callback mode, the only file that includes it.
 *
 * readline must not meet an empty queue in the middle of a character or of an escape sequence, nor
 * a paste mark that never ends: it would spin or insert rubbish. So bytes first go through
 * "incoming", which holds back a lone ESC, a beginning of a paste mark and a beginning of a UTF-8
 * character until the rest is there or a moment has passed, and takes pastes for itself.
 */
#include "ui/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unistr.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/mem.h"
#include "base/str.h"
#include "ui/grid.h"
#include "ui/request.h"

#define ESCAPE_WAIT  25  /* ms: a lone ESC is the key, not the beginning of a sequence */
#define PASTE_WAIT   400 /* ms: a paste whose end never comes */
#define PASTE_MAX    4096
#define HISTORY_MAX  1000
#define COMPLETE_MAX 500

#define LOOK_AHEAD 3
#define CONTROL_X  '\x18'

static const char paste_begin[] = "\033[200~", paste_end[] = "\033[201~";

static struct {
    bool ready, active, pasting, giving_up;
    const struct wh_embed *embed;
    char *history;          /* path or NULL */
    FILE *nowhere;          /* readline's streams */
    struct wh_buf incoming; /* bytes not yet handed on */
    struct wh_buf queue;    /* bytes for readline */
    size_t queue_at;
    char *entered;
    char candidates[1024];
    struct wh_buf completions; /* NUL-terminated words, one after the other */
    size_t completion_at;
} prompt;

/* ---- readline's side ---- */

static int next_byte(FILE *stream) {
    (void)stream;
    if (prompt.queue_at >= prompt.queue.length)
        return EOF;
    return (unsigned char)prompt.queue.data[prompt.queue_at++];
}

static int byte_waits(void) {
    return prompt.queue_at < prompt.queue.length;
}

static void show_later(void) {
}

static void close_line(void) {
    rl_callback_handler_remove();
    prompt.active = prompt.pasting = false;
    wh_buf_clear(&prompt.incoming);
    wh_buf_clear(&prompt.queue);
    prompt.queue_at = 0;
    prompt.candidates[0] = '\0';
}

static bool all_blank(const char *line) {
    return line[strspn(line, " \t")] == '\0';
}

static void remember(const char *line) {
    HIST_ENTRY *last = history_get(history_base + history_length - 1);
    if (all_blank(line) || (last && strcmp(last->line, line) == 0))
        return;
    add_history(line);
    if (prompt.history)
        append_history(1, prompt.history);
}

static void line_entered(char *line) {
    close_line();
    if (prompt.giving_up || !line) {
        free(line);
        return;
    }
    size_t length = strlen(line);
    while (length > 0 && line[length - 1] == ' ')
        line[--length] = '\0';
    remember(line);
    free(prompt.entered);
    prompt.entered = line;
}

/* A line that is given up is entered and thrown away: only so does readline put back the lines of
 * the history that were changed on the way, with their undo lists (which it would free twice). */
static void abandon_line(void) {
    static const char enter = '\r';
    prompt.giving_up = true;
    rl_callback_sigcleanup(); /* out of a search, a quoted character, an argument */
    wh_buf_clear(&prompt.queue);
    wh_buf_add(&prompt.queue, &enter, 1);
    prompt.queue_at = 0;
    rl_callback_read_char();
    if (prompt.active) /* Enter means something else to this person */
        close_line();
    prompt.giving_up = false;
}

/* ---- completion ---- */

static void offer(const char *text, const char *beginning) {
    if (strncmp(text, beginning, strlen(beginning)) == 0)
        wh_buf_add(&prompt.completions, text, strlen(text) + 1);
}

static void offer_words(const char *beginning) {
    uint32_t ids[COMPLETE_MAX];
    size_t count = wh_embed_complete(prompt.embed, beginning, ids, COMPLETE_MAX);
    for (size_t i = 0; i < count; i++)
        offer(wh_embed_word(prompt.embed, ids[i]), "");
}

/* A capital letter is no reason to find nothing. */
static void offer_words_any_case(const char *beginning) {
    char lower[128];
    offer_words(beginning);
    if (prompt.completions.length > 0 || strlen(beginning) >= sizeof lower)
        return;
    snprintf(lower, sizeof lower, "%s", beginning);
    for (char *at = lower; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    offer_words(lower);
}

static void offer_commands(const char *beginning) {
    char name[64];
    for (int i = 0; i < UI_REQ_COUNT; i++) {
        snprintf(name, sizeof name, ":%s", ui_request_info((enum ui_request)i)->name);
        offer(name, beginning);
    }
}

static void offer_mechanisms(const char *beginning) {
    for (const struct wh_mech *const *mech = wh_mech_all(); *mech; mech++)
        offer((*mech)->name, beginning);
}

/* The choices "a|b|c" of an argument's description. */
static void offer_choices(const char *description, const char *beginning) {
    char choice[64];
    description += *description == '[';
    while (*description) {
        size_t length = strcspn(description, "|] ");
        snprintf(choice, sizeof choice, "%.*s", (int)length, description);
        offer(choice, beginning);
        description += length;
        if (*description != '|')
            return;
        description++;
    }
}

/* Blanks before the argument at hand, the one after the command's name counted from 0. */
static int argument_number(int start) {
    int number = -1;
    for (int i = 0; i < start; i++)
        if (rl_line_buffer[i] == ' ' && (i + 1 == start || rl_line_buffer[i + 1] != ' '))
            number++;
    return number;
}

static const char *argument_description(int number) {
    enum ui_request request = UI_REQ_NONE;
    const char *ignored;
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(rl_line_buffer + 1, " "), rl_line_buffer + 1);
    (void)ui_request_parse(name, &request, &ignored); /* its argument is not there yet */
    if (request == UI_REQ_NONE)
        return "";
    const char *description = ui_request_info(request)->argument;
    for (; number > 0 && *description; number--) {
        description += strcspn(description, " ");
        description += strspn(description, " ");
    }
    return description;
}

static char *next_completion(const char *text, int state) {
    (void)text;
    if (state == 0)
        prompt.completion_at = 0;
    if (prompt.completion_at >= prompt.completions.length)
        return NULL;
    const char *word = prompt.completions.data + prompt.completion_at;
    prompt.completion_at += strlen(word) + 1;
    return strdup(word);
}

static char **complete(const char *text, int start, int end) {
    (void)end;
    wh_buf_clear(&prompt.completions);
    rl_attempted_completion_over = 1; /* no file names where none are meant */
    rl_completion_append_character = '\0';
    if (rl_line_buffer[0] == ':' && start > 0) {
        const char *description = argument_description(argument_number(start));
        if (strncmp(description, "FILE", 4) == 0)
            return rl_completion_matches(text, rl_filename_completion_function);
        if (strncmp(description, "WORD", 4) == 0)
            offer_words_any_case(text);
        else if (strncmp(description, "NAME", 4) == 0)
            offer_mechanisms(text);
        else
            offer_choices(description, text);
    } else if (rl_line_buffer[0] == ':') {
        rl_completion_append_character = ' ';
        offer_commands(text);
    } else {
        offer_words_any_case(text);
    }
    return rl_completion_matches(text, next_completion);
}

/* Matches as one line; readline would print them over the screen. */
static void list_matches(char **matches, int count, int longest) {
    size_t length = 0;
    (void)longest;
    for (int i = 1; i <= count; i++) {
        size_t room = sizeof prompt.candidates - length;
        int added =
            snprintf(prompt.candidates + length, room, "%s%s", length ? "  " : "", matches[i]);
        if (added < 0 || (size_t)added >= room) {
            prompt.candidates[length] = '\0';
            return;
        }
        length += (size_t)added;
    }
}

/* ---- opening and closing ---- */

static void set_up_readline(void) {
    rl_readline_name = "wordhaze";
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_prep_term_function = NULL;
    rl_deprep_term_function = NULL;
    rl_instream = prompt.nowhere;
    rl_outstream = prompt.nowhere;
    rl_getc_function = next_byte;
    rl_input_available_hook = byte_waits;
    rl_redisplay_function = show_later;
    rl_attempted_completion_function = complete;
    rl_completion_display_matches_hook = list_matches;
    rl_completion_query_items = -1;
    rl_sort_completion_matches = 0; /* frequent words first */
    rl_basic_word_break_characters = " ";
    rl_completer_word_break_characters = " ";
    rl_completer_quote_characters = "";
    rl_initialize();
    rl_variable_bind("show-all-if-ambiguous", "on");
    rl_variable_bind("bell-style", "none");
    rl_variable_bind("revert-all-at-newline", "on");
    rl_variable_bind("enable-bracketed-paste", "off");
    rl_variable_bind("convert-meta", "off");
    rl_variable_bind("input-meta", "on");
    rl_variable_bind("output-meta", "on");
    /* Esc and Enter in haste must not turn vi mode on; ~/.inputrc can. */
    rl_unbind_key_in_map('\n', emacs_meta_keymap);
    rl_unbind_key_in_map('\r', emacs_meta_keymap);
}

/* The history says which words somebody looked at: nobody else may read it. */
static enum wh_status open_history(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return wh_fail(WH_CANTCREATE, "%s: %s", path, strerror(errno));
    fchmod(fd, 0600);
    close(fd);
    read_history(path);
    prompt.history = strdup(path);
    return prompt.history ? WH_OK : wh_fail(WH_NOMEM, "out of memory");
}

enum wh_status ui_prompt_open(const struct wh_embed *embed, const char *history) {
    memset(&prompt, 0, sizeof prompt);
    prompt.embed = embed;
    prompt.nowhere = fopen("/dev/null", "r+e");
    if (!prompt.nowhere)
        return wh_fail(WH_NOINPUT, "/dev/null: %s", strerror(errno));
    using_history();
    clear_history();
    stifle_history(HISTORY_MAX);
    set_up_readline();
    prompt.ready = true;
    return history ? open_history(history) : WH_OK;
}

void ui_prompt_close(void) {
    if (!prompt.ready)
        return;
    if (prompt.active)
        abandon_line();
    if (prompt.history) {
        history_truncate_file(prompt.history, HISTORY_MAX);
        chmod(prompt.history, 0600);
    }
    clear_history();
    fclose(prompt.nowhere);
    rl_instream = rl_outstream = NULL;
    wh_buf_free(&prompt.incoming);
    wh_buf_free(&prompt.queue);
    wh_buf_free(&prompt.completions);
    free(prompt.entered);
    free(prompt.history);
    memset(&prompt, 0, sizeof prompt);
}

void ui_prompt_begin(const char *text) {
    if (prompt.active)
        abandon_line();
    rl_callback_handler_install("", line_entered);
    prompt.active = true;
    rl_insert_text(text);
}

bool ui_prompt_active(void) {
    return prompt.active;
}

void ui_prompt_cancel(void) {
    if (prompt.active)
        abandon_line();
}

char *ui_prompt_take(void) {
    char *line = prompt.entered;
    prompt.entered = NULL;
    return line;
}

/* ---- bytes in ---- */

static bool searching(void) {
    return RL_ISSTATE(RL_STATE_ISEARCH) || RL_ISSTATE(RL_STATE_NSEARCH);
}

static bool may_leave(char byte) {
    return byte == 3 || byte == 7 || byte == 8 || byte == 127;
}

/* Keys that end the prompt whatever readline would do with them. */
static bool is_leaving(char byte) {
    bool erase = byte == 127 || byte == 8;
    return byte == 3 || (!searching() && (byte == 7 || (erase && rl_end == 0)));
}

/* readline may have looked a key ahead: then it has input though the queue is empty. In the middle
 * of a numeric argument it says so for ever, hence the count. */
static void run_queue(void) {
    for (int ahead = 0; prompt.active && ahead < LOOK_AHEAD;) {
        if (!byte_waits() && !RL_ISSTATE(RL_STATE_INPUTPENDING))
            break;
        ahead += !byte_waits();
        rl_callback_read_char();
    }
    wh_buf_clear(&prompt.queue);
    prompt.queue_at = 0;
}

/* Bytes of the character at the beginning of text, 0 if it is none: readline's vi commands go round
 * for ever over bytes that are not UTF-8. */
static size_t character(const char *text, size_t length) {
    ucs4_t point;
    int used = u8_mbtoucr(&point, (const uint8_t *)text, length);
    return used > 0 ? (size_t)used : 0;
}

static void drop_incoming(size_t count) {
    prompt.incoming.length -= count;
    memmove(prompt.incoming.data, prompt.incoming.data + count, prompt.incoming.length + 1);
}

static void hand_on(size_t count) {
    for (size_t at = 0, used; at < count; at += used ? used : 1) {
        const char *text = prompt.incoming.data + at;
        used = character(text, count - at);
        if (may_leave(*text))
            run_queue(); /* whether it does depends on what is in the line by now */
        if (prompt.active && is_leaving(*text))
            abandon_line();
        if (*text == CONTROL_X)
            run_queue();
        if (*text != CONTROL_X || !searching()) /* there, it and a key crash readline 8.2 */
            wh_buf_add(&prompt.queue, text, used);
        if (*text == '\r' || *text == '\n')
            run_queue();
        if (!prompt.active) {
            wh_buf_clear(&prompt.queue);
            return;
        }
    }
    drop_incoming(count);
    run_queue();
}

/* A paste becomes one line of text: blanks for new lines and tabs, nothing for other controls. */
static void insert_paste(size_t length) {
    struct wh_buf text = {0};
    for (size_t at = 0, used; at < length && text.length < PASTE_MAX; at += used ? used : 1) {
        const char *byte = prompt.incoming.data + at;
        used = character(byte, length - at);
        if (strchr("\r\n\t", *byte) && text.length > 0 && text.data[text.length - 1] != ' ')
            wh_buf_add(&text, " ", 1);
        else if ((unsigned char)*byte >= ' ' && *byte != 127)
            wh_buf_add(&text, byte, used);
    }
    while (text.length > 0 && text.data[text.length - 1] == ' ')
        text.data[--text.length] = '\0';
    if (searching()) {
        wh_buf_add(&prompt.queue, text.data, text.length);
        run_queue();
    } else if (text.length > 0) {
        rl_insert_text(text.data);
    }
    wh_buf_free(&text);
}

static void end_paste(size_t length, size_t mark) {
    insert_paste(length);
    prompt.pasting = false;
    if (!prompt.active)
        return;
    drop_incoming(length + mark);
}

/* Bytes of a mark that stand at the beginning of text: all, or as many as text has. */
static bool begins(const char *text, size_t length, const char *mark) {
    size_t wanted = strlen(mark);
    return memcmp(text, mark, length < wanted ? length : wanted) == 0;
}

/* Bytes at the end of incoming that may be the beginning of a longer character. */
static size_t unfinished_utf8(const char *text, size_t length) {
    for (size_t back = 1; back <= 3 && back <= length; back++) {
        const uint8_t *at = (const uint8_t *)text + length - back;
        ucs4_t point;
        if (*at >= 0xc0)
            return u8_mbtoucr(&point, at, back) == -2 ? back : 0;
        if (*at < 0x80)
            return 0;
    }
    return 0;
}

/* Bytes that can go to readline now: up to an ESC that may begin a paste, or to the end without an
 * unfinished character. "final": nothing more will come soon. */
static size_t ready_bytes(bool final) {
    const char *text = prompt.incoming.data;
    size_t length = prompt.incoming.length;
    for (size_t i = 0; i < length; i++)
        if (text[i] == '\033' && begins(text + i, length - i, paste_begin)) {
            if (i > 0)
                return i;
            return final && length < sizeof paste_begin - 1 ? length : 0;
        }
    return final ? length : length - unfinished_utf8(text, length);
}

/* Works off what has come. Returns whether something was done. */
static bool advance(bool final) {
    char *text = prompt.incoming.data;
    size_t length = prompt.incoming.length, mark = sizeof paste_begin - 1;
    if (!prompt.active || length == 0)
        return false;
    if (prompt.pasting) {
        char *end = memmem(text, length, paste_end, mark);
        if (!end && !final)
            return false;
        end_paste(end ? (size_t)(end - text) : length, end ? mark : 0);
        return true;
    }
    if (length >= mark && begins(text, length, paste_begin)) {
        prompt.pasting = true;
        drop_incoming(mark);
        return true;
    }
    bool lone_escape = length == 1 && text[0] == '\033';
    if (final && lone_escape && !searching() && rl_editing_mode == 1) {
        abandon_line();
        return true;
    }
    size_t ready = ready_bytes(final);
    if (ready > 0)
        hand_on(ready);
    return ready > 0;
}

void ui_prompt_feed(const char *bytes, size_t length) {
    if (!prompt.active)
        return;
    prompt.candidates[0] = '\0';
    wh_buf_add(&prompt.incoming, bytes, length);
    while (advance(false))
        continue;
}

int ui_prompt_wait(void) {
    if (!prompt.active || (prompt.incoming.length == 0 && !prompt.pasting))
        return -1;
    return prompt.pasting ? PASTE_WAIT : ESCAPE_WAIT;
}

void ui_prompt_tick(void) {
    while (advance(true))
        continue;
    if (prompt.incoming.length == 0)
        prompt.pasting = false;
}

/* ---- what is shown ---- */

/* Bytes of text to leave out on the left so that "cells" cells disappear. */
static size_t bytes_of_cells(const char *text, size_t length, int cells) {
    size_t at = 0;
    char beginning[512];
    while (at < length && at < sizeof beginning - 8) {
        ucs4_t point;
        at += (size_t)u8_mbtouc(&point, (const uint8_t *)text + at, length - at);
        snprintf(beginning, sizeof beginning, "%.*s", (int)at, text);
        if (ui_text_width(beginning) >= cells)
            break;
    }
    return at;
}

static const char *lead_text(void) {
    if (rl_display_prompt && *rl_display_prompt)
        return rl_display_prompt;
    return rl_line_buffer[0] == ':' || rl_line_buffer[0] == '/' ? "" : "word: ";
}

void ui_prompt_show(struct ui_model *model, int columns) {
    struct wh_buf text = {0}, before = {0};
    model->prompting = prompt.active;
    model->prompt[0] = model->candidates[0] = '\0';
    if (!prompt.active)
        return;
    wh_str_clean(&before, lead_text(), strlen(lead_text()));
    wh_str_clean(&before, rl_line_buffer, (size_t)rl_point);
    wh_buf_adds(&text, before.failed || !before.data ? "" : before.data);
    wh_str_clean(&text, rl_line_buffer + rl_point, (size_t)(rl_end - rl_point));
    if (!text.failed && text.data) {
        int cursor = ui_text_width(before.data ? before.data : ""), room = columns - 2;
        size_t cut = cursor > room ? bytes_of_cells(text.data, text.length, cursor - room) : 0;
        int left = cut ? ui_text_width(text.data) - ui_text_width(text.data + cut) : 0;
        snprintf(model->prompt, sizeof model->prompt, "%s", text.data + cut);
        model->prompt_cursor = cursor - left;
        snprintf(model->candidates, sizeof model->candidates, "%s", prompt.candidates);
    }
    wh_buf_free(&text);
    wh_buf_free(&before);
}
