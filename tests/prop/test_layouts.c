/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_layouts.c - the same words in every layout and packing are the same embedding: one checksum.
 * Their broken twins - cut at every byte, with counts that are wrong or absurd, damaged while
 * packed, with numbers that are not finite - are refused with the file's name and a position.
 */
#include "tests/lib/layout_kit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "embed/embed.h"
#include "embed/store.h"
#include "tests/lib/fixture.h"

#define DIM 5

/* Each number is a binary16 and the upper half of a binary32. */
static const char *const texts[] = {
    "</s>", "the",  "of\xc2\xa0it", "\xc2\x85",         "caf\xe9", "\xf0\x9f\x98\x80",
    "1",    "-0.5", "<unk>",        "\xe2\x80\xa8next", "\"q\\\"", "Z\xc3\xbcrich",
};
#define WORDS (sizeof texts / sizeof *texts)

static float rows[WORDS][DIM];
static const struct layout_words words = {WORDS, DIM, texts, rows[0]};
static char folder[512];

static int make_rows(void **state) {
    struct plain_rng rng = {3};
    (void)state;
    for (size_t id = 0; id < WORDS; id++)
        for (size_t j = 0; j < DIM; j++)
            rows[id][j] = (float)(int)(plain_uniform(&rng) * 255 - 127) / 32;
    strcpy(folder, fixture_file("layouts", "", 0));
    unlink(folder);
    return mkdir(folder, 0700);
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder);
}

