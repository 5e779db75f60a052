/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prompt.h - one line of typing, with readline's editing, completion and history. A line that
 * begins with ':' is a command, with '/' a search, else it is a word. readline never touches the
 * terminal: bytes come from ui_prompt_feed(), what is to be shown goes to ui_prompt_show().
 */
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "embed/embed.h"
#include "ui/model.h"

/* history: a file for the lines entered, mode 0600, or NULL. */
enum wh_status ui_prompt_open(const struct wh_embed *embed, const char *history);
void ui_prompt_close(void);

void ui_prompt_begin(const char *text); /* typing starts behind text */
bool ui_prompt_active(void);
void ui_prompt_cancel(void);
/* Bytes as a terminal sends them. Everything pending should come in one call; a call should end
 * after a carriage return, because what follows it may be meant for somebody else. */
void ui_prompt_feed(const char *bytes, size_t length);
/* Milliseconds after which ui_prompt_tick() decides what an unfinished sequence was; -1: never. */
int ui_prompt_wait(void);
void ui_prompt_tick(void);

/* The line that was entered, once, or NULL; the caller frees it. */
char *ui_prompt_take(void);
/* Fills the model's prompt, its cursor and the candidates; columns is the room for the prompt. */
void ui_prompt_show(struct ui_model *model, int columns);

#endif
