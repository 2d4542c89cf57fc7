/* SPDX-License-Identifier: MIT */
/* minijail_test.c: tests the meaning of minijail's policies, and refusals. */
#include "reading_test.h"

#define X64      CORDON_ABI_X86_64
#define ALLOWED  0x7fff0000u
#define KILLED   0u /* the thread */
#define ERROR(n) (0x00050000u | (n))

static const struct included texts[] = {
    {"./base.policy", "read: 1\nclose: arg0 > 2\n"},
    {"./nested.policy", "@include ./base.policy\nwrite: allow\n"},
    {"./self.policy", "@include ./self.policy\n"},
    {"./bad.policy", "read: 1\nwirte: 1\n"},
    {NULL, NULL},
};

static void policies_mean_what_minijail_means(void **state)
{
    (void)state;
    static const struct answer cases[] = {
        /* names and the default */
        {"read: 1\n", X64, "read", {0}, ALLOWED},
        {"read: 1\n", X64, "write", {0}, KILLED},
        {"read:1", X64, "read", {0}, ALLOWED},
        {"# one\n\n  read : allow # two\n", X64, "read", {0}, ALLOWED},
        {"kill: kill-process\n", X64, "kill", {0}, 0x80000000},
        {"kill: kill\n", X64, "kill", {0}, KILLED},
        {"# --use-kill-process\nkill: kill\n", X64, "kill", {0}, 0x80000000},
        {"# --use-kill-process\n", X64, "read", {0}, 0x80000000},
        {"read: kill-thread\n@default kill-process\n", X64, "read", {0}, KILLED},
        {"@default trap\n", X64, "read", {0}, 0x00030000},
        {"@default kill-process\n@default user-notify\n", X64, "read", {0}, 0x7fc00000},
        {"read: trace\n", X64, "read", {0}, 0x7ff00000},
        {"read: log\n", X64, "read", {0}, 0x7ffc0000},
        {"read: return 7\n", X64, "read", {0}, ERROR(7)},
        {"read: return EPERM\n", X64, "read", {0}, ERROR(1)},
        {"read: return 0x10\n", X64, "read", {0}, ERROR(16)},
        {"read: return\n", X64, "read", {0}, KILLED},
        {"@denylist\nread: return 1\n", X64, "write", {0}, ALLOWED},
        {"@denylist\nread: arg0 == 1; return 1\n", X64, "read", {1}, ERROR(1)},
        /* comparisons are of the whole register, unsigned */
        {"read: arg0 == 1\n", X64, "read", {1}, ALLOWED},
        {"read: arg0 == 1\n", X64, "read", {0x100000001}, KILLED},
        {"read: arg0 == -1\n", X64, "read", {UINT64_MAX}, ALLOWED},
        {"read: arg0 == -1\n", X64, "read", {UINT32_MAX}, KILLED},
        {"read: arg0 == -1\n", CORDON_ABI_I386, "read", {UINT32_MAX}, ALLOWED},
        {"read: arg0 != 1\n", X64, "read", {2}, ALLOWED},
        {"kill: arg0 < 5\n", X64, "kill", {UINT64_MAX}, KILLED},
        {"kill: arg0 < 5\n", X64, "kill", {4}, ALLOWED},
        {"kill: arg0 <= 5\n", X64, "kill", {5}, ALLOWED},
        {"kill: arg0 > 0xdeadbeef\n", X64, "kill", {0x100000000}, ALLOWED},
        {"kill: arg0 > 0xdeadbeef\n", X64, "kill", {0xdeadbeef}, KILLED},
        {"kill: arg0 >= 0xbadc0ffee0ddf00d\n", X64, "kill", {0xbadc0ffee0ddf00d}, ALLOWED},
        {"kill: arg0 >= 0xbadc0ffee0ddf00d\n", X64, "kill", {0xbadc0ffee0ddf00c}, KILLED},
        {"read: arg0 & 6\n", X64, "read", {4}, ALLOWED},
        {"read: arg0 & 6\n", X64, "read", {9}, KILLED},
        {"read: arg0 in 3\n", X64, "read", {0}, ALLOWED},
        {"read: arg0 in 3\n", X64, "read", {3}, ALLOWED},
        {"read: arg0 in 3\n", X64, "read", {4}, KILLED},
        {"read: arg0 in 3\n", X64, "read", {0x100000000}, KILLED},
        {"mmap: arg2 in ~PROT_EXEC || arg2 in ~PROT_WRITE\n", X64, "mmap", {0, 0, 4}, ALLOWED},
        {"mmap: arg2 in ~PROT_EXEC || arg2 in ~PROT_WRITE\n", X64, "mmap", {0, 0, 6}, KILLED},
        {"mmap: arg2 in ~PROT_EXEC || arg2 in ~PROT_WRITE\n", CORDON_ABI_ARM, "mmap2", {0}, KILLED},
        {"openat: arg2 == (O_RDWR|O_CLOEXEC)|~(~0x400)\n", X64, "openat", {0, 0, 0x80402}, ALLOWED},
        {"read: arg0 == 1 && arg1 == 2 || arg0 == 3\n", X64, "read", {1, 2}, ALLOWED},
        {"read: arg0 == 1 && arg1 == 2 || arg0 == 3\n", X64, "read", {3, 9}, ALLOWED},
        {"read: arg0 == 1 && arg1 == 2 || arg0 == 3\n", X64, "read", {1, 9}, KILLED},
        {"read: arg0 == 010\n", X64, "read", {8}, ALLOWED},
        {"read: arg5 == 1\n",
         X64,
         "read",
         {0, 0, 0, 0, 0, 1},
         ALLOWED}, /* not an argument of the call: a register */
        /* several filters of a call are one list */
        {"read: { arg0 == 1; return 5, arg0 == 1, arg0 < 4; trap, log }\n",
         X64,
         "read",
         {1},
         ERROR(5)},
        {"read: { arg0 == 1; return 5, arg0 == 1, arg0 < 4; trap, log }\n",
         X64,
         "read",
         {3},
         0x00030000},
        {"read: { arg0 == 1; return 5, arg0 == 1, arg0 < 4; trap, log }\n",
         X64,
         "read",
         {4},
         0x7ffc0000},
        {"{ read, write }: arg0 == 1\nwrite: arg0 == 2; return 9\n", X64, "write", {2}, ERROR(9)},
        {"{ read, write }: arg0 == 1\nwrite: arg0 == 2; return 9\n", X64, "write", {3}, KILLED},
        {"{ read, write }: arg0 == 1\nwrite: arg0 == 2; return 9\n", X64, "read", {1}, ALLOWED},
        /* the tool: first libminijail's grammar, then the compiler's */
        {"read: arg0 == 1; return 5\n", X64, "read", {1}, ALLOWED},
        {"read: arg0 == 1; return 5\n", X64, "read", {2}, ERROR(5)},
        {"read: arg0 == 1; return 5\nwrite: allow\n", X64, "read", {1}, ERROR(5)},
        {"read: arg0 == 1; return 5\nwrite: allow\n", X64, "read", {2}, KILLED},
        {"read: arg0 == 1; return 5\nwrite: 1 # out\n", X64, "read", {1}, ERROR(5)},
        {"read: arg0 == 1; return 5 # in\n# out\nwrite: 1\n", X64, "read", {1}, ALLOWED},
        {"read: arg0==1; return 5\n", X64, "read", {1}, ERROR(5)},
        {"read: arg0 ==1; return 5\n", X64, "read", {1}, ERROR(5)},
        {"read: arg0 == 1 | 2; return 5\n", X64, "read", {3}, ERROR(5)},
        {"read: arg0 == 1|2&&arg1 == 1; return 5\n", X64, "read", {3, 1}, ALLOWED},
        /* lines, other texts, other machines */
        {"read: arg0 == 1 || \\\n  arg0 == 2\nwrite: 1\n", X64, "read", {2}, ALLOWED},
        {"read: \\\r\n 1\r\nwrite: 1\r\n", X64, "write", {2}, ALLOWED},
        {"@include ./base.policy\n", X64, "close", {3}, ALLOWED},
        {"@include ./nested.policy\n", X64, "read", {3}, ALLOWED},
        {"@frequency ./none.frequency\nread: 1\n", X64, "read", {3}, ALLOWED},
        {"read[arch=arm64,arm]: 1\nwrite[key=a,b;arch=x86_64]: 1\n", X64, "read", {0}, KILLED},
        {"read[arch=arm64,arm]: 1\nwrite[key=a,b;arch=x86_64]: 1\n", X64, "write", {0}, ALLOWED},
        {"read[arch=arm64,arm]: 1\n", CORDON_ABI_AARCH64, "read", {0}, ALLOWED},
        {"read: 1\n", X64, "0x40000000", {0}, KILLED},
        /* socketcall is a number like any other */
        {"socket: arg0 == AF_UNIX\n", CORDON_ABI_I386, "socket", {1}, ALLOWED},
        {"socket: arg0 == AF_UNIX\n", CORDON_ABI_I386, "socketcall", {1}, KILLED},
        {"socket: 1\nsocketcall: arg0 == 2\n", CORDON_ABI_I386, "socketcall", {1}, KILLED},
        {"socket: 1\nsocketcall: arg0 == 2\n", CORDON_ABI_I386, "socketcall", {2}, ALLOWED},
        {"socket: return 3\nsocketcall: 1\n", CORDON_ABI_I386, "socketcall", {1}, ALLOWED},
    };
    check_answers("minijail", cases, COUNT(cases), texts);
}

