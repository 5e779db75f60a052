/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_base_file.c - mapped input; output that appears whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static char folder[256];

static int enter_folder(void **state) {
    (void)state;
    const char *parent = getenv("SCRATCH");
    snprintf(folder, sizeof folder, "%s/base_file.XXXXXX", parent ? parent : "/tmp");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int files_here(void) {
    int count = 0;
    DIR *here = opendir(".");
    assert_non_null(here);
    for (struct dirent *entry; (entry = readdir(here));)
        count += entry->d_name[0] != '.';
    closedir(here);
    return count;
}

static int empty_folder(void **state) {
    (void)state;
    DIR *here = opendir(".");
    for (struct dirent *entry; here && (entry = readdir(here));)
        if (entry->d_name[0] != '.' && unlink(entry->d_name) != 0)
            rmdir(entry->d_name);
    closedir(here);
    return 0;
}

static int leave_folder(void **state) {
    (void)state;
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

static void put(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_holds(const char *path, const char *text) {
    struct wh_map map;
    assert_int_equal(wh_map_open(path, &map), WH_OK);
    assert_int_equal(map.size, strlen(text));
    if (map.size)
        assert_memory_equal(map.data, text, map.size);
    wh_map_close(&map);
    assert_null(map.data);
}

static void assert_refused(const char *path, const char *reason) {
    struct wh_map map;
    assert_int_equal(wh_map_open(path, &map), WH_NOINPUT);
    assert_non_null(strstr(wh_error(), path));
    assert_non_null(strstr(wh_error(), reason));
    assert_null(map.data);
    wh_map_close(&map);
}

static void map_reads_files(void **state) {
    (void)state;
    put("some", "text\n");
    put("none", "");
    assert_holds("some", "text\n");
    assert_holds("none", "");
}

static void map_refuses_what_is_no_file(void **state) {
    (void)state;
    assert_refused("missing", "No such file");
    assert_refused("/", "a directory");
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_refused("pipe", "a special file"); /* and does not wait for a writer */
}

static void committed_file_appears_whole(void **state) {
    (void)state;
    struct wh_outfile file;
    put("out", "old");
    assert_int_equal(wh_outfile_open("out", &file), WH_OK);
    fputs("new text", file.stream);
    fflush(file.stream);
    assert_holds("out", "old");
    assert_int_equal(wh_outfile_commit(&file), WH_OK);
    assert_holds("out", "new text");
    wh_outfile_abort(&file);
    assert_holds("out", "new text");
    assert_int_equal(files_here(), 1);
}

static void aborted_file_leaves_no_trace(void **state) {
    (void)state;
    struct wh_outfile file;
    put("out", "old");
    assert_int_equal(wh_outfile_open("out", &file), WH_OK);
    fputs("new text", file.stream);
    wh_outfile_abort(&file);
    wh_outfile_abort(&file);
    assert_holds("out", "old");
    assert_int_equal(files_here(), 1);
}

static mode_t mode_of(const char *path) {
    struct stat facts;
    assert_int_equal(stat(path, &facts), 0);
    return facts.st_mode & 0777;
}

static void write_out(const char *path) {
    struct wh_outfile file;
    assert_int_equal(wh_outfile_open(path, &file), WH_OK);
    assert_int_equal(wh_outfile_commit(&file), WH_OK);
}

static void permissions_follow_the_umask_or_the_old_file(void **state) {
    (void)state;
    mode_t before = umask(027);
    write_out("fresh");
    put("secret", "");
    assert_int_equal(chmod("secret", 0600), 0);
    write_out("secret");
    umask(before);
    assert_int_equal(mode_of("fresh"), 0640);
    assert_int_equal(mode_of("secret"), 0600);
}

static void link_stays_a_link(void **state) {
    (void)state;
    struct stat facts;
    put("target", "old");
    assert_int_equal(symlink("target", "link"), 0);
    write_out("link");
    assert_int_equal(lstat("link", &facts), 0);
    assert_true(S_ISLNK(facts.st_mode));
    assert_holds("target", "");
}

static void device_is_written_directly(void **state) {
    (void)state;
    struct wh_outfile file;
    assert_int_equal(wh_outfile_open("/dev/null", &file), WH_OK);
    assert_null(file.temporary);
    fputs("gone", file.stream);
    assert_int_equal(wh_outfile_commit(&file), WH_OK);
}

static void full_device_is_an_error_with_its_reason(void **state) {
    (void)state;
    struct wh_outfile file;
    assert_int_equal(wh_outfile_open("/dev/full", &file), WH_OK);
    fputs("does not fit", file.stream);
    assert_int_equal(wh_outfile_commit(&file), WH_IO);
    assert_non_null(strstr(wh_error(), "No space left"));
    /* A write that failed earlier is not forgotten although the last flush has nothing to do. */
    assert_int_equal(wh_outfile_open("/dev/full", &file), WH_OK);
    setvbuf(file.stream, NULL, _IONBF, 0);
    fputs("does not fit", file.stream);
    assert_int_equal(wh_outfile_commit(&file), WH_IO);
}

static void impossible_place_is_refused(void **state) {
    (void)state;
    struct wh_outfile file;
    assert_int_equal(wh_outfile_open("no/such/folder", &file), WH_CANTCREATE);
    assert_non_null(strstr(wh_error(), "no/such/folder"));
    wh_outfile_abort(&file);
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(wh_outfile_open("folder", &file), WH_OK);
    assert_int_equal(wh_outfile_commit(&file), WH_CANTCREATE);
    assert_int_equal(files_here(), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(map_reads_files, empty_folder),
        cmocka_unit_test_teardown(map_refuses_what_is_no_file, empty_folder),
        cmocka_unit_test_teardown(committed_file_appears_whole, empty_folder),
        cmocka_unit_test_teardown(aborted_file_leaves_no_trace, empty_folder),
        cmocka_unit_test_teardown(permissions_follow_the_umask_or_the_old_file, empty_folder),
        cmocka_unit_test_teardown(link_stays_a_link, empty_folder),
        cmocka_unit_test_teardown(device_is_written_directly, empty_folder),
        cmocka_unit_test_teardown(full_device_is_an_error_with_its_reason, empty_folder),
        cmocka_unit_test_teardown(impossible_place_is_refused, empty_folder),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
