/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_load.c - reading a GloVe text against gensim, pandas and numpy. Theirs is the time within a
 * process whose libraries are loaded; ours is a whole process that reads the file, indexes its
 * words and answers with one neighbour. Then what they have no equal of, by itself: facts of all
 * pairs while importing; and opening what was read before. Peaks of memory are those of the
 * processes. WORDHAZE is the program. Usage: bench_load [EMBEDDING...] (besides the built-in one)
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cpu.h"
#include "embed/embed.h"
#include "run/peak.h"

#define ROUNDS 3

static char folder[128], text[160], store[160];

static void must_work(bool works, const char *what) {
    if (works)
        return;
    fprintf(stderr, "bench_load: %s\n", what);
    exit(1);
}

struct took {
    double seconds, memory; /* MB */
    double inside;          /* the first number it printed; NAN: none */
};

/* Runs it, quietly; false if it fails. */
static bool run(const char *const *arguments, struct took *took) {
    int out[2], status;
    char line[64] = "";
    struct rusage usage;
    must_work(pipe(out) == 0, "no pipe");
    double begin = wh_peak_seconds();
    pid_t pid = fork();
    must_work(pid >= 0, "no process");
    if (pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        close(out[0]);
        close(out[1]);
        must_work(freopen("/dev/null", "w", stderr) != NULL, "no /dev/null");
        setenv("XDG_CACHE_HOME", folder, 1);
        execvp(arguments[0], (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    close(out[1]);
    FILE *file = fdopen(out[0], "r");
    must_work(file != NULL, "no stream");
    took->inside = fgets(line, sizeof line, file) ? strtod(line, NULL) : (double)NAN;
    while (fgets(line, sizeof line, file))
        continue;
    fclose(file);
    must_work(wait4(pid, &status, 0, &usage) == pid, "lost");
    took->seconds = wh_peak_seconds() - begin;
    took->memory = (double)usage.ru_maxrss / 1024;
    return status == 0;
}

/* The fastest round. */
static bool best(const char *const *arguments, int rounds, struct took *fastest) {
    *fastest = (struct took){HUGE_VAL, 0, HUGE_VAL};
    for (int i = 0; i < rounds; i++) {
        struct took took;
        if (!run(arguments, &took))
            return false;
        double memory = fmax(took.memory, fastest->memory);
        if (took.seconds < fastest->seconds)
            *fastest = took;
        fastest->memory = memory;
    }
    return true;
}

static void show(const char *what, double seconds, double memory) {
    printf("%-44s %9.3f s %9.0f MB at most\n", what, seconds, memory);
    fflush(stdout);
}

/* ---- the rivals ---- */

static double fastest_rival(void) {
    static const char *const names[] = {"gensim", "pandas", "numpy"};
    double fastest = HUGE_VAL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct took took;
        const char *const arguments[] = {"/usr/bin/python3", "tests/bench/load_rivals.py", names[i],
                                         text, NULL};
        if (!best(arguments, ROUNDS, &took)) {
            printf("%-44s %11s\n", names[i], "-");
            continue;
        }
        show(names[i], took.inside, took.memory);
        fastest = fmin(fastest, took.inside);
    }
    return fastest;
}

/* ---- ours ---- */

static double ours(const char *what, const char *threads, bool cached) {
    struct took took;
    const char *const arguments[] = {
        getenv("WORDHAZE"),           "near", "the", "-k", "1", "-q", "-e", text, "-j", threads,
        cached ? NULL : "--no-cache", NULL};
    must_work(best(arguments, ROUNDS, &took), "wordhaze near failed");
    show(what, took.seconds, took.memory);
    return took.seconds;
}

static void import(double vectors) {
    struct took took;
    const char *const arguments[] = {getenv("WORDHAZE"), "import", text, store, "-q",
                                     "--no-cache",       NULL};
    must_work(best(arguments, 1, &took), "wordhaze import failed");
    show("wordhaze import, facts of all pairs included", took.seconds, took.memory);
    printf("%-44s %9.0f MB (goal 256); the vectors are %.0f MB, all is %.2f times that\n",
           "  its memory beyond the vectors", took.memory - vectors, vectors,
           took.memory / vectors);
}

static void bench(const char *path) {
    const struct wh_embed_options options = {.path = path};
    struct wh_embed *embed;
    struct took took;
    const char *const export[] = {getenv("WORDHAZE"), "export", path, text, "--to", "glove", NULL};
    must_work(wh_embed_open(&options, &embed) == WH_OK, wh_error());
    double vectors = 4e0 * wh_embed_words(embed) * wh_embed_dim(embed) / (1 << 20);
    printf("\n%s: %u x %u, opening a text\n", wh_embed_name(embed), wh_embed_words(embed),
           wh_embed_dim(embed));
    wh_embed_close(embed);
    must_work(run(export, &took), "wordhaze export failed");
    double theirs = fastest_rival();
    char threads[16];
    snprintf(threads, sizeof threads, "%d", wh_cpu_count());
    double one = ours("wordhaze, one thread", "1", false);
    double all = ours("wordhaze, all processors", threads, false);
    ours("wordhaze, read before", threads, true);
    import(vectors);
    if (isfinite(theirs)) {
        printf("%-44s %10.3f s %10.3f s %8.1f x\n", "opening a text, one thread", one, theirs,
               theirs / one);
        printf("%-44s %10.3f s %10.3f s %8.1f x\n", "opening a text, all processors", all, theirs,
               theirs / all);
    }
    unlink(text);
    unlink(store);
}

int main(int count, char **arguments) {
    const char *temporary = getenv("TMPDIR");
    must_work(getenv("WORDHAZE") != NULL, "WORDHAZE is not set");
    snprintf(folder, sizeof folder, "%.80s/bench-load-XXXXXX",
             temporary && *temporary ? temporary : "/tmp");
    must_work(mkdtemp(folder) != NULL, "no folder");
    snprintf(text, sizeof text, "%s/vectors.txt", folder);
    snprintf(store, sizeof store, "%s/vectors.haze", folder);
    bench("assets/glove-20k.haze");
    for (int i = 1; i < count; i++)
        bench(arguments[i]);
    char command[192];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) == 0 ? 0 : 1;
}