/* The filter sees x32's calls as x86_64's with unusual numbers. */
static void x32_gets_the_default(void **state)
{
    (void)state;
    if (cordon_abi_native()->id != X64)
        return;
    struct collected collected;
    struct cordon_model *model;
    struct cordon_meaning meaning;
    struct cordon_policy *policy =
        read_format("minijail", "@default trap\nread: 1\n", NULL, NULL, &collected);
    assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
    assert_int_equal(cordon_policy_build(policy, model, NULL, 0, &meaning, NULL), CORDON_OK);
    const uint64_t args[6] = {0};
    assert_int_equal(verdict_of(model, meaning.verdicts, X64, "0x40000000", args), 0x30000);
    assert_int_equal(verdict_of(model, meaning.verdicts, X64, "0xffffffff", args), 0x30000);
    assert_int_equal(verdict_of(model, meaning.verdicts, X64, "read", args), ALLOWED);
    assert_int_equal(verdict_of(model, meaning.verdicts, CORDON_ABI_I386, "read", args), KILLED);
    cordon_model_free(model);
    cordon_policy_free(policy);
}

static void errors_name_their_place(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"raed: 1\n", "1:1: unknown system call \"raed\" | did you mean read?"},
        {"read 1\n", "1:6: expected \":\", found \"1\""},
        {"read:\n",
         "1:6: expected an expression or an action (1, return, allow, kill, trap, trace, "
         "log …), found the end of the line"},
        {"read: 2\n", "1:7: expected an expression or an action (1, return, allow, kill, trap, "
                      "trace, log …), found \"2\""},
        {"read: allow 1\n", "1:13: expected the end of the line, found \"1\""},
        {"read: arg0\n", "1:11: expected a comparison: == != < <= > >= & in, found the end of the "
                         "line"},
        {"read: arg6 == 1\n", "1:7: expected arg0 to arg5, found \"arg6\""},
        {"read: arg0 = 1\n", "1:12: expected a comparison: == != < <= > >= & in, found \"=\""},
        {"read: arg0 == \n", "1:15: expected a number or the name of a constant, found the end of "
                             "the line"},
        {"read: arg0 == (1\n", "1:17: expected \")\", found the end of the line"},
        {"read: arg0 == ~~1\n", "1:16: expected a number or the name of a constant, found \"~\""},
        {"open: arg1 == O_RDNLY\n", "1:15: unknown constant \"O_RDNLY\" | did you mean O_RDONLY?"},
        {"read: arg0 == 0x1g\n", "1:15: not a number"},
        {"read: arg0 == 0b11\n", "1:15: minijail has no binary numbers"},
        {"read: arg0 == 0x10000000000000000\n", "1:15: the number does not fit in 64 bits"},
        {"read: arg0 == -0x8000000000000001\n", "1:15: the number does not fit in 64 bits"},
        {"read: arg0 == 1 $\n", "1:17: unexpected character"},
        {"read: return EPREM\n", "1:14: unknown constant \"EPREM\" | did you mean EPERM?"},
        {"read: { arg0 == 1, 1\n", "1:21: expected \",\" or \"}\", found the end of the line"},
        {"{read write}: 1\n", "1:7: expected \",\" or \"}\", found \"write\""},
        {"read[arch]: 1\n", "1:10: expected \"=\", found \"]\""},
        {"read[=x]: 1\n", "1:6: expected a key, as in [arch=x86_64], found \"=\""},
        {"io@base: 1\n", "1:1: the group \"io@base\" is defined in a constants.json, which is not "
                         "available here | name its calls: {read, write}: 1"},
        {"@inculde ./x\n", "1:1: expected @include, @frequency, @default or @denylist, found "
                           "\"@inculde\""},
        {"@include base.policy\n",
         "1:10: expected a path that begins with / or ./ | ./NAME is relative to this file"},
        {"@include ./none.policy\n", "1:10: cannot include ./none.policy: there is none"},
        {"@include ./bad.policy\n",
         "./bad.policy:2:1: unknown system call \"wirte\" | did you mean write?"},
        {"@include ./self.policy\n", "./self.policy:1:10: includes are nested deeper than 16 | "
                                     "does it include itself?"},
        {"@default allow\n", "1:10: expected kill-process, kill-thread, kill, trap or user-notify, "
                             "found \"allow\""},
        {"@denylist\nread: 1\n", "2:7: in a denylist every action must be return | return EPERM"},
        {"@denylist\n@default trap\n", "2:10: the default of a denylist is always allow"},
        {"read: 1\nwrite: 1\nread: arg0 == 1\n",
         "3:7: read is already decided | line 1 decides all these calls; Android drops this line: "
         "--part android"},
        {"read: { return 1, allow }\n",
         "1:19: read is already decided | line 1 decides all these calls"},
        {"read: 1\n# hm \\\nwrite: 1\n",
         "2:1: this comment ends with a backslash: libminijail skips the next line, "
         "compile_seccomp_policy reads it | remove the backslash"},
        {"read: 1\n\001", "2:1: not a policy: unexpected control character 0x01"},
    };
    check_refusals("minijail", cases, COUNT(cases), texts);
}

