/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_text.c - the text filter as a user runs it: words with Zipf's frequencies go into a pipe,
 * what comes out is read and compared, the program's memory is watched meanwhile. Speeds include
 * its start and the first meeting with every word; the feeding and the reading take their share of
 * the processors too.
 *
 * WORDHAZE is the program. WH_BENCH_BYTES: so much text for truncated Gumbel with a floor, instead
 * of five seconds of it; ten gigabytes take a few minutes.
 * Usage: bench_text [EMBEDDING...] (besides the built-in one)
 */
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/peak.h"
#include "run/prose.h"

#define TEXT    ((size_t)32 << 20)
#define PIECE   65536
#define SECONDS 5
#define SAMPLES 16 /* of memory */
/* With next to no noise and no floor to speak of no word changes. */
#define NO_NOISE "tgm-floor:noise-scale=1e-6:gamma=1e-12"

static char text[TEXT];

static void must_work(bool works, const char *what) {
    if (works)
        return;
    fprintf(stderr, "bench_text: %s\n", what);
    exit(1);
}

static void write_text(const char *path) {
    const struct wh_embed_options options = {.path = path};
    struct wh_embed *embed;
    must_work(wh_embed_open(&options, &embed) == WH_OK, wh_error());
    wh_prose_write(embed, text, sizeof text);
    wh_embed_close(embed);
}

/* ---- the program ---- */

struct filter {
    pid_t pid;
    int in, out;
    bool same; /* what goes in is to come out */
    size_t came;
    pthread_t reader;
};

static void *read_all(void *context) {
    struct filter *filter = context;
    static char piece[PIECE];
    ssize_t got;
    while ((got = read(filter->out, piece, sizeof piece)) > 0) {
        for (size_t i = 0; filter->same && i < (size_t)got; i++)
            must_work(piece[i] == text[(filter->came + i) % TEXT], "a byte has changed");
        filter->came += (size_t)got;
    }
    return NULL;
}

static void start(struct filter *filter, const char *path, const char *mech) {
    int in[2], out[2];
    must_work(pipe(in) == 0 && pipe(out) == 0, "no pipe");
    filter->pid = fork();
    must_work(filter->pid >= 0, "no process");
    if (filter->pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        for (int i = 0; i < 2; i++) {
            close(in[i]);
            close(out[i]);
        }
        const char *program = getenv("WORDHAZE");
        if (path)
            execl(program, program, "perturb", "-q", "--i-accept-leaks", "--oov", "keep", "--mech",
                  mech, "-e", path, (char *)NULL);
        execl(program, program, "perturb", "-q", "--i-accept-leaks", "--oov", "keep", "--mech",
              mech, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    filter->in = in[1];
    filter->out = out[0];
    must_work(pthread_create(&filter->reader, NULL, read_all, filter) == 0, "no thread");
}

static double resident(pid_t pid) {
    char path[64], line[256];
    double kilobytes = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "VmRSS: %lf", &kilobytes);
    if (file)
        fclose(file);
    return kilobytes / 1024;
}

static void stop(struct filter *filter) {
    int status;
    close(filter->in);
    pthread_join(filter->reader, NULL);
    close(filter->out);
    must_work(waitpid(filter->pid, &status, 0) == filter->pid && status == 0, "it failed");
}

/* ---- what is measured ---- */

struct memory {
    double early, most; /* MB: after a tenth of the text, and ever after */
};

static size_t feed(const struct filter *filter, size_t bytes, struct memory *memory) {
    double end = bytes ? HUGE_VAL : wh_peak_seconds() + SECONDS;
    size_t fed = 0, next = bytes ? bytes / SAMPLES : TEXT;
    while ((!bytes || fed < bytes) && wh_peak_seconds() < end) {
        size_t at = fed % TEXT, size = TEXT - at < PIECE ? TEXT - at : PIECE;
        ssize_t put = write(filter->in, text + at, size);
        must_work(put > 0, "it does not read");
        fed += (size_t)put;
        if (fed < next)
            continue;
        next += bytes ? bytes / SAMPLES : TEXT;
        double now = resident(filter->pid);
        if (memory->early == 0)
            memory->early = now;
        memory->most = fmax(memory->most, now);
    }
    return fed;
}

/* bytes 0: as much as goes in some seconds. */
static void measure(const char *path, const char *mech, size_t bytes) {
    struct filter filter = {.same = strcmp(mech, NO_NOISE) == 0};
    struct memory memory = {0, 0};
    double begin = wh_peak_seconds();
    start(&filter, path, mech);
    size_t fed = feed(&filter, bytes, &memory);
    stop(&filter);
    double took = wh_peak_seconds() - begin;
    must_work(!filter.same || filter.came == fed, "not as much came out as went in");
    printf("%-42s %9.2f MB/s %9.1f MB of text",
           filter.same ? "no noise: every byte compared" : mech, 1e-6 * (double)fed / took,
           1e-6 * (double)fed);
    if (memory.early > 0)
        printf("   memory %.1f MB early on, %.1f MB at most", memory.early, memory.most);
    printf("\n");
    fflush(stdout);
}

static void bench(const char *path) {
    const char *bytes = getenv("WH_BENCH_BYTES");
    write_text(path);
    printf("\ntext filter, %s, all processors\n", path ? path : "built-in embedding");
    fflush(stdout);
    measure(path, "tgm-floor", bytes ? strtoull(bytes, NULL, 10) : 0);
    measure(path, NO_NOISE, 0);
    measure(path, "tgm", 0);
    measure(path, "exponential:epsilon=10", 0);
    measure(path, "laplace:epsilon=10", 0);
    measure(path, "laplace:epsilon=50", 0);
}

int main(int count, char **arguments) {
    must_work(getenv("WORDHAZE") != NULL, "WORDHAZE is not set");
    signal(SIGPIPE, SIG_IGN);
    bench(NULL);
    for (int i = 1; i < count; i++)
        bench(arguments[i]);
    return 0;
}
