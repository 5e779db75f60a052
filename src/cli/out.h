/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * out.h - results as JSON Lines, TSV or text for people. One function a result and format; keys and
 * columns are those of the manual and are stable. All return WH_IO if the stream fails.
 *
 * JSON: one object a line; doubles are printed so that they read back to the same bits; what is
 * unknown or infinite is null; words that are not UTF-8 are shown by their bytes (<0xFF>). TSV: a
 * header line, then rows; control characters in words are shown by their code points.
 */
#ifndef WH_OUT_H
#define WH_OUT_H

#include <stdio.h>

#include "cli/cli.h"
#include "embed/cache_folder.h"
#include "run/perturb.h"
#include "run/run.h"

enum wh_status wh_json_near(FILE *out, const struct wh_session *session,
                            const struct wh_near_result *result);
enum wh_status wh_json_law(FILE *out, const struct wh_session *session,
                           const struct wh_law_result *result);
enum wh_status wh_json_sim(FILE *out, const struct wh_session *session,
                           const struct wh_sim_result *result);
enum wh_status wh_json_density(FILE *out, const struct wh_session *session, uint32_t word,
                               const struct wh_density *density);
enum wh_status wh_json_picture(FILE *out, const struct wh_session *session,
                               const struct wh_map_picture *picture);
enum wh_status wh_json_info(FILE *out, const struct wh_session *session);
enum wh_status wh_json_cache(FILE *out, const char *folder, const struct wh_cache_facts *facts,
                             uint64_t bound);
enum wh_status wh_json_mech(FILE *out, const struct wh_mech *mech);
enum wh_status wh_json_report(FILE *out, const struct wh_session *session,
                              const struct wh_perturb_report *report);

/* first: the header line comes before. */
enum wh_status wh_tsv_near(FILE *out, const struct wh_session *session,
                           const struct wh_near_result *result, bool first);
enum wh_status wh_tsv_law(FILE *out, const struct wh_session *session,
                          const struct wh_law_result *result, bool first);
enum wh_status wh_tsv_sim(FILE *out, const struct wh_session *session,
                          const struct wh_sim_result *result, bool first);
enum wh_status wh_tsv_density(FILE *out, const struct wh_session *session, uint32_t word,
                              const struct wh_density *density, bool first);
enum wh_status wh_tsv_picture(FILE *out, const struct wh_session *session,
                              const struct wh_map_picture *picture, bool first);

enum wh_status wh_text_near(FILE *out, const struct wh_session *session,
                            const struct wh_near_result *result);
enum wh_status wh_text_law(FILE *out, const struct wh_session *session,
                           const struct wh_law_result *result);
enum wh_status wh_text_sim(FILE *out, const struct wh_session *session,
                           const struct wh_sim_result *result, uint32_t rows);
enum wh_status wh_text_density(FILE *out, const struct wh_session *session, uint32_t word,
                               const struct wh_density *density);
enum wh_status wh_text_picture(FILE *out, const struct wh_session *session,
                               const struct wh_map_picture *picture);
enum wh_status wh_text_info(FILE *out, const struct wh_session *session);
enum wh_status wh_text_cache(FILE *out, const char *folder, const struct wh_cache_facts *facts,
                             uint64_t bound);
enum wh_status wh_text_mech(FILE *out, const struct wh_mech *mech);
enum wh_status wh_text_report(FILE *out, const struct wh_perturb_report *report);
/* A word, cleaned. */
void wh_text_word(FILE *out, const struct wh_session *session, uint32_t id);
/* The same in a column of so many places. */
void wh_text_column(FILE *out, const struct wh_session *session, uint32_t id, int width);
/* A mechanism: title, parameters, guarantee and what it derived; a few lines. */
void wh_text_mech_facts(FILE *out, const struct wh_mech_facts *facts);
/* Fields of a table: a word, cleaned; a tab and a number, "inf" or nothing if unknown. */
void wh_tsv_word(FILE *out, const struct wh_session *session, uint32_t id);
void wh_tsv_number(FILE *out, double value);
/* Wherever two mechanisms stand side by side. */
void wh_text_not_equal(FILE *out);

/* WH_OK, or WH_IO with the reason if writing has failed. */
enum wh_status wh_out_check(FILE *out);

#endif
