/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * perturb.h - the text filter: every word of a text replaced by a draw from a mechanism; white
 * space, punctuation and line ends stay byte for byte.
 *
 * A record is a line. Words are looked up as written, then lower-cased. The stream of a word is
 * addressed by (seed, mechanism, record, position of the word in the record), so equal words get
 * independent noise. Threads work on chunks of whole records. Memory is bounded: a line longer than
 * WH_RECORD_BYTES is worked on in parts that end between words; prepared words are kept in a cache
 * of fixed size.
 */
#ifndef WH_PERTURB_H
#define WH_PERTURB_H

#include <stdio.h>

#include "run/run.h"

#define WH_RECORD_BYTES (1u << 20)

/* What happens to a word that is not in the vocabulary. */
enum wh_oov { WH_OOV_UNIFORM, WH_OOV_MASK, WH_OOV_DROP, WH_OOV_KEEP, WH_OOV_ERROR };
enum wh_status wh_oov_parse(const char *text, enum wh_oov *oov);

struct wh_perturb_options {
    struct wh_mech_spec spec;
    enum wh_oov oov;
    const char *stopwords;  /* file of words that are kept, one a line; NULL: none */
    bool restore_case;      /* give the output the input's capitals: leaks one bit a word */
    const char *json_field; /* records are JSON objects; this string field is the text */
    unsigned tsv_column;    /* records are TSV; this column, from 1, is the text; 0: whole line */
    const char *input_name; /* for sentences */
    size_t kept_bytes;      /* for words that are prepared and kept; 0: the usual bound */
};

struct wh_perturb_report {
    struct wh_mech_facts mech;
    uint64_t records, words, out_of_vocabulary, unchanged, stopwords_kept;
    uint64_t longest_record; /* words in it */
    double longest_loss;     /* worst-case loss of the longest record, nats: sum over its words of
                              * the loss at the vocabulary's largest distance; HUGE_VAL: no bound */
    bool seeded;
};

/* Copies in to out, perturbed, until the end of in. Flushes when the input pauses. in_fd is the
 * descriptor to read. WH_IO when either side fails; WH_DATA for records that are not what was said.
 */
enum wh_status wh_run_perturb(const struct wh_session *session,
                              const struct wh_perturb_options *options, int in_fd, FILE *out,
                              struct wh_perturb_report *report);

#endif
