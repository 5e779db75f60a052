/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_fasttext.c - n-grams of fastText's models, for words of the vocabulary and for others. The
 * n-grams of the words are written out by hand, so that cutting words into characters is compared
 * with nothing but the definition; the same comparison with fastText itself is
 * tests/writers/compare.sh.
 */
#include "tests/lib/fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
    uint32_t output; /* rows of the output matrix, zeros */
    bool broken;     /* the first bucket's row is not a number */
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
            float value = model->broken && row == WORDS ? NAN : matrix(row, j);
            uint32_t bits;
            memcpy(&bits, &value, sizeof bits);
            layout_number(out, bits, 4);
        }
    layout_number(out, 0, 1);
    layout_number(out, model->output, 8);
    layout_number(out, DIM, 8);
    layout_number(out, 0, (size_t)model->output * DIM * 4);
}

/* Returns the path, in a static buffer. */
static const char *put_model(const struct model *model) {
    struct wh_buf bytes = {0};
    write_model(model, &bytes);
    const char *path = fixture_file("model.bin", bytes.data, bytes.length);
    wh_buf_free(&bytes);
    return path;
}

static enum wh_status open_model(const struct model *model, struct wh_embed **embed) {
    const struct wh_embed_options options = {.path = put_model(model), .threads = 2};
    return wh_embed_open(&options, embed);
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
            check_vectors(&(struct model){12, 2, min, max, -1, 0, 0, false}, true);
}

/* Version 11 wrote n-grams for supervised models that it did not use; a model without kept n-grams
 * has none; nor has one with maxn 0. */
static void test_without_grams(void **state) {
    (void)state;
    check_vectors(&(struct model){11, 3, 1, 3, -1, 0, 0, false}, false);
    check_vectors(&(struct model){11, 2, 1, 3, -1, 0, 0, false}, true);
    check_vectors(&(struct model){12, 3, 1, 3, -1, 0, 0, false}, true);
    check_vectors(&(struct model){12, 2, 1, 3, 0, 0, 0, false}, false);
    check_vectors(&(struct model){12, 2, 0, 0, -1, 0, 0, false}, false);
}

