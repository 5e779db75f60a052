/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_store.c - what a store keeps, what is refused at opening, what verifying finds. */
#include "tests/lib/fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "embed/embed_private.h"
#include "run/import.h"
#include "tests/lib/store_kit.h"

static struct store_bytes kit;

static int make_kit(void **state) {
    (void)state;
    store_make(&kit);
    return 0;
}

static int free_kit(void **state) {
    (void)state;
    store_free(&kit);
    return 0;
}

/* ---- keeping ---- */

static void assert_same_words(const struct wh_embed *a, const struct wh_embed *b) {
    assert_int_equal(wh_embed_words(a), wh_embed_words(b));
    assert_int_equal(wh_embed_dim(a), wh_embed_dim(b));
    assert_int_equal(wh_embed_stride(a), wh_embed_stride(b));
    assert_string_equal(wh_embed_checksum(a), wh_embed_checksum(b));
    for (uint32_t id = 0; id < wh_embed_words(a); id++) {
        const char *word = wh_embed_word(a, id);
        assert_string_equal(word, wh_embed_word(b, id));
        assert_int_equal(wh_embed_find(b, word), id);
        assert_true(wh_embed_norms2(a)[id] == wh_embed_norms2(b)[id]);
    }
    assert_memory_equal(wh_embed_rows(a), wh_embed_rows(b),
                        wh_embed_words(a) * wh_embed_stride(a) * sizeof(float));
}

static void assert_same_array(const double *a, const double *b, size_t count) {
    assert_non_null(a);
    assert_non_null(b);
    assert_memory_equal(a, b, count * sizeof *a);
}

static void assert_same_facts(const struct wh_derived *a, const struct wh_derived *b, size_t words,
                              size_t dim) {
    assert_true(a->delta_min == b->delta_min && a->delta_max == b->delta_max);
    assert_true(a->median_nn == b->median_nn && a->radius_median == b->radius_median);
    assert_true(a->bandwidth == b->bandwidth && a->duplicate_pairs == b->duplicate_pairs);
    assert_memory_equal(a->closest, b->closest, sizeof a->closest);
    assert_memory_equal(a->farthest, b->farthest, sizeof a->farthest);
    assert_same_array(a->nn_distance, b->nn_distance, words);
    assert_same_array(a->radius, b->radius, words);
    assert_same_array(a->knn_log_density, b->knn_log_density, words);
    assert_same_array(a->kde_log_density, b->kde_log_density, words);
    assert_same_array(a->mean, b->mean, dim);
    assert_same_array(a->eigenvalues, b->eigenvalues, dim);
    assert_same_array(a->axes, b->axes, dim * dim);
}

/* fixture -> store -> embedding: nothing is lost, for a small set with every fact. */
static void test_round_trip(void **state) {
    (void)state;
    struct fixture fixture;
    struct wh_embed *back;
    char path[512];
    fixture_random(&fixture, 300, 19, 5);
    strcpy(path, fixture_file("round.haze", "", 0));
    must(wh_store_write(fixture.embed, NULL, path, NULL));
    const struct wh_embed_options options = {.path = path};
    must(wh_embed_open(&options, &back));
    assert_string_equal(wh_embed_format(back), "store");
    assert_string_equal(wh_embed_name(back), wh_embed_name(fixture.embed));
    assert_same_words(fixture.embed, back);
    assert_same_facts(wh_embed_derived(fixture.embed), wh_embed_derived(back), 300, 19);
    must(wh_store_verify(back));
    wh_embed_close(back);
    fixture_close(&fixture);
    unlink(path);
}

static void test_strange_words(void **state) {
    (void)state;
    struct wh_embed *embed;
    must(store_open(&kit, &embed));
    must(wh_store_verify(embed));
    assert_int_equal(wh_embed_find(embed, ". . ."), 2);
    assert_int_equal(wh_embed_find(embed, "\xc2\xa0"), 3);
    assert_int_equal(wh_embed_find(embed, "caf\xe9"), 4);
    assert_int_equal(wh_embed_find(embed, "École"), 5);
    assert_int_equal(wh_embed_find(embed, "Ecole"), WH_NONE);
    assert_string_equal(wh_embed_name(embed), "kit");
    assert_string_equal(wh_embed_source(embed), "made up");
    assert_string_equal(wh_embed_license(embed), "CC0-1.0");
    assert_true(wh_embed_derived(embed)->nn_distance != NULL);
    wh_embed_close(embed);
}

