/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_embed.c - text formats with the traps they hold, and what is refused with which sentence. */
#include "tests/lib/fixture.h"

#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"

#define LITERAL(text) (text), sizeof(text) - 1

static enum wh_status open_bytes(const char *bytes, size_t size, bool strict, const char *format,
                                 struct wh_embed **embed) {
    const struct wh_embed_options options = {
        .path = fixture_file("rows.txt", bytes, size), .strict = strict, .format = format};
    enum wh_status status = wh_embed_open(&options, embed);
    unlink(options.path);
    return status;
}

/* ---- what is read ---- */

struct reading {
    const char *what, *text;
    size_t size;
    const char *format;
    uint32_t words, dim;
    const char *word; /* has a vector that begins with these numbers */
    double first, second;
    struct wh_embed_summary summary;
};

static const struct reading readings[] = {
    {"plain rows", LITERAL("the 1 2\nof 3 4.5\n"), "glove", 2, 2, "of", 3, 4.5, {.rows = 2}},
    {"no final line feed", LITERAL("the 1 2\nof 3 4"), "glove", 2, 2, "of", 3, 4, {.rows = 2}},
    {"CR LF", LITERAL("the 1 2\r\nof 3 4\r\n"), "glove", 2, 2, "of", 3, 4, {.rows = 2}},
    {"blanks before the end",
     LITERAL("the 1 2 \nof 3 4 \r\n"),
     "glove",
     2,
     2,
     "of",
     3,
     4,
     {.rows = 2}},
    {"empty lines", LITERAL("the 1 2\n\n\nof 3 4\n"), "glove", 2, 2, "of", 3, 4, {.rows = 2}},
    {"words with blanks",
     LITERAL("a 1 2\nb 1 3\n. . . 3 4\nto a@b.c 5 6\n"),
     "glove",
     4,
     2,
     ". . .",
     3,
     4,
     {.rows = 4}},
    {"U+0085 is a word",
     LITERAL("a 1 2\n\xc2\x85 3 4\n"),
     "glove",
     2,
     2,
     "\xc2\x85",
     3,
     4,
     {.rows = 2}},
    {"NBSP and thin space",
     LITERAL("\xc2\xa0 1 2\n\xe2\x80\x89 3 4\n"),
     "glove",
     2,
     2,
     "\xc2\xa0",
     1,
     2,
     {.rows = 2}},
    {"U+2028 ends no line",
     LITERAL("a\xe2\x80\xa8z 1 2\nc 3 4\n"),
     "glove",
     2,
     2,
     "a\xe2\x80\xa8z",
     1,
     2,
     {.rows = 2}},
    {"tab, CR, FF, VT in a word",
     LITERAL("a\tb\rc\fd\vz 1 2\nf 3 4\n"),
     "glove",
     2,
     2,
     "a\tb\rc\fd\vz",
     1,
     2,
     {.rows = 2}},
    {"a blank as a word", LITERAL("a 3 4\nb 5 6\n  1 2\n"), "glove", 3, 2, " ", 1, 2, {.rows = 3}},
    {"a number as a word", LITERAL("7 1 2\n8 3 4\n"), "glove", 2, 2, "8", 3, 4, {.rows = 2}},
    {"exponents and signs",
     LITERAL("a +1e-3 -2.5E+2\nb .5 5.\n"),
     "glove",
     2,
     2,
     "a",
     1e-3,
     -250,
     {.rows = 2}},
    {"a header",
     LITERAL("2 3\n</s> 1 2 3 \nthe 4 5 6 \n"),
     "word2vec",
     2,
     3,
     "the",
     4,
     5,
     {.rows = 2, .header = true, .announced = 2}},
    {"a header that is wrong",
     LITERAL("99 3\na 1 2 3\nb 4 5 6\n"),
     "word2vec",
     2,
     3,
     "b",
     4,
     5,
     {.rows = 2, .header = true, .announced = 99, .miscounted = true}},
    {"a header of zero rows",
     LITERAL("0 3\na 1 2 3\n"),
     "word2vec",
     1,
     3,
     "a",
     1,
     2,
     {.rows = 1, .header = true, .miscounted = true}},
    {"two numbers that are a row",
     LITERAL("7 9\n8 3\n9 4\n"),
     "glove",
     3,
     1,
     "7",
     9,
     0,
     {.rows = 3}},
    {"a header of other dimension",
     LITERAL("2 4\na 1 2 3\nb 4 5 6\n"),
     "glove",
     2,
     3,
     "b",
     4,
     5,
     {.rows = 3, .ragged = 1, .first_bad_line = 1}},
    {"the first of equal words",
     LITERAL("a 1 2\nb 3 4\na 5 6\n"),
     "glove",
     2,
     2,
     "a",
     1,
     2,
     {.rows = 3, .duplicates = 1, .first_bad_line = 3}},
    {"not finite",
     LITERAL("a 1 nan\nb 3 4\nc 1 -inf\nd 1e39 1\n"),
     "glove",
     1,
     2,
     "b",
     3,
     4,
     {.rows = 4, .nonfinite = 3, .first_bad_line = 1}},
    {"too few, not numbers",
     LITERAL("a 1 2\nb 3\nc 4 x\nd 0x1p3 1\ne 1 2,5\n"),
     "glove",
     1,
     2,
     "a",
     1,
     2,
     {.rows = 5, .ragged = 4, .first_bad_line = 2}},
    {"no word",
     LITERAL("a 1 2\n 3 4\n"),
     "glove",
     1,
     2,
     "a",
     1,
     2,
     {.rows = 2, .ragged = 1, .first_bad_line = 2}},
    {"a NUL in a word",
     LITERAL("a 1 2\nb\0c 3 4\n"),
     "glove",
     1,
     2,
     "a",
     1,
     2,
     {.rows = 2, .ragged = 1, .first_bad_line = 2}},
    {"a NUL in a number",
     LITERAL("a 1 2\nb 3\0 4\n"),
     "glove",
     1,
     2,
     "a",
     1,
     2,
     {.rows = 2, .ragged = 1, .first_bad_line = 2}},
    {"a zero vector is kept",
     LITERAL("a 0 -0\nb 3 4\n"),
     "glove",
     2,
     2,
     "a",
     0,
     0,
     {.rows = 2, .zero = 1, .first_bad_line = 1}},
    {"not UTF-8 is kept",
     LITERAL("caf\xe9 1 2\nb 3 4\n"),
     "glove",
     2,
     2,
     "caf\xe9",
     1,
     2,
     {.rows = 2, .bad_utf8 = 1, .first_bad_line = 1}},
    {"a word like a store's magic",
     LITERAL("wordhaze 1 2\nb 3 4\n"),
     "glove",
     2,
     2,
     "wordhaze",
     1,
     2,
     {.rows = 2}},
};

