/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_base_str.c - byte strings, cleaning of untrusted text, distances, strict numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static void buffer_grows_and_stays_terminated(void **state) {
    (void)state;
    struct wh_buf buf = {0};
    for (int i = 0; i < 1000; i++) {
        wh_buf_addf(&buf, "%03d", i);
        assert_int_equal(buf.data[buf.length], '\0');
    }
    assert_int_equal(buf.length, 3000);
    assert_memory_equal(buf.data + 3 * 517, "517", 3);
    wh_buf_clear(&buf);
    assert_string_equal(buf.data, "");
    wh_buf_add(&buf, "a\0b", 3);
    wh_buf_adds(&buf, "c");
    assert_int_equal(buf.length, 4);
    assert_memory_equal(buf.data, "a\0bc", 5);
    wh_buf_free(&buf);
    assert_null(buf.data);
}

static void buffer_of_nothing_is_an_empty_string(void **state) {
    (void)state;
    struct wh_buf buf = {0};
    wh_buf_add(&buf, NULL, 0);
    assert_string_equal(buf.data, "");
    wh_buf_free(&buf);
}

static void buffer_failure_is_kept(void **state) {
    (void)state;
    struct wh_buf buf = {0};
    wh_buf_adds(&buf, "kept");
    wh_buf_add(&buf, "x", SIZE_MAX - 2); /* refused before a byte is read */
    assert_true(buf.failed);
    wh_buf_adds(&buf, "more");
    assert_string_equal(buf.data, "kept");
    wh_buf_clear(&buf);
    assert_false(buf.failed);
    wh_buf_free(&buf);
}

static void assert_cleaned(const char *text, size_t length, const char *expected) {
    struct wh_buf buf = {0};
    wh_str_clean(&buf, text, length);
    assert_string_equal(buf.data ? buf.data : "", expected);
    assert_int_equal(buf.length, strlen(expected));
    wh_buf_free(&buf);
}

#define ASSERT_CLEANED(text, expected) assert_cleaned(text, sizeof text - 1, expected)

static void clean_leaves_ordinary_text(void **state) {
    (void)state;
    ASSERT_CLEANED("", "");
    ASSERT_CLEANED("queen's new_york-1,000", "queen's new_york-1,000");
    ASSERT_CLEANED("naïve žluťoučký Ελλάδα 東京 😀", "naïve žluťoučký Ελλάδα 東京 😀");
    ASSERT_CLEANED("e\xcc\x81", "e\xcc\x81");
    ASSERT_CLEANED("\xc2\xa0", "\xc2\xa0"); /* a space that does not break is still a space */
}

static void clean_shows_what_acts_on_terminals(void **state) {
    (void)state;
    ASSERT_CLEANED("\x1b[31mred\x1b[0m", "<U+001B>[31mred<U+001B>[0m");
    ASSERT_CLEANED("a\tb\nc\rd\x7f", "a<U+0009>b<U+000A>c<U+000D>d<U+007F>");
    ASSERT_CLEANED("nul\0end", "nul<U+0000>end");
    ASSERT_CLEANED("\xc2\x9b" "31m", "<U+009B>31m");              /* C1: CSI in one character */
    ASSERT_CLEANED("\xe2\x80\xae" "abc", "<U+202E>abc");          /* right-to-left override */
    ASSERT_CLEANED("\xe2\x81\xa6\xe2\x81\xa9", "<U+2066><U+2069>"); /* isolates */
    ASSERT_CLEANED("zero\xe2\x80\x8bwidth", "zero<U+200B>width");
    ASSERT_CLEANED("\xef\xbb\xbf" "bom", "<U+FEFF>bom");
    ASSERT_CLEANED("\xc2\xad", "<U+00AD>");
    ASSERT_CLEANED("\xe2\x80\xa8\xe2\x80\xa9", "<U+2028><U+2029>"); /* line, paragraph */
    ASSERT_CLEANED("\xee\x80\x80", "<U+E000>");                     /* private use */
    ASSERT_CLEANED("\xcd\xb8", "<U+0378>");                         /* unassigned */
    ASSERT_CLEANED("\xef\xbf\xbf", "<U+FFFF>");                     /* no character, for ever */
    ASSERT_CLEANED("\xf3\xa0\x80\x81", "<U+E0001>");                /* a tag */
}

static void clean_shows_bytes_that_are_not_utf8(void **state) {
    (void)state;
    ASSERT_CLEANED("\xff\xfe", "<0xFF><0xFE>");
    ASSERT_CLEANED("a\xc3", "a<0xC3>");                             /* cut at the end */
    ASSERT_CLEANED("\xe2\x80" "x", "<0xE2><0x80>x");                /* cut in the middle */
    ASSERT_CLEANED("\xc0\x9b", "<0xC0><0x9B>");                     /* overlong escape */
    ASSERT_CLEANED("\xe0\x80\x9b", "<0xE0><0x80><0x9B>");
    ASSERT_CLEANED("\xed\xa0\x80", "<0xED><0xA0><0x80>");           /* surrogate */
    ASSERT_CLEANED("\xf4\x90\x80\x80", "<0xF4><0x90><0x80><0x80>"); /* beyond U+10FFFF */
}

static void clean_does_not_read_past_the_length(void **state) {
    (void)state;
    char *bytes = malloc(2); /* exactly two, so that a sanitizer sees a third */
    assert_non_null(bytes);
    memcpy(bytes, "\xe2\x80", 2);
    assert_cleaned(bytes, 2, "<0xE2><0x80>");
    free(bytes);
}

