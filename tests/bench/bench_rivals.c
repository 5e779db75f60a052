/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_rivals.c - decoding against the programs people would use otherwise, in one run: numpy by
 * blocks and faiss's two exact indexes, on the same rows and noisy points, with threads of their
 * libraries or as several processes, whichever is better; OpenBLAS chooses its kernel itself,
 * whatever the environment says. Ours makes its noise as well; theirs is ready. All rounds
 * of the rivals, then all of ours; the best of each counts, so that a ratio means something on a
 * quiet machine only.
 * Usage: bench_rivals [EMBEDDING...] (default: the built-in one)
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cpu.h"
#include "base/pool.h"
#include "mech/mech.h"
#include "vec/vec.h"

#define ROUNDS 3
#define POINTS 1024 /* the rivals' largest batch */
#define SINGLE 32
#define TOP    50
#define SITES  12
#define DRAWS  8192 /* of every site where most are settled near it, else a part of it */
#define PART   3072
#define BATCH  512 /* draws of a call */

static const double epsilons[] = {5, 10, 15, 20, 30, 50};

struct set {
    struct wh_embed *embed;
    struct wh_near *near;
    char rows[64], points[64], few[64]; /* files for the rivals */
    uint64_t sum;                       /* of the nearest ids of the points, ours */
};

