/* SPDX-License-Identifier: MIT */
/* kernel_test.h: helpers for tests that change their own process or depend on the kernel. */
#ifndef BASE_TESTING_KERNEL_TEST_H
#define BASE_TESTING_KERNEL_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Skips the current test; the reason is a literal. */
#define SKIP_BECAUSE(reason)                                                                       \
    do {                                                                                           \
        print_message("# " reason "\n");                                                           \
        skip();                                                                                    \
    } while (0)

/* Runs `child` in a new process and returns its exit status, or 128 + signal. */
static inline int in_child(int (*child)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(child());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
