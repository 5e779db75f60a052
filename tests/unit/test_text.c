/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_text.c - splitting covers every byte, and finds the words a reader would. */
#include <string.h>

#include "tests/lib/fixture.h"
#include "text/text.h"

/* The words of text, joined by |. Checks that pieces cover the text without gaps. */
static const char *words_of(const char *text, size_t length) {
    static char joined[4096];
    struct wh_pieces pieces = {0};
    size_t at = 0, used = 0;
    must(wh_text_split(text, length, &pieces));
    for (size_t i = 0; i < pieces.count; i++) {
        const struct wh_piece *piece = &pieces.items[i];
        assert_int_equal(piece->offset, at);
        assert_true(piece->length > 0);
        at += piece->length;
        if (!piece->word)
            continue;
        if (used)
            joined[used++] = '|';
        assert_true(used + piece->length + 1 < sizeof joined);
        memcpy(joined + used, text + piece->offset, piece->length);
        used += piece->length;
    }
    assert_int_equal(at, length);
    joined[used] = '\0';
    wh_pieces_close(&pieces);
    return joined;
}

static void expect(const char *text, const char *words) {
    assert_string_equal(words_of(text, strlen(text)), words);
}

static void words_are_found(void **state) {
    (void)state;
    expect("", "");
    expect(" \t\n", "");
    expect("The queen met Zyxxqj in Paris.\n", "The|queen|met|Zyxxqj|in|Paris");
    expect("don't stop", "don't|stop");
    expect("3.14 is pi; 1,000 too", "3.14|is|pi|1,000|too");
    expect("e-mail", "e|mail");
    expect("caf\xc3\xa9 na\xc3\xafve", "caf\xc3\xa9|na\xc3\xafve");
    expect("...!?--", "");
    expect("a\xff"
           "b",
           "a|b");
    expect("\xe2\x80\x9cQuoted\xe2\x80\x9d", "Quoted");
}

static void nul_bytes_are_between(void **state) {
    (void)state;
    assert_string_equal(words_of("a\0b", 3), "a|b");
}

static void any_bytes_are_covered(void **state) {
    (void)state;
    struct plain_rng rng = {9};
    for (int round = 0; round < 2000; round++) {
        char text[64];
        size_t length = (size_t)(plain_uniform(&rng) * 64);
        for (size_t i = 0; i < length; i++)
            text[i] = (char)(int)(plain_uniform(&rng) * 256 - 128);
        struct wh_pieces pieces = {0};
        size_t at = 0;
        must(wh_text_split(text, length, &pieces));
        for (size_t i = 0; i < pieces.count; i++) {
            assert_int_equal(pieces.items[i].offset, at);
            at += pieces.items[i].length;
            assert_false(i && !pieces.items[i].word && !pieces.items[i - 1].word);
        }
        assert_int_equal(at, length);
        wh_pieces_close(&pieces);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_found),
        cmocka_unit_test(nul_bytes_are_between),
        cmocka_unit_test(any_bytes_are_covered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
