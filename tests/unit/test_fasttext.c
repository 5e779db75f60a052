/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_fasttext.c - n-grams of fastText's models. The n-grams of the words are written out by hand,
 * so that cutting words into characters is compared with nothing but the definition; the same
 * comparison with fastText itself is tests/writers/compare.sh.
 */
#include "tests/lib/fixture.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "tests/lib/layout_kit.h"

#define DIM     3
#define BUCKETS 11
#define WORDS   4

struct model {
    uint32_t version, kind, min_gram, max_gram;
    int64_t pruned;
    uint8_t quantised;
};

static const char *const words[WORDS] = {"</s>", "a\xc3\xa9", "b", "\xf0\x9f\x98\x80x"};

/* The n-grams of 1 to 3 characters of each word between < and >, but for < and > themselves. */
static const char *const grams[WORDS][12] = {
    {NULL},
    {"<a", "<a\xc3\xa9", "a", "a\xc3\xa9", "a\xc3\xa9>", "\xc3\xa9", "\xc3\xa9>", NULL},
    {"<b", "<b>", "b", "b>", NULL},
    {"<\xf0\x9f\x98\x80", "<\xf0\x9f\x98\x80x", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80x",
     "\xf0\x9f\x98\x80x>", "x", "x>", NULL},
};

static float matrix(uint64_t row, uint32_t j) {
    return (float)((row * 37 + j * 11) % 101) - 50.0f;
}

static void write_model(const struct model *model, struct wh_buf *out) {
    const uint32_t arguments[12] = {
        DIM, 5, 5, 1, 5, 1, 2, model->kind, BUCKETS, model->min_gram, model->max_gram, 100};
    layout_number(out, 793712314, 4);
    layout_number(out, model->version, 4);
    for (size_t i = 0; i < 12; i++)
        layout_number(out, arguments[i], 4);
    layout_number(out, 0, 8);
    layout_number(out, WORDS + 1, 4);
    layout_number(out, WORDS, 4);
    layout_number(out, 1, 4);
    layout_number(out, 99, 8);
    layout_number(out, (uint64_t)model->pruned, 8);
    for (uint32_t id = 0; id <= WORDS; id++) {
        const char *word = id < WORDS ? words[id] : "__label__x";
        wh_buf_add(out, word, strlen(word) + 1);
        layout_number(out, 9, 8);
        layout_number(out, id == WORDS, 1);
    }
    layout_number(out, model->quantised, 1);
    layout_number(out, WORDS + BUCKETS, 8);
    layout_number(out, DIM, 8);
    for (uint64_t row = 0; row < WORDS + BUCKETS; row++)
        for (uint32_t j = 0; j < DIM; j++) {
            float value = matrix(row, j);
            uint32_t bits;
            memcpy(&bits, &value, sizeof bits);
            layout_number(out, bits, 4);
        }
    layout_number(out, 0, 17); /* an empty output matrix */
}

static enum wh_status open_model(const struct model *model, struct wh_embed **embed) {
    struct wh_buf bytes = {0};
    write_model(model, &bytes);
    const struct wh_embed_options options = {
        .path = fixture_file("model.bin", bytes.data, bytes.length), .threads = 2};
    enum wh_status status = wh_embed_open(&options, embed);
    unlink(options.path);
    wh_buf_free(&bytes);
    return status;
}

/* FNV-1a where a byte over 127 counts as a negative number. */
static uint64_t bucket(const char *gram) {
    uint32_t hash = 2166136261u;
    for (; *gram; gram++) {
        uint32_t byte = (unsigned char)*gram;
        hash ^= byte > 127 ? byte | 0xffffff00u : byte;
        hash *= 16777619u;
    }
    return WORDS + hash % BUCKETS;
}

static size_t characters(const char *text) {
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static void check_vectors(const struct model *model, bool with_grams) {
    struct wh_embed *embed;
    must(open_model(model, &embed));
    assert_int_equal(wh_embed_words(embed), WORDS);
    for (uint32_t id = 0; id < WORDS; id++)
        for (uint32_t j = 0; j < DIM; j++) {
            double sum = (double)matrix(id, j), count = 1;
            for (size_t i = 0; with_grams && grams[id][i]; i++) {
                size_t n = characters(grams[id][i]);
                if (n < model->min_gram || n > model->max_gram)
                    continue;
                sum += (double)matrix(bucket(grams[id][i]), j);
                count++;
            }
            float found = wh_embed_row(embed, id)[j];
            assert_true(fabs((double)found - sum / count) <= 1e-5 * (1 + fabs(sum / count)));
        }
    wh_embed_close(embed);
}

static void test_vectors(void **state) {
    (void)state;
    for (uint32_t min = 1; min <= 3; min++)
        for (uint32_t max = min; max <= 3; max++)
            check_vectors(&(struct model){12, 2, min, max, -1, 0}, true);
}

/* Version 11 wrote n-grams for supervised models that it did not use; a model without kept n-grams
 * has none; nor has one with maxn 0. */
static void test_without_grams(void **state) {
    (void)state;
    check_vectors(&(struct model){11, 3, 1, 3, -1, 0}, false);
    check_vectors(&(struct model){11, 2, 1, 3, -1, 0}, true);
    check_vectors(&(struct model){12, 3, 1, 3, -1, 0}, true);
    check_vectors(&(struct model){12, 2, 1, 3, 0, 0}, false);
    check_vectors(&(struct model){12, 2, 0, 0, -1, 0}, false);
}

static void test_refusals(void **state) {
    static const struct {
        struct model model;
        const char *sentence;
    } cases[] = {
        {{12, 2, 1, 3, -1, 1}, "this model is quantised (.ftz)"},
        {{12, 2, 1, 3, 2, 0}, "a model that was not pruned"},
        {{10, 2, 1, 3, -1, 0}, "a fastText model of version 11 or 12, found 10"},
        {{12, 2, 1, 65, -1, 0}, "n-grams of at most 64 characters"},
        {{12, 2, 4, 3, -1, 0}, "n-grams of at most 64 characters"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wh_embed *embed;
        assert_int_equal(open_model(&cases[i].model, &embed), WH_DATA);
        assert_non_null(strstr(wh_error(), cases[i].sentence));
        assert_non_null(strstr(wh_error(), ": byte "));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_without_grams),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests_name("fasttext", tests, NULL, NULL);
}
