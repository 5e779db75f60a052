/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tune.c - searching epsilon. First a grid over the whole range, because not every quantity of
 * every mechanism is monotone in epsilon; then bisection on ln epsilon inside the grid cell that
 * holds the answer.
 */
#include "run/tune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "run/run_private.h"

#define GRID 13 /* epsilons looked at first */

/* ---- targets ---- */

enum wh_status wh_target_parse(const char *text, struct wh_target *target) {
    char copy[64];
    const char *sign = strpbrk(text, "<>");
    if (!sign || sign[1] != '=' || snprintf(copy, sizeof copy, "%s", sign + 2) >= 64)
        return wh_fail(WH_USAGE, "--target: expected QUANTITY<=X or >=X, then @P%%, found '%.40s'",
                       text);
    target->at_least = *sign == '>';
    target->share = 1;
    char *at = strchr(copy, '@');
    if (at) {
        size_t length = strlen(at + 1);
        *at++ = '\0';
        if (length && at[length - 1] == '%')
            at[length - 1] = '\0';
        if (!wh_str_double(at, &target->share) || target->share <= 0 || target->share > 100)
            return wh_fail(WH_USAGE, "--target: expected a share of words as @95%%, found '%.40s'",
                           text);
        target->share /= 100;
    }
    if (!wh_str_double(copy, &target->bound))
        return wh_fail(WH_USAGE, "--target: expected a number after %c=, found '%.40s'", *sign,
                       text);
    return wh_quantity_parse(text, (size_t)(sign - text), &target->quantity);
}

static bool meets(const struct wh_target *target, double value) {
    return target->at_least ? value >= target->bound : value <= target->bound;
}

bool wh_target_met(const struct wh_target *target, const struct wh_target_check *check) {
    return check->met >= target->share - 1e-12;
}

/* ---- one epsilon ---- */

struct search {
    const struct wh_session *session;
    const struct wh_tune_request *request;
    struct wh_token *token;
    struct wh_source source;
    bool bayes; /* some quantity asked for is WH_BAYES */
    struct wh_measure *measures;
};

static enum wh_status measure_at(struct search *search, double epsilon) {
    struct wh_measure_request request = {.words = search->request->words,
                                         .count = search->request->count,
                                         .spec = search->request->spec,
                                         .trials = search->request->trials,
                                         .source = &search->source,
                                         .bayes = search->bayes};
    int index = wh_mech_param(request.spec.mech, "epsilon");
    request.spec.values[index] = epsilon;
    return wh_measure_words(search->session, &request, search->token, search->measures);
}

struct ranked {
    double value;
    size_t index;
};

