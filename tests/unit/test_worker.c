/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The background worker: the same trials as the synchronous run, never mixed, never waited for. */
#include "tests/lib/fixture.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "run/worker.h"

#define WAIT_SECONDS 60 /* far beyond what any step takes, sanitizers included */

static struct wh_session *open_session(const char *path, bool seeded) {
    struct wh_session *session = NULL;
    const struct wh_session_options options = {
        .embed.path = path, .threads = 2, .seeded = seeded, .seed = 7};
    must(wh_session_open(&options, &session));
    return session;
}

static struct wh_worker *open_worker(struct wh_session *session) {
    struct wh_worker *worker = NULL;
    must(wh_worker_open(session, &worker));
    return worker;
}

static uint32_t word_of(const struct wh_session *session, const char *text) {
    uint32_t word;
    must(wh_session_word(session, text, &word));
    return word;
}

static struct wh_mech_spec spec_of(const char *text) {
    struct wh_mech_spec spec;
    must(wh_mech_parse(text, NAN, &spec));
    return spec;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void wait_for_news(struct wh_worker *worker, double deadline) {
    struct pollfd fd = {wh_worker_wake_fd(worker), POLLIN, 0};
    assert_true(now() < deadline);
    poll(&fd, 1, 1000);
    wh_worker_wake_drain(worker);
}

static void settle(struct wh_worker *worker) {
    double deadline = now() + WAIT_SECONDS;
    while (!wh_worker_settled(worker))
        wait_for_news(worker, deadline);
}

static struct wh_slot_snapshot take(struct wh_worker *worker, unsigned slot) {
    struct wh_slot_snapshot snapshot;
    bool fresh;
    must(wh_worker_slot(worker, slot, &snapshot, &fresh));
    return snapshot;
}

static void same_interval(struct wh_interval a, struct wh_interval b) {
    assert_memory_equal(&a, &b, sizeof a);
}

static void same_sim(const struct wh_sim_result *a, const struct wh_sim_result *b) {
    assert_int_equal(a->word, b->word);
    assert_int_equal(a->trials, b->trials);
    assert_int_equal(a->distinct, b->distinct);
    assert_int_equal(a->distinct_other, b->distinct_other);
    assert_int_equal(a->count, b->count);
    same_interval(a->unchanged, b->unchanged);
    same_interval(a->mean_distance, b->mean_distance);
    for (int band = 0; band < WH_BAND_COUNT; band++)
        same_interval(a->bands[band], b->bands[band]);
    for (uint32_t i = 0; i < a->count; i++) {
        assert_int_equal(a->items[i].id, b->items[i].id);
        assert_int_equal(a->items[i].rank, b->items[i].rank);
        assert_int_equal(a->items[i].count, b->items[i].count);
        same_interval(a->items[i].p, b->items[i].p);
        assert_memory_equal(&a->items[i].exact, &b->items[i].exact, sizeof(double));
    }
}

static void run_and_compare(const struct wh_session *session, const struct wh_mech_spec *spec,
                            const struct wh_slot_snapshot *snapshot, uint64_t trials) {
    struct wh_sim_result result;
    const struct wh_sim_request request = {.word = snapshot->sim.word,
                                           .spec = *spec,
                                           .trials = trials,
                                           .max_items = snapshot->sim.count,
                                           .exact = true};
    must(wh_run_sim(session, &request, NULL, &result));
    same_sim(&snapshot->sim, &result);
    wh_sim_result_close(&result);
}

static void test_same_trials_as_the_synchronous_run(void **state) {
    (void)state;
    struct wh_session *session = open_session(NULL, true);
    struct wh_worker *worker = open_worker(session);
    uint32_t queen = word_of(session, "queen");
    struct wh_mech_spec specs[] = {spec_of("laplace:epsilon=8"), spec_of("tgm:epsilon=50")};
    for (unsigned slot = 0; slot < 2; slot++)
        wh_worker_watch(worker, slot, queen, &specs[slot], 3001);
    settle(worker);
    for (unsigned slot = 0; slot < 2; slot++) {
        struct wh_slot_snapshot snapshot = take(worker, slot);
        assert_int_equal(snapshot.state, WH_WORKER_DONE);
        assert_true(snapshot.sim.seeded);
        run_and_compare(session, &specs[slot], &snapshot, 3001);
        wh_slot_snapshot_close(&snapshot);
    }
    wh_worker_close(worker);
    wh_session_close(session);
}

static void test_splashes_are_the_first_draws(void **state) {
    (void)state;
    struct wh_session *session = open_session(NULL, true);
    struct wh_worker *worker = open_worker(session);
    uint32_t queen = word_of(session, "queen");
    struct wh_mech_spec spec = spec_of("laplace:epsilon=8");
    wh_worker_see(worker, queen, WH_MAP_PCA, 20);
    wh_worker_watch(worker, 0, queen, &spec, 40);
    settle(worker);
    struct wh_slot_snapshot snapshot = take(worker, 0);
    struct wh_place place;
    bool fresh;
    must(wh_worker_place(worker, &place, &fresh));
    assert_true(fresh);
    assert_int_equal(place.picture.count, 21);
    assert_int_equal(snapshot.splash_count, 40);
    for (uint32_t i = 0; i < snapshot.splash_count; i++) {
        struct wh_trace_result trace;
        double x, y, z;
        must(wh_run_trace(session, queen, &spec, i, NULL, &trace));
        wh_space_place(&place.picture, place.dim, trace.point, &x, &y, &z);
        assert_true(snapshot.splashes[i].x == x && snapshot.splashes[i].y == y);
        assert_int_equal(snapshot.splashes[i].output, trace.trace.output);
        wh_trace_result_close(&trace);
    }
    wh_place_close(&place);
    wh_slot_snapshot_close(&snapshot);
    wh_worker_close(worker);
    wh_session_close(session);
}

/* A batch of chains would take half an hour; what is asked for in the meantime comes all the same.
 */
static void test_a_long_batch_gives_way(void **state) {
    (void)state;
    struct wh_session *session = open_session(NULL, true);
    struct wh_worker *worker = open_worker(session);
    uint32_t queen = word_of(session, "queen");
    const struct wh_mech_spec slow = spec_of("density-mh:steps=1000000");
    const struct wh_mech_spec quick = spec_of("tgm:epsilon=50");
    double deadline = now() + WAIT_SECONDS;
    wh_worker_watch(worker, 0, queen, &slow, 0);
    wh_worker_watch(worker, 1, queen, &quick, 64);
    for (bool counted = false; !counted;) {
        wait_for_news(worker, deadline);
        struct wh_slot_snapshot snapshot = take(worker, 1);
        counted = snapshot.sim.trials > 0;
        wh_slot_snapshot_close(&snapshot);
    } /* and now it is the other one's turn */
    for (uint32_t word = 0; word < 5; word++) {
        struct wh_place place = {0};
        wh_worker_see(worker, word, WH_MAP_RADIAL, 20);
        for (bool fresh; place.word != word || place.picture.count != 21;) {
            wh_place_close(&place);
            wait_for_news(worker, deadline);
            must(wh_worker_place(worker, &place, &fresh));
        }
        wh_place_close(&place);
    }
    wh_worker_close(worker);
    wh_session_close(session);
}

/* Batches that were given up are drawn again, the same. */
static void test_given_up_batches_leave_nothing(void **state) {
    (void)state;
    struct wh_session *session = open_session(NULL, true);
    struct wh_worker *worker = open_worker(session);
    const struct wh_mech_spec spec = spec_of("density-mh:steps=20");
    double deadline = now() + WAIT_SECONDS;
    wh_worker_watch(worker, 0, word_of(session, "queen"), &spec, 48);
    for (uint32_t word = 0; word < 20; word++) {
        wh_worker_see(worker, word, WH_MAP_RADIAL, 5);
        wait_for_news(worker, deadline);
    }
    settle(worker);
    struct wh_slot_snapshot snapshot = take(worker, 0);
    run_and_compare(session, &spec, &snapshot, 48);
    wh_slot_snapshot_close(&snapshot);
    wh_worker_close(worker);
    wh_session_close(session);
}

/* Every change of word is a new serial; whatever is published under a serial is about that word. */
static void test_counts_never_mix(void **state) {
    (void)state;
    struct wh_session *session = open_session(NULL, false);
    struct wh_worker *worker = open_worker(session);
    struct wh_mech_spec spec = spec_of("tgm");
    uint64_t serials[300], last = 0;
    for (uint32_t word = 0; word < 300; word++) {
        serials[word] = wh_worker_watch(worker, 0, word, &spec, 0);
        assert_true(serials[word] > last);
        assert_int_equal(wh_worker_watch(worker, 0, word, &spec, 0), serials[word]);
        last = serials[word];
        struct wh_slot_snapshot snapshot = take(worker, 0);
        if (snapshot.serial)
            assert_int_equal(serials[snapshot.sim.word], snapshot.serial);
        uint64_t counted = 0;
        for (uint32_t i = 0; i < snapshot.sim.count; i++)
            counted += snapshot.sim.items[i].count;
        assert_int_equal(counted, snapshot.sim.trials); /* fewer than 200 outputs: all listed */
        wh_slot_snapshot_close(&snapshot);
    }
    settle(worker);
    struct wh_slot_snapshot snapshot = take(worker, 0);
    assert_int_equal(snapshot.serial, last);
    assert_int_equal(snapshot.sim.word, 299);
    wh_slot_snapshot_close(&snapshot);
    wh_worker_close(worker);
    wh_session_close(session);
}

static void test_pause_and_resume(void **state) {
    (void)state;
    struct wh_session *session = open_session(NULL, false);
    struct wh_worker *worker = open_worker(session);
    struct wh_mech_spec spec = spec_of("laplace:epsilon=8");
    wh_worker_watch(worker, 0, 100, &spec, 0);
    settle(worker);
    wh_worker_pause(worker, true);
    settle(worker);
    struct wh_slot_snapshot first = take(worker, 0);
    assert_int_equal(first.state, WH_WORKER_PAUSED);
    usleep(120000);
    struct wh_slot_snapshot second = take(worker, 0);
    assert_int_equal(first.sim.trials, second.sim.trials);
    wh_worker_pause(worker, false);
    double deadline = now() + WAIT_SECONDS;
    for (uint64_t trials = second.sim.trials; trials == first.sim.trials;
         trials = second.sim.trials) {
        wait_for_news(worker, deadline);
        wh_slot_snapshot_close(&second);
        second = take(worker, 0);
    }
    assert_int_equal(second.state, WH_WORKER_SAMPLING);
    wh_slot_snapshot_close(&first);
    wh_slot_snapshot_close(&second);
    wh_worker_close(worker);
    wh_session_close(session);
}

static bool restart_repeats(bool seeded) {
    struct wh_session *session = open_session(NULL, seeded);
    struct wh_worker *worker = open_worker(session);
    struct wh_mech_spec spec = spec_of("laplace:epsilon=6");
    uint64_t serial = wh_worker_watch(worker, 1, 100, &spec, 500);
    settle(worker);
    struct wh_slot_snapshot first = take(worker, 1);
    wh_worker_restart(worker, 1);
    settle(worker);
    struct wh_slot_snapshot second = take(worker, 1);
    assert_true(second.serial > serial);
    assert_int_equal(second.sim.trials, 500);
    bool same = first.sim.count == second.sim.count;
    for (uint32_t i = 0; same && i < first.sim.count; i++)
        same = first.sim.items[i].id == second.sim.items[i].id;
    wh_slot_snapshot_close(&first);
    wh_slot_snapshot_close(&second);
    wh_worker_close(worker);
    wh_session_close(session);
    return same;
}

static void test_restart(void **state) {
    (void)state;
    assert_true(restart_repeats(true));
    assert_false(restart_repeats(false));
}

/* The whole result on request, while it waits for nothing but the batch under way. */
static void test_whole_result(void **state) {
    (void)state;
    struct wh_session *session = open_session(NULL, true);
    struct wh_worker *worker = open_worker(session);
    struct wh_mech_spec spec = spec_of("laplace:epsilon=5");
    struct wh_sim_result whole, result;
    assert_int_equal(wh_worker_result(worker, 0, &whole), WH_UNAVAILABLE);
    wh_worker_watch(worker, 0, 100, &spec, 0);
    must(wh_worker_result(worker, 0, &whole)); /* perhaps of no trials */
    wh_sim_result_close(&whole);
    wh_worker_watch(worker, 0, 100, &spec, 2000);
    settle(worker);
    must(wh_worker_result(worker, 0, &whole));
    assert_true(whole.trials >= 2000);
    assert_int_equal(whole.count, whole.distinct);
    const struct wh_sim_request request = {
        .word = 100, .spec = spec, .trials = whole.trials, .exact = true};
    must(wh_run_sim(session, &request, NULL, &result));
    same_sim(&whole, &result);
    wh_sim_result_close(&whole);
    wh_sim_result_close(&result);
    wh_worker_close(worker);
    wh_session_close(session);
}

static void test_limit_can_grow(void **state) {
    (void)state;
    struct wh_session *session = open_session(NULL, true);
    struct wh_worker *worker = open_worker(session);
    struct wh_mech_spec spec = spec_of("tgm");
    uint64_t serial = wh_worker_watch(worker, 0, 5, &spec, 1000);
    settle(worker);
    assert_int_equal(wh_worker_watch(worker, 0, 5, &spec, 7000), serial);
    settle(worker);
    struct wh_slot_snapshot snapshot = take(worker, 0);
    assert_int_equal(snapshot.sim.trials, 7000);
    run_and_compare(session, &spec, &snapshot, 7000);
    wh_slot_snapshot_close(&snapshot);
    wh_worker_close(worker);
    wh_session_close(session);
}

static void test_undefined_says_why(void **state) {
    (void)state;
    struct wh_session *session = open_session(NULL, true);
    struct wh_worker *worker = open_worker(session);
    struct wh_mech_spec spec = spec_of("tgm:epsilon=10");
    wh_worker_watch(worker, 1, 5, &spec, 1000);
    settle(worker);
    struct wh_slot_snapshot snapshot = take(worker, 1);
    assert_int_equal(snapshot.state, WH_WORKER_FAILED);
    assert_non_null(strstr(snapshot.sentence, "epsilon_min"));
    wh_slot_snapshot_close(&snapshot);
    wh_worker_watch(worker, 1, 5, NULL, 0);
    settle(worker);
    snapshot = take(worker, 1);
    assert_int_equal(snapshot.state, WH_WORKER_IDLE);
    wh_slot_snapshot_close(&snapshot);
    wh_worker_close(worker);
    wh_session_close(session);
}

/* A text file of words x dim random numbers. */
static const char *text_file(const char *name, uint32_t words, uint32_t dim) {
    struct plain_rng rng = {3};
    char *bytes = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&bytes, &size);
    for (uint32_t i = 0; i < words; i++) {
        fprintf(stream, "w%u", i);
        for (uint32_t j = 0; j < dim; j++)
            fprintf(stream, " %.5f", plain_normal(&rng));
        fputc('\n', stream);
    }
    fclose(stream);
    const char *path = fixture_file(name, bytes, size);
    free(bytes);
    return path;
}

