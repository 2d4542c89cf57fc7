/* SPDX-License-Identifier: MIT */
/* seen_test.c: tests traces and records; the expected result is a policy in cordon's language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/compare.h"
#include "cordon/formats.h"
#include "failing.h"
#include "messages_test.h"

static enum cordon_error read_as(struct cordon_policy **policy, const char *format,
                                 const char *text, const char *part, struct messages *messages)
{
    struct cordon_format_options options = {.part = part};
    const struct cordon_format *row = cordon_format_by_name(format, strlen(format));
    assert_non_null(row);
    *messages = (struct messages){.reporter = {.report = remember, .context = messages}};
    return row->read(policy, text, strlen(text), "t", &options, &messages->reporter);
}

static void must_mean(const char *format, const char *text, const char *part, const char *expected)
{
    struct messages messages;
    struct cordon_policy *policy = NULL, *plain = NULL;
    struct cordon_model *model;
    struct cordon_meaning a, b;
    struct cordon_data witness;
    if (read_as(&policy, format, text, part, &messages) || messages.reporter.warnings)
        fail_msg("%s", messages.text);
    assert_int_equal(read_as(&plain, "cordon", expected, NULL, &messages), CORDON_OK);
    assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
    messages = (struct messages){.reporter = {.report = remember, .context = &messages}};
    if (cordon_policy_build(policy, model, NULL, 0, &a, &messages.reporter) ||
        messages.reporter.warnings)
        fail_msg("%s", messages.text);
    assert_int_equal(cordon_policy_build(plain, model, NULL, 0, &b, NULL), CORDON_OK);
    if (cordon_model_equal(model, a.verdicts, b.verdicts, &witness) != CORDON_YES)
        fail_msg("nr %u of 0x%x(0x%x, 0x%x, 0x%x): 0x%x, not 0x%x", witness.word[0],
                 witness.word[1], witness.word[4], witness.word[6], witness.word[8],
                 cordon_model_evaluate(model, a.verdicts, &witness),
                 cordon_model_evaluate(model, b.verdicts, &witness));
    cordon_model_free(model);
    cordon_policy_free(policy);
    cordon_policy_free(plain);
}

static void must_say(const char *format, const char *text, const char *part,
                     enum cordon_error error, const char *what)
{
    struct messages messages;
    struct cordon_policy *policy = NULL;
    assert_int_equal(read_as(&policy, format, text, part, &messages), error);
    if (!strstr(messages.text, what))
        fail_msg("%s\nlacks %s", messages.text, what);
    cordon_policy_free(policy);
}

/* ---- strace ---- */

#define ARCH "arch x86_64\ndefault kill_process\n"

static const char trace[] =
    "execve(\"/bin/true\", [\"tr)ue\", \"a, \\\"b\"], 0x7ffe /* 3 vars */) = 0\n"
    "strace: Process 12 attached\n"
    "[pid    12] 12:00:01.5 [ 257] [00007f54cab927f0] openat(AT_FDCWD, \"/etc)\", "
    "O_RDONLY|O_CLOEXEC) = 3\n"
    "[pid    12] wait4(-1,  <unfinished ...>\n"
    "[pid    11] openat(AT_FDCWD</tmp/(x>, \"f\", O_WRONLY|O_CREAT, 0666 <unfinished ...>\n"
    "[pid    12] <... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], WNOHANG, NULL) = 5\n"
    "[pid    11] <... openat resumed>)          = 4\n"
    "11    1700000000.123 (+     0.000012) ioctl(1<TCP:[1:2->3:4]>, TCGETS or SNDCTL_TMR_TIMEBASE, "
    "{c_iflags=0, ...}) = 0\n"
    "     0.000100 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD"
    "strace: Process 9 attached\n"
    ", child_tidptr=0x7f) = 9\n"
    " > /lib/x86_64-linux-gnu/libc.so.6(__read+0x12) [0x1]\n"
    "--- SIGCHLD {si_signo=SIGCHLD} ---\n"
    "[pid    12] syscall_0x1f3(0x1, 0x2) = -1 ENOSYS (Function not implemented)\n"
    "[pid    12] read(3,  <unfinished ...>\n"
    "[pid    12] +++ exited with 0 +++\n"
    "exit_group(0)                           = ?\n";

