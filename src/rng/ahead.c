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

/* One function for every width of vectors; the compiler turns x + (lanes){0} into a splat. */
#define MAKER(TARGET, NAME, LANES)                                                                 \
    __attribute__((TARGET)) static void NAME(const struct wh_lane *lane, uint64_t first,           \
                                             struct wh_rng_ahead *ahead) {                         \
        typedef uint32_t lanes __attribute__((vector_size(4 * (LANES))));                          \
        uint32_t key[8], low[LANES], high[LANES], block[WORDS][LANES];                             \
        memcpy(key, lane->key, sizeof key);                                                        \
        for (uint64_t t = 0; t < WH_AHEAD; t += (LANES)) {                                         \
            for (uint64_t i = 0; i < (LANES); i++) {                                               \
                low[i] = (uint32_t)(first + t + i);                                                \
                high[i] = (uint32_t)((first + t + i) >> 32);                                       \
            }                                                                                      \
            for (uint32_t number = 0; number < ahead->size / BYTES; number++) {                    \
                lanes start[WORDS], x[WORDS];                                                      \
                for (int i = 0; i < 4; i++)                                                        \
                    start[i] = constants[i] + (lanes){0};                                          \
                for (int i = 0; i < 8; i++)                                                        \
                    start[4 + i] = key[i] + (lanes){0};                                            \
                start[12] = number + (lanes){0};                                                   \
                start[13] = (lanes){0};                                                            \
                memcpy(&start[14], low, sizeof low);                                               \
                memcpy(&start[15], high, sizeof high);                                             \
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
                for (uint64_t i = 0; i < (LANES); i++)                                             \
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

void wh_lane_look_ahead(struct wh_lane *lane, uint64_t trial, uint64_t left, size_t numbers,
                        struct wh_rng_ahead *ahead) {
    wh_ahead_maker makers[WH_AHEAD_MAKERS];
    size_t size = (numbers * sizeof(uint64_t) + BYTES - 1) / BYTES * BYTES;
    if (wh_lane_covers(lane, trial) || left < WH_AHEAD / 4)
        return;
    lane->ahead = NULL;
    if (!wh_ahead_makers(makers))
        return;
    ahead->size = (unsigned)(size < WH_AHEAD_MOST ? size : WH_AHEAD_MOST);
    makers[0](lane, trial, ahead);
    ahead->first = trial;
    lane->ahead = ahead;
}
