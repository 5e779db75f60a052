/* SPDX-License-Identifier: GPL-3.0-or-later */
/* figures.c - the model in numbers and words. */
#include "ui/figures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/grid.h"

const char *ui_word(const struct ui_model *model, uint32_t id) {
    const struct wh_embed *embed = wh_session_embed(model->session);
    return id < wh_embed_words(embed) ? wh_embed_word(embed, id) : "";
}

const struct wh_mech *ui_slot_mech(const struct ui_model *model, unsigned slot) {
    return model->params.mech[slot].mech;
}

/* The first capital of the panel heading (L for Laplace, G for trunc. Gumbel), or its first letter.
 */
static char mech_letter(const struct ui_model *model, unsigned slot) {
    const struct wh_mech *mech = ui_slot_mech(model, slot);
    const char *brief = mech ? mech->brief : "";
    for (const char *at = brief; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            return *at;
    return (char)(*brief >= 'a' && *brief <= 'z' ? *brief - 'a' + 'A' : 0);
}

const char *ui_slot_sign(const struct ui_model *model, unsigned slot) {
    static const char *const signs[WH_WORKER_SLOTS] = {"◆", "●"};
    static const char *const letters[26] = {"A", "B", "C", "D", "E", "F", "G", "H", "I",
                                            "J", "K", "L", "M", "N", "O", "P", "Q", "R",
                                            "S", "T", "U", "V", "W", "X", "Y", "Z"};
    static const char *const numbers[WH_WORKER_SLOTS] = {"1", "2"};
    char letter = mech_letter(model, slot), other = mech_letter(model, 1 - slot);
    if (ui_charset() != UI_CHARSET_ASCII)
        return signs[slot];
    return letter && letter != other ? letters[letter - 'A'] : numbers[slot];
}

enum ui_style ui_slot_style(unsigned slot) {
    return slot == 0 ? UI_STYLE_FIRST : UI_STYLE_SECOND;
}

enum ui_style ui_slot_dim(unsigned slot) {
    return slot == 0 ? UI_STYLE_FIRST_DIM : UI_STYLE_SECOND_DIM;
}

static double slot_value(const struct ui_model *model, unsigned slot, const char *name) {
    const struct wh_mech *mech = ui_slot_mech(model, slot);
    int index = mech ? wh_mech_param(mech, name) : -1;
    return index < 0 ? (double)NAN : model->params.mech[slot].values[index];
}

bool ui_slot_by_hand(const struct ui_model *model, unsigned slot) {
    return !isnan(slot_value(model, slot, "noise-scale"));
}

/* Unset in the parameters: the mechanism has chosen one when it was opened. */
double ui_slot_epsilon(const struct ui_model *model, unsigned slot) {
    double epsilon = slot_value(model, slot, "epsilon");
    const struct wh_mech_facts *facts = &model->slot[slot].sim.mech;
    if (ui_slot_by_hand(model, slot))
        return (double)NAN;
    if (isnan(epsilon) && facts->spec.mech && facts->spec.mech == ui_slot_mech(model, slot))
        return facts->epsilon;
    return epsilon;
}

double ui_slot_noise(const struct ui_model *model, unsigned slot) {
    const struct wh_mech *mech = ui_slot_mech(model, slot);
    if (!mech || !mech->vector_noise)
        return (double)NAN;
    return wh_embed_dim(wh_session_embed(model->session)) / ui_slot_epsilon(model, slot);
}

double ui_slot_figure(const struct ui_model *model, unsigned slot, const char *name) {
    const struct wh_mech_facts *facts = &model->slot[slot].sim.mech;
    if (model->stepping && model->trace[slot].mech.spec.mech)
        facts = &model->trace[slot].mech;
    if (facts->spec.mech != ui_slot_mech(model, slot) ||
        model->slot[slot].state == WH_WORKER_FAILED)
        return (double)NAN;
    for (size_t i = 0; i < facts->figure_count; i++)
        if (strcmp(facts->figures[i].name, name) == 0)
            return facts->figures[i].value;
    return (double)NAN;
}

double ui_slot_candidates(const struct ui_model *model, unsigned slot) {
    return ui_slot_figure(model, slot, "lambda");
}

bool ui_slot_ready(const struct ui_model *model, unsigned slot) {
    const struct wh_slot_snapshot *snapshot = &model->slot[slot];
    return snapshot->state != WH_WORKER_FAILED && snapshot->state != WH_WORKER_WAITING &&
           snapshot->sim.trials > 0 && snapshot->sim.word == model->params.word;
}

static struct ui_share share_of(struct wh_interval sampled, double exact) {
    if (!isnan(exact))
        return (struct ui_share){exact, 0, true};
    return (struct ui_share){sampled.value,
                             fmax(sampled.hi - sampled.value, sampled.value - sampled.lo), false};
}

struct ui_share ui_share_item(const struct wh_sim_item *item) {
    return share_of(item->p, item->exact);
}

struct ui_share ui_share_unchanged(const struct wh_sim_result *sim) {
    return share_of(sim->unchanged, sim->unchanged_exact);
}

struct ui_share ui_share_band(const struct wh_sim_result *sim, enum wh_band band) {
    return share_of(sim->bands[band], sim->bands_exact[band]);
}

struct ui_share ui_share_word(const struct ui_model *model, unsigned slot, uint32_t id) {
    const struct wh_sim_result *sim = &model->slot[slot].sim;
    for (uint32_t i = 0; ui_slot_ready(model, slot) && i < sim->count; i++)
        if (sim->items[i].id == id)
            return ui_share_item(&sim->items[i]);
    return (struct ui_share){(double)NAN, 0, false};
}

/* Digits after the point that a share of this size deserves. */
static int percent_digits(double p) {
    return p == 0 || p >= 0.0095 ? 1 : 2;
}

const char *ui_percent_text(char out[UI_NUMBER], double p) {
    if (isnan(p))
        snprintf(out, UI_NUMBER, "–");
    else if (p > 0 && p < 5e-5)
        snprintf(out, UI_NUMBER, "<0.01");
    else
        snprintf(out, UI_NUMBER, "%.*f", percent_digits(p), 100 * p);
    return out;
}

/* The half width has the digits of the value and is rounded up; what never came out has a bound. */
const char *ui_share_text(char out[UI_NUMBER], struct ui_share share) {
    char value[UI_NUMBER];
    double unit = percent_digits(share.p) == 1 ? 10 : 100;
    ui_percent_text(value, share.p);
    if (isnan(share.p) || share.exact)
        snprintf(out, UI_NUMBER, "%.20s", value);
    else if (share.p == 0)
        snprintf(out, UI_NUMBER, "<%.2f", ceil(1e4 * share.margin) / 100);
    else
        snprintf(out, UI_NUMBER, "%.12s ±%.*f", value, percent_digits(share.p),
                 ceil(100 * share.margin * unit) / unit);
    return out;
}

const char *ui_number_text(char out[UI_NUMBER], double value) {
    double size = fabs(value);
    if (isnan(value))
        snprintf(out, UI_NUMBER, "–");
    else if (isinf(value))
        snprintf(out, UI_NUMBER, value < 0 ? "−∞" : "∞");
    else if (size >= 1e6 || (size > 0 && size < 1e-3))
        snprintf(out, UI_NUMBER, "%.1e", value);
    else
        snprintf(out, UI_NUMBER, "%.*f",
                 size >= 1000  ? 0
                 : size >= 20  ? 1
                 : size >= 0.1 ? 2
                               : 3,
                 value);
    return out;
}

const char *ui_count_text(char out[UI_NUMBER], uint64_t count) {
    char digits[UI_NUMBER];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count), to = 0;
    for (int from = 0; from < length; from++) {
        if (from && (length - from) % 3 == 0)
            out[to++] = ',';
        out[to++] = digits[from];
    }
    out[to] = '\0';
    return out;
}