static void all_errors_come_in_one_pass(void **state)
{
    (void)state;
    struct collected collected;
    read_format("minijail", "raed: 1\nwrite: 2\n@include ./bad.policy\nopen: arg7 == 1\n", texts,
                NULL, &collected);
    assert_int_equal(collected.errors, 4);
}

/* `expression; return E` has two meanings: a warning says so if the text doesn't show its tool. */
static void the_two_meanings_are_distinguished(void **state)
{
    (void)state;
    static const char text[] = "read: arg0 == 1; return 5\n";
    static const struct {
        const char *part;
        uint32_t equal, unequal;
        unsigned warnings;
    } cases[] = {{NULL, ALLOWED, ERROR(5), 1},
                 {"libminijail", ALLOWED, ERROR(5), 0},
                 {"compiler", ERROR(5), KILLED, 0}};
    const uint64_t one[6] = {1}, two[6] = {2};
    struct collected collected;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cordon_model *model;
        struct cordon_policy *policy =
            read_format("minijail", text, NULL, cases[i].part, &collected);
        assert_int_equal(collected.warnings, cases[i].warnings);
        assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
        cordon_node node = build_for(model, policy, X64, text);
        assert_int_equal(verdict_of(model, node, X64, "read", one), cases[i].equal);
        assert_int_equal(verdict_of(model, node, X64, "read", two), cases[i].unequal);
        cordon_model_free(model);
        cordon_policy_free(policy);
    }
    assert_null(read_format("minijail", text, NULL, "python", &collected));
    static const char twice[] = "read: arg0 == 1\nread: arg0 == 2\n";
    assert_null(read_format("minijail", twice, NULL, "libminijail", &collected));
    assert_string_equal(collected.first, "2:7: libminijail refuses a second filter for read");
    cordon_policy_free(read_format("minijail", twice, NULL, NULL, &collected));
    assert_int_equal(collected.errors, 0);
}