static void put_file(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* A file of a layout, its vocabulary beside it where it needs one. */
static void put_layout(const char *path, const char *vocabulary, const struct layout *layout,
                       const struct wh_buf *bytes) {
    put_file(path, bytes->data, bytes->length);
    if (layout->wordless) {
        struct wh_buf vocab = {0};
        layout_vocabulary(&words, &vocab);
        put_file(vocabulary, vocab.data, vocab.length);
        wh_buf_free(&vocab);
    }
}

static enum wh_status open_with(const char *path, const struct layout *layout, uint32_t limit,
                                bool strict, struct wh_embed **embed) {
    char vocabulary[600];
    snprintf(vocabulary, sizeof vocabulary, "%s/x.vocab", folder);
    const struct wh_embed_options options = {.path = path,
                                             .vocab = layout->wordless ? vocabulary : NULL,
                                             .limit = limit,
                                             .strict = strict,
                                             .threads = 2};
    return wh_embed_open(&options, embed);
}

static void names(const struct layout *layout, size_t packing, char *path, char *vocabulary) {
    snprintf(path, 600, "%s/x%s%s", folder, layout->extension, packings[packing]);
    snprintf(vocabulary, 600, "%s/x.vocab", folder);
}

/* ---- one checksum ---- */

static void same(const char *what, const struct wh_embed *embed, char *sum) {
    if (!*sum)
        strcpy(sum, wh_embed_checksum(embed));
    if (strcmp(sum, wh_embed_checksum(embed)) != 0)
        fail_msg("%s is another embedding", what);
}

static void check_layout(const struct layout *layout, size_t packing, char sums[2][65]) {
    char path[600], vocabulary[600];
    struct wh_buf bytes = {0}, packed = {0};
    struct wh_embed *embed;
    names(layout, packing, path, vocabulary);
    layout->write(&words, &bytes);
    layout_pack(packing, "folder/x", &bytes, &packed);
    put_layout(path, vocabulary, layout, &packed);
    for (uint32_t part = 0; part < 2; part++) {
        must(open_with(path, layout, part ? WORDS / 3 : 0, false, &embed));
        same(layout->name, embed, sums[part]);
        assert_string_equal(wh_embed_format(embed), layout->format);
        assert_int_equal(wh_embed_words(embed), part ? WORDS / 3 : WORDS);
        wh_embed_close(embed);
    }
    unlink(path);
    unlink(vocabulary);
    wh_buf_free(&bytes);
    wh_buf_free(&packed);
}

static void test_one_checksum(void **state) {
    char sums[2][65] = {"", ""};
    (void)state;
    for (size_t i = 0; i < layout_count; i++)
        for (size_t packing = 0; packing < packing_count; packing++)
            check_layout(&layouts[i], packing, sums);
    assert_string_not_equal(sums[0], sums[1]);
}

/* A store, too, can be packed; and no format needs to be found where it is named. */
static void test_packed_store(void **state) {
    char path[600], sum[65] = "";
    struct wh_buf bytes = {0}, packed = {0};
    struct wh_embed *embed;
    (void)state;
    layouts[0].write(&words, &bytes);
    snprintf(path, sizeof path, "%s/x", folder);
    put_file(path, bytes.data, bytes.length);
    must(open_with(path, &layouts[0], 0, false, &embed));
    same("text", embed, sum);
    must(wh_store_write(embed, NULL, path, NULL));
    wh_embed_close(embed);
    for (size_t packing = 0; packing < packing_count; packing++) {
        FILE *file = fopen(path, "rb");
        char store[16384];
        size_t size = fread(store, 1, sizeof store, file);
        fclose(file);
        const struct wh_buf whole = {store, size, size, false};
        char packed_path[620];
        wh_buf_clear(&packed);
        layout_pack(packing, "x.haze", &whole, &packed);
        snprintf(packed_path, sizeof packed_path, "%s.packed", path);
        put_file(packed_path, packed.data, packed.length);
        must(open_with(packed_path, &layouts[0], 0, false, &embed));
        same("store", embed, sum);
        must(wh_store_verify(embed));
        wh_embed_close(embed);
        unlink(packed_path);
    }
    unlink(path);
    wh_buf_free(&bytes);
    wh_buf_free(&packed);
}

/* ---- broken twins ---- */

static size_t refused;
static char whole[65]; /* the checksum of what a damaged packed file holds */

/* Damage beside the content - a zip's list of members, bits that packing does not use - does no
 * harm: then all of the content must be there. */
static bool is_harmless(const char *path, const struct layout *layout) {
    struct wh_embed *embed;
    if (!*whole || open_with(path, layout, 0, false, &embed) != WH_OK)
        return false;
    bool same_words =
        strcmp(whole, wh_embed_checksum(embed)) == 0 && !wh_embed_summary(embed)->ragged;
    wh_embed_close(embed);
    return same_words;
}

static void remember_whole(const char *path, const struct layout *layout) {
    struct wh_embed *embed;
    must(open_with(path, layout, 0, false, &embed));
    strcpy(whole, wh_embed_checksum(embed));
    wh_embed_close(embed);
}

/* WH_DATA and a sentence that begins with the file's name and holds a position. */
static void expect_refusal(const char *what, const char *path, const struct layout *layout,
                           size_t detail) {
    struct wh_embed *embed;
    if (is_harmless(path, layout))
        return;
    enum wh_status status = open_with(path, layout, 0, strcmp(what, "strict") == 0, &embed);
    const char *sentence = wh_error();
    if (status != WH_DATA)
        fail_msg("%s, %s %zu: status %d", layout->name, what, detail, (int)status);
    assert_null(embed);
    if (strncmp(sentence, folder, strlen(folder)) != 0 || !strpbrk(sentence, "0123456789"))
        fail_msg("%s, %s %zu: %s", layout->name, what, detail, sentence);
    refused++;
}

static void cut_everywhere(const struct layout *layout, size_t packing) {
    char path[600], vocabulary[600];
    struct wh_buf bytes = {0}, packed = {0};
    names(layout, packing, path, vocabulary);
    layout->write(&words, &bytes);
    layout_pack(packing, "x", &bytes, &packed);
    put_layout(path, vocabulary, layout, &packed);
    if (packing)
        remember_whole(path, layout);
    for (size_t cut = packed.length - 1 - (packing ? 0 : layout->spare); cut + 1 > 0; cut--) {
        assert_int_equal(truncate(path, (off_t)cut), 0);
        expect_refusal(packing ? "packed and cut at" : "cut at", path, layout, cut);
    }
    *whole = '\0';
    unlink(path);
    unlink(vocabulary);
    wh_buf_free(&bytes);
    wh_buf_free(&packed);
}

static void test_cut_everywhere(void **state) {
    (void)state;
    for (size_t i = 0; i < layout_count; i++)
        if (layouts[i].binary)
            cut_everywhere(&layouts[i], 0);
    for (size_t packing = 1; packing < packing_count; packing++) {
        cut_everywhere(&layouts[5], packing);
        cut_everywhere(&layouts[7], packing);
        cut_everywhere(&layouts[9], packing);
        cut_everywhere(&layouts[12], packing);
        cut_everywhere(&layouts[14], packing);
    }
    assert_true(refused > 2000);
}

/* Packed files have checksums: any bit that is turned behind the header is noticed. (Not so .zst as
 * libarchive writes it; the zstd program adds them.) */
static void test_turned_bits(void **state) {
    struct plain_rng rng = {11};
    (void)state;
    for (size_t packing = 1; packing < packing_count; packing++) {
        char path[600], vocabulary[600];
        struct wh_buf bytes = {0}, packed = {0};
        if (strcmp(packings[packing], ".zst") == 0)
            continue;
        names(&layouts[0], packing, path, vocabulary);
        for (int copies = 0; copies < 50; copies++) /* so that packing has something to do */
            layouts[0].write(&words, &bytes);
        layout_pack(packing, "x", &bytes, &packed);
        put_file(path, packed.data, packed.length);
        remember_whole(path, &layouts[0]);
        size_t before = refused;
        for (int i = 0; i < 60; i++) {
            size_t at = 64 + (size_t)(plain_uniform(&rng) * ((double)packed.length - 64 - 120));
            char bit = (char)(1 << (int)(plain_uniform(&rng) * 8));
            packed.data[at] ^= bit;
            put_file(path, packed.data, packed.length);
            expect_refusal(packings[packing], path, &layouts[0], at);
            packed.data[at] ^= bit;
        }
        assert_true(refused - before > 30);
        *whole = '\0';
        unlink(path);
        wh_buf_free(&bytes);
        wh_buf_free(&packed);
    }
}

static void expect_sentence(const char *path, enum wh_status status, const char *part) {
    struct wh_embed *embed;
    assert_int_equal(open_with(path, &layouts[0], 0, false, &embed), status);
    if (!strstr(wh_error(), part))
        fail_msg("'%s' is not in '%s'", part, wh_error());
}

static void test_members_of_a_zip(void **state) {
    static const char *const members[] = {"a/50d.txt", "a/100d:new.txt", "\033[31m"};
    char path[600], member[620], sum[65] = "";
    struct wh_buf bytes = {0}, zip = {0};
    struct wh_embed *embed;
    (void)state;
    layouts[0].write(&words, &bytes);
    snprintf(path, sizeof path, "%s/x:y.zip", folder);
    layout_zip(members, 1, &bytes, &zip);
    put_file(path, zip.data, zip.length);
    must(open_with(path, &layouts[0], 0, false, &embed));
    same("one member", embed, sum);
    wh_embed_close(embed);
    wh_buf_clear(&zip);
    layout_zip(members, 3, &bytes, &zip);
    put_file(path, zip.data, zip.length);
    expect_sentence(path, WH_USAGE,
                    ":MEMBER; its members are: a/50d.txt, a/100d:new.txt, <U+001B>[31m");
    for (int i = 0; i < 2; i++) {
        snprintf(member, sizeof member, "%s:%s", path, members[i]);
        must(open_with(member, &layouts[0], 0, false, &embed));
        same("a member", embed, sum);
        wh_embed_close(embed);
    }
    snprintf(member, sizeof member, "%s:50d.txt", path);
    expect_sentence(member, WH_USAGE, ":MEMBER with one that is there; its members are: a/50d.txt");
    wh_buf_clear(&zip);
    layout_zip(members, 0, &bytes, &zip);
    put_file(path, zip.data, zip.length);
    expect_sentence(path, WH_DATA, "expected a file in the zip, found none");
    put_file(path, bytes.data, bytes.length);
    must(open_with(path, &layouts[0], 0, false, &embed));
    wh_embed_close(embed);
    expect_sentence(member, WH_NOINPUT, "expected a zip, for a member was named");
    unlink(path);
    wh_buf_free(&bytes);
    wh_buf_free(&zip);
}

/* Bytes behind a table, packed or not. */
static void test_too_much(void **state) {
    static const size_t tables[] = {5, 8, 12};
    (void)state;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (size_t packing = 0; packing < packing_count; packing++) {
            char path[600], vocabulary[600];
            struct wh_buf bytes = {0}, packed = {0};
            names(&layouts[tables[i]], packing, path, vocabulary);
            layouts[tables[i]].write(&words, &bytes);
            wh_buf_adds(&bytes, "x");
            layout_pack(packing, "x", &bytes, &packed);
            put_layout(path, vocabulary, &layouts[tables[i]], &packed);
            expect_refusal("one byte more", path, &layouts[tables[i]], packing);
            unlink(path);
            unlink(vocabulary);
            wh_buf_free(&bytes);
            wh_buf_free(&packed);
        }
}

/* A text that is cut has a row too few, or a last row that is not one: it loads, and says so. Only
 * a cut in the very last number cannot be seen. */
static void test_cut_texts(void **state) {
    char path[600], vocabulary[600];
    struct wh_buf bytes = {0};
    struct wh_embed *embed;
    (void)state;
    names(&layouts[0], 0, path, vocabulary);
    layouts[3].write(&words, &bytes);
    put_file(path, bytes.data, bytes.length);
    const char *last = memrchr(bytes.data, ' ', bytes.length);
    for (size_t cut = (size_t)(last - bytes.data); cut > 60; cut--) {
        assert_int_equal(truncate(path, (off_t)cut), 0);
        must(open_with(path, &layouts[3], 0, false, &embed));
        const struct wh_embed_summary *summary = wh_embed_summary(embed);
        assert_true(summary->miscounted || summary->ragged == 1);
        wh_embed_close(embed);
    }
    unlink(path);
    wh_buf_free(&bytes);
}

static void wrong_count(const struct layout *layout, const struct layout_count *count) {
    static const uint64_t absurd[] = {0,          1,          DIM - 1,    DIM + 1,
                                      WORDS - 1,  WORDS + 1,  65535,      0x7fffffff,
                                      0x80000000, 0xffffffff, 1ull << 60, UINT64_MAX};
    char path[600], vocabulary[600];
    struct wh_buf bytes = {0};
    names(layout, 0, path, vocabulary);
    layout->write(&words, &bytes);
    for (size_t i = 0; i < sizeof absurd / sizeof *absurd; i++) {
        struct wh_buf number = {0}, broken = {0};
        layout_number(&number, absurd[i], count->size);
        wh_buf_add(&broken, bytes.data, bytes.length);
        memcpy(broken.data + count->offset, number.data, count->size);
        if (memcmp(broken.data, bytes.data, bytes.length) != 0) {
            put_layout(path, vocabulary, layout, &broken);
            expect_refusal("count at byte", path, layout, count->offset * 100 + i);
        }
        wh_buf_free(&number);
        wh_buf_free(&broken);
    }
    unlink(path);
    unlink(vocabulary);
    wh_buf_free(&bytes);
}

static void test_wrong_counts(void **state) {
    (void)state;
    for (size_t i = 0; i < layout_count; i++)
        for (const struct layout_count *count = layouts[i].counts; count->size; count++)
            wrong_count(&layouts[i], count);
}

/* In every place of a text header or a literal: the number that stands there replaced. */
static void replace(const struct layout *layout, const char *old, const char *new) {
    char path[600], vocabulary[600];
    struct wh_buf bytes = {0}, broken = {0};
    names(layout, 0, path, vocabulary);
    layout->write(&words, &bytes);
    char *found = memmem(bytes.data, bytes.length, old, strlen(old));
    assert_non_null(found);
    size_t before = (size_t)(found - bytes.data);
    wh_buf_add(&broken, bytes.data, before);
    wh_buf_adds(&broken, new);
    wh_buf_add(&broken, found + strlen(old), bytes.length - before - strlen(old));
    put_layout(path, vocabulary, layout, &broken);
    expect_refusal(new, path, layout, 0);
    unlink(path);
    unlink(vocabulary);
    wh_buf_free(&bytes);
    wh_buf_free(&broken);
}

static void test_wrong_headers(void **state) {
    static const struct {
        size_t layout;
        const char *old, *new;
    } cases[] = {
        {5, "12 5\n", "13 5\n"},
        {5, "12 5\n", "11 5\n"},
        {5, "12 5\n", "12 4\n"},
        {5, "12 5\n", "12 6\n"},
        {5, "12 5\n", "1152921504606846976 5\n"},
        {5, "12 5\n", "12 65537\n"},
        {5, "12 5\n", "0 5\n"},
        {8, "(12, 5)", "(12, 6)"},
        {8, "(12, 5)", "(13, 5)"},
        {8, "(12, 5)", "(1152921504606846976, 5)"},
        {8, "(12, 5)", "(12, 1152921504606846976)"},
        {8, "(12, 5)", "(4294967296, 4294967296)"},
        {8, "(12, 5)", "(60,)  "},
        {8, "(12, 5)", "()     "},
        {8, "(12, 5)", "(-12,5)"},
        {8, "(12, 5)", "(3,4,5)"},
        {8, "<f4", "<i4"},
        {8, "<f4", "|O "},
        {8, "<f4", "<f2"},
        {8, "False", "Maybe"},
        {8, "'descr'", "'descR'"},
        {8, "'shape'", "'shapE'"},
        {13, "[12,5]", "[12,6]"},
        {13, "[12,5]", "[0,5]"},
        {13, "[12,5]", "[1152921504606846976,5]"},
        {13, "[12,5]", "[99999999999999999999999,5]"},
        {13, "[12,5]", "[-12,5]"},
        {13, "[12,5]", "[12.5,5]"},
        {13, "[12,5]", "[60]"},
        {13, "[0,240]", "[1,241]"},
        {13, "[0,240]", "[0,1152921504606846976]"},
        {13, "[0,240]", "[240,0]"},
        {13, "[0,240]", "[1152921504606846736,1152921504606846976]"},
        {13, "[0,240]", "[9223372036854775567,9223372036854775807]"},
        {13, "\"F32\"", "\"I32\""},
        {13, "\"F32\"", "\"F16\""},
        {13, "\"F32\"", "4     "},
        {13, "\"shape\"", "\"Shape\""},
        {13, "}}", "} "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        replace(&layouts[cases[i].layout], cases[i].old, cases[i].new);
}

/* ---- rows that are not sound ---- */

static void test_unsound_rows(void **state) {
    static const char *const odd[] = {"a", "b", "a", "c", "d", "e\xff"};
    const float values[] = {1, 2, INFINITY, 1, 5, 6, 0, 0, NAN, 2, 3, 3};
    const struct layout_words unsound = {6, 2, odd, values};
    (void)state;
    for (size_t i = 0; i < layout_count; i++) {
        char path[600], vocabulary[600];
        struct wh_buf bytes = {0}, vocab = {0};
        struct wh_embed *embed;
        names(&layouts[i], 0, path, vocabulary);
        layouts[i].write(&unsound, &bytes);
        layout_vocabulary(&unsound, &vocab);
        put_file(path, bytes.data, bytes.length);
        if (layouts[i].wordless)
            put_file(vocabulary, vocab.data, vocab.length);
        must(open_with(path, &layouts[i], 0, false, &embed));
        const struct wh_embed_summary *summary = wh_embed_summary(embed);
        assert_int_equal(wh_embed_words(embed), 3);
        assert_int_equal(summary->rows, 6);
        assert_int_equal(summary->nonfinite, 2);
        assert_int_equal(summary->duplicates, 1);
        assert_int_equal(summary->zero, 1);
        assert_int_equal(summary->bad_utf8, 1);
        assert_int_equal(summary->ragged, 0);
        wh_embed_close(embed);
        expect_refusal("strict", path, &layouts[i], 0);
        unlink(path);
        unlink(vocabulary);
        wh_buf_free(&bytes);
        wh_buf_free(&vocab);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_checksum),     cmocka_unit_test(test_packed_store),
        cmocka_unit_test(test_cut_everywhere),   cmocka_unit_test(test_cut_texts),
        cmocka_unit_test(test_members_of_a_zip), cmocka_unit_test(test_turned_bits),
        cmocka_unit_test(test_too_much),         cmocka_unit_test(test_wrong_counts),
        cmocka_unit_test(test_wrong_headers),    cmocka_unit_test(test_unsound_rows),
    };
    return cmocka_run_group_tests_name("layouts", tests, make_rows, remove_folder);
}
