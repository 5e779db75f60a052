/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_text.c - splitting covers every byte, and finds the words a reader would. */
#include <string.h>
#include <unictype.h>
#include <unistr.h>
#include <uniwbrk.h>

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

/* ---- against the library alone ---- */

static bool is_word(const uint8_t *text, size_t length) {
    bool word = false;
    for (size_t at = 0; at < length && !word;) {
        ucs4_t point;
        at += (size_t)u8_mbtoucr(&point, text + at, length - at);
        word = uc_is_general_category_withtable(point, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N);
    }
    return word;
}

/* UTF-8, split as a whole by libunistring, has the words that wh_text_split() finds. */
static void same_words(const char *text, size_t length) {
    static struct wh_pieces pieces;
    static char breaks[256];
    const uint8_t *bytes = (const uint8_t *)text;
    size_t piece = 0;
    assert_true(length < sizeof breaks);
    u8_wordbreaks(bytes, length, breaks);
    must(wh_text_split(text, length, &pieces));
    for (size_t begin = 0, end; begin < length; begin = end) {
        for (end = begin + 1; end < length && !breaks[end];)
            end++;
        if (!is_word(bytes + begin, end - begin))
            continue;
        while (piece < pieces.count && !pieces.items[piece].word)
            piece++;
        if (piece == pieces.count || pieces.items[piece].offset != begin ||
            pieces.items[piece].length != end - begin)
            fail_msg("a word is missing at %zu of '%.*s'", begin, (int)length, text);
        piece++;
    }
    while (piece < pieces.count)
        assert_false(pieces.items[piece++].word);
}

static void ascii_is_split_as_the_library_does(void **state) {
    (void)state;
    const char kinds[] = "aZ09_.,:;'\" \n\r-";
    const size_t count = sizeof kinds - 1;
    char text[5];
    for (int i = 0; i < 128 * 128 * 128; i++) {
        for (int at = 0; at < 3; at++)
            text[at] = (char)(i >> 7 * at & 127);
        same_words(text, 3);
    }
    for (size_t i = 0; i < count * count * count * count * count; i++) {
        for (size_t at = 0, rest = i; at < 5; at++, rest /= count)
            text[at] = kinds[rest % count];
        same_words(text, 5);
    }
}

/* What may stand next to the space at which the text is cut. */
static void mixed_scripts_are_split_as_the_library_does(void **state) {
    (void)state;
    static const char *const parts[] = {" ",
                                        " ",
                                        "a",
                                        "7",
                                        "'",
                                        ".",
                                        "_",
                                        "\r\n",
                                        "\xcc\x81",
                                        "\xc2\xa0",
                                        "\xc3\xa9",
                                        "\xe3\x80\x80",
                                        "\xd7\x90",
                                        "\xe2\x80\x8d",
                                        "\xe2\x80\x8f",
                                        "\xe2\x80\x99",
                                        "\xe3\x82\xab",
                                        "\xf0\x9f\x87\xa9",
                                        "\xf0\x9f\x91\xa9",
                                        "\xd9\xa3",
                                        "\xe4\xb8\xad",
                                        "bc de"};
    struct plain_rng rng = {4};
    for (int round = 0; round < 300000; round++) {
        char text[256];
        size_t length = 0;
        for (int part = 1 + (int)(plain_uniform(&rng) * 12); part > 0; part--) {
            const char *next =
                parts[(size_t)(plain_uniform(&rng) * (double)(sizeof parts / sizeof *parts))];
            memcpy(text + length, next, strlen(next));
            length += strlen(next);
        }
        same_words(text, length);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_found),
        cmocka_unit_test(nul_bytes_are_between),
        cmocka_unit_test(any_bytes_are_covered),
        cmocka_unit_test(ascii_is_split_as_the_library_does),
        cmocka_unit_test(mixed_scripts_are_split_as_the_library_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