static void hostile_texts_end_in_errors(void **state)
{
    (void)state;
    struct collected collected;
    char *text = calloc(1, 4 << 20);
    if (!text)
        abort();
    size_t length = (size_t)sprintf(text, "read: arg0 == ");
    memset(text + length, '(', 1000000);
    assert_null(read_format("minijail", text, NULL, NULL, &collected));
    assert_int_equal(collected.errors, 1);
    memset(text, 0, 4 << 20);
    char *at = text + sprintf(text, "read: arg0 == 1");
    for (int i = 0; i < 100000; i++)
        at += sprintf(at, "||arg0 == 0x%x", i);
    assert_null(read_format("minijail", text, NULL, NULL, &collected));
    memset(text, '@', 1000000);
    text[1000000] = '\0';
    assert_null(read_format("minijail", text, NULL, NULL, &collected));
    at = text;
    for (int i = 0; i < 200000; i++)
        at += sprintf(at, "raed%d: 1\n", i % 10);
    assert_null(read_format("minijail", text, NULL, NULL, &collected));
    assert_int_equal(collected.errors, CORDON_POLICY_MAX_ERRORS);
    /* 4000 calls with 4000 filters each */
    at = text + sprintf(text, "{ read");
    for (int i = 1; i < 4000; i++)
        at += sprintf(at, ",read");
    at += sprintf(at, " }: { arg0 == 1");
    for (int i = 1; i < 4000; i++)
        at += sprintf(at, ", arg0 == 1");
    sprintf(at, " }\n");
    assert_null(read_format("minijail", text, NULL, NULL, &collected));
    assert_string_equal(collected.first, "1:20723: more than 262144 filters of calls");
    /* long, but harmless */
    at = text + sprintf(text, "read: arg0 == 1");
    for (int i = 0; i < 20000; i++)
        at += sprintf(at, "||arg0 == 0x%x", 2 * i);
    struct cordon_policy *policy = read_format("minijail", text, NULL, NULL, &collected);
    struct cordon_model *model;
    assert_non_null(policy);
    assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
    build_for(model, policy, X64, "a long list");
    cordon_model_free(model);
    cordon_policy_free(policy);
    free(text);
}

