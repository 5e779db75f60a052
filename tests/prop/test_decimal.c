/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_decimal.c - numbers in text are the nearest floats: against the C library's strtof, on
 * numbers made to sit on, just under and just over the borders between two floats, and in a locale
 * with a decimal comma. */
#include "tests/lib/fixture.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embed/decimal.h"

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* In a row it is the same: alone, behind another, and before others. */
static void assert_same_in_a_row(const char *text, float expected) {
    static const struct {
        const char *before, *behind;
        uint32_t at, count;
    } places[] = {{"", "", 0, 1}, {"-7.25 ", "", 1, 2}, {"", " -0.12345678 1", 0, 3}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char row[128] = "";
        float values[4] = {0};
        snprintf(row, sizeof row, "%s%s%s", places[i].before, text, places[i].behind);
        const char *end = row + strlen(row);
        bool read = wh_decimal_row(row, end, places[i].count, values);
        if (read != isfinite(expected) ||
            (read && bits_of(values[places[i].at]) != bits_of(expected)))
            fail_msg("'%s' in '%s' became %.9g, expected %.9g", text, row,
                     (double)values[places[i].at], (double)expected);
        assert_false(wh_decimal_row(row, end, places[i].count + 1, values));
        if (places[i].count > 1)
            assert_false(wh_decimal_row(row, end, places[i].count - 1, values));
    }
}

static void assert_nearest(const char *text) {
    float value = 0, expected = strtof(text, NULL);
    if (!wh_decimal_float(text, text + strlen(text), &value))
        fail_msg("'%s' was refused", text);
    if (bits_of(value) != bits_of(expected))
        fail_msg("'%s' became %.9g, expected %.9g", text, (double)value, (double)expected);
    assert_same_in_a_row(text, expected);
}

static void test_written_numbers(void **state) {
    (void)state;
    static const char *const texts[] = {
        "0",
        "-0",
        "0.0",
        "-0.000",
        ".5",
        "5.",
        "+7",
        "1e22",
        "1e-22",
        "1e23",
        "9007199254740993",
        "16777217",
        "16777217.0000000000000000001",
        "0.1",
        "0.30000000000000000000000001",
        "3.4028235e38",
        "3.4028236e38",
        "1.17549435e-38",
        "1e-45",
        "7e-46",
        "0e999",
        "00000001.50",
        "1.00000005960464477539062500",
        "1.00000005960464477539062501",
        "1e-0005",
        "12e+3",
        "1E5",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_nearest(texts[i]);
}

static void test_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",    "-",       ".",   "e5",  "1e",  "1e+", "1x",    "0x10", "0x1p3",
        "1,5", "1.2.3",   "--1", "1-",  " 1",  "1 ",  "+-1",   "nanx", "nan(1)",
        "in",  "infinit", "\t1", "1_0", "one", "-e",  "1e5.5", "1.e",  "\xd9\xa1",
    };
    float value;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (wh_decimal_float(texts[i], texts[i] + strlen(texts[i]), &value))
            fail_msg("'%s' was read as %g", texts[i], (double)value);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char row[64];
        float values[2];
        snprintf(row, sizeof row, "%s\t5 0.12345678", texts[i]);
        if (wh_decimal_row(row, row + strlen(row), 2, values))
            fail_msg("'%s' was read as %g", row, (double)values[0]);
    }
}

/* The characters next to the digits, and one outside ASCII, at every place of numbers of every
 * length. */
static void test_other_characters(void **state) {
    (void)state;
    static const char others[] = "/:.,-+\x01\x7f\xb0\xff\t\nx";
    for (int digits = 1; digits <= 12; digits++)
        for (int place = 0; place < digits; place++)
            for (const char *other = others; *other; other++) {
                char text[64];
                float values[2];
                snprintf(text, sizeof text, "3.%.*s 0.25", digits, "123456789012");
                const char *end = text + strlen(text);
                assert_true(wh_decimal_row(text, end, 2, values));
                text[2 + place] = *other;
                assert_false(wh_decimal_row(text, end, 2, values));
            }
}

/* What stands behind the end is not looked for a number's end or digits. */
static void test_ends_of_rows(void **state) {
    (void)state;
    static const char ends[] = " \r\n";
    for (int digits = 1; digits <= 12; digits++)
        for (size_t i = 0; i < sizeof ends; i++) {
            char text[64] = "", number[32];
            float values[2];
            snprintf(number, sizeof number, "-3.%.*s", digits, "123456789012");
            memset(text, '7', sizeof text - 1);
            memcpy(text, number, strlen(number));
            char *end = text + strlen(number);
            end[0] = ends[i];
            end[2] = ' ';
            assert_true(wh_decimal_row(text, end, 1, values));
            assert_int_equal(bits_of(values[0]), bits_of(strtof(number, NULL)));
            assert_false(wh_decimal_row(text, end, 2, values));
        }
}

