/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json_parts.h - what JSON results are made of; for src/cli/ only. Values are new references;
 * wh_json_set steals them, wh_json_finish the object.
 */
#ifndef WH_JSON_PARTS_H
#define WH_JSON_PARTS_H

#include <jansson.h>
#include <stdio.h>

#include "cli/cli.h"

json_t *wh_json_real(double value);      /* null if not finite */
json_t *wh_json_text(const char *bytes); /* bytes that are not UTF-8 are shown as <0xFF> */
json_t *wh_json_word(const struct wh_session *session, uint32_t id);
json_t *wh_json_integer(uint64_t value);

void wh_json_set(json_t *object, const char *key, json_t *value);
void wh_json_set_interval(json_t *object, struct wh_interval interval); /* lo, hi */
void wh_json_set_mech(json_t *object, const struct wh_mech_facts *facts);

/* What every object begins with: schema, and the embedding if there is a session. */
json_t *wh_json_begin(const struct wh_session *session, const char *schema);
/* Prints the object as one line. */
enum wh_status wh_json_finish(FILE *out, json_t *object);

#endif