static void test_refusals(void **state) {
    static const struct {
        struct model model;
        const char *sentence;
    } cases[] = {
        {{12, 2, 1, 3, -1, 1, 0, false}, "this model is quantised (.ftz)"},
        {{12, 2, 1, 3, 2, 0, 0, false}, "a model that was not pruned"},
        {{10, 2, 1, 3, -1, 0, 0, false}, "a fastText model of version 11 or 12, found 10"},
        {{12, 2, 1, 65, -1, 0, 0, false}, "n-grams of at most 64 characters"},
        {{12, 2, 4, 3, -1, 0, 0, false}, "n-grams of at most 64 characters"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wh_embed *embed;
        assert_int_equal(open_model(&cases[i].model, &embed), WH_DATA);
        assert_non_null(strstr(wh_error(), cases[i].sentence));
        assert_non_null(strstr(wh_error(), ": byte "));
    }
}

/* ---- words outside of the vocabulary ---- */

static const struct model trigrams = {
    .version = 12, .kind = 2, .min_gram = 1, .max_gram = 3, .pruned = -1};

/* Rows of buckets by hand: number b is matrix(4 + b), (37 b + 98, ..., ...) taken modulo 101. */
static const struct {
    const char *word;
    int sums[DIM], rows;
} composed[] = {
    /* <\u00e9 9, <\u00e9> 9, \u00e9 8, \u00e9> 6; without the sign of its bytes 8, 5, 10, 10 */
    {"\xc3\xa9", {61, 105, 149}, 4},
    /* <n 1, <n\u00e9 7, n 3, n\u00e9 10, n\u00e9> 1, \u00e9 8, \u00e9> 6 */
    {"n\xc3\xa9", {-2, 75, -50}, 7},
    /* << 7, <<a 0, < 0, <a 6, <a> 1, a 7, a> 6, a>> 8, > 2, >> 3: only the outermost are no
     * 1-grams */
    {"<a>", {-65, 45, 54}, 10},
};

static void test_composed(void **state) {
    struct wh_embed *embed;
    float row[DIM];
    (void)state;
    must(open_model(&trigrams, &embed));
    assert_true(wh_embed_composes(embed));
    for (size_t i = 0; i < sizeof composed / sizeof *composed; i++) {
        assert_int_equal(wh_embed_find(embed, composed[i].word), WH_NONE);
        must(wh_embed_compose(embed, composed[i].word, NULL, row));
        for (size_t j = 0; j < DIM; j++) {
            double mean = (double)composed[i].sums[j] / composed[i].rows;
            assert_true(fabs((double)row[j] - mean) <= 1e-6 * fabs(mean));
        }
    }
    wh_embed_close(embed);
}

/* n times "\u00e9": n 1-grams, n - 1 pairs, n - 2 triples, and four at the ends. Sums of whole
 * numbers are exact in float32. */
static void test_long_word(void **state) {
    enum { LENGTH = 20000 };
    static const char *const inner[] = {"\xc3\xa9", "\xc3\xa9\xc3\xa9", "\xc3\xa9\xc3\xa9\xc3\xa9"};
    static const char *const ends[] = {"<\xc3\xa9", "\xc3\xa9>", "<\xc3\xa9\xc3\xa9",
                                       "\xc3\xa9\xc3\xa9>"};
    struct wh_embed *embed;
    struct wh_buf word = {0};
    float row[DIM];
    (void)state;
    must(open_model(&trigrams, &embed));
    for (int i = 0; i < LENGTH; i++)
        wh_buf_adds(&word, inner[0]);
    must(wh_embed_compose(embed, word.data, NULL, row));
    for (uint32_t j = 0; j < DIM; j++) {
        double sum = 0;
        for (int n = 0; n < 3; n++)
            sum += (LENGTH - n) * (double)matrix(bucket(inner[n]), j);
        for (int i = 0; i < 4; i++)
            sum += (double)matrix(bucket(ends[i]), j);
        double mean = sum / (3 * LENGTH + 1);
        assert_true(fabs((double)row[j] - mean) <= 1e-6 * fabs(mean));
    }
    wh_buf_free(&word);
    wh_embed_close(embed);
}

/* A word that a limit kept out has the vector that it has in the vocabulary; and so have all. */
static void test_kept_out(void **state) {
    struct wh_embed *whole, *part;
    float row[DIM];
    (void)state;
    must(open_model(&trigrams, &whole));
    const struct wh_embed_options options = {.path = put_model(&trigrams), .limit = 1};
    must(wh_embed_open(&options, &part));
    assert_int_equal(wh_embed_words(part), 1);
    for (uint32_t id = 0; id < WORDS; id++) {
        must(wh_embed_compose(part, words[id], NULL, row));
        assert_memory_equal(row, wh_embed_row(whole, id), sizeof row);
    }
    wh_embed_close(whole);
    wh_embed_close(part);
}

static void expect_none(const struct model *model, const char *word, enum wh_status status,
                        const char *sentence) {
    struct wh_embed *embed;
    float row[DIM];
    must(open_model(model, &embed));
    assert_int_equal(wh_embed_compose(embed, word, NULL, row), status);
    if (!strstr(wh_error(), sentence))
        fail_msg("'%s' is not in '%s'", sentence, wh_error());
    wh_embed_close(embed);
}

static void test_not_composed(void **state) {
    struct model without = trigrams, broken = trigrams, longer = trigrams;
    struct wh_embed *builtin;
    float row[200];
    (void)state;
    without.max_gram = 0;
    broken.broken = true;
    longer.min_gram = longer.max_gram = 4;
    expect_none(&without, "c", WH_UNAVAILABLE, "'c' cannot be composed: the model has no n-grams");
    expect_none(&longer, "c", WH_NO, "'c' cannot be composed: the model has none of its n-grams");
    expect_none(&trigrams, "__label__x", WH_NO, "it is a label of the model");
    expect_none(&broken, "<a>", WH_DATA, "a number that is not finite");
    must(wh_embed_open(&(struct wh_embed_options){0}, &builtin));
    assert_false(wh_embed_composes(builtin));
    assert_int_equal(wh_embed_compose(builtin, "c", NULL, row), WH_UNAVAILABLE);
    wh_embed_close(builtin);
}

/* The model is looked for when it is needed, and must be the one that was opened. Once mapped it
 * stays. */
static void test_model_gone(void **state) {
    struct wh_embed *embed;
    float row[DIM];
    (void)state;
    const char *path = put_model(&trigrams);
    const struct wh_embed_options options = {.path = path};
    must(wh_embed_open(&options, &embed));
    unlink(path);
    assert_int_equal(wh_embed_compose(embed, "c", NULL, row), WH_NOINPUT);
    assert_non_null(strstr(wh_error(), "words outside of the vocabulary are composed from it"));
    put_model(&trigrams);
    assert_int_equal(wh_embed_compose(embed, "c", NULL, row), WH_DATA);
    assert_non_null(strstr(wh_error(), "model.bin: byte 0: expected the model as it was"));
    wh_embed_close(embed);
    must(wh_embed_open(&options, &embed));
    must(wh_embed_compose(embed, "c", NULL, row));
    unlink(path);
    must(wh_embed_compose(embed, "d", NULL, row));
    wh_embed_close(embed);
}

static int cache_entries(void) {
    char path[600];
    snprintf(path, sizeof path, "%s/wordhaze", getenv("XDG_CACHE_HOME"));
    DIR *folder = opendir(path);
    int count = 0;
    for (const struct dirent *entry; folder && (entry = readdir(folder));)
        count += fnmatch("*.haze", entry->d_name, 0) == 0;
    if (folder)
        closedir(folder);
    return count;
}

/* Read, and put into the cache; then from there. Small models are not kept, so this one is large.
 */
static void test_from_cache(void **state) {
    struct model large = trigrams;
    const struct timespec long_ago[2] = {{1577880000, 0}, {1577880000, 0}};
    (void)state;
    if (!getenv("XDG_CACHE_HOME"))
        skip();
    large.output = 100000;
    const struct wh_embed_options options = {.path = put_model(&large), .cache = true};
    assert_int_equal(utimensat(AT_FDCWD, options.path, long_ago, 0), 0);
    for (int time = 0; time < 2; time++) {
        struct wh_embed *embed;
        float row[DIM];
        assert_int_equal(cache_entries(), time);
        must(wh_embed_open(&options, &embed));
        assert_string_equal(wh_embed_format(embed), "fasttext");
        must(wh_embed_compose(embed, "\xc3\xa9", NULL, row));
        assert_true(row[0] == 61.0f / 4 && row[1] == 105.0f / 4 && row[2] == 149.0f / 4);
        wh_embed_close(embed);
    }
    unlink(options.path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),      cmocka_unit_test(test_without_grams),
        cmocka_unit_test(test_refusals),     cmocka_unit_test(test_composed),
        cmocka_unit_test(test_long_word),    cmocka_unit_test(test_kept_out),
        cmocka_unit_test(test_not_composed), cmocka_unit_test(test_model_gone),
        cmocka_unit_test(test_from_cache),
    };
    return cmocka_run_group_tests_name("fasttext", tests, NULL, NULL);
}
