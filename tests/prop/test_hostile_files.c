/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_hostile_files.c - files made to harm. A store with any bit turned or cut anywhere is refused
 * at opening or by verifying; a store whose hashes are right but whose content is arbitrary never
 * leads a read outside it (run under asan, this is where it would show); text loaders survive any
 * bytes.
 */
#include "tests/lib/fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mech/mech.h"
#include "space/space.h"
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

static size_t below(struct plain_rng *rng, size_t limit) {
    return (size_t)(plain_uniform(rng) * (double)limit);
}

/* Reads all that an embedding offers. */
static double use(const struct wh_embed *embed) {
    const struct wh_derived *derived = wh_embed_derived(embed);
    const uint32_t words = wh_embed_words(embed), dim = wh_embed_dim(embed);
    uint32_t ids[5];
    double sum = derived->delta_min;
    for (uint32_t id = 0; id < words; id++) {
        const char *word = wh_embed_word(embed, id);
        sum += (double)strlen(word) + (double)wh_embed_find(embed, word);
        sum += (double)wh_embed_row(embed, id)[wh_embed_stride(embed) - 1];
        sum += wh_embed_norms2(embed)[id] + (derived->radius ? derived->radius[id] : 0) +
               (derived->kde_log_density ? derived->kde_log_density[id] : 0);
    }
    sum += derived->axes ? derived->axes[(size_t)dim * dim - 1] + derived->mean[dim - 1] : 0;
    sum += (double)wh_embed_suggest(embed, "THe", ids, 5);
    sum += (double)wh_embed_complete(embed, "t", ids, 5);
    sum += (double)wh_embed_lookup(embed, "École", 6);
    return sum + (double)strlen(wh_embed_name(embed)) + (double)strlen(wh_embed_source(embed));
}

static enum wh_status open_use_verify(const struct store_bytes *store) {
    struct wh_embed *embed;
    enum wh_status status = store_open(store, &embed);
    if (status != WH_OK)
        return status;
    volatile double keep = use(embed);
    (void)keep;
    status = wh_store_verify(embed);
    wh_embed_close(embed);
    return status;
}

static void test_every_byte_is_guarded(void **state) {
    (void)state;
    struct plain_rng rng = {11};
    assert_int_equal(open_use_verify(&kit), WH_OK);
    for (size_t at = 0; at < kit.size; at++) {
        unsigned char turned = (unsigned char)(1u << below(&rng, 8));
        kit.bytes[at] ^= turned;
        enum wh_status status = open_use_verify(&kit);
        kit.bytes[at] ^= turned;
        if (status != WH_DATA)
            fail_msg("byte %zu turned by %u: status %d", at, turned, (int)status);
    }
}

static void test_every_cut_is_seen(void **state) {
    (void)state;
    for (size_t size = 0; size < kit.size; size++) {
        const struct store_bytes cut = {kit.bytes, size};
        assert_int_equal(open_use_verify(&cut), WH_DATA);
    }
}

static void test_bytes_behind_the_end(void **state) {
    (void)state;
    struct store_bytes longer = {calloc(1, kit.size + 64), kit.size + 64};
    assert_non_null(longer.bytes);
    memcpy(longer.bytes, kit.bytes, kit.size);
    assert_int_equal(open_use_verify(&longer), WH_DATA);
    store_header(&longer)->file_size = longer.size;
    longer.bytes[longer.size - 1] = 1;
    store_sign(&longer);
    assert_int_equal(open_use_verify(&longer), WH_DATA);
    store_free(&longer);
}

static const uint64_t nasty[] = {
    0,
    1,
    2,
    3,
    7,
    8,
    63,
    64,
    127,
    128,
    0x7fffffff,
    0x80000000,
    0xfffffffe,
    0xffffffff,
    0x100000000,
    UINT64_MAX / 64,
    UINT64_MAX / 8,
    UINT64_MAX / 2,
    UINT64_MAX - 64,
    UINT64_MAX,
};

