/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_parts.h - the pieces that views are made of. Each draws inside the rectangle it is given and
 * chooses by its size how much it says: five rows or more get a frame.
 */
#ifndef UI_VIEW_PARTS_H
#define UI_VIEW_PARTS_H

#include "ui/figures.h"
#include "ui/grid.h"
#include "ui/model.h"
#include "ui/pen.h"

void ui_draw_map(struct ui_grid *grid, const struct ui_rect *rect, const struct ui_model *model);
void ui_draw_panel(struct ui_grid *grid, const struct ui_rect *rect, const struct ui_model *model,
                   unsigned slot);
/* One draw of the slot explained (model->trace). */
void ui_draw_step(struct ui_grid *grid, const struct ui_rect *rect, const struct ui_model *model,
                  unsigned slot);
void ui_draw_density(struct ui_grid *grid, const struct ui_rect *rect,
                     const struct ui_model *model);
void ui_draw_bands(struct ui_grid *grid, const struct ui_rect *rect, const struct ui_model *model);

/* The frame of a slot's panel: sign, name and epsilon above, label and draws below. Returns the
 * inside with one blank column on both sides. */
struct ui_rect ui_slot_frame(struct ui_grid *grid, const struct ui_rect *rect,
                             const struct ui_model *model, unsigned slot);
/* What the slot's guarantee may be called, as opened or else as described; and how it looks. */
enum wh_label ui_slot_label(const struct ui_model *model, unsigned slot);
enum ui_style ui_label_style(enum wh_label label);
/* A frame with a title; the inside with one blank column on both sides. */
struct ui_rect ui_frame(struct ui_grid *grid, const struct ui_rect *rect, const char *title,
                        bool focused);
/* With the first of the titles (the last is NULL) that fits. */
struct ui_rect ui_frame_of(struct ui_grid *grid, const struct ui_rect *rect,
                           const char *const *titles, bool focused);
/* Whether there is room for one panel's text only: that of the panel with the focus. */
bool ui_one_panel(const struct ui_rect *rect);
/* Sign, mechanism and epsilon, as much as a frame of so many columns has room for. */
void ui_slot_title(char *out, size_t size, const struct ui_model *model, unsigned slot,
                   int columns);
/* The name that people type, behind the one that panels show where the two differ: " (tgm)". */
const char *ui_typed_name(char out[UI_NUMBER], const struct wh_mech *mech);
/* What ui_frame returns, without drawing. */
struct ui_rect ui_frame_inside(const struct ui_rect *rect);
/* What stands where an answer will be: why there is none, or what is being computed, how far it is
 * and how to stop it. */
void ui_say_waiting(struct ui_pen *pen, const struct ui_model *model, const char *doing);
/* How far the facts of the vocabulary are, for what waits for them. */
void ui_say_facts(struct ui_pen *pen, const struct ui_model *model, enum ui_style bar);
/* The last row of a frame, where text may stand in the border: between its corners. */
struct ui_rect ui_frame_foot(const struct ui_rect *rect);

#endif