static void assert_summary(const struct wh_embed_summary *found,
                           const struct wh_embed_summary *expected) {
    assert_int_equal(found->rows, expected->rows);
    assert_int_equal(found->duplicates, expected->duplicates);
    assert_int_equal(found->nonfinite, expected->nonfinite);
    assert_int_equal(found->ragged, expected->ragged);
    assert_int_equal(found->zero, expected->zero);
    assert_int_equal(found->bad_utf8, expected->bad_utf8);
    assert_int_equal(found->first_bad_line, expected->first_bad_line);
    assert_int_equal(found->announced, expected->announced);
    assert_int_equal(found->header, expected->header);
    assert_int_equal(found->miscounted, expected->miscounted);
}

static void check_reading(const struct reading *reading) {
    struct wh_embed *embed;
    must(open_bytes(reading->text, reading->size, false, NULL, &embed));
    assert_string_equal(wh_embed_format(embed), reading->format);
    assert_int_equal(wh_embed_words(embed), reading->words);
    assert_int_equal(wh_embed_dim(embed), reading->dim);
    uint32_t id = wh_embed_find(embed, reading->word);
    assert_int_not_equal(id, WH_NONE);
    const float *row = wh_embed_row(embed, id);
    assert_int_equal((uintptr_t)row % 64, 0);
    assert_true((double)row[0] == (double)(float)reading->first);
    assert_true((double)row[1] == (double)(float)reading->second);
    for (size_t j = reading->dim; j < wh_embed_stride(embed); j++)
        assert_true(row[j] == 0);
    assert_summary(wh_embed_summary(embed), &reading->summary);
    wh_embed_close(embed);
}

static void test_readings(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        print_message("# %s\n", readings[i].what);
        check_reading(&readings[i]);
    }
}

/* ---- what is refused ---- */

struct refusal {
    const char *text;
    size_t size;
    bool strict;
    const char *format;
    enum wh_status status;
    const char *sentence; /* after the file's name */
};

