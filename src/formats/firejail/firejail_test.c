/* SPDX-License-Identifier: MIT */
/*
 * firejail_test.c: tests the reading of profiles: lines, included texts, the places of messages,
 * and refusals of the writer. tests/formats_firejail_test.py compares their meaning with Firejail
 * itself.
 */
#include "reading_test.h"

#define ERRNO(n) ((uint32_t)CORDON_ERRNO | (n))
#define ALLOW    ((uint32_t)CORDON_ALLOW)

static const struct included texts[] = {{"some.inc", "seccomp.drop rmdir # more\nprotocol unix\n"},
                                        {"loop.inc", "include loop.inc\n"},
                                        {"bad.inc", "\n protocol unox\n"},
                                        {"here.local", "seccomp.drop chdir\n"},
                                        {"net.inc", "protocol inet\n"},
                                        {NULL, NULL}};

static void lines_mean_what_firejail_means(void **state)
{
    (void)state;
    static const struct answer cases[] = {
        {"seccomp.drop mkdir\nseccomp.drop rmdir\n", CORDON_ABI_X86_64, "mkdir", {0}, ALLOW},
        {"  seccomp.drop   mkdir  # why\r\n", CORDON_ABI_X86_64, "mkdir", {0}, ERRNO(1)},
        {"#seccomp.drop mkdir\n", CORDON_ABI_X86_64, "mkdir", {0}, ALLOW},
        {"ignore seccomp.drop\nseccomp.drop mkdir\n", CORDON_ABI_X86_64, "mkdir", {0}, ALLOW},
        {"ignore seccomp\nseccomp.drop mkdir\n", CORDON_ABI_X86_64, "mkdir", {0}, ERRNO(1)},
        {"seccomp.drop mkdir\nignore seccomp.drop\n", CORDON_ABI_X86_64, "mkdir", {0}, ERRNO(1)},
        {"include some.inc\n", CORDON_ABI_X86_64, "rmdir", {0}, ERRNO(1)},
        {"ignore include some.inc\ninclude some.inc\n", CORDON_ABI_X86_64, "rmdir", {0}, ALLOW},
        {"include here.local\ninclude missing.local\n", CORDON_ABI_X86_64, "chdir", {0}, ERRNO(1)},
        {"?HAS_X11: seccomp.drop mkdir\n", CORDON_ABI_X86_64, "mkdir", {0}, ALLOW},
        {"blacklist /x\nseccomp.dropped mkdir\n", CORDON_ABI_X86_64, "mkdir", {0}, ALLOW},
        {"protocol unix\n", CORDON_ABI_X86_64, "socket", {2}, ERRNO(95)},
        {"protocol unix\n", CORDON_ABI_X86_64, "socket", {UINT64_C(1) << 32 | 2}, ERRNO(95)},
        {"seccomp\n", CORDON_ABI_X32, "0x40000000", {0}, ERRNO(1)},
    };
    check_answers("firejail", cases, COUNT(cases), texts);
}

static void errors_name_their_place(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"seccomp @clok\n", "1:9: Firejail refuses this: unknown group \"@clok\""},
        {"\nseccomp mkdir,read/write\n",
         "2:19: Firejail refuses this: invalid character in a list of calls: \"/\""},
        {"seccomp.drop\n", "1:1: Firejail refuses this: missing list after \"seccomp.drop\""},
        {"seccomp.32\n", "1:1: Firejail refuses this: missing list after \"seccomp.32\""},
        {"protocol unix,unox\n", "1:15: Firejail refuses this: unknown protocol \"unox\""},
        {"restrict-namespaces net,nat\n",
         "1:25: Firejail refuses this: unknown kind of namespace \"nat\""},
        {"seccomp-error-action EPREM\n", "1:22: Firejail refuses this: unknown error \"EPREM\""},
        {"include bad.inc\n", "bad.inc:2:11: Firejail refuses this: unknown protocol \"unox\""},
        {"include gone.inc\n", "1:9: cannot include gone.inc: there is none | "
                               "-I DIR or --root DIR say where it is"},
        {"include loop.inc\n", "loop.inc:1:9: profiles include each other more than 16 deep"},
        {"seccomp.32 mkdir\nseccomp.block-secondary\n",
         "1:1: Firejail cannot start: seccomp.block-secondary removed its file | remove one of "
         "them"},
        {"seccomp \001\n", "1:9: not a policy: unexpected control character 0x01"},
    };
    check_refusals("firejail", cases, COUNT(cases), texts);
}