static void test_texts_override(void **state) {
    (void)state;
    struct wh_embed *embed, *back;
    char path[512];
    const struct wh_store_text texts = {.name = "other", .license = ""};
    must(store_open(&kit, &embed));
    strcpy(path, fixture_file("texts.haze", "", 0));
    must(wh_store_write(embed, &texts, path, NULL));
    const struct wh_embed_options options = {.path = path};
    must(wh_embed_open(&options, &back));
    assert_string_equal(wh_embed_name(back), "other");
    assert_string_equal(wh_embed_source(back), "made up");
    assert_string_equal(wh_embed_license(back), "");
    wh_embed_close(back);
    wh_embed_close(embed);
    unlink(path);
}

/* A store that is imported again gives the same bytes, facts computed anew included. */
static void test_import_again(void **state) {
    (void)state;
    struct wh_map map;
    char from[512], to[512];
    strcpy(from, fixture_file("from.haze", kit.bytes, kit.size));
    strcpy(to, fixture_file("to.haze", "", 0));
    const struct wh_embed_options options = {.path = from};
    const struct wh_store_text texts = {NULL, NULL, NULL};
    must(wh_import(&options, 2, &texts, to, NULL));
    must(wh_map_open(to, &map));
    assert_int_equal(map.size, kit.size);
    assert_memory_equal(map.data, kit.bytes, kit.size);
    wh_map_close(&map);
    unlink(from);
    unlink(to);
}

/* Twins everywhere, all distances under 1: facts are still facts. */
static void import_text(const char *rows, struct wh_embed **embed) {
    char from[512], to[512];
    strcpy(from, fixture_file("twins.txt", rows, strlen(rows)));
    strcpy(to, fixture_file("twins.haze", "", 0));
    const struct wh_embed_options text = {.path = from}, store = {.path = to};
    must(wh_import(&text, 1, NULL, to, NULL));
    must(wh_embed_open(&store, embed));
    must(wh_store_verify(*embed));
    unlink(from);
    unlink(to);
}

static void test_twins(void **state) {
    (void)state;
    struct wh_embed *embed;
    import_text("a 1 2\nb 1 2\nc 1 2\n", &embed);
    const struct wh_derived *derived = wh_embed_derived(embed);
    assert_true(derived->delta_min == 0 && derived->delta_max == 0);
    assert_int_equal(derived->duplicate_pairs, 3);
    assert_int_equal(derived->farthest[0], 0);
    assert_int_equal(derived->farthest[1], 1);
    assert_null(derived->kde_log_density);
    wh_embed_close(embed);
    import_text("a 0.25 0\nb 0 0\nc 0.5 0\n", &embed);
    derived = wh_embed_derived(embed);
    assert_true(derived->delta_min == 0.25 && derived->delta_max == 0.5);
    assert_int_equal(derived->farthest[0], 1);
    assert_int_equal(derived->farthest[1], 2);
    wh_embed_close(embed);
}

static void test_one_word(void **state) {
    (void)state;
    struct wh_embed *embed;
    import_text("a 1 2\n", &embed);
    assert_null(wh_embed_derived(embed)->nn_distance);
    assert_non_null(wh_embed_derived(embed)->axes);
    wh_embed_close(embed);
}

/* The first words of a store are another embedding: its own checksum, no facts of the whole. */
static void test_limit(void **state) {
    (void)state;
    static const char rows[] = "the 1 2 3\nof 3 -4 5\n. . . 0.5 0.25 0\n";
    struct wh_embed *part, *text;
    struct wh_embed_options options = {.path = fixture_file("limit.haze", kit.bytes, kit.size),
                                       .limit = 3};
    must(wh_embed_open(&options, &part));
    unlink(options.path);
    options = (struct wh_embed_options){.path = fixture_file("limit.txt", rows, strlen(rows))};
    must(wh_embed_open(&options, &text));
    unlink(options.path);
    assert_same_words(text, part);
    assert_int_equal(wh_embed_find(part, "wordhaze"), WH_NONE);
    assert_null(wh_embed_derived(part)->nn_distance);
    assert_null(wh_embed_derived(part)->axes);
    must(wh_store_verify(part));
    wh_embed_close(part);
    wh_embed_close(text);
}

static void test_only_stores_are_verified(void **state) {
    (void)state;
    struct wh_embed *embed;
    const struct wh_embed_options options = {.path = fixture_file("a.txt", "a 1\n", 4)};
    must(wh_embed_open(&options, &embed));
    unlink(options.path);
    assert_int_equal(wh_store_verify(embed), WH_UNAVAILABLE);
    wh_embed_close(embed);
}

