/* SPDX-License-Identifier: MIT */
/* suggest_test.c: tests suggestions: each case is a policy, a call that it denies, and what is
 * suggested. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/call.h"
#include "cordon/denial.h"

static void suggest(const char *policy, const char *call, char *text, size_t room)
{
    char line[256];
    struct cordon_data data;
    struct cordon_diag diag;
    const struct cordon_abi *abi;
    struct cordon_policy *made = NULL;
    struct cordon_compiled compiled;
    struct cordon_suggestion suggestion;
    struct cordon_reporter reporter = {0};
    const char *name = policy[0] == '@' ? policy : "p";
    snprintf(line, sizeof line, "%s", call);
    if (cordon_call_parse_line(&data, &abi, line, &diag))
        fail_msg("%s: %s", call, diag.text);
    assert_int_equal(policy[0] == '@'
                         ? cordon_policy_read_file(&made, name, NULL, &reporter)
                         : cordon_policy_read(&made, policy, strlen(policy), name, NULL, &reporter),
                     CORDON_OK);
    assert_int_equal(cordon_compile(&compiled, made, NULL, 0, NULL, &reporter), CORDON_OK);
    struct cordon_cause cause = cordon_policy_cause(&compiled, &data);
    cordon_suggest(&suggestion, &compiled, &cause, &data);
    struct cordon_buffer buffer = {text, room, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    cordon_suggestion_print(&sink, &suggestion);
    cordon_compiled_free(&compiled);
    cordon_policy_free(made);
}

struct row {
    const char *policy, *call, *suggestion;
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char policy[1024], text[1024];
        bool builtin = rows[i].policy[0] == '@';
        bool whole = builtin || !strncmp(rows[i].policy, "arch ", 5);
        snprintf(policy, sizeof policy, "%s%s", whole ? "" : "arch x86_64\ndefault kill\n",
                 rows[i].policy);
        suggest(policy, rows[i].call, text, sizeof text);
        if (strcmp(text, rows[i].suggestion) != 0)
            fail_msg("%s\non %s: %s\n  instead of: %s", rows[i].policy, rows[i].call, text,
                     rows[i].suggestion);
    }
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof *(rows))

static void test_widened_conditions(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"allow socket(domain == AF_UNIX and type & 0xf == SOCK_STREAM)",
         "x86_64 socket AF_INET SOCK_DGRAM",
         "allow socket(domain in {AF_UNIX, AF_INET} and type & 0xf in {SOCK_STREAM, SOCK_DGRAM})"
         "   (instead of p:3:7)"},
        {"allow read, ioctl(request in {TCGETS, 0x5400..0x5403})", "x86_64 ioctl 1 FIONREAD",
         "allow ioctl(request in {TCGETS, 0x5400..0x5403, FIONREAD})   (instead of p:3:13)"},
        {"allow openat(flags & O_ACCMODE|O_CREAT == O_RDONLY)",
         "x86_64 openat AT_FDCWD 0 O_WRONLY|O_CREAT|O_CLOEXEC",
         "allow openat(flags & O_ACCMODE|O_CREAT in {O_RDONLY, O_WRONLY|O_CREAT})"
         "   (instead of p:3:7)"},
        {"allow getrandom(len <= 16)", "x86_64 getrandom 0 32",
         "allow getrandom(len <= 0x20)   (instead of p:3:7)"},
        {"allow kill(pid == 0)", "x86_64 kill -5 9",
         "allow kill(pid in {0, -5})   (instead of p:3:7)"},
        {"allow prlimit64(new_rlim == 0)", "x86_64 prlimit64 0 7 0x7fff1000",
         "allow prlimit64   (instead of p:3:7)"},
        {"allow write(fd == 1 or fd == 2 and count < 9)", "x86_64 write 2 0 9",
         "allow write(fd == 1 or (fd == 2 and count <= 9))   (instead of p:3:7)"},
        {"allow write(not (fd == 7 or fd in {8, 9}))", "x86_64 write 9",
         "allow write(not (fd == 7 or fd in {8}))   (instead of p:3:7)"},
        {"allow personality(whole arg0 == 8)", "x86_64 personality 0x20000",
         "allow personality(whole arg0 in {8, PER_LINUX|UNAME26})   (instead of p:3:7)"},
    };
    CHECK(rows);
}

static void test_narrowed_denials(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"errno(EPERM) openat(flags & O_CREAT|O_TRUNC)\nallow openat",
         "x86_64 openat AT_FDCWD 0 O_WRONLY|O_TRUNC",
         "errno(EPERM) openat(flags & O_CREAT)   (instead of p:3:14)"},
        /* a narrower mask would also allow it together with CLONE_NEWUSER */
        {"errno(EPERM) unshare(flags & CLONE_NEWNET|CLONE_NEWPID)\nallow unshare",
         "x86_64 unshare CLONE_NEWNET", "allow unshare(flags == CLONE_NEWNET)   (before p:3:14)"},
        {"errno(1) ioctl(request in {TIOCSTI, TIOCLINUX})\nallow ioctl", "x86_64 ioctl 0 TIOCLINUX",
         "errno(EPERM) ioctl(request in {TIOCSTI})   (instead of p:3:10)"},
        {"errno(EAFNOSUPPORT) socket(domain != AF_UNIX)\nallow socket", "x86_64 socket AF_INET",
         "errno(EAFNOSUPPORT) socket(not domain in {AF_UNIX, AF_INET})   (instead of p:3:21)"},
        {"errno(EPERM) mprotect(prot & PROT_EXEC)\nallow mprotect", "x86_64 mprotect 0 0 5",
         "allow mprotect(prot == PROT_READ|PROT_EXEC)   (before p:3:14)"},
        {"allow socket(domain == AF_UNIX)\nerrno(EAFNOSUPPORT) socket", "x86_64 socket AF_INET",
         "allow socket(domain in {AF_UNIX, AF_INET})   (instead of p:3:7)"},
        {"errno(EPERM) @mount", "x86_64 mount", "allow mount   (before p:3:14)"},
    };
    CHECK(rows);
}