static void test_not_finite(void **state) {
    (void)state;
    static const char *const texts[] = {"nan",       "-NaN", "inf",   "-Inf",
                                        "+INFINITY", "1e39", "-1e999"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        float value = 0;
        assert_true(wh_decimal_float(texts[i], texts[i] + strlen(texts[i]), &value));
        if (isfinite(value))
            fail_msg("'%s' became %g", texts[i], (double)value);
    }
}

/* 300,000 numbers of 1 to 24 digits with a point anywhere, exponents from none to +-50. */
static void test_random_numbers(void **state) {
    (void)state;
    struct plain_rng rng = {20140610};
    for (int i = 0; i < 300000; i++) {
        char text[64];
        int at = 0, digits = 1 + (int)(plain_uniform(&rng) * 24);
        int point = (int)(plain_uniform(&rng) * (digits + 1));
        if (plain_uniform(&rng) < 0.5)
            text[at++] = '-';
        for (int d = 0; d < digits; d++) {
            if (d == point)
                text[at++] = '.';
            text[at++] = (char)('0' + (int)(plain_uniform(&rng) * 10));
        }
        text[at] = '\0';
        if (plain_uniform(&rng) < 0.3)
            snprintf(text + at, sizeof text - (size_t)at, "e%d",
                     (int)(plain_uniform(&rng) * 101) - 50);
        assert_nearest(text);
    }
}

/* A float, the next one, and the number halfway: exact in at most 40 digits for these exponents.
 * The halfway number cut after 16 to 20 digits rounds to a double that is the halfway number
 * itself. */
static void test_halfway_numbers(void **state) {
    (void)state;
    struct plain_rng rng = {1990};
    for (int i = 0; i < 50000; i++) {
        char text[64];
        float low = (float)ldexp(1 + plain_uniform(&rng), (int)(plain_uniform(&rng) * 12) - 8);
        double halfway = ((double)low + (double)nextafterf(low, INFINITY)) / 2;
        snprintf(text, sizeof text, "%.40f", halfway);
        assert_nearest(text);
        text[strlen(text) - 1] = '1';
        assert_nearest(text);
        for (int digits = 5; digits <= 20; digits++) {
            snprintf(text, sizeof text, "%.*e", digits, halfway);
            assert_nearest(text);
            snprintf(text, sizeof text, "%.*f", digits, halfway);
            assert_nearest(text);
        }
    }
}

/* What any program writes for a float with 9 digits comes back as that float. */
static void test_nine_digits_come_back(void **state) {
    (void)state;
    struct plain_rng rng = {7};
    for (int i = 0; i < 200000; i++) {
        char text[32];
        float value, read;
        uint32_t bits = (uint32_t)(plain_uniform(&rng) * 0x7f800000);
        memcpy(&value, &bits, sizeof value);
        snprintf(text, sizeof text, "%.9g", (double)value);
        assert_true(wh_decimal_float(text, text + strlen(text), &read));
        assert_int_equal(bits_of(read), bits);
    }
}

static void test_decimal_comma(void **state) {
    (void)state;
    char command[512];
    const char *folder = getenv("SCRATCH");
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 '%s/de_DE.UTF-8' 2>/dev/null",
             folder ? folder : "/tmp");
    setenv("LOCPATH", folder ? folder : "/tmp", 1);
    if (system(command) != 0 || !setlocale(LC_NUMERIC, "de_DE.UTF-8"))
        skip();
    float value;
    static const char text[] = "0.25", longer[] = "0.250000000000000000000000000000000000001";
    assert_true(strtof("0,25", NULL) == 0.25f);
    assert_true(wh_decimal_float(text, text + strlen(text), &value) && value == 0.25f);
    assert_true(wh_decimal_float(longer, longer + strlen(longer), &value) && value == 0.25f);
    static const char comma[] = "0,25";
    assert_false(wh_decimal_float(comma, comma + strlen(comma), &value));
    setlocale(LC_NUMERIC, "C");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_numbers),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_other_characters), cmocka_unit_test(test_ends_of_rows),
        cmocka_unit_test(test_not_finite),       cmocka_unit_test(test_random_numbers),
        cmocka_unit_test(test_halfway_numbers),  cmocka_unit_test(test_nine_digits_come_back),
        cmocka_unit_test(test_decimal_comma),
    };
    return cmocka_run_group_tests_name("decimal", tests, NULL, NULL);
}