static const struct refusal refusals[] = {
    {LITERAL(""), false, NULL, WH_DATA, ":1: expected words and vectors, found an empty file"},
    {LITERAL("\n\n\n"), false, NULL, WH_DATA,
     ":1: expected a word and its numbers, found no numbers"},
    {LITERAL("word\nword\n"), false, NULL, WH_DATA,
     ":1: expected a word and its numbers, found no numbers"},
    {LITERAL("two words\nand more\n"), false, NULL, WH_DATA,
     ":1: expected a word and its numbers, found no row that could be read"},
    {LITERAL("\x7f\x45LF\x02\x01\0\0\0"), false, NULL, WH_DATA,
     ":1: expected a word and its numbers, found binary data"},
    {LITERAL("a 1 2\n"), false, "word2vec", WH_DATA,
     ":1: expected a header 'COUNT DIM', found something else"},
    {LITERAL("9 9"), false, "word2vec", WH_DATA,
     ":1: expected a word and its numbers, found no row that could be read"},
    {LITERAL("a 1 2\n"), false, "store", WH_DATA, ": damaged store: shorter than its header"},
    {LITERAL("a 1 2\nb 1\n"), true, NULL, WH_DATA,
     ":2: expected a word and its numbers, found too few fields"},
    {LITERAL("a 1 2\nb \x1b[2J 1\n"), true, NULL, WH_DATA,
     ":2: expected a number, found '<U+001B>[2J'"},
    {LITERAL("a 1 2\n\nb 1 nan\n"), true, NULL, WH_DATA,
     ":3: expected a finite number, found 'nan'"},
    {LITERAL("a 1 2\r\na 3 4\r\n"), true, NULL, WH_DATA,
     ":2: expected a new word, found one that stands above"},
    {LITERAL("1 2\na 0 0\n"), true, NULL, WH_DATA,
     ":2: expected a vector with a length, found zeros only"},
    {LITERAL("a 1 2\n\xff 3 4\n"), true, NULL, WH_DATA,
     ":2: expected a word in UTF-8, found other bytes"},
    {LITERAL("a 1 2\n 3 4\n"), true, NULL, WH_DATA,
     ":2: expected a word and its numbers, found no word"},
    {LITERAL("a 1 2\nb\0 3 4\n"), true, NULL, WH_DATA,
     ":2: expected a word, found a NUL byte in it"},
    {LITERAL("1 99999999\nb 3 4\n"), false, "word2vec", WH_DATA,
     ":1: expected at most 65536 numbers a row, found 99999999"},
};

static void test_refusals(void **state) {
    (void)state;
    char expected[1024], path[512];
    struct wh_embed *embed;
    snprintf(path, sizeof path, "%s", fixture_file("rows.txt", "", 0));
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *refusal = &refusals[i];
        assert_int_equal(
            open_bytes(refusal->text, refusal->size, refusal->strict, refusal->format, &embed),
            refusal->status);
        assert_null(embed);
        snprintf(expected, sizeof expected, "%s%s", path, refusal->sentence);
        assert_string_equal(wh_error(), expected);
    }
}

static void test_unknown_format(void **state) {
    (void)state;
    struct wh_embed *embed;
    assert_int_equal(open_bytes(LITERAL("a 1 2\n"), false, "gloves", &embed), WH_USAGE);
    assert_ptr_equal(strstr(wh_error(), "unknown format 'gloves'; there are: store, "), wh_error());
}

static void test_missing_file_and_directory(void **state) {
    (void)state;
    struct wh_embed *embed;
    struct wh_embed_options options = {.path = "/nonexistent/words.txt"};
    assert_int_equal(wh_embed_open(&options, &embed), WH_NOINPUT);
    assert_string_equal(wh_error(), "/nonexistent/words.txt: No such file or directory");
    options.path = "/";
    assert_int_equal(wh_embed_open(&options, &embed), WH_NOINPUT);
    assert_string_equal(wh_error(), "/: expected a file, found a directory");
    options.format = "store";
    assert_int_equal(wh_embed_open(&options, &embed), WH_NOINPUT);
    options.format = "glove";
    assert_int_equal(wh_embed_open(&options, &embed), WH_NOINPUT);
}

/* ---- size ---- */

static void add_filler(struct wh_buf *text, char letter, size_t count) {
    char block[4096];
    memset(block, letter, sizeof block);
    for (; count > sizeof block; count -= sizeof block)
        wh_buf_add(text, block, sizeof block);
    wh_buf_add(text, block, count);
}

