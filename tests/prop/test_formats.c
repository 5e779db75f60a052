/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_formats.c - the same words in every layout are the same embedding: one checksum, computed
 * here independently from the made-up words and vectors. */
#include "tests/lib/fixture.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "embed/store.h"

#define WORDS 700
#define DIM   11

struct made {
    char words[WORDS][64];
    float rows[WORDS][DIM];
};

/* Pieces that readers of other programs stumble over: every kind of blank but the one that parts
 * fields, controls, numbers, half characters. The index keeps words apart. */
static void make_word(struct plain_rng *rng, uint32_t id, char *word) {
    static const char *const pieces[] = {
        "the",          "\xc2\x85",
        "\xc2\xa0",     "\xe2\x80\x89",
        "\xe2\x80\xa8", "\t",
        "\v",           "1",
        "-0.5",         "e5",
        ". . .",        "a b",
        "caf\xe9",      "\xf0\x9f\x98\x80",
        "<unk>",        "</s>",
        "\xef\xbb\xbf", "\x1b[31m",
        "\r",           "nan",
        "\"",           "\\",
    };
    size_t first = (size_t)(plain_uniform(rng) * (sizeof pieces / sizeof *pieces));
    size_t last = (size_t)(plain_uniform(rng) * (sizeof pieces / sizeof *pieces));
    snprintf(word, 64, "%s%u%s", pieces[first], id, pieces[last]);
}

static struct made *make(uint32_t seed) {
    struct plain_rng rng = {seed};
    struct made *made = calloc(1, sizeof *made);
    assert_non_null(made);
    for (uint32_t id = 0; id < WORDS; id++) {
        make_word(&rng, id, made->words[id]);
        for (uint32_t j = 0; j < DIM; j++)
            made->rows[id][j] = (float)plain_normal(&rng);
    }
    return made;
}

static void expected_checksum(const struct made *made, uint32_t words, char *hex) {
    const uint32_t shape[2] = {words, DIM};
    unsigned char digest[32];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof digest);
    crypto_generichash_update(&state, (const unsigned char *)shape, sizeof shape);
    for (uint32_t id = 0; id < words; id++)
        crypto_generichash_update(&state, (const unsigned char *)made->words[id],
                                  strlen(made->words[id]) + 1);
    crypto_generichash_update(&state, (const unsigned char *)made->rows,
                              words * sizeof made->rows[0]);
    crypto_generichash_final(&state, digest, sizeof digest);
    sodium_bin2hex(hex, 65, digest, sizeof digest);
}

/* How a text may be written without becoming another one. */
struct layout {
    bool header;
    const char *number, *between, *line_end;
    bool last_line_end;
};

static const struct layout layouts[] = {
    {false, "%.9g", " ", "\n", true},    {false, "%.9g", " ", "\n", false},
    {false, "%.9e", " ", "\r\n", true},  {false, "%.17g", " ", "\n", true},
    {false, "%.40f", "  ", " \n", true}, {true, "%.9g", " ", "\n", true},
    {true, "%.9g", " ", " \n", true},    {true, "%.17g", " ", " \r\n", false},
};

static void write_layout(const struct made *made, const struct layout *layout,
                         struct wh_buf *text) {
    char number[128];
    wh_buf_clear(text);
    if (layout->header)
        wh_buf_addf(text, "%d %d%s", WORDS, DIM, layout->line_end);
    for (uint32_t id = 0; id < WORDS; id++) {
        wh_buf_adds(text, made->words[id]);
        for (uint32_t j = 0; j < DIM; j++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(number, sizeof number, layout->number, (double)made->rows[id][j]);
#pragma GCC diagnostic pop
            wh_buf_addf(text, "%s%s", j ? layout->between : " ", number);
        }
        if (id + 1 < WORDS || layout->last_line_end)
            wh_buf_adds(text, layout->line_end);
    }
}

static struct wh_embed *open_limited(const char *path, uint32_t limit) {
    struct wh_embed *embed;
    const struct wh_embed_options options = {.path = path, .limit = limit};
    must(wh_embed_open(&options, &embed));
    return embed;
}

static void assert_is(const struct made *made, const struct wh_embed *embed, uint32_t words) {
    char expected[65];
    expected_checksum(made, words, expected);
    assert_int_equal(wh_embed_words(embed), words);
    assert_string_equal(wh_embed_checksum(embed), expected);
    for (uint32_t id = 0; id < WORDS; id++)
        assert_int_equal(wh_embed_find(embed, made->words[id]), id < words ? id : WH_NONE);
}

static void check_file(const struct made *made, const char *path) {
    struct wh_embed *whole = open_limited(path, 0), *part = open_limited(path, WORDS / 3);
    assert_is(made, whole, WORDS);
    assert_is(made, part, WORDS / 3);
    wh_embed_close(part);
    wh_embed_close(whole);
}

static void check_store(const struct made *made, const char *text) {
    char path[512];
    struct wh_embed *embed = open_limited(text, 0);
    strcpy(path, fixture_file("layout.haze", "", 0));
    must(wh_store_write(embed, NULL, path, NULL));
    wh_embed_close(embed);
    check_file(made, path);
    unlink(path);
}

static void test_every_layout(void **state) {
    (void)state;
    struct wh_buf text = {0};
    for (uint32_t seed = 1; seed <= 5; seed++) {
        struct made *made = make(seed);
        for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
            char path[512];
            write_layout(made, &layouts[i], &text);
            strcpy(path, fixture_file("layout.txt", text.data, text.length));
            check_file(made, path);
            check_store(made, path);
            unlink(path);
        }
        free(made);
    }
    wh_buf_free(&text);
}

/* Another number, word or order is another checksum. */
static void test_checksum_tells_apart(void **state) {
    (void)state;
    static const char *const texts[] = {
        "a 1 2\nb 3 4\n", "b 3 4\na 1 2\n", "a 1 2\nc 3 4\n", "a 1 2\nb 3 4.0000005\n",
        "a 1 2 3 4\n",    "ab 1 2\n 3 4\n", "a 1 2\n",        "a 1 2\nb -3 4\n",
    };
    char sums[sizeof texts / sizeof *texts][65];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char path[512];
        strcpy(path, fixture_file("apart.txt", texts[i], strlen(texts[i])));
        struct wh_embed *embed = open_limited(path, 0);
        strcpy(sums[i], wh_embed_checksum(embed));
        wh_embed_close(embed);
        unlink(path);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(sums[i], sums[j]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_layout),
        cmocka_unit_test(test_checksum_tells_apart),
    };
    return cmocka_run_group_tests_name("formats", tests, NULL, NULL);
}
