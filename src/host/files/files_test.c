/* SPDX-License-Identifier: MIT */
/* files_test.c: reading and writing whole files, and what isn't a file. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cordon/files.h"

static char folder[] = "/tmp/cordon-files-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path_of("file"));
    unlink(path_of("pipe"));
    return rmdir(folder); /* fails where something was left behind */
}

static const char *load(const char *path, char **text, size_t *length)
{
    return cordon_file_loader.open_text(cordon_file_loader.context, path, text, length);
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    char *text = NULL;
    size_t length = 0;
    struct stat status;
    for (int i = 0; i < 2; i++) { /* the second replaces the first */
        const char *bytes = i ? "second" : "the first";
        assert_null(cordon_file_write(path_of("file"), bytes, strlen(bytes)));
        assert_null(load(path_of("file"), &text, &length));
        assert_int_equal(length, strlen(bytes));
        assert_memory_equal(text, bytes, length);
        cordon_file_loader.close_text(NULL, text);
    }
    mode_t mask = umask(0);
    umask(mask);
    assert_int_equal(stat(path_of("file"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0666 & ~mask);
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    char *text = NULL;
    size_t length;
    assert_string_equal(load(folder, &text, &length), "is a directory");
    assert_string_equal(load(path_of("none"), &text, &length), "No such file or directory");
    assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
    assert_string_equal(load(path_of("pipe"), &text, &length), /* at once */ "not a regular file");
    assert_string_equal(load("/dev/zero", &text, &length), "not a regular file");
    assert_null(text);
}

/* An absolute path is one in the root, also that of a symbolic link, or beside the policy. */
static void included_files_are_searched(void **state)
{
    (void)state;
    static const struct {
        const char *path, *root, *policy, *folder, *text; /* or why not */
    } cases[] = {
        {"%s/file", NULL, NULL, NULL, "beside"},
        {"/file", NULL, NULL, "%s/root", "rooted"},
        {"/none", NULL, NULL, "%s/root", "No such file or directory"},
        {"/nonexistent/file", NULL, NULL, "%s", "beside"},
        {"nonexistent/file", NULL, NULL, "%s", "beside"},
        {"%s/file", NULL, NULL, "%s/root", "beside"},
        {"/file", "%s/root", NULL, NULL, "rooted"},
        {"/link", "%s/root", NULL, NULL, "rooted"},
        {"/../../file", "%s/root", NULL, NULL, "rooted"},
        {"%s/file", "%s/root", NULL, NULL, "No such file or directory"},
        {"%s/file", "%s/root", "%s/policy", NULL, "beside"},
        {"/etc/passwd", "%s/root", "%s/policy", NULL, "No such file or directory"},
        {"/file", "%s/none", NULL, "%s/root", "rooted"},
        {"/file", "%s/file", NULL, NULL, "Not a directory"},
    };
    assert_int_equal(mkdir(path_of("root"), 0700), 0);
    assert_null(cordon_file_write(path_of("root/file"), "rooted", 6));
    assert_null(cordon_file_write(path_of("file"), "beside", 6));
    assert_int_equal(symlink("/file", path_of("root/link")), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char words[4][256], *text = NULL;
        const char *const given[] = {cases[i].path, cases[i].root, cases[i].policy,
                                     cases[i].folder};
        for (int j = 0; j < 4; j++) {
            bool here = given[j] && given[j][0] == '%';
            snprintf(words[j], sizeof words[j], "%s%s", here ? folder : "",
                     given[j] ? given[j] + 2 * here : "");
        }
        const char *const folders[] = {words[3]};
        size_t length = 0;
        struct cordon_file_search search = {given[1] ? words[1] : NULL, given[2] ? words[2] : NULL,
                                            folders, given[3] != NULL};
        struct cordon_loader loader = cordon_file_searcher(&search);
        const char *problem = loader.open_text(loader.context, words[0], &text, &length);
        assert_int_equal(length, problem ? 0 : strlen(cases[i].text));
        assert_memory_equal(problem ? problem : text, cases[i].text, strlen(cases[i].text));
        loader.close_text(loader.context, text);
    }
    unlink(path_of("root/file"));
    unlink(path_of("root/link"));
    rmdir(path_of("root"));
}

static void endless_input_is_refused(void **state)
{
    (void)state;
    char *text = NULL;
    size_t length;
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    assert_non_null(strstr(cordon_file_read(fd, false, &text, &length), "larger than 16 MiB"));
    assert_null(text);
    close(fd);
}

static void links_are_followed(void **state)
{
    (void)state;
    char file[256], *text = NULL;
    size_t length = 0;
    struct stat status;
    strcpy(file, path_of("file"));
    assert_null(cordon_file_write(file, "old", 3));
    assert_int_equal(symlink("file", path_of("link")), 0);
    assert_null(cordon_file_write(path_of("link"), "newer", 5));
    assert_int_equal(lstat(path_of("link"), &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_null(load(file, &text, &length));
    assert_int_equal(length, 5);
    assert_memory_equal(text, "newer", length);
    cordon_file_loader.close_text(NULL, text);
    unlink(path_of("link"));
}

static void a_dangling_link_is_followed(void **state)
{
    (void)state;
    struct stat status;
    unlink(path_of("file"));
    assert_int_equal(symlink("file", path_of("link")), 0);
    assert_null(cordon_file_write(path_of("link"), "new", 3));
    assert_int_equal(lstat(path_of("link"), &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(lstat(path_of("file"), &status), 0);
    assert_int_equal(status.st_size, 3);
    unlink(path_of("link"));
    assert_int_equal(symlink("link", path_of("link")), 0);
    assert_string_equal(cordon_file_write(path_of("link"), "new", 3),
                        "Too many levels of symbolic links");
    unlink(path_of("link"));
}

static void the_mode_is_kept(void **state)
{
    (void)state;
    struct stat status;
    assert_null(cordon_file_write(path_of("file"), "old", 3));
    assert_int_equal(chmod(path_of("file"), 0640), 0);
    assert_null(cordon_file_write(path_of("file"), "newer", 5));
    assert_int_equal(stat(path_of("file"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_int_equal(status.st_size, 5);
}

/* The group's teardown fails if the temporary file is left. */
static void a_file_over_the_limit_is_removed(void **state)
{
    (void)state;
    struct stat status;
    struct rlimit before, none;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_null(cordon_file_write(path_of("file"), "old", 3));
    setrlimit(RLIMIT_FSIZE, &none);
    const char *problem = cordon_file_write(path_of("file"), "newer", 5);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_string_equal(problem, "File too large");
    assert_int_equal(stat(path_of("file"), &status), 0);
    assert_int_equal(status.st_size, 3);
}

static void writing_says_why_it_fails(void **state)
{
    (void)state;
    char long_name[8192];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_string_equal(cordon_file_write("/nonexistent/x", "x", 1), "No such file or directory");
    assert_string_equal(cordon_file_write(long_name, "x", 1), "File name too long");
    assert_string_equal(cordon_file_write("/dev/full", "x", 1), "No space left on device");
    assert_null(cordon_file_write("/dev/null", "x", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(included_files_are_searched),
        cmocka_unit_test(endless_input_is_refused),
        cmocka_unit_test(links_are_followed),
        cmocka_unit_test(a_dangling_link_is_followed),
        cmocka_unit_test(the_mode_is_kept),
        cmocka_unit_test(a_file_over_the_limit_is_removed),
        cmocka_unit_test(writing_says_why_it_fails),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
