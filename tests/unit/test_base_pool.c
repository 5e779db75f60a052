/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_base_pool.c - threads, crews, cancelling and progress, processor features. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/cpu.h"
#include "base/crew.h"
#include "base/pool.h"
#include "base/token.h"

#define ITEMS 10007

struct visits {
    atomic_int times[ITEMS];
    atomic_int threads_seen[16], bad_ranges;
    size_t chunk;
};

static enum wh_status visit(void *context, size_t begin, size_t end, int thread) {
    struct visits *visits = context;
    if (begin >= end || end > ITEMS || end - begin > visits->chunk || thread < 0 || thread >= 16) {
        atomic_fetch_add(&visits->bad_ranges, 1);
        return WH_BUG;
    }
    atomic_fetch_add(&visits->threads_seen[thread], 1);
    for (size_t i = begin; i < end; i++)
        atomic_fetch_add(&visits->times[i], 1);
    return WH_OK;
}

static void every_item_is_done_once(void **state) {
    (void)state;
    static const struct {
        int threads;
        size_t chunk;
    } cases[] = {{1, 1}, {2, 1}, {4, 64}, {16, 1000}, {3, ITEMS}, {3, 10 * ITEMS}, {0, 17}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        static struct visits visits;
        memset(&visits, 0, sizeof visits);
        visits.chunk = cases[c].chunk;
        assert_int_equal(wh_pool_run(cases[c].threads, ITEMS, cases[c].chunk, visit, &visits),
                         WH_OK);
        assert_int_equal(visits.bad_ranges, 0);
        for (size_t i = 0; i < ITEMS; i++)
            assert_int_equal(visits.times[i], 1);
        for (int thread = cases[c].threads; cases[c].threads && thread < 16; thread++)
            assert_int_equal(visits.threads_seen[thread], 0);
    }
}

static enum wh_status never(void *context, size_t begin, size_t end, int thread) {
    (void)context, (void)begin, (void)end, (void)thread;
    return wh_fail(WH_BUG, "called for nothing");
}

static void nothing_to_do_is_fine(void **state) {
    (void)state;
    assert_int_equal(wh_pool_run(4, 0, 10, never, NULL), WH_OK);
}

struct caller {
    pthread_t self;
    int elsewhere;
};

static enum wh_status note_caller(void *context, size_t begin, size_t end, int thread) {
    struct caller *caller = context;
    (void)begin, (void)end, (void)thread;
    caller->elsewhere += !pthread_equal(caller->self, pthread_self());
    return WH_OK;
}

static void one_thread_is_the_caller(void **state) {
    (void)state;
    struct caller caller = {.self = pthread_self()};
    assert_int_equal(wh_pool_run(1, 100, 1, note_caller, &caller), WH_OK);
    assert_int_equal(caller.elsewhere, 0);
}

static enum wh_status fail_at_item(void *context, size_t begin, size_t end, int thread) {
    atomic_int *done = context;
    (void)end, (void)thread;
    if (begin == 10)
        return wh_fail(WH_DATA, "item %zu is bad", begin);
    atomic_fetch_add(done, 1);
    return WH_OK;
}

static void failure_stops_the_rest_and_brings_its_sentence(void **state) {
    (void)state;
    for (int threads = 1; threads <= 4; threads++) {
        atomic_int done = 0;
        assert_int_equal(wh_pool_run(threads, 1000000, 1, fail_at_item, &done), WH_DATA);
        assert_string_equal(wh_error(), "item 10 is bad");
        if (threads == 1)
            assert_int_equal(done, 10);
        assert_true(done < 1000000 - 1);
    }
}

/* An interrupt must reach the program's own threads; the number of threads whose masks let it in.
 */
static enum wh_status count_open_masks(void *context, size_t begin, size_t end, int thread) {
    atomic_int *open = context;
    sigset_t mask;
    (void)begin, (void)end;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    if (thread > 0 && (!sigismember(&mask, SIGINT) || sigismember(&mask, SIGSEGV)))
        atomic_fetch_add(open, 1);
    return WH_OK;
}

static void helpers_take_no_signals_but_crashes(void **state) {
    (void)state;
    atomic_int open = 0;
    sigset_t mask;
    assert_int_equal(wh_pool_run(4, 100000, 1, count_open_masks, &open), WH_OK);
    assert_int_equal(open, 0);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_false(sigismember(&mask, SIGINT));
}

static void remember_progress(void *context, const char *what, double done, double total) {
    double *share = context;
    assert_string_equal(what, "pairs");
    *share = done / total;
}