static void warnings_name_their_place(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"seccomp.drop raed\n",
         "1:14: unknown call \"raed\" on x86_64: Firejail ignores it | did you mean read?"},
        {"seccomp.drop mkdir:EPREM\n", "1:14: unknown error number: Firejail ignores it"},
        {"seccomp.drop mkdir:log\n", "1:14: unknown error number: Firejail ignores it"},
        {"seccomp.drop execve\n",
         "1:14: Firejail needs execve, execveat and prctl itself: denied in dynamic programs only"},
        {"seccomp\nseccomp.32 mkdir\n",
         "2:12: Firejail ignores this list | give seccomp a list as well"},
        {"seccomp.32.drop mkdir\n", "1:17: Firejail ignores this list | add seccomp.drop"},
        {"seccomp.32.keep mkdir\n", "1:17: Firejail makes a filter for 64-bit calls from it | use "
                                    "seccomp.keep to allow these calls"},
        {"?HAS_NET: seccomp\n", "1:1: ignored: it depends on how Firejail is called"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct collected collected;
        struct cordon_policy *policy =
            read_format("firejail", cases[i].text, texts, NULL, &collected);
        assert_non_null(policy);
        assert_string_equal(collected.warning, cases[i].message);
        cordon_policy_free(policy);
    }
}

static void failures_leave_nothing(void **state)
{
    (void)state;
    check_failing_allocations(
        "firejail",
        "seccomp @clock,!mount,mkdir:EACCES,execve\nseccomp.32 rmdir\nprotocol unix\n"
        "memory-deny-write-execute\nrestrict-namespaces\ninclude net.inc\n",
        texts);
}

/* ---- writing ---- */

#define FRAME "arch x86_64, i386, x32\nbad_arch allow\non x32 {\nerrno(EPERM) *\n}\n"

static void profiles_are_written(void **state)
{
    (void)state;
    static const struct written cases[] = {
        {FRAME "default allow\non x86_64 {\nerrno(EPERM) mkdir\nerrno(EACCES) rmdir\nkill_thread "
               "chdir\n}\n",
         "seccomp.drop chdir:kill,mkdir,rmdir:EACCES\n"},
        {FRAME
         "default allow\non x86_64 {\nerrno(EPERM) mkdir\n}\non i386 {\nerrno(ENOSYS) chown\n}\n",
         "seccomp.drop mkdir\nseccomp.32.drop chown:ENOSYS\n"},
        {"arch x86_64, i386, x32\nbad_arch allow\ndefault allow\n", ""},
    };
    check_written("firejail", cases, COUNT(cases));
}

static void refusals_name_rules(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {FRAME "default allow\non x86_64 {\nerrno(EPERM) kill(sig == 9)\n}\n",
         "8:14: the format cannot express this: kill: conditions on its arguments"},
        {FRAME "default allow\non x86_64 {\nkill_process kill\n}\n",
         "8:14: the format cannot express this: an action other than allow, errno and kill_thread"},
        {FRAME "default allow\non x86_64 {\ntrap kill\n}\n",
         "8:6: the format cannot express this: an action other than allow, errno and kill_thread"},
        {"arch x86_64\nbad_arch kill_thread\ndefault allow\nlog kill\n",
         "4:5: the format cannot express this: log as the action of some calls only"},
        {"arch x86_64, i386, x32\nbad_arch allow\ndefault allow\non x86_64 {\nerrno(EPERM) "
         "mkdir\n}\n",
         "0:0: the format cannot express this: Firejail has another verdict for read on x32 "
         "(number 0x40000000)"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct collected collected;
        struct cordon_policy *policy = read_ours(cases[i].text);
        assert_null(write_format("firejail", policy, CORDON_EXACTLY, &collected));
        assert_string_equal(collected.first, cases[i].message);
        cordon_policy_free(policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_mean_what_firejail_means), cmocka_unit_test(errors_name_their_place),
        cmocka_unit_test(warnings_name_their_place),      cmocka_unit_test(failures_leave_nothing),
        cmocka_unit_test(profiles_are_written),           cmocka_unit_test(refusals_name_rules),
    };
    return cmocka_run_group_tests_name("firejail", tests, NULL, NULL);
}
