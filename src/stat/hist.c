/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hist.c - counts of outputs, and the rank bands they fall into. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stat/stat.h"

enum wh_status wh_hist_open(uint32_t words, struct wh_hist *hist) {
    enum wh_status status = WH_OK;
    *hist = (struct wh_hist){.words = words};
    WH_TRY(WH_ALLOC(hist->counts, words));
    WH_TRY(WH_ALLOC(hist->seen, words));
out:
    if (status != WH_OK)
        wh_hist_close(hist);
    return status;
}

void wh_hist_close(struct wh_hist *hist) {
    free(hist->counts);
    free(hist->seen);
    *hist = (struct wh_hist){0};
}

static void add_one(struct wh_hist *hist, uint32_t id, uint64_t count) {
    if (hist->counts[id] == 0)
        hist->seen[hist->seen_count++] = id;
    hist->counts[id] += count;
}

void wh_hist_add(struct wh_hist *hist, const uint32_t *outputs, size_t count) {
    for (size_t i = 0; i < count; i++)
        add_one(hist, outputs[i], 1);
    hist->trials += count;
}

void wh_hist_merge(struct wh_hist *into, const struct wh_hist *from) {
    for (uint32_t i = 0; i < from->seen_count; i++)
        add_one(into, from->seen[i], from->counts[from->seen[i]]);
    into->trials += from->trials;
}

void wh_hist_clear(struct wh_hist *hist) {
    for (uint32_t i = 0; i < hist->seen_count; i++)
        hist->counts[hist->seen[i]] = 0;
    hist->seen_count = 0;
    hist->trials = 0;
}

static int by_count(const void *a, const void *b, void *context) {
    const uint64_t *counts = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (counts[x] != counts[y])
        return counts[x] > counts[y] ? -1 : 1;
    return (x > y) - (x < y);
}

void wh_hist_sorted(const struct wh_hist *hist, uint32_t *out) {
    memcpy(out, hist->seen, hist->seen_count * sizeof *out);
    qsort_r(out, hist->seen_count, sizeof *out, by_count, hist->counts);
}

enum wh_band wh_band_of(uint32_t rank) {
    if (rank == 0)
        return WH_BAND_SELF;
    return rank <= 10 ? WH_BAND_NEAR10 : rank <= 100 ? WH_BAND_NEAR100 : WH_BAND_FAR;
}

const char *wh_band_name(enum wh_band band) {
    static const char *const names[WH_BAND_COUNT] = {"self", "near10", "near100", "far"};
    return names[band];
}