static int from_good_to_bad(const void *a, const void *b, void *at_least) {
    const struct ranked *x = a, *y = b;
    int order = (x->value > y->value) - (x->value < y->value);
    if (*(bool *)at_least)
        order = -order;
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* The binding word is the last of those that must meet the target, from the best to the worst. */
static enum wh_status check_target(const struct search *search, const struct wh_target *target,
                                   struct wh_target_check *check) {
    size_t met = 0, count = search->request->count;
    bool at_least = target->at_least;
    struct ranked *order = wh_alloc(count, sizeof *order);
    if (!order)
        return WH_NOMEM;
    for (size_t i = 0; i < count; i++) {
        order[i] = (struct ranked){search->measures[i].values[target->quantity].value, i};
        met += meets(target, order[i].value);
    }
    qsort_r(order, count, sizeof *order, from_good_to_bad, &at_least);
    size_t last = (size_t)ceil(target->share * (double)count - 1e-9) - 1;
    size_t binding = order[last].index;
    *check = (struct wh_target_check){(double)met / (double)count, search->request->words[binding],
                                      search->measures[binding].values[target->quantity]};
    free(order);
    return WH_OK;
}

/* Of the target that is met worst at an epsilon. */
struct nearness {
    bool met;
    double share; /* of the words that should meet it */
    double miss;  /* from the binding word's value to the bound */
};

static bool comes_nearer(const struct nearness *a, const struct nearness *b) {
    return a->share > b->share || (a->share == b->share && a->miss < b->miss);
}

static enum wh_status look_at(struct search *search, double epsilon,
                              const struct wh_target *targets, size_t count,
                              struct nearness *worst) {
    enum wh_status status = measure_at(search, epsilon);
    *worst = (struct nearness){true, HUGE_VAL, 0};
    for (size_t t = 0; t < count && status == WH_OK; t++) {
        struct wh_target_check check;
        status = check_target(search, &targets[t], &check);
        if (status != WH_OK || wh_target_met(&targets[t], &check))
            continue;
        const struct nearness here = {false, check.met / targets[t].share,
                                      fabs(check.value.value - targets[t].bound)};
        if (worst->met || comes_nearer(worst, &here))
            *worst = here;
    }
    return status;
}

/* ---- range ---- */

enum wh_status wh_epsilon_range(const struct wh_session *session, const struct wh_mech_spec *spec,
                                double *low, double *high) {
    const struct wh_embed *embed = wh_session_embed(session);
    const struct wh_derived *derived = wh_embed_derived(embed);
    double dim = wh_embed_dim(embed);
    if (!derived->nn_distance || !(derived->median_nn > 0))
        return wh_fail(WH_UNAVAILABLE, "the distances of the vocabulary are not known");
    if (spec->mech->vector_noise) { /* mean noise from the widest to a hundredth of a median step */
        *low = dim / (10 * derived->delta_max);
        *high = 100 * dim / derived->median_nn;
    } else { /* decay lengths likewise */
        *low = 0.1 / derived->delta_max;
        *high = 1000 / derived->median_nn;
    }
    if (spec->mech->needs_pairs && isnan(spec->mech->params[0].fallback)) { /* truncated Gumbel */
        *low = 1.001 * (5 + 2 * log(wh_embed_words(embed))) / derived->delta_min;
        *high = 1e4 * *low;
    }
    return WH_OK;
}

static enum wh_status open_search(const struct wh_session *session,
                                  const struct wh_tune_request *request, struct wh_token *token,
                                  struct search *search, double range[2]) {
    enum wh_status status = WH_OK;
    *search = (struct search){session, request, token, *wh_session_source(session), false, NULL};
    if (wh_mech_param(request->spec.mech, "epsilon") < 0 || request->count == 0)
        return wh_fail(WH_USAGE, "%s has no epsilon to search", request->spec.mech->name);
    WH_TRY(wh_epsilon_range(session, &request->spec, &range[0], &range[1]));
    range[0] = isnan(request->low) ? range[0] : request->low;
    range[1] = isnan(request->high) ? range[1] : request->high;
    if (!(range[0] > 0 && range[0] < range[1]))
        return wh_fail(WH_USAGE, "the range of epsilon must ascend from above 0: %g to %g",
                       range[0], range[1]);
    status = WH_ALLOC(search->measures, request->count);
out:
    return status;
}

/* Of a grid cell: where laws are exact epsilon is found to about 2e-5 of itself, and where draws
 * blur them to 0.4 %. */
static int halvings(const struct search *search) {
    return search->request->spec.mech->law ? 16 : 8;
}

/* Makes the search measure the quantity too, if the mechanism lets it be known. */
static enum wh_status ask_for(struct search *search, enum wh_quantity quantity) {
    const struct wh_mech *mech = search->request->spec.mech;
    if (quantity == WH_SUPPORT && !mech->law)
        return wh_fail(WH_USAGE, "%s has no law, and draws do not show its effective support",
                       mech->name);
    search->bayes |= quantity == WH_BAYES;
    return WH_OK;
}

static double grid_point(const double range[2], int i) {
    return range[0] * pow(range[1] / range[0], (double)i / (GRID - 1));
}

/* Draws apart from those of the search: another seed if seeded, new entropy if not. */
static void refresh(struct search *search) {
    if (search->source.seeded)
        wh_source_seed(&search->source, search->source.seed ^ 0x9E3779B97F4A7C15u);
    else
        wh_source_system(&search->source);
}

/* ---- tune ---- */

static enum wh_status explain(struct search *search, const struct wh_target *targets, size_t count,
                              double epsilon, struct wh_tune_result *result) {
    enum wh_status status = measure_at(search, epsilon);
    for (size_t t = 0; t < count && status == WH_OK; t++) {
        struct wh_target_check check;
        status = check_target(search, &targets[t], &check);
        if (status == WH_OK && !wh_target_met(&targets[t], &check)) {
            snprintf(
                result->reason, sizeof result->reason,
                "no epsilon between the ends of the range meets %s%s%g for %g %% of the words; "
                "closest comes epsilon = %.4g, where it holds for %.4g %%",
                wh_quantity_name(targets[t].quantity),
                targets[t].at_least ? ">=" : "<=", targets[t].bound, 100 * targets[t].share,
                epsilon, 100 * check.met);
            result->closest = epsilon;
            result->lacking = check;
            return WH_OK;
        }
    }
    return status;
}

static enum wh_status find_largest(struct search *search, const double range[2],
                                   const struct wh_target *targets, size_t count,
                                   struct wh_tune_result *result) {
    enum wh_status status = WH_OK;
    int best = GRID;
    struct nearness here = {0}, nearest = {.share = -1};
    double closest = range[0];
    while (best > 0 && !here.met) {
        WH_TRY(look_at(search, grid_point(range, --best), targets, count, &here));
        if (comes_nearer(&here, &nearest)) {
            nearest = here;
            closest = grid_point(range, best);
        }
    }
    result->found = here.met;
    if (!result->found) {
        status = explain(search, targets, count, closest, result);
        goto out;
    }
    double good = grid_point(range, best), bad = grid_point(range, best + 1);
    for (int i = 0; best + 1 < GRID && i < halvings(search); i++) {
        double middle = sqrt(good * bad);
        WH_TRY(look_at(search, middle, targets, count, &here));
        if (here.met)
            good = middle;
        else
            bad = middle;
    }
    result->epsilon = good;
out:
    return status;
}

enum wh_status wh_run_tune(const struct wh_session *session, const struct wh_tune_request *request,
                           const struct wh_target *targets, size_t target_count,
                           struct wh_token *token, struct wh_tune_result *result) {
    enum wh_status status = WH_OK;
    struct search search;
    double range[2];
    *result = (struct wh_tune_result){.trials = request->trials};
    WH_TRY(open_search(session, request, token, &search, range));
    for (size_t t = 0; t < target_count; t++)
        WH_TRY(ask_for(&search, targets[t].quantity));
    WH_TRY(find_largest(&search, range, targets, target_count, result));
    if (!result->found)
        goto out;
    refresh(&search);
    WH_TRY(measure_at(&search, result->epsilon));
    result->exact = search.measures[0].exact;
    for (size_t t = 0; t < target_count; t++)
        WH_TRY(check_target(&search, &targets[t], &result->checks[t]));
out:
    free(search.measures);
    return status;
}

/* ---- match ---- */

static enum wh_status mean_at(struct search *search, double epsilon, enum wh_quantity quantity,
                              struct wh_interval *mean) {
    struct wh_summary summary;
    enum wh_status status = measure_at(search, epsilon);
    if (status == WH_OK)
        status = wh_measure_summary(search->measures, search->request->count, quantity, &summary);
    *mean = summary.mean;
    return status;
}

/* Between two epsilons whose means lie on both sides of the value. */
static enum wh_status bisect(struct search *search, double low, double high, bool rising,
                             enum wh_quantity quantity, double value, double *epsilon) {
    enum wh_status status = WH_OK;
    struct wh_interval mean;
    for (int i = 0; i < halvings(search); i++) {
        double middle = sqrt(low * high);
        WH_TRY(mean_at(search, middle, quantity, &mean));
        if ((mean.value < value) == rising)
            low = middle;
        else
            high = middle;
    }
    *epsilon = sqrt(low * high);
out:
    return status;
}

static enum wh_status find_value(struct search *search, const double range[2],
                                 enum wh_quantity quantity, double value,
                                 struct wh_match_result *result) {
    enum wh_status status = WH_OK;
    struct wh_interval mean = {0};
    double before = NAN;
    result->reachable[0] = HUGE_VAL;
    result->reachable[1] = -HUGE_VAL;
    for (int i = 0; i < GRID; i++) {
        WH_TRY(mean_at(search, grid_point(range, i), quantity, &mean));
        result->reachable[0] = fmin(result->reachable[0], mean.value);
        result->reachable[1] = fmax(result->reachable[1], mean.value);
        if (!result->found && i > 0 && (before - value) * (mean.value - value) <= 0) {
            result->found = true;
            WH_TRY(bisect(search, grid_point(range, i - 1), grid_point(range, i),
                          mean.value > before, quantity, value, &result->epsilon));
        }
        before = mean.value;
    }
out:
    return status;
}

enum wh_status wh_run_match(const struct wh_session *session, const struct wh_tune_request *request,
                            enum wh_quantity quantity, double value, struct wh_token *token,
                            struct wh_match_result *result) {
    enum wh_status status = WH_OK;
    struct search search;
    double range[2];
    *result = (struct wh_match_result){.epsilon = NAN};
    WH_TRY(open_search(session, request, token, &search, range));
    WH_TRY(ask_for(&search, quantity));
    WH_TRY(find_value(&search, range, quantity, value, result));
    if (!result->found)
        goto out;
    refresh(&search);
    WH_TRY(mean_at(&search, result->epsilon, quantity, &result->value));
    result->exact = search.measures[0].exact;
out:
    free(search.measures);
    return status;
}
