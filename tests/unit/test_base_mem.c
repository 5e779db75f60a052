/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_base_mem.c - memory, the sentence of a failure, rounding against ourselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/round.h"
#include "base/status.h"

static void memory_is_zeroed(void **state) {
    (void)state;
    for (size_t size = 1; size < 5000; size = size * 3 + 1) {
        unsigned char *plain = wh_alloc(size, 1), *aligned = wh_alloc_aligned(size, 1);
        assert_non_null(plain);
        assert_non_null(aligned);
        assert_int_equal((uintptr_t)aligned % 64, 0);
        for (size_t i = 0; i < size; i++)
            assert_true(plain[i] == 0 && aligned[i] == 0);
        memset(aligned, 0xff, size); /* so that the next one is not zero by luck */
        memset(plain, 0xff, size);
        free(plain);
        free(aligned);
    }
}

static void nothing_is_a_pointer_too(void **state) {
    (void)state;
    void *plain = wh_alloc(0, 8), *aligned = wh_alloc_aligned(8, 0);
    void *grown = wh_realloc(NULL, 0, 0);
    assert_true(plain && aligned && grown);
    free(plain);
    free(aligned);
    free(grown);
}

static void sizes_that_overflow_are_refused(void **state) {
    (void)state;
    char *kept = wh_alloc(4, 1);
    assert_non_null(kept);
    memcpy(kept, "abc", 4);
    assert_null(wh_alloc(SIZE_MAX / 2 + 1, 2));
    assert_null(wh_alloc(1, SIZE_MAX));
    assert_null(wh_alloc_aligned(SIZE_MAX / 8 + 2, 8));
    assert_null(wh_alloc_aligned(1, PTRDIFF_MAX));
    assert_null(wh_realloc(kept, SIZE_MAX / 4 + 1, 4));
    assert_non_null(strstr(wh_error(), "out of memory"));
    assert_string_equal(kept, "abc");
    kept = wh_realloc(kept, 5000, 1);
    assert_string_equal(kept, "abc");
    free(kept);
}

static void typed_allocation_is_a_status(void **state) {
    (void)state;
    double *numbers = NULL;
    assert_int_equal(WH_ALLOC(numbers, 10), WH_OK);
    free(numbers);
    assert_int_equal(WH_ALLOC_ALIGNED(numbers, SIZE_MAX / 4), WH_NOMEM);
    assert_null(numbers);
}

static void sentence_is_kept_and_cut(void **state) {
    (void)state;
    char large[3000];
    memset(large, 'x', sizeof large);
    large[sizeof large - 1] = '\0';
    assert_int_equal(wh_fail(WH_DATA, "line %d: %s", 7, "ragged"), WH_DATA);
    assert_string_equal(wh_error(), "line 7: ragged");
    wh_fail(WH_DATA, "file: %s", wh_error()); /* the old sentence may be part of the new one */
    assert_string_equal(wh_error(), "file: line 7: ragged");
    wh_fail(WH_IO, "%s", large);
    assert_int_equal(strlen(wh_error()), 1023);
}

static void *fail_elsewhere(void *argument) {
    static const char empty[] = "";
    (void)argument;
    const char *before = strcmp(wh_error(), empty) == 0 ? empty : "not empty";
    wh_fail(WH_IO, "elsewhere");
    return (void *)(uintptr_t)before;
}

static void sentence_belongs_to_its_thread(void **state) {
    (void)state;
    pthread_t thread;
    void *before = NULL;
    wh_fail(WH_DATA, "here");
    assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
    assert_int_equal(pthread_join(thread, &before), 0);
    assert_string_equal(before, "");
    assert_string_equal(wh_error(), "here");
}

static enum wh_status three_steps(enum wh_status second, int *reached) {
    enum wh_status status = WH_OK;
    *reached = 1;
    WH_TRY(second);
    *reached = 2;
out:
    return status;
}

static void try_leaves_at_the_first_failure(void **state) {
    (void)state;
    int reached;
    assert_int_equal(three_steps(WH_OK, &reached), WH_OK);
    assert_int_equal(reached, 2);
    assert_int_equal(three_steps(WH_NOINPUT, &reached), WH_NOINPUT);
    assert_int_equal(reached, 1);
}

static void rounding_moves_by_whole_units(void **state) {
    (void)state;
    assert_true(wh_round_up(1, 0) == 1 && wh_round_down(1, 0) == 1);
    assert_true(wh_round_up(1, 3) == 1 + 3 * DBL_EPSILON);
    assert_true(wh_round_down(1, 2) == 1 - DBL_EPSILON);
    assert_true(wh_round_up(-1, 2) == -1 + DBL_EPSILON);
    assert_true(wh_round_up(0, 1) > 0 && wh_round_down(0, 1) < 0);
    assert_true(isinf(wh_round_up(DBL_MAX, 1)) && isinf(wh_round_up(INFINITY, 4)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed),
        cmocka_unit_test(nothing_is_a_pointer_too),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(typed_allocation_is_a_status),
        cmocka_unit_test(sentence_is_kept_and_cut),
        cmocka_unit_test(sentence_belongs_to_its_thread),
        cmocka_unit_test(try_leaves_at_the_first_failure),
        cmocka_unit_test(rounding_moves_by_whole_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
