/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run_default.c - an epsilon that shows the story at once: where about half of the draws leave the
 * word unchanged. Bisection over round numbers, a few of them a decade, from the epsilon whose mean
 * noise equals the distance of the nearest neighbour. Every epsilon is tried with the same trials
 * of a fixed source, so the share unchanged rises with epsilon and the answer is always the same.
 *
 * A mechanism whose epsilon has no default of its own (truncated Gumbel) picks it by its formula.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "run/run_private.h"
#include "vec/vec.h"

#define TRIALS     (4 * WH_VEC_PANEL) /* full panels: 192; the share is known to within 0.04 */
#define PROBE_SEED 1                  /* nothing private depends on it */
#define STEPS      10                 /* round numbers a decade */
#define SPAN       30                 /* grid points on either side of the start: three decades */

/* Rounded tenth powers of ten. */
static double grid_point(int index) {
    static const double mantissa[STEPS] = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8};
    int decade = (int)floor((double)index / STEPS);
    return mantissa[index - decade * STEPS] * pow(10, decade);
}

struct probe {
    const struct wh_session *session;
    uint32_t word;
    const struct wh_mech *mech;
    struct wh_source source;
    struct wh_scratch *scratch;
};

static enum wh_status count_unchanged(const struct probe *probe, const struct wh_site *site,
                                      double *share) {
    struct wh_lane lane;
    uint32_t outputs[TRIALS], unchanged = 0;
    wh_site_lane(site, &probe->source, &lane);
    const struct wh_draws draws = {&lane, 0, TRIALS, probe->scratch};
    enum wh_status status = wh_site_draw(site, &draws, outputs);
    for (int i = 0; status == WH_OK && i < TRIALS; i++)
        unchanged += outputs[i] == probe->word;
    *share = (double)unchanged / TRIALS;
    return status;
}

static enum wh_status share_unchanged(const struct probe *probe, double epsilon, double *share) {
    enum wh_status status;
    struct wh_mech_spec spec;
    struct wh_mechanism *mechanism = NULL;
    struct wh_site *site = NULL;
    WH_TRY(wh_mech_parse(probe->mech->name, epsilon, &spec));
    WH_TRY(wh_session_mechanism(probe->session, &spec, &mechanism));
    WH_TRY(wh_site_open(mechanism, probe->word, &site));
    WH_TRY(count_unchanged(probe, site, share));
out:
    wh_site_close(site);
    wh_mechanism_close(mechanism);
    return status;
}

/* Grid index of the epsilon with n / epsilon = r_1, or of n / epsilon = 1 for a word with a twin.
 */
static enum wh_status start_of(const struct probe *probe, int *start) {
    struct wh_neighbour nearest = {0};
    size_t found;
    double n = wh_embed_dim(wh_session_embed(probe->session));
    enum wh_status status =
        wh_near_word(wh_session_near(probe->session), probe->word, 1, &nearest, &found);
    double scale = found && nearest.distance > 0 ? nearest.distance : 1;
    *start = (int)lround(STEPS * log10(n / scale));
    return status;
}

/* The grid point whose share is closest to one half, of the two around it. */
static enum wh_status bisect(const struct probe *probe, const struct wh_param *param,
                             double *epsilon) {
    enum wh_status status;
    int start;
    double low_share = 0, high_share = 1;
    WH_TRY(start_of(probe, &start));
    int low = start - SPAN, high = start + SPAN;
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        double share, value = fmin(fmax(grid_point(middle), param->min), param->max);
        WH_TRY(share_unchanged(probe, value, &share));
        if (share < 0.5) {
            low = middle;
            low_share = share;
        } else {
            high = middle;
            high_share = share;
        }
    }
    double value = grid_point(0.5 - low_share < high_share - 0.5 ? low : high);
    *epsilon = fmin(fmax(value, param->min), param->max);
    if (low == start - SPAN || high == start + SPAN) /* no such place: the word has a twin */
        *epsilon = param->fallback;
out:
    return status;
}

/* What the mechanism chooses when epsilon is left open. */
static enum wh_status own_choice(const struct wh_session *session, const struct wh_mech *mech,
                                 double *epsilon) {
    enum wh_status status;
    struct wh_mech_spec spec;
    struct wh_mechanism *mechanism = NULL;
    WH_TRY(wh_mech_parse(mech->name, NAN, &spec));
    WH_TRY(wh_session_mechanism(session, &spec, &mechanism));
    *epsilon = wh_mechanism_epsilon(mechanism);
out:
    wh_mechanism_close(mechanism);
    return status;
}

enum wh_status wh_run_default_epsilon(const struct wh_session *session, uint32_t word,
                                      const struct wh_mech *mech, double *epsilon) {
    enum wh_status status;
    struct probe probe = {.session = session, .word = word, .mech = mech};
    int index = wh_mech_param(mech, "epsilon");
    *epsilon = NAN;
    if (index < 0 || isnan(mech->params[index].fallback))
        return own_choice(session, mech, epsilon);
    wh_source_seed(&probe.source, PROBE_SEED);
    WH_TRY(wh_scratch_open(&probe.scratch));
    WH_TRY(bisect(&probe, &mech->params[index], epsilon));
out:
    wh_scratch_close(probe.scratch);
    return status;
}