/* One to four numbers anywhere in the file replaced, everything signed: opening may say yes. */
static void bend_numbers(struct plain_rng *rng, struct store_bytes *store) {
    size_t head = sizeof(struct wh_store_header) +
                  store_header(store)->sections * sizeof(struct wh_store_place);
    for (size_t count = 1 + below(rng, 4); count; count--) {
        size_t range = plain_uniform(rng) < 0.5 ? head : store->size;
        uint64_t value = nasty[below(rng, sizeof nasty / sizeof *nasty)];
        if (plain_uniform(rng) < 0.5)
            memcpy(store->bytes + below(rng, range / 8) * 8, &value, 8);
        else
            memcpy(store->bytes + below(rng, range / 4) * 4, &value, 4);
    }
    memcpy(store->bytes, kit.bytes, 16); /* magic, order, version: tested elsewhere */
    store_sign(store);
}

static void test_signed_nonsense(void **state) {
    (void)state;
    struct plain_rng rng = {12};
    int opened = 0;
    for (int i = 0; i < 6000; i++) {
        struct store_bytes store;
        struct wh_embed *embed;
        store_copy(&kit, &store);
        bend_numbers(&rng, &store);
        enum wh_status status = store_open(&store, &embed);
        assert_true(status == WH_OK || status == WH_DATA);
        if (status == WH_OK) {
            volatile double keep = use(embed);
            (void)keep;
            status = wh_store_verify(embed);
            assert_true(status == WH_OK || status == WH_DATA);
            wh_embed_close(embed);
            opened++;
        }
        store_free(&store);
    }
    assert_in_range(opened, 600, 5400); /* both sides were tried */
}

/* Rows that are not finite, and norms that are not theirs: what neighbours and mechanisms answer is
 * worthless, but they answer, or say why not. */
static void bend_rows(struct plain_rng *rng, const struct store_bytes *store) {
    static const double wild[] = {
        (double)NAN, (double)INFINITY, -(double)INFINITY, 1e30, -3e38, 0, 1e-40, 1e300};
    const size_t kinds = sizeof wild / sizeof *wild;
    const struct wh_store_header *header = store_header(store);
    float *rows = store_section(store, WH_SECTION_ROWS);
    double *norms = store_section(store, WH_SECTION_NORMS);
    for (size_t count = 1 + below(rng, 8); count; count--) {
        rows[below(rng, header->words) * header->stride + below(rng, header->dim)] =
            (float)wild[below(rng, kinds)];
        if (plain_uniform(rng) < 0.3)
            norms[below(rng, header->words)] = wild[5 + below(rng, 3)];
    }
    store_sign(store);
}

static void ask_site(const struct wh_mechanism *mechanism, uint32_t word) {
    uint32_t out[20];
    struct wh_site *site;
    struct wh_law law;
    struct wh_lane lane;
    struct wh_source source;
    struct wh_scratch *scratch;
    const uint32_t words = wh_embed_words(wh_near_embed(wh_mechanism_near(mechanism)));
    if (wh_site_open(mechanism, word, &site) != WH_OK)
        return;
    if (wh_site_law(site, &law) == WH_OK)
        wh_law_close(&law);
    must(wh_scratch_open(&scratch));
    wh_source_seed(&source, 1);
    wh_site_lane(site, &source, &lane);
    const struct wh_draws draws = {.lane = &lane, .count = 20, .scratch = scratch};
    if (wh_site_draw(site, &draws, out) == WH_OK)
        for (int i = 0; i < 20; i++)
            assert_in_range(out[i], 0, words - 1);
    wh_scratch_close(scratch);
    wh_site_close(site);
}

static void ask_mechanism(const struct wh_near *near, const struct wh_mech *mech) {
    struct wh_mech_spec spec;
    struct wh_mechanism *mechanism;
    const struct wh_mech_env env = {near};
    char text[64];
    snprintf(text, sizeof text, "%s%s", mech->name,
             strncmp(mech->name, "tgm", 3) == 0 ? ":noise-scale=3" : "");
    must(wh_mech_parse(text, (double)NAN, &spec));
    if (wh_mechanism_open(&env, &spec, &mechanism) != WH_OK)
        return;
    for (uint32_t word = 0; word < wh_embed_words(wh_near_embed(near)); word++)
        ask_site(mechanism, word);
    wh_mechanism_close(mechanism);
}