static void test_what_calls_do(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", "x86_64 clone CLONE_VM|CLONE_FS|CLONE_THREAD|CLONE_SIGHAND",
         "allow clone(flags & CLONE_THREAD|CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|"
         "CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNET == CLONE_THREAD)"},
        {"allow clone(flags & CLONE_THREAD|CLONE_NEWUSER == CLONE_THREAD)", "x86_64 clone SIGCHLD",
         "allow clone(flags & CLONE_THREAD|CLONE_NEWUSER in {CLONE_THREAD, 0})"
         "   (instead of p:3:7)"},
        {"", "x86_64 clone3 0x7f00 88", "errno(ENOSYS) clone3   (programs then use clone)"},
        {"allow newfstatat", "x86_64 statx",
         "errno(ENOSYS) statx   (programs then use newfstatat)"},
        {"", "x86_64 statx", "allow statx"},
        {"", "x86_64 mmap 0 4096 PROT_READ", "allow mmap(prot & PROT_EXEC == 0)"},
        {"", "x86_64 mprotect 0 4096 PROT_READ|PROT_EXEC",
         "allow mprotect(prot & PROT_WRITE == 0)"},
        {"allow mmap(prot & PROT_EXEC == 0)", "x86_64 mmap 0 4096 PROT_READ|PROT_EXEC",
         "allow mmap(prot & PROT_WRITE == 0)"},
        {"", "x86_64 unshare CLONE_NEWNET", "allow unshare(flags == CLONE_NEWNET)"},
        {"", "x86_64 9999", "allow syscall 9999"},
        {"", "i386 brk",
         "arch x86_64, i386   (instead of p:1:1; the policy isn't for calls of i386)"},
        {"@compute", "x86_64 socket AF_UNIX SOCK_STREAM",
         "allow socket(domain == AF_UNIX and type & 0xf == SOCK_STREAM and protocol == 0)"
         "   (with -e, or in a copy: cordon policies --edit @compute)"},
        {"include \"@container\"", "x86_64 ioctl 0 TIOCSTI",
         "allow ioctl(request == TIOCSTI)   (before the include of @container)"},
    };
    CHECK(rows);
}

