/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * peak.c - the processor's limits: chains of multiply-adds without memory, enough of them to hide
 * their latency; and a plain search through more bytes than any cache holds. Of several rounds the
 * best counts: whatever else the machine does can only slow a round down.
 */
#include "run/peak.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define ROUNDS 7
#define STEPS  1000000 /* of each chain */

static volatile float sink;

double wh_peak_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

#define PEAK(TARGET, NAME, CHAINS, VECTOR, SET, MULTIPLY_ADD, FIRST)                               \
    __attribute__((TARGET)) static void NAME(size_t steps) {                                       \
        volatile float factor = 0.5f;                                                              \
        const VECTOR half = SET(factor);                                                           \
        VECTOR sums[CHAINS];                                                                       \
        for (size_t c = 0; c < (CHAINS); c++)                                                      \
            sums[c] = SET((float)c);                                                               \
        for (size_t step = 0; step < steps; step++) {                                              \
            _Pragma("GCC unroll 32") for (size_t c = 0; c < (CHAINS); c++) sums[c] =               \
                MULTIPLY_ADD(sums[c], half, half);                                                 \
        }                                                                                          \
        for (size_t c = 0; c < (CHAINS); c++)                                                      \
            sink = sink + FIRST(sums[c]);                                                          \
    }

#define PLAIN(x)                    (x)
#define PLAIN_MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
PEAK(unused, peak_scalar, 12, float, PLAIN, PLAIN_MULTIPLY_ADD, PLAIN)

#if defined(__x86_64__)
PEAK(target("avx2,fma"), peak_avx2, 12, __m256, _mm256_set1_ps, _mm256_fmadd_ps, _mm256_cvtss_f32)
PEAK(target("avx512f"), peak_avx512, 24, __m512, _mm512_set1_ps, _mm512_fmadd_ps, _mm512_cvtss_f32)
#elif defined(__aarch64__)
#define NEON_MULTIPLY_ADD(a, b, c) vfmaq_f32(c, a, b)
#define NEON_FIRST(a)              vgetq_lane_f32(a, 0)
PEAK(unused, peak_neon, 24, float32x4_t, vdupq_n_f32, NEON_MULTIPLY_ADD, NEON_FIRST)
#endif

/* The same for bytes: several products and their sum in every lane. AVX2 has none of its own for
 * that, so pairs of 16 bits and an addition are what its kernel is measured by. */
#define BYTE_SCALAR(a)     ((uint32_t)(a))
#define BYTES(a)           _mm256_set1_epi8((char)(a))
#define BYTES_512(a)       _mm512_set1_epi8((char)(a))
#define FIRST_BYTES(a)     ((float)_mm256_extract_epi32(a, 0))
#define FIRST_BYTES_512(a) ((float)_mm_cvtsi128_si32(_mm512_castsi512_si128(a)))
#define FIRST_SCALAR(a)    ((float)(a))
PEAK(unused, bytes_scalar, 12, uint32_t, BYTE_SCALAR, PLAIN_MULTIPLY_ADD, FIRST_SCALAR)

#if defined(__x86_64__)
/* By hand: the compiler would copy every sum before it is added to. */
static inline __attribute__((always_inline, target("avx2"))) __m256i pairs(__m256i sum, __m256i a,
                                                                           __m256i b) {
    __asm__("vpmaddwd %1, %0, %0; vpaddd %2, %0, %0" : "+x"(sum) : "x"(a), "x"(b));
    return sum;
}
PEAK(target("avx2"), bytes_avx2, 12, __m256i, BYTES, pairs, FIRST_BYTES)
static inline __attribute__((always_inline, target("avxvnni"))) __m256i
fours(__m256i sum, __m256i a, __m256i b) {
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
    return sum;
}
PEAK(target("avxvnni"), bytes_avxvnni, 12, __m256i, BYTES, fours, FIRST_BYTES)
static inline __attribute__((always_inline, target("avx512f,avx512vnni"))) __m512i
fours_512(__m512i sum, __m512i a, __m512i b) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
}
PEAK(target("avx512f,avx512bw,avx512vnni"), bytes_vnni, 12, __m512i, BYTES_512, fours_512,
     FIRST_BYTES_512)
#elif defined(__aarch64__)
#define BYTES_NEON(a)       vdupq_n_s32((int32_t)(a))
#define FOURS_NEON(a, b, c) vdotq_s32(a, vreinterpretq_s8_s32(b), vreinterpretq_s8_s32(c))
#define FIRST_NEON(a)       ((float)vgetq_lane_s32(a, 0))
PEAK(target("arch=armv8.2-a+dotprod"), bytes_neondot, 24, int32x4_t, BYTES_NEON, FOURS_NEON,
     FIRST_NEON)
#endif

static const struct chains {
    const char *kernel;
    void (*floats)(size_t steps);
    double sums; /* multiply-adds a step */
    void (*bytes)(size_t steps);
    double byte_sums;
} peaks[] = {
    {"scalar", peak_scalar, 12, bytes_scalar, 12},
#if defined(__x86_64__)
    {"avx2", peak_avx2, 12 * 8, bytes_avx2, 12 * 16},
    {"avxvnni", peak_avx2, 12 * 8, bytes_avxvnni, 12 * 32},
    {"avx512", peak_avx512, 24 * 16, NULL, 0},
    {"vnni", peak_avx512, 24 * 16, bytes_vnni, 12 * 64},
    {"vbmi", peak_avx512, 24 * 16, bytes_vnni, 12 * 64},
#elif defined(__aarch64__)
    {"neon", peak_neon, 24 * 4, NULL, 0},
    {"neondot", peak_neon, 24 * 4, bytes_neondot, 24 * 16},
#endif
};

/* Steps a second in the best round. */
static double rate(void (*work)(size_t steps)) {
    double best = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double start = wh_peak_seconds();
        work(STEPS);
        best = fmax(best, STEPS / (wh_peak_seconds() - start));
    }
    return best;
}

bool wh_peak_multiply(const char *kernel, struct wh_peak *peak) {
    for (size_t i = 0; i < sizeof peaks / sizeof *peaks; i++) {
        const struct chains *chains = &peaks[i];
        if (strcmp(chains->kernel, kernel) != 0)
            continue;
        peak->floats = rate(chains->floats) * chains->sums;
        peak->bytes = chains->bytes ? rate(chains->bytes) * chains->byte_sums : (double)NAN;
        return true;
    }
    return false;
}

double wh_peak_read(const void *zeros, size_t size) {
    double best = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double start = wh_peak_seconds();
        sink = sink + (memchr(zeros, 1, size) ? 1 : 0);
        best = fmax(best, (double)size / (wh_peak_seconds() - start));
    }
    return best;
}