static void test_no_place_to_write(void **state) {
    (void)state;
    struct wh_embed *embed;
    must(store_open(&kit, &embed));
    assert_int_equal(wh_store_write(embed, NULL, "/nonexistent/a.haze", NULL), WH_CANTCREATE);
    assert_int_equal(wh_store_write(embed, NULL, "/dev/full", NULL), WH_IO);
    wh_embed_close(embed);
}

/* ---- cancelling ---- */

struct stopping {
    struct wh_token token;
    const char *during;
    bool seen;
};

static void stop_during(void *context, const char *what, double done, double total) {
    struct stopping *stopping = context;
    assert_true(done <= total);
    if (strcmp(what, stopping->during) != 0)
        return;
    stopping->seen = true;
    atomic_store(&stopping->token.cancelled, true);
}

static void assert_text(const char *path, const char *wanted) {
    char text[16] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    assert_string_equal(text, wanted);
}

/* Whatever it was at: the file that was there stays, and nothing stands beside it. */
static void test_cancelled_writing(void **state) {
    (void)state;
    static const char *const phases[] = {"rows hashed", "MB written"};
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        struct wh_embed *embed;
        struct stopping stopping = {.during = phases[i]};
        const struct wh_embed_options text = {.path = fixture_file("b.txt", "b 1 2\nc 3 4\n", 12)};
        char folder[256], path[270];
        stopping.token.progress = stop_during;
        stopping.token.context = &stopping;
        must(wh_embed_open(&text, &embed));
        snprintf(folder, sizeof folder, "%s-folder", text.path);
        snprintf(path, sizeof path, "%s/a.haze", folder);
        unlink(text.path);
        assert_int_equal(mkdir(folder, 0700), 0);
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        fputs("old", file);
        fclose(file);
        assert_int_equal(wh_store_write(embed, NULL, path, &stopping.token), WH_CANCELLED);
        assert_true(stopping.seen);
        assert_text(path, "old");
        unlink(path);
        assert_int_equal(rmdir(folder), 0);
        wh_embed_close(embed);
    }
}

/* The embedding inside the program. */
static void test_builtin(void **state) {
    (void)state;
    struct wh_embed *embed;
    const struct wh_embed_options options = {.path = NULL};
    must(wh_embed_open(&options, &embed));
    const struct wh_derived *derived = wh_embed_derived(embed);
    must(wh_store_verify(embed));
    assert_int_equal(wh_embed_words(embed), 20000);
    assert_int_equal(wh_embed_dim(embed), 100);
    assert_string_equal(wh_embed_word(embed, 0), "the");
    assert_string_equal(wh_embed_license(embed), "PDDL-1.0");
    assert_true(fabs(derived->delta_min - 0.606210) < 5e-7);
    assert_true(fabs(derived->delta_max - 16.78334) < 5e-6);
    assert_string_equal(wh_embed_word(embed, derived->closest[0]), "october");
    assert_string_equal(wh_embed_word(embed, derived->closest[1]), "february");
    assert_string_equal(wh_embed_word(embed, derived->farthest[0]), "gmina");
    assert_string_equal(wh_embed_word(embed, derived->farthest[1]), "non-families");
    assert_int_equal(derived->duplicate_pairs, 0);
    assert_non_null(derived->kde_log_density);
    assert_non_null(derived->axes);
    wh_embed_close(embed);
}

/* ---- bending: every case starts from a copy of the kit ---- */

typedef void bend(struct store_bytes *store);

static void cut_header(struct store_bytes *store) {
    store->size = sizeof(struct wh_store_header) - 1;
}

static void cut_last_byte(struct store_bytes *store) {
    store->size--;
}

static void other_magic(struct store_bytes *store) {
    store->bytes[7] = 'd';
}

static void other_order(struct store_bytes *store) {
    store_header(store)->byte_order = 0x04030201u;
}

static void other_version(struct store_bytes *store) {
    store_header(store)->version = 2;
}

static void one_bit_of_the_header(struct store_bytes *store) {
    store_header(store)->words ^= 1;
}

static void one_bit_of_the_table(struct store_bytes *store) {
    store_places(store)[2].size ^= 1;
}

static void many_sections(struct store_bytes *store) {
    store_header(store)->sections = UINT32_MAX;
}

static void no_words(struct store_bytes *store) {
    store_header(store)->words = 0;
    store_sign(store);
}