/* i386 has calls of another form, with their arguments in memory. */
static void test_several_architectures(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"arch x86_64, i386, x32\ndefault kill", "x86_64 acct", "allow acct"},
        {"arch x86_64, i386\ndefault kill", "x86_64 mmap 0 4096 PROT_READ",
         "on x86_64 { allow mmap(prot & PROT_EXEC == 0) }"},
        {"arch x86_64, i386\ndefault kill", "i386 mmap2 0 4096 PROT_READ",
         "allow mmap2(prot & PROT_EXEC == 0)"},
        {"arch x86_64, i386\ndefault kill\nallow mmap(arg0 == 1)", "i386 mmap 0x7f001000",
         "no rule is suggested: it would let memory be writable and executable"},
        {"arch s390x, s390\ndefault kill\nallow read", "s390 acct", "allow acct"},
    };
    CHECK(rows);
}

/* What a widened condition would open isn't suggested. */
static void test_nothing_dangerous(void **state)
{
    (void)state;
    static const char user[] =
        "no rule is suggested: it would let the program make user namespaces";
    static const char both[] =
        "no rule is suggested: it would let memory be writable and executable";
    static const struct row rows[] = {
        {"allow clone(flags == SIGCHLD)", "x86_64 clone CLONE_NEWUSER|SIGCHLD", user},
        {"errno(EPERM) clone(flags & CLONE_NEWUSER)\nallow clone", "x86_64 clone CLONE_NEWUSER",
         user},
        {"errno(EPERM) clone(flags & CLONE_NEWUSER|CLONE_NEWNET)\nallow clone",
         "x86_64 clone CLONE_NEWUSER|CLONE_NEWNET", user},
        {"allow unshare(flags == 0)", "x86_64 unshare 0x10000000", user},
        {"allow mmap(prot & PROT_WRITE == 0)", "x86_64 mmap 0 0 7", both},
        {"kill mmap(prot & PROT_WRITE|PROT_EXEC == PROT_WRITE|PROT_EXEC)\nallow mmap",
         "x86_64 mmap 0 0 7", both},
        {"", "x86_64 pkey_mprotect 0 0 6", both},
        {"", "x86_64 shmat 0 0 SHM_EXEC", both},
        {"allow personality(personality == 0)", "x86_64 personality 0x400008", both},
        {"errno(ENOSYS) clone3", "x86_64 clone3",
         "no rule is suggested: not needed: programs do without it"},
    };
    CHECK(rows);
}

/* Nested alternatives are tried one after the other, up to a limit. */
static void test_limit(void **state)
{
    (void)state;
    char policy[4096] = "arch x86_64\ndefault kill\nallow write(fd == 1", text[512];
    size_t length = strlen(policy);
    for (int i = 0; i < 90; i++)
        length += (size_t)snprintf(policy + length, sizeof policy - length,
                                   " or (count == 1 and (fd == 2");
    for (int i = 0; i < 90; i++)
        length += (size_t)snprintf(policy + length, sizeof policy - length, "))");
    snprintf(policy + length, sizeof policy - length, ")\n");
    suggest(policy, "x86_64 write 3", text, sizeof text);
    assert_string_equal(text, "allow write");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widened_conditions), cmocka_unit_test(test_narrowed_denials),
        cmocka_unit_test(test_what_calls_do),      cmocka_unit_test(test_several_architectures),
        cmocka_unit_test(test_nothing_dangerous),  cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