static void must_work(enum wh_status status) {
    if (status == WH_OK)
        return;
    fprintf(stderr, "bench_rivals: %s\n", wh_error());
    exit((int)status);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- ours ---- */

struct drawing {
    const struct wh_site *site;
    struct wh_scratch **scratches;
    const struct wh_lane *lane;
    uint32_t *out;
};

static enum wh_status draw_some(void *context, size_t begin, size_t end, int thread) {
    const struct drawing *drawing = context;
    const struct wh_draws draws = {drawing->lane, begin, end - begin, drawing->scratches[thread]};
    return wh_site_draw(drawing->site, &draws, drawing->out + begin);
}

/* Laplace draws a second on all processors, sites and their lists included, over words drawn evenly
 * from the first so many. */
static double draws_a_second(const struct set *set, double epsilon, uint32_t first_words,
                             struct wh_scratch **scratches) {
    static uint32_t out[DRAWS];
    struct wh_mech_spec spec;
    struct wh_mechanism *mechanism;
    struct wh_source source;
    wh_source_seed(&source, 1);
    must_work(wh_mech_parse("laplace", epsilon, &spec));
    must_work(wh_mechanism_open(&(struct wh_mech_env){set->near}, &spec, &mechanism));
    size_t draws = epsilon >= 40 ? DRAWS : PART;
    double start = seconds();
    for (uint32_t i = 0; i < SITES; i++) {
        struct wh_site *site;
        struct wh_lane lane;
        must_work(wh_site_open(mechanism, (uint32_t)((i + 0.5) * first_words / SITES), &site));
        wh_site_lane(site, &source, &lane);
        struct drawing drawing = {site, scratches, &lane, out};
        must_work(wh_pool_run(0, draws, BATCH, draw_some, &drawing));
        wh_site_close(site);
    }
    double took = seconds() - start;
    wh_mechanism_close(mechanism);
    return (double)(SITES * draws) / took;
}

static double singles_a_second(const struct set *set) {
    struct wh_neighbour found[TOP];
    size_t got;
    double start = seconds();
    for (uint32_t i = 0; i < SINGLE; i++)
        must_work(wh_near_word(set->near, i * 37 % wh_embed_words(set->embed), TOP, found, &got));
    return SINGLE / (seconds() - start);
}

/* ---- files for the rivals ---- */

static FILE *open_file(char *path, size_t size, const char *name) {
    const char *folder = getenv("TMPDIR");
    snprintf(path, size, "%.40s/%s-XXXXXX", folder && *folder ? folder : "/tmp", name);
    int handle = mkstemp(path);
    FILE *file = handle < 0 ? NULL : fdopen(handle, "wb");
    if (!file) {
        perror(path);
        exit(1);
    }
    return file;
}

static void write_floats(FILE *file, const float *row, uint32_t dim) {
    if (fwrite(row, sizeof *row, dim, file) != dim) {
        perror("bench_rivals");
        exit(1);
    }
}

static void write_rows(struct set *set) {
    FILE *file = open_file(set->rows, sizeof set->rows, "rows");
    for (uint32_t id = 0; id < wh_embed_words(set->embed); id++)
        write_floats(file, wh_embed_row(set->embed, id), wh_embed_dim(set->embed));
    fclose(file);
}

/* Noisy points at epsilon 10, and words for single queries. */
static void write_points(struct set *set) {
    uint32_t dim = wh_embed_dim(set->embed), words = wh_embed_words(set->embed);
    FILE *file = open_file(set->points, sizeof set->points, "points");
    FILE *few = open_file(set->few, sizeof set->few, "few");
    double *point = calloc(dim, sizeof *point);
    float *row = calloc(dim, sizeof *row);
    struct wh_mech_spec spec;
    struct wh_mechanism *mechanism;
    struct wh_scratch *scratch;
    struct wh_source source;
    wh_source_seed(&source, 2);
    must_work(wh_mech_parse("laplace", 10, &spec));
    must_work(wh_mechanism_open(&(struct wh_mech_env){set->near}, &spec, &mechanism));
    must_work(wh_scratch_open(&scratch));
    set->sum = 0;
    for (uint32_t i = 0; i < POINTS; i++) {
        struct wh_site *site;
        struct wh_lane lane;
        struct wh_trace trace;
        must_work(wh_site_open(mechanism, i % (words < 5000 ? words : 5000), &site));
        wh_site_lane(site, &source, &lane);
        const struct wh_draws draws = {&lane, i, 1, scratch};
        must_work(wh_site_trace(site, &draws, &trace, point));
        set->sum += trace.output;
        for (uint32_t j = 0; j < dim; j++)
            row[j] = (float)point[j];
        write_floats(file, row, dim);
        wh_site_close(site);
    }
    for (uint32_t i = 0; i < SINGLE; i++)
        write_floats(few, wh_embed_row(set->embed, i * 37 % words), dim);
    fclose(file);
    fclose(few);
    wh_scratch_close(scratch);
    wh_mechanism_close(mechanism);
    free(point);
    free(row);
}

/* ---- the rivals ---- */

struct rival {
    const char *name;
    double many, single; /* points a second, the best seen */
    const char *how;
} rivals[] = {{"numpy-1024", 0, 0, "blocks of 1024 rows"},
              {"numpy-2048", 0, 0, "of 2048"},
              {"numpy-8192", 0, 0, "of 8192"},
              {"faiss-L2", 0, 0, "IndexFlatL2"},
              {"faiss-IP", 0, 0, "IndexFlatIP"}};
#define RIVALS (sizeof rivals / sizeof *rivals)

/* What the rivals are asked: some points, by so many threads of their libraries or processes. */
struct question {
    const char *points;
    int count, threads, parts;
};

static void write_requests(const struct question *question, char *path, size_t size) {
    FILE *file = open_file(path, size, "requests");
    bool single = question->count == SINGLE;
    for (size_t r = 0; r < RIVALS; r++)
        for (int round = 0; round < ROUNDS; round++)
            fprintf(file, "%s %d %d\n", rivals[r].name, single ? 1 : question->count,
                    single ? TOP : 1);
    fclose(file);
}

static void note(const struct set *set, const struct question *question, struct rival *rival,
                 double took, unsigned long long sum) {
    double *best = question->count == SINGLE ? &rival->single : &rival->many;
    *best = fmax(*best, question->count / took);
    if (question->count != SINGLE && sum != set->sum)
        printf("note: %s found other words (sum of ids %llu, ours %llu)\n", rival->name, sum,
               (unsigned long long)set->sum);
}

/* Asks every rival; false if the process cannot run. */
static bool ask(const struct set *set, const struct question *question) {
    char command[512], requests[64], line[256];
    bool answered = false;
    write_requests(question, requests, sizeof requests);
    snprintf(command, sizeof command,
             "env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE OMP_NUM_THREADS=%d "
             "OPENBLAS_NUM_THREADS=%d $(PATH=/usr/bin:$PATH command -v python3) "
             "tests/bench/rivals.py %s %u %u %s %d %d <%s 2>&1",
             question->threads, question->threads, set->rows, wh_embed_words(set->embed),
             wh_embed_dim(set->embed), question->points, question->count, question->parts,
             requests);
    FILE *pipe = popen(command, "r");
    for (size_t answers = 0; pipe && fgets(line, sizeof line, pipe);) {
        double took;
        unsigned long long sum;
        if (strncmp(line, "ready", 5) == 0)
            answered = true;
        else if (strncmp(line, "none", 4) == 0)
            answers++;
        else if (sscanf(line, "%lf %llu", &took, &sum) == 2)
            note(set, question, &rivals[answers++ / ROUNDS], took, sum);
        else
            fprintf(stderr, "rivals: %s", line);
    }
    if (pipe)
        pclose(pipe);
    unlink(requests);
    return answered;
}

/* Points in batches by threads of BLAS and OpenMP, and by as many processes; single queries by the
 * former. */
static void ask_all(const struct set *set, int threads) {
    bool there = true;
    for (size_t r = 0; r < RIVALS; r++)
        rivals[r].many = rivals[r].single = 0;
    for (int t = 1; there && t <= threads; t += t == threads || 2 * t <= threads ? t : threads - t)
        there = ask(set, &(struct question){set->points, POINTS, t, 1}) &&
                ask(set, &(struct question){set->few, SINGLE, t, 1}) &&
                (t == 1 || ask(set, &(struct question){set->points, POINTS, 1, t}));
}

/* ---- table ---- */

static void row(const char *what, double ours, double theirs) {
    if (theirs > 0)
        printf("%-44s %12.0f %12.0f %8.1f x\n", what, ours, theirs, ours / theirs);
    else
        printf("%-44s %12.0f %12s\n", what, ours, "-");
}

static void measure(struct set *set) {
    struct wh_scratch *scratches[64];
    int threads = wh_cpu_count() < 64 ? wh_cpu_count() : 64;
    double draws[2][sizeof epsilons / sizeof *epsilons] = {{0}}, single = 0, many = 0, lone = 0;
    uint32_t words = wh_embed_words(set->embed), frequent = words < 5000 ? words : 5000;
    for (int i = 0; i < threads; i++)
        must_work(wh_scratch_open(&scratches[i]));
    ask_all(set, threads);
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t e = 0; e < sizeof epsilons / sizeof *epsilons; e++) {
            draws[0][e] = fmax(draws[0][e], draws_a_second(set, epsilons[e], frequent, scratches));
            draws[1][e] = fmax(draws[1][e], draws_a_second(set, epsilons[e], words, scratches));
        }
        single = fmax(single, singles_a_second(set));
    }
    for (size_t r = 0; r < RIVALS; r++) {
        many = fmax(many, rivals[r].many);
        lone = fmax(lone, rivals[r].single);
        printf("%s (%s): %.0f points a second, %.0f single queries\n", rivals[r].name,
               rivals[r].how, rivals[r].many, rivals[r].single);
    }
    printf("%-44s %12s %12s %10s\n", "a second, all processors", "wordhaze", "best rival", "ratio");
    for (size_t e = 0; e < sizeof epsilons / sizeof *epsilons; e++) {
        char what[64];
        snprintf(what, sizeof what, "laplace epsilon %.0f, %u frequent words", epsilons[e],
                 frequent);
        row(what, draws[0][e], many);
        snprintf(what, sizeof what, "laplace epsilon %.0f, words drawn evenly", epsilons[e]);
        row(what, draws[1][e], many);
    }
    row("50 neighbours of one word, one thread", single, lone);
    for (int i = 0; i < threads; i++)
        wh_scratch_close(scratches[i]);
}

static void bench(const char *path) {
    struct set set = {0};
    const struct wh_embed_options options = {.path = path};
    must_work(wh_embed_open(&options, &set.embed));
    must_work(wh_near_open(set.embed, &set.near));
    printf("\n%s: %u x %u, kernel %s, %d processors\n", wh_embed_name(set.embed),
           wh_embed_words(set.embed), wh_embed_dim(set.embed), wh_vec()->name, wh_cpu_count());
    write_rows(&set);
    write_points(&set);
    measure(&set);
    unlink(set.rows);
    unlink(set.points);
    unlink(set.few);
    wh_near_close(set.near);
    wh_embed_close(set.embed);
}

int main(int count, char **arguments) {
    bench(NULL);
    for (int i = 1; i < count; i++)
        bench(arguments[i]);
    return 0;
}