static void a_trace_is_its_calls(void **state)
{
    (void)state;
    must_mean("strace", trace, NULL,
              ARCH "allow execve, openat, wait4, ioctl, clone, read, exit_group, syscall 0x1f3\n");
    must_mean("strace", trace, "arguments",
              ARCH "allow execve, read, exit_group, syscall 0x1f3\n"
                   "allow openat(flags == O_RDONLY|O_CLOEXEC), openat(flags == O_WRONLY|O_CREAT)\n"
                   "allow wait4(options == WNOHANG), ioctl(request == TCGETS)\n"
                   "allow clone(flags == CLONE_CHILD_CLEARTID|SIGCHLD)\n");
}

static void programs_of_another_abi_are_distinguished(void **state)
{
    (void)state;
    must_mean("strace",
              "execve(\"./m\", [\"./m\"], 0x7 /* 1 var */) = 0\n"
              "[ Process PID=7 runs in 32 bit mode. ]\n"
              "socket(AF_UNIX, SOCK_STREAM, 0) = 3\nmmap2(NULL, 1, PROT_READ, 0x2, -1, 0) = 0x1\n",
              "arguments",
              "arch x86_64, i386\ndefault kill_process\non x86_64 { allow execve }\n"
              "on i386 { allow socket, mmap2(prot == PROT_READ and flags == 2) }\n");
    /* -Y */
    must_mean("strace",
              "8<strace> execve(\"x\") = 0\n8<a\\76 b(] [x> 12:00:01 brk(NULL) = 0\n"
              "[pid  9<a] b(>] read(0 <unfinished ...>\n[pid 9<sh>] <... read resumed>) = 1\n"
              "9<sh> +++ exited with 0 +++\n",
              NULL, ARCH "allow execve, brk, read\n");
    must_say("strace", "read(0) = 0\n[pid 9<sh] brk(0) = 0\n", NULL, CORDON_OK,
             "2:1: not a line of strace");
    must_say("strace", "read(0) = 0\n7 _llseek(1) = 0\n", NULL, CORDON_E_NAME,
             "2:3: x86_64 has no _llseek");
    /* a signal tells the architecture of the thread's call before it */
    must_mean("strace",
              "[pid 2] read(0) = 0\n[pid 2] clock_gettime64(0, {tv_sec=0, tv_nsec=0}) = 403\n"
              "[pid 3] write(1) = 1\n[pid 2] --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, "
              "si_syscall=__NR_clock_gettime64, si_arch=AUDIT_ARCH_I386} ---\n"
              "[pid 2] close(0) = 0\n[pid 3] --- SIGSYS {si_signo=SIGSYS, si_code=SI_USER} ---\n",
              NULL,
              "arch x86_64, i386\ndefault kill_process\n"
              "on x86_64 { allow read, write, close }\non i386 { allow clock_gettime64 }\n");
    must_say("strace",
             "_llseek(1) = 0\n--- SIGSYS {si_arch=AUDIT_ARCH_NOTHING_AT_ALL} ---\n"
             "read(0) = 0\n--- SIGSYS {si_arch=AUDIT_ARCH_ARM",
             NULL, CORDON_E_NAME, "1:1: x86_64 has no _llseek");
}

static void bad_traces_are_reported(void **state)
{
    (void)state;
    must_say("strace", "read(0) = 0\n[pid 3] raed(0) = 0\n", NULL, CORDON_E_NAME,
             "2:9: unknown system call \"raed\"");
    must_say("strace", "", NULL, CORDON_E_FORMAT, "it contains no calls");
    must_say("strace", "read(0) = 0\n", "paths", CORDON_E_NAME,
             "unknown part of a record of calls: \"paths\"");
    must_say("strace", "hello, world\nread(0) = 0\n", NULL, CORDON_OK, "1:1: not a line of strace");
    must_say("strace", "read(0) = 0\nsyscall_0xffffffffffffffff(0x1) = -1 ENOSYS (x)\n", NULL,
             CORDON_OK, "2:1: passed over: a tracer skipped this call, so its number is -1");
    must_say("strace", "openat(AT_FDCWD, \"x\", O_FROM_2099) = 0\n", "arguments", CORDON_OK,
             "1:23: the value of flags is unknown");
    must_say("strace", "openat(((\"\nopenat(<\nread(0, \"\\", NULL, CORDON_OK, "");
}

