/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The headless face: options in any order, JSON that reads back, tables that stay tables. */
#include "tests/lib/fixture.h"

#include <float.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "cli/json_line.h"
#include "cli/options.h"
#include "cli/out.h"

/* ---- numbers and strings on a line ---- */

static void test_reals_read_back(void **state) {
    (void)state;
    char text[WH_REAL_BYTES];
    struct plain_rng rng = {5};
    const double special[] = {0.1, -0.0, 1, 1e22, DBL_MAX, DBL_MIN, DBL_TRUE_MIN, 1.0 / 3};
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        assert_true(strtod(wh_real_text(special[i], text), NULL) == special[i]);
    for (int i = 0; i < 100000; i++) {
        double value = (plain_uniform(&rng) - 0.5) * pow(10, 600 * plain_uniform(&rng) - 300);
        assert_true(strtod(wh_real_text(value, text), NULL) == value);
    }
    assert_string_equal(wh_real_text(0.1, text), "0.1");
    assert_string_equal(wh_real_text(0.2435, text), "0.2435");
}

static char *line_of(const char *json) {
    char *bytes = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&bytes, &size);
    wh_json_line(stream, json);
    fclose(stream);
    return bytes;
}

static void check_line(const char *json, const char *expected) {
    char *line = line_of(json);
    assert_string_equal(line, expected);
    free(line);
}

static void test_lines(void **state) {
    (void)state;
    check_line("{\"p\":0.10000000000000001,\"n\":3,\"e\":50.0,\"t\":true}",
               "{\"p\":0.1,\"n\":3,\"e\":50.0,\"t\":true}\n");
    check_line("[1e300,-2.5,null]", "[1e+300,-2.5,null]\n");
    check_line("[\"1.50\",\"a\\\"0.10000000000000001\\\\\"]",
               "[\"1.50\",\"a\\\"0.10000000000000001\\\\\"]\n");
    check_line("[\"na\xc3\xafve \xe6\x97\xa5 \xf0\x9f\x98\x80\"]",
               "[\"na\xc3\xafve \xe6\x97\xa5 \xf0\x9f\x98\x80\"]\n");
    check_line("[\"\xe2\x80\xae|\xc2\x9b|\x7f|\xe2\x80\x8b\"]",
               "[\"\\u202e|\\u009b|\\u007f|\\u200b\"]\n");
    check_line("[\"\xf3\xa0\x81\x81\"]", "[\"\\udb40\\udc41\"]\n"); /* U+E0041, a tag */
}

/* Eight code points below limit as UTF-8; returns how many bytes. */
static size_t random_text(struct plain_rng *rng, double limit, char out[64]) {
    size_t used = 0;
    for (int i = 0; i < 8; i++) {
        ucs4_t point = (ucs4_t)(plain_uniform(rng) * limit);
        int length = u8_uctomb((uint8_t *)out + used, point, (ptrdiff_t)(64 - used));
        used += length > 0 ? (size_t)length : 0; /* no surrogates */
    }
    return used;
}

/* Any text goes through and back. */
static void test_lines_lose_nothing(void **state) {
    (void)state;
    struct plain_rng rng = {9};
    for (int round = 0; round < 300; round++) {
        json_t *list = json_array();
        for (int i = 0; i < 20; i++) {
            char utf8[64];
            size_t used = random_text(&rng, round % 2 ? 0x3000 : 0x10ffff, utf8);
            json_array_append_new(list, json_stringn(utf8, used));
            json_array_append_new(list, json_real(plain_normal(&rng)));
        }
        char *dumped = json_dumps(list, JSON_COMPACT), *line = line_of(dumped);
        json_t *back = json_loads(line, JSON_ALLOW_NUL, NULL);
        assert_true(json_equal(list, back));
        for (const char *at = line; *at && *at != '\n'; at++)
            assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
        free(dumped);
        free(line);
        json_decref(list);
        json_decref(back);
    }
}

/* ---- results ---- */

static struct wh_session *hostile_session(void) {
    static const char text[] = "ok 5 5\n\x1b[31mred 1 3\n\xe2\x80\xae"
                               "evil 2 2\n\xff\xfe 1 2\nna\xc3\xafve 4 1\n\"quoted\\ 3 3\n";
    struct wh_session *session = NULL;
    const struct wh_session_options options = {
        .embed.path = fixture_file("hostile.txt", text, sizeof text - 1),
        .threads = 1,
        .seeded = true};
    must(wh_session_open(&options, &session));
    must(wh_session_derive(session, NULL));
    return session;
}

