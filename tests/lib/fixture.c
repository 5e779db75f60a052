/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fixture.c - see fixture.h. */
#include "tests/lib/fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "space/space.h"

void must(enum wh_status status) {
    if (status != WH_OK)
        fail_msg("status %d: %s", (int)status, wh_error());
}

static void finish(struct fixture *fixture) {
    struct wh_derived derived;
    must(wh_near_open(fixture->embed, &fixture->near));
    if (wh_embed_derived(fixture->embed)->axes)
        return;
    must(wh_space_derive(fixture->near, 1, NULL, &derived));
    wh_embed_derive(fixture->embed, &derived);
}

void fixture_builtin(struct fixture *fixture, uint32_t limit) {
    const struct wh_embed_options options = {.limit = limit};
    must(wh_embed_open(&options, &fixture->embed));
    finish(fixture);
}

const char *fixture_file(const char *name, const void *bytes, size_t size) {
    static char path[512];
    const char *folder = getenv("SCRATCH");
    snprintf(path, sizeof path, "%s/%d-%s", folder ? folder : "/tmp", (int)getpid(), name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

void fixture_vectors(struct fixture *fixture, const float *rows, uint32_t words, uint32_t dim) {
    struct wh_buf text = {0};
    for (uint32_t id = 0; id < words; id++) {
        wh_buf_addf(&text, "w%u", id);
        for (uint32_t j = 0; j < dim; j++)
            wh_buf_addf(&text, " %.9g", (double)rows[id * dim + j]);
        wh_buf_adds(&text, "\n");
    }
    const struct wh_embed_options options = {
        .path = fixture_file("vectors.txt", text.data, text.length), .format = "glove"};
    must(wh_embed_open(&options, &fixture->embed));
    unlink(options.path);
    wh_buf_free(&text);
    assert_int_equal(wh_embed_words(fixture->embed), words);
    assert_int_equal(wh_embed_dim(fixture->embed), dim);
    finish(fixture);
}

void fixture_random(struct fixture *fixture, uint32_t words, uint32_t dim, uint32_t seed) {
    struct plain_rng rng = {seed * 0x9E3779B97F4A7C15u + 1};
    float *rows = calloc((size_t)words * dim, sizeof *rows);
    assert_non_null(rows);
    for (uint32_t i = 0; i < words * dim; i++)
        rows[i] = (float)plain_normal(&rng);
    fixture_vectors(fixture, rows, words, dim);
    free(rows);
}

void fixture_close(struct fixture *fixture) {
    wh_near_close(fixture->near);
    wh_embed_close(fixture->embed);
}

uint32_t fixture_word(const struct fixture *fixture, const char *word) {
    uint32_t id = wh_embed_find(fixture->embed, word);
    if (id == WH_NONE)
        fail_msg("no word '%s'", word);
    return id;
}

struct wh_mechanism *fixture_mechanism(const struct fixture *fixture, const char *text) {
    struct wh_mechanism *mechanism;
    struct wh_mech_spec spec;
    const struct wh_mech_env env = {fixture->near};
    must(wh_mech_parse(text, (double)NAN, &spec));
    must(wh_mechanism_open(&env, &spec, &mechanism));
    return mechanism;
}

double plain_uniform(struct plain_rng *rng) {
    rng->state ^= rng->state >> 12;
    rng->state ^= rng->state << 25;
    rng->state ^= rng->state >> 27;
    return ((double)(rng->state * 0x2545F4914F6CDD1Du >> 12) + 0.5) * 0x1p-52;
}

double plain_normal(struct plain_rng *rng) {
    double radius = sqrt(-2 * log(plain_uniform(rng)));
    return radius * cos(2 * acos(-1) * plain_uniform(rng));
}