/* ---- writing ---- */

static void policies_are_written_as_people_do(void **state)
{
    (void)state;
    static const struct written cases[] = {
        {"arch x86_64\ndefault kill_thread\nbad_arch kill_thread\nallow read\nerrno(EPERM) write\n",
         "# for x86_64\nread: 1\nwrite: return 1\n"},
        {"arch x86_64\ndefault kill_process\nallow ioctl(whole request == 0x5401)\n",
         "# for x86_64\n# compile_seccomp_policy --use-kill-process\nioctl: arg1 == 0x5401\n"},
        {"arch i386\ndefault trap\nlog read(fd == 1 or fd > 5)\nerrno(3) read(count < 4)\n",
         "# for i386\n# compile_seccomp_policy --use-kill-process\n@default trap\n"
         "read: { arg0 == 0x1 || arg0 >= 0x6; log, \\\n    arg2 <= 0x3; return 3 }\n"},
        {"arch x86_64, x32\ndefault allow\nbad_arch kill_thread\n"
         "on x86_64 { errno(1) unshare(whole flags == 0) }\n",
         "# for x86_64\n# compile_seccomp_policy --denylist\n@denylist\n"
         "unshare: { arg0 == 0x0; return 1 }\n"},
        {"arch x86_64\ndefault kill_process\nallow read(fd == 3)\nallow write(fd & 0xf0 != 0x10)\n",
         "# for x86_64\n# compile_seccomp_policy --use-kill-process\n"
         "read: arg0 in 0xffffffff00000003 && arg0 & 0x2 && arg0 & 0x1\n"
         "write: arg0 & 0xe0 || arg0 in 0xffffffffffffffef\n"},
        {"arch x86_64\ndefault kill_process\nallow read(fd & 0xf0 in {0x20..0x5f})\n",
         "# for x86_64\n# compile_seccomp_policy --use-kill-process\n"
         "read: arg0 in 0xffffffffffffff3f && arg0 & 0x20 || arg0 in 0xffffffffffffff5f && arg0 & "
         "0x40\n"},
    };
    check_written("minijail", cases, COUNT(cases));
}