static void test_a_line_of_ten_megabytes_is_passed_over(void **state) {
    (void)state;
    struct wh_buf text = {0};
    struct wh_embed *embed;
    wh_buf_adds(&text, "a 1 2\n");
    add_filler(&text, 'x', 10 << 20);
    wh_buf_adds(&text, " 3 4\nb 5 6\n");
    must(open_bytes(text.data, text.length, false, NULL, &embed));
    assert_int_equal(wh_embed_words(embed), 2);
    assert_int_equal(wh_embed_summary(embed)->ragged, 1);
    assert_int_equal(wh_embed_summary(embed)->first_bad_line, 2);
    assert_true(wh_embed_row(embed, wh_embed_find(embed, "b"))[1] == 6);
    wh_embed_close(embed);
    assert_int_equal(open_bytes(text.data, text.length, true, NULL, &embed), WH_DATA);
    assert_non_null(strstr(wh_error(), ":2: expected a word and its numbers, found a line of "));
    wh_buf_free(&text);
}

static void test_one_endless_line(void **state) {
    (void)state;
    struct wh_buf text = {0};
    struct wh_embed *embed;
    add_filler(&text, '1', 10 << 20);
    assert_int_equal(open_bytes(text.data, text.length, false, NULL, &embed), WH_DATA);
    assert_non_null(strstr(wh_error(), "found a line of more than 4 MiB"));
    wh_buf_free(&text);
}

static void test_a_word_of_a_megabyte(void **state) {
    (void)state;
    struct wh_buf text = {0};
    struct wh_embed *embed;
    add_filler(&text, 'x', 1 << 20);
    wh_buf_adds(&text, " 1 2\nb 3 4\n");
    must(open_bytes(text.data, text.length, false, NULL, &embed));
    assert_int_equal(strlen(wh_embed_word(embed, 0)), 1 << 20);
    assert_int_equal(wh_embed_lookup(embed, text.data, 1 << 20), 0);
    wh_embed_close(embed);
    wh_buf_free(&text);
}

/* Rows across the borders of the reader's buffer: 30,000 of them, some 10 MB. */
static void test_rows_across_buffers(void **state) {
    (void)state;
    struct wh_buf text = {0};
    struct wh_embed *embed;
    char word[32];
    for (int i = 0; i < 30000; i++) {
        wh_buf_addf(&text, "word%d", i);
        for (int j = 0; j < 30; j++)
            wh_buf_addf(&text, " %d.%06d", i % 10, j);
        wh_buf_adds(&text, "\n");
    }
    must(open_bytes(text.data, text.length, false, NULL, &embed));
    assert_int_equal(wh_embed_words(embed), 30000);
    for (int i = 0; i < 30000; i++) {
        snprintf(word, sizeof word, "word%d", i);
        assert_int_equal(wh_embed_find(embed, word), i);
        for (int j = 0; j < 30; j++)
            assert_true((double)wh_embed_row(embed, (uint32_t)i)[j] ==
                        (double)(float)((i % 10 * 1000000 + j) / 1e6));
    }
    wh_embed_close(embed);
    wh_buf_free(&text);
}

/* Whether row i of the next test is sound; writes it. */
static bool add_mixed_row(struct wh_buf *text, int i) {
    const char *fault = i % 5 == 1   ? "word0"
                        : i % 7 == 2 ? "ragged 1 2"
                        : i % 11 == 3 ? "nan nan"
                        : i % 13 == 4 ? ""
                                      : NULL;
    if (i == 15000) {
        add_filler(text, 'x', 5 << 20);
        wh_buf_adds(text, "\n");
    }
    if (fault && *fault == '\0') {
        wh_buf_adds(text, "\n");
        return false;
    }
    if (fault)
        wh_buf_adds(text, fault);
    else
        wh_buf_addf(text, "word%d", i);
    for (int j = 0; j < (fault && *fault == 'r' ? 3 : fault && *fault == 'n' ? 29 : 30); j++)
        wh_buf_addf(text, " %d.%06d", i % 10, j);
    wh_buf_adds(text, "\n");
    return !fault;
}

