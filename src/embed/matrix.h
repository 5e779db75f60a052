/* SPDX-License-Identifier: GPL-3.0-or-later */
/* matrix.h - a table of binary numbers whose words stand in another file. */
#ifndef WH_MATRIX_H
#define WH_MATRIX_H

#include "embed/embed_private.h"
#include "embed/numbers.h"

struct wh_matrix {
    uint64_t rows, dim;
    enum wh_number kind;
    bool big;       /* most significant byte first */
    bool by_column; /* stored one column after the other */
    bool last;      /* nothing may follow it in the file */
};

/* WH_DATA unless rows and dim are what an embedding can have; *bytes is what the numbers take. */
enum wh_status wh_matrix_check(const struct wh_matrix *matrix, const struct wh_input *input,
                               uint64_t *bytes);
/* Reads a checked matrix from where input stands. */
enum wh_status wh_matrix_load(const struct wh_embed_options *options, struct wh_input *input,
                              const struct wh_matrix *matrix, struct wh_embed *embed);

#endif