static void inexpressible_policies_are_refused(void **state)
{
    (void)state;
    static const struct inexpressible cases[] = {
        {"arch x86_64, i386\ndefault kill_process\n",
         "0:0: the format cannot express this: more than one architecture in a filter", true, true},
        {"arch x86_64\ndefault errno(1)\nbad_arch errno(1)\nallow read\n",
         "3:1: the format cannot express this: minijail kills calls of other architectures", true,
         false},
        {"arch x86_64\ndefault trap(7)\nbad_arch trap(7)\n",
         "3:1: the format cannot express this: minijail kills calls of other architectures", true,
         false},
        {"arch x86_64\ndefault kill_process\ntrap(7) read\n",
         "3:9: the format cannot express this: trap has no number", true, true},
        {"arch x86_64\ndefault trap\n",
         "0:0: the format cannot express this: calls of x32 get the default, not bad_arch", true,
         true},
        {"arch x86_64\ndefault kill_process\nallow syscall 600..700\n",
         "3:7: the format cannot express this: the numbers 0x258 to 0x2bc have no name", true,
         true},
        {"arch x86_64\ndefault kill_process\nallow read(ip == 5)\n",
         "3:12: the format cannot express this: read: the instruction pointer", true, true},
        {"arch x86_64\ndefault kill_process\nnewer_than 6.1 errno(ENOSYS)\n",
         "3:1: the format cannot express this: another verdict for calls newer than a kernel",
         false, false},
        {"arch i386\ndefault allow\nlog read\n",
         "3:5: the format cannot express this: an action other than errno with default allow", true,
         true},
    };
    check_inexpressible("minijail", cases, COUNT(cases));
}

static void written_text_means_the_same(void **state)
{
    (void)state;
    static const char *const archs[] = {"x86_64", "i386", "aarch64", "s390x"};
    static const char *const frames[] = {"default kill_process\n",
                                         "default kill_thread\nbad_arch kill_thread\n"};
    unsigned written = 0;
    for (unsigned round = 0; round < 4000; round++) {
        static char text[65536];
        const char *arch = archs[round % COUNT(archs)];
        random_policy(text, arch, frames[random_below(2)], round % 3 == 0, round % 2 == 0);
        struct cordon_policy *policy = read_ours(text);
        written += survives("minijail", policy,
                            cordon_abi_by_name(arch, (uint32_t)strlen(arch))->id, text);
        cordon_policy_free(policy);
    }
    print_message("# %u of 4000 written, read and equal\n", written);
    assert_true(written > 2500);
}

static void failing_allocations_are_survived(void **state)
{
    (void)state;
    check_failing_allocations("minijail",
                              "@include ./nested.policy\n{open, socket[arch=x86_64]}: { arg1 in "
                              "O_RDONLY|~(O_CLOEXEC) && arg0 == 1 || arg2 & 4; return 5, log }\n",
                              texts);
}

static void failing_writers_are_survived(void **state)
{
    (void)state;
    check_failing_writer("minijail",
                         "arch x86_64\ndefault kill_thread\nbad_arch kill_thread\n"
                         "allow read, close\nlog openat(flags & 3 == 0 and dirfd in {1, 3} or "
                         "whole mode > 5)\nerrno(1) openat\n");
}

static void the_examples_are_read_and_written(void **state)
{
    (void)state;
    static const char *const names[] = {"server.policy", "strict.policy", "numbers.policy",
                                        "deny.policy", "include.policy"};
    check_examples("minijail", names, COUNT(names));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_mean_what_minijail_means),
        cmocka_unit_test(x32_gets_the_default),
        cmocka_unit_test(errors_name_their_place),
        cmocka_unit_test(all_errors_come_in_one_pass),
        cmocka_unit_test(the_two_meanings_are_distinguished),
        cmocka_unit_test(hostile_texts_end_in_errors),
        cmocka_unit_test(policies_are_written_as_people_do),
        cmocka_unit_test(inexpressible_policies_are_refused),
        cmocka_unit_test(written_text_means_the_same),
        cmocka_unit_test(failing_allocations_are_survived),
        cmocka_unit_test(failing_writers_are_survived),
        cmocka_unit_test(the_examples_are_read_and_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