#define SUMMARY                                                                                    \
    "% time     seconds  usecs/call     calls    errors syscall\n------ ------- ------\n"

static void tables_are_their_calls(void **state)
{
    (void)state;
    static const char table[] =
        SUMMARY " 40.00    0.000400           4       100           read\n"
                " 35.00    0.000350          10        35         2 openat\n"
                "------ ----------- ----------- --------- --------- ----------------\n"
                "100.00    0.000750                   135         2 total\n";
    must_say("strace", table, NULL, CORDON_OK, "strace -c doesn't count exit and exit_group");
    assert_string_equal(cordon_format_detect(table, strlen(table), "x", NULL)->name, "strace");
    must_mean("strace",
              "exit_group(0) = ?\n+++ exited with 0 +++\n"
              "System call usage summary for 64 bit mode:\n" SUMMARY
              "  0.00    0.000000           0         7           read\n"
              "------ ----------- ----------- --------- --------- ----------------\n"
              "100.00    0.000000                     7           total\n"
              "System call usage summary for 32 bit mode:\n"
              "syscall              calls\n---------------- ---------\nwaitpid      1\n",
              NULL,
              "arch x86_64, i386\ndefault kill_process\non x86_64 { allow read, exit_group }\n"
              "on i386 { allow waitpid }\n");
    must_say("strace", SUMMARY " 40.00    0.000400           4       100           raed\n", NULL,
             CORDON_E_NAME, "3:52: unknown system call \"raed\"");
}

/* ---- perf ---- */

static void a_perf_trace_is_its_calls(void **state)
{
    (void)state;
    static const char lines[] =
        "         ? (         ): true/48  ... [continued]: execve())     = 0\n"
        "     0.060 ( 0.016 ms): true/48 brk()                           = 0x5\n"
        "     0.060 ( 0.016 ms): a/1 mount(/48 close(fd: 3)              = 0\n" /* its name */
        "     0.060 ( 0.016 ms): a/4 open(filename: \"/1 mount(\")        = 3\n"
        "     0.070 (         ): true/48 read(fd: 3</1 mount(>) ...\n"
        "     0.340 ( 0.026 ms): mmap(len: 8192, prot: READ|WRITE)       = 0x7\n"
        "     0.400 true/48 sched:sched_switch(prev_comm: \"kill(\")\n"
        "     0.416 (         ): true/48 exit_group()                    = ?\n";
    must_mean("perf", lines, NULL, ARCH "allow execve, brk, close, open, read, mmap, exit_group\n");
    assert_string_equal(cordon_format_detect(lines, strlen(lines), "x", NULL)->name, "perf");
    must_say("perf", lines, "arguments", CORDON_OK, "none is tested");
    must_say("perf", "  0.060 ( 0.016 ms): sh/48 brk() = 0x5\nLOST 17 events!\n", NULL, CORDON_OK,
             "2:1: the trace has gaps");
    must_say("perf", "  0.060 ( 0.016 ms): sh/48 brkk() = 0x5\n", NULL, CORDON_E_NAME,
             "1:28: unknown system call \"brkk\"");
    static const char table[] = " Summary of events:\n\n sh (49), 137 events, 30.5%\n\n"
                                "   syscall            calls  errors  total       min\n"
                                "                                     (msec)    (msec)\n"
                                "   --------------- --------  ------ -------- ---------\n"
                                "   vfork                  1      0    28.290    28.290\n\n"
                                " ls (48), 9 events, 1.5%\n";
    must_say("perf", table, NULL, CORDON_OK, "perf trace -s doesn't count exit");
    assert_string_equal(cordon_format_detect(table, strlen(table), "x", NULL)->name, "perf");
}