const char *ui_figure_text(char out[UI_NUMBER], double value, int digits) {
    double size = fabs(value);
    if (!(size < 1e15) || (size > 0 && size < 1e-4))
        return ui_number_text(out, value);
    if (size < 999.5) {
        snprintf(out, UI_NUMBER, "%s%.*g", value < 0 ? "−" : "", digits, size);
        return out;
    }
    char count[UI_NUMBER];
    double unit = fmax(1, pow(10, floor(log10(size)) + 1 - digits));
    ui_count_text(count, (uint64_t)(round(size / unit) * unit));
    snprintf(out, UI_NUMBER, "%s%.28s", value < 0 ? "−" : "", count);
    return out;
}

const char *ui_rate_text(char out[UI_NUMBER], double per_second) {
    if (!(per_second >= 0.5))
        out[0] = '\0';
    else if (per_second >= 1e6)
        snprintf(out, UI_NUMBER, "%.1f M/s", per_second / 1e6);
    else if (per_second >= 1e3)
        snprintf(out, UI_NUMBER, "%.0f k/s", per_second / 1e3);
    else
        snprintf(out, UI_NUMBER, "%.0f /s", per_second);
    return out;
}

int ui_place_class(const struct wh_density *density) {
    if (!(density->radius_percentile < 100.0 * 2 / 3))
        return density->radius_percentile >= 100.0 * 2 / 3 ? 1 : 0;
    return density->radius_percentile < 100.0 / 3 ? -1 : 0;
}

const char *ui_place_name(const struct wh_density *density) {
    static const char *const names[3] = {"dense", "typical", "sparse"};
    return isnan(density->radius_percentile) ? "" : names[ui_place_class(density) + 1];
}

const char *ui_place_text(char out[64], const struct wh_density *density) {
    double sparser = density->radius_percentile;
    if (isnan(sparser))
        out[0] = '\0';
    else if (sparser > 50)
        snprintf(out, 64, "sparser than %.0f %% of words", floor(sparser));
    else
        snprintf(out, 64, "denser than %.0f %% of words", floor(100 - sparser));
    return out;
}
