/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench.h - how fast this machine is with an embedding, figure by figure. */
#ifndef WH_BENCH_H
#define WH_BENCH_H

#include "run/run.h"

struct wh_bench_row {
    const char *name; /* for programs: "laplace-10" */
    const char *what; /* for people */
    const char *unit; /* "/s", "ms", "MB/s", "10^9/s", "GB/s" */
    double value;     /* NAN: could not be measured */
    int threads;
    const char *reason; /* why not; NULL: it was measured */
    double arithmetic;  /* share of the measured multiply-add peak of those threads; NAN: it says
                           nothing here */
    double memory;      /* share of the measured bandwidth; NAN: as above */
};

struct wh_bench_options {
    const struct wh_session_options *session; /* how it was opened: opening is measured too */
    double seconds;                           /* for each measurement, about */
    struct wh_token *token;
    enum wh_status (*row)(void *context, const struct wh_bench_row *row);
    void *context;
};

/* Calls row for each figure as soon as it is there. Facts of all pairs are not computed for it:
 * what needs them says so. */
enum wh_status wh_run_bench(const struct wh_session *session,
                            const struct wh_bench_options *options);

#endif