static void a_call_in_many_ways_is_allowed_as_a_whole(void **state)
{
    static char text[400 * 40];
    struct messages messages;
    struct cordon_policy *policy = NULL;
    size_t used = 0;
    (void)state;
    for (int i = 0; i < 400; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "ioctl(0, 0x%x) = 0\n", i);
    assert_int_equal(read_as(&policy, "strace", text, "arguments", &messages), CORDON_OK);
    assert_int_equal(messages.reporter.warnings, 1);
    assert_int_equal(policy->rule_count, 1);
    assert_null(policy->rules[0].cond);
    cordon_policy_free(policy);
}

/* ---- audit ---- */

static const char records[] =
    "Nov 24 host systemd[1]: Started x.\n"
    "[  12.3] audit: type=1326 audit(1700000000.123:45): auid=0 uid=0 pid=7 comm=\"a arch=b\" "
    "exe=\"/x\" sig=31 arch=c000003e syscall=41 compat=0 ip=0x7f code=0x80000000\n"
    "type=SECCOMP msg=audit(1700000000.123:46): auid=0 sig=0 arch=40000003 syscall=102 compat=1 "
    "ip=0xf7 code=0x7ffc0000\n"
    "type=SYSCALL msg=audit(1700000000.123:47): arch=c000003e syscall=257 success=yes exit=3 "
    "a0=ffffff9c a1=7ffd a2=80000 a3=0 items=1\n"
    "type=PATH msg=audit(1700000000.123:47): item=0 name=\"/etc\" syscall=1\n"
    "type=SYSCALL msg=audit(11/24/26 10:00:00.1:48) : arch=x86_64 syscall=socket success=yes "
    "a0=AF_INET a1=SOCK_STREAM a2=0x6\n";

static void records_are_their_calls(void **state)
{
    (void)state;
    must_mean("audit", records, NULL,
              "arch x86_64, i386\ndefault kill_process\n"
              "on x86_64 { allow socket, openat }\non i386 { allow socketcall }\n");
    must_mean("audit", strstr(records, "type=SYSCALL"), "arguments",
              ARCH "allow openat(flags == 0x80000)\n"
                   "allow socket(domain == AF_INET and type == SOCK_STREAM and protocol == 6)\n");
    must_say("audit", "type=1326 audit(1:2): arch=c000003e syscall=oops\n", NULL, CORDON_E_NAME,
             "1:45: x86_64 has no system call \"oops\"");
    must_say("audit", "type=1326 audit(1:2): arch=12 syscall=1\n", NULL, CORDON_E_ARCH,
             "1:28: unknown architecture \"12\"");
    /* a name that a program chose */
    must_mean("audit",
              "type=SECCOMP msg=audit(1:2) : comm=a arch=x86_64 syscall=execve exe=/x sig=SIGSYS "
              "arch=x86_64 syscall=read compat=0\n"
              "type=SYSCALL msg=audit(1:2) : arch=x86_64 syscall=write success=yes comm=a "
              "arch=x86_64 syscall=execve exe=/x\n"
              "type=SYSCALL msg=audit(1:2) : arch=x86_64 syscall=unknown-syscall(700) success=no\n",
              NULL, ARCH "allow read, write, syscall 700\n");
    /* x32: its name is x86_64, too */
    must_mean("audit",
              "type=SECCOMP msg=audit(1:2) : arch=x86_64 syscall=read sig=SIGSYS\n"
              "type=SECCOMP msg=audit(1:2) : arch=x86_64 syscall=unknown-syscall(1073741825) x=1\n",
              NULL,
              "arch x86_64, x32\ndefault kill_process\non x86_64 { allow read }\n"
              "on x32 { allow write }\n");
    must_say("audit",
             "type=1326 audit(1:2): arch=c000003e syscall=-1\n"
             "type=1326 audit(1:2): arch=c000003e syscall=0\n",
             NULL, CORDON_OK, "1:45: passed over: a tracer skipped this call, so its number is -1");
    must_say("audit",
             "type=1326 audit(1:2): arch=c000003e syscall=4294967295\n"
             "type=1326 audit(1:2): arch=c000003e syscall=0\n",
             NULL, CORDON_OK, "1:45: passed over: a tracer skipped this call, so its number is -1");
    must_say("audit",
             "type=SECCOMP msg=audit(1:2) : arch=x86_64 syscall=unknown-syscall(-1) x=1\n"
             "type=SECCOMP msg=audit(1:2) : arch=x86_64 syscall=read x=1\n",
             NULL, CORDON_OK, "1:51: passed over: a tracer skipped this call, so its number is -1");
    must_say("audit",
             "type=1326 audit(1:2): arch=c000003e syscall=-5\n"
             "type=1326 audit(1:2): arch=c000003e syscall=0\n",
             NULL, CORDON_OK, "1:45: passed over: no call has this number");
    must_say("audit", "type=1326 audit(1:2): arch=\n", NULL, CORDON_E_FORMAT,
             "it contains no calls");
}

