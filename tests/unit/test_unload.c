/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_unload.c - vectors that leave memory while others work on them: they go when too much is
 * taken, not before, and are the same when they are looked at again. */
#include "tests/lib/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "embed/unload.h"

#define WORDS 40000
#define DIM   400
#define MB    ((size_t)1 << 20)

/* 64 MB of vectors. */
static struct wh_embed *large_embedding(char path[512]) {
    struct wh_embed *embed;
    snprintf(path, 512, "%s", fixture_file("large.bin", "", 0));
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fprintf(file, "%d %d\n", WORDS, DIM);
    for (uint32_t id = 0; id < WORDS; id++) {
        float row[DIM];
        for (uint32_t j = 0; j < DIM; j++)
            row[j] = (float)(id * DIM + j);
        fprintf(file, "w%u ", id);
        assert_int_equal(fwrite(row, sizeof *row, DIM, file), DIM);
    }
    assert_int_equal(fclose(file), 0);
    const struct wh_embed_options options = {.path = path};
    must(wh_embed_open(&options, &embed));
    return embed;
}

static void assert_same_rows(const struct wh_embed *embed) {
    for (uint32_t id = 0; id < WORDS; id++) {
        const float *row = wh_embed_row(embed, id);
        for (uint32_t j = 0; j < DIM; j++)
            if (row[j] != (float)(id * DIM + j))
                fail_msg("row %u, number %u became %g", id, j, (double)row[j]);
    }
}

static size_t resident(void) {
    size_t all, pages;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%zu %zu", &all, &pages), 2);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Rows are the same wherever they are looked at. */
static void assert_same_looks(const struct wh_embed *embed, bool in_room) {
    float *room = calloc(wh_embed_stride(embed), sizeof *room);
    for (uint32_t id = 0; id < WORDS; id += 7) {
        const float *row = wh_embed_look(embed, id, room);
        assert_true((row == room) == in_room);
        assert_memory_equal(row, wh_embed_row(embed, id), wh_embed_stride(embed) * sizeof *row);
    }
    assert_ptr_equal(wh_embed_look(embed, 3, NULL), wh_embed_row(embed, 3));
    free(room);
}

/* Looking at rows that have left memory does not bring them back. */
static void assert_looks_take_nothing(const struct wh_embed *embed) {
    float *room = calloc(wh_embed_stride(embed), sizeof *room);
    size_t before = resident();
    for (uint32_t id = 0; id < WORDS; id++)
        assert_true(wh_embed_look(embed, id, room)[DIM - 1] == (float)(id * DIM + DIM - 1));
    assert_true(resident() < before + 8 * MB);
    free(room);
}

static void test_leaving_memory(void **state) {
    (void)state;
    char path[512];
    struct wh_embed *embed = large_embedding(path);
    const size_t size = WORDS * wh_embed_stride(embed) * sizeof(float), ample = 8192 * MB;
    wh_embed_slim(embed, 0); /* not unloaded: nothing happens */
    assert_same_rows(embed);
    assert_same_looks(embed, false);
    wh_unload(embed, path, size + 1, ample, NULL);
    assert_false(wh_embed_unloaded(embed)); /* too few */
    wh_unload(embed, path, size, ample, NULL);
    if (!wh_embed_unloaded(embed)) {
        wh_embed_close(embed);
        unlink(path);
        skip(); /* a file system without nameless files */
    }
    assert_same_rows(embed);
    size_t before = resident();
    wh_embed_slim(embed, 0);
    assert_int_equal(wh_unload_staying(embed), size);
    assert_true(resident() > before - 16 * MB);
    wh_embed_slim(embed, ample); /* there is no room for so much to come */
    assert_true(resident() < before - 48 * MB);
    assert_int_equal(wh_unload_staying(embed), size / 8);
    assert_looks_take_nothing(embed);
    assert_same_looks(embed, true);
    assert_same_rows(embed);
    assert_true(resident() > before - 16 * MB);
    wh_embed_close(embed);
    unlink(path);
}

/* The process takes more than the vectors from the beginning. */
static void test_without_room(void **state) {
    (void)state;
    char path[512];
    struct wh_embed *embed = large_embedding(path);
    wh_unload(embed, path, 0, 0, NULL);
    if (wh_embed_unloaded(embed)) {
        assert_same_rows(embed);
        for (int i = 0; i < 3; i++) {
            size_t before = resident();
            wh_embed_slim(embed, 0);
            assert_true(resident() < before - 48 * MB);
            assert_same_rows(embed);
        }
    }
    wh_embed_close(embed);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaving_memory),
        cmocka_unit_test(test_without_room),
    };
    return cmocka_run_group_tests_name("unload", tests, NULL, NULL);
}