static void ask(const struct wh_embed *embed) {
    struct wh_near *near;
    struct wh_derived derived;
    struct wh_neighbour found[8];
    uint32_t ranks[8];
    size_t count;
    must(wh_near_open(embed, &near));
    for (uint32_t word = 0; word < wh_embed_words(embed); word++) {
        if (wh_near_word(near, word, 7, found, &count) == WH_OK)
            for (size_t i = 0; i < count; i++)
                assert_true(found[i].id < wh_embed_words(embed));
        must(wh_near_ranks(near, word, ranks));
    }
    if (wh_space_derive(near, 2, NULL, &derived) == WH_OK) {
        assert_true(derived.closest[1] < wh_embed_words(embed));
        assert_true(derived.farthest[1] < wh_embed_words(embed));
        free(derived.memory);
    }
    for (const struct wh_mech *const *mech = wh_mech_all(); *mech; mech++)
        ask_mechanism(near, *mech);
    wh_near_close(near);
}

static void test_wild_rows(void **state) {
    (void)state;
    struct plain_rng rng = {14};
    for (int i = 0; i < 400; i++) {
        struct store_bytes store;
        struct wh_embed *embed;
        store_copy(&kit, &store);
        bend_rows(&rng, &store);
        must(store_open(&store, &embed));
        ask(embed);
        wh_embed_close(embed);
        store_free(&store);
    }
}

/* Text of random pieces: never a crash, a hang or a row that is not finite. */
static void make_text(struct plain_rng *rng, unsigned char *text, size_t *size) {
    static const char *const pieces[] = {
        " ",         " ",
        "\n",        "\n",
        "1",         "2",
        "a",         "-0.5",
        "1e5",       "1e999",
        "nan",       "3 2\n",
        "\r\n",      "\0",
        ".",         "-",
        "e",         "\xff",
        "\xc2\xa0",  "the 1 2\n",
        "of 3 4\n",  "99999999999999999999 2\n",
        "0 0\n",     "wordhaze\4\3\2\1",
        "\x93NUMPY", "PK\3\4",
        "\x1f\x8b",
    };
    *size = 0;
    for (size_t count = 1 + below(rng, 60); count; count--) {
        size_t which = below(rng, sizeof pieces / sizeof *pieces);
        size_t length = which == 13 ? 1 : strlen(pieces[which]); /* the NUL byte */
        memcpy(text + *size, pieces[which], length);
        *size += length;
    }
}

static void test_any_text(void **state) {
    (void)state;
    static const char *const formats[] = {NULL, "glove", "word2vec"};
    struct plain_rng rng = {13};
    int opened = 0;
    for (int i = 0; i < 6000; i++) {
        unsigned char text[2048];
        size_t size;
        struct wh_embed *embed;
        make_text(&rng, text, &size);
        const struct wh_embed_options options = {.path = fixture_file("any.txt", text, size),
                                                 .format = formats[below(&rng, 3)],
                                                 .strict = plain_uniform(&rng) < 0.2};
        enum wh_status status = wh_embed_open(&options, &embed);
        assert_true(status == WH_OK || status == WH_DATA);
        if (status == WH_OK) {
            assert_true(use(embed) == use(embed)); /* no NaN came in */
            wh_embed_close(embed);
            opened++;
        }
        unlink(options.path);
    }
    assert_in_range(opened, 300, 5700);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_is_guarded),
        cmocka_unit_test(test_every_cut_is_seen),
        cmocka_unit_test(test_bytes_behind_the_end),
        cmocka_unit_test(test_signed_nonsense),
        cmocka_unit_test(test_wild_rows),
        cmocka_unit_test(test_any_text),
    };
    return cmocka_run_group_tests_name("hostile_files", tests, make_kit, free_kit);
}