#define CALL(nr, code) "auid=0 comm=\"a\" arch=c000003e syscall=" nr " ip=0x1 code=" code "\n"

static void records_are_found_in_the_journal(void **state)
{
    (void)state;
    must_mean("audit",
              "Sep 29 10:00:00 box audit[70]: SECCOMP " CALL(
                  "0", "0x7ffc0000") "Sep 29 10:00:00 box audit[70]: SYSCALL arch=c000003e "
                                     "syscall=1 success=yes a0=1\n"
                                     "Sep 29 10:00:00 box kernel: audit: type=1326 "
                                     "audit(1.2:3): " CALL("2", "0x7ffc0000") "SECCOMP " CALL(
                                         "3", "0x7ffc0000") "    MESSAGE=SECCOMP " CALL("4",
                                                                                        "0x7ffc000"
                                                                                        "0") "SECCO"
                                                                                             "MP "
                                                                                             "is a "
                                                                                             "facil"
                                                                                             "ity "
                                                                                             "arch="
                                                                                             "c0000"
                                                                                             "03e "
                                                                                             "sysca"
                                                                                             "ll="
                                                                                             "9\n"
                                                                                             "sh[7]"
                                                                                             ": "
                                                                                             "audit"
                                                                                             "[70]:"
                                                                                             " USER"
                                                                                             "_CMD "
                                                                                             "auid="
                                                                                             "0 "
                                                                                             "arch="
                                                                                             "c0000"
                                                                                             "03e "
                                                                                             "sysca"
                                                                                             "ll="
                                                                                             "8\n",
              NULL, ARCH "allow read, write, open, close, stat\n");
    must_mean("audit",
              "{\"A\":\"arch=c000003e syscall=9\",\"MESSAGE\":\"SECCOMP auid=0 comm=\\\"a\\\" "
              "arch=c000003e syscall=0 code=0x7ffc0000\",\"B\":\"syscall=8\"}\n"
              "\t\"MESSAGE\" : \"audit: type=1326 audit(1.2:3): auid=0 comm=\\\"a\\\" "
              "arch=c000003e syscall=1 code=0x7ffc0000\",\n",
              NULL, ARCH "allow read, write\n");
}

static void what_became_of_calls_is_told(void **state)
{
    static const char record[] = "type=SECCOMP msg=audit(1.2:3): ";
    static const struct {
        const char *nr, *code, *says; /* NULL: nothing */
    } rows[] = {{"0", "0x0", "1:61: killed in 1 record, allowed by this policy: read"},
                {"0", "0x80000000", "killed in 1 record"},
                {"0", "kill", "killed in 1 record"},
                {"0", "0x50000", "denied in 1 record"},
                {"0", "trap", "denied in 1 record"},
                {"999", "errno", "denied in 1 record, allowed by this policy: syscall 999"},
                {"0", "0x7ffc0000", NULL},
                {"0", "0x7ff00000", NULL}};
    char text[256];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(text, sizeof text, "%sauid=0 arch=c000003e syscall=%s code=%s\n", record,
                 rows[i].nr, rows[i].code);
        if (rows[i].says)
            must_say("audit", text, NULL, CORDON_OK, rows[i].says);
        else
            must_mean("audit", text, NULL, ARCH "allow read\n");
    }
    must_say(
        "audit",
        "SECCOMP " CALL("0", "0x0") "SECCOMP " CALL("1", "0x50000") "SECCOMP " CALL("0", "0x0"),
        NULL, CORDON_OK, "killed in 2 records, allowed by this policy: read");
}

