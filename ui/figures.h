/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * figures.h - what the views read out of the model: words, shares with their intervals, the figures
 * of a mechanism, and how numbers are written. Unknown numbers are a dash, never "nan".
 */
#ifndef UI_FIGURES_H
#define UI_FIGURES_H

#include "ui/model.h"
#include "ui/style.h"

#define UI_NUMBER 32 /* bytes of a written number */

const char *ui_word(const struct ui_model *model, uint32_t id); /* "" if there is none */
const struct wh_mech *ui_slot_mech(const struct ui_model *model, unsigned slot); /* or NULL */

/* How a slot is told apart: its sign ("◆" "●", or the mechanism's letter in ASCII) and styles. */
const char *ui_slot_sign(const struct ui_model *model, unsigned slot);
enum ui_style ui_slot_style(unsigned slot);
enum ui_style ui_slot_dim(unsigned slot);

/* Whether its noise scale is set instead of epsilon. */
bool ui_slot_by_hand(const struct ui_model *model, unsigned slot);
double ui_slot_epsilon(const struct ui_model *model, unsigned slot); /* NAN: runs without */
double ui_slot_noise(const struct ui_model *model,
                     unsigned slot); /* n/epsilon; NAN: no vector noise */
/* A figure the mechanism derived ("lambda"), NAN if it has none of that name or is not open. */
double ui_slot_figure(const struct ui_model *model, unsigned slot, const char *name);
/* Mean number of candidates drawn, NAN where the mechanism draws none. */
double ui_slot_candidates(const struct ui_model *model, unsigned slot);
/* Whether there are counts of the word looked at. */
bool ui_slot_ready(const struct ui_model *model, unsigned slot);

/* A probability: exact (margin 0), or sampled with half the width of its interval. NAN: unknown. */
struct ui_share {
    double p, margin;
    bool exact;
};
struct ui_share ui_share_item(const struct wh_sim_item *item);
struct ui_share ui_share_unchanged(const struct wh_sim_result *sim);
struct ui_share ui_share_band(const struct wh_sim_result *sim, enum wh_band band);
/* Share of a word in a slot; p NAN when it is not among the outputs listed. */
struct ui_share ui_share_word(const struct ui_model *model, unsigned slot, uint32_t id);

/* Writers; each returns out. */
const char *ui_share_text(char out[UI_NUMBER], struct ui_share share); /* "61.3 ±1.2", "23.2" */
const char *ui_percent_text(char out[UI_NUMBER], double p);            /* "61.3" */
const char *ui_number_text(char out[UI_NUMBER], double value);         /* "4.61", "–" */
const char *ui_count_text(char out[UI_NUMBER], uint64_t count);        /* "12,480" */
/* Significant digits, never an exponent: "7.63", "18,100". */
const char *ui_figure_text(char out[UI_NUMBER], double value, int digits);
const char *ui_rate_text(char out[UI_NUMBER], double per_second); /* "41 k/s" */

/* How dense the word's place is: -1 dense, 0 typical, 1 sparse. */
int ui_place_class(const struct wh_density *density);
/* "dense", and "denser than 71 % of words"; "" when unknown. */
const char *ui_place_name(const struct wh_density *density);
const char *ui_place_text(char out[64], const struct wh_density *density);

#endif
