/* SPDX-License-Identifier: MIT */
/* confine_test.c: processes that confine themselves, each a child of the test, and the errors. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cordon/confine.h"
#include "cordon/load.h"
#include "kernel_test.h"

#define DENY_GETPPID "default allow\nerrno(EDOM) getppid\n"

static bool is_denied(void)
{
    errno = 0;
    return syscall(SYS_getppid) == -1 && errno == EDOM;
}

static void skip_without_seccomp(void)
{
    struct cordon_kernel kernel;
    cordon_kernel_probe(&kernel);
    if (kernel.filter != CORDON_SUPPORT)
        SKIP_BECAUSE("this kernel has no filters");
}

/* ---- success ---- */

static int confine_text(void)
{
    struct cordon_diag diag;
    if (is_denied() || cordon_confine(DENY_GETPPID, NULL, &diag))
        return 1;
    return is_denied() && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 2;
}

static int confine_builtin(void)
{
    if (cordon_confine("@stdio", NULL, NULL))
        return 1;
    syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
    return 2;
}

static void text_and_built_in_policies_confine(void **state)
{
    (void)state;
    skip_without_seccomp();
    assert_int_equal(in_child(confine_text), 0);
    assert_int_equal(in_child(confine_builtin), 128 + 31); /* SIGSYS */
}

static pthread_barrier_t confined;

static void *look(void *saw)
{
    pthread_barrier_wait(&confined);
    *(bool *)saw = is_denied();
    return NULL;
}

static bool other_thread_is_denied(bool this_thread_only)
{
    bool saw = false;
    pthread_t thread;
    struct cordon_confine_options options = {.size = sizeof options,
                                             .this_thread_only = this_thread_only};
    pthread_barrier_init(&confined, NULL, 2);
    pthread_create(&thread, NULL, look, &saw);
    enum cordon_error error = cordon_confine(DENY_GETPPID, &options, NULL);
    pthread_barrier_wait(&confined);
    pthread_join(thread, NULL);
    return !error && saw;
}

static int all_threads(void)
{
    return other_thread_is_denied(false) ? 0 : 1;
}

static int one_thread(void)
{
    return !other_thread_is_denied(true) && is_denied() ? 0 : 1;
}

static void all_threads_are_confined_by_default(void **state)
{
    (void)state;
    skip_without_seccomp();
    assert_int_equal(in_child(all_threads), 0);
    assert_int_equal(in_child(one_thread), 0);
}

/* ---- errors ---- */

struct count {
    int errors;
};

static void count(void *context, const struct cordon_diag *diag, const char *line, uint32_t length)
{
    (void)line, (void)length;
    ((struct count *)context)->errors += diag->severity == CORDON_ERROR;
}

static void the_first_error_is_kept_and_all_are_reported(void **state)
{
    (void)state;
    struct count seen = {0};
    struct cordon_reporter reporter = {.report = count, .context = &seen};
    static const char name[] = "mine";
    struct cordon_confine_options options = {
        .size = sizeof options, .name = name, .reporter = &reporter};
    struct cordon_diag diag;
    assert_int_equal(cordon_confine("default allow\nallow raed\nallow wriet\n", &options, &diag),
                     CORDON_E_NAME);
    assert_int_equal(seen.errors, 2);
    assert_int_equal(diag.place.line, 2);
    assert_ptr_equal(diag.place.file, name);
    assert_non_null(strstr(diag.text, "raed"));
    assert_false(is_denied());
}

static const char *open_text(void *context, const char *path, char **text, size_t *length)
{
    static char included[] = "allow raed\n";
    *text = included;
    *length = strlen(included);
    return strcmp(path, context) ? "another path" : NULL;
}

static void close_text(void *context, char *text)
{
    (void)context, (void)text;
}

static void a_loader_opens_included_texts(void **state)
{
    (void)state;
    static char path[] = "more";
    struct cordon_loader loader = {open_text, close_text, path};
    struct cordon_confine_options options = {.size = sizeof options, .loader = &loader};
    struct cordon_diag diag;
    static const char text[] = "default allow\ninclude \"more\"\n";
    assert_int_equal(cordon_confine(text, &options, &diag), CORDON_E_NAME);
    assert_string_equal(diag.text, "more:1:7: unknown system call \"raed\"");
    assert_string_equal(diag.hint, "did you mean read?");
    assert_null(diag.place.file); /* the included text is freed */
    assert_int_equal(diag.place.line, 0);
    assert_int_equal(cordon_confine(text, NULL, &diag), CORDON_E_IO);
}

static void errors_are_reported(void **state)
{
    (void)state;
    struct cordon_diag diag;
    assert_int_equal(cordon_confine("@nothing", NULL, &diag), CORDON_E_NOT_FOUND);
    assert_non_null(strstr(diag.text, "@nothing"));
    assert_int_equal(cordon_confine("arch s390x\ndefault allow\n", NULL, &diag), CORDON_E_ARCH);
    assert_int_equal(cordon_confine("default", NULL, NULL), CORDON_E_NAME);
}

static void unknown_options_are_refused_when_they_are_set(void **state)
{
    (void)state;
    struct {
        struct cordon_confine_options known;
        uint64_t later;
    } options = {.known = {.size = sizeof options}};
    struct cordon_diag diag;
    assert_int_equal(cordon_confine("default", &options.known, &diag), CORDON_E_NAME);
    options.later = 1;
    assert_int_equal(cordon_confine("default", &options.known, &diag), CORDON_E_UNSUPPORTED);
    options.known = (struct cordon_confine_options){.size = sizeof(size_t), .name = "ignored"};
    assert_int_equal(cordon_confine("default", &options.known, &diag), CORDON_E_NAME);
    assert_string_equal(diag.place.file, "policy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_built_in_policies_confine),
        cmocka_unit_test(all_threads_are_confined_by_default),
        cmocka_unit_test(the_first_error_is_kept_and_all_are_reported),
        cmocka_unit_test(a_loader_opens_included_texts),
        cmocka_unit_test(errors_are_reported),
        cmocka_unit_test(unknown_options_are_refused_when_they_are_set),
    };
    return cmocka_run_group_tests_name("confine", tests, NULL, NULL);
}
