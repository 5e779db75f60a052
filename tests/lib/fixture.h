/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fixture.h - what tests start from: embeddings, mechanisms, and the head of every cmocka file. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "embed/embed.h"
#include "mech/mech.h"
#include "near/near.h"

/* Fails the test with the stored sentence unless status is WH_OK. */
void must(enum wh_status status);

/* An embedding with its neighbours and derived facts. */
struct fixture {
    struct wh_embed *embed;
    struct wh_near *near;
};
void fixture_builtin(struct fixture *fixture, uint32_t limit); /* 0: all of it */
/* words w0, w1 ... with the given vectors; facts are derived where there are two words or more. */
void fixture_vectors(struct fixture *fixture, const float *rows, uint32_t words, uint32_t dim);
/* words x dim independent standard normals from a small fixed generator. */
void fixture_random(struct fixture *fixture, uint32_t words, uint32_t dim, uint32_t seed);
void fixture_close(struct fixture *fixture);
uint32_t fixture_word(const struct fixture *fixture, const char *word);

/* A mechanism by its text ("tgm:epsilon=50"). */
struct wh_mechanism *fixture_mechanism(const struct fixture *fixture, const char *text);

/* A file in the scratch folder; returns its path in a static buffer. */
const char *fixture_file(const char *name, const void *bytes, size_t size);

/* A generator for test data, apart from the code under test: xorshift64*. */
struct plain_rng {
    uint64_t state;
};
double plain_uniform(struct plain_rng *rng); /* in (0, 1) */
double plain_normal(struct plain_rng *rng);  /* by Box and Muller */

#endif