static void more_words(struct store_bytes *store) {
    store_header(store)->words++;
    store_sign(store);
}

static void most_words(struct store_bytes *store) {
    store_header(store)->words = UINT32_MAX - 1;
    store_sign(store);
}

static void other_stride(struct store_bytes *store) {
    store_header(store)->stride = UINT64_MAX / 4;
    store_sign(store);
}

static void far_offset(struct store_bytes *store) {
    store_place(store, WH_SECTION_ROWS)->offset = UINT64_MAX - 63;
    store_sign(store);
}

static void huge_size(struct store_bytes *store) {
    store_place(store, WH_SECTION_STRINGS)->size = UINT64_MAX;
    store_sign(store);
}

static void odd_offset(struct store_bytes *store) {
    store_place(store, WH_SECTION_ROWS)->offset -= 4;
    store_sign(store);
}

static void no_rows(struct store_bytes *store) {
    store_place(store, WH_SECTION_ROWS)->kind = 99;
    store_sign(store);
}

static void offsets_descend(struct store_bytes *store) {
    uint64_t *offsets = store_section(store, WH_SECTION_OFFSETS);
    offsets[2] = offsets[1] - 1;
    store_sign(store);
}

static void offsets_leave(struct store_bytes *store) {
    uint64_t *offsets = store_section(store, WH_SECTION_OFFSETS);
    offsets[store_header(store)->words] += 64;
    store_sign(store);
}

static void strings_stay_open(struct store_bytes *store) {
    char *strings = store_section(store, WH_SECTION_STRINGS);
    strings[store_place(store, WH_SECTION_STRINGS)->size - 1] = 'x';
    store_sign(store);
}

static void three_slots(struct store_bytes *store) {
    store_place(store, WH_SECTION_SLOTS)->size = 3 * sizeof(uint32_t);
    store_sign(store);
}

static void endless_norm(struct store_bytes *store) {
    ((double *)store_section(store, WH_SECTION_NORMS))[3] = (double)INFINITY;
    store_sign(store);
}

static void farthest_of_nowhere(struct store_bytes *store) {
    ((struct wh_store_facts *)store_section(store, WH_SECTION_FACTS))->farthest[1] = 7;
    store_sign(store);
}

static void negative_distance(struct store_bytes *store) {
    ((struct wh_store_facts *)store_section(store, WH_SECTION_FACTS))->delta_min = -1;
    store_sign(store);
}

static void half_a_group(struct store_bytes *store) {
    store_place(store, WH_SECTION_RADIUS)->kind = 99;
    store_sign(store);
}

static void axes_without_values(struct store_bytes *store) {
    store_place(store, WH_SECTION_VALUES)->kind = 99;
    store_sign(store);
}

static const struct {
    bend *bend;
    const char *sentence; /* begins with this, after the path */
} refusals[] = {
    {cut_header, ": damaged store: shorter than its header"},
    {cut_last_byte, ": damaged store: expected "},
    {other_magic, ": not a wordhaze store"},
    {other_order, ": store of a machine with the other byte order; import the original here"},
    {other_version, ": store version 2, expected 1; import the original again"},
    {one_bit_of_the_header, ": damaged store: its header does not match its hash"},
    {one_bit_of_the_table, ": damaged store: its header does not match its hash"},
    {many_sections, ": damaged store: its table of sections does not fit"},
    {no_words, ": damaged store: impossible counts"},
    {more_words, ": damaged store: section 'rows' does not fit"},
    {most_words, ": damaged store: section 'rows' does not fit"},
    {other_stride, ": damaged store: impossible counts"},
    {far_offset, ": damaged store: section 'rows' does not fit"},
    {huge_size, ": damaged store: section 'strings' does not fit"},
    {odd_offset, ": damaged store: section 'rows' does not fit"},
    {no_rows, ": damaged store: section 'rows' is missing"},
    {offsets_descend, ": damaged store: its word offsets do not ascend"},
    {offsets_leave, ": damaged store: its word table is not closed"},
    {strings_stay_open, ": damaged store: its word table is not closed"},
    {three_slots, ": damaged store: its hash index has an impossible size"},
    {endless_norm, ": damaged store: a norm is not a finite number"},
    {farthest_of_nowhere, ": damaged store: its facts are impossible"},
    {negative_distance, ": damaged store: its facts are impossible"},
    {half_a_group, ": damaged store: its facts are not complete"},
    {axes_without_values, ": damaged store: its facts are not complete"},
};

