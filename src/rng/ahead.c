/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ahead.c - the beginnings of many trials at once. A trial's key stream is ChaCha20 with the trial
 * as nonce; libsodium makes one stream after the other, here every element of a vector is another
 * trial (Bernstein: ChaCha, a variant of Salsa20, 2008). The bytes are the same.
 */
#include <string.h>

#include "base/cpu.h"
#include "rng/rng.h"

#define WORDS 16 /* of a block */
#define BYTES (WORDS * 4)

#define ROTATE(x, n) (((x) << (n)) | ((x) >> (32 - (n))))
#define QUARTER(a, b, c, d)                                                                        \
    do {                                                                                           \
        a += b, d ^= a, d = ROTATE(d, 16);                                                         \
        c += d, b ^= c, b = ROTATE(b, 12);                                                         \
        a += b, d ^= a, d = ROTATE(d, 8);                                                          \
        c += d, b ^= c, b = ROTATE(b, 7);                                                          \
    } while (0)

/* A trial's key and nonce, one number of 32 bits a row. */
static inline void put_address(const struct wh_trial *trial, uint32_t *column, size_t width) {
    uint32_t key[8];
    memcpy(key, trial->lane->key, sizeof key);
    for (size_t i = 0; i < 8; i++)
        column[i * width] = key[i];
    column[8 * width] = (uint32_t)trial->number;
    column[9 * width] = (uint32_t)(trial->number >> 32);
}

/* One function for every width of vectors; the compiler turns x + (lanes){0} into a splat. */
#define MAKER(TARGET, NAME, LANES)                                                                 \
    __attribute__((TARGET)) static void NAME(const struct wh_trial *trials,                        \
                                             struct wh_rng_ahead *ahead) {                         \
        typedef uint32_t lanes __attribute__((vector_size(4 * (LANES))));                          \
        uint32_t address[10][LANES], block[WORDS][LANES];                                          \
        for (size_t t = 0; t < WH_AHEAD; t += (LANES)) {                                           \
            for (size_t i = 0; i < (LANES); i++)                                                   \
                put_address(&trials[t + i], &address[0][i], LANES);                                \
            for (uint32_t number = 0; number < ahead->size / BYTES; number++) {                    \
                lanes start[WORDS], x[WORDS];                                                      \
                for (int i = 0; i < 4; i++)                                                        \
                    start[i] = constants[i] + (lanes){0};                                          \
                memcpy(&start[4], address[0], 8 * sizeof(lanes));                                  \
                start[12] = number + (lanes){0};                                                   \
                start[13] = (lanes){0};                                                            \
                memcpy(&start[14], address[8], 2 * sizeof(lanes));                                 \
                memcpy(x, start, sizeof x);                                                        \
                for (int round = 0; round < 10; round++) {                                         \
                    QUARTER(x[0], x[4], x[8], x[12]);                                              \
                    QUARTER(x[1], x[5], x[9], x[13]);                                              \
                    QUARTER(x[2], x[6], x[10], x[14]);                                             \
                    QUARTER(x[3], x[7], x[11], x[15]);                                             \
                    QUARTER(x[0], x[5], x[10], x[15]);                                             \
                    QUARTER(x[1], x[6], x[11], x[12]);                                             \
                    QUARTER(x[2], x[7], x[8], x[13]);                                              \
                    QUARTER(x[3], x[4], x[9], x[14]);                                              \
                }                                                                                  \
                for (int i = 0; i < WORDS; i++) {                                                  \
                    x[i] += start[i];                                                              \
                    memcpy(block[i], &x[i], sizeof block[i]);                                      \
                }                                                                                  \
                for (size_t i = 0; i < (LANES); i++)                                               \
                    for (int w = 0; w < WORDS; w++)                                                \
                        memcpy(ahead->bytes + (t + i) * ahead->size + number * BYTES + 4 * w,      \
                               &block[w][i], 4);                                                   \
            }                                                                                      \
        }                                                                                          \
    }

/* Numbers stand in memory as the stream has them: little end first. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
static const uint32_t constants[] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
MAKER(unused, make_narrow, 4)
#if defined(__x86_64__)
MAKER(target("avx2"), make_avx2, 8)
MAKER(target("avx512f"), make_avx512, 16)
#endif
#endif

size_t wh_ahead_makers(wh_ahead_maker makers[WH_AHEAD_MAKERS]) {
    size_t count = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#if defined(__x86_64__)
    if (wh_cpu()->avx512f)
        makers[count++] = make_avx512;
    if (wh_cpu()->avx2_fma)
        makers[count++] = make_avx2;
#endif
    makers[count++] = make_narrow;
#endif
    return count;
}

static void make(const struct wh_trial *trials, size_t left, size_t numbers,
                 struct wh_rng_ahead *ahead) {
    wh_ahead_maker makers[WH_AHEAD_MAKERS];
    struct wh_trial some[WH_AHEAD];
    size_t size = (numbers * sizeof(uint64_t) + BYTES - 1) / BYTES * BYTES;
    ahead->count = 0;
    if (left < WH_AHEAD / 4 || !wh_ahead_makers(makers))
        return;
    ahead->first = trials;
    ahead->count = left < WH_AHEAD ? left : WH_AHEAD;
    ahead->size = (unsigned)(size < WH_AHEAD_MOST ? size : WH_AHEAD_MOST);
    for (size_t i = 0; i < WH_AHEAD; i++)
        some[i] = trials[i < left ? i : left - 1];
    makers[0](some, ahead);
}

static bool covers(const struct wh_rng_ahead *ahead, const struct wh_trial *trial) {
    return ahead->count && trial >= ahead->first && trial < ahead->first + ahead->count;
}

void wh_rng_open_ahead(const struct wh_trial *trials, size_t left, size_t numbers,
                       struct wh_rng_ahead *ahead, struct wh_rng *rng) {
    if (!covers(ahead, trials))
        make(trials, left, numbers, ahead);
    wh_rng_open(trials->lane, trials->number, rng);
    if (!covers(ahead, trials))
        return;
    rng->filled = ahead->size;
    rng->block = ahead->size / BYTES;
    memcpy(rng->buffer, ahead->bytes + (size_t)(trials - ahead->first) * ahead->size, ahead->size);
}
