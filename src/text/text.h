/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * text.h - splitting text into words and the bytes between them, so that joining the pieces gives
 * the input back byte for byte. Unicode word boundaries (UAX 29); invalid UTF-8 passes as
 * "between".
 */
#ifndef WH_TEXT_H
#define WH_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

struct wh_piece {
    size_t offset, length; /* bytes of the input */
    bool word;             /* has a letter or a digit; else white space, punctuation ... */
};

struct wh_pieces {
    struct wh_piece *items;
    size_t count, capacity;
    char *scratch; /* reused between calls */
    size_t scratch_size;
};

/* Replaces what was in pieces; adjacent non-words are one piece. Covers every byte. */
enum wh_status wh_text_split(const char *text, size_t length, struct wh_pieces *pieces);
void wh_pieces_close(struct wh_pieces *pieces);

#endif