static void token_cancels_and_reports(void **state) {
    (void)state;
    double share = 0;
    struct wh_token token = {.progress = remember_progress, .context = &share};
    assert_int_equal(wh_token_check(&token), WH_OK);
    wh_token_progress(&token, "pairs", 1, 4);
    assert_true(share == 0.25);
    atomic_store(&token.cancelled, true);
    assert_true(wh_token_cancelled(&token));
    assert_int_equal(wh_token_check(&token), WH_CANCELLED);
    assert_string_equal(wh_error(), "cancelled");
}

static void no_token_is_never_cancelled(void **state) {
    (void)state;
    assert_false(wh_token_cancelled(NULL));
    assert_int_equal(wh_token_check(NULL), WH_OK);
    wh_token_progress(NULL, "pairs", 1, 4);
    wh_token_progress(&(struct wh_token){0}, "pairs", 1, 4);
}

/* A thing that eight threads want at once. */
struct wanted {
    struct wh_crew crew;
    pthread_barrier_t start;
    _Atomic(int *) made;
    atomic_int times[ITEMS], makers;
    int fail_at;
};

static enum wh_status make_some(void *context, size_t begin, size_t end) {
    struct wanted *wanted = context;
    for (size_t i = begin; i < end; i++) {
        if ((int)i == wanted->fail_at)
            return wh_fail(WH_NOMEM, "no more");
        atomic_fetch_add(&wanted->times[i], 1);
    }
    return WH_OK;
}

static void *want(void *context) {
    static int thing;
    struct wanted *wanted = context;
    pthread_barrier_wait(&wanted->start);
    if (wh_crew_lead(&wanted->crew)) {
        if (!atomic_load(&wanted->made)) {
            atomic_fetch_add(&wanted->makers, 1);
            enum wh_status status = wh_crew_share(&wanted->crew, ITEMS, 7, make_some, wanted);
            assert_true((status == WH_NOMEM) == (wanted->fail_at >= 0));
            atomic_store(&wanted->made, &thing);
        }
        wh_crew_end(&wanted->crew);
    }
    return atomic_load(&wanted->made);
}

static void run_crew(struct wanted *wanted) {
    pthread_t threads[8];
    void *got;
    wh_crew_open(&wanted->crew);
    pthread_barrier_init(&wanted->start, NULL, 8);
    for (size_t t = 0; t < 8; t++)
        assert_int_equal(pthread_create(&threads[t], NULL, want, wanted), 0);
    for (size_t t = 0; t < 8; t++) {
        assert_int_equal(pthread_join(threads[t], &got), 0);
        assert_non_null(got);
    }
    assert_int_equal(wanted->makers, 1);
    pthread_barrier_destroy(&wanted->start);
    wh_crew_close(&wanted->crew);
}

static void a_crew_makes_things_once(void **state) {
    (void)state;
    static struct wanted wanted;
    for (int round = 0; round < 50; round++) {
        memset(&wanted, 0, sizeof wanted);
        wanted.fail_at = -1;
        run_crew(&wanted);
        for (size_t i = 0; i < ITEMS; i++)
            assert_int_equal(wanted.times[i], 1);
    }
    memset(&wanted, 0, sizeof wanted);
    wanted.fail_at = ITEMS / 2;
    run_crew(&wanted);
    assert_int_equal(wanted.times[ITEMS - 1], 0);
    memset(&wanted, 0, sizeof wanted);
    wanted.fail_at = -1;
    assert_int_equal(wh_crew_share(NULL, ITEMS, 7, make_some, &wanted), WH_OK);
    assert_int_equal(wanted.times[ITEMS - 1], 1);
}

static void processor_is_described(void **state) {
    (void)state;
    assert_true(wh_cpu_count() >= 1);
    assert_ptr_equal(wh_cpu(), wh_cpu());
#if defined(__x86_64__)
    assert_int_equal(wh_cpu()->avx2_fma,
                     __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
    assert_false(wh_cpu()->neon);
#elif defined(__aarch64__)
    assert_true(wh_cpu()->neon);
#endif
    assert_true(!wh_cpu()->avx512_vnni || wh_cpu()->avx512f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_done_once),
        cmocka_unit_test(nothing_to_do_is_fine),
        cmocka_unit_test(one_thread_is_the_caller),
        cmocka_unit_test(failure_stops_the_rest_and_brings_its_sentence),
        cmocka_unit_test(helpers_take_no_signals_but_crashes),
        cmocka_unit_test(token_cancels_and_reports),
        cmocka_unit_test(no_token_is_never_cancelled),
        cmocka_unit_test(a_crew_makes_things_once),
        cmocka_unit_test(processor_is_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
