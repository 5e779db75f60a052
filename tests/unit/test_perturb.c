/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text filter: how many words are kept, and how many threads there are, changes no byte. */
#include "tests/lib/fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "run/perturb.h"
#include "run/prose.h"

#define TEXT 20000

static char text[TEXT];

static int file_of_text(void) {
    int file = memfd_create("text", MFD_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, TEXT), TEXT);
    assert_int_equal(lseek(file, 0, SEEK_SET), 0);
    return file;
}

static char *perturbed(const char *mech, int threads, size_t kept_bytes,
                       struct wh_perturb_report *report) {
    char *out = NULL;
    size_t size;
    struct wh_session *session = NULL;
    struct wh_perturb_options options = {.input_name = "text", .kept_bytes = kept_bytes};
    must(wh_session_open(
        &(struct wh_session_options){.threads = threads, .seeded = true, .seed = 5}, &session));
    must(wh_mech_parse(mech, NAN, &options.spec));
    wh_prose_write(wh_session_embed(session), text, TEXT);
    int file = file_of_text();
    FILE *stream = open_memstream(&out, &size);
    must(wh_run_perturb(session, &options, file, stream, report));
    fclose(stream);
    close(file);
    wh_session_close(session);
    return out;
}

static void test_what_is_kept_does_not_matter(void **state) {
    (void)state;
    const char *const mechs[] = {"tgm-floor", "exponential:epsilon=4", "laplace:epsilon=10", NULL};
    const size_t kept[] = {0, 1, 20000}; /* all, none, some */
    for (size_t m = 0; mechs[m]; m++) {
        struct wh_perturb_report first, report;
        char *all = perturbed(mechs[m], 1, 0, &first);
        assert_true(first.words > 2000 && first.unchanged < first.words);
        for (size_t i = 0; i < 3; i++) {
            char *other = perturbed(mechs[m], (int)i + 1, kept[i], &report);
            assert_string_equal(all, other);
            assert_int_equal(first.words, report.words);
            assert_int_equal(first.unchanged, report.unchanged);
            assert_int_equal(first.longest_record, report.longest_record);
            free(other);
        }
        free(all);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_kept_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
