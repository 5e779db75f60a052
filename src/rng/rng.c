/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rng.c - ChaCha20 streams. A lane's key comes from the source's by keyed BLAKE2b; a trial is the
 * nonce; blocks follow the counter. So any trial can be opened at no cost, in any order.
 */
#include "rng/rng.h"

#include <math.h>
#include <sodium.h>
#include <string.h>

_Static_assert(crypto_stream_chacha20_KEYBYTES == sizeof(((struct wh_lane *)0)->key), "key size");
_Static_assert(crypto_stream_chacha20_NONCEBYTES == sizeof(uint64_t), "nonce size");

#define CHACHA_BLOCK 64

static void store64(unsigned char out[8], uint64_t value) {
    for (int i = 0; i < 8; i++)
        out[i] = (unsigned char)(value >> (8 * i));
}

void wh_source_system(struct wh_source *source) {
    *source = (struct wh_source){.seeded = false};
    randombytes_buf(source->key, sizeof source->key); /* getrandom(2); aborts if there is none */
}

void wh_source_seed(struct wh_source *source, uint64_t seed) {
    static const char purpose[] = "wordhaze seed 1";
    unsigned char bytes[8];
    store64(bytes, seed);
    *source = (struct wh_source){.seeded = true, .seed = seed};
    crypto_generichash(source->key, sizeof source->key, bytes, sizeof bytes,
                       (const unsigned char *)purpose, sizeof purpose - 1);
}

const char *wh_source_name(const struct wh_source *source) {
    return source->seeded ? "seed" : "operating system";
}

void wh_lane_open(const struct wh_source *source, const char *name, uint64_t number,
                  struct wh_lane *lane) {
    crypto_generichash_state state;
    unsigned char bytes[8];
    store64(bytes, number);
    crypto_generichash_init(&state, source->key, sizeof source->key, sizeof lane->key);
    crypto_generichash_update(&state, bytes, sizeof bytes);
    crypto_generichash_update(&state, (const unsigned char *)name, strlen(name));
    crypto_generichash_final(&state, lane->key, sizeof lane->key);
}

void wh_rng_open(const struct wh_lane *lane, uint64_t trial, struct wh_rng *rng) {
    memcpy(rng->key, lane->key, sizeof rng->key);
    rng->trial = trial;
    rng->block = 0;
    rng->used = rng->filled = 0;
}

void wh_rng_refill(struct wh_rng *rng) {
    /* Little first, for mechanisms that need a few numbers; then as much as the buffer holds. */
    unsigned size = rng->block == 0 ? WH_RNG_FIRST : WH_RNG_BLOCK;
    unsigned char nonce[8];
    store64(nonce, rng->trial);
    memset(rng->buffer, 0, size);
    crypto_stream_chacha20_xor_ic(rng->buffer, rng->buffer, size, nonce, rng->block, rng->key);
    rng->block += size / CHACHA_BLOCK;
    rng->filled = size;
    rng->used = 0;
}

uint64_t wh_rng_below(struct wh_rng *rng, uint64_t limit) {
    /* Values past the last full multiple of limit would favour small results: draw again. */
    uint64_t excess = (UINT64_MAX % limit + 1) % limit, bits;
    do
        bits = wh_rng_bits(rng);
    while (bits > UINT64_MAX - excess);
    return bits % limit;
}

double wh_rng_exponential(struct wh_rng *rng) {
    return -log(wh_rng_uniform(rng));
}
