/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_resume.c - facts computed in many runs, each stopped somewhere, have the bits of facts
 * computed in one. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/checkpoint.h"
#include "space/space.h"
#include "tests/lib/fixture.h"

#define WORDS 3000
#define DIM   12

static const unsigned char key[WH_CHECKPOINT_KEY] = {9};
static char path[256];

/* A run that is stopped once it has reported so many times. */
struct run {
    struct wh_token token;
    int reports, most;
    char note[256];
    double last;
};

static void on_progress(void *context, const char *what, double done, double total) {
    struct run *run = context;
    (void)what;
    assert_true(done <= total);
    run->last = done;
    if (++run->reports >= run->most)
        atomic_store(&run->token.cancelled, true);
}

static void on_note(void *context, const char *sentence) {
    struct run *run = context;
    snprintf(run->note, sizeof run->note, "%s", sentence);
}

static void start_run(struct run *run, int most) {
    *run = (struct run){.most = most};
    run->token.progress = on_progress;
    run->token.note = on_note;
    run->token.context = run;
    run->token.checkpoint = wh_checkpoint_open(path, key, &run->token);
    assert_non_null(run->token.checkpoint);
}

static void assert_same_facts(const struct wh_derived *a, const struct wh_derived *b) {
    assert_true(a->delta_min == b->delta_min && a->delta_max == b->delta_max);
    assert_memory_equal(a->closest, b->closest, sizeof a->closest);
    assert_memory_equal(a->farthest, b->farthest, sizeof a->farthest);
    assert_true(a->median_nn == b->median_nn && a->radius_median == b->radius_median);
    assert_true(a->duplicate_pairs == b->duplicate_pairs && a->bandwidth == b->bandwidth);
    assert_memory_equal(a->nn_distance, b->nn_distance, WORDS * sizeof(double));
    assert_memory_equal(a->radius, b->radius, WORDS * sizeof(double));
    assert_memory_equal(a->knn_log_density, b->knn_log_density, WORDS * sizeof(double));
    assert_memory_equal(a->kde_log_density, b->kde_log_density, WORDS * sizeof(double));
    assert_memory_equal(a->axes, b->axes, DIM * DIM * sizeof(double));
}

/* Runs that are each stopped after some reports, until one comes through. */
static int run_until_done(const struct fixture *fixture, int threads, int most) {
    const struct wh_derived *plain = wh_embed_derived(fixture->embed);
    struct wh_derived derived;
    int runs = 0;
    enum wh_status status;
    do {
        struct run run;
        start_run(&run, most);
        status = wh_space_derive(fixture->near, threads, &run.token, &derived);
        assert_true(status == WH_OK || status == WH_CANCELLED);
        if (runs)
            assert_non_null(strstr(run.note, "resuming "));
        if (status == WH_OK)
            wh_checkpoint_remove(run.token.checkpoint);
        else
            wh_checkpoint_close(run.token.checkpoint);
        assert_true(++runs < 1000);
    } while (status != WH_OK);
    assert_same_facts(&derived, plain);
    free(derived.memory);
    return runs;
}

static void many_runs_are_as_one(void **state) {
    struct fixture fixture;
    (void)state;
    fixture_random(&fixture, WORDS, DIM, 3);
    assert_true(run_until_done(&fixture, 1, 1) > 50); /* 6 meetings of blocks, 94 of densities */
    assert_true(run_until_done(&fixture, 1, 7) > 10);
    assert_true(run_until_done(&fixture, 2, 5) > 2);
    assert_int_equal(run_until_done(&fixture, 2, 100000), 1);
    fixture_close(&fixture);
}

/* The farthest pair is none that walking to the farthest word and back comes upon, and some of the
 * runs have come upon it before they are stopped. */
static void it_says_where_it_goes_on(void **state) {
    struct fixture fixture;
    struct wh_derived derived;
    float *rows = calloc((size_t)WORDS * DIM, sizeof *rows);
    struct plain_rng rng = {5};
    (void)state;
    for (size_t i = DIM; i < (size_t)WORDS * DIM; i++)
        rows[i] = (float)plain_normal(&rng);
    for (size_t i = 1; i <= 4; i++)
        memset(rows + i * 500 * DIM, 0, DIM * sizeof *rows);
    rows[500 * DIM] = 40;
    rows[1000 * DIM] = -39.9F;
    rows[1500 * DIM + 1] = 39.95F;
    rows[2000 * DIM + 1] = -39.97F;
    fixture_vectors(&fixture, rows, WORDS, DIM);
    assert_int_equal(wh_embed_derived(fixture.embed)->farthest[0], 1500);
    for (int stop = 1; stop < 6; stop++) {
        char sentence[64];
        struct run run;
        start_run(&run, stop);
        assert_int_equal(wh_space_derive(fixture.near, 1, &run.token, &derived), WH_CANCELLED);
        wh_checkpoint_close(run.token.checkpoint);
        start_run(&run, 100000);
        must(wh_space_derive(fixture.near, 1, &run.token, &derived));
        snprintf(sentence, sizeof sentence, "resuming all pairs at %d %%", 100 * stop / 6);
        assert_non_null(strstr(run.note, sentence));
        assert_same_facts(&derived, wh_embed_derived(fixture.embed));
        wh_checkpoint_remove(run.token.checkpoint);
        free(derived.memory);
    }
    fixture_close(&fixture);
    free(rows);
}

