/* SPDX-License-Identifier: MIT */
/*
 * systemd_test.c: tests the reading of units: the places of messages, and refusals of the writer.
 * tests/formats_systemd_test.py compares their meaning with systemd itself.
 */
#include "reading_test.h"

#define ERRNO(n) ((uint32_t)CORDON_ERRNO | (n))

static void lines_mean_what_systemd_means(void **state)
{
    (void)state;
    static const struct answer cases[] = {
        {"[Service]\nSystemCallFilter=~read \\\n# a comment\n  ; another\n write\n",
         CORDON_ABI_X86_64,
         "write",
         {0},
         (uint32_t)CORDON_KILL_PROCESS},
        {"[Service]\n  SystemCallFilter  =  ~read:5  \n", CORDON_ABI_X86_64, "read", {0}, ERRNO(5)},
        {"[Unit]\nSystemCallFilter=~read\n[Service]\n",
         CORDON_ABI_X86_64,
         "read",
         {0},
         (uint32_t)CORDON_ALLOW},
        {"[Service]\n#SystemCallFilter=~read\n",
         CORDON_ABI_X86_64,
         "read",
         {0},
         (uint32_t)CORDON_ALLOW},
        {"[Service]\nSystemCallFilter=~read\\\nwrite",
         CORDON_ABI_X86_64,
         "write",
         {0},
         (uint32_t)CORDON_KILL_PROCESS},
        {"[Service]\nSystemCallFilter=~read \\\n\nwrite",
         CORDON_ABI_X86_64,
         "write",
         {0},
         (uint32_t)CORDON_ALLOW},
        {"[Socket]\nRestrictRealtime=y\n[Mount]\nSystemCallFilter=~ read\n",
         CORDON_ABI_X86_64,
         "read",
         {0},
         (uint32_t)CORDON_KILL_PROCESS},
        {"[Service]\r\nSystemCallFilter=~read \\\r\n# a comment\r\n write\r\n",
         CORDON_ABI_X86_64,
         "write",
         {0},
         (uint32_t)CORDON_KILL_PROCESS},
        {"[Service]\nSystemCallFilter=~read \\\\\n write\n",
         CORDON_ABI_X86_64,
         "write",
         {0},
         (uint32_t)CORDON_ALLOW},
        {"[Service]\rSystemCallFilter=~read\rSystemCallFilter=~write\r",
         CORDON_ABI_X86_64,
         "write",
         {0},
         (uint32_t)CORDON_KILL_PROCESS},
        {"[Service]\r\nSystemCallFilter=~read\r\n",
         CORDON_ABI_X86_64,
         "read",
         {0},
         (uint32_t)CORDON_KILL_PROCESS},
    };
    check_answers("systemd", cases, COUNT(cases), NULL);
}

static void ineffective_filters_are_read_as_such(void **state)
{
    (void)state;
    static const struct answer cases[] = {
        {"[Service]\nRestrictAddressFamilies=~AF_PACKET\n",
         CORDON_ABI_X86_64,
         "socket",
         {17},
         ERRNO(97)},
        {"[Service]\nRestrictAddressFamilies=~AF_PACKET\n",
         CORDON_ABI_X86_64,
         "socket",
         {UINT64_C(1) << 32 | 17},
         (uint32_t)CORDON_ALLOW},
        {"[Service]\nRestrictAddressFamilies=~AF_PACKET\n",
         CORDON_ABI_I386,
         "socketcall",
         {1},
         (uint32_t)CORDON_ALLOW},
        {"[Service]\nRestrictNamespaces=net\n", CORDON_ABI_X86_64, "setns", {0, 0}, ERRNO(1)},
        {"[Service]\nRestrictNamespaces=net\n",
         CORDON_ABI_X86_64,
         "setns",
         {0, UINT64_C(1) << 32},
         (uint32_t)CORDON_ALLOW},
        {"[Service]\nDynamicUser=yes\nRestrictSUIDSGID=no\n",
         CORDON_ABI_X86_64,
         "fchmod",
         {0, 04755},
         ERRNO(1)},
    };
    check_answers("systemd", cases, COUNT(cases), NULL);
}

