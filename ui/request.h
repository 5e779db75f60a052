/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * request.h - what a person can ask for. One row in request.def makes the enum, the key help, the
 * ":" command with its completion, and the manual's table.
 */
#ifndef UI_REQUEST_H
#define UI_REQUEST_H

#include <stddef.h>

#include "base/status.h"

enum ui_request {
#define REQUEST(id, name, argument, help) UI_REQ_##id,
#include "ui/request.def"
#undef REQUEST
    UI_REQ_COUNT,
    UI_REQ_NONE = UI_REQ_COUNT
};

struct ui_request_info {
    const char *name;     /* ":name" */
    const char *argument; /* "WORD", "" for none; in brackets if it may be left out */
    const char *help;     /* one line */
};
const struct ui_request_info *ui_request_info(enum ui_request request);
enum ui_request ui_request_find(const char *name); /* UI_REQ_NONE if unknown */

/* "name argument": the name may be any beginning that fits one request only (an exact name always
 * wins). *argument points into text. WH_USAGE says what is wrong. */
enum wh_status ui_request_parse(const char *text, enum ui_request *request, const char **argument);

/* Keys: the built-in map is assets/keys.conf, parsed by the same code as a user's own file. */
/* Names of the keys bound to a request, separated by blanks, e.g. "+ Right". */
void ui_keymap_names(enum ui_request request, char *out, size_t size);

#endif
