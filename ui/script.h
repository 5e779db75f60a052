/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * script.h - keys and commands from a file, one or more a line:
 *
 *     # a comment
 *     :epsilon 10            a command
 *     paris<Enter>+<Tab>+    keys; names in angle brackets as in assets/keys.conf
 *
 * Before each line the explorer waits until everything asked for is there.
 */
#ifndef UI_SCRIPT_H
#define UI_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct ui_script;

enum wh_status ui_script_open(const char *path, struct ui_script **script); /* "-" is stdin */
void ui_script_close(struct ui_script *script);
/* The next line that is neither blank nor a comment, without its end; NULL at the end. */
const char *ui_script_next(struct ui_script *script);
/* The next key of *line, which moves on; UI_KEY_NONE at its end. WH_DATA for an unknown name. */
enum wh_status ui_script_key(const char **line, uint32_t *key);
/* Stores the present sentence again with "FILE:LINE: " before it; returns WH_DATA. */
enum wh_status ui_script_fail(const struct ui_script *script);

#endif
