/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_lookup.c - from what a person typed to words of the vocabulary. */
#include "tests/lib/fixture.h"

#include <string.h>
#include <unistd.h>

#include "base/str.h"

#define LITERAL(text) (text), sizeof(text) - 1

static struct wh_embed *open_words(const char *rows) {
    struct wh_embed *embed;
    const struct wh_embed_options options = {.path = fixture_file("words.txt", rows, strlen(rows))};
    must(wh_embed_open(&options, &embed));
    unlink(options.path);
    return embed;
}

static void test_lookup(void **state) {
    (void)state;
    struct wh_embed *embed = open_words("the 1 2\nThe 3 4\nmünchen 5 6\nβήτας 9 1\n");
    assert_int_equal(wh_embed_lookup(embed, LITERAL("the")), 0);
    assert_int_equal(wh_embed_lookup(embed, LITERAL("The")), 1);
    assert_int_equal(wh_embed_lookup(embed, LITERAL("THE")), 0);
    assert_int_equal(wh_embed_lookup(embed, LITERAL("MÜNCHEN")), 2);
    assert_int_equal(wh_embed_lookup(embed, LITERAL("MU\xcc\x88NCHEN")), 2); /* U and diaeresis */
    assert_int_equal(wh_embed_lookup(embed, LITERAL("ΒΉΤΑΣ")), 3);           /* final sigma */
    assert_int_equal(wh_embed_lookup(embed, LITERAL("the\xff")), WH_NONE);
    assert_int_equal(wh_embed_lookup(embed, LITERAL("the\0")), WH_NONE);
    assert_int_equal(wh_embed_lookup(embed, "", 0), WH_NONE);
    assert_int_equal(wh_embed_find_bytes(embed, "them", 3), 0);
    assert_int_equal(wh_embed_find(embed, "MÜNCHEN"), WH_NONE);
    wh_embed_close(embed);
}

static void assert_suggests(const struct wh_embed *embed, const char *word, size_t max,
                            const char *expected) {
    uint32_t ids[9] = {[8] = 4711};
    struct wh_buf found = {0};
    ids[max] = 4711;
    size_t count = wh_embed_suggest(embed, word, ids, max);
    assert_true(count <= max);
    assert_int_equal(ids[max], 4711);
    for (size_t i = 0; i < count; i++)
        wh_buf_addf(&found, "%s%s", i ? " " : "", wh_embed_word(embed, ids[i]));
    assert_string_equal(found.data ? found.data : "", expected);
    wh_buf_free(&found);
}

static void test_suggest(void **state) {
    (void)state;
    struct wh_embed *embed = open_words("quees 1 1\nqueens 1 2\nqueen 1 3\nQUEEN 1 4\nqueue 1 5\n"
                                        "king 1 6\nécole 1 7\n");
    assert_suggests(embed, "Queen", 8, "queen QUEEN quees queens queue");
    assert_suggests(embed, "queeen", 8, "queen quees queens queue");
    assert_suggests(embed, "queeen", 3, "queen quees queens");
    assert_suggests(embed, "Qeuen", 1, "queen");
    assert_suggests(embed, "queens", 1, "queens");
    assert_suggests(embed, "ecole", 3, "école");
    assert_suggests(embed, "ÉCOLE", 3, "école");
    assert_suggests(embed, "nothing", 3, "");
    assert_suggests(embed, "queen", 0, "");
    assert_suggests(embed, "\xff\xfe\xfd\xfc", 3, "");
    wh_embed_close(embed);
}

static void test_complete(void **state) {
    (void)state;
    struct wh_embed *embed = open_words("b 1 1\nab 1 2\na 1 3\nabc 1 4\nabd 1 5\n");
    uint32_t ids[3];
    assert_int_equal(wh_embed_complete(embed, "ab", ids, 3), 3);
    assert_int_equal(ids[0], 1);
    assert_int_equal(ids[1], 3);
    assert_int_equal(ids[2], 4);
    assert_int_equal(wh_embed_complete(embed, "ab", ids, 1), 1);
    assert_int_equal(wh_embed_complete(embed, "x", ids, 3), 0);
    assert_int_equal(wh_embed_complete(embed, "", ids, 3), 3);
    wh_embed_close(embed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookup),
        cmocka_unit_test(test_suggest),
        cmocka_unit_test(test_complete),
    };
    return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}