static void test_refusals(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct store_bytes store;
        struct wh_embed *embed;
        store_copy(&kit, &store);
        refusals[i].bend(&store);
        assert_int_equal(store_open(&store, &embed), WH_DATA);
        assert_null(embed);
        if (!strstr(wh_error(), refusals[i].sentence))
            fail_msg("expected '%s', found '%s'", refusals[i].sentence, wh_error());
        store_free(&store);
    }
}

/* ---- what only verifying sees: hashes are right unless said ---- */

static void one_bit_of_a_row(struct store_bytes *store) {
    ((unsigned char *)store_section(store, WH_SECTION_ROWS))[5] ^= 1;
}

static void one_bit_of_padding(struct store_bytes *store) {
    const struct wh_store_place *place = store_place(store, WH_SECTION_NAME);
    store->bytes[place->offset + place->size] = 1;
}

static void nan_in_a_row(struct store_bytes *store) {
    ((float *)store_section(store, WH_SECTION_ROWS))[1] = NAN;
    store_sign(store);
}

static void padded_row(struct store_bytes *store) {
    ((float *)store_section(store, WH_SECTION_ROWS))[3] = 1;
    store_sign(store);
}

static void other_norm(struct store_bytes *store) {
    ((double *)store_section(store, WH_SECTION_NORMS))[2] *= 2;
    store_sign(store);
}

static void empty_index(struct store_bytes *store) {
    memset(store_section(store, WH_SECTION_SLOTS), 0xff,
           store_place(store, WH_SECTION_SLOTS)->size);
    store_sign(store);
}

static void wild_index(struct store_bytes *store) {
    memset(store_section(store, WH_SECTION_SLOTS), 0x7f,
           store_place(store, WH_SECTION_SLOTS)->size);
    store_sign(store);
}

static void word_with_nul(struct store_bytes *store) {
    ((char *)store_section(store, WH_SECTION_STRINGS))[1] = '\0';
    store_sign(store);
}

static void other_checksum(struct store_bytes *store) {
    store_header(store)->checksum[0] ^= 1;
    store_sign(store);
}

static const struct {
    bend *bend;
    const char *sentence;
} findings[] = {
    {one_bit_of_a_row, "kit: damaged store: section 'rows' does not match its hash"},
    {one_bit_of_padding, "kit: damaged store: something stands between its sections"},
    {nan_in_a_row, "kit: damaged store: a row and its norm do not agree"},
    {padded_row, "kit: damaged store: a row and its norm do not agree"},
    {other_norm, "kit: damaged store: a row and its norm do not agree"},
    {empty_index, "kit: damaged store: its hash index does not find every word"},
    {wild_index, "kit: damaged store: its hash index does not find every word"},
    {word_with_nul, "kit: damaged store: its hash index does not find every word"},
    {other_checksum, "kit: damaged store: words and vectors do not match the checksum"},
};

static void test_verifying(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof findings / sizeof *findings; i++) {
        struct store_bytes store;
        struct wh_embed *embed;
        store_copy(&kit, &store);
        findings[i].bend(&store);
        must(store_open(&store, &embed));
        assert_int_equal(wh_embed_find(embed, "absent"), WH_NONE);
        assert_int_equal(wh_store_verify(embed), WH_DATA);
        assert_string_equal(wh_error(), findings[i].sentence);
        wh_embed_close(embed);
        store_free(&store);
    }
}

/* Kinds that this version does not know are passed over, and still verified. */
static void test_unknown_kind(void **state) {
    (void)state;
    struct store_bytes store;
    struct wh_embed *embed;
    store_copy(&kit, &store);
    store_place(&store, WH_SECTION_SOURCE)->kind = 4711;
    store_sign(&store);
    must(store_open(&store, &embed));
    must(wh_store_verify(embed));
    assert_string_equal(wh_embed_source(embed), "");
    wh_embed_close(embed);
    store_free(&store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_strange_words),
        cmocka_unit_test(test_texts_override),
        cmocka_unit_test(test_import_again),
        cmocka_unit_test(test_twins),
        cmocka_unit_test(test_one_word),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_only_stores_are_verified),
        cmocka_unit_test(test_no_place_to_write),
        cmocka_unit_test(test_cancelled_writing),
        cmocka_unit_test(test_builtin),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_verifying),
        cmocka_unit_test(test_unknown_kind),
    };
    return cmocka_run_group_tests_name("store", tests, make_kit, free_kit);
}
