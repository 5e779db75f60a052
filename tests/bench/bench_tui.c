/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_tui.c - how soon the explorer answers, measured from outside on a pseudo-terminal: from
 * exec to the first whole frame and to the word's place; from a key to its frame while sampling
 * runs; and the memory it then holds. WORDHAZE is the program.
 * Usage: bench_tui [EMBEDDING...] (besides the built-in one): what was read before of each; for
 * those only the start, and the memory of the process that is not mapped from a file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/pty.h"

#define STARTS 20
#define KEYS   300

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Milliseconds: median, 99th percentile, largest. */
static void report(const char *what, double *seconds, int count, const char *goal) {
    qsort(seconds, (size_t)count, sizeof *seconds, by_value);
    printf("%-44s p50 %6.1f ms   p99 %6.1f ms   max %6.1f ms   (%s)\n", what,
           1e3 * seconds[count / 2], 1e3 * seconds[(count * 99) / 100], 1e3 * seconds[count - 1],
           goal);
}

static struct pty *start(const char *option, const char *value) {
    const char *const argv[] = {getenv("WORDHAZE"), "--no-history", option, value, NULL};
    const char *const env[] = {"TERM=xterm-256color", "LANG=C.UTF-8", "HOME=/nonexistent", NULL};
    return pty_open(&(struct pty_options){argv, env, 40, 120});
}

static void need(bool there, const char *what) {
    if (there)
        return;
    fprintf(stderr, "bench_tui: never seen: %s\n", what);
    exit(1);
}

static void measure_starts(void) {
    double frame[STARTS], place[STARTS], counts[STARTS];
    for (int i = 0; i < STARTS; i++) {
        double begin = pty_now();
        struct pty *pty = start(NULL, NULL);
        need(pty_wait(pty, "type a word"), "the first frame"); /* its last row */
        frame[i] = pty_now() - begin;
        need(pty_wait(pty, "[queen]"), "the place");
        place[i] = pty_now() - begin;
        need(pty_wait(pty, "±"), "the first counts");
        counts[i] = pty_now() - begin;
        pty_close(pty);
    }
    report("exec to the first whole frame", frame, STARTS, "goal: 100 ms");
    report("exec to the word's place on the map", place, STARTS, "goal: 100 ms");
    report("exec to the first counts with intervals", counts, STARTS, "no goal");
}

static double answer(struct pty *pty, const char *key, const char *text, bool wanted) {
    while (pty_pump(pty, 0))
        continue;
    double begin = pty_now();
    pty_send(pty, key);
    need(wanted ? pty_wait(pty, text) : pty_wait_gone(pty, text), text);
    return pty_now() - begin;
}

static void measure_keys(void) {
    double view[KEYS], epsilon[KEYS], busy[KEYS];
    struct pty *pty = start("--mech", "laplace:epsilon=10,tgm");
    need(pty_wait(pty, "±"), "the first counts");
    for (int i = 0; i < KEYS; i++)
        view[i] = answer(pty, i % 2 ? "1" : "2", "[queen]", i % 2);
    for (int i = 0; i < KEYS; i++)
        epsilon[i] =
            answer(pty, i % 2 ? "-" : "+", i % 2 ? "Laplace: ε 10" : "Laplace: ε 20", true);
    pty_send(pty, "4"); /* curves: both cores are at work, epsilon is no part of the question */
    need(pty_wait(pty, "Wanted"), "the curves");
    for (int i = 0; i < KEYS; i++)
        busy[i] = answer(pty, i % 2 ? "-" : "+", i % 2 ? "Laplace: ε 10" : "Laplace: ε 20", true);
    report("key to frame, another view, sampling", view, KEYS, "goal: 16 ms");
    report("key to frame, another epsilon, sampling", epsilon, KEYS, "goal: 16 ms");
    report("key to frame, curves and sampling", busy, KEYS, "goal: 16 ms");
    pty_close(pty);
}

static void print_memory(const struct pty *pty, const char *when) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pty_pid(pty));
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "VmRSS", 5) == 0 || strncmp(line, "RssAnon", 7) == 0)
            printf("%s: %.*s\n", when, (int)strcspn(line, "\n"), line);
    if (file)
        fclose(file);
}

static void measure_memory(void) {
    struct pty *pty = start(NULL, NULL);
    need(pty_wait(pty, "±"), "the first counts");
    for (double end = pty_now() + 3; pty_now() < end;)
        pty_pump(pty, 0.1);
    print_memory(pty, "after 3 s of sampling (goal: VmRSS below 64 MB)");
    pty_close(pty);
}

/* The first start may read and keep; those after it are measured. */
static void measure_cached(const char *path) {
    double frame[STARTS];
    printf("\n%s, read before\n", path);
    for (int i = -1; i < STARTS; i++) {
        double begin = pty_now();
        struct pty *pty = start("-e", path);
        need(pty_wait(pty, "type a word"), "the first frame");
        if (i >= 0)
            frame[i] = pty_now() - begin;
        if (i == STARTS - 1)
            print_memory(pty, "at the first frame (goal: RssAnon below 20 MB)");
        pty_close(pty);
    }
    report("exec to the first whole frame", frame, STARTS, "goal: 100 ms");
}

int main(int count, char **arguments) {
    if (!getenv("WORDHAZE")) {
        fprintf(stderr, "bench_tui: WORDHAZE is not set\n");
        return 64;
    }
    measure_starts();
    measure_keys();
    measure_memory();
    for (int i = 1; i < count; i++)
        measure_cached(arguments[i]);
    return 0;
}
