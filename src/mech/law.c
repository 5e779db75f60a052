/* SPDX-License-Identifier: GPL-3.0-or-later */
/* law.c - the container of exact laws. */
#include "mech/law.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

enum wh_status wh_law_open(uint32_t count, struct wh_law *law) {
    enum wh_status status = WH_OK;
    *law = (struct wh_law){.count = count, .rest_log_p = -HUGE_VAL};
    WH_TRY(WH_ALLOC(law->ids, count));
    WH_TRY(WH_ALLOC(law->distances, count));
    WH_TRY(WH_ALLOC(law->log_p, count));
out:
    if (status != WH_OK)
        wh_law_close(law);
    return status;
}

void wh_law_close(struct wh_law *law) {
    free(law->ids);
    free(law->distances);
    free(law->log_p);
    *law = (struct wh_law){0};
}

enum wh_status wh_law_ranked(const struct wh_near *near, uint32_t word, struct wh_law *law) {
    uint32_t words = wh_embed_words(wh_near_embed(near));
    enum wh_status status = wh_law_open(words, law);
    if (status != WH_OK)
        return status;
    uint32_t *ranks = wh_alloc(words, sizeof *ranks);
    if (!ranks)
        return WH_NOMEM;
    status = wh_near_ranks(near, word, ranks);
    for (uint32_t id = 0; id < words && status == WH_OK; id++) {
        law->ids[ranks[id]] = id;
        law->distances[ranks[id]] = wh_near_distance(near, word, id);
    }
    free(ranks);
    return status;
}

double wh_log_sum(const double *log_p, size_t count) {
    double highest = -HUGE_VAL, sum = 0;
    for (size_t i = 0; i < count; i++)
        highest = fmax(highest, log_p[i]);
    if (highest == -HUGE_VAL)
        return highest;
    for (size_t i = count; i-- > 0;) /* far words first: small terms first */
        sum += exp(log_p[i] - highest);
    return highest + log(sum);
}

double wh_law_total(const struct wh_law *law) {
    double sum = law->rest_count ? law->rest_count * exp(law->rest_log_p) : 0;
    for (uint32_t i = law->count; i-- > 0;)
        sum += exp(law->log_p[i]);
    return sum;
}

double wh_law_p(const struct wh_law *law, uint32_t id) {
    for (uint32_t i = 0; i < law->count; i++)
        if (law->ids[i] == id)
            return exp(law->log_p[i]);
    return exp(law->rest_log_p);
}
