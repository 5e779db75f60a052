/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_decode.c - how near the batch kernels come to what the processor can do: nearest words of
 * noisy points a second, on one thread, for every kernel of this machine, as a share of the
 * multiply-add peak measured beside it with that kernel's instructions; and how that compares with
 * loops that do not batch. Of several rounds the best counts: whatever else the machine does can
 * only slow a round down.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near/near.h"
#include "rng/sample.h"
#include "run/peak.h"
#include "vec/vec.h"

#define ROUNDS  7
#define POINTS  ((size_t)WH_VEC_PANEL * 20)
#define EPSILON 10
#define BUFFER  ((size_t)256 << 20)

static struct wh_embed *embed;
static struct wh_near *near;
static struct wh_near_scratch *scratch;
static struct wh_neighbour *found;
static double *points;
static uint32_t word, words, dim;
static volatile float sink;
static int8_t *buffer; /* BUFFER zeros */

static void must_work(enum wh_status status) {
    if (status == WH_OK)
        return;
    fprintf(stderr, "bench_decode: %s\n", wh_error());
    exit((int)status);
}

/* Items a second in the best round of doing count items. */
static double rate(void (*work)(size_t count), size_t count) {
    double best = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double start = wh_peak_seconds();
        work(count);
        best = fmax(best, (double)count / (wh_peak_seconds() - start));
    }
    return best;
}

/* ---- what is measured ---- */

static void decode_nearest(size_t count) {
    for (size_t done = 0; done < count; done += POINTS)
        must_work(wh_near_decode(near, scratch, points, POINTS, 1, word, found));
}

static void decode_two(size_t count) {
    for (size_t done = 0; done < count; done += POINTS)
        must_work(wh_near_decode(near, scratch, points, POINTS, 2, WH_NONE, found));
}

static void decode_single(size_t count) {
    size_t got;
    for (size_t i = 0; i < count; i++)
        must_work(wh_near_point(near, points + i % POINTS * dim, 1, found, &got));
}

/* The products alone, without sieve and decision. */
static void products(size_t count) {
    enum { TILE = 64 };
    static _Alignas(64) float out[TILE * WH_VEC_PANEL];
    float *panel = aligned_alloc(64, (size_t)dim * WH_VEC_PANEL * sizeof *panel);
    size_t stride = wh_embed_stride(embed);
    for (size_t i = 0; i < (size_t)dim * WH_VEC_PANEL; i++)
        panel[i] = (float)points[i];
    for (size_t done = 0; done < count; done += WH_VEC_PANEL)
        for (uint32_t first = 0; first + TILE <= words; first += TILE)
            wh_vec()->dot_panel(wh_embed_rows(embed) + first * stride, stride, TILE, panel, dim,
                                out);
    sink = sink + out[0];
    free(panel);
}

/* The same by bytes, in panels that no row passes. */
static void byte_products(size_t count) {
    enum { TILE = 64 };
    struct wh_vec_hit hits[1];
    _Alignas(64) float threshold[WH_VEC_PANEL], none[WH_VEC_PANEL] = {0};
    float row_scale[TILE], half[TILE] = {0};
    int32_t start[TILE] = {0};
    size_t stride = ((size_t)dim + 3) / 4 * 4;
    uint8_t *panel = aligned_alloc(64, stride * WH_VEC_PANEL);
    memset(panel, 1, stride * WH_VEC_PANEL);
    for (size_t q = 0; q < WH_VEC_PANEL; q++)
        threshold[q] = 1e8F;
    for (size_t i = 0; i < TILE; i++)
        row_scale[i] = 1;
    const struct wh_vec_code_panel queries = {panel, 1, threshold, none, half, half, half, 0, {0}};
    for (size_t done = 0; done < count; done += WH_VEC_PANEL) {
        for (uint32_t first = 0; first + TILE <= words; first += TILE) {
            const struct wh_vec_codes rows = {buffer + first * stride, stride, row_scale, start};
            sink = sink + (float)wh_vec()->sieve_codes(&rows, TILE, &queries, hits);
        }
    }
    free(panel);
}

/* ---- reading more than any cache holds: bytes a second */

static void read_floats(size_t size) {
    enum { ROWS = 64, STRIDE = 112 };
    static _Alignas(64) float query[STRIDE], out[ROWS];
    const float *rows = (const float *)(const void *)buffer;
    for (size_t done = 0; done + ROWS * STRIDE <= size / sizeof(float); done += ROWS * STRIDE)
        wh_vec()->dot_rows(rows + done, STRIDE, ROWS, query, out);
    sink = sink + out[0];
}

static void read_codes(size_t size) {
    enum { ROWS = 64, STRIDE = 100 };
    static const int32_t start[ROWS];
    static _Alignas(64) uint8_t query[STRIDE];
    int32_t out[ROWS];
    for (size_t done = 0; done + ROWS * STRIDE <= size; done += ROWS * STRIDE) {
        const struct wh_vec_codes rows = {buffer + done, STRIDE, NULL, start};
        wh_vec()->dot_codes(&rows, ROWS, query, out);
        sink = sink + (float)out[0];
    }
}

static void plain_scan(size_t count) {
    for (size_t i = 0; i < count; i++) {
        double best = INFINITY;
        for (uint32_t id = 0; id < words; id++)
            best = fmin(best, wh_near_distance_to(near, points + i % POINTS * dim, id));
        sink = sink + (float)best;
    }
}

