/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run_place.c - what stands around a word: density, neighbours, a picture; the density strip. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/run_private.h"

enum wh_status wh_run_place(const struct wh_session *session, uint32_t word,
                            enum wh_map_method method, uint32_t k, struct wh_place *place) {
    enum wh_status status;
    const struct wh_near *near = wh_session_near(session);
    *place = (struct wh_place){.word = word, .dim = wh_embed_dim(wh_session_embed(session))};
    WH_TRY(wh_space_density(near, word, 0, 0, &place->density));
    WH_TRY(wh_run_near(session, word, k, &place->near));
    WH_TRY(wh_space_picture(near, word, k, method, &place->picture));
out:
    if (status != WH_OK)
        wh_place_close(place);
    return status;
}

void wh_place_close(struct wh_place *place) {
    wh_near_result_close(&place->near);
    wh_space_picture_close(&place->picture);
    *place = (struct wh_place){0};
}

/* A copy of an array, which may be NULL; one element more, so that empty is not NULL. */
static enum wh_status copy_array(void *to, const void *from, size_t count, size_t size) {
    void *made = NULL;
    if (from) {
        made = wh_alloc(count + 1, size);
        if (!made)
            return WH_NOMEM;
        memcpy(made, from, count * size);
    }
    memcpy(to, &made, sizeof made);
    return WH_OK;
}

enum wh_status wh_place_copy(struct wh_place *to, const struct wh_place *from) {
    enum wh_status status;
    const struct wh_map_picture *picture = &from->picture;
    *to = *from;
    to->near.items = NULL;
    to->picture.points = NULL;
    to->picture.axes = to->picture.center = NULL;
    WH_TRY(
        copy_array(&to->near.items, from->near.items, from->near.count, sizeof *from->near.items));
    WH_TRY(
        copy_array(&to->picture.points, picture->points, picture->count, sizeof *picture->points));
    WH_TRY(copy_array(&to->picture.axes, picture->axes, (size_t)3 * from->dim, sizeof(double)));
    WH_TRY(copy_array(&to->picture.center, picture->center, from->dim, sizeof(double)));
out:
    if (status != WH_OK)
        wh_place_close(to);
    return status;
}

struct range {
    double low, high;
};

/* Words with twins can have radius 0, which has no logarithm: the range starts at the first other.
 */
static struct range radius_range(const double *radius, uint32_t words) {
    struct range range = {HUGE_VAL, 0};
    for (uint32_t id = 0; id < words; id++) {
        if (radius[id] > 0)
            range.low = fmin(range.low, radius[id]);
        range.high = fmax(range.high, radius[id]);
    }
    if (range.low > range.high)
        range.low = range.high;
    return range;
}

static uint32_t bin_of(const struct wh_density_profile *profile, double radius) {
    double width = log(profile->high / profile->low);
    if (!(radius > profile->low) || !(width > 0))
        return 0;
    double bin = profile->bins * log(radius / profile->low) / width;
    return bin < profile->bins ? (uint32_t)bin : profile->bins - 1;
}

enum wh_status wh_run_density_profile(const struct wh_session *session, uint32_t bins,
                                      struct wh_density_profile *profile) {
    enum wh_status status;
    const struct wh_embed *embed = wh_session_embed(session);
    const double *radius = wh_embed_derived(embed)->radius;
    uint32_t words = wh_embed_words(embed);
    double largest = 0;
    *profile = (struct wh_density_profile){.bins = bins};
    if (!radius)
        return wh_fail(WH_UNAVAILABLE, "the densities of the vocabulary are not computed");
    WH_TRY(WH_ALLOC(profile->shares, (size_t)bins + 1));
    struct range range = radius_range(radius, words);
    profile->low = range.low;
    profile->high = range.high;
    for (uint32_t id = 0; id < words; id++)
        profile->shares[bin_of(profile, radius[id])]++;
    for (uint32_t bin = 0; bin < bins; bin++)
        largest = fmax(largest, profile->shares[bin]);
    for (uint32_t bin = 0; bin < bins; bin++)
        profile->shares[bin] /= largest;
out:
    return status;
}

void wh_density_profile_close(struct wh_density_profile *profile) {
    free(profile->shares);
    *profile = (struct wh_density_profile){0};
}