/* Whatever the input: no control byte comes out, and cleaning again changes nothing. */
static void clean_is_harmless_for_any_bytes(void **state) {
    (void)state;
    uint32_t seed = 12345;
    for (int round = 0; round < 20000; round++) {
        char bytes[8];
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] = (char)(seed >> 24);
        }
        struct wh_buf once = {0}, twice = {0};
        wh_str_clean(&once, bytes, sizeof bytes);
        wh_str_clean(&twice, once.data, once.length);
        for (size_t i = 0; i < once.length; i++)
            assert_true((unsigned char)once.data[i] >= 0x20 && once.data[i] != 0x7f);
        assert_string_equal(once.data, twice.data);
        wh_buf_free(&once);
        wh_buf_free(&twice);
    }
}

static void distance_counts_edits(void **state) {
    (void)state;
    assert_int_equal(wh_str_distance("", "", 3), 0);
    assert_int_equal(wh_str_distance("", "abc", 3), 3);
    assert_int_equal(wh_str_distance("kitten", "sitting", 3), 3);
    assert_int_equal(wh_str_distance("sitting", "kitten", 9), 3);
    assert_int_equal(wh_str_distance("laplce", "laplace", 2), 1);
    assert_int_equal(wh_str_distance("queen", "queue", 0), 1);
    assert_int_equal(wh_str_distance("kitten", "sitting", 2), 3); /* limit + 1 */
    assert_int_equal(wh_str_distance("a", "abcdefgh", 2), 3);
}

static void distance_is_in_code_points(void **state) {
    (void)state;
    assert_int_equal(wh_str_distance("naïve", "naive", 2), 1);
    assert_int_equal(wh_str_distance("東京", "京", 2), 1);
    assert_int_equal(wh_str_distance("a\xff", "a\xfe", 2), 1);
    assert_int_equal(wh_str_distance("a\xc3", "aÃ", 2), 1); /* a stray byte is no character */
}

static void distance_of_long_text_is_all_or_nothing(void **state) {
    (void)state;
    char long_a[300], long_b[300];
    memset(long_a, 'a', sizeof long_a);
    long_a[sizeof long_a - 1] = '\0';
    memcpy(long_b, long_a, sizeof long_b);
    assert_int_equal(wh_str_distance(long_a, long_b, 2), 0);
    long_b[298] = 'b'; /* beyond what is compared letter by letter */
    assert_int_equal(wh_str_distance(long_a, long_b, 2), 3);
    long_a[256] = long_b[256] = '\0';
    long_b[255] = 'b';
    assert_int_equal(wh_str_distance(long_a, long_b, 2), 1);
}

static void doubles_are_the_whole_string(void **state) {
    (void)state;
    static const char *const bad[] = {"",    " 1",  "1 ",   "1,5",  "inf",  "nan", "-inf", "0x10",
                                      "1e",  "1.5x", "1e999", "--1", "\r1", "\v1", ".",    "+",
                                      "1\n", "infinity", "e5", "1_0"};
    double value = 42;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (wh_str_double(bad[i], &value))
            fail_msg("\"%s\" was taken for a number", bad[i]);
        assert_true(value == 42);
    }
    assert_true(wh_str_double("-1.5e2", &value) && value == -150);
    assert_true(wh_str_double(".5", &value) && value == 0.5);
    assert_true(wh_str_double("+7", &value) && value == 7);
    assert_true(wh_str_double("1e-400", &value) && value == 0);
}

/* Where such a locale is installed; elsewhere the C locale is tried, which must work as well. */
static void doubles_do_not_follow_the_locale(void **state) {
    (void)state;
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "C"};
    for (size_t i = 0; i < sizeof locales / sizeof *locales; i++) {
        double value = 0;
        if (!setlocale(LC_ALL, locales[i]))
            continue;
        assert_true(wh_str_double("2.5", &value) && value == 2.5);
        assert_false(wh_str_double("2,5", &value));
    }
    setlocale(LC_ALL, "C");
}

static void integers_are_the_whole_string_and_in_range(void **state) {
    (void)state;
    static const char *const bad[] = {"",  " 1", "1 ", "1.0", "1e3", "0x1", "\r1", "-", "+",
                                      "11", "-11", "99999999999999999999", "1\n"};
    long long value = 42;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (wh_str_long(bad[i], -10, 10, &value))
            fail_msg("\"%s\" was taken for an integer in -10..10", bad[i]);
        assert_int_equal(value, 42);
    }
    assert_true(wh_str_long("-10", -10, 10, &value) && value == -10);
    assert_true(wh_str_long("+10", -10, 10, &value) && value == 10);
    assert_true(wh_str_long("9223372036854775807", 0, LLONG_MAX, &value) && value == LLONG_MAX);
    assert_false(wh_str_long("9223372036854775808", 0, LLONG_MAX, &value));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffer_grows_and_stays_terminated),
        cmocka_unit_test(buffer_of_nothing_is_an_empty_string),
        cmocka_unit_test(buffer_failure_is_kept),
        cmocka_unit_test(clean_leaves_ordinary_text),
        cmocka_unit_test(clean_shows_what_acts_on_terminals),
        cmocka_unit_test(clean_shows_bytes_that_are_not_utf8),
        cmocka_unit_test(clean_does_not_read_past_the_length),
        cmocka_unit_test(clean_is_harmless_for_any_bytes),
        cmocka_unit_test(distance_counts_edits),
        cmocka_unit_test(distance_is_in_code_points),
        cmocka_unit_test(distance_of_long_text_is_all_or_nothing),
        cmocka_unit_test(doubles_are_the_whole_string),
        cmocka_unit_test(doubles_do_not_follow_the_locale),
        cmocka_unit_test(integers_are_the_whole_string_and_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
