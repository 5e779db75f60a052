/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load_text.h - the text formats share one reader: lines of "word number number ...". */
#ifndef WH_LOAD_TEXT_H
#define WH_LOAD_TEXT_H

#include "embed/embed_private.h"

/* "COUNT DIM", both whole numbers. */
bool wh_text_header_line(const char *text, size_t length, uint64_t *count, uint64_t *dim);
/* Whether the file begins with "COUNT DIM" and a second line of DIM + 1 fields. */
bool wh_text_has_header(const unsigned char *head, size_t size);
/* Whether the first line ends in at least one number and has no NUL byte. */
bool wh_text_is_rows(const unsigned char *head, size_t size);

/* Loads either. Unless options->format says which it is, a header is recognised by content. */
enum wh_status wh_text_load(const struct wh_embed_options *options, struct wh_input *input,
                            struct wh_embed *embed);

#endif