/* A text file brings no facts: laplace samples at once, tgm waits for them, then runs. */
static void test_facts_come_in_the_background(void **state) {
    (void)state;
    struct wh_session *session = open_session(text_file("facts.txt", 3000, 40), true);
    struct wh_worker *worker = open_worker(session);
    struct wh_mech_spec laplace = spec_of("laplace:epsilon=4"), tgm = spec_of("tgm");
    wh_worker_see(worker, 3, WH_MAP_RADIAL, 10);
    wh_worker_watch(worker, 0, 3, &laplace, 200);
    wh_worker_watch(worker, 1, 3, &tgm, 200);
    assert_true(wh_worker_derive_done(worker) < 1);
    struct wh_slot_snapshot early = {.state = WH_WORKER_IDLE};
    while (early.state == WH_WORKER_IDLE) {
        wh_slot_snapshot_close(&early);
        early = take(worker, 1);
    }
    if (early.state == WH_WORKER_WAITING) { /* nothing is said of it that is not known */
        assert_int_equal(early.sim.mech.guarantee.label, WH_LABEL_CLAIMED);
        assert_true(isnan(early.sim.mech.epsilon));
    }
    wh_slot_snapshot_close(&early);
    settle(worker);
    assert_true(wh_worker_derive_done(worker) >= 1);
    for (unsigned slot = 0; slot < 2; slot++) {
        struct wh_slot_snapshot snapshot = take(worker, slot);
        assert_int_equal(snapshot.state, WH_WORKER_DONE);
        run_and_compare(session, slot ? &tgm : &laplace, &snapshot, 200);
        wh_slot_snapshot_close(&snapshot);
    }
    struct wh_place place;
    bool fresh;
    must(wh_worker_place(worker, &place, &fresh));
    assert_true(place.density.radius_percentile >= 0); /* known now */
    wh_place_close(&place);
    wh_worker_close(worker);
    wh_session_close(session);
}