/* Rows dropped in all parts of a long text leave the others as they are. */
static void test_dropped_rows_across_buffers(void **state) {
    (void)state;
    struct wh_buf text = {0};
    struct wh_embed *embed;
    static bool sound[40000];
    uint32_t expected = 0;
    for (int i = 0; i < 40000; i++) {
        sound[i] = add_mixed_row(&text, i);
        expected += sound[i];
    }
    must(open_bytes(text.data, text.length, false, NULL, &embed));
    assert_int_equal(wh_embed_words(embed), expected);
    assert_int_equal(wh_embed_summary(embed)->first_bad_line, 2);
    uint32_t id = 0;
    for (int i = 0; i < 40000; i++) {
        char word[32];
        if (!sound[i])
            continue;
        snprintf(word, sizeof word, "word%d", i);
        assert_string_equal(wh_embed_word(embed, id), word);
        for (int j = 0; j < 30; j++)
            assert_true((double)wh_embed_row(embed, id)[j] ==
                        (double)(float)((i % 10 * 1000000 + j) / 1e6));
        id++;
    }
    wh_embed_close(embed);
    wh_buf_free(&text);
}

static void test_limit(void **state) {
    (void)state;
    struct wh_embed *embed;
    const struct wh_embed_options options = {
        .path = fixture_file("rows.txt", LITERAL("9 2\na 1 2\na 9 9\nb 3 4\nc 5 6\nbroken\n")),
        .limit = 2};
    must(wh_embed_open(&options, &embed));
    assert_int_equal(wh_embed_words(embed), 2);
    assert_int_equal(wh_embed_find(embed, "b"), 1);
    assert_int_equal(wh_embed_find(embed, "c"), WH_NONE);
    assert_int_equal(wh_embed_summary(embed)->ragged, 0);
    assert_false(wh_embed_summary(embed)->miscounted);
    wh_embed_close(embed);
    unlink(options.path);
}

/* ---- pipes ---- */

static void open_pipe(bool standard) {
    static const char text[] = "2 2\na 1 2\nb 3 4\n";
    int ends[2];
    char path[32];
    struct wh_embed *embed;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, sizeof text - 1), sizeof text - 1);
    close(ends[1]);
    if (standard)
        dup2(ends[0], STDIN_FILENO);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    const struct wh_embed_options options = {.path = standard ? "-" : path};
    must(wh_embed_open(&options, &embed));
    close(ends[0]);
    assert_string_equal(wh_embed_format(embed), "word2vec");
    assert_int_equal(wh_embed_find(embed, "b"), 1);
    if (standard)
        assert_string_equal(wh_embed_name(embed), "standard input");
    wh_embed_close(embed);
}

static void test_pipes(void **state) {
    (void)state;
    int saved = dup(STDIN_FILENO);
    open_pipe(false);
    open_pipe(true);
    dup2(saved, STDIN_FILENO);
    close(saved);
}

/* A named pipe is opened once: its writer must not meet a broken pipe. */
static void test_named_pipe(void **state) {
    (void)state;
    char path[512];
    struct wh_embed *embed;
    int exit_status = -1;
    snprintf(path, sizeof path, "%s", fixture_file("pipe", "", 0));
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    pid_t writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        int fd = open(path, O_WRONLY);
        usleep(20000);
        _exit(fd >= 0 && write(fd, "a 1 2\nb 3 4\n", 12) == 12 ? 0 : 1);
    }
    const struct wh_embed_options options = {.path = path};
    must(wh_embed_open(&options, &embed));
    assert_int_equal(wh_embed_words(embed), 2);
    wh_embed_close(embed);
    assert_int_equal(waitpid(writer, &exit_status, 0), writer);
    assert_int_equal(exit_status, 0);
    unlink(path);
}

static void test_cancelling(void **state) {
    (void)state;
    struct wh_token token = {.context = NULL};
    struct wh_embed *embed;
    const struct wh_embed_options options = {.path = fixture_file("rows.txt", LITERAL("a 1 2\n")),
                                             .token = &token};
    atomic_store(&token.cancelled, true);
    assert_int_equal(wh_embed_open(&options, &embed), WH_CANCELLED);
    assert_null(embed);
    unlink(options.path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readings),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_unknown_format),
        cmocka_unit_test(test_missing_file_and_directory),
        cmocka_unit_test(test_a_line_of_ten_megabytes_is_passed_over),
        cmocka_unit_test(test_one_endless_line),
        cmocka_unit_test(test_a_word_of_a_megabyte),
        cmocka_unit_test(test_rows_across_buffers),
        cmocka_unit_test(test_dropped_rows_across_buffers),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_pipes),
        cmocka_unit_test(test_named_pipe),
        cmocka_unit_test(test_cancelling),
    };
    return cmocka_run_group_tests_name("embed", tests, NULL, NULL);
}