static void gaps_are_warned_of(void **state)
{
    static const struct {
        const char *lines, *says; /* NULL: nothing */
    } rows[] = {
        {"kernel: kauditd_printk_skb: 55 callbacks suppressed\naudit_x: 5 callbacks suppressed\n",
         "2:31: the log has gaps: 60 records were dropped"},
        {"audit: kauditd hold queue overflow\naudit: 5 callbacks suppressed\n",
         "2:16: the log has gaps: records were dropped"},
        {"audit: audit_lost=7 audit_rate_limit=0 audit_backlog_limit=64\n", "the log has gaps"},
        {"audit: audit_lost=0 audit_rate_limit=0 audit_backlog_limit=64\n", NULL},
        {"net_ratelimit: 5 callbacks suppressed\n", NULL},
        {"audit(1.2:7): x\naudit(1.2:9): y\n", "3:1: 1 serial numbers are missing"},
        {"audit(1.2:7): x\naudit(1.2:7): y\naudit(1.2:6): y\naudit(1.2:8): y\n", NULL},
        {"audit(1.2:700000): x\naudit(1.2:2): after a boot\naudit(1.2:3): x\n", NULL},
    };
    char text[256];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(text, sizeof text, "SECCOMP %s%s", CALL("0", "0x7ffc0000"), rows[i].lines);
        if (rows[i].says)
            must_say("audit", text, NULL, CORDON_OK, rows[i].says);
        else
            must_mean("audit", text, NULL, ARCH "allow read\n");
    }
}

/* ---- both ---- */

static void formats_are_told_apart(void **state)
{
    (void)state;
    assert_string_equal(cordon_format_detect(trace, strlen(trace), "x", NULL)->name, "strace");
    assert_string_equal(cordon_format_detect(records, strlen(records), "x", NULL)->name, "audit");
    const char *policy = ARCH "allow read(fd == 0)\n";
    assert_string_equal(cordon_format_detect(policy, strlen(policy), "x", NULL)->name, "cordon");
}

static void failing_allocations_are_errors(void **state)
{
    const struct cordon_format *format = cordon_format_by_name("strace", 6);
    static const char text[] = "read(0) = 0\nmmap2(0) = 0\n"
                               "--- SIGSYS {si_signo=SIGSYS, si_arch=AUDIT_ARCH_I386} ---\n"
                               "openat(AT_FDCWD, \"x\", O_RDONLY) = 3\n";
    (void)state;
    for (int turn = 0;; turn++) {
        int left = turn;
        struct cordon_allocator allocator = failing_allocator(&left);
        struct cordon_format_options options = {.policy.allocator = &allocator,
                                                .part = "arguments"};
        struct cordon_policy *policy = NULL;
        enum cordon_error error = format->read(&policy, text, sizeof text - 1, "t", &options, NULL);
        cordon_policy_free(policy);
        if (left >= 0)
            return;
        assert_true(error == CORDON_E_NO_MEMORY || error == CORDON_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_is_its_calls),
        cmocka_unit_test(programs_of_another_abi_are_distinguished),
        cmocka_unit_test(bad_traces_are_reported),
        cmocka_unit_test(tables_are_their_calls),
        cmocka_unit_test(a_perf_trace_is_its_calls),
        cmocka_unit_test(a_call_in_many_ways_is_allowed_as_a_whole),
        cmocka_unit_test(records_are_their_calls),
        cmocka_unit_test(records_are_found_in_the_journal),
        cmocka_unit_test(what_became_of_calls_is_told),
        cmocka_unit_test(gaps_are_warned_of),
        cmocka_unit_test(formats_are_told_apart),
        cmocka_unit_test(failing_allocations_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
