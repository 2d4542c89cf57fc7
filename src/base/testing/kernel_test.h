/* SPDX-License-Identifier: MIT */
/* kernel_test.h: what tests share that change their process, or need something of the kernel. */
#ifndef BASE_TESTING_KERNEL_TEST_H
#define BASE_TESTING_KERNEL_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Skips the test at hand; the reason is a literal. */
#define SKIP_BECAUSE(reason)                                                                       \
    do {                                                                                           \
        print_message("# " reason "\n");                                                           \
        skip();                                                                                    \
    } while (0)

/* Runs `child` in a process of its own and returns its exit status, or 128 + signal. */
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