static struct wh_sim_result simulate(const struct wh_session *session, const char *mech) {
    struct wh_sim_request request = {.word = 0, .trials = 500, .exact = true};
    struct wh_sim_result result;
    must(wh_mech_parse(mech, NAN, &request.spec));
    must(wh_run_sim(session, &request, NULL, &result));
    return result;
}

static json_t *sim_json(const struct wh_session *session, const struct wh_sim_result *result) {
    char *bytes = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&bytes, &size);
    must(wh_json_sim(stream, session, result));
    fclose(stream);
    assert_int_equal(strlen(bytes), size); /* no NUL */
    assert_ptr_equal(strchr(bytes, '\n'), bytes + size - 1);
    json_t *object = json_loads(bytes, 0, NULL);
    assert_non_null(object);
    free(bytes);
    return object;
}

static void check_head(json_t *object, const char *schema) {
    static const char *const keys[] = {"schema", "embedding", "words", "dim"};
    void *at = json_object_iter(object);
    for (int i = 0; i < 4; i++, at = json_object_iter_next(object, at))
        assert_string_equal(json_object_iter_key(at), keys[i]);
    assert_string_equal(json_string_value(json_object_get(object, "schema")), schema);
}

static double real_of(json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

static void test_sim_reads_back(void **state) {
    (void)state;
    struct wh_session *session = hostile_session();
    struct wh_sim_result result = simulate(session, "exponential:epsilon=1");
    json_t *object = sim_json(session, &result), *outputs = json_object_get(object, "outputs");
    check_head(object, "wordhaze.sim/1");
    assert_int_equal(json_array_size(outputs), result.count);
    for (uint32_t i = 0; i < result.count; i++) {
        json_t *one = json_array_get(outputs, i);
        const struct wh_sim_item *item = &result.items[i];
        assert_true(real_of(one, "distance") == item->distance);
        assert_true(real_of(one, "p") == item->p.value && real_of(one, "lo") == item->p.lo);
        assert_true(real_of(one, "hi") == item->p.hi && real_of(one, "exact") == item->exact);
        const char *word = wh_embed_word(wh_session_embed(session), item->id);
        const char *shown = json_string_value(json_object_get(one, "word"));
        assert_string_equal(shown, (unsigned char)word[0] == 0xff ? "<0xFF><0xFE>" : word);
    }
    assert_true(json_is_true(json_object_get(object, "seeded")));
    json_decref(object);
    wh_sim_result_close(&result);
    wh_session_close(session);
}

static void test_unknown_is_null(void **state) {
    (void)state;
    struct wh_session *session = hostile_session();
    struct wh_sim_result result = simulate(session, "laplace:epsilon=1");
    json_t *object = sim_json(session, &result);
    json_t *unchanged = json_object_get(object, "unchanged");
    assert_true(json_is_null(json_object_get(unchanged, "exact")));
    json_decref(object);
    wh_sim_result_close(&result);
    wh_session_close(session);
}

static void test_tables_stay_tables(void **state) {
    (void)state;
    struct wh_session *session = hostile_session();
    struct wh_sim_result result = simulate(session, "laplace:epsilon=1");
    char *bytes = NULL;
    size_t size = 0, lines = 0;
    FILE *stream = open_memstream(&bytes, &size);
    must(wh_tsv_sim(stream, session, &result, true));
    fclose(stream);
    int columns = -1, tabs = 0;
    for (size_t i = 0; i < size; i++) {
        assert_true((unsigned char)bytes[i] >= 0x20 || bytes[i] == '\t' || bytes[i] == '\n');
        tabs += bytes[i] == '\t';
        if (bytes[i] == '\n') {
            assert_true(columns < 0 || columns == tabs);
            columns = tabs;
            tabs = 0;
            lines++;
        }
    }
    assert_int_equal(lines, result.count + 1);
    free(bytes);
    wh_sim_result_close(&result);
    wh_session_close(session);
}

/* ---- options ---- */

static const struct wh_cmd command = {
    .name = "law",
    .arguments = "WORD...",
    .options = {{"min-p", 0, "P", ""}, {"wide", 'w', NULL, ""}},
};
static const struct wh_cmd *const commands[] = {&command, NULL};

static enum wh_status parse(int count, const char **words, struct wh_parsed *parsed) {
    static char *room[16];
    char *argv[16];
    for (int i = 0; i < count; i++)
        memcpy(&argv[i + 1], &words[i], sizeof *argv);
    *parsed = (struct wh_parsed){.arguments = room};
    return wh_options_parse(count + 1, argv, &command, parsed);
}
#define PARSE(parsed, ...)                                                                         \
    parse((int)(sizeof(const char *[]){__VA_ARGS__} / sizeof(char *)),                             \
          (const char *[]){__VA_ARGS__}, parsed)

static void test_options_in_any_order(void **state) {
    (void)state;
    struct wh_parsed parsed;
    struct wh_cli cli = {0};
    must(PARSE(&parsed, "--json", "-k5", "law", "--min-p=0.1", "queen", "-qw", "-n", "7", "--",
               "-j", "-"));
    must(wh_options_apply(&parsed, &cli));
    assert_int_equal(cli.format, WH_FORMAT_JSON);
    assert_int_equal(cli.k, 5);
    assert_int_equal(cli.trials, 7);
    assert_true(cli.quiet);
    assert_string_equal(cli.extra[0], "0.1");
    assert_non_null(cli.extra[1]);
    assert_int_equal(cli.argument_count, 3);
    assert_string_equal(cli.arguments[0], "queen");
    assert_string_equal(cli.arguments[1], "-j");
    assert_string_equal(cli.arguments[2], "-");
    must(PARSE(&parsed, "law", "law", "--eps", "2.5", "--seed", "0"));
    must(wh_options_apply(&parsed, &cli));
    assert_int_equal(cli.argument_count, 1); /* the word "law" */
    assert_true(cli.epsilon == 2.5 && cli.session_options.seeded);
}

static void refused(enum wh_status status, const char *part) {
    assert_int_equal(status, WH_USAGE);
    if (!strstr(wh_error(), part))
        fail_msg("'%s' lacks '%s'", wh_error(), part);
}

static void test_refusals_name_the_nearest(void **state) {
    (void)state;
    struct wh_parsed parsed;
    struct wh_cli cli;
    refused(PARSE(&parsed, "law", "--epsilom", "3"), "did you mean '--epsilon'");
    refused(PARSE(&parsed, "law", "--min_p=3"), "did you mean '--min-p'");
    refused(PARSE(&parsed, "law", "--zzzzzz"), "law --help");
    refused(PARSE(&parsed, "law", "-Z"), "-Z");
    refused(PARSE(&parsed, "law", "--trials"), "needs a value");
    refused(PARSE(&parsed, "law", "--json=1"), "takes no value");
    const char *const bad[][2] = {{"--epsilon", "-1"}, {"--epsilon", "nan"}, {"--epsilon", "1x"},
                                  {"-k", "0"},         {"-n", "1.5"},        {"-j", "0"},
                                  {"--seed", "-1"},    {"--limit", ""},      {"--color", "red"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        must(PARSE(&parsed, "law", bad[i][0], bad[i][1]));
        assert_int_equal(wh_options_apply(&parsed, &cli), WH_USAGE);
    }
}

static const char *first_of(int count, const char **words) {
    const struct wh_cmd *const *const lists[] = {commands, NULL};
    char *argv[16];
    for (int i = 0; i < count; i++)
        memcpy(&argv[i + 1], &words[i], sizeof *argv);
    return wh_options_first(count + 1, argv, lists);
}
#define FIRST(...)                                                                                 \
    first_of((int)(sizeof(const char *[]){__VA_ARGS__} / sizeof(char *)),                          \
             (const char *[]){__VA_ARGS__})

static void test_the_command_is_the_first_argument(void **state) {
    (void)state;
    assert_string_equal(FIRST("--json", "law", "queen"), "law");
    assert_string_equal(FIRST("-k", "5", "law"), "law");
    assert_string_equal(FIRST("-k5", "--eps=3", "law"), "law");
    assert_string_equal(FIRST("--min-p", "0.1", "law"), "law"); /* an option of a command */
    assert_string_equal(FIRST("-", "law"), "-");
    assert_null(FIRST("--", "law"));
    assert_null(FIRST("--json"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reals_read_back),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_lines_lose_nothing),
        cmocka_unit_test(test_sim_reads_back),
        cmocka_unit_test(test_unknown_is_null),
        cmocka_unit_test(test_tables_stay_tables),
        cmocka_unit_test(test_options_in_any_order),
        cmocka_unit_test(test_refusals_name_the_nearest),
        cmocka_unit_test(test_the_command_is_the_first_argument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