static void find_fingerprint(void *context, const struct wh_checkpoint_record *record) {
    *(double *)context = record->values[0];
}

/* The last record, its values in memory of its own. */
static void copy_record(void *context, const struct wh_checkpoint_record *record) {
    struct wh_checkpoint_record *copy = context;
    free((void *)(uintptr_t)copy->values);
    double *values = malloc(record->count * sizeof *values);
    assert_non_null(values);
    memcpy(values, record->values, record->count * sizeof *values);
    *copy = *record;
    copy->values = values;
}

/* A finding that stands in the file twice counts once. */
static void findings_count_once(void **state) {
    struct fixture fixture;
    struct wh_derived derived;
    struct wh_checkpoint_record copy = {0};
    struct run run;
    (void)state;
    fixture_random(&fixture, WORDS, DIM, 3);
    start_run(&run, 2);
    assert_int_equal(wh_space_derive(fixture.near, 1, &run.token, &derived), WH_CANCELLED);
    wh_checkpoint_close(run.token.checkpoint);
    start_run(&run, 100000);
    wh_checkpoint_each(run.token.checkpoint, copy_record, &copy);
    assert_true(copy.count > 100);
    wh_checkpoint_add(run.token.checkpoint, &copy);
    wh_checkpoint_close(run.token.checkpoint);
    start_run(&run, 100000);
    must(wh_space_derive(fixture.near, 1, &run.token, &derived));
    assert_same_facts(&derived, wh_embed_derived(fixture.embed));
    wh_checkpoint_remove(run.token.checkpoint);
    free((void *)(uintptr_t)copy.values);
    free(derived.memory);
    fixture_close(&fixture);
}

/* A run that is stopped soon, and behind what it has kept a record that says of the last of six
 * items that nothing was found. */
static void leave_record(const struct fixture *fixture, double more, uint32_t item) {
    struct wh_derived derived;
    struct run run;
    double values[3] = {0, 0, 1};
    start_run(&run, 1);
    assert_int_equal(wh_space_derive(fixture->near, 1, &run.token, &derived), WH_CANCELLED);
    wh_checkpoint_close(run.token.checkpoint);
    start_run(&run, 1);
    wh_checkpoint_each(run.token.checkpoint, find_fingerprint, values);
    assert_true(values[0] > 0);
    values[0] += more;
    const struct wh_checkpoint_record record = {3, item, 1, 3, values};
    const struct wh_checkpoint_record misshapen = {3, 4, 1, 2, values};
    const struct wh_checkpoint_record outside = {3, 6, 1, 3, values};
    wh_checkpoint_add(run.token.checkpoint, &record);
    wh_checkpoint_add(run.token.checkpoint, &misshapen);
    wh_checkpoint_add(run.token.checkpoint, &outside);
    wh_checkpoint_close(run.token.checkpoint);
}

/* What is in the file is really taken over: that nothing was found, with a right hash, shows. */
static void records_are_used(void **state) {
    struct fixture fixture;
    struct wh_derived derived;
    struct run run;
    size_t larger = 0;
    (void)state;
    fixture_random(&fixture, WORDS, DIM, 3);
    const struct wh_derived *plain = wh_embed_derived(fixture.embed);
    leave_record(&fixture, 0, 5);
    start_run(&run, 100000);
    must(wh_space_derive(fixture.near, 1, &run.token, &derived));
    assert_non_null(strstr(run.note, "resuming all pairs at 33 %"));
    for (size_t i = 0; i < WORDS; i++) {
        assert_true(derived.radius[i] >= plain->radius[i]);
        larger += derived.radius[i] > plain->radius[i];
    }
    assert_true(larger > 10);
    wh_checkpoint_remove(run.token.checkpoint);
    free(derived.memory);
    fixture_close(&fixture);
}

/* With another order of words behind it, a record is of no use. */
static void records_of_another_order_are_not(void **state) {
    struct fixture fixture;
    struct wh_derived derived;
    struct run run;
    (void)state;
    fixture_random(&fixture, WORDS, DIM, 3);
    leave_record(&fixture, 1, 5);
    start_run(&run, 100000);
    must(wh_space_derive(fixture.near, 1, &run.token, &derived));
    assert_non_null(strstr(run.note, "resuming all pairs at 16 %"));
    assert_same_facts(&derived, wh_embed_derived(fixture.embed));
    wh_checkpoint_remove(run.token.checkpoint);
    free(derived.memory);
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_runs_are_as_one),
        cmocka_unit_test(it_says_where_it_goes_on),
        cmocka_unit_test(records_are_used),
        cmocka_unit_test(findings_count_once),
        cmocka_unit_test(records_of_another_order_are_not),
    };
    const char *scratch = getenv("SCRATCH");
    snprintf(path, sizeof path, "%s/work.facts", scratch ? scratch : "/tmp");
    unlink(path);
    return sodium_init() < 0 || cmocka_run_group_tests(tests, NULL, NULL);
}
