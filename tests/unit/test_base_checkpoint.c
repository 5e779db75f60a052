/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_base_checkpoint.c - what was kept comes back, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checkpoint.h"

#define RECORDS 5
#define HEADER  56
#define RECORD  (16 + 3 * 8 + 16) /* head, three doubles, hash */

static char path[256];
static const unsigned char key[WH_CHECKPOINT_KEY] = {1, 2, 3}, other_key[WH_CHECKPOINT_KEY] = {4};

static char notes[1024];
static void note(void *context, const char *sentence) {
    (void)context;
    snprintf(notes + strlen(notes), sizeof notes - strlen(notes), "%s\n", sentence);
}

static const struct wh_token token = {.note = note};

static struct wh_checkpoint *open_it(const unsigned char *with) {
    notes[0] = '\0';
    return wh_checkpoint_open(path, with, &token);
}

static int start(void **state) {
    const char *scratch = getenv("SCRATCH");
    (void)state;
    snprintf(path, sizeof path, "%s/work.facts", scratch ? scratch : "/tmp");
    unlink(path);
    return sodium_init() < 0;
}

static void add(struct wh_checkpoint *checkpoint, uint32_t first) {
    const double values[] = {first, 0.1 * first, -1};
    wh_checkpoint_add(checkpoint, &(struct wh_checkpoint_record){7, first, 1, 3, values});
}

static void check_one(void *context, const struct wh_checkpoint_record *record) {
    uint32_t *seen = context;
    assert_int_equal(record->part, 7);
    assert_int_equal(record->first, *seen);
    assert_int_equal(record->items, 1);
    assert_int_equal(record->count, 3);
    assert_true(record->values[0] == *seen && record->values[1] == 0.1 * *seen);
    assert_true(record->values[2] == -1);
    ++*seen;
}

/* How many records are found, in order and with their values. */
static uint32_t found(struct wh_checkpoint *checkpoint) {
    uint32_t seen = 0;
    assert_non_null(checkpoint);
    wh_checkpoint_each(checkpoint, check_one, &seen);
    return seen;
}

static void fill(void) {
    unlink(path);
    struct wh_checkpoint *checkpoint = open_it(key);
    assert_int_equal(found(checkpoint), 0);
    for (uint32_t i = 0; i < RECORDS; i++)
        add(checkpoint, i);
    assert_int_equal(found(checkpoint), 0); /* only what was there at opening */
    wh_checkpoint_close(checkpoint);
    assert_string_equal(notes, "");
}

static void records_come_back(void **state) {
    (void)state;
    fill();
    struct wh_checkpoint *checkpoint = open_it(key);
    assert_int_equal(found(checkpoint), RECORDS);
    add(checkpoint, RECORDS);
    wh_checkpoint_close(checkpoint);
    checkpoint = open_it(key);
    assert_int_equal(found(checkpoint), RECORDS + 1);
    assert_string_equal(notes, "");
    wh_checkpoint_remove(checkpoint);
    assert_int_equal(access(path, F_OK), -1);
}

/* A file cut at any byte: the whole records before the cut count, the next one is added there. */
static void cut_files_count_up_to_the_cut(void **state) {
    (void)state;
    for (off_t size = 1; size < HEADER + RECORDS * RECORD; size++) {
        fill();
        assert_int_equal(truncate(path, size), 0);
        struct wh_checkpoint *checkpoint = open_it(key);
        bool whole = size >= HEADER && (size - HEADER) % RECORD == 0;
        assert_int_equal(*notes == '\0', whole);
        if (size < 14) { /* not even the name of its kind */
            assert_null(checkpoint);
            continue;
        }
        uint32_t left = size < HEADER ? 0 : (uint32_t)((size - HEADER) / RECORD);
        assert_int_equal(found(checkpoint), left);
        add(checkpoint, left);
        wh_checkpoint_close(checkpoint);
        checkpoint = open_it(key);
        assert_int_equal(found(checkpoint), left + 1);
        assert_string_equal(notes, "");
        wh_checkpoint_close(checkpoint);
    }
}

/* A byte turned anywhere: nothing wrong is ever taken over. */
static void turned_bytes_are_noticed(void **state) {
    (void)state;
    for (off_t at = 0; at < HEADER + RECORDS * RECORD; at++) {
        unsigned char byte;
        fill();
        int fd = open(path, O_RDWR);
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 0x10;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        close(fd);
        struct wh_checkpoint *checkpoint = open_it(key);
        assert_true(*notes != '\0');
        if (!checkpoint)
            assert_true(at < 16);
        else
            assert_int_equal(found(checkpoint), at < HEADER ? 0 : (at - HEADER) / RECORD);
        wh_checkpoint_close(checkpoint);
    }
}

static void other_work_begins_anew(void **state) {
    (void)state;
    fill();
    struct wh_checkpoint *checkpoint = open_it(other_key);
    assert_non_null(strstr(notes, "of other work: starting over"));
    assert_int_equal(found(checkpoint), 0);
    wh_checkpoint_close(checkpoint);
}

static void other_files_are_left_alone(void **state) {
    struct stat facts;
    (void)state;
    FILE *file = fopen(path, "w");
    fputs("somebody's own notes, of more bytes than a header has, and more\n", file);
    fclose(file);
    assert_null(open_it(key));
    assert_non_null(strstr(notes, "not a checkpoint, left alone"));
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_size, 64);
}

static void one_owner_at_a_time(void **state) {
    (void)state;
    fill();
    struct wh_checkpoint *checkpoint = open_it(key);
    assert_null(open_it(key));
    assert_non_null(strstr(notes, "another process is at it"));
    wh_checkpoint_close(checkpoint);
    checkpoint = open_it(key);
    assert_int_equal(found(checkpoint), RECORDS);
    wh_checkpoint_close(checkpoint);
}

static void nowhere_is_no_failure(void **state) {
    (void)state;
    assert_null(wh_checkpoint_open("/nonexistent/work.facts", key, NULL));
    assert_null(wh_checkpoint_open("/dev/null", key, NULL));
    wh_checkpoint_each(NULL, check_one, NULL);
    wh_checkpoint_add(NULL, NULL);
    wh_checkpoint_close(NULL);
    wh_checkpoint_remove(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(records_come_back, start),
        cmocka_unit_test_setup(cut_files_count_up_to_the_cut, start),
        cmocka_unit_test_setup(turned_bytes_are_noticed, start),
        cmocka_unit_test_setup(other_work_begins_anew, start),
        cmocka_unit_test_setup(other_files_are_left_alone, start),
        cmocka_unit_test_setup(one_owner_at_a_time, start),
        cmocka_unit_test_setup(nowhere_is_no_failure, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
