/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spec.c - "tgm:noise-scale=30:..." read against the table of mechanisms and parameters. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "mech/mech.h"

#define TEXT_MAX 512

const struct wh_mech *wh_mech_find(const char *name) {
    for (const struct wh_mech *const *mech = wh_mech_all(); *mech; mech++)
        if (strcmp((*mech)->name, name) == 0)
            return *mech;
    return NULL;
}

int wh_mech_param(const struct wh_mech *mech, const char *name) {
    if (strcmp(name, "eps") == 0)
        name = "epsilon";
    for (int i = 0; i < WH_PARAM_MAX && mech->params[i].name; i++)
        if (strcmp(mech->params[i].name, name) == 0)
            return i;
    return -1;
}

static enum wh_status unknown_mech(const char *name) {
    const char *best = NULL;
    int distance = 4;
    struct wh_buf all = {0};
    for (const struct wh_mech *const *mech = wh_mech_all(); *mech; mech++) {
        int d = wh_str_distance(name, (*mech)->name, 3);
        if (d < distance) {
            distance = d;
            best = (*mech)->name;
        }
        wh_buf_addf(&all, "%s%s", all.length ? ", " : "", (*mech)->name);
    }
    enum wh_status status =
        best ? wh_fail(WH_USAGE, "unknown mechanism '%s'; did you mean '%s'?", name, best)
             : wh_fail(WH_USAGE, "unknown mechanism '%s'; there are %s", name,
                       all.failed ? "" : all.data);
    wh_buf_free(&all);
    return status;
}

static enum wh_status unknown_param(const struct wh_mech *mech, const char *name) {
    struct wh_buf all = {0};
    for (int i = 0; i < WH_PARAM_MAX && mech->params[i].name; i++)
        wh_buf_addf(&all, "%s%s", i ? ", " : "", mech->params[i].name);
    enum wh_status status = wh_fail(WH_USAGE, "%s has no parameter '%s'; it has %s", mech->name,
                                    name, all.failed ? "" : all.data);
    wh_buf_free(&all);
    return status;
}

enum wh_status wh_mech_check(const struct wh_mech *mech, int index, double value) {
    const struct wh_param *param = &mech->params[index];
    if (!(value >= param->min && value <= param->max))
        return wh_fail(WH_USAGE, "%s: %s must be between %g and %g, found %g", mech->name,
                       param->name, param->min, param->max, value);
    if (param->integer && value != floor(value))
        return wh_fail(WH_USAGE, "%s: %s must be a whole number, found %g", mech->name, param->name,
                       value);
    return WH_OK;
}

static enum wh_status set_param(struct wh_mech_spec *spec, char *assignment) {
    char *equals = strchr(assignment, '=');
    double value;
    if (equals)
        *equals = '\0';
    int index = wh_mech_param(spec->mech, assignment);
    if (index < 0)
        return unknown_param(spec->mech, assignment);
    if (!equals || !wh_str_double(equals + 1, &value))
        return wh_fail(WH_USAGE, "%s: %s needs a number, found '%s'", spec->mech->name, assignment,
                       equals ? equals + 1 : "");
    enum wh_status status = wh_mech_check(spec->mech, index, value);
    if (status == WH_OK)
        spec->values[index] = value;
    return status;
}

enum wh_status wh_mech_parse(const char *text, double epsilon, struct wh_mech_spec *spec) {
    enum wh_status status = WH_OK;
    char copy[TEXT_MAX], *rest = copy;
    if (snprintf(copy, sizeof copy, "%s", text) >= (int)sizeof copy)
        return wh_fail(WH_USAGE, "mechanism text longer than %d bytes", TEXT_MAX - 1);
    const char *name = strsep(&rest, ":");
    spec->mech = wh_mech_find(name);
    if (!spec->mech)
        return unknown_mech(name);
    for (int i = 0; i < WH_PARAM_MAX; i++)
        spec->values[i] = spec->mech->params[i].name ? spec->mech->params[i].fallback : (double)NAN;
    int index = wh_mech_param(spec->mech, "epsilon");
    if (!isnan(epsilon) && index >= 0) {
        WH_TRY(wh_mech_check(spec->mech, index, epsilon));
        spec->values[index] = epsilon;
    }
    while (rest)
        WH_TRY(set_param(spec, strsep(&rest, ":")));
out:
    return status;
}