static void warnings_name_their_place(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"[Service]\nSystemCallFilter=raed\n",
         "2:18: unknown system call \"raed\": systemd ignores it | did you mean read?"},
        {"[Service]\nSystemCallFilter=@memory\n",
         "2:18: unknown set \"@memory\": systemd ignores it"},
        {"[Service]\nSystemCallFilter=read \\\n  @clok\n",
         "3:3: unknown set \"@clok\": systemd ignores it | did you mean @clock?"},
        {"[Service]\nSystemCallFilter=read:EPERM\n",
         "2:18: systemd ignores it: allowed calls have no error number | SystemCallFilter=~"},
        {"[Service]\nSystemCallFilter=~read:EPREM\n",
         "2:19: unknown error \"EPREM\": systemd ignores it"},
        {"[Service]\nSystemCallErrorNumber=4096\n",
         "2:23: unknown error \"4096\": systemd ignores it"},
        {"[Service]\nSystemCallErrorNumber=0\n", "2:23: unknown error \"0\": systemd ignores it"},
        {"[Service]\nSystemCallArchitectures=x86_64\n",
         "2:25: unknown architecture \"x86_64\": systemd ignores it"},
        {"[Service]\nRestrictAddressFamilies=unix\n",
         "2:25: unknown address family \"unix\": systemd ignores it"},
        {"[Service]\nRestrictNamespaces=net nat\n",
         "2:24: unknown kind of namespace \"nat\": systemd ignores the line"},
        {"[Service]\nMemoryDenyWriteExecute=perhaps\n",
         "2:24: systemd ignores it: neither on nor off | yes or no"},
        {"[Service]\nSystemCallFilter\n", "2:1: systemd ignores a line without \"=\""},
        {"SystemCallFilter=read\n",
         "1:1: systemd ignores assignments outside of sections | put [Service] before it"},
        {"[Service]\nSystemCallErrorNumber=EPERM\nSystemCallFilter=read\nSystemCallFilter=~read:"
         "EPERM\n",
         "4:19: systemd cannot start the unit: libseccomp refuses a rule for read with the same "
         "action as the default | remove the error number"},
        {"[Service]\nRestrictAddressFamilies=AF_UNIX\n",
         "2:1: systemd does not restrict sockets on i386 | SystemCallArchitectures=native prevents "
         "that"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct collected collected;
        struct cordon_policy *policy =
            read_format("systemd", cases[i].text, NULL, NULL, &collected);
        assert_non_null(policy);
        assert_string_equal(collected.warning, cases[i].message);
        cordon_policy_free(policy);
    }
}

static void errors_name_their_place(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"[Service\nSystemCallFilter=read\n", "1:1: the section header has no \"]\" | [Service]"},
        {"[Service]\nSystemCallArchitectures=s390x\n",
         "2:25: systemd cannot start the unit: the byte order is not this machine's"},
        {"[Service]\nSystemCallFilter=\001\n",
         "2:18: not a policy: unexpected control character 0x01"},
    };
    check_refusals("systemd", cases, COUNT(cases), NULL);
}

static void failures_leave_nothing(void **state)
{
    (void)state;
    check_failing_allocations(
        "systemd",
        "[Service]\nSystemCallFilter=@basic-io\nSystemCallFilter=~read:EPERM\n"
        "SystemCallLog=write\nRestrictNamespaces=net\nRestrictAddressFamilies=AF_UNIX\n"
        "MemoryDenyWriteExecute=yes\nLockPersonality=yes\nPrivateDevices=yes\n",
        NULL);
}

/* ---- writing ---- */

#define ALL "arch x86_64, i386, x32\nbad_arch allow\n"

static void drop_ins_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *policy, *text;
    } cases[] = {
        {ALL "default allow\nerrno(EACCES) reboot\nkill_process kexec_load\nlog sync\n",
         "[Service]\nSystemCallFilter=~kexec_load reboot:EACCES\nSystemCallLog=sync\n"},
        {ALL "default allow\n", "[Service]\n"},
        {ALL "default log\nallow read\n", "[Service]\nSystemCallLog=~read\n"},
        {ALL "default allow\nerrno(EPERM) personality(whole arg0 & 0xffffffff != 0 or whole arg0 > "
             "0xffffffff)\n",
         NULL},
        {ALL "default allow\nerrno(EPERM) mprotect(prot & PROT_EXEC)\n", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct collected collected;
        struct cordon_policy *policy = read_ours(cases[i].policy);
        char *text = write_format("systemd", policy, CORDON_EXACTLY, &collected);
        if (cases[i].text && !text)
            fail_msg("%s\n%s", collected.first, cases[i].policy);
        if (cases[i].text)
            assert_string_equal(text, cases[i].text);
        else
            assert_null(text);
        free(text);
        cordon_policy_free(policy);
    }
}

static void refusals_name_rules(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {ALL "default allow\nerrno(EPERM) mprotect(prot & PROT_EXEC)\n",
         "4:14: the format cannot express this: mprotect: conditions on its arguments"},
        {ALL "default allow\non i386 {\nlog reboot\n}\n",
         "5:5: the format cannot express this: reboot: it differs between ABIs"},
        {ALL "default allow\ntrap reboot\n", "4:6: the format cannot express this: an action other "
                                             "than allow, log, errno and kill_process"},
        {ALL "default kill_thread\n", "3:1: the format cannot express this: an action other than "
                                      "allow, log, errno and kill_process"},
        {"arch x86_64\nbad_arch kill_process\ndefault allow\n",
         "2:1: the format cannot express this: threads that use other architectures are killed"},
        {"arch aarch64\ndefault allow\n",
         "0:0: the format cannot express this: calls of aarch64, which this machine does not have"},
        {"arch x86_64\nbad_arch kill_thread\ndefault allow\n",
         "0:0: the format cannot express this: systemd has another verdict for unassigned numbers "
         "(number 0x80000000)"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct collected collected;
        struct cordon_policy *policy = read_ours(cases[i].text);
        assert_null(write_format("systemd", policy, CORDON_EXACTLY, &collected));
        assert_string_equal(collected.first, cases[i].message);
        cordon_policy_free(policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_mean_what_systemd_means),
        cmocka_unit_test(ineffective_filters_are_read_as_such),
        cmocka_unit_test(warnings_name_their_place),
        cmocka_unit_test(errors_name_their_place),
        cmocka_unit_test(failures_leave_nothing),
        cmocka_unit_test(drop_ins_are_written),
        cmocka_unit_test(refusals_name_rules),
    };
    return cmocka_run_group_tests_name("systemd", tests, NULL, NULL);
}
