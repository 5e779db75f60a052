/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_base_wordmap.c - word -> id, and what hostile slots can do to it: nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wordmap.h"

#define WORDS 50000

static int make_word(char *word, size_t size, unsigned number) {
    return snprintf(word, size, "w%u-%u", number % 97, number);
}

static struct wh_wordset *many_words(void) {
    struct wh_wordset *set;
    assert_int_equal(wh_wordset_open(&set), WH_OK);
    for (unsigned i = 0; i < WORDS; i++) {
        char word[32];
        uint32_t id;
        bool added;
        size_t length = (size_t)make_word(word, sizeof word, i);
        assert_int_equal(wh_wordset_add(set, word, length, &id, &added), WH_OK);
        assert_true(added);
        assert_int_equal(id, i);
    }
    return set;
}

static void set_remembers_every_word_once(void **state) {
    (void)state;
    struct wh_wordset *set = many_words();
    for (unsigned i = 0; i < WORDS; i += 7) {
        char word[32];
        uint32_t id;
        bool added;
        size_t length = (size_t)make_word(word, sizeof word, i);
        assert_int_equal(wh_wordset_add(set, word, length, &id, &added), WH_OK);
        assert_false(added);
        assert_int_equal(id, i);
    }
    struct wh_wordtable table = wh_wordset_table(set);
    assert_int_equal(table.count, WORDS);
    for (unsigned i = 0; i < WORDS; i++) {
        char word[32];
        make_word(word, sizeof word, i);
        assert_string_equal(table.bytes + table.offsets[i], word);
        assert_int_equal(table.offsets[i + 1] - table.offsets[i], strlen(word) + 1);
    }
    wh_wordset_close(set);
}

/* With the slots there from the beginning, and hashed ahead, it becomes the same set. */
static void set_with_room_is_the_same(void **state) {
    (void)state;
    struct wh_wordset *grown = many_words(), *set;
    assert_int_equal(wh_wordset_open(&set), WH_OK);
    assert_int_equal(wh_wordset_reserve(set, WORDS), WH_OK);
    for (unsigned i = 0; i < WORDS; i++) {
        char bytes[32];
        uint32_t id;
        bool added;
        struct wh_hashed_word word = {bytes, (size_t)make_word(bytes, sizeof bytes, i), 0};
        word.hash = wh_word_hash(bytes, word.length);
        wh_wordset_expect(set, word.hash);
        assert_int_equal(wh_wordset_add_hashed(set, &word, &id, &added), WH_OK);
        assert_true(added);
        assert_int_equal(id, i);
    }
    assert_int_equal(wh_wordset_reserve(set, 4 * WORDS), WH_OK); /* too late, no harm */
    uint32_t *slots = wh_wordset_take_slots(set), *others = wh_wordset_take_slots(grown);
    assert_non_null(slots);
    assert_non_null(others);
    assert_memory_equal(slots, others, wh_wordmap_slot_count(WORDS) * sizeof *slots);
    free(slots);
    free(others);
    wh_wordset_close(set);
    wh_wordset_close(grown);
}

static void set_takes_any_bytes(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
    } words[] = {{"", 0}, {"a", 1}, {"a\0b", 3}, {"a\0", 2}, {"\0a", 2}, {"\xff\xfe", 2}, {"A", 1}};
    struct wh_wordset *set;
    assert_int_equal(wh_wordset_open(&set), WH_OK);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < sizeof words / sizeof *words; i++) {
            uint32_t id;
            bool added;
            assert_int_equal(wh_wordset_add(set, words[i].bytes, words[i].length, &id, &added),
                             WH_OK);
            assert_int_equal(added, round == 0);
            assert_int_equal(id, i);
        }
    }
    wh_wordset_close(set);
    wh_wordset_close(NULL);
}

static void slots_taken_are_slots_filled(void **state) {
    (void)state;
    struct wh_wordset *set = many_words();
    struct wh_wordtable table = wh_wordset_table(set);
    uint64_t count = wh_wordmap_slot_count(table.count);
    uint32_t *filled = calloc(count, sizeof *filled), *taken = wh_wordset_take_slots(set);
    assert_non_null(filled);
    assert_non_null(taken);
    wh_wordmap_fill(&table, filled, count);
    assert_memory_equal(taken, filled, count * sizeof *filled);
    free(taken);
    free(filled);
    wh_wordset_close(set);
}