static void test_closing_in_the_middle(void **state) {
    (void)state;
    struct wh_session *session = open_session(text_file("middle.txt", 3000, 40), false);
    struct wh_mech_spec laplace = spec_of("laplace:epsilon=4"), tgm = spec_of("tgm");
    for (int i = 0; i < 5; i++) {
        struct wh_worker *worker = open_worker(session);
        wh_worker_see(worker, 3, WH_MAP_RADIAL, 10);
        wh_worker_watch(worker, 0, 3, &laplace, 0);
        wh_worker_watch(worker, 1, 3, &tgm, 0);
        usleep((useconds_t)i * 5000);
        wh_worker_close(worker);
    }
    wh_session_close(session);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_trials_as_the_synchronous_run),
        cmocka_unit_test(test_splashes_are_the_first_draws),
        cmocka_unit_test(test_counts_never_mix),
        cmocka_unit_test(test_a_long_batch_gives_way),
        cmocka_unit_test(test_given_up_batches_leave_nothing),
        cmocka_unit_test(test_pause_and_resume),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_whole_result),
        cmocka_unit_test(test_limit_can_grow),
        cmocka_unit_test(test_undefined_says_why),
        cmocka_unit_test(test_facts_come_in_the_background),
        cmocka_unit_test(test_closing_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
