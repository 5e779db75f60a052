/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * intake.h - the gate every loader's rows go through: words are lower-cased if asked, what is wrong
 * with a row is counted (struct wh_embed_summary says what is dropped and what is kept), and with
 * strict the first such row ends the load.
 */
#ifndef WH_INTAKE_H
#define WH_INTAKE_H

#include "embed/embed_private.h"

enum wh_fault {
    WH_ROW_FINE,
    WH_ROW_RAGGED,
    WH_ROW_NOT_A_NUMBER,
    WH_ROW_NOT_FINITE,
    WH_ROW_NO_WORD,
    WH_ROW_NUL_BYTE,
    WH_ROW_TOO_LONG,
    WH_ROW_DUPLICATE,
    WH_ROW_ZERO,
    WH_ROW_NOT_UTF8,
};

struct wh_intake {
    const struct wh_embed_options *options;
    const char *name; /* of the file, for sentences */
    bool by_line;     /* rows are named by their line, not by their number */
    struct wh_rows rows;
    struct wh_embed_summary summary;
};

/* A row as it was read. */
struct wh_row {
    uint64_t place; /* its line or its number, from 1 */
    const char *word;
    size_t length;
    bool hashed; /* hash is known: it can be found ahead, by another thread */
    uint64_t hash;
    float *values; /* where wh_rows_reserve() said, at or behind the next free row */
    enum wh_fault fault;
    const char *field; /* the number at fault, ended by blank or line feed; or NULL */
};

/* WH_ROW_FINE, or what is wrong with the word; with the word or a number. */
enum wh_fault wh_intake_judge_word(const char *word, size_t length);
enum wh_fault wh_intake_judge(const char *word, size_t length, const float *values, uint32_t dim);

/* Counts the row, keeps it or drops it. */
enum wh_status wh_intake_put(struct wh_intake *intake, const struct wh_row *row);
/* Whether options->limit words are there. */
bool wh_intake_full(const struct wh_intake *intake);
/* Moves everything into embed, or WH_DATA if no row was kept. */
enum wh_status wh_intake_finish(struct wh_intake *intake, struct wh_embed *embed);
void wh_intake_close(struct wh_intake *intake);

#endif