static void map_finds_what_is_there(void **state) {
    (void)state;
    struct wh_wordset *set = many_words();
    struct wh_wordtable table = wh_wordset_table(set);
    uint64_t slot_count = wh_wordmap_slot_count(table.count);
    uint32_t *slots = malloc(slot_count * sizeof *slots);
    assert_non_null(slots);
    wh_wordmap_fill(&table, slots, slot_count);
    const struct wh_wordmap map = {slots, slot_count};
    for (unsigned i = 0; i < WORDS; i++) {
        char word[32];
        size_t length = (size_t)make_word(word, sizeof word, i);
        assert_int_equal(wh_wordmap_find(&map, &table, word, length), i);
        assert_int_equal(wh_wordmap_find(&map, &table, word, length - 1) == i, false);
    }
    assert_int_equal(wh_wordmap_find(&map, &table, "absent", 6), WH_NONE);
    assert_int_equal(wh_wordmap_find(&map, &table, "", 0), WH_NONE);
    free(slots);
    wh_wordset_close(set);
}

static void slots_are_a_power_of_two_and_at_most_half_full(void **state) {
    (void)state;
    static const uint32_t counts[] = {0, 1, 2, 3, 1000, 1024, 1025, 20000, 3000000, UINT32_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        uint64_t slots = wh_wordmap_slot_count(counts[i]);
        assert_int_equal(slots & (slots - 1), 0);
        assert_true(slots >= 2 && slots >= 2 * (uint64_t)counts[i]);
        assert_true(slots == 2 || slots < 4 * (uint64_t)counts[i]);
    }
}

static const uint64_t three_offsets[] = {0, 4, 8, 12};
static const struct wh_wordtable three = {"one\0two\0one", three_offsets, 3};

static void first_of_equal_words_wins(void **state) {
    (void)state;
    uint32_t slots[8];
    wh_wordmap_fill(&three, slots, 8);
    const struct wh_wordmap map = {slots, 8};
    assert_int_equal(wh_wordmap_find(&map, &three, "one", 3), 0);
    assert_int_equal(wh_wordmap_find(&map, &three, "two", 3), 1);
}

/* The slots of a store are untrusted: ids out of range, no free slot, none at all. */
static void hostile_slots_only_lose_words(void **state) {
    (void)state;
    uint32_t slots[8];
    const struct wh_wordmap map = {slots, 8}, none = {NULL, 0};
    for (size_t i = 0; i < 8; i++)
        slots[i] = 3 + (uint32_t)i * 1000;
    assert_int_equal(wh_wordmap_find(&map, &three, "one", 3), WH_NONE);
    for (size_t i = 0; i < 8; i++)
        slots[i] = 1; /* full: a probe for a free slot would never end */
    assert_int_equal(wh_wordmap_find(&map, &three, "one", 3), WH_NONE);
    assert_int_equal(wh_wordmap_find(&map, &three, "two", 3), 1);
    assert_int_equal(wh_wordmap_find(&none, &three, "one", 3), WH_NONE);
    for (size_t i = 0; i < 8; i++)
        slots[i] = 1; /* the word is there, but the table ends before it */
    const struct wh_wordtable shorter = {three.bytes, three.offsets, 1};
    assert_int_equal(wh_wordmap_find(&map, &shorter, "two", 3), WH_NONE);
}

/* Slots are stored in files, so the hash may never change: SipHash-2-4 of the words under the key
 * "wordhaze-words1\0", computed with another implementation, gives these places among 8. */
static void places_are_the_same_everywhere(void **state) {
    (void)state;
    uint32_t slots[8];
    static const uint32_t expected[8] = {WH_NONE, 1, WH_NONE, WH_NONE, WH_NONE, WH_NONE, 0, WH_NONE};
    wh_wordmap_fill(&three, slots, 8);
    assert_memory_equal(slots, expected, sizeof slots);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_remembers_every_word_once),
        cmocka_unit_test(set_with_room_is_the_same),
        cmocka_unit_test(set_takes_any_bytes),
        cmocka_unit_test(slots_taken_are_slots_filled),
        cmocka_unit_test(map_finds_what_is_there),
        cmocka_unit_test(slots_are_a_power_of_two_and_at_most_half_full),
        cmocka_unit_test(first_of_equal_words_wins),
        cmocka_unit_test(hostile_slots_only_lose_words),
        cmocka_unit_test(places_are_the_same_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