static void float_loop(size_t count) {
    for (size_t i = 0; i < count; i++) {
        const double *point = points + i % POINTS * dim;
        float best = INFINITY;
        for (uint32_t id = 0; id < words; id++) {
            const float *row = wh_embed_row(embed, id);
            float sum = 0;
            for (uint32_t j = 0; j < dim; j++) {
                float difference = row[j] - (float)point[j];
                sum += difference * difference;
            }
            best = sum < best ? sum : best;
        }
        sink = sink + best;
    }
}

/* ---- table ---- */

static void make_points(void) {
    struct wh_source source;
    struct wh_lane lane;
    struct wh_rng rng;
    wh_source_seed(&source, 1);
    wh_lane_open(&source, "bench", word, &lane);
    for (size_t p = 0; p < POINTS; p++) {
        double *point = points + p * dim;
        wh_rng_open(&lane, p, &rng);
        wh_sample_laplace(&rng, dim, EPSILON, point);
        for (uint32_t j = 0; j < dim; j++)
            point[j] += (double)wh_embed_row(embed, word)[j];
    }
}

static void open_all(void) {
    const struct wh_embed_options options = {0};
    must_work(wh_embed_open(&options, &embed));
    must_work(wh_near_open(embed, &near));
    must_work(wh_near_scratch_open(&scratch));
    words = wh_embed_words(embed);
    dim = wh_embed_dim(embed);
    word = wh_embed_find(embed, "queen");
    points = malloc(POINTS * dim * sizeof *points);
    found = malloc(POINTS * 2 * sizeof *found);
    make_points();
    buffer = aligned_alloc(64, BUFFER);
    memset(buffer, 0, BUFFER);
}

static void kernel_row(const struct wh_vec_kernel *kernel, double plain, double loop) {
    must_work(wh_vec_force(kernel->name));
    size_t count = strcmp(kernel->name, "scalar") == 0 ? POINTS / 4 : POINTS;
    struct wh_peak peak;
    if (!wh_peak_multiply(kernel->name, &peak))
        must_work(wh_fail(WH_BUG, "no peak for kernel %s", kernel->name));
    double sums = (double)words * dim; /* multiply-adds a point */
    double float_rate = rate(products, count);
    double byte_rate = kernel->sieve_codes ? rate(byte_products, count) : (double)NAN;
    double one = rate(decode_nearest, POINTS), two = rate(decode_two, POINTS);
    printf("%-8s %7.1f %9.0f %4.0f %% %7.1f %9.0f %4.0f %% %9.0f %9.0f %9.0f %8.1f %8.1f\n",
           kernel->name, 1e-9 * peak.floats, float_rate, 100 * float_rate * sums / peak.floats,
           1e-9 * peak.bytes, byte_rate, 100 * byte_rate * sums / peak.bytes, one, two,
           rate(decode_single, 200), one / plain, one / loop);
}

static void memory_row(const struct wh_vec_kernel *kernel, double limit) {
    must_work(wh_vec_force(kernel->name));
    double floats = rate(read_floats, BUFFER);
    double codes = kernel->dot_codes ? rate(read_codes, BUFFER) : (double)NAN;
    printf("%-8s %9.1f %4.0f %% %9.1f %4.0f %%\n", kernel->name, 1e-9 * floats,
           100 * floats / limit, 1e-9 * codes, 100 * codes / limit);
}

static void memory_table(void) {
    double limit = wh_peak_read(buffer, BUFFER);
    printf("one query against rows in memory, GB/s read; limit (memchr) %.1f\n", 1e-9 * limit);
    printf("%-8s %9s %6s %9s %6s\n", "kernel", "floats", "limit", "bytes", "limit");
    for (const struct wh_vec_kernel *const *kernel = wh_vec_all(); *kernel; kernel++)
        if ((*kernel)->usable(wh_cpu()))
            memory_row(*kernel, limit);
}

static void pairs_row(int threads) {
    struct wh_near_pairs pairs;
    double start = wh_peak_seconds();
    must_work(wh_near_pairs(near, threads, NULL, &pairs));
    printf("facts of all pairs, kernel %s, %d thread%s: %.2f s\n", wh_vec()->name, threads,
           threads > 1 ? "s" : "", wh_peak_seconds() - start);
    free(pairs.nn_distance);
    free(pairs.radius);
}

int main(void) {
    open_all();
    double plain = rate(plain_scan, 50), loop = rate(float_loop, 50);
    printf("decoding on %s (%u x %u), epsilon %d, one thread, points a second\n",
           wh_embed_name(embed), words, dim, EPSILON);
    printf("plain double scan %.0f, float loop %.0f; peaks in 10^9 multiply-adds a second\n", plain,
           loop);
    printf("%-8s %7s %9s %6s %7s %9s %6s %9s %9s %9s %8s %8s\n", "kernel", "floats", "products",
           "peak", "bytes", "products", "peak", "nearest", "two", "alone", "x plain", "x loop");
    for (const struct wh_vec_kernel *const *kernel = wh_vec_all(); *kernel; kernel++)
        if ((*kernel)->usable(wh_cpu()))
            kernel_row(*kernel, plain, loop);
    memory_table();
    for (int threads = 1; threads <= wh_cpu_count(); threads *= 2)
        pairs_row(threads);
    wh_near_scratch_close(scratch);
    wh_near_close(near);
    wh_embed_close(embed);
    free(points);
    free(found);
    free(buffer);
    return 0;
}
